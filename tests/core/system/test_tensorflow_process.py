"""The process beside this one: shared, remembered, replaced when it dies, gone when idle."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import wait

import pytest

from mnist_core import ModelError, open_model
from mnist_core.system import tensorflow_process as outside


@pytest.fixture(autouse=True)
def _closed():
    yield
    outside.close()


def test_questions_go_to_one_other_process_that_is_kept():
    first = outside.ask(os.getpid).result()
    assert first != os.getpid()
    assert outside.ask(os.getppid).result() == os.getpid()
    assert outside.ask(os.path.exists, f"/proc/{first}").result()


def test_the_same_question_is_asked_once_and_an_error_anew():
    first = outside.ask(time.time)
    assert outside.ask(time.time) is first
    assert outside.ask(abs, -3).result() == 3
    failed = outside.ask(open_model, "none such")
    wait([failed])
    assert outside.ask(open_model, "none such") is not failed


def test_an_error_arrives_as_it_was_raised():
    future = outside.ask(open_model, "none such")
    with pytest.raises(ModelError, match="no trained model 'none such'"):
        future.result()
    assert "no trained model 'none such'" in outside.trouble(future)
    assert "ValueError" in outside.trouble(outside.ask(int, "seven"))
    assert outside.trouble(outside.ask(abs, -1)) is None


def test_a_process_that_dies_is_said_so_and_replaced():
    before = outside.ask(os.getpid).result()
    future = outside.ask(time.sleep, 60)
    os.kill(before, signal.SIGKILL)
    assert "has died" in outside.trouble(future)
    assert outside.ask(abs, -2).result() == 2


def test_it_ends_when_idle_and_starts_again(monkeypatch):
    monkeypatch.setattr(outside, "IDLE", 0.2)
    first = outside.ask(os.getpid).result()
    deadline = time.monotonic() + 30
    while os.path.exists(f"/proc/{first}") and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not os.path.exists(f"/proc/{first}")
    assert outside.ask(abs, -2).result() == 2


def test_it_does_not_run_the_main_script_again(tmp_path):
    script = tmp_path / "main.py"
    script.write_text(
        "import os, sys\nprint('main runs')\n"
        "from mnist_core.system import tensorflow_process as outside\n"
        "print(outside.ask(os.getpid).result() != os.getpid())\n"
        "print('tensorflow' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, script],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
    )
    assert done.stdout.split("\n")[:3] == ["main runs", "True", "False"]


ASKS = """
import os, sys, time
from mnist_core.system import tensorflow_process as outside
print(outside.ask(os.getpid).result(), flush=True)
outside.ask(time.sleep, 600)
time.sleep(float(sys.argv[1]))
"""


@pytest.mark.parametrize("killed", [True, False])
def test_nothing_is_left_behind_when_the_one_that_asked_is_killed_or_ends(killed):
    asker = subprocess.Popen(
        [sys.executable, "-c", ASKS, "600" if killed else "0.5"],
        stdout=subprocess.PIPE,
        text=True,
    )
    other = int(asker.stdout.readline())
    if killed:
        asker.kill()
    asker.wait(60)  # it doesn't wait for the answer
    deadline = time.monotonic() + 60
    while os.path.exists(f"/proc/{other}") and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not os.path.exists(f"/proc/{other}")
