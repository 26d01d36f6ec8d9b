"""Read the four files of images and labels that MNIST, Fashion-MNIST and KMNIST consist of."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import ARRAYS
from mnist_core.data.readers.contents import Contents, check_array, remaining_limits
from mnist_core.data.readers.idx import read_idx
from mnist_core.data.readers.npz import read_single_npz
from mnist_core.data.readers.source import NAME_LENGTH, Limits, Source
from mnist_core.errors import DataError
from mnist_core.i18n import Sentences, Text

MISSING = {
    "x_train": Text("The file with the training images is missing."),
    "y_train": Text("The file with the training labels is missing."),
    "x_test": Text("The file with the test images is missing."),
    "y_test": Text("The file with the test labels is missing."),
}


@dataclass(frozen=True)
class Published:
    """What a published file name says.

    Attributes:
        collection: what the four files of a data set have in common, such as `emnist-digits`.
        array: which of the four arrays the file holds.
    """

    collection: str
    array: str


def published(name: str) -> Published | None:
    """What the name of a file says; None where it isn't that of one of the four files."""
    match = re.fullmatch(
        r"(.*?)[-_. ]?(train|t10k|test)(?!.*(?:train|t10k|test)).*(image|img|label).*"
        r"(?:ubyte|\.idx|\.npz)(?:\.gz)?",
        PurePosixPath(name).name.lower(),
    )
    if not match:
        return None
    kind = "y" if match[3] == "label" else "x"
    return Published(match[1], f"{kind}_{'train' if match[2] == 'train' else 'test'}")


def choose_four(sources: Sequence[Source]) -> tuple[dict[str, Source], list[Source]]:
    """The files of one data set by the array that each holds, and the files left aside.

    Files belong together by what their names have in common: `emnist-digits-train-images...` and
    `emnist-digits-test-labels...`.

    Raises:
        DataError: there are several data sets, or two different files for the same array.
    """
    collections: dict[str, dict[str, list[Source]]] = {}
    for source in sources:
        if name := published(source.name):
            arrays = collections.setdefault(name.collection, {})
            arrays.setdefault(name.array, []).append(source)
    complete = [name for name, arrays in collections.items() if len(arrays) == len(ARRAYS)]
    candidates = complete or list(collections)
    if len(candidates) > 1:
        names = ", ".join(sorted(name or "(no name)" for name in candidates))
        raise DataError(
            Text(
                "There are files of {count} data sets: {names}. Expected the four files of one. "
                "Import one after the other.",
                count=len(candidates),
                names=names[:NAME_LENGTH],
            )
        )
    chosen = {array: _without_copies(files) for array, files in collections[candidates[0]].items()}
    used = list(chosen.values())
    return chosen, [source for source in sources if source not in used]


def _without_copies(files: Sequence[Source]) -> Source:
    """The one file for an array, where the others are gzipped copies of it."""
    plain = {file.name.lower().removesuffix(".gz") for file in files}
    if len(plain) > 1:
        raise DataError(
            Text(
                "There are several files for the same images or labels: {names}. Expected the four "
                "files of one data set.",
                names=", ".join(file.name for file in files)[:NAME_LENGTH],
            )
        )
    return min(files, key=lambda file: len(file.name))


def read_four_files(sources: Mapping[str, Source], limits: Limits) -> Contents:
    """Read four IDX files, or four `.npz` files of one array each.

    Args:
        sources: by the name of the array that each holds; see `choose_four`.

    Raises:
        DataError: a file is missing or damaged, or an array fails its check.
    """
    for key in ARRAYS:
        if key not in sources:
            expected = Text(
                "Expected four: train-images-idx3-ubyte, train-labels-idx1-ubyte, "
                "t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte. Received: {names}",
                names=", ".join(source.name for source in sources.values()),
            )
            raise DataError(Sentences(MISSING[key], expected))
    arrays: dict[str, NDArray[np.uint8]] = {}
    for key in ARRAYS:
        source = sources[key]
        read = read_single_npz if source.name.lower().endswith(".npz") else read_idx
        array = read(source, remaining_limits(limits, arrays, key))
        arrays[key] = check_array(array, key, source.name, limits)
    return Contents(arrays)
