"""Recipes are saved, read and deleted by name."""

import pytest

from mnist_core.errors import RecipeError
from mnist_core.i18n import _, speaking
from mnist_core.recipes.build import build_model
from mnist_core.recipes.builtin import RECIPES
from mnist_core.recipes.saved import delete_recipe, get_recipe, recipe_names, save_recipe


def test_unknown_recipe_lists_those_that_are_there():
    with pytest.raises(RecipeError, match=r"no recipe 'pan'\. There are: .*pen.*dense_512"):
        get_recipe("pan")


def test_a_saved_recipe_is_used_like_a_built_in_one(isolated):
    changed = get_recipe("simple_cnn").with_settings({"filters": 9, "epochs": 2})
    saved = save_recipe(changed, "mine", "My network")
    assert get_recipe("mine") == saved
    assert saved.digest() == changed.digest()
    assert recipe_names() == [*RECIPES, "mine"]
    assert build_model(saved).name == "mine"
    save_recipe(get_recipe("pen"), "mine")  # another one under the same name
    assert get_recipe("mine").classes == 11
    assert build_model(get_recipe("mine")).output_shape == (None, 11)
    delete_recipe("mine")
    with pytest.raises(RecipeError, match="no recipe 'mine'"):
        get_recipe("mine")
    with pytest.raises(RecipeError, match="no saved recipe"):
        delete_recipe("pen")


@pytest.mark.parametrize("name", ["", "pen", "a b", "../x", "x" * 41, "-x", ".x"])
def test_a_name_that_cannot_be_a_recipes(isolated, name):
    with pytest.raises(RecipeError, match="Choose another"):
        save_recipe(get_recipe("simple_cnn"), name)


def test_a_damaged_saved_recipe_is_named(isolated):
    save_recipe(get_recipe("simple_cnn"), "mine")
    (isolated / "runs" / "recipes" / "mine.json").write_text('{"name": "mine"')
    with pytest.raises(RecipeError, match=r"mine\.json is damaged"):
        get_recipe("mine")


def test_messages_and_a_copy_s_title_are_in_the_reader_s_language(isolated):
    with speaking("zh"):
        saved = save_recipe(get_recipe("simple_cnn"), "mine")
        assert saved.title.endswith("（已修改）")
        assert _(saved.source) == "在这里创建"
        with pytest.raises(RecipeError) as refused:
            get_recipe("simple_cnn").with_settings({"epochs": 0})
        assert str(refused.value) == "`epochs` must be an integer from 1. Received: epochs=0"
        assert _(refused.value) == "`epochs`必须是不小于1的整数。收到的是：epochs=0"
