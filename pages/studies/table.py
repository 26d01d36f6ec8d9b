"""All studies on the Studies page: choose one, delete it."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from mnist_core import StudyError
from mnist_core.studies.state import StudyState
from mnist_core.studies.workers import look, remove_study, state_word
from pages.shared import state
from pages.shared.text import as_message, as_typed
from pages.studies.form import KINDS


def studies_table(states: Sequence[StudyState]) -> StudyState | None:
    """The table of all studies; gives the one that is chosen in it."""
    if not states:
        st.info("No study yet. Choose a recipe above and press Start.")
        return None
    st.caption("Choose one to look at it.")
    chosen = st.dataframe(
        table(states),
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key=f"studies_{len(states)}_{state.STUDIES_STARTED.get()}",
        column_config={
            "Done": st.column_config.ProgressColumn(format="percent", width="small"),
            "Accuracy": st.column_config.TextColumn(width=150),
            "Started": st.column_config.DatetimeColumn(format="distance"),
        },
    )
    rows = chosen.selection.rows
    return states[rows[0]] if rows else None


def table(states: Sequence[StudyState]) -> pd.DataFrame:
    """One row for each study."""
    return pd.DataFrame(
        [
            {
                "Recipe": study.recipe.name,
                "What": KINDS[study.kind],
                "State": state_word(study, look(study.name)),
                "Done": (study.filled + study.given_up) / study.places,
                "Accuracy": study.result,
                "Data": f"{study.images:,} of {study.data_name}",
                "Started": pd.Timestamp(study.created) if study.created else None,
                "Name": study.name,
            }
            for study in states
        ]
    )


def actions(study: StudyState) -> None:
    """What can be done with a study that is chosen."""
    alive = look(study.name).alive
    with st.popover(
        "Delete",
        icon=":material/delete:",
        disabled=alive,
        key=f"delete_study_{study.name}",
        help="Stop it first." if alive else None,
    ):
        st.markdown(
            f"Delete the {KINDS[study.kind].lower()} **{as_typed(study.name)}** with all its "
            "results? This can't be undone. Networks that were trained from it stay."
        )
        if st.button("Delete it", type="primary", key=f"really_delete_{study.name}"):
            try:
                remove_study(study.name)
            except StudyError as error:
                st.error(as_message(error))
                return
            state.WATCHED_STUDY.clear()
            st.rerun()
