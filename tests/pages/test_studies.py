"""The Studies page: what it shows of a study, what it starts, what it refuses."""

import os
import subprocess
import sys
from pathlib import Path

import optuna
import pytest
from streamlit.testing.v1 import AppTest

from mnist_core import get_recipe, list_runs, settings
from mnist_core.data.dataset import STAND_IN_NAME
from mnist_core.data.stand_in import load_stand_in
from mnist_core.studies import workers as background
from mnist_core.studies.study import read_study, start_crossval, start_search
from mnist_core.studies.workers import known_studies
from tests.launches import forget_launch

ROOT = Path(__file__).parents[2]
TINY = get_recipe("dense_512").with_settings({"units": 8, "epochs": 2, "train_images": 200})


@pytest.fixture(autouse=True)
def lab(tmp_path, monkeypatch, launches):
    """No MNIST, an empty folder of runs, and nobody who works; gives what was asked for."""
    for name in ("MNIST_CORE_DATA", "MNIST_CORE_STORAGE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    return launches


@pytest.fixture(scope="module")
def digits():
    return load_stand_in()


def charts(at):
    """All that is drawn in the browser, but for what every page has."""
    everywhere = ("page_top", "language_choice")
    return [part for part in at.get("bidi_component") if part.key not in everywhere]


def fill(name, accuracies):
    """Results as a worker writes them, without training anything."""
    study = optuna.load_study(study_name=name, storage=settings.study_storage())
    for number, accuracy in enumerate(accuracies):
        trial = study.ask()
        if name.startswith("tune"):
            rate = trial.suggest_float("learning_rate", 0.001, 0.1, log=True)
            units = trial.suggest_int("dense_1.units", 4, 12)
            chosen = {"learning_rate": float(f"{rate:.3g}"), "dense_1.units": units}
            trial.set_user_attr("settings", chosen)
        trial.set_user_attr(
            "history",
            {
                "val_accuracy": [accuracy - 0.1, accuracy],
                "val_loss": [1.0, 0.5 + number / 10],
            },
        )
        trial.set_user_attr("images", 100)
        trial.set_user_attr("loss", 0.5)
        trial.set_user_attr("accuracy_interval", [accuracy - 0.05, accuracy + 0.05])
        study.tell(trial, accuracy)


@pytest.fixture
def crossval(digits):
    name = start_crossval(TINY, digits, 3)
    fill(name, [0.8, 0.9, 0.7])
    return name


@pytest.fixture
def search(digits):
    space = {"learning_rate": "0.001..0.1", "dense_1.units": "4..12"}
    name = start_search(TINY, digits, 6, space)
    fill(name, [0.5, 0.9, 0.7, 0.6, 0.8, 0.4])
    return name


def page():
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    at.switch_page("pages/studies/page.py").run()
    assert not at.exception
    return at


def words(at):
    shown = (at.markdown, at.caption, at.info, at.error, at.subheader, at.get("html"))
    return " ".join(
        str(getattr(b, "value", "") or getattr(b, "body", "")) for s in shown for b in s
    )


def progress(at):
    (bar,) = at.get("progress")
    return bar.proto.text


def button(at, label):
    return next(button for button in at.button if button.label == label)


def test_without_studies_it_says_what_to_do_and_makes_no_database(lab):
    at = page()
    assert "No studies yet" in at.info[0].value
    assert "MNIST is not on this machine yet" in words(at)
    assert f"on {STAND_IN_NAME}" in words(at)
    assert [number.label for number in at.number_input][:2] == ["Folds", "Epochs"]
    assert not settings.runs_dir().exists() and not at.error


def test_a_cross_validation_shows_its_folds_and_what_they_mean(crossval):
    at = page()
    assert "Cross-validation of Dense 512" in words(at)
    assert "Mean accuracy 80.00%, standard deviation 10.00%" in words(at)
    assert progress(at) == "3 of 3 folds done"
    assert len(charts(at)) == 2
    folds, studies = (table.value for table in at.dataframe)
    assert list(folds["Accuracy"]) == pytest.approx([80, 90, 70])
    assert list(folds["State"]) == ["done"] * 3
    assert list(studies["Accuracy"]) == ["80.00% on average"]
    assert not {"Stop", "Continue"} & {button.label for button in at.button}


def test_a_search_shows_its_pictures_and_trains_the_best(search, lab):
    at = page()
    best = read_study(search).best
    assert "Best: trial 1" in words(at)
    assert len(charts(at)) == 3
    assert list(at.dataframe[0].value["Trial"]) == list(range(6))
    assert at.dataframe[0].value["State"][1] == "done, best"
    command = next(code.value for code in at.code if "mnist_core train" in code.value)
    assert f"dense_1.units={best.settings['dense_1.units']}" in command
    assert "train_images" not in command  # all of them
    next(n for n in at.number_input if n.key and n.key.startswith("full_epochs")).set_value(7).run()
    button(at, "Train with these settings").click().run()
    assert not at.exception
    (run,) = list_runs()
    assert lab.folders == [run.folder]
    assert (run.recipe.epochs, run.recipe.train_images) == (7, None)
    assert run.recipe.learning_rate == best.settings["learning_rate"]
    assert at.session_state["watched"] == run.id
    assert at.title[0].value == "Train"


def test_what_can_not_be_searched_is_refused_where_it_is(lab):
    at = page()
    at.segmented_control[0].select("tune").run()
    assert not at.error and not button(at, "Start").disabled
    units = next(text for text in at.text_input if text.label == "dense_1 · Units")
    units.set_value("0..8").run()
    assert "`units` must be an integer from 1. Received: units=0" in at.error[0].value
    assert button(at, "Start").disabled
    units.set_value("4..8").run()
    assert not at.error and not button(at, "Start").disabled
    at.multiselect[0].set_value([]).run()
    assert "at least one setting" in at.error[0].value and button(at, "Start").disabled
    assert known_studies() == []


def test_more_folds_than_images_are_refused_in_words(lab):
    at = page()
    next(n for n in at.number_input if n.label.startswith("Training images")).set_value(15).run()
    button(at, "Start").click().run()
    assert not at.exception
    assert "`folds` must be from 2 to" in at.error[0].value
    assert lab.folders == [] and known_studies() == []


def test_a_study_is_started_stopped_and_continued(lab, monkeypatch):
    at = page()
    at.segmented_control[0].select("tune").run()
    for label, value in (("Trials", 3), ("Epochs", 1), ("Training images", 300)):
        next(n for n in at.number_input if n.label == label).set_value(value)
    button(at, "Start").click().run()
    assert not at.exception
    (state,) = known_studies()
    assert lab.arguments == [state.name] and state.data_name.startswith(STAND_IN_NAME)
    assert (state.slots, state.recipe.epochs, state.images) == (3, 1, 300)
    assert progress(at) == "0 of 3 trials done · starting"
    button(at, "Stop").click().run()
    assert button(at, "Stop").disabled and progress(at).endswith("stopping …")
    forget_launch(background.study_folder(state.name))
    (background.study_folder(state.name) / "message.txt").write_text("It is of other data.")
    at.run()
    assert "It is of other data." in at.error[0].value


def test_a_stopped_study_goes_on(digits, lab):
    name = start_crossval(TINY, digits, 3)
    fill(name, [0.8])
    at = page()
    assert progress(at) == "1 of 3 folds done · no process of this machine is working on it"
    button(at, "Continue").click().run()
    assert not at.exception and lab.arguments == [name]
    assert progress(at) == "1 of 3 folds done · starting"


def test_the_same_study_again_trains_nothing(digits, lab):
    name = start_crossval(get_recipe("dense_512"), digits)
    fill(name, [0.8] * 5)
    at = page()
    button(at, "Start").click().run()
    assert not at.exception and lab.folders == []
    assert "is finished" in at.toast[0].value
    assert at.session_state["watched_study"] == name


def delete_script(name):
    from mnist_core.studies.study import read_study
    from pages.studies.table import actions

    actions(read_study(name))


def test_a_study_is_deleted_after_a_question(crossval):
    at = AppTest.from_function(delete_script, args=(crossval,), default_timeout=60).run()
    at.text_input(key=f"study_title_{crossval}").set_value("Ours <b>").run()
    assert not at.exception
    assert "with all its results?" in at.markdown[0].value
    assert read_study(crossval).title == "Ours <b>"
    button(at, "Delete it").click().run()
    assert known_studies() == []


def test_a_database_that_can_not_be_used_is_named(monkeypatch):
    monkeypatch.setenv("MNIST_CORE_STORAGE", "nowhere")
    at = page()
    assert "nowhere can't be used" in at.error[0].value


def test_the_page_never_imports_tensorflow(search):
    code = (
        "import sys; from streamlit.testing.v1 import AppTest; "
        "at = AppTest.from_file('app.py', default_timeout=60).run(); "
        "at.switch_page('pages/studies/page.py').run(); assert not at.exception; "
        "assert len(at.get('bidi_component')) == 5; print('tensorflow' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env=dict(os.environ),
    )
    assert done.stdout.strip().splitlines()[-1] == "False"
