"""The form of the Studies page: what to study, and with which settings."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from mnist_core import MnistCoreError, Recipe, RecipeError, get_recipe, list_runs
from mnist_core.data.collection import StoredData, data_names, load_data
from mnist_core.data.dataset import STAND_IN_NAME, Dataset
from mnist_core.recipes.builtin import display_name
from mnist_core.recipes.saved import recipe_names
from mnist_core.runs.advice import misfit
from mnist_core.runs.estimate import START, describe_range, study_seconds
from mnist_core.studies.search_space import check_choice, default_space, searchable, suggested_span
from mnist_core.studies.state import CROSSVAL, SEARCH
from mnist_core.studies.study import (
    FOLDS,
    TRIALS,
    list_studies,
    read_study,
    start_crossval,
    start_search,
    with_validation,
)
from mnist_core.studies.workers import read_workers, start_work
from pages.shared import state
from pages.shared.access import made, may_change, owner_note
from pages.shared.data_choice import learn_from
from pages.shared.datasets import FULL, test_data, training_images
from pages.shared.links import new_link, number_from
from pages.shared.setting_words import setting_help, setting_label
from pages.shared.text import as_message

KINDS = {CROSSVAL: "Cross-validation", SEARCH: "Hyperparameter search"}
DESCRIPTIONS = {
    CROSSVAL: "**How good is this recipe, and how certain is that?** The training images are split "
    "into equal parts, the **folds**. For each fold, one network is trained on all the others "
    "and tested on this one. The test images are not used.",
    SEARCH: "**Which settings make this recipe better?** Each **trial** trains the recipe with "
    "other settings. Optuna, a search library, tries settings near those that did well and stops "
    "trials early that do worse than most. Trials are compared on validation images, which are set "
    "aside from the training images. The test images are not used.",
}
SPANS = (
    "`16..256` is a range, including both ends. A range over a factor of ten or more is searched "
    "on a logarithmic scale. `adam,sgd` is a list of values. `null` is none."
)


def take_link() -> None:
    """Set the form as the address asks: `?kind=crossval&recipe=dense_512&folds=5`.

    `trials` is for `kind=tune`; `data` is the data set, `study` a study to show.
    """
    asked = new_link("studies")
    for name, known, value in (
        ("kind", list(KINDS), state.STUDY_KIND_WIDGET),
        ("recipe", recipe_names(), state.STUDY_RECIPE_WIDGET),
        ("data", data_names(), state.LEARN_FROM["studies"]),
    ):
        wanted = asked.get(name, [""])[-1]
        if wanted in known:
            value.set(wanted)
        elif wanted:
            text = f"The link asks for the {name} {wanted!r}. There are: {', '.join(known)}."
            st.warning(as_message(text))
    folds, trials = number_from(asked, "folds", 2, 20), number_from(asked, "trials", 1, 1000)
    if folds is not None:
        state.STUDY_FOLDS_WIDGET.set(folds)
    if trials is not None:
        state.STUDY_TRIALS_WIDGET.set(trials)
    if "study" in asked:
        state.WATCHED_STUDY.set(asked["study"][-1])


def study_form() -> None:
    """The controls and the button that starts."""
    take_link()
    state.STUDY_KIND_WIDGET.ensure()
    kind = st.segmented_control(
        "Study",
        list(KINDS),
        format_func=KINDS.__getitem__,
        key=state.STUDY_KIND_WIDGET.key,
        label_visibility="collapsed",
        required=True,
    )
    kind = kind or CROSSVAL
    st.markdown(DESCRIPTIONS[kind])
    data = learn_from("studies")
    if test_data().stand_in and not data:
        st.caption(
            f"MNIST is missing, so this study would use {STAND_IN_NAME}, to its end. To study "
            "MNIST, download it first."
        )
    names = recipe_names()
    if state.STUDY_RECIPE_WIDGET.ensure() not in names:
        state.STUDY_RECIPE_WIDGET.clear()
        state.STUDY_RECIPE_WIDGET.ensure()
    name = st.selectbox("Recipe", names, key=state.STUDY_RECIPE_WIDGET.key, format_func=_titled)
    try:
        recipe = get_recipe(name)
    except RecipeError as error:
        st.error(as_message(error))
        return
    slots, recipe = _numbers(kind, recipe, data.train_images if data else FULL)
    if data and (words := misfit(recipe, data.class_names)):
        st.warning(as_message(words))
    if kind == CROSSVAL:
        _start(kind, recipe, slots, data, lambda data: start_crossval(recipe, data, slots))
        return
    recipe = with_validation(recipe)
    space = _space(recipe)
    _start(
        kind,
        recipe,
        slots,
        data,
        lambda data: start_search(recipe, data, slots, space),
        space is None,
    )


def _titled(name: str) -> str:
    try:
        return f"{display_name(name)} · {get_recipe(name).title}"
    except RecipeError:
        return f"{display_name(name)} · can't be read"


def _numbers(kind: str, recipe: Recipe, most: int) -> tuple[int, Recipe]:
    """(how many folds or trials, the recipe with what is set here)."""
    (first, second), (third, fourth) = st.columns(2), st.columns(2)
    with first:
        if kind == CROSSVAL:
            state.STUDY_FOLDS_WIDGET.ensure(FOLDS)
            slots = st.number_input(
                "Folds",
                2,
                20,
                key=state.STUDY_FOLDS_WIDGET.key,
                help="One network is trained per fold, on all the other folds.",
            )
        else:
            state.STUDY_TRIALS_WIDGET.ensure(TRIALS)
            slots = st.number_input(
                "Trials",
                1,
                1000,
                key=state.STUDY_TRIALS_WIDGET.key,
                help="Number of settings to try. The first trial is the recipe as it is.",
            )
    changes: dict[str, Any] = {}
    with second:
        changes["epochs"] = st.number_input(
            "Epochs",
            1,
            1000,
            recipe.epochs,
            key=f"study_epochs_{recipe.name}",
            help="Passes over the training images, for each network.",
        )
    with third:
        changes["train_images"] = (
            st.number_input(
                "Training images",
                0,
                most,
                min(recipe.train_images, most) if recipe.train_images else None,
                1000,
                key=f"study_images_{recipe.name}_{most}",
                help=setting_help("train_images"),
                placeholder="all",
            )
            or None
        )
    with fourth:
        changes["seed"] = st.number_input(
            "Random seed",
            0,
            2**32 - 1,
            recipe.seed,
            key=f"study_seed_{recipe.name}",
            help="The same seed gives the same study.",
        )
    return int(slots), recipe.with_settings(changes)


def _space(recipe: Recipe) -> dict[str, str] | None:
    """What is searched, a control for each setting; None while one of them can't be."""
    keys = st.multiselect(
        "Settings to search",
        searchable(recipe),
        list(default_space(recipe)),
        format_func=setting_label,
        key=f"study_keys_{recipe.name}",
        help="With few trials, search few settings. A layer's setting starts with its name.",
    )
    if not keys:
        st.error("Choose at least one setting to search.")
        return None
    st.caption(SPANS)
    space, fine = {}, True
    for start in range(0, len(keys), 2):
        for column, key in zip(st.columns(2), keys[start : start + 2], strict=False):
            with column:
                space[key] = st.text_input(
                    setting_label(key),
                    suggested_span(recipe, key),
                    key=f"study_span_{recipe.name}_{key}",
                    help=setting_help(key),
                ).replace(" ", "")
                try:
                    check_choice(recipe, key, space[key])
                except RecipeError as error:
                    st.error(as_message(error))
                    fine = False
    return space if fine else None


def _start(
    kind: str,
    recipe: Recipe,
    slots: int,
    data: StoredData | None,
    create: Callable[[Dataset], str],
    refused: bool = False,
) -> None:
    """The button, with how long it will take."""
    if not may_change():
        owner_note("start studies", "studies")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button(
            "Start",
            type="primary",
            icon=":material/play_arrow:",
            key="start_study",
            disabled=refused,
        )
        try:
            images = data.train_images if data else training_images()
            seconds = study_seconds(recipe, images, slots, kind == CROSSVAL, list_runs())
        except RecipeError as error:
            st.error(as_message(error))
            return
        if seconds is not None:
            on = f" on {STAND_IN_NAME}" if test_data().stand_in and not data else ""
            most = "" if kind == CROSSVAL else "at most "
            st.caption(f"Takes {most}about {describe_range(seconds + START)} on this machine{on}.")
    if not pressed:
        return
    try:
        with st.spinner("Reading the training images …"):
            known = {study.name for study in list_studies()}
            name = create(load_data(data.name if data else None))
            if name not in known:
                made("study", name)
            if read_study(name).finished:
                st.toast("This study is finished already. Here are its results.")
            elif not read_workers(name).alive:
                start_work(name)
    except MnistCoreError as error:
        st.error(as_message(error))
        return
    state.WATCHED_STUDY.set(name)
    state.STUDIES_STARTED.set(state.STUDIES_STARTED.get() + 1)
    st.rerun()
