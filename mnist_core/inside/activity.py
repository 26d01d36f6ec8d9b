"""The activity of a network's units over a whole test set: how often, how strong, which never.

All images go through the network once, in a process of its own. It stores a few numbers for each
unit and a histogram for each layer (`mnist_core.system.computations`).
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.inside.arithmetic import passes_values
from mnist_core.models.computations import (
    computation_model,
    model_computation_folder,
    start_model_computation,
)
from mnist_core.models.layers import LayerNetwork
from mnist_core.models.litert import BATCH
from mnist_core.models.store import StoredModel
from mnist_core.system.computations import Computation, Report, read_computation, run_computation
from mnist_core.system.quiet import quiet_stderr

BINS = 60
RANGE_IMAGES = 500  # the first images, which the range of a histogram is taken from
MARGIN = 0.25  # by which the range is widened at each end, for the other images
# The names of a layer's arrays on disk, after the layer's name, by the fields of LayerActivity.
_ARRAYS = {
    "minimum": "low",
    "maximum": "high",
    "mean": "mean",
    "active": "lit",
    "counts": "counts",
    "edges": "edges",
}


@dataclass(frozen=True)
class LayerActivity:
    """The outputs of a layer over a set of images.

    Attributes:
        minimum, maximum, mean: `(units,)` float32, of each feature map or unit over all images
            and positions.
        active: `(units,)` float32, 0..1: the share of its outputs that are above 0.
        counts: `(BINS,)` int64: a histogram of all outputs of the layer. The first and the last
            bin also count what lies beyond them.
        edges: `(BINS + 1,)` float32: of the bins.
    """

    minimum: NDArray[np.float32]
    maximum: NDArray[np.float32]
    mean: NDArray[np.float32]
    active: NDArray[np.float32]
    counts: NDArray[np.int64]
    edges: NDArray[np.float32]

    @property
    def dead(self) -> NDArray[np.int64]:
        """The indices of the feature maps and units whose output never changes."""
        return np.flatnonzero(self.minimum == self.maximum)


def measure_activity(
    network: LayerNetwork, images: NDArray[np.uint8], report: Report = lambda *_: None
) -> dict[str, NDArray[Any]]:
    """Measure the activity of every layer that changes its input.

    Args:
        images: `(n, 28, 28)`, at least one, 0 paper to 255 ink.
        report: called with the share that is done, 0..1.

    Returns:
        Arrays that `layer_activity` reads.
    """
    names = [layer.name for layer in network.layers if not passes_values(layer)]
    ranges = _histogram_ranges(network, images[:RANGE_IMAGES], names)
    totals: dict[str, _Totals] = {}
    for start, batch in network.stream(images, names):
        for name, outputs in batch.items():
            part = _Totals.of(outputs.reshape(-1, outputs.shape[-1]), ranges[name])
            totals[name] = totals[name] + part if name in totals else part
        report(0.99 * min(start + BATCH, len(images)) / len(images))
    return {
        f"{name} {_ARRAYS[field]}": array
        for name, total in totals.items()
        for field, array in vars(total.activity(ranges[name])).items()
    }


def layer_activity(arrays: Mapping[str, NDArray[Any]], layer: str) -> LayerActivity | None:
    """The activity of a layer, as `measure_activity` measured it.

    Returns:
        None for a layer whose output is its input.
    """
    if f"{layer} {_ARRAYS['minimum']}" not in arrays:
        return None
    return LayerActivity(**{field: arrays[f"{layer} {key}"] for field, key in _ARRAYS.items()})


@dataclass(frozen=True)
class _Totals:
    """What is added up over batches: per unit, but for the histogram and the number of outputs."""

    minimum: NDArray[np.float32]
    maximum: NDArray[np.float32]
    total: NDArray[np.float64]
    positive: NDArray[np.int64]
    counts: NDArray[np.int64]
    outputs: int  # of each unit

    @classmethod
    def of(cls, outputs: NDArray[np.float32], limits: tuple[float, float]) -> "_Totals":
        """Of outputs `(n, units)`, with a histogram between limits."""
        low, high = limits
        bins = np.clip((outputs - low) * (BINS / (high - low)), 0, BINS - 1).astype(np.uint8)
        return cls(
            outputs.min(axis=0),
            outputs.max(axis=0),
            outputs.sum(axis=0, dtype=np.float64),
            (outputs > 0).sum(axis=0),
            np.bincount(bins.ravel(), minlength=BINS),
            len(outputs),
        )

    def __add__(self, other: "_Totals") -> "_Totals":
        return _Totals(
            np.minimum(self.minimum, other.minimum),
            np.maximum(self.maximum, other.maximum),
            self.total + other.total,
            self.positive + other.positive,
            self.counts + other.counts,
            self.outputs + other.outputs,
        )

    def activity(self, limits: tuple[float, float]) -> LayerActivity:
        return LayerActivity(
            self.minimum,
            self.maximum,
            (self.total / self.outputs).astype(np.float32),
            (self.positive / self.outputs).astype(np.float32),
            self.counts,
            np.linspace(*limits, BINS + 1, dtype=np.float32),
        )


def _histogram_ranges(
    network: LayerNetwork, images: NDArray[np.uint8], names: list[str]
) -> dict[str, tuple[float, float]]:
    """(lowest, highest edge) of each layer's histogram."""
    extremes: dict[str, tuple[float, float]] = {}
    for _, batch in network.stream(images, names):
        for name, outputs in batch.items():
            low, high = extremes.get(name, (np.inf, -np.inf))
            extremes[name] = (min(low, float(outputs.min())), max(high, float(outputs.max())))
    ranges = {}
    for name, (low, high) in extremes.items():
        margin = MARGIN * (high - low) or 0.5
        # Outputs that can't be below 0, as after a relu, get 0 as an edge.
        ranges[name] = (0.0 if low == 0 else low - margin, high + margin)
    return ranges


# --- of a stored model's test set, in a process of its own ---------------------------------


def activity_folder(model: StoredModel) -> Path:
    """The folder of a model's activity, whether it exists or not."""
    return model_computation_folder("activity", model)


def activity_state(model: StoredModel) -> Computation:
    """The state of measuring a model's activity, with the arrays of `measure_activity`."""
    return read_computation(activity_folder(model))


def start_activity(model: StoredModel) -> None:
    """Start measuring a model's activity on its test set, unless that is done.

    Raises:
        TaskError: the process can't be started.
    """
    start_model_computation("mnist_core.inside.activity", "activity", model)


def main(folder: Path) -> None:
    """Measure the activity that a folder asks for."""

    def work(report: Report) -> Mapping[str, NDArray[Any]]:
        model = computation_model(folder)
        with quiet_stderr():
            network = LayerNetwork.load(model)
        return measure_activity(network, model.dataset(train=False).x_test, report)

    run_computation(folder, work)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
