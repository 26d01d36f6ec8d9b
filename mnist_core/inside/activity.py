"""What the units of a network give over a whole test set: how often, how much, and which never.

All images go through the network once, in a process of its own; what is kept are a few numbers for
each unit and a histogram for each layer (`mnist_core.system.computations`).
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.inside.arithmetic import passes_on
from mnist_core.models.computations import (
    computation_model,
    model_computation_folder,
    start_model_computation,
)
from mnist_core.models.layers import BATCH, LayerNetwork, NetworkLayer
from mnist_core.models.store import StoredModel
from mnist_core.system.computations import Computation, Report, read_computation, run_computation
from mnist_core.system.quiet import quiet_stderr

BINS = 60
FIRST = 500  # images that the range of a histogram is taken from
ROOM = 0.25  # by which it is then widened, for what the others may give


@dataclass(frozen=True)
class Activity:
    """What one layer gave over a set of images.

    Attributes:
        low, high, mean: `(units,)` float32: of each map or unit, over all images and places.
        lit: `(units,)` float32, 0..1: the share of its numbers that are above 0.
        counts: `(BINS,)` int64: how many numbers of the layer lie between two edges. The first
            and last hold also what lies beyond.
        edges: `(BINS + 1,)` float32.
    """

    low: NDArray[np.float32]
    high: NDArray[np.float32]
    mean: NDArray[np.float32]
    lit: NDArray[np.float32]
    counts: NDArray[np.int64]
    edges: NDArray[np.float32]

    @property
    def dead(self) -> NDArray[np.int64]:
        """The maps and units that give the same number whatever they see."""
        return np.flatnonzero(self.low == self.high)


def active_layers(network: LayerNetwork) -> list[NetworkLayer]:
    """The layers that give other numbers than they get."""
    return [layer for layer in network.layers if not passes_on(layer)]


def measure(
    network: LayerNetwork, images: NDArray[np.uint8], report: Report = lambda *_: None
) -> dict[str, NDArray[Any]]:
    """Every layer's `Activity` over images, as arrays named `LAYER FIELD`.

    Args:
        images: `(n, 28, 28)`, at least one.
        report: called with the share that is done, 0 to 1.
    """
    names = [layer.name for layer in active_layers(network)]
    ranges = {}
    for name, values in _ranges(network, images[:FIRST], names).items():
        room = ROOM * (values[1] - values[0]) or 0.5
        # What can't be below 0, as after a relu, isn't: 0 is an edge then.
        ranges[name] = (0.0 if values[0] == 0 else values[0] - room, values[1] + room)
    sums: dict[str, list[Any]] = {}
    for start, given in network.stream(images, names):
        for name, outputs in given.items():
            flat = outputs.reshape(-1, outputs.shape[-1])
            sums[name] = _added(sums.get(name), flat, ranges[name])
        report(0.99 * min(start + BATCH, len(images)) / len(images))
    arrays: dict[str, NDArray[Any]] = {}
    for name, (low, high, total, above, counts, seen) in sums.items():
        arrays |= {
            f"{name} low": low,
            f"{name} high": high,
            f"{name} counts": counts,
            f"{name} mean": (total / seen).astype(np.float32),
            f"{name} lit": (above / seen).astype(np.float32),
            f"{name} edges": np.linspace(*ranges[name], BINS + 1, dtype=np.float32),
        }
    return arrays


def activity_of(arrays: Mapping[str, NDArray[Any]], layer: str) -> Activity | None:
    """One layer's, of what `measure` gave; None for a layer that only passes on what it gets."""
    if f"{layer} low" not in arrays:
        return None
    fields = ("low", "high", "mean", "lit", "counts", "edges")
    return Activity(**{field: arrays[f"{layer} {field}"] for field in fields})


def _ranges(
    network: LayerNetwork, images: NDArray[np.uint8], names: list[str]
) -> dict[str, tuple[float, float]]:
    found: dict[str, tuple[float, float]] = {}
    for _, given in network.stream(images, names):
        for name, values in given.items():
            low, high = found.get(name, (np.inf, -np.inf))
            found[name] = (min(low, float(values.min())), max(high, float(values.max())))
    return found


def _added(
    before: list[Any] | None, flat: NDArray[np.float32], between: tuple[float, float]
) -> list[Any]:
    """Lowest, highest, sum, count above 0 for each unit; histogram; numbers seen of each unit."""
    low, high = between
    bins = np.clip((flat - low) * (BINS / (high - low)), 0, BINS - 1).astype(np.uint8)
    now = [
        flat.min(axis=0),
        flat.max(axis=0),
        flat.sum(axis=0, dtype=np.float64),
        (flat > 0).sum(axis=0),
        np.bincount(bins.ravel(), minlength=BINS),
        len(flat),
    ]
    if before is None:
        return now
    lowest, highest = np.minimum(before[0], now[0]), np.maximum(before[1], now[1])
    return [lowest, highest, *(a + b for a, b in zip(before[2:], now[2:], strict=True))]


# --- of a stored model's test set, kept ----------------------------------------------------


def activity_folder(model: StoredModel) -> Path:
    """Where a model's activity is kept, whether it is there or not."""
    return model_computation_folder("activity", model)


def look_at_activity(model: StoredModel) -> Computation:
    """How far the measuring of a model is."""
    return read_computation(activity_folder(model))


def start_activity(model: StoredModel) -> None:
    """Let a process of its own measure a model on its test set, unless that is done.

    Raises:
        TaskError: it can't be started.
    """
    start_model_computation("mnist_core.inside.activity", "activity", model)


def _work(folder: Path) -> None:
    def work(report: Report) -> Mapping[str, NDArray[Any]]:
        model = computation_model(folder)
        with quiet_stderr():
            network = LayerNetwork.load(model)
        return measure(network, model.dataset(train=False).x_test, report)

    run_computation(folder, work)


if __name__ == "__main__":
    _work(Path(sys.argv[1]))
