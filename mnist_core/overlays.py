"""Numbers over an image as colours."""

import numpy as np
from numpy.typing import NDArray

FOR, AGAINST = (245, 158, 11), (59, 130, 246)  # orange and blue: told apart by everybody
DIGIT = 0.45  # how bright the digit under the colours is


def overlay(
    image: NDArray[np.uint8], weights: NDArray[np.floating], most: float | None = None
) -> NDArray[np.uint8]:
    """An image under the colours of weights: orange is positive, blue negative, none is zero.

    Args:
        image: `(h, w)` uint8, 0 paper to 255 ink.
        weights: `(h, w)`.
        most: the weight whose colour is full; larger ones have it too. Default: the largest.

    Returns:
        `(h, w, 3)` uint8.
    """
    most = float(np.abs(weights).max()) if most is None else most
    strength = np.clip(np.abs(weights) / most, 0, 1) if most else np.zeros(weights.shape)
    color = np.where(weights[..., np.newaxis] > 0, np.array(FOR), np.array(AGAINST))
    grey = DIGIT * image[..., np.newaxis].astype(np.float64)
    mixed = grey + (color - grey) * strength[..., np.newaxis]
    return np.round(mixed).astype(np.uint8)
