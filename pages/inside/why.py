"""Why this answer: what of a drawing it hangs on, what would change it, and what is like it."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import streamlit as st
from markupsafe import Markup
from numpy.typing import NDArray

from mnist_core import (
    Dataset,
    Drawing,
    MnistCoreError,
    Recognizer,
    StoredModel,
    prepare_drawing,
)
from mnist_core.data.dataset import STAND_IN_NAME, label_name
from mnist_core.data.neighbors import nearest_neighbors
from mnist_core.data.release import MNIST
from mnist_core.drawing.normalize import from_mnist
from mnist_core.errors import DataError
from mnist_core.figures.heatmap import NEGATIVE, POSITIVE, enlarge
from mnist_core.inside.attribution import (
    PATCH_SIZE,
    feature_map_layers,
    grad_cam,
    occlusion,
    saliency,
)
from mnist_core.inside.counterfactual import MAX_CHANGED, smallest_change
from mnist_core.inside.features import (
    compute_features,
    features_folder,
    features_state,
    load_features,
    start_features,
)
from mnist_core.inside.strokes import StrokeRecognitions, recognize_strokes, stroke_pictures
from mnist_core.models.layers import LayerNetwork
from mnist_core.models.recognition import Recognition
from pages.shared import html, state
from pages.shared.canvas import drawn_image, drawn_strokes
from pages.shared.datasets import title, whole_data
from pages.shared.following import answered, followed
from pages.shared.navigation import page_file
from pages.shared.paper import dark_on_white, displayed_heatmap, image_grid
from pages.shared.style import add_style
from pages.shared.text import as_message, as_typed

Drawn = tuple[Drawing, Sequence[NDArray[np.float64]], Sequence[float]]
SECTIONS = ("Pixels", "Counterfactual", "Similar images", "Stroke by stroke")
ANSWER = -1  # in the place of a class: the network's own answer
ALIKE = 7  # training images of each class
FIRST = "The first time, TensorFlow has to be loaded, which takes about ten seconds."
HEAT_COLORS = {"heat-for": f"rgb{POSITIVE}", "heat-against": f"rgb{NEGATIVE}"}  # CSS variables


def why(
    model: StoredModel,
    recognizer: Recognizer,
    network: LayerNetwork,
    image: NDArray[np.uint8],
    on_canvas: bool,
) -> None:
    """Reasons for what a network says of one image.

    Args:
        model, recognizer, network: the same network, as it is stored, answers and is looked into.
        image: `(28, 28)`, as the network gets it.
        on_canvas: whether it is what is drawn on the canvas, so that it has strokes.
    """
    add_style(variables={"no-heat": "#fff" if dark_on_white() else "#000"})
    recognition = recognizer.recognize(from_mnist(image))
    state.WHY_SECTION_WIDGET.ensure(SECTIONS[0])
    section = st.segmented_control(
        "Explanation",
        SECTIONS,
        key=state.WHY_SECTION_WIDGET.key,
        required=True,
        label_visibility="collapsed",
        persist_state="session",
    )
    if section == SECTIONS[0]:
        its_pixels(model, recognizer, network, image, recognition)
    elif section == SECTIONS[1]:
        fewest_changes(model, recognizer, image, recognition)
    elif section == SECTIONS[2]:
        what_is_like_it(model, network, image, recognition)
    else:
        strokes(model, recognizer, drawn(recognizer) if on_canvas else None)


def drawn(recognizer: Recognizer) -> Drawn | None:
    """The drawing on the canvas and its strokes, if they make one digit."""
    image = drawn_image()
    if image is None:
        return None
    drawing = prepare_drawing(image)
    lines, pens = drawn_strokes()
    if drawing.reason or len(recognizer.read(drawing, lines, pens).pieces) != 1:
        return None
    return drawing, lines, pens


def names_of(model: StoredModel) -> tuple[str, ...]:
    """What the answers stand for: the digits, or the classes of other data."""
    return tuple(label_name(digit, model.class_names) for digit in range(10))


def guess_of(recognition: Recognition) -> int:
    """The likeliest class, also where the answer is "not a digit"."""
    return int(recognition.probabilities.argmax())


def choose_class(model: StoredModel, recognition: Recognition) -> int:
    """The class that the reasons are for; the network's own answer, until another is chosen."""
    names = names_of(model)
    state.WHY_CLASS_WIDGET.ensure(ANSWER)
    chosen = st.segmented_control(
        "Class",
        [ANSWER, *range(len(names))],
        key=state.WHY_CLASS_WIDGET.key,
        required=True,
        format_func=lambda choice: as_typed(names[choice]) if choice != ANSWER else "Prediction",
        persist_state="session",
    )
    return guess_of(recognition) if chosen in (None, ANSWER) else int(chosen)


# --- its pixels ---------------------------------------------------------------------------


def its_pixels(
    model: StoredModel,
    recognizer: Recognizer,
    network: LayerNetwork,
    image: NDArray[np.uint8],
    recognition: Recognition,
) -> None:
    """Three ways to ask which pixels an answer hangs on, beside each other."""
    digit = choose_class(model, recognition)
    name = names_of(model)[digit]
    maps = feature_map_layers(network)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        state.WHY_SQUARE_WIDGET.ensure(PATCH_SIZE)
        size = st.slider(
            "Square, in pixels",
            1,
            15,
            key=state.WHY_SQUARE_WIDGET.key,
            width=220,
            persist_state="session",
        )
        layer = None
        if maps:
            if state.WHY_LAYER_WIDGET.get() not in maps:
                state.WHY_LAYER_WIDGET.set(maps[-1])
            layer = st.selectbox(
                "Layer for Grad-CAM",
                maps,
                key=state.WHY_LAYER_WIDGET.key,
                width=220,
                persist_state="session",
            )
    covered = _occlusion(recognizer, _digest(model), image, size)[..., digit]
    pictures, notes = st.container(), st.container()  # what is waited for is said below
    figures = [
        (
            displayed_heatmap(image, covered),
            f"{name} · occlusion",
            f"Each {size}x{size} square is covered in turn. Orange: covering it makes {name} less "
            f"likely. {_most(covered)}",
        )
    ]
    pending = (displayed_heatmap(image, 0.0 * covered), "Not ready yet.")
    with notes:
        slopes = answered(
            f"Computing the gradients … {FIRST}", saliency, model, image[np.newaxis], digit
        )
    if slopes is None:
        figures.append((pending[0], f"{name} · saliency", pending[1]))
    else:
        figures.append(
            (
                displayed_heatmap(image, slopes[0]),
                f"{name} · saliency",
                f"The gradient of the score of {name}: a little more ink raises it where the map "
                "is orange, and lowers it where it is blue. Full color: "
                f"{np.abs(slopes).max():.2g} per gray level.",
            )
        )
    if layer is not None:
        places = None
        if slopes is not None:
            with notes:
                places = answered(
                    "Computing Grad-CAM …", grad_cam, model, image[np.newaxis], digit, layer
                )
        if places is None:
            figures.append((pending[0], f"{name} · Grad-CAM", pending[1]))
        else:
            height, width = places.shape[1:]
            nothing = "" if places.any() else f" Nothing in this layer is evidence for {name}."
            figures.append(
                (
                    displayed_heatmap(image, places[0]),
                    f"{name} · Grad-CAM",
                    f"Where the {height}x{width} feature maps of {layer} hold evidence for "
                    f"{name}.{nothing}",
                )
            )
    with pictures:
        html.show(_heats(figures) + LEGEND)
    if not maps:
        st.caption("Grad-CAM needs the feature maps of a convolution. This network has none.")
    with st.expander("How they differ", icon=":material/help:"):
        st.markdown(WORDS)


def _most(covered: NDArray[np.float32]) -> str:
    """What the full colour of occlusion stands for, in words."""
    most = 100 * float(np.abs(covered).max())
    if most < 0.1:
        return "No square of that size matters. Try a larger one."
    return f"Full color: {most:.1f} percentage points."


WORDS = """
- **Occlusion** runs the network hundreds of times, each time with another square of the image
  covered, and compares the probabilities. It shows what *would happen*.
- **Saliency** is the gradient of the class's score at each pixel. The score (logit) is the
  network's output before softmax. It is exact for tiny changes, and may mislead for large ones.
- **Grad-CAM** adds up the feature maps of a layer, weighted by how much each counts for the class.
  The later the layer, the coarser the picture.

None of them shows *the* reason. Where they agree, trust them more.
"""
LEGEND = Markup(
    '<div class="legend"><span>evidence against</span><i></i><span>evidence for</span>'
    "<span>· the drawing is gray</span></div>"
)


@st.cache_data(show_spinner=False, max_entries=100)
def _occlusion(
    _recognizer: Recognizer, digest: str, image: NDArray[np.uint8], size: int
) -> NDArray[np.float32]:
    return occlusion(_recognizer.predict, image, size)


def _digest(model: StoredModel) -> str:
    return str(model.card["files"]["litert"]["sha256"])


def _heats(figures: Sequence[tuple[NDArray[np.uint8], str, str]]) -> Markup:
    """Large pictures, each with a title and words."""
    return html.steps(figures, "heats")


# --- fewest changes -----------------------------------------------------------------------


def fewest_changes(
    model: StoredModel, recognizer: Recognizer, image: NDArray[np.uint8], recognition: Recognition
) -> None:
    """The fewest pixels that make another class of it."""
    names, guess = names_of(model), guess_of(recognition)
    others = [digit for digit in range(len(names)) if digit != guess]
    if not state.WHY_WISH_WIDGET.is_set or state.WHY_WISH_WIDGET.get() not in others:
        state.WHY_WISH_WIDGET.set(recognition.top_two[1][0])
    wished = st.segmented_control(
        "Change it to",
        others,
        key=state.WHY_WISH_WIDGET.key,
        required=True,
        format_func=lambda label: as_typed(names[label]),
        persist_state="session",
    )
    if wished is None:
        return
    change = answered(
        f"Searching for the fewest pixels … {FIRST}", smallest_change, model, image, int(wished)
    )
    if change is None:
        return
    if not change.reached:
        st.info(
            f"Even with {MAX_CHANGED} of the 784 pixels changed, {as_typed(model.title)} doesn't "
            f"predict {as_typed(names[wished])}."
        )
        return
    after = recognizer.recognize(from_mnist(change.image))
    marked = np.where(change.added, 1.0, np.where(change.removed, -1.0, 0.0))
    changes = "1 pixel changes" if change.pixels == 1 else f"{change.pixels} pixels change"
    html.show(
        _heats(
            [
                (
                    enlarge(image),
                    f"Prediction: {names[guess]}",
                    f"{recognition.probabilities[guess]:.1%} confidence.",
                ),
                (
                    displayed_heatmap(image, marked, 1.0),
                    changes,
                    f"{change.added.sum()} become ink (orange), "
                    f"{change.removed.sum()} become paper (blue).",
                ),
                (
                    enlarge(change.image),
                    f"Prediction: {names[guess_of(after)]}",
                    f"{after.probabilities[guess_of(after)]:.1%} confidence.",
                ),
            ]
        )
    )
    st.caption(
        "You most likely still see the original digit: for the network, a few well-chosen pixels "
        f"outweigh all others. None of these {change.pixels} can be left out. A smaller set may "
        "exist, as there are too many to try all."
    )


# --- what is like it ----------------------------------------------------------------------


def what_is_like_it(
    model: StoredModel, network: LayerNetwork, image: NDArray[np.uint8], recognition: Recognition
) -> None:
    """The training images of the two likeliest classes that the network finds most like it."""
    try:
        dataset = learned_from(model)
        folder = Path(_features_folder(dataset, _digest(model), model))
    except MnistCoreError as error:
        st.error(as_message(error))
        return
    work = followed(
        lambda: features_state(folder),
        lambda: start_features(model, dataset.x_train),
        slot="features",
        about=folder,
        words=f"Computing the features of {len(dataset.x_train):,} training images, once for each "
        "network, which takes up to a minute …",
        every=1.0,
    )
    if not work.finished:
        return
    st.markdown(
        "The **features** of an image are the input of the last layer, from which it decides (of a "
        "feature map, its mean). These training images have the most similar features."
    )
    names = names_of(model)
    for which, (digit, share) in zip(("prediction", "runner-up"), recognition.top_two, strict=True):
        rows, distances = _alike(dataset, network, _digest(model), str(folder), image, digit)
        if not len(rows):
            continue
        st.markdown(f"**{as_typed(names[digit])}**, {which} · {share:.1%}")
        clicked = image_grid(
            dataset.x_train[rows],
            [title(dataset, "train", int(row)) for row in rows],
            labels=[f"{distance:.3g}" for distance in distances],
            key=f"why_alike_{digit}",
            side=84,
        )
        if clicked is not None and not model.class_names:
            params = {"split": "train", "index": str(rows[clicked])}
            st.switch_page(page_file("dataset"), query_params=params)
    st.caption(
        "Below each: the Euclidean distance of its features. The nearer class is usually the "
        "prediction. Where both are equally near, the network is uncertain."
    )


def learned_from(model: StoredModel) -> Dataset:
    """The data that a network learned from.

    Raises:
        DataError: it isn't on this machine, or is another one now.
    """
    name = model.data_name
    dataset = whole_data(MNIST.name if name == STAND_IN_NAME else name)
    if dataset.name != name or _digest_of(dataset, name) != model.card["data"]["digest"]:
        raise DataError(
            f"{model.title} was trained on {name}, which isn't on this machine any more."
        )
    return dataset


@st.cache_data(show_spinner=False, max_entries=10, ttl=60)
def _digest_of(_dataset: Dataset, name: str) -> str:
    return _dataset.digest()


@st.cache_data(show_spinner=False, max_entries=50)
def _features_folder(_dataset: Dataset, digest: str, _model: StoredModel) -> str:
    return str(features_folder(_model, _dataset.x_train))


@st.cache_data(show_spinner="Comparing with all training images …", max_entries=50)
def _alike(
    _dataset: Dataset,
    _network: LayerNetwork,
    digest: str,
    folder: str,
    image: NDArray[np.uint8],
    label: int,
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """(rows, distances) of the training images of a class with the most similar features."""
    rows = np.flatnonzero(_dataset.y_train == label)
    features = load_features(Path(folder), rows)
    if features is None:
        return np.empty(0, np.intp), np.empty(0)
    query = compute_features(_network, image[np.newaxis])
    nearest, distances = nearest_neighbors(query, features, ALIKE)
    return rows[nearest[0]], distances[0]


# --- stroke by stroke ---------------------------------------------------------------------


def strokes(model: StoredModel, recognizer: Recognizer, given: Drawn | None) -> None:
    """How each stroke moved the ten probabilities, and what would be without it."""
    if given is None:
        st.info(
            "Choose Drawing and draw one digit, best with two or more strokes: a 4, a 5 or a 7 "
            "with a bar."
        )
        return
    drawing, lines, pens = given
    names = names_of(model)
    story = recognize_strokes(recognizer, drawing, lines, pens)
    pictures = html.steps(
        [
            (picture, f"Stroke {place + 1}", words_of(story, place, names))
            for place, picture in enumerate(stroke_pictures(drawing, lines, pens, side=320))
        ]
    )
    html.show(Markup('<div class="smooth">{}</div>').format(pictures))
    html.show(shares_table(story, names, recognizer.knows_nondigits))
    st.caption(
        "In percent. For each row, the drawing so far is cropped, scaled and centered again."
    )


def words_of(story: StrokeRecognitions, place: int, names: Sequence[str]) -> str:
    """What a stroke did, and what would be without it, in a line."""
    moved = 100 * story.changes[place]
    up, down = int(moved.argmax()), int(moved.argmin())
    sentences = []
    if place == 0:
        guess = f"{names[up]} ({moved[up]:.0f}%)"
        first = story.after[0].digit is not None
        sentences.append(f"Looks like {guess}." if first else f"Not a digit yet, at best {guess}.")
    elif moved[up] < 1:
        sentences.append("Almost no change.")
    else:
        sentences.append(
            f"{names[up]} rises by {moved[up]:.0f} points, {names[down]} falls by "
            f"{-moved[down]:.0f}."
        )
    without = story.without[place]
    if not without.probabilities.any():
        sentences.append("Without it, nothing is left.")
    elif without.digit is None:
        sentences.append(f"Without it: not a digit, at best {names[guess_of(without)]}.")
    else:
        sentences.append(f"Without it: {names[guess_of(without)]}, {without.confidence:.0%}.")
    return " ".join(sentences)


def shares_table(story: StrokeRecognitions, names: Sequence[str], doubts: bool) -> Markup:
    """The ten probabilities after each stroke, and without each, the likelier the bluer.

    Args:
        doubts: whether the network also says how likely it is no digit.
    """
    rows = [
        (f"after stroke {place + 1}", recognition) for place, recognition in enumerate(story.after)
    ]
    if len(rows) > 1:
        rows += [
            (f"without stroke {place + 1}", recognition)
            for place, recognition in enumerate(story.without)
        ]
    head = html.row(("", *names, *["not a digit"] * doubts), "th")
    body = Markup("")
    for words, recognition in rows:
        shares = [("59,130,246", share) for share in recognition.probabilities]
        shares += [("245,158,11", recognition.nondigit_probability)] * doubts
        cells = html.join(
            Markup('<td class="share" style="background:rgba({},{:.2f})">{:.0f}</td>').format(
                color, 0.75 * share, 100 * share
            )
            for color, share in shares
        )
        body += Markup("<tr><td>{}</td>{}</tr>").format(words, cells)
    return html.scrolled_table(head, body, "strokes")
