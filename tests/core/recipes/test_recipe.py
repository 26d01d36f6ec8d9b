"""Recipes: settings can be changed, invalid ones are refused, and they become plain data."""

import dataclasses
import json

import pytest

from mnist_core.errors import RecipeError
from mnist_core.recipes.builtin import RECIPES
from mnist_core.recipes.recipe import (
    OUTPUT,
    Layer,
    SettingChange,
    layer,
    recipe_from_dict,
)
from mnist_core.recipes.saved import get_recipe

every_recipe = pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES.keys())
# --- changing settings --------------------------------------------------------------------

ANOTHER = {
    "loss": "sparse_categorical_crossentropy",
    "optimizer": "sgd",
    "epochs": 77,
    "batch_size": 77,
    "scale": False,
    "learning_rate": 0.07,
    "schedule": "one_cycle",
    "validation": "60/20/20",
    "validation_split": 0.07,
    "augment": "pen",
    "nondigits": 0.07,
    "seed": 77,
    "optimizer_settings": {"beta_1": 0.77},
    "early_stopping": 77,
    "train_images": 77,
    "units": 77,
    "activation": "tanh",
    "filters": 77,
    "kernel_size": 7,
    "pool_size": 7,
    "rate": 0.07,
    "padding": "other",
    "use_bias": True,
    "handwriting": 0.3,
    "momentum": 0.77,
}
OTHERWISE = {
    "loss": "categorical_crossentropy",
    "scale": True,
    "schedule": "constant",
    "augment": None,
}


def another(key, value):
    name = key.split(".")[-1]
    return ANOTHER[name] if ANOTHER[name] != value else OTHERWISE[name]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("epochs", 3),
        ("batch_size", 64),
        ("optimizer", "sgd"),
        ("scale", True),
        ("seed", 5),
        ("learning_rate", 0.01),
        ("validation_split", 0),
        ("augment", "pen"),
        ("epochs", 1),
        ("nondigits", 0.2),
    ],
)
def test_training_setting(key, value):
    changed = get_recipe("dropout_cnn").with_settings({key: value})
    assert getattr(changed, key) == value
    assert dataclasses.replace(changed, **{key: getattr(get_recipe("dropout_cnn"), key)}) == (
        get_recipe("dropout_cnn")
    )


def test_one_layer_s_setting():
    before = get_recipe("dropout_cnn")
    changed = before.with_settings({"conv2d_2.filters": 48})
    assert changed.layers[2] == layer("Conv2D", filters=48, kernel_size=3, activation="relu")
    assert changed.layers[:2] == before.layers[:2] and changed.layers[3:] == before.layers[3:]


def test_bare_name_changes_every_layer_but_the_output():
    changed = get_recipe("sigmoid_mlp").with_settings({"units": 20, "activation": "tanh"})
    assert changed.layers == (
        layer("Flatten"),
        layer("Dense", units=20, activation="tanh"),
        layer("Dense", units=20, activation="tanh"),
        OUTPUT,
    )


def test_later_changes_win():
    changed = get_recipe("sigmoid_mlp").with_settings({"units": 20, "dense_2.units": 30})
    assert changed.settings()["dense_1.units"] == 20
    assert changed.settings()["dense_2.units"] == 30


def test_original_is_not_changed():
    recipe = get_recipe("dropout_cnn")
    before = recipe.to_dict()
    recipe.with_settings({"epochs": 1, "filters": 2, "dropout_1.rate": 0.9})
    assert recipe.to_dict() == before
    assert get_recipe("dropout_cnn") is recipe


def test_no_changes_give_the_same_recipe():
    assert get_recipe("pen").with_settings({}) == get_recipe("pen")


@pytest.mark.parametrize("key", ["output.units", "dense_9.units", "unit", "conv2d_1", "name", ""])
def test_unknown_setting_is_refused_and_the_known_are_listed(key):
    expected = rf"dropout_cnn has no setting '{key}'.*epochs.*conv2d_1\.filters.*: activation"
    with pytest.raises(RecipeError, match=expected):
        get_recipe("dropout_cnn").with_settings({key: 5})


@every_recipe
def test_every_setting_is_accepted_with_its_own_value(recipe):
    for key, value in recipe.settings().items():
        assert recipe.with_settings({key: value}) == recipe
    assert recipe.with_settings(recipe.settings()) == recipe


@every_recipe
def test_settings_have_every_layer_but_the_output(recipe):
    expected = {
        f"{name}.{key}"
        for name, layer in zip(recipe.layer_names(), recipe.layers, strict=True)
        for key in layer.settings
        if name != "output"
    }
    assert {key for key in recipe.settings() if "." in key} == expected


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("epochs", 0),
        ("epochs", -1),
        ("epochs", 1.5),
        ("epochs", "five"),
        ("epochs", True),
        ("epochs", None),
        ("epochs", [1]),
        ("batch_size", 0),
        ("batch_size", 2.0),
        ("batch_size", False),
        ("batch_size", "128"),
        ("seed", -1),
        ("seed", 1.5),
        ("seed", "x"),
        ("seed", None),
        ("seed", True),
        ("seed", 2**32),  # NumPy's generator ends before
        ("validation_split", -0.1),
        ("validation_split", 1),
        ("validation_split", 1.2),
        ("validation_split", "a third"),
        ("validation_split", None),
        ("validation_split", float("nan")),
        ("learning_rate", 0),
        ("learning_rate", -0.1),
        ("learning_rate", "fast"),
        ("learning_rate", float("nan")),
        ("learning_rate", float("inf")),
        ("learning_rate", True),
        ("scale", 1),
        ("scale", "yes"),
        ("scale", None),
        ("loss", "mse"),
        ("loss", None),
        ("loss", ["mse"]),
        ("schedule", "slow"),
        ("schedule", None),
        ("augment", "mirror"),
        ("augment", 5),
        ("augment", ["pen"]),
        ("augment", {}),
        ("optimizer", 5),
        ("optimizer", None),
        ("optimizer", ""),
        ("optimizer", ["adam"]),
    ],
)
def test_wrong_value_is_refused_by_name(key, value):
    with pytest.raises(RecipeError, match=f"`{key}` must be .*Received: {key}="):
        get_recipe("dense_512").with_settings({key: value})


def test_one_cycle_needs_its_peak():
    with pytest.raises(RecipeError, match=r"one_cycle.*needs a learning rate"):
        get_recipe("dense_512").with_settings({"schedule": "one_cycle"})
    changed = get_recipe("dense_512").with_settings(
        {"schedule": "one_cycle", "learning_rate": 0.01}
    )
    assert changed.schedule == "one_cycle"


# --- as plain data ------------------------------------------------------------------------


@every_recipe
def test_round_trip_through_json(recipe):
    again = recipe_from_dict(json.loads(json.dumps(recipe.to_dict())))
    assert again == recipe
    assert again.digest() == recipe.digest()


def test_round_trip_of_a_changed_recipe():
    recipe = get_recipe("pen").with_settings({"kernel_size": [3, 3], "learning_rate": 0.001})
    assert recipe_from_dict(json.loads(json.dumps(recipe.to_dict()))) == recipe


def test_layer_is_shown_as_keras_would_call_it():
    assert str(layer("Dense", units=3, activation="relu")) == "Dense(units=3, activation='relu')"
    assert str(Layer("Flatten", {})) == "Flatten()"


@every_recipe
def test_digest_changes_with_every_setting(recipe):
    # First what the schedule and the early stop can't be changed without.
    recipe = recipe.with_settings({"learning_rate": 0.5, "validation_split": 0.5})
    digests = {recipe.digest()}
    for key, value in recipe.settings().items():
        digests.add(recipe.with_settings({key: another(key, value)}).digest())
    assert len(digests) == 1 + len(recipe.settings())


def test_digest_changes_with_layers_and_the_optimizer_s_settings():
    recipe = get_recipe("dense_512")
    others = [
        dataclasses.replace(recipe, layers=recipe.layers[1:]),
        dataclasses.replace(recipe, layers=(recipe.layers[1], recipe.layers[0], OUTPUT)),
        dataclasses.replace(recipe, optimizer_settings={"momentum": 0.9}),
    ]
    assert len({recipe.digest(), *(other.digest() for other in others)}) == 4


@pytest.mark.parametrize("key", ["name", "title", "source", "published"])
def test_digest_does_not_change_with_words(key):
    recipe = get_recipe("dense_512")
    assert dataclasses.replace(recipe, **{key: "other"}).digest() == recipe.digest()


def test_dropout_is_what_tutorials_call_the_rate():
    changed = get_recipe("dropout_cnn").with_settings({"dropout": 0.1})
    assert [layer.settings["rate"] for layer in changed.layers if layer.kind == "Dropout"] == [
        0.1,
        0.1,
    ]


@pytest.mark.parametrize("share", [-0.1, 1.5, "many", True, None])
def test_a_share_of_nondigits_that_can_t_be(share):
    with pytest.raises(RecipeError, match="`nondigits` must be a share of the batch"):
        get_recipe("pen").with_settings({"nondigits": share})


def test_a_setting_that_has_its_default_is_no_part_of_the_digest():
    recipe = get_recipe("dense_512")
    assert recipe.nondigits == 0
    assert recipe.digest() == recipe.with_settings({"nondigits": 0.0}).digest()
    assert recipe.digest() != recipe.with_settings({"nondigits": 0.1}).digest()


def test_layer_names_count_each_kind():
    assert get_recipe("dropout_cnn").layer_names() == [
        "conv2d_1",
        "maxpooling2d_1",
        "conv2d_2",
        "maxpooling2d_2",
        "dropout_1",
        "flatten_1",
        "dense_1",
        "dropout_2",
        "output",
    ]


def test_other_layers_are_a_setting_too():
    layers = [{"kind": "Flatten"}, {"kind": "Dense", "units": 7, "activation": "tanh"}]
    changed = get_recipe("pen").with_settings({"layers": layers, "dense_1.units": 8, "epochs": 1})
    assert [layer.kind for layer in changed.layers] == ["Flatten", "Dense", "Dense"]
    assert changed.layers[1].settings["units"] == 8
    assert changed.layers[-1] == OUTPUT
    for bad in (3, [3], [{"units": 3}], "Dense"):
        with pytest.raises(RecipeError, match="`layers` must be a list"):
            changed.with_settings({"layers": bad})


def test_the_changes_are_the_settings_that_differ():
    base = get_recipe("dense_512")
    recipe = base.with_settings({"units": 64, "dense_1.use_bias": False, "epochs": 9})
    assert recipe.changes(base) == [
        SettingChange("epochs", 5, 9),
        SettingChange("dense_1.units", 512, 64),
        SettingChange("dense_1.use_bias", None, False),
    ]
    assert str(recipe.changes(base)[2]) == "dense_1.use_bias=false"
    assert base.changes(base) == []


def test_a_setting_that_was_removed_changes_the_layers():
    base = get_recipe("dense_512")
    recipe = dataclasses.replace(base, layers=(base.layers[0], layer("Dense", units=512), OUTPUT))
    [change] = recipe.changes(base)
    assert change.key == "layers"
    assert change.before[1] == {"kind": "Dense", "units": 512, "activation": "relu"}
    assert change.after[1] == {"kind": "Dense", "units": 512}


@pytest.mark.parametrize("name", RECIPES)
def test_the_changes_make_one_recipe_into_another(name):
    base, recipe = get_recipe("simple_cnn"), get_recipe(name)
    changes = {change.key: change.after for change in recipe.changes(base)}
    assert base.with_settings(changes).digest() == recipe.digest()


@pytest.mark.parametrize(
    ("changes", "setting"),
    [
        ({"epochs": 0}, "epochs"),
        ({"colour": 1}, "colour"),
        ({"early_stopping": 3}, "early_stopping"),
        ({"schedule": "one_cycle"}, "learning_rate"),
        ({"layers": 3}, "layers"),
    ],
)
def test_an_error_has_the_setting_that_is_invalid(changes, setting):
    with pytest.raises(RecipeError) as caught:
        get_recipe("dense_512").with_settings(changes)
    assert caught.value.setting == setting
    assert caught.value.layer == ""
    assert caught.value.reason == str(caught.value)
