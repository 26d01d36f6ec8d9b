"""The courses of the Learn page, and where the reader is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import streamlit as st

from mnist_core.i18n import Text
from mnist_core.lessons import COURSES
from mnist_core.lessons.course import Course, Step
from mnist_core.lessons.progress import (
    CourseProgress,
    Progress,
    decode_progress,
    encode_progress,
    merge_progress,
)
from mnist_core.recipes.builtin import RECIPES
from mnist_core.recipes.recipe import Recipe
from pages.components.reading import reading
from pages.shared import state
from pages.shared.streamlit_internals import came_by_history

LATELY = 4  # addresses that a click on its way can still have


def courses() -> dict[str, Course]:
    """All courses by name."""
    return COURSES


@dataclass(frozen=True)
class Lesson:
    """One step of a course as a reader has it.

    Attributes:
        progress: of the reader in this course.
    """

    course: Course
    step: Step
    progress: CourseProgress

    @property
    def number(self) -> int:
        """Of the step, from 1."""
        return self.course.steps.index(self.step) + 1

    @cached_property
    def base(self) -> Recipe:
        """The recipe with the tutorial's own settings."""
        return RECIPES[self.course.recipe].with_settings(self.course.settings())

    @cached_property
    def recipe(self) -> Recipe:
        """The recipe with the settings that the reader chose."""
        return self.base.with_settings(self.course.settings(self.progress.chosen))

    @property
    def steps_so_far(self) -> Sequence[Step]:
        """The steps up to this one."""
        return self.course.steps[: self.number]


# --- the place --------------------------------------------------------------------------------


def current() -> tuple[Lesson | None, str]:
    """(the step that is open, None where no course is; what is wrong with the address, or "").

    `?course=dense&step=7` opens a step, by its number or its name.
    """
    params, written = st.query_params.to_dict(), state.LESSON_ADDRESSES.ensure()
    wrong = ""
    # A click that follows another one closely comes with the address of before that.
    if came_by_history() or (params and params not in written):
        place, wrong = place_from(params)
        state.LESSON_PLACE.set(place)
        _note(params)
    course_name, step_name = state.LESSON_PLACE.get()
    course = courses().get(course_name)
    if course is None:
        return None, wrong
    step = next((step for step in course.steps if step.name == step_name), course.steps[0])
    progress = all_progress().setdefault(course.name, CourseProgress())
    progress.open(step)
    return Lesson(course, step, progress), wrong


def place_from(params: Mapping[str, str]) -> tuple[tuple[str, str], str]:
    """((course, step) by name that an address asks for, what is wrong with it or "")."""
    name = params.get("course", "")[:100]
    if not name:
        return ("", ""), ""
    course = courses().get(name)
    if course is None:
        return ("", ""), Text(
            "There is no course {name!r}. There are: {names}.",
            name=name,
            names=", ".join(courses()),
        )
    asked = params.get("step", "1")[:100]
    for number, step in enumerate(course.steps, start=1):
        if asked in (str(number), step.name):
            return (course.name, step.name), ""
    wrong = Text(
        "This course has no step {asked!r}. Expected 1 to {last}.",
        asked=asked,
        last=len(course.steps),
    )
    return (course.name, course.steps[0].name), wrong


def go(course: Course | None, step: Step | None = None) -> None:
    """Open a step (default: where the reader stopped), or with None all courses."""
    if course is None:
        state.LESSON_PLACE.set(("", ""))
        return
    stopped = all_progress().get(course.name, CourseProgress()).step
    state.LESSON_PLACE.set((course.name, step.name if step else stopped))


def write_address(lesson: Lesson | None) -> None:
    """Put the step into the browser's address, so that it can be shared."""
    params = {"course": lesson.course.name, "step": str(lesson.number)} if lesson else {}
    if st.query_params.to_dict() != params:
        st.query_params.from_dict(params)
    if params not in state.LESSON_ADDRESSES.get()[-1:]:
        _note(params)


def _note(params: dict[str, str]) -> None:
    state.LESSON_ADDRESSES.set([*state.LESSON_ADDRESSES.get(), params][-LATELY:])


# --- progress ---------------------------------------------------------------------------------


def all_progress() -> Progress:
    """How far the reader is in each course, by its name."""
    return state.COURSE_PROGRESS.ensure()


def keep_progress() -> None:
    """Have the browser keep the progress; what it kept from earlier visits is taken first."""
    known = state.PROGRESS_KNOWN.get()
    kept = reading(encode_progress(all_progress()) if known else None)
    if kept is None or known:
        return
    state.PROGRESS_KNOWN.set(True)
    before = decode_progress(kept, courses().values())
    state.COURSE_PROGRESS.set(merge_progress(before, all_progress()))
    st.rerun()


def forget_progress() -> None:
    """Begin all courses anew."""
    state.COURSE_PROGRESS.clear()
    state.PROGRESS_KNOWN.set(True)
