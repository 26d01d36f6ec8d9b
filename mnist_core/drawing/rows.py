"""Rows of digits, one under the other, in a picture.

Each part is linked to its nearest neighbours at about the same height on the page, and what is
linked is a row (L. O'Gorman, "The Document Spectrum for Page Layout Analysis", IEEE PAMI 15, 1993).
So rows may be slanted, uneven, or so close that no level line of paper lies between them.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mnist_core.drawing.parts import Part

MANY = 400  # of a picture's parts; the smallest beyond are its noise
MOST = 20  # rows; more are noise too
LOWEST = 0.45  # of a digit's height: what is lower is a part of a digit, such as a five's hat
CRUMB = 0.3  # of the highest part's height: what is lower says nothing of a digit's height
TALL = 1.6  # of a digit's height: a higher part may be two digits of two rows that touch
WIDEST = 0.9  # of a row's height: a row is more than a digit's loop where it is wider
FLAT = 2.5  # of its height: a row of one part that is so wide is a dash
DASH = 0.5  # of a height: three parts under each other are digits, not dashes, if one is as wide
BESIDE = 0.5  # neighbours of a row share as much of the lower one's height,
REACH = 3.0  # and are at most so many digits' heights apart
LEVEL = 0.3  # what two parts of a broken row share of their heights

Boxes = NDArray[np.intp]  # (n, 4): left, top, right, bottom (exclusive)


def split_rows(parts: Sequence[Part]) -> list[list[Part]]:
    """The parts of each row, from top to bottom.

    Gives one row where the parts don't look like rows: where they differ in height, or where each
    is no wider than high, as the two loops of an 8 that don't meet. A part that reaches over two
    rows, as digits do that touch, is cut between them.

    Args:
        parts: what hangs together (`mnist_core.drawing.parts.connected_parts`).
    """
    whole = [list(parts)] if parts else []
    if len(parts) < 2:
        return whole
    parts = sorted(parts, key=lambda part: part.ink.size)[-MANY:]
    boxes = np.array([(part.left, part.top, part.right, part.bottom) for part in parts])
    heights = boxes[:, 3] - boxes[:, 1]
    height = float(np.median(heights[heights >= CRUMB * heights.max()]))
    digits = np.flatnonzero((heights >= LOWEST * height) & (heights <= TALL * height))
    rows = _linked(boxes, digits.tolist(), height)
    tall = np.flatnonzero(heights > TALL * height)
    if not 2 <= len(rows) <= MOST or not _are_rows(boxes, rows, tall, height):
        return whole
    rows.sort(key=lambda row: boxes[row][:, [1, 3]].mean())
    found = [[parts[index] for index in row] for row in rows]
    for index in sorted(set(range(len(parts))) - set(digits.tolist()), key=lambda i: -heights[i]):
        for part, row in _placed(parts[index], [boxes[row] for row in rows], height):
            found[row].append(part)
    return found


def _linked(boxes: Boxes, digits: list[int], height: float) -> list[list[int]]:
    """Those of the parts that are in one row, by their indices."""
    rows = {index: [index] for index in digits}

    def join(one: int, other: int) -> None:
        if rows[one] is not rows[other]:
            rows[one] += rows[other]
            for index in rows[other]:
                rows[index] = rows[one]

    own = boxes[digits]
    low, high = np.maximum(own[:, None], own), np.minimum(own[:, None], own)  # (n, n, 4) of pairs
    tall = own[:, 3] - own[:, 1]
    shared = (high[..., 3] - low[..., 1]) / np.minimum(tall[:, None], tall)
    near = (shared >= BESIDE) & (low[..., 0] - high[..., 2] <= REACH * height)
    middles = own[:, 0] + own[:, 2]
    ahead = middles - middles[:, None]
    for way in (ahead, -ahead):  # the nearest to the right, and to the left
        distance = np.where(near & (way > 0), way, np.inf)
        for one, other in enumerate(distance.argmin(axis=1)):
            if distance[one, other] < np.inf:
                join(digits[one], digits[int(other)])
    # A wide gap, or a digit in pieces, doesn't break a row.
    for one, other in np.argwhere(shared >= LEVEL).tolist():
        first, second = rows[digits[one]], rows[digits[other]]
        if first is not second and _apart(_around(boxes[first]), _around(boxes[second]), 0) > 0:
            join(digits[one], digits[other])
    return list({id(row): row for row in rows.values()}.values())


def _are_rows(
    boxes: Boxes, rows: Sequence[Sequence[int]], tall: NDArray[np.intp], height: float
) -> bool:
    """Whether these parts are rows of digits rather than a digit or letter in pieces."""
    for box in boxes[tall]:  # a letter's stem, unless digits of both rows stand beside it
        if any(len(rows[row]) < 2 for row in _reached(box, [boxes[row] for row in rows], height)):
            return False
    around = sorted((_around(boxes[row]) for row in rows), key=lambda box: box[1] + box[3])
    heights = [box[3] - box[1] for box in around]
    highest = [(boxes[row][:, 3] - boxes[row][:, 1]).max() for row in rows]
    if min(highest) < LOWEST * max(highest):
        return False
    shapes = [(box[2] - box[0]) / height for box, height in zip(around, heights, strict=True)]
    if min(shapes) > FLAT and max(map(len, rows)) == 1:
        return False  # the two strokes of =
    gap = min(below[1] - above[3] for above, below in pairwise(around))
    if max(shapes) >= WIDEST or (len(rows) > 2 and max(shapes) >= DASH):
        return gap > 0 or max(map(len, rows)) > 1  # only a row of several digits may be slanted
    # Single digits under each other, or one digit in pieces: the pieces are close together.
    return gap >= 0.15 * max(heights)


def _placed(part: Part, rows: Sequence[Boxes], height: float) -> Iterator[tuple[Part, int]]:
    """A part, or what it is cut into, with the row each is in."""
    box = np.array((part.left, part.top, part.right, part.bottom))
    near = [_nearest(box, row) for row in rows]
    over = _reached(box, rows, height)
    if part.bottom - part.top <= TALL * height or not over:
        yield part, min(range(len(rows)), key=lambda row: _distance(box, near[row]))
        return
    start = 0
    filled = part.ink.sum(axis=1)
    for above, below in pairwise(over):
        border = (near[above][3] + near[below][1]) / 2 - part.top
        around = np.arange(
            max(start + 1, round(border - 0.2 * height)),
            min(len(filled), round(border + 0.2 * height) + 1),
        )
        cut = int(around[filled[around].argmin()]) if len(around) else start
        if cut > start:
            yield Part(part.left, part.top + start, part.ink[start:cut]), above
        start = cut
    yield Part(part.left, part.top + start, part.ink[start:]), over[-1]


def _nearest(box: Boxes, row: Boxes) -> Boxes:
    """The row's box that is nearest to a box."""
    return min(row, key=lambda other: _distance(box, other))


def _reached(box: Boxes, rows: Sequence[Boxes], height: float) -> list[int]:
    """The rows that a high part reaches over, where that are several."""
    over = []
    for index, row in enumerate(rows):
        other = _nearest(box, row)
        common = min(box[3], other[3]) - max(box[1], other[1])
        if common >= BESIDE * (other[3] - other[1]) and _apart(box, other, 0) <= REACH * height:
            over.append(index)
    return over if len(over) > 1 else []


def _around(boxes: Boxes) -> Boxes:
    """The box around boxes: `(4,)`."""
    return np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)])


def _apart(one: Boxes, other: Boxes, axis: int) -> int:
    """Pixels between two boxes, across (0) or down (1); 0 or below where they overlap."""
    return int(max(one[axis], other[axis]) - min(one[axis + 2], other[axis + 2]))


def _distance(one: Boxes, other: Boxes) -> tuple[float, int]:
    """How far apart two boxes are; of those that overlap, how little they share in height."""
    across, down = _apart(one, other, 0), _apart(one, other, 1)
    return float(np.hypot(max(0, across), max(0, down))), down
