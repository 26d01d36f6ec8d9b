"""What the courses say goes wrong with the tutorials' own lines does go wrong."""

import os
import subprocess
import sys

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


def test_metrics_must_be_a_list():
    network = keras.Sequential([keras.Input((784,)), keras.layers.Dense(10)])
    with pytest.raises(ValueError, match="Expected `metrics` argument to be a list") as error:
        network.compile(loss="categorical_crossentropy", metrics="accuracy")
    assert any(f"ValueError: {error.value}" in erratum for erratum in errata())


def test_a_layer_warns_of_an_input_shape():
    with pytest.warns(UserWarning, match="Do not pass an `input_shape`"):
        keras.layers.Dense(10, input_shape=(784,))
    assert sum("`input_shape=" in erratum for erratum in errata()) == 3


def test_keras_has_no_theano():
    done = subprocess.run(
        [sys.executable, "-c", "import keras"],
        env={**os.environ, "KERAS_BACKEND": "theano"},
        capture_output=True,
        text=True,
    )
    assert "ValueError: Unable to import backend : theano" in done.stderr
    assert any("Theano" in erratum for erratum in errata())
