"""Studies: many trainings of one recipe, to know how good it is or to find better settings."""

from pathlib import Path

import streamlit as st

from mnist_core import StudyError
from mnist_core.studies.workers import known_studies, look
from pages.shared import state
from pages.shared.download import data_notice
from pages.shared.style import add_style
from pages.shared.text import as_message
from pages.studies.form import study_form
from pages.studies.table import actions, studies_table
from pages.studies.watch import WORDS, watch_study


def page() -> None:
    """The form, the study that is being watched, all studies."""
    st.title("Studies")
    st.markdown(
        "One training says little: with other images or another start, the same recipe comes out "
        "a little better or worse. A **study** is many trainings of one recipe. It goes on by "
        "itself in the background: close the page, come back."
    )
    data_notice()
    with st.container(border=True):
        study_form()
    with st.expander("What do these words mean?", icon=":material/help:"):
        st.markdown(WORDS)
    try:
        studies = known_studies()
    except StudyError as error:
        st.error(as_message(error))
        return
    watched: str | None = state.WATCHED_STUDY.get()
    names = [study.name for study in studies]
    if watched not in names:
        working = (name for name in names if look(name).alive)
        watched = next(working, names[0] if names else None)
    place = st.container(key="study")
    with st.container(key="all_studies"):
        st.header("All studies", anchor=False)
        chosen = studies_table(studies)
        if chosen:
            watched = chosen.name
            actions(chosen)
    if watched:
        with place:
            watch_study(watched)


add_style(Path(__file__).with_name("page.css"))
page()
