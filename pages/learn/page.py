"""Learn: the tutorials as courses, each step with its code and what it does."""

from pathlib import Path

import streamlit as st

from pages.components.page_top import show_from_top
from pages.learn.cards import cards
from pages.learn.courses import current, keep_progress, write_address
from pages.learn.step import show_step
from pages.shared.style import add_style
from pages.shared.text import as_message


def page() -> None:
    """All courses, or one step of one."""
    lesson, wrong = current()
    if wrong:
        st.warning(as_message(wrong))
    if lesson is None:
        cards()
    else:
        show_step(lesson)
    write_address(lesson)
    keep_progress()
    show_from_top(f"{lesson.course.name} {lesson.step.name}" if lesson else "", "lesson_top")


add_style(Path(__file__).with_name("page.css"))
page()
