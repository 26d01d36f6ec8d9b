"""The names of session state: each in one place, and used."""

import ast
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared import state

PAGES = Path(__file__).parents[2] / "pages"
FILES = sorted(PAGES.rglob("*.py"))
KINDS = (state.Value, state.Family)
NAMES = {name: value for name, value in vars(state).items() if isinstance(value, KINDS)}


def uses(path, attribute):
    tree = ast.parse(path.read_text("utf-8"))
    return [node for node in ast.walk(tree) if getattr(node, "attr", None) == attribute]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PAGES)))
def test_a_page_reaches_session_state_by_the_names_in_one_file_alone(path):
    # A component reads what the browser has sent under the key that it was given.
    if path.name != "state.py" and path.parent.name != "components":
        assert not uses(path, "session_state")


def test_no_two_names_are_the_same_key():
    keys = [getattr(value, "key", None) or value.prefix for value in NAMES.values()]
    assert len(keys) == len(set(keys))


def test_every_name_is_used():
    used = {
        node.attr if isinstance(node, ast.Attribute) else node.id
        for path in FILES
        if path.name != "state.py"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute | ast.Name)
    }
    assert set(NAMES) <= used


def test_no_two_files_give_a_widget_the_same_key():
    owners = {}
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            key = isinstance(node, ast.keyword) and node.arg == "key"
            if key and isinstance(node.value, ast.Constant):
                owners.setdefault(node.value.value, set()).add(path.name)
    keys = {getattr(value, "key", None) for value in NAMES.values()}
    assert not {key: files for key, files in owners.items() if len(files) > 1 or key in keys}


def test_a_value_is_its_default_until_it_is_set_and_after_it_is_forgotten():
    def script():
        import streamlit as st

        from pages.shared.state import Family, Value

        numbers, other = Value("numbers", [1]), Value("numbers", [1])
        seen = [numbers.get(), numbers.is_set]
        numbers.ensure().append(2)
        seen += [numbers.get(), other.get(), other.take(), numbers.is_set, numbers.get()]
        family = Family("size_", 3)
        family["a"].set(4)
        seen += [family["a"].get(), family["b"].get(), st.session_state["size_a"]]
        st.json(seen)

    at = AppTest.from_function(script).run()
    assert at.json[0].value == "[[1], false, [1, 2], [1, 2], [1, 2], false, [1], 4, 3, 4]"
