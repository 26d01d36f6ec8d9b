"""Pictures of what is no digit, for networks that can say so.

Made by code from chance and from MNIST: strokes thrown together, scribbles, digits turned or
mirrored, two digits side by side or on top of each other, digits struck out. They go through the
same redrawing as the digits, so that no network can tell them by their pen.
"""

import numpy as np
from numpy.typing import NDArray

from mnist_core.recipes.augment import (
    MILD,
    SIDE,
    Batch,
    Floats,
    PenSettings,
    choose_strength,
    draw_lines,
    recenter,
    redraw,
)

NOT_A_DIGIT = 10  # the label, and the place of the answer after those of the ten digits
# Digits that are none any more after so many quarter turns (counter-clockwise), or mirrored.
TURNED = ((2, 1), (3, 1), (3, 3), (4, 1), (4, 3), (4, 2), (5, 1), (5, 3), (7, 1), (7, 2),
          (7, 3), (6, 1), (9, 1), (9, 3), (3, 2), (1, 1))  # fmt: skip
MIRRORED = (3, 6, 7, 9)
CURVE = 6  # straight pieces of a curved stroke


def nondigits(
    images: NDArray[np.uint8],
    labels: NDArray[np.uint8],
    count: int,
    rng: np.random.Generator,
    settings: PenSettings = PenSettings(),
) -> NDArray[np.uint8]:
    """Pictures of what is no digit, in MNIST's form.

    Args:
        images: `(n, 28, 28)` uint8, the digits that some of them are made of.
        labels: `(n,)`.
        count: how many to make.
        rng: the source of all chance.
        settings: how they are redrawn; the same as for the digits beside them.

    Returns:
        `(count, 28, 28)` uint8, 0 paper to 255 ink.
    """
    if len(images) == 0 or count == 0:
        return np.zeros((count, SIDE, SIDE), np.uint8)
    ink: Batch = np.divide(images, 255, dtype=np.float32)
    kinds = rng.choice(5, count, p=[0.45, 0.1, 0.2, 0.15, 0.1])
    made = np.zeros((count, SIDE, SIDE), np.float32)
    makers = (_signs, _scribbles, _turned, _pairs, _struck)
    for kind, make in enumerate(makers):
        rows = np.flatnonzero(kinds == kind)
        if len(rows):
            made[rows] = make(ink, labels, len(rows), rng)
    # As large as a digit before the pen changes, or a small sign would get a huge pen.
    made = recenter(made)
    _, strong = choose_strength(count, rng, settings)
    changed = redraw(made, rng, MILD)
    changed[strong] = redraw(made[strong], rng, settings)
    return changed


def _signs(ink: Batch, labels: NDArray[np.uint8], count: int, rng: np.random.Generator) -> Batch:
    """Two to five strokes, straight or bent, that meet, cross or stand beside each other."""
    strokes = rng.integers(2, 6, count)
    width = rng.uniform(1.5, 3.0, count)
    made = np.zeros((count, SIDE, SIDE), np.float32)
    ends = np.zeros((count, 0, 2))  # places where a stroke ended, for the next to start from
    straight_sign = rng.random(count) < 0.5
    for stroke in range(5):
        chosen = np.flatnonzero(strokes > stroke)
        n = len(chosen)
        # Ends lie near a lattice of 3 x 3 places, as those of letters do.
        places = _lattice(rng, (n, 2))
        if stroke:
            again = rng.random(n) < 0.6
            picked = ends[chosen, rng.integers(0, ends.shape[1], n)]
            places[again, 0] = picked[again]
        start, end = places[:, 0], places[:, 1]
        short = np.hypot(*(end - start).T) < 5
        end[short] = SIDE - 1 - start[short]
        bent = ~straight_sign[chosen] & (rng.random(n) < 0.6)
        bulge = np.where(bent, rng.normal(0, 1.1, n), 0)
        made[chosen] = _curve(made[chosen], start, end, bulge, width[chosen])
        new = np.full((count, 2, 2), (SIDE - 1) / 2)
        new[chosen, 0], new[chosen, 1] = start, end
        middle = rng.random(n) < 0.3
        new[chosen[middle], 0] = (start[middle] + end[middle]) / 2
        ends = np.concatenate([ends, new], axis=1)
    return made


def _lattice(rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    rows = rng.choice([5.0, 13.5, 22.0], shape)
    columns = rng.choice([6.0, 13.5, 21.0], shape)
    return np.stack([rows, columns], axis=-1) + rng.normal(0, 1.2, (*shape, 2))


def _curve(ink: Batch, start: Floats, end: Floats, bulge: Floats, width: Floats) -> Batch:
    """A stroke from start to end, its middle pushed aside by `bulge` times half its length."""
    along = end - start
    middle = (start + end) / 2 + np.stack([-along[:, 1], along[:, 0]], 1) * bulge[:, None] / 2
    # The curve through the three points; straight where nothing bulges.
    control = 2 * middle - (start + end) / 2
    pieces = CURVE if np.any(bulge) else 1
    before = start
    for piece in range(1, pieces + 1):
        t = piece / pieces
        after = (1 - t) ** 2 * start + 2 * t * (1 - t) * control + t**2 * end
        ink = draw_lines(ink, before, after, width)
        before = after
    return ink


def _scribbles(
    ink: Batch, labels: NDArray[np.uint8], count: int, rng: np.random.Generator
) -> Batch:
    """One long stroke that turns at random, smooth or angular."""
    made = np.zeros((count, SIDE, SIDE), np.float32)
    width = rng.uniform(1.2, 2.6, count)
    turns = rng.integers(6, 14, count)
    smooth = (rng.random(count) < 0.5)[:, None]
    at = rng.uniform(4, SIDE - 5, (count, 2))
    heading = rng.normal(0, 4, (count, 2))
    for turn in range(14):
        wanted = rng.uniform(3, SIDE - 4, (count, 2)) - at
        heading = np.where(smooth, 0.55 * heading + 0.35 * wanted, wanted)
        after = np.clip(at + heading, 2, SIDE - 3)
        after = np.where((turns > turn)[:, None], after, at)
        made = draw_lines(made, at, after, width)
        at = after
    return made


def _turned(ink: Batch, labels: NDArray[np.uint8], count: int, rng: np.random.Generator) -> Batch:
    """Digits turned by quarters or mirrored, those that are no digits then."""
    made = _signs(ink, labels, count, rng)  # stays where the batch lacks a digit
    which = rng.integers(0, len(TURNED) + 2 * len(MIRRORED), count)
    for row, choice in enumerate(which):
        if choice < len(TURNED):
            digit, quarters = TURNED[choice]
        else:
            digit, quarters = MIRRORED[(choice - len(TURNED)) % len(MIRRORED)], 0
        there = np.flatnonzero(labels == digit)
        if len(there):
            one = ink[rng.choice(there)]
            made[row] = np.rot90(one, quarters) if quarters else one[:, ::-1]
    return made


def _pairs(ink: Batch, labels: NDArray[np.uint8], count: int, rng: np.random.Generator) -> Batch:
    """Two digits side by side, touching or not, sometimes with a third."""
    made = np.zeros((count, SIDE, SIDE), np.float32)
    for row in range(count):
        digits = [ink[k] for k in rng.integers(0, len(ink), rng.choice([2, 3], p=[0.85, 0.15]))]
        line = np.zeros((SIDE, 0), np.float32)
        for digit in digits:
            marked = np.flatnonzero((digit > 0.2).any(axis=0))
            narrow = digit[:, marked[0] : marked[-1] + 1] if len(marked) else digit
            narrow = np.roll(narrow, rng.integers(-2, 3), axis=0)
            gap = int(rng.integers(-1, 6))
            if gap < 0 and line.shape[1]:
                line[:, gap:] = np.maximum(line[:, gap:], narrow[:, :-gap])
                narrow = narrow[:, -gap:]
            line = np.concatenate([line, np.zeros((SIDE, max(gap, 0)), np.float32), narrow], 1)
        # Squeezed into the picture; `recenter` then makes it as wide as it may be.
        places = np.linspace(0, line.shape[1] - 1, SIDE)
        step = max(1.0, line.shape[1] / SIDE)
        down = np.clip(
            1 - np.abs(places[:, None] - np.arange(line.shape[1])) / step, 0, None
        ).astype(np.float32)
        across = down / down.sum(axis=1, keepdims=True)
        rows = np.arange(SIDE) * step - (step - 1) * (SIDE - 1) / 2
        up = np.clip(1 - np.abs(rows[:, None] - np.arange(SIDE)) / step, 0, None) / step
        made[row] = up.astype(np.float32) @ line @ across.T
    return made


def _struck(ink: Batch, labels: NDArray[np.uint8], count: int, rng: np.random.Generator) -> Batch:
    """A digit under another one, or struck out with two to four lines."""
    n = len(ink)
    one = rng.integers(0, n, count)
    other = rng.integers(0, n, count)
    # Never the same digit twice in the same place: that would be the digit.
    aside = int(rng.choice([-6, -5, -4, 4, 5, 6]))
    first = ink[one]
    over = np.roll(ink[other], (int(rng.integers(-4, 5)), aside), axis=(1, 2))
    made = np.maximum(np.roll(first, -aside // 2, axis=2), over)
    lines = np.flatnonzero(rng.random(count) < 0.5)
    struck = first[lines]
    for _ in range(int(rng.integers(2, 5))):
        ends = np.stack(
            [rng.uniform(3, 25, (len(lines), 2)),
             np.stack([rng.uniform(2, 8, len(lines)), rng.uniform(20, 26, len(lines))], 1)], -1,
        )  # fmt: skip
        struck = draw_lines(struck, ends[:, 0], ends[:, 1], rng.uniform(1.4, 2.6, len(lines)))
    made[lines] = struck
    return made
