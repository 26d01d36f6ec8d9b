"""Which marks of a picture are the writing: not its frames, and not the words and badges beside it.

The largest mark that could be a digit is taken for one, and with it all marks of its size and all
that are near: a five's hat, the next digit. A mark with a straight-sided hole in which other marks
stand is a frame, whatever its size.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.drawing.colors import commonest_color
from mnist_core.i18n import Listed, Plural, Text

Mask = NDArray[np.bool_] | NDArray[np.uint8]  # (h, w), not 0 where there is ink
Ink = NDArray[np.floating[Any]]  # (h, w) float32, 0 paper to 1 ink
Labels = NDArray[np.int32]  # (h, w), which mark a pixel belongs to; 0 is paper

SPECK = 0.08  # of the largest mark: smaller ones are dirt
STRAIGHT = 0.86  # of its rectangle that a frame's hole fills; an ellipse fills 0.79
INNER = 0.5  # of a frame's rectangle that its holes fill
HELD = 0.2  # of a hole's height: what stands in a frame is at least so large, taken together
SIMILAR = 0.45  # of the main mark's height: so high, a mark is a digit wherever it stands
BESIDE = 0.3  # so high, it is one in the same row, a height away at most
NEAR, SOME = 0.2, 0.02  # so near, it is a part of a digit; of the main mark's area
MANY = 200  # marks in a picture; the smallest beyond are its pattern or noise
LARGEST, SMALL = 30, 400  # so many marks may be frames; pixels in which their holes are found
TINY = 8  # pixels: nothing can be read in a smaller hole
SOLID = 0.6  # of its rectangle that the ink of a block or a disc fills, a sign in it left out
COLORFUL, OTHER = 30, 70  # 0 to 255: distance from the colors of one ink, and of two marks'
HAIR = 2.5  # pixels: half the width of a line that is all soft edge
BROAD = 0.42  # of its longer side: so broad is no pen
BLOT = 0.7  # of the higher one's height: so much the two share that are digits of one row


@dataclass(frozen=True)
class LeftOut:
    """What of a picture was not taken for writing.

    Attributes:
        marks: how many marks or words beside it; specks are not counted.
        frames: how many frames around it or parts of it.
        outside: whether the picture was cut down, such as to a canvas on a page.
    """

    marks: int = 0
    frames: int = 0
    outside: bool = False

    @property
    def words(self) -> str:
        """Such as "a frame and 2 marks beside the digits"; "" without any of it."""
        parts = []
        if self.outside:
            parts.append(Text("what lies around the drawing"))
        if self.frames:
            parts.append(Plural("a frame", "{n} frames", self.frames))
        if self.marks:
            marks = self.marks
            parts.append(Plural("a mark beside the digits", "{n} marks beside the digits", marks))
        return Listed(*parts)


NOTHING = LeftOut()


@dataclass(frozen=True)
class Writing:
    """The marks of a picture, told apart.

    Attributes:
        labels: `(h, w)` int32, which mark a pixel belongs to; 0 is paper.
        kept: (marks + 1,) bool, which labels are the writing.
        main: the label of its largest mark.
        frames: (marks + 1,) bool, which labels are frames.
        others: (marks + 1,) bool, which are marks beside it.
        reach: pixels; others that are so near are one mark to a reader, as a word's letters.
        speck: pixels; smaller marks are dirt.
    """

    labels: Labels
    kept: NDArray[np.bool_]
    main: int
    frames: NDArray[np.bool_]
    others: NDArray[np.bool_]
    reach: int
    speck: float

    def left_out(self) -> LeftOut:
        """What is not writing, counted."""
        import cv2

        letters = self.others[self.labels].astype(np.uint8)
        across, down = self.reach, self.reach // 3
        words = cv2.dilate(letters, np.ones((1 + down, 1 + across), np.uint8))
        boxes = cv2.connectedComponentsWithStats(words)[2][1:]
        size = np.maximum(boxes[:, 2] - across, boxes[:, 3] - down)
        marks = int((size > self.speck).sum())
        return LeftOut(marks, int(self.frames.sum()))


def select_writing(
    marked: Mask,
    mass: NDArray[np.floating[Any]] | None = None,
    loose: Mask | None = None,
    picture: NDArray[np.uint8] | None = None,
) -> Writing | None:
    """The writing among a picture's marks; None without any.

    Args:
        marked: where there is ink.
        mass: how much ink, `(h, w)`; by default the same everywhere.
        loose: where the writing may be: a mark that reaches beyond is only taken where there is
            no other.
        picture: `(h, w, 3)`; small marks beside the writing then only belong to it if they have its
            color, and marks of several colors, such as a palette, do not.
    """
    import cv2  # here, so that drawings on the canvas don't pay for it

    marked = marked.astype(np.uint8)
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(marked, connectivity=8)
    if count == 1:
        return None
    left, top, width, height, area = boxes[1:].T
    size = np.maximum(width, height)
    amount = area
    if mass is not None:
        amount = np.bincount(labels[marked > 0], mass[marked > 0], count)[1:]
    frame = find_frames(labels, boxes)[1:]
    thickness = cv2.distanceTransform(np.pad(marked, 1), cv2.DIST_L2, 3)[1:-1, 1:-1]
    thickest = np.zeros(count, np.float32)
    np.maximum.at(thickest, labels[marked > 0], thickness[marked > 0])
    solid = (area > SOLID * width * height) & (2 * thickest[1:] > BROAD * size)
    color, spread = np.zeros((count - 1, 3)), np.zeros(count - 1)
    if picture is not None:
        core = (marked > 0) & (thickness >= 0.5 * thickest[labels])
        color, spread = _colors(picture, labels, core, count - 1)
    sure = thickest[1:] > HAIR  # what is thinner has no color of its own, but its soft edges'
    colorful = sure & (spread > COLORFUL)
    colorful &= ~colorful.all()
    solid |= colorful
    free = np.ones(count - 1, bool)
    if loose is not None:
        free = np.bincount(labels[loose == 0], minlength=count)[1:] == 0
    main = int((amount * np.where(free, 1, 0.1) * np.where(solid, 0.01, 1) * ~frame).argmax())

    right, bottom, unit = left + width, top + height, height[main]
    alike = ~(sure & sure[main]) | (np.abs(color - color[main]).max(axis=1) < OTHER)
    # As high as the main mark and level with it, a blot of its color is a digit of a thick pen.
    overlap = np.minimum(bottom, bottom[main]) - np.maximum(top, top[main])
    blot = alike & (overlap >= BLOT * np.maximum(height, unit))
    digit = free & ~frame & (~solid | blot)
    kept = digit & (height >= SIMILAR * unit)
    kept[np.argsort(-amount)[MANY:]] = False
    kept[main] = True
    # What is near a part of it belongs to it as well, and what is near that.
    part = free & ~frame & alike & (amount >= SOME * amount[main])
    open_marks, reached = [*np.flatnonzero(kept)], int(kept.sum())
    while open_marks and reached < 2 * MANY:
        one = open_marks.pop()
        gap = np.maximum(left[one] - right, left - right[one])
        step = np.maximum(top[one] - bottom, top - bottom[one])
        near = part & (np.maximum(gap, step) < NEAR * unit)
        level = free & ~frame & ~colorful & (gap < unit) & (step < -0.8 * height)
        beside = level & (height >= np.where(solid | ~alike, SIMILAR, BESIDE) * unit)
        new = (near | beside) & ~kept
        kept |= new
        open_marks += [*np.flatnonzero(new)]
        reached += int(new.sum())
    others = ~kept & ~frame & free
    kept, frame, others = (np.append(False, one) for one in (kept, frame, others))
    return Writing(labels, kept, main + 1, frame, others, int(0.3 * unit), SPECK * size[main])


def _colors(
    picture: NDArray[np.uint8], labels: Labels, core: NDArray[np.bool_], count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The mean color of each mark, `(count, 3)`, and how far from one ink it is, `(count,)`.

    The pixels of one ink lie on a line in the space of colors that begins at the paper's, as soft
    edges and a pen's pressure mix the two; the mean distance from that line is 0.

    Args:
        core: the pixels of each mark that count; each has some.
    """
    pixels, owners = picture[core], labels[core] - 1
    number = np.bincount(owners, minlength=count)
    means = np.stack([np.bincount(owners, channel, count) / number for channel in pixels.T], axis=1)
    paper = commonest_color(picture)
    way = means - paper
    way /= np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1)
    away = pixels - paper
    away -= np.sum(away * way[owners], axis=1, keepdims=True) * way[owners]
    return means, np.bincount(owners, np.abs(away).max(axis=1), count) / number


def only_writing(
    ink: Ink, threshold: float, picture: NDArray[np.uint8] | None = None
) -> tuple[Ink, LeftOut]:
    """Ink without the marks that are not writing, their soft edges included.

    Args:
        ink, threshold: from there on a pixel is marked.
        picture: where colors tell marks apart; see `select_writing`.
    """
    import cv2

    writing = select_writing(ink > threshold, picture=picture)
    if writing is None or writing.kept[1:].all():
        return ink, NOTHING
    mask = writing.kept[writing.labels]
    others = ((writing.labels > 0) & ~mask).astype(np.uint8)
    near = cv2.dilate(others, np.ones((5, 5), np.uint8)) > 0
    return np.where(near & ~mask, np.float32(0), ink), writing.left_out()


def find_frames(labels: Labels, boxes: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Which labels are frames, `(count,)`: what stands in their straight holes is writing.

    What runs out of the picture in several places is none: squared paper, whose lines digits touch.

    Args:
        labels, boxes: of the marks, as `cv2.connectedComponentsWithStats` gives them.
    """
    import cv2

    frames = np.zeros(len(boxes), bool)
    left, top, width, height, _ = boxes.T
    size = np.maximum(width, height)
    edges = (labels[0], labels[-1], labels[:, 0], labels[:, -1])
    for label in 1 + np.argsort(-width[1:] * height[1:])[:LARGEST]:
        x, y, wide, high, _ = boxes[label]
        if min(wide, high) < TINY or any(
            (np.diff((edge == label).astype(np.int8)) > 0).sum() > 1 for edge in edges
        ):
            continue
        # Made small, as finding outlines takes long in a large pattern; thin lines stay.
        step = -(-max(wide, high) // SMALL)
        mask = (labels[y : y + high, x : x + wide] == label).astype(np.uint8) * 255
        small = (-(-wide // step), -(-high // step))
        mask = (cv2.resize(mask, small, interpolation=cv2.INTER_AREA) > 0).astype(np.uint8)
        contours, tree = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
        filled, holds = 0.0, False
        for contour, (_, _, _, parent) in zip(contours, tree[0], strict=True):
            a, b, across, down = cv2.boundingRect(contour)
            if parent < 0 or min(across, down) * step < TINY:
                continue
            own = cv2.contourArea(contour)
            if own >= STRAIGHT * _rectangle(contour):
                filled += own
                a, b, across, down = x + a * step, y + b * step, across * step, down * step
                within = (left >= a) & (left + width <= a + across)
                within &= (top >= b) & (top + height <= b + down)
                within &= size >= SPECK * down
                holds |= bool(size[within].sum() >= HELD * down)
        if holds and filled >= INNER * max(map(_rectangle, contours)):
            frames[label] = True
    return frames


def _rectangle(contour: NDArray[np.int32]) -> float:
    import cv2

    _, (width, height), _ = cv2.minAreaRect(contour)
    return float(width * height)
