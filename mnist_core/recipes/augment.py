"""More digits out of MNIST: what other people's hands and pens would have made of them.

All works on whole batches with NumPy, 0.1 ms an image, so that training doesn't wait and the
web page can show it without TensorFlow. Arrays are `(n, 28, 28)` float32, 0 paper to 1 ink,
unless said otherwise. The same generator gives the same pictures.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.drawing.normalize import pen_width

Batch = NDArray[np.floating[Any]]  # (n, 28, 28) float32, 0..1
Floats = NDArray[np.floating[Any]]
SIDE, BOX = 28, 20


@dataclass(frozen=True)
class PenSettings:
    """How far the `pen` augmentation goes.

    Attributes:
        keep: share of the images that are left as they are.
        mild: share that is only turned and bent a little, so that MNIST's own hand, pen and
            softness stay in what is learned.
        rotate: degrees, standard deviation.
        shear: sideways shift per pixel of height, standard deviation.
        stretch: width against height, standard deviation of the logarithm.
        wobble: pixels, standard deviation of the elastic shift of a 5x5 grid.
        zoom: smallest and largest size, against the original's.
        shift: pixels in each direction, standard deviation.
        centered: whether the result is brought back to MNIST's size and place, which undoes zoom
            and shift; they then only keep what was turned from leaving the picture.
        pen: narrowest and widest pen that is aimed at, in pixels; MNIST's are 1.5 to 4. None
            leaves the pen.
        sharpness: most that the edges are sharpened, 1 is not at all.
        slashed_zeros, flagged_ones, footed_ones, barred_sevens, hooked_sevens: share of such
            digits; a hook hangs from the left end of the seven's top.
    """

    keep: float = 0.1
    mild: float = 0.6
    rotate: float = 8.0
    shear: float = 0.15
    stretch: float = 0.15
    wobble: float = 0.9
    zoom: tuple[float, float] = (0.85, 0.85)
    shift: float = 0.0
    centered: bool = True
    pen: tuple[float, float] | None = (1.6, 3.4)
    sharpness: float = 2.5
    slashed_zeros: float = 0.3
    flagged_ones: float = 0.5
    footed_ones: float = 0.3
    barred_sevens: float = 0.35
    hooked_sevens: float = 0.25


def pen(
    images: NDArray[np.uint8],
    labels: NDArray[np.uint8],
    rng: np.random.Generator,
    settings: PenSettings = PenSettings(),
) -> NDArray[np.uint8]:
    """A batch as other people might have drawn it, cropped and centred again as MNIST is.

    Args:
        images: `(n, 28, 28)` uint8.
        labels: `(n,)`, which decide who gets a slash, a flag, a foot or a bar.
        rng: the source of all chance.
    """
    ink: Batch = np.divide(images, 255, dtype=np.float32)
    changed = images.copy()
    mild, strong = choose_strength(len(images), rng, settings)
    changed[mild] = redraw(ink[mild], rng, MILD)
    changed[strong] = redraw(add_strokes(ink[strong], labels[strong], rng, settings), rng, settings)
    return changed


def choose_strength(
    n: int, rng: np.random.Generator, settings: PenSettings
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Which of n images are changed mildly, and which in full; the rest stay as they are."""
    chance = rng.random(n)
    untouched = settings.keep + settings.mild
    return (
        np.flatnonzero((chance >= settings.keep) & (chance < untouched)),
        np.flatnonzero(chance >= untouched),
    )


def redraw(ink: Batch, rng: np.random.Generator, settings: PenSettings) -> NDArray[np.uint8]:
    """Ink drawn by another hand with another pen, as `(n, 28, 28)` uint8 in MNIST's form."""
    if settings.pen:
        ink = change_pen(ink, rng, settings.pen)
    ink = warp(ink, rng, settings)
    if settings.centered:
        ink = recenter(ink)
    ink /= np.maximum(ink.max(axis=(1, 2), keepdims=True), 0.1)
    gain = rng.uniform(1.1, settings.sharpness, (len(ink), 1, 1)).astype(np.float32)
    ink = np.clip((ink - 0.5) * gain + 0.55, 0, 1) * (ink > 0.02)
    return np.round(ink * 255).astype(np.uint8)


MILD = PenSettings(
    rotate=6.0, shear=0.08, stretch=0.06, wobble=0.5, zoom=(0.92, 1.06), shift=0.7,
    centered=False, pen=None, sharpness=1.3,
)  # fmt: skip
AUGMENTATIONS: dict[str, Callable[..., NDArray[np.uint8]]] = {"pen": pen}


# --- strokes that some people add ---------------------------------------------------------


def add_strokes(
    ink: Batch, labels: NDArray[np.uint8], rng: np.random.Generator, settings: PenSettings
) -> Batch:
    """Slashes through some zeros, flags and feet on some ones, bars and hooks on some sevens."""
    ink = ink.copy()
    chance = rng.random((5, len(ink)))
    for label, share, add, row in (
        (0, settings.slashed_zeros, _slash, 0),
        (1, settings.flagged_ones, _flag, 1),
        (1, settings.footed_ones, _foot, 2),
        (7, settings.barred_sevens, _bar, 3),
        (7, settings.hooked_sevens, _hook, 4),
    ):
        chosen = np.flatnonzero((labels == label) & (chance[row] < share))
        if len(chosen):
            ink[chosen] = add(ink[chosen], rng)
    return ink


def draw_lines(ink: Batch, start: Floats, end: Floats, width: Floats) -> Batch:
    """Each image with a straight stroke from start to end, `(n, 2)` as row, column; width px."""
    row, column = np.indices((SIDE, SIDE))
    along = end - start  # (n, 2)
    length = np.maximum((along**2).sum(axis=1), 1e-6)
    to_row = row - start[:, 0, None, None]  # (n, 28, 28)
    to_column = column - start[:, 1, None, None]
    share = np.clip(
        (to_row * along[:, 0, None, None] + to_column * along[:, 1, None, None])
        / length[:, None, None], 0, 1,
    )  # fmt: skip
    distance = np.hypot(
        to_row - share * along[:, 0, None, None], to_column - share * along[:, 1, None, None]
    )
    # Coverage of a pixel by a stroke: 1 inside, falling to 0 over one pixel at the edge.
    stroke = np.clip(width[:, None, None] / 2 + 0.5 - distance, 0, 1)
    return np.maximum(ink, stroke).astype(np.float32)


def _extent(ink: Batch, axis: int) -> tuple[Floats, Floats]:
    """First and last row (axis 2) or column (axis 1) with ink of each image."""
    marked = np.asarray((ink > 0.3).any(axis=axis))
    first = marked.argmax(axis=1)
    last = marked.shape[1] - 1 - marked[:, ::-1].argmax(axis=1)
    return first.astype(np.float64), last.astype(np.float64)


def _column_at(ink: Batch, row: Floats) -> Floats:
    """Mean column of the ink around the given row of each image."""
    rows = np.clip(row.astype(int)[:, None] + np.arange(-1, 2), 0, SIDE - 1)
    band = ink[np.arange(len(ink))[:, None], rows].sum(axis=1) + 1e-6  # (n, 28)
    return np.asarray((band * np.arange(SIDE)).sum(axis=1) / band.sum(axis=1))


def _pen(ink: Batch, rng: np.random.Generator) -> Floats:
    return rng.uniform(1.4, 3.0, len(ink))


def _slash(ink: Batch, rng: np.random.Generator) -> Batch:
    top, bottom = _extent(ink, 2)
    left, right = _extent(ink, 1)
    middle = np.stack([(top + bottom) / 2, (left + right) / 2], axis=1)
    middle += rng.normal(0, 0.8, middle.shape)
    half = np.stack([bottom - top, right - left], axis=1) / 2
    # Most slashes stay within the zero or reach a bit beyond; a few are twice as long.
    reach = 0.5 + 1.5 * rng.random((len(ink), 1)) ** 1.5
    # Mostly from lower left to upper right; some upright, level or the other way.
    angle = rng.normal(np.pi / 4, 0.45, len(ink)) * np.where(rng.random(len(ink)) < 0.12, -1, 1)
    along = np.stack([-np.sin(angle), np.cos(angle)], axis=1) * np.sqrt(2) * half * reach
    return draw_lines(ink, middle - along, middle + along, _pen(ink, rng))


def _flag(ink: Batch, rng: np.random.Generator) -> Batch:
    top, bottom = _extent(ink, 2)
    height = bottom - top
    start = np.stack([top + 0.5, _column_at(ink, top + 1)], axis=1)
    # Short flags are far more usual, but some reach down to the line.
    reach = height * (0.12 + 0.85 * rng.random(len(ink)) ** 1.5)
    angle = rng.uniform(np.deg2rad(20), np.deg2rad(70), len(ink))  # below the level
    end = start + np.stack([np.sin(angle), -np.cos(angle)], axis=1) * reach[:, None]
    return draw_lines(ink, start, end, _pen(ink, rng))


def _foot(ink: Batch, rng: np.random.Generator) -> Batch:
    top, bottom = _extent(ink, 2)
    column = _column_at(ink, bottom - 1)
    half = (bottom - top) * rng.uniform(0.12, 0.35, (2, len(ink)))
    tilt = rng.normal(0, 0.6, len(ink))
    start = np.stack([bottom + tilt, column - half[0]], axis=1)
    end = np.stack([bottom - tilt, column + half[1]], axis=1)
    return draw_lines(ink, start, end, _pen(ink, rng))


def _bar(ink: Batch, rng: np.random.Generator) -> Batch:
    top, bottom = _extent(ink, 2)
    left, right = _extent(ink, 1)
    row = top + (bottom - top) * rng.uniform(0.4, 0.68, len(ink))
    column = _column_at(ink, row)
    half = (right - left) * rng.uniform(0.2, 0.5, (2, len(ink)))
    tilt = rng.normal(0, 1.2, len(ink))
    start = np.stack([row + tilt, column - half[0]], axis=1)
    end = np.stack([row - tilt, column + half[1]], axis=1)
    return draw_lines(ink, start, end, _pen(ink, rng))


def _hook(ink: Batch, rng: np.random.Generator) -> Batch:
    top, bottom = _extent(ink, 2)
    upper = ink * (np.arange(SIDE) < (top + 4)[:, None])[:, :, None]  # the seven's top stroke
    left, _ = _extent(upper.astype(np.float32), 1)
    row = (upper[:, :, :] * (np.arange(SIDE) < left[:, None] + 2)[:, None, :]).sum(axis=2)
    start = np.stack([row.argmax(axis=1) + 0.0, left + 0.5], axis=1)
    reach = (bottom - top) * rng.uniform(0.1, 0.45, len(ink))
    angle = rng.normal(np.pi / 2, 0.35, len(ink))
    end = start + np.stack([np.sin(angle), np.cos(angle)], axis=1) * reach[:, None]
    return draw_lines(ink, start, end, _pen(ink, rng))


# --- the pen ------------------------------------------------------------------------------


def change_pen(ink: Batch, rng: np.random.Generator, pen: tuple[float, float]) -> Batch:
    """A thinner or thicker pen, aimed at from narrowest to widest, in pixels.

    It goes part of the way to the 3x3 minimum or maximum.
    """
    wanted = rng.uniform(*pen, len(ink))
    # A whole step changes the width by two pixels; beyond it, holes would close or lines break.
    amount = np.clip((wanted - pen_width(ink)) / 2, -0.6, 0.8).astype(np.float32)[:, None, None]
    thicker, thinner = _spread(ink, np.maximum), _spread(ink, np.minimum)
    changed = ink + np.where(amount > 0, amount * (thicker - ink), -amount * (thinner - ink))
    darkest: Batch = np.maximum(changed.max(axis=(1, 2), keepdims=True), 0.1)
    return changed / darkest


def _spread(ink: Batch, choose: Callable[..., Batch]) -> Batch:
    padded = np.pad(ink, ((0, 0), (1, 1), (1, 1)))
    rows = choose(choose(padded[:, :-2], padded[:, 1:-1]), padded[:, 2:])
    return choose(choose(rows[..., :-2], rows[..., 1:-1]), rows[..., 2:])


# --- the hand -----------------------------------------------------------------------------


def _cubic_weights(fine: int, coarse: int) -> NDArray[np.float32]:
    """`(fine, coarse)`: uniform cubic B-spline weights, a smooth curve through a few values."""
    at = np.linspace(0, coarse - 3, fine)[:, None] + 1 - np.arange(coarse)[None]
    far = np.abs(at)
    near = 2 / 3 - far**2 + far**3 / 2
    weights = np.where(far < 1, near, np.where(far < 2, (2 - far) ** 3 / 6, 0))
    return weights.astype(np.float32)


_GRID = 7  # 5x5 values across the picture and one beyond each edge, as cubic splines want
_WEIGHTS = _cubic_weights(SIDE, _GRID)


def warp(ink: Batch, rng: np.random.Generator, settings: PenSettings) -> Batch:
    """Rotated, slanted, stretched and shifted unevenly (Simard et al. 2003, with a spline)."""
    n = len(ink)
    angle = np.deg2rad(rng.normal(0, settings.rotate, n))
    shear = rng.normal(0, settings.shear, n)
    stretch = np.exp(rng.normal(0, settings.stretch, n) / 2)
    cos, sin = np.cos(angle), np.sin(angle)
    # Where each new pixel comes from: rotation, then shear, then stretch; (n, 2, 2).
    matrix = np.stack(
        [np.stack([cos / stretch, -sin * stretch], -1),
         np.stack([(sin + shear * cos) / stretch, (cos - shear * sin) * stretch], -1)], axis=1,
    ).astype(np.float32)  # fmt: skip
    middle = (SIDE - 1) / 2
    grid = np.indices((SIDE, SIDE), np.float32) - middle  # (2, 28, 28)
    matrix /= rng.uniform(*settings.zoom, (n, 1, 1)).astype(np.float32)
    source = np.einsum("nij,jkl->nikl", matrix, grid) + middle  # (n, 2, 28, 28)
    if settings.shift:
        source += rng.normal(0, settings.shift, (n, 2, 1, 1)).astype(np.float32)
    knots = rng.normal(0, settings.wobble, (n, 2, _GRID, _GRID)).astype(np.float32)
    source += 1.5 * (_WEIGHTS @ knots @ _WEIGHTS.T)  # the spline averages: 1.5 gives it back
    return _sample(ink, source[:, 0], source[:, 1])


def _sample(ink: Batch, row: Batch, column: Batch) -> Batch:
    """Each image read at fractional places, `(n, 28, 28)` each, linearly between pixels."""
    n = len(ink)
    padded = np.pad(ink, ((0, 0), (1, 1), (1, 1)))
    row = np.clip(row + 1, 0, SIDE + 0.999)
    column = np.clip(column + 1, 0, SIDE + 0.999)
    top, left = row.astype(np.int32), column.astype(np.int32)
    down, right = row - top, column - left
    flat, width = padded.reshape(-1), SIDE + 2
    at = (np.arange(n, dtype=np.int32) * width**2)[:, None, None] + top * width + left
    upper = flat[at] * (1 - right) + flat[at + 1] * right
    lower = flat[at + width] * (1 - right) + flat[at + width + 1] * right
    return upper * (1 - down) + lower * down


def recenter(ink: Batch) -> Batch:
    """Each digit scaled to fit 20x20 and put with its centre of mass in the middle, as MNIST's.

    The same as `mnist_core.drawing.normalize` does, for a batch: a scaling along rows and one along
    columns, each a matrix of weights (a triangle filter as wide as a new pixel).
    """
    top, bottom = _extent(ink, 2)
    left, right = _extent(ink, 1)
    scale = np.maximum(bottom - top, right - left) + 1
    scale = np.maximum(scale, 4) / BOX  # old pixels per new pixel
    mass = ink.sum(axis=(1, 2)) + 1e-6
    places = np.arange(SIDE)
    row = (ink.sum(axis=2) * places).sum(axis=1) / mass
    column = (ink.sum(axis=1) * places).sum(axis=1) / mass
    down = _scaling(row, scale)  # (n, 28, 28): new row, old row
    across = _scaling(column, scale)
    scaled: Batch = down @ ink @ across.transpose(0, 2, 1)
    return scaled


def _scaling(center: Floats, scale: Floats) -> Batch:
    new = np.arange(SIDE) - SIDE // 2  # MNIST's centre of mass lies on pixel 14
    wanted = center[:, None] + new * scale[:, None]  # (n, 28) old place of each new pixel
    width = np.maximum(scale, 1)[:, None, None]
    weights = 1 - np.abs(wanted[..., None] - np.arange(SIDE)) / width
    weights = np.maximum(weights, 0) / width
    return weights.astype(np.float32)
