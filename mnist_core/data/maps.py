"""Maps: thousands of images as points in two dimensions, those that look alike close together.

Two ways. Principal components (PCA) show the two directions in which the images differ most: at
once, but whatever differs in other directions is laid on top of each other. t-SNE keeps
neighbours together, however it must bend the rest: it takes a minute, and how far apart two
groups lie on it says little. It is computed in a process of its own and kept
(`mnist_core.system.tasks`).
"""

import io
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.neighbours import nearest
from mnist_core.errors import DataError
from mnist_core.system.tasks import Report, job_folder, run_job, start_job

COMPONENTS = 50  # what t-SNE gets; Van der Maaten & Hinton 2008 use 30, later work 50
PERPLEXITY = 30  # about how many neighbours count for each point
CALM, FREE = 250, 500  # iterations with exaggerated forces, and after: openTSNE's defaults
EVERY = 25  # iterations between two looks
NEAR = 15  # neighbours in whose middle a new point is put
FEWEST = 100  # points that make a map


@dataclass(frozen=True)
class Components:
    """The directions in which points differ most.

    Attributes:
        mean: `(d,)` float32, the middle of all points.
        axes: `(k, d)` float32, unit vectors at right angles, the most important first.
        shares: `(k,)` float32, share of the whole variance along each, 0 to 1.
    """

    mean: NDArray[np.float32]
    axes: NDArray[np.float32]
    shares: NDArray[np.float32]

    def project(self, points: NDArray[Any]) -> NDArray[np.float32]:
        """Where points `(n, d)` lie along the axes: `(n, k)`."""
        return np.asarray((_rows(points) - self.mean) @ self.axes.T, np.float32)


def choose_rows(n: int, count: int, seed: int = 0) -> NDArray[np.intp]:
    """`count` of the rows 0 to n - 1 at random, in order; all where there are no more."""
    rng = np.random.default_rng(seed)
    return np.sort(rng.choice(n, min(n, count), replace=False)).astype(np.intp)


def principal_components(points: NDArray[Any], k: int = 2) -> Components:
    """The first few principal components of points `(n, ...)`.

    By a randomised singular value decomposition (Halko, Martinsson & Tropp 2011, algorithms 4.4
    and 5.1): a tenth of a second for thousands of images, and without scikit-learn, whose import
    would take the web server seconds and a hundred megabytes.

    Raises:
        DataError: there are fewer than two points.
    """
    rows = _rows(points)
    if len(rows) < 2:
        raise DataError(f"A map needs at least two images. Received: {len(rows)}")
    mean = rows.mean(axis=0)
    centred = rows - mean
    k = min(k, *centred.shape)
    start = np.random.default_rng(0).normal(size=(centred.shape[1], min(k + 10, *centred.shape)))
    basis, _ = np.linalg.qr(centred @ start.astype(np.float32))
    for _ in range(5):  # each makes the small components fainter against the large ones
        basis, _ = np.linalg.qr(centred.T @ basis)
        basis, _ = np.linalg.qr(centred @ basis)
    _, sizes, axes = np.linalg.svd(basis.T @ centred, full_matrices=False)
    axes = axes[:k]
    # A direction may point either way: as scikit-learn, its largest coordinate is positive.
    axes *= np.sign(axes[np.arange(k), np.abs(axes).argmax(axis=1)])[:, np.newaxis]
    whole = max(float((centred**2).sum()), 1e-12)
    return Components(mean, axes.astype(np.float32), (sizes[:k] ** 2 / whole).astype(np.float32))


def place(
    queries: NDArray[Any], points: NDArray[Any], positions: NDArray[Any], k: int = NEAR
) -> NDArray[np.float32]:
    """Where new points belong on a map that was made without them.

    In the middle (the median, in each direction) of where their nearest neighbours lie, as
    openTSNE's `prepare_partial` puts them at first.

    Args:
        queries: `(m, d)`, the new ones.
        points: `(n, d)`, those of the map.
        positions: `(n, 2)`, where those lie on it.

    Returns:
        `(m, 2)` positions.
    """
    found, _ = nearest(queries, points, k)
    return np.median(positions[found], axis=1).astype(np.float32)


def _rows(points: NDArray[Any]) -> NDArray[np.float32]:
    return points.reshape(len(points), -1).astype(np.float32)


# --- t-SNE --------------------------------------------------------------------------------


def tsne_folder(points: NDArray[Any]) -> Path:
    """Where the t-SNE map of these points is kept, for `system.tasks.look_at_job`.

    Its array `positions` is `(n, 2)` float32; before the end, where the points are so far.
    """
    about = f"t-SNE {COMPONENTS} {PERPLEXITY} {CALM} {FREE} {points.dtype} {points.shape}"
    return job_folder("maps", about.encode() + np.ascontiguousarray(points).tobytes())


def start_tsne(points: NDArray[Any]) -> None:
    """Let a process of its own compute the t-SNE map of points `(n, ...)`, unless it is there.

    Raises:
        DataError: there are too few points.
        JobError: it can't be started.
    """
    if len(points) < FEWEST:
        raise DataError(
            f"A t-SNE map needs at least {FEWEST} images. Received: {len(points)}. "
            "Choose more images, or the map by principal components."
        )
    content = io.BytesIO()
    np.save(content, points)
    start_job("mnist_core.data.maps", tsne_folder(points), {"points.npy": content.getvalue()})


def tsne(points: NDArray[Any], report: Report) -> dict[str, NDArray[np.float32]]:
    """The t-SNE map of points `(n, ...)`: its `positions`, `(n, 2)`.

    (Van der Maaten & Hinton 2008, "Visualizing Data using t-SNE"; by openTSNE. It gets the first
    principal components, which makes it faster and hardly another one, and starts from the first
    two of them, so that the same points give the same map.)

    Args:
        report: called with the share that is done, words, and the positions so far.
    """
    from openTSNE import TSNE
    from sklearn.decomposition import PCA

    points = _rows(points)
    if not points.std(axis=0).any():
        raise DataError("All these images are the same, so there is no map of them.")
    if min(points.shape) > COMPONENTS:
        points = PCA(COMPONENTS, random_state=0).fit_transform(points)
    report(0.02, "finds each image's neighbours")
    done = 0

    def look(iteration: int, error: float, embedding: NDArray[Any]) -> None:
        nonlocal done
        done += EVERY
        share = 0.05 + 0.94 * min(done / (CALM + FREE), 1.0)
        words = "lets groups find together" if done <= CALM else "spreads the groups out"
        report(share, words, {"positions": np.asarray(embedding, np.float32)})

    embedding = TSNE(
        perplexity=min(PERPLEXITY, (len(points) - 1) / 3),
        early_exaggeration_iter=CALM,
        n_iter=FREE,
        neighbors="exact",
        negative_gradient_method="bh",
        n_jobs=-1,
        random_state=0,
        callbacks=look,
        callbacks_every_iters=EVERY,
    ).fit(points)
    return {"positions": np.asarray(embedding, np.float32)}


def main(folder: Path) -> None:
    """Compute the map that a folder asks for."""

    def work(report: Report) -> dict[str, NDArray[np.float32]]:
        done = tsne(np.load(folder / "points.npy", allow_pickle=False), report)
        (folder / "points.npy").unlink()
        return done

    run_job(folder, work)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
