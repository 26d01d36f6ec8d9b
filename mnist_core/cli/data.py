"""Commands about data sets: `data`, `bring`; and how the others load them."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mnist_core.cli.terminal import (
    Json,
    Options,
    Result,
    command,
    option,
    print_table,
    progress_bar,
)
from mnist_core.data.dataset import ARRAYS, STAND_IN_NAME, Dataset, label_name
from mnist_core.data.download import download_mnist
from mnist_core.data.mnist import load_mnist
from mnist_core.errors import DataError
from mnist_core.i18n import Text, _


def data_option(text: Text) -> Options:
    """The option that names a data set."""
    return option("--data", metavar="NAME", help=text)


@command(
    "data",
    Text("Show where MNIST is stored, or details of an imported data set"),
    option("name", nargs="?", metavar="NAME", help=Text("of data that was brought in")),
    option("--download", action="store_true", help=Text("download MNIST first (11 MB)")),
    option(
        "--delete",
        action="store_true",
        help=Text("delete the data of that name that was brought in"),
    ),
)
def data(options: argparse.Namespace) -> Result:
    """Show where MNIST is stored, or details of an imported data set."""
    from mnist_core.data.collection import delete_data, list_data

    if options.delete:
        if not options.name:
            raise DataError(Text("`--delete` needs the data's name: `data NAME --delete`."))
        delete_data(options.name)
        words = _("Deleted {name}. Networks that learned from it stay.", name=options.name)
        return {"deleted": options.name}, lambda answer: print(words), 0
    if options.download:
        with progress_bar(_("Downloading MNIST")) as update:
            download_mnist(progress=lambda done, total: update(done / total if total else 0))
    dataset = named_data(options.name) or load_mnist(download=False)
    return _data_facts(dataset, [stored.name for stored in list_data()]), _show_data, 0


def named_data(name: str | None) -> Dataset | None:
    """Data that was brought in, by its name; None for MNIST."""
    from mnist_core.data.collection import is_imported, load_data

    return load_data(name) if is_imported(name) else None


def _data_facts(dataset: Dataset, there: Sequence[str]) -> Json:
    return {
        "name": dataset.name,
        "source": dataset.source,
        "verified": dataset.verified,
        "train": len(dataset.x_train),
        "test": len(dataset.x_test),
        "shapes": {name: list(getattr(dataset, name).shape) for name in ARRAYS},
        "train_per_class": np.bincount(dataset.y_train, minlength=10).tolist(),
        "test_per_class": np.bincount(dataset.y_test, minlength=10).tolist(),
        "class_names": list(dataset.class_names),
        "brought_in": list(there),
        "notes": [*dataset.notes, *stand_in_notes(dataset)],
    }


def _show_data(answer: Json) -> None:
    facts = {"name": answer["name"], "source": _(answer["source"])}
    if answer["verified"]:
        print(_("{name} (verified) from {source}", **facts))
    else:
        print(_("{name} (not MNIST) from {source}", **facts))
    for name, shape in answer["shapes"].items():
        print(f"  {name:<8} uint8 {tuple(shape)}")
    rows = [
        [label_name(digit, answer["class_names"]), *map(str, counts)]
        for digit, counts in enumerate(
            zip(answer["train_per_class"], answer["test_per_class"], strict=True)
        )
    ]
    print_table(
        [_("digit"), _("train"), _("test")],
        [*rows, [_("all"), str(answer["train"]), str(answer["test"])]],
    )
    for note in answer["notes"]:
        print(_(note))
    if answer["brought_in"]:
        names = ", ".join(answer["brought_in"])
        print(_("Brought in: {names}. `data NAME` shows one of them.", names=names))


@command(
    "bring",
    Text("Import a data set of 28x28 images"),
    option(
        "paths",
        nargs="+",
        metavar="PATH",
        help=Text(
            "an .npz file, four IDX files, or a zip or folder with these or with one folder of "
            "pictures per label"
        ),
    ),
    option("--name", help=Text("what to call it (default: as the file or folder)")),
    option("--classes", metavar="A,B,...", default="", help=Text("names of the labels from 0 on")),
    option(
        "--invert",
        action="store_true",
        help=Text("it is dark ink on light paper; MNIST has 255 for ink"),
    ),
)
def bring(options: argparse.Namespace) -> Result:
    """Import a data set of 28x28 images."""
    from mnist_core.data.collection import import_data, list_data, load_data
    from mnist_core.data.readers.source import sources_at

    sources = [source for path in options.paths for source in sources_at(path)]
    name = options.name or Path(options.paths[0]).resolve().name.split(".")[0]
    with progress_bar(_("Reading {name}", name=name)) as update:
        stored = import_data(
            name,
            sources,
            invert=options.invert,
            on_progress=update,
            class_names=options.classes.split(",") if options.classes else (),
        )
    answer = _data_facts(load_data(stored.name), [other.name for other in list_data()])
    return {**answer, "from": stored.source}, _show_data, 0


def stand_in_notes(dataset: Dataset) -> list[str]:
    """What to say where MNIST is missing and another set stands in for it."""
    from mnist_core.data.release import DOWNLOAD_HINT

    if not dataset.stand_in:
        return []
    return [
        Text(
            "MNIST was not found, so {name} stand in. {hint}",
            name=Text(STAND_IN_NAME),
            hint=Text(DOWNLOAD_HINT),
        )
    ]


def load_shown(train: bool = True) -> Dataset:
    """MNIST, downloaded where it is missing, with a progress bar."""
    with progress_bar(_("Downloading MNIST")) as update:
        return load_mnist(
            train=train, progress=lambda done, total: update(done / total if total else 0)
        )


def load_with_notes(name: str | None = None) -> Dataset:
    """A data set by its name; what there is to say of MNIST goes to standard error."""
    named = named_data(name)
    if named:  # its notes were told when it was brought in
        return named
    dataset = load_shown()
    for note in (*dataset.notes, *stand_in_notes(dataset)):
        print(_(note), file=sys.stderr)
    return dataset


def print_note(note: str) -> None:
    """Print a note to standard error, unless it is empty."""
    if note:
        print(_(note), file=sys.stderr)
