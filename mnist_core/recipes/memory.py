"""Refuse a training that can't fit into this machine's memory, before it starts."""

import math
import os

from mnist_core.errors import RecipeError
from mnist_core.i18n import Text
from mnist_core.recipes.recipe import Recipe
from mnist_core.recipes.trace import trace

# Numbers that an optimizer keeps for each weight (https://keras.io/api/optimizers).
OPTIMIZER_SLOTS = {"sgd": 0, "adam": 2, "adamw": 2, "nadam": 2}


def machine_memory() -> int | None:
    """Bytes of memory of this machine; None where the system doesn't tell (Windows)."""
    if not hasattr(os, "sysconf"):
        return None
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def least_memory(recipe: Recipe) -> int | None:
    """Bytes that any training of a recipe needs at least; None for a layer that only Keras knows.

    As float32: the weights, their gradients, what the optimizer keeps for each of them, and the
    output of every layer for a batch with its gradient.

    Raises:
        RecipeError: the network can't be built.
    """
    layers = trace(recipe)
    if layers is None:
        return None
    weights = sum(layer.parameters for layer in layers)
    outputs = sum(math.prod(layer.output) for layer in layers)
    copies = 2 + OPTIMIZER_SLOTS.get(recipe.optimizer, 1)
    return 4 * (copies * weights + 2 * recipe.batch_size * outputs)


def check_memory(recipe: Recipe) -> None:
    """Check that a recipe can be trained on this machine.

    Raises:
        RecipeError: it needs more memory than there is, or the network can't be built.
    """
    needed, there = least_memory(recipe), machine_memory()
    if needed and there and needed > there:
        raise RecipeError(
            Text(
                "Training this network takes at least {needed:,.0f} GB of memory, and this "
                "machine has {there:,.0f} GB. Use fewer units or filters, or a smaller batch size.",
                needed=needed / 1e9,
                there=there / 1e9,
            )
        )
