"""How well each network reads real people's pen digits, drawn as on the canvas.

`python -m benchmarks.real_hands DIGITS.npz [--nondigits LETTERS.npz] [--models pen ...] [--seed 0]
[--limit N]` draws every digit of a file of strokes (format: `benchmarks.pen_digits.load_glyphs`)
on a canvas of its own, 200 to 500 pixels wide, in any size, with any pen, anywhere, and gives the
picture to the same function as the Draw page. Beside it, the same canvas just shrunk to 28x28.
Prints accuracy and calibration error (15 bins) overall, accuracy by digit, site, size, pen and
place, and writes a picture of the default network's errors.

With a file of letters and signs, it prints how many of those each network refuses: at its own
threshold, and at the threshold that keeps 97% of the digits; and the area under the ROC curve.
A network that can't say "not a digit" is judged by its largest probability.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from sklearn.metrics import roc_auc_score

from benchmarks.pen_digits import Canvas, Glyph, drawings
from mnist_core import Recognizer, list_models, prepare_drawing, settings
from mnist_core.drawing.segmentation import REFUSED
from mnist_core.metrics.calibration import calibration_error

OUT = Path(__file__).parent / "out"


def main() -> None:
    """Draw, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--nondigits", type=Path, metavar="FILE")
    parser.add_argument("--models", nargs="+", metavar="MODEL")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--limit", type=int, help="only the first N digits")
    options = parser.parse_args()
    names = options.models or [model.name for model in list_models()[0]]

    glyphs, canvases, normalized, shrunk = _prepare(options.file, options.seed, options.limit)
    labels = np.array([int(glyph.label) for glyph in glyphs])
    if options.nondigits:
        _, _, letters, _ = _prepare(options.nondigits, options.seed, options.limit)

    print(f"{len(labels)} digits of {options.file.name}, seed {options.seed}\n")
    print(f"{'network':<24}{'as the page does':>18}{'just shrunk':>14}{'calibration error':>20}")
    right: dict[str, NDArray[np.bool_]] = {}
    for name in names:
        recognizer = Recognizer.load(name)
        probabilities = recognizer.predict(normalized)
        read = probabilities.argmax(axis=1)
        plain = recognizer.predict(shrunk).argmax(axis=1)
        right[name] = read == labels
        print(
            f"{name:<24}{right[name].mean():>18.2%}{(plain == labels).mean():>14.2%}"
            f"{calibration_error(probabilities, labels):>20.2%}"
        )
        if name == (settings.DEFAULT_MODEL if settings.DEFAULT_MODEL in names else names[0]):
            path = _picture(normalized, labels, read, OUT / f"errors-{name}.png")
            detail = name
    if options.nondigits:
        print(f"\n{len(letters)} letters and signs of {options.nondigits.name}")
        print(f"{'network':<24}{'keeps, refuses':>18}{'refuses, keeping 97%':>24}{'AUC':>10}")
        for name in names:
            _print_refusals(Recognizer.load(name), normalized, letters)
    print(f"\n{detail}: {(~right[detail]).sum()} errors, pictured in {path}")
    for title, groups in _groups(glyphs, canvases).items():
        print(f"\nby {title}")
        for group in sorted(set(groups)):
            chosen = np.array([one == group for one in groups])
            print(f"  {group:<22}{right[detail][chosen].mean():>8.2%} of {chosen.sum()}")


def _prepare(
    file: Path, seed: int, limit: int | None
) -> tuple[list[Glyph], list[Canvas], NDArray[np.uint8], NDArray[np.uint8]]:
    """Glyphs, their canvases, and `(n, 28, 28)` as the page prepares them and just shrunk."""
    glyphs, canvases, prepared = [], [], []
    for glyph, canvas, image in drawings(file, seed, limit):
        drawing = prepare_drawing(image)
        glyphs.append(glyph)
        canvases.append(canvas)
        prepared.append((drawing.normalized, drawing.shrunk))
    normalized, shrunk = (np.stack(images) for images in zip(*prepared, strict=True))
    return glyphs, canvases, normalized, shrunk


def _print_refusals(
    recognizer: Recognizer, digits: NDArray[np.uint8], letters: NDArray[np.uint8]
) -> None:
    doubts, against = (
        recognizer.nondigit_probabilities(digits),
        recognizer.nondigit_probabilities(letters),
    )
    own = "never refuses"
    if recognizer.knows_nondigits:
        own = f"{np.mean(doubts < REFUSED):.1%}, {np.mean(against >= REFUSED):.1%}"
    refused = np.mean(against > np.quantile(doubts, 0.97))
    truth = np.repeat([0, 1], [len(doubts), len(against)])
    area = roc_auc_score(truth, np.concatenate([doubts, against]))
    print(f"{recognizer.name:<24}{own:>18}{refused:>24.1%}{area:>10.3f}")


def _groups(glyphs: Sequence[Glyph], canvases: Sequence[Canvas]) -> dict[str, list[str]]:
    def span(value: float, edges: Sequence[float]) -> str:
        low = max(edge for edge in edges[:-1] if edge <= value or edge == edges[0])
        return f"{low:.0%} to {edges[list(edges).index(low) + 1]:.0%}"

    third = [0, 1 / 3, 2 / 3, 1]
    sizes = [canvas.size / canvas.side for canvas in canvases]
    pens = [canvas.pen / canvas.size for canvas in canvases]
    places = []
    for canvas in canvases:
        x, y = (
            (canvas.x + canvas.size / 2) / canvas.side,
            (canvas.y + canvas.size / 2) / canvas.side,
        )
        row = ("upper", "middle", "lower")[sum(y > edge for edge in third[1:3])]
        column = ("left", "center", "right")[sum(x > edge for edge in third[1:3])]
        places.append(f"{row} {column}")
    return {
        "digit": [glyph.label for glyph in glyphs],
        "site": [glyph.site for glyph in glyphs],
        "size on the canvas": [span(size, [0.35, 0.5, 0.7, 0.85]) for size in sizes],
        "pen by the digit": [span(pen, [0.03, 0.06, 0.11, 0.16]) for pen in pens],
        "place of the middle": places,
    }


def _picture(
    images: NDArray[np.uint8], labels: NDArray[np.int_], read: NDArray[np.intp], path: Path
) -> Path:
    wrong = sorted(np.flatnonzero(read != labels), key=lambda index: (labels[index], read[index]))
    columns, cell = 14, 66
    rows = -(-max(1, len(wrong)) // columns)
    sheet = Image.new("L", (columns * cell, rows * (cell + 14)))
    pen = ImageDraw.Draw(sheet)
    for place, index in enumerate(wrong):
        x, y = place % columns * cell, place // columns * (cell + 14)
        sheet.paste(
            Image.fromarray(images[index]).resize((60, 60), Image.Resampling.NEAREST), (x, y)
        )
        pen.text((x, y + 61), f"{labels[index]} as {read[index]}", fill=255)
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path)
    return path


if __name__ == "__main__":
    main()
