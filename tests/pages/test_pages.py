"""Each page runs, and says in words what is missing."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from mnist_core import settings
from mnist_core.data.dataset import STAND_IN_NAME

ROOT = Path(__file__).parents[2]


@pytest.fixture
def models(tmp_path, monkeypatch):
    """The shipped models in a folder of the test's own."""
    folder = tmp_path / "models"
    shutil.copytree(settings.models_dir(), folder)
    monkeypatch.setenv("MNIST_CORE_MODELS", str(folder))
    return folder


@pytest.fixture
def no_mnist(tmp_path, monkeypatch):
    monkeypatch.delenv("MNIST_CORE_DATA", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))


def app():
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    assert not at.exception
    return at


def page_html(at):
    return " ".join(block.body for block in at.get("html"))


def test_draw_starts_with_nothing_to_read():
    at = app()
    assert "Nothing to read yet" in page_html(at)
    assert [box.label for box in at.selectbox] == ["Network"]
    assert at.selectbox[0].value == "pen"
    assert not at.warning
    assert not at.error


def test_every_network_can_be_chosen_and_shows_its_test_accuracy():
    at = app()
    assert len(at.selectbox[0].options) >= 5
    assert all("% test accuracy" in option for option in at.selectbox[0].options)
    for name in ("dense_512", "sigmoid_mlp", "pen", "dense_512"):  # each choice is taken
        at.selectbox[0].select(name).run()
        assert not at.exception
        assert at.selectbox[0].value == name
    at.switch_page("pages/networks/page.py").run()
    at.switch_page("pages/draw/page.py").run()
    assert at.selectbox[0].value == "dense_512"


def test_a_test_image_is_shown_read_and_changed():
    at = app()
    at.segmented_control[0].select("Data set").run()
    assert not at.exception
    shown = page_html(at)
    assert "All networks" in [part.label for part in at.expander]
    assert 'data-digit="–"' not in shown
    for _ in range(3):
        at.button[0].click().run()
        assert not at.exception
    assert page_html(at) != shown


def test_without_mnist_the_stand_in_says_so_and_offers_the_download(no_mnist):
    at = app()
    at.segmented_control[0].select("Data set").run()
    assert not at.exception
    words = " ".join(block.value for block in at.markdown)
    assert "MNIST is not on this machine yet" in words
    assert STAND_IN_NAME in words
    assert "Download MNIST (11 MB)" in [button.label for button in at.button]


def test_a_download_that_fails_says_why_and_can_be_tried_again(no_mnist, monkeypatch):
    from pages.shared import download as data

    def fails(progress):
        progress(1, 10)
        raise OSError("disk full")

    monkeypatch.setattr(data, "download_mnist", fails)
    at = app()
    at.segmented_control[0].select("Data set").run()
    download = next(b for b in at.button if "Download" in b.label)
    download.click().run()
    data._downloads()[-1].thread.join()
    at.run()
    assert not at.exception
    assert "disk full" in at.error[0].value
    assert "Download MNIST (11 MB)" in [button.label for button in at.button]


def test_a_wrong_data_path_is_named_and_the_app_runs(tmp_path, monkeypatch):
    wrong = tmp_path / "mine.npz"
    wrong.write_text("not an npz")
    monkeypatch.setenv("MNIST_CORE_DATA", str(wrong))
    at = app()
    at.segmented_control[0].select("Data set").run()
    assert not at.exception
    words = " ".join(block.value for block in at.caption)
    assert "mine.npz" in words
    assert "unset MNIST_CORE_DATA" in words
    assert not [button for button in at.button if "Download" in button.label]


def test_pictures_and_the_camera_wait_for_one():
    at = app()
    for source in ("Picture", "Camera"):
        at.segmented_control[0].select(source).run()
        assert not at.exception
        assert "Nothing to read yet" in page_html(at)


def test_a_broken_model_is_named_and_another_answers(models):
    next(models.glob("pen/model-*.tflite")).write_bytes(b"cut")
    at = app()
    assert "'pen' can't be used" in at.warning[0].value
    assert at.selectbox[0].value != "pen"


def test_no_model_at_all_says_what_to_do(models):
    shutil.rmtree(models)
    at = app()
    assert "Train one on the Train page" in at.error[0].value


def test_networks_shows_ours_beside_the_published(models):
    at = app()
    at.switch_page("pages/networks/page.py").run()
    assert not at.exception
    names = ("Pen", "Sigmoid MLP", "Dense 512", "Simple CNN", "Dropout CNN")
    shown = page_html(at)
    positions = [shown.index(f"<td>{name}") for name in names]
    assert positions == sorted(positions)
    assert "97.75%" in shown and "about 93% (validated on the test set)" in shown
    at.selectbox[0].select("dense_512").run()
    assert not at.exception
    assert "Dense(units=512, activation='relu')" in at.code[0].value


def test_networks_without_models(models):
    shutil.rmtree(models)
    at = app()
    at.switch_page("pages/networks/page.py").run()
    assert not at.exception
    assert "Train one on the Train page" in at.info[0].value


def test_opening_the_draw_page_imports_neither_pandas_nor_tensorflow_nor_opencv():
    code = (
        "import sys; from streamlit.testing.v1 import AppTest; "
        "at = AppTest.from_file('app.py', default_timeout=60).run(); assert not at.exception; "
        "print([m for m in ('pandas', 'pyarrow', 'tensorflow', 'cv2') "
        "if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip().splitlines()[-1] == "[]"
