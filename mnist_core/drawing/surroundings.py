"""What surrounds the digits of a picture: a frame, a box, the page around a canvas.

An exported canvas has a border, a screenshot a page around the canvas, a form a box around the
digit. All of these have straight sides that run along the whole of a rectangle, which no digit
does; so the picture is cut down to what lies within, as often as there is something around it.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.drawing.colors import DIFFERENT, color_distance, commonest_color
from mnist_core.drawing.panels import TINY, Picture, thickest_line, within_panel

Ink = NDArray[np.float32]  # (h, w), 0 paper to 1 ink

INK = 0.25  # from here on a pixel is inked: lines may be paler than the digit
THIN = 0.03  # of its length: no pen that draws digits is so thin beside them

ROUNDS = 4  # a page, a window on it, a canvas with a border: no more is around a digit
NEAR = 0.14  # of the side: frames lie this near to the edge
UNIFORM = 0.95  # of a frame's line has its color


def inner_picture(image: Picture) -> Picture:
    """The part of a picture within frames, boxes and the page around a canvas; else all of it."""
    for _ in range(ROUNDS):
        if min(image.shape[:2]) < TINY:
            break
        inner = _within_frame(image)
        if inner is None:
            inner = within_panel(image)
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
    paper = commonest_color(middle)
    line = uniform & (color_distance(colors, paper) >= DIFFERENT)
    if not line.any():
        return 0
    first = int(np.argmax(line))
    end = first + int(np.argmin(np.append(line[first:], False)))
    if end - first > thickest_line(image) or not uniform[:first].all():
        return 0
    # Its soft edge belongs to it.
    while end < len(rows) and uniform[end] and color_distance(colors[end], paper) >= DIFFERENT / 8:
        end += 1
    return end + 1


def _uniform(rows: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """The color of each row, and whether nearly all of the row has it."""
    colors = np.median(rows, axis=1)
    apart = color_distance(rows.astype(np.float32), colors[:, np.newaxis])
    return colors, (apart < DIFFERENT / 2).mean(axis=1) >= UNIFORM


def _has_cells(image: Picture) -> bool:
    """Whether thin lines run through the middle, as between the cells of a form."""
    step = max(1, min(image.shape[:2]) // 200)
    paper = commonest_color(image[::step, ::step])
    for turned in (image, image.transpose(1, 0, 2)):
        margin = round(NEAR * len(turned))
        colors, uniform = _uniform(turned[margin : len(turned) - margin, ::step])
        line = uniform & (color_distance(colors, paper) >= DIFFERENT)
        ends = np.flatnonzero(np.diff(np.pad(line, 1).astype(np.int8)))  # of runs: from, to, ...
        if (np.diff(ends)[::2] <= thickest_line(image)).any():
            return True
    return False


def _has_ink(image: Picture) -> bool:
    """Whether anything else than one color is there."""
    step = max(1, min(image.shape[:2]) // 200)
    some = image[::step, ::step]
    paper = commonest_color(some)
    return bool((color_distance(some.astype(np.float32), paper) >= DIFFERENT).mean() > 0.002)
