"""A network predicts the same in every format, and damaged exports are discarded."""

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
from mnist_core.models.export_formats import FORMATS, export_file_name
from mnist_core.models.exports import (
    PREDICTORS,
    check_export,
    export_network,
    make_export,
    stored_export,
)
from mnist_core.models.litert import TOLERANCE
from mnist_core.models.snippets import snippet, snippet_file_name
from mnist_core.models.store import write_model
from mnist_core.models.train_or_load import export_litert
from mnist_core.recipes.build import build_model
from mnist_core.recipes.recipe import OUTPUT, Recipe, layer
from mnist_core.recipes.trace import ACTIVATIONS

NETWORKS = ("pen", "dense_512")  # a convolutional one that knows "not a digit", and a dense one


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A folder with two networks in every format, and their example programs."""
    home = tmp_path_factory.mktemp("exports")
    for name in NETWORKS:
        model = open_model(name)
        for form in FORMATS.values():
            (home / export_file_name(model, form)).write_bytes(export_network(model, form))
            (home / snippet_file_name(model, form)).write_text(snippet(model, form), "utf-8")
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
@pytest.mark.parametrize("form", FORMATS.values(), ids=list(FORMATS))
def test_the_predictions_are_the_same_in_every_format(mnist, exported, name, form):
    model = open_model(name)
    content = (exported / export_file_name(model, form)).read_bytes()
    check = check_export(model, form, content, mnist)
    assert (check.images, check.agreements, check.data) == (1000, 1000, "MNIST")
    assert 0 <= check.max_difference <= TOLERANCE
    # The predictions stored at the end of the training didn't come from an exported file.
    answers = PREDICTORS[form.name](content, mnist.x_test[:1000].astype(np.float32))
    assert answers.shape == (1000, model.recipe.classes)
    predicted = model.test_answers()["predicted"][:1000]
    np.testing.assert_array_equal(answers[:, :10].argmax(axis=1), predicted)


@pytest.mark.parametrize("form", FORMATS.values(), ids=list(FORMATS))
def test_the_example_program_reads_a_picture_as_the_app_does(exported, picture, form):
    expected = Recognizer.load("pen").recognize(prepare_drawing(load_picture(picture)))
    assert expected.digit == 4
    program = str(exported / snippet_file_name(open_model("pen"), form))
    done = subprocess.run(
        [sys.executable, program, str(picture)],
        cwd=exported,
        capture_output=True,
        text=True,
        check=True,
    )
    nondigit, digit = done.stdout.splitlines()
    assert re.fullmatch(r"not a digit: \d+\.\d%", nondigit)
    assert re.fullmatch(r"4: \d+\.\d%", digit)
    assert float(digit[3:-1]) > 90


@pytest.mark.parametrize("form", ["litert", "onnx"])
def test_the_example_program_of_a_network_with_ten_classes_runs_without_a_picture(exported, form):
    program = str(exported / snippet_file_name(open_model("dense_512"), FORMATS[form]))
    done = subprocess.run(
        [sys.executable, program], cwd=exported, capture_output=True, text=True, check=True
    )
    assert re.fullmatch(r"1: \d+\.\d%\n", done.stdout)


def test_the_example_programs_need_nothing_of_this_project():
    for form in FORMATS.values():
        assert "mnist_core" not in snippet(open_model("pen"), form)


def test_a_file_of_another_network_is_discarded(mnist):
    other = open_model("simple_cnn").read("litert")
    with pytest.raises(ModelError, match="gives other probabilities than the network"):
        check_export(open_model("dense_512"), FORMATS["litert"], other, mnist)
    with pytest.raises(ModelError, match="has outputs of shape"):
        check_export(open_model("pen"), FORMATS["litert"], other, mnist)


@pytest.mark.parametrize("form", FORMATS.values(), ids=list(FORMATS))
def test_a_cut_file_is_discarded(mnist, exported, form):
    model = open_model("dense_512")
    content = (exported / export_file_name(model, form)).read_bytes()[:1000]
    with pytest.raises(ModelError, match="can't be read"):
        check_export(model, form, content, mnist)


def test_the_savedmodel_is_a_zip_of_its_folder(exported):
    with zipfile.ZipFile(exported / "dense_512-savedmodel.zip") as file:
        assert {"saved_model.pb", "variables/variables.index"} <= set(file.namelist())


# --- stored on disk -----------------------------------------------------------------------


def test_an_export_stays_stored_until_its_network_is_replaced(tmp_path, monkeypatch):
    monkeypatch.setenv("MNIST_CORE_RUNS", str(tmp_path))
    model, form = open_model("sigmoid_mlp"), FORMATS["litert"]
    assert stored_export(model, form) is None
    made = make_export(model, form)
    assert made.path.read_bytes() == model.read("litert")
    assert stored_export(model, form) == made
    assert stored_export(model, FORMATS["onnx"]) is None
    assert stored_export(open_model("dense_512"), form) is None
    content = bytearray(made.path.read_bytes())
    content[-1] ^= 1  # of the same size
    for wrong in (bytes(content), b"cut"):
        made.path.write_bytes(wrong)
        assert stored_export(model, form) is None


def test_old_exports_make_room_for_new_ones(tmp_path, monkeypatch):
    monkeypatch.setenv("MNIST_CORE_RUNS", str(tmp_path))
    model, form = open_model("sigmoid_mlp"), FORMATS["litert"]
    home = tmp_path / "exports"
    home.mkdir()
    for age in range(3):
        for ending in (".tflite", ".json"):
            (home / f"old{age}-litert{ending}").write_text("{}")
        os.utime(home / f"old{age}-litert.json", (age, age))
    made = make_export(model, form, max_stored=2)
    left = {path.name for path in home.iterdir()}
    assert left == {
        made.path.name,
        made.path.with_suffix(".json").name,
        "old2-litert.tflite",
        "old2-litert.json",
    }


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


@pytest.mark.parametrize("form", FORMATS.values(), ids=list(FORMATS))
def test_every_kind_of_layer_can_be_exported(mnist, tmp_path, form):
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
    assert check.images == check.agreements == 1000
    # An untrained network predicts nearly the same for every image. The check must not rest on it.
    answers = PREDICTORS["litert"](files["litert"], mnist.x_test[:1000].astype(np.float32))
    assert answers.std(axis=0).max() > 20 * TOLERANCE
