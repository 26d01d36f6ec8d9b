"""Strokes without a browser: what a browser sent for a stroke, sent again over the web socket.

A real browser draws once, and what it sends to the server is recorded. A `Session` then sends the
same messages as often as wanted: widget and fragment ids are the same in every session. For
benchmarks of many strokes, which a browser would be too slow to draw.
"""

import re
from collections.abc import Iterable
from types import TracebackType

from playwright.sync_api import Browser
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

from tests.browser.harness import answer, button, draw_with_mouse, open_page, placed, settled

_DIGIT = re.compile(r'data-digit="([^"]*)"')
TIMEOUT = 60.0  # seconds to wait for the end of a run of the page


def record_strokes(browser: Browser, address: str, digits: Iterable[int]) -> list[bytes]:
    """What a browser sends to the server while each digit is drawn on the Draw page and cleared."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    sent: list[bytes] = []
    page.on(
        "websocket",
        lambda socket: socket.on(
            "framesent", lambda frame: sent.append(frame) if isinstance(frame, bytes) else None
        ),
    )
    open_page(page, address)
    page.wait_for_timeout(1000)
    sent.clear()  # the messages that opened the page
    for digit in digits:
        for stroke in placed(digit, 0.3, 0.2, 0.5):
            draw_with_mouse(page, [stroke])
            page.wait_for_timeout(800)
            settled(page)
        button(page, "Clear").click()
        answer(page).locator("xpath=self::*[@data-digit='–']").wait_for()
        page.wait_for_timeout(800)
        settled(page)
    page.close()
    return [message for message in sent if _reruns(message)]


def _reruns(message: bytes) -> bool:
    return BackMsg.FromString(message).WhichOneof("type") == "rerun_script"


class Session:
    """A session of the app without a browser, on the Draw page. To be used with `with`.

    Attributes:
        answer: the digit that the page shows now; "–" for none.
    """

    def __init__(self, address: str) -> None:
        self.answer = ""
        self._socket = connect(
            f"{address.replace('http', 'ws', 1)}/_stcore/stream",
            subprotocols=["streamlit"],  # type: ignore[list-item]
            max_size=None,
        )
        opening = BackMsg()
        opening.rerun_script.context_info.timezone = "UTC"
        opening.rerun_script.context_info.url = f"{address}/"
        self.send(opening.SerializeToString())

    def send(self, message: bytes) -> list[ForwardMsg]:
        """Send a message and wait until the run of the page that it asks for has ended.

        Returns:
            What the server sent.

        Raises:
            RuntimeError: the run failed.
            TimeoutError: it did not end.
        """
        self._socket.send(message)
        answers: list[ForwardMsg] = []
        while True:
            received = self._socket.recv(timeout=TIMEOUT)
            forward = ForwardMsg.FromString(received if isinstance(received, bytes) else b"")
            answers.append(forward)
            kind = forward.WhichOneof("type")
            if kind == "delta" and forward.delta.new_element.WhichOneof("type") == "exception":
                raise RuntimeError(forward.delta.new_element.exception.message)
            if kind == "delta":
                digit = _DIGIT.search(forward.delta.new_element.html.body)
                self.answer = digit[1] if digit else self.answer
            early = forward.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN
            if kind == "script_finished" and not early:
                return answers

    def __enter__(self) -> "Session":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._socket.close()
