"""The layers of a network and their weights: read and written without Keras.

A stored model has them in a file of its own in the safetensors format
(https://huggingface.co/docs/safetensors), which programs in other languages read too:

    8 bytes      length of the header, little-endian
    header       JSON: for each weight, such as "conv2d_1/kernel", its dtype (F32), its shape and
                 where its numbers begin and end; under "__metadata__", "layers": JSON text of
                 [{"name": ..., "kind": ..., "settings": {...}, "weights": [names]}, ...]
    numbers      float32, little-endian, in C order

Of models that were stored before there was such a file, they are read from the `.keras` file.
"""

import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.errors import ModelError
from mnist_core.i18n import Text
from mnist_core.models.store import StoredModel

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class LayerDefinition:
    """A layer of a network, without its place in it.

    Attributes:
        name: its own, such as `conv2d_1`.
        kind: the name of its class in `keras.layers`.
        settings: its configuration, as Keras writes it.
        weights: float32 arrays by Keras's names, in Keras's order. `kernel` is (height, width,
            input channels, filters) in a Conv2D layer and (inputs, units) in a Dense layer.
    """

    name: str
    kind: str
    settings: Mapping[str, Any]
    weights: Mapping[str, NDArray[np.float32]] = field(repr=False)


def load_layers(model: StoredModel) -> list[LayerDefinition]:
    """The layers of a stored model, from the input to the answer.

    Raises:
        ModelError: its file is missing, cut or altered.
    """
    if model.has("weights"):
        return decode_layers(model.read("weights"))
    return read_keras_file(model.read("keras"))


def define_layers(model: "keras.Model") -> list[LayerDefinition]:
    """The layers of a Keras model, without its input layer."""
    layers = []
    for config in _layer_configs(json.loads(model.to_json())):
        name = config["config"]["name"]
        weights = {
            weight.path.removeprefix(f"{name}/"): np.asarray(weight, np.float32)
            for weight in model.get_layer(name).weights
        }
        layers.append(LayerDefinition(name, config["class_name"], config["config"], weights))
    return layers


def encode_layers(
    layers: Iterable[LayerDefinition], metadata: Mapping[str, str] | None = None
) -> bytes:
    """The content of a safetensors file with these layers; see the module's description.

    Args:
        metadata: texts that are put beside `layers` under "__metadata__".
    """
    from safetensors.numpy import save

    layers = list(layers)
    described = [
        {
            "name": layer.name,
            "kind": layer.kind,
            "settings": dict(layer.settings),
            "weights": list(layer.weights),
        }
        for layer in layers
    ]
    tensors = {
        f"{layer.name}/{name}": np.ascontiguousarray(weights)
        for layer in layers
        for name, weights in layer.weights.items()
    }
    return save(tensors, {"layers": json.dumps(described), **(metadata or {})})


def decode_layers(content: bytes) -> list[LayerDefinition]:
    """The layers in a file that `encode_layers` made.

    Raises:
        ModelError: the content is no such file.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        tensors = load(content)
        header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
        return [
            LayerDefinition(
                layer["name"],
                layer["kind"],
                layer["settings"],
                {name: tensors[f"{layer['name']}/{name}"] for name in layer["weights"]},
            )
            for layer in json.loads(header["__metadata__"]["layers"])
        ]
    except (SafetensorError, KeyError, ValueError, TypeError) as error:
        raise ModelError(
            Text("The file of the network's weights can't be read ({error}).", error=repr(error))
        ) from error


# --- from `.keras` files ------------------------------------------------------------------

_WEIGHTS = {
    "Dense": ("kernel", "bias"),
    "Conv2D": ("kernel", "bias"),
    "BatchNormalization": ("gamma", "beta", "moving_mean", "moving_variance"),
}


def read_keras_file(content: bytes) -> list[LayerDefinition]:
    """The layers in a `.keras` file, which is a zip of a JSON and an HDF5 file.

    Of layer kinds other than Conv2D, Dense and BatchNormalization, the weights are called
    `weights 1`, `weights 2` and so on, as the file doesn't name them.

    Raises:
        ModelError: the content is no such file.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as file:
            configs = _layer_configs(json.loads(file.read("config.json")))
            arrays = _read_arrays(file.read("model.weights.h5"))
        return [
            LayerDefinition(
                config["config"]["name"],
                config["class_name"],
                config["config"],
                _named(config, arrays.get(config["config"]["name"], [])),
            )
            for config in configs
        ]
    except (OSError, EOFError, KeyError, ValueError, TypeError, zipfile.BadZipFile) as error:
        raise ModelError(
            Text("The network's .keras file can't be read ({error}).", error=repr(error))
        ) from error


def _layer_configs(model_config: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What Keras writes of each layer of a model, without its input layer."""
    layers = model_config["config"]["layers"]
    return [layer for layer in layers if layer["class_name"] != "InputLayer"]


def _read_arrays(content: bytes) -> dict[str, list[NDArray[np.float32]]]:
    """Each layer's weights by the layer's name, in Keras's order."""
    import h5py

    arrays: dict[str, list[NDArray[np.float32]]] = {}
    with h5py.File(io.BytesIO(content), "r") as file:
        for group in file["layers"].values():
            variables = group["vars"]
            arrays[str(variables.attrs["name"])] = [
                np.asarray(variables[str(index)], np.float32) for index in range(len(variables))
            ]
    return arrays


def _named(
    config: Mapping[str, Any], weights: Sequence[NDArray[np.float32]]
) -> dict[str, NDArray[np.float32]]:
    settings = config["config"]
    missing = {
        "bias": not settings.get("use_bias", True),
        "gamma": not settings.get("scale", True),
        "beta": not settings.get("center", True),
    }
    names = [name for name in _WEIGHTS.get(config["class_name"], ()) if not missing.get(name)]
    if len(names) != len(weights):
        names = [f"weights {number}" for number in range(1, len(weights) + 1)]
    return dict(zip(names, weights, strict=True))
