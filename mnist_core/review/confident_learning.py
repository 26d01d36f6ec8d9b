"""Confident learning: find labels that are likely wrong, and ambiguous images.

Confident learning (Northcutt, Jiang & Chuang 2021, "Confident Learning: Estimating Uncertainty in
Dataset Labels", https://arxiv.org/abs/1911.00068; implemented by cleanlab) looks for images that a
network assigns to another class with more confidence than it usually has in that class. It needs
out-of-sample probabilities: answers to images that the network was not trained on.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.errors import DataError
from mnist_core.i18n import Text
from mnist_core.review.confirmed_errors import describe_votes

AMBIGUOUS_MARGIN = 0.5  # the probabilities of the two likeliest classes differ by less


@dataclass(frozen=True)
class LabelErrors:
    """Likely label errors among n labeled images.

    Attributes:
        likely: rows of the images whose label is likely wrong, the likeliest first.
        misread: rows of further images whose likeliest class is not their label, the least
            probable label first.
        ambiguous: rows of images, not in `likely`, whose two likeliest classes have similar
            probabilities, the most similar first.
        quality: `(n,)` float32, the probability of the label, 0..1: low where it may be wrong.
        predicted: `(n,)` uint8, the likeliest class.
        confidence: `(n,)` float32, its probability.
        runner_up: `(n,)` uint8, the second likeliest class.
    """

    likely: NDArray[np.intp]
    misread: NDArray[np.intp]
    ambiguous: NDArray[np.intp]
    quality: NDArray[np.float32]
    predicted: NDArray[np.uint8]
    confidence: NDArray[np.float32]
    runner_up: NDArray[np.uint8]

    def to_arrays(self, prefix: str = "") -> dict[str, NDArray[Any]]:
        """As arrays for an `.npz`, called `PREFIX.ATTRIBUTE`."""
        return {
            f"{prefix}.{field.name}": getattr(self, field.name)
            for field in dataclasses.fields(self)
        }


def label_errors_from_arrays(arrays: Mapping[str, NDArray[Any]], prefix: str = "") -> LabelErrors:
    """Restore label errors from the result of `LabelErrors.to_arrays` with that prefix."""
    fields = dataclasses.fields(LabelErrors)
    return LabelErrors(**{field.name: arrays[f"{prefix}.{field.name}"] for field in fields})


def find_label_errors(
    labels: NDArray[np.uint8], probabilities: NDArray[np.floating]
) -> LabelErrors:
    """Find likely label errors and ambiguous images.

    Args:
        labels: `(n,)`, 0 to 9.
        probabilities: `(n, 10)`, out of sample: from networks not trained on these images.

    Raises:
        DataError: the shapes don't match, or the labels show fewer than two classes.
    """
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores

    if probabilities.shape != (len(labels), 10) or not np.isfinite(probabilities).all():
        raise DataError(
            Text(
                "To find label errors, ten probabilities are needed for each of the {n} labels. "
                "Received: shape {shape}",
                n=len(labels),
                shape=probabilities.shape,
            )
        )
    classes, class_indices = np.unique(labels, return_inverse=True)
    if len(classes) < 2:
        raise DataError(Text("Label errors can only be found among at least two classes."))
    normalized = _normalize(probabilities.astype(np.float64))
    # cleanlab expects images of every class, so classes without images are left out.
    reduced = _normalize(normalized[:, classes])
    likely = find_label_issues(
        class_indices, reduced, return_indices_ranked_by="self_confidence", n_jobs=1
    ).astype(np.intp)
    quality = get_label_quality_scores(class_indices, reduced, method="self_confidence")
    order = normalized.argsort(axis=1)[:, ::-1]
    best, second = np.take_along_axis(normalized, order[:, :2], axis=1).T
    margin = best - second
    ambiguous = np.flatnonzero(margin < AMBIGUOUS_MARGIN)
    ambiguous = ambiguous[np.argsort(margin[ambiguous], kind="stable")]
    misread = np.flatnonzero(order[:, 0] != labels)
    misread = misread[np.argsort(quality[misread], kind="stable")]
    return LabelErrors(
        likely=likely,
        misread=misread[~np.isin(misread, likely)],
        ambiguous=ambiguous[~np.isin(ambiguous, likely)],
        quality=quality.astype(np.float32),
        predicted=order[:, 0].astype(np.uint8),
        confidence=best.astype(np.float32),
        runner_up=order[:, 1].astype(np.uint8),
    )


def _normalize(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    return probabilities / np.maximum(probabilities.sum(axis=1, keepdims=True), 1e-12)


@dataclass(frozen=True)
class Agreement:
    """An image whose label several networks find likely wrong.

    Attributes:
        row: the image's row.
        networks: number of networks that find its label likely wrong.
        proposed: the class that most of them predict instead.
    """

    row: int
    networks: int
    proposed: int


def find_agreement(findings: Sequence[LabelErrors]) -> list[Agreement]:
    """The images whose label two networks or more find likely wrong.

    Each network makes mistakes of its own, so an image that several find wrong deserves a look
    first.

    Returns:
        Those that the most networks agree on first; of equals, the least probable label first.
    """
    votes = np.zeros((len(findings[0].quality), 10), np.intp)
    for errors in findings:
        votes[errors.likely, errors.predicted[errors.likely]] += 1
    networks = votes.sum(axis=1)
    quality = np.mean([errors.quality for errors in findings], axis=0)
    return [
        Agreement(int(row), int(networks[row]), int(votes[row].argmax()))
        for row in np.lexsort((quality, -networks))
        if networks[row] >= 2
    ]


def label_errors_table(
    errors: LabelErrors,
    rows: NDArray[np.intp],
    labels: NDArray[np.uint8],
    confirmed: bool = False,
) -> list[dict[str, Any]]:
    """Images with their labels and answers as plain data for JSON or CSV.

    Args:
        rows: the images to include.
        confirmed: whether these are MNIST's test images, some of whose errors people confirmed:
            adds the column `people`, see `describe_votes`.
    """
    return [
        {
            "image": int(row),
            "label": int(labels[row]),
            "read_as": int(errors.predicted[row]),
            "confidence": round(float(errors.confidence[row]), 4),
            "label_probability": round(float(errors.quality[row]), 4),
            **({"people": describe_votes(int(row))} if confirmed else {}),
        }
        for row in rows
    ]
