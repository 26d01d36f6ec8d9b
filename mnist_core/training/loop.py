"""Training: a recipe and data become a trained Keras model. Importing this imports TensorFlow."""

import ctypes
import json
import os
import platform
import shutil
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.system.quiet import quiet_stderr

# Set before TensorFlow is imported. oneDNN's kernels make training up to 1.8 times faster on
# AMD processors too, where TensorFlow leaves them off.
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
with quiet_stderr():
    import keras
    import tensorflow as tf
if platform.libc_ver()[0] == "glibc":
    # Else glibc gives freed memory back to the system at once (TensorFlow's GeneratorDataset sets
    # M_TRIM_THRESHOLD to 128 kB) and drops a thread's 64 MB heap when it is empty. Each step would
    # ask for it anew, and the system clears every page again: up to half of a training's time.
    ctypes.CDLL(None).mallopt(-2, 64 << 20)  # M_TOP_PAD

from mnist_core.data.dataset import Dataset, Images, Labels
from mnist_core.data.preprocessing import one_hot
from mnist_core.data.splits import Split, split_validation
from mnist_core.errors import DataError, RecipeError
from mnist_core.recipes.augment import AUGMENTATIONS
from mnist_core.recipes.build import build_model
from mnist_core.recipes.nondigits import NOT_A_DIGIT, nondigits
from mnist_core.recipes.recipe import Recipe, check_recipe

# Steps of the optimizer per call from Python: up to twice as fast for the small networks. Epochs
# of few steps are reported step by step.
STEPS_PER_CALL, MANY_STEPS = 10, 100
BEST = "best.weights.h5"


@dataclass(frozen=True)
class Progress:
    """Where a training run is. Counts start at 1.

    `images` were seen in this epoch so far, and `metrics` is the mean over them.
    """

    epoch: int
    epochs: int
    batch: int
    batches: int
    images: int
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
        history: metric name -> value after each epoch.
        stopped: whether it was stopped before its last batch. It then has the weights of the
            epoch with the least validation loss, or the last ones if nothing is validated.
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
            `validation_split` then keeps nothing back: all training images are learned from.
        on_progress: called after every batch, or ten batches where an epoch has a hundred.
        should_stop: asked as often; True ends the run, and the result is what the network has
            learned so far.
        callbacks: more Keras callbacks.
        backup: a folder that gets what is needed to go on after each epoch. A run that finds
            such a backup there goes on from it, and gives what it would have given unbroken.

    Raises:
        RecipeError: a setting can't work.
        DataError: the data set has no training images, or its validation share is too large.
    """
    check_recipe(recipe)
    device = find_device()
    keras.utils.set_random_seed(recipe.seed)
    (x, y), (x_val, y_val) = training_parts(dataset, recipe, validation)
    model = build_model(recipe)
    batches = Batches(x, y, recipe)
    per_call = STEPS_PER_CALL if len(batches) >= MANY_STEPS else 1
    model.compile(
        optimizer=_optimizer(recipe, steps=len(batches) * recipe.epochs),
        loss=recipe.loss,
        metrics=["accuracy"],
        steps_per_execution=per_call,
    )
    watch, best = _Watch(batches, on_progress, should_stop), _Best()
    mine: list[keras.callbacks.Callback] = [watch, best, *callbacks]
    if recipe.early_stopping:
        mine.append(_EarlyStopping(watch, recipe.early_stopping))
    if backup:
        keeper = _Backup(backup, watch, best)
        keeper.restore(model)
        mine.append(keeper)
    if not watch.over():
        with warnings.catch_warnings():
            # It is shuffled, by the seed and the epoch.
            warnings.filterwarnings("ignore", message=".*shuffle=True.*")
            model.fit(
                batches.stream(),
                epochs=recipe.epochs,
                validation_data=validation_batches(x_val, y_val, recipe) if len(x_val) else None,
                callbacks=mine,
                verbose=0,
            )
    if best.weights is not None and (watch.stopped or recipe.early_stopping):
        model.set_weights(best.weights)
    return TrainedModel(
        recipe=recipe,
        model=model,
        history=watch.history,
        stopped=watch.stopped,
        seconds=watch.seconds,
        device=device,
        train_images=len(x),
    )


def training_parts(
    dataset: Dataset, recipe: Recipe, validation: Split | None = None
) -> tuple[Split, Split]:
    """((images, labels) to learn from, those to validate on).

    The second are the share that the recipe keeps back, or `validation` where it is given.

    Raises:
        DataError: nothing is left to learn from.
    """
    few = slice(recipe.train_images)
    share = recipe.validation_split if validation is None else 0.0
    learned, kept = split_validation(dataset.x_train[few], dataset.y_train[few], share)
    if len(learned[0]) == 0:
        raise DataError(
            f"No training images are left: {dataset.name} has {len(dataset.x_train)} and "
            f"validation_split={share} keeps that share back."
        )
    return learned, kept if validation is None else validation


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


class Batches:
    """An epoch's batches, shuffled; where the recipe wants it, augmented and mixed with no digits.

    All chance comes from (seed, epoch, batch): a run that goes on at epoch 7 gets the same
    batches as one that came there by itself.

    Attributes:
        epoch: which epoch `stream` gives next, from 0.
    """

    def __init__(self, images: Images, labels: Labels, recipe: Recipe) -> None:
        self.images, self.labels, self.recipe = images, labels, recipe
        self.augment = AUGMENTATIONS[recipe.augment] if recipe.augment else None
        self.epoch = 0

    def __len__(self) -> int:
        return -(-len(self.images) // self.recipe.batch_size)

    def order(self) -> NDArray[np.int64]:
        """This epoch's order of the images."""
        return np.random.default_rng([self.recipe.seed, self.epoch]).permutation(len(self.images))

    def made(self) -> Iterator[tuple[NDArray[np.float32], NDArray[Any]]]:
        """This epoch's batches one by one, as augmentation makes them."""
        size, order, epoch = self.recipe.batch_size, self.order(), self.epoch
        for batch in range(len(self)):
            rows = order[batch * size : (batch + 1) * size]
            rng = np.random.default_rng([self.recipe.seed, epoch, batch])
            digits, labels = self.images[rows], self.labels[rows]
            images = self.augment(digits, labels, rng) if self.augment else digits
            count = round(self.recipe.nondigits * len(rows))
            if count:
                images = np.concatenate([images, nondigits(digits, labels, count, rng)])
                labels = np.concatenate([labels, np.full(count, NOT_A_DIGIT, labels.dtype)])
            yield _pixels(images), _targets(self.recipe, labels)

    def stream(self) -> tf.data.Dataset:
        """The batches of `epoch`, as it is whenever this is gone through again; made ahead."""
        if self.augment or self.recipe.nondigits:
            size = (self.recipe.classes,) if self.recipe.one_hot else ()
            kind = tf.float32 if self.recipe.one_hot else tf.uint8
            made = tf.data.Dataset.from_generator(
                self.made,
                output_signature=(
                    tf.TensorSpec((None, 28, 28), tf.float32),
                    tf.TensorSpec((None, *size), kind),
                ),
            )
        else:
            images = tf.constant(self.images)
            targets = tf.constant(_targets(self.recipe, self.labels))

            def take(rows: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
                return tf.cast(tf.gather(images, rows), tf.float32), tf.gather(targets, rows)

            made = (
                tf.data.Dataset.from_generator(
                    lambda: [self.order()], output_signature=tf.TensorSpec((None,), tf.int64)
                )
                .unbatch()
                .batch(self.recipe.batch_size)
                .map(take)
            )
        counted = made.apply(tf.data.experimental.assert_cardinality(len(self))).prefetch(8)
        return counted.with_options(_untuned())


def validation_batches(images: Images, labels: Labels, recipe: Recipe) -> tf.data.Dataset:
    """The images as they are, in their order, in batches to validate on."""
    pairs = tf.data.Dataset.from_tensor_slices((_pixels(images), _targets(recipe, labels)))
    return pairs.batch(recipe.batch_size).prefetch(2).with_options(_untuned())


def _untuned() -> tf.data.Options:
    """Nothing here is for tf.data to tune, and its tuner can hold an epoch up at its end.

    Its thread sleeps 10 ms, 20 ms and so on up to a minute, and now and then sleeps on through
    the call that should wake it; until then the epoch's iterator can't be given back.
    """
    options = tf.data.Options()
    options.autotune.enabled = False
    return options


class _Watch(keras.callbacks.Callback):
    """Reports progress, keeps the history, and stops the run when asked to."""

    def __init__(
        self,
        batches: Batches,
        on_progress: Callable[[Progress], None] | None,
        should_stop: Callable[[], bool] | None,
    ) -> None:
        super().__init__()
        self.batches = batches
        self.report, self.should_stop = on_progress, should_stop
        self.history: dict[str, list[float]] = {}
        self.seconds_before, self.started = 0.0, time.perf_counter()
        self.stopped = False

    @property
    def seconds(self) -> float:
        """Wall time so far, the parts before a resume included."""
        return self.seconds_before + time.perf_counter() - self.started

    def over(self) -> bool:
        """Whether a resumed run had nothing left to do but to be stored."""
        losses = self.history.get("val_loss", [])
        waited = len(losses) - 1 - int(np.argmin(losses)) if losses else 0
        recipe = self.batches.recipe
        done = len(self.history.get("loss", [])) >= recipe.epochs
        return done or bool(recipe.early_stopping and waited >= recipe.early_stopping)

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        self.started = time.perf_counter()

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self.batches.epoch = epoch
        # Keras keeps no dropout's place in its chance, so each epoch starts at its own.
        for one in self.model._flatten_layers():
            generator = getattr(one, "seed_generator", None)
            if generator is not None:
                generator.state.assign([generator.state[0], epoch << 20])

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        recipe, epoch = self.batches.recipe, self.batches.epoch + 1
        done = min(batch + 1, len(self.batches))  # the last of several steps may be short
        if self.report:
            metrics = {name: float(value) for name, value in (logs or {}).items()}
            images = min(done * recipe.batch_size, len(self.batches.images))
            self.report(Progress(epoch, recipe.epochs, done, len(self.batches), images, metrics))
        last = epoch == recipe.epochs and done == len(self.batches)
        if self.should_stop and not last and self.should_stop():
            self.stopped = True
            self.model.stop_training = True

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(float(value))


class _Best(keras.callbacks.Callback):
    """Keeps the weights of the epoch with the least validation loss."""

    def __init__(self) -> None:
        super().__init__()
        self.epoch = -1
        self.loss = float("inf")
        self.weights: list[NDArray[Any]] | None = None

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        loss = (logs or {}).get("val_loss", float("inf"))
        if loss < self.loss:
            self.epoch, self.loss = epoch, float(loss)
            self.weights = self.model.get_weights()


class _EarlyStopping(keras.callbacks.EarlyStopping):
    """Keras's own, which after a resume counts the epochs before it too."""

    def __init__(self, watch: _Watch, patience: int) -> None:
        super().__init__(monitor="val_loss", patience=patience)
        self.watch = watch

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        super().on_train_begin(logs)
        for epoch, loss in enumerate(self.watch.history.get("val_loss", [])):
            self.on_epoch_end(epoch, {"val_loss": loss})


class _Backup(keras.callbacks.Callback):
    """Keras's `BackupAndRestore` in a folder for each epoch, which appears whole or not at all.

        0003/
          latest.weights.h5, training_metadata.json   BackupAndRestore's own
          best.weights.h5                             the least validation loss so far, if any
          history.json                                metrics after each epoch, seconds so far

    Keras's own writes into one folder, file by file: a crash in between would leave the weights
    of one epoch with the number of another. This callback stands last: what the others keep of an
    epoch is there before it.
    """

    def __init__(self, folder: Path, watch: _Watch, best: _Best) -> None:
        super().__init__()
        self.folder, self.watch, self.best = folder, watch, best

    def restore(self, model: keras.Model) -> None:
        """Bring model, history and best weights to where the newest backup left them."""
        kept = latest_backup(self.folder)
        if kept is None:
            return
        before = json.loads((kept / "history.json").read_text("utf-8"))
        self.watch.history, self.watch.seconds_before = before["history"], before["seconds"]
        model.optimizer.build(model.trainable_variables)  # or its state is left out
        if (kept / BEST).exists():
            model.load_weights(kept / BEST)
            self.best.weights, self.best.loss = model.get_weights(), before["best"]
        keras_backup = keras.callbacks.BackupAndRestore(str(kept))
        keras_backup.set_model(model)
        keras_backup.on_train_begin()  # also tells the model which epoch is next

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        if self.watch.stopped:
            return  # in the middle of an epoch, which a resume does again from its start
        before = latest_backup(self.folder)
        new = self.folder / "new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True)
        keras_backup = keras.callbacks.BackupAndRestore(str(new))
        keras_backup.set_model(self.model)
        keras_backup.on_epoch_end(epoch)
        if self.best.epoch == epoch:
            self.model.save_weights(new / BEST)
        elif before is not None and (before / BEST).exists():
            shutil.copy(before / BEST, new / BEST)
        state = {
            "history": self.watch.history,
            "seconds": self.watch.seconds,
            "best": self.best.loss,
        }
        (new / "history.json").write_text(json.dumps(state), "utf-8")
        os.replace(new, self.folder / f"{epoch + 1:04}")
        if before is not None:
            shutil.rmtree(before, ignore_errors=True)


def latest_backup(folder: Path) -> Path | None:
    """The newest whole backup in a folder; its name is the number of epochs done."""
    return max(folder.glob("[0-9]*"), default=None)
