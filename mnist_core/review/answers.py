"""What a network got wrong: its answers to a part of the data, sought through and sorted."""

import csv
import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnist_core.data.dataset import Dataset, Images, Labels, array_sha256
from mnist_core.data.release import MNIST
from mnist_core.data.splits import split_validation
from mnist_core.errors import DataError
from mnist_core.metrics.classification import TINY, cross_entropy_losses, temper
from mnist_core.models.litert import LiteNetwork, digit_probabilities
from mnist_core.models.store import StoredModel

Indices = NDArray[np.intp]  # positions in a part, in the order in which they are shown

SPLITS = {
    "test": "test images",
    "validation": "validation images",
    "train": "training images",
}
ORDERS = {
    "loss": "worst first",
    "sure": "surest first",
    "unsure": "least sure first",
    "close": "closest runner-up first",
    "number": "by index",
}
STEP = 1000  # images between two reports of how far it is
MOST_IMAGES = 2000  # in one zip


# --- a part of the data -------------------------------------------------------------------


@dataclass(frozen=True)
class Part:
    """Images that a network is asked about.

    Attributes:
        split: a key of `SPLITS`.
        published: `test` or `train`: which of the two published sets they are from.
        digest: SHA-256 of that whole set's images: what judgements are kept under.
        images: `(n, 28, 28)` uint8, 0 paper to 255 ink.
        labels: `(n,)` uint8, 0 to 9.
        numbers: `(n,)`: their index in the published set.
    """

    split: str
    published: str
    digest: str
    images: Images
    labels: Labels
    numbers: NDArray[np.intp]


def splits_of(model: StoredModel) -> list[str]:
    """The splits that there are of a network's data: only some keep images back to validate."""
    recipe = model.recipe
    return ["test", *["validation"] * (recipe.validation_split > 0), "train"]


def part_of(model: StoredModel, dataset: Dataset, split: str) -> Part:
    """A network's test images, those that it learned from, or those kept back to validate.

    Raises:
        DataError: there are none.
    """
    if split == "test":
        images, labels = dataset.x_test, dataset.y_test
        numbers = np.arange(len(images))
    else:
        recipe = model.recipe
        few = slice(recipe.train_images)
        learned, kept = split_validation(
            dataset.x_train[few], dataset.y_train[few], recipe.validation_split
        )
        images, labels = learned if split == "train" else kept
        first = 0 if split == "train" else len(learned[1])
        numbers = np.arange(first, first + len(images))
    if not len(numbers):
        raise DataError(f"{model.name} has no {SPLITS[split]} on {dataset.name}.")
    published = "test" if split == "test" else "train"
    return Part(split, published, images_digest(dataset, published), images, labels, numbers)


def images_digest(dataset: Dataset, published: str) -> str:
    """SHA-256 of the images of the `test` or `train` set, as hex."""
    name = f"x_{published}"
    return MNIST.sha256[name] if dataset.verified else array_sha256(getattr(dataset, name))


# --- the answers --------------------------------------------------------------------------


@dataclass(frozen=True)
class Answers:
    """What a network says of each image of a part.

    Attributes:
        labels: `(n,)` uint8, 0 to 9.
        probabilities: `(n, 10)` float32.
        predicted: `(n,)` uint8: the likeliest digit.
        confidence: `(n,)` float32, 0..1: its probability.
        loss: `(n,)` float32: cross-entropy in nats.
    """

    labels: Labels
    probabilities: NDArray[np.float32]
    predicted: NDArray[np.uint8]
    confidence: NDArray[np.float32]
    loss: NDArray[np.float32]

    @property
    def right(self) -> NDArray[np.bool_]:
        """`(n,)`: whether each answer is its label."""
        return self.predicted == self.labels

    @property
    def margin(self) -> NDArray[np.float32]:
        """`(n,)`, 0..1: how far the second likeliest digit is behind the likeliest."""
        second = np.partition(self.probabilities, -2, axis=1)[:, -2]
        return np.maximum(self.confidence - second, 0)


def answers_from(probabilities: NDArray[np.float32], labels: Labels) -> Answers:
    """Answers of probabilities `(n, 10)` to images with labels `(n,)`."""
    return Answers(
        labels,
        probabilities,
        probabilities.argmax(axis=1).astype(np.uint8),
        probabilities.max(axis=1),
        cross_entropy_losses(probabilities, labels),
    )


def stored_answers(model: StoredModel, labels: Labels) -> Answers:
    """The answers to the test images that are stored with a network, `labels` being theirs.

    The stored probabilities are rounded (float16); those of the answer and of the label are put
    in as they were, so that every figure comes out as it did when the network was tested.

    Raises:
        ModelError: they are damaged.
    """
    kept = model.test_answers()
    confidence, loss = kept["confidence"], kept["loss"]
    below = np.nextafter(confidence, np.float32(0))[:, np.newaxis]
    probabilities = np.minimum(kept["probabilities"].astype(np.float32), below)
    rows = np.arange(len(labels))
    wrong = kept["predicted"] != labels
    of_label = np.exp(-loss)
    probabilities[rows[wrong], labels[wrong]] = np.where(of_label > 2 * TINY, of_label, 0)[wrong]
    probabilities[rows, kept["predicted"]] = confidence
    return Answers(labels, probabilities, kept["predicted"], confidence, loss)


def asked_answers(
    model: StoredModel, part: Part, report: Callable[[int, int], None] | None = None
) -> Answers:
    """The answers of a network that is asked now; `report` gets (images done, images in all).

    Raises:
        ModelError: its files are damaged.
    """
    network = LiteNetwork(model.read("litert"))
    temperature = float(model.card["calibration"]["temperature"])
    n = len(part.images)
    told = np.empty((n, 10), np.float32)
    for start in range(0, n, STEP):
        images = part.images[start : start + STEP]
        told[start : start + STEP] = temper(
            digit_probabilities(network.predict(images)), temperature
        )
        if report:
            report(min(start + STEP, n), n)
    return answers_from(told, part.labels)


def was_tested_on(model: StoredModel, dataset: Dataset) -> bool:
    """Whether a network's stored answers are to the test images of this data set."""
    data = model.card["data"]
    if dataset.verified or data["verified"]:
        return bool(dataset.verified and data["verified"] and dataset.name == data["name"])
    return bool(data["digest"] == dataset.digest())


# --- seeking ------------------------------------------------------------------------------


def select(
    answers: Answers,
    *,
    label: int | None = None,
    said: int | None = None,
    wrong: bool = True,
    low: float = 0.0,
    high: float = 1.0,
    order: str = "loss",
) -> Indices:
    """Positions of the images that fit, in an order.

    Args:
        label, said: the true digit and the answer; None is any.
        wrong: only mistakes.
        low, high: least and largest confidence of the answer, 0..1, inclusive.
        order: a key of `ORDERS`. Equals follow by index.
    """
    fits = confident(answers, low, high)
    if wrong:
        fits &= ~answers.right
    if label is not None:
        fits &= answers.labels == label
    if said is not None:
        fits &= answers.predicted == said
    found = np.flatnonzero(fits)
    if order == "number":
        return found
    keys = {
        "loss": -answers.loss,
        "sure": -answers.confidence,
        "unsure": answers.confidence,
        "close": answers.margin,
    }
    return found[np.argsort(keys[order][found], kind="stable")]


def confident(answers: Answers, low: float, high: float) -> NDArray[np.bool_]:
    """`(n,)`: whether each answer's confidence is within a range, both ends inclusive."""
    return (answers.confidence >= np.float32(low)) & (answers.confidence <= np.float32(high))


def confusion(answers: Answers, low: float = 0.0, high: float = 1.0) -> NDArray[np.intp]:
    """`(10, 10)` counts of the answers of that confidence: rows are true, columns are answers."""
    fits = confident(answers, low, high)
    places = answers.labels[fits].astype(np.intp) * 10 + answers.predicted[fits]
    return np.bincount(places, minlength=100).reshape(10, 10)


def top_confusions(matrix: NDArray[np.intp], most: int = 5) -> list[tuple[int, int, int]]:
    """The commonest mistakes of a `(10, 10)` matrix: (true digit, answer, images)."""
    wrong = matrix.copy()
    np.fill_diagonal(wrong, 0)
    order = np.argsort(-wrong, axis=None, kind="stable")[:most]
    return [
        (int(place) // 10, int(place) % 10, int(wrong.flat[place]))
        for place in order
        if wrong.flat[place]
    ]


# --- to take along ------------------------------------------------------------------------

COLUMNS = ("index", "label", "answer", "confidence", "loss")


def answers_csv(part: Part, answers: Answers, found: Indices) -> str:
    """A table of the images found: index, label, answer, confidence, loss and ten probabilities."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*COLUMNS, *(f"p{digit}" for digit in range(10))])
    for place in found:
        writer.writerow(
            [
                part.numbers[place],
                answers.labels[place],
                answers.predicted[place],
                *(
                    f"{value:.6g}"
                    for value in (
                        answers.confidence[place],
                        answers.loss[place],
                        *answers.probabilities[place],
                    )
                ),
            ]
        )
    return text.getvalue()


def compared_csv(part: Part, first: Answers, second: Answers, found: Indices) -> str:
    """A table of the images found: index, label, and both networks' answers and confidence."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        [
            "index",
            "label",
            *(
                f"{name} {which}"
                for which in ("first", "second")
                for name in ("answer", "confidence")
            ),
        ]
    )
    for place in found:
        row = [part.numbers[place], part.labels[place]]
        for answers in (first, second):
            row += [answers.predicted[place], f"{answers.confidence[place]:.6g}"]
        writer.writerow(row)
    return text.getvalue()


def scores_csv(matrix: Sequence[Sequence[int]], scores: Sequence[Mapping[str, Any]]) -> str:
    """Each digit's scores and its row of the confusion matrix."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        [
            "digit",
            "precision",
            "recall",
            "f1",
            "support",
            *(f"read as {digit}" for digit in range(10)),
        ]
    )
    for row, score in zip(matrix, scores, strict=True):
        writer.writerow(
            [
                score["digit"],
                *(f"{score[name]:.6f}" for name in ("precision", "recall", "f1")),
                score["support"],
                *row,
            ]
        )
    return text.getvalue()


def images_zip(part: Part, answers: Answers, found: Indices, most: int = MOST_IMAGES) -> bytes:
    """The first `most` images found as a zip of PNGs (28x28, grey), with the table of them.

    A name tells all: `0042-label-4-read-as-9.png`.
    """
    content = io.BytesIO()
    found = found[:most]
    with zipfile.ZipFile(content, "w") as archive:  # PNGs are compressed already
        archive.writestr("images.csv", answers_csv(part, answers, found))
        for place in found:
            png = io.BytesIO()
            Image.fromarray(part.images[place]).save(png, format="PNG")
            name = (
                f"{part.published}-{part.numbers[place]:05}-label-{answers.labels[place]}"
                f"-read-as-{answers.predicted[place]}.png"
            )
            archive.writestr(name, png.getvalue())
    return content.getvalue()
