"""A network's reasons as a picture: colours over the image that they are about."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

FOR, AGAINST = (245, 158, 11), (59, 130, 246)  # orange and blue, as in mnist_core.figures.charts
FAINT = 0.4  # of the image's own light
SCALE = 8  # screen pixels for one of the image's


def heat_picture(
    image: NDArray[np.uint8], heat: NDArray[np.floating], largest: float | None = None
) -> NDArray[np.uint8]:
    """Orange where a number is positive, blue where it is negative, over the faint image.

    Args:
        image: `(28, 28)` uint8, 0 paper to 255 ink.
        heat: `(h, w)`; where it is smaller than the image, such as a map, it is drawn over all of
            it, smoothly.
        largest: the number that has the full colour; by default the largest there is.

    Returns:
        `(224, 224, 3)` uint8.
    """
    values = np.asarray(heat, np.float32)
    if values.shape != image.shape:
        size = image.shape[::-1]
        values = np.asarray(Image.fromarray(values).resize(size, Image.Resampling.BILINEAR))
    full = float(np.abs(values).max()) if largest is None else largest
    strength = np.clip(np.abs(values) / max(full, 1e-30), 0, 1)[..., np.newaxis]
    color = np.where((values > 0)[..., np.newaxis], FOR, AGAINST)
    mixed = FAINT * image[..., np.newaxis] * (1 - strength) + color * strength
    return enlarged(np.round(mixed).astype(np.uint8))


def enlarged(image: NDArray[np.uint8], scale: int = SCALE) -> NDArray[np.uint8]:
    """Each pixel as a square: `(h, w, ...)` -> `(h * scale, w * scale, ...)`."""
    return image.repeat(scale, axis=0).repeat(scale, axis=1)
