"""The Mistakes page: its address, its sections, and what it says where something is missing."""

import json
import shutil
import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from mnist_core import open_model, settings
from mnist_core.data.collection import data_dir, store_data
from mnist_core.models.store import copy_model
from mnist_core.review.judgements import DATABASE, all_judgements
from mnist_core.system import tensorflow_process as outside
from pages.mistakes.view import View, view_from
from tests.conftest import mnist_path
from tests.core.data.test_collection import NAMES, clothes

ROOT = Path(__file__).parents[2]

needs_mnist = pytest.mark.skipif(mnist_path() is None, reason="MNIST isn't here")


@pytest.fixture(autouse=True)
def _end_outside():
    yield
    outside.close()


def mistakes(**params):
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    at.query_params.update(params)
    at.switch_page("pages/mistakes/page.py").run()
    assert not at.exception
    return at


def page_html(at):
    return " ".join(block.body for block in at.get("html"))


def press(at, key):
    at.button(key=key).click().run()
    assert not at.exception


# --- the address --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "view",
    [
        View(),
        View(network="simple_cnn", label=4, predicted=9, order="close", image=115),
        View(wrong=False, low=20, high=80, split="train", show="compare", other="a b&c"),
    ],
)
def test_an_address_tells_the_whole_view(view):
    assert view_from(view.params()) == view


def test_an_address_says_only_what_is_not_as_at_the_start():
    assert View().params() == {}
    assert View(label=0, wrong=False).params() == {"label": "0", "wrong": "0"}


@pytest.mark.parametrize(
    "params",
    [
        {"label": "10"},
        {"predicted": "x"},
        {"image": "-1"},
        {"page": "0"},
        {"order": "best"},
        {"low": "90", "high": "10"},
        {"split": "all"},
        {"wrong": "²"},
        {"label": "9" * 5000},
        {"show": "nothing"},
        {"unknown": "1"},
    ],
)
def test_nonsense_in_an_address_is_left_out(params):
    view = view_from(params)
    assert view == View(high=view.high) and 0 <= view.high <= 100


# --- the page -----------------------------------------------------------------------------


@needs_mnist
def test_it_opens_with_the_default_network_s_mistakes():
    at = mistakes()
    assert at.selectbox(key="mistakes_network").value == "pen"
    assert "99.60%" in page_html(at) and "40" in page_html(at)
    assert any("40 images" in one.value for one in at.caption)
    press(at, "mistakes_top_2_7")
    assert any("5 images" in one.value for one in at.caption)
    assert (
        at.selectbox(key="mistakes_label").value,
        at.selectbox(key="mistakes_predicted").value,
    ) == (
        2,
        7,
    )
    assert at.query_params["label"] == "2"


@needs_mnist
def test_a_link_opens_a_filtered_view_of_another_network():
    at = mistakes(network="simple_cnn", label="4", order="sure", high="90")
    assert at.selectbox(key="mistakes_network").value == "simple_cnn"
    assert at.selectbox(key="mistakes_order").value == "sure"
    assert at.slider(key="mistakes_confidence").value == (0, 90)


@needs_mnist
@pytest.mark.parametrize("show", ["figures", "compare", "judged"])
def test_every_section_shows_itself(show):
    at = mistakes(show=show, network="dropout_cnn")
    assert not at.error
    words = page_html(at) + " ".join(one.value for one in (*at.markdown, *at.caption, *at.info))
    expected = {"figures": "calibration error", "compare": "McNemar", "judged": "judged yet"}
    assert expected[show] in words


@needs_mnist
def test_a_mistake_is_judged_and_the_accuracy_restated():
    at = mistakes(image="6576")  # a 7 that pen reads as a 1
    assert "as judged" not in page_html(at)
    press(at, "mistakes_judge_label")
    assert "99.61%" in page_html(at) and "1 judged" in page_html(at)
    press(at, "mistakes_judge_unclear")
    assert "1 excluded" in page_html(at)
    assert [one.verdict for one in all_judgements()] == ["unclear"]
    press(at, "mistakes_take_back")
    assert "as judged" not in page_html(at)
    assert all_judgements() == []


@needs_mnist
def test_a_judgement_is_told_in_the_language_of_the_link():
    at = mistakes(image="6576", lang="zh")
    assert at.title[0].value == "误判"
    assert at.button(key="mistakes_judge_label").label == "标签错了"
    press(at, "mistakes_judge_label")
    assert "评判了1张" in page_html(at)
    assert [one.verdict for one in all_judgements()] == ["label"]


@needs_mnist
def test_next_goes_through_what_was_looked_for():
    at = mistakes(label="2", said="7")
    found = []
    for number in ("9664", "4201"):
        at = mistakes(label="2", said="7", image=number)
        found.append(next((one.value for one in at.caption if " of 5" in one.value), ""))
    assert found[0] == "1 of 5" and found[1] == ""  # the second is no 2 read as 7
    at = mistakes(label="2", said="7", image="9664")
    press(at, "mistakes_next")
    assert any(one.value == "2 of 5" for one in at.caption)
    press(at, "mistakes_back")
    assert any("5 images" in one.value for one in at.caption)


@needs_mnist
def test_what_a_link_names_and_is_not_there_is_said():
    assert "network 'gone' no longer" in mistakes(network="gone").warning[0].value
    assert "no image 123456" in mistakes(image="123456").warning[0].value


@needs_mnist
def test_damaged_judgements_are_named_and_the_page_works():
    settings.runs_dir().mkdir()
    (settings.runs_dir() / DATABASE).write_text("nothing " * 200)
    for show in ("images", "judged"):
        at = mistakes(show=show)
        assert len(at.error) == 1
        assert "can't be read or written" in at.error[0].value
        assert "99.60%" in page_html(at)


@needs_mnist
def test_a_network_with_damaged_answers_is_named(tmp_path, monkeypatch):
    shutil.copytree(settings.models_dir(), tmp_path / "models")
    monkeypatch.setenv("MNIST_CORE_MODELS", str(tmp_path / "models"))
    next(tmp_path.glob("models/pen/test-*.npz")).write_bytes(b"cut")
    at = mistakes()
    assert "'pen' can't be used" in at.error[0].value


@needs_mnist
def test_a_network_of_other_data_is_asked_about_that_data(tmp_path, monkeypatch):
    shutil.copytree(settings.models_dir() / "dense_512", tmp_path / "models" / "dense_512")
    monkeypatch.setenv("MNIST_CORE_MODELS", str(tmp_path / "models"))
    store_data(clothes())
    model = open_model("dense_512")
    data = {
        **model.card["data"],
        "name": clothes().name,
        "verified": False,
        "class_names": list(NAMES),
    }
    copy_model(model, "of-clothes", {"data": data})
    at = mistakes(network="of-clothes", show="judged")
    finished(at)
    n = len(clothes().x_test)
    assert f"of {n}" in page_html(at)
    assert any("1 shoe" in one.value for one in at.caption)
    (data_dir() / clothes().name).rename(tmp_path / "gone")
    assert mistakes(network="of-clothes").error


@needs_mnist
def test_a_run_s_network_is_there_too():
    model = open_model("dense_512")
    home = settings.runs_dir() / "20260101-000000-dense_512-abcd"
    shutil.copytree(model.folder, home / "model")
    asked = {"name": "wider", "recipe": model.card["recipe"], "created": "2026-01-01T00:00:00Z"}
    (home / "run.json").write_text(json.dumps(asked))
    at = mistakes(network=home.name, show="compare", other="sigmoid_mlp")
    assert not at.warning
    assert any("wider " in one.value for one in at.markdown)
    assert "wider · 97.97%" in at.selectbox(key="mistakes_network").options


def finished(at):
    """Wait until a network has answered; the page looks by itself, which AppTest doesn't."""
    deadline = time.monotonic() + 60
    while "accuracy:" not in page_html(at) and time.monotonic() < deadline:
        time.sleep(0.05)
        at.run()
    assert not at.exception


def test_without_networks_it_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("MNIST_CORE_MODELS", str(tmp_path))
    assert "Train one on the Train page" in mistakes().error[0].value


def test_without_mnist_the_stand_in_is_asked_about(tmp_path, monkeypatch):
    monkeypatch.delenv("MNIST_CORE_DATA", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    at = mistakes()
    finished(at)
    assert "of 297" in page_html(at)
    assert any("scikit-learn's small digits" in one.value for one in at.caption)
