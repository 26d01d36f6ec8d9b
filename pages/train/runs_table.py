"""All runs on the Train page: sort, choose, compare, rename, delete, use, download."""

import io
import json
from collections.abc import Callable, Sequence

import pandas as pd
import streamlit as st

from mnist_core import MnistCoreError, Run, RunError, list_runs
from mnist_core.data.release import MNIST
from mnist_core.figures.training_charts import Curves, curves_figure
from mnist_core.review.comparison import compare_models
from mnist_core.runs.runs import (
    delete_run,
    get_setting,
    rename_run,
    restore_run,
    set_setting,
    use_run,
)
from pages.components.live import live_chart
from pages.shared import html, state
from pages.shared.text import as_message, as_typed

REFRESH = 2.0  # seconds between two looks, while a run is going on


def runs_table(runs: Sequence[Run]) -> list[Run]:
    """The table of all runs; gives those that are chosen in it. A single one is then watched."""
    _undo()
    if not runs:
        st.info("No run yet. Choose a recipe above and press Start.")
        return []
    active = any(run.active for run in runs)
    with st.container(key="all_runs"):
        st.fragment(_rows, run_every=REFRESH if active else None)([run.id for run in runs])
    chosen = state.CHOSEN_RUNS.get()
    return [run for run in runs if run.id in chosen]


def _rows(shown: list[str]) -> None:
    """The rows as they are now; the whole page must know when others are chosen."""
    runs = [run for run in list_runs() if run.id in shown]
    selected = st.dataframe(
        table(runs),
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        key=f"runs_{len(runs)}",
        column_config={
            "Done": st.column_config.ProgressColumn(format="percent", width="small"),
            "Test accuracy": st.column_config.NumberColumn(format="%.2f%%"),
            "Time": st.column_config.NumberColumn(format="%.0f s"),
            "Parameters": st.column_config.NumberColumn(format="localized"),
            "Started": st.column_config.DatetimeColumn(format="distance"),
        },
    )
    chosen = [runs[row].id for row in selected.selection.rows if row < len(runs)]
    if state.CHOSEN_RUNS.get() != chosen:
        state.CHOSEN_RUNS.set(chosen)
        if len(chosen) == 1:
            state.WATCHED_RUN.set(chosen[0])
        st.rerun()


def table(runs: Sequence[Run]) -> pd.DataFrame:
    """One row for each run."""
    rows = []
    for run in runs:
        model = run.model()
        evaluation = model.evaluation if model else None
        rows.append(
            {
                "Name": run.name,
                "State": run.state,
                "Done": run.share,
                "Test accuracy": 100 * evaluation.accuracy if evaluation else None,
                "95% interval": "{:.2f} to {:.2f}%".format(
                    *(100 * share for share in evaluation.accuracy_interval)
                )
                if evaluation
                else "",
                "Time": model.card["seconds"] if model else None,
                "Parameters": model.card["parameters"] if model else None,
                "Data": run.data_name,
                "Changed": changed(run),
                "Started": pd.Timestamp(run.created),
            }
        )
    shown = pd.DataFrame(rows)
    if all(run.data_name == MNIST.name for run in runs):
        del shown["Data"]
    return shown


def changed(run: Run) -> str:
    """What was changed in its recipe, as the command line says it."""
    return ", ".join(run.recipe.command().split(" --set ")[1:]) or "nothing"


def actions(run: Run) -> None:
    """What can be done with one run."""
    model = run.model()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if st.button(
            "Use for drawing",
            icon=":material/draw:",
            disabled=model is None,
            key=f"use_{run.id}",
            help="Every open Draw page reads with this network from now on."
            + (
                f" It learned from {as_typed(run.data_name)}: of a digit it says what of that it "
                "looks like most."
                if run.class_names
                else ""
            ),
        ):
            _try(lambda: st.toast(f"Drawings are now read with {as_typed(use_run(run).name)}."))
        with st.popover("Rename", icon=":material/edit:"):
            name = st.text_input("New name", run.name, key=f"name_{run.id}")
            if name != run.name and _try(lambda: rename_run(run, name)):
                st.rerun()
        if st.button(
            "Delete", icon=":material/delete:", disabled=run.active, key=f"delete_{run.id}"
        ) and _try(lambda: delete_run(run)):
            state.DELETED_RUN.set((run.id, run.name))
            st.rerun()
        if model:
            st.download_button(
                "Network",
                lambda: model.read("keras"),
                f"{run.name}.keras",
                icon=":material/download:",
                key=f"keras_{run.id}",
                on_click="ignore",
                help="The trained network as Keras stores it: keras.models.load_model reads it.",
            )
        history = run.history()
        if history:
            table = pd.DataFrame(history)
            table.index = table.index + 1
            content = io.StringIO()
            table.to_csv(content, index_label="epoch")
            st.download_button(
                "History",
                content.getvalue(),
                f"{run.name}.csv",
                "text/csv",
                on_click="ignore",
                icon=":material/download:",
                key=f"csv_{run.id}",
                help="Loss and accuracy after each epoch, as CSV.",
            )
    st.caption("The same on the command line:")
    st.code(run.command, language="bash", wrap_lines=True)


def _try(do: Callable[[], object]) -> bool:
    """Whether it could be done; if not, the page says why."""
    try:
        do()
    except MnistCoreError as error:
        st.error(as_message(error))
        return False
    return True


def _undo() -> None:
    """The way back after a delete."""
    deleted = state.DELETED_RUN.get()
    if not deleted:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{as_typed(deleted[1])} was deleted.")
        if st.button("Undo", icon=":material/undo:", key="undo_delete"):
            try:
                restore_run(deleted[0])
            except RunError as error:
                st.error(as_message(error))
            state.DELETED_RUN.clear()
            st.rerun()


def compare(runs: Sequence[Run]) -> None:
    """Several runs: curves over each other, settings side by side, and whether one is better."""
    st.subheader("Compared", anchor=False)
    log = st.toggle("Logarithmic", key="compare_log")
    columns = st.columns(2, gap="medium")
    trainings = [Curves(run.name, run.history(), run.batches(), run.steps) for run in runs]
    for column, metric in zip(columns, ("loss", "accuracy"), strict=True):
        with column:
            st.caption(metric.capitalize())
            live_chart(curves_figure(trainings, metric, 0.9, log), f"compare_{metric}")
    html.show(html.differences([run.name for run in runs], settings_rows(runs)))
    first, *others = runs
    for other in others:
        models = first.model(), other.model()
        if not models[0] or not models[1]:
            missing = first if not models[0] else other
            st.caption(f"{as_typed(missing.name)} has no tested network yet.")
            continue
        try:
            told = compare_models(models[0], models[1]).summary
            st.markdown(
                f"**{as_typed(first.name)}** (first) and **{as_typed(other.name)}** (second): "
                f"{as_message(told)}"
            )
        except MnistCoreError as error:
            st.warning(as_message(error))


def settings_rows(runs: Sequence[Run]) -> list[tuple[str, list[str]]]:
    """Every setting and result that one of the runs has, those that differ first."""
    rows: dict[str, list[str]] = {}
    models = [run.model() for run in runs]
    rows["test accuracy"] = [f"{m.evaluation.accuracy:.2%}" if m else "–" for m in models]
    rows["training time"] = [f"{m.card['seconds']:.0f} s" if m else "–" for m in models]
    rows["parameters"] = [f"{m.card['parameters']:,}" if m else "–" for m in models]
    rows["data"] = [run.data_name for run in runs]
    rows["layers"] = [" → ".join(map(str, run.recipe.layers[:-1])) for run in runs]
    every = [run.recipe.settings() for run in runs]
    for key in dict.fromkeys(key for settings in every for key in settings if "." not in key):
        rows[key.replace("_", " ")] = [json.dumps(settings.get(key)) for settings in every]
    return sorted(rows.items(), key=lambda row: len(set(row[1])) == 1)


def at_once() -> None:
    """How many runs train at a time."""
    now = int(get_setting("at_once"))
    count = st.number_input(
        "Runs that train at once",
        1,
        16,
        now,
        key="at_once",
        help="The others wait in line. Two at once take longer each.",
        width=220,
    )
    if count != now:
        _try(lambda: set_setting("at_once", int(count)))
