"""The parts that a drawing's ink is taken apart into: its strokes, or what hangs together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageDraw

from mnist_core.drawing.normalize import INK, Ink, ink_box

INSIDE = 0.9  # of a part's width: so much under or over another, it belongs to that


@dataclass(frozen=True)
class Part:
    """Ink that stays together: `(h, w)` float32 with its upper left at (left, top)."""

    left: int
    top: int
    ink: Ink
    lines: tuple[NDArray[np.float64], ...] = ()  # the strokes in it, where they are known

    @property
    def width(self) -> int:
        """In pixels."""
        return self.ink.shape[1]

    @property
    def right(self) -> int:
        """The column after its last one."""
        return self.left + self.width

    @property
    def bottom(self) -> int:
        """The row after its last one."""
        return self.top + self.ink.shape[0]


def stroke_parts(
    ink: Ink, strokes: Sequence[ArrayLike], pens: NDArray[np.floating[Any]]
) -> list[Part]:
    """Each stroke's share of the ink: what lies under it, a pixel more at its edge."""
    parts = []
    for stroke, pen in zip(strokes, pens, strict=True):
        points = np.asarray(stroke, np.float64)
        reach = pen / 2 + 1
        low = np.maximum(np.floor(points.min(axis=0) - reach).astype(int), 0)
        high = np.ceil(points.max(axis=0) + reach).astype(int) + 1
        below = ink[low[1] : high[1], low[0] : high[0]]
        if 0 in below.shape:
            continue
        mask = Image.new("L", (below.shape[1], below.shape[0]))
        painter = ImageDraw.Draw(mask)
        path = [(x, y) for x, y in (points - low).tolist()]
        painter.line(path, fill=1, width=round(2 * reach))
        for x, y in path:  # round caps and joints
            painter.ellipse((x - reach, y - reach, x + reach, y + reach), fill=1)
        found = _trimmed(below * np.asarray(mask), int(low[0]), int(low[1]))
        parts += [replace(part, lines=(_reaching(points, pen / 2),)) for part in found]
    return parts


def _reaching(points: NDArray[np.float64], further: float) -> NDArray[np.float64]:
    """A stroke's line made longer, so that one whose end touches another crosses it."""
    ends = points[[0, -1]]
    way = ends - points[[min(2, len(points) - 1), max(-3, -len(points))]]
    way *= further / np.maximum(np.hypot(way[:, 0], way[:, 1])[:, None], 1e-6)
    return np.concatenate([ends[:1] + way[:1], points, ends[1:] + way[1:]])


def connected_parts(ink: Ink) -> list[Part]:
    """The ink that hangs together, with its soft edge."""
    from scipy import ndimage

    labels, _ = ndimage.label(ink > INK, np.ones((3, 3)))
    found = ndimage.find_objects(labels)
    # The soft edge belongs to the ink beside it.
    grown = np.where(labels > 0, labels, ndimage.maximum_filter(labels, 3))
    parts = []
    for label, (rows, columns) in enumerate(found, 1):
        top, left = max(rows.start - 1, 0), max(columns.start - 1, 0)
        area = np.s_[top : rows.stop + 1, left : columns.stop + 1]
        parts += _trimmed(ink[area] * (grown[area] == label), left, top)
    return parts


def _trimmed(ink: Ink, left: int, top: int) -> list[Part]:
    """The ink without the paper around it; nothing if it is all paper."""
    box = ink_box(ink)
    if box is None:
        return []
    return [Part(left + box[0], top + box[1], ink[box[1] : box[3], box[0] : box[2]])]


def merge_parts(parts: list[Part]) -> list[Part]:
    """Parts that lie under or over another, nearly all of them, belong to it: a seven's bar."""
    merged: list[Part] = []
    for part in sorted(parts, key=lambda part: -part.width):
        for index, other in enumerate(merged):
            common = min(part.right, other.right) - max(part.left, other.left)
            if common >= INSIDE * part.width:
                merged[index] = join_parts([other, part])
                break
        else:
            merged.append(part)
    return merged


def join_parts(parts: Sequence[Part]) -> Part:
    """Several parts as one."""
    left, top = min(part.left for part in parts), min(part.top for part in parts)
    right, bottom = max(part.right for part in parts), max(part.bottom for part in parts)
    ink = np.zeros((bottom - top, right - left), np.float32)
    for part in parts:
        area = ink[part.top - top : part.bottom - top, part.left - left : part.right - left]
        np.maximum(area, part.ink, out=area)
    return Part(left, top, ink, tuple(line for part in parts for line in part.lines))


def parts_cross(one: Part, other: Part) -> bool:
    """Whether the centre lines of two parts' strokes cross."""
    if one.left >= other.right or other.left >= one.right:
        return False
    for a in one.lines:
        for b in other.lines:
            # Two segments cross where each has its ends on both sides of the other.
            apart = _side(a[:-1, None], a[1:, None], b[None])  # (n - 1, m)
            along = _side(b[:-1, None], b[1:, None], a[None])  # (m - 1, n)
            if ((apart[:, :-1] * apart[:, 1:] < 0) & (along[:, :-1] * along[:, 1:] < 0).T).any():
                return True
    return False


def _side(
    start: NDArray[np.float64], end: NDArray[np.float64], point: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Above 0 on one side of the line from start to end, below on the other; last axis x, y."""
    way, there = end - start, point - start
    return way[..., 0] * there[..., 1] - way[..., 1] * there[..., 0]
