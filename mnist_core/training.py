"""Training: a recipe and data become a trained Keras model. Importing this imports TensorFlow."""

import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.quiet import quiet_stderr

# Set before TensorFlow is imported. oneDNN's kernels make training up to 1.8 times faster on
# AMD processors too, where TensorFlow leaves them off.
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
with quiet_stderr():
    import keras
    import tensorflow as tf

from mnist_core.augment import AUGMENTATIONS
from mnist_core.datasets import Dataset, Images, Labels, one_hot, split_validation
from mnist_core.errors import DataError, RecipeError
from mnist_core.nondigits import NOT_A_DIGIT, nondigits
from mnist_core.recipes import Recipe, build_model, check_recipe


@dataclass(frozen=True)
class Progress:
    """Where a training run is. Counts start at 1; `metrics` is the mean over the epoch so far."""

    epoch: int
    epochs: int
    batch: int
    batches: int
    metrics: dict[str, float]

    @property
    def share(self) -> float:
        """Share of the whole run that is done, 0 to 1."""
        return ((self.epoch - 1) * self.batches + self.batch) / (self.epochs * self.batches)


@dataclass(frozen=True)
class TrainedModel:
    """What a training run gave.

    Attributes:
        model: takes `(n, 28, 28)` pixels 0..255, gives `(n, 10)` probabilities.
        history: metric name -> value after each finished epoch.
        stopped: whether it was stopped before its last batch.
        seconds: wall time of the training loop.
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
    on_progress: Callable[[Progress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> TrainedModel:
    """Train a recipe from scratch. The same recipe, data and machine give the same network.

    Args:
        on_progress: called after every batch.
        should_stop: asked after every batch; True ends the run, and the result is what the
            network has learned so far.
        callbacks: more Keras callbacks.

    Raises:
        RecipeError: a setting can't work.
        DataError: the data set has no training images, or its validation share is too large.
    """
    check_recipe(recipe)
    device = find_device()
    keras.utils.set_random_seed(recipe.seed)
    (x, y), (x_val, y_val) = split_validation(
        dataset.x_train, dataset.y_train, recipe.validation_split
    )
    if len(x) == 0:
        raise DataError(
            f"No training images are left: {dataset.name} has {len(dataset.x_train)} and "
            f"validation_split={recipe.validation_split} keeps that share back."
        )
    model = build_model(recipe)
    batches = -(-len(x) // recipe.batch_size)
    model.compile(
        optimizer=_optimizer(recipe, steps=batches * recipe.epochs),
        loss=recipe.loss,
        metrics=["accuracy"],
    )
    watch = _Watch(recipe.epochs, batches, on_progress, should_stop)
    validation = (_pixels(x_val), _targets(recipe, y_val)) if len(x_val) else None
    data: dict[str, Any] = (
        {"x": AugmentedBatches(x, y, recipe)}
        if recipe.augment or recipe.nondigits
        else {"x": _pixels(x), "y": _targets(recipe, y), "batch_size": recipe.batch_size}
    )
    started = time.perf_counter()
    history = model.fit(
        **data,
        epochs=recipe.epochs,
        validation_data=validation,
        callbacks=[watch, *callbacks],
        verbose=0,
    )
    return TrainedModel(
        recipe=recipe,
        model=model,
        history={
            name: [float(value) for value in values] for name, values in history.history.items()
        },
        stopped=watch.stopped,
        seconds=time.perf_counter() - started,
        device=device,
        train_images=len(x),
    )


def _optimizer(recipe: Recipe, steps: int) -> keras.optimizers.Optimizer:
    settings = dict(recipe.optimizer_settings)
    rate: Any = recipe.learning_rate
    if recipe.schedule == "one_cycle":
        rate = keras.optimizers.schedules.CosineDecay(
            initial_learning_rate=rate / 20,
            warmup_target=rate,
            warmup_steps=max(1, steps // 5),
            decay_steps=max(1, steps - steps // 5),
            alpha=0.001,
        )
    if rate is not None:
        settings["learning_rate"] = rate
    try:
        return keras.optimizers.get({"class_name": recipe.optimizer, "config": settings})
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise RecipeError(
            f"Keras has no optimizer {recipe.optimizer!r} with {settings}. Expected a name such "
            "as adam, rmsprop or sgd."
        ) from error


def _pixels(images: Images) -> NDArray[np.float32]:
    return images.astype(np.float32)  # once here, not at every step


def _targets(recipe: Recipe, labels: Labels) -> NDArray[Any]:
    return one_hot(labels, recipe.classes) if recipe.one_hot else labels


class AugmentedBatches(keras.utils.PyDataset):
    """Shuffled batches, augmented and mixed with what is no digit.

    They are made ahead on a thread while the network trains.

    Each batch's chance comes from (seed, epoch, batch), so threads don't change the result.
    """

    def __init__(self, images: Images, labels: Labels, recipe: Recipe) -> None:
        super().__init__(workers=1, max_queue_size=8)
        self.images, self.labels, self.recipe = images, labels, recipe
        self.augment = AUGMENTATIONS[recipe.augment] if recipe.augment else None
        self.epoch = -1
        self.on_epoch_end()

    def __len__(self) -> int:
        return -(-len(self.images) // self.recipe.batch_size)

    def on_epoch_end(self) -> None:
        """Another order for the next epoch."""
        self.epoch += 1
        self.order = np.random.default_rng([self.recipe.seed, self.epoch]).permutation(
            len(self.images)
        )

    def __getitem__(self, batch: int) -> tuple[NDArray[np.float32], NDArray[Any]]:
        size = self.recipe.batch_size
        rows = self.order[batch * size : (batch + 1) * size]
        rng = np.random.default_rng([self.recipe.seed, self.epoch, batch])
        digits, labels = self.images[rows], self.labels[rows]
        images = self.augment(digits, labels, rng) if self.augment else digits
        count = round(self.recipe.nondigits * len(rows))
        if count:
            images = np.concatenate([images, nondigits(digits, labels, count, rng)])
            labels = np.concatenate([labels, np.full(count, NOT_A_DIGIT, labels.dtype)])
        return _pixels(images), _targets(self.recipe, labels)


class _Watch(keras.callbacks.Callback):
    """Reports each batch, and stops the run when asked to."""

    def __init__(
        self,
        epochs: int,
        batches: int,
        on_progress: Callable[[Progress], None] | None,
        should_stop: Callable[[], bool] | None,
    ) -> None:
        super().__init__()
        self.epochs, self.batches = epochs, batches
        self.report, self.should_stop = on_progress, should_stop
        self.epoch = 0
        self.stopped = False

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self.epoch = epoch

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        if self.report:
            metrics = {name: float(value) for name, value in (logs or {}).items()}
            self.report(Progress(self.epoch + 1, self.epochs, batch + 1, self.batches, metrics))
        last = self.epoch + 1 == self.epochs and batch + 1 == self.batches
        if self.should_stop and not last and self.should_stop():
            self.stopped = True
            self.model.stop_training = True
