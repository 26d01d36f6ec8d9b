"""All studies on the Studies page: choose one, delete it."""

from collections.abc import Callable, Sequence

import pandas as pd
import streamlit as st

from mnist_core import StudyError
from mnist_core.i18n import Text, _
from mnist_core.studies.state import StudyState
from mnist_core.studies.study import rename_study
from mnist_core.studies.workers import read_workers, remove_study, study_state
from pages.shared import state
from pages.shared.access import may_change
from pages.shared.text import as_message, as_typed
from pages.studies.form import KINDS
from pages.studies.titles import shown_title

STATES = {
    "working": Text("working"),
    "finished": Text("finished"),
    "stopped": Text("stopped"),
}


def studies_table(states: Sequence[StudyState]) -> StudyState | None:
    """The table of all studies; gives the one that is selected in it."""
    st.caption(_("Select a study to show it above, to rename it or to delete it."))
    chosen = st.dataframe(
        table(states),
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key=f"studies_{len(states)}_{state.STUDIES_STARTED.get()}",
        column_config={
            _("Progress"): st.column_config.ProgressColumn(format="percent", width="small"),
            _("Accuracy"): st.column_config.TextColumn(width=150),
            _("Started"): st.column_config.DatetimeColumn(format="distance"),
        },
    )
    rows = chosen.selection.rows
    return states[rows[0]] if rows else None


def table(states: Sequence[StudyState]) -> pd.DataFrame:
    """One row for each study."""
    return pd.DataFrame(
        [
            {
                _("Study"): shown_title(study),
                _("Kind"): _(KINDS[study.kind]),
                _("State"): _(STATES[study_state(study, read_workers(study.name))]),
                _("Progress"): (study.filled + study.given_up) / study.slots,
                _("Accuracy"): _(study.result),
                _("Data"): _("{n:,} of {data}", n=study.images, data=study.data_name),
                _("Started"): pd.Timestamp(study.created) if study.created else None,
            }
            for study in states
        ]
    )


def actions(study: StudyState) -> None:
    """What can be done with a study that is selected."""
    if not may_change("study", study.name):
        return
    alive = read_workers(study.name).alive
    with st.container(horizontal=True):
        with st.popover(_("Rename"), icon=":material/edit:", key=f"rename_study_{study.name}"):
            shown = shown_title(study)
            title = st.text_input(
                _("New name"), shown, key=f"study_title_{study.name}", max_chars=80
            )
            if title != shown:
                _do(lambda: rename_study(study.name, title))
        _delete(study, alive)


def _delete(study: StudyState, alive: bool) -> None:
    with st.popover(
        _("Delete"),
        icon=":material/delete:",
        disabled=alive,
        key=f"delete_study_{study.name}",
        help=_("Stop it first.") if alive else None,
    ):
        st.markdown(
            _(
                "Delete **{study}** with all its results? This can't be undone. Networks that were "
                "trained from it stay.",
                study=as_typed(shown_title(study)),
            )
        )
        if st.button(_("Delete it"), type="primary", key=f"really_delete_{study.name}"):
            state.WATCHED_STUDY.clear()
            _do(lambda: remove_study(study.name))


def _do(change: Callable[[], object]) -> None:
    try:
        change()
    except StudyError as error:
        st.error(as_message(error))
        return
    st.rerun()
