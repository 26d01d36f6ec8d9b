"""One study on the Studies page: where it is, its folds or trials, what they show."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from mnist_core import MnistCoreError, StudyError, list_runs
from mnist_core.figures.search_charts import IMPORTANCE_FROM, search_figures
from mnist_core.figures.training_charts import folds_figure
from mnist_core.i18n import Text, _, language
from mnist_core.runs.estimate import in_words
from mnist_core.studies.search_space import own_value
from mnist_core.studies.state import CROSSVAL, StudyState, StudyTrial, fold_curves
from mnist_core.studies.study import opened_study, read_study
from mnist_core.studies.workers import (
    StudyWorkers,
    describe_progress,
    read_workers,
    share_done,
    start_work,
    stop_work,
    trials_in_progress,
)
from pages.components.live import live_chart
from pages.shared import html
from pages.shared.access import may_change, start_own_run, why_no_run
from pages.shared.code import show_command
from pages.shared.following import follow
from pages.shared.setting_words import setting_label
from pages.shared.state import WATCHED_RUN
from pages.shared.text import as_message, as_typed
from pages.studies.titles import shown_title

if TYPE_CHECKING:
    import plotly.graph_objects as go

GLOSSARY = Text("""
- **Fold**: one of the equal parts that the training images are split into. Each fold has nearly
  the same number of images of each class.
- **Mean**: the average of the folds' accuracies.
- **Standard deviation**: how far a fold's accuracy typically is from the mean. If it is small, it
  hardly matters which images the recipe is trained on.
- **95% interval**: the range that contains the recipe's true accuracy in 19 of 20 such studies.
- **Trial**: one training run of a search, with its own settings.
- **Validation accuracy**: share of the validation images that are classified correctly. The best
  of many trials is also the luckiest: expect a little less on new images.
- **Stopped early** (pruned): a trial that did worse than half of the others after the same number
  of epochs.
- **Importance**: the share of the differences in accuracy that a setting explains, by fANOVA, a
  random forest that predicts the accuracy from the settings. With few trials it is a rough guess.
""")
STATES = {
    "waiting": Text("waiting"),
    "running": Text("running"),
    "done": Text("done"),
    "failed": Text("failed"),
    "pruned": Text("stopped early"),
    "stopped": Text("stopped, will be repeated"),
}
WATCHED = Text(
    "Each thin line is one fold's network after each epoch, on the images of its fold, which it "
    "isn't trained on. The band is the mean of the finished folds, plus and minus one standard "
    "deviation."
)
WATCHED_EARLY = Text(
    "Each thin line is one fold's network after each epoch, on its validation images, which decide "
    "when it stops. The band is the mean of the finished folds, plus and minus one standard "
    "deviation."
)
CAPTIONS = {
    "history": Text("Each point is a trial. The line is the best so far."),
    "importance": Text("Share of the differences in accuracy that each setting explains."),
    "parallel": Text("Each line is a trial, followed through its settings. Blue trials did well."),
}


def watch_study(name: str) -> None:
    """Everything about a study; it follows by itself while somebody works on it."""
    try:
        read_study(name)
    except StudyError as error:
        st.warning(as_message(error))
        return
    # When its workers come or go, or it is deleted, the whole page must know.
    follow(
        lambda: _read(name),
        _show,
        working=lambda study: study is not None and (study[1].alive or bool(study[0].running)),
        version=lambda study: study is not None and (study[1].alive,),
        every=1.5,
    )


def _read(name: str) -> tuple[StudyState, StudyWorkers] | None:
    now = read_workers(name)  # before the study is read: who ends in between leaves it whole
    try:
        return read_study(name), now
    except StudyError:
        return None


def _show(study: tuple[StudyState, StudyWorkers] | None) -> None:
    if study is None:
        return
    state, now = study
    head(state, now)
    if state.kind == CROSSVAL:
        folds(state)
    else:
        search(state)


def head(state: StudyState, now: StudyWorkers) -> None:
    """What it is, where it is, and what can be done about it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(as_typed(shown_title(state)), anchor=False, width="stretch")
        if now.alive and may_change("study", state.name):
            _button(
                "Stop", _("Stop"), ":material/stop:", stop_work, state.name, disabled=now.stopping
            )
        elif not state.finished and may_change("study", state.name):
            _button("Continue", _("Continue"), ":material/play_arrow:", start_work, state.name)
    st.progress(share_done(state, now), text=as_message(describe_progress(state, now)))
    if not now.alive and not state.finished:
        if state.running:
            st.caption(
                _(
                    "A trial is marked as running, but not on this machine: another machine is "
                    "working on it, or its process ended early. One minute after its last sign of "
                    "life, Continue repeats it."
                )
            )
        if now.message:
            st.error(as_message(now.message))
        words = now.log_tail()
        if words:
            with st.expander(_("Last log lines")):
                st.code(words, language=None)
    shown = facts(state)
    left = state.seconds_left(trials_in_progress(state, now), len(now.workers))
    if now.alive and left is not None and not state.finished:
        shown.append((_("left, about"), in_words(left)))
    html.show(html.facts(shown))
    if state.results or state.given_up:
        st.markdown(as_message(state.summary))


def facts(state: StudyState) -> list[tuple[str, str]]:
    """The figures of a study: (name, value)."""
    shown = []
    if state.kind == CROSSVAL and state.mean is not None:
        shown.append((_("mean accuracy"), f"{state.mean:.2%}"))
        if state.standard_deviation is not None and state.interval:
            low, high = state.interval
            shown += [
                (_("standard deviation"), f"{state.standard_deviation:.2%}"),
                (_("95% interval"), _("{low:.2%} to {high:.2%}", low=low, high=high)),
            ]
    best = state.best
    if state.kind != CROSSVAL and best and best.accuracy_interval:
        low, high = best.accuracy_interval
        early = sum(trial.state == "pruned" for trial in state.current)
        shown += [
            (_("best validation accuracy"), f"{best.accuracy:.2%}"),
            (_("95% interval"), _("{low:.2%} to {high:.2%}", low=low, high=high)),
            (_("trials stopped early"), str(early)),
        ]
    recipe = state.recipe
    shown += [
        (_("training images"), _("{n:,} of {data}", n=state.images, data=state.data_name)),
        (_("epochs"), str(recipe.epochs)),
        (_("random seed"), str(recipe.seed)),
    ]
    return shown


def _button(
    key: str, text: str, icon: str, do: Callable[[str], None], name: str, disabled: bool = False
) -> None:
    if st.button(text, icon=icon, key=f"{key}_{name}", disabled=disabled):
        try:
            do(name)
        except StudyError as error:
            st.toast(as_message(error))
        st.rerun()


def table(state: StudyState) -> pd.DataFrame:
    """One row for each fold, or for each trial that has begun."""
    crossval, best = state.kind == CROSSVAL, state.best
    rows = []
    for trial in state.current if crossval else sorted(state.current, key=lambda t: t.number):
        if not crossval and trial.state == "waiting":
            continue
        row = {
            _("Fold") if crossval else _("Trial"): trial.slot + 1 if crossval else trial.number,
            _("State"): _("done, best") if not crossval and trial == best else _state(trial),
            _("Accuracy"): None if trial.accuracy is None else 100 * trial.accuracy,
            _("95% interval"): _interval(trial),
            _("Epochs"): max(map(len, trial.history.values()), default=0),
            _("Time"): trial.seconds,
            **{setting_label(key): str(trial.settings.get(key, "")) for key in state.space},
            _("Worker"): trial.worker or "",
        }
        rows.append(row)
    return pd.DataFrame(rows)


def _interval(trial: StudyTrial) -> str:
    if not trial.accuracy_interval:
        return ""
    low, high = (100 * share for share in trial.accuracy_interval)
    return _("{low:.2f} to {high:.2f}%", low=low, high=high)


def _state(trial: StudyTrial) -> str:
    if trial.state == "pruned" and trial.error:
        return _("invalid settings")
    return _(STATES.get(trial.state, trial.state))


def _show_table(state: StudyState) -> None:
    shown = table(state)
    if len(shown):
        st.dataframe(
            shown,
            hide_index=True,
            key=f"table_{state.name}",
            column_config={
                _("Accuracy"): st.column_config.NumberColumn(format="%.2f%%"),
                _("Time"): st.column_config.NumberColumn(format="%d s"),
            },
        )


def folds(state: StudyState) -> None:
    """A cross-validation: the folds' curves over each other, and the table."""
    if fold_curves(state, "val_accuracy").folds:
        st.caption(_(WATCHED_EARLY if state.recipe.early_stopping else WATCHED))
        for column, metric, words in zip(
            st.columns(2, gap="medium"),
            ("loss", "accuracy"),
            (
                _("Loss: what training minimizes. Lower is better."),
                _("Accuracy: share of the images that are classified correctly."),
            ),
            strict=True,
        ):
            with column:
                st.caption(words)
                curves = fold_curves(state, f"val_{metric}")
                _chart(
                    folds_figure(curves.folds, curves.mean, curves.deviation, metric),
                    f"folds_{metric}_{state.name}",
                )
    _show_table(state)


def search(state: StudyState) -> None:
    """A search: the best trial, all trials, and Optuna's pictures."""
    if state.best:
        _best(state)
    st.subheader(_("Trials"), anchor=False)
    _show_table(state)
    if len(state.results) < 2:
        st.caption(_("The charts appear after the second finished trial."))
        return
    with st.spinner(_("Loading the charts …")):
        _load_pictures()
    done = tuple(trial.number for trial in state.results)
    pictures = _pictures(state.name, done, language())
    left, right = st.columns(2, gap="medium")
    for slot, key in ((left, "history"), (right, "importance"), (st.container(), "parallel")):
        with slot:
            if key in pictures:
                st.caption(_(CAPTIONS[key]))
                with st.container(key=f"picture_{key}"):
                    _chart(pictures[key], f"{key}_{state.name}")
            elif key == "importance":
                st.caption(
                    _(
                        "The importance of the settings appears after {n} finished trials, if "
                        "their accuracy differs.",
                        n=IMPORTANCE_FROM,
                    )
                )


@st.cache_resource(show_spinner=False)
def _load_pictures() -> None:
    """Some seconds, once for a server, rather than in the middle of the first picture."""
    import optuna.visualization  # noqa: F401
    import sklearn.ensemble  # noqa: F401


@st.cache_data(show_spinner=False, max_entries=4)
def _pictures(name: str, done: tuple[int, ...], language: str) -> "dict[str, go.Figure]":
    """Optuna's pictures; made anew when another trial is done, for each language."""
    with opened_study(name) as study:
        return search_figures(study)


def _chart(figure: "go.Figure", key: str) -> None:
    live_chart(figure, key)


def _best(state: StudyState) -> None:
    """The best settings beside the recipe's own, and the way to train them in full."""
    best, recipe = state.best, state.best_recipe
    if best is None or recipe is None:
        return
    st.subheader(_("Best: trial {number}", number=best.number), anchor=False)
    rows = [
        (setting_label(key), [str(own_value(state.recipe, key)), str(value)])
        for key, value in best.settings.items()
    ]
    left, right = st.columns(2, gap="medium")
    with left:
        html.show(html.differences([_("Recipe"), _("Best trial")], rows))
    with right:
        epochs = st.number_input(
            _("Epochs"), 1, 1000, recipe.epochs, key=f"full_epochs_{state.name}"
        )
        everything = recipe.train_images is None or st.checkbox(
            _("All training images"),
            True,
            key=f"full_images_{state.name}",
            help=_("The trials used {n:,} of them.", n=state.images),
        )
        full = state.full_recipe(int(epochs), everything)
        if (
            full
            and may_change()
            and not why_no_run(list_runs())
            and st.button(
                _("Train with these settings"),
                type="primary",
                icon=":material/fitness_center:",
                key=f"train_best_{state.name}",
                help=_("Starts a run on the Train page, which is tested on the test images."),
            )
        ):
            try:
                WATCHED_RUN.set(start_own_run(full, state.data_name).id)
            except MnistCoreError as error:
                st.error(as_message(error))
                return
            st.switch_page("pages/train/page.py")
    if full:
        show_command(full.command(state.data_name), _("The same training on the command line:"))
