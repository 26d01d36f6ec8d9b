"""The data sets that can be learned from: MNIST, and those that people have brought in.

    runs/data/
      Fashion-MNIST/
        card.json       name, class names, digest of the arrays, where they came from, when
        x_train.npy     uint8, (n, 28, 28)
        ...             y_train, x_test, y_test

A data set is written into a folder of another name, which is renamed when everything is there: it
is there whole or not at all. The arrays are mapped, not read, so they cost memory as they are used.
"""

import datetime
import io
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_core import settings
from mnist_core.data.mnist import ARRAYS, MNIST, STAND_IN_NAME, Dataset, load_mnist
from mnist_core.data.readers import Report, Source, read_data
from mnist_core.errors import DataError
from mnist_core.system.files import READ_ERRORS, write_file

CARD = "card.json"


@dataclass(frozen=True)
class KeptData:
    """A data set that was brought in, as its card tells it.

    Attributes:
        class_names: what the labels 0, 1, 2 ... stand for; empty where they are digits.
        digest: `Dataset.digest()` of its arrays.
        train_images, test_images: how many.
        train_per_class, test_per_class: ten counts each.
        source: the files that it was read from, in words.
        created: when it was brought in, UTC, ISO 8601.
        notes: what was done to it, or looks odd.
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


def brought_in(name: str | None) -> bool:
    """Whether a data set's name is that of one that somebody brought in, there or not."""
    return name not in (None, MNIST.name, STAND_IN_NAME)


def data_dir() -> Path:
    """The folder of data sets that were brought in."""
    return settings.runs_dir() / "data"


# --- finding ------------------------------------------------------------------------------


def list_data() -> list[KeptData]:
    """The data sets that were brought in and can be read, by name."""
    kept = []
    for path in data_dir().glob(f"[!.]*/{CARD}"):
        try:
            kept.append(open_card(path.parent.name))
        except DataError:
            continue  # being deleted just now, or damaged
    return sorted(kept, key=lambda one: one.name.lower())


def data_names() -> list[str]:
    """What can be learned from: MNIST first."""
    return [MNIST.name, *(one.name for one in list_data())]


def open_card(name: str) -> KeptData:
    """What is known of a data set that was brought in.

    Raises:
        DataError: there is none of that name, or its card can't be read.
    """
    folder = data_dir() / name
    if not _is_name(name) or not (folder / CARD).is_file():
        raise DataError(
            f"There is no data set {name!r} here. There are: {', '.join(data_names())}. "
            "`python -m mnist_core bring PATH --name NAME` brings one in."
        )
    try:
        card = json.loads((folder / CARD).read_text("utf-8"))
        return KeptData(
            name=name,
            folder=folder,
            class_names=tuple(map(str, card["class_names"])),
            digest=str(card["digest"]),
            train_images=int(card["train_images"]),
            test_images=int(card["test_images"]),
            train_per_class=tuple(map(int, card["train_per_class"])),
            test_per_class=tuple(map(int, card["test_per_class"])),
            source=str(card["source"]),
            created=str(card["created"]),
            notes=tuple(map(str, card["notes"])),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"The data set {name!r} can't be used: {folder / CARD} is damaged ({error!r}). Delete "
            "the folder and bring the data in again."
        ) from error


def load_data(name: str | None = None, *, train: bool = True, digest: str | None = None) -> Dataset:
    """A data set by name; MNIST, or what stands in for it, is never downloaded by this.

    Args:
        name: None is MNIST.
        train: False leaves MNIST's training arrays empty, which is quicker.
        digest: `Dataset.digest()` that it must have; needs `train`.

    Raises:
        DataError: it isn't there, its files are not what they were, or it is another one.
    """
    if brought_in(name):
        dataset = _load_kept(open_card(str(name)))
    else:
        dataset = load_mnist(train=train, download=False)
    if digest and dataset.digest() != digest:
        raise DataError(
            f"{dataset.name}, as it is here now, is not the data that was used before: its SHA-256 "
            f"is {dataset.digest()[:12]}…, expected {digest[:12]}…. Bring that data in again under "
            "the name that it had."
        )
    return dataset


def _load_kept(card: KeptData) -> Dataset:
    arrays = {}
    for key in ARRAYS:
        path = card.folder / f"{key}.npy"
        try:
            arrays[key] = np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
        except READ_ERRORS as error:
            raise DataError(
                f"The data set {card.name!r} can't be used: {path} is missing or cut ({error}). "
                "Delete it and bring the data in again."
            ) from error
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
            f"The data set {card.name!r} can't be used: its files in {card.folder} were altered. "
            "Delete it and bring the data in again."
        )
    return dataset


def samples(card: KeptData) -> NDArray[np.uint8]:
    """The first training image of each class that has one: `(k, 28, 28)` uint8.

    Raises:
        DataError: its files can't be read.
    """
    try:
        images, labels = (
            np.load(card.folder / f"{key}_train.npy", mmap_mode="r", allow_pickle=False)
            for key in "xy"
        )
        return np.array(images[np.unique(labels, return_index=True)[1]])
    except READ_ERRORS as error:
        raise DataError(f"The data set {card.name!r} is missing or cut ({error}).") from error


# --- bringing in and deleting -------------------------------------------------------------


def bring_data(
    name: str,
    sources: Iterable[Source],
    *,
    class_names: Sequence[str] = (),
    invert: bool = False,
    on_progress: Report | None = None,
) -> KeptData:
    """Read, check and keep a data set; see `mnist_core.data.readers.read_data`.

    Raises:
        DataError: a file is wrong, the name can't be had, or there is no room. Nothing is kept.
    """
    name = " ".join(name.split())
    check_name(name)
    dataset = read_data(
        name, list(sources), class_names=class_names, invert=invert, on_progress=on_progress
    )
    return keep_data(dataset)


def keep_data(dataset: Dataset) -> KeptData:
    """Keep a data set under its name.

    Raises:
        DataError: the name can't be had, or there is no room.
    """
    check_name(dataset.name)
    now = datetime.datetime.now(datetime.UTC)
    card = {
        "name": dataset.name,
        "class_names": dataset.class_names,
        "digest": dataset.digest(),
        "train_images": len(dataset.x_train),
        "test_images": len(dataset.x_test),
        "train_per_class": np.bincount(dataset.y_train, minlength=10).tolist(),
        "test_per_class": np.bincount(dataset.y_test, minlength=10).tolist(),
        "source": dataset.source,
        "created": now.isoformat(timespec="seconds"),
        "notes": dataset.notes,
    }
    new = data_dir() / f".new-{secrets.token_hex(4)}"
    try:
        new.mkdir(parents=True)
        for key in ARRAYS:
            content = io.BytesIO()
            np.save(content, np.ascontiguousarray(getattr(dataset, key)), allow_pickle=False)
            write_file(new / f"{key}.npy", content.getvalue())
        write_file(new / CARD, (json.dumps(card, indent=1, ensure_ascii=False) + "\n").encode())
        os.rename(new, data_dir() / dataset.name)
    except OSError as error:
        check_name(dataset.name)  # somebody else may have been faster
        raise DataError(
            f"{dataset.name} could not be kept in {data_dir()} ({error.strerror}). Free some "
            "space, or set MNIST_CORE_RUNS to a folder that can be written."
        ) from error
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return open_card(dataset.name)


def delete_data(name: str) -> None:
    """Delete a data set that was brought in. Networks that learned from it stay.

    Raises:
        DataError: there is none of that name, or it can't be deleted.
    """
    if not _is_name(name) or not (data_dir() / name).is_dir():
        open_card(name)
    gone = data_dir() / f".gone-{secrets.token_hex(4)}"
    try:
        os.rename(data_dir() / name, gone)
    except OSError as error:
        raise DataError(f"{name} can't be deleted ({error.strerror}).") from error
    shutil.rmtree(gone, ignore_errors=True)


def check_name(name: str) -> None:
    """Whether a new data set can be called so.

    Raises:
        DataError: it can't.
    """
    if not _is_name(name):
        raise _bad_name(name)
    taken = [MNIST.name, STAND_IN_NAME]
    if data_dir().is_dir():
        taken += [path.name for path in data_dir().iterdir() if not path.name.startswith(".")]
    if name.lower() in map(str.lower, taken):
        raise DataError(f"There is a data set {name!r} already. Choose another name, or delete it.")


def _is_name(name: str) -> bool:
    return bool(re.fullmatch(r"\w[\w .+-]{0,39}", name)) and name == name.strip(" .")


def _bad_name(name: str) -> DataError:
    return DataError(
        "A data set is called by up to 40 letters, digits, spaces, dots and hyphens, such as "
        f"Fashion-MNIST. Received: {name!r}"
    )
