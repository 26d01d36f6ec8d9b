"""Heatmaps: which color, how strong, where."""

import numpy as np

from mnist_core.figures.heatmap import IMAGE_BRIGHTNESS, NEGATIVE, POSITIVE, heatmap_overlay


def test_positive_is_orange_negative_blue_and_zero_the_dimmed_image():
    image = np.zeros((28, 28), np.uint8)
    image[5, 5] = 200
    heatmap = np.zeros((28, 28), np.float32)
    heatmap[0, 0], heatmap[0, 1], heatmap[0, 2] = 2.0, -2.0, 1.0
    picture = heatmap_overlay(image, heatmap)
    assert picture.shape == (224, 224, 3)
    assert tuple(picture[0, 0]) == tuple(picture[7, 7]) == POSITIVE
    assert tuple(picture[0, 8]) == NEGATIVE
    assert tuple(picture[0, 16]) == tuple(np.round(np.array(POSITIVE) / 2).astype(int))
    assert tuple(picture[40, 40]) == (round(IMAGE_BRIGHTNESS * 200),) * 3
    assert not picture[100, 100].any()


def test_a_small_heatmap_is_resized_to_the_image():
    heatmap = np.array([[1.0, 0.0], [0.0, 0.0]])
    picture = heatmap_overlay(np.zeros((28, 28), np.uint8), heatmap)
    assert tuple(picture[0, 0]) == POSITIVE
    assert 0 < picture[100, 100, 0] < POSITIVE[0]
    assert not picture[-1, -1].any()


def test_the_scale_may_be_given_and_zero_has_no_color():
    image = np.full((28, 28), 255, np.uint8)
    heatmap = np.full((28, 28), 0.5)
    assert tuple(heatmap_overlay(image, heatmap, largest=0.25)[0, 0]) == POSITIVE
    assert (heatmap_overlay(image, 0 * heatmap) == round(IMAGE_BRIGHTNESS * 255)).all()


def test_the_image_may_be_dark_on_white():
    image = np.zeros((28, 28), np.uint8)
    image[5, 5] = 200
    heatmap = np.zeros((28, 28), np.float32)
    heatmap[0, 0] = 1.0
    picture = heatmap_overlay(image, heatmap, dark_on_white=True)
    assert tuple(picture[0, 0]) == POSITIVE
    assert tuple(picture[40, 40]) == (round(255 - IMAGE_BRIGHTNESS * 200),) * 3
    assert (picture[100, 100] == 255).all()
