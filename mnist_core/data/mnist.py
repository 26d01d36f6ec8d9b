"""MNIST from wherever it is: a file, Keras's cache, a download, or a stand-in."""

import os
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_core import settings
from mnist_core.data.dataset import ARRAYS, STAND_IN_NAME, Dataset
from mnist_core.data.download import DownloadProgress, download_mnist, set_aside
from mnist_core.data.release import DOWNLOAD_HINT, MNIST, Release, read_verified
from mnist_core.data.stand_in import load_stand_in
from mnist_core.errors import DataError, DownloadError, error_text
from mnist_core.i18n import Sentences, Text


def load_mnist(
    path: str | os.PathLike[str] | None = None,
    *,
    train: bool = True,
    download: bool = True,
    stand_in: bool = True,
    progress: DownloadProgress | None = None,
    release: Release = MNIST,
) -> Dataset:
    """Load MNIST from the first place that has it: 60,000 training and 10,000 test images.

    Looks at `path` or the environment variable `MNIST_CORE_DATA`, then at Keras's cache, then
    downloads into that cache. Whatever the source, the arrays' SHA-256 are compared with the
    published ones. A wrong or truncated file in the cache is renamed, not used, and named in
    the result's `notes`; a file that you named yourself is left alone.

    Args:
        path: an `.npz` in Keras's layout, or a folder that holds one or the four IDX files,
            gzipped or not. Default: `MNIST_CORE_DATA`.
        train: False leaves the training arrays empty, which reads a seventh of the bytes.
        download: whether the network may be used.
        stand_in: whether scikit-learn's 1,797 small digits may stand in when nothing else
            works. A warning says so, and so does the result's `name`.
        progress: called during a download with the bytes so far and the bytes in all.
        release: what to look for; for tests.

    Raises:
        DataError: `path` is not MNIST; or nothing works and `stand_in` is False.
    """
    names = ARRAYS if train else ("x_test", "y_test")
    path = Path(path) if path is not None else settings.data_path()
    if path is not None:
        return _dataset(release, read_verified(path, release, names), str(path))

    notes: list[str] = []
    cache = settings.keras_cache()
    if cache.exists():
        try:
            return _dataset(release, read_verified(cache, release, names), str(cache))
        except DataError as error:
            notes.append(Sentences(error_text(error), set_aside(cache)))
    if download:
        try:
            download_mnist(progress=progress, release=release)
            arrays = read_verified(cache, release, names)
            return _dataset(release, arrays, f"{cache} (downloaded)", notes)
        except DownloadError as error:
            notes.append(error_text(error))
    if not stand_in:
        raise DataError(
            Sentences(*notes, Text("{name} was not found.", name=release.name), DOWNLOAD_HINT)
        )
    warnings.warn(
        f"{release.name} was not found; {STAND_IN_NAME} stand in. {DOWNLOAD_HINT}", stacklevel=2
    )
    return load_stand_in(notes)


def _dataset(
    release: Release,
    arrays: Mapping[str, NDArray[np.uint8]],
    source: str,
    notes: Sequence[str] = (),
) -> Dataset:
    empty = {"x_train": np.empty((0, 28, 28), np.uint8), "y_train": np.empty(0, np.uint8)}
    return Dataset(
        release.name,
        **{**empty, **arrays},
        source=source,
        verified=True,
        notes=tuple(notes),
        class_names=(),
    )
