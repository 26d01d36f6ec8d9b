"""From a drawing to an answer, in about a millisecond and without TensorFlow."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mnist_core import settings
from mnist_core.drawing.normalize import INK, Drawing, corners, prepare_drawing, prepare_ink
from mnist_core.drawing.parts import Part, connected_parts, join_parts
from mnist_core.drawing.rows import split_rows
from mnist_core.drawing.segmentation import REFUSED, REFUSED_IN_A_ROW, Piece, segment
from mnist_core.errors import ModelError
from mnist_core.i18n import Sentences, Text
from mnist_core.metrics.calibration import apply_temperature
from mnist_core.models.litert import LiteNetwork, digit_probabilities
from mnist_core.models.number_reader import load_number_reader
from mnist_core.models.recognition import Reading, Recognition
from mnist_core.models.store import StoredModel, list_models, open_model

# From these shares of a picture's edge and of all of it on, ink may be paper and paper ink.
MIXED_EDGE, MUCH_INK = 0.12, 0.35
PLAUSIBLE = 0.5  # of a reading that overrules the usual one


class Recognizer:
    """A stored network that recognizes drawings, or an ensemble of several.

    Make one with `Recognizer.load`. An ensemble answers with the mean of its networks'
    probabilities, and takes the sum of their times.

    Attributes:
        model: the stored network; of an ensemble, the first.
        name: its name; of an ensemble, all names joined by +.
        knows_nondigits: whether it can answer "not a digit"; of an ensemble, whether all can.
    """

    def __init__(self, model: StoredModel, *more: StoredModel) -> None:
        models = (model, *more)
        self.model = model
        self.name = "+".join(model.name for model in models)
        self._members = [
            (
                LiteNetwork(model.read("litert")),
                float(model.card["calibration"]["temperature"]),
            )
            for model in models
        ]
        self.knows_nondigits = all(network.classes > 10 for network, _ in self._members)

    @classmethod
    def load(cls, name: str | None = None) -> "Recognizer":
        """The stored network of that name; None means the default, or the first that can be used.

        Names joined by + are an ensemble, such as `pen+simple_cnn`.

        Raises:
            ModelError: there is none of that name, or its files are missing, cut or altered.
        """
        if name is not None:
            return cls(*map(open_model, name.split("+")))
        models, errors = list_models()
        models.sort(key=lambda model: model.name != settings.DEFAULT_MODEL)
        for model in models:
            try:
                return cls(model)
            except ModelError as error:
                errors.append(error)
        raise ModelError(
            Sentences(
                Text("No trained model can be used."),
                *(error.args[0] for error in errors),
                Text("`python -m mnist_core train pen` trains the default one."),
            )
        )

    def predict(self, images: NDArray[Any]) -> NDArray[np.float32]:
        """Probabilities of the ten digits, given that each image shows a digit.

        They are calibrated on the network's validation images, where it had some.

        Args:
            images: `(n, 28, 28)` uint8, normalized: 0 paper to 255 ink.

        Returns:
            `(n, 10)`; each row sums to 1.
        """
        probabilities = self._probabilities(images)
        return probabilities[:, :10] / (1 - probabilities[:, 10:])

    def nondigit_probabilities(self, images: NDArray[Any]) -> NDArray[np.float32]:
        """How likely each image shows no digit.

        For a network that has not learned it, this is 1 less its largest probability, which is a
        far weaker sign.

        Args:
            images: `(n, 28, 28)` uint8, normalized: 0 paper to 255 ink.

        Returns:
            `(n,)`, 0..1.
        """
        probabilities = self._probabilities(images)
        return probabilities[:, 10] if self.knows_nondigits else 1 - probabilities.max(axis=1)

    def recognize(self, image: NDArray[Any] | Drawing) -> Recognition:
        """Recognize a drawing or picture of one digit.

        Args:
            image: any array that `normalize_drawing` takes, or a prepared `Drawing`.
        """
        drawing = image if isinstance(image, Drawing) else prepare_drawing(image)
        if drawing.reason:
            return _recognition(np.zeros(11, np.float32), drawing.normalized, drawing.reason)
        probabilities = self._probabilities(drawing.normalized[np.newaxis])[0]
        return _recognition(probabilities, drawing.normalized, None)

    def read(
        self,
        image: NDArray[Any] | Drawing,
        strokes: Sequence[ArrayLike] | None = None,
        pen_width: ArrayLike | None = None,
        *,
        single_row: bool = False,
        single_digit: bool = False,
    ) -> Reading:
        """Recognize a drawing or picture of a number.

        A single digit is recognized as `recognize` does.

        Args:
            image: any array that `normalize_drawing` takes, or a prepared `Drawing`.
            strokes: the strokes that made it, where they are known: `(n, 2)` points (x right,
                y down) in pixels of the image, in any order.
            pen_width: the strokes' width in pixels, one for all or one for each; needed with
                `strokes`.
            single_row: whether the digits are in one row, whatever it looks like.
            single_digit: whether all of the ink is one digit.
        """
        drawing = image if isinstance(image, Drawing) else prepare_drawing(image)
        if single_digit and drawing.box:
            return Reading(((drawing.box, self.recognize(drawing)),))
        if drawing.reason or (strokes is not None and len(strokes) < 2):
            return _reading([self._segment(drawing, strokes, pen_width)])
        parts = connected_parts(drawing.ink)
        rows = [] if single_row else split_rows(parts)
        if len(rows) < 2:
            return _reading([self._segment(drawing, strokes, pen_width, parts)])
        pieces = []
        for row in rows:
            ink, joined = np.zeros_like(drawing.ink), join_parts(row)
            ink[joined.top : joined.bottom, joined.left : joined.right] = joined.ink
            pieces.append(self._segment(prepare_ink(ink), parts=row))
        return _reading(pieces)

    def _segment(
        self,
        drawing: Drawing,
        strokes: Sequence[ArrayLike] | None = None,
        pen_width: ArrayLike | None = None,
        parts: Sequence[Part] | None = None,
    ) -> tuple[Piece, ...]:
        """The digits of one row."""
        reader = None if self.model.class_names else load_number_reader()
        read_line = reader.read if reader else None
        return segment(drawing, self._probabilities, strokes, pen_width, read_line, parts)

    def with_polarity(self, drawing: Drawing) -> Drawing:
        """A picture's drawing, or its reverse where that looks more like digits.

        Ink and paper are told apart by the picture's edge, which is ink itself where a large digit
        was drawn with a thick pen. Where that may be, both ways are read.
        """
        marked = drawing.ink > INK
        edge = np.concatenate([marked[0], marked[-1], marked[:, 0], marked[:, -1]])
        if edge.mean() < MIXED_EDGE and marked.mean() < MUCH_INK:
            return drawing
        ways = [
            dataclasses.replace(way, reason=None) if way.reason == "full" else way
            for way in (drawing, prepare_ink(1 - drawing.ink, drawing.left_out))
        ]
        # A digit's strokes are round at the corners of a picture that it fills: these are paper.
        number = corners(marked)
        if number in (0, 4):
            ways = [ways[number // 4]]
        best = max(ways, key=self._plausibility)
        return best if self._plausibility(best) >= PLAUSIBLE else drawing

    def _plausibility(self, drawing: Drawing) -> float:
        """How much a drawing looks like digits, 0 to 1: the mean over its pieces."""
        pieces = self.read(drawing).pieces
        looks = [piece.confidence * (1 - piece.nondigit_probability) for _, piece in pieces]
        return float(np.mean(looks)) if looks else 0.0

    def reread(self, reading: Reading) -> Reading:
        """The same drawing in the same boxes, recognized by this network."""
        if not reading.pieces:
            return reading
        images = np.stack([piece.normalized for _, piece in reading.pieces])
        threshold = _nondigit_threshold(reading.rows or (len(reading.pieces),))
        return Reading(
            tuple(
                (box, _recognition(probabilities, piece.normalized, None, threshold))
                if piece.reason in (None, "nondigit")
                else (box, piece)
                for (box, piece), probabilities in zip(
                    reading.pieces, self._probabilities(images), strict=True
                )
            ),
            reading.rows,
        )

    def _probabilities(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """`(n, 28, 28)` uint8 -> `(n, 11)`: of 0 to 9 and, last, "not a digit"; they sum to 1."""
        members = []
        for network, temperature in self._members:
            output = network.predict(images)
            digits = apply_temperature(digit_probabilities(output), temperature)
            nondigit = np.zeros((len(images), 1), np.float32)
            if self.knows_nondigits:  # never 1, which would leave nothing for the digits
                nondigit = np.minimum(output[:, 10:], np.float32(1 - 1e-6))
            members.append(np.concatenate([digits * (1 - nondigit), nondigit], axis=1))
        return np.mean(members, axis=0, dtype=np.float32) if len(members) > 1 else members[0]


def _nondigit_threshold(rows: Sequence[int]) -> float:
    """The probability of "not a digit" from which on a piece is refused; `rows`: pieces of each."""
    # Two pieces under each other may be one sign, such as =.
    return REFUSED if max(rows) <= 1 and sum(rows) <= 2 else REFUSED_IN_A_ROW


def _reading(rows: Sequence[Sequence[Piece]]) -> Reading:
    """The answer to the pieces of one row or several."""
    counts = tuple(map(len, rows))
    threshold = _nondigit_threshold(counts)
    pieces = [piece for row in rows for piece in row]
    return Reading(
        tuple(
            (
                piece.box,
                _recognition(piece.probabilities, piece.normalized, piece.reason, threshold),
            )
            for piece in pieces
        ),
        counts if len(counts) > 1 else (),
        any(piece.at_once for piece in pieces),
    )


def _recognition(
    probabilities: NDArray[np.float32],
    normalized: NDArray[np.uint8],
    reason: str | None,
    threshold: float = REFUSED,
) -> Recognition:
    """The answer to one piece, from its 11 probabilities."""
    nondigit = float(probabilities[10])
    digits = probabilities[:10] / np.float32(1 - nondigit)
    if reason is None and nondigit >= threshold:
        reason = "nondigit"
    if reason:
        return Recognition(None, 0.0, digits, normalized, reason, nondigit)
    digit = int(digits.argmax())
    return Recognition(digit, float(digits[digit]), digits, normalized, None, nondigit)
