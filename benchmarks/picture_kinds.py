"""Pictures that people give to an app of this kind, made from strokes of real pens.

Each kind is a function of an `Artist`, which holds the chance and the handwriting, and gives an
`Example`: a file's bytes and what is written on it. The ranges are far wider than any one app's
pictures: colours, either polarity, borders, window parts, resizing, JPEG, formats, sizes.
"""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from benchmarks.pen_digits import Glyph
from benchmarks.photographs import (
    DIFFICULTIES,
    INKS,
    PAPERS,
    TABLES,
    camera,
    cloud,
    printed_lines,
    specks,
    uneven_light,
)

Colour = NDArray[np.float64]  # red, green, blue, 0..255
Picture = NDArray[np.float32]  # (h, w, 3), 0..255
Strokes = list[NDArray[np.float64]]
Area = tuple[int, int, int, int]  # left, top, right, bottom (exclusive), pixels

WORDS = (
    "Draw a digit",
    "Clear",
    "Predict",
    "Save",
    "Result",
    "MNIST",
    "File  Edit  View",
    "Untitled",
    "Prediction: 7",
    "Canvas",
    "Recognize",
    "Upload image",
    "Confidence 98%",
    "Handwritten digits",
    "Name",
    "Date: 12.03.2021",
    "Page 4",
    "Invoice No. 20384",
    "Office Supplies Ltd",
    "Epoch 10",
)


@dataclass(frozen=True)
class Example:
    """A picture file.

    Attributes:
        content: the file's bytes.
        text: the digits on it, its lines joined by newlines.
        detail: which variant of its kind it is.
    """

    content: bytes
    text: str
    detail: str


@dataclass(frozen=True)
class Writing:
    """Digits before they are put anywhere: in heights of a digit, x right and y down.

    Attributes:
        strokes: of all digits, upper left at (0, 0).
        pen: the width of the pen.
        text: the digits, its lines joined by newlines.
    """

    strokes: Strokes
    pen: float
    text: str

    @property
    def size(self) -> NDArray[np.float64]:
        """Width and height of the ink."""
        return np.concatenate(self.strokes).max(axis=0) + self.pen / 2


class Artist:
    """Chance and handwriting: what every kind of picture is made with."""

    def __init__(self, sites: Sequence[Sequence[Glyph]], seed: Sequence[int]) -> None:
        self.rng = np.random.default_rng(seed)
        self.sites = sites

    def among(self, low: float, high: float) -> float:
        """A number between the two, evenly."""
        return float(self.rng.uniform(low, high))

    def whole(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return int(self.rng.integers(low, high + 1))

    def chance(self, share: float) -> bool:
        """True in that share of cases."""
        return bool(self.rng.random() < share)

    def one_of(self, things: Sequence[Any]) -> Any:
        """One of them."""
        return things[int(self.rng.integers(len(things)))]

    # --- writing --------------------------------------------------------------------------

    def digit(self, pen: tuple[float, float] = (0.03, 0.16)) -> Writing:
        """A single digit."""
        return self.number([1], pen)

    def some(self, pen: tuple[float, float] = (0.03, 0.14)) -> Writing:
        """A single digit in three of four cases, else a number of 2 to 5 digits."""
        return self.number([1 if self.chance(0.75) else self.whole(2, 5)], pen)

    def number(self, lengths: Sequence[int], pen: tuple[float, float] = (0.03, 0.12)) -> Writing:
        """Lines of digits by one site, each line of that many."""
        sizes = np.array([len(site) for site in self.sites])
        site = self.sites[self.rng.choice(len(self.sites), p=sizes / sizes.sum())]
        width = self.among(*pen)
        slant = self.among(-0.1, 0.25) if sum(lengths) > 1 else 0.0
        strokes: Strokes = []
        lines: list[str] = []
        top = 0.0
        for length in lengths:
            glyphs = [site[int(index)] for index in self.rng.choice(len(site), length, False)]
            placed = self._line(glyphs, width, slant)
            points = np.concatenate(placed)
            left = self.among(0, 0.8) if len(lengths) > 1 else 0.0
            shift = np.array([left - points[:, 0].min(), top - points[:, 1].min()])
            strokes += [stroke + shift for stroke in placed]
            lines.append("".join(glyph.label for glyph in glyphs))
            top += float(np.ptp(points[:, 1])) + width + self.among(0.15, 0.9)
        low = np.concatenate(strokes).min(axis=0) - width / 2
        return Writing([stroke - low for stroke in strokes], width, "\n".join(lines))

    def _line(self, glyphs: Sequence[Glyph], pen: float, slant: float) -> Strokes:
        line: Strokes = []
        heights = []
        widths = []
        for glyph in glyphs:
            points = np.concatenate(glyph.strokes)
            heights.append(np.ptp(points[:, 1]))
            widths.append(np.ptp(points[:, 0]))
        gap = self.among(0.12, 0.6) * (float(np.mean(widths)) + pen)
        end = 0.0
        for glyph in glyphs:
            scale = self.among(0.85, 1.15)
            foot = self.among(-0.06, 0.06)
            points = np.concatenate(glyph.strokes)
            digit = [(stroke - (0, points[:, 1].max())) * scale for stroke in glyph.strokes]
            digit = [np.stack([s[:, 0] - slant * s[:, 1], s[:, 1] + foot], axis=1) for s in digit]
            low = min(float(stroke[:, 0].min()) for stroke in digit)
            digit = [stroke + np.array([end - low, 0.0]) for stroke in digit]
            end = max(float(stroke[:, 0].max()) for stroke in digit) + pen
            end += gap * self.among(0.7, 1.3)
            line += digit
        return line

    # --- colours --------------------------------------------------------------------------

    def colour(self) -> Colour:
        """Any colour."""
        return self.rng.uniform(0, 255, 3)

    def grey(self, low: float, high: float) -> Colour:
        """A grey between two levels, every other one with a slight tint."""
        tint = self.rng.normal(0, 4, 3) if self.chance(0.5) else np.zeros(3)
        return np.clip(self.among(low, high) + tint, 0, 255)

    def paper_and_ink(self, dark: bool | None = None) -> tuple[Colour, Colour]:
        """Two colours that can be told apart; `dark` ink, light ink, or either."""
        if dark is None:
            dark = self.chance(0.5)
        style = self.rng.random()
        while True:
            if style < 0.4:
                paper, ink = np.full(3, 255.0), np.zeros(3)
            elif style < 0.6:
                paper, ink = self.grey(200, 255), self.grey(0, 80)
            elif style < 0.8:
                paper = np.full(3, 255.0)
                ink = self.colour() if dark else np.zeros(3)
                paper = paper if dark else self.colour()
            else:
                paper, ink = self.colour(), self.colour()
            if luminance(paper) - luminance(ink) > 80:
                return (paper, ink) if dark else (ink, paper)
            if style >= 0.6 and self.chance(0.1):
                style = 0.5

    # --- putting ink on pictures ----------------------------------------------------------

    def blank(self, size: tuple[int, int], colour: Colour) -> Picture:
        """`(height, width)` of one colour."""
        return np.broadcast_to(colour.astype(np.float32), (*size, 3)).copy()

    def place(
        self,
        writing: Writing,
        area: Area,
        share: tuple[float, float] = (0.4, 0.85),
        middle: bool | None = None,
    ) -> Writing:
        """Writing scaled to a share of an area and put in it, anywhere or in its middle."""
        left, top, right, bottom = area
        room = np.array([right - left, bottom - top])
        scale = float((room / writing.size).min() * self.among(*share))
        free = room - writing.size * scale
        middle = self.chance(0.4) if middle is None else middle
        spot = free / 2 if middle else free * self.rng.uniform(0, 1, 2)
        spot = spot + np.array([left, top])
        return Writing(
            [s * scale + spot for s in writing.strokes], writing.pen * scale, writing.text
        )

    def ink(self, picture: Picture, placed: Writing, colour: Colour, hard: bool = False) -> None:
        """Draw the strokes; `hard` without anti-aliasing, as simple drawing programs do."""
        mask = stroke_mask(placed.strokes, placed.pen, picture.shape[:2])
        blend(picture, (mask > 0.5).astype(np.float32) if hard else mask, colour)

    def text(
        self, picture: Picture, words: str, at: tuple[int, int], size: int, colour: Colour
    ) -> Area:
        """Print words in the upper left corner `at` and give the area that they take."""
        font = ImageFont.load_default(max(6, size))
        mask = Image.new("L", picture.shape[1::-1])
        pen = ImageDraw.Draw(mask)
        pen.text(at, words, fill=255, font=font)
        blend(picture, np.asarray(mask, np.float32) / np.float32(255), colour)
        left, top, right, bottom = pen.textbbox(at, words, font=font)
        return int(left), int(top), int(right), int(bottom)

    def words(self, picture: Picture, area: Area, colour: Colour) -> None:
        """A line of print within an area, as large as fits."""
        left, top, right, bottom = area
        size = int(min(bottom - top, 0.1 * picture.shape[0] + 8) * self.among(0.5, 0.9))
        if size >= 7 and right - left > 3 * size:
            clipped = picture[max(0, top) : bottom, max(0, left) : right]
            self.text(
                clipped,
                self.one_of(WORDS),
                (
                    self.whole(0, max(0, (right - left) // 6)),
                    self.whole(0, max(0, bottom - top - size)),
                ),
                size,
                colour,
            )

    # --- files ----------------------------------------------------------------------------

    def save(self, picture: Picture, text: str, detail: str, resize: bool = True) -> Example:
        """Resized in three of ten cases, stored as PNG, JPEG or WebP."""
        image = Image.fromarray(np.clip(np.round(picture), 0, 255).astype(np.uint8))
        if resize and self.chance(0.3):
            scale = self.among(0.6, 1.6)
            size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
            way = self.one_of(
                [
                    Image.Resampling.BILINEAR,
                    Image.Resampling.BICUBIC,
                    Image.Resampling.LANCZOS,
                    Image.Resampling.NEAREST,
                ]
            )
            image = image.resize(size, way)
        file = io.BytesIO()
        way = self.rng.random()
        if way < 0.35:
            image.save(file, "JPEG", quality=self.whole(40, 95))
        elif way < 0.42:
            image.save(file, "WEBP", quality=self.whole(50, 95))
        else:
            image.save(file, "PNG")
        return Example(file.getvalue(), text, detail)


def luminance(colour: Colour) -> float:
    """How bright a colour is, 0..255 (ITU-R BT.601)."""
    return float(colour @ (0.299, 0.587, 0.114))


def stroke_mask(strokes: Strokes, pen: float, size: tuple[int, ...]) -> Picture:
    """Ink of strokes in pixels: `(h, w)` float32, 0 to 1; OpenCV draws in 16ths of a pixel."""
    fine = 4 if max(size) < 100 else 2
    large = np.zeros((size[0] * fine, size[1] * fine), np.uint8)
    thick = max(1, round(pen * fine))
    for stroke in strokes:
        points = np.round(stroke * fine * 16).astype(np.int32).reshape(-1, 1, 2)
        cv2.polylines(large, [points], False, 255, thick, cv2.LINE_AA, 4)
        if len(points) == 1:
            cv2.circle(large, points[0, 0].tolist(), thick * 8, 255, -1, cv2.LINE_AA, 4)
    return cv2.resize(large, size[1::-1], interpolation=cv2.INTER_AREA).astype(np.float32) / 255


def blend(picture: Picture, mask: NDArray[np.float32], colour: Colour) -> None:
    """Put a colour on a picture where the mask is 1."""
    picture += mask[..., np.newaxis] * (colour.astype(np.float32) - picture)


def rounded(size: tuple[int, int], area: Area, radius: float) -> NDArray[np.float32]:
    """`(h, w)`: 1 within a rectangle with rounded corners."""
    mask = Image.new("L", (size[1], size[0]))
    left, top, right, bottom = area
    ImageDraw.Draw(mask).rounded_rectangle((left, top, right - 1, bottom - 1), radius, fill=255)
    return np.asarray(mask, np.float32) / np.float32(255)


# --- kinds: the picture alone -------------------------------------------------------------


def plain(art: Artist) -> Example:
    """Nothing around the digit."""
    paper, ink = art.paper_and_ink()
    size = art.whole(80, 600)
    picture = art.blank((size, round(size * art.among(0.75, 1.4))), paper)
    placed = art.place(art.some(), (0, 0, *picture.shape[1::-1]), (0.3, 0.85))
    art.ink(picture, placed, ink, art.chance(0.3))
    return art.save(picture, placed.text, "")


def frame(art: Artist) -> Example:
    """Lines of 1 to 8 pixels along the edges, or a box drawn around the digit."""
    paper, ink = art.paper_and_ink()
    height = art.whole(60, 500)
    width = round(height * art.among(0.8, 1.3))
    picture = art.blank((height, width), paper)
    colour = art.one_of([np.zeros(3), art.grey(60, 200), ink, np.full(3, 255.0), art.colour()])
    if abs(luminance(colour) - luminance(paper)) < 30:
        colour = np.zeros(3) if luminance(paper) > 127 else art.grey(90, 255)
    thick = art.whole(1, 8)
    sides = art.one_of([(0, 1, 2, 3), (0, 1, 2, 3), (0, 1), (1, 2), (0, 2), (0,), (1,), (2,), (3,)])
    inset = art.whole(1, max(1, height // 12)) if art.chance(0.4) else 0
    shape = "box" if inset else "edge"
    inner = (inset + thick, inset + thick, width - inset - thick, height - inset - thick)
    whole = (inset, inset, width - inset, height - inset)
    if len(sides) == 4 and art.chance(0.25):
        radius = art.among(0.02, 0.2) * height
        ring = rounded((height, width), whole, radius)
        ring = ring - rounded((height, width), inner, max(0, radius - thick))
        blend(picture, np.clip(ring, 0, 1), colour)
        shape += " rounded"
    elif len(sides) == 4 and art.chance(0.2):
        corners = np.array(
            [
                [inset, inset],
                [width - inset, inset],
                [width - inset, height - inset],
                [inset, height - inset],
                [inset, inset],
            ],
            np.float64,
        )
        corners += art.rng.normal(0, 0.01 * height, corners.shape)
        path = np.concatenate([np.linspace(a, b, 12) for a, b in pairwise(corners)])
        path += np.cumsum(art.rng.normal(0, 0.002 * height, path.shape), axis=0)
        blend(picture, stroke_mask([path], thick, picture.shape), colour)
        gap = int(inset + 0.06 * height)
        inner = (gap, gap, int(width - gap), int(height - gap))
        shape += " by hand"
    else:
        for side in sides:
            left, top, right, bottom = whole
            if side == 0:
                picture[top : top + thick, left:right] = colour
            elif side == 1:
                picture[top:bottom, left : left + thick] = colour
            elif side == 2:
                picture[bottom - thick : bottom, left:right] = colour
            else:
                picture[top:bottom, right - thick : right] = colour
        shape += f" {len(sides)} sides"
    placed = art.place(art.some(), inner, (0.35, 0.98))
    art.ink(picture, placed, ink, art.chance(0.4))
    return art.save(picture, placed.text, shape)


def _window(art: Artist, height: int, width: int, page: Colour) -> tuple[Picture, Area]:
    """A page or window, and the area that is free in it."""
    picture = art.blank((height, width), page)
    top = 0
    if art.chance(0.4):  # a title bar with buttons
        top = art.whole(max(8, height // 30), max(9, height // 10))
        bar = art.one_of([art.grey(0, 60), art.grey(200, 255), art.colour()])
        picture[:top] = bar
        dark = np.zeros(3) if luminance(bar) > 127 else np.full(3, 255.0)
        for place in range(art.whole(0, 3)):
            x = width - (place + 1) * top if art.chance(0.9) else (place + 1) * top
            cv2.circle(
                picture,
                (int(x), top // 2),
                max(1, top // 4),
                art.colour().tolist(),
                -1,
                cv2.LINE_AA,
            )
        art.words(picture, (4, 0, width // 2, top), dark)
    return picture, (0, top, width, height)


def screenshot(art: Artist) -> Example:
    """A canvas on a page: black on white, white on grey, any colours; with parts of a window."""
    height = art.whole(160, 900)
    width = round(height * art.among(0.7, 1.8))
    style = art.one_of(
        ["black on white", "black on white", "white on grey", "white on black", "any"]
    )
    paper, ink = art.paper_and_ink(dark=style in ("white on grey", "white on black"))
    if style == "black on white":
        page = art.grey(235, 255)
        if art.chance(0.6):
            paper, ink = np.zeros(3), np.full(3, 255.0)
    elif style == "white on grey":
        page = art.grey(150, 248)
        if art.chance(0.7):
            paper, ink = np.full(3, 255.0), art.grey(0, 60)
    elif style == "white on black":
        page = art.grey(0, 70)
    else:
        page = art.colour()
    picture, (left, top, right, bottom) = _window(art, height, width, page)
    room = min(right - left, bottom - top)
    high = round(room * art.among(0.45, 0.94))
    wide = min(round(high * art.among(0.9, 1.6)), right - left - 6)
    x = left + 3 + art.whole(0, max(0, right - left - wide - 6))
    y = top + 3 + art.whole(0, max(0, bottom - top - high - 6))
    if art.chance(0.4):
        x = (left + right - wide) // 2
    canvas = (x, y, x + wide, y + high)
    radius = art.among(2, 0.12 * high) if art.chance(0.3) else 0
    if art.chance(0.3):  # a soft shadow below
        shadow = rounded((height, width), (x + 3, y + 5, x + wide + 3, y + high + 5), radius)
        blend(picture, 0.5 * cv2.GaussianBlur(shadow, (0, 0), art.among(2, 10)), np.zeros(3))
    border = art.whole(1, 5) if art.chance(0.5) else 0
    if border:
        around = (x - border, y - border, x + wide + border, y + high + border)
        blend(
            picture,
            rounded((height, width), around, radius + border if radius else 0),
            art.one_of([np.zeros(3), art.grey(80, 220), art.colour()]),
        )
    blend(picture, rounded((height, width), canvas, radius), paper)
    placed = art.place(art.some(), (x + 2, y + 2, x + wide - 2, y + high - 2), (0.3, 0.92))
    art.ink(picture, placed, ink, art.chance(0.3))
    words = np.zeros(3) if luminance(page) > 127 else np.full(3, 255.0)
    if art.chance(0.5):  # words and buttons beside the canvas
        for area in (
            (left, top, right, y - border - 2),
            (left, y + high + border + 4, right, bottom),
            (x + wide + border + 4, y, right, y + high),
        ):
            if area[3] - area[1] > 10 and area[2] - area[0] > 40 and art.chance(0.7):
                art.words(picture, area, words)
    return art.save(picture, placed.text, style)


def speck(art: Artist) -> Example:
    """One to four specks of 1 to 3 pixels, far from the digit."""
    paper, ink = art.paper_and_ink()
    size = art.whole(100, 500)
    picture = art.blank((size, size), paper)
    placed = art.place(art.some(), (0, 0, size, size), (0.3, 0.7))
    art.ink(picture, placed, ink, art.chance(0.4))
    points = np.concatenate(placed.strokes)
    for _ in range(art.whole(1, 4)):
        for _ in range(50):
            spot = art.rng.uniform(2, size - 5, 2)
            if np.hypot(*(points - spot).T).min() > max(12, 0.1 * size):
                x, y = spot.astype(int)
                picture[y : y + art.whole(1, 3), x : x + art.whole(1, 3)] = ink
                break
    return art.save(picture, placed.text, "", resize=False)


def scan(art: Artist) -> Example:
    """A sheet with faint specks or a yellow tint; the digit is a tenth of its height or more."""
    height = art.whole(500, 2000)
    width = round(height * art.one_of([0.7, 0.77, 1.0, 1.3]))
    tint = art.chance(0.5)
    paper = np.array([art.among(235, 255), art.among(228, 250), art.among(185, 235)])
    paper = paper if tint else art.one_of([np.full(3, 255.0), art.grey(240, 255)])
    picture = art.blank((height, width), paper)
    ink = np.array(art.one_of(INKS), np.float64)
    writing = art.some((0.03, 0.12))
    share = (
        art.among(0.08, 0.3)
        * height
        / ((np.array([width, height]) / writing.size).min() * (writing.size[1]))
    )
    placed = art.place(writing, (10, 10, width - 10, height - 10), (min(share, 0.9),) * 2)
    art.ink(picture, placed, ink * art.among(0.7, 1) + 255 * 0.0)
    detail = "tint" if tint else "white"
    if art.chance(0.8):
        dust = specks(picture.shape, art.whole(3, 80), height * 0.1, art.rng)
        blend(picture, dust * art.among(0.05, 0.4), np.zeros(3))
        detail += ", specks"
    if art.chance(0.6):
        noise = art.rng.normal(0, art.among(0.5, 3), picture.shape[:2]).astype(np.float32)
        picture += noise[..., np.newaxis]
        detail += ", noise"
    if art.chance(0.3):  # the scanner's shadow along one edge
        edge = np.linspace(0, 1, width, dtype=np.float32) * width / art.among(4, 30)
        picture *= (1 - art.among(0.1, 0.6) * np.exp(-edge))[np.newaxis, :, np.newaxis]
        detail += ", shadow"
    return art.save(picture, placed.text, detail, resize=False)


def rows(art: Artist) -> Example:
    """Two to four lines of digits, drawn on a computer."""
    paper, ink = art.paper_and_ink()
    height = art.whole(200, 700)
    width = round(height * art.among(0.7, 1.5))
    picture = art.blank((height, width), paper)
    longest = art.whole(1, 6) if art.chance(0.8) else 1
    lengths = [max(1, longest - art.whole(0, 2)) for _ in range(art.whole(2, 4))]
    if sum(lengths) == len(lengths):
        lengths[0] += 1
    placed = art.place(art.number(lengths), (4, 4, width - 4, height - 4), (0.6, 0.97))
    art.ink(picture, placed, ink, art.chance(0.3))
    return art.save(picture, placed.text, f"{len(lengths)} lines")


def edge(art: Artist) -> Example:
    """A digit that touches the picture's edge, is cut by it a little, or fills a tight crop."""
    paper, ink = art.paper_and_ink()
    size = art.whole(50, 500)
    writing = art.some()
    style = art.one_of(["tight", "touches", "cut"])
    scale = size / writing.size[1]
    width = max(4, round(writing.size[0] * scale))
    shift = np.zeros(2)
    if style == "tight":
        room = art.among(-0.02, 0.03) * size
        height = size
        box = np.array([width, height]) + 2 * room
        shift += room
    else:
        box = np.array([width * art.among(1.3, 2.5), size * art.among(1.2, 2)])
        free = box - (width, size)
        out = 0.0 if style == "touches" else art.among(0.01, 0.06) * size
        side = art.whole(0, 3)
        shift = free * art.rng.uniform(0, 1, 2)
        shift[side % 2] = -out if side < 2 else free[side % 2] + out
    height, width = (max(8, round(v)) for v in box[::-1])
    picture = art.blank((height, width), paper)
    placed = Writing(
        [s * scale + shift for s in writing.strokes], writing.pen * scale, writing.text
    )
    art.ink(picture, placed, ink, art.chance(0.3))
    return art.save(picture, placed.text, style)


def pale(art: Artist) -> Example:
    """Ink of 5 to 24 grey levels, without noise."""
    paper = art.one_of([np.full(3, 255.0), art.grey(150, 255), art.grey(0, 120), np.zeros(3)])
    levels = art.among(5, 24)
    ink = paper + (-levels if luminance(paper) > 60 else levels)
    size = art.whole(100, 600)
    picture = art.blank((size, size), np.round(paper))
    placed = art.place(art.some(), (0, 0, size, size), (0.3, 0.85))
    art.ink(picture, placed, np.round(ink), art.chance(0.3))
    image = Image.fromarray(np.clip(np.round(picture), 0, 255).astype(np.uint8))
    file = io.BytesIO()
    if art.chance(0.2):
        image.save(file, "JPEG", quality=art.whole(75, 95))
    else:
        image.save(file, "PNG")
    return Example(file.getvalue(), placed.text, f"{levels // 6 * 6:.0f} levels or more")


def thick(art: Artist) -> Example:
    """A pen so thick and a digit so large that about half of an opaque canvas is ink."""
    paper, ink = art.paper_and_ink()
    writing = art.digit((0.18, 0.3))
    size = art.whole(60, 400)
    box = (
        (size, size)
        if art.chance(0.4)
        else tuple(
            max(8, round(v * size / writing.size.max() * art.among(1, 1.15))) for v in writing.size
        )
    )
    picture = art.blank((box[1], box[0]), paper)
    placed = art.place(writing, (0, 0, *box), (0.9, 1.0), middle=True)
    art.ink(picture, placed, ink, art.chance(0.3))
    mask = stroke_mask(placed.strokes, placed.pen, picture.shape)
    share = float((mask > 0.5).mean())
    return art.save(picture, placed.text, "over half" if share > 0.5 else "under half")


def clutter(art: Artist) -> Example:
    """Badges, axes with their labels, palettes, parts of another window beside the digit."""
    paper, ink = art.paper_and_ink()
    height = art.whole(200, 800)
    width = round(height * art.among(0.8, 1.6))
    style = art.one_of(["badge", "axes", "palette", "window", "words"])
    line = np.zeros(3) if luminance(paper) > 127 else np.full(3, 255.0)
    picture = art.blank((height, width), paper)
    area = (0, 0, width, height)
    if style == "badge":
        radius = art.whole(max(6, height // 40), height // 11)
        x = art.one_of([radius + 4, width - radius - 4])
        y = art.one_of([radius + 4, height - radius - 4])
        fill = art.one_of([np.array([220.0, 40, 40]), art.colour()])
        if np.abs(fill - paper).max() < 60:
            fill = line
        cv2.circle(picture, (x, y), radius, fill.tolist(), -1, cv2.LINE_AA)
        mark = np.full(3, 255.0) if luminance(fill) < 127 else np.zeros(3)
        art.text(
            picture,
            art.one_of("123!x+?"),
            (x - radius // 2, y - round(0.7 * radius)),
            round(1.3 * radius),
            mark,
        )
        band = 2 * radius + 8
        top = band if y < height / 2 else 0
        area = (0, top, width, height - (band - top))
    elif style == "axes":
        picture = art.blank((height, width), np.full(3, 255.0))
        left, bottom = round(0.14 * width), round(0.88 * height)
        area = (left, round(0.08 * height), round(0.96 * width), bottom)
        panel = art.one_of([np.zeros(3), np.full(3, 255.0), np.array([68.0, 1, 84])])
        ink = np.full(3, 255.0) if luminance(panel) < 127 else art.grey(0, 90)
        picture[area[1] : bottom, left : area[2]] = panel
        cv2.rectangle(picture, (left, area[1]), (area[2], bottom), (0, 0, 0), 1)
        size = max(7, height // 30)
        for place in range(6):
            x = left + (area[2] - left) * place // 6
            y = area[1] + (bottom - area[1]) * place // 6
            cv2.line(picture, (x, bottom), (x, bottom + 4), (0, 0, 0), 1)
            cv2.line(picture, (left - 4, y), (left, y), (0, 0, 0), 1)
            art.text(picture, str(5 * place), (x - size // 2, bottom + 5), size, np.zeros(3))
            art.text(
                picture, str(5 * place), (max(0, left - 6 - size), y - size // 2), size, np.zeros(3)
            )
        if art.chance(0.5):
            art.text(
                picture,
                art.one_of(("Label: 5", "True 3, Pred 8", "7", "image 12")),
                (width // 2 - 20, 1),
                max(7, round(0.055 * height)),
                np.zeros(3),
            )
    elif style == "palette":
        side = art.whole(max(6, height // 40), height // 14)
        across = art.chance(0.6)
        number = art.whole(4, 10)
        for place in range(number):
            start = 4 + place * (side + art.whole(1, 4))
            x, y = (start, 4) if across else (4, start)
            if max(x, y) + side < min(width, height):
                picture[y : y + side, x : x + side] = art.colour()
        area = (0, side + 8, width, height) if across else (side + 8, 0, width, height)
    elif style == "window":
        depth = round(art.among(0.05, 0.2) * min(height, width))
        other = art.one_of([art.grey(0, 255), art.colour()])
        side = art.whole(0, 3)
        part = art.blank(picture.shape[:2], other)
        words = np.zeros(3) if luminance(other) > 127 else np.full(3, 255.0)
        for place in range(art.whole(0, 4)):
            top = round((place + 0.2) * depth)
            art.words(part, (4, top, width, top + max(10, depth // 2)), words)
        cut = [
            (0, 0, width, depth),
            (0, 0, depth, height),
            (0, height - depth, width, height),
            (width - depth, 0, width, height),
        ][side]
        picture[cut[1] : cut[3], cut[0] : cut[2]] = part[cut[1] : cut[3], cut[0] : cut[2]]
        area = [
            (0, depth, width, height),
            (depth, 0, width, height),
            (0, 0, width, height - depth),
            (0, 0, width - depth, height),
        ][side]
    else:
        size = art.whole(max(8, height // 30), max(9, height // 12))
        top = art.chance(0.5)
        for place in range(art.whole(1, 2)):
            y = 4 + place * (size + 4) if top else height - 6 - (place + 1) * (size + 4)
            art.text(
                picture,
                art.one_of(WORDS),
                (art.whole(2, width // 4), y),
                size,
                line if art.chance(0.6) else ink,
            )
        band = 2 * (size + 6) + 4
        area = (0, band, width, height) if top else (0, 0, width, height - band)
    inner = (area[0] + 6, area[1] + 6, area[2] - 6, area[3] - 6)
    placed = art.place(art.some((0.04, 0.16)), inner, (0.4, 0.9))
    art.ink(picture, placed, ink, art.chance(0.2))
    return art.save(picture, placed.text, style)


def boxes(art: Artist) -> Example:
    """One digit in each cell of a printed form."""
    paper, ink = art.paper_and_ink(dark=True)
    cells = art.whole(1, 6)
    side = art.whole(50, 160)
    gap = art.one_of([0, 0, art.whole(2, side // 3)])
    margin = art.whole(4, side // 2)
    thickness = art.whole(1, 4)
    width = 2 * margin + cells * side + (cells - 1) * gap
    picture = art.blank((2 * margin + side, width), paper)
    colour = art.one_of([np.zeros(3), art.grey(100, 200), np.array([220.0, 120, 90]), ink])
    if luminance(paper) - luminance(colour) < 30:
        colour = ink
    text = ""
    pen = art.among(0.04, 0.12)
    for cell in range(cells):
        x = margin + cell * (side + gap)
        cv2.rectangle(picture, (x, margin), (x + side, margin + side), colour.tolist(), thickness)
        room = thickness + 2
        inner = (x + room, margin + room, x + side - room, margin + side - room)
        placed = art.place(art.digit((pen, pen)), inner, (0.5, 0.9))
        art.ink(picture, placed, ink)
        text += placed.text
    return art.save(picture, text, f"{cells} cells" if cells > 1 else "1 cell")


def gradient(art: Artist) -> Example:
    """A background that changes its brightness or colour, or has a fine pattern."""
    dark = art.chance(0.5)
    height = art.whole(100, 600)
    width = round(height * art.among(0.8, 1.4))
    low, high = (
        (art.grey(120, 220), art.grey(190, 255)) if dark else (art.grey(0, 60), art.grey(40, 130))
    )
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    style = art.one_of(["straight", "round", "pattern"])
    if style == "straight":
        turn = art.among(0, 2 * np.pi)
        way = np.cos(turn) * x / width + np.sin(turn) * y / height
        way = (way - way.min()) / np.ptp(way)
    elif style == "round":
        way = np.hypot(x / width - art.among(0.2, 0.8), y / height - art.among(0.2, 0.8))
        way = way / way.max()
    else:
        way = np.clip(0.5 + 0.25 * cloud((height, width), art.whole(3, 12), art.rng), 0, 1)
        low = high + (low - high) * 0.3
    picture = (low + way[..., np.newaxis] * (high - low)).astype(np.float32)
    placed = art.place(art.some((0.05, 0.14)), (4, 4, width - 4, height - 4), (0.4, 0.85))
    art.ink(picture, placed, art.grey(0, 60) if dark else art.grey(200, 255))
    return art.save(picture, placed.text, style)


def tiny(art: Artist) -> Example:
    """Pictures of 8 to 40 pixels: as MNIST's own, with and without margin."""
    paper, ink = art.paper_and_ink()
    side = art.one_of([8, 12, 16, 20, 24, 28, 28, 28, 32, 40])
    margin = art.one_of([0, 0.05, 0.14, 0.14, 0.2])
    large = 8 * side
    picture = art.blank((large, large), paper)
    area = (round(margin * large), round(margin * large)) * 2
    inner = (area[0], area[1], large - area[0], large - area[1])
    placed = art.place(art.digit((0.07, 0.16)), inner, (0.85, 1.0), middle=True)
    art.ink(picture, placed, ink)
    image = Image.fromarray(picture.astype(np.uint8))
    way = art.one_of(
        [Image.Resampling.BOX, Image.Resampling.BICUBIC, Image.Resampling.NEAREST]
        if side >= 20
        else [Image.Resampling.BOX, Image.Resampling.BICUBIC]
    )
    image = image.resize((side, side), way)
    file = io.BytesIO()
    if art.chance(0.3):
        image.save(file, "JPEG", quality=art.whole(75, 100))
    else:
        image.convert(art.one_of(["RGB", "L"])).save(file, "PNG")
    return Example(file.getvalue(), placed.text, f"{side} pixels")


def large(art: Artist) -> Example:
    """Pictures of 1,500 to 4,000 pixels, the pen as thin as one pixel."""
    paper, ink = art.paper_and_ink()
    height = art.whole(1500, 3000)
    width = min(4000, round(height * art.among(0.8, 1.4)))
    picture = art.blank((height, width), paper)
    placed = art.place(art.some((0.004, 0.12)), (0, 0, width, height), (0.1, 0.7))
    art.ink(picture, placed, ink, art.chance(0.5))
    return art.save(picture, placed.text, "", resize=False)


def formats(art: Artist) -> Example:
    """Every form in which a file can hold the same drawing."""
    paper, ink = art.paper_and_ink()
    size = art.whole(80, 400)
    placed = art.place(art.some(), (0, 0, size, size), (0.4, 0.85))
    picture = art.blank((size, size), paper)
    art.ink(picture, placed, ink)
    mask = stroke_mask(placed.strokes, placed.pen, (size, size))
    image = Image.fromarray(np.clip(np.round(picture), 0, 255).astype(np.uint8))
    grey = image.convert("L")
    alpha = Image.fromarray(np.round(mask * 255).astype(np.uint8))
    style = art.one_of(
        [
            "ink in alpha",
            "same colour in alpha",
            "opaque alpha",
            "see-through corners",
            "half see-through",
            "grey and alpha",
            "palette",
            "palette and alpha",
            "1 bit",
            "16 bit",
            "12 of 16 bit",
            "CMYK",
            "turned",
            "gif",
            "bmp",
            "webp",
            "ppm",
            "tiff",
        ]
    )
    file = io.BytesIO()
    if style in ("ink in alpha", "same colour in alpha"):
        solid = Image.new("RGB", (size, size), tuple(int(v) for v in ink))
        if style == "ink in alpha" and art.chance(0.5):
            solid.paste((255, 255, 255), (0, 0, size, size), alpha.point(lambda v: 255 * (v == 0)))
        solid.putalpha(alpha)
        solid.save(file, "PNG")
    elif style in ("opaque alpha", "see-through corners", "half see-through"):
        opacity = np.full((size, size), 255, np.uint8)
        if style == "see-through corners":
            opacity = (rounded((size, size), (0, 0, size, size), 0.1 * size) * 255).astype(np.uint8)
            opacity = np.maximum(opacity, np.round(mask * 255).astype(np.uint8))
        elif style == "half see-through":
            opacity = np.maximum(opacity // 255 * art.whole(60, 200), np.round(mask * 255)).astype(
                np.uint8
            )
        image.putalpha(Image.fromarray(opacity))
        image.save(file, "PNG")
    elif style == "grey and alpha":
        Image.merge("LA", (grey, Image.new("L", grey.size, 255))).save(file, "PNG")
    elif style == "palette":
        image.quantize(art.whole(2, 16)).save(file, "PNG")
    elif style == "palette and alpha":
        image.quantize(8).save(file, "PNG", transparency=art.whole(200, 255))
    elif style == "1 bit":
        middle = (luminance(paper) + luminance(ink)) / 2
        grey.point(lambda v: 255 * (v > middle), "1").save(file, "PNG")
    elif style in ("16 bit", "12 of 16 bit"):
        times = 257 if style == "16 bit" else 16
        Image.fromarray(np.asarray(grey).astype(np.uint16) * times).save(file, "PNG")
    elif style == "CMYK":
        image.convert("CMYK").save(file, art.one_of(["JPEG", "TIFF"]))
    elif style == "turned":
        exif = Image.Exif()
        turns = {
            3: Image.Transpose.ROTATE_180,
            6: Image.Transpose.ROTATE_90,
            8: Image.Transpose.ROTATE_270,
        }
        exif[0x0112] = art.one_of(list(turns))
        image.transpose(turns[exif[0x0112]]).save(file, "JPEG", quality=90, exif=exif)
    else:
        image.save(file, style.upper())
    return Example(file.getvalue(), placed.text, style)


def tiles(art: Artist) -> Example:
    """Images of one digit each beside and under each other, as a plot or a page shows them."""
    page = art.one_of([np.full(3, 255.0), np.full(3, 255.0), np.zeros(3), art.grey(30, 250)])
    while True:
        paper, ink = art.paper_and_ink()
        if abs(luminance(paper) - luminance(page)) > 60:
            break
    rows, columns = art.one_of([(1, 2), (1, 3), (1, 4), (1, 5), (2, 2), (2, 3), (3, 3)])
    side = art.whole(28, 140)
    gap = art.whole(max(2, side // 20), side // 2)
    margin = art.whole(0, side // 2)
    height = 2 * margin + rows * side + (rows - 1) * gap
    picture = art.blank((height, 2 * margin + columns * side + (columns - 1) * gap), page)
    pen = art.among(0.06, 0.14)
    lines = []
    for row in range(rows):
        line = ""
        for column in range(columns):
            x, y = margin + column * (side + gap), margin + row * (side + gap)
            picture[y : y + side, x : x + side] = paper
            area = (x + 1, y + 1, x + side - 1, y + side - 1)
            placed = art.place(art.digit((pen, pen)), area, (0.55, 0.85))
            art.ink(picture, placed, ink)
            line += placed.text
        lines.append(line)
    detail = "one row" if rows == 1 else "several rows"
    return art.save(picture, "\n".join(lines), detail)


# --- kinds: photographs -------------------------------------------------------------------


def _photograph(art: Artist, writing: Writing, style: str, size: tuple[float, float]) -> Example:
    """Writing on a sheet with what is around it, seen by a camera.

    Args:
        style: a strip, a letterhead, uneven lines, a line below the digits, a frame, or nothing.
        size: the height of the writing as a share of the picture's, from where to where.
    """
    rng = art.rng
    difficulty = DIFFICULTIES[art.one_of(["easy", "easy", "middle"])]
    long = art.whole(500, 1600)
    width, height = (long, long * 3 // 4) if art.chance(0.5) else (long * 3 // 4, long)
    margin = long // 4
    shape = (height + 2 * margin, width + 2 * margin)
    grain = cloud(shape, max(2, long // 300), rng)
    sheet = np.array(art.one_of(PAPERS)) / 255 * (1 + 0.012 * grain)[..., np.newaxis]
    sheet = sheet.astype(np.float32)

    # The middle of the sheet, without what stands at its head and sides.
    inner = [
        margin + 0.14 * width,
        margin + 0.14 * height,
        margin + 0.86 * width,
        margin + 0.86 * height,
    ]
    if style == "letterhead":
        inner[1] = margin + 0.36 * height
    area = (round(inner[0]), round(inner[1]), round(inner[2]), round(inner[3]))
    share = art.among(*size) * height / (area[3] - area[1])
    room = np.array([area[2] - area[0], area[3] - area[1]])
    share = min(0.98, share / ((room / writing.size).min() * writing.size[1] / room[1]))
    placed = art.place(writing, area, (share, share))
    points = np.concatenate(placed.strokes)
    tall = float(np.ptp(points[:, 1])) / max(1, placed.text.count("\n") + 1)
    line = np.array(art.one_of([(120, 150, 205), (140, 140, 145), (90, 90, 95)])) / 255
    if style == "uneven lines":
        y = margin * 0.5
        while y < shape[0]:
            path = np.stack([np.linspace(0, shape[1], 40), np.full(40, y)], axis=1)
            path[:, 1] += np.cumsum(rng.normal(0, 0.0006 * long, 40))
            mask = stroke_mask([path], art.among(1, 0.004 * long), shape)
            sheet -= (mask * art.among(0.3, 0.9))[..., np.newaxis] * (sheet - line)
            y += tall * art.among(0.45, 1.1)
    elif style == "line below":
        foot = float(points[:, 1].max()) + placed.pen / 2
        spacing = tall * art.among(1.1, 1.9)
        number = int(shape[0] / spacing) + 2
        for k in range(-number, number + 1):
            y = foot + k * spacing
            if 0 <= y < shape[0]:
                path = np.array([[0, y], [shape[1], y]])
                mask = stroke_mask([path], art.among(1.5, 0.004 * long), shape)
                sheet -= (mask * art.among(0.6, 0.9))[..., np.newaxis] * (sheet - line)
    elif art.chance(0.3):
        lines = printed_lines(
            sheet.shape, max(8.0, tall * art.among(0.4, 1.2)), art.chance(0.5), rng
        )
        sheet -= (lines * art.among(0.15, 0.5))[..., np.newaxis] * (sheet - line)
    if style == "letterhead":
        print_ink = np.array(art.one_of([(20, 20, 25), (40, 60, 140), (150, 30, 40)])) / 255
        y = margin + round(0.1 * height)
        size_px = max(9, round(height * art.among(0.02, 0.06)))
        x = margin + round(width * art.among(0.08, 0.4))
        if art.chance(0.4):
            logo = round(0.1 * height)
            sheet[y : y + logo, x : x + logo] = print_ink
            x += logo + 10
        for _ in range(art.whole(1, 3)):
            art.text(sheet, art.one_of(WORDS[14:]), (x, y), size_px, print_ink)
            y += round(1.4 * size_px)
    if style == "frame":
        box = np.array(
            [
                *points.min(axis=0) - tall * art.among(0.25, 0.6),
                *points.max(axis=0) + tall * art.among(0.25, 0.6),
            ]
        )
        a, b, c, d = box
        path = np.array([[a, b], [c, b], [c, d], [a, d], [a, b]])
        path += rng.normal(0, 0.02 * tall, path.shape)
        mask = stroke_mask([path], max(1.5, placed.pen * art.among(0.4, 1.2)), shape)
        sheet -= mask[..., np.newaxis] * (sheet - line * 0.4)
    mask = stroke_mask(placed.strokes, placed.pen, shape)
    colour = np.array(art.one_of(INKS)) / 255
    dense = art.among(0.75, 1) * np.clip(1 + 0.08 * grain, 0, 1)
    sheet -= (mask * dense)[..., np.newaxis] * (sheet - colour).astype(np.float32)
    if style == "strip":  # the table, a dark margin of the scan, a ruler
        strip = art.one_of([np.array(art.one_of(TABLES)) / 255, np.zeros(3)])
        for turn in art.rng.permutation(4)[: art.whole(1, 2)]:
            depth = margin + round(long * art.among(0.02, 0.09))
            turned = np.rot90(sheet, turn)
            turned[:depth] = strip
            if art.chance(0.3):  # a bright line beyond it
                turned[: depth - max(2, round(0.02 * long))] = np.array(art.one_of(PAPERS)) / 255
    picture = camera(sheet, (width, height), margin, difficulty, rng)
    light = (art.among(*difficulty.light), art.among(*difficulty.shadow))
    picture = uneven_light(picture, *light, rng)
    blur = max(0.3, art.among(*difficulty.blur) * long / 1000)
    picture = cv2.GaussianBlur(picture, (0, 0), blur) * 255
    noise = rng.standard_normal(picture.shape, np.float32)
    picture += noise * np.float32(art.among(*difficulty.noise))
    image = Image.fromarray(np.clip(np.round(picture), 0, 255).astype(np.uint8))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=round(art.among(*difficulty.quality)))
    return Example(file.getvalue(), writing.text, style)


def photograph(art: Artist) -> Example:
    """A sheet with a dark strip, a letterhead, uneven lines, a line below the digits, a frame."""
    style = art.one_of(["strip", "letterhead", "uneven lines", "line below", "frame"])
    return _photograph(art, art.some((0.04, 0.12)), style, (0.15, 0.5))


def photographed_number(art: Artist) -> Example:
    """Two to six digits on paper."""
    return _photograph(art, art.number([art.whole(2, 6)], (0.04, 0.12)), "", (0.1, 0.35))


def photographed_rows(art: Artist) -> Example:
    """Two to four lines of digits on paper."""
    longest = art.whole(2, 6)
    lengths = [max(1, longest - art.whole(0, 2)) for _ in range(art.whole(2, 4))]
    return _photograph(art, art.number(lengths, (0.04, 0.11)), "", (0.3, 0.6))


KINDS: dict[str, Callable[[Artist], Example]] = {
    "plain": plain,
    "frame": frame,
    "screenshot": screenshot,
    "speck": speck,
    "scan": scan,
    "rows": rows,
    "rows, photographed": photographed_rows,
    "edge": edge,
    "photograph": photograph,
    "number, photographed": photographed_number,
    "pale": pale,
    "thick": thick,
    "clutter": clutter,
    "boxes": boxes,
    "gradient": gradient,
    "tiny": tiny,
    "large": large,
    "formats": formats,
    "tiles": tiles,
}
