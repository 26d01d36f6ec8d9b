"""What each layer of a recipe makes of its input: shapes, parameters, multiplications.

Worked out without Keras, so that a page can say at once, and in words, why a network can't be
built, and how long it will take. Keras itself is what the tests compare this with.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mnist_core.errors import RecipeError
from mnist_core.recipes.recipe import OUTPUT, Recipe

Shape = tuple[int, ...]
ACTIVATIONS = (
    "relu",
    "sigmoid",
    "tanh",
    "softmax",
    "elu",
    "selu",
    "gelu",
    "silu",
    "leaky_relu",
    "softplus",
    "linear",
)
POOLS = ("MaxPooling2D", "AveragePooling2D")
GLOBAL_POOLS = ("GlobalMaxPooling2D", "GlobalAveragePooling2D")
SAME_SHAPE = ("Dropout", "SpatialDropout2D", "Activation", "GaussianNoise")


@dataclass(frozen=True)
class LayerShape:
    """One layer of a network.

    Attributes:
        name: as `Recipe.layer_names` has it.
        kind: the name of its class in `keras.layers`.
        output: shape of what it gives for one image.
        parameters: how many numbers it has, learned or kept.
        arithmetic: how that number comes about; "" where there are none.
        multiplications: for one image.
    """

    name: str
    kind: str
    output: Shape
    parameters: int
    arithmetic: str
    multiplications: int


def trace(recipe: Recipe) -> list[LayerShape] | None:
    """Every layer of a recipe, from input to answer.

    Returns:
        None if a layer is of a kind that only Keras knows.

    Raises:
        RecipeError: the network can't be built; says in words which layer, and why.
    """
    shape: Shape = (28, 28)
    traced = []
    for name, one in zip(recipe.layer_names(), recipe.layers, strict=True):
        settings = {**one.settings, **({"units": recipe.classes} if one == OUTPUT else {})}
        _check(name, settings)
        if "2D" in one.kind and len(shape) == 2:
            shape = (*shape, 1)
        found = _layer(name, one.kind, settings, shape)
        if found is None:
            return None
        traced.append(found)
        shape = found.output
    if shape != (recipe.classes,):
        given = " x ".join(map(str, shape))
        raise RecipeError(
            f"The last layer gives {given} numbers, but the answer is {recipe.classes} numbers, "
            "one for each digit. Put a Flatten before the dense layers."
            if len(shape) > 1
            else f"The last layer gives {given} numbers instead of {recipe.classes}."
        )
    return traced


def parameter_count(layers: Sequence[LayerShape]) -> int:
    """All numbers of a network, learned or kept."""
    return sum(one.parameters for one in layers)


def multiplication_count(layers: Sequence[LayerShape]) -> int:
    """Multiplications for one image."""
    return sum(one.multiplications for one in layers)


def _check(name: str, settings: Mapping[str, Any]) -> None:
    """Refuse single values that can't be."""
    for key in ("units", "filters"):
        if key in settings and not _whole(settings[key]):
            raise RecipeError(
                f"{name}: it needs at least one of its {key}. Received: {key}={settings[key]!r}"
            )
    for key in ("kernel_size", "pool_size", "strides"):
        value = settings.get(key)
        if value is not None and not (
            _whole(value)
            or (isinstance(value, list | tuple) and len(value) == 2 and all(map(_whole, value)))
        ):
            raise RecipeError(
                f"{name}: {key} is a whole number from 1, or two. Received: {key}={value!r}"
            )
    rate = settings.get("rate", 0)
    if not isinstance(rate, int | float) or isinstance(rate, bool) or not 0 <= rate < 1:
        raise RecipeError(
            f"{name}: the rate is the share that is left out, at least 0 and below 1. "
            f"Received: rate={rate!r}"
        )
    activation = settings.get("activation")
    if activation is not None and activation not in ACTIVATIONS:
        raise RecipeError(
            f"{name}: there is no activation {activation!r}. There are: {', '.join(ACTIVATIONS)}."
        )


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _layer(name: str, kind: str, settings: Mapping[str, Any], shape: Shape) -> LayerShape | None:
    def made(output: Shape, parameters: int = 0, how: str = "", times: int = 0) -> LayerShape:
        return LayerShape(name, kind, output, parameters, how, times)

    if kind == "Flatten":
        return made((math.prod(shape),))
    if kind in SAME_SHAPE:
        return made(shape)
    if kind == "BatchNormalization":
        return made(shape, 4 * shape[-1], f"4 x {shape[-1]}")
    if kind == "Dense":
        units, before = settings["units"], shape[-1]
        bias = bool(settings.get("use_bias", True))
        how = f"{before} x {units}" + f" + {units}" * bias
        return made((*shape[:-1], units), (before + bias) * units, how, math.prod(shape) * units)
    if kind not in ("Conv2D", *POOLS, *GLOBAL_POOLS):
        return None
    if len(shape) != 3:
        raise RecipeError(
            f"{name}: a {kind} needs a picture (height, width, channels), but it gets "
            f"{math.prod(shape)} numbers in a row. Put it before the Flatten."
        )
    if kind in GLOBAL_POOLS:
        return made(shape[-1:])
    window = _pair(settings.get("kernel_size" if kind == "Conv2D" else "pool_size", 2))
    strides = _pair(settings.get("strides") or (1 if kind == "Conv2D" else window))
    height, width = (
        _slid(size, side, step, settings.get("padding", "valid"))
        for size, side, step in zip(shape, window, strides, strict=False)
    )
    if height < 1 or width < 1:
        raise RecipeError(
            f"{name}: its {window[0]}x{window[1]} window is larger than the {shape[0]}x{shape[1]} "
            "picture that it gets, so no pixel would be left. Make it smaller, or take out a "
            "pooling layer before it."
        )
    if kind in POOLS:
        return made((height, width, shape[-1]))
    filters, bias = settings["filters"], bool(settings.get("use_bias", True))
    weights = math.prod(window) * shape[-1]
    how = f"{window[0]} x {window[1]} x {shape[-1]} x {filters}" + f" + {filters}" * bias
    return made(
        (height, width, filters),
        (weights + bias) * filters,
        how,
        height * width * weights * filters,
    )


def _pair(value: Any) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else (value[0], value[1])


def _slid(size: int, window: int, step: int, padding: str) -> int:
    """How often a window fits when it slides over a length in steps."""
    return -(-size // step) if padding == "same" else (size - window) // step + 1
