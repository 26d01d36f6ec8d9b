"""Views of a training: start it, watch it, and see it beside what the tutorial printed."""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from mnist_core import MnistCoreError, Run, RunError, open_run, stop_run
from mnist_core.data.dataset import STAND_IN_NAME
from mnist_core.figures.training_charts import history_figure
from mnist_core.i18n import Plural, Sentences, Text, _
from mnist_core.lessons.course import Course
from mnist_core.runs.estimate import START, describe_range, in_words, training_seconds
from mnist_core.runs.runs import read_runs
from pages.components.live import live_chart
from pages.learn.courses import Lesson
from pages.learn.networks import differences, own_runs, shown_network
from pages.shared import html
from pages.shared.access import may_change, owner_note, start_own_run, why_no_run
from pages.shared.datasets import test_data, training_images
from pages.shared.following import follow
from pages.shared.runs import STATES, opened_run
from pages.shared.text import as_message, as_typed

METRICS = ("loss", "accuracy", "val_loss", "val_accuracy")
THIS_EPOCH = {"loss": Text("loss, this epoch"), "accuracy": Text("accuracy, this epoch")}
COLUMNS = {
    "loss": (Text("loss, published"), Text("loss, measured")),
    "accuracy": (Text("accuracy, published"), Text("accuracy, measured")),
    "val_loss": (Text("validation loss, published"), Text("validation loss, measured")),
    "val_accuracy": (Text("validation accuracy, published"), Text("validation accuracy, measured")),
}


def published_history(course: Course) -> dict[str, list[float | None]]:
    """The tutorial's epoch lines in the form of a history."""
    return {metric: [getattr(line, metric) for line in course.epoch_lines] for metric in METRICS}


# --- train ------------------------------------------------------------------------------------


def run(lesson: Lesson) -> None:
    """Start the training with the reader's settings, and watch it."""
    if not may_change():
        owner_note(Text("train networks"), "learn")
        return
    runs = own_runs(lesson)
    newest = runs[-1] if runs else None
    if newest is None or not newest.active:
        start(lesson)
    if newest is not None:
        # When it ends or is deleted, all views of the step change.
        follow(
            lambda: opened_run(newest.id),
            _watch,
            working=lambda run: run is not None and run.active,
            version=lambda run: run is not None and (run.active,),
            every=1.0,
        )
    if len([run for run in runs if run.model()]) > 1:
        _own_results(lesson, runs)


def start(lesson: Lesson) -> None:
    """The Start button, with what it trains and how long that takes."""
    recipe, all_runs = lesson.recipe, read_runs()[0]
    refusal = why_no_run(all_runs)
    pressed = st.button(
        _("Start training"),
        type="primary",
        icon=":material/play_arrow:",
        key="lesson_start",
        disabled=bool(refusal),
    )
    if refusal:
        st.warning(as_message(refusal))
        return
    seconds = training_seconds(recipe, training_images(), all_runs)
    if not seconds:
        time = ""
    elif test_data().stand_in:
        time = Text(
            "Takes about {time} on this machine on {data}, {images:,} images.",
            time=describe_range(seconds + START),
            data=STAND_IN_NAME,
            images=training_images(),
        )
    else:
        time = Text("Takes about {time} on this machine.", time=describe_range(seconds + START))
    trained = Plural(
        "With {settings}: {n} epoch, batch size {batch_size}, {method}.",
        "With {settings}: {n} epochs, batch size {batch_size}, {method}.",
        recipe.epochs,
        settings=as_typed(differences(recipe, lesson.base)),
        batch_size=recipe.batch_size,
        method=recipe.optimizer,
    )
    meanwhile = Text("It goes on while you read.")
    st.caption(_(Sentences(trained, time, meanwhile)))
    if not pressed:
        return
    try:
        started = start_own_run(recipe)
    except MnistCoreError as error:
        st.error(as_message(error))
        return
    lesson.progress.runs.append(started.id)
    st.rerun()


def _watch(run: Run | None) -> None:
    """Where a run is."""
    if run is None:
        return
    status = run.status
    parts = [as_typed(run.name), _(STATES[run.state])]
    if run.state == "training" and status.seconds_left is None:
        parts.append(_("epoch {epoch} of {epochs}", epoch=status.epoch, epochs=status.epochs))
    elif run.state == "training":
        left = Text(
            "epoch {epoch} of {epochs}, about {time} left",
            epoch=status.epoch,
            epochs=status.epochs,
            time=in_words(status.seconds_left or 0),
        )
        parts.append(_(left))
    st.progress(run.share, " · ".join(parts))
    facts = [
        (_(THIS_EPOCH.get(name, name)), f"{value:.4f}")
        for name, value in (status.metrics or {}).items()
    ]
    if run.active and facts:
        html.show(html.facts(facts))
    stoppable = run.active and may_change("run", run.id)
    if stoppable and st.button(_("Stop"), icon=":material/stop:", key="lesson_stop"):
        try:
            stop_run(open_run(run.id))
        except RunError as error:
            st.toast(as_message(error))
        st.rerun()
    if run.state in ("failed", "stopped") and run.message:
        st.error(as_message(run.message))


def _own_results(lesson: Lesson, runs: Sequence[Run]) -> None:
    """The reader's runs side by side, once there are several."""
    rows = []
    for run in runs:
        model = run.model()
        if model:
            low, high = model.evaluation.accuracy_interval
            rows.append(
                (
                    run.name,
                    differences(run.recipe, lesson.base),
                    f"{model.evaluation.accuracy:.2%}",
                    _("{low:.2f} to {high:.2f}%", low=100 * low, high=100 * high),
                )
            )
    head = (_("Your runs"), _("Settings"), _("Test accuracy"), _("95% interval"))
    html.show(html.table(head, rows))


# --- beside the tutorial ----------------------------------------------------------------------


def history_now(lesson: Lesson) -> Mapping[str, Sequence[float]] | None:
    """Metric name -> value after each epoch: of a run that goes on, else of the shown network."""
    runs = own_runs(lesson)
    if runs and runs[-1].active:
        return runs[-1].history()
    shown = shown_network(lesson)
    return shown.history if shown else None


def curves(lesson: Lesson) -> None:
    """Loss and accuracy after each epoch, with the tutorial's lines over them."""
    _followed(lesson, _show_curves)


def _followed(lesson: Lesson, show: Callable[[Lesson], None]) -> None:
    """Show something again and again while the reader's run goes on."""
    follow(
        lambda: bool((runs := own_runs(lesson)) and runs[-1].active),
        lambda _active: show(lesson),
        working=bool,
        every=2.0,
    )


def _show_curves(lesson: Lesson) -> None:
    history = history_now(lesson)
    if history is None:
        return
    published = published_history(lesson.course)
    for column, metric, words in zip(
        st.columns(2, gap="medium"),
        ("loss", "accuracy"),
        (_("Loss: lower is better."), _("Accuracy: higher is better.")),
        strict=True,
    ):
        with column:
            st.caption(words)
            live_chart(history_figure(history, metric, published), f"lesson_{metric}")
    if not any(name.startswith("val_") for name in history):
        st.caption(_("On the training images: this network was trained without validation."))
    if lesson.course.epoch_lines:
        st.caption(_("Dotted, with diamonds: what the tutorial printed."))
    else:
        st.caption(_("The tutorial prints no figures of single epochs."))


def epoch_lines(lesson: Lesson) -> None:
    """A table of the epochs: the tutorial's figures beside the measured ones."""
    _followed(lesson, _show_epoch_lines)


def _show_epoch_lines(lesson: Lesson) -> None:
    history = history_now(lesson)
    if history is None:
        return
    published = published_history(lesson.course)
    columns: list[tuple[str, Sequence[float | None]]] = []
    for metric, names in COLUMNS.items():
        measured = history.get(metric, ())
        for name, values in zip(names, (published[metric], measured), strict=True):
            if any(value is not None for value in values):
                columns.append((_(name), values))
    epochs = max((len(values) for _name, values in columns), default=0)
    html.show(
        html.table(
            (_("Epoch"), *(name for name, _values in columns)),
            [
                (
                    str(epoch + 1),
                    *(
                        f"{values[epoch]:.4f}"
                        if epoch < len(values) and values[epoch] is not None
                        else "–"
                        for _name, values in columns
                    ),
                )
                for epoch in range(epochs)
            ],
        )
    )
