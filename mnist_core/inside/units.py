"""What a unit responds to: the training images with its strongest activations.

A network sees every image of its training set, and for each unit of each layer the images with
the largest outputs are stored: once, in a process of its own (`mnist_core.system.computations`).
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

IMAGES_SHOWN = 12  # of each unit
PART = 1000  # images between two updates of the top images
STORED_EVERY = 5000  # images between two times that the top images so far are stored
Box = tuple[int, int, int, int]  # left, top, right, bottom (exclusive), in pixels of the image


@dataclass(frozen=True)
class TopImages:
    """The training images with the largest outputs of a unit, the largest first.

    Attributes:
        indices: `(k,)` int32, in the training set.
        images: `(k, 28, 28)` uint8.
        labels: `(k,)` uint8.
        activations: `(k,)` float32: the unit's output for each image; of a feature map, the
            maximum.
        receptive_fields: for each, the part of the image that this number depends on.
    """

    indices: NDArray[np.int32]
    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    activations: NDArray[np.float32]
    receptive_fields: tuple[Box, ...]


def responding_layers(network: LayerNetwork) -> list[NetworkLayer]:
    """The layers whose units respond to patterns: all that do more than pass their input on."""
    return [
        layer
        for layer in network.layers
        if layer.kind not in KINDS or not KINDS[layer.kind].passes_values
    ]


def unit_activations(outputs: NDArray[np.float32]) -> NDArray[np.float32]:
    """The output of each unit for each image; of a feature map, the maximum.

    Args:
        outputs: of a layer, `(n, units)`, or `(n, height, width, units)` of feature maps.

    Returns:
        `(n, units)`.
    """
    return outputs.reshape(len(outputs), -1, outputs.shape[-1]).max(axis=1)


def find_top_images(
    network: LayerNetwork, images: NDArray[np.uint8], k: int = IMAGES_SHOWN, part: int = PART
) -> Iterator[tuple[int, dict[str, NDArray[Any]]]]:
    """Find the k images with the largest outputs of every unit, among more and more images.

    Args:
        images: `(n, 28, 28)`, 0 paper to 255 ink.
        part: the number of images between two results.

    Yields:
        (number of images seen so far, arrays). For each layer of `responding_layers`, the arrays
        are `NAME rows` int32, the indices of the images, and `NAME values` float32, the outputs;
        both `(units, k)`, the largest output first and, of equal ones, the smaller index. There
        are fewer than k columns while fewer images were seen.
    """
    names = [layer.name for layer in responding_layers(network)]
    top: dict[str, list[NDArray[Any]]] = {}
    for start in range(0, len(images), part):
        batch = images[start : start + part]
        activations: dict[str, list[NDArray[np.float32]]] = {name: [] for name in names}
        for _, outputs in network.stream(batch, names):
            for name in names:
                activations[name].append(unit_activations(outputs[name]))
        rows = np.arange(start, start + len(batch), dtype=np.int32)
        for name in names:
            values = np.concatenate(activations[name]).T  # (units, images)
            new = [np.broadcast_to(rows, values.shape), values]
            old = top.get(name, [array[:, :0] for array in new])
            merged = [np.concatenate(arrays, axis=1) for arrays in zip(old, new, strict=True)]
            order = np.argsort(-merged[1], axis=1, kind="stable")[:, :k]
            top[name] = [np.take_along_axis(array, order, axis=1) for array in merged]
        yield (
            start + len(batch),
            {
                f"{name} {key}": array
                for name, arrays in top.items()
                for key, array in zip(("rows", "values"), arrays, strict=True)
            },
        )


def receptive_field(network: LayerNetwork, name: str, position: int) -> Box:
    """The part of the image that one position of a layer's feature maps depends on.

    It is the whole image for a unit without a position, and after a layer of a kind for which it
    isn't known.

    Args:
        position: `row * width + column` in the feature map.
    """
    layer = network.layer(name)
    whole_image = (0, 0, 28, 28)
    if len(layer.output_shape) != 3:
        return whole_image
    extents = []
    for axis, index in enumerate(divmod(position, layer.output_shape[1])):
        low, high = index, index  # the positions that count, in the output and then in each input
        for previous in reversed(list(_layers_up_to(network, name))):
            kind = KINDS.get(previous.kind)
            if kind and kind.category in (Category.CONVOLUTION, Category.POOLING):
                size, stride, padding = _window(previous, axis)
                low, high = low * stride - padding, high * stride - padding + size - 1
            elif not kind or not kind.pointwise:
                return whole_image
        extents.append((max(low, 0), min(high + 1, 28)))
    (top, bottom), (left, right) = extents
    return left, top, right, bottom


def _layers_up_to(network: LayerNetwork, name: str) -> Iterator[NetworkLayer]:
    for layer in network.layers:
        yield layer
        if layer.name == name:
            return


def _window(layer: NetworkLayer, axis: int) -> tuple[int, int, int]:
    """(size, stride, padding in front) of a layer's window, vertically (0) or horizontally (1)."""
    pooling = layer.kind != "Conv2D"
    size = int(layer.settings["pool_size" if pooling else "kernel_size"][axis])
    stride = int((layer.settings["strides"] or layer.settings["pool_size"])[axis])
    dilation = int(layer.settings.get("dilation_rate", (1, 1))[axis])
    extent = (size - 1) * dilation + 1
    if layer.settings["padding"] != "same":
        return extent, stride, 0
    return extent, stride, same_padding(layer.input_shape[axis], size, stride, dilation)[0]


# --- of a stored model's training set, in a process of its own -----------------------------


def units_folder(model: StoredModel) -> Path:
    """The folder of a model's top images, whether it exists or not."""
    return model_computation_folder("units", model)


def units_state(model: StoredModel) -> Computation:
    """The state of the search for a model's top images, with the arrays found so far."""
    return read_computation(units_folder(model))


def start_units(model: StoredModel) -> None:
    """Start the search for a model's top images, unless it is done.

    Raises:
        TaskError: the process can't be started.
    """
    start_model_computation("mnist_core.inside.units", "units", model)


def top_images(
    arrays: Mapping[str, NDArray[Any]], network: LayerNetwork, layer: str, unit: int
) -> TopImages:
    """The training images with the largest outputs of a unit.

    Args:
        arrays: of `units_state`.
        layer: the name of one of `responding_layers`.
        unit: the index of a feature map or unit, from 0.
    """
    indices = arrays[f"{layer} rows"][unit]
    positions_in_arrays = np.searchsorted(arrays["rows"], indices)
    images = arrays["images"][positions_in_arrays]
    outputs = network.outputs(images, [layer])[layer][..., unit]  # (k,) or (k, height, width)
    positions = outputs.reshape(len(images), -1).argmax(axis=1)
    return TopImages(
        indices,
        images,
        arrays["labels"][positions_in_arrays],
        arrays[f"{layer} values"][unit],
        tuple(receptive_field(network, layer, int(position)) for position in positions),
    )


def main(folder: Path) -> None:
    """Find the top images that a folder asks for."""

    def work(report: Report) -> dict[str, NDArray[Any]]:
        model = computation_model(folder)
        dataset = model.dataset()
        count = len(dataset.x_train)
        result: dict[str, NDArray[Any]] = {}
        for images_seen, arrays in find_top_images(LayerNetwork.load(model), dataset.x_train):
            indices = [array.ravel() for key, array in arrays.items() if key.endswith(" rows")]
            rows = np.unique(np.concatenate(indices))
            result = {
                **arrays,
                "rows": rows,
                "images": dataset.x_train[rows],
                "labels": dataset.y_train[rows],
                "seen": np.array([images_seen, count]),
            }
            report(
                0.99 * images_seen / count,
                "",
                result if images_seen % STORED_EVERY == 0 else None,
            )
        return result

    run_computation(folder, work)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
