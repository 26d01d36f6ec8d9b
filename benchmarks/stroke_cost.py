"""What a stroke on the Draw page costs the server: processor time and messages.

`python -m benchmarks.stroke_cost [--strokes 200] [--elements]` starts the app, records what a
browser sends while digits are drawn and cleared, and sends it again over the web socket, one
message after the other (Linux only: it reads the server's processor clock). Prints the processor
time of a stroke (median, 95th percentile), the messages and bytes that the server sends for it,
and, with `--elements`, those of the last stroke.
"""

import argparse
import statistics
import time

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.replay import Session, record_strokes
from tests.browser.harness import chromium, served

DRAWN = (4, 7, 5, 2, 8)
PAUSE = 0.05  # seconds between two strokes, in which the server finishes


def processor_seconds(pid: int) -> float:
    """The processor time that a process has taken so far (Linux)."""
    return time.clock_gettime((~pid << 3) | 2)  # as glibc's clock_getcpuclockid makes the number


def describe(message: ForwardMsg) -> str:
    """The kind of a message, of its element, and its size."""
    kind: str = message.WhichOneof("type") or ""
    if kind == "delta":
        delta = message.delta
        inner = getattr(delta, delta.WhichOneof("type") or "", None)
        kind = f"{delta.WhichOneof('type')} {inner.WhichOneof('type') if inner else ''}"
    return f"{kind} {list(message.metadata.delta_path)} {message.ByteSize():,} bytes"


def main() -> None:
    """Draw, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--strokes", type=int, default=200)
    parser.add_argument("--elements", action="store_true", help="list the last stroke's messages")
    options = parser.parse_args()
    times: list[float] = []
    sent: list[ForwardMsg] = []
    with served() as (address, process):
        with chromium() as browser:
            messages = record_strokes(browser, address, DRAWN)
        with Session(address) as session:
            for turn in range(10**6):
                before = processor_seconds(process)
                received = session.send(messages[turn % len(messages)])
                time.sleep(PAUSE)
                is_stroke = session.answer != "–"  # and not a Clear
                if is_stroke and turn >= len(messages):  # the first round warms up
                    times.append(1000 * (processor_seconds(process) - before))
                    sent = received
                if len(times) == options.strokes:
                    break
    print(
        f"processor time of a stroke: median {statistics.median(times):.1f} ms, 95th percentile "
        f"{sorted(times)[int(0.95 * (len(times) - 1))]:.1f} ms, {len(times)} strokes"
    )
    print(f"sent for it: {len(sent)} messages, {sum(map(ForwardMsg.ByteSize, sent)):,} bytes")
    for message in sent if options.elements else ():
        print(describe(message))


if __name__ == "__main__":
    main()
