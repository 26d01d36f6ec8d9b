"""Reasons as colours: which colour, how strong, where."""

import numpy as np

from mnist_core.figures.heat import AGAINST, FAINT, FOR, heat_picture


def test_positive_is_orange_negative_blue_and_nothing_the_faint_image():
    image = np.zeros((28, 28), np.uint8)
    image[5, 5] = 200
    heat = np.zeros((28, 28), np.float32)
    heat[0, 0], heat[0, 1], heat[0, 2] = 2.0, -2.0, 1.0
    picture = heat_picture(image, heat)
    assert picture.shape == (224, 224, 3)
    assert tuple(picture[0, 0]) == tuple(picture[7, 7]) == FOR
    assert tuple(picture[0, 8]) == AGAINST
    assert tuple(picture[0, 16]) == tuple(np.round(np.array(FOR) / 2).astype(int))
    assert tuple(picture[40, 40]) == (round(FAINT * 200),) * 3
    assert not picture[100, 100].any()


def test_a_small_map_is_drawn_over_all_of_the_image():
    heat = np.array([[1.0, 0.0], [0.0, 0.0]])
    picture = heat_picture(np.zeros((28, 28), np.uint8), heat)
    assert tuple(picture[0, 0]) == FOR
    assert 0 < picture[100, 100, 0] < FOR[0]
    assert not picture[-1, -1].any()


def test_the_scale_may_be_given_and_no_heat_is_no_colour():
    image = np.full((28, 28), 255, np.uint8)
    heat = np.full((28, 28), 0.5)
    assert tuple(heat_picture(image, heat, largest=0.25)[0, 0]) == FOR
    assert (heat_picture(image, 0 * heat) == round(FAINT * 255)).all()
