"""The program of a recipe: run as it is, on a tiny MNIST, it trains the recipe's own network."""

import ast
import dataclasses
import re

import nbformat
import numpy as np
import pytest

from mnist_core.errors import RecipeError
from mnist_core.i18n import speaking
from mnist_core.recipes.build import build_model
from mnist_core.recipes.builtin import DENSE_512, FAST_CNN, PEN, RECIPES
from mnist_core.recipes.cells import Cell, markdown, notebook, script
from mnist_core.recipes.program import cells, layer_code, literal, network_code
from mnist_core.recipes.recipe import LOSSES, OUTPUT, SCHEDULES, TRAINING_SETTINGS, layer

OTHER = {
    "loss": "sparse_categorical_crossentropy",
    "optimizer": "sgd",
    "optimizer_settings": {"rho": 0.8},
    "epochs": 3,
    "batch_size": 77,
    "scale": False,
    "learning_rate": 0.007,
    "schedule": "one_cycle",
    "validation": "60/20/20",
    "validation_split": 0.15,
    "early_stopping": 4,
    "train_images": 1234,
    "augment": "pen",
    "nondigits": 0.1,
    "handwriting": 0.2,
    "seed": 9,
}
NEEDED = {"schedule": {"learning_rate": 0.01}, "early_stopping": {"validation_split": 0.1}}


@pytest.fixture
def run(digits, run_program):
    """Run a program where `keras.datasets` has 300 and 60 digits; gives its names and figures."""
    return run_program(
        (digits.x_train[:300], digits.y_train[:300]), (digits.x_test[:60], digits.y_test[:60])
    )


def short(recipe):
    """The recipe with what takes long made small."""
    return recipe.with_settings({"epochs": 1, "batch_size": 100})


def arithmetic(network):
    """What a network computes: its layers without those that only change the shape."""
    left_out = ("InputLayer", "Reshape", "RandomRotation", "RandomShear", "RandomZoom")
    layers = []
    for one in network.layers:
        if type(one).__name__ not in (*left_out, "RandomTranslation"):
            config = one.get_config()
            config.pop("name")
            layers.append((type(one).__name__, config))
    return layers


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES.keys())
def test_the_program_of_a_recipe_trains_its_network(recipe, run, tmp_path):
    from mnist_core.training.loop import make_optimizer

    recipe = short(recipe)
    names = run(script(cells(recipe)))
    network, history = names["network"], names["history"]
    ours = build_model(recipe.with_settings({"nondigits": 0.0}))
    assert arithmetic(network) == arithmetic(ours)
    learned = recipe.training_rows(300)[0].stop
    steps = -(-learned // recipe.batch_size)
    assert history.params["epochs"] == recipe.epochs
    assert history.params["steps"] == steps
    assert ("val_loss" in history.history) == bool(recipe.validation_split)
    optimizer = make_optimizer(recipe, steps * recipe.epochs)
    assert {**network.optimizer.get_config(), "name": ""} == {**optimizer.get_config(), "name": ""}
    assert network.loss == recipe.loss
    assert 0 <= names["accuracy"] <= 1
    assert names["confusion"].sum() == 60
    assert (tmp_path / f"{recipe.name}.keras").exists()
    kinds = [figure.data[0].type for figure in names["figures"]]
    assert kinds == ["image", "scatter", "scatter", "heatmap", "image"]


@pytest.mark.parametrize("setting", TRAINING_SETTINGS)
def test_every_setting_is_in_the_program(setting):
    assert set(OTHER) == set(TRAINING_SETTINGS)
    base = DENSE_512.with_settings(NEEDED.get(setting, {}))
    changed = base.with_settings({setting: OTHER[setting]})
    assert script(cells(changed)) != script(cells(base))


@pytest.mark.parametrize("schedule", SCHEDULES[1:])
def test_the_schedule_is_that_of_the_app(run, schedule):
    from mnist_core.training.loop import make_optimizer

    changes = {"schedule": schedule, "learning_rate": 0.004, "validation_split": 0.2, "epochs": 2}
    recipe = DENSE_512.with_settings({**changes, "batch_size": 100})
    ours = make_optimizer(recipe, steps=2 * 3).get_config()["learning_rate"]
    assert run(script(cells(recipe)))["optimizer"].get_config()["learning_rate"] == ours


@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_and_sixty_twenty_twenty(run, loss):
    recipe = short(DENSE_512).with_settings({"loss": loss, "validation": "60/20/20"})
    names = run(script(cells(recipe)))
    learned, validated = recipe.training_rows(300)
    assert (len(names["x_train"]), len(names["x_valid"])) == (180, 60)
    assert (learned, validated) == (slice(0, 180), slice(180, 240))
    assert recipe.rows_set_aside(300) == slice(240, 300) and len(names["x_aside"]) == 60
    assert "val_loss" in names["history"].history


def test_validated_on_the_test_set_with_a_warning(run):
    recipe = short(DENSE_512).with_settings({"validation": "test"})
    code = script(cells(recipe))
    assert "# Validated on the test images." in code
    names = run(code)
    assert names["history"].history["val_loss"][-1] == pytest.approx(names["loss"], rel=1e-4)


def test_what_a_program_leaves_out_is_said():
    text = script(cells(PEN))
    assert "eleventh class" in text and "generated writers" in text and "bends strokes" in text
    assert "leaves out parts of the recipe" not in script(cells(FAST_CNN))


def test_settings_of_layers_and_early_stopping_and_a_share_of_the_images(run):
    recipe = DENSE_512.with_settings(
        {
            "epochs": 2,
            "train_images": 200,
            "validation_split": 0.25,
            "early_stopping": 1,
            "optimizer": "sgd",
            "optimizer_settings": {"momentum": 0.5, "nesterov": True},
            "dense_1.kernel_regularizer": "l2",
            "dense_1.use_bias": False,
        }
    )
    names = run(script(cells(recipe)))
    dense = names["network"].layers[-2]
    assert not dense.use_bias and dense.kernel_regularizer.l2
    assert names["history"].params["steps"] == -(-150 // 128)
    assert names["network"].optimizer.nesterov
    assert names["stop_early"].patience == 1


@pytest.mark.parametrize(
    "layers",
    [
        (layer("BatchNormalization"), layer("SeparableConv2D", filters=3, kernel_size=3)),
        (layer("SeparableConv2D", filters=3, kernel_size=3), layer("MaxPooling2D", pool_size=2)),
        (layer("LSTM", units=4, unroll=True),),
        (layer("Flatten"), layer("Dense", units=3, activation="mish")),
    ],
)
@pytest.mark.parametrize("augment", [None, "pen"])
def test_layers_that_only_keras_knows(layers, augment):
    import keras

    flat = () if layers[0].kind in ("LSTM", "Flatten") else (layer("Flatten"),)
    recipe = dataclasses.replace(DENSE_512, layers=(*layers, *flat, OUTPUT), augment=augment)
    names = {"keras": keras}
    exec(network_code(recipe), names)
    assert arithmetic(names["network"]) == arithmetic(build_model(recipe))


def test_an_imported_data_set_and_its_classes(run, digits, tmp_path):
    folder = tmp_path / 'my "set"'
    folder.mkdir()
    for name in ("x_train", "y_train", "x_test", "y_test"):
        np.save(folder / f"{name}.npy", getattr(digits, name)[:50])
    classes = [f"class {digit}" for digit in range(10)]
    names = run(script(cells(short(DENSE_512), 'my "set"', classes)))
    assert len(names["x_train"]) == 50
    assert all(title.startswith("class ") for title in names["titles"])


def test_a_notebook_is_valid_and_has_the_code_of_the_script():
    made = cells(DENSE_512)
    content = notebook(made)
    book = nbformat.reads(content, as_version=4)
    nbformat.validate(book)
    assert notebook(made) == content  # the same cells give the same file
    code = [cell.source for cell in book.cells if cell.cell_type == "code"]
    text = script(made)
    assert code == [cell.text for cell in made if cell.is_code]
    assert all(part in text for part in code)


def test_markdown_becomes_comments():
    assert script([markdown("# Title\n\nText"), Cell("x = 1")]) == "# # Title\n#\n# Text\n\nx = 1\n"


def test_what_people_typed_stays_text():
    recipe = DENSE_512.with_settings({})
    object.__setattr__(recipe, "title", "a\nimport os *b*")
    text = script(cells(recipe))
    assert "\nimport os" not in text and r"a import os \*b\*" in text


@pytest.mark.parametrize("kind", ["Dense(1), print", "class", ""])
def test_a_layer_that_is_no_name_is_refused(kind):
    with pytest.raises(RecipeError, match="have names"):
        layer_code(layer(kind))


def test_values_as_code():
    assert literal((3, 3)) == "(3, 3)" and literal([3]) == "(3,)"
    assert literal({"class_name": "L2", "config": {"l2": 0.01}}) == (
        '{"class_name": "L2", "config": {"l2": 0.01}}'
    )
    assert literal('"') == '"\\""' and literal(None) == "None" and literal(True) == "True"
    with pytest.raises(RecipeError, match="a number, a string or a list"):
        literal(object())


@pytest.mark.parametrize("schedule", ["one_cycle", "cosine", "exponential", "step"])
@pytest.mark.parametrize("validation", ["share", "60/20/20", "test"])
def test_texts_and_comments_are_in_the_reader_s_language_and_the_code_is_the_same(
    schedule, validation
):
    recipe = PEN.with_settings({"schedule": schedule, "validation": validation})
    english = script(cells(recipe))
    with speaking("zh"):
        chinese = script(cells(recipe))
    assert ast.dump(ast.parse(chinese)) == ast.dump(ast.parse(english))
    comments = [line.split("# ", 1)[1] for line in chinese.splitlines() if "# " in line]
    assert len(comments) > 10
    assert [line for line in comments if not re.search("[一-鿿]", line)] == []
