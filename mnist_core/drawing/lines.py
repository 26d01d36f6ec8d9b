"""A row of digits as the number reader takes it: scaled to one height, whatever its width."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnist_core.drawing.ctc import Digits, place_digits
from mnist_core.drawing.normalize import INK, Ink, pen_width

HEIGHT = 32  # pixels
MARGIN = 4  # pixels of paper at the left and the right end
WIDEST = 480  # pixels: a longer row is squeezed to this
THIN_PEN = 1.5  # pixels: a thinner pen's grey is made as dark as this one's
NARROWEST = 24  # pixels
AWAY = 0.01  # of full ink: what a cut costs for each column away from the middle between digits


@dataclass(frozen=True)
class Line:
    """What the number reader says of a row of ink.

    Attributes:
        ink: `(h, w)` float32, 0 to 1, without paper around it.
        frames: `(n, 11)` float32, for every second column of the row's `line_image` the
            probabilities of 0 to 9 and of "no digit's middle here".
    """

    ink: Ink
    frames: NDArray[np.float32]

    def pieces(self, digits: Digits) -> list[Ink]:
        """Each digit's ink, of the same shape as the row, if these are its digits, at least one."""
        places = place_digits(self.frames, digits)
        width = self.ink.shape[1]
        inner = line_width(*self.ink.shape)
        middles = (2 * np.array(places) + 1 - _room(inner)) / inner
        return split_line(self.ink, (np.clip(middles, 0, 1) * width).tolist())


LineReader = Callable[[Ink], Line]  # takes (h, w) float32, 0 to 1, without paper around it


def line_image(ink: Ink) -> NDArray[np.uint8]:
    """A row of ink scaled to `(32, w)` uint8, 0 paper to 255 ink, with paper at both ends.

    Args:
        ink: `(h, w)` float32, 0 to 1, without paper around it.
    """
    height, width = ink.shape
    wide = line_width(height, width)
    scaled = np.asarray(
        Image.fromarray(ink.astype(np.float32)).resize((wide, HEIGHT), Image.Resampling.BOX)
    )
    # The pen's width times its darkness stays the same when a thin pen is scaled down.
    marked = ink > INK
    pen = float(pen_width(marked)) * HEIGHT / height
    scaled = np.clip(scaled * max(1.0, THIN_PEN / max(pen, 0.2)), 0, 1)
    room = _room(wide)
    return np.pad(np.round(scaled * 255).astype(np.uint8), [(0, 0), (room, room)])


def line_width(height: int, width: int) -> int:
    """The width in pixels that such ink has in `line_image`, without the paper at its ends."""
    return min(WIDEST, max(1, round(width * HEIGHT / height)))


def _room(width: int) -> int:
    """The paper at either end of a row of that width, in pixels."""
    return max(NARROWEST - width + 1, 0) // 2 + MARGIN


def split_line(ink: Ink, middles: Sequence[float]) -> list[Ink]:
    """Each digit's ink of a row, cut from the others where least ink is in the way.

    Between two digits the cut goes from top to bottom along the path that crosses least ink, a
    seam (S. Avidan and A. Shamir, "Seam Carving", SIGGRAPH 2007). Where digits overlap, each loses
    some of its own ink.

    Args:
        ink: `(h, w)` float32, 0 to 1.
        middles: the column of each digit's middle, left to right.

    Returns:
        As many arrays of the same shape as `ink`.
    """
    height, width = ink.shape
    small = Image.fromarray(ink.astype(np.float32))
    wide = line_width(height, width)
    scaled = np.asarray(small.resize((wide, HEIGHT), Image.Resampling.BOX))
    rows = np.minimum(np.arange(height) * HEIGHT // height, HEIGHT - 1)
    columns = np.arange(width) * wide / width
    owner = np.zeros((height, width), int)
    for before, after in pairwise(np.asarray(middles) * wide / width):
        seam = _seam(scaled, float(before), float(after))
        owner += columns[np.newaxis] >= seam[rows, np.newaxis]
    return [np.where(owner == number, ink, 0) for number in range(len(middles))]


def _seam(ink: Ink, before: float, after: float) -> NDArray[np.intp]:
    """For each row the column where the right one of two digits begins."""
    height, width = ink.shape
    first = min(round(before) + 1, width - 1)
    last = min(max(round(after), first + 1), width)
    places = np.arange(first, last)
    cost = ink[:, first:last] + AWAY * np.abs(places - (before + after) / 2)
    total = cost.astype(np.float64)
    for row in range(1, height):
        above = np.pad(total[row - 1], 1, constant_values=np.inf)
        total[row] += np.min([above[:-2], above[1:-1], above[2:]], axis=0)
    seam = np.empty(height, np.intp)
    at = int(total[-1].argmin())
    for row in range(height - 1, -1, -1):
        if row < height - 1:
            low = max(at - 1, 0)
            at = low + int(total[row, low : at + 2].argmin())
        seam[row] = first + at
    return seam
