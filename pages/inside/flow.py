"""The flow of one image through a network: every layer's output as pictures and lit points."""

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.inside.arithmetic import feature_maps_shape, passes_values
from mnist_core.models.layers import LayerNetwork
from mnist_core.models.litert import PIXELS
from pages.components.assets import component
from pages.inside.words import in_short, in_words

_FLOW = component("network_flow", __file__, '<div class="inside flow"></div>')


def flow(
    network: LayerNetwork,
    outputs: Mapping[str, NDArray[np.float32]],
    names: list[str],
    *,
    common: bool,
    of: str,
    key: str,
) -> tuple[str, int | None] | None:
    """Every layer's output for one image, as pictures.

    Args:
        outputs: by layer's name, with `pixels`, without the batch: `layer.output_shape`.
        names: of the answers, such as "digit 0".
        common: one scale of colours for all layers, else one for each.
        of: what network it is; another one is drawn anew.

    Returns:
        The layer that was clicked just now, and the map or unit (None: the layer as a whole).
    """
    rows: list[dict[str, Any]] = [
        {
            "name": PIXELS,
            "kind": "",
            "words": "the image: 28 x 28, from 0 paper to 255 ink",
            "opens": False,
            **_picture(outputs[PIXELS], (28, 28, 1)),
        }
    ]
    for layer in network.layers:
        row = {"name": layer.name, "kind": layer.kind, "opens": True}
        if passes_values(layer):  # the same numbers as before: no picture
            row["words"] = in_words(layer)
        else:
            shape = feature_maps_shape(layer, layer.output_shape)
            row |= {"words": in_short(layer), **_picture(outputs[layer.name], shape)}
        if layer is network.layers[-1]:
            row["answer"] = names
        rows.append(row)
    data = {"id": of, "image": _digest(outputs[PIXELS]), "common": common, "layers": rows}
    result = _FLOW(key=key, data=data, on_opened_change=lambda: None)
    opened = result.get("opened")
    return (opened["layer"], opened["unit"]) if opened else None


def _picture(values: NDArray[np.float32], shape: tuple[int, ...]) -> dict[str, Any]:
    """Numbers as 65,536 levels from the lowest to the highest: a fifth digit that none sees."""
    low, high = float(values.min()), float(values.max())
    levels = np.rint((values - low) / max(high - low, 1e-30) * 65535).astype("<u2")
    return {"shape": shape, "levels": encoded(levels), "low": low, "high": high}


def encoded(values: NDArray[Any]) -> str:
    """An array's bytes in C order as text."""
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode("ascii")


def _digest(image: NDArray[np.float32]) -> str:
    """Tells one image from another, for tests of what is on the screen."""
    return f"{int(image.sum())}"
