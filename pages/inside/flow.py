"""The flow of one image through a network: every layer's output as pictures and lit points."""

import base64
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mnist_core.i18n import _, language
from mnist_core.inside.arithmetic import feature_maps_shape, passes_values
from mnist_core.models.layers import LayerNetwork, NetworkLayer
from mnist_core.models.litert import PIXELS
from mnist_core.recipes.kinds import KINDS, Category
from pages.components.assets import component
from pages.inside.words import in_short, in_words

STRONGEST = 16  # feature maps of a layer that are shown at first


class Opened(NamedTuple):
    """What was clicked: a layer, and perhaps a map or unit of it, and a pixel of the map."""

    layer: str
    unit: int | None
    row: int | None
    column: int | None


_FLOW = component("network_flow", __file__, '<div class="inside flow"></div>')


def flow(
    network: LayerNetwork,
    outputs: Mapping[str, NDArray[np.float32]],
    names: list[str],
    *,
    common: bool,
    everything: bool,
    of: str,
    key: str,
) -> Opened | None:
    """Every layer's output for one image, as pictures.

    Args:
        outputs: by layer's name, with `pixels`, without the batch: `layer.output_shape`.
        names: of the answers, such as "digit 0".
        common: one scale of colours for all layers, else one for each.
        everything: all layers and feature maps; else a normalization and an activation are shown
            with the convolution before them, and of many feature maps the strongest.
        of: what network it is; another one is drawn anew.

    Returns:
        What was clicked just now.
    """
    rows: list[dict[str, Any]] = [
        {
            "name": PIXELS,
            "kind": "",
            "words": _("the image: 28 x 28, from 0 paper to 255 ink"),
            "opens": False,
            **_picture(outputs[PIXELS], (28, 28, 1)),
        }
    ]
    for group in groups(network, everything):
        layer = group[-1]
        kinds = " + ".join(member.kind for member in group)
        row: dict[str, Any] = {"name": layer.name, "kind": kinds, "opens": True}
        if passes_values(layer):  # the same numbers as before: no picture
            row["words"] = in_words(layer)
        else:
            shape, values = feature_maps_shape(layer, layer.output_shape), outputs[layer.name]
            words = [in_short(member) for member in group]
            activations = [member.activation for member in group[1:] if member.activation]
            row["words"] = " · ".join([words[0], *activations])
            if not everything and len(shape) == 3 and shape[2] > STRONGEST:
                values = values.reshape(shape)
                units = np.sort(np.argsort(-np.abs(values).mean(axis=(0, 1)))[:STRONGEST])
                row["units"], values = units.tolist(), values[..., units]
                row["words"] += " · " + _(
                    "the {shown} strongest of {count} feature maps",
                    shown=STRONGEST,
                    count=shape[2],
                )
                shape = (*shape[:2], STRONGEST)
            row |= _picture(values, shape)
        if layer is network.layers[-1]:
            row["answer"] = names
        rows.append(row)
    identity = f"{of}:all" if everything else of
    data = {
        "id": identity,
        "language": language(),  # another one is drawn anew, too
        "image": _digest(outputs[PIXELS]),
        "common": common,
        "layers": rows,
    }
    result = _FLOW(key=key, data=data, on_opened_change=lambda: None)
    opened = result.get("opened")
    return Opened(**opened) if opened else None


def groups(network: LayerNetwork, everything: bool) -> list[list[NetworkLayer]]:
    """The layers, each normalization and activation together with the layer that it follows."""
    grouped: list[list[NetworkLayer]] = []
    for layer in network.layers:
        kind = KINDS.get(layer.kind)
        follows = kind and kind.category in (Category.NORMALIZATION, Category.ACTIVATION)
        before = KINDS.get(grouped[-1][0].kind) if grouped else None
        weighs = before and before.category in (Category.CONVOLUTION, Category.DENSE)
        if follows and weighs and not everything:
            grouped[-1].append(layer)
        else:
            grouped.append([layer])
    return grouped


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
