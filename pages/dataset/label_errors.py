"""Labels that are likely wrong, and images that nobody can tell for sure."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from mnist_core import Dataset, Recipe, StoredModel, get_recipe, list_models
from mnist_core.recipes.saved import recipe_names
from mnist_core.review.confident_learning import (
    Agreement,
    LabelErrors,
    find_agreement,
    label_errors_from_arrays,
    label_errors_table,
)
from mnist_core.review.confirmed_errors import CONFIRMED_ERRORS, describe_votes
from mnist_core.review.label_errors import (
    FOLDS,
    crossval_errors_folder,
    folds_done,
    model_errors_folder,
    start_crossval_errors,
    start_model_errors,
    stop_crossval_errors,
)
from mnist_core.runs.estimate import in_words, training_seconds
from mnist_core.runs.runs import list_runs
from mnist_core.system.tasks import JobState, look_at_job
from pages.components.grid import image_grid
from pages.dataset.links import open_image
from pages.shared import state
from pages.shared.datasets import SPLITS, Split, count_of, named, part, title
from pages.shared.following import followed
from pages.shared.text import as_typed

SHOWN = 240  # images at most
ALL = ""  # in the place of a network's name: all of them together
LIKELY, MISREAD, AMBIGUOUS, PEOPLE = (
    "Likely wrong labels",
    "Read otherwise",
    "Between two",
    "Confirmed by people",
)
TOLD = {
    LIKELY: "The network is surer of another class than it usually is where that class is right. "
    "The likeliest errors come first.",
    MISREAD: "Other images that the network takes for another class, the surest first. Most of "
    "these are its own mistakes.",
    AMBIGUOUS: "The two likeliest classes are nearly even: images between two digits, the evenest "
    "first. Perhaps nobody can tell what was meant.",
    PEOPLE: "Five people looked at each of 100 suspicious test images (Northcutt, Athalye and "
    "Mueller 2021). At most two of the five agreed with the label of these.",
}
TOGETHER = (
    "Each network has weaknesses of its own. These are the images whose label two networks or "
    "more find likely wrong; those that the most networks doubt come first."
)
WORDS = """
- **Label error**: the label says something else than the image shows. Whoever wrote the label
  made a slip, or saw something in it that others don't.
- **Confident learning**: each class has a usual confidence: how sure the network is, on average,
  of images with that label. An image is suspicious if the network is that sure, or surer, of a
  class that is not its label.
- **Out of sample**: the network has not learned from the image that it is asked about. Else it
  would just repeat the label that it was taught.
- **Cross-validation**: the training images are dealt into equal parts (folds). Each part is asked
  of a network that learned from all the others.
"""


@dataclass(frozen=True)
class Finding:
    """What is shown: of a split, by whom, and lists of rows by their name."""

    dataset: Dataset
    split: Split
    by: str
    found: LabelErrors
    lists: Mapping[str, NDArray[np.intp]]
    told: Mapping[str, str]
    agreed: Mapping[int, Agreement]  # by row, where several networks are asked

    @property
    def labels(self) -> NDArray[np.uint8]:
        """Of the split: `(n,)`."""
        return part(self.dataset, self.split)[1]

    @property
    def confirmed(self) -> bool:
        """Whether people's judgements are known of some of these images."""
        return self.split == "test" and self.dataset.verified


def label_errors(dataset: Dataset) -> None:
    """What to look at, the search, and what it found."""
    st.markdown(
        "People wrote the labels, and people slip: a few images of every large data set are "
        "labelled wrongly. A network that has learned from all the others can point at them."
    )
    state.ERRORS_SPLIT_WIDGET.ensure()
    split = st.segmented_control(
        "Split",
        list(SPLITS)[::-1],
        key=state.ERRORS_SPLIT_WIDGET.key,
        required=True,
        format_func=count_of(dataset),
        persist_state="session",
        label_visibility="collapsed",
    )
    if split == "train":
        by_crossval(dataset)
    else:
        by_networks(dataset)
    with st.expander("What do these words mean?", icon=":material/help:"):
        st.markdown(WORDS)


# --- test labels --------------------------------------------------------------------------


def by_networks(dataset: Dataset) -> None:
    """Errors among the test labels: the stored networks were asked about each image long ago."""
    models = sorted(
        (one for one in list_models()[0] if one.card["data"]["digest"] == dataset.digest()),
        key=lambda model: -model.evaluation.accuracy,
    )
    if not models:
        st.info(
            f"No stored network has learned from {as_typed(dataset.name)}. Train one on the "
            "Train page and put it to use: what it says of the test images is needed here."
        )
        return
    job = followed(
        lambda: look_at_job(model_errors_folder(models)),
        lambda: start_model_errors(models, dataset.y_test),
        slot="label_errors",
        about=model_errors_folder(models),
        words="Comparing what each network said of the test images with their labels, which takes "
        "some ten seconds, once …",
        again="Search again",
        every=1.0,
    )
    if job.finished:
        st.fragment(_findings)(dataset, models, job)


def _findings(dataset: Dataset, models: Sequence[StoredModel], job: JobState) -> None:
    findings = {model.name: label_errors_from_arrays(job.arrays, model.name) for model in models}
    choices = [ALL, *findings] if len(findings) > 1 else list(findings)
    by = st.selectbox(
        "By",
        choices,
        key="errors_by",
        width=330,
        persist_state="session",
        format_func=lambda name: name or f"all {len(findings)} networks together",
    )
    if by == ALL:
        agreed = {one.row: one for one in find_agreement(list(findings.values()))}
        best = findings[models[0].name]
        show(
            Finding(
                dataset,
                "test",
                "most of these networks",
                best,
                {LIKELY: np.array(list(agreed), np.intp)},
                {**TOLD, LIKELY: TOGETHER},
                agreed,
            )
        )
    else:
        show(Finding(dataset, "test", by, findings[by], _lists(findings[by]), TOLD, {}))


def _lists(found: LabelErrors) -> dict[str, NDArray[np.intp]]:
    return {LIKELY: found.likely, MISREAD: found.misread, AMBIGUOUS: found.ambiguous}


# --- training labels ----------------------------------------------------------------------


def by_crossval(dataset: Dataset) -> None:
    """Errors among the training labels: needs a cross-validation, which takes minutes."""
    names = recipe_names()
    if state.ERRORS_RECIPE_WIDGET.get() not in names:
        state.ERRORS_RECIPE_WIDGET.set("fast_cnn" if "fast_cnn" in names else names[0])
    name = st.selectbox(
        "Recipe of the networks",
        names,
        key=state.ERRORS_RECIPE_WIDGET.key,
        width=330,
        persist_state="session",
    )
    recipe = get_recipe(name)
    folder = crossval_errors_folder(recipe, dataset)

    def offer() -> bool:
        st.markdown(
            f"{FOLDS} networks are trained, each on {FOLDS - 1} fifths of the training images, and "
            "asked about the fifth that they have not learned from."
        )
        return _start_button(dataset, recipe, folds_done(look_at_job(folder)))

    def stop(_: JobState) -> None:
        if st.button("Stop", icon=":material/stop:", disabled=(folder / "stop").exists()):
            stop_crossval_errors(folder)
            st.rerun()

    job = followed(
        lambda: look_at_job(folder),
        lambda: start_crossval_errors(recipe, dataset),
        slot="crossval_errors",
        about=folder,
        words=lambda job: (
            f"Cross-validation: {job.words or 'is starting'}. It goes on by itself: "
            "close the page, come back."
        ),
        offer=offer,
        interrupted="",  # stopped by hand, and gone on with by hand
        below=stop,
        every=1.0,
    )
    if job.finished:
        st.fragment(_crossval)(dataset, recipe, job)


def _crossval(dataset: Dataset, recipe: Recipe, job: JobState) -> None:
    found = label_errors_from_arrays(job.arrays)
    who = f"{recipe.name}, trained without it,"
    show(Finding(dataset, "train", who, found, _lists(found), TOLD, {}))


def _start_button(dataset: Dataset, recipe: Recipe, done: int) -> bool:
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button(
            "Go on" if done else "Start", type="primary", icon=":material/play_arrow:"
        )
        images = len(dataset.y_train[: recipe.train_images]) * (FOLDS - 1) // FOLDS
        seconds = training_seconds(recipe, images, list_runs())
        if seconds is not None:
            st.caption(
                f"About {in_words((FOLDS - done) * seconds)} on this machine, in the background."
            )
    return pressed


# --- what was found -----------------------------------------------------------------------


def show(finding: Finding) -> None:
    """The lists of images, one at a time."""
    lists = dict(finding.lists)
    if finding.confirmed:
        lists[PEOPLE] = np.array(list(CONFIRMED_ERRORS), np.intp)
    if state.ERRORS_LIST_WIDGET.get() not in lists:
        state.ERRORS_LIST_WIDGET.set(LIKELY)
    which = (
        st.segmented_control(
            "Which images",
            list(lists),
            key=state.ERRORS_LIST_WIDGET.key,
            required=True,
            persist_state="session",
            format_func=lambda name: f"{name} ({len(lists[name]):,})",
            label_visibility="collapsed",
        )
        or LIKELY
    )
    rows = lists[which]
    words = finding.told[which]
    if finding.confirmed and which != PEOPLE:
        by_people = sum(int(row) in CONFIRMED_ERRORS for row in rows)
        words += (
            f" {by_people} of these {len(rows):,} are among the {len(CONFIRMED_ERRORS)} that "
            "people confirmed to be wrong or unclear (marked with *)."
        )
    st.caption(words)
    if not len(rows):
        st.info("None were found.")
        return
    shown = rows[:SHOWN]
    if len(rows) > SHOWN:
        st.caption(f"The first {SHOWN} of {len(rows):,} are shown; the table has them all.")
    clicked = image_grid(
        part(finding.dataset, finding.split)[0][shown],
        [_title(finding, int(row)) for row in shown],
        labels=[_caption(finding, int(row), which) for row in shown],
        side=84,
        key="errors_grid",
    )
    if clicked is not None:
        open_image(finding.split, int(shown[clicked]))
    other = {PEOPLE: "what was proposed instead", AMBIGUOUS: "the other likely one"}.get(
        which,
        f"what {as_typed(finding.by)} read instead"
        if finding.agreed
        else f"what {as_typed(finding.by)} reads",
    )
    st.caption(f"Under each: its label → {other}. Click one to see all about it.")
    st.download_button(
        "These as a table (CSV)",
        lambda: _csv(finding, rows),
        icon=":material/download:",
        file_name=f"{finding.dataset.name}-{finding.split}-labels.csv",
        mime="text/csv",
        on_click="ignore",
    )


def _title(finding: Finding, row: int) -> str:
    told, found = [title(finding.dataset, finding.split, row)], finding.found
    if agreed := finding.agreed.get(row):
        told.append(f"{agreed.networks} networks doubt the label")
    elif not finding.agreed:
        read = named(finding.dataset, int(found.predicted[row]))
        told.append(f"read as {read} ({found.confidence[row]:.1%})")
    if finding.confirmed and describe_votes(row):
        told.append(f"people: {describe_votes(row)}")
    return " · ".join(told)


def _caption(finding: Finding, row: int, which: str) -> str:
    label, found = int(finding.labels[row]), finding.found
    other = int(found.predicted[row])
    if which == PEOPLE:
        other = CONFIRMED_ERRORS[row][1]
    elif row in finding.agreed:
        other = finding.agreed[row].proposed
    elif other == label:
        other = int(found.runner_up[row])
    mark = " *" if finding.confirmed and which != PEOPLE and row in CONFIRMED_ERRORS else ""
    return f"{label} → {other}{mark}"


def _csv(finding: Finding, rows: NDArray[np.intp]) -> str:
    table = label_errors_table(finding.found, rows, finding.labels, finding.confirmed)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(table[0]))
    writer.writeheader()
    writer.writerows(table)
    return text.getvalue()
