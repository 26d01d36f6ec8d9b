"""Compare two networks on the same images: paired tests on arrays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_core.errors import DataError
from mnist_core.i18n import Sentences, Text

SIGNIFICANCE = 0.05


@dataclass(frozen=True)
class Comparison:
    """The result of McNemar's test on two networks.

    Attributes:
        only_first, only_second: number of images that only one of them reads correctly.
        p_value: the probability that chance alone splits those images so unevenly.
    """

    only_first: int
    only_second: int
    p_value: float

    def describe(self, first: str, second: str) -> str:
        """The result in one or two sentences.

        Args:
            first, second: the names of the networks.
        """
        if not self.only_first + self.only_second:
            return Text(
                "{first} and {second} classify exactly the same images correctly.",
                first=first,
                second=second,
            )
        counts = Text(
            "{only_first} images are classified correctly only by {first}, {only_second} only by "
            "{second}.",
            only_first=self.only_first,
            first=first,
            only_second=self.only_second,
            second=second,
        )
        p_value = "p < 0.001" if self.p_value < 0.001 else f"p = {self.p_value:.2g}"
        if self.p_value >= SIGNIFICANCE:
            verdict = Text(
                "No significant difference, {p_value} (McNemar's test).", p_value=p_value
            )
        else:
            verdict = Text(
                "{better} is significantly better, {p_value} (McNemar's test).",
                better=first if self.only_first > self.only_second else second,
                p_value=p_value,
            )
        return Sentences(counts, verdict)


def mcnemar_test(first_correct: NDArray[np.bool_], second_correct: NDArray[np.bool_]) -> Comparison:
    """Run McNemar's exact test on the images that only one of two networks reads correctly.

    (McNemar 1947; Dietterich 1998 recommends it for two networks that were trained once each.)

    Args:
        first_correct, second_correct: `(n,)`, whether each image is read correctly.

    Raises:
        DataError: the arrays are not of the same length.
    """
    from scipy.stats import binomtest

    if first_correct.shape != second_correct.shape:
        raise DataError(
            Text(
                "Two networks are compared on the same images. Received: {first} and {second} "
                "answers.",
                first=len(first_correct),
                second=len(second_correct),
            )
        )
    only_first = int(np.sum(first_correct & ~second_correct))
    only_second = int(np.sum(~first_correct & second_correct))
    differing = only_first + only_second
    p_value = float(binomtest(only_first, differing).pvalue) if differing else 1.0
    return Comparison(only_first, only_second, p_value)


@dataclass(frozen=True)
class Changes:
    """Positions of the images that change from the first network to the second.

    Attributes:
        fixed: only the second reads them correctly.
        broken: only the first does.
        still_wrong: neither does.
    """

    fixed: NDArray[np.intp]
    broken: NDArray[np.intp]
    still_wrong: NDArray[np.intp]


def answer_changes(first_correct: NDArray[np.bool_], second_correct: NDArray[np.bool_]) -> Changes:
    """What changes from a first network to a second.

    Args:
        first_correct, second_correct: `(n,)`, whether each image is read correctly.
    """
    return Changes(
        fixed=np.flatnonzero(~first_correct & second_correct),
        broken=np.flatnonzero(first_correct & ~second_correct),
        still_wrong=np.flatnonzero(~first_correct & ~second_correct),
    )
