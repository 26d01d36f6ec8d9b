"""Where a name inside Streamlit has moved, the app loses a comfort and never a page."""

import asyncio
import json
import logging
import sys
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType, SimpleNamespace

import pytest
import streamlit as st
from starlette.exceptions import HTTPException
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager as Original
from streamlit.runtime.uploaded_file_manager import UploadedFileRec
from streamlit.testing.v1 import AppTest

from pages.shared import streamlit_internals
from pages.shared.streamlit_internals import (
    LAST_RESORT,
    SERIALIZATION,
    came_by_history,
    explain_errors,
    limit_uploads,
    log_sessions,
    spare_pandas,
)


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


def failing_page():
    """Fails in a callback, in a part of the page, or as a whole; a script for Streamlit."""
    import streamlit as st

    import pages.shared.navigation  # noqa: F401

    def fail():
        raise OSError(28, "No space left on device", "/home/somebody/secret")

    st.button("In a callback", on_click=fail)
    st.fragment(lambda: st.button("In a part") and fail())()
    if st.button("In the page"):
        fail()


@pytest.mark.parametrize("button", [0, 1, 2])
def test_an_error_that_nothing_caught_says_what_to_do_and_is_in_the_log(button, capsys):
    at = AppTest.from_function(failing_page).run()
    assert not at.exception
    at.button[button].click().run()
    assert [(error.message, error.stack_trace) for error in at.exception] == [(LAST_RESORT, [])]
    assert "No space left on device" in capsys.readouterr().out
    assert st.get_option("client.showErrorDetails") == "none"


def test_streamlits_own_words_for_errors_are_where_they_were():
    assert explain_errors()
    assert not explain_errors("streamlit.no_such_module")
    assert not explain_errors("json")


def uploaded(size, name="a"):
    return UploadedFileRec(file_id=name, name=name, type="", data=bytes(size))


def test_uploads_of_all_sessions_have_a_limit_together(monkeypatch):
    monkeypatch.setattr(streamlit_internals, "LARGE_UPLOAD", 10)

    class Manager(Original):
        """Of this test alone, without the app's limit."""

        add_file = getattr(Original.add_file, "unlimited", Original.add_file)

    class File:
        """A file that has arrived."""

        def __init__(self, size):
            self.size = size

        async def read(self, size=-1):
            return await reader(self)

    assert limit_uploads(50, 70, Manager, File)
    assert limit_uploads(50, 70, Manager, File)  # once more changes nothing
    manager = Manager("/upload")
    manager.add_file("first", uploaded(40))
    with pytest.raises(HTTPException, match="too many uploads"):
        manager.add_file("second", uploaded(20))
    for number in range(3):
        manager.add_file("second", uploaded(10, f"picture {number}"))
    with pytest.raises(HTTPException, match="too many uploads"):
        manager.add_file("third", uploaded(1))
    manager.remove_session_files("first")
    manager.add_file("third", uploaded(30))

    async def reader(file):
        if file.size == 20:  # while this one is read, another large one arrives
            with pytest.raises(HTTPException, match="too many uploads"):
                await File(11).read()
        return bytes(file.size)

    manager.remove_session_files("second")
    with ThreadPoolExecutor(1) as thread:  # a browser test may have left a loop in this one
        assert len(thread.submit(asyncio.run, File(20).read()).result()) == 20
        with pytest.raises(HTTPException, match="too many uploads"):
            thread.submit(asyncio.run, File(21).read()).result()


def test_streamlits_own_class_of_uploads_is_where_it_was():
    assert limit_uploads(large=100_000_000, total=140_000_000)
    assert not limit_uploads(1, 1, manager=object)


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


@pytest.fixture
def logger_module(monkeypatch):
    """A module like Streamlit's, with one logger that writes to nothing."""
    module = ModuleType("fake_logger")
    logger = logging.getLogger("fake_logger")

    def setup_formatter(logger):
        logger.streamlit_console_handler = logging.NullHandler()

    module.setup_formatter = setup_formatter
    module.update_formatter = lambda: module.setup_formatter(logger)
    module.logger = logger
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return module


def record(text):
    try:
        raise ValueError("a reason")
    except ValueError:
        return logging.LogRecord("a.b", logging.ERROR, "", 0, text, (), sys.exc_info())


def test_a_line_of_the_log_has_its_level_and_session(logger_module, monkeypatch):
    monkeypatch.delenv("MNIST_CORE_LOG", raising=False)
    assert log_sessions("fake_logger") and log_sessions("fake_logger")  # the second does nothing
    formatter = logger_module.logger.streamlit_console_handler.formatter
    first, *rest = formatter.format(record("failed")).splitlines()
    assert first.endswith("ERROR   - a.b: failed") and rest[-1] == "ValueError: a reason"
    context = SimpleNamespace(session_id="0123456789abcdef")
    monkeypatch.setattr("pages.shared.logs.get_script_run_ctx", lambda **_: context)
    assert " 01234567 a.b: failed" in formatter.format(record("failed"))
    monkeypatch.setenv("MNIST_CORE_LOG", "json")
    line = json.loads(formatter.format(record("one\ntwo")))
    assert (line["level"], line["session"], line["message"]) == ("error", "01234567", "one\ntwo")
    assert line["error"].endswith("ValueError: a reason")


def test_without_the_name_the_log_stays_streamlits_own(logger_module):
    del logger_module.setup_formatter
    assert not log_sessions("fake_logger")
