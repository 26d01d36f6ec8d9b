"""Search a data set for label errors, in a process of its own, and store what is found.

For the test set, the answers that are stored with networks are compared with the labels. For the
training set, networks are trained by cross-validation, so that each image gets its answer from a
network that was trained on the others. See `mnist_core.review.confident_learning`.
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
from mnist_core.errors import DataError, TaskError
from mnist_core.i18n import Text
from mnist_core.models.litert import digit_probabilities
from mnist_core.models.store import StoredModel
from mnist_core.recipes.recipe import Recipe, recipe_from_dict
from mnist_core.review.confident_learning import AMBIGUOUS_MARGIN, find_label_errors
from mnist_core.runs.queue import take_slot
from mnist_core.system.computations import (
    RESULT,
    Computation,
    Report,
    computation_folder,
    read_arrays,
    read_computation,
    run_computation,
    start_computation,
)
from mnist_core.system.processes import light_keras_import
from mnist_core.system.tasks import writing

if TYPE_CHECKING:
    from mnist_core.training.progress import Progress

FOLDS = 5
FOLD_SEED = 0
REPORT_SECONDS = 0.5  # between two reports of the epoch


# --- the test set, by the stored answers of networks --------------------------------------


def model_probabilities(model: StoredModel) -> NDArray[np.float32]:
    """A stored network's probabilities for the images of its test set: `(n, 10)` float32.

    Raises:
        ModelError: its files are damaged.
    """
    stored = model.test_answers()["probabilities"].astype(np.float32)
    return stored / np.maximum(stored.sum(axis=1, keepdims=True), np.float32(1e-6))


def model_errors_folder(models: Sequence[StoredModel]) -> Path:
    """The folder of the errors that these networks find among their test labels."""
    networks = [[model.name, model.card["files"]["test"]["sha256"]] for model in models]
    return computation_folder("labels", json.dumps([networks, AMBIGUOUS_MARGIN]).encode())


def start_model_errors(models: Sequence[StoredModel], labels: NDArray[np.uint8]) -> None:
    """Start a process that searches the test labels for errors, unless the search is done.

    It stores what each network finds: `label_errors_from_arrays(state.arrays, model.name)`.

    Args:
        labels: those of the test set that the networks were tested on.

    Raises:
        ModelError: a network's files are damaged.
        DataError: a network was tested on other images.
        TaskError: the process can't be started.
    """
    inputs: dict[str, NDArray[Any]] = {"": labels}
    for model in models:
        inputs[model.name] = model_probabilities(model)
        if len(inputs[model.name]) != len(labels):
            raise DataError(
                Text(
                    "{network} was tested on {tested:,} images of {data}, not on these {n:,}. "
                    "Choose networks that were tested on the same images.",
                    network=model.name,
                    tested=len(inputs[model.name]),
                    data=model.data_name,
                    n=len(labels),
                )
            )
    content = io.BytesIO()
    np.savez(content, **inputs)  # type: ignore[arg-type]
    folder = model_errors_folder(models)
    start_computation("mnist_core.review.label_errors", folder, {"asked.npz": content.getvalue()})


# --- the training set, by cross-validation ---------------------------------------------------


def crossval_errors_folder(recipe: Recipe, dataset: Dataset, folds: int = FOLDS) -> Path:
    """The folder of the errors that a recipe's networks find among the training labels."""
    settings = [recipe.digest(), dataset.digest(), folds, FOLD_SEED, AMBIGUOUS_MARGIN]
    return computation_folder("label-folds", json.dumps(settings).encode())


def start_crossval_errors(recipe: Recipe, dataset: Dataset, folds: int = FOLDS) -> None:
    """Start a process that searches the training labels for errors by cross-validation.

    It waits for its turn among the training runs. Each finished fold is stored, so that a search
    that was stopped or interrupted continues from there.

    Raises:
        DataError: a class has fewer images than there are folds.
        TaskError: the process can't be started.
    """
    labels = dataset.y_train[: recipe.train_images]
    class_counts = np.unique(labels, return_counts=True)[1]
    most = int(class_counts.min(initial=len(labels)))
    if not 2 <= folds <= most:
        raise DataError(
            Text(
                "`folds` must be from 2 to {most}, the number of training images in the rarest "
                "class of {data}. Received: folds={folds}",
                most=most,
                data=dataset.name,
                folds=folds,
            )
        )
    plan = {
        "recipe": recipe.to_dict(),
        "folds": folds,
        "data": dataset.name,
        "digest": dataset.digest(),
        "queued": time.time(),
    }
    folder = crossval_errors_folder(recipe, dataset, folds)
    with writing(folder, Text("The search could not be started")):
        (folder / "stop").unlink(missing_ok=True)
    start_computation(
        "mnist_core.review.label_errors", folder, {"plan.json": json.dumps(plan).encode()}
    )


def stop_crossval_errors(folder: Path) -> None:
    """Ask the cross-validation to stop within ten batches; the finished folds are kept."""
    if read_computation(folder).working:
        (folder / "stop").touch()


def folds_done(state: Computation) -> int:
    """The number of finished folds of a cross-validation."""
    progress = FoldProgress.from_arrays(state.arrays)
    return progress.done if progress else 0


@dataclass(frozen=True)
class FoldProgress:
    """The finished folds of a cross-validation.

    Attributes:
        probabilities: `(n, 10)` float32; 0 for the images of the other folds.
        done: number of finished folds.
    """

    probabilities: NDArray[np.float32]
    done: int

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """As arrays for an `.npz`."""
        return {"probabilities": self.probabilities, "done": np.array(self.done)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> "FoldProgress | None":
        """Restore from the result of `to_arrays`; None if it isn't there."""
        if "done" not in arrays or "probabilities" not in arrays:
            return None
        return cls(arrays["probabilities"].astype(np.float32), int(arrays["done"]))


def out_of_sample_probabilities(
    recipe: Recipe,
    dataset: Dataset,
    folds: int,
    *,
    on_progress: Callable[[float, str], None],
    on_fold: Callable[[float, str, FoldProgress], None],
    should_stop: Callable[[], bool],
    finished: FoldProgress | None = None,
) -> NDArray[np.float32]:
    """Answers to each training image of a network that was not trained on it: `(n, 10)` float32.

    Args:
        on_progress: called with the share that is done, 0 to 1, and a status message.
        on_fold: called after each fold, also with the finished folds, which are to be stored.
        should_stop: called after each batch; True ends the work.
        finished: the folds that an earlier call finished.

    Raises:
        TaskError: it was stopped.
    """
    with light_keras_import():
        from mnist_core.training.loop import train

    x, y = dataset.x_train[: recipe.train_images], dataset.y_train[: recipe.train_images]
    probabilities = np.zeros((len(y), 10), np.float32)
    done = 0
    if finished and finished.probabilities.shape == probabilities.shape:
        probabilities, done = finished.probabilities.copy(), finished.done
    for fold, (training_rows, validation_rows) in enumerate(k_folds(y, folds, FOLD_SEED)):
        if fold < done:
            continue
        status = Text("fold {fold} of {folds}", fold=fold + 1, folds=folds)
        reported = time.monotonic()

        def report_epoch(progress: "Progress", fold: int = fold) -> None:
            nonlocal reported
            if time.monotonic() - reported > REPORT_SECONDS:
                reported = time.monotonic()
                epoch = Text(
                    "fold {fold} of {folds}: epoch {epoch} of {epochs}",
                    fold=fold + 1,
                    folds=folds,
                    epoch=progress.epoch,
                    epochs=progress.epochs,
                )
                on_progress(0.99 * (fold + progress.share) / folds, epoch)

        on_progress(0.99 * fold / folds, status)
        part = dataclasses.replace(dataset, x_train=x[training_rows], y_train=y[training_rows])
        trained = train(recipe, part, on_progress=report_epoch, should_stop=should_stop)
        if trained.stopped and should_stop():
            raise TaskError(
                Text(
                    "It was stopped. {fold} of {folds} folds are done and kept; it can continue "
                    "from there.",
                    fold=fold,
                    folds=folds,
                )
                if fold
                else Text("It was stopped before its first fold was done.")
            )
        answers = [
            np.asarray(trained.model(x[rows].astype(np.float32), training=False))
            for rows in np.array_split(validation_rows, -(-len(validation_rows) // 1000))
        ]
        probabilities[validation_rows] = digit_probabilities(np.concatenate(answers))
        on_fold(0.99 * (fold + 1) / folds, status, FoldProgress(probabilities.copy(), fold + 1))
    return probabilities


# --- the process --------------------------------------------------------------------------


def main(folder: Path) -> None:
    """Run the search whose inputs are in a folder."""

    def search_test_labels(report: Report) -> dict[str, NDArray[Any]]:
        arrays: dict[str, NDArray[Any]] = {}
        with np.load(folder / "asked.npz", allow_pickle=False) as inputs:
            for name in inputs.files:
                if name:
                    arrays |= find_label_errors(inputs[""], inputs[name]).to_arrays(name)
        (folder / "asked.npz").unlink()
        return arrays

    def search_training_labels(report: Report) -> dict[str, NDArray[Any]]:
        plan = json.loads((folder / "plan.json").read_text("utf-8"))
        recipe = recipe_from_dict(plan["recipe"])

        def should_stop() -> bool:
            return (folder / "stop").exists()

        report(0.0, Text("waits for a training run to end"))
        slot = take_slot((plan["queued"], folder.name), should_stop)
        if slot is None:
            raise TaskError(Text("It was stopped before it began."))
        with slot:
            loading = Text("is starting: TensorFlow is being loaded, which takes 5 to 10 seconds")
            report(0.0, loading)
            dataset = load_data(plan["data"], digest=plan["digest"])
            probabilities = out_of_sample_probabilities(
                recipe,
                dataset,
                plan["folds"],
                on_progress=report,
                on_fold=lambda share, status, folds: report(share, status, folds.to_arrays()),
                should_stop=should_stop,
                finished=FoldProgress.from_arrays(read_arrays(folder / RESULT)),
            )
        report(0.99, Text("compares the answers with the labels"))
        labels = dataset.y_train[: recipe.train_images]
        return find_label_errors(labels, probabilities).to_arrays()

    training = (folder / "plan.json").exists()
    run_computation(folder, search_training_labels if training else search_test_labels)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
