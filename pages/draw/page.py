"""Draw: a digit from the canvas, a picture, the camera or the test set, and what is read."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import streamlit as st
from markupsafe import Markup
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator

from mnist_core import (
    Drawing,
    DrawingError,
    ModelError,
    Reading,
    Recognizer,
    load_picture,
    prepare_drawing,
    settings,
)
from mnist_core.data.dataset import label_name
from mnist_core.drawing.normalize import crop_picture, enlarge, from_mnist, prepare_ink
from mnist_core.drawing.segmentation import REFUSED
from mnist_core.i18n import Listed, Sentences, Text, _, listed
from mnist_core.models.recognition import percent
from pages.components.live_answer import live_answer
from pages.draw.answer import answer, note, number
from pages.shared import html, state
from pages.shared.canvas import SIZES, STYLE, canvas, drawn_strokes
from pages.shared.datasets import test_data
from pages.shared.download import data_notice
from pages.shared.links import new_link, number_from
from pages.shared.navigation import page_file
from pages.shared.networks import NO_NETWORK, default_network
from pages.shared.samples import DATA_SET, sample_picker
from pages.shared.streamlit_internals import CANVAS_TOOLBAR
from pages.shared.style import add_style
from pages.shared.text import as_message, as_typed
from pages.shared.turns import DRAWING
from pages.shared.warm import recognizers

CROWD = 20  # strokes that wait for their turn: most of a second
NOTHING = Text("Nothing to read yet")
INVITATIONS = {
    "Draw": Text("Draw a digit from 0 to 9, or a whole number. Any size, anywhere."),
    "Picture": Text("Choose a picture."),
    "Camera": Text("Take a picture."),
}
SOURCES = (Text("Draw"), Text("Picture"), Text("Camera"), DATA_SET)


@dataclass
class Places:
    """Where on the page it is shown what was read, and who reads it.

    Attributes:
        answer: the answer with its bars.
        steps, votes: what the network sees, and what all networks say; None while closed.
        usable: all networks.
        recognizer: the chosen one. Until both are known, the canvas is there already.
    """

    answer: DeltaGenerator
    steps: DeltaGenerator | None
    votes: DeltaGenerator | None
    usable: dict[str, Recognizer] = field(default_factory=dict)
    recognizer: Recognizer | None = None

    def find_networks(self) -> list[ModelError]:
        """Look for the networks; returns what is wrong with those that can't be used."""
        self.usable, errors = recognizers()
        self.recognizer = self.usable[chosen_network(self.usable)] if self.usable else None
        return errors


def page() -> None:
    """All choices. A stroke runs only `read_canvas`, and shows only what is open."""
    troubles = st.container()
    take_link()
    left, right = st.columns([5, 6], gap="medium")
    with left:
        source = choose_source()
    with right:  # the answer first, also on a phone
        answer_place, below = st.empty(), st.container()
    steps = None if source == DATA_SET else part(_("What the network sees"), "steps")
    places = Places(answer_place, steps, part(_("All networks"), "votes"))
    with left:
        if source == "Draw":
            read_canvas(places)
        else:
            read_picture(source, places)
    for error in places.find_networks():
        troubles.warning(as_message(error))
    if not places.recognizer:
        troubles.error(_(NO_NETWORK))
        return
    with below:
        if source == "Draw":
            live_answer(places.recognizer.model, canvas_top=CANVAS_TOOLBAR, key="live_answer")
        choose_model(places.usable)


@st.fragment
def read_canvas(places: Places) -> None:
    """The canvas, and what is read from it: all that a stroke runs."""
    with DRAWING.take():
        image = canvas()
        drawing = prepare_drawing(image) if image is not None else None
        show_reading(drawing, "Draw", places)


@st.fragment
def read_picture(source: str, places: Places) -> None:
    """A picture from elsewhere, and what is read from it."""
    sources = {"Picture": picture_file, "Camera": camera, DATA_SET: test_image}
    with DRAWING.take():
        show_reading(sources[source](), source, places)


def show_reading(drawing: Drawing | None, source: str, places: Places) -> None:
    """Read a drawing, and show what there is a place for."""
    if not places.recognizer:  # now, as the canvas can be drawn on meanwhile
        places.find_networks()
    recognizer = places.recognizer
    if not recognizer:
        return
    reading = read(recognizer, drawing, source) if drawing else None
    answer_html = describe(drawing, reading, source, recognizer.model.class_names)
    if DRAWING.waiting >= CROWD:
        words = _("Many people are drawing now, so answers of the server take a while.")
        answer_html = html.join([answer_html, note(words)])
    html.show(answer_html, places.answer)
    if drawing and drawing.reason:
        reading = None
    # An open place is always filled: what a fragment leaves out is taken off the page.
    if places.steps:
        html.show(steps(drawing, reading, recognizer), places.steps)
    if places.votes:
        html.show(votes(places.usable, reading), places.votes)


def choose_source() -> str:
    """Where the digit comes from."""
    state.SOURCE_WIDGET.ensure(state.SOURCE.get())
    source = st.segmented_control(
        _("Source of the digit"),
        SOURCES,
        key=state.SOURCE_WIDGET.key,
        format_func=_,
        required=True,
        label_visibility="collapsed",
    )
    state.SOURCE.set(source or "Draw")
    return state.SOURCE.get()


def part(title: str, name: str) -> DeltaGenerator | None:
    """A part of the page that a person can open; None while it is closed, which it is at first."""
    widget, opened = state.OPENED_WIDGET[name], state.OPENED[name]
    widget.ensure(opened.get())
    place = st.expander(title, key=widget.key, on_change=lambda: opened.set(widget.get()))
    return place.empty() if place.open else None


def take_link() -> None:
    """Set the page as the address asks: `?network=fast_cnn&image=4444`, a test image."""
    params = new_link("draw")
    wanted = params.get("network", [""])[-1]
    if wanted and wanted in recognizers()[0]:
        state.DRAWING_NETWORK.set(wanted)
    elif wanted:
        words = _("The link asks for the network {name!r}, which isn't here.", name=wanted)
        st.warning(as_message(words))
    if "image" in params:
        last = len(test_data().x_test) - 1
        index = number_from(params, "image", 0, last)
        if index is None:
            text = _(
                "The link asks for test image {image!r}. Expected 0 to {last:,}.",
                image=params["image"][-1],
                last=last,
            )
            st.warning(as_message(text))
            return
        state.TEST_INDEX.set(index)
        state.SAMPLE.clear()
        state.SOURCE.set(DATA_SET)
        state.SOURCE_WIDGET.set(DATA_SET)


def introduction() -> None:
    """What this is, and three ways in."""
    st.title(_("Draw a digit"), anchor=False)
    with st.container(horizontal=True, vertical_alignment="center", key="ways"):
        st.markdown(_("A neural network reads it while you draw."), width="content")
        st.page_link(page_file("learn"), label=_("Follow a tutorial"), icon=":material/school:")
        st.page_link(
            page_file("train"), label=_("Train your own"), icon=":material/fitness_center:"
        )
        st.page_link(page_file("inside"), label=_("Look inside"), icon=":material/visibility:")


def read(recognizer: Recognizer, drawing: Drawing, source: str) -> Reading:
    """What the network makes of it; the canvas knows its strokes, a picture doesn't."""
    if source == "Draw":
        return recognizer.read(drawing, *drawn_strokes())
    if source == DATA_SET:
        return recognizer.read(drawing)
    single_digit, single_row = state.CORRECTIONS.get()
    return recognizer.read(drawing, single_digit=single_digit, single_row=single_row)


def chosen_network(usable: dict[str, Recognizer]) -> str:
    """The network that was chosen by hand, or the default."""
    chosen = state.DRAWING_NETWORK.get()
    return chosen if chosen in usable else default_network(usable)


def choose_model(usable: dict[str, Recognizer]) -> None:
    """A choice of network, with how good each is. A choice made by hand stays."""
    default = default_network(usable)
    state.DRAWING_NETWORK_WIDGET.set(chosen_network(usable))

    def label(name: str) -> str:
        title, share = usable[name].model.title, accuracy(usable[name])
        if name == default:
            return _("{title} · {share} test accuracy, default", title=title, share=share)
        return _("{title} · {share} test accuracy", title=title, share=share)

    name = st.selectbox(
        _("Network"),
        list(usable),
        key=state.DRAWING_NETWORK_WIDGET.key,
        format_func=label,
        on_change=lambda: state.DRAWING_NETWORK.set(state.DRAWING_NETWORK_WIDGET.get()),
        help=_(
            "Test accuracy: share of the test images, which the network was not trained on, that "
            "it classifies correctly. More about each network is on the Networks page."
        ),
    )
    model = usable[name].model
    if model.class_names:
        st.caption(
            _(
                "This network was trained on {data}, not on MNIST's digits. It answers with the "
                "class that the drawing resembles most.",
                data=as_typed(model.data_name),
            )
        )


def accuracy(recognizer: Recognizer) -> str:
    """The network's test accuracy in per cent, and on what, if it wasn't MNIST."""
    model = recognizer.model
    share = f"{100 * model.evaluation.accuracy:.2f}%"
    return share if model.card["data"]["verified"] else f"{share} ({model.data_name})"


def test_image() -> Drawing | None:
    """An image of the data set, which the networks get as it is."""
    data_notice()
    return from_mnist(sample_picker())


def picture_file() -> Drawing | None:
    """A picture that the person has."""
    file = st.file_uploader(
        _("A digit or a whole number: a drawing, a scan or a photograph of paper"),
        type=["png", "jpg", "jpeg", "webp", "bmp", "gif"],
        max_upload_size=20,  # MB
    )
    return _read(file)


def camera() -> Drawing | None:
    """A photograph taken now."""
    if not camera_allowed(st.context.url or ""):
        st.info(
            _(
                "Browsers only allow the camera on https addresses and on localhost. Choose "
                "Picture instead: on a phone, it offers to take a photo."
            )
        )
        return None
    return _read(st.camera_input(_("Hold a digit or a number on paper in front of the camera")))


def camera_allowed(address: str) -> bool:
    """Whether a browser lets a page with that address use the camera."""
    parts = urlsplit(address)
    return parts.scheme != "http" or parts.hostname in ("localhost", "127.0.0.1", "::1")


def _read(file: object | None) -> Drawing | None:
    if file is None:
        return None
    try:
        image = load_picture(file)
    except DrawingError as error:
        st.error(as_message(error))
        return None
    return _corrected(image, str(getattr(file, "file_id", "")))


def _corrected(image: NDArray[np.uint8], key: str) -> Drawing:
    """The picture, with what a person can correct about how it is read."""
    shown = st.container()
    with st.popover(_("Correct the reading"), icon=":material/tune:"):
        whole, shares = (0, 100), "%d%%"
        columns = st.slider(_("From left to right"), *whole, whole, format=shares, key=f"x_{key}")
        rows = st.slider(_("From top to bottom"), *whole, whole, format=shares, key=f"y_{key}")
        swap = st.toggle(_("Swap ink and paper"), key=f"swap_{key}")
        single_digit = st.toggle(_("There is only one digit"), key=f"digit_{key}")
        single_row = st.toggle(_("All digits are in one row"), key=f"row_{key}")
    image = crop_picture(image, columns, rows)
    shown.image(image, width=320)
    state.CORRECTIONS.set((single_digit, single_row))
    drawing = prepare_drawing(image)
    if swap:
        return prepare_ink(1 - drawing.ink, drawing.left_out)
    usable = recognizers()[0]
    return usable[settings.DEFAULT_MODEL].with_polarity(drawing) if usable else drawing


def describe(
    drawing: Drawing | None, reading: Reading | None, source: str, names: Sequence[str] = ()
) -> Markup:
    """The digit, large, and ten bars; or the number, and where its digits were found.

    Args:
        names: what the network's answers stand for, where they are not digits.
    """
    if drawing is None or reading is None or not reading.pieces:
        title, words = _(NOTHING), _(INVITATIONS.get(source, ""))
        if drawing and source in ("Picture", "Camera"):
            title = _("No ink found in this picture")
            words = _(
                "Nothing in it stands out from its background. Choose a picture with more "
                "contrast, or another part of it under “Correct the reading”."
            )
        return html.join(
            [
                answer("", title, words),
                html.bars([0.0] * 10, names=names),
                note(_("The probability of each digit, as the network sees it.")),
            ]
        )
    text = reading.marked_text if len(reading.lines) < 2 else " / ".join(reading.lines)
    if names and len(reading.pieces) == 1 and reading.digits:
        text = label_name(int(text), names)
    heading = _(reading.describe_heading(names))
    shown = answer(text, heading, _(reading.describe_alternatives(names)))
    if drawing.left_out.words:
        words = _(
            "Left out: {left_out}. To read another part, choose it under “Correct the reading”.",
            left_out=drawing.left_out.words,
        )
        shown = html.join([shown, note(words)])
    if len(reading.pieces) > 1:
        boxes = [
            (box, str(piece.digit) if piece.digit is not None else "?", piece.confidence)
            for box, piece in reading.pieces
        ]
        if reading.at_once:
            words = Text(
                "Some digits touch. A network trained on whole numbers read them all at once, so "
                "the boxes only show roughly where each digit is."
            )
        else:
            words = Text(
                "Each digit is read on its own. Where more than one number fits, a network "
                "trained on whole numbers decides. The confidence of the number is the product "
                "of the digits' confidences."
            )
        if len(reading.lines) > 1:
            rows = Text(
                "{n} rows, from top to bottom: {numbers}.",
                n=len(reading.lines),
                numbers=listed(reading.lines),
            )
            words = Sentences(rows, words)
        return html.join([shown, number(drawing.ink, boxes), note(_(words))])
    recognition = reading.pieces[0][1]
    bars = html.bars(recognition.probabilities, recognition.nondigit_probability, names)
    if recognition.nondigit_probability:
        words = _(
            "The bars add up to 100%. From the mark ({refused:.0%}) on, a drawing counts as not a "
            "digit.",
            refused=REFUSED,
        )
    elif names:
        words = _("The bars add up to 100%: this network knows only its classes.")
    else:
        words = _("The bars add up to 100%: this network knows only the ten digits.")
    return html.join([shown, bars, note(words)])


def steps(drawing: Drawing | None, reading: Reading | None, recognizer: Recognizer) -> Markup:
    """From the drawing to the network's input; of a number, each of its digits."""
    if drawing is None or reading is None:
        return note(_(NOTHING))
    if len(reading.pieces) > 1:
        return digits(reading)
    names = recognizer.model.class_names
    shrunk = recognizer.recognize(from_mnist(drawing.shrunk))
    if shrunk.digit is None:
        plain = _(
            "The whole canvas scaled to 28x28, as simpler apps do it. The network doesn't see a "
            "digit."
        )
    else:
        plain = _(
            "The whole canvas scaled to 28x28, as simpler apps do it. The network sees {digit} "
            "({confidence} confidence).",
            digit=label_name(shrunk.digit, names),
            confidence=percent(shrunk.confidence),
        )
    pictures = [
        (
            enlarge(drawing.ink),
            _("1. The ink"),
            _("Whatever the colors: ink is white, paper is black."),
        ),
        (
            drawing.cropped,
            _("2. Cropped"),
            _("Only the digit, so its place and size don't matter. A thin pen is thickened."),
        ),
        (
            drawing.normalized,
            _("3. 28x28 pixels"),
            _(
                "Scaled to 20x20 with its center of mass in the middle, as the 70,000 digits of "
                "MNIST were. This is the network's input."
            ),
        ),
        (drawing.shrunk, _("Without these steps"), plain),
    ]
    return html.steps(pictures)


def digits(reading: Reading) -> Markup:
    """What the network saw of each digit of a number."""
    pictures = []
    for __, piece in reading.pieces:
        title, words = _("not a digit"), ""
        if piece.digit is not None:
            title = f"{piece.digit} · {piece.confidence:.0%}"
            if not piece.sure:
                likely = (f"{digit} ({share:.0%})" for digit, share in piece.top_two)
                words = _(Listed(*likely, style="or"))
        pictures.append((piece.normalized, title, words))
    return html.steps(pictures)


def votes(usable: dict[str, Recognizer], reading: Reading | None) -> Markup:
    """What every trained network answers for the same drawing."""
    if reading is None:
        return note(_(NOTHING))
    rows = []
    for recognizer in usable.values():
        other = recognizer.reread(reading)
        model = recognizer.model
        text = other.marked_text
        if model.class_names and len(other.digits) == 1:
            text = label_name(int(text), model.class_names)
        confidence = percent(other.confidence) if other.text else _("not a digit")
        row = (model.title, _(model.recipe.title), accuracy(recognizer), text or "–", confidence)
        rows.append(row)
    if not reading.at_once:
        return html.votes(rows)
    words = _(
        "These networks read single digits. Each was given the pieces above, cut apart where "
        "digits touch."
    )
    return html.join([note(words), html.votes(rows)])


add_style(Path(__file__).with_name("page.css"), STYLE, variables=SIZES)
introduction()
page()
