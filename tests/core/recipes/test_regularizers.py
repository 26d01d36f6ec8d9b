"""Penalties on weights: what Keras makes of them is what was asked for."""

import keras
import pytest

from mnist_core.recipes.program import layer_code
from mnist_core.recipes.recipe import layer
from mnist_core.recipes.regularizers import REGULARIZERS, name_and_strength, regularizer


@pytest.mark.parametrize("strength", [0.01, 0.25])
@pytest.mark.parametrize("name", REGULARIZERS)
def test_keras_takes_it_with_its_strength(name, strength):
    value = regularizer(name, strength)
    made = keras.regularizers.get(value)
    for factor in REGULARIZERS[name][1]:
        assert float(getattr(made, factor)) == pytest.approx(strength)
    assert name_and_strength(value) == (name, strength)
    typed = layer_code(layer("Dense", units=3, kernel_regularizer=value))
    dense = eval(typed, {"keras": keras})
    assert dense.kernel_regularizer.get_config() == made.get_config()


@pytest.mark.parametrize("value", [None, "orthogonal", {}, {"class_name": "L2", "config": {}}])
def test_others_are_left_alone(value):
    assert name_and_strength(value) is None
