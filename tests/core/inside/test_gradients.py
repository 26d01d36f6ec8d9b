"""The score whose gradients are taken is the logit, however a network ends."""

import keras
import numpy as np
import pytest

from mnist_core.inside.gradients import logits_of
from tests.core.inside.reference import softmax


@pytest.fixture(scope="module")
def images(mnist):
    return mnist.x_test[:4]


@pytest.mark.parametrize(
    "last",
    [
        [keras.layers.Dense(10, activation="softmax")],
        [keras.layers.Dense(10), keras.layers.Activation("softmax")],
        [keras.layers.Dense(10), keras.layers.Softmax()],
    ],
    ids=["dense", "activation", "softmax"],
)
def test_the_score_is_what_softmax_gets_however_the_network_ends(last, images):
    keras.utils.set_random_seed(0)
    network = keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten(), *last])
    logits = keras.Model(network.inputs[0], logits_of(network))
    scores = np.asarray(logits(images / np.float32(255)))
    expected = np.asarray(network(images / np.float32(255)))
    np.testing.assert_allclose([softmax(row) for row in scores], expected, atol=1e-6)
    assert scores.min() < 0 or scores.max() > 1


def test_the_score_of_a_network_without_softmax_is_the_logarithm(images):
    network = keras.Sequential(
        [keras.Input((28, 28)), keras.layers.Flatten(), keras.layers.Dense(10, "sigmoid")]
    )
    scores = keras.Model(network.inputs[0], logits_of(network))
    outputs = np.asarray(network(images / np.float32(255)))
    np.testing.assert_allclose(
        np.asarray(scores(images / np.float32(255))), np.log(outputs), rtol=1e-4, atol=1e-6
    )
