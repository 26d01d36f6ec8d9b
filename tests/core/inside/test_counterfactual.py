"""The smallest change of an image that gives it another class, against NumPy."""

import numpy as np
import pytest

from mnist_core import Recognizer, open_model
from mnist_core.drawing.normalize import from_mnist
from mnist_core.inside.counterfactual import smallest_change
from tests.core.inside.reference import Dense512, SimpleCnn, softmax


@pytest.fixture(scope="module")
def images(mnist):
    return mnist.x_test[:4]


@pytest.mark.parametrize("by_hand", [Dense512, SimpleCnn], ids=lambda network: network.name)
def test_a_change_gives_the_target_and_none_of_its_pixels_can_be_left_out(by_hand, images):
    network, image = by_hand(), images[0]
    assert network.logits(image).argmax() == 7
    change = smallest_change(open_model(network.name), image, 9)
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
        restored = change.image.copy()
        restored[y, x] = image[y, x]
        assert network.logits(restored).argmax() != 9


def test_no_pixel_changes_for_the_present_class_and_the_search_stops_at_its_limit(images):
    model = open_model("dense_512")
    already = smallest_change(model, images[0], 7)
    assert already.reached
    assert already.pixels == 0
    stopped = smallest_change(model, images[0], 4, max_changed=2)
    assert not stopped.reached
    assert stopped.pixels == 2


def test_a_changed_digit_is_not_refused_by_a_network_that_knows_nondigits(images):
    change = smallest_change(open_model("pen"), images[1], 3)
    recognition = Recognizer.load("pen").recognize(from_mnist(change.image))
    assert recognition.digit == 3
    assert recognition.reason is None
