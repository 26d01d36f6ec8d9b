"""From a drawing to what the network reads: `(28, 28)` uint8, white ink on black.

NIST's digits became MNIST's like this (Y. LeCun, http://yann.lecun.com/exdb/mnist/): the ink
is cropped, scaled with its aspect ratio to fit a 20x20 box, which makes grey levels, and placed
in 28x28 with its centre of mass in the middle. The same is done here with any drawing; a thin
pen is thickened first, since MNIST's pens are 2 to 3 of those 20 pixels wide.
"""

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageOps, UnidentifiedImageError

from mnist_core.drawing.panels import Box, within_tiles
from mnist_core.drawing.photographs import clean_photograph
from mnist_core.drawing.surroundings import inner_picture, without_lines_at_the_edge
from mnist_core.drawing.writing import NOTHING, LeftOut, only_writing
from mnist_core.errors import DrawingError
from mnist_core.i18n import Text
from mnist_core.system.names import clean_name

Ink = NDArray[np.floating[Any]]  # (height, width) float32, 0 paper to 1 ink
T = TypeVar("T", bound=np.generic)

BOX = 20  # pixels: the longer side of a digit in MNIST
SIDE = 28  # pixels: the side of an MNIST image
FINE = 4 * BOX  # pixels: the size at which the pen's width is measured and mended
THIN_PEN = 0.085  # of the digit's longer side; thinner is thickened up to here
INK = 0.25  # above this a pixel counts as ink when the digit's box is sought
MAX_PIXELS = 24_000_000  # larger pictures are refused, as they could fill the memory
MAX_JPEG_PIXELS = 100_000_000  # a JPEG is decoded smaller at once
FAINTEST = 8  # 0 to 255: how far the palest ink is from the paper
FAINTEST_ON_EVEN_PAPER = 4  # the same where the paper is of one color, without noise
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM")  # none that runs a program
MUCH, CLEAR = 0.3, 0.94  # of a picture, ink that no photograph has; of its variance, two colors'
SMALLEST_PHOTOGRAPH = 56  # pixels: in a smaller picture there is nothing to clean
SMALLEST, ENLARGED = 20, 4  # pixels: smaller pictures are made so many times as large
LARGE = 1600  # pixels: larger pictures are made this small when they are read
LONGEST_NAME = 200  # characters of a file name in messages

REASONS = {
    "empty": Text("There is nothing to read yet."),
    "dot": Text("That is only a dot. Draw larger, or with a thinner pen."),
    "full": Text("Nearly everything is ink. Undo a stroke, or clear."),
    # what a network says, not the ink alone
    "nondigit": Text("This doesn't look like a digit."),
}


@dataclass(frozen=True)
class Drawing:
    """A drawing and what became of it, step by step.

    Attributes:
        ink: `(height, width)` float32, 0 paper to 1 ink, whatever the colours were. A photograph
            is cleaned, levelled and made smaller for it (`mnist_core.drawing.photographs`).
        box: left, top, right, bottom of the ink in pixels of `ink`; None when there is none.
        cropped: `(h, w)` uint8, the ink alone, longer side 80 pixels, thin pens thickened.
        normalized: `(28, 28)` uint8, what the network reads. All 0 when there is no ink.
        shrunk: `(28, 28)` uint8, the whole canvas shrunk, as simpler apps do it.
        reason: why this can't be a digit (a key of `REASONS`), or None.
        left_out: what of a picture was not taken for ink of the digits.
    """

    ink: Ink
    box: tuple[int, int, int, int] | None
    cropped: NDArray[np.uint8]
    normalized: NDArray[np.uint8]
    shrunk: NDArray[np.uint8]
    reason: str | None
    left_out: LeftOut = NOTHING


def normalize_drawing(image: NDArray[Any]) -> NDArray[np.uint8]:
    """A drawing of one digit as MNIST would have it.

    Args:
        image: `(h, w)`, `(h, w, 1)`, `(h, w, 3)` or `(h, w, 4)`, uint8 0..255, or float 0..1.
            Dark ink on light paper or light ink on dark, in any colour, anywhere, any size.
            Where a picture is mostly transparent, what is opaque is the ink.

    Returns:
        `(28, 28)` uint8, 0 paper to 255 ink; all 0 when there is no ink.

    Raises:
        DrawingError: the array isn't a picture.
    """
    return prepare_drawing(image).normalized


def prepare_drawing(image: NDArray[Any]) -> Drawing:
    """Every step from a drawing to the network's input; see `normalize_drawing`."""
    return prepare_ink(*_find(image))


def prepare_ink(ink: Ink, left_out: LeftOut = NOTHING) -> Drawing:
    """Every step from the ink to the network's input; see `find_ink`."""
    shrunk = _resize(_bytes(ink), (SIDE, SIDE))
    nothing = np.zeros((SIDE, SIDE), np.uint8)
    box = ink_box(ink)
    if box is None:
        cropped = np.zeros((FINE, FINE), np.uint8)
        return Drawing(ink, None, cropped, nothing, shrunk, "empty", left_out)
    left, top, right, bottom = box
    cropped, normalized = normalize_ink(ink[top:bottom, left:right])
    return Drawing(ink, box, cropped, normalized, shrunk, _reason(ink, box), left_out)


def normalize_ink(ink: Ink) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """(the digit, its longer side 80 pixels or a bit more, the digit as MNIST would have it).

    Args:
        ink: a digit without paper around it, 0 to 1.
    """
    # In floats, and brought to full ink: a large picture's hairline would round to nothing.
    fine = _fit(ink, FINE)
    cropped = _thicken(_bytes(fine / fine.max()))
    return cropped, center(_fit(cropped, BOX))


def from_mnist(image: NDArray[np.uint8]) -> Drawing:
    """An image that is in MNIST's form already: it goes to the network as it is.

    Args:
        image: `(28, 28)` uint8, 0 paper to 255 ink.
    """
    ink = image / np.float32(255)
    return Drawing(ink, ink_box(ink), image, image, image, None)


def enlarge(ink: Ink, side: int = 112) -> NDArray[np.uint8]:
    """Ink as a small grey picture to show, its longer side that many pixels."""
    return _fit(_bytes(ink), side)


# Several large pictures at once would fill the memory of a server that many people use.
_ONE_AT_A_TIME = threading.Lock()


def load_picture(path: str | os.PathLike[str] | Any) -> NDArray[np.uint8]:
    """A picture file (or an open file) as an array that `normalize_drawing` takes.

    Returns:
        `(h, w, 3)`, or `(h, w, 4)` where it has transparency; upright, whatever its
        orientation flag, and at most 1600 pixels wide and high.

    Raises:
        DrawingError: the file is missing, isn't a picture, is cut, or is too large.
    """
    known = path if isinstance(path, str | os.PathLike) else getattr(path, "name", "")
    name = clean_name(str(known), LONGEST_NAME) if known else Text("The picture")
    try:
        with Image.open(path, formats=FORMATS) as picture, _ONE_AT_A_TIME:
            most = MAX_JPEG_PIXELS if picture.format == "JPEG" else MAX_PIXELS
            if picture.width * picture.height > most:
                raise DrawingError(
                    Text(
                        "{name} is {width} x {height} pixels. Expected {most} million pixels at "
                        "most; shrink it first.",
                        name=name,
                        width=picture.width,
                        height=picture.height,
                        most=most // 1_000_000,
                    )
                )
            picture.draft(None, (LARGE, LARGE))  # a JPEG is read smaller at once
            picture.thumbnail((LARGE, LARGE), Image.Resampling.BOX)  # first: turning it copies it
            upright = ImageOps.exif_transpose(picture)
            alpha = upright.has_transparency_data
            if upright.mode.startswith("I;16"):  # 16 bits of grey: Pillow would clip, not scale
                return np.asarray((np.asarray(upright) >> 8).astype(np.uint8))
            return np.asarray(upright.convert("RGBA" if alpha else "RGB"))
    except FileNotFoundError as error:
        raise DrawingError(Text("{name} does not exist.", name=name)) from error
    except IsADirectoryError as error:
        words = Text("{name} is a folder. Expected a picture file.", name=name)
        raise DrawingError(words) from error
    except UnidentifiedImageError as error:
        raise DrawingError(
            Text(
                "{name} is not a picture that can be read. Expected PNG, JPEG, GIF, BMP or WebP.",
                name=name,
            )
        ) from error
    except (OSError, TypeError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        words = Text("{name} could not be read; it may be cut ({error}).", name=name, error=error)
        raise DrawingError(words) from error


def crop_picture(
    image: NDArray[np.uint8], columns: tuple[int, int], rows: tuple[int, int]
) -> NDArray[np.uint8]:
    """A part of a picture, at least one pixel.

    Args:
        columns, rows: where it begins and ends, in percent of the width and the height.
    """
    parts = []
    for (start, end), length in ((rows, image.shape[0]), (columns, image.shape[1])):
        first = min(length - 1, start * length // 100)
        parts.append(slice(first, max(first + 1, -(-end * length // 100))))
    return image[tuple(parts)]


def find_ink(image: NDArray[Any]) -> Ink:
    """How much ink is on each pixel, 0 to 1, whatever the polarity and the colours.

    A picture drawn on a computer keeps its size; a photograph or scan is cleaned and may become
    smaller.
    """
    return _find(image)[0]


def _find(image: NDArray[Any]) -> tuple[Ink, LeftOut]:
    """The ink, and what else there was; see `find_ink`."""
    image = np.asarray(image)
    if image.ndim == 3 and image.shape[2] == 1:
        image = image[..., 0]
    if image.ndim not in (2, 3) or (image.ndim == 3 and image.shape[2] not in (3, 4)):
        raise DrawingError(
            Text(
                "A drawing is an array of (height, width), (height, width, 3) or (height, width, "
                "4). Received: shape {shape}",
                shape=image.shape,
            )
        )
    if 0 in image.shape:
        raise DrawingError(
            Text("The picture has no pixels. Received: shape {shape}", shape=image.shape)
        )
    if image.dtype != np.uint8:
        if image.dtype.kind not in "buif":
            raise DrawingError(
                Text("Pixels must be numbers. Received: dtype {dtype}", dtype=image.dtype)
            )
        if not np.isfinite(image).all() or image.min() < 0:
            raise DrawingError(
                Text(
                    "Pixels must be finite and not negative. Received: pixels from {low} to {high}",
                    low=image.min(),
                    high=image.max(),
                )
            )
        # Floats up to 1 are the other usual range; anything else is taken as 0..255.
        factor = 255 if image.dtype.kind in "bf" and image.max() <= 1 else 1
        image = np.clip(np.round(image * factor), 0, 255).astype(np.uint8)
    if image.ndim == 3 and image.shape[2] == 4:
        alpha = image[..., 3]
        if alpha.min() < 255:
            solid = alpha >= 128
            if solid.mean() < 0.5 or np.ptp(image[solid][:, :3], axis=0).max() < 64:
                # Paper that is a little opaque is no ink.
                return contrast(alpha) if alpha.min() > 0 else alpha / np.float32(255), NOTHING
            # A picture with see-through corners: put it on its own most common colour.
            paper = np.median(image[solid][:, :3], axis=0)
            share = alpha[..., np.newaxis] / np.float32(255)
            image = np.round(image[..., :3] * share + paper * (1 - share)).astype(np.uint8)
        else:
            image = image[..., :3]
    tiles = within_tiles(image) if image.ndim == 3 else None
    if tiles is not None:
        return _on_tiles(*tiles), LeftOut(outside=True)
    thick = _is_thick(image)
    if thick or _is_flat(image):
        ink, left_out = (contrast(image), NOTHING) if image.ndim == 2 else _drawn(image)
        if thick or not _has_lines(ink):
            return ink, left_out
    return clean_photograph(image if image.ndim == 3 else np.dstack([image] * 3))


def _drawn(image: NDArray[np.uint8]) -> tuple[Ink, LeftOut]:
    """The ink of a picture that was drawn on a computer: `(h, w, 3)`."""
    inner = inner_picture(image)
    form = inner is not image and inner.shape == image.shape  # the lines of its cells are gone
    outside = inner is not image and not form
    inner = _enlarged(inner)
    everything = contrast(inner)
    ink = without_lines_at_the_edge(everything)
    outside |= ink is not everything
    ink, left_out = only_writing(ink, INK, inner)
    return ink, replace(left_out, outside=outside, frames=left_out.frames + form)


def _on_tiles(image: NDArray[np.uint8], boxes: Sequence[Box]) -> Ink:
    """The ink of a picture with a digit in each box."""
    ink = contrast(_enlarged(image))
    times = len(ink) // len(image)
    for left, top, right, bottom in (np.array(boxes) * times).tolist():
        ink[top:bottom, left:right] = only_writing(ink[top:bottom, left:right], INK)[0]
    return ink


def _enlarged(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A small picture made smooth, as a pen is: not the squares of pixels."""
    if max(image.shape[:2]) >= SMALLEST:
        return image
    size = (image.shape[1] * ENLARGED, image.shape[0] * ENLARGED)
    return np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BICUBIC))


def _is_flat(image: NDArray[np.uint8]) -> bool:
    """Whether most of the picture is of two colours exactly, as only drawings are."""
    if min(image.shape[:2]) < SMALLEST_PHOTOGRAPH:
        return True
    step = max(1, max(image.shape[:2]) // 100)  # some 10,000 pixels say enough
    pixels = image[::step, ::step].astype(np.uint32).reshape(-1, image[0, 0].size)
    colours = pixels @ np.array([1, 1 << 8, 1 << 16][: pixels.shape[1]], np.uint32)
    counts = np.sort(np.unique(colours, return_counts=True)[1])
    return bool(counts[-2:].sum() >= 0.5 * counts.sum())


def _is_thick(image: NDArray[np.uint8]) -> bool:
    """Whether much is ink, paper and ink differ clearly, and all corners are paper.

    Little of a photographed sheet is ink. How clearly they differ is the share of the variance that
    lies between the two (N. Otsu, 1979), which a JPEG's noise changes little.
    """
    import cv2

    step = max(1, max(image.shape[:2]) // 200)
    grey = _bytes(contrast(image[::step, ::step]))
    if not grey.any():
        return False
    ink = cv2.threshold(grey, 0, 1, cv2.THRESH_OTSU)[1] > 0
    share = float(ink.mean())
    if not MUCH <= share <= 1 - MUCH or 0 < corners(ink) < 4:
        return False
    between = share * (1 - share) * (grey[ink].mean() - grey[~ink].mean()) ** 2
    return bool(between >= CLEAR * grey.var())


def corners(marked: NDArray[np.bool_]) -> int:
    """How many of a picture's four corners are marked."""
    return int(marked[[0, 0, -1, -1], [0, -1, 0, -1]].sum())


def _has_lines(ink: Ink) -> bool:
    """Whether several lines run through the picture's middle: a scan of ruled paper has some."""
    if min(ink.shape) < SMALLEST_PHOTOGRAPH:
        return False
    import cv2  # here, so that drawings on the canvas don't pay for it

    labels = cv2.connectedComponents((ink > INK).astype(np.uint8), connectivity=8)[1]
    for one, other in ((labels[0], labels[-1]), (labels[:, 0], labels[:, -1])):
        through = np.isin(one, other) & (one > 0)
        through = through[len(one) // 8 : -len(one) // 8].astype(np.int8)  # no frames
        if (np.diff(through, prepend=0) > 0).sum() > 2:
            return True
    return False


def contrast(image: NDArray[np.uint8]) -> Ink:
    """Distance of each pixel's colour from the paper's, scaled so that full ink is 1."""
    pixels = image.astype(np.float32).reshape(*image.shape[:2], -1)  # (h, w, channels)
    edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    paper = np.median(edge, axis=0)
    distance = np.sqrt(np.mean((pixels - paper) ** 2, axis=2))  # 0..255
    darkest = float(distance.max())
    if darkest < (
        FAINTEST_ON_EVEN_PAPER if np.median(distance) < 0.5 else FAINTEST
    ):  # one colour, give or take noise: nothing was drawn
        return np.zeros(image.shape[:2], np.float32)
    # The middle of what is clearly ink is full ink; the faint tenth is paper's grain, JPEG's noise.
    full = float(np.percentile(distance[distance > darkest / 2], 50))
    return np.clip((distance / full - 0.1) / 0.8, 0, 1).astype(np.float32)


def ink_box(ink: Ink) -> tuple[int, int, int, int] | None:
    """Left, top, right, bottom (exclusive) of the ink in pixels, or None if there is none."""
    marked = ink > INK
    rows, columns = np.flatnonzero(marked.any(axis=1)), np.flatnonzero(marked.any(axis=0))
    if len(rows) == 0:
        return None
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _reason(ink: Ink, box: tuple[int, int, int, int]) -> str | None:
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    marked = ink[top:bottom, left:right] > INK
    if marked.sum() > 0.5 * ink.size:
        return "full"
    # A disc fills 79% of its box. Of the digits about as wide as tall only those with a hole,
    # drawn with a very thick pen, fill two thirds.
    compact = marked.mean() > 0.68 and 0.6 < width / height < 1 / 0.6
    if (compact and not _has_hole(marked)) or max(width, height) < 0.03 * max(ink.shape):
        return "dot"
    return None


def _has_hole(marked: NDArray[np.bool_]) -> bool:
    """Whether some paper is enclosed by ink."""
    # A copy, as Pillow can't write into an image that shares an array's memory.
    picture = Image.fromarray(np.pad(marked, 1).astype(np.uint8)).copy()
    ImageDraw.floodfill(picture, (0, 0), 1)  # all the paper that can be reached from outside
    return not np.asarray(picture).all()


def _bytes(ink: Ink) -> NDArray[np.uint8]:
    return np.round(ink * 255).astype(np.uint8)


def _resize(image: NDArray[T], size: tuple[int, int]) -> NDArray[T]:
    # BOX averages the area that each new pixel covers: the grey levels of an ideal scanner.
    return np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BOX))


def _fit(image: NDArray[T], longer_side: int) -> NDArray[T]:
    """Scaled with its aspect ratio so that the longer side has that many pixels."""
    height, width = image.shape
    scale = longer_side / max(height, width)
    return _resize(image, (max(1, round(width * scale)), max(1, round(height * scale))))


def pen_width(images: NDArray[Any]) -> NDArray[np.floating[Any]]:
    """The stroke's width in pixels of `(..., h, w)` images, any scale of grey: `(...)`.

    A stroke of length L and width w has the area L w and an outline of about 2 L. The outline
    is the sum of the grey level's gradient (total variation), which needs no threshold.
    """
    edges = [(0, 0)] * (images.ndim - 2) + [(1, 1), (1, 1)]
    padded = np.pad(images.astype(np.float32), edges)
    down, right = np.diff(padded, axis=-2)[..., :-1], np.diff(padded, axis=-1)[..., :-1, :]
    outline = np.hypot(down, right).sum(axis=(-2, -1))
    return np.asarray(2 * padded.sum(axis=(-2, -1)) / np.maximum(outline, 1e-6))


def _thicken(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Strokes thinner than `THIN_PEN` widened to about that; the result may be a bit larger."""
    missing = THIN_PEN * FINE - float(pen_width(image))
    steps = round(missing / 2)  # each step adds a pixel on either side
    if steps < 1:
        return image
    picture = Image.fromarray(np.pad(image, steps))
    for _ in range(steps):
        picture = picture.filter(ImageFilter.MaxFilter(3))
    return np.asarray(picture)


def center(digit: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A digit of at most 20x20 placed in 28x28 with its centre of mass in the middle."""
    height, width = digit.shape
    mass = digit.sum(dtype=np.float64)
    row = float((digit.sum(axis=1) * (np.arange(height) + 0.5)).sum() / mass)
    column = float((digit.sum(axis=0) * (np.arange(width) + 0.5)).sum() / mass)
    # In MNIST's own images the centre lies at 14.5 pixels from the edge, not at 14.0.
    # A lopsided digit could leave the frame: it is then only moved as far as the edge.
    top = min(max(round(SIDE / 2 + 0.5 - row), 0), SIDE - height)
    left = min(max(round(SIDE / 2 + 0.5 - column), 0), SIDE - width)
    framed = np.zeros((SIDE, SIDE), np.uint8)
    framed[top : top + height, left : left + width] = digit
    return framed
