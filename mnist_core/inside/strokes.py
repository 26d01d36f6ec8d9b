"""A drawing stroke by stroke: a network's answers on the way, and without each stroke."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageDraw

from mnist_core.drawing.normalize import Drawing, Ink, prepare_ink
from mnist_core.figures.heatmap import POSITIVE
from mnist_core.models.recognition import Recognition
from mnist_core.models.recognizer import Recognizer

OVERSAMPLING = 3  # of the pixels in which a stroke is painted, for its soft edge
EARLIER_GRAY = 160  # of the strokes before the new one, 0 black to 255 white


@dataclass(frozen=True)
class StrokeRecognitions:
    """A network's answers to a drawing's first strokes, and to all strokes but one.

    Attributes:
        after: for each stroke, the answer to it and all strokes before it; the last is the answer
            to the drawing.
        without: for each stroke, the answer to the drawing without it.
    """

    after: tuple[Recognition, ...]
    without: tuple[Recognition, ...]

    @property
    def changes(self) -> NDArray[np.float32]:
        """The change of the ten probabilities with each stroke: `(strokes, 10)`, -1..1."""
        probabilities = np.stack([recognition.probabilities for recognition in self.after])
        return np.diff(probabilities, axis=0, prepend=np.zeros((1, 10), np.float32))


def recognize_strokes(
    recognizer: Recognizer, drawing: Drawing, strokes: Sequence[ArrayLike], pen_widths: ArrayLike
) -> StrokeRecognitions:
    """Recognize a drawing of one digit as it grew, and without each of its strokes.

    Each part is cropped, scaled and centered as a drawing of its own, as on the Draw page.

    Args:
        strokes: `(n, 2)` points (x right, y down) in pixels of the drawing, in their order.
        pen_widths: in pixels, one for all strokes or one for each.
    """
    painted = [
        paint_stroke(drawing.ink.shape, stroke, width)
        for stroke, width in zip(strokes, _one_for_each(pen_widths, strokes), strict=True)
    ]

    def recognize(indices: Sequence[int]) -> Recognition:
        if len(indices) == len(painted):  # all of it: as it was drawn
            return recognizer.recognize(drawing)
        if not indices:
            return recognizer.recognize(prepare_ink(0 * drawing.ink))
        part = np.max([painted[index] for index in indices], axis=0)
        return recognizer.recognize(prepare_ink(np.minimum(drawing.ink, part)))

    all_indices = range(len(painted))
    return StrokeRecognitions(
        tuple(recognize(all_indices[: index + 1]) for index in all_indices),
        tuple(
            recognize([other for other in all_indices if other != index]) for index in all_indices
        ),
    )


def stroke_pictures(
    drawing: Drawing, strokes: Sequence[ArrayLike], pen_widths: ArrayLike, side: int = 112
) -> list[NDArray[np.uint8]]:
    """The drawing as it grew, with the newest stroke in orange.

    Args:
        strokes, pen_widths: as `recognize_strokes` takes them.
        side: of the pictures, in pixels.

    Returns:
        A picture for each stroke, `(side, side, 3)`.
    """
    left, top, right, bottom = drawing.box or (0, 0, *drawing.ink.shape[::-1])
    half_side = max(right - left, bottom - top) // 2 + 8
    # The top left corner of a square around the drawing's middle, which may reach over its edge.
    corner = ((left + right) // 2 - half_side, (top + bottom) // 2 - half_side)
    pictures, earlier = [], np.zeros((2 * half_side, 2 * half_side), np.float32)
    for stroke, width in zip(strokes, _one_for_each(pen_widths, strokes), strict=True):
        points = np.asarray(stroke, np.float64) - corner
        newest = paint_stroke(earlier.shape, points, width)[..., np.newaxis]
        colored = EARLIER_GRAY * earlier[..., np.newaxis] * (1 - newest) + newest * POSITIVE
        picture = Image.fromarray(np.round(colored).astype(np.uint8))
        pictures.append(np.asarray(picture.resize((side, side), Image.Resampling.BOX)))
        earlier = np.maximum(earlier, newest[..., 0])
    return pictures


def _one_for_each(pen_widths: ArrayLike, strokes: Sequence[ArrayLike]) -> NDArray[np.float64]:
    return np.broadcast_to(np.asarray(pen_widths, np.float64), (len(strokes),))


def paint_stroke(shape: tuple[int, ...], stroke: ArrayLike, pen_width: float) -> Ink:
    """Paint a stroke alone, with round caps and joints.

    Args:
        shape: of the paper, (height, width).
        stroke: `(n, 2)` points (x right, y down) in pixels of the paper.
        pen_width: in pixels.

    Returns:
        `(height, width)` float32, 0 paper to 1 ink.
    """
    points = [(x, y) for x, y in (OVERSAMPLING * np.asarray(stroke, np.float64)).tolist()]
    radius = OVERSAMPLING * pen_width / 2
    picture = Image.new("L", (OVERSAMPLING * shape[1], OVERSAMPLING * shape[0]))
    painter = ImageDraw.Draw(picture)
    painter.line(points, fill=255, width=round(2 * radius))
    for x, y in points:
        painter.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return np.asarray(picture.reduce(OVERSAMPLING), np.float32) / 255
