"""What a network makes of an image before it decides: its features.

The last layer of a network only draws borders between the digits. What it gets, the outcome of
all layers before it, says what the network thinks an image is like: two images with like features
are alike to the network, however their pixels differ.

Those of a whole training set take a network half a minute. They are computed once, in a process
of its own, and kept as a file that is read a part at a time (`mnist_core.system.computations`).
"""

import io
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import array_sha256
from mnist_core.errors import ModelError
from mnist_core.inside.arithmetic import passes_on
from mnist_core.models.computations import network_digests
from mnist_core.models.layers import PIXELS, LayerNetwork
from mnist_core.models.store import StoredModel
from mnist_core.system.computations import (
    RESULT,
    Computation,
    Report,
    computation_folder,
    read_computation,
    run_computation,
    start_computation,
)
from mnist_core.system.files import READ_ERRORS

FILE = "features.npy"
LARGEST = 65504.0  # of float16


def feature_layer(network: LayerNetwork) -> str:
    """The name of the layer whose output is the features: what the last layer decides by."""
    name = network.layers[-1].before
    while name != PIXELS and passes_on(network.layer(name)):
        name = network.layer(name).before
    return name


def features(network: LayerNetwork, images: NDArray[Any]) -> NDArray[np.float16]:
    """The features of images.

    Of maps (what a convolution gives), how strong each is on average over the picture: it tells
    alike images as well as all their pixels do, in far fewer numbers.

    Args:
        images: `(n, 28, 28)`, 0 paper to 255 ink.

    Returns:
        `(n, d)` float16; d is the number of the layer's units or maps.

    Raises:
        ModelError: the network gives something that is no number, as after a training that failed.
    """
    name = feature_layer(network)
    parts = [_flat(given[name]) for _, given in network.stream(images, [name])] or [
        _flat(network.outputs(np.zeros((1, 28, 28)), [name])[name])[:0]
    ]
    given = np.concatenate(parts)
    if not np.isfinite(given).all():
        raise ModelError(
            f"What the network's layer {name!r} gives is not a number for some images. It can't be "
            "used; train it again with a smaller learning rate."
        )
    return given


def _flat(values: NDArray[np.float32]) -> NDArray[np.float16]:
    if values.ndim == 4 and values.shape[-1] > 1:
        values = values.mean(axis=(1, 2))
    flat = values.reshape(len(values), -1)
    return np.clip(flat, -LARGEST, LARGEST).astype(np.float16)


# --- of a whole training set, kept ---------------------------------------------------------


def features_folder(model: StoredModel, images: NDArray[np.uint8]) -> Path:
    """Where a network's features of these images are kept, whether they are there or not."""
    about = f"{network_digests(model)} {array_sha256(images)}"
    return computation_folder("features", about.encode())


def look_at_features(folder: Path) -> Computation:
    """How far the features of a folder are."""
    return read_computation(folder)


def start_features(model: StoredModel, images: NDArray[np.uint8]) -> None:
    """Let a process of its own compute a network's features of images, unless they are there.

    Raises:
        ModelError: the model's files are missing, cut or altered, or it has no `layers`.
        TaskError: it can't be started.
    """
    content = io.BytesIO()
    np.save(content, images)
    inputs = {
        "images.npy": content.getvalue(),
        "layers.tflite": model.read("layers"),
        "model.keras": model.read("keras"),
    }
    start_computation("mnist_core.inside.features", features_folder(model, images), inputs)


def kept_features(folder: Path) -> NDArray[np.float16] | None:
    """The features of a folder, `(n, d)`, or None where they are not there yet.

    They lie on the disk and are read where they are used: let go of them after that, and so of
    the memory.
    """
    if not read_computation(folder).finished:
        return None
    try:
        return np.asarray(np.lib.format.open_memmap(folder / FILE, mode="r"))
    except READ_ERRORS:
        (folder / RESULT).unlink(missing_ok=True)  # so that it can be computed anew
        return None


def main(folder: Path) -> None:
    """Compute the features that a folder asks for."""

    def work(report: Report) -> dict[str, NDArray[Any]]:
        images = np.load(folder / "images.npy", mmap_mode="r")
        network = LayerNetwork(
            (folder / "layers.tflite").read_bytes(), (folder / "model.keras").read_bytes()
        )
        width = features(network, images[:1]).shape[1]
        kept = np.lib.format.open_memmap(
            folder / FILE, mode="w+", dtype=np.float16, shape=(len(images), width)
        )
        step = 1000
        for start in range(0, len(images), step):
            kept[start : start + step] = features(network, np.asarray(images[start : start + step]))
            report(0.99 * (start + step) / (len(images) + step), "asks the network")
        kept.flush()
        for name in ("images.npy", "layers.tflite", "model.keras"):
            (folder / name).unlink()
        return {"shape": np.array(kept.shape)}

    run_computation(folder, work)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
