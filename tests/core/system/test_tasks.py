"""Work in a folder: what whoever looks sees, whatever happens to the process."""

import os
import time

import pytest

from mnist_core.errors import DataError, RunError, TaskError
from mnist_core.i18n import Text, _, speaking
from mnist_core.system.tasks import LAUNCH, STARTING, TaskFolder, run_task, writing
from tests.launches import Launches, forget_launch


@pytest.fixture
def task(tmp_path):
    return TaskFolder(tmp_path / "work")


def test_before_anything_there_is_nothing(task):
    assert not (task.active or task.stopping or task.message or task.log_tail())


def test_a_launch_is_seen_until_its_process_has_the_lock(task):
    launches = Launches()
    task.launch("some.module", "argument", launch=launches)
    assert (launches.modules, launches.arguments) == (["some.module"], ["argument"])
    assert task.starting and task.active and not task.held
    states = []
    run_task(task, lambda: states.append((task.held, task.starting)))
    assert states == [(True, False)]
    assert not task.active


@pytest.mark.parametrize("look", ["held", "starting", "queued"])
def test_a_process_that_takes_its_lock_between_two_looks_is_not_missed(task, monkeypatch, look):
    task.launch("some.module", "argument", launch=Launches())
    found = getattr(TaskFolder, look).fget
    locks = []

    def and_then_the_lock_is_taken(self):
        answer = found(self)
        if not locks:
            locks.append(self.hold())
            self.started()
        return answer

    monkeypatch.setattr(TaskFolder, look, property(and_then_the_lock_is_taken))
    assert task.active


@pytest.mark.parametrize("age", [LAUNCH + 1, -3600])  # a clock that was set back by an hour
def test_a_process_that_never_came_is_not_waited_for(task, age):
    task.launch("some.module", "argument", launch=Launches())
    moment = time.time() - age
    os.utime(task.path / STARTING, (moment, moment))
    assert not task.active


def test_a_launch_forgets_the_message_and_the_stop_of_the_one_before(task):
    task.launch("some.module", "argument", launch=Launches())
    task.end("It failed.")
    task.request_stop()
    assert (task.message, task.stopping) == ("It failed.", True)
    forget_launch(task.path)
    task.launch("some.module", "argument", launch=Launches())
    assert (task.message, task.stopping) == ("", False)


def test_the_reason_of_a_failure_is_left(task, capsys):
    def fails():
        raise DataError("There is too little of it.")

    task.path.mkdir()
    run_task(task, fails)
    assert task.message == "There is too little of it."
    messages = []
    run_task(task, fails, messages.append)
    run_task(task, lambda: None, messages.append)
    assert messages == ["There is too little of it.", ""]


def test_a_second_process_leaves_the_work_alone(task, monkeypatch):
    monkeypatch.setattr("mnist_core.system.tasks.LAUNCH", 0.05)
    task.path.mkdir()
    with task.hold():
        assert task.hold() is None
        run_task(task, lambda: pytest.fail("it holds no lock"))


def test_a_folder_that_cannot_be_written_is_an_error_in_words(tmp_path):
    (tmp_path / "file").write_text("")
    task = TaskFolder(tmp_path / "file" / "work")
    refused = pytest.raises(TaskError, match=r"The work could not be started in .*MNIST_CORE_RUNS")
    with refused, writing(task.path, "The work could not be started"):
        task.launch("some.module", "argument", launch=Launches())
    with pytest.raises(RunError), writing(task.path, "It could not be stopped", RunError):
        task.request_stop()


def test_a_message_is_read_in_the_reader_s_language(tmp_path):
    task = TaskFolder(tmp_path)
    task.end(Text("This broke off: {reason}.", reason="x"))
    assert task.message == "This broke off: x."
    with speaking("zh"):
        assert _(task.message) == "计算中断：x。"
