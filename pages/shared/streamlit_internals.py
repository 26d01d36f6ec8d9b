"""All that hangs on the inside of Streamlit and of its canvas, which may change without notice.

Each place names the version it was seen in and has a test. Where a name has moved, the app loses a
second or a comfort, never a page. `streamlit.css` beside this file is the same for CSS rules.
"""

import importlib
import sys
from typing import Any, cast

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from streamlit.logger import get_logger
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.shared.logs import SessionFormatter

# streamlit-drawable-canvas 0.13.0 shows its own toolbar (`.dc-toolbar`) on hover alone, which no
# finger can do, and it lies unseen over the top right corner of the canvas, where it takes the
# strokes that begin there. So the canvas is made higher by this many pixels, the strip with the
# toolbar in it is cut off, and buttons of our own stand in for it.
CANVAS_TOOLBAR = 34

# What a page says of an error that nothing else has caught, in Streamlit 1.67.0. With
# `client.showErrorDetails = "none"` it stands for the error's own words, which are in the log.
ERRORS, ERROR_WORDS = "streamlit.elements.exception", "_GENERIC_UNCAUGHT_EXCEPTION_TEXT"
LAST_RESORT = (
    "Something went wrong on this page. Nothing that is stored is lost, and training goes on. "
    "Reload the page; if it happens again, go on with another page and tell whoever runs this "
    "server: its log says what happened and when."
)

LARGE_UPLOAD = 10_000_000  # bytes: above any usual picture

SERIALIZATION = "streamlit.components.v2.bidi_component.serialization"  # in Streamlit 1.67.0


def spare_pandas(module: str = SERIALIZATION) -> bool:
    """Keep Streamlit from importing pandas and PyArrow, over a second, to look at plain data.

    Every value that goes to the canvas is first looked at: is it a data frame? A plain dict or
    list can't hold one while nobody has imported pandas, so the answer is known without it.

    Returns:
        Whether it could be done. If not, Streamlit works as it is, only slower to start.
    """
    try:
        names = vars(importlib.import_module(module))
        original = names["is_dataframe_like"]
    except (ImportError, KeyError) as error:
        get_logger(__name__).warning(
            "The canvas imports pandas at its first use: %s has changed (%r).", module, error
        )
        return False

    def is_dataframe_like(value: object) -> bool:
        plain = type(value) in (dict, list) and "pandas" not in sys.modules
        return not plain and bool(original(value))

    names["is_dataframe_like"] = is_dataframe_like
    return True


def explain_errors(module: str = ERRORS) -> bool:
    """Say what to do where an error reaches Streamlit: in a page, a part of one, or a callback.

    Returns:
        Whether it could be done. If not, Streamlit says in its own words that there was an error.
    """
    try:
        names = vars(importlib.import_module(module))
        _ = names[ERROR_WORDS]
    except (ImportError, KeyError) as error:
        get_logger(__name__).warning("Errors are shown in Streamlit's words: %r", error)
        return False
    names[ERROR_WORDS] = LAST_RESORT
    return True


def log_sessions(module: str = "streamlit.logger") -> bool:
    """Give every line of Streamlit's log the session that it is about.

    Streamlit 1.67.0 gives each of its loggers a handler by `setup_formatter`, when it is made.

    Returns:
        Whether it could be done. If not, the log is Streamlit's own.
    """
    try:
        names = vars(importlib.import_module(module))
        setup, renew = names["setup_formatter"], names["update_formatter"]
    except (ImportError, KeyError) as error:
        get_logger(__name__).warning("The log has no sessions: %r", error)
        return False
    if hasattr(setup, "original"):  # done already
        return True

    def setup_formatter(logger: Any) -> None:
        setup(logger)
        logger.streamlit_console_handler.setFormatter(SessionFormatter())

    setup_formatter.original = setup  # type: ignore[attr-defined]
    names["setup_formatter"] = setup_formatter
    renew()
    return True


def limit_uploads(large: int, total: int, manager: Any = None, file_type: Any = None) -> bool:
    """Limit what the uploads of all sessions take together; Streamlit limits only each file.

    A browser can send files to any page, with an uploader or without, and they stay in memory
    until the session ends. Small ones keep a share of their own, so that a few data sets don't
    lock out everyone's pictures. A file that has arrived lies on the disk until it is read, and
    is refused before that.

    Args:
        large: bytes of all files over `LARGE_UPLOAD`.
        total: bytes of all files.
        manager: the class that holds the files; default: Streamlit 1.67.0's.
        file_type: the class of a file that has arrived; default: Starlette's.

    Returns:
        Whether it could be done. If not, Streamlit works as it is.
    """
    try:
        if manager is None:
            module = importlib.import_module("streamlit.runtime.memory_uploaded_file_manager")
            manager = module.MemoryUploadedFileManager
        file_type = file_type or UploadFile
        original_add, original_read = manager.add_file, file_type.read
    except (ImportError, AttributeError) as error:
        get_logger(__name__).warning("Uploads have no limit together: %r", error)
        return False
    if hasattr(original_add, "unlimited"):  # done already
        return True
    stores: list[Any] = []  # the one that was used last
    reading: list[int] = []  # bytes of files that are being read now

    def check(size: int) -> None:
        held = [
            len(file.data)
            for store in stores
            for files in [*store.file_storage.values()]
            for file in files.values()
        ]
        sizes, most = [*held, *reading], total
        if size > LARGE_UPLOAD:
            sizes, most = [other for other in sizes if other > LARGE_UPLOAD], large
        if sum(sizes) + size > most:
            raise HTTPException(413, "The server holds too many uploads. Try again later.")

    async def read(self: Any, size: int = -1) -> bytes:
        expected = self.size or 0
        check(expected)
        reading.append(expected)
        try:
            return cast(bytes, await original_read(self, size))
        finally:
            reading.remove(expected)

    def add_file(self: Any, session_id: str, file: Any) -> None:
        stores[:] = [self]
        check(len(file.data))
        original_add(self, session_id, file)

    add_file.unlimited = original_add  # type: ignore[attr-defined]
    manager.add_file, file_type.read = add_file, read
    return True


def came_by_history() -> bool:
    """Whether the browser's Back or Forward led to this run of the page.

    False where Streamlit doesn't say so: `is_history_navigation` was seen in 1.67.0.
    """
    return bool(getattr(get_script_run_ctx(), "is_history_navigation", False))
