"""Workers that take training runs from a queue: on a real server, one of them killed."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mnist_core import RunError, get_recipe
from mnist_core.runs.preferences import save_preferences
from mnist_core.runs.runs import list_runs, open_run, resume_run, start_run, stop_run
from mnist_core.runs.workers import work_on_runs
from tests.postgresql import wait_for

SMALL = get_recipe("dense_512").with_settings(
    {"units": 8, "train_images": 1000, "batch_size": 50, "validation_split": 0.2, "epochs": 2}
)
pytestmark = pytest.mark.usefixtures("isolated")

# The command line, with a pulse that is quick enough for a test.
WORKER = """
import sys
from mnist_core.cli import main as cli
from mnist_core.runs import workers
workers.STALLED, workers.LOOK = 2, "* * * * * *"
sys.exit(cli.main(["runs", "work", "--name", sys.argv[1]]))
"""


@pytest.fixture
def queue(postgresql, monkeypatch):
    monkeypatch.setenv("MNIST_CORE_QUEUE", postgresql)
    return postgresql


def worker(stack, name, log):
    """A worker in a session of its own, as a machine would be, with all that it starts."""
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER, name],
        stdout=stack.enter_context(log.open("w")),
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    stack.callback(process.kill)
    return process


def work_once():
    """Do what waits. In a thread, as a browser test before it may leave a running event loop."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(work_on_runs, wait=False).result()


def test_a_run_waits_for_a_worker_and_can_be_stopped_meanwhile(queue):
    run = start_run(SMALL)
    assert (run.state, run.active, run.task.queued) == ("waiting", True, True)
    time.sleep(0.1)
    assert open_run(run.id).state == "waiting"
    stop_run(run)
    assert open_run(run.id).state == "stopped"
    work_once()  # takes it, and leaves it alone
    run = open_run(run.id)
    assert run.state == "stopped" and run.model() is None
    assert run.message == "It was stopped before it began."
    resume_run(run)
    work_once()
    assert open_run(run.id).state == "finished"
    assert open_run(run.id).model() is not None


def test_the_run_of_a_killed_worker_is_finished_by_another_from_its_backup(queue, tmp_path):
    save_preferences(at_once=2)
    with contextlib.ExitStack() as stack:
        first = worker(stack, "first", tmp_path / "first.txt")
        run = start_run(SMALL.with_settings({"epochs": 200}))
        wait_for(lambda: (open_run(run.id).status.epoch or 0) > 3, 60)
        pid = open_run(run.id).status.pid
        second = worker(stack, "second", tmp_path / "second.txt")
        first.kill()  # the machine goes: the worker and what it started
        os.kill(pid, signal.SIGKILL)
        first.wait(10)
        done = open_run(run.id).status.epoch
        wait_for(lambda: (open_run(run.id).status.pid or pid) != pid, 60)
        wait_for(lambda: (open_run(run.id).status.epoch or 0) > done, 60)
        history = Path(run.folder / "history.csv").read_text().splitlines()
        epochs = [int(line.split(",")[0]) for line in history[1:]]
        assert epochs == list(range(len(epochs)))  # none twice, none missing
        stop_run(open_run(run.id))
        wait_for(lambda: not open_run(run.id).active, 60)
        assert second.poll() is None
        second.send_signal(signal.SIGINT)
        assert second.wait(30) == 0, (tmp_path / "second.txt").read_text()
    assert open_run(run.id).state == "stopped"
    assert open_run(run.id).model() is not None


def test_a_queue_that_can_not_be_reached_is_named_without_its_password(monkeypatch):
    monkeypatch.setenv("MNIST_CORE_QUEUE", "postgresql://me:secret@127.0.0.1:9/x")
    for ask in (lambda: start_run(SMALL), work_on_runs):
        with pytest.raises(RunError, match=r"at postgresql://127.0.0.1/x can't be used") as error:
            ask()
        assert "secret" not in str(error.value)
    assert list_runs() == []


def test_a_worker_without_a_queue():
    with pytest.raises(RunError, match="MNIST_CORE_QUEUE isn't set"):
        work_on_runs()
