"""Rows of digits, one under the other, in a picture."""

from itertools import pairwise

import numpy as np

from mnist_core.drawing.normalize import INK, Ink

LOWEST = 0.45  # of the highest row: what is lower is a part of a digit, such as a five's hat
WIDEST = 0.9  # of a row's height: a row is more than a digit's loop where it is wider


def split_rows(ink: Ink) -> list[tuple[int, int]]:
    """Rows of writing with paper between them: top and bottom (exclusive) of each, in pixels.

    Gives one row where the parts don't look like rows: where they differ in height, or where each
    is no wider than high, as the two loops of an 8 that don't meet.

    Args:
        ink: `(h, w)` float32, 0 to 1.
    """
    filled = np.flatnonzero((ink > INK).any(axis=1))
    if not len(filled):
        return []
    whole = [(int(filled[0]), int(filled[-1]) + 1)]
    breaks = np.flatnonzero(np.diff(filled) > 1)
    tops = [filled[0], *filled[breaks + 1]]
    bottoms = [*filled[breaks], filled[-1]]
    rows = [(int(top), int(bottom) + 1) for top, bottom in zip(tops, bottoms, strict=True)]
    heights = [bottom - top for top, bottom in rows]
    if len(rows) < 2 or min(heights) < LOWEST * max(heights):
        return whole
    widths = []
    for top, bottom in rows:
        columns = np.flatnonzero((ink[top:bottom] > INK).any(axis=0))
        widths.append(int(columns[-1] - columns[0]) + 1)
    if all(width < WIDEST * height for width, height in zip(widths, heights, strict=True)):
        # Single digits under each other, or one digit in pieces: the pieces are close together.
        gaps = [below[0] - above[1] for above, below in pairwise(rows)]
        if min(gaps) < 0.15 * max(heights):
            return whole
    return rows
