"""From one drawing to its digits, left to right.

The ink is taken apart into parts (`mnist_core.drawing.parts`). Every run of neighbouring parts that
could be a digit is shown to the network, all in one call, and the best rows of them are found by
dynamic programming: sure answers, of similar heights. R. Casey and E. Lecolinet call this
recognition-based segmentation ("A Survey of Methods and Strategies in Character Segmentation", IEEE
PAMI 18, 1996). Where several rows are nearly as good, another network, which reads the whole row
at once, has a say. Digits that touch in a picture can't be told apart by parts; where a part is
too wide to be one digit, that other network says where to cut.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mnist_core.drawing.ctc import Digits, likeliest_texts, log_probabilities
from mnist_core.drawing.lines import Line, LineReader
from mnist_core.drawing.normalize import Drawing, ink_box, normalize_ink
from mnist_core.drawing.parts import (
    Part,
    connected_parts,
    join_parts,
    merge_parts,
    parts_cross,
    stroke_parts,
)

Box = tuple[int, int, int, int]  # left, top, right, bottom (exclusive), pixels of the drawing
Answers = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
Probabilities = dict[tuple[int, int], NDArray[np.float32]]  # of the groups, by first and last part

# From this probability of "not a digit" on, an answer is refused: `benchmarks.real_hands` prints
# what share of real digits that keeps, and of letters and signs that refuses.
REFUSED = 0.1
# Among several digits a sign is rarer: with the same threshold one number in twenty would have a
# refused digit, as each has its own chance of that (`benchmarks.numbers`).
REFUSED_IN_A_ROW = 0.9

PARTS = 4  # a digit has at most so many
MANY = 40  # of a picture's parts; the smallest beyond are its noise
SPECK = 0.12  # of the line's height; a smaller part is no digit by itself
# Width by height up to which a drawing is one sign rather than a number
SIGN = 1.5  # when a part of it is no digit
NARROW = 1.15  # when strokes of its digits cross
# Where the whole row is read at once: a part at least so wide by the row's height, an answer by
# parts that is less likely than SURE, one at once that is likelier. Its probability, times the root
# of how far the network agrees, is at least LIKELY, or LIKELY_SIGN where it may be one letter.
JOINED, SURE, LIKELY, LIKELY_SIGN = 0.6, 0.9, 0.05, 0.45
A_NUMBER = 0.75  # a row that the reader of whole rows finds likelier than this is no letter
WIDEST = 1.6  # of the line's height; a wider run of parts is only tried when it is all there is

# What a row of digits costs, in nats beside the network's own -log(probability). Heights, gaps
# and overlaps are shares of the line's height. Found by trial on benchmarks.numbers.
EACH = 0.2  # each digit: few are likelier than many
FLOOR = 1e-3  # the network is never surer than this that something is no digit
NO_DIGIT = 4.0  # a speck that stands alone
LOW, LOW_COST = 0.5, 25.0  # a digit lower than this
FLAT, FLAT_COST = 1.0, 9.0  # a digit wider than this by its height
APART_COST = 4.0  # parts of a digit that neither lie over nor under each other
GAP_COST = 4.0  # and how far apart they are
CROSS_COST = 1.3  # strokes of two digits that cross
UNLEVEL, UNLEVEL_COST = 0.2, 10.0  # neighbours whose feet are further apart in height
OVERLAP_COST = 0.5  # an overlap between digits, by the narrower one's width
UNEVEN, UNEVEN_COST = 0.6, 6.0  # neighbours whose heights' logarithms differ by more

# Which of several rows it is: the network that reads the whole row has a say of ROW_WEIGHT, with
# its -log(probability) as a cost of UNLIKELY at most, among up to KEPT rows that cost no more than
# OPEN above the best one. A digit's second and third answer are tried from DOUBT on.
ROW_WEIGHT, UNLIKELY, KEPT, OPEN, DOUBT = 0.4, 25.0, 10, 10.0, 0.01


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
class _Group:
    """Parts `first` to `last` (exclusive) as one digit."""

    first: int
    last: int
    parts: Sequence[Part]
    box: Box
    cost: float  # without the network's
    normalized: NDArray[np.uint8] | None  # None for a speck

    @property
    def height(self) -> int:
        return self.box[3] - self.box[1]


@dataclass(frozen=True)
class _Row:
    """Groups as the digits of a row: what it costs and its text, without the specks."""

    cost: float
    groups: tuple[_Group, ...]
    digits: Digits


def segment(
    drawing: Drawing,
    answers: Answers,
    strokes: Sequence[ArrayLike] | None = None,
    pen: ArrayLike | None = None,
    read_line: LineReader | None = None,
    parts: Sequence[Part] | None = None,
) -> tuple[Piece, ...]:
    """The digits of a drawing, left to right; none where there is no ink.

    A drawing that can't be a digit (`drawing.reason`) is one piece without probabilities.

    Args:
        drawing: what `prepare_drawing` gives.
        answers: `(n, 28, 28)` uint8 -> `(n, 11)` probabilities of 0 to 9 and of "not a digit".
        strokes: `(n, 2)` points (x right, y down) in pixels of the drawing, in any order.
        pen: the strokes' width in pixels, one or one for each; needed with `strokes`.
        read_line: reads a row at once; None where nothing can. It is asked where several rows of
            digits are nearly as good, or a part is too wide to be one digit.
        parts: what hangs together in the ink, where that is known; unused with `strokes`.
    """
    if drawing.box is None:
        return ()
    if drawing.reason:
        nothing = np.zeros(11, np.float32)
        return (Piece(drawing.box, drawing.normalized, nothing, drawing.reason),)
    if strokes:
        if pen is None:
            raise ValueError("Strokes need the pen's width. Received: pen=None")
        parts = stroke_parts(drawing.ink, strokes, np.broadcast_to(pen, len(strokes)))
    elif parts is None:
        parts = connected_parts(drawing.ink)
    widest = max((part.width for part in parts), default=0)
    parts = merge_parts(sorted(parts, key=lambda part: part.ink.size)[-MANY:])
    height = max(part.bottom - part.top for part in parts)
    parts.sort(key=lambda part: part.left + part.right)
    groups = _groups(parts, height, drawing)
    asked = [group for group in groups if group.normalized is not None]
    told = answers(np.stack([g.normalized for g in asked if g.normalized is not None]))
    probabilities = {(g.first, g.last): one for g, one in zip(asked, told, strict=True)}
    rows = _best_rows(groups, parts, probabilities, height)
    left, top, right, bottom = drawing.box
    ink = drawing.ink[top:bottom, left:right]
    line = read_line(ink) if read_line and len(rows) > 1 else None
    row = _likeliest_row(rows, line)
    if (
        len(row.groups) > 1
        and _is_one_sign(row.groups, drawing.box, probabilities)
        and not (line and log_probabilities(line.frames, [row.digits])[0] >= np.log(A_NUMBER))
    ):
        whole = [group for group in groups if group.last - group.first == len(parts)]
        row, line = _Row(0.0, tuple(whole), ()), None
    pieces = tuple(_pieces(row, probabilities, line))
    if read_line is None or _probability(pieces) >= SURE or widest < JOINED * (bottom - top):
        return pieces
    return _pieces_at_once(drawing.box, pieces, answers, line or read_line(ink)) or pieces


def _likeliest_row(rows: Sequence[_Row], line: Line | None) -> _Row:
    """The row that costs least, as the one who reads the whole row sees it too."""
    if line is None:
        return rows[0]
    costs = -log_probabilities(line.frames, [row.digits for row in rows])
    costs = [row.cost for row in rows] + ROW_WEIGHT * np.minimum(costs, UNLIKELY)
    return rows[int(costs.argmin())]


def _pieces(row: _Row, probabilities: Probabilities, line: Line | None) -> Iterator[Piece]:
    """The row's digits and specks; where the line's reader decided on a digit, with its share."""
    place = 0
    for group in row.groups:
        if group.normalized is None:
            yield Piece(group.box, np.zeros((28, 28), np.uint8), np.zeros(11, np.float32), "dot")
            continue
        own = probabilities[group.first, group.last]
        if line and own[:10].argmax() != row.digits[place]:
            shares = (own[:10] + FLOOR) * _in_the_line(line, row.digits, place) ** ROW_WEIGHT
            own = np.append(shares * (1 - own[10]) / shares.sum(), own[10]).astype(np.float32)
        yield Piece(group.box, group.normalized, own, None)
        place += 1


def _in_the_line(line: Line, digits: Digits, place: int) -> NDArray[np.float64]:
    """`(10,)`: how likely each digit is in that place, among the others."""
    texts = [(*digits[:place], digit, *digits[place + 1 :]) for digit in range(10)]
    logs = np.maximum(log_probabilities(line.frames, texts), -UNLIKELY)
    chances = np.exp(logs - logs.max())
    return np.asarray(chances / chances.sum())


def _pieces_at_once(
    box: Box, pieces: tuple[Piece, ...], answers: Answers, line: Line
) -> tuple[Piece, ...]:
    """The digits of a row where more of them are found than `pieces`, and surer; else none."""
    apart = sum(piece.reason != "dot" for piece in pieces)
    digits, probability = likeliest_texts(line.frames)[0]
    if len(digits) <= apart or probability < _probability(pieces):
        return ()
    boxes, images = [], []
    for one in line.pieces(digits):
        inner = ink_box(one)
        if inner is None:  # nothing is left for it, where digits hide each other
            return ()
        left, top, right, bottom = inner
        boxes.append((box[0] + left, box[1] + top, box[0] + right, box[1] + bottom))
        images.append(normalize_ink(one[top:bottom, left:right])[1])
    alone = answers(np.stack(images))
    agreement = np.exp(np.mean(np.log(alone[range(len(images)), digits] + FLOOR)))
    least = LIKELY_SIGN if box[2] - box[0] <= SIGN * (box[3] - box[1]) else LIKELY
    if probability * np.sqrt(agreement) < least:
        return ()  # rather letters
    # Two networks' opinions of each digit, and how sure it is that these are the digits.
    told = np.stack([_in_the_line(line, digits, place) for place in range(len(digits))])
    told *= alone[:, :10] + alone[:, 10:] / 10 + FLOOR
    told /= told.sum(axis=1, keepdims=True)
    share = probability ** (1 / len(images))
    probabilities = np.zeros((len(images), 11), np.float32)
    probabilities[:, :10] = share * told + (1 - share) / 10
    return tuple(
        Piece(box, image, row, None, at_once=True)
        for box, image, row in zip(boxes, images, probabilities, strict=True)
    )


def _probability(pieces: tuple[Piece, ...]) -> float:
    """That all pieces are what they are most likely."""
    return float(np.prod([p.probabilities[:10].max() for p in pieces if p.reason != "dot"]))


def _is_one_sign(row: Sequence[_Group], box: Box, probabilities: Probabilities) -> bool:
    """Whether what was taken apart is rather a letter or a scribble than a number."""
    shape = (box[2] - box[0]) / (box[3] - box[1])
    crossing = any(_any_cross(a, b) for a, b in pairwise(row))
    refused = any(
        group.normalized is not None and probabilities[group.first, group.last][10] >= REFUSED
        for group in row
    )
    return (refused and (crossing or shape <= SIGN)) or (crossing and shape <= NARROW)


def _any_cross(left: _Group, right: _Group) -> bool:
    return any(parts_cross(a, b) for a in left.parts for b in right.parts)


def _groups(parts: Sequence[Part], line: int, drawing: Drawing) -> list[_Group]:
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
                if not any(parts_cross(part, other) for other in run if other is not part):
                    cost += APART_COST * (1 - under)
                cost += GAP_COST * max(0, part.left - end) / line
                end = max(end, part.right)
            image = drawing.normalized if everything else normalize_ink(join_parts(run).ink)[1]
            groups.append(_Group(first, last, run, box, cost, image))
    return groups


def _best_rows(
    groups: Sequence[_Group], parts: Sequence[Part], probabilities: Probabilities, line: int
) -> list[_Row]:
    """Rows of groups that together are all parts, each of other digits; the best first."""
    # For each group the best rows that end with it.
    best: dict[tuple[int, int], list[_Row]] = {}
    for group in sorted(groups, key=lambda group: group.first):
        before = [
            _Row(row.cost + _between(other, group, line), row.groups, row.digits)
            for other in groups
            if other.last == group.first
            for row in best[other.first, other.last]
        ]
        best[group.first, group.last] = _cheapest(
            _Row(row.cost + cost, (*row.groups, group), row.digits + digits)
            for row in before or [_Row(0.0, (), ())]
            for cost, digits in _choices(group, probabilities, len(parts))
        )
    ends = [row for group in groups if group.last == len(parts)
            for row in best[group.first, group.last]]  # fmt: skip
    return _cheapest(ends)


def _choices(group: _Group, probabilities: Probabilities, parts: int) -> list[tuple[float, Digits]]:
    """What a group may be, and what that costs."""
    if group.normalized is None:
        return [(group.cost, ())]
    own = probabilities[group.first, group.last]
    likely, *others = np.argsort(-own[:10])[:3].tolist()
    digits = [likely]
    if group.last - group.first < parts:  # else there is no row whose reader could decide
        digits += [digit for digit in others if own[digit] > DOUBT]
    return [(group.cost - float(np.log(max(own[d], FLOOR))), (d,)) for d in digits]


def _cheapest(rows: Iterable[_Row]) -> list[_Row]:
    """The cheapest rows, one for each text."""
    best, *others = sorted(rows, key=lambda row: row.cost)
    kept = {best.digits: best}
    for row in others:
        if len(kept) == KEPT or row.cost > best.cost + OPEN:
            break
        kept.setdefault(row.digits, row)
    return list(kept.values())


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
