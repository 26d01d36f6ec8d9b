"""Recipes become Keras networks, or errors that name the layer."""

import pytest

from mnist_core.errors import RecipeError
from mnist_core.recipes.build import build_model
from mnist_core.recipes.builtin import RECIPES
from mnist_core.recipes.recipe import OUTPUT, Recipe, layer
from mnist_core.recipes.saved import get_recipe

every_recipe = pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES.keys())


@every_recipe
def test_network_takes_pixels_and_gives_a_number_for_each_class(recipe):
    model = build_model(recipe)
    assert model.input_shape == (None, 28, 28)
    assert model.output_shape == (None, recipe.classes)
    assert model.name == recipe.name


@every_recipe
def test_with_nondigits_every_network_gives_eleven_numbers(recipe):
    assert recipe.with_settings({"nondigits": 0}).classes == 10
    changed = recipe.with_settings({"nondigits": 0.2})
    assert build_model(changed).output_shape == (None, changed.classes) == (None, 11)


@every_recipe
def test_layers_of_the_network_have_the_recipe_s_names(recipe):
    names = [layer.name for layer in build_model(recipe).layers]
    ours = [name for name in names if name not in ("pixels", "scale", "channel")]
    assert ours == recipe.layer_names()
    assert ("scale" in names) == recipe.scale
    assert names[-1] == "output"


def test_scaling_divides_by_255():
    assert build_model(get_recipe("dense_512")).get_layer("scale").scale == pytest.approx(1 / 255)


def test_changed_settings_reach_the_network():
    recipe = get_recipe("dropout_cnn").with_settings(
        {"conv2d_1.filters": 4, "conv2d_2.filters": 6, "kernel_size": 5, "dense_1.units": 7}
    )
    # 28 -> 24 -> 12 -> 8 -> 4 pixels.
    expected = 4 * (25 + 1) + 6 * (25 * 4 + 1) + (4 * 4 * 6 * 7 + 7) + (7 * 10 + 10)
    assert build_model(recipe).count_params() == expected


def small(*layers):
    return Recipe("mine", "Mine", layers, "categorical_crossentropy", "adam", 1, 32)


def test_a_recipe_of_one_s_own_builds():
    recipe = small(layer("Flatten"), layer("Dense", units=3), OUTPUT)
    assert build_model(recipe).count_params() == (784 * 3 + 3) + (3 * 10 + 10)


def test_unknown_layer():
    with pytest.raises(RecipeError, match="mine: Keras has no layer 'Dens'"):
        build_model(small(layer("Flatten"), layer("Dens", units=3), OUTPUT))


def test_last_layer_must_give_ten_numbers():
    with pytest.raises(RecipeError, match=r"must give 10 numbers.*Received: \(9,\)"):
        build_model(small(layer("Flatten"), layer("Dense", units=9, activation="softmax")))


def test_last_layer_must_come_after_flatten():
    with pytest.raises(RecipeError, match=r"Received: \(28, 10\)"):
        build_model(small(OUTPUT))


@pytest.mark.parametrize(
    ("name", "changes", "words"),
    [
        ("dropout_cnn", {"pool_size": 40}, "maxpooling2d_1, .*pool_size=40"),
        ("dropout_cnn", {"maxpooling2d_2.pool_size": 12}, "maxpooling2d_2, .*shape .11, 11, 64"),
        ("dropout_cnn", {"conv2d_2.kernel_size": 14}, "conv2d_2, .*kernel_size=14"),
        ("dense_512", {"units": 0}, "dense_1, .*units=0"),
        ("dense_512", {"units": -5}, "dense_1, .*units=-5"),
        ("dense_512", {"units": "many"}, "dense_1, .*units='many'"),
        ("dense_512", {"units": 2.5}, "dense_1, .*units=2.5"),
        ("dense_512", {"units": None}, "dense_1, .*units=None"),
        ("dense_512", {"activation": "bright"}, "dense_1, .*activation='bright'"),
        ("dense_512", {"activation": 5}, "dense_1, .*activation=5"),
        ("simple_cnn", {"rate": 1.5}, "dropout_1, .*rate=1.5"),
        ("simple_cnn", {"rate": "half"}, "dropout_1, .*rate='half'"),
        ("simple_cnn", {"filters": 0}, "conv2d_1, .*filters=0"),
        ("simple_cnn", {"kernel_size": [1, 2, 3]}, "conv2d_1, .*kernel_size="),
        ("simple_cnn", {"kernel_size": "big"}, "conv2d_1, .*kernel_size='big'"),
        ("pen", {"conv2d_2.padding": "most"}, "conv2d_2, .*padding='most'"),
    ],
)
def test_layer_settings_that_can_not_work(name, changes, words):
    with pytest.raises(RecipeError, match=f"{name}: the layer {words}") as caught:
        build_model(get_recipe(name).with_settings(changes))
    assert caught.value.layer == words.split(",")[0]


def test_layer_setting_that_does_not_exist():
    with pytest.raises(RecipeError, match=r"mine: the layer dense_1, .*unit=3"):
        build_model(small(layer("Flatten"), layer("Dense", unit=3), OUTPUT))


def test_reason_of_a_layer_is_one_line_without_colours():
    with pytest.raises(RecipeError) as caught:
        build_model(get_recipe("dropout_cnn").with_settings({"pool_size": 40}))
    assert "\n" not in str(caught.value) and "\x1b" not in str(caught.value)


def test_a_layer_takes_settings_that_the_recipe_leaves_to_keras():
    changed = get_recipe("simple_cnn").with_settings({"conv2d_1.activation": "relu"})
    assert changed.layers[0].settings == {"filters": 28, "kernel_size": 3, "activation": "relu"}
    wrong = get_recipe("simple_cnn").with_settings({"conv2d_1.colour": "red"})
    with pytest.raises(RecipeError, match="conv2d_1"):
        build_model(wrong)
    with pytest.raises(RecipeError, match="padding"):
        build_model(get_recipe("pen").with_settings({"padding": 5}))
