"""What surrounds the digits of a picture: a frame, a box, the page around a canvas.

An exported canvas has a border, a screenshot a page around the canvas, a form a box around the
digit. All of these have straight sides that run along the whole of a rectangle, which no digit
does; so the picture is cut down to what lies within, as often as there is something around it.
"""

from collections.abc import Iterator
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
        image = inner
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
        if max(wide / width, high / height) >= 0.5 and inside[label] <= 0.03 * area:
            lines.append(label)
    rest = [label for label in range(1, count) if label not in lines]
    if not lines or not rest:
        return ink
    right, bottom = (boxes[rest, :2] + boxes[rest, 2:4]).max(axis=0)
    left, top = boxes[rest, :2].min(axis=0)
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
    return inner if min(inner.shape[:2]) >= 8 and _has_ink(inner) else None


def _line_end(image: Picture) -> int:
    """The row behind a line along the top, 0 where there is none."""
    height = len(image)
    rows = image[: max(3, round(NEAR * height))].astype(np.float32)
    colors = np.median(rows, axis=1)  # of each row
    uniform = (_distance(rows, colors[:, np.newaxis]) < DIFFERENT / 2).mean(axis=1) >= UNIFORM
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


def _within_panel(image: Picture) -> Picture | None:
    """The largest rectangle of one color with something on it.

    What of its rectangle lies outside, at rounded corners, gets the rectangle's color.
    """
    import cv2

    scale = max(1.0, max(image.shape[:2]) / WORK)
    small = image
    if scale > 1:
        size = round(image.shape[1] / scale), round(image.shape[0] / scale)
        small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_NEAREST), np.uint8)
    panels = [*_panels(small)]
    if not panels:
        return None
    panels.sort(key=lambda panel: -_area(panel[0]))
    (left, top, right, bottom), contour, color = panels[0]
    if any(
        _area(box) > 0.5 * _area(panels[0][0]) and _apart(box, panels[0][0]) for box, *_ in panels
    ):
        return None  # the cells of a form: each has a digit in it
    edge = 0 if scale == 1 else 1  # a pixel of the small picture may hold some of both
    left, top = (round((side + edge) * scale) for side in (left, top))
    right, bottom = (round((side - edge) * scale) for side in (right, bottom))
    inner = image[top:bottom, left:right].copy()
    within = np.zeros(image.shape[:2], np.uint8)
    cv2.fillPoly(within, [np.round(contour * scale).astype(np.int32)], 1)
    reach = 2 * max(1, round(0.006 * max(image.shape[:2]))) + 1
    within = cv2.erode(within, np.ones((reach, reach), np.uint8))
    inner[within[top:bottom, left:right] == 0] = color
    return inner


def _area(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])


def _apart(one: Box, other: Box) -> bool:
    """Whether two boxes lie beside each other, give or take a line."""
    return any(
        a[side + 2] <= b[side] + TINY // 4
        for a, b in ((one, other), (other, one))
        for side in (0, 1)
    )


def _panels(image: Picture) -> Iterator[tuple[Box, NDArray[np.int32], NDArray[np.uint8]]]:
    """(box, outline, color) of each panel."""
    import cv2

    height, width = image.shape[:2]
    cells = (image >> 5).astype(np.int32) @ np.array([1, 8, 64])
    counts = np.bincount(cells.ravel())
    for cell in [cell for cell in counts.argsort()[::-1][:4] if counts[cell]]:
        color = np.median(image[cells == cell], axis=0).astype(np.uint8)
        near = _distance(image.astype(np.int16), color.astype(np.int16)) < DIFFERENT / 2
        mask = near.astype(np.uint8)
        contours, tree = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
        outlines = [contours[k] for k in range(len(contours)) if tree[0][k][3] < 0]  # no holes
        for contour in outlines:
            left, top, wide, high = cv2.boundingRect(contour)
            share = wide * high / (width * height)
            if not share >= SMALLEST_PANEL or (wide > 0.97 * width and high > 0.97 * height):
                continue
            if min(wide, high) < TINY or max(wide, high) > 4 * min(wide, high):
                continue
            filled = cv2.contourArea(contour) / max(1, (wide - 1) * (high - 1))
            if filled < STRAIGHT:
                continue
            inside = mask[top : top + high, left : left + wide]
            own = float(inside.mean())
            if own >= 0.55 and _something_stands_on(1 - inside):
                yield (left, top, left + wide, top + high), contour, color


def _something_stands_on(marked: NDArray[np.uint8]) -> bool:
    """Whether there is a mark of a digit's size that doesn't run along the edge."""
    import cv2

    high, wide = marked.shape
    count, _, boxes, _ = cv2.connectedComponentsWithStats(marked, connectivity=8)
    for left, top, width, height, area in boxes[1:count]:
        clear = left > 0 and top > 0 and left + width < wide and top + height < high
        if clear and max(width, height) >= 0.12 * min(wide, high) and area < 0.5 * marked.size:
            return True
    return False
