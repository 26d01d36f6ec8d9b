"""See inside: a drawing becomes an answer, layer by layer, with every number on the way."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from markupsafe import Markup
from numpy.typing import NDArray

from mnist_core import (
    ModelError,
    Recipe,
    Recognizer,
    StoredModel,
    list_models,
    prepare_drawing,
    settings,
)
from mnist_core.drawing.normalize import from_mnist
from mnist_core.i18n import Sentences, Text, _, ngettext
from mnist_core.inside.arithmetic import unit_count
from mnist_core.models.layers import LayerNetwork
from mnist_core.models.litert import PIXELS
from mnist_core.models.recognition import percent
from mnist_core.models.train_or_load import add_layers
from mnist_core.recipes.examples import (
    flow_example,
    layer_example,
    saliency_example,
    structure_example,
)
from mnist_core.runs.runs import run_networks
from pages.components.page_top import show_from_top
from pages.inside.about_layer import over_the_test_set, weights
from pages.inside.flow import flow
from pages.inside.layer_view import layer_view
from pages.inside.sandbox import sandbox
from pages.inside.structure import structure
from pages.inside.take_along import take_along
from pages.inside.units import unit
from pages.inside.why import HEAT_COLORS, names_of, why
from pages.inside.words import in_words, shape_words
from pages.shared import html, state
from pages.shared.canvas import SIZES, STYLE, canvas, drawn_strokes
from pages.shared.code import KERAS_FILE, show_code
from pages.shared.datasets import test_data
from pages.shared.download import data_notice
from pages.shared.following import answered
from pages.shared.heading import heading
from pages.shared.links import whole_number
from pages.shared.networks import NO_NETWORK
from pages.shared.paper import paper_switch
from pages.shared.samples import sample_picker, test_index
from pages.shared.style import add_style
from pages.shared.text import as_message

SECTIONS = {
    "structure": Text("Structure"),
    "flow": Text("Flow"),
    "layer": Text("Layer"),
    "why": Text("Why"),
    "sandbox": Text("Sandbox"),
    "take": Text("Export"),
}
LOOK = 5.0  # seconds between two looks at which networks there are
WITH_IMAGE = ("flow", "layer", "why")
PARTS = (
    Text("This image"),
    Text("Weights"),
    Text("Over the test set"),
    Text("What it responds to"),
)
Outputs = Mapping[str, NDArray[np.float32]]


@st.fragment
def page() -> None:
    """All of the page is one fragment, so that a stroke runs this and nothing else."""
    heading(
        _("See inside"),
        _("Follow an image through a network, layer by layer, down to every single number."),
    )
    networks, errors = all_networks()
    for error in errors:
        st.warning(as_message(error))
    if not networks:
        st.error(_(NO_NETWORK))
        return
    look = the_look(networks)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        choose_network(networks, look)
        choose_section(look)
        paper_switch()
    model = networks[look["model"]][1]
    if look["section"] not in WITH_IMAGE:
        share(look)
        alone(look, model)
        return
    if not model.has("layers"):
        make_layers(model)
        return
    try:
        recognizer, network = opened(model)
    except ModelError as error:
        st.error(as_message(error))
        return
    left, right = st.columns([5, 7], gap="medium")
    with left, st.container(key="shown_image"):
        image, drawn = shown_image(recognizer, model)
    share(look)
    show_from_top(look["section"], "inside_top")
    with right:
        if look["section"] == "why":
            why(model, recognizer, network, image, drawn)
            the_code(look, recognizer, image)
            return
        every = network.outputs(image[np.newaxis], [PIXELS, *network.names])
        outputs = {name: values[0] for name, values in every.items()}
        if look["section"] == "flow":
            show_flow(look, model, network, outputs)
        else:
            show_layer(look, model, network, outputs)
        the_code(look, recognizer, image)


def the_code(look: dict[str, Any], recognizer: Recognizer, image: NDArray[np.uint8]) -> None:
    """The code that gives what is shown, of a test image."""
    file, index = f"{look['model']}.keras", test_index()
    if look["section"] == "flow":
        code = flow_example(file, index)
    elif look["section"] == "layer":
        code = layer_example(file, look["layer"], look["unit"], index)
    else:
        chosen = state.WHY_CLASS_WIDGET.get()
        if chosen not in range(10):  # the network's own answer
            chosen = int(recognizer.recognize(from_mnist(image)).probabilities.argmax())
        code = saliency_example(file, chosen, index)
    image_words = Text("It uses a test image, not your drawing.")
    show_code(code, _(Sentences(KERAS_FILE, image_words)))


def alone(look: dict[str, Any], model: StoredModel) -> None:
    """The sections that need no image."""
    if look["section"] == "sandbox":
        sandbox()
    if look["section"] == "take":
        take_along(dataclasses.replace(model, name=look["model"]))  # a run's files by its id
    if look["section"] == "structure":
        if not model.has("layers"):
            make_layers(model)
            return
        try:
            network = opened(model)[1]
        except ModelError as error:
            st.error(as_message(error))
            return
        clicked = structure(network, look["model"], answers_of(model, network))
        show_code(structure_example(f"{look['model']}.keras"), _(KERAS_FILE))
        if clicked:
            look.update(section="layer", layer=clicked, unit=0)
            st.rerun(scope="fragment")


# --- what is looked at --------------------------------------------------------------------


@st.cache_resource(ttl=LOOK, max_entries=1, show_spinner=False)
def all_networks() -> tuple[dict[str, tuple[str, StoredModel]], list[ModelError]]:
    """(every stored network by its name in links: (how it is called, it), what is wrong).

    Runs are looked at again every few seconds, not at every stroke.
    """
    models, errors = list_models()
    networks = {model.name: (_label(model.title, model.recipe), model) for model in models}
    for run, model in run_networks(models):
        networks[run.id] = (_label(run.name, run.recipe), model)
    return networks, errors


def _label(name: str, recipe: Recipe) -> str:
    return Text("{name} · {title}", name=name, title=Text(recipe.title))


def the_look(networks: Mapping[str, Any]) -> dict[str, Any]:
    """What this session looks at: network, section, layer, map or unit. A link may say it."""
    look = state.LOOK.ensure()
    params = st.query_params.to_dict()
    if params and params != look.get("shared"):  # not what this page wrote there itself
        look["shared"] = params
        look.update(
            {name: params[name] for name in ("model", "section", "layer") if name in params}
        )
        look["unit"] = whole_number(params.get("unit", "")) or 0
        index = whole_number(params.get("image", ""))
        if index is not None and index < len(test_data().x_test):
            state.IMAGE_SOURCE_WIDGET.set("Test image")
            state.TEST_INDEX.set(index)
            state.SAMPLE.clear()
    if look.get("model") not in networks:
        drawn_with = state.DRAWING_NETWORK.get()
        look["model"] = next(
            name for name in (drawn_with, settings.DEFAULT_MODEL, *networks) if name in networks
        )
    if look["section"] not in SECTIONS:
        look["section"] = "flow"
    return look


def share(look: dict[str, Any]) -> None:
    """Put what is looked at into the address, so that it can be sent as a link."""
    params = {"model": look["model"], "section": look["section"]}
    if look["section"] == "layer":
        params |= {"layer": look.get("layer") or "", "unit": str(look["unit"])}
    a_test = state.IMAGE_SOURCE_WIDGET.get() == "Test image" and not state.SAMPLE.get()
    if look["section"] in WITH_IMAGE and a_test and state.TEST_INDEX.is_set:
        params["image"] = str(state.TEST_INDEX.get())
    if look.get("shared") != params:
        look["shared"] = params
        st.query_params.from_dict(params)


def choose_network(networks: Mapping[str, tuple[str, Any]], look: dict[str, Any]) -> None:
    """The choice of network."""
    state.LOOK_WIDGET["model"].set(look["model"])
    st.selectbox(
        _("Network"),
        list(networks),
        key=state.LOOK_WIDGET["model"].key,
        width=340,
        format_func=lambda name: _(networks[name][0]),
        on_change=keep,
        args=("model",),
    )


def choose_section(look: dict[str, Any]) -> None:
    """What of the network is shown."""
    state.LOOK_WIDGET["section"].set(look["section"])
    st.segmented_control(
        _("Section"),
        list(SECTIONS),
        key=state.LOOK_WIDGET["section"].key,
        required=True,
        format_func=lambda name: _(SECTIONS[name]),
        label_visibility="collapsed",
        on_change=keep,
        args=("section",),
    )


def keep(name: str) -> None:
    """Take what a widget was just set to; the widget itself forgets it on another page."""
    look = state.LOOK.get()
    look[name] = state.LOOK_WIDGET[name].get()
    if name == "layer":
        look["unit"] = 0


def opened(model: StoredModel) -> tuple[Recognizer, LayerNetwork]:
    """A network, to be asked for its answer and for each layer's."""
    files = model.card["files"]
    digests = files["litert"]["sha256"], files.get("layers", {}).get("sha256", "")
    with st.spinner(_("Loading the network …")):
        return _opened(*digests, model)


@st.cache_resource(show_spinner=False, max_entries=8)
def _opened(digest: str, layers: str, _model: StoredModel) -> tuple[Recognizer, LayerNetwork]:
    return Recognizer(_model), LayerNetwork.load(_model)


def make_layers(model: StoredModel) -> None:
    """For a network that was stored without the outputs of its layers: make them now."""
    words = _("Preparing the layers of this network, once, which takes about 20 s …")
    if answered(words, add_layers, model) is not None:
        all_networks.clear()
        st.rerun()


# --- the image ----------------------------------------------------------------------------


def shown_image(recognizer: Recognizer, model: StoredModel) -> tuple[NDArray[np.uint8], bool]:
    """(what the network sees, `(28, 28)` uint8; whether it is what is drawn on the canvas).

    The last drawing, which can go on here, or a test image. Until something is drawn that can be
    a digit, a test image stands in.
    """
    drawing = None
    state.IMAGE_SOURCE_WIDGET.ensure()
    source = st.segmented_control(
        _("Source of the image"),
        [Text("Drawing"), Text("Test image")],
        key=state.IMAGE_SOURCE_WIDGET.key,
        required=True,
        format_func=_,
        label_visibility="collapsed",
        persist_state="session",
    )
    if source == "Test image":
        data_notice()
        recognition = recognizer.recognize(from_mnist(sample_picker()))
    else:
        picture = canvas()
        above = st.container()  # always there: else the first stroke shows two answers for a moment
        drawing = prepare_drawing(picture) if picture is not None else None
        if drawing is None or drawing.reason:
            why_not = (
                (recognizer.recognize(drawing).message or "")
                if drawing
                else Text("Draw a digit above.")
            )
            meanwhile = Text("Meanwhile, a test image is shown.")
            above.caption(_(Sentences(why_not, meanwhile)))
            recognition = recognizer.recognize(from_mnist(test_data().x_test[test_index()]))
        else:
            # In a number, another network has a say; this page shows what this one makes of it.
            reading = recognizer.reread(recognizer.read(drawing, *drawn_strokes()))
            pieces = reading.pieces
            number = 0
            if len(pieces) > 1:
                number = above.segmented_control(
                    _("Digit"),
                    range(len(pieces)),
                    default=0,
                    required=True,
                    format_func=lambda place: f"{place + 1}.",
                )
            recognition = pieces[min(number, len(pieces) - 1)][1]
    words = _("not a digit") if recognition.digit is None else percent(recognition.confidence)
    digit = "–" if recognition.digit is None else names_of(model)[recognition.digit]
    html.show(
        Markup('<div class="seen" data-testid="seen"><b>{}</b><span>{}</span></div>').format(
            digit, words
        )
    )
    return recognition.normalized, drawing is not None and not drawing.reason


# --- sections -----------------------------------------------------------------------------


def show_flow(
    look: dict[str, Any], model: StoredModel, network: LayerNetwork, outputs: Outputs
) -> None:
    """Every layer's output for the image."""
    st.markdown(
        _(
            "Each row is a layer and its output for this image: small pictures are **feature "
            "maps**, points are **units**. Black is 0, orange is positive, blue is negative. Point "
            "at one to read its value, click it to see how it is computed."
        )
    )
    with st.container(horizontal=True):
        common = st.toggle(_("One color scale for all layers"), key="inside_scale")
        everything = st.toggle(_("All layers and feature maps"), key="inside_all")
    clicked = flow(
        network,
        outputs,
        answer_names(model, network),
        common=common,
        everything=everything,
        of=look["model"],
        key="flow",
    )
    if clicked:
        look.update(section="layer", layer=clicked.layer, unit=clicked.unit or 0)
        if clicked.row is not None:
            look["pixel"] = (look["layer"], look["unit"]), (clicked.row, clicked.column)
        st.rerun(scope="fragment")


def show_layer(
    look: dict[str, Any], model: StoredModel, network: LayerNetwork, outputs: Outputs
) -> None:
    """One layer, opened."""
    choose_layer(look, network)
    layer = network.layer(look["layer"])
    facts = f"{shape_words(layer.input_shape)} → {shape_words(layer.output_shape)}"
    if layer.parameters:
        count = ngettext("{n:,} parameter", "{n:,} parameters", layer.parameters)
        facts += f" · {count}: {layer.arithmetic}"
    st.caption(f"**{facts}.** {in_words(layer)}")
    part = st.segmented_control(
        _("Part"),
        PARTS,
        default=PARTS[0],
        required=True,
        format_func=_,
        key="inside_part",
        label_visibility="collapsed",
        persist_state="session",
    )
    if part == PARTS[1]:
        weights(network, layer, look["unit"])
        return
    if part == PARTS[2]:
        over_the_test_set(model, layer, look["unit"])
        return
    if part == PARTS[3]:
        unit(model, network, layer.name, look["unit"])
        return
    of, pixel = look.get("pixel", (None, None))
    clicked = layer_view(
        network,
        layer,
        look["unit"],
        outputs,
        answer_names(model, network),
        pixel=pixel if of == (layer.name, look["unit"]) else None,
        of=look["model"],
        key="layer_view",
    )
    if clicked is not None and clicked[0] != look["unit"]:
        look["unit"] = clicked[0]
        look["pixel"] = (layer.name, clicked[0]), clicked[1]
        st.rerun(scope="fragment")


def choose_layer(look: dict[str, Any], network: LayerNetwork) -> None:
    """The layer and the map or unit of it."""
    if look.get("layer") not in network.names:
        look["layer"] = next(
            (layer.name for layer in network.layers if layer.weights), network.names[0]
        )
    state.LOOK_WIDGET["layer"].set(look["layer"])
    with st.container(horizontal=True):
        st.selectbox(
            _("Layer"),
            network.names,
            key=state.LOOK_WIDGET["layer"].key,
            width=240,
            on_change=keep,
            args=("layer",),
        )
        count = unit_count(network.layer(look["layer"]))
        look["unit"] = min(look["unit"], count - 1)
        state.LOOK_WIDGET["unit"].set(look["unit"])
        are_maps = len(network.layer(look["layer"]).output_shape) > 1
        st.number_input(
            _("Feature map, 0 to {last}", last=count - 1)
            if are_maps
            else _("Unit, 0 to {last}", last=count - 1),
            0,
            max(count - 1, 1),
            key=state.LOOK_WIDGET["unit"].key,
            width=180,
            disabled=count == 1,
            on_change=keep,
            args=("unit",),
        )
    share(look)


def answer_names(model: StoredModel, network: LayerNetwork) -> list[str]:
    """What the last layer's units stand for, such as "digit 0"."""
    answers = answers_of(model, network)
    if model.class_names:
        return answers
    return [_("digit {digit}", digit=answer) for answer in answers[:10]] + answers[10:]


def answers_of(model: StoredModel, network: LayerNetwork) -> list[str]:
    """What the last layer's units stand for, such as "0"."""
    count = network.layers[-1].output_shape[0]
    return [*names_of(model), *[_("not a digit")] * (count - 10)]


add_style(Path(__file__).with_name("page.css"), STYLE, variables={**SIZES, **HEAT_COLORS})
page()
