"""What surrounds the digits of a picture: a frame, a box, the page around a canvas.

An exported canvas has a border, a screenshot a page around the canvas, a form a box around the
digit. All of these have straight sides that run along the whole of a rectangle, which no digit
does; so the picture is cut down to what lies within, as often as there is something around it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]  # (h, w, 3)
Box = tuple[int, int, int, int]  # left, top, right, bottom (exclusive), pixels
Ink = NDArray[np.float32]  # (h, w), 0 paper to 1 ink

INK = 0.25  # from here on a pixel is inked: lines may be paler than the digit
THIN = 0.03  # of its length: no pen that draws digits is so thin beside them

WORK = 500  # pixels: the longer side of what panels are looked for in
ROUNDS = 4  # a page, a window on it, a canvas with a border: no more is around a digit
NEAR = 0.14  # of the side: frames lie this near to the edge
THICK = 0.02  # of the shorter side, or 9 pixels: thicker lines are strokes or blocks
UNIFORM = 0.95  # of a frame's line has its color
DIFFERENT = 40.0  # 0 to 255: distance of two colors that aren't shades of one
SMALLEST_PANEL = 0.04  # of the picture
STRAIGHT = 0.93  # of its rectangle that a panel or a box fills, its holes included
TINY = 20  # pixels: smaller pictures have nothing around their digits


def inner_picture(image: Picture) -> Picture:
    """The part of a picture within frames, boxes and the page around a canvas; else all of it."""
    for _ in range(ROUNDS):
        if min(image.shape[:2]) < TINY:
            break
        inner = _within_frame(image)
        if inner is None:
            inner = _within_panel(image)
        if inner is None:
            break
        form = inner.shape == image.shape  # the lines between its cells are gone
        image = inner
        if form:
            break
    return image


def without_lines_at_the_edge(ink: Ink) -> Ink:
    """Ink without lines along the picture's sides that are longer than what they stand around."""
    import cv2  # here, so that drawings on the canvas don't pay for it

    height, width = ink.shape
    marked = (ink > INK).astype(np.uint8)
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(marked, connectivity=8)
    if count < 3:
        return ink
    margin = round(NEAR * min(height, width))
    inner = labels[margin:-margin, margin:-margin]
    inside = np.bincount(inner[inner > 0], minlength=count)
    lines = []
    for label in range(1, count):
        left, top, wide, high, area = boxes[label]
        long, short = max(wide, high), min(wide, high)
        gap = (top, height - top - high) if wide > high else (left, width - left - wide)
        bar = min(gap) < margin and area > 0.9 * wide * high and long > 5 * short
        share = max(wide / width, high / height)
        if share >= (0.3 if short <= THIN * long else 0.5) and (
            bar or inside[label] <= 0.03 * area
        ):
            lines.append(label)
    rest = [label for label in range(1, count) if label not in lines]
    core = [label for label in rest if inside[label]] or rest  # not a line's crumbs
    if not lines or not rest:
        return ink
    right, bottom = (boxes[core, :2] + boxes[core, 2:4]).max(axis=0)
    left, top = boxes[core, :2].min(axis=0)
    longer = []
    for label in lines:
        wide, high = boxes[label, 2:4]
        is_line = min(wide, high) <= THIN * max(wide, high)
        through = max(wide / width, high / height) >= 0.8
        needed = 1.05 if is_line and through else 1.2
        if wide >= needed * (right - left) or high >= needed * (bottom - top):
            longer.append(label)
    if not longer:
        return ink
    near = cv2.dilate(np.isin(labels, longer).astype(np.uint8), np.ones((5, 5), np.uint8))
    near[np.isin(labels, rest)] = 0
    return np.where(near > 0, np.float32(0), ink)


# --- frames along the picture's edges ---------------------------------------------------------


def _within_frame(image: Picture) -> Picture | None:
    """Inside of lines that run along one side of the picture or several."""
    height, width = image.shape[:2]
    top = _line_end(image)
    bottom = height - _line_end(image[::-1])
    left = _line_end(image.transpose(1, 0, 2))
    right = width - _line_end(image[:, ::-1].transpose(1, 0, 2))
    if (left, top, right, bottom) == (0, 0, width, height):
        return None
    inner = image[top:bottom, left:right]
    if min(inner.shape[:2]) < 8 or not _has_ink(inner) or _has_cells(inner):
        return None
    return inner


def _line_end(image: Picture) -> int:
    """The row behind a line along the top, 0 where there is none."""
    height = len(image)
    rows = image[: max(3, round(NEAR * height))].astype(np.float32)
    colors, uniform = _uniform(rows)
    step = max(1, height // 200)
    middle = image[height // 4 : -(height // 4) or None : step, ::step].reshape(-1, 3)
    paper = _commonest(middle)
    line = uniform & (_distance(colors, paper) >= DIFFERENT)
    if not line.any():
        return 0
    first = int(np.argmax(line))
    end = first + int(np.argmin(np.append(line[first:], False)))
    if end - first > max(9, THICK * min(image.shape[:2])) or not uniform[:first].all():
        return 0
    # Its soft edge belongs to it.
    while end < len(rows) and uniform[end] and _distance(colors[end], paper) >= DIFFERENT / 8:
        end += 1
    return end + 1


def _uniform(rows: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """The color of each row, and whether nearly all of the row has it."""
    colors = np.median(rows, axis=1)
    apart = _distance(rows.astype(np.float32), colors[:, np.newaxis])
    return colors, (apart < DIFFERENT / 2).mean(axis=1) >= UNIFORM


def _has_cells(image: Picture) -> bool:
    """Whether thin lines run through the middle, as between the cells of a form."""
    step = max(1, min(image.shape[:2]) // 200)
    paper = _commonest(image[::step, ::step].reshape(-1, 3))
    for turned in (image, image.transpose(1, 0, 2)):
        margin = round(NEAR * len(turned))
        colors, uniform = _uniform(turned[margin : len(turned) - margin, ::step])
        line = uniform & (_distance(colors, paper) >= DIFFERENT)
        ends = np.flatnonzero(np.diff(np.pad(line, 1).astype(np.int8)))  # of runs: from, to, ...
        if (np.diff(ends)[::2] <= max(9, THICK * min(image.shape[:2]))).any():
            return True
    return False


def _commonest(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The commonest color of `(n, 3)` pixels: their median within the fullest cell of colors."""
    cells = (pixels >> 5).astype(np.int32) @ np.array([1, 8, 64])
    fullest = np.bincount(cells).argmax()
    return np.median(pixels[cells == fullest], axis=0).astype(np.float32)


def _distance(one: NDArray[Any], other: NDArray[Any]) -> NDArray[Any]:
    """How far apart colors are, 0 to 255, over the last axis."""
    return np.asarray(np.abs(one - other).max(axis=-1))


def _has_ink(image: Picture) -> bool:
    """Whether anything else than one color is there."""
    step = max(1, min(image.shape[:2]) // 200)
    some = image[::step, ::step]
    paper = _commonest(some.reshape(-1, 3))
    return bool((_distance(some.astype(np.float32), paper) >= DIFFERENT).mean() > 0.002)


# --- a canvas on a page, a box around the digit -----------------------------------------------


@dataclass(frozen=True)
class _Panel:
    """A rectangle of one color."""

    box: Box
    outline: NDArray[np.int32]  # convex
    color: NDArray[np.uint8]
    full: bool  # something stands on it


def _within_panel(image: Picture) -> Picture | None:
    """The largest rectangle of one color with something on it, or all without the lines of cells.

    What of its rectangle lies outside, at rounded corners, gets the rectangle's color.
    """
    import cv2

    scale = max(1.0, max(image.shape[:2]) / WORK)
    small = image
    if scale > 1:
        size = round(image.shape[1] / scale), round(image.shape[0] / scale)
        small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    panels = [*_panels(small)]
    full = [panel for panel in panels if panel.full]
    if not full:
        return None
    largest = max(full, key=lambda panel: _area(panel.box))
    cells = [
        panel
        for panel in panels
        if 0.5 < _area(panel.box) / _area(largest.box) < 1.5 and _apart(panel.box, largest.box)
    ]
    form = any(cell.full for cell in cells)
    within = np.zeros(image.shape[:2], np.uint8)
    for panel in [largest, *cells] if form else [largest]:
        cv2.fillConvexPoly(within, np.round(panel.outline * scale).astype(np.int32), 1)
    outside = cv2.erode(within, _square(max(1, round(0.006 * max(image.shape[:2]))))) == 0
    painted = image.copy()
    if form:  # each cell has a digit in it, and what lies between them is lines
        thickest = round(max(9, THICK * min(image.shape[:2])) + 2 * scale)
        outside &= cv2.dilate(within, _square(thickest)) > 0
        painted[outside] = largest.color
        return painted
    left, top, right, bottom = largest.box
    edge = 0 if scale == 1 else 1  # a pixel of the small picture may hold some of both
    left, top = (round((side + edge) * scale) for side in (left, top))
    right, bottom = (round((side - edge) * scale) for side in (right, bottom))
    painted[outside] = largest.color
    return painted[top:bottom, left:right]


def _square(reach: int) -> NDArray[np.uint8]:
    """What a mask grows or shrinks with, by so many pixels."""
    return np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)


def _area(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])


def _apart(one: Box, other: Box) -> bool:
    """Whether two boxes lie beside each other, give or take a line."""
    return any(
        a[side + 2] <= b[side] + TINY // 4
        for a, b in ((one, other), (other, one))
        for side in (0, 1)
    )


def _panels(image: Picture) -> Iterator[_Panel]:
    """All panels, from the commonest color on."""
    import cv2

    height, width = image.shape[:2]
    cells = (image >> 5).astype(np.int32) @ np.array([1, 8, 64])
    counts = np.bincount(cells.ravel())
    for cell in [cell for cell in counts.argsort()[::-1][:4] if counts[cell]]:
        color = np.median(image[cells == cell], axis=0).astype(np.uint8)
        near = _distance(image.astype(np.int16), color.astype(np.int16)) < DIFFERENT / 2
        mask = near.astype(np.uint8)
        _, labels, boxes, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
        large = boxes[:, 2] * boxes[:, 3] >= SMALLEST_PANEL * width * height
        for label in 1 + np.flatnonzero(large[1:]):
            own = (labels == label).astype(np.uint8)
            x, y, *size, _ = boxes[label]
            # What reaches the picture's edge may be paper beside a digit's stroke.
            apart = min(x, y, width - x - size[0], height - y - size[1]) > 0
            reach, kept = (0.3, STRAIGHT) if apart else (0.5, UNIFORM)
            own[own.sum(axis=1) < reach * size[0]] = 0  # the ticks of an axis
            own[:, own.sum(axis=0) < reach * size[1]] = 0
            left, top, wide, high = cv2.boundingRect(own)
            if min(wide / size[0], high / size[1]) < kept:
                continue
            between = 0 < left < width - wide or 0 < top < height - high
            if wide > 0.97 * width and high > 0.97 * height and not between:
                continue  # the paper itself
            if min(wide, high) < TINY or max(wide, high) > 4 * min(wide, high):
                continue
            outline = cv2.convexHull(cv2.findNonZero(own))  # without a digit's notch in the side
            filled = cv2.contourArea(outline) / max(1, (wide - 1) * (high - 1))
            if filled < STRAIGHT:
                continue
            inside = mask[top : top + high, left : left + wide]
            if inside.mean() >= 0.55:
                box = left, top, left + wide, top + high
                yield _Panel(box, outline, color, _something_stands_on(1 - inside))


def _something_stands_on(marked: NDArray[np.uint8]) -> bool:
    """Whether there are marks of a digit's size, or a row of smaller ones.

    They may touch the side, but don't run along it.
    """
    import cv2

    side = min(marked.shape)
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(marked, connectivity=8)
    around = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    along = np.bincount(around, minlength=len(boxes))[1:]
    _, _, width, height, area = boxes[1:].T
    size = np.maximum(width, height)
    stands = (along <= 0.4 * size) & (size >= 0.04 * side) & (area < 0.5 * marked.size)
    return bool(size[stands].sum() >= 0.12 * side)
