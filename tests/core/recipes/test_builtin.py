"""The built-in recipes are the tutorials' networks, and our own."""

import pytest

from mnist_core.recipes.build import build_model
from mnist_core.recipes.builtin import RECIPES
from mnist_core.recipes.recipe import check_recipe
from mnist_core.recipes.saved import get_recipe

TUTORIALS = {
    "sigmoid_mlp": {
        "layers": [
            ("Flatten", {}),
            ("Dense", {"units": 100, "activation": "sigmoid"}),
            ("Dense", {"units": 144, "activation": "sigmoid"}),
            ("Dense", {"units": 10, "activation": "softmax"}),
        ],
        "training": ("categorical_crossentropy", "adam", 10, 32, False, 0),
        # Dense: inputs * units + units.
        "parameters": (784 * 100 + 100) + (100 * 144 + 144) + (144 * 10 + 10),
    },
    "dense_512": {
        "layers": [
            ("Flatten", {}),
            ("Dense", {"units": 512, "activation": "relu"}),
            ("Dense", {"units": 10, "activation": "softmax"}),
        ],
        "training": ("categorical_crossentropy", "rmsprop", 5, 128, True, 0),
        "parameters": (784 * 512 + 512) + (512 * 10 + 10),
    },
    "simple_cnn": {
        "layers": [
            ("Conv2D", {"filters": 28, "kernel_size": 3}),
            ("MaxPooling2D", {"pool_size": 2}),
            ("Flatten", {}),
            ("Dense", {"units": 128, "activation": "relu"}),
            ("Dropout", {"rate": 0.2}),
            ("Dense", {"units": 10, "activation": "softmax"}),
        ],
        "training": ("sparse_categorical_crossentropy", "adam", 10, 32, True, 0),
        # Convolution: filters * (9 * channels + 1). 28 -> 26 -> 13 pixels.
        "parameters": 28 * (9 * 1 + 1) + (13 * 13 * 28 * 128 + 128) + (128 * 10 + 10),
    },
    "dropout_cnn": {
        "layers": [
            ("Conv2D", {"filters": 32, "kernel_size": 3, "activation": "relu"}),
            ("MaxPooling2D", {"pool_size": 2}),
            ("Conv2D", {"filters": 64, "kernel_size": 3, "activation": "relu"}),
            ("MaxPooling2D", {"pool_size": 2}),
            ("Dropout", {"rate": 0.25}),
            ("Flatten", {}),
            ("Dense", {"units": 128, "activation": "relu"}),
            ("Dropout", {"rate": 0.5}),
            ("Dense", {"units": 10, "activation": "softmax"}),
        ],
        "training": ("categorical_crossentropy", "rmsprop", 5, 128, False, 0.3),
        # 28 -> 26 -> 13 -> 11 -> 5 pixels.
        "parameters": 32 * (9 * 1 + 1) + 64 * (9 * 32 + 1) + (5 * 5 * 64 * 128 + 128) + 1290,
    },
}
PRINTED_PARAMETERS = {"sigmoid_mlp": 94_494, "dense_512": 407_050, "dropout_cnn": 225_034}

every_recipe = pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES.keys())
every_tutorial = pytest.mark.parametrize("name", TUTORIALS)


@every_tutorial
def test_layers_of_the_tutorial(name):
    layers = [(layer.kind, dict(layer.settings)) for layer in get_recipe(name).layers]
    assert layers == TUTORIALS[name]["layers"]


@every_tutorial
def test_training_of_the_tutorial(name):
    recipe = get_recipe(name)
    assert TUTORIALS[name]["training"] == (
        recipe.loss,
        recipe.optimizer,
        recipe.epochs,
        recipe.batch_size,
        recipe.scale,
        recipe.validation_split,
    )
    # The rest are Keras's own defaults, as the tutorials leave them.
    assert recipe.learning_rate is None and recipe.schedule == "constant"
    assert recipe.augment is None and not recipe.optimizer_settings


@every_tutorial
def test_parameters_of_the_tutorial(name):
    expected = TUTORIALS[name]["parameters"]
    assert expected == PRINTED_PARAMETERS.get(name, expected)
    assert build_model(get_recipe(name)).count_params() == expected


@every_tutorial
def test_tutorial_names_its_source(name):
    assert get_recipe(name).source and get_recipe(name).published


def test_labels_are_one_hot_where_the_loss_wants_it():
    assert get_recipe("dense_512").one_hot
    assert not get_recipe("simple_cnn").one_hot


def test_convolution_without_activation_is_linear():
    model = build_model(get_recipe("simple_cnn"))
    assert model.get_layer("conv2d_1").activation.__name__ == "linear"


def test_names_are_the_keys():
    assert {name: recipe.name for name, recipe in RECIPES.items()} == {
        name: name for name in RECIPES
    }


@every_recipe
def test_built_in_recipes_pass_their_own_check(recipe):
    check_recipe(recipe)
