"""Kill -9 at many moments of a run: what is seen after it, and whether the result is the same.

`python -m benchmarks.kills [--moments 10] [--targets TARGET ...] [--json]` starts a run from the
Train page in a real browser and kills, at so many moments each, the process that trains, the web
server, or both: while the run waits, while TensorFlow loads, in the first epoch, while a backup is
written, in a late epoch, while the network is tested and stored, and at random. After each kill it
looks whether

- the list of runs still reads, and the run is shown as it is: `interrupted` within 5 seconds if its
  process was killed before it was finished, going on in the same process if only the server was,
- every stored network has whole files,
- a fresh server's page shows the same,
- and, resumed, the run finishes with exactly the test answers and curves of an unbroken one.

Its exit status is 1 if anything was lost or wrong. Folders of its own: nothing is left behind.
"""

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from filelock import FileLock
from playwright.sync_api import Page, expect

from mnist_core import Recipe, StoredModel, get_recipe, list_models, settings
from mnist_core.recipes.saved import save_recipe
from mnist_core.runs.runs import (
    FINISHED,
    INTERRUPTED,
    Run,
    list_runs,
    open_run,
    resume_run,
    start_run,
)
from tests.browser.harness import Server, chromium, settled

EPOCHS = 20
CHANGES = {
    "layers": [
        {"kind": "Flatten"},
        {"kind": "Dense", "units": 16, "activation": "relu"},
        {"kind": "Dropout", "rate": 0.25},
    ],
    "train_images": 2000,
    "validation_split": 0.2,
    "epochs": EPOCHS,
}
WITHIN = 5.0  # seconds in which a killed run is known to be interrupted
TARGETS = ("process", "server", "both")
PATIENCE = 300.0  # seconds for anything else
SHOWN = {FINISHED: "Finished", INTERRUPTED: "Interrupted"}
GOING_ON = ("Queued", "Starting", "Training", "Testing on")

# When to kill: in words, and whether it is that moment.
Moment = tuple[str, Callable[[Run], bool]]


def _epoch(run: Run) -> int:
    return run.status.epoch or 0 if run.state == "training" else 0


def _backs_up(folder: Path) -> bool:
    return (folder / "new").exists() and any(folder.glob("[0-9]*"))  # not the first one


MOMENTS: tuple[Moment, ...] = (
    ("it waits", lambda run: run.state == "waiting" and run.status.pid is not None),
    ("TensorFlow loads", lambda run: run.state == "starting"),
    ("first epoch", lambda run: _epoch(run) == 1),
    ("backup is written", lambda run: _backs_up(run.folder / "backup")),
    ("late epoch", lambda run: _epoch(run) > 0.8 * EPOCHS),
    ("it is tested", lambda run: run.state == "testing"),
    ("it is stored", lambda run: (run.folder / "model").exists()),
)


@dataclass
class Outcome:
    """What a kill did."""

    killed: str
    when: str
    state: str
    epoch: int
    shown: str = ""
    seconds: float = 0.0
    same: bool = False
    wrong: list[str] = field(default_factory=list)


def main() -> None:
    """Kill and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--moments", type=int, default=10, help="for each kind of kill")
    parser.add_argument(
        "--targets", nargs="+", choices=TARGETS, default=TARGETS, help="what is killed"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the random moments")
    parser.add_argument("--json", action="store_true", help="print one JSON array")
    options = parser.parse_args()
    outcomes = []
    with _folders():
        recipe = save_recipe(get_recipe("dense_512").with_settings(CHANGES), "kills")
        unbroken, length = _unbroken(recipe)
        chance = random.Random(options.seed)
        print(f"An unbroken run takes {length:.1f} s.", file=sys.stderr)
        with chromium() as browser, contextlib.closing(_Trial(unbroken, length)) as trial:
            for number, killed in enumerate(TARGETS):
                if killed not in options.targets:
                    continue
                for moment in _moments(options.moments, number, length, chance):
                    page = browser.new_page(viewport={"width": 1280, "height": 900})
                    outcomes.append(trial.run(page, killed, moment))
                    page.close()
                    if not options.json:
                        _print(outcomes)
    if options.json:
        print(json.dumps([asdict(one) for one in outcomes]))
    wrong = sum(bool(one.wrong) for one in outcomes)
    print(f"{len(outcomes)} kills, {wrong} with something lost or wrong", file=sys.stderr)
    sys.exit(1 if wrong else 0)


@contextlib.contextmanager
def _folders() -> Iterator[None]:
    """Empty folders of runs and models for this process and those that it starts."""
    names = ("MNIST_CORE_RUNS", "MNIST_CORE_MODELS")
    before = {name: os.environ.get(name) for name in names}
    shipped = settings.models_dir()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        shutil.copytree(shipped / "pen", Path(folder) / "models" / "pen")
        for name in names:
            os.environ[name] = str(Path(folder) / name.rsplit("_", 1)[1].lower())
        try:
            yield
        finally:
            for run in list_runs():
                if run.active and run.status.pid is not None:
                    os.kill(run.status.pid, signal.SIGKILL)
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value


def _moments(count: int, shift: int, length: float, chance: random.Random) -> Iterator[Moment]:
    """So many moments: the named ones, for another kill starting elsewhere, then random ones."""
    for number in range(min(count, len(MOMENTS))):
        yield MOMENTS[(number + shift * count) % len(MOMENTS)]
    for _ in range(count - len(MOMENTS)):
        delay = chance.uniform(0, length)
        yield f"{delay / length:.0%} of its time", _after(delay)


def _after(delay: float) -> Callable[[Run], bool]:
    began: list[float] = []  # when it is first asked

    def now(run: Run) -> bool:
        began.append(time.monotonic())
        return began[-1] - began[0] >= delay or run.state == FINISHED

    return now


def _unbroken(recipe: Recipe) -> tuple[Run, float]:
    """A run that nobody disturbs, and how many seconds it takes."""
    started = time.monotonic()
    run = start_run(recipe)
    while run.active and time.monotonic() < started + PATIENCE:
        time.sleep(0.1)
        run = open_run(run.id)
    if run.state != FINISHED:
        raise SystemExit(f"The unbroken run is {run.state}. {run.message} {run.log_tail()}")
    return run, time.monotonic() - started


class _Trial:
    """A server, and runs that are killed one after the other."""

    def __init__(self, unbroken: Run, length: float) -> None:
        self.unbroken, self.length = unbroken, length
        self.runs = {unbroken.id}
        self.server = Server()

    def close(self) -> None:
        """End the server."""
        self.server.stop()

    def run(self, page: Page, killed: str, moment: Moment) -> Outcome:
        """Start a run on the page, kill at the moment, look, resume it, compare."""
        when, is_now = moment
        places = Path(os.environ["MNIST_CORE_RUNS"]) / ".places"
        turn = FileLock(places / "0")
        if when == "it waits":
            turn.acquire(timeout=PATIENCE)
        try:
            run = self._start(page)
            run = _until(run, is_now)
            pid = run.status.pid or 0
            if killed != "server" and pid and run.state != FINISHED:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            if killed != "process":
                self.server.kill()
            outcome = Outcome(killed, when, run.state, run.status.epoch or 0)
            self._look(outcome, run, pid)
        finally:
            turn.release()
        if killed != "process":
            self.server.start()
        self._look_at_page(page, outcome, run)
        self._finish(outcome, run)
        return outcome

    def _start(self, page: Page) -> Run:
        self._open(page)
        page.get_by_role("combobox", name="Recipe").click()
        page.get_by_role("option", name="kills").click()
        expect(page.locator(".network")).to_contain_text("units 16", timeout=60_000)
        settled(page)
        start = page.get_by_role("button", name="Start")
        expect(start).to_have_count(1)  # the old one is there for a moment too
        start.click()
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            for run in list_runs():
                if run.id not in self.runs:
                    self.runs.add(run.id)
                    return run
            time.sleep(0.02)
        raise SystemExit("The page started no run.")

    def _open(self, page: Page) -> None:
        page.goto(f"{self.server.address}/train")
        expect(page.get_by_role("button", name="Start").first).to_be_visible(timeout=60_000)
        settled(page)

    def _look(self, outcome: Outcome, run: Run, pid: int) -> None:
        """On the disk: is everything there, and the run's state the right one?"""
        began = time.monotonic()
        if outcome.killed == "server" or outcome.state == FINISHED:
            now = open_run(run.id)
            if not (now.active or now.state == FINISHED):
                outcome.wrong.append(f"is {now.state}, but its process wasn't killed")
            if pid and now.status.pid != pid:
                outcome.wrong.append("another process works on it")
        else:
            now = open_run(run.id)
            while now.active and time.monotonic() < began + 2 * WITHIN:
                time.sleep(0.01)
                now = open_run(run.id)
            outcome.seconds = time.monotonic() - began
            if now.state not in (INTERRUPTED, FINISHED) or outcome.seconds > WITHIN:
                outcome.wrong.append(f"is {now.state} after {outcome.seconds:.1f} s")
        outcome.shown = now.state
        lost = self.runs - {one.id for one in list_runs()}
        outcome.wrong += [f"the list has lost {one}" for one in lost]
        outcome.wrong += _damaged()

    def _look_at_page(self, page: Page, outcome: Outcome, run: Run) -> None:
        """In the browser: does the page say what the disk says?"""
        self._open(page)
        expect(page.get_by_role("heading", name=run.name, exact=True)).to_be_visible(timeout=60_000)
        deadline = time.monotonic() + WITHIN
        while True:  # the page looks every second, so it may be a little behind
            state = open_run(run.id).state
            words = [SHOWN[state]] if state in SHOWN else [*GOING_ON, SHOWN[FINISHED]]
            shown = page.get_by_test_id("stProgress").first.inner_text()
            if any(one in shown for one in words):
                break
            if time.monotonic() > deadline:
                outcome.wrong.append(f"the page says {shown!r} of a run that is {state}")
                break
            page.wait_for_timeout(100)

    def _finish(self, outcome: Outcome, run: Run) -> None:
        """Resumed if need be, does it come to the same end?"""
        run = open_run(run.id)
        if run.resumable:
            resume_run(run)
            run = open_run(run.id)
        run = _until(run, lambda run: not run.active)
        if run.state != FINISHED:
            outcome.wrong.append(f"ends {run.state}: {run.message} {run.log_tail()}")
            return
        outcome.wrong += _damaged()
        expected, found = self.unbroken.model(), run.model()
        if expected is None or found is None:
            outcome.wrong.append("has no network")
            return
        ours, theirs = found.test_answers(), expected.test_answers()
        outcome.same = all(np.array_equal(ours[name], theirs[name]) for name in theirs)
        if not outcome.same:
            outcome.wrong.append("gives other test answers")
        if run.history() != self.unbroken.history():
            outcome.wrong.append("has another history")
        for name in ("epoch", "batch"):
            if run.batches()[name] != self.unbroken.batches()[name]:
                outcome.wrong.append(f"has lost or doubled points of its curve ({name})")


def _until(run: Run, is_it: Callable[[Run], bool]) -> Run:
    """Look at a run as often as possible until something is so, or it is over."""
    deadline = time.monotonic() + PATIENCE
    while not is_it(run) and time.monotonic() < deadline:
        time.sleep(0.001)
        run = open_run(run.id)
        if not run.active:
            break
    return run


def _damaged() -> list[str]:
    """What is wrong with the networks that can be loaded: nothing may be half there."""
    models, errors = list_models()
    wrong = [str(error) for error in errors]
    stored: list[StoredModel | None] = [*models, *(run.model() for run in list_runs())]
    for model in filter(None, stored):
        for kind in model.card["files"]:
            try:
                model.read(kind)
            except Exception as error:
                wrong.append(str(error))
    return wrong


def _print(outcomes: list[Outcome]) -> None:
    """The newest row, after the head if it is the first."""
    if len(outcomes) == 1:
        print(
            f"{'killed':<9}{'when':<20}{'state':<10}{'epoch':>5}  {'seen':<12}{'after, s':>8}"
            "  same result"
        )
    one = outcomes[-1]
    wrong = f"  WRONG: {'; '.join(one.wrong)}" if one.wrong else ""
    print(
        f"{one.killed:<9}{one.when:<20}{one.state:<10}{one.epoch:>5}  {one.shown:<12}"
        f"{one.seconds:>8.2f}  {'yes' if one.same else 'no'}{wrong}",
        flush=True,
    )


if __name__ == "__main__":
    main()
