"""All studies on the Studies page: choose one, delete it."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from mnist_core import StudyError
from mnist_core.studies.state import StudyState
from mnist_core.studies.workers import look, remove_study, state_word
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
        key=f"studies_{len(states)}_{st.session_state.get('studies_started', 0)}",
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
                "Recipe": state.recipe.name,
                "What": KINDS[state.kind],
                "State": state_word(state, look(state.name)),
                "Done": (state.filled + state.given_up) / state.places,
                "Accuracy": state.result,
                "Data": f"{state.images:,} of {state.data_name}",
                "Started": pd.Timestamp(state.created) if state.created else None,
                "Name": state.name,
            }
            for state in states
        ]
    )


def actions(state: StudyState) -> None:
    """What can be done with a study that is chosen."""
    alive = look(state.name).alive
    with st.popover(
        "Delete",
        icon=":material/delete:",
        disabled=alive,
        key=f"delete_study_{state.name}",
        help="Stop it first." if alive else None,
    ):
        st.markdown(
            f"Delete the {KINDS[state.kind].lower()} **{state.name}** with all its results? "
            "This can't be undone. Networks that were trained from it stay."
        )
        if st.button("Delete it", type="primary", key=f"really_delete_{state.name}"):
            try:
                remove_study(state.name)
            except StudyError as error:
                st.error(str(error))
                return
            st.session_state.pop("watched_study", None)
            st.rerun()
