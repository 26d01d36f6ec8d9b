"""One run on the Train page: where it is, its curves, what they show, its epochs."""

from collections.abc import Callable

import streamlit as st

from mnist_core import Run, RunError, open_run, resume_run, stop_run
from mnist_core.data.dataset import label_name
from mnist_core.data.release import MNIST
from mnist_core.figures.training_charts import Curves, curves_figure, epochs_figure
from mnist_core.runs.advice import notices
from mnist_core.runs.estimate import in_words
from mnist_core.runs.replay import answers_by_epoch, class_accuracies, kept_epochs
from mnist_core.runs.runs import (
    FAILED,
    FINISHED,
    INTERRUPTED,
    STARTING,
    TESTING,
    WAITING,
    list_runs,
)
from pages.components.live import live_chart
from pages.shared import html
from pages.shared.canvas import last_drawing
from pages.shared.data_choice import classes_words
from pages.shared.following import follow
from pages.shared.text import as_message, as_typed

STATES = {
    WAITING: "waits for its turn",
    STARTING: "is starting: TensorFlow is being loaded, which takes some 5 to 10 seconds",
    "training": "is training",
    TESTING: "is being tested on the test images and stored",
    FINISHED: "is finished",
    "stopped": "was stopped; what it had learned is kept",
    FAILED: "has failed",
    INTERRUPTED: "was interrupted: its process ended before it was done",
}
ICONS = {
    "overfitting": ":material/trending_up:",
    "rate": ":material/speed:",
    "dead": ":material/horizontal_rule:",
    "unscaled": ":material/straighten:",
}


def watch(run_id: str) -> None:
    """Everything about a run; it follows by itself while a process works on it."""
    try:
        open_run(run_id)
    except RunError as error:
        st.warning(as_message(error))
        return
    # Only a living run is looked at again; when it ends or is deleted, the whole page must know.
    follow(
        lambda: _opened(run_id),
        _show,
        working=lambda run: run is not None and run.active,
        version=lambda run: run is not None and (run.active,),
        every=1.0,
    )


def _opened(run_id: str) -> Run | None:
    try:
        return open_run(run_id)
    except RunError:
        return None


def _show(run: Run | None) -> None:
    if run is None:
        return
    for part in (head, curves, epochs):
        with st.container():  # else a line that comes or goes moves all that is under it
            part(run)


def head(run: Run) -> None:
    """Its name, where it is, and what can be done about it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(as_typed(run.name), anchor=False, width="stretch")
        if run.active:
            _button("Stop", ":material/stop:", stop_run, run)
        elif run.resumable:
            _button("Resume", ":material/play_arrow:", resume_run, run)
    status, state = run.status, STATES[run.state]
    if run.state == WAITING:
        ahead = sum(
            other.active and other.status.get("queued", 0) < status.get("queued", 0)
            for other in list_runs()
        )
        state += f": {ahead} before it" if ahead else ""
    place = ""
    if run.state == "training":
        place = (
            f" · epoch {status['epoch']} of {status['epochs']}, batch {status['batch']:,} of "
            f"{status['batches']:,}"
        )
    stopping = " · stopping …" if run.active and (run.folder / "stop").exists() else ""
    st.progress(min(run.share, 1.0), text=f"It {state}{place}{stopping}")
    shown = []
    if run.state == "training" and status.get("images_per_second"):
        shown += [("images a second", f"{status['images_per_second']:,.0f}")]
    if run.state == "training" and status.get("seconds_left") is not None:
        shown += [("left, about", in_words(status["seconds_left"]))]
    for name, value in (status.get("metrics") or {}).items():
        if run.active:
            shown.append((f"{name}, this epoch so far", f"{value:.4f}"))
    model = run.model()
    if model and not run.active:
        low, high = model.evaluation.accuracy_interval
        shown += [
            (f"of {model.evaluation.n:,} test images right", f"{model.evaluation.accuracy:.2%}"),
            ("95% interval", f"{low:.2%} to {high:.2%}"),
            ("training time", in_words(model.card["seconds"])),
            ("parameters", f"{model.card['parameters']:,}"),
        ]
    if run.data_name != MNIST.name:
        shown.append(("learned from", run.data_name))
    if status.get("device"):
        shown.append(("trained on", status["device"]))
    if shown:
        html.show(html.facts(shown))
    if run.state == FAILED and run.message:
        st.error(as_message(run.message))
    if run.state in (FAILED, INTERRUPTED):
        with st.expander("Its last words"):
            st.code(run.last_words() or "It said nothing.", language=None)


def _button(text: str, icon: str, do: Callable[[Run], None], run: Run) -> None:
    if st.button(text, icon=icon, key=f"{text}_{run.id}"):
        try:
            do(open_run(run.id))
        except RunError as error:
            st.toast(as_message(error))
        st.rerun()


def curves(run: Run) -> None:
    """Loss and accuracy as they grow, and what they show."""
    history, batches = run.history(), run.batches()
    if not batches.get("loss"):
        return
    with st.container():
        for notice in notices(run.recipe, history, batches):
            st.info(as_message(notice.words), icon=ICONS[notice.kind])
    with st.container(horizontal=True, vertical_alignment="center"):
        smoothing = st.slider(
            "Smoothing",
            0.0,
            0.98,
            0.6,
            0.02,
            key="smoothing",
            width=260,
            help="Each batch is another few images, so its loss jumps. Smoothing draws a mean over "
            "the last ones; the pale line is what was measured.",
        )
        log = st.toggle("Logarithmic", key="log_scale")
    shown = [Curves(run.name, history, batches, run.steps)]
    columns = st.columns(2, gap="medium")
    for column, metric, words in zip(
        columns,
        ("loss", "accuracy"),
        (
            "Loss: how wrong, and how sure of it. Lower is better.",
            "Accuracy: share of the images read rightly.",
        ),
        strict=True,
    ):
        with column:
            st.caption(words)
            live_chart(curves_figure(shown, metric, smoothing, log), f"curve_{metric}_{run.id}")


def epochs(run: Run) -> None:
    """How the answer to the last drawing, and each digit's accuracy, changed over the epochs."""
    kept = kept_epochs(run.folder)
    if not kept:
        return
    st.subheader("From epoch to epoch", anchor=False)
    left, right = st.columns([2, 3], gap="medium")
    at = kept[-1]
    with left:
        if len(kept) > 1:
            # Without a value of its own it follows the newest epoch.
            at = st.select_slider("Epoch", kept, value=kept[-1], key=f"epoch_{run.id}_{len(kept)}")
        image = last_drawing()
        if image is None:
            st.caption(
                "Draw something on the Draw page: here it is shown what the network said of "
                "it after each epoch."
            )
        else:
            answers = answers_by_epoch(run.folder, [at], image)[0]
            answer = label_name(int(answers.argmax()), run.class_names)
            st.caption(f"Your last drawing, after epoch {at}: a {as_typed(answer)}.")
            html.show(html.bars(answers, names=run.class_names))
    with right:
        st.caption(
            "Share of each digit's images read rightly: of those kept back to validate, or, "
            "where none are, of 2,000 test images. " + classes_words(run.class_names)
        )
        shares = class_accuracies(run.folder, kept)
        live_chart(epochs_figure(kept, shares, at), f"epochs_{run.id}")
