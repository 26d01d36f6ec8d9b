"""Rows of digits: their picture for the number reader, and where one digit ends."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mnist_core.drawing.lines import HEIGHT, line_image, line_width, split_line


def drawn(strokes, size, width=6):
    image = Image.new("L", size)
    pen = ImageDraw.Draw(image)
    for stroke in strokes:
        pen.line(stroke, fill=255, width=width)
    return np.asarray(image, np.float32) / 255


def test_a_row_gets_one_height_and_paper_at_its_ends():
    ink = np.ones((100, 300), np.float32)
    image = line_image(ink)
    assert image.dtype == np.uint8
    assert line_width(100, 300) == 96
    assert image.shape == (HEIGHT, 96 + 8)
    assert (image[:, 4:-4] == 255).all() and not image[:, :4].any() and not image[:, -4:].any()


def test_a_narrow_row_gets_more_paper_and_an_endless_one_is_squeezed():
    assert line_image(np.ones((100, 3), np.float32)).shape[1] >= 32
    assert line_image(np.ones((10, 10_000), np.float32)).shape[1] == 480 + 8


@pytest.mark.parametrize("width", [1, 3, 12])
def test_a_thin_pen_stays_dark_enough_to_be_seen(width):
    ink = drawn([[(5, 5), (100, 195)]], (106, 200), width)
    assert line_image(ink).max() > 120


def test_digits_are_cut_where_least_ink_is_in_the_way():
    # Two slanted strokes, joined by a thin bar: no straight cut from top to bottom misses both.
    left, right = [(10, 95), (60, 5)], [(50, 95), (100, 5)]
    bar = [(35, 50), (75, 50)]
    ink = np.maximum(drawn([left, right], (110, 100)), drawn([bar], (110, 100), 2))
    pieces = split_line(ink, (35.0, 75.0))
    np.testing.assert_array_equal(np.sum(pieces, axis=0), ink)  # nothing lost, nothing twice
    for piece, stroke in zip(pieces, (left, right), strict=True):
        own = drawn([stroke], (110, 100)) > 0
        assert (piece[own] > 0).mean() > 0.95


def test_one_digit_is_all_of_the_ink():
    ink = drawn([[(5, 5), (100, 195)]], (106, 200))
    [piece] = split_line(ink, (50.0,))
    np.testing.assert_array_equal(piece, ink)


def test_digits_in_nearly_the_same_place_can_be_cut():
    ink = np.ones((40, 30), np.float32)
    pieces = split_line(ink, (29.0, 29.5, 30.0))
    np.testing.assert_array_equal(np.sum(pieces, axis=0), ink)
