"""From a drawing to an answer, in about a millisecond and without TensorFlow."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mnist_core import settings
from mnist_core.drawing.normalize import REASONS, Drawing, prepare_drawing
from mnist_core.drawing.segmentation import REFUSED, REFUSED_IN_A_ROW, Box, segment
from mnist_core.errors import ModelError
from mnist_core.metrics.calibration import apply_temperature
from mnist_core.models.litert import LiteNetwork, digit_probabilities
from mnist_core.models.store import StoredModel, list_models, open_model

UNSURE = 0.6  # below this the likeliest digit is a guess
CLOSE = 0.15  # a runner-up with at least this is worth naming


@dataclass(frozen=True)
class Recognition:
    """What a network says of a drawing.

    Attributes:
        digit: 0 to 9, or None where there is nothing that could be a digit.
        confidence: the probability of `digit`, 0..1; 0 without one.
        probabilities: `(10,)` float32: of each digit, provided that it is one. All 0 where the
            network was not asked (`empty`, `dot`, `full`).
        normalized: `(28, 28)` uint8, what the network read.
        reason: why there is no digit (a key of `mnist_core.drawing.normalize.REASONS`), or None.
        doubt: the network's probability that this is no digit at all; 0 where it can't tell.
    """

    digit: int | None
    confidence: float
    probabilities: NDArray[np.float32]
    normalized: NDArray[np.uint8]
    reason: str | None
    doubt: float = 0.0

    @property
    def guess(self) -> int | None:
        """The likeliest digit, also where the answer is "not a digit"; None without ink."""
        return int(self.probabilities.argmax()) if self.probabilities.any() else None

    @property
    def likely(self) -> list[tuple[int, float]]:
        """The two likeliest digits and their probabilities, the likelier first."""
        order = self.probabilities.argsort()[::-1][:2]
        return [(int(digit), float(self.probabilities[digit])) for digit in order]

    @property
    def runner_up(self) -> int | None:
        """The second likeliest digit where it is close to the first, else None."""
        if self.digit is None:
            return None
        second, share = self.likely[1]
        return second if share >= CLOSE else None

    @property
    def sure(self) -> bool:
        """Whether the answer is more than a guess."""
        return self.digit is not None and self.confidence * (1 - self.doubt) >= UNSURE

    @property
    def message(self) -> str | None:
        """The reason in words, or None."""
        return REASONS[self.reason] if self.reason else None


@dataclass(frozen=True)
class Reading:
    """What a network says of a drawing that may hold several digits.

    Attributes:
        pieces: for each, left to right, its box (left, top, right, bottom, exclusive, in pixels
            of the drawing) and its answer. One without a digit where there is ink that can't be
            one; none where there is no ink.
    """

    pieces: tuple[tuple[Box, Recognition], ...]

    @property
    def text(self) -> str:
        """The number, such as "2026"; "" without a digit."""
        return "".join(str(seen.digit) for _, seen in self.pieces if seen.digit is not None)

    @property
    def shown(self) -> str:
        """The number with ? for what is no digit; "" where nothing is one."""
        marks = ["?" if seen.digit is None else str(seen.digit) for _, seen in self.pieces]
        return "".join(marks) if self.text else ""

    @property
    def confidence(self) -> float:
        """The product of the digits' confidences, 0..1; 0 without a digit."""
        sure = [seen.confidence for _, seen in self.pieces if seen.digit is not None]
        return float(np.prod(sure)) if sure else 0.0

    @property
    def heading(self) -> str:
        """How sure the answer is, in a few words."""
        if not self.text:
            return next((seen.message for _, seen in self.pieces if seen.message), "")
        if all(seen.sure for _, seen in self.pieces if seen.digit is not None):
            return f"{100 * self.confidence:.1f}% sure"
        return "I'm not sure"

    @property
    def words(self) -> str:
        """The likely readings of what isn't sure, or what a refused drawing looks most like."""
        said = []
        for place, (_, seen) in enumerate(self.pieces, start=1):
            what = f"Digit {place}" if len(self.pieces) > 1 else "It"
            first = seen.guess
            if first is None or (seen.sure and seen.runner_up is None):
                continue
            share = 100 * seen.probabilities[first]
            if seen.digit is None:
                if len(self.pieces) == 1:
                    said.append(f"If it is one, it is most likely a {first}.")
                else:
                    said.append(f"{what} doesn't look like one.")
            elif seen.sure:
                second, other = seen.likely[1]
                said.append(f"{what} could also be a {second} ({100 * other:.0f}%).")
            else:
                second, other = seen.likely[1]
                said.append(
                    f"{what} could be a {first} ({share:.0f}%) or a {second} ({100 * other:.0f}%)."
                )
        return " ".join(said)


class Recognizer:
    """A stored network, ready to answer, or several that answer together.

    Make one with `Recognizer.load`. Several are an ensemble, which answers with the mean of their
    probabilities and takes their times together; the README says what it brings.
    """

    def __init__(self, model: StoredModel, *more: StoredModel) -> None:
        self.model = model
        self.name = "+".join(one.name for one in (model, *more))
        self._members = [
            (LiteNetwork(one.read("litert")), float(one.card["calibration"]["temperature"]))
            for one in (model, *more)
        ]
        self.knows_nondigits = all(network.classes > 10 for network, _ in self._members)

    @classmethod
    def load(cls, name: str | None = None) -> "Recognizer":
        """The stored model of that name; None is the default, or the first that can be used.

        Names joined by + are an ensemble: `pen+simple_cnn`.

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
            " ".join(["No trained model can be used.", *map(str, errors)])
            + " `python -m mnist_core train pen` trains the default one."
        )

    def predict(self, images: NDArray[Any]) -> NDArray[np.float32]:
        """Probabilities of prepared images: `(n, 28, 28)` uint8, white on black -> `(n, 10)`.

        They are calibrated on the network's validation images, where it had some.
        """
        answers = self._answers(images)
        return answers[:, :10] / (1 - answers[:, 10:])

    def doubt(self, images: NDArray[Any]) -> NDArray[np.float32]:
        """How likely prepared images `(n, 28, 28)` are no digits, 0..1: `(n,)`.

        A network that has not learned it answers 1 less its largest probability, which tells
        far less.
        """
        answers = self._answers(images)
        return answers[:, 10] if self.knows_nondigits else 1 - answers.max(axis=1)

    def recognize(self, image: NDArray[Any] | Drawing) -> Recognition:
        """What digit a drawing or picture shows.

        Args:
            image: any array that `normalize_drawing` takes, or a `Drawing` already prepared.
        """
        drawing = image if isinstance(image, Drawing) else prepare_drawing(image)
        if drawing.reason:
            return _recognition(np.zeros(11, np.float32), drawing.normalized, drawing.reason)
        answer = self._answers(drawing.normalized[np.newaxis])[0]
        return _recognition(answer, drawing.normalized, None)

    def read(
        self,
        image: NDArray[Any] | Drawing,
        strokes: Sequence[ArrayLike] | None = None,
        pen_width: ArrayLike | None = None,
    ) -> Reading:
        """What number a drawing or picture shows; one digit is answered as `recognize` does.

        Args:
            image: any array that `normalize_drawing` takes, or a `Drawing` already prepared.
            strokes: the strokes that made it, where they are known: `(n, 2)` points (x right,
                y down) in pixels of the image, in any order.
            pen_width: the strokes' width in pixels, one or one for each; needed with `strokes`.
        """
        drawing = image if isinstance(image, Drawing) else prepare_drawing(image)
        pieces = segment(drawing, self._answers, strokes, pen_width)
        return Reading(
            tuple(
                (
                    piece.box,
                    _recognition(
                        piece.probabilities, piece.normalized, piece.reason, _threshold(pieces)
                    ),
                )
                for piece in pieces
            )
        )

    def reread(self, reading: Reading) -> Reading:
        """The same digits in the same boxes, as this network reads them."""
        asked = [seen.reason is None or seen.reason == "nondigit" for _, seen in reading.pieces]
        if not reading.pieces:
            return reading
        images = np.stack([seen.normalized for _, seen in reading.pieces])
        answers, threshold = self._answers(images), _threshold(reading.pieces)
        return Reading(
            tuple(
                (box, _recognition(answer, seen.normalized, None, threshold) if ask else seen)
                for (box, seen), answer, ask in zip(reading.pieces, answers, asked, strict=True)
            )
        )

    def _answers(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """`(n, 28, 28)` uint8 -> `(n, 11)`: 0 to 9 and, last, "not a digit"; the sum is 1."""
        told = []
        for network, temperature in self._members:
            answers = network.predict(images)
            digits = apply_temperature(digit_probabilities(answers), temperature)
            doubt = np.zeros((len(images), 1), np.float32)
            if self.knows_nondigits:  # never 1, which would leave nothing of the digits' shares
                doubt = np.minimum(answers[:, 10:], np.float32(1 - 1e-6))
            told.append(np.concatenate([digits * (1 - doubt), doubt], axis=1))
        return np.mean(told, axis=0, dtype=np.float32) if len(told) > 1 else told[0]


def _threshold(pieces: Sequence[Any]) -> float:
    """From which doubt on a piece is refused."""
    return REFUSED if len(pieces) == 1 else REFUSED_IN_A_ROW


def _recognition(
    answer: NDArray[np.float32],
    normalized: NDArray[np.uint8],
    reason: str | None,
    threshold: float = REFUSED,
) -> Recognition:
    doubt = float(answer[10])
    probabilities = answer[:10] / np.float32(1 - doubt)
    digit = int(probabilities.argmax())
    if reason is None and doubt >= threshold:
        reason = "nondigit"
    if reason:
        return Recognition(None, 0.0, probabilities, normalized, reason, doubt)
    return Recognition(digit, float(probabilities[digit]), probabilities, normalized, None, doubt)
