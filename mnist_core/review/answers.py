"""A network's answers to a part of its data: computed, selected and sorted."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import Dataset, Images, Labels, array_sha256
from mnist_core.data.release import MNIST
from mnist_core.errors import DataError
from mnist_core.i18n import Text
from mnist_core.metrics.calibration import apply_temperature
from mnist_core.metrics.classification import MIN_PROBABILITY, cross_entropy_losses
from mnist_core.models.litert import LiteNetwork, digit_probabilities
from mnist_core.models.store import StoredModel

Positions = NDArray[np.intp]  # positions of images in a part, in the order to show them

SPLITS = {
    "test": Text("test images"),
    "validation": Text("validation images"),
    "train": Text("training images"),
}
ORDERS = {
    "loss": Text("highest loss first"),
    "sure": Text("most confident first"),
    "unsure": Text("least confident first"),
    "close": Text("closest runner-up first"),
    "number": Text("by index"),
}
BATCH = 1000  # images between two progress reports


# --- a part of the data -------------------------------------------------------------------


@dataclass(frozen=True)
class Part:
    """A part of a network's data.

    Attributes:
        split: a key of `SPLITS`.
        published: `test` or `train`: the published set that the images are from.
        digest: SHA-256 of all images of that set: judgements are stored under it.
        images: `(n, 28, 28)` uint8, 0 paper to 255 ink.
        labels: `(n,)` uint8, 0 to 9.
        indices: `(n,)`: the images' indices in the published set.
    """

    split: str
    published: str
    digest: str
    images: Images
    labels: Labels
    indices: NDArray[np.intp]


def splits_of(model: StoredModel) -> list[str]:
    """The splits of a network's data; `validation` only if its recipe validates."""
    recipe = model.recipe
    return ["test", *["validation"] * (recipe.validation_share > 0), "train"]


def part_of(model: StoredModel, dataset: Dataset, split: str) -> Part:
    """The images that a network was tested on, validated on, or trained on.

    Args:
        split: a key of `SPLITS`.

    Raises:
        DataError: there are none.
    """
    if split == "test":
        images, labels = dataset.x_test, dataset.y_test
        indices = np.arange(len(images))
    else:
        training, validation = model.recipe.training_rows(len(dataset.x_train))
        rows = training if split == "train" else validation
        images, labels = dataset.x_train[rows], dataset.y_train[rows]
        indices = np.arange(rows.start, rows.stop)
    if not len(indices):
        raise DataError(
            Text(
                "{network} has no {images} in {data}.",
                network=model.name,
                images=SPLITS[split],
                data=dataset.name,
            )
        )
    published = "test" if split == "test" else "train"
    return Part(split, published, images_digest(dataset, published), images, labels, indices)


def images_digest(dataset: Dataset, published: str) -> str:
    """SHA-256 of the images of the `test` or `train` set, as hex."""
    name = f"x_{published}"
    return MNIST.sha256[name] if dataset.verified else array_sha256(getattr(dataset, name))


# --- the answers --------------------------------------------------------------------------


@dataclass(frozen=True)
class Answers:
    """A network's answer to each image of a part.

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
    def correct(self) -> NDArray[np.bool_]:
        """`(n,)`: whether each answer is the label."""
        return self.predicted == self.labels

    @property
    def margin(self) -> NDArray[np.float32]:
        """`(n,)`, 0..1: the likeliest digit's probability minus the second likeliest's."""
        second = np.partition(self.probabilities, -2, axis=1)[:, -2]
        return np.maximum(self.confidence - second, 0)


def answers_from(probabilities: NDArray[np.float32], labels: Labels) -> Answers:
    """Make answers of probabilities `(n, 10)` to images with labels `(n,)`."""
    return Answers(
        labels,
        probabilities,
        probabilities.argmax(axis=1).astype(np.uint8),
        probabilities.max(axis=1),
        cross_entropy_losses(probabilities, labels),
    )


def stored_answers(model: StoredModel, labels: Labels) -> Answers:
    """The answers to the test images that are stored with a network.

    The stored probabilities are rounded (float16); those of the answer and of the label are
    replaced by their exact values, so that every metric is what it was when the network was tested.

    Args:
        labels: `(n,)`, those of the test images.

    Raises:
        ModelError: the stored answers are damaged.
    """
    stored = model.test_answers()
    predicted, confidence, loss = stored["predicted"], stored["confidence"], stored["loss"]
    largest_below = np.nextafter(confidence, np.float32(0))[:, np.newaxis]
    probabilities = np.minimum(stored["probabilities"].astype(np.float32), largest_below)
    rows = np.arange(len(labels))
    wrong = predicted != labels
    label_probability = np.exp(-loss)
    exact = np.where(label_probability > 2 * MIN_PROBABILITY, label_probability, 0)
    probabilities[rows[wrong], labels[wrong]] = exact[wrong]
    probabilities[rows, predicted] = confidence
    return Answers(labels, probabilities, predicted, confidence, loss)


def compute_answers(
    model: StoredModel, part: Part, on_progress: Callable[[int, int], None] | None = None
) -> Answers:
    """Run a network on a part.

    Args:
        on_progress: called with the images done and the images in all.

    Raises:
        ModelError: the network's files are damaged.
    """
    network = LiteNetwork(model.read("litert"))
    temperature = float(model.card["calibration"]["temperature"])
    n = len(part.images)
    probabilities = np.empty((n, 10), np.float32)
    for start in range(0, n, BATCH):
        batch = slice(start, start + BATCH)
        digits = digit_probabilities(network.predict(part.images[batch]))
        probabilities[batch] = apply_temperature(digits, temperature)
        if on_progress:
            on_progress(min(start + BATCH, n), n)
    return answers_from(probabilities, part.labels)


def was_tested_on(model: StoredModel, dataset: Dataset) -> bool:
    """Whether a network's stored answers are to the test images of this data set."""
    data = model.card["data"]
    if dataset.verified or data["verified"]:
        return bool(dataset.verified and data["verified"] and dataset.name == data["name"])
    return bool(data["digest"] == dataset.digest())


# --- selecting ----------------------------------------------------------------------------


def select_answers(
    answers: Answers,
    *,
    label: int | None = None,
    predicted: int | None = None,
    wrong: bool = True,
    low: float = 0.0,
    high: float = 1.0,
    order: str = "loss",
) -> Positions:
    """Positions of the images that match, in an order.

    Args:
        label, predicted: the true and the predicted digit; None is any.
        wrong: whether to include mistakes only.
        low, high: least and largest confidence of the answer, 0..1, inclusive.
        order: a key of `ORDERS`; images that compare equal are in the order of their index.
    """
    matches = within_confidence(answers, low, high)
    if wrong:
        matches &= ~answers.correct
    if label is not None:
        matches &= answers.labels == label
    if predicted is not None:
        matches &= answers.predicted == predicted
    positions = np.flatnonzero(matches)
    if order == "number":
        return positions
    keys = {
        "loss": -answers.loss,
        "sure": -answers.confidence,
        "unsure": answers.confidence,
        "close": answers.margin,
    }
    return positions[np.argsort(keys[order][positions], kind="stable")]


def within_confidence(answers: Answers, low: float, high: float) -> NDArray[np.bool_]:
    """`(n,)`: whether each answer's confidence is in a range, both ends inclusive."""
    return (answers.confidence >= np.float32(low)) & (answers.confidence <= np.float32(high))


def confusion_counts(answers: Answers, low: float = 0.0, high: float = 1.0) -> NDArray[np.intp]:
    """The `(10, 10)` confusion matrix of the answers with a confidence in a range.

    Rows are true, columns are predicted.
    """
    matches = within_confidence(answers, low, high)
    cells = answers.labels[matches].astype(np.intp) * 10 + answers.predicted[matches]
    return np.bincount(cells, minlength=100).reshape(10, 10)


def top_confusions(matrix: NDArray[np.intp], most: int = 5) -> list[tuple[int, int, int]]:
    """The commonest mistakes of a `(10, 10)` matrix: (true digit, predicted digit, images)."""
    mistakes = matrix.copy()
    np.fill_diagonal(mistakes, 0)
    cells = np.argsort(-mistakes, axis=None, kind="stable")[:most]
    return [
        (int(cell) // 10, int(cell) % 10, int(mistakes.flat[cell]))
        for cell in cells
        if mistakes.flat[cell]
    ]
