"""The form of the Studies page: what to study, and with which settings."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from mnist_core import MnistCoreError, Recipe, RecipeError, get_recipe, list_runs
from mnist_core.data.collection import StoredData, data_names, load_data
from mnist_core.data.dataset import STAND_IN_NAME, Dataset
from mnist_core.i18n import Text, _
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

KINDS = {CROSSVAL: Text("Cross-validation"), SEARCH: Text("Hyperparameter search")}
DESCRIPTIONS = {
    CROSSVAL: Text(
        "**How good is this recipe, and how certain is that?** The training images are split into "
        "equal parts, the **folds**. For each fold, one network is trained on all the others and "
        "tested on this one. The test images are not used."
    ),
    SEARCH: Text(
        "**Which settings make this recipe better?** Each **trial** trains the recipe with other "
        "settings. Optuna, a search library, tries settings near those that did well and stops "
        "trials early that do worse than most. Trials are compared on validation images, which "
        "are set aside from the training images. The test images are not used."
    ),
}
SPANS = Text(
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
            asks = Text(
                "The link asks for the {name} {wanted!r}. There are: {known}.",
                name=name,
                wanted=wanted,
                known=", ".join(known),
            )
            st.warning(as_message(asks))
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
        _("Study"),
        list(KINDS),
        format_func=lambda kind: _(KINDS[kind]),
        key=state.STUDY_KIND_WIDGET.key,
        label_visibility="collapsed",
        required=True,
    )
    kind = kind or CROSSVAL
    st.markdown(_(DESCRIPTIONS[kind]))
    data = learn_from("studies")
    if test_data().stand_in and not data:
        stand_in = _(STAND_IN_NAME)
        st.caption(
            _(
                "MNIST is missing, so this study would use {data}, to its end. To study MNIST, "
                "download it first.",
                data=stand_in,
            )
        )
    names = recipe_names()
    if state.STUDY_RECIPE_WIDGET.ensure() not in names:
        state.STUDY_RECIPE_WIDGET.clear()
        state.STUDY_RECIPE_WIDGET.ensure()
    name = st.selectbox(_("Recipe"), names, key=state.STUDY_RECIPE_WIDGET.key, format_func=_titled)
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
        return f"{display_name(name)} · {_(get_recipe(name).title)}"
    except RecipeError:
        return _("{recipe} · can't be read", recipe=display_name(name))


def _numbers(kind: str, recipe: Recipe, most: int) -> tuple[int, Recipe]:
    """(how many folds or trials, the recipe with what is set here)."""
    (first, second), (third, fourth) = st.columns(2), st.columns(2)
    with first:
        if kind == CROSSVAL:
            state.STUDY_FOLDS_WIDGET.ensure(FOLDS)
            slots = st.number_input(
                _("Folds"),
                2,
                20,
                key=state.STUDY_FOLDS_WIDGET.key,
                help=_("One network is trained per fold, on all the other folds."),
            )
        else:
            state.STUDY_TRIALS_WIDGET.ensure(TRIALS)
            slots = st.number_input(
                _("Trials"),
                1,
                1000,
                key=state.STUDY_TRIALS_WIDGET.key,
                help=_("Number of settings to try. The first trial is the recipe as it is."),
            )
    changes: dict[str, Any] = {}
    with second:
        changes["epochs"] = st.number_input(
            _("Epochs"),
            1,
            1000,
            recipe.epochs,
            key=f"study_epochs_{recipe.name}",
            help=_("Passes over the training images, for each network."),
        )
    with third:
        changes["train_images"] = (
            st.number_input(
                _("Training images"),
                0,
                most,
                min(recipe.train_images, most) if recipe.train_images else None,
                1000,
                key=f"study_images_{recipe.name}_{most}",
                help=setting_help("train_images"),
                placeholder=_("all"),
            )
            or None
        )
    with fourth:
        changes["seed"] = st.number_input(
            _("Random seed"),
            0,
            2**32 - 1,
            recipe.seed,
            key=f"study_seed_{recipe.name}",
            help=_("The same seed gives the same study."),
        )
    return int(slots), recipe.with_settings(changes)


def _space(recipe: Recipe) -> dict[str, str] | None:
    """What is searched, a control for each setting; None while one of them can't be."""
    keys = st.multiselect(
        _("Settings to search"),
        searchable(recipe),
        list(default_space(recipe)),
        format_func=setting_label,
        key=f"study_keys_{recipe.name}",
        help=_("With few trials, search few settings. A layer's setting starts with its name."),
    )
    if not keys:
        st.error(_("Choose at least one setting to search."))
        return None
    st.caption(_(SPANS))
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
        owner_note(Text("start studies"), "studies")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button(
            _("Start"),
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
            stand_in = test_data().stand_in and not data
            st.caption(_duration(kind, describe_range(seconds + START), stand_in))
    if not pressed:
        return
    try:
        with st.spinner(_("Reading the training images …")):
            known = {study.name for study in list_studies()}
            name = create(load_data(data.name if data else None))
            if name not in known:
                made("study", name)
            if read_study(name).finished:
                st.toast(_("This study is finished already. Here are its results."))
            elif not read_workers(name).alive:
                start_work(name)
    except MnistCoreError as error:
        st.error(as_message(error))
        return
    state.WATCHED_STUDY.set(name)
    state.STUDIES_STARTED.set(state.STUDIES_STARTED.get() + 1)
    st.rerun()


def _duration(kind: str, time: str, stand_in: bool) -> str:
    """How long a study will take, as a sentence."""
    data = _(STAND_IN_NAME)
    if kind == CROSSVAL and stand_in:
        return _("Takes about {time} on this machine on {data}.", time=time, data=data)
    if kind == CROSSVAL:
        return _("Takes about {time} on this machine.", time=time)
    if stand_in:
        return _("Takes at most about {time} on this machine on {data}.", time=time, data=data)
    return _("Takes at most about {time} on this machine.", time=time)
