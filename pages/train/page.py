"""Train: change a recipe, start it, watch it, compare what came out."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from mnist_core import MnistCoreError, Recipe, Run, list_runs, start_run
from mnist_core.data.collection import StoredData
from mnist_core.data.dataset import STAND_IN_NAME
from mnist_core.runs.advice import misfit
from mnist_core.runs.estimate import START, in_words, training_seconds
from pages.shared import state
from pages.shared.data_choice import learn_from
from pages.shared.datasets import test_data, training_images
from pages.shared.download import data_notice
from pages.shared.style import add_style
from pages.shared.text import as_message
from pages.train.recipe_form import recipe_form
from pages.train.runs_table import actions, at_once, compare, runs_table
from pages.train.watch import watch


def page() -> None:
    """The form, the run that is being watched, all runs."""
    st.title("Train")
    st.markdown(
        "Training shows a network images with known answers, over and over, and changes its "
        "weights a little each time. An **epoch** is one time through all of them. It goes on by "
        "itself in the background: draw meanwhile, close the page, come back."
    )
    data_notice()
    runs = list_runs()
    with st.container(border=True):
        data = learn_from("train")
        recipe, beside = recipe_form(folded=bool(runs))
        with beside:
            start(recipe, runs, data)
    place = st.container(key="watched_run")
    st.header("All runs", anchor=False)
    st.caption(
        "Choose one to look at it, or several to compare them. A click on a column's head sorts."
    )
    chosen = runs_table(runs)
    if len(chosen) > 1:
        compare(chosen)
    at_once()
    if runs:
        with place:
            run = watched_run(runs)
            watch(run.id)
            actions(run)


def watched_run(runs: Sequence[Run]) -> Run:
    """The run that was last started or chosen; else one that is going on, or the newest."""
    by_id = {run.id: run for run in runs}
    if state.WATCHED_RUN.get() not in by_id:
        state.WATCHED_RUN.set(next((run.id for run in runs if run.active), runs[0].id))
    if len(runs) > 1:
        state.RUN_WIDGET.set(state.WATCHED_RUN.get())
        st.selectbox(
            "Run",
            list(by_id),
            key=state.RUN_WIDGET.key,
            width=420,
            on_change=lambda: state.WATCHED_RUN.set(state.RUN_WIDGET.get()),
            format_func=lambda run_id: _told(by_id[run_id]),
        )
    return by_id[state.WATCHED_RUN.get()]


def _told(run: Run) -> str:
    # A state that changes by itself is told below, where it is looked at every second.
    return f"{run.name} · {'going on' if run.active else run.state}"


def start(recipe: Recipe | None, runs: Sequence[Run], data: StoredData | None) -> None:
    """The button, with how long it will take."""
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button(
            "Start",
            type="primary",
            icon=":material/play_arrow:",
            disabled=recipe is None,
            key="start",
        )
        if recipe is None:
            return
        images = data.train_images if data else training_images()
        seconds = training_seconds(recipe, images, runs)
        if seconds is not None:
            on = f" on {STAND_IN_NAME}" if test_data().stand_in and not data else ""
            st.caption(
                f"About {in_words(seconds + START)} on this machine{on}, of which "
                f"{START:.0f} s until it begins."
            )
    if data and (words := misfit(recipe, data.class_names)):
        st.warning(as_message(words))
    if pressed:
        try:
            run = start_run(recipe, data=data.name if data else None)
            state.WATCHED_RUN.set(run.id)
        except MnistCoreError as error:
            st.error(as_message(error))
            return
        st.rerun()


add_style(Path(__file__).with_name("page.css"))
page()
