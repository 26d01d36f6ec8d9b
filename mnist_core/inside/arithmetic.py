"""How each number of a layer comes about, from the numbers before it and the layer's weights.

Plain NumPy, one map or unit at a time, so that it can be shown step by step. The tests compare it
with what the network itself gives. The formulas are those of https://keras.io/api/layers.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.models.layers import NetworkLayer
from mnist_core.recipes.kinds import KINDS, Category
from mnist_core.recipes.shapes import pair, same_padding

Floats = NDArray[np.float32]
Pair = tuple[int, int]

# Rules: what kind of arithmetic a layer does.
CONV, DENSE, POOL, GLOBAL_POOL = "conv", "dense", "pool", "global pool"
NORM, BEND, SCALE, FLATTEN, SAME, OTHER = "norm", "bend", "scale", "flatten", "same", "other"
_CATEGORY_RULES = {
    Category.CONVOLUTION: CONV,
    Category.NORMALIZATION: NORM,
    Category.SCALING: SCALE,
    Category.POOLING: POOL,
    Category.GLOBAL_POOLING: GLOBAL_POOL,
    Category.REGULARIZATION: SAME,  # outside of training
}
_NOTHING = np.zeros(0, np.float32)


@dataclass(frozen=True)
class Steps:
    """How one map or unit of a layer comes about, for one image.

    Attributes:
        rule: what kind of arithmetic it is; `other` where only Keras knows it.
        sums: before the activation, float32: `(height, width)` of a layer of maps; of a layer
            without them all of its `(units,)`, as softmax needs all. With its bias.
        values: after the activation, of the same shape; equal to `sums` without one.
        kernel: the weights: `(height, width, maps)` of a convolution, `(inputs,)` of a dense
            unit, else empty.
        bias: what is added to the products; 0 without one.
        activation: its name, or "".
        window, strides, dilation: (down, across) of a sliding window.
        padding: rows above and columns left of the picture that a window may reach, as zeros.
        first: the first map that it reads of those before it; one of several only if the layer
            is in groups.
        largest: whether a pool keeps the largest number; else the mean.
        numbers: further numbers of its formula by name, such as a norm's `mean`.
    """

    rule: str
    sums: Floats = field(repr=False)
    values: Floats = field(repr=False)
    kernel: Floats = field(default_factory=lambda: _NOTHING, repr=False)
    bias: float = 0.0
    activation: str = ""
    window: Pair = (1, 1)
    strides: Pair = (1, 1)
    dilation: Pair = (1, 1)
    padding: Pair = (0, 0)
    first: int = 0
    largest: bool = False
    numbers: Mapping[str, float] = field(default_factory=dict)


def rule_of(layer: NetworkLayer) -> str:
    """The kind of arithmetic that a layer does, or `other`."""
    kind, wide = layer.kind, len(layer.output_shape)
    if layer.settings.get("data_format", "channels_last") != "channels_last" or wide > 3:
        return OTHER
    if kind == "Activation" or (kind in ("Dense", "Conv2D") and layer.activation):
        known = layer.activation in ("", *BENDS) or (layer.activation == SOFTMAX and wide == 1)
        if not known:
            return OTHER
    if kind == "Dense":
        return DENSE if wide == 1 else CONV
    rules = {"Activation": BEND, "Flatten": FLATTEN, "Reshape": SAME, "Identity": SAME}
    if kind in rules or kind not in KINDS:
        return rules.get(kind, OTHER)
    return _CATEGORY_RULES.get(KINDS[kind].category, OTHER)


def passes_on(layer: NetworkLayer) -> bool:
    """Whether it gives the numbers that it gets, in this shape or another."""
    return rule_of(layer) in (SAME, FLATTEN)


def maps_shape(layer: NetworkLayer, shape: tuple[int, ...]) -> tuple[int, ...]:
    """A layer's input or output shape as it is looked at: (height, width, maps) or (units,).

    A picture without maps gets one. A dense layer reads a picture row by row, so its rows are
    pictures of one number a map.
    """
    if len(shape) == 2:
        return (shape[0], 1, shape[1]) if layer.kind == "Dense" else (*shape, 1)
    return shape


def unit_count(layer: NetworkLayer) -> int:
    """How many maps or units a layer gives."""
    return maps_shape(layer, layer.output_shape)[-1]


def steps(layer: NetworkLayer, before: NDArray[Any], unit: int) -> Steps:
    """How a map or unit of a layer comes about.

    Args:
        before: what the layer gets for one image, of shape `layer.input_shape`.
        unit: from 0.
    """
    x = np.asarray(before, np.float32).reshape(maps_shape(layer, layer.input_shape))
    rule = rule_of(layer)
    return _RULES[rule](layer, x, unit)


def bend(values: NDArray[Any], activation: str) -> Floats:
    """An activation function's result, float32; "" and `linear` leave the values.

    Args:
        values: softmax goes over all of them.
    """
    x = np.asarray(values, np.float64)
    if activation == SOFTMAX:
        powers = np.exp(x - x.max())  # so that no power is too large; the shares are the same
        return np.asarray(powers / powers.sum(), np.float32)
    if activation in ("", "linear"):
        return np.asarray(x, np.float32)
    with np.errstate(over="ignore"):
        return np.asarray(BENDS[activation](x), np.float32)


_erf = np.vectorize(math.erf, otypes=[np.float64])
_SELU = 1.0507009873554805, 1.6732632423543772
SOFTMAX = "softmax"
BENDS: dict[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]] = {
    "relu": lambda x: np.maximum(x, 0),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "tanh": np.tanh,
    "elu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    "selu": lambda x: _SELU[0] * np.where(x > 0, x, _SELU[1] * np.expm1(np.minimum(x, 0))),
    "gelu": lambda x: x * (1 + _erf(x / math.sqrt(2))) / 2,
    "silu": lambda x: x / (1 + np.exp(-x)),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.2 * x),
    "softplus": lambda x: np.logaddexp(0, x),
}


# --- one function for each rule -----------------------------------------------------------


def _conv(layer: NetworkLayer, x: Floats, unit: int) -> Steps:
    weights = layer.weights["kernel"]
    if weights.ndim == 2:  # a dense layer on each place of a picture: a window of one
        weights = weights[np.newaxis, np.newaxis]
    height, width, maps, filters = weights.shape
    kernel = weights[..., unit]
    bias = float(layer.weights["bias"][unit]) if "bias" in layer.weights else 0.0
    first = unit // (filters // layer.settings.get("groups", 1)) * maps
    strides = pair(layer.settings.get("strides", 1))
    dilation = pair(layer.settings.get("dilation_rate", 1))
    windows, padding = _windows(
        x[..., first : first + maps], (height, width), strides, dilation, layer, 0.0
    )
    sums = np.tensordot(windows, kernel.transpose(2, 0, 1), 3) + np.float32(bias)
    return Steps(
        CONV,
        np.asarray(sums, np.float32),
        bend(sums, layer.activation),
        kernel,
        bias,
        layer.activation,
        (height, width),
        strides,
        dilation,
        padding,
        first,
    )


def _dense(layer: NetworkLayer, x: Floats, unit: int) -> Steps:
    weights = layer.weights["kernel"]
    biases = layer.weights.get("bias", np.zeros(weights.shape[1], np.float32))
    sums = x @ weights + biases
    return Steps(
        DENSE,
        sums,
        bend(sums, layer.activation),
        weights[:, unit],
        float(biases[unit]),
        layer.activation,
    )


def _pool(layer: NetworkLayer, x: Floats, unit: int) -> Steps:
    largest = layer.kind == "MaxPooling2D"
    window = pair(layer.settings["pool_size"])
    strides = pair(layer.settings.get("strides") or window)
    part = x[..., unit : unit + 1]
    # What lies outside of the picture doesn't count: it is never the largest, nor in a mean.
    outside = -np.inf if largest else np.nan
    windows, padding = _windows(part, window, strides, (1, 1), layer, outside)
    told = windows.max(axis=(2, 3, 4)) if largest else np.nanmean(windows, axis=(2, 3, 4))
    values = np.asarray(told, np.float32)
    return Steps(
        POOL, values, values, window=window, strides=strides, padding=padding, largest=largest
    )


def _global_pool(layer: NetworkLayer, x: Floats, unit: int) -> Steps:
    largest = layer.kind == "GlobalMaxPooling2D"
    values = x.max(axis=(0, 1)) if largest else x.mean(axis=(0, 1))
    return Steps(GLOBAL_POOL, values, values, window=(x.shape[0], x.shape[1]), largest=largest)


def _norm(layer: NetworkLayer, x: Floats, unit: int) -> Steps:
    weights, plain = layer.weights, {"gamma": 1.0, "beta": 0.0}
    size = x.shape[-1]
    gamma, beta, mean, variance = (
        weights.get(name, np.full(size, plain.get(name, 0.0), np.float32))
        for name in ("gamma", "beta", "moving_mean", "moving_variance")
    )
    epsilon = float(layer.settings.get("epsilon", 1e-3))
    values = gamma * (x - mean) / np.sqrt(variance + np.float32(epsilon)) + beta
    values = np.asarray(values if x.ndim == 1 else values[..., unit], np.float32)
    return Steps(
        NORM,
        values,
        values,
        numbers={
            "mean": float(mean[unit]),
            "variance": float(variance[unit]),
            "epsilon": epsilon,
            "gamma": float(gamma[unit]),
            "beta": float(beta[unit]),
        },
    )


def _bend(layer: NetworkLayer, x: Floats, unit: int) -> Steps:
    sums = _own(x, unit)
    return Steps(BEND, sums, bend(sums, layer.activation), activation=layer.activation)


def _scale(layer: NetworkLayer, x: Floats, unit: int) -> Steps:
    numbers = {name: float(layer.settings[name]) for name in ("scale", "offset")}
    values = _own(x, unit) * np.float32(numbers["scale"]) + np.float32(numbers["offset"])
    return Steps(SCALE, values, values, numbers=numbers)


def _flatten(layer: NetworkLayer, x: Floats, unit: int) -> Steps:
    return Steps(FLATTEN, x.reshape(-1), x.reshape(-1))


def _same(layer: NetworkLayer, x: Floats, unit: int) -> Steps:
    values = _own(x.reshape(maps_shape(layer, layer.output_shape)), unit)
    rate = layer.settings.get("rate")
    return Steps(SAME, values, values, numbers={} if rate is None else {"rate": float(rate)})


def _other(layer: NetworkLayer, x: Floats, unit: int) -> Steps:
    return Steps(OTHER, _NOTHING, _NOTHING)


_RULES: dict[str, Callable[[NetworkLayer, Floats, int], Steps]] = {
    CONV: _conv,
    DENSE: _dense,
    POOL: _pool,
    GLOBAL_POOL: _global_pool,
    NORM: _norm,
    BEND: _bend,
    SCALE: _scale,
    FLATTEN: _flatten,
    SAME: _same,
    OTHER: _other,
}


def _own(x: Floats, unit: int) -> Floats:
    """The unit's map; of units without maps, all."""
    return x if x.ndim == 1 else x[..., unit]


def _windows(
    x: Floats, window: Pair, strides: Pair, dilation: Pair, layer: NetworkLayer, outside: float
) -> tuple[Floats, Pair]:
    """All windows of a picture `(height, width, maps)` and the (rows, columns) put before it.

    Returns:
        `(down, across, maps, window height, window width)`. With `same` padding the picture is
        widened as TensorFlow does it: evenly, an odd row or column at the end.
    """
    reach = [(size - 1) * step + 1 for size, step in zip(window, dilation, strict=True)]
    edges = [(0, 0), (0, 0)]
    if layer.settings.get("padding", "valid") == "same":
        edges = [
            same_padding(x.shape[axis], window[axis], strides[axis], dilation[axis])
            for axis in (0, 1)
        ]
    wide = np.pad(x, (*edges, (0, 0)), constant_values=outside)
    windows = np.lib.stride_tricks.sliding_window_view(wide, reach, axis=(0, 1))
    windows = windows[:: strides[0], :: strides[1], :, :: dilation[0], :: dilation[1]]
    return windows, (edges[0][0], edges[1][0])
