"""A drawing stroke by stroke: what a network made of it on the way, and would without a stroke."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageDraw

from mnist_core.drawing.normalize import Drawing, Ink, prepare_ink
from mnist_core.figures.heatmap import POSITIVE
from mnist_core.models.recognizer import Recognition, Recognizer

FINER = 3  # times the picture's pixels, in which a stroke is painted, for its soft edge


@dataclass(frozen=True)
class StrokeStory:
    """What a network says of a drawing's first strokes, and of all strokes but one.

    Attributes:
        so_far: for each stroke, the answer once it was drawn; the last is that to the drawing.
        without: for each stroke, the answer to the drawing without it.
    """

    so_far: tuple[Recognition, ...]
    without: tuple[Recognition, ...]

    @property
    def moved(self) -> NDArray[np.float32]:
        """How each stroke moved the ten probabilities when it was drawn: `(strokes, 10)`."""
        shares = np.stack([seen.probabilities for seen in self.so_far])
        return np.diff(shares, axis=0, prepend=np.zeros((1, 10), np.float32))


def stroke_by_stroke(
    recognizer: Recognizer, drawing: Drawing, strokes: Sequence[ArrayLike], pens: ArrayLike
) -> StrokeStory:
    """What a network made of a drawing of one digit on the way, and would without a stroke.

    Each part is cropped, scaled and centred as a drawing of its own, as on the Draw page.

    Args:
        strokes: `(n, 2)` points (x right, y down) in pixels of the drawing, in their order.
        pens: the strokes' width in pixels, one or one for each.
    """
    widths = np.broadcast_to(np.asarray(pens, np.float64), (len(strokes),))
    painted = [
        under_stroke(drawing.ink.shape, stroke, width)
        for stroke, width in zip(strokes, widths, strict=True)
    ]

    def answer(places: Sequence[int]) -> Recognition:
        if len(places) == len(painted):  # all of it: as it was drawn
            return recognizer.recognize(drawing)
        kept = [painted[place] for place in places]
        ink = np.minimum(drawing.ink, np.max(kept, axis=0)) if kept else 0 * drawing.ink
        return recognizer.recognize(prepare_ink(ink))

    every = range(len(painted))
    return StrokeStory(
        tuple(answer(range(last + 1)) for last in every),
        tuple(answer([place for place in every if place != left_out]) for left_out in every),
    )


def stroke_pictures(
    drawing: Drawing, strokes: Sequence[ArrayLike], pens: ArrayLike, side: int = 112
) -> list[NDArray[np.uint8]]:
    """The drawing as it grew, a picture for each stroke: `(side, side, 3)`, the new one orange."""
    widths = np.broadcast_to(np.asarray(pens, np.float64), (len(strokes),))
    left, top, right, bottom = drawing.box or (0, 0, *drawing.ink.shape[::-1])
    room = max(right - left, bottom - top) // 2 + 8
    middle, centre = (top + bottom) // 2, (left + right) // 2
    pictures, before = [], np.zeros((2 * room, 2 * room), np.float32)
    for stroke, width in zip(strokes, widths, strict=True):
        # A square around the middle of the drawing, which may reach over its edge.
        moved = np.asarray(stroke, np.float64) - (centre - room, middle - room)
        new = under_stroke(before.shape, moved, width)[..., np.newaxis]
        colored = 160 * before[..., np.newaxis] * (1 - new) + new * POSITIVE
        picture = Image.fromarray(np.round(colored).astype(np.uint8))
        pictures.append(np.asarray(picture.resize((side, side), Image.Resampling.BOX)))
        before = np.maximum(before, new[..., 0])
    return pictures


def under_stroke(shape: tuple[int, ...], stroke: ArrayLike, width: float) -> Ink:
    """A stroke alone, painted on paper of some shape: `(h, w)`, 0 paper to 1 ink."""
    points = [(x, y) for x, y in (FINER * np.asarray(stroke, np.float64)).tolist()]
    reach = FINER * width / 2
    picture = Image.new("L", (FINER * shape[1], FINER * shape[0]))
    painter = ImageDraw.Draw(picture)
    painter.line(points, fill=255, width=round(2 * reach))
    for x, y in points:  # round caps and joints
        painter.ellipse((x - reach, y - reach, x + reach, y + reach), fill=255)
    return np.asarray(picture.reduce(FINER), np.float32) / 255
