"""The courses to choose from, each with how far the reader is."""

import streamlit as st

from mnist_core.i18n import _
from mnist_core.lessons.course import Course
from mnist_core.lessons.progress import CourseProgress
from mnist_core.recipes.builtin import display_name
from pages.learn.courses import all_progress, courses, forget_progress, go
from pages.shared.download import data_notice
from pages.shared.heading import heading
from pages.shared.text import as_typed

IN_A_ROW = 3


def cards() -> None:
    """All courses."""
    heading(
        _("Learn"),
        _(
            "Five tutorials as courses: short steps, each with the code to type and what it does, "
            "live."
        ),
    )
    data_notice()
    every = list(courses().values())
    for start in range(0, len(every), IN_A_ROW):
        columns = st.columns(IN_A_ROW, gap="small")
        for column, course in zip(columns, every[start : start + IN_A_ROW], strict=False):
            with column:
                _card(course)
    if all_progress():
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(_("Your progress is kept on this device."), width="content")
            st.button(
                _("Forget it"), type="tertiary", key="forget_progress", on_click=forget_progress
            )


def _card(course: Course) -> None:
    progress = all_progress().get(course.name, CourseProgress())
    seen, total = len(progress.seen), len(course.steps)
    with st.container(border=True, key=f"course_{course.name}", height="stretch"):
        st.subheader(_(course.title), anchor=False)
        st.markdown(_(course.about))
        st.caption(
            _(
                "{total} steps · {minutes} min · network {network}  \nFollows {tutorial}",
                total=total,
                minutes=course.minutes,
                network=display_name(course.recipe),
                tutorial=as_typed(course.tutorial),
            )
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            done = seen == total
            st.button(
                _("Read again") if done else _("Continue") if seen else _("Start"),
                key=f"open_{course.name}",
                type="secondary" if done else "primary",
                on_click=go,
                args=(course, course.steps[0] if done else None),
            )
            if seen:
                st.progress(
                    progress.share(course), _("{seen} of {total} steps", seen=seen, total=total)
                )
