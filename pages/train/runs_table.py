"""All runs on the Train page: sort, choose, compare, rename, delete, use, download."""

import io
from collections.abc import Callable, Sequence

import pandas as pd
import streamlit as st

from mnist_core import MnistCoreError, Run, RunError, list_runs
from mnist_core.data.release import MNIST
from mnist_core.figures.training_charts import Curves, curves_figure
from mnist_core.i18n import Text, _, listed, ngettext
from mnist_core.recipes.command import base_recipe
from mnist_core.review.comparison import compare_models
from mnist_core.runs.estimate import in_words
from mnist_core.runs.preferences import read_preferences, save_preferences
from mnist_core.runs.runs import STATE_NAMES, delete_run, rename_run, restore_run, store_network
from pages.components.live import live_chart
from pages.shared import html, state
from pages.shared.access import is_owner, may_change
from pages.shared.code import program_downloads, show_command
from pages.shared.networks import use_for_everybody
from pages.shared.setting_words import setting_label, setting_value
from pages.shared.text import as_message, as_typed

LAST_EPOCH = {
    "loss": Text("Training loss, last epoch"),
    "accuracy": Text("Training accuracy, last epoch"),
}
METRICS = {"loss": Text("Loss"), "accuracy": Text("Accuracy")}
REFRESH = 2.0  # seconds between two looks, while a run is active


def runs_table(runs: Sequence[Run]) -> list[Run]:
    """Show the table of all runs; give the selected ones. A single one is then watched."""
    _undo()
    active = any(run.active for run in runs)
    with st.container(key="all_runs"):
        st.fragment(_rows, run_every=REFRESH if active else None)([run.id for run in runs])
    chosen = state.CHOSEN_RUNS.get()
    selected = [run for run in runs if run.id in chosen]
    idle = [run for run in selected if not run.active and may_change("run", run.id)]
    if len(selected) > 1 and st.button(
        ngettext("Delete {n} run", "Delete {n} runs", len(idle)),
        icon=":material/delete:",
        key="delete_selected",
        disabled=not idle,
    ):
        _delete(idle)
    return selected


def _rows(shown: list[str]) -> None:
    """The rows as they are now; the whole page must know when others are selected."""
    runs = [run for run in list_runs() if run.id in shown]
    selected = st.dataframe(
        table(runs),
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        key=f"runs_{len(runs)}",
        column_config={
            _("Progress"): st.column_config.ProgressColumn(format="percent", width="small"),
            _("Test accuracy"): st.column_config.NumberColumn(format="%.2f%%"),
            _("Test loss"): st.column_config.NumberColumn(format="%.4f"),
            _("Time"): st.column_config.NumberColumn(format="%.0f s"),
            _("Parameters"): st.column_config.NumberColumn(format="localized"),
            _("Started"): st.column_config.DatetimeColumn(format="distance"),
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
                _("Name"): run.name,
                _("State"): _(STATE_NAMES[run.state]),
                _("Progress"): run.share,
                _("Test accuracy"): 100 * evaluation.accuracy if evaluation else None,
                _("95% interval"): _interval(*evaluation.accuracy_interval) if evaluation else "",
                _("Test loss"): evaluation.loss if evaluation else None,
                _("Time"): model.card["seconds"] if model else None,
                _("Parameters"): model.card["parameters"] if model else None,
                _("Data"): run.data_name,
                _("Changes"): changes(run),
                _("Started"): pd.Timestamp(run.created),
            }
        )
    shown = pd.DataFrame(rows)
    if all(run.data_name == MNIST.name for run in runs):
        del shown[_("Data")]
    return shown


def _interval(low: float, high: float) -> str:
    return _("{low:.2f} to {high:.2f}%", low=100 * low, high=100 * high)


def changes(run: Run) -> str:
    """What differs from the built-in recipe, in the words of the form."""
    differences = run.recipe.changes(base_recipe(run.recipe))
    return listed(
        setting_label(change.key)
        if change.key == "layers"
        else f"{setting_label(change.key)} {setting_value(change.after)}"
        for change in differences
    ) or _("none")


def actions(run: Run) -> None:
    """What can be done with a run."""
    model = run.model()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if model and is_owner():
            use_for_everybody(run.name, lambda: store_network(run).name, f"everybody_{run.id}")
        if may_change("run", run.id):
            _rename_or_delete(run)
        if model:
            st.download_button(
                _("Network"),
                lambda: model.read("keras"),
                f"{run.name}.keras",
                icon=":material/download:",
                key=f"keras_{run.id}",
                on_click="ignore",
                help=_("The trained network as a Keras file, for keras.models.load_model."),
            )
        history = run.history()
        if history:
            table = pd.DataFrame(history)
            table.index = table.index + 1
            content = io.StringIO()
            table.to_csv(content, index_label="epoch")
            st.download_button(
                _("History"),
                content.getvalue(),
                f"{run.name}.csv",
                "text/csv",
                on_click="ignore",
                icon=":material/download:",
                key=f"csv_{run.id}",
                help=_("Loss and accuracy after each epoch, as CSV."),
            )
        program_downloads(run.recipe, run.data_name, run.class_names, run.name, run.id)
    show_command(run.command, _("The same training on the command line:"))


def _rename_or_delete(run: Run) -> None:
    with st.popover(_("Rename"), icon=":material/edit:"):
        name = st.text_input(_("New name"), run.name, key=f"name_{run.id}", max_chars=80)
        if name != run.name and _try(lambda: rename_run(run, name)):
            st.rerun()
    if st.button(
        _("Delete"), icon=":material/delete:", disabled=run.active, key=f"delete_{run.id}"
    ):
        _delete([run])


def _delete(runs: Sequence[Run]) -> None:
    """Delete runs; what can't be deleted is said, and the others can be brought back."""
    deleted = [(run.id, run.name) for run in runs if _try(lambda run=run: delete_run(run))]  # type: ignore[misc]
    if deleted:
        state.DELETED_RUNS.set(deleted)
        state.CHOSEN_RUNS.clear()
        st.rerun()


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
    deleted = state.DELETED_RUNS.get()
    if not deleted:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        names = listed(name for __, name in deleted)
        st.caption(_("Deleted: {names}.", names=as_typed(names)))
        if st.button(_("Undo"), icon=":material/undo:", key="undo_delete"):
            for run_id, __ in deleted:
                try:
                    restore_run(run_id)
                except RunError as error:
                    st.error(as_message(error))
            state.DELETED_RUNS.clear()
            st.rerun()


def compare(runs: Sequence[Run]) -> None:
    """Several runs: their curves, the settings that differ, and whether one is better."""
    st.subheader(_("Comparison"), anchor=False)
    with st.container(horizontal=True):
        log = st.toggle(_("Logarithmic"), key="compare_log")
        everything = st.toggle(_("Show equal settings"), key="compare_all")
    columns = st.columns(2, gap="medium")
    trainings = [Curves(run.name, run.history(), run.batches(), run.steps) for run in runs]
    for column, metric in zip(columns, ("loss", "accuracy"), strict=True):
        with column:
            st.caption(_(METRICS[metric]))
            live_chart(curves_figure(trainings, metric, 0.9, log), f"compare_{metric}")
    rows = [row for row in settings_rows(runs) if everything or len(set(row[1])) > 1]
    html.show(html.differences([run.name for run in runs], rows))
    first, *others = runs
    for other in others:
        models = first.model(), other.model()
        if not models[0] or not models[1]:
            missing = first if not models[0] else other
            st.caption(_("{name} has no tested network yet.", name=as_typed(missing.name)))
            continue
        try:
            result = compare_models(models[0], models[1]).describe(first.name, other.name)
            st.markdown(as_message(result))
        except MnistCoreError as error:
            st.warning(as_message(error))


def settings_rows(runs: Sequence[Run]) -> list[tuple[str, list[str]]]:
    """Every setting and result of the runs, those that differ first."""
    rows: dict[str, list[str]] = {}
    models = [run.model() for run in runs]
    rows[_("Test accuracy")] = [f"{m.evaluation.accuracy:.2%}" if m else "–" for m in models]
    rows[_("Test loss")] = [f"{m.evaluation.loss:.4f}" if m else "–" for m in models]
    for metric, form in (("accuracy", ".2%"), ("loss", ".4f")):
        values = [m.last_epoch(metric) if m else None for m in models]
        rows[_(LAST_EPOCH[metric])] = [
            "–" if value is None else f"{value:{form}}" for value in values
        ]
    rows[_("Training time")] = [in_words(m.card["seconds"]) if m else "–" for m in models]
    rows[_("Parameters")] = [f"{m.card['parameters']:,}" if m else "–" for m in models]
    rows[_("Data")] = [run.data_name for run in runs]
    rows[_("Layers")] = [" → ".join(map(str, run.recipe.layers[:-1])) for run in runs]
    every = [run.recipe.settings() for run in runs]
    for key in dict.fromkeys(key for settings in every for key in settings if "." not in key):
        rows[setting_label(key)] = [setting_value(settings.get(key)) for settings in every]
    return sorted(rows.items(), key=lambda row: len(set(row[1])) == 1)


def parallel_runs() -> None:
    """How many runs train at the same time."""
    if not is_owner():
        return
    now = int(read_preferences().at_once)
    count = st.number_input(
        _("Parallel runs"),
        1,
        16,
        now,
        key="at_once",
        help=_("Further runs are queued. Runs that train in parallel are slower."),
        width=220,
    )
    if count != now:
        _try(lambda: save_preferences(at_once=int(count)))
