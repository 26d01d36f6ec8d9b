"""Background work on a page: it is looked at, started, waited for, and tried again."""

import threading
from concurrent.futures import Future
from dataclasses import dataclass, replace
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from mnist_core.errors import ModelError
from pages.shared import following
from pages.shared.following import Answer, Threaded


@dataclass(frozen=True)
class FakeWork:
    """Work in a folder, as `mnist_core.system.computations` shows it."""

    working: bool = False
    finished: bool = False
    share: float | None = 0.0
    message: str = ""


class Job:
    """Work that a test moves on by hand."""

    def __init__(self):
        self.work, self.starts, self.error = FakeWork(), 0, None

    def look(self):
        return self.work

    def start(self):
        self.starts += 1
        if self.error:
            raise self.error
        self.work = FakeWork(working=True, share=0.25)

    def move(self, **changes):
        self.work = replace(self.work, **changes)


@pytest.fixture
def job():
    return Job()


def page(job, offered=False, **options):
    """A page that follows the job, for `AppTest`."""

    def script(job, offered, options):
        import streamlit as st

        from pages.shared.following import followed

        offer = (lambda: st.button("Find images")) if offered else None
        work = followed(
            job.look, job.start, slot="job", about="it", words="Going on …", offer=offer, **options
        )
        st.markdown("the result" if work.finished else "no result yet")

    return AppTest.from_function(
        script, kwargs={"job": job, "offered": offered, "options": options}
    ).run()


def bars(at):
    return [(bar.proto.value, bar.proto.text) for bar in at.get("progress")]


def words(blocks):
    return [block.value for block in blocks]


def press(at, label):
    next(button for button in at.button if button.label == label).click()
    return at.run()


def test_work_starts_by_itself_and_its_progress_is_shown_until_the_result_is_there(job):
    at = page(job)
    assert job.starts == 1
    assert bars(at) == [(25, "Going on …")]
    assert words(at.markdown) == ["no result yet"]
    job.move(share=0.5)
    assert bars(at.run()) == [(50, "Going on …")]
    job.move(working=False, finished=True)
    assert words(at.run().markdown) == ["the result"]
    assert not bars(at)
    assert job.starts == 1


def test_work_that_ends_while_the_page_is_made_is_not_missed(job):
    looks = []

    def look():
        looks.append(job.work)
        if len(looks) == 3:  # the page has seen it at work
            job.move(working=False, finished=True)
        return job.work

    real, job.look = job.look, look
    assert words(page(job).markdown) == ["the result"]
    job.look = real


def test_what_somebody_else_has_finished_or_started_is_not_started_again(job):
    job.work = FakeWork(finished=True)
    assert words(page(job).markdown) == ["the result"]
    job.work = FakeWork(working=True)
    assert bars(page(job)) == [(0, "Going on …")]
    assert job.starts == 0


def test_a_failure_is_shown_once_tried_and_again_only_by_the_button(job):
    at = page(job)
    job.work = FakeWork(message="The disk is full (**all** of it).")
    at.run()
    assert words(at.error) == ["The disk is full (\\*\\*all\\*\\* of it)."]
    at.run()
    assert job.starts == 1
    press(at, "Try again")
    assert job.starts == 2
    assert bars(at) == [(25, "Going on …")]
    assert not at.error


def test_a_failure_of_long_ago_is_tried_once_by_a_new_session(job):
    job.work = FakeWork(message="The disk is full.")
    at = page(job)
    assert job.starts == 1
    assert bars(at)


def test_work_that_could_not_be_started_says_why(job):
    job.error = ModelError("No process could be started.")
    at = page(job)
    assert words(at.error) == ["No process could be started."]
    job.error = None
    press(at, "Try again")
    assert not at.error
    assert bars(at)


def test_work_that_ended_without_a_word_was_interrupted(job):
    at = page(job)
    job.work = FakeWork()
    at.run()
    assert "was interrupted" in words(at.warning)[0]
    assert job.starts == 1
    press(at, "Try again")
    assert job.starts == 2


def test_where_there_is_an_offer_nothing_starts_without_it(job):
    at = page(job, offered=True)
    assert job.starts == 0
    assert not at.warning
    press(at, "Find images")
    assert job.starts == 1
    job.work = FakeWork(message="No.")
    at.run()
    assert words(at.error) == ["No."]
    assert [button.label for button in at.button] == ["Find images"]


def test_the_page_runs_again_when_there_is_more_to_show(job):
    at = page(job, version=lambda work: work.share)
    job.move(share=0.75)
    assert bars(at.run()) == [(75, "Going on …")]


# --- a process beside the server --------------------------------------------------------------


class FakeProcess:
    """The TensorFlow process: a future for each question, the same for the same question."""

    def __init__(self):
        self.futures = {}

    def ask(self, function, *args):
        future = self.futures.get(args)
        if future is None or (future.done() and (future.cancelled() or future.exception())):
            future = self.futures[args] = Future()
        return future

    def trouble(self, future):
        error = future.exception()
        return None if error is None else str(error)


@pytest.fixture
def process(monkeypatch):
    process = FakeProcess()
    monkeypatch.setattr(following, "tensorflow_process", process)
    monkeypatch.setattr(following, "QUICK", 0.0)
    return process


def asking(question):
    def script(question):
        import streamlit as st

        from pages.shared.following import answered

        st.markdown(str(answered("Thinking …", max, question.words)))

    return AppTest.from_function(script, kwargs={"question": question}).run()


def test_an_answer_is_waited_for_and_shown(process):
    at = asking(SimpleNamespace(words="abc"))
    assert words(at.caption) == [":material/hourglass_top: Thinking …"]
    assert words(at.markdown) == ["None"]
    process.futures[("abc",)].set_result("c")
    assert words(at.run().markdown) == ["c"]
    assert not at.caption


def test_a_new_question_takes_the_place_of_the_one_before(process):
    question = SimpleNamespace(words="abc")
    at = asking(question)
    question.words = "xyz"
    at.run()
    assert process.futures[("abc",)].cancelled()
    process.futures[("xyz",)].set_result("z")
    assert words(at.run().markdown) == ["z"]


def test_an_answer_that_another_session_gave_up_is_asked_for_once_more(process):
    at = asking(SimpleNamespace(words="abc"))
    process.futures[("abc",)].cancel()
    at.run()
    assert not at.error
    process.futures[("abc",)].set_result("c")
    assert words(at.run().markdown) == ["c"]


def test_an_answer_that_failed_is_asked_for_again_by_the_button(process):
    at = asking(SimpleNamespace(words="abc"))
    process.futures[("abc",)].set_exception(ModelError("Out of memory."))
    at.run()
    assert words(at.error) == ["Out of memory."]
    at.run()
    assert process.futures[("abc",)].done()  # not asked again by itself
    press(at, "Try again")
    process.futures[("abc",)].set_result("c")
    assert words(at.run().markdown) == ["c"]


# --- a thread of the server -------------------------------------------------------------------


def test_a_thread_says_how_far_it_is_and_gives_its_result():
    go, reported = threading.Event(), threading.Event()

    def work(report):
        report(3, 4)
        reported.set()
        go.wait()
        return "done"

    thread = Threaded(work)
    reported.wait()
    assert thread.look() == Answer(working=True, share=0.75)
    go.set()
    thread.thread.join()
    assert thread.look() == Answer(finished=True, share=1.0, result="done")


def test_a_thread_that_fails_says_why():
    def fails(report):
        raise OSError("disk full")

    thread = Threaded(fails)
    thread.thread.join()
    assert thread.look() == Answer(message="disk full")
