"""Follow the shapes through a recipe's network, and find what can't be built.

Done without Keras, so that a page can tell at once which layer is wrong, and how many parameters
and multiplications the network has.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mnist_core.errors import RecipeError
from mnist_core.i18n import Text
from mnist_core.recipes.kinds import KINDS, needs_image
from mnist_core.recipes.recipe import OUTPUT, Recipe
from mnist_core.recipes.shapes import Shape

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


@dataclass(frozen=True)
class LayerShape:
    """One layer of a network.

    Attributes:
        name: as `Recipe.layer_names` has it.
        kind: the name of its class in `keras.layers`.
        output: its output's shape for one image.
        parameters: number of weights, trainable or not.
        arithmetic: how that number is computed; "" for none.
        multiplications: for one image.
    """

    name: str
    kind: str
    output: Shape
    parameters: int
    arithmetic: str
    multiplications: int


def trace(recipe: Recipe) -> list[LayerShape] | None:
    """Compute the shapes of every layer of a recipe, from the input to the output.

    Returns:
        None if only Keras knows a layer's kind.

    Raises:
        RecipeError: the network can't be built; the error has the layer, and the setting if one
            is invalid.
    """
    shape: Shape = (28, 28)
    layers = []
    for name, layer in zip(recipe.layer_names(), recipe.layers, strict=True):
        settings = {**layer.settings, **({"units": recipe.classes} if layer == OUTPUT else {})}
        check_layer_settings(name, settings)
        if needs_image(layer.kind) and len(shape) == 2:
            shape = (*shape, 1)
        kind = KINDS.get(layer.kind)
        if kind is None or kind.output is None:
            return None
        if kind.needs_image and len(shape) != 3:
            raise _layer_error(
                name,
                Text(
                    "a {kind} needs an image (height, width, channels), but it gets {count} "
                    "numbers in a row. Put it before the Flatten.",
                    kind=kind.name,
                    count=math.prod(shape),
                ),
            )
        try:
            output = kind.output(settings, shape)
        except RecipeError as error:
            raise _layer_error(name, error.reason) from error
        except KeyError as error:
            setting = str(error.args[0])
            reason = Text("a {kind} needs `{setting}`.", kind=kind.name, setting=setting)
            raise _layer_error(name, reason, setting) from error
        layers.append(
            LayerShape(
                name,
                kind.name,
                output.shape,
                output.parameters,
                output.arithmetic,
                output.multiplications,
            )
        )
        shape = output.shape
    if shape != (recipe.classes,):
        received = " x ".join(map(str, shape))
        raise RecipeError(
            Text(
                "The last layer gives {received} numbers, but the answer is {expected} numbers, "
                "one for each digit. Put a Flatten before the dense layers.",
                received=received,
                expected=recipe.classes,
            )
            if len(shape) > 1
            else Text(
                "The last layer gives {received} numbers instead of {expected}.",
                received=received,
                expected=recipe.classes,
            )
        )
    return layers


def parameter_count(layers: Sequence[LayerShape]) -> int:
    """Number of weights of a network, trainable or not."""
    return sum(layer.parameters for layer in layers)


def multiplication_count(layers: Sequence[LayerShape]) -> int:
    """Number of multiplications for one image."""
    return sum(layer.multiplications for layer in layers)


def check_layer_settings(name: str, settings: Mapping[str, Any]) -> None:
    """Check the single settings of a layer.

    Args:
        name: the layer's name, for errors.

    Raises:
        RecipeError: one is invalid; the error has the layer and the setting.
    """
    for key in ("units", "filters"):
        if key in settings and not _is_positive(settings[key]):
            reason = Text(
                "`{key}` must be an integer from 1. Received: {key}={value!r}",
                key=key,
                value=settings[key],
            )
            raise _layer_error(name, reason, key)
    for key in ("kernel_size", "pool_size", "strides"):
        value = settings.get(key)
        if value is not None and not (
            _is_positive(value)
            or (
                isinstance(value, list | tuple)
                and len(value) == 2
                and all(map(_is_positive, value))
            )
        ):
            reason = Text(
                "`{key}` must be an integer from 1, or two. Received: {key}={value!r}",
                key=key,
                value=value,
            )
            raise _layer_error(name, reason, key)
    rate = settings.get("rate", 0)
    if not isinstance(rate, int | float) or isinstance(rate, bool) or not 0 <= rate < 1:
        raise _layer_error(
            name,
            Text(
                "`rate` is the share of the numbers to drop, at least 0 and below 1. Received: "
                "rate={rate!r}",
                rate=rate,
            ),
            "rate",
        )
    activation = settings.get("activation")
    if activation is not None and activation not in ACTIVATIONS:
        raise _layer_error(
            name,
            Text(
                "there is no activation {name!r}. Expected one of {names}.",
                name=activation,
                names=", ".join(ACTIVATIONS),
            ),
            "activation",
        )


def _layer_error(name: str, reason: str, setting: str = "") -> RecipeError:
    message = Text("{name}: {reason}", name=name, reason=reason)
    return RecipeError(message, layer=name, setting=setting, reason=reason)


def _is_positive(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1
