"""Labels that are likely wrong, and images that nobody can tell for sure."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from mnist_core import Dataset, Recipe, StoredModel, get_recipe, list_models
from mnist_core.i18n import Sentences, Text, _
from mnist_core.recipes.builtin import display_name
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
from mnist_core.runs.estimate import describe_range, training_seconds
from mnist_core.runs.runs import list_runs
from mnist_core.system.computations import Computation, read_computation
from pages.dataset.links import open_image
from pages.shared import state
from pages.shared.access import may_change, owner_note
from pages.shared.datasets import SPLITS, Split, count_of, named, part, title
from pages.shared.following import followed
from pages.shared.paper import image_grid
from pages.shared.text import as_typed

SHOWN = 240  # images at most
ALL = ""  # in the place of a network's name: all of them together
LIKELY: str
MISREAD: str
AMBIGUOUS: str
PEOPLE: str
LIKELY, MISREAD, AMBIGUOUS, PEOPLE = (
    Text("Likely wrong labels"),
    Text("Misclassified"),
    Text("Ambiguous"),
    Text("Confirmed by people"),
)
TOLD: dict[str, str] = {
    LIKELY: Text(
        "The network is at least as confident of another class as it is on average for images "
        "of that class. The likeliest errors come first."
    ),
    MISREAD: Text(
        "Other images that the network assigns to another class, the most confident first. "
        "Most of these are mistakes of the network."
    ),
    AMBIGUOUS: Text(
        "The two likeliest classes are almost equally likely, the closest first. Perhaps "
        "nobody can tell which was meant."
    ),
    PEOPLE: Text(
        "Five people looked at each of 100 suspicious test images (Northcutt, Athalye and "
        "Mueller 2021). For these, at most two of the five agreed with the label."
    ),
}
TOGETHER = Text(
    "Images whose label at least two of the networks find likely wrong, those that most networks "
    "doubt first. Several networks together make fewer mistakes than each alone."
)
WORDS = Text("""
- **Label error**: the label differs from what the image shows.
- **Confident learning**: each class has an average confidence, over the images with that label. An
  image is suspicious if the network is at least that confident of a class that is not its label.
- **Out of sample**: the network wasn't trained on the image. Otherwise it might have memorized the
  label.
- **Cross-validation**: the training images are split into equal parts (folds). Each fold is
  predicted by a network that was trained on the others.
""")


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
        _(
            "People assigned the labels, and a few labels of every large data set are wrong. "
            "Networks can point at them."
        )
    )
    state.ERRORS_SPLIT_WIDGET.ensure()
    split = st.segmented_control(
        _("Split"),
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
    with st.expander(_("Glossary"), icon=":material/help:"):
        st.markdown(_(WORDS))


# --- test labels --------------------------------------------------------------------------


def by_networks(dataset: Dataset) -> None:
    """Errors among the test labels: the stored networks were asked about each image long ago."""
    trained = sorted(
        (model for model in list_models()[0] if model.card["data"]["digest"] == dataset.digest()),
        key=lambda model: -model.evaluation.accuracy,
    )
    models = _chosen(trained)
    if not trained:
        st.info(
            _(
                "No stored network was trained on {dataset}. Train one on the Train page and press "
                "“Draw with it”, which stores it: its predictions are needed here.",
                dataset=as_typed(dataset.name),
            )
        )
        return
    if not models:
        st.info(_("Choose at least one network."))
        return
    job = followed(
        lambda: read_computation(model_errors_folder(models)),
        lambda: start_model_errors(models, dataset.y_test),
        slot="label_errors",
        about=model_errors_folder(models),
        words=_(
            "Comparing the networks' predictions with the labels, which takes about ten seconds, "
            "once …"
        ),
        again=_("Search again"),
        every=1.0,
    )
    if job.finished:
        st.fragment(_findings)(dataset, models, job)


def _chosen(trained: Sequence[StoredModel]) -> list[StoredModel]:
    """Which networks are asked: at first those that came with the app, as weak ones find errors
    everywhere; all where none of them was trained on this data."""
    names = [model.name for model in trained]
    shipped = [model.name for model in trained if not model.card.get("run")]
    if len(names) < 2:
        return list(trained)
    titles = {model.name: model.title for model in trained}
    chosen = st.multiselect(
        _("Networks"),
        names,
        shipped or names,
        key=state.ERRORS_NETWORKS_WIDGET.key,
        persist_state="session",
        format_func=lambda name: titles.get(name, name),
    )
    return [model for model in trained if model.name in chosen]


def _findings(dataset: Dataset, models: Sequence[StoredModel], job: Computation) -> None:
    findings = {model.name: label_errors_from_arrays(job.arrays, model.name) for model in models}
    titles = {model.name: model.title for model in models}
    choices = [ALL, *findings] if len(findings) > 1 else list(findings)
    by = st.selectbox(
        _("According to"),
        choices,
        key="errors_by",
        width=330,
        persist_state="session",
        format_func=lambda name: titles.get(
            name, _("All {count} networks together", count=len(findings))
        ),
    )
    if by == ALL:
        agreed = {agreement.row: agreement for agreement in find_agreement(list(findings.values()))}
        best = findings[models[0].name]
        show(
            Finding(
                dataset,
                "test",
                _("most of these networks"),
                best,
                {LIKELY: np.array(list(agreed), np.intp)},
                {**TOLD, LIKELY: TOGETHER},
                agreed,
            )
        )
    else:
        show(Finding(dataset, "test", titles[by], findings[by], _lists(findings[by]), TOLD, {}))


def _lists(errors: LabelErrors) -> dict[str, NDArray[np.intp]]:
    return {LIKELY: errors.likely, MISREAD: errors.misread, AMBIGUOUS: errors.ambiguous}


# --- training labels ----------------------------------------------------------------------


def by_crossval(dataset: Dataset) -> None:
    """Errors among the training labels: needs a cross-validation, which takes minutes."""
    names = recipe_names()
    if state.ERRORS_RECIPE_WIDGET.get() not in names:
        state.ERRORS_RECIPE_WIDGET.set("fast_cnn" if "fast_cnn" in names else names[0])
    name = st.selectbox(
        _("Recipe"),
        names,
        key=state.ERRORS_RECIPE_WIDGET.key,
        width=330,
        persist_state="session",
        format_func=display_name,
    )
    recipe = get_recipe(name)
    folder = crossval_errors_folder(recipe, dataset)

    def offer() -> bool:
        st.markdown(
            _(
                "{folds} networks are trained, each on {folds2} fifths of the training images, and "
                "predict the remaining fifth.",
                folds=FOLDS,
                folds2=FOLDS - 1,
            )
        )
        return _start_button(dataset, recipe, folds_done(read_computation(folder)))

    def stop(_job: Computation) -> None:
        if may_change() and st.button(
            _("Stop"), icon=":material/stop:", disabled=(folder / "stop").exists()
        ):
            stop_crossval_errors(folder)
            st.rerun()

    job = followed(
        lambda: read_computation(folder),
        lambda: start_crossval_errors(recipe, dataset),
        slot="crossval_errors",
        about=folder,
        words=lambda job: _(
            "Cross-validation: {step}. It runs in the background, even when the page is closed.",
            step=job.words or Text("starting"),
        ),
        offer=offer,
        interrupted="",  # stopped by hand, and gone on with by hand
        below=stop,
        every=1.0,
    )
    if job.finished:
        st.fragment(_crossval)(dataset, recipe, job)


def _crossval(dataset: Dataset, recipe: Recipe, job: Computation) -> None:
    errors = label_errors_from_arrays(job.arrays)
    who = _("{recipe}, trained without it,", recipe=display_name(recipe.name))
    show(Finding(dataset, "train", who, errors, _lists(errors), TOLD, {}))


def _start_button(dataset: Dataset, recipe: Recipe, done: int) -> bool:
    if not may_change():
        owner_note(_("train the networks of this search"), "errors")
        return False
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button(
            _("Continue") if done else _("Start"), type="primary", icon=":material/play_arrow:"
        )
        images = len(dataset.y_train[: recipe.train_images]) * (FOLDS - 1) // FOLDS
        seconds = training_seconds(recipe, images, list_runs())
        if seconds is not None:
            st.caption(
                _(
                    "Takes about {describe_range} on this machine.",
                    describe_range=describe_range((FOLDS - done) * seconds),
                )
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
            _("Which images"),
            list(lists),
            key=state.ERRORS_LIST_WIDGET.key,
            required=True,
            persist_state="session",
            format_func=lambda name: _(
                "{images} ({count:,})", images=_(name), count=len(lists[name])
            ),
            label_visibility="collapsed",
        )
        or LIKELY
    )
    rows = lists[which]
    words = finding.told[which]
    if finding.confirmed and which != PEOPLE:
        by_people = sum(int(row) in CONFIRMED_ERRORS for row in rows)
        words = Sentences(
            words,
            Text(
                "{by_people} of these {count:,} are among the {confirmed} that people confirmed as "
                "wrong or unclear (marked *).",
                by_people=by_people,
                count=len(rows),
                confirmed=len(CONFIRMED_ERRORS),
            ),
        )
    st.caption(_(words))
    if not len(rows):
        st.info(_("None found."))
        return
    shown = rows[:SHOWN]
    if len(rows) > SHOWN:
        st.caption(
            _(
                "The first {shown} of {rows:,} are shown. The table has all of them.",
                shown=SHOWN,
                rows=len(rows),
            )
        )
    clicked = image_grid(
        part(finding.dataset, finding.split)[0][shown],
        [_title(finding, int(row)) for row in shown],
        labels=[_caption(finding, int(row), which) for row in shown],
        side=84,
        key="errors_grid",
    )
    if clicked is not None:
        open_image(finding.split, int(shown[clicked]))
    other = {PEOPLE: _("the proposed label"), AMBIGUOUS: _("the other likely label")}.get(
        which, _("the prediction of {network}", network=as_typed(finding.by))
    )
    st.caption(_("Below each image: its label → {other}. Click one to open it.", other=other))
    st.download_button(
        _("Download as CSV"),
        lambda: _csv(finding, rows),
        icon=":material/download:",
        file_name=f"{finding.dataset.name}-{finding.split}-labels.csv",
        mime="text/csv",
        on_click="ignore",
    )


def _title(finding: Finding, row: int) -> str:
    parts, errors = [title(finding.dataset, finding.split, row)], finding.found
    if agreed := finding.agreed.get(row):
        parts.append(_("{count} networks doubt the label", count=agreed.networks))
    elif not finding.agreed:
        read = named(finding.dataset, int(errors.predicted[row]))
        parts.append(
            _("predicted {label} ({confidence:.1%})", label=read, confidence=errors.confidence[row])
        )
    if finding.confirmed and describe_votes(row):
        parts.append(_("people: {votes}", votes=describe_votes(row)))
    return " · ".join(parts)


def _caption(finding: Finding, row: int, which: str) -> str:
    label, errors = int(finding.labels[row]), finding.found
    other = int(errors.predicted[row])
    if which == PEOPLE:
        other = CONFIRMED_ERRORS[row][1]
    elif row in finding.agreed:
        other = finding.agreed[row].proposed
    elif other == label:
        other = int(errors.runner_up[row])
    mark = " *" if finding.confirmed and which != PEOPLE and row in CONFIRMED_ERRORS else ""
    return f"{label} → {other}{mark}"


def _csv(finding: Finding, rows: NDArray[np.intp]) -> str:
    table = label_errors_table(finding.found, rows, finding.labels, finding.confirmed)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(table[0]))
    writer.writeheader()
    writer.writerows(table)
    return text.getvalue()
