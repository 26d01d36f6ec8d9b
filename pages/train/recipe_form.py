"""The form of the Train page: a recipe, its layers and its settings, to be changed."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st
from markupsafe import Markup
from streamlit.delta_generator import DeltaGenerator

from mnist_core import Recipe, RecipeError, get_recipe
from mnist_core.recipes.augment import AUGMENTATIONS
from mnist_core.recipes.kinds import KINDS
from mnist_core.recipes.recipe import LOSSES, OUTPUT, SCHEDULES
from mnist_core.recipes.saved import delete_recipe, recipe_names, save_recipe
from mnist_core.recipes.trace import ACTIVATIONS, LayerShape, parameter_count, trace
from pages.shared import html, state
from pages.shared.setting_help import HELP
from pages.shared.text import as_message, as_typed

Json = dict[str, Any]

ADDABLE = {name: kind for name, kind in KINDS.items() if kind.default_settings is not None}
OPTIMIZERS = ("adam", "rmsprop", "sgd", "nadam", "adamw", "adagrad")
NONE = "none"


def recipe_form(folded: bool) -> tuple[Recipe | None, DeltaGenerator]:
    """(the recipe as it is set now, or None while it can't work; where to put the start).

    What can't work is said where it is.

    Args:
        folded: whether the network is shown only when asked for.
    """
    names = recipe_names()
    name = st.selectbox(
        "Recipe",
        names,
        names.index("fast_cnn"),
        key=state.RECIPE_WIDGET.key,
        on_change=_begin,
        format_func=lambda name: f"{name} · {_title(name)}",
    )
    if state.DRAFT.get().get("name") != name:
        _begin()
    draft = state.DRAFT.get()
    base: Recipe = draft["base"]
    left, right = st.columns([3, 2], gap="medium")
    problem = ""
    with st.expander("Change the layers", icon=":material/layers:"):
        recipe, traced = _layers(draft)
    with st.expander("Change how it is trained", icon=":material/tune:"):
        try:
            recipe = recipe.with_settings(_settings(draft))
        except RecipeError as error:
            problem = str(error)
            st.error(as_message(problem))
    # Folded once there are runs, so that what Start does is seen below it.
    with left, st.expander("The network", expanded=not folded, icon=":material/hub:"):
        html.show(_network(_lines(recipe, traced)))
        if traced:
            st.caption(f"{parameter_count(traced):,} parameters: the numbers that are learned.")
    with right:
        if base.lesson:
            st.info(as_message(base.lesson), icon=":material/lightbulb:")
        problem = draft["trouble"] or problem
        if problem:
            st.error(as_message(problem))
        else:
            _keep(recipe, base)
    return None if problem else recipe, right


def _lines(recipe: Recipe, traced: list[LayerShape] | None) -> list[tuple[str, str, str, str]]:
    """The network as a list to read: (layer, settings, shape that it gives, parameters)."""
    shapes: Sequence[LayerShape | None] = traced or [None] * len(recipe.layers)
    lines = []
    for one, shape in zip(recipe.layers, shapes, strict=True):
        settings = {**one.settings, **({"units": recipe.classes} if one == OUTPUT else {})}
        told = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in settings.items())
        lines.append((one.kind, told, *_told(shape)))
    return lines


def _title(name: str) -> str:
    try:
        return get_recipe(name).title
    except RecipeError:
        return "can't be read"


def _begin() -> None:
    """Start from a recipe as it is."""
    name = state.RECIPE_WIDGET.get() or "dropout_cnn"
    try:
        base = get_recipe(name)
    except RecipeError as error:
        st.error(as_message(error))
        base = get_recipe("dropout_cnn")
    version = state.DRAFT.get().get("version", 0) + 1
    draft: Json = {
        "name": name,
        "base": base,
        "version": version,
        "next": len(base.layers),
        "layers": [
            {"id": number, "kind": one.kind, "settings": dict(one.settings)}
            for number, one in enumerate(base.layers[:-1])
        ],
    }
    state.DRAFT.set(draft)


def _network(lines: Sequence[tuple[str, str, str, str]]) -> Markup:
    """A network from pixels to answer: (layer, settings, shape that it gives, parameters)."""
    first = html.row(("pixels", "", "28 x 28", ""))
    body = html.join(html.row((Markup("<b>{}</b>").format(kind), *cells)) for kind, *cells in lines)
    head = html.row(("Layer", "Settings", "Gives", "Parameters"), "th")
    return html.scrolled_table(head, first + body, "network")


def _summary(kind: str) -> str:
    return KINDS[kind].summary if kind in KINDS else ""


def _layer_line(kind: str, effect: str, output: str, parameters: str) -> Markup:
    """A layer in a line: its kind, what it does, the shape that it gives, its parameters."""
    shape = f"→ {output}" if output else ""
    count = f" · parameters {parameters}" if parameters not in ("", "0") else ""
    return Markup(
        '<div class="layer"><b>{}</b><span class="what">{}</span>'
        '<span class="sums">{}{}</span></div>'
    ).format(kind, effect, shape, count)


# --- layers -------------------------------------------------------------------------------


def _layers(draft: Json) -> tuple[Recipe, list[LayerShape] | None]:
    """The layers, one row each, with what is wrong under the row where it is."""
    base: Recipe = draft["base"]
    layers: list[Json] = draft["layers"]
    for one in layers:  # what the controls say counts, and they say it before they are drawn
        for key in list(one["settings"]):
            widget = _widget(draft, one, key)
            if widget.is_set:
                value = widget.get()
                one["settings"][key] = None if value == NONE else value
    plain = [{"kind": one["kind"], **one["settings"]} for one in layers]
    nondigits = state.SETTING_WIDGET[f"nondigits_{draft['version']}"].get()
    recipe = dataclasses.replace(
        base.with_settings({"layers": plain}),
        nondigits=float(base.nondigits if nondigits is None else nondigits),
    )
    traced: list[LayerShape] | None = []
    draft["trouble"] = ""
    try:
        traced = trace(recipe)
    except RecipeError as error:
        draft["trouble"] = str(error)
    place = draft["trouble"].split(":")[0]
    names = recipe.layer_names()
    for number, one in enumerate(layers):
        _row(draft, number, one, traced[number] if traced else None)
        if names[number] == place:
            st.error(as_message(draft["trouble"].split(": ", 1)[1]))
    output = f"softmax over {recipe.classes}: the answer"
    html.show(_layer_line("Dense", output, *_told(traced[-1] if traced else None)))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = st.selectbox(
            "Another layer",
            list(ADDABLE),
            key=f"add_kind_{draft['version']}",
            format_func=lambda kind: f"{kind}: {KINDS[kind].summary}",
        )
        st.button("Add", on_click=_add, args=(draft, kind), icon=":material/add:", key="add_layer")
    return recipe, traced


def _told(shape: LayerShape | None) -> tuple[str, str]:
    if shape is None:
        return "", ""
    given = " x ".join(map(str, shape.output))
    sums = f"{shape.arithmetic} = {shape.parameters:,}" if shape.parameters else "0"
    return given, sums


def _widget(draft: Json, layer: Json, setting: str) -> state.Value[Any]:
    return state.LAYER_WIDGET[f"{draft['version']}_{layer['id']}_{setting}"]


def _row(draft: Json, number: int, one: Json, shape: LayerShape | None) -> None:
    with st.container(border=True, key=f"row_{draft['version']}_{one['id']}"):
        html.show(_layer_line(one["kind"], _summary(one["kind"]), *_told(shape)))
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            for setting, value in one["settings"].items():
                _control(_widget(draft, one, setting).key, setting, value)
            for text, icon, change in (
                ("Up", ":material/arrow_upward:", -1),
                ("Down", ":material/arrow_downward:", 1),
            ):
                st.button(
                    text,
                    icon=icon,
                    key=f"{text}_{draft['version']}_{one['id']}",
                    type="tertiary",
                    on_click=_move,
                    args=(draft, number, change),
                    disabled=not 0 <= number + change < len(draft["layers"]),
                )
            st.button(
                "Remove",
                icon=":material/delete:",
                key=f"remove_{draft['version']}_{one['id']}",
                type="tertiary",
                on_click=_remove,
                args=(draft, number),
            )


def _control(key: str, setting: str, value: Any) -> None:
    """The control that fits a layer's setting."""
    label = setting.replace("_", " ")
    if setting == "activation":
        choices = [NONE, *ACTIVATIONS]
        st.selectbox(label, choices, choices.index(value or NONE), key=key, width=130)
    elif setting == "padding":
        st.selectbox(label, ["valid", "same"], int(value == "same"), key=key, width=110)
    elif isinstance(value, bool):
        st.checkbox(label, value, key=key)
    elif isinstance(value, float):
        st.number_input(label, 0.0, 1.0, value, 0.05, key=key, width=130)
    elif isinstance(value, int):
        st.number_input(label, 0, 4096, value, 1, key=key, width=130)
    else:
        st.caption(f"{label}: {value}")


def _add(draft: Json, kind: str) -> None:
    """A new layer goes to where it can work: one for pictures before the Flatten."""
    flat = [one["kind"] for one in draft["layers"]]
    ends = [place for place, one in enumerate(flat) if one in ("Flatten", "GlobalAveragePooling2D")]
    place = ends[0] if "2D" in kind and ends else len(flat)
    one = {"id": draft["next"], "kind": kind, "settings": dict(KINDS[kind].default_settings or {})}
    draft["layers"].insert(place, one)
    draft["next"] += 1


def _move(draft: Json, number: int, change: int) -> None:
    layers = draft["layers"]
    layers.insert(number + change, layers.pop(number))


def _remove(draft: Json, number: int) -> None:
    draft["layers"].pop(number)


# --- training -----------------------------------------------------------------------------


def _settings(draft: Json) -> Mapping[str, Any]:
    """How it is trained."""
    base: Recipe = draft["base"]

    def key(setting: str) -> str:
        return state.SETTING_WIDGET[f"{setting}_{draft['version']}"].key

    def choice(setting: str, choices: tuple[str, ...], label: str = "") -> Any:
        now = getattr(base, setting)
        every = list(choices) if now in choices or now is None else [*choices, now]
        return st.selectbox(
            label or setting.replace("_", " "),
            every,
            every.index(now or NONE),
            key=key(setting),
            help=HELP.get(setting),
        )

    def number(setting: str, low: float, high: float, step: float, label: str = "") -> Any:
        kind = float if isinstance(step, float) else int
        return st.number_input(
            label or setting.replace("_", " "),
            kind(low),
            kind(high),
            kind(getattr(base, setting) or 0),
            kind(step),
            key=key(setting),
            help=HELP.get(setting),
            format="%g" if kind is float else None,
        )

    left, middle, right = st.columns(3)
    told: Json = {}
    with left:
        told["epochs"] = number("epochs", 0, 1000, 1)
        told["batch_size"] = number("batch_size", 0, 10_000, 8, "batch size")
        told["train_images"] = number("train_images", 0, 60_000, 1000, "training images") or None
        told["validation_split"] = number("validation_split", 0, 0.9, 0.05, "validation share")
        told["early_stopping"] = number("early_stopping", 0, 100, 1, "early stopping") or None
    with middle:
        told["optimizer"] = choice("optimizer", OPTIMIZERS)
        told["learning_rate"] = number("learning_rate", 0, 10, 0.001, "learning rate") or None
        told["schedule"] = choice("schedule", SCHEDULES)
        told["loss"] = choice("loss", LOSSES)
    with right:
        augment = choice("augment", (NONE, *AUGMENTATIONS), "augmentation")
        told["augment"] = None if augment == NONE else augment
        told["nondigits"] = number("nondigits", 0, 1, 0.05, "no digits")
        told["seed"] = number("seed", 0, 2**32 - 1, 1)
        told["scale"] = st.checkbox(
            "pixels / 255",
            base.scale,
            key=key("scale"),
            help="Networks learn best from numbers near 1; pixels are 0 to 255.",
        )
    if told["optimizer"] != base.optimizer:
        told["optimizer_settings"] = {}
    return told


def _keep(recipe: Recipe, base: Recipe) -> None:
    """Save what was made as a recipe of one's own, or forget one."""
    with st.popover("Save as a recipe of your own", icon=":material/save:"):
        name = st.text_input("Name", key="save_name", placeholder="my_network")
        if st.button("Save", disabled=not name, key="save_recipe"):
            try:
                saved = save_recipe(recipe, name)
                st.success(f"Saved: `{saved.name}` is in the list above, and on the command line.")
            except RecipeError as error:
                st.error(as_message(error))
        if base.source == "made here" and st.button(
            f"Forget {as_typed(base.name)}", key="forget_recipe"
        ):
            delete_recipe(base.name)
            state.DRAFT.clear()
            st.rerun()
