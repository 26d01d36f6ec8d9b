"""Recipes by name: the built-in ones, and those that users have saved.

runs/recipes/NAME.json      as `Recipe.to_dict` gives it
"""

import dataclasses
import json
import re
from pathlib import Path

from mnist_core import settings
from mnist_core.errors import RecipeError, error_text
from mnist_core.i18n import Text, _
from mnist_core.recipes.builtin import RECIPES
from mnist_core.recipes.recipe import Recipe, check_recipe, recipe_from_dict
from mnist_core.system.files import READ_ERRORS, write_file


def get_recipe(name: str) -> Recipe:
    """The recipe of that name, built-in or saved.

    Raises:
        RecipeError: there is none, or its file is damaged.
    """
    if name in RECIPES:
        return RECIPES[name]
    path = _path(name)
    if not _is_name(name) or not path.is_file():
        raise RecipeError(
            Text(
                "There is no recipe {name!r}. There are: {names}.",
                name=name,
                names=", ".join(recipe_names()),
            )
        )
    try:
        recipe = recipe_from_dict(json.loads(path.read_text("utf-8")))
        check_recipe(recipe)
    except (*READ_ERRORS, AttributeError, RecipeError) as error:
        reason = error_text(error)
        raise RecipeError(
            Text(
                "The recipe {name!r} can't be read: {path} is damaged ({reason}). Delete the "
                "file, or bring it back from a copy.",
                name=name,
                path=str(path),
                reason=reason,
            )
        ) from error
    return recipe


def recipe_names() -> list[str]:
    """The names of the built-in recipes, then of the saved ones."""
    saved = sorted(path.stem for path in _path("x").parent.glob("*.json"))
    return [*RECIPES, *(name for name in saved if name not in RECIPES)]


def save_recipe(recipe: Recipe, name: str, title: str = "") -> Recipe:
    """Save a recipe under a name of its own; it can then be used like a built-in one.

    Raises:
        RecipeError: the name is invalid or taken, or the folder can't be written.
    """
    check_recipe(recipe)
    if not _is_name(name) or name in RECIPES:
        raise RecipeError(
            Text(
                "The name {name!r} belongs to a built-in recipe. Choose another one, of letters, "
                "digits, _ and -, at most 40.",
                name=name,
            )
            if name in RECIPES
            else Text(
                "The name {name!r} is invalid. Choose another one, of letters, digits, _ and -, "
                "at most 40.",
                name=name,
            )
        )
    saved = dataclasses.replace(
        recipe,
        name=name,
        title=title or _("{title}, changed", title=_(recipe.title)),
        source=str(Text("made here")),
        published="",
        lesson="",
    )
    path = _path(name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_file(path, (json.dumps(saved.to_dict(), ensure_ascii=False) + "\n").encode())
    except OSError as error:
        raise RecipeError(
            Text(
                "The recipe {name!r} could not be saved as {path} ({reason}). Free some space, or "
                "set MNIST_CORE_RUNS to a folder that can be written.",
                name=name,
                path=str(path),
                reason=str(error.strerror),
            )
        ) from error
    return saved


def delete_recipe(name: str) -> None:
    """Delete a saved recipe. Networks that were trained with it stay.

    Raises:
        RecipeError: there is no saved recipe of that name, or it can't be deleted.
    """
    if name in RECIPES or not _is_name(name) or not _path(name).is_file():
        raise RecipeError(Text("There is no saved recipe {name!r}.", name=name))
    try:
        _path(name).unlink(missing_ok=True)  # somebody else may be faster
    except OSError as error:
        raise RecipeError(
            Text(
                "The recipe {name!r} could not be deleted ({reason}). Check who may write in "
                "{folder}.",
                name=name,
                reason=str(error.strerror),
                folder=str(_path(name).parent),
            )
        ) from error


def _path(name: str) -> Path:
    return settings.runs_dir() / "recipes" / f"{name}.json"


def _is_name(name: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9][\w-]{0,39}", name) is not None
