"""Train: change a recipe, start it, watch it, compare the results."""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlencode

import streamlit as st

from mnist_core import MnistCoreError, Recipe, RecipeError, Run
from mnist_core.data.collection import StoredData, data_names
from mnist_core.data.dataset import STAND_IN_NAME
from mnist_core.i18n import Text, _, listed, ngettext
from mnist_core.recipes.command import recipe_from_link, recipe_link
from mnist_core.recipes.memory import check_memory
from mnist_core.recipes.recipe import TRAINING_SETTINGS
from mnist_core.runs.advice import misfit
from mnist_core.runs.estimate import START, describe_range, training_seconds
from mnist_core.runs.runs import STATE_NAMES, read_runs
from pages.shared import state
from pages.shared.access import may_change, owner_note, start_own_run, why_no_run
from pages.shared.code import show_program
from pages.shared.data_choice import learn_from
from pages.shared.datasets import test_data, training_images
from pages.shared.download import data_notice
from pages.shared.heading import heading
from pages.shared.links import new_link
from pages.shared.style import add_style
from pages.shared.text import as_message, as_typed
from pages.train.recipe_form import begin_with, choose_recipe, recipe_form
from pages.train.runs_table import actions, compare, parallel_runs, runs_table
from pages.train.watch import watch

SHOWN_ERRORS = 3  # of runs that can't be read


def page() -> None:
    """The recipe beside the run that is watched, and all runs below."""
    heading(
        _("Train"),
        _(
            "Choose a network, change what you like, press Start, and watch it learn. Training "
            "goes on in the background while you draw or close the page."
        ),
    )
    data_notice()
    take_link()
    runs, damaged = read_runs()
    with st.container(horizontal=True, vertical_alignment="bottom", key="start_bar"):
        choose_recipe()
        data = learn_from("train")
        bar = st.container(horizontal=True, vertical_alignment="center")
    form, live = st.columns([5, 7], gap="medium")
    with form, st.container(key="recipe_form"):
        recipe = recipe_form()
        if recipe:
            show_program(recipe, data)
            link_to_form(recipe, data)
    with bar:
        start(recipe, runs, data)
    with live, st.container(key="watched_run"):
        if runs:
            run = watched_run(runs)
            watch(run.id)
            actions(run)
        else:
            st.info(
                _(
                    "No runs yet. Press Start: the loss and accuracy curves appear here while the "
                    "network learns."
                ),
                icon=":material/show_chart:",
            )
    for error in damaged[:SHOWN_ERRORS]:
        st.warning(as_message(error))
    if len(damaged) > SHOWN_ERRORS:
        more = len(damaged) - SHOWN_ERRORS
        st.warning(ngettext("{n} more run can't be read.", "{n} more runs can't be read.", more))
    if not runs:
        parallel_runs()
        return
    st.header(_("All runs"), anchor=False)
    st.caption(
        _("Select one run to show it above, or several to compare them. Click a column to sort.")
    )
    chosen = runs_table(runs)
    if len(chosen) > 1:
        compare(chosen)
    parallel_runs()


def take_link() -> None:
    """Set the form as the address asks: `?recipe=dense_512&set=units=256&epochs=3`.

    `data` is the data set to learn from, `run` a run to show.
    """
    asked = new_link("train")
    if "run" in asked:
        state.WATCHED_RUN.set(asked.pop("run")[-1])
    data = asked.pop("data", [""])[-1]
    if data and data not in data_names():
        st.warning(
            as_message(
                Text("The link asks for the data set {data!r}, which isn't here.", data=data)
            )
        )
    elif data:
        state.LEARN_FROM["train"].set(data)
    if not {"recipe", "set", *TRAINING_SETTINGS} & set(asked):
        return
    try:
        recipe = recipe_from_link(asked)
        state.RECIPE_WIDGET.set(recipe.name)
        begin_with(recipe)
    except RecipeError as error:
        text = Text("The link can't be followed. {reason}", reason=error.args[0])
        st.warning(as_message(text))


def link_to_form(recipe: Recipe, data: StoredData | None) -> None:
    """The address that opens this page with the form as it is."""
    query = recipe_link(recipe) + (f"&{urlencode({'data': data.name})}" if data else "")
    with st.popover(_("Link to this recipe"), icon=":material/link:"):
        st.caption(
            _("It opens this page with these settings, for anyone who can reach this server.")
        )
        st.code(f"{st.context.url or '/train'}?{query}", language=None, wrap_lines=True)


def watched_run(runs: Sequence[Run]) -> Run:
    """The run that was last started or chosen; else one that is active, or the newest."""
    by_id = {run.id: run for run in runs}
    if state.WATCHED_RUN.get() not in by_id:
        state.WATCHED_RUN.set(next((run.id for run in runs if run.active), runs[0].id))
    if len(runs) > 1:
        state.RUN_WIDGET.set(state.WATCHED_RUN.get())
        st.selectbox(
            _("Run"),
            list(by_id),
            key=state.RUN_WIDGET.key,
            on_change=lambda: state.WATCHED_RUN.set(state.RUN_WIDGET.get()),
            format_func=lambda run_id: _run_label(by_id[run_id]),
        )
    return by_id[state.WATCHED_RUN.get()]


def _run_label(run: Run) -> str:
    # A state that changes by itself is shown below, where it is looked at every second.
    state_words = _("active") if run.active else _(STATE_NAMES[run.state])
    return f"{run.name} · {state_words}"


def start(recipe: Recipe | None, runs: Sequence[Run], data: StoredData | None) -> None:
    """The Start button, with how long training will take."""
    if not may_change():
        owner_note(Text("train networks"), "train")
        return
    active = [run.name for run in runs if run.active]
    refusal = why_no_run(runs) or (too_large(recipe) if recipe else "")
    pressed = st.button(
        _("Start"),
        type="primary",
        icon=":material/play_arrow:",
        disabled=recipe is None or bool(refusal),
        key="start",
    )
    if refusal:
        st.warning(as_message(refusal))
        return
    if pressed and recipe:
        state.START_ASKED.set(bool(active))
        if not active:
            _start(recipe, data)
    if active and recipe and state.START_ASKED.get():
        names = as_typed(listed(active))
        st.markdown(
            ngettext(
                "{names} is still active.", "{names} are still active.", len(active), names=names
            )
        )
        if st.button(_("Start another run"), key="start_another"):
            _start(recipe, data)
        if st.button(_("Cancel"), key="start_cancel"):
            state.START_ASKED.clear()
            st.rerun()
        return
    if recipe is None:
        st.caption(_("The recipe can't be trained like this. The message below says why."))
        return
    images = data.train_images if data else training_images()
    seconds = training_seconds(recipe, images, runs)
    if seconds is not None:
        time = describe_range(seconds + START)
        if test_data().stand_in and not data:
            data_name = _(STAND_IN_NAME)
            st.caption(
                _("Takes about {time} on this machine on {data}.", time=time, data=data_name)
            )
        else:
            st.caption(_("Takes about {time} on this machine.", time=time))
    if data and (words := misfit(recipe, data.class_names)):
        st.warning(as_message(words))


def too_large(recipe: Recipe) -> str:
    """Why the recipe doesn't fit into this machine's memory; "" if it does."""
    try:
        check_memory(recipe)
    except RecipeError as error:
        message: str = error.args[0]
        return message
    return ""


def _start(recipe: Recipe, data: StoredData | None) -> None:
    try:
        run = start_own_run(recipe, data.name if data else None)
    except MnistCoreError as error:
        st.error(as_message(error))
        return
    state.WATCHED_RUN.set(run.id)
    state.START_ASKED.clear()
    st.rerun()


add_style(Path(__file__).with_name("page.css"))
page()
