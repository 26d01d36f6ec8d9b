"""Draw: a digit from the canvas, a picture, the camera or the test set, and what is read."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from mnist_core import (
    Drawing,
    DrawingError,
    Reading,
    Recognizer,
    load_picture,
    prepare_drawing,
    settings,
)
from mnist_core.drawing.normalize import enlarge, from_mnist
from mnist_core.runs.preferences import read_preferences
from pages.components.live_answer import live_answer
from pages.draw.answer import answer, number
from pages.shared import html, state
from pages.shared.canvas import SIZES, STYLE, canvas, drawn_strokes
from pages.shared.download import data_notice
from pages.shared.samples import DATA_SET, sample_picker
from pages.shared.streamlit_internals import CANVAS_TOOLBAR
from pages.shared.style import add_style
from pages.shared.text import as_message, as_typed
from pages.shared.warm import recognizers

# Seconds between two looks at which network is to be used; each stroke looks too. A look within
# the 200 ms that the canvas waits makes it wait anew, so they must be rare.
FOLLOW = 10.0


@st.fragment
def page() -> None:
    """All of the page is one fragment, so that a stroke runs this and nothing else."""
    troubles = st.container()
    sources = {"Draw": drawn, "Picture": picture_file, "Camera": camera,
               DATA_SET: test_image}  # fmt: skip
    left, right = st.columns([5, 6], gap="medium")
    with left:
        state.SOURCE_WIDGET.ensure(state.SOURCE.get())
        source = st.segmented_control(
            "Where the digit comes from", list(sources), key=state.SOURCE_WIDGET.key, required=True,
            label_visibility="collapsed",
        )  # fmt: skip
        source = source or "Draw"
        state.SOURCE.set(source)
        drawing = sources[source]()
    usable, errors = recognizers()  # after the canvas, which can be drawn on meanwhile
    for error in errors:
        troubles.warning(as_message(error))
    if not usable:
        troubles.error("No trained network can be used. Run `python -m mnist_core train pen`.")
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


def read(recognizer: Recognizer, drawing: Drawing, source: str) -> Reading:
    """What the network makes of it; the canvas knows its strokes, a picture doesn't."""
    if source == "Draw":
        return recognizer.read(drawing, *drawn_strokes())
    return recognizer.read(drawing)


def choose_model(usable: dict[str, Recognizer]) -> Recognizer:
    """A choice of network, with how good each is."""
    names = list(usable)
    used = read_preferences().drawing_model
    default = next((name for name in (used, settings.DEFAULT_MODEL) if name in names), names[0])
    if not state.FOLLOWED_NETWORK.is_set:
        state.FOLLOWED_NETWORK.set(used)
    if state.FOLLOWED_NETWORK.get() != used:  # put to use just now, by anyone
        state.FOLLOWED_NETWORK.set(used)
        state.DRAWING_NETWORK.set(default)
        state.DRAWING_NETWORK_WIDGET.set(default)
    kept = state.DRAWING_NETWORK.get()
    if state.DRAWING_NETWORK_WIDGET.get() not in names:
        state.DRAWING_NETWORK_WIDGET.set(kept if kept in names else default)
    name = st.selectbox(
        "Network", names, key=state.DRAWING_NETWORK_WIDGET.key,
        format_func=lambda name: f"{name} · {accuracy(usable[name])} on the test set",
        help="Test set: images that the network has not trained on (10,000 for MNIST).",
    )  # fmt: skip
    state.DRAWING_NETWORK.set(name)  # outlasts the page, which the choice itself does not
    model = usable[name].model
    if model.class_names:
        st.caption(
            f"This network learned from {as_typed(model.data_name)}, not from MNIST's digits. It "
            "says which of its own classes a drawing looks like most."
        )
    return usable[name]


@st.fragment(run_every=FOLLOW)
def follow() -> None:
    """Look whether another network was put to use, while nothing is drawn."""
    if read_preferences().drawing_model != state.FOLLOWED_NETWORK.get():
        st.rerun()


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
    return _read(st.camera_input("Hold a digit or a number on paper in front of the camera"))


def _read(file: object | None) -> Drawing | None:
    if file is None:
        return None
    try:
        image = load_picture(file)
    except DrawingError as error:
        st.error(as_message(error))
        return None
    st.image(image, width=320)
    return prepare_drawing(image)


def show_answer(
    drawing: Drawing | None, reading: Reading | None, source: str, names: Sequence[str] = ()
) -> None:
    """The digit, large, and ten bars; or the number, and where its digits were found.

    Args:
        names: what the network's answers stand for, where they are no digits.
    """
    if drawing is None or reading is None or not reading.pieces:
        nothing = {
            "Draw": "Draw a digit from 0 to 9, or a whole number, of any size, anywhere.",
            "Picture": "Choose a picture.",
            "Camera": "Take a picture.",
        }
        html.show(answer("", "Nothing to read yet.", nothing.get(source, "")))
        html.show(html.bars([0.0] * 10, names=names))
        return
    html.show(answer(reading.marked_text, reading.heading, reading.alternatives))
    if len(reading.pieces) > 1:
        html.show(number(drawing.ink, [
            (box, str(seen.digit) if seen.digit is not None else "?", seen.confidence)
            for box, seen in reading.pieces
        ]))  # fmt: skip
        st.caption("Each digit was read on its own. All of them right: the shares multiplied.")
        return
    seen = reading.pieces[0][1]
    html.show(html.bars(seen.probabilities, seen.nondigit_probability, names))
    if seen.nondigit_probability:
        st.caption("The network shares 100% out among the ten digits, and says beside that how "
                   "likely this is no digit at all.")  # fmt: skip
    elif names:
        st.caption("The network shares 100% out among the classes it knows.")
    else:
        st.caption("The network shares 100% out among the ten digits it knows.")


def show_steps(drawing: Drawing, recognizer: Recognizer) -> None:
    """From the drawing to what the network sees, and what simpler apps would give it."""
    shrunk = recognizer.recognize(from_mnist(drawing.shrunk))
    plain = f"reads a {shrunk.digit} ({shrunk.confidence:.0%} sure)"
    if shrunk.digit is None:
        plain = "reads no digit"
    st.subheader("What the network sees")
    html.show(html.steps([
        (enlarge(drawing.ink), "1. The ink",
         "Whatever the colours were: ink is white, paper is black."),
        (drawing.cropped, "2. Cropped",
         "Only the digit. Where it stood and how large it was no longer matter. "
         "A thin pen is thickened."),
        (drawing.normalized, "3. 28x28 pixels",
         "Shrunk to fit 20x20, its centre of mass (balance point) in the middle. So was MNIST "
         "made, the 70,000 digits that networks learn from. It is all that the network gets."),
        (drawing.shrunk, "Without these steps",
         "The whole canvas shrunk to 28x28, as simpler apps do it. From this, the network "
         f"{plain}."),
    ]))  # fmt: skip


def show_digits(reading: Reading) -> None:
    """What the network saw of each digit of a number."""
    st.subheader("What the network sees")
    html.show(html.steps([
        (seen.normalized,
         f"{seen.digit} · {seen.confidence:.0%}" if seen.digit is not None else "no digit",
         " or ".join(f"{digit} ({share:.0%})" for digit, share in seen.top_two)
         if seen.digit is not None and not seen.sure else "")
        for _, seen in reading.pieces
    ]))  # fmt: skip


def show_votes(usable: dict[str, Recognizer], reading: Reading) -> None:
    """What every trained network says of the same drawing."""
    st.subheader("What every network says")
    rows = []
    for name, recognizer in usable.items():
        seen = recognizer.reread(reading)
        confidence = f"{100 * seen.confidence:.1f}%" if seen.text else "not a digit"
        title = recognizer.model.recipe.title
        rows.append((name, title, accuracy(recognizer), seen.marked_text or "–", confidence))
    html.show(html.votes(rows))
    st.page_link("pages/networks/page.py", label="More about these networks", icon=":material/hub:")


add_style(Path(__file__).with_name("page.css"), STYLE, variables=SIZES)
page()
follow()
