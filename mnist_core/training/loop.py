"""Training: a recipe and data become a trained Keras model. Importing this imports TensorFlow."""

import os
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnist_core.data.dataset import Dataset
from mnist_core.data.splits import Split, training_rows
from mnist_core.errors import DataError, DivergedError, RecipeError
from mnist_core.i18n import Text
from mnist_core.recipes.build import build_model
from mnist_core.recipes.recipe import TEST_SET, Recipe, check_recipe
from mnist_core.recipes.schedules import schedule_arguments
from mnist_core.system.quiet import quiet_stderr
from mnist_core.training.backup import Backup
from mnist_core.training.batches import Batches, validation_batches
from mnist_core.training.callbacks import BestWeights, ProgressCallback, ResumableEarlyStopping
from mnist_core.training.keras_setup import keras, tf
from mnist_core.training.progress import Progress

# Steps of the optimizer per call from Python: up to twice as fast for the small networks. Epochs
# of few steps are reported step by step.
STEPS_PER_CALL, MANY_STEPS = 10, 100


@dataclass(frozen=True)
class TrainedModel:
    """What a training run gave.

    Attributes:
        model: takes `(n, 28, 28)` pixels 0..255, gives `(n, 10)` probabilities.
        history: metric name -> value after each epoch.
        stopped: whether it was stopped before its last batch. It then has the weights of the
            epoch with the least validation loss, or the last ones if nothing is validated.
        diverged: whether it was stopped because the loss wasn't finite any more. It then has the
            weights of an epoch before that.
        seconds: wall time of the training loop, the parts before a resume included.
        device: what it ran on, in words.
        train_images: how many images it learned from, without the validation part.
    """

    recipe: Recipe
    model: keras.Model
    history: dict[str, list[float]]
    stopped: bool
    seconds: float
    device: str
    train_images: int
    diverged: bool = False


def find_device() -> str:
    """The device that Keras will train on, in words. A GPU's memory is taken only as needed."""
    with quiet_stderr():
        gpus = tf.config.list_physical_devices("GPU")
    for gpu in gpus:
        with suppress(RuntimeError):  # already in use, so this was already decided
            tf.config.experimental.set_memory_growth(gpu, True)
    if gpus:
        tf.config.experimental.enable_op_determinism()  # else cuDNN's choices change the result
    if not gpus:
        return f"CPU ({os.cpu_count()} cores)"
    names = [tf.config.experimental.get_device_details(gpu).get("device_name") for gpu in gpus]
    return f"GPU ({', '.join(name or 'unnamed' for name in names)})"


def train(
    recipe: Recipe,
    dataset: Dataset,
    *,
    validation: Split | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    backup: Path | None = None,
) -> TrainedModel:
    """Train a recipe from scratch. The same recipe, data and machine give the same network.

    Args:
        validation: images and labels to validate on after each epoch, such as a fold. The recipe's
            own validation then keeps nothing back: all training images are learned from.
        on_progress: called after every batch, or ten batches where an epoch has a hundred.
        should_stop: asked as often; True ends the run, and the result is what the network has
            learned so far.
        callbacks: more Keras callbacks.
        backup: a folder that gets what is needed to resume, after each epoch. A training that
            finds a backup there resumes it, to the result that it would have had unbroken.

    Raises:
        RecipeError: a setting can't work.
        DivergedError: the loss isn't a finite number in the first epoch already.
        DataError: the data set has no training images, or its validation share is too large.
        RunError: the backup is of an older version.
    """
    check_recipe(recipe)
    device = find_device()
    keras.utils.set_random_seed(recipe.seed)
    (x, y), (x_val, y_val) = training_parts(dataset, recipe, validation)
    model = build_model(recipe)
    batches = Batches(x, y, recipe)
    per_call = STEPS_PER_CALL if len(batches) >= MANY_STEPS else 1
    model.compile(
        optimizer=make_optimizer(recipe, steps=len(batches) * recipe.epochs),
        loss=recipe.loss,
        metrics=["accuracy"],
        steps_per_execution=per_call,
    )
    progress = ProgressCallback(batches, on_progress, should_stop)
    # No epoch is chosen by the test set.
    best = BestWeights(choose=validation is not None or recipe.validation != TEST_SET)
    all_callbacks: list[keras.callbacks.Callback] = [progress, best, *callbacks]
    if recipe.early_stopping:
        all_callbacks.append(ResumableEarlyStopping(progress, recipe.early_stopping))
    epochs_done = 0
    if backup:
        backup_callback = Backup(backup, progress, best)
        epochs_done = backup_callback.restore(model)
        all_callbacks.append(backup_callback)
    if not progress.over():
        with warnings.catch_warnings():
            # It is shuffled, by the seed and the epoch.
            warnings.filterwarnings("ignore", message=".*shuffle=True.*")
            model.fit(
                batches.stream(),
                initial_epoch=epochs_done,
                epochs=recipe.epochs,
                validation_data=validation_batches(x_val, y_val, recipe) if len(x_val) else None,
                callbacks=all_callbacks,
                verbose=0,
            )
    if progress.diverged:
        _restore_finite(model, best)
    elif best.weights is not None and (progress.stopped or recipe.early_stopping):
        model.set_weights(best.weights)
    return TrainedModel(
        recipe=recipe,
        model=model,
        history=progress.history,
        stopped=progress.stopped,
        seconds=progress.seconds,
        device=device,
        train_images=len(x),
        diverged=progress.diverged,
    )


def _restore_finite(model: keras.Model, best: BestWeights) -> None:
    """Give the network the best weights from before the loss became infinite or no number."""
    weights = best.weights or best.finite_weights
    if weights is None:
        raise DivergedError(
            Text(
                "The training diverged in its first epoch: the loss isn't a finite number. Try a "
                "tenth of the learning rate, or scale the pixels."
            ),
            setting="learning_rate",
        )
    model.set_weights(weights)


def training_parts(
    dataset: Dataset, recipe: Recipe, validation: Split | None = None
) -> tuple[Split, Split]:
    """((images, labels) to train on, those to validate on).

    Args:
        validation: what to validate on; the recipe's own validation then holds out nothing.

    Raises:
        DataError: nothing is left to train on.
    """
    n = len(dataset.x_train)
    if validation is None:
        training, held_out = recipe.training_rows(n)
    else:
        training, held_out = training_rows(n, 0.0, recipe.train_images)
    if training.stop == 0:
        raise DataError(
            Text(
                "No training images are left: {data} has {n} and validation_split={share} holds "
                "out that share.",
                data=dataset.name,
                n=n,
                share=recipe.validation_share,
            )
        )
    x, y = dataset.x_train, dataset.y_train
    if validation is None and recipe.validation == TEST_SET:
        validation = (dataset.x_test, dataset.y_test)
    return (x[training], y[training]), validation or (x[held_out], y[held_out])


def make_optimizer(recipe: Recipe, steps: int) -> keras.optimizers.Optimizer:
    """The optimizer of a recipe.

    Args:
        steps: of the whole training, which a schedule is spread over.

    Raises:
        RecipeError: Keras has none of that name, or not with these settings.
    """
    settings = dict(recipe.optimizer_settings)
    rate: Any = recipe.learning_rate
    schedule = schedule_arguments(recipe, steps)
    if schedule:
        name, arguments = schedule
        rate = getattr(keras.optimizers.schedules, name)(**arguments)
    if rate is not None:
        settings["learning_rate"] = rate
    try:
        return keras.optimizers.get({"class_name": recipe.optimizer, "config": settings})
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise RecipeError(
            Text(
                "Keras has no optimizer {name!r} with {settings}. Expected a name such as adam, "
                "rmsprop or sgd.",
                name=recipe.optimizer,
                settings=str(settings),
            )
        ) from error
