"""The form of the Train page: a recipe, its layers and its settings, to be changed."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from markupsafe import Markup

from mnist_core import Recipe, RecipeError, get_recipe
from mnist_core.i18n import ENGLISH, Text, _, language, listed
from mnist_core.recipes.augment import AUGMENTATIONS
from mnist_core.recipes.builtin import display_name
from mnist_core.recipes.kinds import KINDS, needs_image
from mnist_core.recipes.recipe import (
    LOSSES,
    OUTPUT,
    SCHEDULES,
    SHARE,
    TEST_SET,
    TEST_SET_WARNING,
    THREE_PARTS,
)
from mnist_core.recipes.regularizers import (
    REGULARIZERS,
    USUAL_STRENGTH,
    name_and_strength,
    regularizer,
)
from mnist_core.recipes.saved import delete_recipe, recipe_names, save_recipe
from mnist_core.recipes.trace import ACTIVATIONS, LayerShape, parameter_count, trace
from pages.shared import html, state
from pages.shared.access import may_change
from pages.shared.setting_words import LABELS, setting_help, setting_value
from pages.shared.text import as_message, as_typed

ADDABLE = {name: kind for name, kind in KINDS.items() if kind.default_settings is not None}
OPTIMIZERS = ("adam", "rmsprop", "sgd", "nadam", "adamw", "adagrad")
INITIALIZERS = (
    "glorot_uniform",
    "glorot_normal",
    "he_uniform",
    "he_normal",
    "random_uniform",
    "random_normal",
    "zeros",
    "ones",
)
NONE = "none"
NOTHING = "nothing"
STRENGTH = "regularizer_strength"  # a control of its own, but a part of the regularizer's setting
VALIDATE_ON = {
    NOTHING: Text("Nothing"),
    SHARE: Text("A share of the training images"),
    THREE_PARTS: Text("60/20/20 split of the training images"),
    TEST_SET: Text("The test images"),
}
USUAL_SHARE = 0.1
# Kinds of layers that a layer can be turned into, with the same settings.
KIN = (
    ("MaxPooling2D", "AveragePooling2D"),
    ("GlobalMaxPooling2D", "GlobalAveragePooling2D"),
)
WITH_MOMENTUM = ("sgd", "rmsprop")
FIRST = "fast_cnn"

# Keras's defaults of the settings that can be changed, whether the recipe names them or not: the
# important ones in the layer's row, the others behind "More".
SHOWN: dict[str, dict[str, Any]] = {
    "Conv2D": {"activation": None, "padding": "valid"},
    "Dense": {"activation": None},
}
MORE: dict[str, dict[str, Any]] = {
    "Conv2D": {
        "strides": 1,
        "use_bias": True,
        "kernel_initializer": "glorot_uniform",
        "kernel_regularizer": None,
    },
    "Dense": {
        "use_bias": True,
        "kernel_initializer": "glorot_uniform",
        "kernel_regularizer": None,
    },
    "MaxPooling2D": {"strides": None, "padding": "valid"},
    "AveragePooling2D": {"strides": None, "padding": "valid"},
}


@dataclass
class DraftLayer:
    """A layer of the recipe that is being changed. Its number stays when it is moved."""

    number: int
    kind: str
    settings: dict[str, Any]

    @property
    def defaults(self) -> dict[str, Any]:
        """The settings that can be changed beside those that it has, and Keras's defaults."""
        return {**SHOWN.get(self.kind, {}), **MORE.get(self.kind, {})}


@dataclass
class Draft:
    """The recipe that is being changed.

    Attributes:
        base: the recipe it started from.
        version: counts up, so that the widgets of each draft are new.
        layers: all but the output layer.
        error: why the network can't be built, if it can't.
    """

    base: Recipe
    version: int = 0
    layers: list[DraftLayer] = field(default_factory=list)
    next_number: int = 0
    error: RecipeError | None = None


def choose_recipe() -> None:
    """The choice of the recipe to start from."""
    names = recipe_names()
    if state.RECIPE_WIDGET.ensure(FIRST) not in names:
        state.RECIPE_WIDGET.set(FIRST)
    st.selectbox(
        _("Recipe"),
        names,
        key=state.RECIPE_WIDGET.key,
        on_change=_begin,
        width=430,
        format_func=lambda name: f"{display_name(name)} · {_title(name)}",
    )
    draft = state.DRAFT.get()
    if draft is None or draft.base.name != state.RECIPE_WIDGET.get():
        _begin()


def recipe_form() -> Recipe | None:
    """The recipe as it is set now; None, and the reason on the page, while it can't be trained."""
    draft: Draft = state.DRAFT.get()
    message: str = ""
    network, layers, training = st.tabs([_("Network"), _("Layers"), _("Training")])
    with layers:
        recipe, shapes = _layers(draft)
    with training:
        try:
            recipe = recipe.with_settings(_settings(draft))
        except RecipeError as error:
            message = error.args[0]
            st.error(as_message(message))
    with network:
        html.show(_network(recipe, shapes))
        if shapes:
            st.caption(
                _(
                    "{count:,} parameters: the numbers that training adjusts. The settings that "
                    "you choose, such as the number of filters, are hyperparameters.",
                    count=parameter_count(shapes),
                )
            )
        if draft.base.lesson:
            st.info(as_message(draft.base.lesson), icon=":material/lightbulb:")
    message = draft.error.args[0] if draft.error else message
    if message:
        st.error(as_message(message))
    with st.container(horizontal=True):
        if not message:
            _save(recipe, draft.base)
        st.button(
            _("Reset"),
            icon=":material/restart_alt:",
            on_click=_begin,
            key="reset_recipe",
            help=_("Undo all changes to the recipe."),
        )
    return None if message else recipe


def _title(name: str) -> str:
    try:
        return _(get_recipe(name).title)
    except RecipeError:
        return _("can't be read")


def _begin() -> None:
    """Start from the chosen recipe as it is."""
    try:
        base = get_recipe(state.RECIPE_WIDGET.get() or FIRST)
    except RecipeError as error:
        st.error(as_message(error))
        base = get_recipe(FIRST)
    begin_with(base)


def begin_with(base: Recipe) -> None:
    """Start from a recipe, which may differ from the stored one of its name."""
    before = state.DRAFT.get()
    layers = [
        DraftLayer(number, layer.kind, dict(layer.settings))
        for number, layer in enumerate(base.layers[:-1])
    ]
    version = before.version + 1 if before else 1
    state.DRAFT.set(Draft(base, version, layers, len(layers)))


def _network(recipe: Recipe, shapes: Sequence[LayerShape] | None) -> Markup:
    """The network from input to output: each layer, its output's shape, its parameters."""
    rows = [html.row((_("Input"), "28 x 28", ""))]
    known: Sequence[LayerShape | None] = shapes or [None] * len(recipe.layers)
    for layer, shape in zip(recipe.layers, known, strict=True):
        settings = {**layer.settings, **({"units": recipe.classes} if layer == OUTPUT else {})}
        words = listed(
            f"{_setting_name(key)} {setting_value(value)}" for key, value in settings.items()
        )
        name = Markup("<b>{}</b><small>{}</small>").format(layer.kind, words)
        rows.append(html.row((name, *_shape_words(shape))))
    head = html.row((_("Layer"), _("Output shape"), _("Parameters")), "th")
    return html.scrolled_table(head, html.join(rows), "network")


def _setting_name(key: str) -> str:
    """A setting's name within a line; English has it in lower case there."""
    english = key.replace("_", " ")
    return english if language() == ENGLISH or key not in LABELS else _(LABELS[key])


def _shape_words(shape: LayerShape | None) -> tuple[str, str]:
    """(the shape of the output, the number of parameters and how it is computed)."""
    if shape is None:
        return "", ""
    count = f"{shape.arithmetic} = {shape.parameters:,}" if shape.parameters else "0"
    return " x ".join(map(str, shape.output)), count


def _layer_line(kind: str, effect: str, output: str, parameters: str) -> Markup:
    """A layer in a line: its kind, what it does, the shape of its output, its parameters."""
    shape = f"→ {output}" if output else ""
    count = ""
    if parameters not in ("", "0"):
        count = " · " + _("parameters {calculation}", calculation=parameters)
    return Markup(
        '<div class="layer"><b>{}</b><span class="what">{}</span>'
        '<span class="sums">{}{}</span></div>'
    ).format(kind, _(effect), shape, count)


# --- layers -------------------------------------------------------------------------------


def _layers(draft: Draft) -> tuple[Recipe, list[LayerShape] | None]:
    """The layers, one row each, and what is wrong under the row that it is about."""
    for layer in draft.layers:  # the controls count, and they are read before they are drawn
        _read_controls(draft, layer)
    nondigits = state.SETTING_WIDGET[f"nondigits_{draft.version}"].get()
    recipe = dataclasses.replace(
        draft.base.with_settings(
            {"layers": [{"kind": layer.kind, **layer.settings} for layer in draft.layers]}
        ),
        nondigits=float(draft.base.nondigits if nondigits is None else nondigits),
    )
    shapes: list[LayerShape] | None = []
    draft.error = None
    try:
        shapes = trace(recipe)
    except RecipeError as error:
        draft.error = error
    names = recipe.layer_names()
    for position, layer in enumerate(draft.layers):
        _row(draft, position, layer, names[position], shapes[position] if shapes else None)
        if draft.error and draft.error.layer == names[position]:
            st.error(as_message(draft.error.reason))
    output = Text("output: softmax over {n} classes", n=recipe.classes)
    html.show(_layer_line("Dense", output, *_shape_words(shapes[-1] if shapes else None)))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = st.selectbox(
            _("New layer"),
            list(ADDABLE),
            key=f"add_kind_{draft.version}",
            format_func=lambda kind: f"{kind}: {_(KINDS[kind].summary)}",
        )
        st.button(
            _("Add"), on_click=_add, args=(draft, kind), icon=":material/add:", key="add_layer"
        )
    return recipe, shapes


def _read_controls(draft: Draft, layer: DraftLayer) -> None:
    """Take over what a layer's controls are set to; Keras's defaults need not be named."""
    kind = _widget(draft, layer, "kind")
    if kind.is_set:
        layer.kind = kind.get()
    for setting in {**layer.settings, **layer.defaults}:
        widget = _widget(draft, layer, setting)
        if not widget.is_set:
            continue
        value = None if widget.get() == NONE else widget.get()
        if setting == "kernel_regularizer" and value in REGULARIZERS:
            strength = _widget(draft, layer, STRENGTH)
            value = regularizer(value, strength.get() if strength.is_set else USUAL_STRENGTH)
        unnamed = setting in layer.defaults and setting not in layer.settings
        if not (unnamed and value == layer.defaults[setting]):
            layer.settings[setting] = value


def _widget(draft: Draft, layer: DraftLayer, setting: str) -> state.Value[Any]:
    return state.LAYER_WIDGET[f"{draft.version}_{layer.number}_{setting}"]


def _row(
    draft: Draft, position: int, layer: DraftLayer, name: str, shape: LayerShape | None
) -> None:
    unnamed = {key: value for key, value in layer.defaults.items() if key not in layer.settings}
    summary = _(KINDS[layer.kind].summary) if layer.kind in KINDS else ""
    with st.container(border=True, key=f"row_{draft.version}_{layer.number}"):
        html.show(_layer_line(layer.kind, summary, *_shape_words(shape)))
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            shown = {k: v for k, v in unnamed.items() if k in SHOWN.get(layer.kind, {})}
            kin = next((kinds for kinds in KIN if layer.kind in kinds), None)
            if kin:
                st.selectbox(
                    _("Pooling"),
                    kin,
                    kin.index(layer.kind),
                    key=_widget(draft, layer, "kind").key,
                    width=130,
                    format_func=lambda kind: _("mean") if "Average" in kind else _("maximum"),
                )
            for setting, value in {**layer.settings, **shown}.items():
                known = name_and_strength(value)
                of_weights = setting == "kernel_regularizer" and known
                name_or_value = known[0] if of_weights and known else value
                _control(_widget(draft, layer, setting).key, setting, name_or_value)
                if of_weights and known:
                    key = _widget(draft, layer, STRENGTH).key
                    st.number_input(
                        _(LABELS[STRENGTH]), 1e-6, max(10.0, known[1]), known[1], 0.001, key=key,
                        width=150, format="%g", help=setting_help(STRENGTH),
                    )  # fmt: skip
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            more = {key: value for key, value in unnamed.items() if key not in shown}
            if more:
                with st.popover(
                    _("More"), type="tertiary", help=_("More settings for {layer}", layer=name)
                ):
                    for setting, value in more.items():
                        _control(_widget(draft, layer, setting).key, setting, value)
            for label, words, icon, change in (
                ("Up", Text("Move {layer} up", layer=name), ":material/arrow_upward:", -1),
                ("Down", Text("Move {layer} down", layer=name), ":material/arrow_downward:", 1),
            ):
                st.button(
                    icon,
                    key=f"{label}_{draft.version}_{layer.number}",
                    type="tertiary",
                    help=_(words),
                    on_click=_move,
                    args=(draft, position, change),
                    disabled=not 0 <= position + change < len(draft.layers),
                )
            st.button(
                ":material/delete:",
                key=f"remove_{draft.version}_{layer.number}",
                type="tertiary",
                help=_("Remove {layer}", layer=name),
                on_click=_remove,
                args=(draft, position),
            )


def _control(key: str, setting: str, value: Any) -> None:
    """The control that fits a layer's setting."""
    label = _(LABELS.get(setting, setting.replace("_", " ")))
    words = setting_help(setting)
    choices = {
        "activation": (NONE, *ACTIVATIONS),
        "padding": ("valid", "same"),
        "kernel_initializer": INITIALIZERS,
        "kernel_regularizer": (NONE, *REGULARIZERS),
    }.get(setting)
    now = NONE if value is None else value
    if choices and isinstance(now, str):
        choices = choices if now in choices else (*choices, now)
        st.selectbox(
            label, choices, choices.index(now), key=key, width=130, help=words, format_func=_option
        )
    elif isinstance(value, bool):
        st.checkbox(label, value, key=key, help=words)
    elif setting == "strides" and value is None:
        st.number_input(
            label, 1, 28, None, 1, key=key, width=130, help=words, placeholder=_("pool size")
        )
    elif isinstance(value, float):
        st.number_input(
            label, min(value, 0.0), max(value, 1.0), value, 0.05, key=key, width=130, help=words
        )
    elif isinstance(value, int):
        st.number_input(
            label, min(value, 0), max(value, 4096), value, 1, key=key, width=130, help=words
        )
    else:
        st.caption(f"{label}: {value}")


def _option(value: str) -> str:
    """A choice of a setting as it is shown: only `none` is a word, the others are Keras's names."""
    return _("none") if value == NONE else value


def _add(draft: Draft, kind: str) -> None:
    """Add a layer where it can work: one for images before they are flattened."""
    ends = [
        position
        for position, layer in enumerate(draft.layers)
        if layer.kind in ("Flatten", "GlobalAveragePooling2D")
    ]
    position = ends[0] if needs_image(kind) and ends else len(draft.layers)
    settings = dict(KINDS[kind].default_settings or {})
    draft.layers.insert(position, DraftLayer(draft.next_number, kind, settings))
    draft.next_number += 1


def _move(draft: Draft, position: int, change: int) -> None:
    draft.layers.insert(position + change, draft.layers.pop(position))


def _remove(draft: Draft, position: int) -> None:
    draft.layers.pop(position)


# --- training -----------------------------------------------------------------------------


def _settings(draft: Draft) -> Mapping[str, Any]:
    """How it is trained."""
    base = draft.base

    def key(setting: str) -> str:
        return state.SETTING_WIDGET[f"{setting}_{draft.version}"].key

    def choice(setting: str, choices: Sequence[str]) -> Any:
        now = getattr(base, setting)
        every = list(choices) if now in choices or now is None else [*choices, now]
        return st.selectbox(
            _(LABELS[setting]),
            every,
            every.index(now or NONE),
            key=key(setting),
            help=setting_help(setting),
            format_func=_option,
        )

    def number(setting: str, low: float, high: float, step: float, empty: str = "") -> Any:
        """A number; where it may be left out, `empty` says what that means."""
        kind, now = float if isinstance(step, float) else int, getattr(base, setting)
        return st.number_input(
            _(LABELS[setting]),
            kind(low),
            kind(max(high, now or 0)),
            None if empty and not now else kind(now or 0),
            kind(step),
            key=key(setting),
            help=setting_help(setting),
            format="%g" if kind is float else None,
            placeholder=_(empty),
        )

    left, right = st.columns(2)
    values: dict[str, Any] = {}
    with left:
        values["epochs"] = number("epochs", 0, 1000, 1)
        values["batch_size"] = number("batch_size", 0, 10_000, 8)
        values["optimizer"] = choice("optimizer", OPTIMIZERS)
        values["learning_rate"] = number("learning_rate", 0, 10, 0.001, Text("default")) or None
        values["schedule"] = choice("schedule", SCHEDULES)
        values["loss"] = choice("loss", tuple(LOSSES))
    with right:
        values["train_images"] = number("train_images", 0, 60_000, 1000, Text("all")) or None
        values |= _validation(base, key)
        values["early_stopping"] = number("early_stopping", 0, 100, 1, Text("off")) or None
        augment = choice("augment", (NONE, *AUGMENTATIONS))
        values["augment"] = None if augment == NONE else augment
        values["nondigits"] = number("nondigits", 0, 1, 0.05)
        values["handwriting"] = number("handwriting", 0, 1, 0.05)
        values["seed"] = number("seed", 0, 2**32 - 1, 1)
        values["scale"] = st.checkbox(
            _(LABELS["scale"]), base.scale, key=key("scale"), help=setting_help("scale")
        )
    if values["optimizer"] != base.optimizer:
        values["optimizer_settings"] = {}
    if values["optimizer"] in WITH_MOMENTUM:
        momentum = st.slider(
            _("Momentum"),
            0.0,
            0.99,
            float(base.optimizer_settings.get("momentum", 0.0)),
            key=key("momentum"),
            help=_("The share of the previous update that is added to each new one."),
        )
        if momentum or "momentum" in base.optimizer_settings:
            same = base.optimizer == values["optimizer"]
            others = base.optimizer_settings if same else {}
            values["optimizer_settings"] = {**others, "momentum": momentum}
    return values


def _validation(base: Recipe, key: Callable[[str], str]) -> dict[str, Any]:
    """What is validated on after each epoch, and which share."""
    now = base.validation if base.validates else NOTHING
    chosen = st.selectbox(
        _(LABELS["validation"]),
        list(VALIDATE_ON),
        list(VALIDATE_ON).index(now),
        key=key("validation"),
        format_func=lambda chosen: _(VALIDATE_ON[chosen]),
        help=setting_help("validation"),
    )
    if chosen == NOTHING:
        return {"validation": SHARE, "validation_split": 0.0}
    if chosen == TEST_SET:
        st.warning(_(TEST_SET_WARNING))
    if chosen != SHARE:
        return {"validation": chosen, "validation_split": base.validation_split}
    share = st.number_input(
        _(LABELS["validation_split"]),
        0.01,
        0.9,
        float(base.validation_split or USUAL_SHARE),
        0.05,
        key=key("validation_split"),
        help=setting_help("validation_split"),
        format="%g",
    )
    return {"validation": SHARE, "validation_split": share}


def _save(recipe: Recipe, base: Recipe) -> None:
    """Save the recipe under a name, or delete a saved one."""
    if not may_change():
        return
    with st.popover(_("Save as"), icon=":material/save:"):
        name = st.text_input(_("Name"), key="save_name", placeholder="my_network")
        if st.button(_("Save"), disabled=not name, key="save_recipe"):
            try:
                saved = save_recipe(recipe, name)
                name = as_typed(saved.name)
                st.success(_("Saved. {name} is now in the list of recipes.", name=name))
            except RecipeError as error:
                st.error(as_message(error))
        if base.source == "made here" and st.button(
            _("Delete {name}", name=as_typed(base.name)), key="forget_recipe"
        ):
            delete_recipe(base.name)
            state.DRAFT.clear()
            st.rerun()
