"""How each number of a layer is computed from the layer's input and its weights.

Plain NumPy, one feature map or unit at a time, so that it can be shown step by step. The tests
compare it with the output of the network itself. The formulas are those of
https://keras.io/api/layers.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mnist_core.inside.activation_functions import ELEMENTWISE, SOFTMAX, apply_activation
from mnist_core.models.layers import NetworkLayer
from mnist_core.recipes.kinds import KINDS, Category
from mnist_core.recipes.shapes import pair, same_padding

Floats = NDArray[np.float32]
Pair = tuple[int, int]


class Rule(StrEnum):
    """The kind of arithmetic that a layer does."""

    CONVOLUTION = "conv"
    DENSE = "dense"
    POOLING = "pool"
    GLOBAL_POOLING = "global pool"
    NORMALIZATION = "norm"
    ACTIVATION = "activation"
    SCALING = "scale"
    FLATTEN = "flatten"
    IDENTITY = "same"
    OTHER = "other"  # only Keras knows it


_RULE_OF_KIND = {
    "Activation": Rule.ACTIVATION,
    "Flatten": Rule.FLATTEN,
    "Reshape": Rule.IDENTITY,
    "Identity": Rule.IDENTITY,
}
_RULE_OF_CATEGORY = {
    Category.CONVOLUTION: Rule.CONVOLUTION,
    Category.NORMALIZATION: Rule.NORMALIZATION,
    Category.SCALING: Rule.SCALING,
    Category.POOLING: Rule.POOLING,
    Category.GLOBAL_POOLING: Rule.GLOBAL_POOLING,
    Category.REGULARIZATION: Rule.IDENTITY,  # outside of training
}
_EMPTY = np.zeros(0, np.float32)


@dataclass(frozen=True)
class UnitArithmetic:
    """How one feature map or unit of a layer is computed for one image.

    Attributes:
        rule: the kind of arithmetic.
        pre_activations: float32, the values before the activation function, with the bias:
            `(height, width)` in a layer of feature maps; otherwise those of all units,
            `(units,)`, as softmax needs all. Empty for `Rule.OTHER`.
        values: after the activation function, of the same shape.
        kernel: the weights: `(height, width, input channels)` of a convolution, `(inputs,)` of a
            dense unit, otherwise empty.
        bias: 0 without one.
        activation: the name of the activation function, or "".
        window, strides, dilation: (vertical, horizontal) of a sliding window.
        padding: the rows of zeros above and the columns of zeros left of the input.
        first_channel: the first input channel that it reads; not 0 only in grouped convolutions.
        is_max: whether pooling takes the maximum; otherwise it takes the mean.
        constants: further numbers in its formula by name, such as `mean` of a normalization.
    """

    rule: Rule
    pre_activations: Floats = field(repr=False)
    values: Floats = field(repr=False)
    kernel: Floats = field(default_factory=lambda: _EMPTY, repr=False)
    bias: float = 0.0
    activation: str = ""
    window: Pair = (1, 1)
    strides: Pair = (1, 1)
    dilation: Pair = (1, 1)
    padding: Pair = (0, 0)
    first_channel: int = 0
    is_max: bool = False
    constants: Mapping[str, float] = field(default_factory=dict)


def rule_of(layer: NetworkLayer) -> Rule:
    """The kind of arithmetic that a layer does."""
    kind, dimensions = layer.kind, len(layer.output_shape)
    channels_last = layer.settings.get("data_format", "channels_last") == "channels_last"
    if not channels_last or dimensions > 3:
        return Rule.OTHER
    if kind == "Activation" or (kind in ("Dense", "Conv2D") and layer.activation):
        softmax = layer.activation == SOFTMAX and dimensions == 1
        if layer.activation not in ("", *ELEMENTWISE) and not softmax:
            return Rule.OTHER
    if kind == "Dense":
        return Rule.DENSE if dimensions == 1 else Rule.CONVOLUTION
    if kind in _RULE_OF_KIND:
        return _RULE_OF_KIND[kind]
    return _RULE_OF_CATEGORY.get(KINDS[kind].category, Rule.OTHER) if kind in KINDS else Rule.OTHER


def passes_values(layer: NetworkLayer) -> bool:
    """Whether a layer's output is its input, perhaps in another shape."""
    return rule_of(layer) in (Rule.IDENTITY, Rule.FLATTEN)


def feature_maps_shape(layer: NetworkLayer, shape: tuple[int, ...]) -> tuple[int, ...]:
    """A layer's input or output shape as feature maps, (height, width, maps), or (units,).

    An image without channels gets one. A dense layer reads an image row by row, so each column is
    a feature map of width 1.
    """
    if len(shape) == 2:
        return (shape[0], 1, shape[1]) if layer.kind == "Dense" else (*shape, 1)
    return shape


def unit_count(layer: NetworkLayer) -> int:
    """The number of feature maps or units in a layer's output."""
    return feature_maps_shape(layer, layer.output_shape)[-1]


def unit_arithmetic(layer: NetworkLayer, inputs: ArrayLike, unit: int) -> UnitArithmetic:
    """How a feature map or unit of a layer is computed.

    Args:
        inputs: the layer's input for one image, of shape `layer.input_shape`.
        unit: its index, from 0.
    """
    x = np.asarray(inputs, np.float32).reshape(feature_maps_shape(layer, layer.input_shape))
    return _ARITHMETIC[rule_of(layer)](layer, x, unit)


# --- one function for each rule -----------------------------------------------------------


def _convolution(layer: NetworkLayer, x: Floats, unit: int) -> UnitArithmetic:
    weights = layer.weights["kernel"]
    if weights.ndim == 2:  # a dense layer on each position of an image: a 1x1 window
        weights = weights[np.newaxis, np.newaxis]
    height, width, channels, filters = weights.shape
    kernel = weights[..., unit]
    bias = float(layer.weights["bias"][unit]) if "bias" in layer.weights else 0.0
    first_channel = unit // (filters // layer.settings.get("groups", 1)) * channels
    strides = pair(layer.settings.get("strides", 1))
    dilation = pair(layer.settings.get("dilation_rate", 1))
    inputs = x[..., first_channel : first_channel + channels]
    windows, padding = _windows(inputs, (height, width), strides, dilation, layer, 0.0)
    pre_activations = np.tensordot(windows, kernel.transpose(2, 0, 1), 3) + np.float32(bias)
    return UnitArithmetic(
        Rule.CONVOLUTION,
        np.asarray(pre_activations, np.float32),
        apply_activation(pre_activations, layer.activation),
        kernel,
        bias,
        layer.activation,
        (height, width),
        strides,
        dilation,
        padding,
        first_channel,
    )


def _dense(layer: NetworkLayer, x: Floats, unit: int) -> UnitArithmetic:
    weights = layer.weights["kernel"]
    biases = layer.weights.get("bias", np.zeros(weights.shape[1], np.float32))
    pre_activations = x @ weights + biases
    return UnitArithmetic(
        Rule.DENSE,
        pre_activations,
        apply_activation(pre_activations, layer.activation),
        weights[:, unit],
        float(biases[unit]),
        layer.activation,
    )


def _pooling(layer: NetworkLayer, x: Floats, unit: int) -> UnitArithmetic:
    is_max = layer.kind == "MaxPooling2D"
    window = pair(layer.settings["pool_size"])
    strides = pair(layer.settings.get("strides") or window)
    # Padding doesn't count: it is never the maximum, nor part of a mean.
    padding_value = -np.inf if is_max else np.nan
    windows, padding = _windows(
        x[..., unit : unit + 1], window, strides, (1, 1), layer, padding_value
    )
    pooled = windows.max(axis=(2, 3, 4)) if is_max else np.nanmean(windows, axis=(2, 3, 4))
    values = np.asarray(pooled, np.float32)
    return UnitArithmetic(
        Rule.POOLING, values, values, window=window, strides=strides, padding=padding, is_max=is_max
    )


def _global_pooling(layer: NetworkLayer, x: Floats, unit: int) -> UnitArithmetic:
    is_max = layer.kind == "GlobalMaxPooling2D"
    values = x.max(axis=(0, 1)) if is_max else x.mean(axis=(0, 1))
    window = (x.shape[0], x.shape[1])
    return UnitArithmetic(Rule.GLOBAL_POOLING, values, values, window=window, is_max=is_max)


def _normalization(layer: NetworkLayer, x: Floats, unit: int) -> UnitArithmetic:
    channels = x.shape[-1]
    defaults = {"gamma": 1.0, "beta": 0.0, "moving_mean": 0.0, "moving_variance": 0.0}
    gamma, beta, mean, variance = (
        layer.weights.get(name, np.full(channels, default, np.float32))
        for name, default in defaults.items()
    )
    epsilon = float(layer.settings.get("epsilon", 1e-3))
    normalized = gamma * (x - mean) / np.sqrt(variance + np.float32(epsilon)) + beta
    values = np.asarray(_unit_values(normalized, unit), np.float32)
    return UnitArithmetic(
        Rule.NORMALIZATION,
        values,
        values,
        constants={
            "mean": float(mean[unit]),
            "variance": float(variance[unit]),
            "epsilon": epsilon,
            "gamma": float(gamma[unit]),
            "beta": float(beta[unit]),
        },
    )


def _activation(layer: NetworkLayer, x: Floats, unit: int) -> UnitArithmetic:
    inputs = _unit_values(x, unit)
    values = apply_activation(inputs, layer.activation)
    return UnitArithmetic(Rule.ACTIVATION, inputs, values, activation=layer.activation)


def _scaling(layer: NetworkLayer, x: Floats, unit: int) -> UnitArithmetic:
    constants = {name: float(layer.settings[name]) for name in ("scale", "offset")}
    scaled = _unit_values(x, unit) * np.float32(constants["scale"])
    values = scaled + np.float32(constants["offset"])
    return UnitArithmetic(Rule.SCALING, values, values, constants=constants)


def _flatten(layer: NetworkLayer, x: Floats, unit: int) -> UnitArithmetic:
    return UnitArithmetic(Rule.FLATTEN, x.reshape(-1), x.reshape(-1))


def _identity(layer: NetworkLayer, x: Floats, unit: int) -> UnitArithmetic:
    values = _unit_values(x.reshape(feature_maps_shape(layer, layer.output_shape)), unit)
    rate = layer.settings.get("rate")
    constants = {} if rate is None else {"rate": float(rate)}
    return UnitArithmetic(Rule.IDENTITY, values, values, constants=constants)


def _other(layer: NetworkLayer, x: Floats, unit: int) -> UnitArithmetic:
    return UnitArithmetic(Rule.OTHER, _EMPTY, _EMPTY)


_ARITHMETIC: dict[Rule, Callable[[NetworkLayer, Floats, int], UnitArithmetic]] = {
    Rule.CONVOLUTION: _convolution,
    Rule.DENSE: _dense,
    Rule.POOLING: _pooling,
    Rule.GLOBAL_POOLING: _global_pooling,
    Rule.NORMALIZATION: _normalization,
    Rule.ACTIVATION: _activation,
    Rule.SCALING: _scaling,
    Rule.FLATTEN: _flatten,
    Rule.IDENTITY: _identity,
    Rule.OTHER: _other,
}


def _unit_values(x: Floats, unit: int) -> Floats:
    """One feature map of `(height, width, maps)`; of `(units,)`, all."""
    return x if x.ndim == 1 else x[..., unit]


def _windows(
    x: Floats,
    window: Pair,
    strides: Pair,
    dilation: Pair,
    layer: NetworkLayer,
    padding_value: float,
) -> tuple[Floats, Pair]:
    """All windows of an input, and its padding.

    Args:
        x: `(height, width, channels)`.

    Returns:
        (`(output height, output width, channels, window height, window width)`, the rows added
        above and the columns added on the left). `same` padding is TensorFlow's: as much on each
        side, and an odd row or column at the end.
    """
    extent = [(size - 1) * step + 1 for size, step in zip(window, dilation, strict=True)]
    edges = [(0, 0), (0, 0)]
    if layer.settings.get("padding", "valid") == "same":
        edges = [
            same_padding(x.shape[axis], window[axis], strides[axis], dilation[axis])
            for axis in (0, 1)
        ]
    padded = np.pad(x, (*edges, (0, 0)), constant_values=padding_value)
    windows = np.lib.stride_tricks.sliding_window_view(padded, extent, axis=(0, 1))
    windows = windows[:: strides[0], :: strides[1], :, :: dilation[0], :: dilation[1]]
    return windows, (edges[0][0], edges[1][0])
