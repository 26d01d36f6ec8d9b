"""A network's features of an image: the input of its last layer.

The last layer only separates the classes. Its input, computed by all layers before it, tells what
the image looks like to the network: images with similar features are similar to the network,
however their pixels differ.

Those of a whole training set take half a minute. They are computed once, in a process of its own,
and stored in a file that is read a part at a time (`mnist_core.system.computations`).
"""

import io
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import array_sha256
from mnist_core.data.readers.npz import read_npy_rows
from mnist_core.errors import DataError, ModelError
from mnist_core.i18n import Text
from mnist_core.inside.arithmetic import passes_values
from mnist_core.models.computations import network_digests
from mnist_core.models.layer_weights import decode_layers, encode_layers, load_layers
from mnist_core.models.layers import LayerNetwork
from mnist_core.models.litert import PIXELS
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

FEATURES_FILE = "features.npy"
IMAGES_FILE, LAYERS_FILE, WEIGHTS_FILE = "images.npy", "layers.tflite", "weights.safetensors"
PART = 1000  # images between two reports
MAX_FLOAT16 = 65504.0


def feature_layer(network: LayerNetwork) -> str:
    """The name of the layer whose output is the features: the input of the last layer.

    Layers that only pass their input on are skipped.
    """
    name = network.layers[-1].before
    while name != PIXELS and passes_values(network.layer(name)):
        name = network.layer(name).before
    return name


def compute_features(network: LayerNetwork, images: NDArray[Any]) -> NDArray[np.float16]:
    """Compute the features of images.

    Of feature maps, the features are the means over the image: they compare images as well as
    all positions do, with far fewer numbers.

    Args:
        images: `(n, 28, 28)`, 0 paper to 255 ink.

    Returns:
        `(n, d)` float16, where d is the number of the layer's units or feature maps.

    Raises:
        ModelError: a feature is not finite, as after a training that diverged.
    """
    name = feature_layer(network)
    parts = [_flat(outputs[name]) for _, outputs in network.stream(images, [name])]
    if not parts:
        return _flat(network.outputs(np.zeros((1, 28, 28)), [name])[name])[:0]
    features = np.concatenate(parts)
    if not np.isfinite(features).all():
        raise ModelError(
            Text(
                "The outputs of the network's layer {layer!r} are not finite for some images. "
                "Train it again with a smaller learning rate.",
                layer=name,
            )
        )
    return features


def _flat(outputs: NDArray[np.float32]) -> NDArray[np.float16]:
    if outputs.ndim == 4 and outputs.shape[-1] > 1:
        outputs = outputs.mean(axis=(1, 2))
    flat = outputs.reshape(len(outputs), -1)
    return np.clip(flat, -MAX_FLOAT16, MAX_FLOAT16).astype(np.float16)


# --- of a whole training set, in a process of its own --------------------------------------


def features_folder(model: StoredModel, images: NDArray[np.uint8]) -> Path:
    """The folder of a network's features of these images, whether it exists or not."""
    about = f"{network_digests(model)} {array_sha256(images)}"
    return computation_folder("features", about.encode())


def features_state(folder: Path) -> Computation:
    """The state of computing the features of a folder."""
    return read_computation(folder)


def start_features(model: StoredModel, images: NDArray[np.uint8]) -> None:
    """Start computing a network's features of images, unless that is done.

    Args:
        images: `(n, 28, 28)` uint8, 0 paper to 255 ink.

    Raises:
        ModelError: the model's files are missing, cut or altered, or it has no `layers`.
        TaskError: the process can't be started.
    """
    content = io.BytesIO()
    np.save(content, images)
    inputs = {
        IMAGES_FILE: content.getvalue(),
        LAYERS_FILE: model.read("layers"),
        WEIGHTS_FILE: encode_layers(load_layers(model)),
    }
    start_computation("mnist_core.inside.features", features_folder(model, images), inputs)


def load_features(folder: Path, rows: NDArray[np.intp]) -> NDArray[np.float16] | None:
    """The features of some images, `(len(rows), d)`; None if they aren't there yet.

    Those of all images can be larger than what fits in memory, so only these are read.

    Args:
        rows: which of the images that the features were computed of.
    """
    if not read_computation(folder).finished:
        return None
    try:
        return read_npy_rows(folder / FEATURES_FILE, rows)
    except DataError:
        with suppress(OSError):  # so that they can be computed again
            (folder / RESULT).unlink(missing_ok=True)
        return None


def main(folder: Path) -> None:
    """Compute the features that a folder asks for."""

    def work(report: Report) -> dict[str, NDArray[Any]]:
        images = np.load(folder / IMAGES_FILE, mmap_mode="r")
        network = LayerNetwork(
            (folder / LAYERS_FILE).read_bytes(),
            decode_layers((folder / WEIGHTS_FILE).read_bytes()),
        )
        width = compute_features(network, images[:1]).shape[1]
        features = np.lib.format.open_memmap(
            folder / FEATURES_FILE, mode="w+", dtype=np.float16, shape=(len(images), width)
        )
        for start in range(0, len(images), PART):
            part = slice(start, start + PART)
            features[part] = compute_features(network, np.asarray(images[part]))
            report(0.99 * (start + PART) / (len(images) + PART), "computes the features")
        features.flush()
        for name in (IMAGES_FILE, LAYERS_FILE, WEIGHTS_FILE):
            (folder / name).unlink()
        return {"shape": np.array(features.shape)}

    run_computation(folder, work)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
