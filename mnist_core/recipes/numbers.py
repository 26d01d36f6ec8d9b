"""Numbers to learn from: rows of digits that touch, overlap or stand apart, made by code.

A number is written by one generated writer (`mnist_core.recipes.handwriting`) or put together
of MNIST's digits, some of which get a slash, a flag, a foot or a bar. Neighbours are pushed
together until their ink meets, or a bit further. Some rows are of letters, and there is nothing to
read in them.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.drawing.lines import line_image, line_width
from mnist_core.drawing.normalize import INK, ink_box, pen_width
from mnist_core.recipes.augment import Batch, PenSettings, add_strokes
from mnist_core.recipes.handwriting import Points, Writer, curve
from mnist_core.recipes.nondigits import NOT_A_DIGIT

SIZE = 40  # pixels: the height of a digit when the number is put together
MOST = 8  # digits of a number
PAPER = 16  # pixels around a digit, for slants and thick pens
GENERATED = 0.35  # of the numbers: by generated writers; the others of MNIST's digits
SIGNS = 0.18  # of the rows: letters
WIDE = 0.6  # of generated letters: m, n, w and the like, which could be two digits
LENGTHS = (0.12, 0.2, 0.2, 0.16, 0.14, 0.1, 0.05, 0.03)  # shares of 1 to 8 digits
TOUCHING, APART = 0.65, 0.15  # shares of neighbours; the others lie close without touching

Ink = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class NumberImage:
    """A number to learn from.

    Attributes:
        image: `(32, w)` uint8 as `line_image` makes it.
        digits: what it says, left to right; empty for letters.
        middles: the column of the image that is the middle of each digit.
    """

    image: NDArray[np.uint8]
    digits: tuple[int, ...]
    middles: tuple[float, ...]


def make_number(
    images: NDArray[np.uint8], labels: NDArray[np.uint8], rng: np.random.Generator
) -> NumberImage:
    """A number by chance.

    Args:
        images: `(n, 28, 28)` uint8, MNIST's training images.
        labels: `(n,)`, theirs.
        rng: the source of all chance.
    """
    count = int(rng.choice(MOST, p=LENGTHS)) + 1
    sign = rng.random() < SIGNS
    if sign:
        count = int(rng.integers(1, 4))  # most letters stand alone, or in short words
    if sign or rng.random() < GENERATED:
        writer = Writer(rng)
        told = [NOT_A_DIGIT] * count if sign else rng.integers(0, 10, count).tolist()
        signs = _written(writer, told, rng)
    else:
        chosen = rng.integers(0, len(images), count)
        told = labels[chosen].tolist()
        ink: Batch = np.divide(images[chosen], 255, dtype=np.float32)
        signs = _pasted(add_strokes(ink, labels[chosen], rng, PenSettings()), rng)
    spread = rng.uniform(0, 0.14)  # of this writer's digits in height
    signs = [_resized(one, float(np.exp(rng.normal(0, spread)))) for one in signs]
    row, middles = _in_a_row(signs, rng)
    image = line_image(row)
    if sign:
        return NumberImage(image, (), ())
    inner = line_width(*row.shape)
    scale = inner / row.shape[1]
    margin = (image.shape[1] - inner) / 2
    return NumberImage(image, tuple(told), tuple(margin + scale * place for place in middles))


def _written(writer: Writer, digits: list[int], rng: np.random.Generator) -> list[Ink]:
    """Each digit's ink, by one writer with one pen."""
    import cv2

    pen = max(1, round(writer.pen * SIZE))
    pictures = []
    for digit in digits:
        if digit == NOT_A_DIGIT and rng.random() < WIDE:
            strokes = _wide_letter(writer, rng)
        else:
            strokes = writer.write(digit, rng).strokes
        paths = [np.round((stroke * SIZE + PAPER) * 16).astype(np.int32) for stroke in strokes]
        wide = max(1, *(int(np.ceil(stroke[:, 0].max())) for stroke in strokes))
        ink = np.zeros((SIZE + 2 * PAPER, wide * SIZE + 2 * PAPER), np.uint8)
        cv2.polylines(ink, paths, False, 255, pen, cv2.LINE_AA, shift=4)
        pictures.append(_cropped(ink / np.float32(255)))
    return pictures


def _wide_letter(writer: Writer, rng: np.random.Generator) -> list[Points]:
    """Up and down several times, in corners (N, M, V, W) or with arches (m, n, u, w)."""
    legs = int(rng.integers(3, 6))
    low = int(rng.integers(2))  # whether it begins below
    width = rng.uniform(0.3, 0.55) * (legs - 1) * writer.width
    x = np.linspace(0, width, legs) + rng.normal(0, 0.05, legs)
    y = (np.arange(legs) + low) % 2 + rng.uniform(-0.08, 0.08, legs)
    if rng.random() < 0.5:
        inner = np.arange(legs) > 0
        inner[-1] = False
        reach = rng.uniform(0.4, 1)  # of the turns between the ends, as in M
        y = np.where(inner & (y > 0.5), reach, y)
        path = np.repeat(np.stack([x, y], 1), writer.sharp, axis=0)
    else:
        # Each leg goes straight down; from its end back up along it, then round into the next.
        back, shoulder = rng.uniform(0.05, 0.5), rng.uniform(0.0, 0.15)
        points = [(x[0], 0.0), (x[0], 1.0), (x[0], 1.0)]
        for before, after in pairwise(x[: rng.integers(2, 4)]):
            points += [(before, back), (before + 0.3 * (after - before), -shoulder)]
            points += [(after, -shoulder), (after, 0.3), (after, 1.0), (after, 1.0)]
        path = np.array(points)
        if rng.random() < 0.4:
            path = (width, 1) - path  # u and w
    stroke = curve(path)
    stroke[:, 0] -= writer.slant * stroke[:, 1]
    stroke -= stroke.min(axis=0)
    return [stroke / np.ptp(stroke[:, 1])]


def _pasted(images: Batch, rng: np.random.Generator) -> list[Ink]:
    """Each image's ink, larger, with a slant, a width and a pen in common."""
    import cv2

    scale = SIZE / 20
    slant, width = rng.normal(0, 0.15), float(np.exp(rng.normal(0, 0.12)))
    level = rng.uniform(0.3, 0.75)  # from where on it is ink: a pen a little thicker or thinner
    gain = rng.uniform(1.5, 5)
    side = 28 * scale
    size = round(side + 2 * PAPER)
    pictures = []
    for image in images:
        lean, wide = slant + rng.normal(0, 0.05), width * np.exp(rng.normal(0, 0.08))
        # x' = scale * (wide * x - lean * y), moved so that the middle stays where it is
        matrix = np.array(
            [
                [scale * wide, -lean * scale, side * (1 + lean - wide) / 2 + PAPER],
                [0, scale, PAPER],
            ]
        )
        larger = cv2.warpAffine(image, matrix, (size, size), flags=cv2.INTER_CUBIC)
        pictures.append(_cropped(np.clip((larger - level) * gain + 0.5, 0, 1)))
    return pictures


def _cropped(ink: Ink) -> Ink:
    box = ink_box(ink)
    return ink[box[1] : box[3], box[0] : box[2]] if box else ink


def _resized(ink: Ink, scale: float) -> Ink:
    import cv2

    size = max(2, round(ink.shape[1] * scale)), max(2, round(ink.shape[0] * scale))
    return np.asarray(cv2.resize(ink, size, interpolation=cv2.INTER_AREA))


def _in_a_row(signs: list[Ink], rng: np.random.Generator) -> tuple[Ink, list[float]]:
    """The signs beside each other on a line that may rise or fall, and each one's middle."""
    width = sum(one.shape[1] for one in signs) * 2 + 2 * SIZE
    height = 4 * SIZE
    row = np.zeros((height, width), np.float32)
    slope, unlevel = rng.normal(0, 0.03), rng.uniform(0, 0.07) * SIZE
    close = rng.random() < 0.9  # else all of this writer's digits stand apart
    pen = float(pen_width(signs[0]))
    foot = 2.5 * SIZE
    end = left = 0
    middles = []
    for number, one in enumerate(signs):
        h, w = one.shape
        top = round(foot + slope * end + rng.normal(0, unlevel)) - h
        top = min(max(top, 0), height - h)
        if number:
            left = _place(row[top : top + h, :end], one, end, close, pen, rng)
        area = row[top : top + h, left : left + w]
        np.maximum(area, one, out=area)
        end = max(end, left + w)
        middles.append(left + w / 2)
    box = ink_box(row)
    if box is None:  # no MNIST image is that pale
        raise ValueError("The row has no ink.")
    return row[box[1] : box[3], box[0] : box[2]], [middle - box[0] for middle in middles]


def _place(
    before: Ink, one: Ink, end: int, close: bool, pen: float, rng: np.random.Generator
) -> int:
    """The column at which the next sign starts."""
    width = one.shape[1]
    chance = rng.random()
    if not close or chance < APART:
        return end + round(rng.uniform(0.05, 0.5) * SIZE)
    right = np.where(before > INK, np.arange(end), -SIZE * 3).max(axis=1)  # of each row
    left = np.where(one > INK, np.arange(width), SIZE * 3).min(axis=1)
    # Ink meets where a row's right end is beside its left end, or one row above or below.
    around = np.max([right, np.roll(right, 1), np.roll(right, -1)], axis=0)
    meets = int((around - left).max()) + 1
    if chance < APART + TOUCHING:
        place = meets - round(rng.uniform(0, 1.2 * pen + 1))
    else:
        place = meets + 1 + round(rng.uniform(0, 0.15) * SIZE)
    return max(place, end - width // 2, 0)
