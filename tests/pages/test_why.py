"""Why this answer, and what a unit looks for, on the See inside page."""

import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from mnist_core import open_model
from mnist_core.data.dataset import STAND_IN_NAME
from mnist_core.data.stand_in import load_stand_in
from mnist_core.models.store import copy_model
from mnist_core.system import tensorflow_process as outside

ROOT = Path(__file__).parents[2]
WAITS = ("Computing the gradients", "Computing Grad-CAM", "Searching for the fewest")


@pytest.fixture(autouse=True)
def _end_outside():
    yield
    outside.close()


@pytest.fixture
def small(tmp_path, monkeypatch):
    """The name of a network whose training images are scikit-learn's 1,500 small ones."""
    monkeypatch.delenv("MNIST_CORE_DATA", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    shipped = open_model("dense_512")
    monkeypatch.setenv("MNIST_CORE_MODELS", str(tmp_path / "models"))
    data = {**shipped.card["data"], "name": STAND_IN_NAME, "digest": load_stand_in().digest()}
    return copy_model(shipped, "small", {"data": data}).name


def opened(section, model, **more):
    """The page with a test image, at a section, for a network."""
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
    at.session_state["inside_from"] = "Test image"
    for name, value in {"section": section, "model": model, **more}.items():
        at.query_params[name] = value
    at.switch_page("pages/inside/page.py").run()
    assert not at.exception
    return at


def choose(at, label, value):
    next(one for one in at.segmented_control if label in (one.label, *one.options)).select(value)
    at.run()
    assert not at.exception


def finished(at):
    """The page once nothing is waited for any more."""
    deadline = time.monotonic() + 120
    while any(wait in words.value for words in at.caption for wait in WAITS):
        assert time.monotonic() < deadline
        time.sleep(0.2)
        at.run()
    assert not at.exception
    assert not at.error
    return " ".join(block.body for block in at.get("html"))


@pytest.mark.parametrize("model", ["dense_512", "simple_cnn"])
def test_pixels_are_explained_for_the_answer_and_for_any_digit(model):
    at = opened("why", model)
    shown = finished(at)
    digit = shown.split('data-testid="seen"><b>')[1][0]
    for way in ("occlusion", "saliency"):
        assert f"{digit} · {way}" in shown
    assert (f"{digit} · Grad-CAM" in shown) == (model == "simple_cnn")
    assert ("This network has none" in " ".join(words.value for words in at.caption)) == (
        model == "dense_512"
    )
    choose(at, "Class", 3)
    assert "3 · saliency" in finished(at)


def test_the_fewest_changes_flip_the_answer_to_what_one_wishes():
    at = opened("why", "dense_512")
    choose(at, "Counterfactual", "Counterfactual")
    choose(at, "Change it to", 3)
    shown = finished(at)
    assert "pixels change" in shown
    assert "Prediction: 3" in shown


def test_a_test_image_has_no_strokes_and_that_is_said():
    at = opened("why", "dense_512")
    choose(at, "Stroke by stroke", "Stroke by stroke")
    assert "Choose Drawing and draw one" in at.info[0].value


def test_what_is_like_it_is_looked_for_once_and_shown(small):
    at = opened("why", small)
    choose(at, "Similar images", "Similar images")
    deadline = time.monotonic() + 120
    while not any("the most similar features" in words.value for words in at.markdown):
        assert time.monotonic() < deadline
        time.sleep(0.2)
        at.run()
        assert not at.exception
    assert any("the Euclidean distance of its features" in words.value for words in at.caption)


def test_a_unit_asks_before_it_looks_and_then_shows_what_lights_it(small):
    at = opened("layer", small, layer="dense_1", unit="3")
    choose(at, "Part", "What it responds to")
    next(button for button in at.button if button.label == "Find images").click().run()
    deadline = time.monotonic() + 120
    while not any("training images that activate it most" in words.value for words in at.caption):
        assert time.monotonic() < deadline
        time.sleep(0.2)
        at.run()
        assert not at.exception
    assert "Training image" in " ".join(block.body for block in at.get("html"))
    assert "Find images" not in [button.label for button in at.button]
