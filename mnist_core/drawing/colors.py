"""Colors of a picture: how far apart they are, and which are common."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

DIFFERENT = 40.0  # 0 to 255: distance of two colors that aren't shades of one


def color_distance(one: NDArray[Any], other: NDArray[Any]) -> NDArray[Any]:
    """How far apart colors are, 0 to 255, over the last axis."""
    return np.asarray(np.abs(one - other).max(axis=-1))


def common_colors(pixels: NDArray[np.uint8]) -> Iterator[NDArray[np.float32]]:
    """Up to four common colors of pixels `(..., 3)`, the commonest first.

    Each is the median within one of the fullest cells of colors, of which there are eight in each
    channel.
    """
    cells = (pixels >> 5).astype(np.int32) @ np.array([1, 8, 64])
    counts = np.bincount(cells.ravel())
    for cell in counts.argsort()[::-1][:4]:
        if counts[cell]:
            yield np.median(pixels[cells == cell], axis=0).astype(np.float32)


def commonest_color(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The first of the `common_colors`."""
    return next(common_colors(pixels))
