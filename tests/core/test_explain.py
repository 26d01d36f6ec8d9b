"""Explanations against direct NumPy calculations, for a dense and a convolutional network."""

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from mnist_core import ModelError, explain, open_model


def weights(name):
    """A shipped network's weights by layer: {layer: (kernel, bias)} as float64."""
    network = explain.keras_network(open_model(name))
    return {
        layer.name: [np.float64(array) for array in layer.get_weights()]
        for layer in network.layers
        if layer.get_weights()
    }


@pytest.fixture(scope="module")
def images(mnist):
    return mnist.x_test[:4]


class Dense512:
    """`dense_512` by hand: pixels / 255, 512 units with ReLU, 10 logits."""

    name = "dense_512"

    def __init__(self):
        found = weights(self.name)
        (self.w1, self.b1), (self.w2, self.b2) = found["dense_1"], found["output"]

    def logits(self, image):
        hidden = np.maximum(image.reshape(784) / 255 @ self.w1 + self.b1, 0)
        return hidden @ self.w2 + self.b2

    def slopes(self, image, digit):
        """Of the logit, by the pixels: the chain rule written out."""
        on = image.reshape(784) / 255 @ self.w1 + self.b1 > 0
        return (self.w1 @ (on * self.w2[:, digit])).reshape(28, 28) / 255


class SimpleCnn:
    """`simple_cnn` by hand: pixels / 255, 28 kernels of 3x3, 2x2 maxima, 128 units, 10 logits."""

    name = "simple_cnn"

    def __init__(self):
        found = weights(self.name)
        self.kernel, self.bias = found["conv2d_1"]  # (3, 3, 1, 28), (28,)
        (self.w1, self.b1), (self.w2, self.b2) = found["dense_1"], found["output"]

    def maps(self, image):
        patches = sliding_window_view(image / 255, (3, 3))  # (26, 26, 3, 3)
        return np.einsum("yxij,ijk->yxk", patches, self.kernel[:, :, 0]) + self.bias

    def pooled(self, image):
        return self.maps(image).reshape(13, 2, 13, 2, 28).max(axis=(1, 3))

    def logits(self, image):
        hidden = np.maximum(self.pooled(image).reshape(-1) @ self.w1 + self.b1, 0)
        return hidden @ self.w2 + self.b2

    def pooled_slopes(self, image, digit):
        on = self.pooled(image).reshape(-1) @ self.w1 + self.b1 > 0
        return (self.w1 @ (on * self.w2[:, digit])).reshape(13, 13, 28)

    def slopes(self, image, digit):
        back = self.pooled_slopes(image, digit).repeat(2, 0).repeat(2, 1)  # (26, 26, 28)
        largest = self.pooled(image).repeat(2, 0).repeat(2, 1)
        winners = np.where(self.maps(image) == largest, 1.0, 0.0)
        # Where several of the four are the largest (on blank paper), the first one counts.
        blocks = winners.reshape(13, 2, 13, 2, 28).transpose(0, 2, 4, 1, 3).reshape(13, 13, 28, 4)
        first = np.eye(4)[blocks.argmax(axis=-1)].reshape(13, 13, 28, 2, 2)
        back = back * first.transpose(0, 3, 1, 4, 2).reshape(26, 26, 28)
        slopes = np.zeros((28, 28))
        for y in range(3):
            for x in range(3):
                slopes[y : y + 26, x : x + 26] += back @ self.kernel[y, x, 0]
        return slopes / 255


@pytest.mark.parametrize("by_hand", [Dense512, SimpleCnn], ids=lambda one: one.name)
def test_saliency_is_the_slope_of_the_logit(by_hand, images):
    network = by_hand()
    for digit in (3, 7):
        found = explain.saliency(open_model(network.name), images, digit)
        assert found.shape == (4, 28, 28)
        assert found.dtype == np.float32
        expected = np.stack([network.slopes(image, digit) for image in images])
        np.testing.assert_allclose(found, expected, atol=1e-6)
        assert np.abs(expected).max() > 1e-4  # there is something to compare


def test_each_image_may_have_a_class_of_its_own(images):
    model = open_model("dense_512")
    together = explain.saliency(model, images, [1, 2, 3, 4])
    alone = [explain.saliency(model, images[n : n + 1], n + 1)[0] for n in range(4)]
    np.testing.assert_allclose(together, alone, atol=1e-7)


def test_grad_cam_weighs_the_last_maps_with_their_mean_slopes(images):
    network = SimpleCnn()
    found = explain.grad_cam(open_model("simple_cnn"), images, 7)
    assert found.shape == (4, 13, 13)
    for image, seen in zip(images, found, strict=True):
        share = network.pooled_slopes(image, 7).mean(axis=(0, 1))
        expected = np.maximum((network.pooled(image) * share).sum(axis=-1), 0)
        np.testing.assert_allclose(seen, expected, atol=1e-4 * max(1, expected.max()))
    assert found.max() > 0


def test_every_shipped_network_can_be_explained(images):
    for name in ("pen", "sigmoid_mlp", "dropout_cnn", "fast_cnn"):
        found = explain.saliency(open_model(name), images, 7)
        assert np.isfinite(found).all(), name
        assert np.abs(found).max() > 0, name
    assert explain.saliency(open_model("pen"), images, 10).any()  # "not a digit"


def test_a_network_without_maps_says_that_grad_cam_needs_them(images):
    with pytest.raises(ModelError, match="dense_512 has none"):
        explain.grad_cam(open_model("dense_512"), images, 7)


@pytest.mark.parametrize(
    ("shape", "classes", "words"),
    [((2, 28, 28, 1), 0, "Received: shape"), ((2, 28, 28), 10, "Expected classes from 0 to 9")],
)
def test_wrong_questions_are_named(shape, classes, words):
    with pytest.raises(ValueError, match=words):
        explain.saliency(open_model("dense_512"), np.zeros(shape), classes)
