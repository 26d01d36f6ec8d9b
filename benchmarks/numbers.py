"""How well numbers of several digits are read from one canvas.

`python -m benchmarks.numbers FILE.npz [--numbers 500] [--seed 0] [--model pen]` lays out numbers
of 2 to 6 digits, all digits of a number from one site of a file of strokes (format:
`benchmarks.pen_digits.load_glyphs`), on the app's canvas of 400x400 pixels: uneven sizes and
baseline, a slant and a pen in common. Once with gaps, once touching; each is read with its
strokes and from the picture alone. Last, single digits, which must stay one piece. Prints shares
and times of the processor, all cores together, and writes pictures of the errors.

A gap is the horizontal distance between the boxes of two neighbours' ink, 0.1 to 0.6 of the mean
width of the number's digits. Touching digits are pushed together until their ink meets, up to
where the pen's centre lines do.
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from benchmarks.pen_digits import Glyph, draw, draw_strokes, load_glyphs, random_canvas
from mnist_core import Recognizer
from mnist_core.models.recognition import Reading

OUT = Path(__file__).parent / "out"
SIDE = 400  # pixels: the app's canvas
LENGTHS = (2, 3, 4, 5, 6)
Strokes = list[NDArray[np.float64]]
Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Number:
    """A number on a canvas: what it says, its strokes by digit and its pen, both in pixels."""

    text: str
    digits: list[Strokes]
    pen: float
    image: NDArray[np.uint8]

    @property
    def strokes(self) -> Strokes:
        """All strokes in the order of the digits."""
        return [stroke for digit in self.digits for stroke in digit]

    def alone(self, digit: int) -> NDArray[np.uint8]:
        """That digit's picture without the others."""
        return draw_strokes(self.digits[digit], self.pen, (SIDE, SIDE))


def make_number(sites: Sequence[Sequence[Glyph]], length: int, touching: bool, seed: int) -> Number:
    """A number by chance; the sites' shares are those of their digits."""
    rng = np.random.default_rng(seed)
    sizes = np.array([len(site) for site in sites])
    site = sites[rng.choice(len(sites), p=sizes / sizes.sum())]
    chosen = [site[index] for index in rng.choice(len(site), length, replace=False)]
    pen = rng.uniform(0.03, 0.12)  # of a digit's height before sizes vary
    slant = rng.uniform(-0.15, 0.35)
    digits: list[Strokes] = []
    for glyph in chosen:
        points = np.concatenate(glyph.strokes)
        size, foot = rng.uniform(0.8, 1.2), rng.uniform(-0.08, 0.08)
        placed = [(stroke - (0, points[:, 1].max())) * size for stroke in glyph.strokes]
        digits.append([np.stack([s[:, 0] - slant * s[:, 1], s[:, 1] + foot], 1) for s in placed])
    width = np.mean([np.ptp(np.concatenate(digit)[:, 0]) + pen for digit in digits])
    line = digits[:1]
    for digit in digits[1:]:
        if touching:
            shift = _contact(line[-1], digit, pen * rng.uniform(0, 1))
        else:
            gap = rng.uniform(0.1, 0.6) * width + pen
            shift = float(_right(line[-1]) + gap - _left(digit))
        line.append([stroke + np.array((shift, 0)) for stroke in digit])
    points = np.concatenate([stroke for digit in line for stroke in digit])
    extent = np.ptp(points, axis=0) + pen
    scale = float(min(rng.uniform(0.4, 0.8) * SIDE, *(0.95 * SIDE / extent)))
    corner = rng.uniform(0, 1, 2) * (SIDE - extent * scale) + pen * scale / 2
    place = corner - points.min(axis=0) * scale
    line = [[stroke * scale + place for stroke in digit] for digit in line]
    strokes = [stroke for digit in line for stroke in digit]
    image = draw_strokes(strokes, pen * scale, (SIDE, SIDE))
    return Number("".join(glyph.label for glyph in chosen), line, pen * scale, image)


def _left(digit: Strokes) -> float:
    return float(min(stroke[:, 0].min() for stroke in digit))


def _right(digit: Strokes) -> float:
    return float(max(stroke[:, 0].max() for stroke in digit))


def _dense(digit: Strokes) -> NDArray[np.float64]:
    """Points along the strokes, close together."""
    share = np.linspace(0, 1, 5)[:, None]
    between = [a * (1 - share) + b * share for s in digit for a, b in pairwise(s)]
    return np.concatenate([*digit, *between])


def _contact(before: Strokes, digit: Strokes, distance: float) -> float:
    """How far `digit` is shifted right so that the centre lines are that far apart; no nearer
    than half of the narrower one's width inside the other, as they may pass each other."""
    left, right = _dense(before), _dense(digit)
    narrower = min(np.ptp(left[:, 0]), np.ptp(right[:, 0]))
    side_by_side = left[:, 0].max() - right[:, 0].min()
    apart = left[:, None] - right[None]  # (n, m, 2)
    # Each pair of points meets at its own shift; the largest of them comes first from the right.
    reach = np.sqrt(np.maximum(distance**2 - apart[..., 1] ** 2, 0))
    meets = np.where(np.abs(apart[..., 1]) <= max(distance, 0.02), apart[..., 0] + reach, -np.inf)
    return float(max(meets.max(), side_by_side - narrower / 2))


def true_box(number: Number, digit: int) -> Box:
    """Left, top, right, bottom of a digit's ink in pixels."""
    points = np.concatenate(number.digits[digit])
    low = np.floor(points.min(axis=0) - number.pen / 2)
    high = np.ceil(points.max(axis=0) + number.pen / 2)
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def well_cut(number: Number, reading: Reading) -> bool:
    """Whether the pieces are the digits: as many, each over 70% of width common to both boxes."""
    boxes = [box for box, answer in reading.pieces if answer.digit is not None]
    if len(boxes) != len(number.text):
        return False
    for index, box in enumerate(boxes):
        true = true_box(number, index)
        common = min(box[2], true[2]) - max(box[0], true[0])
        if common < 0.7 * (max(box[2], true[2]) - min(box[0], true[0])) - 2:
            return False
    return True


def main() -> None:
    """Lay out, read, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--numbers", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", default="pen")
    options = parser.parse_args()
    glyphs = load_glyphs(options.file)
    by_site = {glyph.site: [g for g in glyphs if g.site == glyph.site] for glyph in glyphs}
    recognizer = Recognizer.load(options.model)
    print(f"{options.numbers} numbers of {options.file.name}, seed {options.seed}, {options.model}")
    for touching in (False, True):
        numbers = [
            make_number(
                list(by_site.values()),
                LENGTHS[i % len(LENGTHS)],
                touching,
                options.seed * 10**6 + i,
            )
            for i in range(options.numbers)
        ]
        name = "touching" if touching else "gaps"
        print(f"\n{'touching digits' if touching else 'gaps of 0.1 to 0.6 of a digit'}")
        _perfect(recognizer, numbers)
        for with_strokes in (True, False):
            _measure(recognizer, numbers, with_strokes, name)
    _singles(recognizer, glyphs, options.numbers, options.seed)


def _perfect(recognizer: Recognizer, numbers: Sequence[Number]) -> None:
    right = []
    for number in numbers:
        answers = [recognizer.recognize(number.alone(i)).digit for i in range(len(number.text))]
        right.append([str(a) == t for a, t in zip(answers, number.text, strict=True)])
    digits = np.concatenate(right).mean()
    print(
        f"  each digit drawn alone: digits {digits:.2%}, numbers {np.mean([*map(all, right)]):.1%}"
    )


def _measure(
    recognizer: Recognizer, numbers: Sequence[Number], with_strokes: bool, name: str
) -> None:
    readings, times = [], []
    for number in numbers:
        strokes: dict[str, Any] = (
            {"strokes": number.strokes, "pen_width": number.pen} if with_strokes else {}
        )
        start = time.process_time()
        readings.append(recognizer.read(number.image, **strokes))
        times.append((time.process_time() - start) * 1000)
    pairs = list(zip(numbers, readings, strict=True))
    right = np.array([reading.text == number.text for number, reading in pairs])
    cut = np.array([well_cut(number, reading) for number, reading in pairs])
    lengths = np.array([len(number.text) for number in numbers])
    kind = "with strokes" if with_strokes else "picture only"
    by_length = "  ".join(f"{n}: {right[lengths == n].mean():.1%}" for n in LENGTHS)
    print(f"  {kind}: right to the last digit {right.mean():.1%}   by length {by_length}")
    print(
        f"    wrongly cut {1 - cut.mean():.1%}; median {np.median(times):.1f} ms, "
        f"of six digits {np.median(np.array(times)[lengths == 6]):.1f} ms, most {max(times):.1f} ms"
    )
    wrong = [pair for pair, good in zip(pairs, right, strict=True) if not good]
    _picture(wrong, OUT / f"numbers-{name}-{kind.replace(' ', '-')}.png")


def _singles(recognizer: Recognizer, glyphs: Sequence[Glyph], count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    one: list[list[bool]] = []
    times = []
    for index in rng.choice(len(glyphs), min(count, len(glyphs)), replace=False):
        glyph = glyphs[index]
        canvas = random_canvas(glyph, rng)
        image = draw(glyph, canvas)
        low = np.concatenate(glyph.strokes).min(axis=0)
        strokes = [(s - low) * canvas.size + (canvas.x, canvas.y) for s in glyph.strokes]
        same = recognizer.recognize(image).digit
        found = []
        known: dict[str, Any] = {"strokes": strokes, "pen_width": canvas.pen}
        for more in (known, {}):
            start = time.process_time()
            pieces = recognizer.read(image, **more).pieces
            times.append((time.process_time() - start) * 1000)
            found.append(len(pieces) == 1 and pieces[0][1].digit == same)
        one.append(found)
    kept = np.mean(one, axis=0)
    print(
        f"\nsingle digits read as without segmentation: with strokes {kept[0]:.2%}, picture only "
        f"{kept[1]:.2%}; median {np.median(times[::2]):.1f} and {np.median(times[1::2]):.1f} ms"
    )


def _picture(wrong: Sequence[tuple[Number, Reading]], path: Path) -> None:
    """The first 60 errors with the boxes that were found."""
    columns, cell = 6, 200
    wrong = wrong[:60]
    rows = -(-max(1, len(wrong)) // columns)
    sheet = Image.new("RGB", (columns * (cell + 6), rows * (cell + 16)), "gray")
    for place, (number, reading) in enumerate(wrong):
        picture = Image.fromarray(number.image[..., 3]).convert("RGB")
        pen = ImageDraw.Draw(picture)
        for box, _ in reading.pieces:
            pen.rectangle((*box[:2], box[2] - 1, box[3] - 1), outline="red", width=2)
        x, y = place % columns * (cell + 6), place // columns * (cell + 16)
        sheet.paste(picture.resize((cell, cell)), (x, y))
        ImageDraw.Draw(sheet).text((x, y + cell), f"{number.text} as {reading.text}", fill="white")
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path)


if __name__ == "__main__":
    main()
