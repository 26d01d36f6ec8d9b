"""Recipes on the command line: settings as text, and the command that trains a recipe."""

import json
import shlex
from collections.abc import Iterable
from typing import Any

from mnist_core.data.collection import is_imported
from mnist_core.errors import RecipeError
from mnist_core.recipes.builtin import DENSE_512, RECIPES
from mnist_core.recipes.recipe import Recipe


def parse_settings(changes: Iterable[str]) -> dict[str, Any]:
    """`["units=256", "activation=tanh"]` as `Recipe.with_settings` takes it.

    A value is JSON (`0.1`, `true`, `null`, `[3, 3]`), or else text.

    Raises:
        RecipeError: there is no `=`.
    """
    settings: dict[str, Any] = {}
    for change in changes:
        key, equals, value = change.partition("=")
        if not equals:
            raise RecipeError(f"A setting is KEY=VALUE, such as units=256. Received: {change!r}")
        try:
            settings[key] = json.loads(value)
        except json.JSONDecodeError:
            settings[key] = value
    return settings


def base_recipe(recipe: Recipe) -> Recipe:
    """The built-in recipe of the same name; `dense_512` for a saved recipe.

    Other machines don't have the saved recipes of this one, but they have the built-in ones.
    """
    return RECIPES.get(recipe.name, DENSE_512)


def train_command(recipe: Recipe, data: str | None = None) -> str:
    """The command line that trains a recipe, on any machine.

    Args:
        data: the name of the data set; None is MNIST.
    """
    base = base_recipe(recipe)
    parts = [f"python -m mnist_core train {base.name} --force"]
    if is_imported(data):
        parts.append(f"--data {shlex.quote(str(data))}")
    parts += [f"--set {shlex.quote(str(change))}" for change in recipe.changes(base)]
    return " ".join(parts)
