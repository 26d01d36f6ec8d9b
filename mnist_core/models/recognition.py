"""What a network recognizes in a drawing: a digit, or a number of several digits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import label_name
from mnist_core.drawing.normalize import REASONS
from mnist_core.drawing.segmentation import Box
from mnist_core.i18n import Sentences, Text

MIN_CONFIDENCE = 0.6  # below this, the likeliest digit is a guess
MIN_RUNNER_UP = 0.15  # a runner-up with at least this probability is worth naming
OPEN = 0.25  # with at least this, the answer is open between the two


def percent(probability: float) -> str:
    """A probability as people read it: `97.3%`; never 0% or 100%, which no network can know."""
    if 0 < probability < 0.0005:
        return "< 0.1%"
    if probability >= 0.9995:
        return "> 99.9%"
    return f"{100 * probability:.1f}%"


@dataclass(frozen=True)
class Recognition:
    """What a network recognizes in a drawing of one digit.

    Attributes:
        digit: 0 to 9, or None where the drawing shows nothing that could be a digit.
        confidence: the probability of `digit`, 0..1; 0 without one.
        probabilities: `(10,)` float32: of each digit, given that the drawing shows one. All 0
            where the network was not run (`empty`, `dot`, `full`).
        normalized: `(28, 28)` uint8, 0 paper to 255 ink: the network's input.
        reason: why there is no digit (a key of `mnist_core.drawing.normalize.REASONS`), or None.
        nondigit_probability: of the drawing showing no digit, 0..1; 0 where the network can't tell.
    """

    digit: int | None
    confidence: float
    probabilities: NDArray[np.float32]
    normalized: NDArray[np.uint8]
    reason: str | None
    nondigit_probability: float = 0.0

    @property
    def guess(self) -> int | None:
        """The likeliest digit, also where the answer is "not a digit"; None without ink."""
        return int(self.probabilities.argmax()) if self.probabilities.any() else None

    @property
    def top_two(self) -> list[tuple[int, float]]:
        """The two likeliest digits and their probabilities, the likelier first."""
        order = self.probabilities.argsort()[::-1][:2]
        return [(int(digit), float(self.probabilities[digit])) for digit in order]

    @property
    def runner_up(self) -> int | None:
        """The second likeliest digit where its probability is worth naming, else None."""
        if self.digit is None:
            return None
        digit, probability = self.top_two[1]
        return digit if probability >= MIN_RUNNER_UP else None

    @property
    def is_open(self) -> bool:
        """Whether the second likeliest digit may as well be meant: a one with a long flag, a 7."""
        return self.digit is not None and self.top_two[1][1] >= OPEN

    @property
    def sure(self) -> bool:
        """Whether the digit is more than a guess."""
        if self.digit is None:
            return False
        return self.confidence * (1 - self.nondigit_probability) >= MIN_CONFIDENCE

    @property
    def message(self) -> str | None:
        """The reason in words, or None."""
        return REASONS[self.reason] if self.reason else None


@dataclass(frozen=True)
class Reading:
    """What a network recognizes in a drawing of several digits.

    Attributes:
        pieces: for each digit, row by row and left to right, its box (left, top, right, bottom,
            exclusive, in pixels of the drawing) and its recognition. Ink that can't be a digit is
            one piece without a digit. There are no pieces without ink.
        rows: how many of the pieces each row has, where there are several rows; else empty.
        at_once: whether digits that touch were read together by the number reader, not each on
            its own; where one ends and the next begins is then approximate.
    """

    pieces: tuple[tuple[Box, Recognition], ...]
    rows: tuple[int, ...] = ()
    at_once: bool = False

    @property
    def lines(self) -> list[str]:
        """The number in each row, such as `["12", "345"]`, with ? for what is no digit."""
        ends = np.cumsum([0, *(self.rows or (len(self.pieces),))]).tolist()
        signs = ["?" if piece.digit is None else str(piece.digit) for __, piece in self.pieces]
        return ["".join(signs[a:b]) for a, b in pairwise(ends)]

    @property
    def digits(self) -> list[Recognition]:
        """The recognitions of the pieces that are digits."""
        return [piece for __, piece in self.pieces if piece.digit is not None]

    @property
    def text(self) -> str:
        """The number, such as "2026"; "" without a digit."""
        return "".join(str(piece.digit) for piece in self.digits)

    @property
    def marked_text(self) -> str:
        """The number with ? for each piece that is no digit; "" without a digit."""
        if not self.text:
            return ""
        return "".join(
            "?" if piece.digit is None else str(piece.digit) for __, piece in self.pieces
        )

    @property
    def confidence(self) -> float:
        """The product of the digits' confidences, 0..1; 0 without a digit."""
        confidences = [piece.confidence for piece in self.digits]
        return float(np.prod(confidences)) if confidences else 0.0

    @property
    def heading(self) -> str:
        """How sure the answer is, or why there is none, in a few words."""
        return self.describe_heading()

    def describe_heading(self, class_names: Sequence[str] = ()) -> str:
        """How sure the answer is, both classes where one digit is open between two, or why not.

        Args:
            class_names: what the labels stand for, where they are not digits.
        """
        if not self.text:
            return next((piece.message for __, piece in self.pieces if piece.message), "")
        first = self.pieces[0][1]
        if len(self.pieces) == 1 and first.is_open:
            likelier, other = (label_name(digit, class_names) for digit, __ in first.top_two)
            return Text("{first}, or {second}", first=likelier, second=other)
        if all(piece.sure for piece in self.digits):
            return Text("{share} confidence", share=percent(self.confidence))
        return Text("Not sure")

    @property
    def alternatives(self) -> str:
        """The likely digits where the answer isn't sure, in sentences; "" where it is."""
        return self.describe_alternatives()

    def describe_alternatives(self, class_names: Sequence[str] = ()) -> str:
        """The likely classes where the answer isn't sure, in sentences; "" where it is.

        Args:
            class_names: what the labels stand for, where they are not digits.
        """
        return Sentences(*self._sentences(class_names))

    def _sentences(self, class_names: Sequence[str]) -> Iterator[str]:
        single = len(self.pieces) == 1
        for number, (__, piece) in enumerate(self.pieces, start=1):
            if piece.guess is None or (piece.sure and piece.runner_up is None):
                continue
            (label, probability), (other_label, other_probability) = piece.top_two
            likely = {
                "number": number,
                "first": label_name(label, class_names),
                "second": label_name(other_label, class_names),
                "share": probability,
                "other_share": other_probability,
            }
            if piece.digit is None:
                text = (
                    Text("If it is a digit, most likely {first}.", **likely)
                    if single
                    else Text("Digit {number} doesn't look like a digit.", **likely)
                )
            elif piece.sure and not piece.is_open:
                text = (
                    Text("It could also be {second} ({other_share:.0%}).", **likely)
                    if single
                    else Text(
                        "Digit {number} could also be {second} ({other_share:.0%}).", **likely
                    )
                )
            else:
                text = (
                    Text(
                        "It could be {first} ({share:.0%}) or {second} ({other_share:.0%}).",
                        **likely,
                    )
                    if single
                    else Text(
                        "Digit {number} could be {first} ({share:.0%}) or {second} "
                        "({other_share:.0%}).",
                        **likely,
                    )
                )
            yield text
