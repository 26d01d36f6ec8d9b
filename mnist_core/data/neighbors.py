"""Exact nearest neighbors, with little memory: the images that are most like a given one.

An image is a point whose coordinates are its pixels, or a network's features of it. The distance
between two points is Euclidean.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.errors import DataError
from mnist_core.i18n import Text

BATCH = 2048  # points compared at a time: 13 MB of pixels as float64


def nearest_neighbors(
    queries: NDArray[Any],
    points: NDArray[Any],
    k: int = 10,
    *,
    rows: NDArray[Any] | None = None,
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Find the points nearest to each query, the nearest first; of equal ones the lower row first.

    Every point is compared, in float64, so that the distances of 8-bit pixels are exact. `points`
    is read in batches and never copied as a whole; it may be a memory map.

    Args:
        queries: `(m, ...)`, of any numbers: `(m, 28, 28)` pixels or `(m, d)` features.
        points: `(n, ...)`, each of the shape of a query.
        k: number of neighbors for each query; fewer where there are fewer points.
        rows: the points to search, as rows or as `(n,)` booleans. Default: all. `labels == 9`
            searches the nines only; `np.arange(n) != i` leaves out an image that is itself a point.

    Returns:
        `(m, k)` rows of `points`, and `(m, k)` their distances in the units of the coordinates
        (pixels: 0 to 255 * 28 = 7140).

    Raises:
        DataError: a query and a point are of different shapes.
    """
    if queries.shape[1:] != points.shape[1:]:
        raise DataError(
            Text(
                "Only points of the same shape can be compared. Received: queries of shape "
                "{queries_shape}, points of shape {points_shape}",
                queries_shape=queries.shape[1:],
                points_shape=points.shape[1:],
            )
        )
    rows = np.arange(len(points)) if rows is None else np.asarray(rows)
    rows = np.flatnonzero(rows) if rows.dtype == bool else rows.astype(np.intp)
    flat_queries = queries.reshape(len(queries), -1).astype(np.float64)
    query_squares = (flat_queries**2).sum(axis=1, keepdims=True)
    neighbors = np.empty((len(flat_queries), 0), np.intp)
    squared_distances = np.empty((len(flat_queries), 0))
    for start in range(0, len(rows), BATCH):
        batch_rows = rows[start : start + BATCH]
        # (a - b)² = a² - 2ab + b²: one product of matrices for all pairs
        batch = points[batch_rows].reshape(len(batch_rows), -1).astype(np.float64)
        squared = query_squares - 2 * (flat_queries @ batch.T) + np.einsum("ij,ij->i", batch, batch)
        neighbors = np.concatenate([neighbors, np.broadcast_to(batch_rows, squared.shape)], axis=1)
        squared_distances = np.concatenate([squared_distances, np.maximum(squared, 0)], axis=1)
        order = np.lexsort((neighbors, squared_distances))[:, :k]
        neighbors = np.take_along_axis(neighbors, order, axis=1)
        squared_distances = np.take_along_axis(squared_distances, order, axis=1)
    return neighbors, np.sqrt(squared_distances)
