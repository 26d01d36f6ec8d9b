"""MNIST as published: its URL, its SHA-256 digests, and reading files that must match them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import ARRAYS, array_sha256
from mnist_core.data.readers.idx import read_idx
from mnist_core.data.readers.npz import read_npz_array
from mnist_core.data.readers.source import Limits, file_source
from mnist_core.errors import DataError, error_text
from mnist_core.i18n import Sentences, Text
from mnist_core.system.files import READ_ERRORS

IDX_NAMES = {
    "x_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}
ARRAY_LIMITS = Limits(images=60_000)
DOWNLOAD_HINT = Text("Run `python -m mnist_core data --download` to get all of MNIST (11 MB).")


@dataclass(frozen=True)
class Release:
    """A published data set: its URL, and the SHA-256 of each array's bytes."""

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


def read_verified(
    path: Path, release: Release = MNIST, names: Sequence[str] = ARRAYS
) -> dict[str, NDArray[np.uint8]]:
    """Read the named arrays from an `.npz` file or a folder and check their SHA-256.

    Args:
        path: an `.npz` in Keras's layout, or a folder that holds one or the four IDX files,
            gzipped or not.
        names: any of `x_train`, `y_train`, `x_test` and `y_test`.

    Raises:
        DataError: the files are missing, truncated, or not the published content.
    """
    read_array = _array_reader(path, names)
    arrays = {}
    for name in names:
        try:
            array = read_array(name)
        except (DataError, *READ_ERRORS) as error:
            raise DataError(
                Text(
                    "{path} could not be read: its array {name!r} is missing or truncated "
                    "({reason}). Expected {release} as an .npz in Keras's layout or as four IDX "
                    "files.",
                    path=path,
                    name=name,
                    reason=error_text(error),
                    release=release.name,
                )
            ) from error
        digest = array_sha256(array)
        shape = (len(array), 28, 28) if name.startswith("x") else (len(array),)
        if array.dtype != np.uint8 or array.shape != shape or digest != release.sha256[name]:
            raise DataError(
                Text(
                    "{path} is not {release}: the SHA-256 of its array {name!r} "
                    "({dtype}, {shape}) is {digest}…, expected {expected}…",
                    path=path,
                    release=release.name,
                    name=name,
                    dtype=array.dtype,
                    shape=array.shape,
                    digest=digest[:12],
                    expected=release.sha256[name][:12],
                )
            )
        arrays[name] = array
    return arrays


def _array_reader(path: Path, names: Sequence[str]) -> Callable[[str], NDArray[np.uint8]]:
    """A function that reads one array by name from `path`."""
    if path.is_dir():
        npz = path / "mnist.npz"
        if not npz.exists():
            files = {name: _find_idx(path, IDX_NAMES[name]) for name in names}
            return lambda name: read_idx(file_source(files[name]), ARRAY_LIMITS)
        path = npz
    if not path.exists():
        raise DataError(Sentences(Text("{path} does not exist.", path=path), DOWNLOAD_HINT))

    return lambda name: read_npz_array(file_source(path), name, ARRAY_LIMITS)


def _find_idx(folder: Path, name: str) -> Path:
    # The four files circulate as train-images-idx3-ubyte and as train-images.idx3-ubyte.
    for stem in (name, name.replace("-idx", ".idx")):
        for candidate in (folder / stem, folder / f"{stem}.gz"):
            if candidate.exists():
                return candidate
    raise DataError(
        Text(
            "{folder} holds neither mnist.npz nor {name} (or {name}.gz). "
            "Expected one .npz or all four IDX files.",
            folder=folder,
            name=name,
        )
    )
