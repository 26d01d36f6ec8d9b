"""Build a recipe's network with Keras."""

import re
from typing import TYPE_CHECKING

from mnist_core.errors import RecipeError
from mnist_core.recipes.kinds import needs_image
from mnist_core.recipes.recipe import OUTPUT, Recipe

if TYPE_CHECKING:
    import keras


def build_model(recipe: Recipe) -> "keras.Model":
    """Build a recipe's network with fresh weights, not compiled.

    It maps `(n, 28, 28)` pixels 0..255 to `(n, 10)` probabilities, or with `nondigits` to
    `(n, 11)`, the last of which is the probability of "not a digit".

    Raises:
        RecipeError: a layer doesn't exist, or can't work with its settings and input; the error
            has the layer.
    """
    import keras

    x = pixels = keras.Input((28, 28), name="pixels")
    if recipe.scale:
        x = keras.layers.Rescaling(1 / 255, name="scale")(x)
    for name, layer in zip(recipe.layer_names(), recipe.layers, strict=True):
        layer_class = getattr(keras.layers, layer.kind, None)
        if layer_class is None:
            raise RecipeError(f"{recipe.name}: Keras has no layer {layer.kind!r}.", layer=name)
        shape = x.shape[1:]
        try:
            if needs_image(layer.kind) and len(shape) == 2:
                x = keras.layers.Reshape((*shape, 1), name="channel")(x)
            units = {"units": recipe.classes} if layer == OUTPUT else {}
            x = layer_class(name=name, **{**layer.settings, **units})(x)
        except (ValueError, TypeError, AttributeError) as error:
            raise RecipeError(
                f"{recipe.name}: the layer {name}, {layer}, can't work with an input of shape "
                f"{shape}. {_reason(error)}",
                layer=name,
            ) from error
    if x.shape != (None, recipe.classes):
        not_a_digit = " and one for “not a digit”" if recipe.nondigits else ""
        raise RecipeError(
            f"{recipe.name}: the last layer must give {recipe.classes} numbers, one for each "
            f"digit{not_a_digit}. Received: {x.shape[1:]}"
        )
    return keras.Model(pixels, x, name=recipe.name)


def _reason(error: Exception) -> str:
    """Keras's own reason in one line: without terminal colors, and without where it happened."""
    plain = re.sub("\x1b\\[[0-9;]*m", "", str(error))
    lines = [line.strip() for line in plain.splitlines() if line.strip()]
    reasons = [line for line in lines if not line.startswith("Exception encountered")]
    return reasons[0] if reasons else type(error).__name__
