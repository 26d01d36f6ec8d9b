"""How well pictures are read, by what surrounds the digits.

`python -m benchmarks.pictures FILE.npz [--count 100] [--seed 0] [--kinds frame ...] [--model pen]`
makes pictures of each kind of `benchmarks.picture_kinds` from a file of strokes (format:
`benchmarks.pen_digits.load_glyphs`) and reads each file as the Draw page does. A picture is right
when all of its digits are, and nothing else is among them, its lines in their order. Beside it, for
pictures of a single digit, what the network says of the whole picture shrunk to 28x28. Prints a
table, and writes a sheet of the errors of each kind.
"""

import argparse
import io
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from benchmarks.pen_digits import Glyph, load_glyphs
from benchmarks.picture_kinds import KINDS, Artist, Example
from mnist_core import Reading, Recognizer, load_picture
from mnist_core.drawing.normalize import from_mnist, prepare_drawing

OUT = Path(__file__).parent / "out"


@dataclass(frozen=True)
class Outcome:
    """What came of a picture: the answer, and what a plain shrink of it gives."""

    example: Example
    reading: Reading
    shrunk: str
    seconds: float

    @property
    def right(self) -> bool:
        """Whether all digits are right, and there are no others."""
        return self.reading.marked_text == self.example.text.replace("\n", "")


def make(glyphs: Sequence[Glyph], kind: str, count: int, seed: int) -> list[Example]:
    """Pictures of a kind, the same for the same seed."""
    sites: dict[str, list[Glyph]] = {}
    for glyph in glyphs:
        sites.setdefault(glyph.site, []).append(glyph)
    place = list(KINDS).index(kind)
    return [
        KINDS[kind](Artist(list(sites.values()), (seed, place, index))) for index in range(count)
    ]


def read(example: Example, recognizer: Recognizer) -> Outcome:
    """A file as the Draw page reads it, and shrunk as a whole."""
    start = time.perf_counter()
    image = load_picture(io.BytesIO(example.content))
    reading = recognizer.read(recognizer.with_polarity(prepare_drawing(image)))
    seconds = time.perf_counter() - start
    shrunk = recognizer.recognize(from_mnist(prepare_drawing(image).shrunk))
    return Outcome(example, reading, str(shrunk.digit), seconds)


def main() -> None:
    """Make, read, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--count", type=int, default=100, help="pictures of each kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS), metavar="KIND")
    parser.add_argument("--model", default="pen")
    parser.add_argument("--details", action="store_true", help="also by variant of a kind")
    options = parser.parse_args()
    recognizer = Recognizer.load(options.model)
    glyphs = load_glyphs(options.file)
    print(
        f"{options.count} pictures of each kind, {options.file.name}, seed {options.seed}, "
        f"{options.model}\n"
    )
    print(
        f"{'':<22}{'right':>8}{'digits':>9}{'numbers':>9}{'shrunk':>9}{'median ms':>11}"
        f"{'most ms':>9}"
    )
    total: list[Outcome] = []
    for kind in options.kinds:
        outcomes = [
            read(one, recognizer) for one in make(glyphs, kind, options.count, options.seed)
        ]
        _print(kind, outcomes)
        if options.details:
            for detail in sorted({one.example.detail for one in outcomes}):
                part = [one for one in outcomes if one.example.detail == detail]
                _print(f"    {detail}", part)
        wrong = [one for one in outcomes if not one.right]
        _sheet(wrong, OUT / f"pictures-{kind.replace(', ', '-').replace(' ', '-')}.png")
        total += outcomes
    _print("all", total)
    print(f"\nThe errors are pictured in {OUT}/pictures-*.png")


def _print(name: str, outcomes: Sequence[Outcome]) -> None:
    single = [one for one in outcomes if len(one.example.text) == 1]
    several = [one for one in outcomes if len(one.example.text) > 1]
    shares = [_share([one.right for one in group]) for group in (outcomes, single, several)]
    shares.append(_share([one.shrunk == one.example.text for one in single]))
    times = np.array([one.seconds for one in outcomes]) * 1000
    print(
        f"{name:<22}{shares[0]:>8}{shares[1]:>9}{shares[2]:>9}{shares[3]:>9}"
        f"{np.median(times):>11.0f}{times.max():>9.0f}",
        flush=True,
    )


def _share(right: Sequence[bool]) -> str:
    return f"{np.mean(right):.1%}" if right else "–"


def _sheet(wrong: Sequence[Outcome], path: Path) -> None:
    """The first 48 errors, with what was read."""
    columns, cell = 8, 190
    wrong = wrong[:48]
    rows = -(-max(1, len(wrong)) // columns)
    sheet = Image.new("RGB", (columns * (cell + 6), rows * (cell + 16)), "#202840")
    for place, one in enumerate(wrong):
        picture = Image.fromarray(load_picture(io.BytesIO(one.example.content)))
        picture.thumbnail((cell, cell))
        if picture.width < cell // 2 and picture.height < cell // 2:
            scale = cell // max(picture.size)
            picture = picture.resize((picture.width * scale, picture.height * scale), 0)
        x, y = place % columns * (cell + 6), place // columns * (cell + 16)
        sheet.paste(picture.convert("RGB"), (x, y))
        text, answer = (
            words.replace("\n", "/") for words in (one.example.text, one.reading.marked_text)
        )
        answer = answer or one.reading.heading[:20]
        ImageDraw.Draw(sheet).text(
            (x, y + cell), f"{text} as {answer} {one.example.detail}"[:32], fill="white"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path)


if __name__ == "__main__":
    main()
