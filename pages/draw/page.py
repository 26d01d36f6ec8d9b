"""Draw: a digit from the canvas, a picture, the camera or the test set, and what is read."""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from mnist_core import (
    Drawing,
    DrawingError,
    Reading,
    Recognizer,
    load_picture,
    prepare_drawing,
    settings,
)
from mnist_core.data.dataset import label_name
from mnist_core.drawing.normalize import crop_picture, enlarge, from_mnist, prepare_ink
from mnist_core.drawing.segmentation import REFUSED
from mnist_core.models.recognition import percent
from pages.components.live_answer import live_answer
from pages.draw.answer import answer, number
from pages.shared import html, state
from pages.shared.canvas import SIZES, STYLE, canvas, drawn_strokes
from pages.shared.download import data_notice
from pages.shared.navigation import page_file
from pages.shared.networks import NO_NETWORK, default_network
from pages.shared.samples import DATA_SET, sample_picker
from pages.shared.streamlit_internals import CANVAS_TOOLBAR
from pages.shared.style import add_style
from pages.shared.text import as_message, as_typed
from pages.shared.turns import DRAWING
from pages.shared.warm import recognizers


@st.fragment
def page() -> None:
    """All that a stroke changes is one fragment, so that it runs this and nothing else."""
    with DRAWING.take():
        _page()


def _page() -> None:
    troubles = st.container()
    sources = {"Draw": drawn, "Picture": picture_file, "Camera": camera, DATA_SET: test_image}
    left, right = st.columns([5, 6], gap="medium")
    with left:
        state.SOURCE_WIDGET.ensure(state.SOURCE.get())
        source = st.segmented_control(
            "Source of the digit",
            list(sources),
            key=state.SOURCE_WIDGET.key,
            required=True,
            label_visibility="collapsed",
        )
        source = source or "Draw"
        state.SOURCE.set(source)
        drawing = sources[source]()
    usable, errors = recognizers()  # after the canvas, which can be drawn on meanwhile
    for error in errors:
        troubles.warning(as_message(error))
    if not usable:
        troubles.error(NO_NETWORK)
        return
    with right:
        above, below = st.container(), st.container()  # the answer first, also on a phone
        with below:
            recognizer = choose_model(usable)
            if source == "Draw":
                live_answer(recognizer.model, canvas_top=CANVAS_TOOLBAR, key="live_answer")
        reading = read(recognizer, drawing, source) if drawing else None
        with above:
            show_answer(drawing, reading, source, recognizer.model.class_names)
    if not (drawing and reading) or drawing.reason:
        return
    if len(reading.pieces) > 1:
        show_digits(reading)
    elif source != DATA_SET:
        show_steps(drawing, recognizer)
    show_votes(usable, reading)


def introduction() -> None:
    """What this is, and three ways in."""
    st.title("Draw a digit", anchor=False)
    with st.container(horizontal=True, vertical_alignment="center", key="ways"):
        st.markdown("A neural network reads it while you draw.", width="content")
        st.page_link(
            page_file("dataset"), label="See what it learned from", icon=":material/grid_view:"
        )
        st.page_link(page_file("train"), label="Train your own", icon=":material/fitness_center:")
        st.page_link(page_file("inside"), label="Look inside", icon=":material/visibility:")


def read(recognizer: Recognizer, drawing: Drawing, source: str) -> Reading:
    """What the network makes of it; the canvas knows its strokes, a picture doesn't."""
    if source == "Draw":
        return recognizer.read(drawing, *drawn_strokes())
    if source == DATA_SET:
        return recognizer.read(drawing)
    single_digit, single_row = state.CORRECTIONS.get()
    return recognizer.read(drawing, single_digit=single_digit, single_row=single_row)


def choose_model(usable: dict[str, Recognizer]) -> Recognizer:
    """A choice of network, with how good each is. A choice made by hand stays."""
    default = default_network(usable)
    chosen = state.DRAWING_NETWORK.get()
    state.DRAWING_NETWORK_WIDGET.set(chosen if chosen in usable else default)

    def label(name: str) -> str:
        mark = ", default" if name == default else ""
        return f"{usable[name].model.title} · {accuracy(usable[name])} test accuracy{mark}"

    name = st.selectbox(
        "Network",
        list(usable),
        key=state.DRAWING_NETWORK_WIDGET.key,
        format_func=label,
        on_change=lambda: state.DRAWING_NETWORK.set(state.DRAWING_NETWORK_WIDGET.get()),
        help="Test accuracy: share of the test images, which the network was not trained on, that "
        "it classifies correctly. More about each network is on the Networks page.",
    )
    model = usable[name].model
    if model.class_names:
        st.caption(
            f"This network was trained on {as_typed(model.data_name)}, not on MNIST's digits. It "
            "answers with the class that the drawing resembles most."
        )
    return usable[name]


def accuracy(recognizer: Recognizer) -> str:
    """The network's test accuracy in per cent, and on what, if it wasn't MNIST."""
    model = recognizer.model
    share = f"{100 * model.evaluation.accuracy:.2f}%"
    return share if model.card["data"]["verified"] else f"{share} ({model.data_name})"


def drawn() -> Drawing | None:
    """What is on the canvas."""
    image = canvas()
    return prepare_drawing(image) if image is not None else None


def test_image() -> Drawing | None:
    """An image of the data set, which the networks get as it is."""
    data_notice()
    return from_mnist(sample_picker())


def picture_file() -> Drawing | None:
    """A picture that the person has."""
    file = st.file_uploader(
        "A digit or a whole number: a drawing, a scan or a photograph of paper",
        type=["png", "jpg", "jpeg", "webp", "bmp", "gif"],
        max_upload_size=20,  # MB
    )
    return _read(file)


def camera() -> Drawing | None:
    """A photograph taken now."""
    if not camera_allowed(st.context.url or ""):
        st.info(
            "Browsers only allow the camera on https addresses and on localhost. Choose Picture "
            "instead: on a phone, it offers to take a photo."
        )
        return None
    return _read(st.camera_input("Hold a digit or a number on paper in front of the camera"))


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
    with st.popover("Correct the reading", icon=":material/tune:"):
        columns = st.slider("From left to right", 0, 100, (0, 100), format="%d%%", key=f"x_{key}")
        rows = st.slider("From top to bottom", 0, 100, (0, 100), format="%d%%", key=f"y_{key}")
        swap = st.toggle("Swap ink and paper", key=f"swap_{key}")
        single_digit = st.toggle("There is only one digit", key=f"digit_{key}")
        single_row = st.toggle("All digits are in one row", key=f"row_{key}")
    image = crop_picture(image, columns, rows)
    shown.image(image, width=320)
    state.CORRECTIONS.set((single_digit, single_row))
    drawing = prepare_drawing(image)
    if swap:
        return prepare_ink(1 - drawing.ink)
    usable = recognizers()[0]
    return usable[settings.DEFAULT_MODEL].with_polarity(drawing) if usable else drawing


def show_answer(
    drawing: Drawing | None, reading: Reading | None, source: str, names: Sequence[str] = ()
) -> None:
    """The digit, large, and ten bars; or the number, and where its digits were found.

    Args:
        names: what the network's answers stand for, where they are not digits.
    """
    if drawing is None or reading is None or not reading.pieces:
        nothing = {
            "Draw": "Draw a digit from 0 to 9, or a whole number. Any size, anywhere.",
            "Picture": "Choose a picture.",
            "Camera": "Take a picture.",
        }
        if drawing and source in ("Picture", "Camera"):
            words = (
                "Nothing in it stands out from its background. Choose a picture with more "
                "contrast, or another part of it under “Correct the reading”."
            )
            html.show(answer("", "No ink found in this picture", words))
        else:
            html.show(answer("", "Nothing to read yet", nothing.get(source, "")))
        html.show(html.bars([0.0] * 10, names=names))
        st.caption("The probability of each digit, as the network sees it.")
        return
    text = reading.marked_text if len(reading.lines) < 2 else " / ".join(reading.lines)
    if names and len(reading.pieces) == 1 and reading.digits:
        text = label_name(int(text), names)
    html.show(answer(text, reading.heading, reading.describe_alternatives(names)))
    if len(reading.pieces) > 1:
        boxes = [
            (box, str(piece.digit) if piece.digit is not None else "?", piece.confidence)
            for box, piece in reading.pieces
        ]
        html.show(number(drawing.ink, boxes))
        if len(reading.lines) > 1:
            st.caption(
                f"{len(reading.lines)} rows, from top to bottom: {', '.join(reading.lines)}."
            )
        if reading.at_once:
            st.caption(
                "Some digits touch. A network that learned whole numbers read them all at once; "
                "the boxes show roughly where each digit is."
            )
        else:
            st.caption(
                "Each digit is read on its own. The confidence of the number is the product of "
                "theirs."
            )
        return
    recognition = reading.pieces[0][1]
    html.show(html.bars(recognition.probabilities, recognition.nondigit_probability, names))
    if recognition.nondigit_probability:
        st.caption(
            f"The bars add up to 100%. From the mark ({REFUSED:.0%}) on, a drawing counts as not "
            "a digit."
        )
    else:
        st.caption(
            "The bars add up to 100%: this network knows only "
            + ("its classes." if names else "the ten digits.")
        )


def show_steps(drawing: Drawing, recognizer: Recognizer) -> None:
    """From the drawing to the network's input, and what simpler apps would give it."""
    names = recognizer.model.class_names
    shrunk = recognizer.recognize(from_mnist(drawing.shrunk))
    plain = "doesn't see a digit"
    if shrunk.digit is not None:
        plain = f"sees {label_name(shrunk.digit, names)} ({shrunk.confidence:.0%} confidence)"
    st.subheader("What the network sees", anchor=False)
    pictures = [
        (
            enlarge(drawing.ink),
            "1. The ink",
            "Whatever the colors: ink is white, paper is black.",
        ),
        (
            drawing.cropped,
            "2. Cropped",
            "Only the digit, so its place and size don't matter. A thin pen is thickened.",
        ),
        (
            drawing.normalized,
            "3. 28x28 pixels",
            "Scaled to 20x20 with its center of mass in the middle, as the 70,000 digits of MNIST "
            "were. This is the network's input.",
        ),
        (
            drawing.shrunk,
            "Without these steps",
            f"The whole canvas scaled to 28x28, as simpler apps do it. The network {plain}.",
        ),
    ]
    html.show(html.steps(pictures))


def show_digits(reading: Reading) -> None:
    """What the network saw of each digit of a number."""
    st.subheader("What the network sees", anchor=False)
    pictures = []
    for _, piece in reading.pieces:
        title, words = "not a digit", ""
        if piece.digit is not None:
            title = f"{piece.digit} · {piece.confidence:.0%}"
            if not piece.sure:
                words = " or ".join(f"{digit} ({share:.0%})" for digit, share in piece.top_two)
        pictures.append((piece.normalized, title, words))
    html.show(html.steps(pictures))


def show_votes(usable: dict[str, Recognizer], reading: Reading) -> None:
    """What every trained network answers for the same drawing."""
    st.subheader("All networks", anchor=False)
    if reading.at_once:
        st.caption(
            "These networks read single digits. Each was given the pieces above, cut apart where "
            "digits touch."
        )
    rows = []
    for recognizer in usable.values():
        other = recognizer.reread(reading)
        model = recognizer.model
        digits = other.marked_text
        if model.class_names and len(other.digits) == 1:
            digits = label_name(int(digits), model.class_names)
        confidence = percent(other.confidence) if other.text else "not a digit"
        row = (model.title, model.recipe.title, accuracy(recognizer), digits or "–", confidence)
        rows.append(row)
    html.show(html.votes(rows))
    st.page_link(page_file("networks"), label="More about these networks", icon=":material/hub:")


add_style(Path(__file__).with_name("page.css"), STYLE, variables=SIZES)
introduction()
page()
