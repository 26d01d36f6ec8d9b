"""Features of networks, and those of a whole set, kept on the disk."""

import time

import numpy as np
import pytest

from mnist_core import open_model, settings
from mnist_core.data.neighbors import nearest_neighbors
from mnist_core.errors import ModelError
from mnist_core.inside.features import (
    feature_layer,
    features,
    features_folder,
    kept_features,
    look_at_features,
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
def test_they_are_what_the_last_layer_decides_by(name, layer, width, mnist):
    net = network(name)
    assert feature_layer(net) == layer
    images = mnist.x_test[:3]
    given = features(net, images)
    assert given.shape == (3, width)
    assert given.dtype == np.float16
    raw = net.outputs(images, [layer])[layer]
    by_hand = raw if raw.ndim == 2 else raw.mean(axis=(1, 2))
    np.testing.assert_allclose(given, by_hand, rtol=1e-3, atol=1e-3)


def test_a_network_that_gives_no_numbers_is_refused():
    images = np.full((2, 28, 28), np.nan, np.float32)
    with pytest.raises(ModelError, match="not a number"):
        features(network("dropout_cnn"), images)


def test_no_images_have_no_features():
    assert features(network("dropout_cnn"), np.zeros((0, 28, 28), np.uint8)).shape == (0, 128)


def test_neighbours_in_feature_space_show_the_same_digit(mnist):
    net = network("dropout_cnn")
    images, labels = mnist.x_test[:1000], mnist.y_test[:1000]
    given = features(net, images)
    found, _ = nearest_neighbors(given[:100], given, 2)
    assert (labels[found[:, 1]] == labels[:100]).mean() > 0.95


def test_those_of_a_whole_set_are_computed_elsewhere_and_kept(isolated, mnist):
    model, images = open_model("dropout_cnn", SHIPPED), mnist.x_train[:1500]
    folder = features_folder(model, images)
    assert kept_features(folder) is None
    start_features(model, images)
    deadline = time.monotonic() + 60
    while (state := look_at_features(folder)).working and time.monotonic() < deadline:
        time.sleep(0.1)
    assert state.finished, state
    kept = kept_features(folder)
    np.testing.assert_array_equal(kept, features(network("dropout_cnn"), images))
    assert not (folder / "images.npy").exists()
    assert features_folder(model, images[1:]) != folder
    (folder / "features.npy").write_bytes(b"cut")
    assert kept_features(folder) is None
    assert not look_at_features(folder).finished  # it can be computed anew
