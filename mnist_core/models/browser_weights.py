"""A network as a file for browsers, which `models/browser/engine.js` runs.

The file has the safetensors format of `mnist_core.models.layer_weights`. Of each layer's settings,
only those that its arithmetic depends on are in it. `docs/browser.md` describes the file.
"""

import dataclasses
import json
from collections.abc import Iterable, Mapping
from typing import Any

from mnist_core.drawing.segmentation import REFUSED
from mnist_core.errors import ModelError
from mnist_core.i18n import Text
from mnist_core.models.layer_weights import LayerDefinition, encode_layers, load_layers
from mnist_core.models.store import StoredModel
from mnist_core.recipes.trace import ACTIVATIONS

_POOLING = ("pool_size", "strides", "padding")

# The layer kinds that the engine runs, and the settings that it reads.
SETTINGS: dict[str, tuple[str, ...]] = {
    "Conv2D": ("strides", "padding", "dilation_rate", "activation"),
    "MaxPooling2D": _POOLING,
    "AveragePooling2D": _POOLING,
    "GlobalMaxPooling2D": ("keepdims",),
    "GlobalAveragePooling2D": ("keepdims",),
    "Dense": ("activation",),
    "BatchNormalization": ("epsilon",),
    "Activation": ("activation",),
    "ReLU": ("max_value", "negative_slope", "threshold"),
    "LeakyReLU": ("negative_slope",),
    "ELU": ("alpha",),
    "PReLU": (),
    "Rescaling": ("scale", "offset"),
    "Flatten": (),
    "Reshape": ("target_shape",),
    "Permute": ("dims",),
    "Identity": (),
    "Dropout": (),
    "SpatialDropout2D": (),
    "GaussianNoise": (),
    "GaussianDropout": (),
    "AlphaDropout": (),
}


def encode_network(model: StoredModel) -> bytes:
    """A stored network as a file for the engine.

    Raises:
        ModelError: its files are damaged, or the engine doesn't know one of its layers.
    """
    card = model.card
    about = {
        "name": model.name,
        "title": model.recipe.title,
        "data": model.data_name,
        "accuracy": model.evaluation.accuracy,
        "created": str(card["created"])[:10],
        "class_names": list(model.class_names),
        "nondigits": bool(model.recipe.nondigits),
        "temperature": float(card["calibration"]["temperature"]),
        "refused": REFUSED,
    }
    return encode_for_browser(load_layers(model), about)


def encode_for_browser(layers: Iterable[LayerDefinition], about: Mapping[str, Any]) -> bytes:
    """Layers as a file for the engine.

    Args:
        layers: from the input to the answer.
        about: put into the file as JSON under `network`; `Network.recognize` needs its
            `temperature` and `refused`.

    Raises:
        ModelError: the engine doesn't know a layer's kind or one of its settings.
    """
    return encode_layers(map(_for_browser, layers), {"network": json.dumps(about)})


def _for_browser(layer: LayerDefinition) -> LayerDefinition:
    settings = layer.settings
    activation = settings.get("activation", "linear")
    if (
        layer.kind not in SETTINGS
        or activation not in ACTIVATIONS
        or settings.get("data_format") == "channels_first"
        or (layer.kind == "BatchNormalization" and settings["axis"] not in (-1, [-1], 3, [3]))
    ):
        raise ModelError(
            Text(
                "The layer {name} ({kind}) can't run in a browser yet. Expected one of the kinds "
                "{kinds} with one of the activations {activations}, and channels last.",
                name=layer.name,
                kind=layer.kind,
                kinds=", ".join(SETTINGS),
                activations=", ".join(ACTIVATIONS),
            )
        )
    return dataclasses.replace(
        layer, settings={name: settings.get(name) for name in SETTINGS[layer.kind]}
    )
