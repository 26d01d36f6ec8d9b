"""Explanations against direct NumPy calculations, for a dense and a convolutional network."""

import keras
import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from mnist_core import ModelError, Recognizer, open_model
from mnist_core.drawing.normalize import from_mnist
from mnist_core.inside import attribution as explain
from mnist_core.models.layers import LayerNetwork


def weights(name):
    """A shipped network's weights by layer: {layer: (kernel, bias)} as float64."""
    network = keras.saving.load_model(open_model(name).path("keras"), compile=False)
    return {
        layer.name: [np.float64(array) for array in layer.get_weights()]
        for layer in network.layers
        if layer.get_weights()
    }


def softmax(logits):
    shares = np.exp(logits - logits.max())
    return shares / shares.sum()


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


def test_grad_cam_of_a_layer_that_is_named(images):
    model = open_model("simple_cnn")
    found = explain.grad_cam(model, images, 7, "conv2d_1")
    assert found.shape == (4, 26, 26)
    with pytest.raises(ModelError, match=r"conv2d_1, maxpooling2d_1\. Received: layer='dense_1'"):
        explain.grad_cam(model, images, 7, "dense_1")


@pytest.mark.parametrize("by_hand", [Dense512, SimpleCnn], ids=lambda one: one.name)
def test_occlusion_is_the_mean_fall_of_all_squares_over_a_pixel(by_hand, images):
    network, image, size = by_hand(), images[1], 9
    found = explain.occlusion(Recognizer.load(network.name).predict, image, size)
    assert found.shape == (28, 28, 10)
    before = softmax(network.logits(image))
    for y, x in ((14, 14), (6, 18), (22, 9), (0, 0)):
        falls = []
        for top in range(y - size + 1, y + 1):
            for left in range(x - size + 1, x + 1):
                covered = image.copy()
                covered[max(top, 0) : top + size, max(left, 0) : left + size] = 0
                falls.append(before - softmax(network.logits(covered)))
        assert len(falls) == size**2
        np.testing.assert_allclose(found[y, x], np.mean(falls, axis=0), atol=1e-4)
    assert np.abs(found).max() > 0.01


def test_occlusion_of_blank_paper_shows_nothing():
    blank = np.zeros((28, 28), np.uint8)
    assert not explain.occlusion(Recognizer.load("dense_512").predict, blank).any()


@pytest.mark.parametrize("by_hand", [Dense512, SimpleCnn], ids=lambda one: one.name)
def test_a_change_flips_the_answer_and_none_of_its_pixels_can_be_left_out(by_hand, images):
    network, image = by_hand(), images[0]
    assert network.logits(image).argmax() == 7
    change = explain.smallest_change(open_model(network.name), image, 9)
    assert change.reached
    assert 1 < change.pixels < 40
    assert network.logits(change.image).argmax() == 9
    np.testing.assert_allclose(
        change.probabilities, softmax(network.logits(change.image)), atol=1e-4
    )
    np.testing.assert_array_equal(change.added, change.image > image)
    np.testing.assert_array_equal(change.removed, change.image < image)
    assert set(change.image[change.added]) <= {255}
    assert set(change.image[change.removed]) <= {0}
    for y, x in np.argwhere(change.image != image):
        less = change.image.copy()
        less[y, x] = image[y, x]
        assert network.logits(less).argmax() != 9


def test_a_change_that_is_none_and_one_that_would_take_too_many_pixels(images):
    model = open_model("dense_512")
    already = explain.smallest_change(model, images[0], 7)
    assert already.reached
    assert already.pixels == 0
    given_up = explain.smallest_change(model, images[0], 4, most=2)
    assert not given_up.reached
    assert given_up.pixels == 2


def test_a_changed_digit_is_not_refused_by_a_network_that_knows_no_digits(images):
    change = explain.smallest_change(open_model("pen"), images[1], 3)
    seen = Recognizer.load("pen").recognize(from_mnist(change.image))
    assert seen.digit == 3
    assert seen.reason is None


def test_the_layers_that_give_maps():
    named = {
        name: explain.map_layers(LayerNetwork.load(open_model(name)))
        for name in ("dense_512", "simple_cnn")
    }
    assert named == {"dense_512": [], "simple_cnn": ["conv2d_1", "maxpooling2d_1"]}


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
    logits = keras.Model(network.inputs[0], explain._logits(network))
    scores = np.asarray(logits(images / np.float32(255)))
    expected = np.asarray(network(images / np.float32(255)))
    np.testing.assert_allclose([softmax(row) for row in scores], expected, atol=1e-6)
    assert scores.min() < 0 or scores.max() > 1


def test_the_score_of_a_network_without_softmax_is_the_logarithm(images):
    network = keras.Sequential(
        [keras.Input((28, 28)), keras.layers.Flatten(), keras.layers.Dense(10, "sigmoid")]
    )
    scores = keras.Model(network.inputs[0], explain._logits(network))
    given = np.asarray(network(images / np.float32(255)))
    np.testing.assert_allclose(
        np.asarray(scores(images / np.float32(255))), np.log(given), rtol=1e-4, atol=1e-6
    )
