"""The data sets to train on: MNIST, and those that users have imported.

    runs/data/
      Fashion-MNIST/
        card.json       name, class names, digest of the arrays, where they came from, when
        x_train.npy     uint8, (n, 28, 28)
        ...             y_train, x_test, y_test

A data set is written into a temporary folder, which is renamed when it is complete: it is there
as a whole or not at all. The arrays are read into memory: a process whose mapped file is cut by
another one is killed, and the whole server with it.
"""

import datetime
import os
import re
import secrets
import shutil
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from mnist_core import i18n, settings
from mnist_core.data.dataset import ARRAYS, STAND_IN_NAME, Dataset
from mnist_core.data.mnist import load_mnist
from mnist_core.data.readers.npz import read_npy, read_npy_rows
from mnist_core.data.readers.read import read_data
from mnist_core.data.readers.source import LIMITS, Limits, Source, file_source
from mnist_core.data.release import MNIST
from mnist_core.errors import DataError, error_text
from mnist_core.i18n import Text
from mnist_core.system.files import sync_folder, write_file
from mnist_core.system.names import clean_name

CARD = "card.json"
PATIENCE = 60.0  # seconds to wait for another import
_ONE_AT_A_TIME = threading.Lock()


class _Card(msgspec.Struct, frozen=True):
    """What `card.json` holds; see `StoredData`."""

    class_names: tuple[str, ...]
    digest: str
    train_images: Annotated[int, Meta(ge=1)]
    test_images: Annotated[int, Meta(ge=1)]
    train_per_class: Annotated[tuple[int, ...], Meta(min_length=10, max_length=10)]
    test_per_class: Annotated[tuple[int, ...], Meta(min_length=10, max_length=10)]
    source: str
    created: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class StoredData:
    """The card of an imported data set.

    Attributes:
        class_names: what the labels 0, 1, 2 ... stand for; empty where they are digits.
        digest: `Dataset.digest()` of its arrays.
        train_images, test_images: number of images.
        train_per_class, test_per_class: number of images of each class, ten each.
        source: a description of the files that it was read from.
        created: when it was imported, UTC, ISO 8601.
        notes: messages for the user: what was changed, or looks odd.
    """

    name: str
    folder: Path
    class_names: tuple[str, ...]
    digest: str
    train_images: int
    test_images: int
    train_per_class: tuple[int, ...]
    test_per_class: tuple[int, ...]
    source: str
    created: str
    notes: tuple[str, ...]


def is_imported(name: str | None) -> bool:
    """Whether a name is that of an imported data set; it doesn't have to exist."""
    return name not in (None, MNIST.name, STAND_IN_NAME)


def data_dir() -> Path:
    """The folder of imported data sets."""
    return settings.runs_dir() / "data"


# --- reading ------------------------------------------------------------------------------


def list_data() -> list[StoredData]:
    """The imported data sets that can be read, by name."""
    cards = []
    for path in data_dir().glob(f"[!.]*/{CARD}"):
        try:
            cards.append(open_data(path.parent.name))
        except DataError:
            continue  # being deleted just now, or damaged
    return sorted(cards, key=lambda card: card.name.lower())


def data_names() -> list[str]:
    """The names of all data sets, MNIST first."""
    return [MNIST.name, *(card.name for card in list_data())]


def open_data(name: str) -> StoredData:
    """Read the card of an imported data set.

    Raises:
        DataError: there is no data set of that name, or its card can't be read.
    """
    folder = data_dir() / name
    if not _is_name(name) or not (folder / CARD).is_file():
        raise DataError(
            Text(
                "There is no data set {name!r} here. There are: {names}. "
                "`python -m mnist_core bring PATH --name NAME` brings one in.",
                name=name,
                names=", ".join(data_names()),
            )
        )
    try:
        card = msgspec.json.decode((folder / CARD).read_bytes(), type=_Card)
    except (OSError, msgspec.DecodeError, RecursionError) as error:
        raise DataError(
            Text(
                "The data set {name!r} can't be used: {path} is damaged ({reason}). Delete the "
                "folder and bring the data in again.",
                name=name,
                path=folder / CARD,
                reason=repr(error),
            )
        ) from error
    values = msgspec.structs.asdict(card)
    values["class_names"] = tuple(map(clean_name, card.class_names))
    values["source"] = i18n.from_line(card.source)
    values["notes"] = tuple(map(i18n.from_line, card.notes))
    return StoredData(name, folder, **values)


def load_data(name: str | None = None, *, train: bool = True, digest: str | None = None) -> Dataset:
    """Load a data set by name. MNIST is never downloaded; its stand-in may be returned instead.

    Args:
        name: None is MNIST.
        train: False leaves MNIST's training arrays empty, which is faster.
        digest: the `Dataset.digest()` that it must have; needs `train`.

    Raises:
        DataError: it doesn't exist, its files were changed, or its digest is another one.
    """
    if is_imported(name):
        dataset = _load_imported(open_data(str(name)))
    else:
        dataset = load_mnist(train=train, download=False)
    if digest and dataset.digest() != digest:
        raise DataError(
            Text(
                "{name}, as it is here now, is not the data that was used before: its SHA-256 is "
                "{digest}…, expected {expected}…. Bring that data in again under the same name.",
                name=dataset.name,
                digest=dataset.digest()[:12],
                expected=digest[:12],
            )
        )
    return dataset


def _load_imported(card: StoredData) -> Dataset:
    arrays = {}
    for key in ARRAYS:
        path = card.folder / f"{key}.npy"
        try:
            arrays[key] = read_npy(file_source(path), path.name, LIMITS)
        except (DataError, OSError) as error:
            raise DataError(
                Text(
                    "The data set {name!r} can't be used: {path} is missing or truncated "
                    "({reason}). Delete it and bring the data in again.",
                    name=card.name,
                    path=path,
                    reason=error_text(error),
                )
            ) from error
        arrays[key].flags.writeable = False
    dataset = Dataset(
        card.name,
        **arrays,
        source=str(card.folder),
        verified=False,
        notes=card.notes,
        class_names=card.class_names,
    )
    if dataset.digest() != card.digest:
        raise DataError(
            Text(
                "The data set {name!r} can't be used: its files in {folder} were changed. Delete "
                "it and bring the data in again.",
                name=card.name,
                folder=card.folder,
            )
        )
    return dataset


def class_samples(card: StoredData) -> NDArray[np.uint8]:
    """The first training image of each class that has one: `(k, 28, 28)` uint8.

    Raises:
        DataError: the files can't be read.
    """
    try:
        labels = read_npy(file_source(card.folder / "y_train.npy"), "y_train.npy", LIMITS)
        rows = np.unique(labels, return_index=True)[1]
        return read_npy_rows(card.folder / "x_train.npy", rows)
    except (DataError, OSError) as error:
        raise DataError(
            Text(
                "The data set {name!r} is missing or truncated ({reason}). Delete it and bring the "
                "data in again.",
                name=card.name,
                reason=error_text(error),
            )
        ) from error


# --- importing and deleting ---------------------------------------------------------------


def import_data(
    name: str,
    sources: Iterable[Source],
    *,
    class_names: Sequence[str] = (),
    invert: bool = False,
    on_progress: Callable[[float], None] | None = None,
    limits: Limits = LIMITS,
) -> StoredData:
    """Read, check and store a data set; see `mnist_core.data.readers.read.read_data`.

    One at a time in a process: several large ones would fill a server's memory.

    Raises:
        DataError: a file is wrong, the name is taken or invalid, the disk is full, or another
            import takes long. Nothing is stored then.
    """
    name = clean_name(name)
    check_name(name)
    if not _ONE_AT_A_TIME.acquire(timeout=PATIENCE):
        raise DataError(
            Text(
                "Somebody else's data is being imported. Nothing was changed; try again when it is "
                "done."
            )
        )
    try:
        dataset = read_data(
            name,
            list(sources),
            class_names=class_names,
            invert=invert,
            on_progress=on_progress,
            limits=limits,
        )
        return store_data(dataset)
    finally:
        _ONE_AT_A_TIME.release()


def store_data(dataset: Dataset) -> StoredData:
    """Store a data set under its name.

    Raises:
        DataError: the name is taken or invalid, or the disk is full.
    """
    check_name(dataset.name)
    card = {
        "name": dataset.name,
        "class_names": dataset.class_names,
        "digest": dataset.digest(),
        "train_images": len(dataset.x_train),
        "test_images": len(dataset.x_test),
        "train_per_class": np.bincount(dataset.y_train, minlength=10).tolist(),
        "test_per_class": np.bincount(dataset.y_test, minlength=10).tolist(),
        "source": i18n.to_line(dataset.source),
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "notes": tuple(map(i18n.to_line, dataset.notes)),
    }
    temporary = data_dir() / f".new-{secrets.token_hex(4)}"
    try:
        temporary.mkdir(parents=True)
        for key in ARRAYS:
            _save_array(temporary / f"{key}.npy", getattr(dataset, key))
        write_file(temporary / CARD, msgspec.json.format(msgspec.json.encode(card), indent=1))
        os.rename(temporary, data_dir() / dataset.name)
        sync_folder(data_dir())
    except OSError as error:
        check_name(dataset.name)  # another process may have been faster
        raise DataError(
            Text(
                "{name} could not be stored in {folder} ({reason}). Free some space, or set "
                "MNIST_CORE_RUNS to a folder that can be written.",
                name=dataset.name,
                folder=data_dir(),
                reason=error.strerror,
            )
        ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return open_data(dataset.name)


def _save_array(path: Path, array: NDArray[np.uint8]) -> None:
    """Write an `.npy` of a new folder and wait until it is on the disk."""
    with path.open("wb") as file:
        np.save(file, np.ascontiguousarray(array), allow_pickle=False)
        file.flush()
        os.fsync(file.fileno())


def delete_data(name: str) -> None:
    """Delete an imported data set. Networks that were trained on it stay.

    Raises:
        DataError: there is no data set of that name, or it can't be deleted.
    """
    if not _is_name(name) or not (data_dir() / name).is_dir():
        open_data(name)
    deleted = data_dir() / f".gone-{secrets.token_hex(4)}"
    try:
        os.rename(data_dir() / name, deleted)
    except FileNotFoundError:
        open_data(name)  # somebody else was faster, which this says
    except OSError as error:
        raise DataError(
            Text("{name} can't be deleted ({reason}).", name=name, reason=error.strerror)
        ) from error
    shutil.rmtree(deleted, ignore_errors=True)


def check_name(name: str) -> None:
    """Check that a new data set can have this name.

    Raises:
        DataError: it is invalid, or taken.
    """
    if not _is_name(name):
        raise _bad_name(name)
    taken = [MNIST.name, STAND_IN_NAME]
    if data_dir().is_dir():
        taken += [path.name for path in data_dir().iterdir() if not path.name.startswith(".")]
    if name.lower() in map(str.lower, taken):
        raise DataError(
            Text(
                "There is a data set {name!r} already. Choose another name, or delete it.",
                name=name,
            )
        )


def _is_name(name: str) -> bool:
    return bool(re.fullmatch(r"\w[\w .+-]{0,39}", name)) and name == name.strip(" .")


def _bad_name(name: str) -> DataError:
    return DataError(
        Text(
            "The name of a data set is up to 40 letters, digits, spaces, dots and hyphens, such "
            "as Fashion-MNIST. Received: {name!r}",
            name=name,
        )
    )
