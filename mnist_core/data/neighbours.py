"""The images that are most like a given one: exact nearest neighbours, with little memory.

An image is a point whose coordinates are its pixels, or a network's features of it. Those that
look alike lie close together; how close is the Euclidean distance, the root of the summed squares
of the differences.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.errors import DataError

AT_ONCE = 2048  # points compared at a time: 13 MB of pixels as float64


def nearest(
    queries: NDArray[Any],
    points: NDArray[Any],
    k: int = 10,
    *,
    rows: NDArray[Any] | None = None,
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """The points nearest to each query, the nearest first; of equally near ones the lower row.

    Every point is compared, in float64, so that the distances of 8-bit pixels are exact. `points`
    is read a part at a time and never copied whole; it may be a memory map.

    Args:
        queries: `(m, ...)`, of any numbers: `(m, 28, 28)` pixels or `(m, d)` features.
        points: `(n, ...)`, each of the shape of a query.
        k: how many for each; fewer where there are fewer points.
        rows: which points count: their rows, or `(n,)` booleans. Default: all. `labels == 9` looks
            among the nines only; `np.arange(n) != i` leaves out an image that is itself a point.

    Returns:
        `(m, k)` rows of `points`, and `(m, k)` their distances in the units of the coordinates
        (pixels: 0 to 255 * 28 = 7140).

    Raises:
        DataError: a query and a point are of different shapes.
    """
    if queries.shape[1:] != points.shape[1:]:
        raise DataError(
            "Only points of the same shape can be compared. Received: "
            f"queries of shape {queries.shape[1:]}, points of shape {points.shape[1:]}"
        )
    rows = np.arange(len(points)) if rows is None else np.asarray(rows)
    rows = np.flatnonzero(rows) if rows.dtype == bool else rows.astype(np.intp)
    wanted = queries.reshape(len(queries), -1).astype(np.float64)
    squares = (wanted**2).sum(axis=1, keepdims=True)
    found = np.empty((len(wanted), 0), np.intp)
    distances = np.empty((len(wanted), 0))
    for start in range(0, len(rows), AT_ONCE):
        part = rows[start : start + AT_ONCE]
        # (a - b)² = a² - 2ab + b²: one product of matrices for all pairs
        some = points[part].reshape(len(part), -1).astype(np.float64)
        squared = squares - 2 * (wanted @ some.T) + np.einsum("ij,ij->i", some, some)
        found = np.concatenate([found, np.broadcast_to(part, squared.shape)], axis=1)
        distances = np.concatenate([distances, np.maximum(squared, 0)], axis=1)
        order = np.lexsort((found, distances))[:, :k]
        found = np.take_along_axis(found, order, axis=1)
        distances = np.take_along_axis(distances, order, axis=1)
    return found, np.sqrt(distances)
