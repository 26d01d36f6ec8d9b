"""Read the four files of images and labels that MNIST, Fashion-MNIST and KMNIST consist of."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath

from mnist_core.data.dataset import ARRAYS
from mnist_core.data.readers.contents import Contents, check_array
from mnist_core.data.readers.idx import read_idx
from mnist_core.data.readers.npz import read_single_npz
from mnist_core.data.readers.source import Limits, Source
from mnist_core.errors import DataError


def published_array(name: str) -> str | None:
    """Which of the four arrays a file with a published name holds; None for another name."""
    match = re.fullmatch(
        r".*(train|t10k|test).*(image|img|label).*(ubyte|\.idx|\.npz)(\.gz)?",
        PurePosixPath(name).name.lower(),
    )
    if not match:
        return None
    return ("y_" if match[2] == "label" else "x_") + ("train" if match[1] == "train" else "test")


def read_four_files(sources: Mapping[str, Source], limits: Limits) -> Contents:
    """Read four IDX files, or four `.npz` files of one array each.

    Args:
        sources: by the name of the array that each holds; see `published_array`.

    Raises:
        DataError: a file is missing or damaged, or an array fails its check.
    """
    for key in ARRAYS:
        if key not in sources:
            kind = "labels" if key.startswith("y") else "images"
            part = "training" if key.endswith("train") else "test"
            raise DataError(
                f"The file with the {part} {kind} is missing. Expected four: "
                "train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte, "
                "t10k-labels-idx1-ubyte. Received: "
                f"{', '.join(source.name for source in sources.values())}"
            )
    arrays = {}
    for key in ARRAYS:
        source = sources[key]
        read = read_single_npz if source.name.lower().endswith(".npz") else read_idx
        arrays[key] = check_array(read(source, limits), key, source.name, limits)
    return Contents(arrays)
