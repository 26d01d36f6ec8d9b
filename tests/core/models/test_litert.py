"""LiteRT files as functions: their names, their weights, and files of older versions."""

import keras
import numpy as np
import pytest

from mnist_core import ModelError, open_model
from mnist_core.models.litert import (
    BATCH,
    LiteFunction,
    LiteNetwork,
    digit_probabilities,
    export_with_weights,
)


@pytest.fixture(scope="module")
def model():
    pixels = keras.Input((28, 28), name="pixels")
    x = keras.layers.Dropout(0.5, name="dropout")(keras.layers.Flatten(name="flatten")(pixels))
    outputs = {"dropout": x, "answer": keras.layers.Dense(3, name="answer")(x)}
    return keras.Model(pixels, outputs)


@pytest.fixture(scope="module")
def weights():
    rng = np.random.default_rng(0)
    return {
        "kernel": rng.normal(size=(784, 3)).astype(np.float32),
        "bias": rng.normal(size=3).astype(np.float32),
        "unused": np.zeros(7),
    }


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(1).integers(0, 256, (4, 28, 28), np.uint8)


@pytest.fixture(scope="module")
def exported(model):
    return export_with_weights(model, dict(zip(("kernel", "bias"), model.weights, strict=True)))


def unsigned(content):
    """The same file without a signature, as exports once were."""
    import flatbuffers
    from tensorflow.lite.python import schema_py_generated as schema

    tree = schema.ModelT.InitFromObj(schema.Model.GetRootAs(content))
    tree.signatureDefs = []
    builder = flatbuffers.Builder()
    builder.Finish(tree.Pack(builder), b"TFL3")
    return bytes(builder.Output())


@pytest.mark.parametrize("batch", [1, 4, 6])
def test_weights_are_inputs_and_outputs_have_names(exported, weights, images, batch):
    function = LiteFunction(exported, batch)
    function.set_weights(weights)
    outputs = function(images[:batch])
    expected = images.reshape(4, 784) @ weights["kernel"] + weights["bias"]
    assert set(outputs) == set(function.outputs) == {"dropout", "answer"}
    np.testing.assert_allclose(outputs["answer"], expected[:batch], rtol=1e-4, atol=1e-2)
    np.testing.assert_array_equal(outputs["dropout"], images.reshape(4, 784)[:batch])
    assert list(function(images[:1], ["answer"])) == ["answer"]


def test_other_weights_give_other_outputs(exported, weights, images):
    function = LiteFunction(exported)
    function.set_weights(weights)
    first = function(images[:1])["answer"]
    function.set_weights({**weights, "bias": weights["bias"] + 5})
    np.testing.assert_allclose(function(images[:1])["answer"], first + 5, rtol=1e-4, atol=1e-2)


def test_missing_weights_and_other_shapes_are_refused(exported, weights):
    function = LiteFunction(exported)
    with pytest.raises(KeyError, match="bias"):
        function.set_weights({"kernel": weights["kernel"]})
    with pytest.raises(ValueError, match="imension"):
        function.set_weights({**weights, "bias": np.zeros(4, np.float32)})


def test_a_file_without_a_signature_is_read_too(exported, weights, images):
    function = LiteFunction(unsigned(exported))
    function.set_weights(weights)
    signed = LiteFunction(exported)
    signed.set_weights(weights)
    assert set(function.outputs) == {"output_0", "output_1"}
    by_size = {values.size: values for values in function(images[:1]).values()}
    for values in signed(images[:1]).values():
        np.testing.assert_array_equal(by_size[values.size], values)


def test_a_network_answers_many_images_as_it_does_each():
    network = LiteNetwork(open_model("dense_512").read("litert"))
    images = np.random.default_rng(2).integers(0, 256, (BATCH + 3, 28, 28), np.uint8)
    together = network.predict(images)
    assert together.shape == (BATCH + 3, 10)
    for index in (0, BATCH - 1, BATCH + 2):
        alone = network.predict(images[index : index + 1])
        np.testing.assert_allclose(together[index : index + 1], alone, atol=1e-5)
    assert network.predict(images[:0]).shape == (0, 10)
    with pytest.raises(ValueError, match=r"shape \(n, 28, 28\).*\(28, 28\)"):
        network.predict(images[0])


def test_what_is_no_network_of_digits_is_refused(exported):
    with pytest.raises(ModelError, match="not a LiteRT network"):
        LiteNetwork(b"cut")
    with pytest.raises(ModelError, match="not a LiteRT network"):
        LiteNetwork(exported)


def test_digit_probabilities_leave_not_a_digit_out():
    eleven = np.array([[0.0, 0.1, 0.3, 0, 0, 0, 0, 0, 0, 0, 0.6], [0.0] * 10 + [1.0]], np.float32)
    digits = digit_probabilities(eleven)
    np.testing.assert_allclose(digits[0, [1, 2]], [0.25, 0.75], rtol=1e-6)
    np.testing.assert_allclose(digits.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_array_equal(digit_probabilities(eleven[:, :10]), eleven[:, :10])
