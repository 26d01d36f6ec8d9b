"""Compare two networks on the same images: paired tests on arrays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_core.errors import DataError

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

    @property
    def summary(self) -> str:
        """The result in one or two sentences."""
        if not self.only_first + self.only_second:
            return "Both networks read exactly the same images correctly."
        counts = (
            f"{self.only_first} images are read correctly by the first network only, "
            f"{self.only_second} by the second only."
        )
        if self.p_value >= SIGNIFICANCE:
            return (
                f"{counts} That may well be chance, which gives a split as uneven as this in "
                f"{self.p_value:.0%} of cases: no difference is shown."
            )
        better = "first" if self.only_first > self.only_second else "second"
        if self.p_value < 0.001:
            cases = "less than 0.1% of cases"
        else:
            cases = f"{self.p_value:.1%} of cases"
        return (
            f"{counts} The {better} is better: chance alone would give a split as uneven as this "
            f"in {cases}."
        )


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
            "Two networks are compared on the same images. Received: "
            f"{len(first_correct)} and {len(second_correct)} answers."
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
