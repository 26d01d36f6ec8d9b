"""Studies: many trainings of one recipe, to know how good it is or to find better settings."""

from pathlib import Path

import streamlit as st

from mnist_core import StudyError
from mnist_core.i18n import _
from mnist_core.studies.workers import known_studies, read_workers
from pages.shared import state
from pages.shared.download import data_notice
from pages.shared.heading import heading
from pages.shared.style import add_style
from pages.shared.text import as_message
from pages.studies.form import study_form
from pages.studies.table import actions, studies_table
from pages.studies.watch import GLOSSARY, watch_study


def page() -> None:
    """The form beside the study that is watched, and all studies below."""
    heading(
        _("Studies"),
        _(
            "One training run says little: with other images or another random seed, the same "
            "recipe does a little better or worse. A study trains a recipe many times, in the "
            "background."
        ),
    )
    data_notice()
    form, live = st.columns([5, 7], gap="medium")
    with form:
        with st.container(border=True, key="recipe_form"):
            study_form()
        with st.expander(_("Glossary"), icon=":material/help:"):
            st.markdown(_(GLOSSARY))
    try:
        studies = known_studies()
    except StudyError as error:
        st.error(as_message(error))
        return
    names = [study.name for study in studies]
    watched: str | None = state.WATCHED_STUDY.get()
    if watched not in names:
        working = (name for name in names if read_workers(name).alive)
        watched = next(working, names[0] if names else None)
    slot = live.container(key="study")
    if not studies:
        slot.info(
            _("No studies yet. Press Start: the results of each fold or trial appear here."),
            icon=":material/science:",
        )
        return
    with st.container(key="all_studies"):
        st.header(_("All studies"), anchor=False)
        chosen = studies_table(studies)
        if chosen:
            watched = chosen.name
            actions(chosen)
    if watched:
        with slot:
            watch_study(watched)


add_style(Path(__file__).with_name("page.css"))
page()
