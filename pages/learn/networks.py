"""The trained network that a course shows: the reader's own, or the one that comes with the app."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from mnist_core import ModelError, Run, RunError, StoredModel, open_model, open_run
from mnist_core.i18n import _, pgettext
from mnist_core.recipes.recipe import Recipe
from pages.learn.courses import Lesson, go
from pages.shared.networks import NO_NETWORK
from pages.shared.setting_words import setting_label, setting_value
from pages.shared.text import as_typed


@dataclass(frozen=True)
class ShownNetwork:
    """A trained network.

    Attributes:
        run: the reader's run that it comes from; None for the one that comes with the app.
    """

    model: StoredModel
    run: Run | None

    @property
    def history(self) -> Mapping[str, Sequence[float]]:
        """Metric name -> value after each epoch."""
        history: Mapping[str, Sequence[float]] = self.model.card["history"]
        return history


def own_runs(lesson: Lesson) -> list[Run]:
    """The reader's runs in this course that are still there, the newest last."""
    runs = []
    for run_id in lesson.progress.runs:
        try:
            run = open_run(run_id)
        except RunError:
            continue
        if run.id == run_id:
            runs.append(run)
    return runs


def shown_network(lesson: Lesson) -> ShownNetwork | None:
    """The network of the reader's newest run that has one; else the one that comes with the app."""
    for run in reversed(own_runs(lesson)):
        model = None if run.active else run.model()
        if model:
            return ShownNetwork(model, run)
    try:
        return ShownNetwork(open_model(lesson.course.recipe), None)
    except ModelError:
        return None


def link_name(shown: ShownNetwork) -> str:
    """What See inside calls it in its address."""
    return shown.run.id if shown.run else shown.model.name


def introduce_network(lesson: Lesson) -> bool:
    """Say which network the views of this step show; whether there is any."""
    runs = own_runs(lesson)
    if runs and runs[-1].active and set(lesson.step.views) & {"curves", "epoch_lines"}:
        st.caption(
            _(
                "Shown is your run {name}, which is being trained. A point comes at the end of "
                "each epoch.",
                name=as_typed(runs[-1].name),
            )
        )
        return True
    shown = shown_network(lesson)
    if shown is None:
        st.info(_(NO_NETWORK))
        return False
    images = shown.model.card["data"]["train_images"]
    if shown.run is None:
        st.caption(
            _(
                "Shown is {network}, which comes with the app: the tutorial's settings, trained on "
                "{images:,} images of {data}.",
                network=as_typed(shown.model.title),
                images=images,
                data=as_typed(shown.model.data_name),
            )
        )
    else:
        words = differences(shown.run.recipe, lesson.base)
        st.caption(
            _(
                "Shown is your run {name}: {settings}, trained on {images:,} images of {data}.",
                name=as_typed(shown.run.name),
                settings=as_typed(words),
                images=images,
                data=as_typed(shown.model.data_name),
            )
        )
        other = differences(lesson.recipe, shown.run.recipe)
        if lesson.recipe.digest() != shown.run.recipe.digest():
            st.caption(
                _(
                    "Chosen since then: {settings}. Train again to see the difference.",
                    settings=as_typed(other),
                )
            )
    _way_to_training(lesson, again=shown.run is not None)
    return True


def differences(recipe: Recipe, base: Recipe) -> str:
    """What differs from another recipe, in the words of the forms."""
    changes = recipe.changes(base)
    if not changes:
        return _("the tutorial's settings")
    return pgettext("between settings", ", ").join(
        f"{setting_label(change.key)} {setting_value(change.after)}" for change in changes
    )


def _way_to_training(lesson: Lesson, again: bool) -> None:
    """A button to the step where the reader can train, unless this is it."""
    steps = lesson.course.steps
    step = next((step for step in steps if "run" in step.views), None)
    if step is None or "run" in lesson.step.views:
        return
    number = steps.index(step) + 1
    st.button(
        _("Train again in step {number}", number=number)
        if again
        else _("Train your own in step {number}", number=number),
        type="tertiary",
        icon=":material/play_arrow:",
        key="to_training",
        on_click=go,
        args=(lesson.course, step),
    )
