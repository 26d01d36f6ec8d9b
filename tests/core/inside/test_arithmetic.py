"""The arithmetic of every layer kind gives the outputs of the network itself."""

import dataclasses

import keras
import numpy as np
import pytest

from mnist_core.inside.activation_functions import apply_activation
from mnist_core.inside.arithmetic import (
    Rule,
    feature_maps_shape,
    rule_of,
    unit_arithmetic,
    unit_count,
)
from mnist_core.models.layer_weights import define_layers
from mnist_core.models.layers import LayerNetwork, export_layers
from mnist_core.models.store import open_model
from mnist_core.recipes.build import build_model
from mnist_core.recipes.recipe import OUTPUT, layer
from mnist_core.recipes.saved import get_recipe
from mnist_core.recipes.trace import ACTIVATIONS
from tests.core.models.test_layers import SHIPPED


def image(seed=0):
    """An image with all shades of gray in it."""
    rng = np.random.default_rng(seed)
    image = np.zeros((28, 28), np.uint8)
    image[4:24, 6:22] = rng.integers(0, 256, (20, 16))
    return image


def check(network, image, units=3):
    """Compare the arithmetic of each layer with the network's outputs; gives the rules."""
    outputs = network.outputs(image[np.newaxis], [*network.names, "pixels"])
    rules = set()
    for net_layer in network.layers:
        rules.add(rule_of(net_layer))
        shape = feature_maps_shape(net_layer, net_layer.output_shape)
        for unit in np.linspace(0, unit_count(net_layer) - 1, units).astype(int):
            arithmetic = unit_arithmetic(net_layer, outputs[net_layer.before][0], unit)
            output = outputs[net_layer.name][0].reshape(shape)
            expected = output if output.ndim == 1 else output[..., unit]
            np.testing.assert_allclose(
                arithmetic.values,
                expected,
                atol=2e-5 * max(1.0, np.abs(expected).max()),
                err_msg=net_layer.name,
            )
    return rules


def built(*layers):
    """A network of these layers with weights of which no two are alike."""
    recipe = dataclasses.replace(get_recipe("dense_512"), layers=(*layers, OUTPUT))
    model = build_model(recipe)
    rng = np.random.default_rng(3)
    model.set_weights(
        [rng.uniform(0.05, 0.6, w.shape) - 0.2 * (w.ndim > 1) for w in model.get_weights()]
    )
    return model


def network_of(model):
    return LayerNetwork(export_layers(model), define_layers(model))


@pytest.mark.parametrize("name", SHIPPED)
def test_every_layer_of_the_shipped_networks(name):
    assert Rule.OTHER not in check(LayerNetwork.load(open_model(name)), image())


CONVOLUTIONS = [
    {"padding": "same"},
    {"padding": "same", "strides": 2, "kernel_size": (4, 5)},
    {"strides": (1, 3), "kernel_size": (2, 5), "use_bias": False},
    {"padding": "same", "dilation_rate": 2},
    {"padding": "valid", "dilation_rate": (3, 1)},
    {"groups": 2, "filters": 6},
]


def test_every_way_to_slide_a_window():
    kinds = [
        layer("Conv2D", **{"filters": 4, "kernel_size": 3, "activation": "tanh", **settings})
        for settings in CONVOLUTIONS
    ]
    pools = [
        layer("AveragePooling2D", pool_size=3, strides=2, padding="same"),
        layer("MaxPooling2D", pool_size=2, padding="same"),
        layer("AveragePooling2D", pool_size=(1, 2), strides=1),
    ]
    order = [kinds[0], kinds[5], kinds[3], pools[0], kinds[4], pools[2], kinds[1], pools[1]]
    model = built(*order, layer("Flatten"))
    assert check(network_of(model), image(1), 6) >= {
        Rule.CONVOLUTION,
        Rule.POOLING,
        Rule.DENSE,
    }


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation(activation):
    model = built(
        layer("Conv2D", filters=3, kernel_size=5, strides=(1, 3), use_bias=False),
        layer("BatchNormalization"),
        layer("Activation", activation="linear" if activation == "softmax" else activation),
        layer("SpatialDropout2D", rate=0.2),
        layer("GlobalAveragePooling2D"),
        layer("Dense", units=7, activation=activation),
        layer("BatchNormalization", scale=False),
        layer("Dropout", rate=0.5),
        layer("Activation", activation=activation),
    )
    rules = check(network_of(model), image(2))
    assert rules == {
        Rule.SCALING,
        Rule.IDENTITY,
        Rule.CONVOLUTION,
        Rule.NORMALIZATION,
        Rule.ACTIVATION,
        Rule.GLOBAL_POOLING,
        Rule.DENSE,
    }
    values = np.linspace(-5, 5, 41)
    expected = keras.ops.convert_to_numpy(keras.activations.get(activation)(values[np.newaxis]))
    np.testing.assert_allclose(apply_activation(values, activation), expected[0], atol=1e-5)


def test_a_dense_layer_on_an_image_is_a_1x1_convolution():
    model = built(
        layer("Dense", units=5, activation="relu"),
        layer("Conv2D", filters=2, kernel_size=3),
        layer("Dense", units=3),
        layer("GlobalMaxPooling2D"),
    )
    assert check(network_of(model), image(3)) >= {Rule.CONVOLUTION, Rule.GLOBAL_POOLING}


def test_what_only_keras_can_compute_has_the_rule_other():
    model = built(
        layer("Conv2D", filters=4, kernel_size=3, activation="softmax"),
        layer("LayerNormalization"),
        layer("Flatten"),
    )
    network = network_of(model)
    rules = {layer.name: rule_of(layer) for layer in network.layers}
    assert rules["conv2d_1"] == rules["layernormalization_1"] == Rule.OTHER
    assert network.layer("layernormalization_1").arithmetic == "4 + 4"
    normalization = network.layer("layernormalization_1")
    assert unit_arithmetic(normalization, np.zeros((26, 26, 4)), 0).values.size == 0


def test_the_softmax_of_large_numbers_does_not_overflow():
    probabilities = apply_activation(np.array([1000.0, 999.0, -1000.0]), "softmax")
    np.testing.assert_allclose(probabilities, [1 / (1 + np.exp(-1)), 1 / (1 + np.e), 0], atol=1e-6)
