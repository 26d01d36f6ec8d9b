"""The outputs of each layer of the shipped networks, against NumPy and the network itself."""

import numpy as np
import pytest
from scipy.signal import correlate2d

from mnist_core import settings
from mnist_core.errors import ModelError
from mnist_core.models.layer_weights import load_layers, read_keras_file
from mnist_core.models.layers import LayerNetwork
from mnist_core.models.litert import BATCH, LiteNetwork
from mnist_core.models.store import list_models, open_model
from mnist_core.recipes.trace import trace

SHIPPED = [model.name for model in list_models(settings.models_dir())[0]]


@pytest.fixture(scope="module")
def networks():
    return {name: LayerNetwork.load(open_model(name)) for name in SHIPPED}


@pytest.fixture(scope="module")
def images():
    """Strokes of random darkness, so that the numbers differ."""
    rng = np.random.default_rng(5)
    images = np.zeros((3, 28, 28), np.uint8)
    images[:, 6:22, 8:20] = rng.integers(0, 256, (3, 16, 12))
    return images


def relu(x):
    return np.maximum(x, 0)


def softmax(x):
    exponentials = np.exp(x - x.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("name", SHIPPED)
def test_the_last_layer_gives_the_networks_probabilities(name, networks, images):
    outputs = networks[name].outputs(images)
    probabilities = LiteNetwork(open_model(name).read("litert")).predict(images)
    np.testing.assert_allclose(outputs["output"], probabilities, atol=1e-5)


@pytest.mark.parametrize("name", SHIPPED)
def test_shapes_and_parameters_are_those_of_the_recipe(name, networks):
    network, model = networks[name], open_model(name)
    traced = {layer.name: layer for layer in trace(model.recipe)}
    assert [name for name in network.names if name in traced] == model.recipe.layer_names()
    for layer in network.layers:
        if layer.name in traced:
            assert layer.output_shape == traced[layer.name].output
            assert layer.parameters == traced[layer.name].parameters
            assert layer.arithmetic == traced[layer.name].arithmetic
    assert sum(layer.parameters for layer in network.layers) == model.card["parameters"]


def test_dense_layers_are_those_of_numpy_with_the_same_weights(networks, images):
    network = networks["dense_512"]
    outputs = network.outputs(images)
    first, last = network.layer("dense_1").weights, network.layer("output").weights
    flat = images.reshape(3, 784) / 255
    hidden = relu(flat @ first["kernel"] + first["bias"])
    np.testing.assert_allclose(outputs["flatten_1"], flat, atol=1e-6)
    np.testing.assert_allclose(outputs["dense_1"], hidden, atol=1e-4)
    logits = hidden @ last["kernel"] + last["bias"]
    np.testing.assert_allclose(outputs["output"], softmax(logits), atol=1e-5)


def test_feature_maps_are_those_of_scipy_with_the_same_kernels(networks, images):
    network = networks["simple_cnn"]
    outputs = network.outputs(images)
    weights = network.layer("conv2d_1").weights
    for index, image in enumerate(images / 255):
        for unit in range(28):
            correlation = correlate2d(image, weights["kernel"][:, :, 0, unit], mode="valid")
            expected = correlation + weights["bias"][unit]
            np.testing.assert_allclose(outputs["conv2d_1"][index, :, :, unit], expected, atol=1e-5)
    pooled = outputs["conv2d_1"].reshape(3, 13, 2, 13, 2, 28).max(axis=(2, 4))
    np.testing.assert_array_equal(outputs["maxpooling2d_1"], pooled)
    np.testing.assert_array_equal(outputs["flatten_1"], pooled.reshape(3, -1))
    np.testing.assert_array_equal(outputs["dropout_1"], outputs["dense_1"])


def test_many_images_have_the_same_outputs_as_each_alone(networks):
    rng = np.random.default_rng(1)
    images = rng.integers(0, 256, (BATCH + 7, 28, 28), np.uint8)
    network = networks["fast_cnn"]
    many = network.outputs(images, ["activation_2", "pixels", "output"])
    assert list(many) == ["activation_2", "pixels", "output"]
    np.testing.assert_array_equal(many["pixels"], images)
    for index in (0, BATCH - 1, BATCH, BATCH + 6):
        alone = network.outputs(images[index : index + 1], ["activation_2", "output"])
        for name, values in alone.items():
            np.testing.assert_allclose(many[name][index], values[0], atol=1e-4)


def test_no_images_have_no_outputs_and_other_shapes_are_refused(networks):
    network = networks["dense_512"]
    assert network.outputs(np.zeros((0, 28, 28)))["dense_1"].shape == (0, 512)
    with pytest.raises(ValueError, match=r"shape \(n, 28, 28\).*\(28, 28\)"):
        network.outputs(np.zeros((28, 28)))


def test_an_unknown_layer_lists_those_that_are_there(networks, images):
    with pytest.raises(ModelError, match=r"no layer 'conv'.*dense_1, output"):
        networks["dense_512"].outputs(images, ["conv"])


def test_files_of_two_networks_are_refused():
    model, other = open_model("dense_512"), open_model("simple_cnn")
    keras_file = model.read("keras")
    for content, layers in (
        (model.read("layers"), load_layers(other)),
        (b"cut", load_layers(model)),
    ):
        with pytest.raises(ModelError, match="can't be looked into"):
            LayerNetwork(content, layers)
    for content in (b"cut", keras_file[:-100]):
        with pytest.raises(ModelError, match="can't be read"):
            read_keras_file(content)
