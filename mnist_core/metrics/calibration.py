"""Calibration: whether answers with a confidence of 80% are right in 80% of cases."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_core.metrics.classification import cross_entropy_losses


def apply_temperature(
    probabilities: NDArray[np.float32], temperature: float
) -> NDArray[np.float32]:
    """Scale probabilities `(n, k)` as if their logits were divided by a temperature.

    A temperature above 1 makes them more equal, below 1 less; their order stays. (Temperature
    scaling: Guo et al. 2017, "On Calibration of Modern Neural Networks",
    https://arxiv.org/abs/1706.04599.)
    """
    if temperature == 1:
        return probabilities
    logits = np.log(np.maximum(probabilities, 1e-30)) / temperature
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (exponentials / exponentials.sum(axis=1, keepdims=True)).astype(np.float32)


def fit_temperature(probabilities: NDArray[np.float32], labels: NDArray[np.uint8]) -> float:
    """The temperature from 0.2 to 5 that minimizes the mean cross-entropy of `(n, 10)`.

    Fit it on images that the network was neither trained nor tested on.
    """
    from scipy.optimize import minimize_scalar

    def loss(log_temperature: float) -> float:
        scaled = apply_temperature(probabilities, float(np.exp(log_temperature)))
        return float(cross_entropy_losses(scaled, labels).mean())

    best = minimize_scalar(loss, bounds=(np.log(0.2), np.log(5)), method="bounded")
    return round(float(np.exp(best.x)), 3)


@dataclass(frozen=True)
class Reliability:
    """Answers in bins of equal width by their confidence, 0 to 1.

    Attributes:
        images: `(bins,)`: number of images.
        confidence: `(bins,)`, 0..1: their mean confidence; NaN without images.
        accuracy: `(bins,)`, 0..1: the share of correct answers; NaN without images.
    """

    images: NDArray[np.intp]
    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]


def reliability(
    probabilities: NDArray[np.float32], labels: NDArray[np.uint8], bins: int = 15
) -> Reliability:
    """Compute how often answers of `(n, 10)` to `(n,)` labels are right, by their confidence.

    (The reliability diagram of DeGroot and Fienberg 1983, as Guo et al. 2017 draw it.)
    """
    confidence = probabilities.max(axis=1).astype(np.float64)
    correct = probabilities.argmax(axis=1) == labels
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
    images = np.bincount(bin_of, minlength=bins)
    with np.errstate(invalid="ignore"):  # 0 / 0 is NaN: a bin without images
        return Reliability(
            images,
            np.bincount(bin_of, confidence, bins) / images,
            np.bincount(bin_of, correct, bins) / images,
        )


def calibration_error(
    probabilities: NDArray[np.float32], labels: NDArray[np.uint8], bins: int = 15
) -> float:
    """Expected calibration error of `(n, 10)`, 0..1: the distance of confidence from accuracy.

    The images are sorted into bins of equal width by their confidence; the error is the mean over
    all images of |accuracy - mean confidence| of their bin (Naeini et al. 2015; 15 bins as in Guo
    et al. 2017).
    """
    binned = reliability(probabilities, labels, bins)
    gaps = np.abs(binned.accuracy - binned.confidence)
    return float(np.sum(gaps * binned.images, where=binned.images > 0) / len(labels))
