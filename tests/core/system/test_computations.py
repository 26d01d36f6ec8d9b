"""Work in a process of its own: what whoever looks is told."""

import numpy as np
import pytest
from filelock import FileLock

from mnist_core.errors import DataError, TaskError
from mnist_core.system.computations import (
    computation_folder,
    read_computation,
    run_computation,
    start_computation,
)


@pytest.fixture
def folder(isolated):
    folder = computation_folder("kind", b"what it is about")
    folder.mkdir(parents=True)
    return folder


def test_nothing_is_there_before(isolated):
    state = read_computation(computation_folder("kind", b"x"))
    assert not state.working
    assert not state.finished
    assert state.arrays == {}


def test_the_same_question_has_the_same_folder(isolated):
    assert computation_folder("kind", b"x") == computation_folder("kind", b"x")
    assert (
        len(
            {
                computation_folder("kind", b"x"),
                computation_folder("kind", b"y"),
                computation_folder("other", b"x"),
            }
        )
        == 3
    )


def test_what_is_reported_is_seen_while_it_works_and_the_result_after(folder):
    seen = []

    def work(report):
        report(0.5, "half way", {"a": np.arange(2)})
        seen.append(read_computation(folder))
        return {"a": np.arange(3), "b": np.ones((2, 2))}

    run_computation(folder, work)
    during, after = seen[0], read_computation(folder)
    assert during.working
    assert not during.finished
    assert (during.share, during.words, during.arrays["a"].tolist()) == (0.5, "half way", [0, 1])
    assert after.finished
    assert not after.working
    assert after.arrays["a"].tolist() == [0, 1, 2]
    run_computation(folder, lambda report: pytest.fail("it is done already"))


def test_an_error_in_words_is_told_and_it_can_be_tried_again(folder):
    def fails(report):
        raise DataError("There is too little of it.")

    run_computation(folder, fails)
    state = read_computation(folder)
    assert state.message == "There is too little of it."
    assert not state.working
    assert not state.finished
    run_computation(folder, lambda report: {"a": np.ones(1)})
    assert read_computation(folder).finished


def test_an_unexpected_error_is_told_and_names_itself(folder, capsys):
    run_computation(folder, lambda report: {}[0])
    assert "KeyError(0)" in read_computation(folder).message
    assert "Traceback" in capsys.readouterr().err


def test_a_process_that_died_is_not_waited_for(folder):
    def dies(report):
        report(0.3, "on its way", {"a": np.ones(1)})
        raise SystemExit

    with pytest.raises(SystemExit):
        run_computation(folder, dies)
    state = read_computation(folder)
    assert not state.working
    assert not state.finished
    assert state.share == 0.3


def test_while_another_process_is_at_it_nobody_else_begins(folder):
    with FileLock(folder / "lock"):
        assert read_computation(folder).working
        start_computation("mnist_core.nothing", folder, {"input": b"x"})
        assert not (folder / "input").exists()


def test_a_damaged_result_is_none(folder):
    run_computation(folder, lambda report: {"a": np.arange(1000)})
    whole = (folder / "result.npz").read_bytes()
    for content in (b"", b"not an archive", whole[:500], whole[:-30]):
        (folder / "result.npz").write_bytes(content)
        assert not read_computation(folder).finished


def test_a_folder_that_cant_be_written_is_an_error_in_words(isolated):
    (isolated / "runs").write_text("a file where the folder should be")
    with pytest.raises(TaskError, match="MNIST_CORE_RUNS"):
        start_computation("mnist_core.data.maps", computation_folder("kind", b"x"), {})
