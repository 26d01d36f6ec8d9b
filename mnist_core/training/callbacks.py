"""Keras callbacks: progress and stopping, the best epoch's weights, early stopping."""

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.training.batches import Batches
from mnist_core.training.keras_setup import keras
from mnist_core.training.progress import Progress


class ProgressCallback(keras.callbacks.Callback):
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
        self.stopped = self.diverged = False

    @property
    def seconds(self) -> float:
        """Wall time so far, the parts before a resume included."""
        return self.seconds_before + time.perf_counter() - self.started

    def over(self) -> bool:
        """Whether a resumed training has nothing left to do but to be stored."""
        losses = self.history.get("val_loss", [])
        since_best = len(losses) - 1 - int(np.argmin(losses)) if losses else 0
        recipe = self.batches.recipe
        done = len(self.history.get("loss", [])) >= recipe.epochs
        return done or bool(recipe.early_stopping and since_best >= recipe.early_stopping)

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Start the clock."""
        self.started = time.perf_counter()

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Give the epoch its own order and random states."""
        self.batches.epoch = epoch
        # Weights hold no dropout's random state, so each epoch starts at a state of its own.
        for layer in self.model.layers:
            generator = getattr(layer, "seed_generator", None)
            if generator is not None:
                generator.state.assign([generator.state[0], epoch << 20])

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Report progress, and stop if asked to."""
        recipe, epoch = self.batches.recipe, self.batches.epoch + 1
        done = min(batch + 1, len(self.batches))  # the last of several steps may be short
        if self.report:
            metrics = {name: float(value) for name, value in (logs or {}).items()}
            images = min(done * recipe.batch_size, len(self.batches.images))
            self.report(Progress(epoch, recipe.epochs, done, len(self.batches), images, metrics))
        if not math.isfinite((logs or {}).get("loss", 0.0)):  # it would stay so to the end
            self.stopped = self.diverged = True
            self.model.stop_training = True
            return
        last = epoch == recipe.epochs and done == len(self.batches)
        if self.should_stop and not last and self.should_stop():
            self.stopped = True
            self.model.stop_training = True

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Add the metrics to the history."""
        if self.diverged:
            return
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(float(value))


class BestWeights(keras.callbacks.Callback):
    """Keeps the weights of the epoch with the least validation loss, and those of the last epoch
    whose loss was finite."""

    def __init__(self, choose: bool = True) -> None:
        """See the class.

        Args:
            choose: whether an epoch may be chosen by its validation loss at all.
        """
        super().__init__()
        self.choose = choose
        self.epoch = -1
        self.loss = float("inf")
        self.weights: list[NDArray[Any]] | None = None
        self.finite_weights: list[NDArray[Any]] | None = None

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Keep the weights if they are the best so far."""
        if math.isfinite((logs or {}).get("loss", math.nan)):
            self.finite_weights = self.model.get_weights()
        loss = (logs or {}).get("val_loss", float("inf"))
        if self.choose and loss < self.loss:
            self.epoch, self.loss = epoch, float(loss)
            self.weights = self.model.get_weights()


class ResumableEarlyStopping(keras.callbacks.EarlyStopping):
    """Keras's own, which after a resume counts the epochs before it too."""

    def __init__(self, progress: ProgressCallback, patience: int) -> None:
        super().__init__(monitor="val_loss", patience=patience)
        self.progress = progress

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Count the epochs before a resume."""
        super().on_train_begin(logs)
        for epoch, loss in enumerate(self.progress.history.get("val_loss", [])):
            self.on_epoch_end(epoch, {"val_loss": loss})
