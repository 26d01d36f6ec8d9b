"""MNIST: find it, verify it, download it, split it.

Images are `uint8` arrays of shape `(n, 28, 28)`, 0 is black paper and 255 is white ink.
Labels are `uint8` arrays of shape `(n,)`, 0 to 9.
"""

import gzip
import hashlib
import math
import os
import struct
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from mnist_core import settings
from mnist_core.errors import DataError, DownloadError
from mnist_core.system.files import READ_ERRORS

Images = NDArray[np.uint8]  # (n, 28, 28)
Labels = NDArray[np.uint8]  # (n,)
DownloadProgress = Callable[[int, int], None]  # bytes so far, bytes in all (0: not known)

ARRAYS = ("x_train", "y_train", "x_test", "y_test")
IDX_NAMES = {
    "x_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}
GET_THE_DATA = "Run `python -m mnist_core data --download` to get all of MNIST (11 MB)."


@dataclass(frozen=True)
class Release:
    """A published data set: where it is, and the SHA-256 of each array's bytes."""

    name: str
    url: str
    sha256: Mapping[str, str]


# The URL is the one in keras/src/datasets/mnist.py. The digests are of the arrays, not of the
# file, so that every container (Keras's .npz, the original IDX files) is checked alike.
MNIST = Release(
    name="MNIST",
    url="https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz",
    sha256={
        "x_train": "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757",
        "y_train": "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13",
        "x_test": "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161",
        "y_test": "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5",
    },
)


@dataclass(frozen=True)
class Dataset:
    """Images and labels, split as published, and where they came from.

    Attributes:
        name: `"MNIST"`, or the name of what stands in for it.
        x_train, x_test: `uint8`, `(n, 28, 28)`, 0 black to 255 white.
        y_train, y_test: `uint8`, `(n,)`, 0 to 9.
        source: where the arrays were read from, in words.
        verified: whether every array has the published SHA-256.
        notes: what a person should know: files that were refused, and why.
        class_names: what the labels 0, 1, 2 ... stand for; empty where they are digits.
    """

    name: str
    x_train: Images = field(repr=False)
    y_train: Labels = field(repr=False)
    x_test: Images = field(repr=False)
    y_test: Labels = field(repr=False)
    source: str
    verified: bool
    notes: tuple[str, ...] = ()
    class_names: tuple[str, ...] = ()

    @property
    def stand_in(self) -> bool:
        """Whether this is the small built-in set and not MNIST."""
        return self.name == STAND_IN_NAME

    def digest(self) -> str:
        """SHA-256 over all four arrays, as hex: the identity of the data that trained a model."""
        return self._digest

    @cached_property
    def _digest(self) -> str:
        whole = hashlib.sha256()
        for name in ARRAYS:
            whole.update(array_sha256(getattr(self, name)).encode())
        return whole.hexdigest()


STAND_IN_NAME = "scikit-learn's small digits"


def label_name(label: int, class_names: Sequence[str] = ()) -> str:
    """A label as people read it: `7`, or with its class name `7 Sneaker`."""
    return f"{label} {class_names[label]}" if label < len(class_names) else str(label)


def array_sha256(array: NDArray[Any]) -> str:
    """SHA-256 of an array's bytes in C order, as hex."""
    return hashlib.sha256(np.ascontiguousarray(array).data).hexdigest()


# --- finding it ---------------------------------------------------------------------------


def load_mnist(
    path: str | os.PathLike[str] | None = None,
    *,
    train: bool = True,
    download: bool = True,
    stand_in: bool = True,
    progress: DownloadProgress | None = None,
    release: Release = MNIST,
) -> Dataset:
    """MNIST from the first place that has it: 60,000 training and 10,000 test images.

    Looks at `path` or the environment variable `MNIST_CORE_DATA`, then at Keras's cache, then
    downloads into that cache. Whatever the source, the arrays' SHA-256 are compared with the
    published ones. A file of the cache that is wrong or cut is renamed, not used, and named in
    the result's `notes`; a file that you named yourself stays where it is.

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
        DataError: a path was named and what is there is not MNIST; or nothing works and
            `stand_in` is False.
    """
    names = ARRAYS if train else ("x_test", "y_test")
    named = Path(path) if path is not None else settings.data_path()
    if named is not None:
        return _dataset(release, read_verified(named, release, names), str(named))

    notes: list[str] = []
    cache = settings.keras_cache()
    if cache.exists():
        try:
            return _dataset(release, read_verified(cache, release, names), str(cache))
        except DataError as error:
            notes.append(f"{error} {_set_aside(cache)}")
    if download:
        try:
            download_mnist(progress=progress, release=release)
            arrays = read_verified(cache, release, names)
            return _dataset(release, arrays, f"{cache} (downloaded)", notes)
        except DownloadError as error:
            notes.append(str(error))
    if not stand_in:
        raise DataError(" ".join([*notes, f"{release.name} was not found.", GET_THE_DATA]))
    warnings.warn(
        f"{release.name} was not found; {STAND_IN_NAME} stand in. {GET_THE_DATA}", stacklevel=2
    )
    return load_stand_in(notes)


def _dataset(
    release: Release,
    arrays: Mapping[str, NDArray[np.uint8]],
    source: str,
    notes: Sequence[str] = (),
) -> Dataset:
    nothing = {"x_train": np.empty((0, 28, 28), np.uint8), "y_train": np.empty(0, np.uint8)}
    return Dataset(
        release.name,
        **{**nothing, **arrays},
        source=source,
        verified=True,
        notes=tuple(notes),
        class_names=(),
    )


def read_verified(
    path: Path, release: Release = MNIST, names: Sequence[str] = ARRAYS
) -> dict[str, NDArray[np.uint8]]:
    """The named arrays from an `.npz` or a folder, each with the published SHA-256.

    Raises:
        DataError: nothing there, cut, or not the published content.
    """
    read = _reader(path)
    arrays = {}
    for name in names:
        try:
            array = read(name)
        except READ_ERRORS as error:
            raise DataError(
                f"{path} could not be read: its array {name!r} is missing or cut ({error}). "
                f"Expected {release.name} as an .npz in Keras's layout or as four IDX files."
            ) from error
        found = array_sha256(array)
        shape = (len(array), 28, 28) if name.startswith("x") else (len(array),)
        if array.dtype != np.uint8 or array.shape != shape or found != release.sha256[name]:
            raise DataError(
                f"{path} is not {release.name}: the SHA-256 of its array {name!r} "
                f"({array.dtype}, {array.shape}) is {found[:12]}…, "
                f"expected {release.sha256[name][:12]}…"
            )
        arrays[name] = array
    return arrays


def _reader(path: Path) -> Callable[[str], NDArray[np.uint8]]:
    """What reads one array by name from `path`."""
    if path.is_dir():
        npz = path / f"{MNIST.name.lower()}.npz"
        if not npz.exists():
            return lambda name: _read_idx(_find_idx(path, IDX_NAMES[name]))
        path = npz
    if not path.exists():
        raise DataError(f"{path} does not exist. {GET_THE_DATA}")

    def read_npz(name: str) -> NDArray[np.uint8]:
        # allow_pickle stays off: a pickled array could run code.
        with np.load(path, allow_pickle=False) as archive:
            array = archive[name]
        if not isinstance(array, np.ndarray):  # NumPy gives a zip's other members as bytes
            raise ValueError("not an array")
        return array

    return read_npz


def _find_idx(folder: Path, name: str) -> Path:
    # The four files circulate as train-images-idx3-ubyte and as train-images.idx3-ubyte.
    for stem in (name, name.replace("-idx", ".idx")):
        for candidate in (folder / stem, folder / f"{stem}.gz"):
            if candidate.exists():
                return candidate
    raise DataError(
        f"{folder} holds neither {MNIST.name.lower()}.npz nor {name} (or {name}.gz). "
        "Expected one .npz or all four IDX files."
    )


def _read_idx(path: Path) -> NDArray[np.uint8]:
    """An IDX file of unsigned bytes (format: http://yann.lecun.com/exdb/mnist/)."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rb") as file:
        _, dtype, ndim = struct.unpack(">HBB", file.read(4))
        if dtype != 0x08:
            raise ValueError(f"{path.name} does not hold unsigned bytes")
        shape = struct.unpack(f">{ndim}I", file.read(4 * ndim))
        return np.frombuffer(file.read(), np.uint8).reshape(shape)


def _set_aside(path: Path, cache: Path | None = None) -> str:
    """Rename a refused file (of the cache, or what a download sent); says what became of it."""
    path, origin = cache or path, path
    aside = path.with_name(f"{path.name}.refused")
    count = 1
    while aside.exists():
        count += 1
        aside = path.with_name(f"{path.name}.refused-{count}")
    try:
        os.replace(origin, aside)
    except OSError as error:
        return f"It is not used; it could not be renamed ({error.strerror})."
    return f"It is not used and is now called {aside.name}."


# --- the download -------------------------------------------------------------------------


class _Progress:
    """What pooch calls while bytes arrive, handed on to a plain function."""

    def __init__(self, report: DownloadProgress) -> None:
        self.report, self.done, self._total = report, 0, 0

    @property
    def total(self) -> int:
        """Bytes in all; pooch sets it at the start of each try."""
        return self._total

    @total.setter
    def total(self, total: int) -> None:
        self.done, self._total = 0, total

    def update(self, count: int) -> None:
        """`count` more bytes have arrived."""
        self.done += count
        # pooch counts whole chunks, so its last one can reach beyond the end.
        self.report(min(self.done, self.total) if self.total else self.done, self.total)

    def reset(self) -> None:
        """The end: pooch calls this and then `update(total)`, where an unknown total is 0."""
        if self.total:
            self.done = 0

    def close(self) -> None:
        """Nothing to close."""


def download_mnist(
    *,
    progress: DownloadProgress | None = None,
    timeout: float = 20.0,
    retries: int = 2,
    release: Release = MNIST,
) -> Path:
    """Download MNIST into Keras's cache and return the file's path.

    The file appears there only when it has arrived whole and its content is verified.

    Args:
        progress: called with the bytes so far and the bytes in all (0: not known).
        timeout: seconds without a byte after which a try is given up.
        retries: how many more times to try.
        release: what to download; for tests.

    Raises:
        DownloadError: no network, a time-out, a server's error, or not MNIST.
    """
    import pooch  # slow to import, and most runs never download
    import requests

    pooch.get_logger().setLevel("WARNING")  # it would print beside our own progress
    target = settings.keras_cache()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".download-") as folder:
            fetcher = pooch.Pooch(
                path=folder,
                base_url="",
                registry={target.name: None},
                urls={target.name: release.url},
                retry_if_failed=retries,
            )
            bar = _Progress(progress) if progress else False
            get = pooch.HTTPDownloader(progressbar=bar, chunk_size=1 << 16, timeout=timeout)
            arrived = Path(fetcher.fetch(target.name, downloader=get))
            try:
                read_verified(arrived, release)
            except DataError as error:
                aside = _set_aside(arrived, target)  # a good file that is there stays
                raise DownloadError(
                    f"What {release.url} sent is not {release.name}: {error} {aside} "
                    "A proxy or a log-in page may have answered instead; try again later."
                ) from error
            os.replace(arrived, target)
    except (requests.RequestException, OSError) as error:
        raise DownloadError(
            f"{release.name} could not be downloaded from {release.url}: "
            f"{_in_words(error)} "
            f"Check the network and try again, or put the file at {target} by hand."
        ) from error
    return target


def _in_words(error: Exception) -> str:
    import requests

    # Once bytes have arrived, requests reports a time-out as a broken connection.
    if isinstance(error, requests.Timeout) or "timed out" in str(error).lower():
        return "the server did not answer in time."
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"the server answered {error.response.status_code} {error.response.reason}."
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection broke off before the file was complete."
    if isinstance(error, requests.RequestException):
        return "no connection to the server."
    return f"the file could not be written ({error})."


# --- the stand-in -------------------------------------------------------------------------


def load_stand_in(notes: Sequence[str] = ()) -> Dataset:
    """scikit-learn's 1,797 handwritten digits of 8x8 pixels, brought to MNIST's 28x28.

    Each is enlarged to 20x20 and padded, as MNIST's digits fill the middle 20x20; 1,500 train
    and 297 test images, the same ones every time. Source: `sklearn.datasets.load_digits`
    (UCI "Optical Recognition of Handwritten Digits").
    """
    from PIL import Image
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    small, labels = load_digits(return_X_y=True)
    images = np.zeros((len(small), 28, 28), np.uint8)
    for image, digit in zip(images, small.reshape(-1, 8, 8), strict=True):
        grey = Image.fromarray(np.round(digit * (255 / 16)).astype(np.uint8))  # 0..16 -> 0..255
        image[4:24, 4:24] = np.asarray(grey.resize((20, 20), Image.Resampling.BICUBIC))
    x_train, x_test, y_train, y_test = train_test_split(
        images, labels.astype(np.uint8), train_size=1500, random_state=0, stratify=labels
    )
    return Dataset(
        STAND_IN_NAME,
        x_train,
        y_train,
        x_test,
        y_test,
        source="scikit-learn (sklearn.datasets.load_digits)",
        verified=False,
        notes=tuple(notes),
    )


# --- splits -------------------------------------------------------------------------------

Split = tuple[Images, Labels]
T = TypeVar("T", bound=np.generic)


def split_validation(x: Images, y: Labels, validation_split: float) -> tuple[Split, Split]:
    """(training part, validation part), as `model.fit(validation_split=...)` cuts them.

    Keras takes the last `validation_split` of the rows, before any shuffling.

    Args:
        validation_split: share of the rows, at least 0 and below 1.
    """
    if not 0 <= validation_split < 1:
        raise DataError(
            "`validation_split` is the share of the training set that is kept to validate: "
            f"at least 0 and below 1. Received: validation_split={validation_split}"
        )
    cut = int(len(x) * (1 - validation_split))
    return (x[:cut], y[:cut]), (x[cut:], y[cut:])


def split_60_20_20(dataset: Dataset, seed: int = 0) -> tuple[Split, Split, Split]:
    """(training, validation, test) with 60, 20 and 20% of all images, each class alike.

    Both published parts are pooled first, as the tutorials do that use this split.
    """
    from sklearn.model_selection import train_test_split

    x = np.concatenate([dataset.x_train, dataset.x_test])
    y = np.concatenate([dataset.y_train, dataset.y_test])
    x_train, x_rest, y_train, y_rest = train_test_split(
        x, y, train_size=0.6, random_state=seed, stratify=y
    )
    x_val, x_test, y_val, y_test = train_test_split(
        x_rest, y_rest, train_size=0.5, random_state=seed, stratify=y_rest
    )
    return (x_train, y_train), (x_val, y_val), (x_test, y_test)


def k_folds(
    labels: Labels, folds: int = 5, seed: int = 0
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """(training rows, validation rows) of each fold, stratified: each class alike in each."""
    from sklearn.model_selection import StratifiedKFold

    splitter = StratifiedKFold(folds, shuffle=True, random_state=seed)
    yield from splitter.split(np.zeros(len(labels)), labels)


# --- the forms that the tutorials show ----------------------------------------------------


def one_hot(labels: Labels, classes: int = 10) -> NDArray[np.float32]:
    """Labels as rows of ten, 1 at the label: `(n,)` -> `(n, 10)`."""
    return np.eye(classes, dtype=np.float32)[labels]


def flatten(images: NDArray[T]) -> NDArray[T]:
    """Each image as one row of pixels: `(n, 28, 28)` -> `(n, 784)`."""
    return images.reshape(len(images), math.prod(images.shape[1:]))


def add_channel(images: NDArray[T]) -> NDArray[T]:
    """With the one channel that a convolution wants: `(n, 28, 28)` -> `(n, 28, 28, 1)`."""
    return images[..., np.newaxis]


def scale(images: Images) -> NDArray[np.float32]:
    """Pixels 0..255 as 0..1."""
    return np.divide(images, 255, dtype=np.float32)
