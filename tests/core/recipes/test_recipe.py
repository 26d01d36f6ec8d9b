"""The recipes are the tutorials', every setting can be changed, and nonsense is refused."""

import dataclasses
import json
import shlex

import pytest

from mnist_core.errors import RecipeError
from mnist_core.recipes.recipe import (
    OUTPUT,
    RECIPES,
    Layer,
    Recipe,
    build_model,
    check_recipe,
    delete_recipe,
    get_recipe,
    layer,
    parse_settings,
    recipe_from_dict,
    recipe_names,
    save_recipe,
)

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


# --- the tutorials' networks --------------------------------------------------------------


@every_tutorial
def test_layers_of_the_tutorial(name):
    layers = [(one.kind, dict(one.settings)) for one in get_recipe(name).layers]
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


# --- building -----------------------------------------------------------------------------


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


@pytest.mark.parametrize("share", [-0.1, 1.5, "many", True, None])
def test_a_share_of_nondigits_that_can_t_be(share):
    with pytest.raises(RecipeError, match="`nondigits` must be a share of the batch"):
        get_recipe("pen").with_settings({"nondigits": share})


def test_a_setting_that_has_its_default_is_no_part_of_the_digest():
    recipe = get_recipe("dense_512")
    assert recipe.nondigits == 0
    assert recipe.digest() == recipe.with_settings({"nondigits": 0.0}).digest()
    assert recipe.digest() != recipe.with_settings({"nondigits": 0.1}).digest()


@every_recipe
def test_layers_of_the_network_have_the_recipe_s_names(recipe):
    names = [one.name for one in build_model(recipe).layers]
    ours = [name for name in names if name not in ("pixels", "scale", "channel")]
    assert ours == recipe.layer_names()
    assert ("scale" in names) == recipe.scale
    assert names[-1] == "output"


def test_scaling_divides_by_255():
    assert build_model(get_recipe("dense_512")).get_layer("scale").scale == pytest.approx(1 / 255)


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
        ("dropout_cnn", {"maxpooling2d_2.pool_size": 12}, "maxpooling2d_2, .*gets .11, 11, 64"),
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
    with pytest.raises(RecipeError, match=f"{name}: the layer {words}"):
        build_model(get_recipe(name).with_settings(changes))


def test_layer_setting_that_does_not_exist():
    with pytest.raises(RecipeError, match=r"mine: the layer dense_1, .*unit=3"):
        build_model(small(layer("Flatten"), layer("Dense", unit=3), OUTPUT))


def test_reason_of_a_layer_is_one_line_without_colours():
    with pytest.raises(RecipeError) as caught:
        build_model(get_recipe("dropout_cnn").with_settings({"pool_size": 40}))
    assert "\n" not in str(caught.value) and "\x1b" not in str(caught.value)


# --- changing settings --------------------------------------------------------------------

ANOTHER = {
    "loss": "sparse_categorical_crossentropy",
    "optimizer": "sgd",
    "epochs": 77,
    "batch_size": 77,
    "scale": False,
    "learning_rate": 0.07,
    "schedule": "one_cycle",
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
        for name, one in zip(recipe.layer_names(), recipe.layers, strict=True)
        for key in one.settings
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
    with pytest.raises(RecipeError, match=r"one_cycle.*needs a peak"):
        get_recipe("dense_512").with_settings({"schedule": "one_cycle"})
    changed = get_recipe("dense_512").with_settings(
        {"schedule": "one_cycle", "learning_rate": 0.01}
    )
    assert changed.schedule == "one_cycle"


@every_recipe
def test_built_in_recipes_pass_their_own_check(recipe):
    check_recipe(recipe)


def test_unknown_recipe_lists_those_that_are_there():
    with pytest.raises(RecipeError, match=r"no recipe 'pan'\. There are: .*pen.*dense_512"):
        get_recipe("pan")


def test_names_are_the_keys():
    assert {name: recipe.name for name, recipe in RECIPES.items()} == {
        name: name for name in RECIPES
    }


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


def test_a_layer_takes_settings_that_the_recipe_leaves_to_keras():
    changed = get_recipe("simple_cnn").with_settings({"conv2d_1.activation": "relu"})
    assert changed.layers[0].settings == {"filters": 28, "kernel_size": 3, "activation": "relu"}
    wrong = get_recipe("simple_cnn").with_settings({"conv2d_1.colour": "red"})
    with pytest.raises(RecipeError, match="conv2d_1"):
        build_model(wrong)
    with pytest.raises(RecipeError, match="padding"):
        build_model(get_recipe("pen").with_settings({"padding": 5}))


def test_dropout_is_what_tutorials_call_the_rate():
    changed = get_recipe("dropout_cnn").with_settings({"dropout": 0.1})
    assert [one.settings["rate"] for one in changed.layers if one.kind == "Dropout"] == [0.1, 0.1]


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


# --- recipes of one's own -----------------------------------------------------------------


def test_a_saved_recipe_is_a_recipe_like_the_others(isolated):
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


def test_other_layers_are_a_setting_too(isolated):
    layers = [{"kind": "Flatten"}, {"kind": "Dense", "units": 7, "activation": "tanh"}]
    changed = get_recipe("pen").with_settings({"layers": layers, "dense_1.units": 8, "epochs": 1})
    assert [one.kind for one in changed.layers] == ["Flatten", "Dense", "Dense"]
    assert changed.layers[1].settings["units"] == 8
    assert changed.layers[-1] == OUTPUT
    for bad in (3, [3], [{"units": 3}], "Dense"):
        with pytest.raises(RecipeError, match="layers is a list"):
            changed.with_settings({"layers": bad})
    saved = save_recipe(changed, "mine")
    fast = save_recipe(get_recipe("fast_cnn"), "fast")
    for recipe in (changed, saved, fast, get_recipe("fast_cnn").with_settings({"layers": layers})):
        words = shlex.split(recipe.command())
        settings = parse_settings(words[i + 1] for i, word in enumerate(words) if word == "--set")
        assert get_recipe(words[4]).with_settings(settings).digest() == recipe.digest()
