"""A shared server: visitors look and draw, its owner changes things, and may let all others."""

import pytest
import streamlit as st

from mnist_core import get_recipe, start_run
from mnist_core.runs.preferences import save_preferences
from mnist_core.runs.runs import open_run, stop_run
from mnist_core.system.owner import owner_key
from tests.launches import forget_launch
from tests.pages.test_pages import app
from tests.pages.test_train import finished

# Keys, or how they begin, of what changes something for others.
CHANGES = (
    "start", "Stop_", "Resume_", "everybody_", "name_", "delete_", "at_once", "save_name",
    "save_recipe", "start_study", "study_title_", "really_delete_", "train_best_", "Continue_",
    "bring_", "mistakes_judge_",
)  # fmt: skip
# Pages on which a control changes something, with what has to be open for it.
PAGES: dict[str, dict[str, str]] = {
    "train": {},
    "studies": {},
    "dataset": {"section": "Other data"},
    "networks": {},
    "mistakes": {"image": "8"},
}


@pytest.fixture
def shared():
    before = st.get_option("server.address")
    st.config.set_option("server.address", "0.0.0.0")
    yield
    st.config.set_option("server.address", before)


@pytest.fixture
def made(launches):
    """A finished run and an interrupted one."""
    interrupted = finished(get_recipe("dense_512"), state="interrupted")
    return finished(get_recipe("sigmoid_mlp")), interrupted


def opened(name, key="", **query):
    at = app()
    if key:
        at.query_params["owner"] = key
        at.run()
    for param, value in query.items():
        at.query_params[param] = value
    at.switch_page(f"pages/{name}/page.py").run()
    assert not at.exception
    return at


def widgets(at):
    kinds = ("button", "number_input", "text_input", "segmented_control", "toggle", "button_group")
    return {one.key for kind in kinds for one in at.get(kind) if one.key}


def changing(at):
    return {key for key in widgets(at) if key.startswith(CHANGES)}


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize("name", PAGES)
def test_on_ones_own_machine_everybody_is_the_owner(name):
    at = opened(name, **PAGES[name])
    assert changing(at)
    assert not [one for one in at.markdown if "only its owner" in one.value]


@pytest.mark.usefixtures("shared", "made")
@pytest.mark.parametrize("name", PAGES)
def test_a_visitor_gets_no_control_that_changes_anything(name):
    assert changing(opened(name, **PAGES[name])) == set()


@pytest.mark.usefixtures("shared", "made")
def test_a_visitor_is_told_who_can_train_and_shows_the_key():
    at = opened("train")
    assert any("only its owner can train" in one.value for one in at.markdown)
    at.text_input(key="owner_key_train").input("guess").run()
    assert "not the right key" in at.error[0].value
    at.text_input(key="owner_key_train").input(owner_key()).run()
    assert {"start", "at_once"} <= widgets(at)


@pytest.mark.usefixtures("shared", "made")
def test_the_owners_address_opens_everything_and_loses_its_key():
    at = opened("train", owner_key())
    assert {"start", "at_once"} <= widgets(at)
    assert "owner" not in at.query_params
    assert "start" not in widgets(opened("train", "guess"))


@pytest.mark.usefixtures("shared", "made")
def test_the_owner_can_let_visitors_train_but_not_read_paths():
    at = opened("server", owner_key())
    at.toggle(key="visitors_may_change").set_value(True).run()
    visitor = opened("train")
    assert "start" in widgets(visitor) and "at_once" not in widgets(visitor)
    data = opened("dataset", section="Other data")
    way = next(one for one in data.button_group if one.key == "bring_way")
    assert "bring_in" in widgets(data) and way.options == ["Files"]


@pytest.mark.usefixtures("shared")
def test_a_visitor_changes_only_what_is_their_own_unless_the_owner_says_otherwise(launches):
    others = finished(get_recipe("sigmoid_mlp"))
    save_preferences(visitors_may_change=True)
    at = opened("train")
    assert f"delete_{others.id}" not in widgets(at)
    at.button(key="start").click().run()
    assert not at.exception and len(launches.folders) == 2
    own = launches.folders[1].name
    assert f"Stop_{own}" in widgets(at) and at.button(key="start").disabled
    assert any("Your run is still active" in one.value for one in at.warning)
    stop_run(open_run(own))
    forget_launch(launches.folders[1])
    at.run()
    assert f"delete_{own}" in widgets(at) and not at.button(key="start").disabled
    assert f"delete_{own}" not in widgets(opened("train"))  # to another visitor
    owner = opened("server", owner_key())
    owner.toggle(key="visitors_own_only").set_value(False).run()
    assert f"delete_{own}" in widgets(opened("train"))


@pytest.mark.usefixtures("shared")
def test_visitors_can_not_fill_the_queue(launches, monkeypatch):
    save_preferences(visitors_may_change=True)
    monkeypatch.setattr("pages.shared.access.VISITORS_RUNS", 1)
    start_run(get_recipe("sigmoid_mlp"))
    at = opened("train")
    assert at.button(key="start").disabled
    assert any("1 runs are already queued" in one.value for one in at.warning)
    assert not opened("train", owner_key()).button(key="start").disabled


@pytest.mark.usefixtures("shared")
def test_a_course_trains_by_the_same_rules(launches):
    save_preferences(visitors_may_change=True)
    at = opened("learn", course="notes", step="fit")
    at.button(key="lesson_start").click().run()
    assert not at.exception and len(launches.folders) == 1
    assert "lesson_stop" in widgets(at)  # its own
    at.switch_page("pages/train/page.py").run()
    assert at.button(key="start").disabled
    assert f"Stop_{launches.folders[0].name}" in widgets(at)
    at.query_params["course"], at.query_params["step"] = "dense", "fit"
    at.switch_page("pages/learn/page.py").run()
    assert at.button(key="lesson_start").disabled
    assert any("Your run is still active" in one.value for one in at.warning)


@pytest.mark.usefixtures("shared")
def test_nobody_is_the_owner_of_a_server_without_a_key():
    assert "start" not in widgets(opened("train"))
    assert "start" not in widgets(opened("train", " "))


@pytest.mark.usefixtures("shared")
def test_the_server_page_is_the_owners_alone():
    at = opened("server", owner_key())
    assert "http://" in at.code[0].value
    assert {"MNIST", "networks", "access"} <= set(at.dataframe[0].value["Check"])
    visitor = app()
    with pytest.raises(ValueError, match="navigation page"):
        visitor.switch_page("pages/server/page.py")
