"""Make a data set of files, whatever their layout."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import ARRAYS, Dataset, Images, Labels
from mnist_core.data.readers.archives import is_npz, is_zip, open_zip, zip_members
from mnist_core.data.readers.contents import Arrays, Contents, check_lengths
from mnist_core.data.readers.folders import PICTURE, read_folders
from mnist_core.data.readers.four_files import choose_four, published, read_four_files
from mnist_core.data.readers.npz import read_npz
from mnist_core.data.readers.source import (
    EXPECTED_LAYOUTS,
    LIMITS,
    NAME_LENGTH,
    Limits,
    Source,
    check_sizes,
    describe_ignored,
    describe_sources,
    read_errors,
    without_system_files,
)
from mnist_core.errors import DataError
from mnist_core.i18n import Text
from mnist_core.system.names import clean_name

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
        for key in arrays:
            if key.startswith("x"):
                np.subtract(255, arrays[key], out=arrays[key])
    if "x" in arrays:
        arrays = _split_off_test(arrays)
        notes.append(
            Text(
                "It came in one part; {images:,} of its images became the test set.",
                images=len(arrays["x_test"]),
            )
        )
    elif _is_sorted(arrays["y_train"]):
        order = np.random.default_rng(0).permutation(len(arrays["y_train"]))
        reorder(arrays["x_train"], order)
        arrays = {**arrays, "y_train": arrays["y_train"][order]}
        notes.append(Text("Its training images were sorted by label and have been shuffled."))
    known = KNOWN_CLASS_NAMES.get(re.sub(r"[^a-z]", "", name.lower()), ())
    names = _check_class_names(class_names or contents.class_names or known, arrays)
    if len(np.unique(arrays["y_train"])) < 2:
        raise DataError(
            Text(
                "All training images have the label {label}. Expected at least two classes: a "
                "network has nothing to tell apart otherwise.",
                label=int(arrays["y_train"][0]),
            )
        )
    if float(arrays["x_train"][:, [0, -1]].mean()) > 127:  # the first and the last row of each
        notes.append(
            Text(
                "These pictures are light at the edges, where MNIST's are black. If they are dark "
                "ink on light paper, bring them in again inverted."
            )
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
    files, ignored = _data_files(without_system_files(sources))
    check_sizes(files, limits)
    if len(files) == 1 and is_zip(files[0]) and not is_npz(files[0], limits):
        name = files[0].name
        with (
            read_errors(name),
            files[0].open() as stream,
            open_zip(stream, name, limits) as archive,
        ):
            members, others = _data_files(without_system_files(zip_members(archive, name)))
            check_sizes(members, limits, name)
            contents = _read_files(members, invert, on_progress, limits)
            ignored = [*ignored, *others]
    else:
        contents = _read_files(files, invert, on_progress, limits)
    return replace(contents, notes=(*describe_ignored(ignored), *contents.notes))


def _data_files(files: Sequence[Source]) -> tuple[Sequence[Source], Sequence[Source]]:
    """(the files that can hold data, the others), by their names; all where no name says so."""
    data = [file for file in files if _can_hold_data(file.name)]
    if not data:
        return files, ()
    return data, [file for file in files if not _can_hold_data(file.name)]


def _can_hold_data(name: str) -> bool:
    known = PICTURE.search(name) or re.search(r"\.(npz|zip)$", name, re.IGNORECASE)
    return bool(known or published(name))


def _read_files(
    files: Sequence[Source],
    invert: bool,
    on_progress: Callable[[float], None],
    limits: Limits,
) -> Contents:
    npz = [file for file in files if file.name.lower().endswith(".npz")]
    if len(files) == 1 and (npz or is_zip(files[0])):
        return read_npz(files[0], limits)
    if any(published(file.name) for file in files):
        four, ignored = choose_four(files)
        contents = read_four_files(four, limits)
        return replace(contents, notes=describe_ignored(ignored))
    if npz:
        raise DataError(
            Text(
                "{name} is not the only file, and its name doesn't say which array it holds. "
                "{expected}",
                name=npz[0].name,
                expected=EXPECTED_LAYOUTS,
            )
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
                Text(
                    "Label {label} has one image only. Expected at least two: one to learn from, "
                    "one to test with.",
                    label=int(label),
                )
            )
        rows_of_classes.append(rows[: max(1, round(TEST_SHARE * len(rows)))])
    test = rng.permutation(np.concatenate(rows_of_classes))
    train = rng.permutation(np.setdiff1d(np.arange(len(y)), test))
    reorder(x, np.concatenate([train, test]))
    count = len(train)
    return {
        "x_train": x[:count],
        "y_train": y[train],
        "x_test": x[count:],
        "y_test": y[test],
    }


def reorder(images: Images, order: NDArray[np.intp]) -> None:
    """Bring images into another order without a second copy of all: `images[:] = images[order]`.

    Args:
        images: `(n, 28, 28)`, changed in place.
        order: `(n,)`, each index once.
    """
    moved = np.zeros(len(order), bool)
    for start in range(len(order)):
        if moved[start]:
            continue
        first, target = images[start].copy(), start
        while order[target] != start:  # along a cycle of the permutation
            images[target] = images[order[target]]
            moved[target] = True
            target = order[target]
        images[target], moved[target] = first, True


def _is_sorted(labels: Labels) -> bool:
    return len(labels) > 20 and bool((labels[:-1] <= labels[1:]).all())


def _check_class_names(class_names: Sequence[str], arrays: Arrays) -> tuple[str, ...]:
    """Class names, cleaned, that fit the labels; none at all is fine."""
    names = tuple(map(clean_name, class_names))
    needed = 1 + int(max(arrays["y_train"].max(), arrays["y_test"].max()))
    if not names:
        return ()
    if not needed <= len(names) <= 10 or len(set(names)) < len(names) or not all(names):
        raise DataError(
            Text(
                "{count} class names were given: {names}. Expected a different one for each label, "
                "{needed} to 10 of them.",
                count=len(names),
                names=", ".join(names)[:NAME_LENGTH],
                needed=needed,
            )
        )
    long = [name for name in names if len(name) > MAX_NAME]
    if long:
        raise DataError(
            Text(
                "The class name {name!r} is too long. Expected {most} letters at most.",
                name=long[0][:40],
                most=MAX_NAME,
            )
        )
    return names
