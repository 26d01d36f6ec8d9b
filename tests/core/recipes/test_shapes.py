"""The arithmetic of a window that slides along one axis, against counting its positions."""

import itertools

import pytest

from mnist_core.recipes.shapes import conv_output_size, pair, same_padding

CASES = list(itertools.product(range(1, 9), range(1, 5), range(1, 4), range(1, 3)))


def positions(size, window, stride, dilation):
    """The first numbers under the window, at each of its positions."""
    extent = (window - 1) * dilation + 1
    return [start for start in range(0, size, stride) if start + extent <= size]


@pytest.mark.parametrize("padding", range(4))
def test_the_output_has_a_number_for_each_position(padding):
    for size, window, stride, dilation in CASES:
        expected = len(positions(size + padding, window, stride, dilation))
        assert conv_output_size(size, window, stride, padding, dilation) == expected


def test_same_padding_gives_a_position_for_each_stride_and_no_more_zeros_than_needed():
    for size, window, stride, dilation in CASES:
        before, after = same_padding(size, window, stride, dilation)
        expected = -(-size // stride)
        total = before + after
        assert conv_output_size(size, window, stride, total, dilation) == expected
        if total:
            assert conv_output_size(size, window, stride, total - 1, dilation) < expected
        assert 0 <= after - before <= 1


def test_a_setting_may_be_one_number_or_two():
    assert pair(3) == (3, 3)
    assert pair([2, 5]) == (2, 5)
