"""One layer for one image: what it gives, and how any number of it comes about."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from mnist_core.i18n import _
from mnist_core.inside.arithmetic import (
    Rule,
    feature_maps_shape,
    passes_values,
    rule_of,
    unit_arithmetic,
)
from mnist_core.models.layers import LayerNetwork, NetworkLayer
from mnist_core.models.litert import PIXELS
from pages.components.assets import component
from pages.inside.flow import encoded
from pages.inside.words import ACTIVATIONS

_VIEW = component(
    "layer_view",
    __file__,
    """<div class="inside"><div class="large">
<div class="input"><div class="name"></div><canvas></canvas></div>
<div class="output"><div class="name"></div><canvas tabindex="0" role="application"></canvas>
<small></small></div></div>
<div class="explanation" aria-live="polite"></div>
<div class="sheet"><div class="head"><span><span></span> <small></small></span>
<span class="legend"></span></div><canvas></canvas></div>
<div class="inputs"><div class="head"><span><span></span> <small></small></span></div>
<canvas></canvas></div></div>""",
)


def layer_view(
    network: LayerNetwork,
    layer: NetworkLayer,
    unit: int,
    outputs: Mapping[str, NDArray[np.float32]],
    names: list[str],
    *,
    pixel: tuple[int, int] | None = None,
    of: str,
    key: str,
) -> tuple[int, tuple[int, int]] | None:
    """A layer's output for one image, a map or unit of it large, and its arithmetic.

    Args:
        outputs: see `pages.inside.flow.flow`; those of this layer and of the one before it.
        names: of the answers, such as "digit 0".
        pixel: (row, column) of the map whose arithmetic is shown at first; None is the pixel
            with the largest output.
        of: what network it is.

    Returns:
        The map or unit that was clicked just now, and the pixel of it.
    """
    arithmetic = unit_arithmetic(layer, outputs[layer.before], unit)
    data = {
        "id": f"{of} {layer.name} {unit} {pixel}",
        "pixel": pixel,
        "image": str(int(outputs[PIXELS].sum())),
        "name": layer.name,
        "before_name": layer.before,
        "unit": unit,
        "rule": arithmetic.rule,
        "shape": feature_maps_shape(layer, layer.output_shape),
        "reads": feature_maps_shape(layer, layer.input_shape),
        "source": source_shape(network, layer),
        "names": names if layer is network.layers[-1] else None,
        "before": encoded(outputs[layer.before].astype("<f4")),
        "after": encoded(outputs[layer.name].astype("<f4")),
        "kernel": encoded(arithmetic.kernel.astype("<f4")),
        "sums": encoded(arithmetic.pre_activations.astype("<f4")),
        "bias": arithmetic.bias,
        "has_bias": "bias" in layer.weights,
        "activation": arithmetic.activation,
        "activation_words": _(ACTIVATIONS.get(arithmetic.activation, "")),
        "window": arithmetic.window,
        "strides": arithmetic.strides,
        "dilation": arithmetic.dilation,
        "padding": arithmetic.padding,
        "first": arithmetic.first_channel,
        "largest": arithmetic.is_max,
        "numbers": dict(arithmetic.constants),
    }
    result = _VIEW(key=key, data=data, on_chosen_change=lambda: None)
    chosen = result.get("chosen")
    return (chosen["unit"], (chosen["row"], chosen["column"])) if chosen else None


def source_shape(network: LayerNetwork, layer: NetworkLayer) -> tuple[int, ...]:
    """The shape in which a layer's inputs were before they were laid out in a row."""
    shape = feature_maps_shape(layer, layer.input_shape)
    by_name = {layer.name: layer for layer in network.layers}
    before = by_name.get(layer.before)
    while len(shape) == 1 and before and passes_values(before):
        if rule_of(before) == Rule.FLATTEN:
            return feature_maps_shape(before, before.input_shape)
        before = by_name.get(before.before)
    return shape
