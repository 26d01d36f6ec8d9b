"""Other data on the pages: brought in, refused in words, looked at, trained on, deleted."""

import os
import shutil

import numpy as np
import pytest
import streamlit as st

from mnist_core import list_runs, open_model
from mnist_core.data.collection import data_dir, data_names, load_data, store_data
from mnist_core.models.store import copy_model
from pages.shared import datasets
from tests.conftest import mnist_path
from tests.core.data.test_collection import NAMES, clothes
from tests.pages.test_pages import app, page_html
from tests.pages.test_train import by_key


@pytest.fixture(autouse=True)
def folders(tmp_path, monkeypatch, launches):
    """Folders of the test's own; runs are asked for, but nobody works on them."""
    shutil.copytree(open_model("dense_512").folder, tmp_path / "models" / "dense_512")
    monkeypatch.setenv("MNIST_CORE_MODELS", str(tmp_path / "models"))
    return tmp_path


def data_page():
    at = app()
    at.switch_page("pages/dataset/page.py").run()
    assert not at.exception
    section(at, "Your data")
    return at


def section(at, name):
    next(one for one in at.segmented_control if name in one.options).set_value(name).run()
    assert not at.exception


def bring(at, path, name="mine", classes=""):
    by_key(at.segmented_control, "bring_way").set_value("Path").run()
    by_key(at.text_input, "bring_name").set_value(name).run()
    by_key(at.text_input, "bring_classes").set_value(classes).run()
    by_key(at.text_input, "bring_path").set_value(str(path)).run()
    by_key(at.button, "bring_in").click().run()
    assert not at.exception


def saved(folder, **changed):
    data = clothes()
    arrays = {key: getattr(data, key) for key in ("x_train", "y_train", "x_test", "y_test")}
    np.savez(folder / "mine.npz", **{**arrays, **changed})
    return folder / "mine.npz"


def test_data_is_brought_in_by_a_path_looked_at_and_deleted(folders):
    at = data_page()
    assert "No data imported yet" in " ".join(one.value for one in at.caption)
    bring(at, saved(folders), classes="shirt, shoe, bag")
    assert load_data("mine").class_names == NAMES
    assert "mine was imported" in at.success[0].value
    words = " ".join(one.value for one in at.caption)
    assert "300 training and 100 test images, 3 classes: 0 shirt, 1 shoe, 2 bag" in words
    assert by_key(at.text_input, "bring_name").value == ""  # ready for another one
    by_key(at.button, "look_mine").click().run()
    assert not at.exception
    assert by_key(at.selectbox, "data_choice").value == "mine"
    by_key(at.selectbox, "data_choice").select("MNIST").run()
    assert not at.exception and by_key(at.selectbox, "data_choice").value == "MNIST"
    section(at, "Your data")
    by_key(at.button, "really_delete_mine").click().run()
    assert not at.exception and data_names() == ["MNIST"]


def test_what_is_wrong_is_said_and_changes_nothing(folders):
    store_data(clothes("kept"))
    at = data_page()
    bring(at, saved(folders, y_test=np.full(100, 17, np.uint8)))
    assert "array 'y_test' has the label 17 at index 0" in at.error[0].value
    assert by_key(at.text_input, "bring_name").value == "mine"  # to be tried again
    bring(at, folders / "nothing.npz")
    assert "does not exist" in at.error[0].value
    bring(at, saved(folders), name="kept")
    assert "already" in at.error[0].value
    bring(at, saved(folders), name="")
    assert "name" in at.error[0].value
    bring(at, "")
    assert "Choose files" in at.error[0].value
    assert [path.name for path in data_dir().iterdir()] == ["kept"]


def test_data_that_is_damaged_gives_way_to_mnist(folders):
    card = store_data(clothes("mine"))
    (card.folder / "x_test.npy").write_bytes(b"cut")
    at = app()
    at.session_state["data_name"] = "mine"
    at.switch_page("pages/dataset/page.py").run()
    assert not at.exception
    assert "missing or truncated" in at.error[0].value


def test_a_run_is_started_on_other_data(folders):
    store_data(clothes("mine"))
    at = app()
    at.switch_page("pages/train/page.py").run()
    choice = by_key(at.selectbox, "learn_from_choice_train")
    assert choice.options == ["MNIST", "mine"] and choice.value == "MNIST"
    choice.select("mine").run()
    assert "0 shirt · 1 shoe · 2 bag" in " ".join(one.value for one in at.caption)
    assert not at.warning
    at.selectbox(key="train_recipe").select("pen").run()
    assert "made for digits" in at.warning[0].value
    at.selectbox(key="train_recipe").select("dense_512").run()
    by_key(at.button, "start").click().run()
    assert not at.exception
    run = list_runs()[0]
    assert (run.data_name, run.recipe.name) == ("mine", "dense_512")
    assert any("--data mine" in one.value for one in at.code)
    assert "mine" in page_html(at)
    at.switch_page("pages/networks/page.py").run()
    at.switch_page("pages/train/page.py").run()
    assert by_key(at.selectbox, "learn_from_choice_train").value == "mine"
    by_key(at.selectbox, "learn_from_choice_train").select("MNIST").run()
    by_key(at.button, "start").click().run()
    by_key(at.button, "start_another").click().run()
    assert sorted(run.data_name for run in list_runs()) == ["MNIST", "mine"]


def test_without_other_data_nothing_is_asked(folders):
    at = app()
    at.switch_page("pages/train/page.py").run()
    assert not [one for one in at.selectbox if one.key == "learn_from_choice_train"]


def test_a_network_of_other_data_says_so_where_digits_are_read(folders):
    model = open_model("dense_512")
    data = {**model.card["data"], "name": "mine", "verified": False, "class_names": list(NAMES)}
    copy_model(model, "of-clothes", {"data": data})
    at = app()
    at.selectbox[0].select("of-clothes").run()
    assert not at.exception
    words = " ".join(one.value for one in at.caption)
    assert "2 bag" in page_html(at)
    assert "not on MNIST's digits" in words
    at.switch_page("pages/networks/page.py").run()
    assert not at.exception
    row = page_html(at).split("<td>of-clothes")[1].split("</tr>")[0]
    assert "<td>–</td>" in row and "97.75%" not in row
    at.selectbox[0].select("of-clothes").run()
    assert not at.exception
    assert "2 bag" in " ".join(one.value for one in at.caption)


def test_a_study_takes_other_data(folders, monkeypatch):
    from mnist_core.studies import workers as background

    store_data(clothes("mine"))
    at = app()
    at.switch_page("pages/studies/page.py").run()
    by_key(at.selectbox, "learn_from_choice_studies").select("mine").run()
    by_key(at.button, "start_study").click().run()
    assert not at.exception and not at.error
    (state,) = background.known_studies()
    assert (state.data_name, state.images) == ("mine", 300)
    assert state.data_digest == clothes().digest()


def test_mnist_that_is_cut_while_the_server_runs_is_named(folders, monkeypatch):
    path = folders / "mnist.npz"
    shutil.copyfile(mnist_path(), path)
    monkeypatch.setenv("MNIST_CORE_DATA", str(path))
    at = app()
    at.switch_page("pages/dataset/page.py").run()
    assert not at.exception and not at.error
    os.truncate(path, 1_000_000)
    datasets._whole_data.clear()  # as when other data sets took its place
    at.run()
    assert not at.exception
    assert "is missing or truncated" in at.error[0].value
    st.cache_resource.clear()  # as when the server is started again
    at.run()
    assert not at.exception and "MNIST is not on this machine yet" in at.markdown[1].value
