"""Damaged files of runs, networks and settings are set aside; no page breaks by one of them."""

import json
import shutil

import pytest
from streamlit.testing.v1 import AppTest

from mnist_core import RecipeError, get_recipe, list_runs
from mnist_core.models.store import CARD, list_models
from mnist_core.recipes.saved import save_recipe
from mnist_core.runs.preferences import Preferences, read_preferences
from mnist_core.settings import models_dir, runs_dir
from tests.pages.test_pages import app, models  # noqa: F401
from tests.pages.test_train import finished

SMALL = get_recipe("dense_512").with_settings({"epochs": 2})
DEEP = b"[" * 100_000
WHOLE = [b"", b"null", b"[]", b"5", b'"text"', b"{", b"\xff\xfe\x00", DEEP, b'{"a":' * 50_000]
# (file, keys to a value, what is put there)
VALUES = [
    *[("run.json", ["name"], value) for value in (None, 5, "", "\u202e\x07", "a" * 9999)],
    *[
        ("run.json", ["created"], value)
        for value in (
            None,
            5,
            "yesterday",
            "9999-99-99",
            "2026-01-01",
            "0001-01-01T00:00:00+00:00",
            "9999-12-31T23:59:59-23:00",
        )
    ],
    *[("run.json", ["recipe"], value) for value in (None, [], {}, "dense_512")],
    *[("run.json", ["recipe", "epochs"], value) for value in (None, "5", 0, -1, 10**30, [])],
    *[("run.json", ["recipe", "layers"], value) for value in (None, "x", [], [None], [{}])],
    ("run.json", ["recipe", "layers", 0, "kind"], "Unknown"),
    ("run.json", ["recipe", "layers", 1, "units"], None),
    ("run.json", ["recipe", "layers", 1, "units"], 10**30),
    *[
        ("run.json", ["recipe", key], value)
        for key in (
            "name",
            "title",
            "source",
            "published",
            "lesson",
            "optimizer",
            "seed",
            "augment",
        )
        for value in (None, 5, ["x"])
    ],
    *[("run.json", ["data"], value) for value in ({}, 5, {"name": 1})],
    ("run.json", ["data"], {"name": "a", "digest": "b", "class_names": ["x"] * 50}),
    *[("status.json", ["state"], value) for value in ("dreaming", None, 5, "training", "waiting")],
    *[("status.json", ["share"], value) for value in (None, "half", 5, -1, 1e300)],
    *[("status.json", ["epoch"], value) for value in ("x", -5, 10**30, 1.5)],
    *[("status.json", ["metrics"], value) for value in (5, {"loss": "x"}, {"loss": 1e300})],
    *[("status.json", ["seconds"], value) for value in ("x", 1e300, -1)],
    *[("status.json", ["batches"], value) for value in (0, -3, 10**15)],
    *[("status.json", ["message"], value) for value in (None, 5)],
    *[("status.json", ["queued"], value) for value in (None, -1, 1e300)],
    *[("model/card.json", ["seconds"], value) for value in (None, "x", -1, 1e300)],
    *[("model/card.json", ["parameters"], value) for value in (None, "x")],
    *[("model/card.json", ["evaluation"], value) for value in (None, {}, 5)],
    ("model/card.json", ["evaluation", "n"], None),
    ("model/card.json", ["evaluation", "loss"], "x"),
    ("model/card.json", ["evaluation", "per_class"], [None]),
    ("model/card.json", ["history"], None),
    ("model/card.json", ["history"], {"loss": "x"}),
    ("model/card.json", ["files", "keras", "name"], "../../../etc/passwd"),
    ("model/card.json", ["data", "name"], None),
    ("model/card.json", ["recipe", "epochs"], None),
]
TABLES = [
    b"",
    b"\xff\xfe\x00\n1,2\n",
    b"hello\n",
    b"epoch,loss\n",
    b"a,b\n1,2\n",
    b"epoch,batch,loss,accuracy\nnan,inf,1,2\n1,1e400,3,4\n",
    b"epoch,batch,loss,accuracy\n1,1,nan,inf\n1,2,-inf,nan\n",
    b"epoch,batch,loss,accuracy\n1,1,\x00,0.5\n",
    b"epoch,batch,loss,accuracy\n1,1," + b"9" * 200_000 + b",1\n",
    b"epoch,epoch,epoch\n1,2,3\n",
]


def changed(content, keys, value):
    """JSON with one value changed."""
    plain = json.loads(content)
    part = plain
    for key in keys[:-1]:
        part = part[key]
    part[keys[-1]] = value
    return json.dumps(plain).encode()


def damages(folder):
    """(file, its damaged content) for a run's folder."""
    files = ["run.json", "status.json", "model/card.json"]
    yield from ((name, content) for name in files for content in WHOLE)
    for name, keys, value in VALUES:
        yield name, changed((folder / name).read_bytes(), keys, value)
    yield from ((name, content) for name in ("history.csv", "batches.csv") for content in TABLES)
    yield "message.txt", b"\xff\xfe"
    yield "epochs/0001.npz", b"cut"
    yield "epochs/first.npz", b"cut"
    yield "network.tflite", b"cut"


@pytest.fixture
def damaged(launches):
    """Runs that are each damaged in one way, and one that isn't."""
    whole = finished(SMALL)
    for number, (name, content) in enumerate(damages(whole.folder)):
        folder = whole.folder.parent / f"20260101-{number:06}-damaged"
        shutil.copytree(whole.folder, folder, ignore=shutil.ignore_patterns("*.keras", "*.npz"))
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    return whole


def show_run():
    """The parts of the Train page that show one run; Streamlit runs this as a script."""
    import streamlit as st

    from mnist_core.runs.runs import open_run
    from pages.train.runs_table import actions
    from pages.train.watch import watch

    watch(st.session_state["run"])
    actions(open_run(st.session_state["run"]))


def test_every_damaged_run_is_shown_or_set_aside(damaged):
    shown = [run.id for run in list_runs()]
    assert damaged.id in shown
    assert len(shown) > 60 and len(list(damaged.folder.parent.glob("*-damaged"))) > len(shown) + 40
    at, broken = AppTest.from_function(show_run, default_timeout=60), []
    for run_id in shown:
        at.session_state["run"] = run_id
        at.run()
        if at.exception:
            broken.append(run_id)
    assert broken == []


@pytest.mark.parametrize("page", ["train", "networks", "mistakes", "inside", "draw"])
def test_other_pages_are_not_broken_by_damaged_runs(damaged, page):
    at = app()
    at.switch_page(f"pages/{page}/page.py").run()
    assert not at.exception


@pytest.mark.parametrize("content", [*WHOLE, b'{"at_once": 0}', b'{"at_once": null, "x": 1}'])
def test_damaged_settings_are_the_defaults(content):
    runs_dir().mkdir(parents=True)
    (runs_dir() / "settings.json").write_bytes(content)
    assert read_preferences() == Preferences()


@pytest.mark.parametrize("content", WHOLE)
def test_a_damaged_card_of_a_stored_network_is_named_and_the_others_stay(models, content):  # noqa: F811
    (models_dir() / "dense_512" / CARD).write_bytes(content)
    stored, errors = list_models()
    assert len(stored) >= 4 and "dense_512" not in {model.name for model in stored}
    assert "'dense_512' can't be used" in str(errors[0])


@pytest.mark.parametrize("content", WHOLE)
def test_a_damaged_recipe_is_named_in_words(content):
    save_recipe(SMALL, "mine")
    (runs_dir() / "recipes" / "mine.json").write_bytes(content)
    with pytest.raises(RecipeError, match=r"The recipe 'mine' can't be read: .*is damaged"):
        get_recipe("mine")
    at = app()
    at.switch_page("pages/train/page.py").run()
    assert not at.exception


def test_damaged_runs_are_named_on_the_train_page(damaged):
    at = app()
    at.switch_page("pages/train/page.py").run()
    words = [warning.value for warning in at.warning]
    assert "can't be read" in words[0] and "run.json is damaged" in words[0]
    assert words[-1].endswith("more runs can't be read.")
