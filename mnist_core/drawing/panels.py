"""Rectangles of one color in a picture: a canvas on a page, the cells of a form, images in a plot.

Each is found as a region of one color, or as what isn't a page's color, whose convex hull fills its
box. What stands on it may touch its side.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_core.drawing.colors import DIFFERENT, color_distance, common_colors, commonest_color

Picture = NDArray[np.uint8]  # (h, w, 3)
Box = tuple[int, int, int, int]  # left, top, right, bottom (exclusive), pixels

WORK = 500  # pixels: the longer side of what panels are looked for in
THICK = 0.02  # of the shorter side: the thickest line
UNIFORM = 0.95  # of the box that is left of a region without thin parts, if it is a panel
SMALLEST_PANEL, SMALLEST_TILE = 0.04, 14  # of the picture; pixels
STRAIGHT = 0.93  # of its box that a panel fills, its holes included
TINY = 20  # pixels: nothing can be read on a smaller panel
SAME_SIZE = 0.7  # of the largest tile's area: smaller ones are none
ELSE = 0.1  # of the page: so much may be covered by other things than tiles


@dataclass(frozen=True)
class _Panel:
    """A rectangle of one color."""

    box: Box
    outline: NDArray[np.int32]  # convex
    color: NDArray[np.float32]
    full: bool  # something stands on it


def within_panel(image: Picture) -> Picture | None:
    """The largest rectangle of one color with something on it, or all without the lines of cells.

    What of its rectangle lies outside, at rounded corners, gets the rectangle's color. None if
    there is no such rectangle.
    """
    import cv2

    small, scale = _smaller(image)
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
    if not any(cell.full for cell in cells):
        return _only(image, [largest], scale)[0]
    # Each cell has a digit in it, and what lies between them is lines.
    within = _mask(image, [largest, *cells], scale)
    thickest = round(thickest_line(image) + 2 * scale)
    lines = (cv2.dilate(within, _square(thickest)) > 0) & ~_inside(within)
    painted = image.copy()
    painted[lines] = largest.color
    return painted


def within_tiles(image: Picture) -> tuple[Picture, list[Box]] | None:
    """Several rectangles of one size and color on a page, each with something on it.

    So a plot shows several images. None if there are no such rectangles, or if much else is on the
    page.

    Returns:
        The part of the picture that they take, all else in their color, and the box of each in it.
    """
    small, scale = _smaller(image)
    for page in common_colors(small):
        tiles = _tiles(small, page)
        if len(tiles) < 2 or 2 * sum(tile.full for tile in tiles) < len(tiles):
            continue
        if np.ptp([tile.color for tile in tiles], axis=0).max() < DIFFERENT:
            painted, (left, top) = _only(image, tiles, scale)
            boxes = (np.array([tile.box for tile in tiles]) * scale).round().astype(int)
            return painted, [tuple(box) for box in (boxes - (left, top, left, top)).clip(0)]
    return None


def thickest_line(image: Picture) -> float:
    """In pixels: thicker lines in a picture are strokes or blocks."""
    return float(max(9, THICK * min(image.shape[:2])))


def _smaller(image: Picture) -> tuple[Picture, float]:
    """A picture of at most `WORK` pixels, and how many times smaller it is."""
    import cv2

    scale = max(1.0, max(image.shape[:2]) / WORK)
    if scale == 1:
        return image, scale
    size = round(image.shape[1] / scale), round(image.shape[0] / scale)
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8), scale


def _only(
    image: Picture, panels: Sequence[_Panel], scale: float
) -> tuple[Picture, tuple[int, int]]:
    """The part of a picture that the panels take, all else in their color; its left and top."""
    painted = image.copy()
    painted[~_inside(_mask(image, panels, scale))] = panels[0].color
    edge = 0 if scale == 1 else 1  # a pixel of the small picture may hold some of both
    boxes = np.array([panel.box for panel in panels])
    left, top = ((boxes[:, :2].min(axis=0) + edge) * scale).round().astype(int)
    right, bottom = ((boxes[:, 2:].max(axis=0) - edge) * scale).round().astype(int)
    return painted[top:bottom, left:right], (int(left), int(top))


def _mask(image: Picture, panels: Sequence[_Panel], scale: float) -> NDArray[np.uint8]:
    """1 on the panels."""
    import cv2

    within = np.zeros(image.shape[:2], np.uint8)
    for panel in panels:
        cv2.fillConvexPoly(within, np.round(panel.outline * scale).astype(np.int32), 1)
    return within


def _inside(mask: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """A mask without its edge."""
    import cv2

    return cv2.erode(mask, _square(max(1, round(0.006 * max(mask.shape))))) > 0


def _square(reach: int) -> NDArray[np.uint8]:
    """What a mask grows or shrinks with, by so many pixels."""
    return np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)


def _tiles(small: Picture, page: NDArray[np.float32]) -> list[_Panel]:
    """The rectangles of one size on a page of that color; none where there is much else on it."""
    import cv2

    beside = (color_distance(small, page) >= DIFFERENT).astype(np.uint8)
    found = []
    for contour in cv2.findContours(beside, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)[0]:
        outline = cv2.convexHull(contour)
        left, top, wide, high = cv2.boundingRect(outline)
        if min(wide, high) < SMALLEST_TILE or not _is_straight(outline):
            continue
        inside = small[top : top + high, left : left + wide]
        color = commonest_color(inside)
        if color_distance(color, page) < DIFFERENT:
            continue  # a box drawn on the page
        marked = (color_distance(inside, color) >= DIFFERENT).astype(np.uint8)
        box = left, top, left + wide, top + high
        found.append(_Panel(box, outline, color, _something_stands_on(marked)))
    largest = max((_area(panel.box) for panel in found), default=0)
    tiles = [panel for panel in found if _area(panel.box) >= SAME_SIZE * largest]
    between = beside.size - sum(_area(tile.box) for tile in tiles)
    for left, top, right, bottom in [tile.box for tile in tiles]:
        beside[top:bottom, left:right] = 0
    return tiles if beside.sum() <= ELSE * between else []


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
    for color in common_colors(image):
        mask = (color_distance(image, color) < DIFFERENT / 2).astype(np.uint8)
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
            if not _is_straight(outline):
                continue
            inside = mask[top : top + high, left : left + wide]
            beside = mask.size - inside.size
            if not apart and mask.sum() - inside.sum() > 0.5 * beside > 0:
                continue  # the same paper goes on behind a stroke
            if inside.mean() >= 0.55:
                box = left, top, left + wide, top + high
                yield _Panel(box, outline, color, _something_stands_on(1 - inside))


def _is_straight(outline: NDArray[np.int32]) -> bool:
    """Whether an outline is nearly its box."""
    import cv2

    _, _, wide, high = cv2.boundingRect(outline)
    return bool(cv2.contourArea(outline) >= STRAIGHT * (wide - 1) * (high - 1))


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
