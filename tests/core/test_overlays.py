"""Colours over an image."""

import numpy as np

from mnist_core.overlays import AGAINST, DIGIT, FOR, overlay


def test_the_largest_weights_have_the_full_colours_and_none_the_digit_s_grey():
    image = np.array([[0, 255, 255]], np.uint8)
    found = overlay(image, np.array([[2.0, -2.0, 0.0]]))
    assert found.shape == (1, 3, 3) and found.dtype == np.uint8
    assert found[0, 0].tolist() == list(FOR)
    assert found[0, 1].tolist() == list(AGAINST)
    assert found[0, 2].tolist() == [round(DIGIT * 255)] * 3


def test_a_common_scale_makes_two_pictures_comparable():
    image = np.zeros((1, 1), np.uint8)
    half = overlay(image, np.array([[1.0]]), most=2.0)
    assert half[0, 0].tolist() == [round(value / 2) for value in FOR]
    assert (overlay(image, np.array([[9.0]]), most=2.0)[0, 0] == FOR).all()


def test_weights_of_nothing_leave_the_digit():
    image = np.full((2, 2), 200, np.uint8)
    assert (overlay(image, np.zeros((2, 2))) == round(DIGIT * 200)).all()
