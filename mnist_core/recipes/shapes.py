"""What a layer makes of its input: output shape, parameters, multiplications.

Computed without Keras, so that a page can tell at once why a network can't be built, and how long
training will take. The tests compare the results with Keras's. Shapes are those of one image,
`(height, width, channels)` or `(units,)`. Formulas: https://keras.io/api/layers and Dumoulin and
Visin 2016, "A guide to convolution arithmetic for deep learning", https://arxiv.org/abs/1603.07285.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mnist_core.errors import RecipeError
from mnist_core.i18n import Text

Shape = tuple[int, ...]
Settings = Mapping[str, Any]


@dataclass(frozen=True)
class LayerOutput:
    """A layer's output for one image, and its cost.

    Attributes:
        shape: the output's shape.
        parameters: number of weights, trainable or not.
        arithmetic: how that number is computed, such as `3 x 3 x 1 x 32 + 32`; "" for none.
        multiplications: for one image.
    """

    shape: Shape
    parameters: int = 0
    arithmetic: str = ""
    multiplications: int = 0


OutputRule = Callable[[Settings, Shape], LayerOutput]


# --- a window that slides -----------------------------------------------------------------


def conv_output_size(
    size: int, window: int, stride: int = 1, padding: int = 0, dilation: int = 1
) -> int:
    """Number of positions of a window that slides along one axis.

    It is floor((size + padding - extent) / stride) + 1, where the window's extent is
    (window - 1) * dilation + 1 (Dumoulin and Visin 2016, relationship 15).

    Args:
        size: of the input.
        padding: zeros added at both ends together.

    Returns:
        0 if the window doesn't fit.
    """
    extent = (window - 1) * dilation + 1
    return max((size + padding - extent) // stride + 1, 0)


def same_padding(size: int, window: int, stride: int = 1, dilation: int = 1) -> tuple[int, int]:
    """The zeros that `padding="same"` adds along one axis: (before, after).

    As many as it takes for ceil(size / stride) positions; of an odd number, TensorFlow puts the
    larger half at the end.
    """
    extent = (window - 1) * dilation + 1
    positions = math.ceil(size / stride)
    total = max((positions - 1) * stride + extent - size, 0)
    return total // 2, total - total // 2


def pair(value: Any) -> tuple[int, int]:
    """A setting for both axes: (down, across) of one number or of two."""
    return (value, value) if isinstance(value, int) else (int(value[0]), int(value[1]))


def _window_output(
    settings: Settings, shape: Shape, window: tuple[int, int], strides: tuple[int, int]
) -> tuple[int, int]:
    """Height and width of the output of a sliding window.

    Raises:
        RecipeError: the window doesn't fit into the image.
    """
    dilations = pair(settings.get("dilation_rate", 1))
    same = settings.get("padding", "valid") == "same"
    sizes = []
    for axis in (0, 1):
        size, extent, stride, dilation = shape[axis], window[axis], strides[axis], dilations[axis]
        padding = sum(same_padding(size, extent, stride, dilation)) if same else 0
        sizes.append(conv_output_size(size, extent, stride, padding, dilation))
    height, width = sizes
    if not height or not width:
        raise RecipeError(
            Text(
                "its {window} window is larger than its {input} input, so no pixel would be left. "
                "Make it smaller, or remove a pooling layer before it.",
                window=f"{window[0]}x{window[1]}",
                input=f"{shape[0]}x{shape[1]}",
            )
        )
    return height, width


# --- one rule for each kind of arithmetic -------------------------------------------------


def unchanged_output(settings: Settings, shape: Shape) -> LayerOutput:
    """The output of a layer that keeps the shape of its input."""
    return LayerOutput(shape)


def flatten_output(settings: Settings, shape: Shape) -> LayerOutput:
    """The output of a Flatten layer."""
    return LayerOutput((math.prod(shape),))


def normalization_output(settings: Settings, shape: Shape) -> LayerOutput:
    """The output of a BatchNormalization layer: four weights for each feature map."""
    return LayerOutput(shape, 4 * shape[-1], f"4 x {shape[-1]}")


def dense_output(settings: Settings, shape: Shape) -> LayerOutput:
    """The output of a Dense layer."""
    units, inputs = settings["units"], shape[-1]
    bias = bool(settings.get("use_bias", True))
    return LayerOutput(
        (*shape[:-1], units),
        (inputs + bias) * units,
        f"{inputs} x {units}" + f" + {units}" * bias,
        math.prod(shape) * units,
    )


def convolution_output(settings: Settings, shape: Shape) -> LayerOutput:
    """The output of a Conv2D layer."""
    kernel = pair(settings["kernel_size"])
    height, width = _window_output(settings, shape, kernel, pair(settings.get("strides") or 1))
    filters, channels = settings["filters"], shape[-1] // settings.get("groups", 1)
    bias = bool(settings.get("use_bias", True))
    weights = math.prod(kernel) * channels
    return LayerOutput(
        (height, width, filters),
        (weights + bias) * filters,
        f"{kernel[0]} x {kernel[1]} x {channels} x {filters}" + f" + {filters}" * bias,
        height * width * weights * filters,
    )


def pooling_output(settings: Settings, shape: Shape) -> LayerOutput:
    """The output of a MaxPooling2D or AveragePooling2D layer."""
    window = pair(settings.get("pool_size", 2))
    height, width = _window_output(settings, shape, window, pair(settings.get("strides") or window))
    return LayerOutput((height, width, shape[-1]))


def global_pooling_output(settings: Settings, shape: Shape) -> LayerOutput:
    """The output of a global pooling layer: one number for each feature map."""
    return LayerOutput(shape[-1:])
