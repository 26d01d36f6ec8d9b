"""Features of networks, and those of a whole set, stored on the disk."""

import time

import numpy as np
import pytest

from mnist_core import open_model, settings
from mnist_core.data.neighbors import nearest_neighbors
from mnist_core.errors import ModelError
from mnist_core.inside.features import (
    compute_features,
    feature_layer,
    features_folder,
    features_state,
    load_features,
    start_features,
)
from mnist_core.models.layers import LayerNetwork

SHIPPED = settings.models_dir()


def network(name):
    return LayerNetwork.load(open_model(name, SHIPPED))


@pytest.mark.parametrize(
    ("name", "layer", "width"),
    [("dense_512", "dense_1", 512), ("dropout_cnn", "dense_1", 128), ("pen", "activation_4", 112)],
)
def test_features_are_the_input_of_the_last_layer(name, layer, width, mnist):
    net = network(name)
    assert feature_layer(net) == layer
    images = mnist.x_test[:3]
    features = compute_features(net, images)
    assert features.shape == (3, width)
    assert features.dtype == np.float16
    outputs = net.outputs(images, [layer])[layer]
    expected = outputs if outputs.ndim == 2 else outputs.mean(axis=(1, 2))
    np.testing.assert_allclose(features, expected, rtol=1e-3, atol=1e-3)


def test_features_that_are_not_finite_are_refused():
    images = np.full((2, 28, 28), np.nan, np.float32)
    with pytest.raises(ModelError, match="not finite"):
        compute_features(network("dropout_cnn"), images)


def test_no_images_have_no_features():
    no_images = np.zeros((0, 28, 28), np.uint8)
    assert compute_features(network("dropout_cnn"), no_images).shape == (0, 128)


def test_neighbors_in_feature_space_show_the_same_digit(mnist):
    net = network("dropout_cnn")
    images, labels = mnist.x_test[:1000], mnist.y_test[:1000]
    features = compute_features(net, images)
    neighbors, _ = nearest_neighbors(features[:100], features, 2)
    assert (labels[neighbors[:, 1]] == labels[:100]).mean() > 0.95


def test_those_of_a_whole_set_are_computed_in_a_process_and_stored(isolated, mnist):
    model, images = open_model("dropout_cnn", SHIPPED), mnist.x_train[:1500]
    folder = features_folder(model, images)
    assert load_features(folder, np.arange(1500)) is None
    start_features(model, images)
    deadline = time.monotonic() + 60
    while (state := features_state(folder)).working and time.monotonic() < deadline:
        time.sleep(0.1)
    assert state.finished, state
    stored = load_features(folder, np.arange(1500)[::-1])
    np.testing.assert_array_equal(stored[::-1], compute_features(network("dropout_cnn"), images))
    assert not (folder / "images.npy").exists()
    assert features_folder(model, images[1:]) != folder
    (folder / "features.npy").write_bytes(b"cut")
    assert load_features(folder, np.arange(1500)) is None
    assert not features_state(folder).finished  # they can be computed again
