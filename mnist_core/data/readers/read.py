"""Make a data set of files, whatever their layout."""

import re
import zipfile
from collections.abc import Callable, Sequence

import numpy as np

from mnist_core.data.dataset import ARRAYS, Dataset, Labels
from mnist_core.data.readers.archives import is_npz, is_zip, zip_members
from mnist_core.data.readers.contents import Arrays, Contents, check_lengths
from mnist_core.data.readers.folders import read_folders
from mnist_core.data.readers.four_files import published_array, read_four_files
from mnist_core.data.readers.npz import read_npz
from mnist_core.data.readers.source import (
    EXPECTED_LAYOUTS,
    LIMITS,
    Limits,
    Source,
    check_sizes,
    describe_sources,
    read_errors,
    without_system_files,
)
from mnist_core.errors import DataError

TEST_SHARE = 1 / 7  # of data that comes in one part; MNIST's own share
MAX_NAME = 30  # letters of a class name
# A data set with one of these names gets its class names by default. Source: the data sets' own
# pages, https://github.com/zalandoresearch/fashion-mnist and https://github.com/rois-codh/kmnist
KNOWN_CLASS_NAMES: dict[str, tuple[str, ...]] = {
    "fashionmnist": (
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    "kmnist": (
        "お o",
        "き ki",
        "す su",
        "つ tsu",
        "な na",
        "は ha",
        "ま ma",
        "や ya",
        "れ re",
        "を wo",
    ),
}


def read_data(
    name: str,
    sources: Sequence[Source],
    *,
    class_names: Sequence[str] = (),
    invert: bool = False,
    on_progress: Callable[[float], None] | None = None,
    limits: Limits = LIMITS,
) -> Dataset:
    """Make a data set of files and check all of them.

    Data that comes in one part is split: a seventh of each class becomes the test set, chosen at
    random but always the same way. Training images that are sorted by label are shuffled, because
    training validates on the last ones.

    Args:
        name: the data set's name.
        class_names: names of the labels from 0 on, instead of those in the files.
        invert: whether the files have dark ink on light paper; MNIST has 255 for ink.
        on_progress: called with the share that is done, 0 to 1.

    Raises:
        DataError: a file is wrong; the message names it.
    """
    contents = _read_sources(sources, invert, on_progress or (lambda share: None), limits)
    arrays, notes = contents.arrays, list(contents.notes)
    check_lengths(arrays, limits)
    if invert:
        arrays = {
            key: 255 - array if key.startswith("x") else array for key, array in arrays.items()
        }
    if "x" in arrays:
        arrays = _split_off_test(arrays)
        notes.append(
            f"It came in one part; {len(arrays['x_test']):,} of its images became the test set."
        )
    elif _is_sorted(arrays["y_train"]):
        order = np.random.default_rng(0).permutation(len(arrays["y_train"]))
        arrays = {
            **arrays,
            "x_train": arrays["x_train"][order],
            "y_train": arrays["y_train"][order],
        }
        notes.append("Its training images were sorted by label and have been shuffled.")
    known = KNOWN_CLASS_NAMES.get(re.sub(r"[^a-z]", "", name.lower()), ())
    names = _check_class_names(class_names or contents.class_names or known, arrays)
    if len(np.unique(arrays["y_train"])) < 2:
        raise DataError(
            f"All training images have the label {arrays['y_train'][0]}. Expected at least two "
            "classes: a network has nothing to tell apart otherwise."
        )
    if float(arrays["x_train"][:, [0, -1]].mean()) > 127:  # the first and the last row of each
        notes.append(
            "These pictures are light at the edges, where MNIST's are black. If they are dark ink "
            "on light paper, bring them in again inverted."
        )
    return Dataset(
        name,
        **{key: arrays[key] for key in ARRAYS},
        source=describe_sources(sources),
        verified=False,
        notes=tuple(notes),
        class_names=names,
    )


# --- the layout of the files --------------------------------------------------------------


def _read_sources(
    sources: Sequence[Source],
    invert: bool,
    on_progress: Callable[[float], None],
    limits: Limits,
) -> Contents:
    files = without_system_files(sources)
    check_sizes(files, limits)
    if len(files) == 1 and is_zip(files[0]) and not is_npz(files[0]):
        name = files[0].name
        with read_errors(name), zipfile.ZipFile(files[0].open()) as archive:
            members = without_system_files(zip_members(archive, name))
            check_sizes(members, limits, name)
            return _read_files(members, invert, on_progress, limits)
    return _read_files(files, invert, on_progress, limits)


def _read_files(
    files: Sequence[Source],
    invert: bool,
    on_progress: Callable[[float], None],
    limits: Limits,
) -> Contents:
    npz = [file for file in files if file.name.lower().endswith(".npz")]
    if len(files) == 1 and (npz or is_zip(files[0])):
        return read_npz(files[0], limits)
    published = {key: file for file in files if (key := published_array(file.name))}
    if published:
        return read_four_files(published, limits)
    if npz:
        raise DataError(
            f"{npz[0].name} is not the only file, and its name doesn't say which array it holds. "
            f"{EXPECTED_LAYOUTS}"
        )
    return read_folders(files, invert, on_progress, limits)


# --- the data set -------------------------------------------------------------------------


def _split_off_test(arrays: Arrays) -> Arrays:
    """Split `x` and `y`: a seventh of each class, at least one, to test on; both parts shuffled."""
    x, y = arrays["x"], arrays["y"]
    rng = np.random.default_rng(0)
    rows_of_classes = []
    for label in np.unique(y):
        rows = rng.permutation(np.flatnonzero(y == label))
        if len(rows) < 2:
            raise DataError(
                f"Label {label} has one image only. Expected at least two: one to learn from, one "
                "to test with."
            )
        rows_of_classes.append(rows[: max(1, round(TEST_SHARE * len(rows)))])
    test = rng.permutation(np.concatenate(rows_of_classes))
    train = rng.permutation(np.setdiff1d(np.arange(len(y)), test))
    return {"x_train": x[train], "y_train": y[train], "x_test": x[test], "y_test": y[test]}


def _is_sorted(labels: Labels) -> bool:
    return len(labels) > 20 and bool((labels[:-1] <= labels[1:]).all())


def _check_class_names(class_names: Sequence[str], arrays: Arrays) -> tuple[str, ...]:
    """Class names with single spaces that fit the labels; none at all is fine."""
    names = tuple(" ".join(name.split()) for name in class_names)
    needed = 1 + int(max(arrays["y_train"].max(), arrays["y_test"].max()))
    if not names:
        return ()
    if not needed <= len(names) <= 10 or len(set(names)) < len(names) or not all(names):
        raise DataError(
            f"{len(names)} class names were given: {', '.join(names)}. Expected a different one "
            f"for each label, {needed} to 10 of them."
        )
    long = [name for name in names if len(name) > MAX_NAME]
    if long:
        raise DataError(
            f"The class name {long[0][:40]!r} is too long. Expected {MAX_NAME} letters at most."
        )
    return names
