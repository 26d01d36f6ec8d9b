"""Shapes, parameters and errors of whole networks, compared with what Keras builds."""

import dataclasses

import numpy as np
import pytest

from mnist_core import RECIPES, RecipeError, build_model, get_recipe, layer
from mnist_core.recipes.recipe import OUTPUT
from mnist_core.recipes.trace import multiplication_count, parameter_count, trace

BASE = get_recipe("dense_512")


def network(*layers):
    return dataclasses.replace(BASE, layers=(*layers, OUTPUT))


def random_network(rng):
    """Layers thrown together; about half of them can't be built."""
    layers = []
    for _ in range(rng.integers(1, 5)):
        layers.append(
            [
                layer(
                    "Conv2D",
                    filters=int(rng.integers(1, 9)),
                    kernel_size=int(rng.integers(1, 9)),
                    strides=int(rng.integers(1, 3)),
                    padding=str(rng.choice(["same", "valid"])),
                    use_bias=bool(rng.integers(2)),
                ),
                layer("MaxPooling2D", pool_size=int(rng.integers(1, 6))),
                layer("AveragePooling2D", pool_size=[2, int(rng.integers(1, 6))], padding="same"),
                layer("BatchNormalization"),
                layer("Activation", activation="relu"),
                layer("Dropout", rate=0.2),
                layer("Dense", units=int(rng.integers(1, 9))),
                layer("GlobalAveragePooling2D"),
                layer("Flatten"),
            ][rng.integers(9)]
        )
    return network(*layers, *[layer("Flatten")] * int(rng.integers(4) > 0))


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_built_in_recipes_are_as_keras_builds_them(recipe):
    traced, model = trace(recipe), build_model(recipe)
    assert parameter_count(traced) == model.count_params()
    for traced_layer in traced:
        assert traced_layer.output == model.get_layer(traced_layer.name).output.shape[1:]
        assert traced_layer.parameters == model.get_layer(traced_layer.name).count_params()
        if traced_layer.arithmetic:
            assert eval(traced_layer.arithmetic.replace("x", "*")) == traced_layer.parameters


@pytest.mark.parametrize("seed", range(60))
def test_any_network_is_built_or_refused_as_keras_does(seed):
    recipe = random_network(np.random.default_rng(seed))
    try:
        model = build_model(recipe)
    except RecipeError:
        with pytest.raises(RecipeError):
            trace(recipe)
        return
    traced = trace(recipe)
    assert [layer.output for layer in traced] == [
        model.get_layer(layer.name).output.shape[1:] for layer in traced
    ]
    assert parameter_count(traced) == model.count_params()


def test_multiplications_of_the_tutorials_convolution():
    # 26 x 26 places, 3 x 3 window, 1 channel, 28 filters; then 13*13*28 -> 128 -> 10.
    count = multiplication_count(trace(get_recipe("simple_cnn")))
    assert count == 26 * 26 * 9 * 28 + 13 * 13 * 28 * 128 + 128 * 10


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (network(layer("MaxPooling2D", pool_size=30), layer("Flatten")), "no pixel would be left"),
        (network(layer("Conv2D", filters=0, kernel_size=3)), "`filters` must be an integer from 1"),
        (network(layer("Flatten"), layer("Dense", units=0)), "`units` must be an integer from 1"),
        (network(layer("Flatten"), layer("Dense", units=True)), "an integer from 1"),
        (network(layer("Flatten"), layer("Conv2D", filters=3, kernel_size=3)), "in a row"),
        (network(layer("Conv2D", filters=3, kernel_size=3)), "Put a Flatten"),
        (network(layer("Flatten"), layer("Dropout", rate=1)), "below 1"),
        (network(layer("Flatten"), layer("Dense", units=3, activation="wow")), "no activation"),
        (network(layer("Conv2D", filters=3, kernel_size=[3])), "an integer from 1, or two"),
    ],
)
def test_a_network_that_cannot_be_built_is_refused_with_the_reason(changed, words):
    with pytest.raises(RecipeError, match=words):
        trace(changed)


def test_a_layer_that_only_keras_knows_is_left_to_keras():
    assert trace(network(layer("SeparableConv2D", filters=3, kernel_size=3))) is None


def test_nondigits_have_an_output_of_their_own():
    recipe = BASE.with_settings({"nondigits": 0.1})
    assert trace(recipe)[-1].output == (11,)


@pytest.mark.parametrize(
    ("changed", "name", "setting"),
    [
        (network(layer("Conv2D", filters=0, kernel_size=3)), "conv2d_1", "filters"),
        (network(layer("Flatten"), layer("Dropout", rate=1)), "dropout_1", "rate"),
        (network(layer("Flatten"), layer("Dense")), "dense_1", "units"),
        (network(layer("MaxPooling2D", pool_size=30)), "maxpooling2d_1", ""),
        (network(layer("Flatten"), layer("SpatialDropout2D", rate=0.1)), "spatialdropout2d_1", ""),
    ],
)
def test_an_error_has_the_layer_the_setting_and_the_reason(changed, name, setting):
    with pytest.raises(RecipeError) as caught:
        trace(changed)
    error = caught.value
    assert (error.layer, error.setting) == (name, setting)
    assert str(error) == f"{name}: {error.reason}"


@pytest.mark.parametrize(
    "changed",
    [
        network(layer("Conv2D", filters=4, kernel_size=3, dilation_rate=2), layer("Flatten")),
        network(
            layer("Conv2D", filters=4, kernel_size=3),
            layer("Conv2D", filters=6, kernel_size=3, groups=2, padding="same", strides=2),
            layer("Flatten"),
        ),
        network(
            layer("Conv2D", filters=4, kernel_size=5, dilation_rate=3, padding="same"),
            layer("GlobalMaxPooling2D"),
        ),
    ],
)
def test_dilations_and_groups_are_as_keras_has_them(changed):
    traced, model = trace(changed), build_model(changed)
    assert parameter_count(traced) == model.count_params()
    assert [shape.output for shape in traced] == [
        model.get_layer(shape.name).output.shape[1:] for shape in traced
    ]
