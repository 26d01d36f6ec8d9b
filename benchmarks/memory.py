"""Whether the server's memory stays flat while people draw.

`python -m benchmarks.memory [--strokes 10000] [--sessions 4] [--json]` starts the app, records what
a browser sends while digits are drawn and cleared, and sends it again and again over the web
socket, from several sessions in turn. After a warm-up (a tenth of the strokes, 1,000 at least), in
which the sessions' undo histories fill up, it prints the resident memory of the server and how much
it has grown since. Exits with 1 if that is more than 20 MB.
"""

import argparse
import json
import statistics
import sys
import time
from contextlib import ExitStack

from benchmarks.app import memory
from benchmarks.replay import Session, record_strokes
from tests.browser.harness import DIGITS, chromium, served

DRAWN = (4, 7, 5, 2, 8)
ALLOWED = 20.0  # MB of growth
LOOKS = 20  # figures of memory


def main() -> None:
    """Draw, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--strokes", type=int, default=10_000)
    parser.add_argument("--sessions", type=int, default=4)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    with served() as (address, process):
        with chromium() as browser:
            messages = record_strokes(browser, address, DRAWN)
        each = sum(len(DIGITS[digit]) for digit in DRAWN)  # strokes in one round
        warm_up = min(options.strokes, max(1000, options.strokes // 10))
        with ExitStack() as stack:
            sessions = [stack.enter_context(Session(address)) for _ in range(options.sessions)]
            figures: list[tuple[int, float]] = []  # (strokes since the warm-up, MB)
            times: list[float] = []
            strokes, turn = -warm_up, 0
            step = max(options.strokes // LOOKS, 1)
            while strokes < options.strokes:
                session = sessions[turn % len(sessions)]
                answers = set()
                for message in messages:
                    started = time.perf_counter()
                    session.send(message)
                    times.append(time.perf_counter() - started)
                    answers.add(session.answer)
                if not {*map(str, DRAWN)} <= answers:
                    sys.exit(f"The app read {sorted(answers)}, expected {DRAWN}.")
                strokes, turn = strokes + each, turn + 1
                if strokes >= 0 and (not figures or strokes >= figures[-1][0] + step):
                    figures.append((strokes, memory(process)))
                    if not options.json:
                        print(f"{strokes:>8,} strokes {figures[-1][1]:>8.1f} MB", flush=True)
            figures.append((strokes, memory(process)))
    growth = figures[-1][1] - figures[0][1]
    result = {
        "strokes after the warm-up": figures[-1][0],
        "sessions": options.sessions,
        "memory after the warm-up, MB": round(figures[0][1], 1),
        "memory at the end, MB": round(figures[-1][1], 1),
        "growth, MB": round(growth, 1),
        "a message to the end of its run, median, ms": round(1000 * statistics.median(times), 1),
        "the same, 95th percentile, ms": round(1000 * statistics.quantiles(times, n=20)[-1], 1),
    }
    if options.json:
        print(json.dumps(result))
    else:
        for name, value in result.items():
            print(f"{name:48} {value:>10,}")
    if growth > ALLOWED:
        sys.exit(f"The server's memory has grown by more than {ALLOWED:.0f} MB.")


if __name__ == "__main__":
    main()
