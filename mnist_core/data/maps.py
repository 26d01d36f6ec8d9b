"""Maps of images: thousands of points in two dimensions, similar images close together.

There are two methods. Principal component analysis (PCA) shows the two directions in which the
images differ most. It is fast, but differences in all other directions are lost. t-SNE keeps
neighbors together at the cost of distances: it takes a minute, and how far apart two groups lie
says little. It is computed in a process of its own and stored (`mnist_core.system.computations`).
"""

import io
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.neighbors import nearest_neighbors
from mnist_core.errors import DataError
from mnist_core.i18n import Text
from mnist_core.system.computations import (
    Report,
    computation_folder,
    run_computation,
    start_computation,
)

TSNE_INPUTS = 50  # components that t-SNE gets; Van der Maaten & Hinton 2008 use 30, later work 50
PERPLEXITY = 30  # about the number of neighbors that count for each point
EXAGGERATED, FREE = 250, 500  # iterations with exaggerated forces, and after: openTSNE's defaults
ITERATIONS_PER_REPORT = 25
EMBEDDING_NEIGHBORS = 15  # neighbors that determine the position of a new point
MIN_TSNE_POINTS = 100


@dataclass(frozen=True)
class PrincipalComponents:
    """The directions in which points differ most.

    Attributes:
        mean: `(d,)` float32, the mean of all points.
        components: `(k, d)` float32, orthogonal unit vectors, the most important first.
        explained_variance_ratio: `(k,)` float32, share of the total variance along each, 0 to 1.
    """

    mean: NDArray[np.float32]
    components: NDArray[np.float32]
    explained_variance_ratio: NDArray[np.float32]

    def project(self, points: NDArray[Any]) -> NDArray[np.float32]:
        """The coordinates of points `(n, d)` along the components: `(n, k)`."""
        return np.asarray((_flat(points) - self.mean) @ self.components.T, np.float32)


def choose_rows(n: int, count: int, seed: int = 0) -> NDArray[np.intp]:
    """`count` random rows of 0 to n - 1, in ascending order; all where there are no more."""
    rng = np.random.default_rng(seed)
    return np.sort(rng.choice(n, min(n, count), replace=False)).astype(np.intp)


def principal_components(points: NDArray[Any], k: int = 2) -> PrincipalComponents:
    """Compute the first `k` principal components of points `(n, ...)`.

    Uses a randomized singular value decomposition (Halko, Martinsson & Tropp 2011, algorithms 4.4
    and 5.1). It takes a tenth of a second for thousands of images and does without scikit-learn,
    whose import would cost the web server seconds and a hundred megabytes.

    Raises:
        DataError: there are fewer than two points.
    """
    rows = _flat(points)
    if len(rows) < 2:
        raise DataError(Text("A map needs at least two images. Received: {n}", n=len(rows)))
    mean = rows.mean(axis=0)
    centered = rows - mean
    k = min(k, *centered.shape)
    size = (centered.shape[1], min(k + 10, *centered.shape))
    random = np.random.default_rng(0).normal(size=size).astype(np.float32)
    basis, _ = np.linalg.qr(centered @ random)
    for _ in range(5):  # each makes the small components fainter against the large ones
        basis, _ = np.linalg.qr(centered.T @ basis)
        basis, _ = np.linalg.qr(centered @ basis)
    _, singular_values, components = np.linalg.svd(basis.T @ centered, full_matrices=False)
    components = components[:k]
    # The sign of a direction is arbitrary: as in scikit-learn, its largest coordinate is positive.
    largest = components[np.arange(k), np.abs(components).argmax(axis=1)]
    components *= np.sign(largest)[:, np.newaxis]
    total_variance = max(float((centered**2).sum()), 1e-12)
    return PrincipalComponents(
        mean,
        components.astype(np.float32),
        (singular_values[:k] ** 2 / total_variance).astype(np.float32),
    )


def embed_new_points(
    queries: NDArray[Any],
    points: NDArray[Any],
    positions: NDArray[Any],
    k: int = EMBEDDING_NEIGHBORS,
) -> NDArray[np.float32]:
    """Position new points on a map that was made without them.

    Each gets the median position, in each direction, of its nearest neighbors, as openTSNE's
    `prepare_partial` initializes new points.

    Args:
        queries: `(m, d)`, the new points.
        points: `(n, d)`, those of the map.
        positions: `(n, 2)`, their positions on it.

    Returns:
        `(m, 2)` positions.
    """
    neighbors, _ = nearest_neighbors(queries, points, k)
    return np.median(positions[neighbors], axis=1).astype(np.float32)


def _flat(points: NDArray[Any]) -> NDArray[np.float32]:
    return points.reshape(len(points), -1).astype(np.float32)


# --- t-SNE --------------------------------------------------------------------------------


def tsne_folder(points: NDArray[Any]) -> Path:
    """The folder of the t-SNE map of these points, for `system.computations.read_computation`.

    Its array `positions` is `(n, 2)` float32; before the end, the positions so far.
    """
    about = f"t-SNE {TSNE_INPUTS} {PERPLEXITY} {EXAGGERATED} {FREE} {points.dtype} {points.shape}"
    return computation_folder("maps", about.encode() + np.ascontiguousarray(points).tobytes())


def start_tsne(points: NDArray[Any]) -> None:
    """Start a process that computes the t-SNE map of points `(n, ...)`, unless it is there.

    Raises:
        DataError: there are too few points.
        TaskError: the process can't be started.
    """
    if len(points) < MIN_TSNE_POINTS:
        raise DataError(
            Text(
                "A t-SNE map needs at least {least} images. Received: {n}. Choose more images, or "
                "the map by principal components.",
                least=MIN_TSNE_POINTS,
                n=len(points),
            )
        )
    content = io.BytesIO()
    np.save(content, points)
    start_computation(
        "mnist_core.data.maps", tsne_folder(points), {"points.npy": content.getvalue()}
    )


def tsne(points: NDArray[Any], report: Report) -> dict[str, NDArray[np.float32]]:
    """Compute the t-SNE map of points `(n, ...)`: its `positions`, `(n, 2)` float32.

    Van der Maaten & Hinton 2008, "Visualizing Data using t-SNE", as implemented by openTSNE. Its
    input is reduced to the first principal components, which is faster and hardly changes the
    result, and it starts from the first two of them, so that the same points give the same map.

    Args:
        report: called with the share that is done, a status message, and the positions so far.

    Raises:
        DataError: all points are equal.
    """
    from openTSNE import TSNE
    from sklearn.decomposition import PCA

    points = _flat(points)
    if not points.std(axis=0).any():
        raise DataError(
            Text("All these images are the same, so there is no map of them. Choose other images.")
        )
    if min(points.shape) > TSNE_INPUTS:
        points = PCA(TSNE_INPUTS, random_state=0).fit_transform(points)
    report(0.02, Text("finds the nearest neighbors"))
    iterations = 0

    def report_positions(iteration: int, error: float, embedding: NDArray[Any]) -> None:
        nonlocal iterations
        iterations += ITERATIONS_PER_REPORT
        share = 0.05 + 0.94 * min(iterations / (EXAGGERATED + FREE), 1.0)
        forming = iterations <= EXAGGERATED
        status = Text("forms groups") if forming else Text("spreads the groups out")
        report(share, status, {"positions": np.asarray(embedding, np.float32)})

    embedding = TSNE(
        perplexity=min(PERPLEXITY, (len(points) - 1) / 3),
        early_exaggeration_iter=EXAGGERATED,
        n_iter=FREE,
        neighbors="exact",
        negative_gradient_method="bh",
        n_jobs=-1,
        random_state=0,
        callbacks=report_positions,
        callbacks_every_iters=ITERATIONS_PER_REPORT,
    ).fit(points)
    return {"positions": np.asarray(embedding, np.float32)}


def main(folder: Path) -> None:
    """Compute the map of the points in a folder."""

    def work(report: Report) -> dict[str, NDArray[np.float32]]:
        arrays = tsne(np.load(folder / "points.npy", allow_pickle=False), report)
        (folder / "points.npy").unlink()
        return arrays

    run_computation(folder, work)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
