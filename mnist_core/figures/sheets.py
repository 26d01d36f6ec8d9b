"""Many small images as one picture."""

import io
import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

COLUMNS = 20


def contact_sheet(images: NDArray[np.uint8], columns: int = COLUMNS) -> NDArray[np.uint8]:
    """Arrange images side by side, row by row, without gaps; the rest of the last row is black.

    Args:
        images: `(n, h, w)` uint8.
        columns: images per row.

    Returns:
        `(rows * h, columns * w)` uint8, with at least one row.
    """
    if images.ndim != 3 or images.dtype != np.uint8:
        raise ValueError(
            f"Expected uint8 images of shape (n, h, w). Received: {images.dtype}, {images.shape}"
        )
    n, h, w = images.shape
    rows = max(math.ceil(n / columns), 1)
    cells = np.zeros((rows * columns, h, w), np.uint8)
    cells[:n] = images
    # (rows * columns, h, w) -> (rows, h, columns, w): pixels of the same row become neighbors
    return cells.reshape(rows, columns, h, w).swapaxes(1, 2).reshape(rows * h, columns * w)


def png(image: NDArray[np.uint8]) -> bytes:
    """Encode a gray `(h, w)` or a color `(h, w, 3)` image, uint8, as a PNG file."""
    content = io.BytesIO()
    Image.fromarray(image).save(content, format="PNG", compress_level=1)
    return content.getvalue()
