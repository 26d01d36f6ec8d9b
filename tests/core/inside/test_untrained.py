"""A recipe's network before training: what Keras would build."""

import numpy as np
import pytest

from mnist_core import RECIPES, build_model
from mnist_core.inside.diagram import structure_svg
from mnist_core.inside.untrained import untrained_network


@pytest.mark.parametrize("name", RECIPES)
def test_its_weights_have_the_shapes_and_the_spread_of_keras(name):
    recipe = RECIPES[name]
    network = untrained_network(recipe)
    built = {layer.name: layer for layer in build_model(recipe).layers}
    assert [layer.name for layer in network.layers] == recipe.layer_names()
    for layer in network.layers:
        keras_layer = built[layer.name]
        assert layer.output_shape == keras_layer.output.shape[1:]
        assert list(layer.weights) == [weight.name for weight in keras_layer.weights]
        for values, weight in zip(layer.weights.values(), keras_layer.weights, strict=True):
            expected = np.array(weight)
            assert values.shape == expected.shape and values.dtype == expected.dtype
            assert abs(values).max() == pytest.approx(abs(expected).max(), rel=0.15)
    assert "<svg" in structure_svg(network, [str(digit) for digit in range(10)])
