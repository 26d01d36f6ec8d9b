"""A class at once: many sessions, each with a stroke every two seconds.

`python -m benchmarks.load [--sessions 50 100 150] [--every 2] [--seconds 20] [--json]` starts the
app, records what a browser sends while digits are drawn and cleared, and sends it again over as
many web sockets. A time is from the moment a message was due to the last element of its answer.
Beside it, the same number of sessions that rerun an app of one line as often: Streamlit's own cost.
Prints median, 95th percentile and how many of the messages of a second were answered; exits with 1
if an answer was lost.
"""

import argparse
import asyncio
import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.replay import record_strokes
from tests.browser.harness import chromium, free_port, served

DRAWN = (4, 7, 5, 2, 8)
NAIVE = 'import streamlit as st\nst.write("Hello")\n'
TIMEOUT = 120.0  # seconds to wait for an answer


def main() -> None:
    """Draw in all sessions, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--sessions", type=int, nargs="+", default=[50, 100, 150])
    parser.add_argument("--every", type=float, default=2.0, help="seconds between two strokes")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long each count is drawn")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    rows: list[dict[str, Any]] = []
    with served() as (address, _), naive_app() as naive:
        with chromium() as browser:
            strokes = record_strokes(browser, address, DRAWN)
        for sessions in options.sessions:
            for name, where, messages, expected in (
                ("this app", address, strokes, b"data-digit"),
                ("one line", naive, [_opening(naive)], b""),
            ):
                times, lost = asyncio.run(
                    draw(where, messages, sessions, options.every, options.seconds, expected)
                )
                ordered = sorted(times) or [float("nan")]
                rows.append(
                    {
                        "app": name,
                        "sessions": sessions,
                        "median_ms": 1000 * statistics.median(ordered),
                        "p95_ms": 1000 * ordered[int(0.95 * (len(ordered) - 1))],
                        "answers": len(times),
                        "lost": lost,
                    }
                )
                if not options.json:
                    _show(rows[-1])
    if options.json:
        print(json.dumps(rows))
    sys.exit(1 if any(row["lost"] for row in rows) else 0)


async def draw(
    address: str,
    messages: Sequence[bytes],
    sessions: int,
    every: float,
    seconds: float,
    expected: bytes = b"",
) -> tuple[list[float], int]:
    """(seconds that each answer took, how many never came or lacked the expected bytes)."""
    times: list[float] = []
    lost = 0

    async def session(number: int) -> None:
        nonlocal lost
        url = f"{address.replace('http', 'ws', 1)}/_stcore/stream"
        async with connect(url, subprotocols=["streamlit"], max_size=None) as socket:  # type: ignore[list-item]
            await _answered(socket, _opening(address))
            ready.release()
            await start.wait()
            began = time.perf_counter() + every * number / sessions  # spread over the interval
            for turn in range(int(seconds / every)):
                due = began + every * turn
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                try:
                    if not await _answered(socket, messages[turn % len(messages)], expected):
                        lost += 1
                except TimeoutError:
                    lost += 1
                    return
                times.append(time.perf_counter() - due)

    ready, start = asyncio.Semaphore(0), asyncio.Event()
    tasks = [asyncio.create_task(session(number)) for number in range(sessions)]
    for _ in range(sessions):
        await ready.acquire()
    start.set()
    await asyncio.gather(*tasks)
    return times, lost


async def _answered(socket: ClientConnection, message: bytes, expected: bytes = b"") -> bool:
    """Send a message and wait until the run of the page that it asks for has ended.

    Returns:
        Whether the expected bytes were among what the server sent for it.
    """
    await socket.send(message)
    is_there = not expected
    async with asyncio.timeout(TIMEOUT):
        while True:
            received = await socket.recv()
            if len(received) > 100:  # not the end of a run: those are short
                is_there = is_there or expected in bytes(received)  # type: ignore[arg-type]
                continue
            forward = ForwardMsg.FromString(received if isinstance(received, bytes) else b"")
            early = forward.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN
            if forward.WhichOneof("type") == "script_finished" and not early:
                return is_there


def _opening(address: str) -> bytes:
    opening = BackMsg()
    opening.rerun_script.context_info.timezone = "UTC"
    opening.rerun_script.context_info.url = f"{address}/"
    return opening.SerializeToString()


@contextlib.contextmanager
def naive_app() -> Iterator[str]:
    """The address of an app of one line."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "app.py").write_text(NAIVE)
        server = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true",
             "--server.port", str(port), "--browser.gatherUsageStats", "false",
             "--server.fileWatcherType", "none", "--runner.postScriptGC", "false"],
            cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            while True:
                with contextlib.suppress(OSError):
                    urllib.request.urlopen(f"http://localhost:{port}/_stcore/health").close()
                    break
                time.sleep(0.1)
            yield f"http://localhost:{port}"
        finally:
            server.terminate()
            server.wait()


def _show(row: dict[str, Any]) -> None:
    print(
        "{app}: {sessions} sessions, median {median_ms:.0f} ms, 95th percentile {p95_ms:.0f} ms, "
        "{answers} answers, {lost} lost".format(**row),
        flush=True,
    )


if __name__ == "__main__":
    main()
