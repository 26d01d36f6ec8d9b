"""How well photographs of digits on paper are read.

`python -m benchmarks.photographs FILE.npz [--limit 1000] [--seed 0] [--model pen]` writes each
digit of a file of strokes (format: `benchmarks.pen_digits.load_glyphs`) on a sheet of paper, plain,
ruled or squared, and photographs it: slanted, unevenly lit, blurred, noisy, as a JPEG. The file's
bytes go to the same functions as on the Draw page. Beside it, what comes out without cleaning.
Prints accuracy by difficulty and paper, and writes pictures of the errors and of some photographs.
"""

import argparse
import io
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from benchmarks.pen_digits import Glyph, load_glyphs
from mnist_core import Drawing, Recognition, Recognizer, load_picture, prepare_drawing
from mnist_core.drawing.normalize import REASONS, contrast, prepare_ink

OUT = Path(__file__).parent / "out"
CELL = 200  # pixels: a picture on a sheet
Range = tuple[float, float]
Picture = NDArray[np.float32]  # (h, w, 3), 0..1

PAPERS = [(250, 250, 247), (244, 240, 228), (232, 234, 236), (238, 226, 200), (222, 218, 208)]
LINES = [(120, 150, 205), (140, 140, 145), (150, 175, 190), (165, 130, 175), (110, 165, 160)]
INKS = [(25, 40, 130), (30, 30, 35), (20, 20, 20), (180, 30, 40), (20, 110, 60), (85, 85, 90)]
TABLES = [(120, 82, 55), (62, 46, 38), (150, 150, 152), (35, 37, 40), (176, 140, 100)]


@dataclass(frozen=True)
class Difficulty:
    """From where to where each property of a photograph is drawn by chance, evenly.

    Attributes:
        side: longer side of the picture in pixels; 4:3, upright or across.
        size: the digit's longer side as a share of the picture's height.
        pen: width of the pen as a share of the digit's longer side.
        papers: share of plain, ruled and squared paper.
        spacing: distance of the paper's lines as a share of the digit's longer side.
        line: how much of the paper's light a line swallows, 0..1.
        ink: how much of its colour the ink puts on the paper, 0..1; low is a pencil or dry pen.
        tilt: degrees to either side.
        slant: how far each corner moves, as a share of the picture (perspective).
        light: brightness in the darkest corner, where the brightest is 1.
        shadow: brightness in the shadow of a hand or phone, which every other picture has.
        blur: standard deviation in thousandths of the longer side.
        noise: the sensor's, standard deviation in levels of 255.
        quality: of the JPEG.
        specks: number of specks on the paper.
        table: share of pictures with the edge of the paper and the table behind it.
    """

    side: Range
    size: Range
    pen: Range
    papers: tuple[float, float, float]
    spacing: Range
    line: Range
    ink: Range
    tilt: float
    slant: float
    light: Range
    shadow: Range
    blur: Range
    noise: Range
    quality: Range
    specks: Range
    table: float


DIFFICULTIES = {
    "easy": Difficulty(
        side=(600, 1600), size=(0.3, 0.6), pen=(0.05, 0.12), papers=(0.6, 0.2, 0.2),
        spacing=(0.4, 1.2), line=(0.12, 0.3), ink=(0.85, 1), tilt=3, slant=0.01, light=(0.8, 1),
        shadow=(0.85, 1), blur=(0.2, 0.8), noise=(1, 3), quality=(80, 95), specks=(0, 3), table=0.0,
    ),
    "middle": Difficulty(
        side=(400, 1600), size=(0.2, 0.6), pen=(0.035, 0.12), papers=(0.2, 0.4, 0.4),
        spacing=(0.3, 1.2), line=(0.2, 0.45), ink=(0.75, 1), tilt=8, slant=0.03, light=(0.5, 0.8),
        shadow=(0.65, 0.9), blur=(0.4, 1.6), noise=(2, 6), quality=(60, 85), specks=(0, 8),
        table=0.2,
    ),
    "hard": Difficulty(
        side=(300, 1600), size=(0.15, 0.6), pen=(0.03, 0.12), papers=(0.1, 0.4, 0.5),
        spacing=(0.2, 1.2), line=(0.3, 0.6), ink=(0.55, 1), tilt=15, slant=0.06, light=(0.3, 0.6),
        shadow=(0.45, 0.8), blur=(0.8, 2.5), noise=(4, 12), quality=(35, 70), specks=(0, 20),
        table=0.4,
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Photograph:
    """A file's bytes and what is on it."""

    content: bytes
    label: int
    paper: str


def photographs(glyphs: Sequence[Glyph], difficulty: Difficulty, seed: int) -> Iterator[Photograph]:
    """Each glyph photographed, the same for the same seed."""
    for number, glyph in enumerate(glyphs):
        rng = np.random.default_rng((seed, number))
        yield photograph(glyph, difficulty, rng)


def photograph(glyph: Glyph, difficulty: Difficulty, rng: np.random.Generator) -> Photograph:
    """A glyph on paper as a JPEG file, one in four with an orientation flag."""

    def among(bounds: Range) -> float:
        return float(rng.uniform(*bounds))

    def one_of(colours: list[tuple[int, int, int]]) -> Picture:
        return (np.array(colours[rng.integers(len(colours))]) / 255).astype(np.float32)

    long = round(among(difficulty.side))
    width, height = (long, long * 3 // 4) if rng.random() < 0.5 else (long * 3 // 4, long)
    paper = str(rng.choice(["plain", "ruled", "squared"], p=difficulty.papers))
    # The sheet reaches beyond the picture on all sides, so that no slant shows its end.
    edge = long // 4
    sheet_width, sheet_height = width + 2 * edge, height + 2 * edge

    size = height * among(difficulty.size)
    if max(width, height) == width:
        size = min(size, 0.6 * height)
    pen = max(1.0, size * among(difficulty.pen))
    points = np.concatenate(glyph.strokes)
    extent = np.ptp(points, axis=0) * size + pen
    # The digit stays clear of the picture's edge, however slanted.
    clear = 0.13 * np.array([width, height])
    room = np.maximum(np.array([width, height]) - 2 * clear - extent, 0)
    place = (
        np.minimum(clear, (np.array([width, height]) - extent) / 2) + rng.uniform(0, 1, 2) * room
    )

    grain = cloud((sheet_height, sheet_width), max(2, long // 300), rng)
    stains = cloud((sheet_height, sheet_width), long // 8, rng)
    sheet = one_of(PAPERS) * (1 + 0.012 * grain + 0.012 * stains)[..., np.newaxis]
    if paper != "plain":
        spacing = size * among(difficulty.spacing)
        lines = printed_lines(sheet.shape, spacing, paper == "squared", rng)
        swallowed = lines[..., np.newaxis] * (1 - one_of(LINES))
        sheet *= 1 - swallowed * (among(difficulty.line) / swallowed.max())
    dirt = specks(sheet.shape, round(among(difficulty.specks)), size, rng)
    stroke = _stroke(glyph, (sheet_height, sheet_width), place + edge + pen / 2, size, pen)
    # A pen's ink isn't even.
    dense = among(difficulty.ink) * np.clip(1 + 0.08 * grain + 0.05 * stains, 0, 1)
    for mask, colour in ((dirt, one_of(TABLES)), (stroke * dense, one_of(INKS))):
        sheet *= 1 - mask[..., np.newaxis] * (1 - colour)

    if rng.random() < difficulty.table:  # the paper ends inside the picture, on some sides
        table = one_of(TABLES) * (1 + 0.12 * cloud(sheet.shape[:2], long // 60, rng))[..., None]
        for turn in range(4):
            if rng.random() < 0.5:
                end = edge + round(long * rng.uniform(0, 0.08))
                np.rot90(sheet, turn)[:end] = np.rot90(table, turn)[:end]

    picture = camera(sheet, (width, height), edge, difficulty, rng)
    picture = uneven_light(picture, among(difficulty.light), among(difficulty.shadow), rng)
    picture = cv2.GaussianBlur(picture, (0, 0), max(0.3, among(difficulty.blur) * long / 1000))
    noise = rng.standard_normal(picture.shape, np.float32) * np.float32(among(difficulty.noise))
    levels = picture * 255 + noise
    image = Image.fromarray(np.clip(np.round(levels), 0, 255).astype(np.uint8))
    exif = Image.Exif()
    if rng.random() < 0.25:  # stored as the sensor lay, with the flag that says how to turn it
        exif[0x0112] = 6
        image = image.transpose(Image.Transpose.ROTATE_90)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=round(among(difficulty.quality)), exif=exif)
    return Photograph(file.getvalue(), int(glyph.label), paper)


def cloud(shape: tuple[int, int], grain: int, rng: np.random.Generator) -> Picture:
    """Smooth noise with lumps of that many pixels; mean 0, standard deviation about 1."""
    small = rng.normal(0, 1, (shape[0] // grain + 2, shape[1] // grain + 2)).astype(np.float32)
    return cv2.resize(small, shape[::-1], interpolation=cv2.INTER_CUBIC)


def printed_lines(
    shape: tuple[int, ...], spacing: float, squared: bool, rng: np.random.Generator
) -> Picture:
    """Printed lines: `(h, w)`, 0 paper to 1 line; every other ruled sheet has a margin."""
    height, width = shape[:2]
    thick = max(1.0, spacing * rng.uniform(0.025, 0.06))

    def family(length: int) -> Picture:
        distance = (np.arange(length) + rng.uniform(0, spacing)) % spacing
        distance = np.minimum(distance, spacing - distance)
        return np.clip(thick / 2 + 0.5 - distance, 0, 1).astype(np.float32)

    lines = np.repeat(family(height)[:, np.newaxis], width, axis=1)
    if squared:
        lines = np.maximum(lines, family(width))
    elif rng.random() < 0.5:
        x = round(width * rng.uniform(0.2, 0.3))
        lines[:, x : x + max(1, round(thick))] = 1
    return lines


def specks(shape: tuple[int, ...], number: int, size: float, rng: np.random.Generator) -> Picture:
    """Dirt on paper: `(h, w)`, 1 where a speck is."""
    height, width = shape[:2]
    dirt = np.zeros((height, width), np.float32)
    for _ in range(number):
        at = (int(rng.integers(width)), int(rng.integers(height)))
        radius = max(1, round(size * rng.uniform(0.005, 0.02)))
        cv2.circle(dirt, at, radius, rng.uniform(0.4, 1), -1, cv2.LINE_AA)
    return dirt


def _stroke(
    glyph: Glyph, shape: tuple[int, int], place: NDArray[np.float64], size: float, pen: float
) -> Picture:
    """The glyph in ink: `(h, w)`, 0 to 1; OpenCV draws in sixteenths of a pixel."""
    smooth = 2
    big = np.zeros((shape[0] * smooth, shape[1] * smooth), np.uint8)
    low = np.concatenate(glyph.strokes).min(axis=0)
    for stroke in glyph.strokes:
        points = np.round(((stroke - low) * size + place) * smooth * 16).astype(np.int32)
        thick = max(1, round(pen * smooth))
        cv2.polylines(big, [points.reshape(-1, 1, 2)], False, 255, thick, cv2.LINE_AA, 4)
        if len(points) == 1:
            cv2.circle(big, points[0].tolist(), thick * 8, 255, -1, cv2.LINE_AA, 4)
    small = cv2.resize(big, shape[::-1], interpolation=cv2.INTER_AREA)
    return small.astype(np.float32) / 255


def camera(
    sheet: Picture,
    size: tuple[int, int],
    edge: int,
    difficulty: Difficulty,
    rng: np.random.Generator,
) -> Picture:
    """The middle of the sheet, seen from a hand-held camera."""
    width, height = size
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    turn = np.deg2rad(rng.uniform(-difficulty.tilt, difficulty.tilt))
    spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    middle = np.array([width, height]) / 2
    seen = (corners - middle) @ spin.T + middle
    seen += rng.uniform(-difficulty.slant, difficulty.slant, (4, 2)) * (width, height)
    matrix = cv2.getPerspectiveTransform(corners + edge, seen.astype(np.float32))
    return cv2.warpPerspective(
        sheet, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )


def uneven_light(
    picture: Picture, darkest: float, shade: float, rng: np.random.Generator
) -> Picture:
    """Light that falls from one side, its colour, and in every other picture a soft shadow."""
    height, width = picture.shape[:2]
    y = np.linspace(0, 1, height, dtype=np.float32)[:, np.newaxis]
    x = np.linspace(0, 1, width, dtype=np.float32)
    angle = float(rng.uniform(0, 2 * np.pi))
    slope = np.cos(angle) * x + np.sin(angle) * y
    slope = (slope - slope.min()) / np.ptp(slope)
    light = darkest + (1 - darkest) * slope ** float(rng.uniform(0.7, 1.5))
    if rng.random() < 0.5:
        shadow = np.ones((height, width), np.float32)
        corners = rng.uniform(-0.2, 1.2, (3, 2)) * (width, height)
        cv2.fillPoly(shadow, [corners.astype(np.int32).reshape(-1, 1, 2)], shade)
        light *= cv2.GaussianBlur(shadow, (0, 0), rng.uniform(0.015, 0.06) * max(width, height))
    tint = np.array([1, rng.uniform(0.93, 1), rng.uniform(0.85, 1)], np.float32)
    exposure = float(rng.uniform(0.8, 1.0))
    return picture * light[..., np.newaxis] * (tint * exposure)


@dataclass(frozen=True)
class Read:
    """What came of a photograph; `plain` is the answer without cleaning."""

    photograph: Photograph
    image: NDArray[np.uint8]
    drawing: Drawing
    seen: Recognition
    plain: Recognition
    seconds: float

    @property
    def right(self) -> bool:
        """Whether the answer is the digit that was written."""
        return self.seen.digit == self.photograph.label


def read(photograph: Photograph, recognizer: Recognizer) -> Read:
    """A file as the Draw page reads it, and without cleaning."""
    start = time.perf_counter()
    image = load_picture(io.BytesIO(photograph.content))
    drawing = prepare_drawing(image)
    seen = recognizer.recognize(drawing)
    seconds = time.perf_counter() - start
    plain = recognizer.recognize(prepare_ink(contrast(image)))
    # The sheets show pictures small; kept as they are, a thousand would fill the memory.
    small = Image.fromarray(image)
    small.thumbnail((CELL, CELL))
    return Read(photograph, np.asarray(small), drawing, seen, plain, seconds)


def picture_sheet(reads: Sequence[Read], path: Path) -> Path:
    """Photographs beside their ink and what the network saw."""
    columns = 3
    rows = -(-max(1, len(reads)) // columns)
    sheet = Image.new("RGB", (columns * 3 * CELL, rows * (CELL + 14)), "#202840")
    pen = ImageDraw.Draw(sheet)
    for place, one in enumerate(reads):
        x, y = place % columns * 3 * CELL, place // columns * (CELL + 14)
        ink = Image.fromarray(np.round(one.drawing.ink * 255).astype(np.uint8))
        ink.thumbnail((CELL - 4, CELL))
        seen = Image.fromarray(one.drawing.normalized).resize((CELL - 32, CELL - 32), 0)
        for step, picture in enumerate((Image.fromarray(one.image), ink, seen)):
            sheet.paste(picture, (x + step * CELL, y))
        answer = one.seen.reason or f"{one.seen.digit} ({one.seen.confidence:.0%})"
        pen.text((x, y + CELL), f"{one.photograph.label} read as {answer}", fill="white")
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path)
    return path


def main() -> None:
    """Photograph, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--limit", type=int, default=1000, help="that many digits, by chance")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", default="pen")
    options = parser.parse_args()
    recognizer = Recognizer.load(options.model)
    glyphs = load_glyphs(options.file)
    chosen = np.random.default_rng(options.seed).permutation(len(glyphs))[: options.limit]
    glyphs = [glyphs[index] for index in chosen]

    print(f"{len(glyphs)} digits of {options.file.name}, seed {options.seed}, {options.model}\n")
    head = ["", "right", "without cleaning", "plain", "ruled", "squared", *REASONS, "ms"]
    print("".join(f"{word:>{max(9, len(word) + 2)}}" for word in head))
    paths = []
    for name, difficulty in DIFFICULTIES.items():
        total: list[tuple[str, bool, bool, str | None, float]] = []
        errors: list[Read] = []
        examples: list[Read] = []
        for photograph in photographs(glyphs, difficulty, options.seed):
            one = read(photograph, recognizer)
            plain = one.plain.digit == photograph.label
            total.append((photograph.paper, one.right, plain, one.seen.reason, one.seconds))
            if len(examples) < 24:
                examples.append(one)
            if not one.right and len(errors) < 60:
                errors.append(one)
        papers, right, plain_right, reasons, seconds = (
            np.array(column) for column in zip(*total, strict=True)
        )
        shares = [right.mean(), plain_right.mean()]
        shares += [right[papers == paper].mean() for paper in ("plain", "ruled", "squared")]
        shares += [(reasons == reason).mean() for reason in REASONS]
        cells = [name, *(f"{share:.2%}" for share in shares), f"{np.median(seconds) * 1000:.0f}"]
        pairs = zip(head, cells, strict=True)
        print("".join(f"{cell:>{max(9, len(word) + 2)}}" for word, cell in pairs), flush=True)
        paths += [
            picture_sheet(errors, OUT / f"photographs-{name}-errors.png"),
            picture_sheet(examples, OUT / f"photographs-{name}.png"),
        ]
    print("\nPictured in", ", ".join(str(path) for path in paths))


if __name__ == "__main__":
    main()
