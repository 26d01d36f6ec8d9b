"""Heatmaps over the images that they explain."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

POSITIVE, NEGATIVE = (245, 158, 11), (59, 130, 246)  # orange and blue, as in figures.style
IMAGE_BRIGHTNESS = 0.4  # of the dimmed image under the heatmap
SCALE = 8  # pixels of the result for each pixel of the image


def heatmap_overlay(
    image: NDArray[np.uint8],
    heatmap: NDArray[np.floating],
    largest: float | None = None,
    *,
    dark_on_white: bool = False,
) -> NDArray[np.uint8]:
    """Draw a heatmap over a dimmed image: orange where it is positive, blue where it is negative.

    Args:
        image: `(28, 28)` uint8, 0 paper to 255 ink.
        heatmap: `(h, w)`; resized to the image's size by bilinear interpolation.
        largest: the absolute value that gets the full color. Default: the largest in the heatmap.
        dark_on_white: whether the image is shown as on paper.

    Returns:
        `(224, 224, 3)` uint8.
    """
    values = np.asarray(heatmap, np.float32)
    if values.shape != image.shape:
        size = image.shape[::-1]
        values = np.asarray(Image.fromarray(values).resize(size, Image.Resampling.BILINEAR))
    full = float(np.abs(values).max()) if largest is None else largest
    strength = np.clip(np.abs(values) / max(full, 1e-30), 0, 1)[..., np.newaxis]
    color = np.where((values > 0)[..., np.newaxis], POSITIVE, NEGATIVE)
    dimmed = IMAGE_BRIGHTNESS * image[..., np.newaxis]
    blended = (255 - dimmed if dark_on_white else dimmed) * (1 - strength) + color * strength
    return enlarge(np.round(blended).astype(np.uint8))


def enlarge(image: NDArray[np.uint8], scale: int = SCALE) -> NDArray[np.uint8]:
    """Enlarge each pixel to a square: `(h, w, ...)` -> `(h * scale, w * scale, ...)`."""
    return image.repeat(scale, axis=0).repeat(scale, axis=1)
