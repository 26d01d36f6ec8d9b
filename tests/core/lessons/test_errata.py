"""What the courses say goes wrong with the tutorials' own lines does go wrong."""

import keras
import pytest

from mnist_core.lessons import COURSES


def errata():
    return [step.erratum for course in COURSES.values() for step in course.steps if step.erratum]


def test_a_dense_layer_has_no_input_shape():
    layer = keras.Sequential([keras.Input((784,)), keras.layers.Dense(10)]).layers[0]
    with pytest.raises(AttributeError) as error:
        _ = layer.input_shape
    assert any(f"AttributeError: {error.value}" in erratum for erratum in errata())
