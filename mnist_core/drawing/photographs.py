"""From a photograph or scan of handwriting on paper to its ink: `(h, w)` float32, 0 to 1.

The paper's brightness is estimated and divided out, so that only what is darker than the paper
around it is left, whatever the light. Lines printed on the paper are straight: found by OpenCV's
line segment detector, they give the homography that makes them level and upright, and there a
line is what runs through a whole row or column. It too is divided out, not cut out: a pen that
crosses it stays whole.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.drawing.writing import NOTHING, LeftOut, find_frames, only_writing, select_writing

Ink = NDArray[np.floating[Any]]  # (h, w) float32, 0 paper to 1 ink
Mask = NDArray[np.uint8]  # (h, w): 1 on the sheet, 0 beyond
Light = NDArray[np.float32]  # (h, w): the share of the paper's light that is left, 0..1

WORK = 800  # pixels: larger photographs are made this small; a digit of 15% still has 90
SMALL = 240  # pixels: the size at which the paper's brightness is estimated
WINDOW = 49  # of those pixels: twice as wide as the thickest stroke
ENOUGH = 1.2  # times the picture's width: the length of segments (two a line) that says "lines"
THROUGH = 0.7  # of a row: a line printed on the paper runs through at least that much of it
FAINT = 0.13  # of the paper's light: what swallows less is no ink
DARK = 24  # 0 to 255: paper is not divided by less
CRUMB = 0.25  # of full ink: what hangs together only by less has come apart
STEEP = 20  # degrees: what leans more is not a line that should be level or upright


def clean_photograph(image: NDArray[np.uint8]) -> tuple[Ink, LeftOut]:
    """The ink on a photographed or scanned sheet, without the light, the lines and the table.

    Args:
        image: `(h, w, 3)` uint8. Dark ink on light paper, or light on dark (chalk), in any colour.

    Returns:
        `(h, w)` float32, 0 paper to 1 ink, level where the paper has lines; all 0 when nothing is
        written. The longer side is 800 pixels at most. And what was not taken for writing.
    """
    import cv2  # here, so that only photographs pay for it (0.05 s, 17 MB)

    scale = WORK / max(image.shape[:2])
    if scale < 1:
        image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    left, sheet = _light_left(image)
    left, frames = _without_frames(left)
    turn = _levelling(left)
    if turn is not None:
        size = left.shape[::-1]
        left = cv2.warpPerspective(left, turn, size, flags=cv2.INTER_LINEAR, borderValue=1)
        sheet = cv2.warpPerspective(sheet, turn, size, flags=cv2.INTER_NEAREST)
        left = _without_lines(left, sheet > 0)
    ink, left_out = _written(1 - left, sheet)
    return ink, replace(left_out, frames=frames + left_out.frames)


def _light_left(image: NDArray[np.uint8]) -> tuple[Light, Mask]:
    """How much of the paper's light each pixel still has, and where the sheet is."""
    import cv2

    height, width = image.shape[:2]
    scale = min(1.0, SMALL / max(height, width))
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    paper = cv2.medianBlur(small, WINDOW)  # wider than any stroke
    sheet = cv2.erode(_sheet(small, paper), np.ones((5, 5), np.uint8))
    if _is_board(small, paper, sheet):
        image, small, paper = 255 - image, 255 - small, 255 - paper

    # The median is coarse: light that changes quickly (the edge of a shadow) is mended from the
    # pixels that are surely paper.
    bare = (small > 0.88 * paper.astype(np.float32)).all(axis=2) & (sheet > 0)
    weight = cv2.GaussianBlur(bare.astype(np.float32), (0, 0), 5)
    total = cv2.GaussianBlur(small * bare[..., np.newaxis].astype(np.float32), (0, 0), 5)
    enough = (weight > 0.05)[..., np.newaxis]
    paper = np.where(enough, total / np.maximum(weight, 1e-6)[..., np.newaxis], paper)
    paper = cv2.resize(paper, (width, height), interpolation=cv2.INTER_LINEAR)
    sheet = cv2.resize(sheet, (width, height), interpolation=cv2.INTER_NEAREST)

    # A channel in which coloured paper is black says nothing.
    missing = np.maximum(image, DARK) / np.maximum(paper, DARK)  # (h, w, 3)
    np.subtract(1, missing, out=missing)
    missing[sheet == 0] = 0
    # Weighed by the ink's own colour: red ink is dark in green and blue, where red is only noise.
    some = missing[::2, ::2].reshape(-1, 3)
    mean = some.mean(axis=1)
    ink = np.maximum(some[mean >= np.percentile(mean, 99.8)].mean(axis=0), 1e-3)
    left = 1 - missing @ (ink / (ink @ ink) * ink.max())
    return np.clip(left, 0, 1), sheet


def _is_board(small: NDArray[np.uint8], paper: NDArray[np.uint8], sheet: Mask) -> bool:
    """Whether the writing is lighter than what it is on: chalk on a board."""
    import cv2

    seen, ground = (cv2.cvtColor(one, cv2.COLOR_RGB2GRAY) for one in (small, paper))
    if np.median(ground[sheet > 0]) > 128:
        return False
    # Strokes are narrow, which shadows aren't, and differ from the ground, which the squares
    # between lines don't; cubed, as ink makes the few strongest differences.
    strength = []
    stroke = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (WINDOW // 2, WINDOW // 2))
    narrow = (cv2.MORPH_TOPHAT, cv2.MORPH_BLACKHAT)
    away = (cv2.subtract(seen, ground), cv2.subtract(ground, seen))
    for shape, difference in zip(narrow, away, strict=True):
        both = cv2.min(cv2.morphologyEx(seen, shape, stroke), difference)
        strength.append((both[sheet > 0].astype(np.float64) ** 3).sum())
    return bool(strength[0] > strength[1])


def _sheet(small: NDArray[np.uint8], paper: NDArray[np.uint8]) -> Mask:
    """The sheet in a small picture: from its middle as far as the light changes slowly."""
    import cv2

    height, width = small.shape[:2]
    # Without thin lines. Logarithms, as a shadow dims both sides of the sheet's edge alike.
    levels = np.round(np.log1p(cv2.medianBlur(small, 9).astype(np.float32)) * 45).astype(np.uint8)
    middle = np.s_[height // 3 : height - height // 3, width // 3 : width - width // 3]
    change = np.abs(small[middle].astype(np.float32) - paper[middle]).sum(axis=2)
    y, x = np.unravel_index(int(change.argmin()), change.shape)  # surely bare paper
    found = np.zeros((height + 2, width + 2), np.uint8)
    seed, step = (int(x) + width // 3, int(y) + height // 3), (5, 5, 5)
    cv2.floodFill(levels, found, seed, 0, step, step, cv2.FLOODFILL_MASK_ONLY)
    found = found[1:-1, 1:-1]
    if found.mean() < 0.3:
        return np.ones((height, width), np.uint8)
    hull = cv2.convexHull(cv2.findNonZero(found))
    return cv2.fillConvexPoly(np.zeros((height, width), np.uint8), hull, 1)


def _without_frames(left: Light) -> tuple[Light, int]:
    """Light without frames, whose sides would be taken for printed lines, and their number."""
    import cv2

    marked = _marked(cv2.GaussianBlur(1 - left, (0, 0), 0.8))
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(marked)
    frame = find_frames(labels, boxes)
    around = cv2.dilate(frame[labels].astype(np.uint8), np.ones((7, 7), np.uint8))
    around[(labels > 0) & ~frame[labels]] = 0
    return np.where(around > 0, np.float32(1), left), int(frame.sum())


def _marked(dark: Light) -> Mask:
    """Where it is darker than the paper and its noise."""
    some = dark[::2, ::2]
    noise = 1.48 * float(np.median(np.abs(some - np.median(some))))
    return (dark > max(FAINT, 5 * noise)).astype(np.uint8)


def _levelling(left: Light) -> NDArray[np.float64] | None:
    """The 3x3 homography that makes the paper's lines level and upright; None without lines."""
    import cv2

    height, width = left.shape
    detector = cv2.createLineSegmentDetector(cv2.LSD_REFINE_NONE)
    segments = detector.detect((left * 255).astype(np.uint8))[0]
    if segments is None:
        return None
    ends = segments.reshape(-1, 2, 2) - np.array([width / 2, height / 2], np.float32)
    level = _slope(ends, width)
    upright = _slope(ends[..., ::-1], height)
    if level is None and upright is None:
        return None
    # Without lines one way, they are taken to be square to those the other way.
    level_at, level_more = level or (-upright[0] if upright else 0.0, 0.0)
    upright_at, upright_more = upright or (-level_at, 0.0)
    seen, straight = [], []
    for x, y in [(-width, -height), (width, -height), (-width, height), (width, height)]:
        x, y = x / 4, y / 4
        # Where the line y + a * x meets the line x + b * y.
        a, b = level_at + level_more * y, upright_at + upright_more * x
        seen.append(np.linalg.solve([[-a, 1], [1, -b]], [y, x]))
        straight.append((x, y))
    middle = np.array([width / 2, height / 2])
    return cv2.getPerspectiveTransform(
        (np.array(seen) + middle).astype(np.float32),
        (np.array(straight) + middle).astype(np.float32),
    )


def _slope(ends: NDArray[np.float32], across: int) -> tuple[float, float] | None:
    """Slope of the nearly level lines among segments `(n, 2 ends, 2)`, as `a + b y`.

    Seen at a slant, parallel lines meet in one point; their slope then changes evenly with the
    place `y` at which they cross the middle of the picture.
    """
    import cv2

    run, rise = (ends[:, 1] - ends[:, 0]).T
    length = np.hypot(run, rise)
    fit = (np.abs(rise) < np.tan(np.deg2rad(STEEP)) * np.abs(run)) & (length > 0.02 * across)
    if length[fit].sum() < ENOUGH * across:
        return None
    slope = rise[fit] / run[fit]
    x, y = ends[fit].mean(axis=1).T
    y = y - slope * x
    # In units of about 0.3 degrees, in which the robust fit's own constant is right.
    points = np.column_stack([y / across, slope]).astype(np.float32) * 200
    often = np.maximum(1, length[fit] / (0.02 * across)).astype(int)
    points = np.repeat(points, often, axis=0)
    dx, dy, x0, y0 = cv2.fitLine(points, cv2.DIST_WELSCH, 0, 0.01, 0.001).ravel()
    if abs(dy) < 0.3 * abs(dx):
        b = float(dy / dx)
        a = float(y0 - b * x0)
    else:  # a single line says nothing of how the slope changes
        a, b = float(np.median(points[:, 1])), 0.0
    near = np.abs(points[:, 1] - a - b * points[:, 0]) < 4
    if 0.02 * near.sum() < ENOUGH:
        return None
    return a / 200, b / across


def _without_lines(left: Light, inside: NDArray[np.bool_]) -> Light:
    """Level and upright lines that run through the whole sheet divided out."""
    import cv2

    for turn in (False, True):
        rows = left.T if turn else left  # (lines, along them)
        within = inside.T if turn else inside
        # Smoothed along the line against noise; three rows high, as no line is quite straight.
        rows = cv2.blur(np.ascontiguousarray(rows), (9, 1))
        rows = cv2.erode(rows, np.ones((3, 1), np.uint8))
        ordered = np.sort(np.where(within, rows, 2), axis=1)
        count = within.sum(axis=1)
        place = np.minimum((THROUGH * count).astype(int), rows.shape[1] - 1)
        line = np.take_along_axis(ordered, place[:, np.newaxis], axis=1)[:, 0]  # (lines,)
        line[count < 0.2 * rows.shape[1]] = 1
        line = np.clip(line, 0.1, 1)
        left = left / (line if turn else line[:, np.newaxis])
    return np.minimum(left, 1)


def _written(dark: Light, sheet: Mask) -> tuple[Ink, LeftOut]:
    """The writing's ink at full strength, and what else there is."""
    import cv2

    nothing = np.zeros_like(dark)
    dark = cv2.GaussianBlur(dark, (0, 0), 0.8)
    inner = cv2.erode(np.pad(sheet, 1), np.ones((7, 7), np.uint8))[1:-1, 1:-1]
    writing = select_writing(_marked(dark), dark, inner)
    if writing is None:
        return nothing, NOTHING
    labels, main = writing.labels, writing.main
    written = labels == main
    if max(np.ptp(np.nonzero(written), axis=1)) < 0.02 * max(dark.shape):
        return nothing, NOTHING
    full = float(np.percentile(dark[written], 60))
    area = np.maximum(np.bincount(labels.ravel()), 1)
    strong = np.bincount(labels.ravel(), dark.ravel()) > 0.5 * full * area
    strong[main] = True
    writing = replace(writing, others=writing.others & strong)
    kept = writing.kept & strong
    ink = np.where(kept[labels], dark, 0)
    ink = np.clip((ink / full - 0.25) / 0.5, 0, 1).astype(np.float32)
    # Once more: where a printed line was divided out, a crumb may have come off a stroke.
    return only_writing(ink, CRUMB)[0], writing.left_out()
