"""What units give over a set of images, against NumPy over all outputs at once."""

import time

import numpy as np
import pytest

from mnist_core.inside.activity import (
    BINS,
    activity_of,
    look_at_activity,
    measure,
    start_activity,
)
from mnist_core.models.layers import LayerNetwork
from mnist_core.models.store import open_model
from mnist_core.recipes.recipe import layer
from tests.core.inside.test_arithmetic import built, network_of


@pytest.fixture(scope="module")
def images():
    rng = np.random.default_rng(2)
    return rng.integers(0, 256, (120, 28, 28), np.uint8) * (rng.random((120, 28, 28)) > 0.7)


@pytest.mark.parametrize("name", ["dense_512", "fast_cnn"])
def test_the_numbers_of_every_layer(name, images):
    network = LayerNetwork.load(open_model(name))
    shares = []
    arrays = measure(network, images, shares.append)
    given = network.outputs(images)
    assert shares == sorted(shares) and 0 < shares[0] < shares[-1] <= 1
    measured = [one for one in network.names if activity_of(arrays, one)]
    assert set(network.names) - set(measured) == {
        one for one in network.names if one.startswith(("dropout", "flatten", "channel"))
    }
    for one in measured:
        seen, flat = activity_of(arrays, one), given[one]
        flat = flat.reshape(-1, flat.shape[-1])
        np.testing.assert_array_equal(seen.low, flat.min(axis=0))
        np.testing.assert_array_equal(seen.high, flat.max(axis=0))
        np.testing.assert_allclose(seen.mean, flat.mean(axis=0), rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(seen.lit, (flat > 0).mean(axis=0), atol=1e-6)
        assert seen.counts.sum() == flat.size and len(seen.counts) == BINS
        inside = np.clip(flat, seen.edges[0], seen.edges[-1])
        expected = np.histogram(inside, seen.edges)[0]
        # A number on an edge may be counted on either side of it.
        assert np.abs(np.cumsum(seen.counts) - np.cumsum(expected)).max() <= 0.001 * flat.size


def test_a_unit_that_nothing_lights_is_dead(images):
    model = built(layer("Flatten"), layer("Dense", units=40, activation="relu"))
    dense = model.get_layer("dense_1")
    kernel, bias = dense.get_weights()
    bias[[7, 30]] = -1e6  # relu makes 0 of whatever they see
    kernel[:, 12] = 0
    dense.set_weights([kernel, bias])
    seen = activity_of(measure(network_of(model), images), "dense_1")
    assert list(seen.dead) == [7, 12, 30]
    assert list(seen.lit[seen.dead]) == [0, 1, 0]
    assert seen.mean[12] == pytest.approx(bias[12], rel=1e-5)


def test_a_process_measures_a_model_once_for_all(tmp_path, monkeypatch, mnist):
    monkeypatch.setenv("MNIST_CORE_RUNS", str(tmp_path))
    model = open_model("sigmoid_mlp")
    start_activity(model)
    deadline = time.monotonic() + 120
    while (state := look_at_activity(model)).working and time.monotonic() < deadline:
        time.sleep(0.2)
    assert state.finished, state.message
    seen = activity_of(state.arrays, "output")
    answers = model.test_answers()["probabilities"].astype(np.float64)
    np.testing.assert_allclose(seen.mean, answers.mean(axis=0), atol=5e-3)
    assert seen.counts.sum() == 100_000
