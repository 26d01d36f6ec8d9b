"""Two networks on the same images: is the one better, or was it luck?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.errors import ModelError
from mnist_core.models.store import StoredModel


@dataclass(frozen=True)
class Comparison:
    """Two networks on the same images.

    Attributes:
        only_first, only_second: images that only one of them reads rightly.
        p_value: how likely so uneven a split of those is by chance (McNemar's exact test).
    """

    only_first: int
    only_second: int
    p_value: float

    @property
    def words(self) -> str:
        """What it says, for people."""
        differing = self.only_first + self.only_second
        if not differing:
            return "Both read exactly the same images rightly."
        told = (
            f"{self.only_first} images are read rightly by the first only, "
            f"{self.only_second} by the second only."
        )
        if self.p_value < 0.05:
            better = "first" if self.only_first > self.only_second else "second"
            return (
                f"{told} The {better} is better: chance alone would give so uneven a split in "
                f"{self.p_value:.1%} of cases."
                if self.p_value >= 0.001
                else f"{told} The {better} is better: chance alone would hardly ever (less than "
                "0.1% of cases) give so uneven a split."
            )
        return (
            f"{told} That may well be chance, which gives a split as uneven as this in "
            f"{self.p_value:.0%} of cases: no difference is shown."
        )


def compare_models(first: StoredModel, second: StoredModel) -> Comparison:
    """McNemar's exact test on the images that one reads rightly and the other doesn't.

    (McNemar 1947; Dietterich 1998 recommends it for two networks that were trained once each.)

    Raises:
        ModelError: they were not tested on the same images, or their answers are damaged.
    """
    one, other = first.test_answers(), second.test_answers()
    same = first.card["data"]["digest"] == second.card["data"]["digest"]
    if not same or len(one["predicted"]) != len(other["predicted"]):
        raise ModelError(
            f"{first.name} and {second.name} were tested on different images "
            f"({first.data_name} and {second.data_name}), so they can't be compared image by image."
        )
    return compare_right(_right(one), _right(other))


def compare_right(first_right: NDArray[np.bool_], second_right: NDArray[np.bool_]) -> Comparison:
    """McNemar's exact test of two networks: `(n,)` whether each image is read rightly.

    Raises:
        ModelError: they are not about as many images.
    """
    from scipy.stats import binomtest

    if first_right.shape != second_right.shape:
        raise ModelError(
            "Two networks are compared on the same images. Received: "
            f"{len(first_right)} and {len(second_right)} answers."
        )
    only_first = int(np.sum(first_right & ~second_right))
    only_second = int(np.sum(~first_right & second_right))
    differing = only_first + only_second
    p_value = float(binomtest(only_first, differing).pvalue) if differing else 1.0
    return Comparison(only_first, only_second, p_value)


def _right(answers: Mapping[str, NDArray[Any]]) -> NDArray[np.bool_]:
    """Whether each image is read rightly: its label's probability is the largest one."""
    return np.isclose(np.exp(-answers["loss"]), answers["confidence"], atol=1e-6)


def changes(
    first_right: NDArray[np.bool_], second_right: NDArray[np.bool_]
) -> dict[str, NDArray[np.intp]]:
    """Positions of the images that going from the first network to the second changes.

    Returns:
        `fixed`: only the second reads them rightly; `broken`: only the first does; `still`:
        neither does.
    """
    return {
        "fixed": np.flatnonzero(~first_right & second_right),
        "broken": np.flatnonzero(first_right & ~second_right),
        "still": np.flatnonzero(~first_right & ~second_right),
    }
