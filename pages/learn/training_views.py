"""Views of a training: start it, watch it, and see it beside what the tutorial printed."""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from mnist_core import MnistCoreError, Run, RunError, open_run, stop_run
from mnist_core.data.dataset import STAND_IN_NAME
from mnist_core.figures.training_charts import history_figure
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
NAMES = ("loss", "accuracy", "validation loss", "validation accuracy")


def published_history(course: Course) -> dict[str, list[float | None]]:
    """The tutorial's epoch lines in the form of a history."""
    return {metric: [getattr(line, metric) for line in course.epoch_lines] for metric in METRICS}


# --- train ------------------------------------------------------------------------------------


def run(lesson: Lesson) -> None:
    """Start the training with the reader's settings, and watch it."""
    if not may_change():
        owner_note("train networks", "learn")
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
        "Start training",
        type="primary",
        icon=":material/play_arrow:",
        key="lesson_start",
        disabled=bool(refusal),
    )
    if refusal:
        st.warning(as_message(refusal))
        return
    seconds = training_seconds(recipe, training_images(), all_runs)
    on = f" on {STAND_IN_NAME}, {training_images():,} images" if test_data().stand_in else ""
    settings = differences(recipe, lesson.base)
    epochs = f"{recipe.epochs} epoch{'s' * (recipe.epochs > 1)}"
    time = f" Takes about {describe_range(seconds + START)} on this machine{on}." if seconds else ""
    st.caption(
        f"With {as_typed(settings)}: {epochs}, batch "
        f"size {recipe.batch_size}, {recipe.optimizer}.{time} It goes on while you read."
    )
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
    words = f"{as_typed(run.name)} · {STATES[run.state]}"
    if run.state == "training":
        words += f" · epoch {status.epoch} of {status.epochs}"
        if status.seconds_left is not None:
            words += f", about {in_words(status.seconds_left)} left"
    st.progress(run.share, words)
    facts = [
        (f"{name}, this epoch", f"{value:.4f}") for name, value in (status.metrics or {}).items()
    ]
    if run.active and facts:
        html.show(html.facts(facts))
    stoppable = run.active and may_change("run", run.id)
    if stoppable and st.button("Stop", icon=":material/stop:", key="lesson_stop"):
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
                    f"{100 * low:.2f} to {100 * high:.2f}%",
                )
            )
    html.show(html.table(("Your runs", "Settings", "Test accuracy", "95% interval"), rows))


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
        lambda _: show(lesson),
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
        ("Loss: lower is better.", "Accuracy: higher is better."),
        strict=True,
    ):
        with column:
            st.caption(words)
            live_chart(history_figure(history, metric, published), f"lesson_{metric}")
    if not any(name.startswith("val_") for name in history):
        st.caption("On the training images: this network was trained without validation.")
    if lesson.course.epoch_lines:
        st.caption("Dotted, with diamonds: what the tutorial printed.")
    else:
        st.caption("The tutorial prints no figures of single epochs.")


def epoch_lines(lesson: Lesson) -> None:
    """A table of the epochs: the tutorial's figures beside the measured ones."""
    _followed(lesson, _show_epoch_lines)


def _show_epoch_lines(lesson: Lesson) -> None:
    history = history_now(lesson)
    if history is None:
        return
    published = published_history(lesson.course)
    columns: list[tuple[str, Sequence[float | None]]] = []
    for metric, name in zip(METRICS, NAMES, strict=True):
        for source, values in (
            ("published", published[metric]),
            ("measured", history.get(metric, ())),
        ):
            if any(value is not None for value in values):
                columns.append((f"{name}, {source}", values))
    epochs = max((len(values) for _, values in columns), default=0)
    html.show(
        html.table(
            ("Epoch", *(name for name, _ in columns)),
            [
                (
                    str(epoch + 1),
                    *(
                        f"{values[epoch]:.4f}"
                        if epoch < len(values) and values[epoch] is not None
                        else "–"
                        for _, values in columns
                    ),
                )
                for epoch in range(epochs)
            ],
        )
    )
