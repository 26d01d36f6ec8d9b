"""Maps of images: principal components against scikit-learn's, t-SNE in a process of its own."""

import time

import numpy as np
import pytest

from mnist_core.data.maps import (
    choose_rows,
    embed_new_points,
    principal_components,
    start_tsne,
    tsne,
    tsne_folder,
)
from mnist_core.errors import DataError
from mnist_core.system.computations import read_computation


def groups(n=150, d=20):
    """Three groups of points, far apart, and which group each is of."""
    rng = np.random.default_rng(0)
    of = np.arange(n) % 3
    return (rng.normal(size=(n, d)) + 40 * np.eye(3, d)[of]).astype(np.float32), of


def test_principal_components_are_scikit_learns(mnist):
    from sklearn.decomposition import PCA

    images = mnist.x_train[:3000]
    ours = principal_components(images, 3)
    theirs = PCA(3, svd_solver="full").fit(images.reshape(-1, 784).astype(np.float64))
    np.testing.assert_allclose(ours.components, theirs.components_, atol=2e-3)
    np.testing.assert_allclose(
        ours.explained_variance_ratio, theirs.explained_variance_ratio_, rtol=1e-4
    )
    expected = theirs.transform(images[:5].reshape(-1, 784))
    np.testing.assert_allclose(ours.project(images[:5]), expected, atol=3)  # of about 2000


def test_principal_components_of_few_or_flat_points():
    assert principal_components(np.ones((5, 4)), 2).project(np.ones((1, 4))).tolist() == [[0, 0]]
    assert principal_components(np.eye(2), 5).components.shape == (2, 2)
    with pytest.raises(DataError, match="at least two images"):
        principal_components(np.ones((1, 4)))


def test_rows_are_chosen_once_each_and_the_same_each_time():
    rows = choose_rows(1000, 100)
    assert len(np.unique(rows)) == 100
    assert rows.max() < 1000
    assert rows.tolist() == choose_rows(1000, 100).tolist()
    assert rows.tolist() != choose_rows(1000, 100, seed=1).tolist()
    assert choose_rows(7, 100).tolist() == list(range(7))


def test_a_new_point_is_put_in_the_middle_of_its_neighbors():
    points, of = groups()
    positions = np.eye(3, 2)[of] * 10  # each group has one position
    new = points[of == 1].mean(axis=0, keepdims=True)
    assert embed_new_points(new, points, positions).tolist() == [[0, 10]]
    # One stray neighbour doesn't move it.
    nearest_one = np.abs(points - new).sum(axis=1).argmin()
    positions[nearest_one] = 1000
    assert embed_new_points(new, points, positions).tolist() == [[0, 10]]


def test_tsne_is_computed_elsewhere_kept_and_keeps_groups_together(isolated):
    points, of = groups()
    folder = tsne_folder(points)
    assert not read_computation(folder).working
    start_tsne(points)
    start_tsne(points)  # the second one finds the first
    deadline = time.monotonic() + 120
    while (state := read_computation(folder)).working and time.monotonic() < deadline:
        time.sleep(0.2)
    assert state.finished, state
    assert state.message == ""
    positions = state.arrays["positions"]
    assert positions.shape == (150, 2)
    middles = np.stack([positions[of == group].mean(axis=0) for group in range(3)])
    distances = np.linalg.norm(positions[:, np.newaxis] - middles, axis=2)
    assert (distances.argmin(axis=1) == of).all()
    assert not (folder / "points.npy").exists()
    start_tsne(points)  # it is there
    assert not read_computation(folder).working


def test_too_few_points_for_tsne(isolated):
    with pytest.raises(DataError, match="at least 100 images"):
        start_tsne(np.zeros((99, 784), np.uint8))


def test_images_that_are_all_the_same_have_no_map():
    with pytest.raises(DataError, match="the same"):
        tsne(np.ones((200, 5)), lambda *_: None)
