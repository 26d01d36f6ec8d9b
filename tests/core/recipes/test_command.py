"""Settings as text, and the command that trains a recipe."""

import shlex

import pytest

from mnist_core.errors import RecipeError
from mnist_core.recipes.command import parse_settings
from mnist_core.recipes.saved import get_recipe, save_recipe


def test_the_command_says_what_was_changed():
    recipe = get_recipe("dense_512")
    assert recipe.command() == "python -m mnist_core train dense_512 --force"
    changes = {"units": 64, "optimizer": "sgd", "dense_1.use_bias": False}
    command = recipe.with_settings(changes).command()
    words = shlex.split(command)
    settings = parse_settings(words[i + 1] for i, word in enumerate(words) if word == "--set")
    assert recipe.with_settings(settings) == recipe.with_settings(changes)


def test_settings_are_json_or_words():
    given = ["a=1", "b=0.5", "c=true", "d=null", "e=relu", "f=[3, 3]", "g=x=y"]
    assert parse_settings(given) == {
        "a": 1,
        "b": 0.5,
        "c": True,
        "d": None,
        "e": "relu",
        "f": [3, 3],
        "g": "x=y",
    }
    with pytest.raises(RecipeError, match="KEY=VALUE"):
        parse_settings(["units"])


def test_the_command_trains_saved_recipes_and_other_layers_anywhere(isolated):
    layers = [{"kind": "Flatten"}, {"kind": "Dense", "units": 7, "activation": "tanh"}]
    changed = get_recipe("pen").with_settings({"layers": layers, "dense_1.units": 8, "epochs": 1})
    saved = save_recipe(changed, "mine")
    fast = save_recipe(get_recipe("fast_cnn"), "fast")
    for recipe in (changed, saved, fast, get_recipe("fast_cnn").with_settings({"layers": layers})):
        words = shlex.split(recipe.command())
        settings = parse_settings(words[i + 1] for i, word in enumerate(words) if word == "--set")
        assert get_recipe(words[4]).with_settings(settings).digest() == recipe.digest()
