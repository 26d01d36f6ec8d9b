"""One run on the Train page: where it is, its curves, what they show, its epochs."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from mnist_core import MnistCoreError, Run, RunError, StoredModel, open_run, resume_run, stop_run
from mnist_core.data.dataset import label_name
from mnist_core.data.release import MNIST
from mnist_core.figures.training_charts import Curves, curves_figure, epochs_figure
from mnist_core.i18n import Sentences, Text, _
from mnist_core.recipes.recipe import TEST_SET, TEST_SET_WARNING
from mnist_core.runs.advice import notices
from mnist_core.runs.epoch_log import keras_log
from mnist_core.runs.estimate import in_words
from mnist_core.runs.queue import runs_ahead
from mnist_core.runs.replay import answers_by_epoch, class_accuracies, kept_epochs
from mnist_core.runs.runs import (
    FAILED,
    INTERRUPTED,
    WAITING,
    store_network,
)
from pages.components.live import live_chart
from pages.shared import html, state
from pages.shared.access import may_change
from pages.shared.canvas import last_drawing
from pages.shared.data_choice import classes_words
from pages.shared.following import follow
from pages.shared.navigation import page_file
from pages.shared.runs import STATES, opened_run
from pages.shared.text import as_message, as_typed

VALIDATED_ON_TEST = Text(
    "It is validated on the test images. Choose nothing by that curve, or the test accuracy is no "
    "independent measure any more."
)
METRICS = {"loss": Text("loss"), "accuracy": Text("accuracy")}
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
        lambda: opened_run(run_id),
        _show,
        working=lambda run: run is not None and run.active,
        version=lambda run: run is not None and (run.active,),
        every=1.0,
    )


def _show(run: Run | None) -> None:
    if run is None:
        return
    for part in (head, curves, epoch_table, epochs):
        with st.container():  # else a line that comes or goes moves all that is under it
            part(run)


def head(run: Run) -> None:
    """Its name, where it is, and what can be done about it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(as_typed(run.name), anchor=False, width="stretch")
        if run.active and may_change("run", run.id):
            _button(Text("Stop"), ":material/stop:", stop_run, run)
        elif run.resumable and may_change("run", run.id):
            _button(Text("Resume"), ":material/play_arrow:", resume_run, run)
        if not run.active and run.model():
            draw_with(run)
    status = run.status
    words = _(STATES[run.state])
    if run.state == WAITING:
        ahead = len(runs_ahead((status.queued, run.id)))
        words = _("Queued, {n} ahead", n=ahead) if ahead else words
    if run.state == "training":
        words += " · " + _(
            "epoch {epoch} of {epochs}, batch {batch:,} of {batches:,}",
            epoch=status.epoch,
            epochs=status.epochs,
            batch=status.batch,
            batches=status.batches,
        )
    if run.stopping:
        words += " · " + _("stopping …")
    st.progress(min(run.share, 1.0), text=words)
    facts = []
    if run.state == "training" and status.images_per_second:
        facts.append((_("images per second"), f"{status.images_per_second:,.0f}"))
    if run.state == "training" and status.seconds_left is not None:
        facts.append((_("left, about"), in_words(status.seconds_left)))
    if run.active:
        for name, value in (status.metrics or {}).items():
            facts.append(
                (_("{quantity}, this epoch", quantity=METRICS.get(name, name)), f"{value:.4f}")
            )
    model = run.model()
    if model and not run.active:
        low, high = model.evaluation.accuracy_interval
        facts += [
            (
                _("test accuracy, {n:,} images", n=model.evaluation.n),
                f"{model.evaluation.accuracy:.2%}",
            ),
            (_("95% confidence interval"), _("{low:.2%} to {high:.2%}", low=low, high=high)),
            (test_loss_name(model), f"{model.evaluation.loss:.4f}"),
            *training_facts(model),
            (_("training time"), in_words(model.card["seconds"])),
            (_("parameters"), f"{model.card['parameters']:,}"),
        ]
    if run.data_name != MNIST.name:
        facts.append((_("data"), run.data_name))
    if status.device:
        facts.append((_("device"), status.device))
    if facts:
        html.show(html.facts(facts))
    if run.recipe.validation == TEST_SET:
        st.warning(_(TEST_SET_WARNING if model else VALIDATED_ON_TEST))
    if run.status.diverged and run.state == "stopped":
        st.warning(as_message(run.message))
    if run.state == FAILED and run.message:
        st.error(as_message(run.message))
    if run.state in (FAILED, INTERRUPTED):
        with st.expander(_("Last log lines")):
            st.code(run.log_tail() or _("The log is empty."), language=None)


def draw_with(run: Run) -> None:
    """The button that leads to the Draw page with the run's network."""
    words: str = Text("Your Draw page uses this network. Nobody else's changes.")
    if run.class_names:
        trained = Text(
            "It was trained on {data} and answers with its classes.", data=as_typed(run.data_name)
        )
        words = Sentences(words, trained)
    if st.button(_("Draw with it"), icon=":material/draw:", key=f"use_{run.id}", help=_(words)):
        try:
            state.DRAWING_NETWORK.set(store_network(run).name)
        except MnistCoreError as error:
            st.error(as_message(error))
            return
        st.switch_page(page_file("draw"))


def test_loss_name(model: StoredModel) -> str:
    """What the test loss is called: it is the cross-entropy, whatever training minimized."""
    return _("test loss") if model.recipe.is_cross_entropy else _("test loss (cross-entropy)")


def training_facts(model: StoredModel) -> list[tuple[str, str]]:
    """Training accuracy and loss of the last epoch, and what was set aside: (name, value)."""
    facts = []
    for metric, form in (("accuracy", ".2%"), ("loss", ".4f")):
        value = model.last_epoch(metric)
        if value is not None:
            facts.append(
                (_("training {quantity}, last epoch", quantity=METRICS[metric]), f"{value:{form}}")
            )
    aside = model.set_aside
    if aside:
        facts.append((_("accuracy, {n:,} images set aside", n=aside.n), f"{aside.accuracy:.2%}"))
    return facts


def _button(text: str, icon: str, do: Callable[[Run], None], run: Run) -> None:
    if st.button(_(text), icon=icon, key=f"{text}_{run.id}"):
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
            _("Smoothing"),
            0.0,
            0.98,
            0.6,
            0.02,
            key="smoothing",
            width=260,
            help=_(
                "The loss varies from batch to batch. The line is a moving average; the pale line "
                "behind it shows what was measured."
            ),
        )
        log = st.toggle(_("Logarithmic"), key="log_scale")
    shown = [Curves(run.name, history, batches, run.steps)]
    columns = st.columns(2, gap="medium")
    for column, metric, words in zip(
        columns,
        ("loss", "accuracy"),
        (
            _("Loss: what training minimizes."),
            _("Accuracy: share of correct images."),
        ),
        strict=True,
    ):
        with column:
            st.caption(words)
            live_chart(curves_figure(shown, metric, smoothing, log), f"curve_{metric}_{run.id}")


def epoch_table(run: Run) -> None:
    """Loss and accuracy after each epoch, as Keras prints them."""
    history = run.history()
    if not history:
        return
    with st.expander(_("Epoch table")):
        st.caption(_("As Keras prints it:"))
        st.code(keras_log(history, run.recipe.epochs, run.steps), language=None, height=200)
        table = pd.DataFrame(history)
        table.insert(0, "epoch", range(1, len(table) + 1))
        st.dataframe(table, hide_index=True, key=f"epoch_table_{run.id}")


def epochs(run: Run) -> None:
    """How the answer to the last drawing, and each class's accuracy, changed over the epochs."""
    stored = kept_epochs(run.folder)
    if not stored:
        return
    st.subheader(_("Epoch by epoch"), anchor=False)
    left, right = st.columns([2, 3], gap="medium")
    epoch = stored[-1]
    with left:
        if len(stored) > 1:
            # Without a value of its own it follows the newest epoch.
            epoch = st.select_slider(
                _("Epoch"), stored, value=stored[-1], key=f"epoch_{run.id}_{len(stored)}"
            )
        image = last_drawing()
        if image is None:
            st.caption(
                _(
                    "Draw something on the Draw page, and see here how the network's answer "
                    "changes from epoch to epoch."
                )
            )
        else:
            answers = answers_by_epoch(run.folder, [epoch], image)[0]
            answer = label_name(int(answers.argmax()), run.class_names)
            answer = as_typed(answer)
            st.caption(
                _("Your last drawing after epoch {epoch}: {answer}", epoch=epoch, answer=answer)
            )
            html.show(html.bars(answers, names=run.class_names))
    with right:
        st.caption(
            _(
                "Accuracy by class, on the validation images, or on 2,000 test images where there "
                "are none."
            )
            + " "
            + classes_words(run.class_names)
        )
        shares = class_accuracies(run.folder, stored)
        live_chart(epochs_figure(stored, shares, epoch), f"epochs_{run.id}")
