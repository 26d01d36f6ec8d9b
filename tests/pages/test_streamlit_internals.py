"""Where a name inside Streamlit has moved, the app loses a comfort and never a page."""

import sys
from types import ModuleType, SimpleNamespace

import pytest

from pages.shared import streamlit_internals
from pages.shared.streamlit_internals import SERIALIZATION, came_by_history, spare_pandas


class Frame:
    """What only the original function can judge."""


@pytest.fixture
def serialization(monkeypatch):
    """A module like Streamlit's, which notes what it is asked about."""
    module = ModuleType("fake_serialization")
    module.asked = []
    module.is_dataframe_like = lambda value: bool(module.asked.append(value)) or True
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return module


def test_plain_data_is_no_data_frame_and_nobody_is_asked(serialization, monkeypatch):
    monkeypatch.delitem(sys.modules, "pandas", raising=False)
    assert spare_pandas("fake_serialization")
    assert not serialization.is_dataframe_like({"objects": []})
    assert not serialization.is_dataframe_like([1])
    assert serialization.asked == []
    frame = Frame()
    assert serialization.is_dataframe_like(frame)
    assert serialization.asked == [frame]


def test_once_pandas_is_there_streamlit_judges_by_itself(serialization, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", ModuleType("pandas"))
    assert spare_pandas("fake_serialization")
    assert serialization.is_dataframe_like([1])
    assert serialization.asked == [[1]]


def test_a_name_or_a_module_that_has_moved_changes_nothing(serialization):
    del serialization.is_dataframe_like
    assert not spare_pandas("fake_serialization")
    assert not spare_pandas("streamlit.no_such_module")


def test_the_names_are_where_they_were():
    assert spare_pandas(SERIALIZATION)


@pytest.mark.parametrize(
    ("context", "came"),
    [
        (None, False),
        (SimpleNamespace(), False),
        (SimpleNamespace(is_history_navigation=False), False),
        (SimpleNamespace(is_history_navigation=True), True),
    ],
)
def test_back_and_forward_are_known_where_streamlit_says_so(monkeypatch, context, came):
    monkeypatch.setattr(streamlit_internals, "get_script_run_ctx", lambda: context)
    assert came_by_history() is came
