"""Labels that are likely wrong, and images that nobody can tell for sure.

Confident learning (Northcutt, Jiang & Chuang 2021, "Confident Learning: Estimating Uncertainty in
Dataset Labels", https://arxiv.org/abs/1911.00068; by cleanlab) looks for images of which a network
is surer that they are of another class than it usually is of that class. It needs answers to
images that the network has not learned from: the test set's, or, for the training images, those
of a cross-validation, in which each image is asked of a network that learned from the others.
"""

import dataclasses
import io
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.collection import load_data
from mnist_core.data.dataset import Dataset
from mnist_core.data.splits import k_folds
from mnist_core.errors import DataError, JobError
from mnist_core.models.litert import digit_probabilities
from mnist_core.models.store import StoredModel
from mnist_core.recipes.recipe import Recipe, recipe_from_dict
from mnist_core.runs.runs import take_place
from mnist_core.system.processes import lighter_keras
from mnist_core.system.tasks import (
    RESULT,
    JobState,
    Report,
    job_folder,
    look_at_job,
    read_arrays,
    run_job,
    start_job,
)

if TYPE_CHECKING:
    from mnist_core.training.loop import Progress

FOLDS = 5
AMBIGUOUS = 0.5  # the two likeliest classes are less than this apart
FOLD_SEED = 0

# What five people each said of those test images of MNIST whose label at most two of them agreed
# with: test image -> (label, what was proposed instead, how many of them saw the label, what was
# proposed, neither). Source: Northcutt, Athalye & Mueller 2021, "Pervasive Label Errors in Test
# Sets Destabilize Machine Learning Benchmarks", https://arxiv.org/abs/2103.14749, of 100 images
# that were shown: mturk/mnist_mturk.json in github.com/cleanlab/label-errors.
CONFIRMED: Mapping[int, tuple[int, int, int, int, int]] = {
    947: (8, 9, 0, 5, 0),
    1621: (0, 6, 2, 3, 0),
    1901: (9, 4, 2, 3, 0),
    2130: (4, 9, 2, 2, 1),
    2462: (2, 0, 0, 4, 1),
    2597: (5, 3, 0, 4, 1),
    2654: (6, 1, 0, 2, 3),
    3520: (6, 4, 2, 0, 3),
    3558: (5, 0, 1, 4, 0),
    5937: (5, 3, 1, 3, 1),
    6651: (0, 6, 0, 5, 0),
    6783: (1, 6, 2, 3, 0),
    8527: (4, 9, 2, 2, 1),
    9679: (6, 3, 2, 0, 3),
    9729: (5, 6, 2, 3, 0),
}


@dataclass(frozen=True)
class LabelErrors:
    """What was found among n labelled images.

    Attributes:
        likely: rows of the images whose label is likely wrong, the likeliest first.
        misread: rows of others of which another class is the likeliest, the surest first.
        ambiguous: rows of those, not likely wrong, whose two likeliest classes are nearly even,
            the evenest first.
        quality: `(n,)` float32, the probability of the label, 0..1: low where it may be wrong.
        predicted: `(n,)` uint8, the likeliest class.
        confidence: `(n,)` float32, its probability.
        runner_up: `(n,)` uint8, the second likeliest class.
    """

    likely: NDArray[np.intp]
    misread: NDArray[np.intp]
    ambiguous: NDArray[np.intp]
    quality: NDArray[np.float32]
    predicted: NDArray[np.uint8]
    confidence: NDArray[np.float32]
    runner_up: NDArray[np.uint8]

    def arrays(self, name: str = "") -> dict[str, NDArray[Any]]:
        """To be kept, by their names after the one that is given."""
        return {
            f"{name}.{field.name}": getattr(self, field.name) for field in dataclasses.fields(self)
        }


def errors_from_arrays(arrays: Mapping[str, NDArray[Any]], name: str = "") -> LabelErrors:
    """The findings that `LabelErrors.arrays` gave under that name."""
    return LabelErrors(
        **{field.name: arrays[f"{name}.{field.name}"] for field in dataclasses.fields(LabelErrors)}
    )


@dataclass(frozen=True)
class Agreement:
    """An image whose label several networks find likely wrong.

    Attributes:
        row: which image.
        networks: how many doubt its label.
        proposed: the class that most of them take it for.
    """

    row: int
    networks: int
    proposed: int


def agreement(findings: Sequence[LabelErrors]) -> list[Agreement]:
    """The images whose label two networks or more find likely wrong.

    Networks make mistakes of their own; an image that several find wrong is worth a look first.

    Returns:
        Those that the most networks doubt first; among equals that whose label the networks find
        least probable.
    """
    votes = np.zeros((len(findings[0].quality), 10), np.intp)
    for found in findings:
        votes[found.likely, found.predicted[found.likely]] += 1
    networks = votes.sum(axis=1)
    quality = np.mean([found.quality for found in findings], axis=0)
    return [
        Agreement(int(row), int(networks[row]), int(votes[row].argmax()))
        for row in np.lexsort((quality, -networks))
        if networks[row] >= 2
    ]


def find_label_errors(
    labels: NDArray[np.uint8], probabilities: NDArray[np.floating]
) -> LabelErrors:
    """Likely label errors and ambiguous images, by what a network says of images new to it.

    Args:
        labels: `(n,)`, 0 to 9.
        probabilities: `(n, 10)`, out of sample: of networks that didn't learn from these images.

    Raises:
        DataError: the two don't fit together, or the labels show fewer than two classes.
    """
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores

    if probabilities.shape != (len(labels), 10) or not np.isfinite(probabilities).all():
        raise DataError(
            f"Label errors are looked for with ten probabilities for each of the {len(labels)} "
            f"labels. Received: shape {probabilities.shape}"
        )
    classes, names = np.unique(labels, return_inverse=True)
    if len(classes) < 2:
        raise DataError("Label errors can only be looked for among two classes or more.")
    asked = probabilities.astype(np.float64)
    asked /= np.maximum(asked.sum(axis=1, keepdims=True), 1e-12)
    # cleanlab wants every class to have images, so those without are left out.
    some = asked[:, classes]
    some = some / np.maximum(some.sum(axis=1, keepdims=True), 1e-12)
    likely = find_label_issues(
        names, some, return_indices_ranked_by="self_confidence", n_jobs=1
    ).astype(np.intp)
    quality = get_label_quality_scores(names, some, method="self_confidence")
    order = asked.argsort(axis=1)[:, ::-1]
    best, second = np.take_along_axis(asked, order[:, :2], axis=1).T
    even = np.flatnonzero(best - second < AMBIGUOUS)
    even = even[np.argsort((best - second)[even], kind="stable")]
    misread = np.flatnonzero(order[:, 0] != labels)
    misread = misread[np.argsort(quality[misread], kind="stable")]
    return LabelErrors(
        likely=likely,
        misread=misread[~np.isin(misread, likely)],
        ambiguous=even[~np.isin(even, likely)],
        quality=quality.astype(np.float32),
        predicted=order[:, 0].astype(np.uint8),
        confidence=best.astype(np.float32),
        runner_up=order[:, 1].astype(np.uint8),
    )


def errors_table(
    found: LabelErrors, rows: NDArray[np.intp], labels: NDArray[np.uint8], confirmed: bool = False
) -> list[dict[str, Any]]:
    """A row for each of some images, as plain data: which it is, its label, what is said of it.

    Args:
        confirmed: whether these are MNIST's test images, of which people confirmed some errors:
            adds `people`, what five of them said.
    """
    return [
        {
            "image": int(row),
            "label": int(labels[row]),
            "read_as": int(found.predicted[row]),
            "confidence": round(float(found.confidence[row]), 4),
            "label_probability": round(float(found.quality[row]), 4),
            **({"people": people_said(int(row))} if confirmed else {}),
        }
        for row in rows
    ]


def people_said(image: int) -> str:
    """What five people said of a test image of MNIST, if its label was found wrong; else ""."""
    if image not in CONFIRMED:
        return ""
    label, other, for_label, for_other, neither = CONFIRMED[image]
    told = [f"{for_label} of 5 see the {label}", f"{for_other} a {other}"]
    return ", ".join([*told, f"{neither} neither"] if neither else told)


# --- the test set, by what a stored network answers ------------------------------------------


def model_probabilities(model: StoredModel) -> NDArray[np.float32]:
    """What a stored network said of each image of its own test set: `(n, 10)`.

    Raises:
        ModelError: its files are damaged.
    """
    told = model.test_answers()["probabilities"].astype(np.float32)
    return told / np.maximum(told.sum(axis=1, keepdims=True), np.float32(1e-6))


def model_errors_folder(models: Sequence[StoredModel]) -> Path:
    """Where the errors that these networks find among their test labels are kept."""
    about = [[model.name, model.card["files"]["test"]["sha256"]] for model in models]
    return job_folder("labels", json.dumps([about, AMBIGUOUS]).encode())


def start_model_errors(models: Sequence[StoredModel], labels: NDArray[np.uint8]) -> None:
    """Look for errors among test labels in a process of its own, unless it is done.

    It keeps what each network finds: `errors_from_arrays(state.arrays, model.name)`.

    Args:
        labels: of the test set that the networks were tested on.

    Raises:
        ModelError: a network's files are damaged.
        DataError: a network was tested on other images.
        JobError: it can't be started.
    """
    asked: dict[str, NDArray[Any]] = {"": labels}
    for model in models:
        asked[model.name] = model_probabilities(model)
        if len(asked[model.name]) != len(labels):
            raise DataError(
                f"{model.name} was tested on {len(asked[model.name]):,} images of "
                f"{model.data_name}, not on these {len(labels):,}."
            )
    content = io.BytesIO()
    np.savez(content, **asked)  # type: ignore[arg-type]
    folder = model_errors_folder(models)
    start_job("mnist_core.review.label_errors", folder, {"asked.npz": content.getvalue()})


# --- the training set, by cross-validation ---------------------------------------------------


def crossval_errors_folder(recipe: Recipe, dataset: Dataset, folds: int = FOLDS) -> Path:
    """Where the errors among the training labels are kept, as networks of a recipe find them."""
    about = [recipe.digest(), dataset.digest(), folds, FOLD_SEED, AMBIGUOUS]
    return job_folder("label-folds", json.dumps(about).encode())


def start_crossval_errors(recipe: Recipe, dataset: Dataset, folds: int = FOLDS) -> None:
    """Look for errors among the training labels by cross-validation, in a process of its own.

    It takes turns with the training runs. What is done of it is kept by the fold, so that it goes
    on from there when it was stopped or broke off.

    Raises:
        DataError: a class has fewer images than there are folds.
        JobError: it can't be started.
    """
    labels = dataset.y_train[: recipe.train_images]
    fewest = int(np.unique(labels, return_counts=True)[1].min(initial=len(labels)))
    if not 2 <= folds <= fewest:
        raise DataError(
            f"`folds` must be from 2 to {fewest}, as {dataset.name} has no more training images of "
            f"its rarest class. Received: folds={folds}"
        )
    plan = {
        "recipe": recipe.to_dict(),
        "folds": folds,
        "data": dataset.name,
        "digest": dataset.digest(),
        "queued": time.time(),
    }
    folder = crossval_errors_folder(recipe, dataset, folds)
    (folder / "stop").unlink(missing_ok=True)
    start_job("mnist_core.review.label_errors", folder, {"plan.json": json.dumps(plan).encode()})


def stop_crossval_errors(folder: Path) -> None:
    """Ask the cross-validation to stop within ten batches; the folds that are done are kept."""
    if look_at_job(folder).working:
        (folder / "stop").touch()


def folds_done(state: JobState) -> int:
    """How many folds of a cross-validation are done."""
    return int(state.arrays["done"]) if "done" in state.arrays else 0


def out_of_sample(
    recipe: Recipe,
    dataset: Dataset,
    folds: int,
    report: Callable[[float, str, dict[str, NDArray[Any]] | None], None],
    should_stop: Callable[[], bool],
    before: Mapping[str, NDArray[Any]],
) -> NDArray[np.float32]:
    """What networks say of each training image that they didn't learn from: `(n, 10)`.

    Args:
        report: called with the share done, words, and after each fold what is to be kept.
        before: what was kept of folds that were done; {} for none.

    Raises:
        JobError: it was asked to stop.
    """
    with lighter_keras():
        from mnist_core.training.loop import train

    x, y = dataset.x_train[: recipe.train_images], dataset.y_train[: recipe.train_images]
    told = np.zeros((len(y), 10), np.float32)
    done = 0
    if "done" in before and before["probabilities"].shape == told.shape:
        told, done = before["probabilities"].astype(np.float32), int(before["done"])
    for fold, (learned, kept) in enumerate(k_folds(y, folds, FOLD_SEED)):
        if fold < done:
            continue
        words = f"fold {fold + 1} of {folds}"
        spoken = time.monotonic()

        def look(progress: "Progress", fold: int = fold, words: str = words) -> None:
            nonlocal spoken
            if time.monotonic() - spoken > 0.5:
                spoken = time.monotonic()
                epoch = f"{words}: epoch {progress.epoch} of {progress.epochs}"
                report(0.99 * (fold + progress.share) / folds, epoch, None)

        report(0.99 * fold / folds, words, None)
        part = dataclasses.replace(dataset, x_train=x[learned], y_train=y[learned])
        trained = train(recipe, part, on_progress=look, should_stop=should_stop)
        if trained.stopped and should_stop():
            done_words = f"{fold} of {folds} folds are done and kept; it can go on from there."
            raise JobError(
                f"It was stopped. {done_words}"
                if fold
                else "It was stopped before its first fold was done."
            )
        answers = [
            np.asarray(trained.model(x[rows].astype(np.float32), training=False))
            for rows in np.array_split(kept, -(-len(kept) // 1000))
        ]
        told[kept] = digit_probabilities(np.concatenate(answers))
        report(
            0.99 * (fold + 1) / folds, words, {"probabilities": told, "done": np.array(fold + 1)}
        )
    return told


# --- the process --------------------------------------------------------------------------


def main(folder: Path) -> None:
    """Look for the label errors that a folder asks for."""

    def test_labels(report: Report) -> dict[str, NDArray[Any]]:
        found: dict[str, NDArray[Any]] = {}
        with np.load(folder / "asked.npz", allow_pickle=False) as asked:
            for name in asked.files:
                if name:
                    found |= find_label_errors(asked[""], asked[name]).arrays(name)
        (folder / "asked.npz").unlink()
        return found

    def training_labels(report: Report) -> dict[str, NDArray[Any]]:
        plan = json.loads((folder / "plan.json").read_text("utf-8"))
        recipe = recipe_from_dict(plan["recipe"])

        def stopped() -> bool:
            return (folder / "stop").exists()

        report(0.0, "waits until a training run leaves it a place")
        place = take_place((plan["queued"], folder.name), stopped)
        if place is None:
            raise JobError("It was stopped before it began.")
        with place:
            report(0.0, "is starting: TensorFlow is being loaded, some 5 to 10 seconds")
            dataset = load_data(plan["data"], digest=plan["digest"])
            before = read_arrays(folder / RESULT)
            told = out_of_sample(recipe, dataset, plan["folds"], report, stopped, before)
        report(0.99, "compares the answers with the labels")
        return find_label_errors(dataset.y_train[: recipe.train_images], told).arrays()

    run_job(folder, training_labels if (folder / "plan.json").exists() else test_labels)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
