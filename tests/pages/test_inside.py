"""See inside: every network, section and layer runs; links open what they say."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from mnist_core import settings
from mnist_core.models.layers import LayerNetwork
from mnist_core.models.store import REQUIRED, list_models, open_model, write_model
from mnist_core.system import tensorflow_process as outside
from pages.inside.flow import groups

ROOT = Path(__file__).parents[2]
SHIPPED = [model.name for model in list_models(settings.models_dir())[0]]


def inside(**link):
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    at.query_params.update(link)
    at.run()
    at.switch_page("pages/inside/page.py").run()
    assert not at.exception
    return at


def words(at):
    return " ".join([*(one.value for one in at.markdown), *(one.value for one in at.caption)])


def layer_choice(at):
    return next(box for box in at.selectbox if box.label == "Layer")


@pytest.mark.parametrize("name", SHIPPED)
def test_every_layer_of_every_network_opens(name):
    at = inside()
    at.selectbox[0].select(name).run()
    assert not at.exception
    sections(at).set_value("layer").run()
    names = LayerNetwork.load(open_model(name)).names
    assert layer_choice(at).options == names
    for layer in names:
        layer_choice(at).select(layer).run()
        assert not at.exception and not at.error
        assert layer in at.query_params["layer"]


def sections(at):
    return next(one for one in at.segmented_control if one.label == "Section")


def test_where_the_image_comes_from_outlasts_the_page():
    at = inside()
    at.segmented_control(key="inside_from").set_value("Test image").run()
    assert "Its label says **9**" in words(at)
    at.switch_page("pages/draw/page.py").run()
    at.switch_page("pages/inside/page.py").run()
    assert at.segmented_control(key="inside_from").value == "Test image"
    assert "Its label says **9**" in words(at)


def test_a_link_opens_what_it_says():
    at = inside(model="dropout_cnn", section="layer", layer="conv2d_2", unit="9", image="17")
    assert at.selectbox[0].value == "dropout_cnn"
    assert layer_choice(at).value == "conv2d_2"
    assert at.number_input[0].value == 9
    assert "Test image 17" in words(at)
    assert "26 x 26" not in words(at) and "13 x 13 x 32 → 11 x 11 x 64" in words(at)
    assert "18,496 parameters: 3 x 3 x 32 x 64 + 64" in words(at)


@pytest.mark.parametrize(
    "link",
    [
        {"model": "nobody", "section": "nowhere", "layer": "nothing", "unit": "-3", "image": "x"},
        {"model": "dense_512", "section": "layer", "layer": "conv2d_1", "unit": "99999999"},
        {"section": "layer", "unit": "1e9", "image": "9" * 5000},
    ],
)
def test_a_link_with_nonsense_opens_what_there_is(link):
    at = inside(**link)
    assert not at.error


def test_without_a_drawing_a_test_image_stands_in():
    at = inside()
    assert "Draw a digit above. Meanwhile, a test image is shown." in words(at)


def test_the_structure_says_what_keras_would():
    at = inside(section="structure", model="simple_cnn")
    assert "8 layers with 607,394 **parameters**" in words(at)
    assert "conv2d_1 (Conv2D)" in at.code[0].value
    assert "Total params: 607,394" in at.code[0].value


def test_weights_are_shown_or_said_not_to_be_there():
    at = inside(model="simple_cnn", section="layer", layer="conv2d_1", unit="3")
    part = next(one for one in at.segmented_control if one.label == "Part")
    part.set_value("Weights").run()
    assert not at.exception
    assert "The 28 kernels" in words(at)
    layer_choice(at).select("dense_1").run()
    assert "The 4,732 weights of unit 0" in words(at)
    layer_choice(at).select("dropout_1").run()
    assert "This layer has no weights" in words(at)


def test_a_network_stored_without_its_layers_gets_them(tmp_path, monkeypatch):
    model = open_model("sigmoid_mlp")
    files = {kind: model.read(kind) for kind in REQUIRED}
    monkeypatch.setenv("MNIST_CORE_MODELS", str(tmp_path / "models"))
    write_model("old", {**model.card, "name": "old"}, files)
    at = inside()
    assert "Preparing the layers" in words(at)
    while not open_model("old").has("layers"):
        outside._asked[next(reversed(outside._asked))].result(120)
    at.run()
    assert not at.exception and not at.error
    sections(at).set_value("layer").run()
    assert layer_choice(at).options == ["flatten_1", "dense_1", "dense_2", "output"]
    outside.close()


def test_without_networks_it_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("MNIST_CORE_MODELS", str(tmp_path / "none"))
    assert "Train one on the Train page" in inside().error[0].value


def test_a_damaged_network_is_told_and_the_others_work(tmp_path, monkeypatch):
    folder = tmp_path / "models"
    for name in ("pen", "dense_512"):
        shutil.copytree(settings.models_dir() / name, folder / name)
    monkeypatch.setenv("MNIST_CORE_MODELS", str(folder))
    open_model("pen").path("layers").write_bytes(b"cut")
    at = inside(model="pen")
    assert "cut or altered" in at.error[0].value
    at.selectbox[0].select("dense_512").run()
    assert not at.exception and not at.error


def test_opening_the_page_imports_nothing_slow():
    code = (
        "import sys; from streamlit.testing.v1 import AppTest; "
        "at = AppTest.from_file('app.py', default_timeout=60).run(); "
        "at.switch_page('pages/inside/page.py').run(); assert not at.exception; "
        "print([m for m in ('pandas', 'pyarrow', 'tensorflow', 'cv2', 'sklearn', 'scipy')"
        " if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip().splitlines()[-1] == "[]"


def test_a_runs_network_is_looked_into_without_being_put_to_use(tmp_path):
    model = open_model("dense_512")
    home = settings.runs_dir() / "20260101-000000-mine-abcd"
    files = {kind: model.read(kind) for kind in model.card["files"]}
    write_model("model", {**model.card, "name": "model"}, files, home)
    asked = {"name": "my run", "recipe": model.recipe.to_dict(), "created": "2026-01-01T00:00:00Z"}
    (home / "run.json").write_text(json.dumps(asked))
    (home / "status.json").write_text(json.dumps({"state": "finished", "share": 1.0, "pid": 1}))
    at = inside(model=home.name, section="layer", layer="dense_1", unit="5")
    assert at.selectbox[0].value == home.name
    assert "my run · One wide dense layer" in at.selectbox[0].options
    assert "401,920 parameters: 784 x 512 + 512" in words(at)


def test_the_flow_folds_what_only_repeats_and_shows_the_strongest_maps():
    network = LayerNetwork.load(open_model("pen"))
    folded, everything = groups(network, False), groups(network, True)
    assert [len(group) for group in everything] == [1] * len(network.layers)
    assert [layer for group in folded for layer in group] == list(network.layers)
    kinds = ["+".join(layer.kind for layer in group) for group in folded]
    assert kinds.count("Conv2D+BatchNormalization+Activation") == 4
    assert len(folded) == len(everything) - 8


def test_a_network_can_be_taken_along_as_a_page_to_draw_on():
    at = inside(model="pen", section="take")
    page = next(one for one in at.get("download_button") if one.proto.id.endswith("html_page"))
    assert page.proto.label == "Page"
