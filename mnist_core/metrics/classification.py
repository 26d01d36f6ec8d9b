"""How good a network is: numbers from probabilities and labels. No network, no pictures."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.errors import DataError

DIGITS = np.arange(10)
Z_95 = 1.959963984540054  # 95% of a normal distribution lies within so many deviations
TINY = 1e-7  # as Keras does, a probability counts as this at least


@dataclass(frozen=True)
class ClassScore:
    """One digit: precision, recall and F1 (0..1), and how many images show it."""

    digit: int
    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True)
class Evaluation:
    """A network on labelled images.

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
    """The evaluation that `Evaluation.to_dict` wrote."""
    scores = [ClassScore(**score) for score in plain["per_class"]]
    low, high = plain["accuracy_interval"]
    return Evaluation(**{**plain, "per_class": scores, "accuracy_interval": (low, high)})


def cross_entropy_losses(
    probabilities: NDArray[np.float32], labels: NDArray[np.uint8]
) -> NDArray[np.float32]:
    """Each image's cross-entropy in nats: `(n, 10)`, `(n,)` -> `(n,)`.

    As Keras does, a probability counts as 1e-7 at least.
    """
    right = probabilities[np.arange(len(labels)), labels]
    return -np.log(np.clip(right, TINY, 1)).astype(np.float32)


def temper(probabilities: NDArray[np.float32], temperature: float) -> NDArray[np.float32]:
    """Probabilities `(n, k)` as if the network's logits had been divided by a temperature.

    Above 1 they become more alike, below 1 less; the order stays. (Guo et al. 2017, "On
    Calibration of Modern Neural Networks", https://arxiv.org/abs/1706.04599.)
    """
    if temperature == 1:
        return probabilities
    logits = np.log(np.maximum(probabilities, 1e-30)) / temperature
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)


def fit_temperature(probabilities: NDArray[np.float32], labels: NDArray[np.uint8]) -> float:
    """The temperature that makes the mean cross-entropy of `(n, 10)` least, within 0.2 to 5.

    To be fitted on images that the network was not trained on, nor tested with.
    """
    from scipy.optimize import minimize_scalar

    def loss(exponent: float) -> float:
        tempered = temper(probabilities, float(np.exp(exponent)))
        return float(cross_entropy_losses(tempered, labels).mean())

    best = minimize_scalar(loss, bounds=(np.log(0.2), np.log(5)), method="bounded")
    return round(float(np.exp(best.x)), 3)


def calibration_error(
    probabilities: NDArray[np.float32], labels: NDArray[np.uint8], bins: int = 15
) -> float:
    """Expected calibration error of `(n, 10)`, 0..1: how far confidence is from accuracy.

    The images are sorted into bins of equal width by the probability of their likeliest digit;
    the error is the mean over all images of |accuracy - mean confidence| of their bin (Naeini et
    al. 2015; 15 bins as in Guo et al. 2017).
    """
    found = reliability(probabilities, labels, bins)
    gaps = np.abs(found.accuracy - found.confidence)
    return float(np.sum(gaps * found.images, where=found.images > 0) / len(labels))


@dataclass(frozen=True)
class Reliability:
    """Answers sorted into bins of equal width by their confidence, 0 to 1.

    Attributes:
        images: `(bins,)`: how many there are.
        confidence: `(bins,)`, 0..1: their mean confidence; NaN without images.
        accuracy: `(bins,)`, 0..1: the share of them that is right; NaN without images.
    """

    images: NDArray[np.intp]
    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]


def reliability(
    probabilities: NDArray[np.float32], labels: NDArray[np.uint8], bins: int = 15
) -> Reliability:
    """How often answers of `(n, 10)` to `(n,)` labels are right, by how sure they are.

    (The reliability diagram of DeGroot and Fienberg 1983, as Guo et al. 2017 draw it.)
    """
    confidence = probabilities.max(axis=1).astype(np.float64)
    right = probabilities.argmax(axis=1) == labels
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    images = np.bincount(place, minlength=bins)
    with np.errstate(invalid="ignore"):  # 0 / 0 is NaN: a bin without images
        return Reliability(
            images,
            np.bincount(place, confidence, bins) / images,
            np.bincount(place, right, bins) / images,
        )


def wilson_interval(right: int, n: int) -> tuple[float, float]:
    """95% Wilson score interval of the share `right / n` (Wilson 1927): (low, high), 0..1.

    As SciPy's `binomtest(right, n).proportion_ci(0.95, "wilson")`, whose import takes a second
    that a page would wait for.
    """
    share, squared = right / n, Z_95**2 / n
    middle = share + squared / 2
    reach = (squared * (share * (1 - share) + squared / 4)) ** 0.5
    low, high = (middle - reach) / (1 + squared), (middle + reach) / (1 + squared)
    return (low if right else 0.0), (high if right < n else 1.0)


def evaluate_probabilities(
    probabilities: NDArray[np.float32], labels: NDArray[np.uint8]
) -> Evaluation:
    """Accuracy, loss, confusion and scores per class of the answers `(n, 10)` to `(n,)` labels.

    Raises:
        DataError: there are no images.
    """
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

    if len(labels) == 0:
        raise DataError("There are no images to evaluate on.")
    predicted = probabilities.argmax(axis=1)
    right = int((predicted == labels).sum())
    scores = precision_recall_fscore_support(labels, predicted, labels=DIGITS, zero_division=0.0)
    return Evaluation(
        n=len(labels),
        loss=float(cross_entropy_losses(probabilities, labels).mean()),
        accuracy=right / len(labels),
        accuracy_interval=wilson_interval(right, len(labels)),
        confusion_matrix=confusion_matrix(labels, predicted, labels=DIGITS).tolist(),
        per_class=[
            ClassScore(digit, float(precision), float(recall), float(f1), int(support))
            for digit, (precision, recall, f1, support) in enumerate(zip(*scores, strict=True))
        ],
    )
