"""Nearest neighbours against a comparison of every pair, one at a time."""

import numpy as np
import pytest

from mnist_core.data.neighbors import BATCH, nearest_neighbors
from mnist_core.errors import DataError

RNG = np.random.default_rng(0)


def by_hand(query, points, rows):
    """(row, distance) of all, the nearest first."""
    pairs = [
        (float(np.sqrt(((points[row].astype(int) - query) ** 2).sum())), int(row)) for row in rows
    ]
    return sorted(pairs)


def test_every_point_is_compared_over_the_parts():
    points = RNG.integers(0, 256, (BATCH + 700, 28, 28), dtype=np.uint8)
    queries = RNG.integers(0, 256, (3, 28, 28), dtype=np.uint8)
    neighbors, distances = nearest_neighbors(queries, points, 7)
    assert neighbors.shape == distances.shape == (3, 7)
    for query, rows, lengths in zip(queries, neighbors, distances, strict=True):
        expected = by_hand(query.astype(int), points, range(len(points)))[:7]
        assert rows.tolist() == [row for _, row in expected]
        assert lengths.tolist() == [length for length, _ in expected]  # exact, not nearly


def test_only_the_rows_that_count():
    points = RNG.integers(0, 256, (100, 28, 28), dtype=np.uint8)
    labels = np.arange(100) % 10
    nines, _ = nearest_neighbors(points[:1], points, 4, rows=labels == 9)
    assert nines[0].tolist() == [
        row for _, row in by_hand(points[0].astype(int), points, np.flatnonzero(labels == 9))[:4]
    ]
    listed, _ = nearest_neighbors(points[:1], points, 4, rows=np.flatnonzero(labels == 9))
    assert listed.tolist() == nines.tolist()


def test_a_point_is_its_own_neighbour_unless_left_out():
    points = RNG.integers(0, 256, (20, 28, 28), dtype=np.uint8)
    neighbors, distances = nearest_neighbors(points[5:6], points, 1)
    assert (neighbors[0, 0], distances[0, 0]) == (5, 0)
    neighbors, distances = nearest_neighbors(points[5:6], points, 1, rows=np.arange(20) != 5)
    assert neighbors[0, 0] != 5
    assert distances[0, 0] > 0


def test_equally_near_points_come_in_their_order_and_there_may_be_few():
    points = np.zeros((BATCH + 5, 2), np.float32)
    points[3] = 1
    neighbors, distances = nearest_neighbors(np.zeros((1, 2)), points, 5)
    assert neighbors.tolist() == [[0, 1, 2, 4, 5]]
    assert distances.max() == 0
    neighbors, distances = nearest_neighbors(np.zeros((1, 2)), points, 5, rows=np.array([3]))
    assert neighbors.tolist() == [[3]]
    assert distances[0, 0] == pytest.approx(np.sqrt(2))
    assert nearest_neighbors(np.zeros((2, 2)), points, 5, rows=np.array([], int))[0].shape == (2, 0)


def test_points_of_another_shape_are_refused():
    with pytest.raises(DataError, match=r"points of shape \(28, 28\)"):
        nearest_neighbors(np.zeros((1, 784)), np.zeros((3, 28, 28)))


def test_the_nearest_of_a_training_image_of_mnist_show_its_digit(mnist):
    neighbors, _ = nearest_neighbors(
        mnist.x_train[7777][np.newaxis], mnist.x_train, 6, rows=np.arange(60_000) != 7777
    )
    assert (mnist.y_train[neighbors[0]] == 8).all()
