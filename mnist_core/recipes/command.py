"""Recipes on the command line and in links: settings as text, and the command or the link."""

import json
import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from mnist_core.data.collection import is_imported
from mnist_core.errors import RecipeError
from mnist_core.i18n import Text
from mnist_core.recipes.builtin import DENSE_512, RECIPES
from mnist_core.recipes.recipe import TRAINING_SETTINGS, Recipe
from mnist_core.recipes.saved import get_recipe


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
            raise RecipeError(
                Text(
                    "A setting is KEY=VALUE, such as units=256. Received: {change!r}",
                    change=change,
                )
            )
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


def recipe_from_link(parameters: Mapping[str, Sequence[str]]) -> Recipe:
    """The recipe that the query of a link asks for, such as `recipe=dense_512&set=units=256`.

    Args:
        parameters: name -> values. `recipe` is the one to start from (default: `dense_512`), each
            `set` is KEY=VALUE, and a training setting may also be a parameter: `epochs=3`.

    Raises:
        RecipeError: there is no such recipe or setting, or a value is invalid.
    """
    name = parameters.get("recipe", [DENSE_512.name])[-1]
    single = [f"{key}={parameters[key][-1]}" for key in TRAINING_SETTINGS if key in parameters]
    return get_recipe(name).with_settings(parse_settings([*parameters.get("set", ()), *single]))


def recipe_link(recipe: Recipe) -> str:
    """The query of a link that asks for a recipe; `recipe_from_link` understands it."""
    base = base_recipe(recipe)
    changes = [("set", str(change)) for change in recipe.changes(base)]
    return urlencode([("recipe", base.name), *changes])


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
