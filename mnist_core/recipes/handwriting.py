"""Digits as writers never met before would write them: strokes made by code, from chance alone.

A digit is a skeleton of curves, of which people use several forms (allographs): a one with a flag
or a foot, a zero with a slash, a five whose hat is a stroke apart. A writer is a draw of habits
that hold for all of that writer's digits: which allographs, which proportions, how slanted, round
and careful. Each drawing differs from the habit a little. Strokes come in the order and direction
in which people write them, and are drawn and prepared as a drawing on the canvas is.

To see how one writer writes a four, and how another does:

    rng = np.random.default_rng(0)
    Writer(7).write(4, rng).strokes, Writer(8).write(4, rng).strokes
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mnist_core.drawing.normalize import SIDE, normalize_drawing
from mnist_core.recipes.nondigits import NOT_A_DIGIT

Points = NDArray[np.floating[Any]]  # (n, 2): x to the right, y down

CANVAS = 160  # pixels: the digit's canvas; it is scaled to 20 afterwards, so more brings nothing
CHANGE = 0.08  # how often a writer takes another allograph than the usual one
BANK = 30_000  # drawings that a training chooses from
BANK_STREAM = 77
LETTERS = 0.15  # of the bank, where the network learns what is no digit
HABITS = 40  # numbers that a writer's form of one digit depends on, at most


@dataclass(frozen=True)
class Writing:
    """One written digit.

    Attributes:
        digit: 0 to 9.
        allograph: its form, such as `flag` of a one.
        strokes: `(n, 2)` float64 each (x right, y down), the longer side of all is 1, in the
            order and direction in which they were written.
    """

    digit: int
    allograph: str
    strokes: list[Points]


class Writer:
    """A writer: habits that hold for all digits, drawn from a seed."""

    def __init__(self, seed: int | np.random.Generator) -> None:
        rng = np.random.default_rng(seed)
        self.habits = rng.random((len(_FORMS), HABITS))
        self.slant = rng.normal(0.12, 0.22)  # sideways for each unit of height, at the top
        self.width = np.exp(rng.normal(0, 0.16))
        self.turn = rng.normal(0, 0.05)  # radians
        self.square = max(0.0, rng.normal(-0.1, 0.3))  # 0 round, 1 nearly a rectangle
        self.sharp = int(rng.integers(1, 4))  # how sharp corners are
        self.care = rng.uniform(0.3, 1.0) ** 2  # how much one drawing differs from the next
        self.closing = rng.normal(0, 1)  # below 0 loops stay open, above 0 their ends overlap
        self.tremor = 0.006 * rng.random() ** 3
        self.reach = rng.normal(0, 0.025)  # how far strokes go beyond their ends
        self.pen = float(np.exp(rng.uniform(np.log(0.03), np.log(0.16))))  # of the longer side

    def write(self, digit: int, rng: np.random.Generator) -> Writing:
        """The digit, or a letter for `NOT_A_DIGIT`, as this writer writes it this time."""
        form = Form(self, digit, rng)
        strokes = _FORMS[digit](form)
        return Writing(digit, form.allograph, self._drawn([curve(s) for s in strokes], rng))

    def _drawn(self, strokes: list[Points], rng: np.random.Generator) -> list[Points]:
        """The strokes as the hand carries them out: slanted, stretched, uneven, trembling."""
        care = self.care
        slant = self.slant + rng.normal(0, 0.08 * care)
        turn = self.turn + rng.normal(0, 0.06 * care)
        width = self.width * np.exp(rng.normal(0, 0.1 * care))
        matrix = np.array([[width, -slant], [0.0, 1.0]])
        cos, sin = np.cos(turn), np.sin(turn)
        matrix = np.array([[cos, -sin], [sin, cos]]) @ matrix
        bend = rng.normal(0, 0.035 * care, (2, 2))
        phase = rng.uniform(0, 2 * np.pi, (2, 2))
        drawn = []
        for number, stroke in enumerate(strokes):
            stroke = _extended(stroke, *(self.reach + rng.normal(0, 0.02 * care, 2)))
            x, y = stroke[:, 0], stroke[:, 1] - 0.5
            stroke = np.stack(
                [
                    x + bend[0, 0] * np.sin(4 * y + phase[0, 0]),
                    y + bend[0, 1] * np.sin(5 * x + phase[0, 1]),
                ],
                1,
            )
            stroke += bend[1] * np.sin(7 * stroke[:, ::-1] + phase[1]) / 2
            if self.tremor > 0.0005:
                stroke += _bridge(rng.normal(0, self.tremor, stroke.shape))
            if number:  # the pen was lifted and didn't come down quite where it should
                stroke += rng.normal(0, 0.025 * care, 2)
            drawn.append(stroke @ matrix.T)
        points = np.concatenate(drawn)
        low, size = points.min(axis=0), np.ptp(points, axis=0).max()
        return [(stroke - low) / size for stroke in drawn]


class Form:
    """What a writer's form of a digit is made with: the habit, changed a little each time."""

    def __init__(self, writer: Writer, digit: int, rng: np.random.Generator) -> None:
        self.writer, self.rng = writer, rng
        self.allograph = ""
        self._habits = iter(writer.habits[digit].tolist())
        self._changes = iter(rng.normal(0, 0.12 * writer.care, HABITS).tolist())

    def between(self, low: float, high: float) -> float:
        """A number from low to high."""
        share = next(self._habits) + next(self._changes)
        share = abs(share)  # folded back at both ends
        share = 1 - abs(1 - share)
        return low + (high - low) * share

    def often(self, share: float) -> bool:
        """True for that share of the writers, and nearly always the same for each."""
        return self._habit() < share

    def choose(self, **shares: float) -> str:
        """One of the names, of which each writer has a usual one."""
        habit = self._habit() * sum(shares.values())
        ends = np.cumsum([*shares.values()])
        name = [*shares][min(int(np.searchsorted(ends, habit, "right")), len(shares) - 1)]
        self.allograph = self.allograph or name
        return name

    def _habit(self) -> float:
        habit = next(self._habits)
        return habit if self.rng.random() >= CHANGE else self.rng.random()

    def corner(self, x: float, y: float, sharp: int | None = None) -> list[tuple[float, float]]:
        """A point at which the stroke turns, sharply or roundly as the writer does."""
        return [(x, y)] * (self.writer.sharp if sharp is None else sharp)

    def arc(
        self, x: float, y: float, width: float, height: float, start: float, end: float
    ) -> list[tuple[float, float]]:
        """Points on an ellipse around (x, y) with these half axes, from start to end.

        Angles are in degrees: 0 is right, 90 is down, so growing angles go clockwise.
        """
        angle = np.radians(np.linspace(start, end, max(3, round(abs(end - start) / 22) + 1)))
        along, down = np.cos(angle), np.sin(angle)
        if self.writer.square > 0:
            power = -0.6 * min(self.writer.square, 1)
            radius = (along**4 + down**4) ** (power / 4)  # between a circle and a square
            along, down = along * radius, down * radius
        return list(zip((x + width * along).tolist(), (y + height * down).tolist(), strict=True))

    def closing(self, spread: float) -> float:
        """Degrees that a closed loop's end goes beyond its start; below 0 it stays open."""
        return spread * (0.7 * self.writer.closing + self.rng.normal(0, 0.5 * self.writer.care))


def curve(points: ArrayLike, rounds: int = 3) -> Points:
    """A smooth curve along a polygon: a quadratic B-spline (Chaikin 1974), ends kept.

    A point given two or three times makes a corner.
    """
    line = np.asarray(points, np.float64)
    for _ in range(rounds):
        before, after = line[:-1], line[1:]
        cut = np.empty((2 * len(before) + 2, 2))
        cut[0], cut[-1] = line[0], line[-1]
        cut[1:-1:2] = 0.75 * before + 0.25 * after
        cut[2:-1:2] = 0.25 * before + 0.75 * after
        line = cut
    return line


def _extended(stroke: Points, start: float, end: float) -> Points:
    """The stroke drawn out at its start and end by so much, or cut short where it is below 0."""
    for reach in (start, end):
        stroke = stroke[::-1]  # its end first, then its start: they come in the other order
        step = np.hypot(*np.diff(stroke, axis=0).T)
        if reach < 0:
            stroke = stroke[: max(2, int(np.searchsorted(np.cumsum(step), step.sum() + reach)))]
        else:
            way = stroke[-1] - stroke[max(-7, -len(stroke))]
            beyond = stroke[-1] + way * (reach / max(float(np.hypot(*way)), 1e-6))
            stroke = np.concatenate([stroke, beyond[None]])
    return stroke


def _bridge(steps: Points) -> Points:
    """A random walk that comes back to where it began."""
    walk = np.cumsum(steps, axis=0)
    walk -= np.linspace(0, 1, len(walk))[:, None] * walk[-1]
    return np.asarray(walk)


# --- the skeletons of the ten digits: height 1 from y = 0 to 1, x around 0 ------------------

Path = list[tuple[float, float]]


def _zero(f: Form) -> list[Path]:
    width, turn = f.between(0.2, 0.48), -1 if f.often(0.85) else 1
    sweep = 360 + f.closing(25)
    start = -90 + f.between(-50, 40)
    kind = f.choose(plain=0.45, slashed=0.25, joined=0.08, looped=0.12, open=0.1)
    if kind == "open":
        sweep = f.between(300, 345)
    ring = f.arc(0, 0.5, width, 0.5, start, start + turn * sweep)
    inward = np.linspace(0, f.between(-0.06, 0.12), len(ring))  # a spiral, where it isn't met
    ring = [
        (x * (1 - a), 0.5 + (y - 0.5) * (1 - a)) for (x, y), a in zip(ring, inward, strict=True)
    ]
    if kind == "looped":
        curl, (x, y) = f.between(0.06, 0.16), ring[-1]
        ring += f.arc(x, y + curl, 1.2 * curl, curl, -90, -90 + turn * f.between(200, 420))
    if kind not in ("slashed", "joined"):
        return [ring]
    angle = np.radians(f.between(85, 100) if f.often(0.2) else f.between(20, 80))
    if f.often(0.08):
        angle = np.pi - angle
    along = np.array([np.cos(angle), -np.sin(angle)])
    along *= f.between(0.45, 1.6) / np.hypot(along[0] / width, along[1] / 0.5)
    middle = np.array([f.between(-0.08, 0.08), 0.5 + f.between(-0.1, 0.1)])
    if kind == "joined":  # the pen goes on from the ring's end across it
        return [[*ring, *f.corner(*(middle + along)), tuple(middle - along)]]
    ends = [tuple(middle + along), tuple(middle - along)]
    return [ring, ends if f.often(0.6) else ends[::-1]]


def _one(f: Form) -> list[Path]:
    lean, bow = f.between(-0.12, 0.3), f.between(-0.06, 0.06)
    kind = f.choose(plain=0.25, flag=0.4, foot=0.05, flag_foot=0.17, hook=0.08, tail=0.05)
    stem = [*f.corner(lean, 0, 2), (lean / 2 + bow, 0.5), (0.0, 1.0)]
    if "flag" in kind or (kind in ("hook", "tail") and f.often(0.35)):
        long = f.often(0.45)
        reach = f.between(0.3, 0.75) if long else f.between(0.1, 0.35)
        angle = np.radians(f.between(30, 80) if long else f.between(15, 80))
        x, y = lean - reach * np.cos(angle), reach * np.sin(angle)
        sag = f.between(-0.06, 0.12) * reach
        stem = [(x, y), ((x + lean) / 2 + sag, y / 2 + sag), *f.corner(lean, 0), *stem]
    if kind == "hook":
        side, radius = 1 if f.often(0.7) else -1, f.between(0.05, 0.16)
        turn = f.between(60, 170)
        bend = f.arc(side * radius, 1 - radius, radius, radius, 180, 180 - turn)
        return [[*stem[:-1], *(bend if side > 0 else [(-x - 2 * radius, y) for x, y in bend])]]
    if kind == "tail":
        up = f.between(0.12, 0.5)
        return [[*stem, *f.corner(0.01, 1), (lean * up + up * f.between(0.08, 0.4), 1 - up)]]
    if "foot" not in kind:
        return [stem]
    tilt = f.between(-0.06, 0.06)
    left, right = f.between(-0.4, -0.1), f.between(0.08, 0.42)
    return [stem, [(left, 1 + tilt), (right, 1 - tilt)]]


def _two(f: Form) -> list[Path]:
    width, height = f.between(0.24, 0.42), f.between(0.2, 0.34)
    kind = f.choose(plain=0.42, looped=0.26, angular=0.14, round=0.1, curled=0.08)
    left, right = f.between(-1.15, -0.8) * width, f.between(0.75, 1.5) * width
    base = [(right / 3, 1 + f.between(-0.06, 0.05)), (right, 1 + f.between(-0.1, 0.06))]
    start = f.between(90, 160) if kind == "curled" else f.between(165, 240)
    top = f.arc(0, height, width, height, start, 360 + f.between(5, 40))
    if kind == "angular":
        level = f.between(-0.08, 0.12)
        top = [(-width, level), *f.corner(width, 0)]
        return [[*top, *f.corner(left, 1), *base[1:]]]
    if kind == "looped":
        across, up = f.between(0.05, 0.2), f.between(0.03, 0.12)
        loop = f.arc(left + across, 1 - up, across, up, 80, 80 + f.between(200, 280))
        return [[*top, *loop, *base]]
    if kind == "round":
        return [[*top, (left, 0.85), (left, 1.0), *base]]
    return [[*top, *f.corner(left, 1), *base]]


def _three(f: Form) -> list[Path]:
    upper, lower = f.between(0.2, 0.38), f.between(0.26, 0.44)
    middle, inner = f.between(0.38, 0.55), f.between(-0.15, 0.12)
    kind = f.choose(round=0.48, flat=0.22, looped=0.2, smooth=0.1)
    end = 360 + f.between(110, 190)
    if kind == "flat":
        tilt = f.between(-0.06, 0.06)
        first = [(-upper, tilt), *f.corner(upper, -tilt), *f.corner(inner, middle)]
        start = f.between(250, 290)
    else:
        first = f.arc(
            0, middle / 2, upper, middle / 2, f.between(165, 240), 360 + f.between(40, 75)
        )
        first += f.corner(inner, middle)
        start = f.between(285, 310)
    if kind == "smooth":
        first = [*first[: -f.writer.sharp], (inner + 0.08, middle)]
    if kind == "looped":
        x, y = f.between(0.04, 0.12), f.between(0.03, 0.1)
        first = [*first[: -f.writer.sharp], *f.arc(inner - x, middle, x, y, 90, 330)]
    half = (1 - middle) / 2
    return [[*first, *f.arc(0, middle + half, lower, half, start, end)]]


def _four(f: Form) -> list[Path]:
    kind = f.choose(open=0.45, closed=0.25, joined=0.03, chair=0.2)
    bar, stem = f.between(0.5, 0.8), f.between(0.02, 0.3)
    left, right = -f.between(0.25, 0.5), stem + f.between(-0.02, 0.3)
    tilt, lean, foot = f.between(-0.06, 0.06), f.between(-0.1, 0.1), f.between(0.92, 1.15)
    down = [(stem + lean, f.between(-0.05, 0.4) if kind == "open" else 0), (stem, foot)]
    if kind == "joined":  # in one stroke, back up to the apex
        back = [(right, bar - 0.02), (right, bar - 0.2), *f.corner(stem + lean, 0)]
        return [[(stem + lean, 0.0), *f.corner(left, bar), (0.0, bar), *back, (stem, foot)]]
    if kind == "chair":  # the stem is the continuation of a bowl
        bar, height = f.between(0.35, 0.62), f.between(-0.05, 0.25)
        bowl = [(left, 0.0), (left * f.between(0.7, 1.1), bar), *f.corner(0, bar, 1)]
        return [
            [*bowl, *f.corner(stem, bar + tilt, 1), *f.corner(stem + lean, height), (stem, foot)]
        ]
    across = stem + lean if kind == "closed" else left + f.between(0.0, 0.32)
    arm = [(across, 0.0 if kind == "closed" else f.between(-0.05, 0.2))]
    return [[*arm, *f.corner(left, bar + tilt), (right, bar - tilt)], down]


def _five(f: Form) -> list[Path]:
    kind = f.choose(apart=0.42, joined=0.36, curved=0.22)
    width, middle = f.between(0.24, 0.44), f.between(0.32, 0.55)
    left, length = -width * f.between(0.55, 1.0), f.between(0.3, 0.85)
    half, end = (1 - middle) / 2 + 0.03, 360 + f.between(95, 185)
    start = f.between(205, 250)
    belly = f.arc(0, 1 - half, width, half, start, end)
    tilt = f.between(-0.1, 0.06)
    if kind == "curved":  # like an S
        top = [(left + length, tilt), (left + length / 2, -0.02), (left, 0.06), (left, middle)]
        return [[*top, *f.arc(0, 1 - half, width, half, 270, end)]]
    neck = [*f.corner(left, 0), *f.corner(left + f.between(-0.1, 0.03), middle)]
    if kind == "joined":
        return [[(left + length, tilt), *neck, *belly]]
    gap = f.between(-0.08, 0.18)
    drop = f.between(-0.1, 0.08)
    return [[*neck, *belly], [(left + gap, drop), (left + gap + length, drop + tilt)]]


def _six(f: Form) -> list[Path]:
    kind = f.choose(curved=0.45, straight=0.2, tiny=0.12, cup=0.13, curled=0.1)
    width, high = f.between(0.22, 0.42), f.between(0.2, 0.33)
    if kind == "tiny":
        width, high = f.between(0.14, 0.26), f.between(0.1, 0.18)
    top = f.between(-0.05, 0.5)
    sweep = 360 + f.closing(25)
    stem = [(top, 0.0), ((top - 1.7 * width) / 2, 0.18), (-width * 1.05, 0.5)]
    if kind == "straight":
        stem = [(top - 0.1, 0.0), ((top - 0.1 - width) / 2, (1 - high) / 2)]
    if kind == "curled":
        stem = [(top, f.between(0.08, 0.2)), (top - 0.08, 0.0), *stem[1:]]
    if kind == "cup":  # a u whose right end curls in
        stem = [(-width + f.between(-0.05, 0.1), 0.0), (-width, 0.4)]
        sweep = f.between(230, 340)
    loop = f.arc(0, 1 - high, width, high, 180, 180 - sweep)
    if kind == "cup":
        tail = round(len(loop) * f.between(0.3, 0.5))
        shrink = np.linspace(1, f.between(0.3, 0.9), tail)
        bend = [
            (width + (x - width) * a, y) for (x, y), a in zip(loop[-tail:], shrink, strict=True)
        ]
        loop = [*loop[:-tail], *bend]
    return [[*stem, *loop]]


def _seven(f: Form) -> list[Path]:
    width, bottom = f.between(0.2, 0.42), f.between(-0.35, 0.15)
    top = width * 2 * np.tan(np.radians(f.between(-12, 16) if f.often(0.35) else f.between(-8, 12)))
    bow = f.between(-0.12, 0.08)
    kind = f.choose(plain=0.38, barred=0.3, hooked=0.14, barred_hooked=0.08, footed=0.1)
    wave = f.between(-0.06, 0.06)
    path: Path = [(-width, top), (0.0, top / 2 + wave), *f.corner(width, 0)]
    if "hooked" in kind:
        down, aside = f.between(0.06, 0.32), f.between(-0.1, 0.06)
        path = [(-width + aside, top + down), *f.corner(-width, top), *path[1:]]
    path += [((width + bottom) / 2 + bow, 0.5), (bottom, 1.0)]
    strokes = [path]
    if kind == "footed":  # like a z
        foot = (bottom + f.between(0.12, 0.5), 1 + f.between(-0.08, 0.05))
        if f.often(0.6):
            strokes = [[*path[:-1], *f.corner(bottom, 1), foot]]
        else:
            strokes.append([(bottom - f.between(0, 0.2), 1.0), foot])
    if "barred" in kind or (kind == "footed" and f.often(0.3)):
        y, tilt = f.between(0.38, 0.68), f.between(-0.08, 0.06)
        x = width + (bottom - width) * y + bow
        strokes.append([(x - f.between(0.1, 0.32), y + tilt), (x + f.between(0.08, 0.3), y - tilt)])
    return strokes


def _eight(f: Form) -> list[Path]:
    kind = f.choose(one_stroke=0.45, open=0.15, circles=0.17, tiny=0.12, angular=0.11)
    upper, lower = f.between(0.17, 0.34), f.between(0.22, 0.42)
    waist = f.between(0.36, 0.54)
    if kind == "tiny":
        upper, waist = f.between(0.06, 0.14), f.between(0.18, 0.32)
    half = (1 - waist) / 2
    if kind == "circles":
        apart, aside = f.between(-0.06, 0.05), f.between(-0.1, 0.1)
        first, second = f.between(-120, -40), f.between(-130, -30)
        sweep = 360 + f.closing(25)
        return [
            f.arc(0, waist / 2 - apart, upper, waist / 2, first, first - sweep),
            f.arc(aside, waist + half, lower, half, second, second - 360 - f.closing(25)),
        ]
    start = f.between(-75, -5)
    gap = f.between(25, 80) if kind == "open" else f.between(-25, 12)
    out = f.between(-0.02, 0.16) if kind == "open" else f.between(-0.04, 0.04)
    if kind == "angular":
        x, y = f.between(-0.1, 0.1), f.between(0, 0.1)
        path = [(upper + x, y), *f.corner(-upper, 0.02), *f.corner(lower, 1)]
        path += [*f.corner(-lower, 1 - y), (upper - x, 0.0)]
        return [path if f.often(0.7) else [*path[1:], path[0]]]
    path = f.arc(0, waist / 2, upper, waist / 2, start, -215)
    path += f.arc(0, waist + half, lower, half, -35, 215)
    close = f.arc(out, waist / 2, upper, waist / 2, 35, min(30, start + gap))
    path += close
    if f.often(0.2):  # the other way round
        path = [(-x, y) for x, y in path]
    return [path]


def _nine(f: Form) -> list[Path]:
    kind = f.choose(straight=0.3, tailed=0.2, open=0.15, curved=0.1, g=0.1, apart=0.15)
    width, high = f.between(0.18, 0.38), f.between(0.15, 0.32)
    start = f.between(-50, 0)
    sweep = 360 + f.closing(20) if kind != "open" else f.between(200, 310)
    foot = width + f.between(-0.5, 0.1)
    if kind == "curved":  # like an S: the bowl is left where it meets the stem
        bowl = f.arc(0, high, width, high, start, -f.between(230, 290))
        return [[*bowl, (width, 1.9 * high), (width, 0.7), (foot, 1.0)]]
    bowl = f.arc(0, high, width, high, start, start - sweep)
    head = f.corner(width, f.between(0, 0.8) * high) if kind == "open" else []
    if kind == "apart":
        x = width + f.between(-0.08, 0.08)
        return [bowl, [(x, f.between(-0.1, 0.3)), (foot, 1.0)]]
    if kind == "tailed":
        low = f.between(0.08, 0.25)
        hook = f.arc(width - low * 1.5, 1 - low, low * 1.5, low, 0, f.between(60, 150))
        return [[*bowl, *head, (width, high * 1.5), *hook]]
    if kind == "g":
        low, wide = f.between(0.14, 0.26), f.between(0.2, 0.38)
        hook = f.arc(width - wide, 1 - low, wide, low, 0, f.between(150, 260))
        return [[*bowl, (width, high * 1.5), *hook]]
    return [[*bowl, *head, ((width + foot) / 2 + f.between(0, 0.12), 0.6), (foot, 1.0)]]


def _letter(f: Form) -> list[Path]:
    """A letter of straight strokes, of the kind that is taken for a four, a seven or a one."""
    kind = f.choose(A=0.22, H=0.22, K=0.08, N=0.1, X=0.1, Y=0.1, E=0.06, F=0.06, R=0.06)
    left, right = -f.between(0.2, 0.42), f.between(0.2, 0.42)
    middle, tilt = f.between(0.35, 0.65), f.between(-0.06, 0.06)
    post: Path = [(left + f.between(-0.06, 0.06), f.between(-0.06, 0.06)), (left, 1.0)]
    other: Path = [(right + f.between(-0.06, 0.06), f.between(-0.06, 0.06)), (right, 1.0)]
    if kind == "A":
        share = f.between(0.5, 0.75)
        bar: Path = [(left * share - 0.03, share + tilt), (right * share + 0.03, share - tilt)]
        if f.often(0.5):
            return [[(left, 1.0), *f.corner(0, 0), (right, 1.0)], bar]
        return [[(0.02, 0.0), (left, 1.0)], [(0.0, 0.0), (right, 1.0)], bar]
    if kind == "H":
        return [post, other, [(left, middle + tilt), (right, middle - tilt)]]
    if kind == "K":
        return [post, [(right, 0.0), *f.corner(left + 0.05, middle), (right, 1.0)]]
    if kind == "N":
        return [[post[1], *f.corner(*post[0]), *f.corner(*other[1]), other[0]]]
    if kind == "X":
        return [[(left, 0.0), (right, 1.0)], [(right, 0.0), (left, 1.0)]]
    if kind == "Y":
        return [[(left, 0.0), (0.0, middle)], [(right, 0.0), (0.0, middle), (tilt, 1.0)]]
    if kind == "R":
        bowl = f.arc(left, middle / 2, right - left, middle / 2, -90, 90)
        return [post, [*bowl, (right, 1.0)]]
    rungs = [[(left, y), (right, y + tilt)] for y in (0.0, middle)]
    return [post, *rungs, *([[(left, 1.0), (right, 1.0 + tilt)]] if kind == "E" else [])]


_FORMS: tuple[Callable[[Form], list[Path]], ...] = (
    _zero, _one, _two, _three, _four, _five, _six, _seven, _eight, _nine, _letter,
)  # fmt: skip


# --- pictures -------------------------------------------------------------------------------


def draw(writing: Writing, pen: float, side: int = CANVAS) -> NDArray[np.uint8]:
    """The digit on a canvas: `(side, side, 4)` uint8, its ink is what is opaque.

    Args:
        pen: its width by the digit's longer side.
        side: pixels of the canvas; the digit takes 5/8 of it.
    """
    import cv2

    size = side * 5 / 8
    points = np.concatenate(writing.strokes)
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    paths = [
        np.round(((stroke - middle) * size + side / 2) * 16).astype(np.int32)
        for stroke in writing.strokes
    ]
    canvas = np.full((side, side, 4), 255, np.uint8)
    ink = np.zeros((side, side), np.uint8)
    cv2.polylines(ink, paths, False, 255, max(1, round(pen * size)), cv2.LINE_AA, shift=4)
    canvas[..., 3] = ink
    return canvas


@functools.lru_cache(maxsize=1)
def handwriting_bank(
    seed: int, count: int = BANK, letters: float = 0.0
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Digits to train on, of as many writers: about 2 ms each, once in a process.

    Args:
        letters: the share that are letters, labelled `NOT_A_DIGIT`.

    Returns:
        `(count, 28, 28)` uint8 images and `(count,)` uint8 labels, the same for the same seed.
    """
    # The seed of the training must not make the writers of a test that uses the same one.
    images, labels, _ = handwritten(count, np.random.default_rng([seed, BANK_STREAM]), letters)
    return images, labels


def handwritten(
    count: int, rng: np.random.Generator, letters: float = 0.0
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], list[str]]:
    """Digits of as many writers, as the network reads them from a canvas.

    Args:
        letters: the share that are letters instead, labelled `NOT_A_DIGIT`.

    Returns:
        `(count, 28, 28)` uint8, 0 paper to 255 ink; `(count,)` uint8 labels 0 to 10; and each
        one's allograph, such as `1 flag`.
    """
    images = np.zeros((count, SIDE, SIDE), np.uint8)
    labels = rng.integers(0, 10, count).astype(np.uint8)
    if letters:
        labels[rng.random(count) < letters] = NOT_A_DIGIT
    allographs = []
    for row, label in enumerate(labels.tolist()):
        writer = Writer(rng)
        writing = writer.write(label, rng)
        images[row] = normalize_drawing(draw(writing, writer.pen))
        allographs.append(f"{label} {writing.allograph}")
    return images, labels, allographs
