"""A full disk, a folder that can't be written, two people at once: words instead of tracebacks."""

import resource
from contextlib import contextmanager

import pytest

from mnist_core import MnistCoreError, get_recipe, open_model, settings, start_run
from mnist_core.data.collection import delete_data, store_data
from mnist_core.models.store import copy_model
from mnist_core.recipes.saved import delete_recipe, save_recipe
from mnist_core.review.judgements import all_judgements, new_judgement, store_judgement
from mnist_core.runs.preferences import save_preferences
from mnist_core.runs.runs import (
    delete_run,
    open_run,
    rename_run,
    restore_run,
    resume_run,
    stop_run,
)
from mnist_core.studies.study import list_studies
from mnist_core.system.owner import owner_key
from tests.core.data.test_collection import clothes

RECIPE = get_recipe("dense_512").with_settings({"epochs": 1})
SHIPPED = settings.models_dir()


@contextmanager
def full_disk():
    """No file of this process can grow, as on a full disk; what is there can be read."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def judge():
    store_judgement(new_judgement("a" * 64, "test", 3, 8, 2, "pen", "label"))


WRITES = {
    "start a run": lambda: start_run(RECIPE),
    "save the settings": lambda: save_preferences(at_once=2),
    "save a recipe": lambda: save_recipe(RECIPE, "mine"),
    "store a data set": lambda: store_data(clothes()),
    "store a network": lambda: copy_model(open_model("dense_512", SHIPPED), "copy", {}),
    "judge": judge,
    "make a key": owner_key,
    "open the studies": list_studies,
}


@pytest.mark.parametrize("what", WRITES)
def test_a_full_disk_is_named_and_leaves_no_half_of_anything(isolated, launches, what):
    runs, models = settings.runs_dir(), settings.models_dir()
    with full_disk(), pytest.raises(MnistCoreError, match=r"[Ff]ree some space|can't be used"):
        WRITES[what]()
    left = [path for path in (*runs.rglob("*"), *models.rglob("*")) if path.is_file()]
    assert not [path for path in left if path.stat().st_size]
    WRITES[what]()  # and with space it can be done


@pytest.mark.parametrize("what", WRITES)
def test_a_folder_that_cannot_be_written_is_named(isolated, launches, monkeypatch, what):
    (isolated / "file").write_text("no folder")
    monkeypatch.setenv("MNIST_CORE_RUNS", str(isolated / "file" / "runs"))
    monkeypatch.setenv("MNIST_CORE_MODELS", str(isolated / "file" / "models"))
    with pytest.raises(MnistCoreError, match="file"):
        WRITES[what]()


def test_a_rename_on_a_full_disk_leaves_the_old_name(isolated, launches):
    run = start_run(RECIPE, "before")
    with full_disk(), pytest.raises(MnistCoreError, match="Free some space"):
        rename_run(run, "after")
    assert open_run(run.id).name == "before"


GONE = {
    "rename": lambda run: rename_run(run, "other"),
    "delete": delete_run,
    "resume": resume_run,
    "stop": stop_run,
}


@pytest.mark.parametrize("what", GONE)
def test_what_somebody_else_has_deleted_is_missing_in_words(isolated, launches, what):
    run = start_run(RECIPE)
    run.folder.rename(isolated / "elsewhere")
    with pytest.raises(MnistCoreError, match=r"There is no run|could not be left"):
        GONE[what](run)


def test_two_who_restore_or_delete_the_same_are_told_in_words(isolated, launches):
    run = start_run(RECIPE)
    run.folder.rename(settings.runs_dir() / ".trash-of-test")
    with pytest.raises(MnistCoreError, match="There is no deleted run"):
        restore_run(run.id)
    save_recipe(RECIPE, "mine")
    delete_recipe("mine")
    with pytest.raises(MnistCoreError, match="There is no saved recipe"):
        delete_recipe("mine")
    store_data(clothes())
    delete_data("clothes")
    with pytest.raises(MnistCoreError, match="There is no data set"):
        delete_data("clothes")


def test_a_home_of_nobody_is_a_path_that_does_not_exist(monkeypatch):
    monkeypatch.setenv("MNIST_CORE_RUNS", "~nobody-of-that-name/runs")
    assert settings.runs_dir().name == "runs" and all_judgements() == []
