"""The Dataset page's map and its label errors: what they say before, during and after the work."""

from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock
from streamlit.testing.v1 import AppTest

from mnist_core import get_recipe, list_models, load_mnist
from mnist_core.data.maps import choose_rows, tsne_folder
from mnist_core.review.confident_learning import find_label_errors
from mnist_core.review.label_errors import (
    crossval_errors_folder,
    model_errors_folder,
    model_probabilities,
)
from mnist_core.system.computations import read_computation, run_computation
from tests.conftest import mnist_path

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(
    mnist_path() is None,
    reason="MNIST isn't here; `python -m mnist_core data --download` gets it (11 MB)",
)


@pytest.fixture(scope="module")
def mnist():
    return load_mnist(mnist_path())


def section(name, **state):
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    at.switch_page("pages/dataset/page.py")
    at.query_params["section"] = name
    for key, value in state.items():
        at.session_state[key] = value
    return shown(at.run())


def shown(at):
    assert not at.exception, at.exception[0].stack_trace
    return at


def words(at):
    kinds = (at.markdown, at.caption, at.info, at.warning, at.error)
    return " ".join(block.value for kind in kinds for block in kind)


def progress(at):
    return " ".join(bar.proto.text for bar in at.get("progress"))


def done(folder, **arrays):
    """Work that was done before."""
    folder.mkdir(parents=True)
    run_computation(folder, lambda report: arrays)


@pytest.fixture
def folder(mnist):
    """Where t-SNE's map of 1,000 training images is kept."""
    rows = choose_rows(60_000, 1000)
    return tsne_folder(mnist.x_train[rows].reshape(-1, 784))


# --- the map ------------------------------------------------------------------------------


def test_principal_components_are_there_at_once_of_pixels_and_of_features():
    at = section("Map", map_count=1000)
    assert "17% of the variance" in words(at)
    at.selectbox(key="map_source").select("dropout_cnn")
    shown(at.run())
    assert "of the variance" in words(at)
    assert "17%" not in words(at)
    assert "Rings mark" not in words(at)  # it has learned the training images by heart
    at.segmented_control(key="map_split").select("test")
    shown(at.run())
    assert "that Dropout CNN misclassifies" in words(at)
    assert not at.error


def test_a_map_by_tsne_that_was_computed_is_shown(folder):
    rng = np.random.default_rng(0)
    done(folder, positions=rng.normal(size=(1000, 2)).astype(np.float32))
    at = section("Map", map_count=1000, map_way="t-SNE")
    assert "Neighbors in all dimensions" in words(at)
    assert progress(at) == ""
    assert not at.warning


def test_while_tsne_is_computed_the_page_says_how_far_it_is(folder):
    folder.mkdir(parents=True)
    (folder / "status.json").write_text('{"share": 0.4, "words": "spreads the groups out"}')
    with FileLock(folder / "lock"):  # as the process holds it
        at = section("Map", map_count=1000, map_way="t-SNE")
        assert "t-SNE spreads the groups out" in progress(at)


def test_tsne_that_failed_says_why_and_can_be_asked_for_again(folder, monkeypatch):
    from pages.dataset import map as data_map

    asked = []
    monkeypatch.setattr(data_map, "start_tsne", lambda points: asked.append(len(points)))
    folder.mkdir(parents=True)
    (folder / "message.txt").write_text("The memory of this machine was not enough.")
    at = section("Map", map_count=1000, map_way="t-SNE")
    assert asked == [1000]  # a new session asks once, not with every run
    shown(at.run())
    assert asked == [1000]
    assert "memory of this machine" in words(at)
    next(button for button in at.button if button.label == "Compute again").click()
    shown(at.run())
    assert asked == [1000, 1000]


# --- label errors -------------------------------------------------------------------------


def test_errors_among_the_test_labels_by_all_networks_and_by_one(mnist):
    models = sorted(list_models()[0], key=lambda model: -model.evaluation.accuracy)
    arrays = {}
    for model in models:
        arrays |= find_label_errors(mnist.y_test, model_probabilities(model)).to_arrays(model.name)
    done(model_errors_folder(models), **arrays)
    at = section("Label errors")
    assert "at least two of the networks" in words(at)
    assert "among the 15 that people confirmed" in words(at)
    choice = at.segmented_control(key="errors_list")
    assert choice.options[-1] == "Confirmed by people (15)"
    choice.select("Confirmed by people")
    shown(at.run())
    assert "Five people looked" in words(at)
    at.selectbox(key="errors_by").select("dense_512")
    shown(at.run())
    assert len(at.segmented_control(key="errors_list").options) == 4
    at.segmented_control(key="errors_list").select("Ambiguous")
    shown(at.run())
    assert "almost equally" in words(at)
    assert not at.error


def test_while_the_labels_are_compared_the_page_says_so(mnist):
    models = sorted(list_models()[0], key=lambda model: -model.evaluation.accuracy)
    folder = model_errors_folder(models)
    folder.mkdir(parents=True)
    with FileLock(folder / "lock"):
        at = section("Label errors")
        assert "Comparing the networks" in progress(at)


def test_training_labels_need_a_cross_validation_which_is_offered_followed_and_shown(mnist):
    at = section("Label errors", errors_split="train", errors_recipe="dense_512")
    assert "5 networks are trained" in words(at)
    assert "Start" in [button.label for button in at.button]
    folder = crossval_errors_folder(get_recipe("dense_512"), mnist)
    folder.mkdir(parents=True)
    (folder / "status.json").write_text('{"share": 0.3, "words": "fold 2 of 5"}')
    with FileLock(folder / "lock"):
        shown(at.run())
        assert "fold 2 of 5" in progress(at)
        next(button for button in at.button if button.label == "Stop").click()
        shown(at.run())
        assert (folder / "stop").exists()
    told = np.full((60_000, 10), 0.01)
    told[np.arange(60_000), mnist.y_train] = 0.91
    told[5] = 0.01
    told[5, (mnist.y_train[5] + 1) % 10] = 0.91
    run_computation(folder, lambda report: find_label_errors(mnist.y_train, told).to_arrays())
    assert read_computation(folder).finished
    shown(at.run())
    assert "Likely wrong labels (1)" in at.segmented_control(key="errors_list").options


def test_no_network_that_learned_from_the_data(tmp_path, monkeypatch):
    monkeypatch.setenv("MNIST_CORE_MODELS", str(tmp_path))
    at = section("Label errors")
    assert "No stored network was trained on MNIST" in words(at)
