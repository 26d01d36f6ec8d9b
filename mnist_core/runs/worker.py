"""The process that works on one training run: `python -m mnist_core.runs.worker FOLDER`.

It takes the run's lock, waits for its turn, trains, and writes what happens to the run's folder.
Nothing is sent to it: it watches its folder, as `mnist_core.system.tasks` says.
"""

import csv
import os
import shutil
import sys
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from filelock import AcquireReturnProxy
from numpy.typing import NDArray

from mnist_core.errors import DivergedError
from mnist_core.i18n import Text, to_line
from mnist_core.runs.queue import take_slot
from mnist_core.runs.replay import EPOCHS, is_kept, keep_epoch, kept_epochs
from mnist_core.runs.runs import (
    ACTIVE,
    FAILED,
    FINISHED,
    MODEL,
    NOT_BEGUN,
    STARTING,
    STATUS,
    STOPPED,
    TESTING,
    TRAINING,
    WAITING,
    Run,
    open_run,
)
from mnist_core.system.files import write_file
from mnist_core.system.processes import light_keras_import
from mnist_core.system.records import write_record
from mnist_core.system.tasks import TaskFolder, run_task

if TYPE_CHECKING:
    from mnist_core.training.progress import Progress

DIVERGED = Text(
    "The training diverged: the loss wasn't a finite number any more. The best network before that "
    "is kept. Try a tenth of the learning rate."
)
REPORT = 0.3  # seconds between two reports
TESTED = 2000  # images on which the accuracy per class is followed


def main(folder: Path) -> None:
    """Work on the run in a folder until it is finished, stopped or failed."""
    with suppress(OSError):
        trainings: list[Training] = []

        def work() -> None:
            run = open_run(folder.name, folder.parent)
            if run.status.state in ACTIVE:  # else it was stopped in the queue
                trainings.append(Training(run))
                trainings[0].work()

        def end(message: str) -> None:
            if message and trainings:
                trainings[0].update(state=FAILED, message=to_line(message))

        run_task(TaskFolder(folder), work, end)


class Training:
    """A run being worked on."""

    def __init__(self, run: Run) -> None:
        self.run, self.folder = run, run.folder
        self.status = run.status.changed(pid=os.getpid(), message="")
        self.progress: deque[tuple[float, int]] = deque(maxlen=40)  # (time, images so far)
        self.rows: list[list[float]] = []  # of batches.csv, not written yet
        self.before: tuple[int, int, dict[str, float]] = (0, 0, {})  # epoch, images, means
        self.reported = 0.0

    def update(self, **changes: Any) -> None:
        """Change the status that everybody reads."""
        self.status = self.status.changed(**changes)
        write_record(self.status, self.folder / STATUS)

    def should_stop(self) -> bool:
        """Whether the run is asked to stop."""
        return self.run.task.stopping

    def work(self) -> None:
        """From the queue to the stored network."""
        self.update(state=WAITING)
        slot = self.take_slot()
        if slot is None:
            self.update(state=STOPPED, message=to_line(NOT_BEGUN))
            return
        with slot:
            self.update(state=STARTING)
            self.train()

    def take_slot(self) -> AcquireReturnProxy[Any] | None:
        """Wait in the queue; None if asked to stop meanwhile."""
        ticket = self.status.queued, self.run.id
        return take_slot(ticket, self.should_stop, self.folder.parent)

    def train(self) -> None:
        """Train, test and store."""
        from mnist_core.data.collection import load_data
        from mnist_core.models.train_or_load import check_exportable, store_trained

        with light_keras_import():
            import keras

            from mnist_core.training.backup import epochs_done
            from mnist_core.training.loop import find_device, train, training_parts

        self.update(device=find_device())
        check_exportable(self.run.recipe)
        dataset = load_data(self.run.data_name, digest=self.run.data_digest)
        _, (x, y) = training_parts(dataset, self.run.recipe)
        if not len(x):
            x, y = dataset.x_test, dataset.y_test
        self.forget_after(epochs_done(self.folder / "backup"))
        followed: Any = keras.callbacks.Callback()
        followed.on_epoch_end = lambda epoch, logs: self.keep(followed.model, epoch + 1, x, y)
        trained = self.undiverged(
            train,
            self.run.recipe,
            dataset,
            on_progress=self.report,
            should_stop=self.should_stop,
            callbacks=[
                keras.callbacks.CSVLogger(str(self.folder / "history.csv"), append=True),
                keras.callbacks.TensorBoard(str(self.folder / "tensorboard"), write_graph=False),
                followed,
            ],
            backup=self.folder / "backup",
        )
        self.flush()
        self.update(state=TESTING, seconds_left=None, images_per_second=None)
        store_trained(trained, dataset, MODEL, self.folder)
        share = self.status.share if trained.stopped else 1.0
        self.update(
            state=STOPPED if trained.stopped else FINISHED,
            share=share,
            seconds=round(trained.seconds, 1),
        )
        if trained.diverged:
            self.update(message=to_line(DIVERGED), diverged=True)
        if trained.diverged or not trained.stopped:
            shutil.rmtree(self.folder / "backup", ignore_errors=True)

    def undiverged(self, train: Callable[..., Any], *args: Any, **settings: Any) -> Any:
        """Train; a training that diverged is not to be resumed."""
        try:
            return train(*args, **settings)
        except DivergedError:
            self.update(diverged=True)
            raise

    def forget_after(self, done: int) -> None:
        """Drop what was written of epochs after the last one that can be gone on from."""
        _keep_rows(self.folder / "batches.csv", lambda epoch: epoch <= done)
        _keep_rows(
            self.folder / "history.csv", lambda epoch: epoch < done
        )  # CSVLogger's are from 0
        for epoch in kept_epochs(self.folder):
            if epoch > done:
                (self.folder / EPOCHS / f"{epoch:04}.npz").unlink()

    def keep(
        self, model: Any, epoch: int, images: NDArray[np.uint8], labels: NDArray[np.uint8]
    ) -> None:
        """Keep what is known after an epoch, before the backup says that the epoch is done.

        All its rows of batches.csv, and what the network is, for the slider over the epochs.
        """
        self.flush()
        if is_kept(epoch, self.run.recipe.epochs):
            keep_epoch(model, self.folder, epoch, images[:TESTED], labels[:TESTED])

    def report(self, progress: "Progress") -> None:
        """After each call of the optimizer: a row for the curves, and the status at times."""
        now, size = time.time(), self.run.recipe.batch_size
        images = (progress.epoch - 1) * progress.batches * size + progress.images
        self.progress.append((now, images))
        self.rows.append([progress.epoch, progress.batch, *self._just_seen(progress)])
        if now - self.reported < REPORT:
            return
        self.reported = now
        self.flush()
        (then, count), left = self.progress[0], None
        rate = (images - count) / (now - then) if now > then else None
        if rate:
            left = (progress.epochs * progress.batches * size - images) / rate
        self.update(
            state=TRAINING,
            epoch=progress.epoch,
            epochs=progress.epochs,
            batch=progress.batch,
            batches=progress.batches,
            metrics=progress.metrics,
            share=progress.share,
            images_per_second=rate,
            seconds_left=left,
        )

    def _just_seen(self, progress: "Progress") -> list[float]:
        """Loss and accuracy of the batches since the last report: Keras gives the epoch's mean."""
        epoch, count, means = self.before
        if epoch != progress.epoch:
            count, means = 0, {}
        self.before = progress.epoch, progress.images, progress.metrics
        return [
            (value * progress.images - means.get(name, 0.0) * count) / (progress.images - count)
            for name, value in ((key, progress.metrics[key]) for key in ("loss", "accuracy"))
        ]

    def flush(self) -> None:
        """Append what is not written yet to batches.csv."""
        path = self.folder / "batches.csv"
        new = not path.exists() or not path.stat().st_size
        with path.open("a", newline="", encoding="utf-8") as file:
            table = csv.writer(file)
            if new:
                table.writerow(["epoch", "batch", "loss", "accuracy"])
            table.writerows(self.rows)
        self.rows.clear()


def _keep_rows(path: Path, wanted: Callable[[int], bool]) -> None:
    """Keep the rows of a table whose first column, the epoch, is wanted.

    A last line that was cut when the process died goes too, or the next row would run on from it.
    """
    with suppress(FileNotFoundError):
        lines = path.read_text("utf-8").splitlines(keepends=True)
        head, *rows = [line for line in lines if line.endswith("\n")] or [""]
        remaining = [row for row in rows if row[:1].isdigit() and wanted(int(row.split(",")[0]))]
        write_file(path, "".join([head, *remaining]).encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
