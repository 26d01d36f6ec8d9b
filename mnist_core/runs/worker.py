"""The process that works on one training run: `python -m mnist_core.runs.worker FOLDER`.

It takes the run's lock, waits for its turn, trains, and writes what happens to the run's folder.
It is never talked to, only watched; `mnist_core.runs.runs` starts it.
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
from filelock import AcquireReturnProxy, FileLock, Timeout
from numpy.typing import NDArray

from mnist_core.runs import runs
from mnist_core.runs.replay import EPOCHS, is_kept, keep_epoch, kept_epochs
from mnist_core.runs.runs import (
    FAILED,
    FINISHED,
    STARTING,
    STOPPED,
    TESTING,
    TRAINING,
    WAITING,
    Run,
    open_run,
    take_place,
    write_status,
)
from mnist_core.system.files import write_file
from mnist_core.system.processes import lighter_keras, why_it_failed

if TYPE_CHECKING:
    from mnist_core.training.loop import Progress

REPORT = 0.3  # seconds between two reports
TESTED = 2000  # images on which the accuracy per class is followed


def main(folder: Path) -> None:
    """Work on the run in a folder until it is finished, stopped or failed."""
    try:  # whoever only looks holds it for a moment
        lock = FileLock(folder / "lock").acquire(timeout=runs.SPAWNING)
    except Timeout:
        print("Another process works on this run.", file=sys.stderr)
        return
    with lock, suppress(OSError):
        if hasattr(os, "nice"):
            os.nice(10)  # whoever draws comes first
        job = Job(open_run(folder.name, folder.parent))
        message = why_it_failed(job.work)
        if message:
            job.say(state=FAILED, message=message)


class Job:
    """A run being worked on."""

    def __init__(self, run: Run) -> None:
        self.run, self.home = run, run.folder
        self.status: dict[str, Any] = {**run.status, "pid": os.getpid(), "message": ""}
        self.seen: deque[tuple[float, int]] = deque(maxlen=40)  # (time, images so far)
        self.rows: list[list[float]] = []  # of batches.csv, not written yet
        self.before: tuple[int, int, dict[str, float]] = (0, 0, {})  # epoch, images, means
        self.reported = 0.0

    def say(self, **changes: Any) -> None:
        """Change the status that everybody reads."""
        self.status.update(changes)
        write_status(self.home, self.status)

    def asked_to_stop(self) -> bool:
        """Whether somebody wants it to stop."""
        return (self.home / "stop").exists()

    def work(self) -> None:
        """From the line to the stored network."""
        self.say(state=WAITING)
        slot = self.turn()
        if slot is None:
            self.say(state=STOPPED, message="It was stopped before it began.")
            return
        with slot:
            self.say(state=STARTING)
            self.train()

    def turn(self) -> AcquireReturnProxy[Any] | None:
        """Wait in line for one of the places; None if asked to stop meanwhile."""
        mine = self.status["queued"], self.run.id
        return take_place(mine, self.asked_to_stop, self.home.parent)

    def train(self) -> None:
        """Train, test and store."""
        from mnist_core.data.collection import load_data
        from mnist_core.models.train_or_load import store_trained

        with lighter_keras():
            import keras

            from mnist_core.training.loop import find_device, latest_backup, train, training_parts

        self.say(device=find_device())
        dataset = load_data(self.run.data_name, digest=self.run.data_digest)
        _, (x, y) = training_parts(dataset, self.run.recipe)
        if not len(x):
            x, y = dataset.x_test, dataset.y_test
        kept = latest_backup(self.home / "backup")
        self.forget_after(int(kept.name) if kept else 0)
        followed: Any = keras.callbacks.Callback()
        followed.on_epoch_end = lambda epoch, logs: self.keep(followed.model, epoch + 1, x, y)
        trained = train(
            self.run.recipe,
            dataset,
            on_progress=self.report,
            should_stop=self.asked_to_stop,
            callbacks=[
                keras.callbacks.CSVLogger(str(self.home / "history.csv"), append=True),
                keras.callbacks.TensorBoard(str(self.home / "tensorboard"), write_graph=False),
                followed,
            ],
            backup=self.home / "backup",
        )
        self.flush()
        self.say(state=TESTING, seconds_left=None, images_per_second=None)
        store_trained(trained, dataset, runs.MODEL, self.home)
        share = self.status.get("share", 0.0) if trained.stopped else 1.0
        self.say(
            state=STOPPED if trained.stopped else FINISHED,
            share=share,
            seconds=round(trained.seconds, 1),
        )
        if not trained.stopped:
            shutil.rmtree(self.home / "backup", ignore_errors=True)

    def forget_after(self, done: int) -> None:
        """Drop what was written of epochs after the last one that can be gone on from."""
        _keep_rows(self.home / "batches.csv", lambda epoch: epoch <= done)
        _keep_rows(self.home / "history.csv", lambda epoch: epoch < done)  # CSVLogger's are from 0
        for epoch in kept_epochs(self.home):
            if epoch > done:
                (self.home / EPOCHS / f"{epoch:04}.npz").unlink()

    def keep(
        self, model: Any, epoch: int, images: NDArray[np.uint8], labels: NDArray[np.uint8]
    ) -> None:
        """Keep what is known after an epoch, before the backup says that the epoch is done.

        All its rows of batches.csv, and what the network is, for the slider over the epochs.
        """
        self.flush()
        if is_kept(epoch, self.run.recipe.epochs):
            keep_epoch(model, self.home, epoch, images[:TESTED], labels[:TESTED])

    def report(self, progress: "Progress") -> None:
        """After each call of the optimizer: a row for the curves, and the status at times."""
        now, size = time.time(), self.run.recipe.batch_size
        images = (progress.epoch - 1) * progress.batches * size + progress.images
        self.seen.append((now, images))
        self.rows.append([progress.epoch, progress.batch, *self._just_seen(progress)])
        if now - self.reported < REPORT:
            return
        self.reported = now
        self.flush()
        (then, count), left = self.seen[0], None
        rate = (images - count) / (now - then) if now > then else None
        if rate:
            left = (progress.epochs * progress.batches * size - images) / rate
        self.say(
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
        path = self.home / "batches.csv"
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
        kept = [row for row in rows if row[:1].isdigit() and wanted(int(row.split(",")[0]))]
        write_file(path, "".join([head, *kept]).encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
