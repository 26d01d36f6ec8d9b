"""The data sets that all sessions share, and what an image of one is called."""

from collections.abc import Callable
from typing import Literal

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from mnist_core import Dataset, MnistCoreError
from mnist_core.data.collection import load_data, open_data
from mnist_core.data.dataset import label_name
from mnist_core.data.exploration import class_counts
from mnist_core.data.mnist import load_mnist
from mnist_core.data.release import MNIST
from mnist_core.data.stand_in import load_stand_in
from mnist_core.i18n import Text, _

FULL, STAND_IN = 60_000, 1500  # training images


Split = Literal["train", "test"]
SPLITS: dict[Split, str] = {
    "train": Text("Training images"),
    "test": Text("Test images"),
}


@st.cache_resource(show_spinner="Loading the test images …")
def test_data() -> Dataset:
    """MNIST's test images, or what stands in for them; never downloads."""
    try:
        dataset = load_mnist(train=False, download=False)
    except MnistCoreError as error:
        dataset = load_stand_in([error.args[0]])
    return dataset


def training_images() -> int:
    """How many training images there are: MNIST's, or about those of what stands in."""
    return STAND_IN if test_data().stand_in else FULL


@st.cache_resource(show_spinner="Loading the images …", max_entries=3)
def _whole_data(name: str, digest: str) -> Dataset:
    dataset = load_data(name)
    return dataset


def whole_data(name: str = MNIST.name) -> Dataset:
    """A data set by name, training images and all; what stands in for MNIST where it is missing.

    Raises:
        DataError: there is none of that name, or its files are damaged.
    """
    if name != MNIST.name:
        return _whole_data(name, open_data(name).digest)
    tests = test_data()  # a download makes this another one
    return load_stand_in(tests.notes) if tests.stand_in else _whole_data(name, "")


def part(dataset: Dataset, split: Split) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """(images, labels) of a split."""
    if split == "train":
        return dataset.x_train, dataset.y_train
    return dataset.x_test, dataset.y_test


def named(dataset: Dataset, label: int) -> str:
    """A label as people read it, with the name of its class where it has one."""
    return label_name(int(label), dataset.class_names)


def present(dataset: Dataset) -> list[int]:
    """The labels that any image has."""
    counts = class_counts(dataset.y_train) + class_counts(dataset.y_test)
    return [int(label) for label in np.flatnonzero(counts)]


def title_text(dataset: Dataset, split: Split, index: int) -> Text:
    """What an image is called where many are shown, for later."""
    label = named(dataset, part(dataset, split)[1][index])
    if split == "train":
        return Text("Training image {index:,}, label {label}", index=index, label=label)
    return Text("Test image {index:,}, label {label}", index=index, label=label)


def title(dataset: Dataset, split: Split, index: int) -> str:
    """What an image is called where many are shown."""
    return _(title_text(dataset, split, index))


def count_of(dataset: Dataset) -> Callable[[Split], str]:
    """What a split is called, with its number of images."""

    def text(split: Split) -> str:
        return _(
            "{images} ({count:,})", images=_(SPLITS[split]), count=len(part(dataset, split)[0])
        )

    return text
