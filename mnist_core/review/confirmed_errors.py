"""Errors among MNIST's test labels that people have confirmed.

Source: Northcutt, Athalye & Mueller 2021, "Pervasive Label Errors in Test Sets Destabilize Machine
Learning Benchmarks", https://arxiv.org/abs/2103.14749: of 100 images shown to five people each,
those whose label at most two of them agreed with (mturk/mnist_mturk.json in
github.com/cleanlab/label-errors).
"""

from collections.abc import Mapping
from typing import NamedTuple

from mnist_core.i18n import Text


class Votes(NamedTuple):
    """What five people see in an image.

    Attributes:
        label: the image's label in MNIST.
        proposed: the class that was proposed instead.
        for_label, for_proposed, for_neither: how many of the five people see each.
    """

    label: int
    proposed: int
    for_label: int
    for_proposed: int
    for_neither: int


CONFIRMED_ERRORS: Mapping[int, Votes] = {  # by the index of the test image
    947: Votes(8, 9, 0, 5, 0),
    1621: Votes(0, 6, 2, 3, 0),
    1901: Votes(9, 4, 2, 3, 0),
    2130: Votes(4, 9, 2, 2, 1),
    2462: Votes(2, 0, 0, 4, 1),
    2597: Votes(5, 3, 0, 4, 1),
    2654: Votes(6, 1, 0, 2, 3),
    3520: Votes(6, 4, 2, 0, 3),
    3558: Votes(5, 0, 1, 4, 0),
    5937: Votes(5, 3, 1, 3, 1),
    6651: Votes(0, 6, 0, 5, 0),
    6783: Votes(1, 6, 2, 3, 0),
    8527: Votes(4, 9, 2, 2, 1),
    9679: Votes(6, 3, 2, 0, 3),
    9729: Votes(5, 6, 2, 3, 0),
}


def describe_votes(index: int) -> str:
    """What five people see in a test image of MNIST; "" unless its label is a confirmed error."""
    if index not in CONFIRMED_ERRORS:
        return ""
    votes = CONFIRMED_ERRORS[index]
    if votes.for_neither:
        return Text(
            "{for_label} of 5 see {label}, {for_proposed} see {proposed}, {for_neither} see "
            "neither",
            **votes._asdict(),
        )
    return Text("{for_label} of 5 see {label}, {for_proposed} see {proposed}", **votes._asdict())
