"""Build a recipe's network with Keras."""

import re
from typing import TYPE_CHECKING

from mnist_core.errors import RecipeError
from mnist_core.i18n import Text
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
            raise RecipeError(
                Text("{recipe}: Keras has no layer {kind!r}.", recipe=recipe.name, kind=layer.kind),
                layer=name,
            )
        shape = x.shape[1:]
        try:
            if needs_image(layer.kind) and len(shape) == 2:
                x = keras.layers.Reshape((*shape, 1), name="channel")(x)
            units = {"units": recipe.classes} if layer == OUTPUT else {}
            x = layer_class(name=name, **{**layer.settings, **units})(x)
        except (ValueError, TypeError, AttributeError) as error:
            raise RecipeError(
                Text(
                    "{recipe}: the layer {name}, {layer}, can't work with an input of shape "
                    "{shape}. {reason}",
                    recipe=recipe.name,
                    name=name,
                    layer=str(layer),
                    shape=str(shape),
                    reason=_reason(error),
                ),
                layer=name,
            ) from error
    if x.shape != (None, recipe.classes):
        fields = {"recipe": recipe.name, "n": recipe.classes, "received": str(x.shape[1:])}
        raise RecipeError(
            Text(
                "{recipe}: the last layer must give {n} numbers, one for each digit and one for "
                "“not a digit”. Received: {received}",
                **fields,
            )
            if recipe.nondigits
            else Text(
                "{recipe}: the last layer must give {n} numbers, one for each digit. Received: "
                "{received}",
                **fields,
            )
        )
    return keras.Model(pixels, x, name=recipe.name)


def _reason(error: Exception) -> str:
    """Keras's own reason in one line: without terminal colors, and without where it happened."""
    plain = re.sub("\x1b\\[[0-9;]*m", "", str(error))
    lines = [line.strip() for line in plain.splitlines() if line.strip()]
    reasons = [line for line in lines if not line.startswith("Exception encountered")]
    return reasons[0] if reasons else type(error).__name__
