"""One step of a course: its text and code on the left, what it does on the right."""

from functools import partial

import streamlit as st

from mnist_core.i18n import _
from mnist_core.lessons.course import Control, Course, Question
from pages.learn.courses import Lesson, courses, go
from pages.learn.networks import introduce_network
from pages.learn.views import VIEWS
from pages.shared import state
from pages.shared.datasets import test_data
from pages.shared.download import data_notice
from pages.shared.paper import paper_switch
from pages.shared.setting_words import setting_label, setting_value
from pages.shared.text import as_typed

WITH_IMAGES = {"samples", "sample_image", "sample_numbers", "predictions", "one_prediction"}


def show_step(lesson: Lesson) -> None:
    """The way through the course, and the step that is open."""
    bar(lesson)
    left, right = st.columns([6, 5], gap="medium")  # a line of code fits
    with left, st.container(key="lesson_text"):
        words_and_code(lesson)
    with right, st.container(key="lesson_views"):
        views(lesson)


# --- the way ----------------------------------------------------------------------------------


def bar(lesson: Lesson) -> None:
    """Course and step, and the buttons to the step before and the next."""
    course, number = lesson.course, lesson.number
    steps = course.steps
    state.COURSE_WIDGET.set(course.name)
    state.STEP_WIDGET.set(lesson.step.name)
    with st.container(horizontal=True, key="lesson_bar", vertical_alignment="center", gap="small"):
        st.selectbox(
            _("Course"),
            list(courses()),
            key=state.COURSE_WIDGET.key,
            format_func=lambda name: _(courses()[name].title),
            on_change=_open_chosen_course,
            label_visibility="collapsed",
            width=310,
        )
        st.selectbox(
            _("Step"),
            [step.name for step in steps],
            key=state.STEP_WIDGET.key,
            format_func={
                step.name: f"{index}. {_(step.title)}" for index, step in enumerate(steps, start=1)
            }.__getitem__,
            on_change=_open_chosen_step,
            args=(course,),
            label_visibility="collapsed",
        )
        st.button(
            _("All courses"),
            icon=":material/apps:",
            key="all_courses",
            on_click=partial(go, None),
        )
        with st.container(
            horizontal=True, key="lesson_moves", vertical_alignment="center", width="content"
        ):
            st.button(
                _("Back"),
                icon=":material/chevron_left:",
                key="step_back",
                disabled=number == 1,
                on_click=go,
                args=(course, steps[max(number - 2, 0)]),
            )
            st.progress(
                number / len(steps),
                _("Step {number} of {total}", number=number, total=len(steps)),
                width=130,
            )
            last = number == len(steps)
            st.button(
                _("Finish") if last else _("Next"),
                icon=":material/check:" if last else ":material/chevron_right:",
                icon_position="right",
                key="step_next",
                type="primary",
                on_click=go,
                args=(None,) if last else (course, steps[number]),
            )


def _open_chosen_course() -> None:
    go(courses()[state.COURSE_WIDGET.get()])


def _open_chosen_step(course: Course) -> None:
    wanted = state.STEP_WIDGET.get()
    go(course, next(step for step in course.steps if step.name == wanted))


# --- left -------------------------------------------------------------------------------------


def words_and_code(lesson: Lesson) -> None:
    """The text, what is wrong in the tutorial, the settings, the code and what it prints."""
    course, step, chosen = lesson.course, lesson.step, lesson.progress.chosen
    st.title(_(step.title), anchor=False)
    st.markdown(_(step.text))
    if step.erratum:
        st.warning(_("**Correction:** {text}", text=_(step.erratum)), icon=":material/edit_note:")
    controls = [control for control in course.controls if control.name in step.controls]
    if controls:
        with st.container(horizontal=True, key="lesson_controls"):
            for control in controls:
                choose_setting(lesson, control)
    if not step.code:
        return
    st.code(course.code(step, chosen).strip("\n"), language="python", wrap_lines=True)
    output = course.output(step, chosen)
    if step.question and step.name not in lesson.progress.answers:
        pass  # the output would give the answer away
    elif output:
        st.caption(_("With MNIST it prints:") if test_data().stand_in else _("It prints:"))
        with st.container(key="lesson_output"):
            st.code(output.strip("\n"), language=None)
    elif step.output:
        st.caption(_("What it prints depends on your settings."))
    st.download_button(
        _("All code of this course (.py)"),
        course.script(chosen),
        f"{course.name}.py",
        "text/x-python",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
        key="course_script",
    )


def choose_setting(lesson: Lesson, control: Control) -> None:
    """A setting that changes the code and what is trained."""
    chosen, first = lesson.progress.chosen, control.choices[0]
    widget = state.CONTROL_WIDGET[f"{lesson.course.name}_{control.name}"]
    widget.set(control.choices.index(chosen.get(control.name, first)))

    def take() -> None:
        chosen[control.name] = control.choices[widget.get()]

    st.segmented_control(
        control_label(lesson, control),
        range(len(control.choices)),
        key=widget.key,
        format_func=lambda index: _value(control.choices[index]),
        required=True,
        on_change=take,
        help=_("The tutorial's value is {value}.", value=as_typed(_value(first))),
    )


def _value(value: object) -> str:
    return _("none") if value is None else setting_value(value)


def control_label(lesson: Lesson, control: Control) -> str:
    """What a setting is called, with its layer where the network has several of that kind."""
    name, _dot, setting = control.key.rpartition(".")
    kind, _line, number = name.rpartition("_")
    several = sum(layer.kind.lower() == kind for layer in lesson.base.layers[:-1]) > 1
    label = setting_label(setting)
    if not several:
        return label
    return _("{setting}, {place}", setting=label, place=f"{kind} {number}")


# --- right ------------------------------------------------------------------------------------


def views(lesson: Lesson) -> None:
    """The question, and once it is answered, what the step does."""
    step = lesson.step
    if step.views:
        data_notice()
    if step.question and not ask(lesson, step.question):
        return
    if WITH_IMAGES & set(step.views):
        paper_switch()
    introduced, there = False, True
    for name in step.views:
        view = VIEWS[name]
        if view.of_network and not introduced:
            introduced, there = True, introduce_network(lesson)
        if view.of_network and not there:
            continue
        with st.container(key=f"view_{name}"):
            st.subheader(_(view.title), anchor=False)
            view.show(lesson)


def ask(lesson: Lesson, question: Question) -> bool:
    """What the reader expects; whether that was said, and was it right."""
    answers, name = lesson.progress.answers, lesson.step.name
    with st.container(border=True, key="lesson_question"):
        st.subheader(_("What do you expect?"), anchor=False)
        st.markdown(_(question.text))
        given = answers.get(name)
        if given is None:
            for index, text in enumerate(question.answers):
                st.button(
                    _(text),
                    key=f"answer_{lesson.course.name}_{name}_{index}",
                    on_click=partial(answers.__setitem__, name, index),
                    width="stretch",
                )
            if lesson.step.views:
                st.caption(_("Choose an answer to see what happens."))
            return False
        right = _(question.answers[question.answer])
        if given == question.answer:
            st.success(_("Right: {answer}", answer=right), icon=":material/check:")
        else:
            st.error(
                _(
                    "You chose: {chosen}  \nThe right answer: {right}",
                    chosen=_(question.answers[given]),
                    right=right,
                ),
                icon=":material/close:",
            )
        st.markdown(_(question.explanation))
        st.button(
            _("Answer again"),
            type="tertiary",
            key="answer_again",
            on_click=partial(_forget_answer, lesson),
        )
    return True


def _forget_answer(lesson: Lesson) -> None:
    lesson.progress.answers.pop(lesson.step.name, None)
