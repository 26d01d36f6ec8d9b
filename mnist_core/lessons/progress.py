"""How far a reader is in each course, as text that a browser can keep."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from mnist_core.lessons.course import Course, Step

LONGEST = 100_000  # characters of the text
MOST_RUNS = 20
Name = Annotated[str, Meta(max_length=200)]


class CourseProgress(msgspec.Struct):
    """How far a reader is in one course.

    Attributes:
        step: the step that was open last; "" before the first.
        seen: the steps that were opened.
        chosen: values of the course's controls by name, where the reader chose one.
        answers: the answer that was given to the question of a step, from 0.
        runs: ids of the reader's own training runs in this course, the newest last.
    """

    step: Name = ""
    seen: list[Name] = []
    chosen: dict[Name, Any] = {}
    answers: dict[Name, int] = {}
    runs: list[Name] = []

    def open(self, step: Step) -> None:
        """Note that a step is open now."""
        self.step = step.name
        if step.name not in self.seen:
            self.seen.append(step.name)

    def share(self, course: Course) -> float:
        """The share of the course's steps that were opened, 0 to 1."""
        return len(self.seen) / len(course.steps)


Progress = dict[str, CourseProgress]  # by name of the course


def encode_progress(progress: Mapping[str, CourseProgress]) -> str:
    """Progress as text; `decode_progress` restores it."""
    return msgspec.json.encode(progress).decode()


def decode_progress(text: object, courses: Iterable[Course]) -> Progress:
    """Progress from text that a browser kept, as far as it fits the courses; {} if it is none.

    A course may have changed since, and a browser may send anything: steps, values and answers that
    a course doesn't have are left out.
    """
    if not isinstance(text, str) or len(text) > LONGEST:
        return {}
    try:
        stored = msgspec.json.decode(text, type=Progress)
    except (msgspec.MsgspecError, RecursionError):
        return {}
    return {
        course.name: _fitting(stored[course.name], course)
        for course in courses
        if course.name in stored
    }


def merge_progress(
    stored: Mapping[str, CourseProgress], now: Mapping[str, CourseProgress]
) -> Progress:
    """What was kept, with what a session did since: where both say something, the session."""
    merged = dict(stored)
    for name, new in now.items():
        old = stored.get(name, CourseProgress())
        merged[name] = CourseProgress(
            new.step or old.step,
            list(dict.fromkeys([*old.seen, *new.seen])),
            {**old.chosen, **new.chosen},
            {**old.answers, **new.answers},
            list(dict.fromkeys([*old.runs, *new.runs])),
        )
    return merged


def _fitting(stored: CourseProgress, course: Course) -> CourseProgress:
    steps = {step.name: step for step in course.steps}
    return CourseProgress(
        stored.step if stored.step in steps else "",
        [name for name in dict.fromkeys(stored.seen) if name in steps],
        {
            control.name: value
            for control in course.controls
            for value in control.choices
            if control.name in stored.chosen and _same(stored.chosen[control.name], value)
        },
        {
            name: answer
            for name, answer in stored.answers.items()
            if name in steps
            and (question := steps[name].question)
            and 0 <= answer < len(question.answers)
        },
        list(dict.fromkeys(stored.runs))[-MOST_RUNS:],
    )


def _same(stored: object, value: object) -> bool:
    """Whether a value was kept; 1, 1.0 and True are different ones."""
    return type(stored) is type(value) and stored == value
