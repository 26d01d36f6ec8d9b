"""What a unit looks for: the training images that light a map or a neuron most.

A network is shown every image of the set that it learned from, and of each unit of each layer
the images that it answered to most are noted: in a process of its own, once
(`mnist_core.system.computations`).
"""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.models.computations import (
    computation_model,
    model_computation_folder,
    start_model_computation,
)
from mnist_core.models.layers import LayerNetwork, NetworkLayer
from mnist_core.models.store import StoredModel
from mnist_core.recipes.kinds import KINDS, Category
from mnist_core.recipes.shapes import same_padding
from mnist_core.system.computations import Computation, Report, read_computation, run_computation

SHOWN = 12  # images of each unit
AT_ONCE = 1000  # images between two looks at which are the best so far
PUBLISHED = 5000  # images between two times that the best so far can be seen
Box = tuple[int, int, int, int]  # left, top, right, bottom (exclusive), in pixels of the image


@dataclass(frozen=True)
class Brightest:
    """The training images that light one unit most, the brightest first.

    Attributes:
        rows: `(k,)`: which images of the training set.
        images: `(k, 28, 28)` uint8.
        labels: `(k,)` uint8.
        values: `(k,)` float32: what the unit gives for each; of a map, its largest number.
        boxes: for each, the part of the image that this number was made from.
    """

    rows: NDArray[np.int32]
    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    values: NDArray[np.float32]
    boxes: tuple[Box, ...]


def seeing_layers(network: LayerNetwork) -> list[NetworkLayer]:
    """The layers whose units look for something: all that don't only pass on what they get."""
    return [
        layer
        for layer in network.layers
        if layer.kind not in KINDS or not KINDS[layer.kind].passes_values
    ]


def unit_values(outputs: NDArray[np.float32]) -> NDArray[np.float32]:
    """What each unit of a layer gives for each image: a neuron's number, a map's largest one.

    Args:
        outputs: of a layer, `(n, units)` of neurons or `(n, h, w, units)` of maps.

    Returns:
        `(n, units)`.
    """
    return outputs.reshape(len(outputs), -1, outputs.shape[-1]).max(axis=1)


def brightest(
    network: LayerNetwork, images: NDArray[np.uint8], k: int = SHOWN
) -> Iterator[tuple[int, dict[str, NDArray[Any]]]]:
    """Of every unit, the images that light it most, among ever more of them.

    Args:
        images: `(n, 28, 28)`.

    Yields:
        How many images were looked at so far, and for each layer of `seeing_layers` `NAME rows`
        int32 and `NAME values` float32, `(units, k)`, the brightest first and of equally bright
        ones the lower row; fewer than k while there are fewer images.
    """
    names = [layer.name for layer in seeing_layers(network)]
    best: dict[str, list[NDArray[Any]]] = {}
    for start in range(0, len(images), AT_ONCE):
        part = images[start : start + AT_ONCE]
        seen: dict[str, list[NDArray[np.float32]]] = {name: [] for name in names}
        for _, given in network.stream(part, names):
            for name in names:
                seen[name].append(unit_values(given[name]))
        rows = np.arange(start, start + len(part), dtype=np.int32)
        for name in names:
            values = np.concatenate(seen[name]).T  # (units, images)
            new = [np.broadcast_to(rows, values.shape), values]
            before = best.get(name, [array[:, :0] for array in new])
            both = [np.concatenate(pair, axis=1) for pair in zip(before, new, strict=True)]
            order = np.argsort(-both[1], axis=1, kind="stable")[:, :k]
            best[name] = [np.take_along_axis(array, order, axis=1) for array in both]
        yield (
            start + len(part),
            {
                f"{name} {what}": array
                for name, arrays in best.items()
                for what, array in zip(("rows", "values"), arrays, strict=True)
            },
        )


def field(network: LayerNetwork, name: str, place: int) -> Box:
    """The part of the image that one place of a layer's maps is made from.

    All of the image for a neuron, and after a layer that isn't known to look at squares.

    Args:
        place: `row * w + column` in the map.
    """
    layer = network.layer(name)
    whole = (0, 0, 28, 28)
    if len(layer.output_shape) != 3:
        return whole
    sides = []
    for axis, at in enumerate(divmod(place, layer.output_shape[1])):
        low, high = at, at  # the places that are seen, in the output and then in each input
        for one in reversed(list(_up_to(network, name))):
            kind = KINDS.get(one.kind)
            if kind and kind.category in (Category.CONVOLUTION, Category.POOLING):
                size, step, padding = _square(one, axis)
                low, high = low * step - padding, high * step - padding + size - 1
            elif not kind or not kind.pointwise:
                return whole
        sides.append((max(low, 0), min(high + 1, 28)))
    (top, bottom), (left, right) = sides
    return left, top, right, bottom


def _up_to(network: LayerNetwork, name: str) -> Iterator[NetworkLayer]:
    for layer in network.layers:
        yield layer
        if layer.name == name:
            return


def _square(layer: NetworkLayer, axis: int) -> tuple[int, int, int]:
    """(size, step, places added in front) of what a layer looks at, downwards or across."""
    pooling = layer.kind != "Conv2D"
    size = int(layer.settings["pool_size" if pooling else "kernel_size"][axis])
    step = int((layer.settings["strides"] or layer.settings["pool_size"])[axis])
    dilation = int(layer.settings.get("dilation_rate", (1, 1))[axis])
    extent = (size - 1) * dilation + 1
    if layer.settings["padding"] != "same":
        return extent, step, 0
    return extent, step, same_padding(layer.input_shape[axis], size, step, dilation)[0]


# --- of a whole training set, kept ---------------------------------------------------------


def units_folder(model: StoredModel) -> Path:
    """Where a model's brightest images are kept, whether they are there or not."""
    return model_computation_folder("units", model)


def look_at_units(model: StoredModel) -> Computation:
    """How far the search for a model's brightest images is."""
    return read_computation(units_folder(model))


def start_units(model: StoredModel) -> None:
    """Let a process of its own find a model's brightest images, unless they are there.

    Raises:
        TaskError: it can't be started.
    """
    start_model_computation("mnist_core.inside.units", "units", model)


def unit_images(
    kept: Mapping[str, NDArray[Any]], network: LayerNetwork, layer: str, unit: int
) -> Brightest:
    """The images that light one unit most.

    Args:
        kept: the arrays of `look_at_units`.
        layer: one of `seeing_layers`.
        unit: which of its maps or neurons, from 0.
    """
    rows = kept[f"{layer} rows"][unit]
    at = np.searchsorted(kept["rows"], rows)
    images = kept["images"][at]
    given = network.outputs(images, [layer])[layer][..., unit]  # (k,) or (k, h, w)
    places = given.reshape(len(images), -1).argmax(axis=1)
    return Brightest(
        rows,
        images,
        kept["labels"][at],
        kept[f"{layer} values"][unit],
        tuple(field(network, layer, int(place)) for place in places),
    )


def main(folder: Path) -> None:
    """Find what a folder asks for."""

    def work(report: Report) -> dict[str, NDArray[Any]]:
        model = computation_model(folder)
        dataset = model.dataset()
        result: dict[str, NDArray[Any]] = {}
        for seen, found in brightest(LayerNetwork.load(model), dataset.x_train):
            share = 0.99 * seen / len(dataset.x_train)
            every = [found[key].ravel() for key in found if key.endswith(" rows")]
            rows = np.unique(np.concatenate(every))
            result = {
                **found,
                "rows": rows,
                "images": dataset.x_train[rows],
                "labels": dataset.y_train[rows],
                "seen": np.array([seen, len(dataset.x_train)]),
            }
            report(share, "", result if seen % PUBLISHED == 0 else None)
        return result

    run_computation(folder, work)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
