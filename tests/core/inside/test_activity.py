"""The activity of units over a set of images, against NumPy over all outputs at once."""

import time

import numpy as np
import pytest

from mnist_core.inside.activity import (
    BINS,
    activity_state,
    layer_activity,
    measure_activity,
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
    arrays = measure_activity(network, images, shares.append)
    outputs = network.outputs(images)
    assert shares == sorted(shares) and 0 < shares[0] < shares[-1] <= 1
    measured = [name for name in network.names if layer_activity(arrays, name)]
    assert set(network.names) - set(measured) == {
        name for name in network.names if name.startswith(("dropout", "flatten", "channel"))
    }
    for name in measured:
        activity, flat = layer_activity(arrays, name), outputs[name]
        flat = flat.reshape(-1, flat.shape[-1])
        np.testing.assert_array_equal(activity.minimum, flat.min(axis=0))
        np.testing.assert_array_equal(activity.maximum, flat.max(axis=0))
        np.testing.assert_allclose(activity.mean, flat.mean(axis=0), rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(activity.active, (flat > 0).mean(axis=0), atol=1e-6)
        assert activity.counts.sum() == flat.size and len(activity.counts) == BINS
        clipped = np.clip(flat, activity.edges[0], activity.edges[-1])
        expected = np.histogram(clipped, activity.edges)[0]
        # A number on an edge may be counted on either side of it.
        difference = np.cumsum(activity.counts) - np.cumsum(expected)
        assert np.abs(difference).max() <= 0.001 * flat.size


def test_the_names_of_the_arrays_on_disk_stay(images):
    """Activity that was measured by an earlier version must not be read as missing."""
    arrays = measure_activity(LayerNetwork.load(open_model("dense_512")), images)
    keys = {key.split()[1] for key in arrays}
    assert keys == {"low", "high", "mean", "lit", "counts", "edges"}


def test_a_unit_whose_output_never_changes_is_dead(images):
    model = built(layer("Flatten"), layer("Dense", units=40, activation="relu"))
    dense = model.get_layer("dense_1")
    kernel, bias = dense.get_weights()
    bias[[7, 30]] = -1e6  # relu gives 0 for every image
    kernel[:, 12] = 0
    dense.set_weights([kernel, bias])
    activity = layer_activity(measure_activity(network_of(model), images), "dense_1")
    assert list(activity.dead) == [7, 12, 30]
    assert list(activity.active[activity.dead]) == [0, 1, 0]
    assert activity.mean[12] == pytest.approx(bias[12], rel=1e-5)


def test_a_process_measures_a_model_and_stores_the_result(tmp_path, monkeypatch, mnist):
    monkeypatch.setenv("MNIST_CORE_RUNS", str(tmp_path))
    model = open_model("sigmoid_mlp")
    start_activity(model)
    deadline = time.monotonic() + 120
    while (state := activity_state(model)).working and time.monotonic() < deadline:
        time.sleep(0.2)
    assert state.finished, state.message
    activity = layer_activity(state.arrays, "output")
    answers = model.test_answers()["probabilities"].astype(np.float64)
    np.testing.assert_allclose(activity.mean, answers.mean(axis=0), atol=5e-3)
    assert activity.counts.sum() == 100_000
