"""Every form of a network says what the network says; its snippet runs; its card is right."""

import json
import os
import re
import subprocess
import sys
import zipfile

import keras
import numpy as np
import pytest
from PIL import Image, ImageDraw

from mnist_core import ModelError, Recognizer, load_picture, open_model, prepare_drawing
from mnist_core.models.exports import (
    ANSWERS,
    FORMS,
    TOLERANCE,
    check_export,
    class_names,
    export_network,
    file_name,
    kept_export,
    make_export,
    model_card,
    snippet,
    snippet_name,
)
from mnist_core.models.store import StoredModel, write_model
from mnist_core.models.train_or_load import export_litert
from mnist_core.recipes.build import build_model
from mnist_core.recipes.builtin import RECIPES
from mnist_core.recipes.recipe import OUTPUT, Recipe, layer
from mnist_core.recipes.trace import ACTIVATIONS

NETWORKS = ("pen", "dense_512")  # a convolutional one that knows "not a digit", and a dense one


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A folder with every form of two networks, and their snippets."""
    home = tmp_path_factory.mktemp("exports")
    for name in NETWORKS:
        model = open_model(name)
        for form in FORMS.values():
            (home / file_name(model, form)).write_bytes(export_network(model, form))
            (home / snippet_name(model, form)).write_text(snippet(model, form), "utf-8")
    return home


@pytest.fixture(scope="module")
def picture(tmp_path_factory):
    """Dark ink on light paper, of no size that a network takes."""
    path = tmp_path_factory.mktemp("pictures") / "four.png"
    drawn = Image.new("RGB", (310, 260), "#f4f1e8")
    pen = ImageDraw.Draw(drawn)
    pen.line([(150, 40), (90, 150), (200, 150)], fill="#1d2a5f", width=18, joint="curve")
    pen.line([(165, 90), (160, 225)], fill="#1d2a5f", width=18)
    drawn.save(path)
    return path


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("form", FORMS.values(), ids=list(FORMS))
def test_every_form_says_what_the_network_says(mnist, exported, name, form):
    model = open_model(name)
    content = (exported / file_name(model, form)).read_bytes()
    check = check_export(model, form, content, mnist)
    assert (check.images, check.same, check.data) == (1000, 1000, "MNIST")
    assert 0 <= check.difference <= TOLERANCE
    # What the training's own test wrote down, through none of these forms' code.
    answers = ANSWERS[form.name](content, mnist.x_test[:1000].astype(np.float32))
    assert answers.shape == (1000, model.recipe.classes)
    predicted = model.test_answers()["predicted"][:1000]
    np.testing.assert_array_equal(answers[:, :10].argmax(axis=1), predicted)


@pytest.mark.parametrize("form", FORMS.values(), ids=list(FORMS))
def test_the_snippet_reads_a_picture_as_the_app_does(exported, picture, form):
    expected = Recognizer.load("pen").recognize(prepare_drawing(load_picture(picture)))
    assert expected.digit == 4
    program = str(exported / snippet_name(open_model("pen"), form))
    done = subprocess.run(
        [sys.executable, program, str(picture)],
        cwd=exported,
        capture_output=True,
        text=True,
        check=True,
    )
    nothing, digit = done.stdout.splitlines()
    assert re.fullmatch(r"not a digit: \d+\.\d%", nothing)
    assert re.fullmatch(r"4: \d+\.\d%", digit)
    assert float(digit[3:-1]) > 90


@pytest.mark.parametrize("form", ["litert", "onnx"])
def test_the_snippet_of_a_network_of_ten_answers_runs_without_a_picture(exported, form):
    program = str(exported / snippet_name(open_model("dense_512"), FORMS[form]))
    done = subprocess.run(
        [sys.executable, program], cwd=exported, capture_output=True, text=True, check=True
    )
    assert re.fullmatch(r"1: \d+\.\d%\n", done.stdout)


def test_the_snippets_need_nothing_of_this_project():
    for form in FORMS.values():
        assert "mnist_core" not in snippet(open_model("pen"), form)


def test_a_file_of_another_network_is_not_given_out(mnist):
    other = open_model("simple_cnn").read("litert")
    with pytest.raises(ModelError, match="says something else than the network"):
        check_export(open_model("dense_512"), FORMS["litert"], other, mnist)
    with pytest.raises(ModelError, match="gives"):
        check_export(open_model("pen"), FORMS["litert"], other, mnist)


@pytest.mark.parametrize("form", FORMS.values(), ids=list(FORMS))
def test_a_cut_file_is_not_given_out(mnist, exported, form):
    model = open_model("dense_512")
    content = (exported / file_name(model, form)).read_bytes()[:1000]
    with pytest.raises(ModelError, match="can't be read again"):
        check_export(model, form, content, mnist)


def test_the_savedmodel_is_a_zip_of_its_folder(exported):
    with zipfile.ZipFile(exported / "dense_512-savedmodel.zip") as file:
        assert {"saved_model.pb", "variables/variables.index"} <= set(file.namelist())


# --- kept on disk -------------------------------------------------------------------------


def test_an_export_is_kept_until_its_network_is_another_one(tmp_path, monkeypatch):
    monkeypatch.setenv("MNIST_CORE_RUNS", str(tmp_path))
    model, form = open_model("sigmoid_mlp"), FORMS["litert"]
    assert kept_export(model, form) is None
    made = make_export(model, form)
    assert made.path.read_bytes() == model.read("litert")
    assert kept_export(model, form) == made
    assert kept_export(model, FORMS["onnx"]) is None
    assert kept_export(open_model("dense_512"), form) is None
    made.path.write_bytes(b"cut")
    assert kept_export(model, form) is None


def test_old_exports_make_room_for_new_ones(tmp_path, monkeypatch):
    from mnist_core.models import exports

    monkeypatch.setenv("MNIST_CORE_RUNS", str(tmp_path))
    monkeypatch.setattr(exports, "KEPT", 2)
    model, form = open_model("sigmoid_mlp"), FORMS["litert"]
    home = tmp_path / "exports"
    home.mkdir()
    for age in range(3):
        for ending in (".tflite", ".json"):
            (home / f"old{age}-litert{ending}").write_text("{}")
        os.utime(home / f"old{age}-litert.json", (age, age))
    made = make_export(model, form)
    left = {path.name for path in home.iterdir()}
    assert left == {
        made.path.name,
        made.path.with_suffix(".json").name,
        "old2-litert.tflite",
        "old2-litert.json",
    }


# --- the model card -----------------------------------------------------------------------


@pytest.mark.parametrize("name", RECIPES)
def test_the_card_says_what_is_stored(name):
    model = open_model(name)
    text, found = model_card(model), model.evaluation
    assert text.startswith(f"# {name}\n")
    assert [line for line in text.splitlines() if line.startswith("## ")] == [
        "## Layers",
        "## Training",
        "## How good it is",
        "## Limits",
        "## Use",
    ]
    assert f"accuracy **{found.accuracy:.2%}**" in text
    assert f"Parameters (numbers that were learned): {model.card['parameters']:,}." in text
    assert model.card["files"]["keras"]["sha256"] in text
    assert f"{model.card['data']['train_images']:,} images of MNIST" in text
    assert model.recipe.command() in text
    parts = [line.split("|")[4] for line in text.splitlines() if line.startswith(("| conv", "| d"))]
    for part in parts:  # the arithmetic of the parameters adds up
        if "=" in part:
            count, arithmetic = part.split("=")
            assert int(count.replace(",", "")) == eval(arithmetic.replace("x", "*"))
    for scores in found.per_class:
        assert f"| {scores.digit} | {scores.precision:.2%} | {scores.recall:.2%} |" in text
    assert ("how likely it is none of them" in text) == (name == "pen")
    assert ("probabilities were not calibrated" in text) == (
        not model.card["calibration"]["images"]
    )


def test_the_card_names_the_commonest_mistake():
    matrix = np.array(open_model("dense_512").evaluation.confusion_matrix)
    np.fill_diagonal(matrix, 0)
    true, read = np.unravel_index(matrix.argmax(), matrix.shape)
    told = re.search(
        r"commonest mistakes: (\d) read as (\d) \((\d+) times", model_card(open_model("dense_512"))
    )
    assert matrix[int(told[1]), int(told[2])] == int(told[3]) == matrix[true, read]


def changed(model, **data):
    """The model with another card's data."""
    card = json.loads(json.dumps(dict(model.card)))
    card["data"].update(data)
    return StoredModel(model.name, model.folder, card)


def test_a_network_of_other_data_has_their_names():
    names = [
        "T-shirt",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Boot",
    ]
    model = changed(
        open_model("dense_512"), name="Fashion-MNIST", verified=False, class_names=names
    )
    assert class_names(model) == names
    text = model_card(model)
    assert "images of Fashion-MNIST" in text and "7 Sneaker" in text
    assert "Census" not in text and "handwritten" not in text
    assert repr(names) in snippet(model, FORMS["onnx"])
    compile(snippet(model, FORMS["onnx"]), "snippet", "exec")


def test_what_was_not_trained_on_mnist_says_so():
    model = changed(open_model("dense_512"), name="small digits", verified=False)
    assert "It was not trained on MNIST but on small digits." in model_card(model)


# --- networks that people build -----------------------------------------------------------

BUILT = (
    layer("Conv2D", filters=4, kernel_size=[3, 5], strides=2, padding="same", activation="gelu"),
    layer("BatchNormalization"),
    layer("Activation", activation="leaky_relu"),
    layer("SpatialDropout2D", rate=0.2),
    layer("AveragePooling2D", pool_size=2),
    layer("GaussianNoise", stddev=0.1),
    layer("Conv2D", filters=6, kernel_size=3, use_bias=False, activation="selu"),
    layer("Flatten"),
    *(layer("Dense", units=40, activation=name) for name in ACTIVATIONS if name != "softmax"),
    layer("Dropout", rate=0.5),
    OUTPUT,
)


@pytest.mark.parametrize("form", FORMS.values(), ids=list(FORMS))
def test_every_kind_of_layer_can_be_taken_along(mnist, tmp_path, form):
    recipe = Recipe("built", "", BUILT, "categorical_crossentropy", "adam", 1, 32, scale=False)
    keras.utils.set_random_seed(0)
    network = build_model(recipe)
    network.save(tmp_path / "network.keras")
    files = {
        "keras": (tmp_path / "network.keras").read_bytes(),
        "litert": export_litert(network),
    }
    model = write_model(
        "built", {"recipe": recipe.to_dict(), "data": {"name": "MNIST"}}, files, tmp_path
    )
    check = check_export(model, form, export_network(model, form), mnist)
    assert check.images == check.same == 1000
    # An untrained network says nearly the same of every image: the check must not rest on that.
    answers = ANSWERS["litert"](files["litert"], mnist.x_test[:1000].astype(np.float32))
    assert answers.std(axis=0).max() > 20 * TOLERANCE
