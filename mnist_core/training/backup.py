"""Backups: what is needed to resume a training, left after each epoch, whole or not at all.

    backup/
      0003/            after epoch 3
        arrays.npz     weights and optimizer variables in Keras's order; the best epoch's weights
        state.json     history, seconds, least validation loss; SHA-256 of that and the arrays

Files and folder are on the disk before the folder gets its name, so a power cut leaves it whole or
absent. The one before is kept too: if the newest turns out to be damaged, that one is resumed.
"""

import hashlib
import io
import math
import os
import shutil
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from mnist_core.errors import RunError
from mnist_core.i18n import Text
from mnist_core.system.files import READ_ERRORS, sync_folder
from mnist_core.training.callbacks import BestWeights, ProgressCallback
from mnist_core.training.keras_setup import keras

ARRAYS, STATE = "arrays.npz", "state.json"
KEPT = 2  # backups


class _State(msgspec.Struct, frozen=True):
    history: dict[str, list[float]]
    seconds: float
    best_epoch: int
    best_loss: float | None  # None before there is one: infinity is no JSON


class _Sealed(msgspec.Struct, frozen=True):
    state: _State
    sha256: str


class Backup(keras.callbacks.Callback):
    """Leaves a backup after each epoch, and brings a training to where the newest one left it.

    It must stand last among the callbacks: what the others keep of an epoch is there before it.
    """

    def __init__(self, folder: Path, progress: ProgressCallback, best: BestWeights) -> None:
        super().__init__()
        self.folder, self.progress, self.best = folder, progress, best

    def restore(self, model: keras.Model) -> int:
        """Bring model, optimizer, history and best weights to the newest whole backup.

        Returns:
            How many epochs are done; 0 without a backup.

        Raises:
            RunError: the backup is of an older version of this project.
        """
        if any(self.folder.glob("*/latest.weights.h5")):
            raise RunError(
                Text(
                    "This run was stopped by an older version of this project, whose backups can't "
                    "be resumed any more. Start the run again."
                )
            )
        newest = _newest(self.folder)
        if newest is None:
            return 0
        epoch, state, arrays = newest
        self.progress.history, self.progress.seconds_before = state.history, state.seconds
        model.set_weights(_numbered(arrays, "weight"))
        model.optimizer.build(model.trainable_variables)
        variables = _numbered(arrays, "optimizer")
        for variable, value in zip(model.optimizer.variables, variables, strict=True):
            variable.assign(value)
        if state.best_loss is not None:
            self.best.epoch, self.best.loss = state.best_epoch, state.best_loss
            self.best.weights = _numbered(arrays, "best")
        return epoch

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Write the backup, unless the epoch was stopped halfway: a resume does it again."""
        if self.progress.stopped:
            return
        arrays = {
            **_named(self.model.get_weights(), "weight"),
            **_named([np.asarray(v) for v in self.model.optimizer.variables], "optimizer"),
            **_named(self.best.weights or [], "best"),
        }
        content = io.BytesIO()
        np.savez(content, **arrays)  # type: ignore[arg-type]
        state = _State(
            history=self.progress.history,
            seconds=self.progress.seconds,
            best_epoch=self.best.epoch,
            best_loss=self.best.loss if math.isfinite(self.best.loss) else None,
        )
        sealed = _Sealed(state, _digest(state, content.getbuffer()))
        new = self.folder / "new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True)
        _write(new / ARRAYS, content.getbuffer())
        _write(new / STATE, msgspec.json.encode(sealed))
        sync_folder(new)
        done = self.folder / f"{epoch + 1:04}"
        shutil.rmtree(done, ignore_errors=True)  # damaged, or it would have been resumed
        os.replace(new, done)
        sync_folder(self.folder)
        sync_folder(self.folder.parent)  # the first one made the folder of backups, too
        for old in _backups(self.folder)[:-KEPT]:
            shutil.rmtree(old, ignore_errors=True)


def epochs_done(folder: Path) -> int:
    """How many epochs the newest whole backup in a folder holds; 0 without one."""
    newest = _newest(folder)
    return newest[0] if newest else 0


def _backups(folder: Path) -> list[Path]:
    return sorted(folder.glob("[0-9]*"))


def _newest(folder: Path) -> tuple[int, _State, dict[str, NDArray[Any]]] | None:
    """(epochs done, state, arrays) of the newest backup that is whole."""
    for path in reversed(_backups(folder)):
        try:
            sealed = msgspec.json.decode((path / STATE).read_bytes(), type=_Sealed)
            content = (path / ARRAYS).read_bytes()
            if _digest(sealed.state, content) != sealed.sha256:
                continue
            with np.load(io.BytesIO(content), allow_pickle=False) as file:
                return int(path.name), sealed.state, {name: file[name] for name in file.files}
        except (*READ_ERRORS, msgspec.MsgspecError):
            continue
    return None


def _digest(state: _State, content: bytes | memoryview) -> str:
    return hashlib.sha256(msgspec.json.encode(state) + content).hexdigest()


def _named(arrays: list[NDArray[Any]], kind: str) -> dict[str, NDArray[Any]]:
    return {f"{kind}_{index}": array for index, array in enumerate(arrays)}


def _numbered(arrays: dict[str, NDArray[Any]], kind: str) -> list[NDArray[Any]]:
    count = sum(name.startswith(f"{kind}_") for name in arrays)
    return [arrays[f"{kind}_{index}"] for index in range(count)]


def _write(path: Path, content: bytes | memoryview) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
