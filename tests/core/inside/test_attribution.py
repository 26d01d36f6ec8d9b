"""Attribution against NumPy, for a dense and a convolutional network."""

import numpy as np
import pytest

from mnist_core import ModelError, Recognizer, open_model
from mnist_core.inside.attribution import feature_map_layers, grad_cam, occlusion, saliency
from mnist_core.models.layers import LayerNetwork
from tests.core.inside.reference import Dense512, SimpleCnn, softmax


@pytest.fixture(scope="module")
def images(mnist):
    return mnist.x_test[:4]


@pytest.mark.parametrize("by_hand", [Dense512, SimpleCnn], ids=lambda network: network.name)
def test_saliency_is_the_gradient_of_the_logit(by_hand, images):
    network = by_hand()
    for digit in (3, 7):
        values = saliency(open_model(network.name), images, digit)
        assert values.shape == (4, 28, 28)
        assert values.dtype == np.float32
        expected = np.stack([network.gradients(image, digit) for image in images])
        np.testing.assert_allclose(values, expected, atol=1e-6)
        assert np.abs(expected).max() > 1e-4  # there is something to compare


def test_each_image_may_have_a_class_of_its_own(images):
    model = open_model("dense_512")
    together = saliency(model, images, [1, 2, 3, 4])
    alone = [saliency(model, images[n : n + 1], n + 1)[0] for n in range(4)]
    np.testing.assert_allclose(together, alone, atol=1e-7)


def test_grad_cam_weights_the_last_feature_maps_with_their_mean_gradients(images):
    network = SimpleCnn()
    heatmaps = grad_cam(open_model("simple_cnn"), images, 7)
    assert heatmaps.shape == (4, 13, 13)
    for image, heatmap in zip(images, heatmaps, strict=True):
        map_weights = network.pooled_gradients(image, 7).mean(axis=(0, 1))
        expected = np.maximum((network.pooled(image) * map_weights).sum(axis=-1), 0)
        np.testing.assert_allclose(heatmap, expected, atol=1e-4 * max(1, expected.max()))
    assert heatmaps.max() > 0


def test_every_shipped_network_can_be_explained(images):
    for name in ("pen", "sigmoid_mlp", "dropout_cnn", "fast_cnn"):
        values = saliency(open_model(name), images, 7)
        assert np.isfinite(values).all(), name
        assert np.abs(values).max() > 0, name
    assert saliency(open_model("pen"), images, 10).any()  # "not a digit"


def test_grad_cam_is_refused_for_a_network_without_feature_maps(images):
    with pytest.raises(ModelError, match="dense_512 has none"):
        grad_cam(open_model("dense_512"), images, 7)


@pytest.mark.parametrize(
    ("shape", "classes", "message"),
    [((2, 28, 28, 1), 0, "Received: shape"), ((2, 28, 28), 10, "Expected classes from 0 to 9")],
)
def test_wrong_shapes_and_classes_are_refused(shape, classes, message):
    with pytest.raises(ValueError, match=message):
        saliency(open_model("dense_512"), np.zeros(shape), classes)


def test_grad_cam_of_a_named_layer(images):
    model = open_model("simple_cnn")
    assert grad_cam(model, images, 7, "conv2d_1").shape == (4, 26, 26)
    with pytest.raises(ModelError, match=r"conv2d_1, maxpooling2d_1\. Received: layer='dense_1'"):
        grad_cam(model, images, 7, "dense_1")


@pytest.mark.parametrize("by_hand", [Dense512, SimpleCnn], ids=lambda network: network.name)
def test_occlusion_is_the_mean_drop_of_all_squares_over_a_pixel(by_hand, images):
    network, image, size = by_hand(), images[1], 9
    values = occlusion(Recognizer.load(network.name).predict, image, size)
    assert values.shape == (28, 28, 10)
    before = softmax(network.logits(image))
    for y, x in ((14, 14), (6, 18), (22, 9), (0, 0)):
        drops = []
        for top in range(y - size + 1, y + 1):
            for left in range(x - size + 1, x + 1):
                covered = image.copy()
                covered[max(top, 0) : top + size, max(left, 0) : left + size] = 0
                drops.append(before - softmax(network.logits(covered)))
        assert len(drops) == size**2
        np.testing.assert_allclose(values[y, x], np.mean(drops, axis=0), atol=1e-4)
    assert np.abs(values).max() > 0.01


def test_occlusion_of_blank_paper_is_zero():
    blank = np.zeros((28, 28), np.uint8)
    assert not occlusion(Recognizer.load("dense_512").predict, blank).any()


def test_the_layers_with_feature_maps():
    layers = {
        name: feature_map_layers(LayerNetwork.load(open_model(name)))
        for name in ("dense_512", "simple_cnn")
    }
    assert layers == {"dense_512": [], "simple_cnn": ["conv2d_1", "maxpooling2d_1"]}
