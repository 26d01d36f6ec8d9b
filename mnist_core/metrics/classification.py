"""Metrics of a classifier, from its probabilities and the labels."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.errors import DataError
from mnist_core.i18n import Text

DIGITS = np.arange(10)
Z_95 = 1.959963984540054  # 95% of a normal distribution lies within so many standard deviations
MIN_PROBABILITY = 1e-7  # the least that a probability counts as, as in Keras


@dataclass(frozen=True)
class ClassScore:
    """Scores of one digit: precision, recall and F1 (0..1), and how many images show it."""

    digit: int
    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True)
class Evaluation:
    """A network's results on labeled images.

    Attributes:
        n: number of images.
        loss: mean cross-entropy in nats.
        accuracy: share of the images whose likeliest digit is the label.
        accuracy_interval: 95% Wilson score interval of the accuracy.
        confusion_matrix: 10 rows of 10 counts; rows are true, columns are predicted.
        per_class: scores of the digits 0 to 9.
    """

    n: int
    loss: float
    accuracy: float
    accuracy_interval: tuple[float, float]
    confusion_matrix: list[list[int]]
    per_class: list[ClassScore]

    def to_dict(self) -> dict[str, Any]:
        """As plain data for JSON."""
        return asdict(self)


def evaluation_from_dict(plain: dict[str, Any]) -> Evaluation:
    """Restore an evaluation from the result of `Evaluation.to_dict`."""
    scores = [ClassScore(**score) for score in plain["per_class"]]
    low, high = plain["accuracy_interval"]
    return Evaluation(**{**plain, "per_class": scores, "accuracy_interval": (low, high)})


def cross_entropy_losses(
    probabilities: NDArray[np.float32], labels: NDArray[np.uint8]
) -> NDArray[np.float32]:
    """The cross-entropy of each image in nats: `(n, 10)`, `(n,)` -> `(n,)`.

    As in Keras, a probability counts as 1e-7 at least.
    """
    label_probabilities = probabilities[np.arange(len(labels)), labels]
    return -np.log(np.clip(label_probabilities, MIN_PROBABILITY, 1)).astype(np.float32)


def wilson_interval(correct: int, n: int) -> tuple[float, float]:
    """95% Wilson score interval of the share `correct / n` (Wilson 1927): (low, high), 0..1.

    Equals SciPy's `binomtest(correct, n).proportion_ci(0.95, "wilson")`, whose import would make a
    page wait for a second.
    """
    share, z_squared = correct / n, Z_95**2 / n
    center = share + z_squared / 2
    margin = (z_squared * (share * (1 - share) + z_squared / 4)) ** 0.5
    low, high = (center - margin) / (1 + z_squared), (center + margin) / (1 + z_squared)
    return (low if correct else 0.0), (high if correct < n else 1.0)


def evaluate_probabilities(
    probabilities: NDArray[np.float32], labels: NDArray[np.uint8]
) -> Evaluation:
    """Compute accuracy, loss, confusion matrix and the scores of each class.

    Args:
        probabilities: `(n, 10)`, 0..1.
        labels: `(n,)`, 0 to 9.

    Raises:
        DataError: there are no images.
    """
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

    if len(labels) == 0:
        raise DataError(Text("There are no images to evaluate on."))
    predicted = probabilities.argmax(axis=1)
    correct = int((predicted == labels).sum())
    scores = precision_recall_fscore_support(labels, predicted, labels=DIGITS, zero_division=0.0)
    return Evaluation(
        n=len(labels),
        loss=float(cross_entropy_losses(probabilities, labels).mean()),
        accuracy=correct / len(labels),
        accuracy_interval=wilson_interval(correct, len(labels)),
        confusion_matrix=confusion_matrix(labels, predicted, labels=DIGITS).tolist(),
        per_class=[
            ClassScore(digit, float(precision), float(recall), float(f1), int(support))
            for digit, (precision, recall, f1, support) in enumerate(zip(*scores, strict=True))
        ],
    )
