"""A network's layers and weights as a file: the same through every way, refused when damaged."""

import dataclasses
import json

import numpy as np
import pytest

from mnist_core import ModelError, build_model, get_recipe, open_model
from mnist_core.models.layer_weights import (
    decode_layers,
    define_layers,
    encode_layers,
    load_layers,
    read_keras_file,
)
from mnist_core.models.store import write_model
from mnist_core.recipes.recipe import OUTPUT, layer

LAYERS = (
    layer("Conv2D", filters=4, kernel_size=3, use_bias=False),
    layer("BatchNormalization", scale=False),
    layer("Activation", activation="relu"),
    layer("Dropout", rate=0.2),
    layer("PReLU"),
    layer("Flatten"),
    layer("Dense", units=5),
    OUTPUT,
)


@pytest.fixture(scope="module")
def model():
    """A Keras model with weights of which no two are alike."""
    model = build_model(dataclasses.replace(get_recipe("dense_512"), layers=LAYERS))
    rng = np.random.default_rng(0)
    model.set_weights([rng.normal(size=weight.shape) for weight in model.get_weights()])
    return model


def assert_equal(layers, others):
    for definition, other in zip(layers, others, strict=True):
        assert (definition.name, definition.kind) == (other.name, other.kind)
        assert set(definition.settings) == set(other.settings)
        for key in set(definition.settings) - {"dtype"}:  # which has an id of its own in a file
            assert definition.settings[key] == other.settings[key]
        assert list(definition.weights) == list(other.weights)
        for name, weights in definition.weights.items():
            assert weights.dtype == other.weights[name].dtype == np.float32
            np.testing.assert_array_equal(weights, other.weights[name])


def test_layers_have_kerass_names_and_weights(model):
    layers = {layer.name: layer for layer in define_layers(model)}
    assert list(layers) == [layer.name for layer in model.layers[1:]]
    assert list(layers["conv2d_1"].weights) == ["kernel"]
    assert list(layers["batchnormalization_1"].weights) == [
        "beta",
        "moving_mean",
        "moving_variance",
    ]
    assert list(layers["prelu_1"].weights) == ["alpha"]
    assert list(layers["output"].weights) == ["kernel", "bias"]
    assert layers["dropout_1"].kind == "Dropout"
    assert not layers["dropout_1"].weights
    kernel, bias = model.get_layer("dense_1").get_weights()
    np.testing.assert_array_equal(layers["dense_1"].weights["kernel"], kernel)
    np.testing.assert_array_equal(layers["dense_1"].weights["bias"], bias)


def test_a_file_gives_back_what_was_put_into_it(model):
    layers = define_layers(model)
    assert_equal(decode_layers(encode_layers(layers)), layers)


def test_the_file_is_as_its_description_says(model):
    """What a program in another language does to read it."""
    content = encode_layers(define_layers(model))
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    layers = json.loads(header["__metadata__"]["layers"])
    assert layers[-1]["name"] == "output"
    assert layers[-1]["kind"] == "Dense"
    assert layers[-1]["settings"]["activation"] == "softmax"
    assert layers[-1]["weights"] == ["kernel", "bias"]
    kernel = header["output/kernel"]
    begin, end = kernel["data_offsets"]
    numbers = np.frombuffer(content[8 + length :][begin:end], "<f4").reshape(kernel["shape"])
    assert kernel["dtype"] == "F32"
    np.testing.assert_array_equal(numbers, model.get_layer("output").get_weights()[0])


def test_a_keras_file_has_the_same_layers(model, tmp_path):
    model.save(tmp_path / "model.keras")
    layers = read_keras_file((tmp_path / "model.keras").read_bytes())
    expected = define_layers(model)
    (prelu,) = (layer for layer in expected if layer.kind == "PReLU")  # the file names no alpha
    renamed = dataclasses.replace(prelu, weights={"weights 1": prelu.weights["alpha"]})
    assert_equal(layers, [renamed if layer is prelu else layer for layer in expected])


@pytest.mark.parametrize("cut", [0, 7, 100, -1])
def test_a_cut_file_is_refused(model, cut):
    with pytest.raises(ModelError, match="weights can't be read"):
        decode_layers(encode_layers(define_layers(model))[:cut])


def test_a_file_without_a_description_of_layers_is_refused():
    from safetensors.numpy import save

    with pytest.raises(ModelError, match="weights can't be read"):
        decode_layers(save({"output/kernel": np.zeros((2, 2), np.float32)}))


def test_a_stored_model_has_them_in_its_own_file_or_in_kerass(tmp_path):
    model = open_model("dense_512")
    assert not model.has("weights")  # stored before there was that file
    layers = load_layers(model)
    files = {kind: model.read(kind) for kind in model.card["files"]}
    files |= {"weights": encode_layers(layers), "keras": b"not read"}
    assert_equal(load_layers(write_model("copy", model.card, files, tmp_path)), layers)
