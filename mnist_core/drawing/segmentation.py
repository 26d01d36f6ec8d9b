"""From one drawing to its digits, left to right.

The ink is taken apart into parts: the strokes where they are known, else what hangs together.
Every run of neighbouring parts that could be a digit is shown to the network, all in one call, and
the best row of them is found by dynamic programming: sure answers, of similar heights. R. Casey
and E. Lecolinet call this recognition-based segmentation ("A Survey of Methods and Strategies in
Character Segmentation", IEEE PAMI 18, 1996). Digits that touch can't be told apart like this in a
picture; where a part is too wide to be one digit, another network reads the whole row at once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageDraw

from mnist_core.drawing.lines import LineReader, split_line
from mnist_core.drawing.normalize import (
    INK,
    Drawing,
    Ink,
    ink_box,
    normalize_ink,
)

Box = tuple[int, int, int, int]  # left, top, right, bottom (exclusive), pixels of the drawing
Answers = Callable[[NDArray[np.uint8]], NDArray[np.float32]]

# From this probability of "not a digit" on, an answer is refused: `benchmarks.real_hands` prints
# what share of real digits that keeps, and of letters and signs that refuses.
REFUSED = 0.1
# Among several digits a sign is rarer: with the same threshold one number in twenty would have a
# refused digit, as each has its own chance of that (`benchmarks.numbers`).
REFUSED_IN_A_ROW = 0.9

PARTS = 4  # a digit has at most so many
MANY = 40  # of a picture's parts; the smallest beyond are its noise
INSIDE = 0.9  # of a part's width: so much under or over another, it belongs to that
SPECK = 0.12  # of the line's height; a smaller part is no digit by itself
# Width by height up to which a drawing is one sign rather than a number
SIGN = 1.5  # when a part of it is no digit
NARROW = 1.15  # when strokes of its digits cross
# Where the whole row is read at once: a part at least so wide by the row's height, an answer by
# parts that is less likely than SURE, one at once that is likelier. Its probability, times the root
# of how far the network agrees, is at least LIKELY, or LIKELY_SIGN where it may be one letter.
JOINED, SURE, LIKELY, LIKELY_SIGN = 0.6, 0.9, 0.05, 0.45
WIDEST = 1.6  # of the line's height; a wider run of parts is only tried when it is all there is

# What a row of digits costs, in nats beside the network's own -log(probability). Heights, gaps
# and overlaps are shares of the line's height. Found by trial on benchmarks.numbers.
EACH = 0.2  # each digit: few are likelier than many
FLOOR = 1e-3  # the network is never surer than this that something is no digit
NO_DIGIT = 4.0  # a speck that stands alone
LOW, LOW_COST = 0.5, 25.0  # a digit lower than this
FLAT, FLAT_COST = 1.0, 13.0  # a digit wider than this by its height
APART_COST = 4.0  # parts of a digit that neither lie over nor under each other
GAP_COST = 4.0  # and how far apart they are
CROSS_COST = 3.0  # strokes of two digits that cross
UNLEVEL, UNLEVEL_COST = 0.2, 10.0  # neighbours whose feet are further apart in height
OVERLAP_COST = 1.0  # an overlap between digits, by the narrower one's width
UNEVEN, UNEVEN_COST = 0.6, 6.0  # neighbours whose heights' logarithms differ by more


@dataclass(frozen=True)
class Piece:
    """A part of a drawing that was read as one digit.

    Attributes:
        box: left, top, right, bottom (exclusive) of its ink in pixels of the drawing.
        normalized: `(28, 28)` uint8, what the network read.
        probabilities: `(11,)` float32 of 0 to 9 and of "not a digit"; all 0 with a reason.
        reason: why this can't be a digit (a key of `drawing.REASONS`), or None.
        at_once: whether it was read together with the others, as part of a row.
    """

    box: Box
    normalized: NDArray[np.uint8]
    probabilities: NDArray[np.float32]
    reason: str | None
    at_once: bool = False


@dataclass(frozen=True)
class _Part:
    """Ink that stays together: `(h, w)` float32 with its upper left at (left, top)."""

    left: int
    top: int
    ink: Ink
    lines: tuple[NDArray[np.float64], ...] = ()  # the strokes in it, where they are known

    @property
    def width(self) -> int:
        return self.ink.shape[1]

    @property
    def right(self) -> int:
        return self.left + self.width

    @property
    def bottom(self) -> int:
        return self.top + self.ink.shape[0]


@dataclass(frozen=True)
class _Group:
    """Parts `first` to `last` (exclusive) as one digit."""

    first: int
    last: int
    parts: Sequence[_Part]
    box: Box
    cost: float  # without the network's
    normalized: NDArray[np.uint8] | None  # None for a speck

    @property
    def height(self) -> int:
        return self.box[3] - self.box[1]


def segment(
    drawing: Drawing,
    answers: Answers,
    strokes: Sequence[ArrayLike] | None = None,
    pen: ArrayLike | None = None,
    read_line: LineReader | None = None,
) -> tuple[Piece, ...]:
    """The digits of a drawing, left to right; none where there is no ink.

    A drawing that can't be a digit (`drawing.reason`) is one piece without probabilities.

    Args:
        drawing: what `prepare_drawing` gives.
        answers: `(n, 28, 28)` uint8 -> `(n, 11)` probabilities of 0 to 9 and of "not a digit".
        strokes: `(n, 2)` points (x right, y down) in pixels of the drawing, in any order.
        pen: the strokes' width in pixels, one or one for each; needed with `strokes`.
        read_line: reads a row at once; None where nothing can. It is asked where a part is too
            wide to be one digit and the answers aren't sure.
    """
    if drawing.box is None:
        return ()
    if drawing.reason:
        nothing = np.zeros(11, np.float32)
        return (Piece(drawing.box, drawing.normalized, nothing, drawing.reason),)
    if strokes:
        if pen is None:
            raise ValueError("Strokes need the pen's width. Received: pen=None")
        parts = _stroke_parts(drawing.ink, strokes, np.broadcast_to(pen, len(strokes)))
    else:
        parts = _connected_parts(drawing.ink)
    widest = max((part.width for part in parts), default=0)
    parts = _merged(sorted(parts, key=lambda part: part.ink.size)[-MANY:])
    line = max(part.bottom - part.top for part in parts)
    parts.sort(key=lambda part: part.left + part.right)
    groups = _groups(parts, line, drawing)
    asked = [group for group in groups if group.normalized is not None]
    told = answers(np.stack([g.normalized for g in asked if g.normalized is not None]))
    probabilities = {(g.first, g.last): one for g, one in zip(asked, told, strict=True)}
    row = _best_row(groups, parts, probabilities, line)
    if len(row) > 1 and _is_one_sign(row, drawing.box, probabilities):
        row = [group for group in groups if group.last - group.first == len(parts)]
    pieces = tuple(
        Piece(group.box, group.normalized, probabilities[group.first, group.last], None)
        if group.normalized is not None
        else Piece(group.box, np.zeros((28, 28), np.uint8), np.zeros(11, np.float32), "dot")
        for group in row
    )
    height = drawing.box[3] - drawing.box[1]
    if read_line is None or _probability(pieces) >= SURE:
        return pieces
    if strokes:  # those of one digit may each be narrow
        widest = max(part.width for part in _connected_parts(drawing.ink))
    if widest < JOINED * height:
        return pieces
    return _pieces_at_once(drawing, pieces, answers, read_line) or pieces


def _pieces_at_once(
    drawing: Drawing, pieces: tuple[Piece, ...], answers: Answers, read_line: LineReader
) -> tuple[Piece, ...]:
    """The digits of a row where more of them are found than `pieces`, and surer; else none."""
    if drawing.box is None:
        return ()
    left, top, right, bottom = drawing.box
    ink = drawing.ink[top:bottom, left:right]
    height, width = ink.shape
    line = read_line(ink)
    apart = sum(piece.reason != "dot" for piece in pieces)
    if len(line.digits) <= apart or line.probability < _probability(pieces):
        return ()
    boxes, images = [], []
    for one in split_line(ink, line.middles):
        box = ink_box(one)
        if box is None:  # nothing is left for it, where digits hide each other
            return ()
        boxes.append((left + box[0], top + box[1], left + box[2], top + box[3]))
        images.append(normalize_ink(one[box[1] : box[3], box[0] : box[2]])[1])
    alone = answers(np.stack(images))
    agreement = np.exp(np.mean(np.log(alone[range(len(images)), line.digits] + FLOOR)))
    least = LIKELY_SIGN if width <= SIGN * height else LIKELY
    if line.probability * np.sqrt(agreement) < least:
        return ()  # rather letters
    # Two networks' opinions of each digit, and how sure it is that these are the digits.
    digits = line.probabilities[:, :10] * (alone[:, :10] + alone[:, 10:] / 10 + FLOOR)
    digits /= digits.sum(axis=1, keepdims=True)
    share = line.probability ** (1 / len(images))
    probabilities = np.zeros((len(images), 11), np.float32)
    probabilities[:, :10] = share * digits + (1 - share) / 10
    return tuple(
        Piece(box, image, row, None, at_once=True)
        for box, image, row in zip(boxes, images, probabilities, strict=True)
    )


def _probability(pieces: tuple[Piece, ...]) -> float:
    """That all pieces are what they are most likely."""
    return float(np.prod([p.probabilities[:10].max() for p in pieces if p.reason != "dot"]))


def _is_one_sign(
    row: Sequence[_Group], box: Box, probabilities: dict[tuple[int, int], NDArray[np.float32]]
) -> bool:
    """Whether what was taken apart is rather a letter or a scribble than a number."""
    shape = (box[2] - box[0]) / (box[3] - box[1])
    crossing = any(_any_cross(a, b) for a, b in pairwise(row))
    refused = any(
        group.normalized is not None and probabilities[group.first, group.last][10] >= REFUSED
        for group in row
    )
    return (refused and (crossing or shape <= SIGN)) or (crossing and shape <= NARROW)


def _any_cross(left: _Group, right: _Group) -> bool:
    return any(_cross(a, b) for a in left.parts for b in right.parts)


def _stroke_parts(
    ink: Ink, strokes: Sequence[ArrayLike], pens: NDArray[np.floating[Any]]
) -> list[_Part]:
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


def _connected_parts(ink: Ink) -> list[_Part]:
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


def _trimmed(ink: Ink, left: int, top: int) -> list[_Part]:
    """The ink without the paper around it; nothing if it is all paper."""
    box = ink_box(ink)
    if box is None:
        return []
    return [_Part(left + box[0], top + box[1], ink[box[1] : box[3], box[0] : box[2]])]


def _merged(parts: list[_Part]) -> list[_Part]:
    """Parts that lie under or over another, nearly all of them, belong to it: a seven's bar."""
    merged: list[_Part] = []
    for part in sorted(parts, key=lambda part: -part.width):
        for index, other in enumerate(merged):
            common = min(part.right, other.right) - max(part.left, other.left)
            if common >= INSIDE * part.width:
                merged[index] = _joined([other, part])
                break
        else:
            merged.append(part)
    return merged


def _joined(parts: Sequence[_Part]) -> _Part:
    left, top = min(part.left for part in parts), min(part.top for part in parts)
    right, bottom = max(part.right for part in parts), max(part.bottom for part in parts)
    ink = np.zeros((bottom - top, right - left), np.float32)
    for part in parts:
        area = ink[part.top - top : part.bottom - top, part.left - left : part.right - left]
        np.maximum(area, part.ink, out=area)
    return _Part(left, top, ink, tuple(line for part in parts for line in part.lines))


def _groups(parts: Sequence[_Part], line: int, drawing: Drawing) -> list[_Group]:
    """Every run of parts that could be a digit, with what its shape costs."""
    groups = []
    for first in range(len(parts)):
        for last in range(first + 1, len(parts) + 1):
            run = parts[first:last]
            everything = len(run) == len(parts)
            box = (
                min(part.left for part in run), min(part.top for part in run),
                max(part.right for part in run), max(part.bottom for part in run),
            )  # fmt: skip
            width, height = box[2] - box[0], box[3] - box[1]
            if not everything and len(run) > 1 and (width > WIDEST * line or len(run) > PARTS):
                continue
            if max(width, height) < SPECK * line and not everything:
                groups.append(_Group(first, last, run, box, NO_DIGIT, None))
                continue
            cost = EACH
            cost += LOW_COST * max(0.0, LOW - height / line)
            cost += FLAT_COST * max(0.0, width / height - FLAT)
            row = sorted(run, key=lambda part: part.left)
            end = row[0].right
            for part in row[1:]:
                under = min(1.0, max(0.0, (end - part.left) / part.width))
                if not any(_cross(part, other) for other in run if other is not part):
                    cost += APART_COST * (1 - under)
                cost += GAP_COST * max(0, part.left - end) / line
                end = max(end, part.right)
            image = drawing.normalized if everything else normalize_ink(_joined(run).ink)[1]
            groups.append(_Group(first, last, run, box, cost, image))
    return groups


def _best_row(
    groups: Sequence[_Group],
    parts: Sequence[_Part],
    probabilities: dict[tuple[int, int], NDArray[np.float32]],
    line: int,
) -> list[_Group]:
    """The groups that together are all parts and cost least."""
    # For each group the best row that ends with it: its cost and the group before.
    best: dict[tuple[int, int], tuple[float, _Group | None]] = {}
    for group in sorted(groups, key=lambda group: group.first):
        key = group.first, group.last
        own = group.cost
        if group.normalized is not None:
            own -= float(np.log(max(probabilities[key][:10].max(), FLOOR)))
        before = [
            (best[other.first, other.last][0] + _between(other, group, line), other)
            for other in groups
            if other.last == group.first
        ]
        cost, other = min(before, key=lambda one: one[0]) if before else (0.0, None)
        best[key] = cost + own, other
    ends = [group for group in groups if group.last == len(parts)]
    row = [min(ends, key=lambda group: best[group.first, group.last][0])]
    while (other := best[row[0].first, row[0].last][1]) is not None:
        row.insert(0, other)
    return row


def _between(left: _Group, right: _Group, line: int) -> float:
    """What it costs to have these two beside each other."""
    if left.normalized is None or right.normalized is None:
        return 0.0
    common = min(left.box[2], right.box[2]) - max(left.box[0], right.box[0])
    narrower = min(group.box[2] - group.box[0] for group in (left, right))
    unlevel = abs(left.box[3] - right.box[3]) / line - UNLEVEL
    uneven = abs(float(np.log(left.height / right.height))) - UNEVEN
    return (
        CROSS_COST * _any_cross(left, right)
        + OVERLAP_COST * max(0.0, common / narrower)
        + UNLEVEL_COST * max(0.0, unlevel)
        + UNEVEN_COST * max(0.0, uneven)
    )


def _cross(one: _Part, other: _Part) -> bool:
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
