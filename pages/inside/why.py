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
from mnist_core.i18n import Sentences, Text, _, ngettext
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
SECTIONS = (
    Text("Pixels"),
    Text("Counterfactual"),
    Text("Similar images"),
    Text("Stroke by stroke"),
)
ANSWER = -1  # in the place of a class: the network's own answer
ALIKE = 7  # training images of each class
FIRST = Text("The first time, TensorFlow has to be loaded, which takes about ten seconds.")
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
        _("Explanation"),
        SECTIONS,
        key=state.WHY_SECTION_WIDGET.key,
        required=True,
        format_func=_,
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
        _("Class"),
        [ANSWER, *range(len(names))],
        key=state.WHY_CLASS_WIDGET.key,
        required=True,
        format_func=lambda choice: as_typed(names[choice]) if choice != ANSWER else _("Prediction"),
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
            _("Square, in pixels"),
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
                _("Layer for Grad-CAM"),
                maps,
                key=state.WHY_LAYER_WIDGET.key,
                width=220,
                persist_state="session",
            )
    covered = _occlusion(recognizer, _digest(model), image, size)[..., digit]
    pictures, notes = st.container(), st.container()  # what is waited for is said below
    method = Text(
        "Each {size}x{size} square is covered in turn. Orange: covering it makes {name} less "
        "likely.",
        size=size,
        name=name,
    )
    figures = [
        (
            displayed_heatmap(image, covered),
            _("{name} · occlusion", name=name),
            _(Sentences(method, _most(covered))),
        )
    ]
    pending = (displayed_heatmap(image, 0.0 * covered), _("Not ready yet."))
    with notes:
        waiting = Sentences(Text("Computing the gradients …"), FIRST)
        slopes = answered(_(waiting), saliency, model, image[np.newaxis], digit)
    if slopes is None:
        figures.append((pending[0], _("{name} · saliency", name=name), pending[1]))
    else:
        figures.append(
            (
                displayed_heatmap(image, slopes[0]),
                _("{name} · saliency", name=name),
                _(
                    "The gradient of the score of {name}: a little more ink raises it where the "
                    "map is orange, and lowers it where it is blue. Full color: {most:.2g} per "
                    "gray level.",
                    name=name,
                    most=float(np.abs(slopes).max()),
                ),
            )
        )
    if layer is not None:
        places = None
        if slopes is not None:
            with notes:
                places = answered(
                    _("Computing Grad-CAM …"), grad_cam, model, image[np.newaxis], digit, layer
                )
        if places is None:
            figures.append((pending[0], _("{name} · Grad-CAM", name=name), pending[1]))
        else:
            height, width = places.shape[1:]
            nothing = Text("Nothing in this layer is evidence for {name}.", name=name)
            where = Text(
                "Where the {height}x{width} feature maps of {layer} hold evidence for {name}.",
                height=height,
                width=width,
                layer=layer,
                name=name,
            )
            figures.append(
                (
                    displayed_heatmap(image, places[0]),
                    _("{name} · Grad-CAM", name=name),
                    _(Sentences(where, "" if places.any() else nothing)),
                )
            )
    with pictures:
        html.show(_heats(figures) + legend())
    if not maps:
        st.caption(_("Grad-CAM needs the feature maps of a convolution. This network has none."))
    with st.expander(_("How they differ"), icon=":material/help:"):
        st.markdown("".join(f"- {_(text)}\n" for text in METHODS) + "\n" + _(NO_REASON))


def _most(covered: NDArray[np.float32]) -> str:
    """What the full colour of occlusion stands for, in words."""
    most = 100 * float(np.abs(covered).max())
    if most < 0.1:
        return Text("No square of that size matters. Try a larger one.")
    return Text("Full color: {most:.1f} percentage points.", most=most)


METHODS = (
    Text(
        "**Occlusion** runs the network hundreds of times, each time with another square of the "
        "image covered, and compares the probabilities. It shows what *would happen*."
    ),
    Text(
        "**Saliency** is the gradient of the class's score at each pixel. The score (logit) is the "
        "network's output before softmax. It is exact for tiny changes, and may mislead for large "
        "ones."
    ),
    Text(
        "**Grad-CAM** adds up the feature maps of a layer, weighted by how much each counts for "
        "the class. The later the layer, the coarser the picture."
    ),
)
NO_REASON = Text("None of them shows *the* reason. Where they agree, trust them more.")


def legend() -> Markup:
    """What the colors of the maps mean."""
    return Markup(
        '<div class="legend"><span>{}</span><i></i><span>{}</span><span>· {}</span></div>'
    ).format(_("evidence against"), _("evidence for"), _("the drawing is gray"))


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
        _("Change it to"),
        others,
        key=state.WHY_WISH_WIDGET.key,
        required=True,
        format_func=lambda label: as_typed(names[label]),
        persist_state="session",
    )
    if wished is None:
        return
    waiting = Sentences(Text("Searching for the fewest pixels …"), FIRST)
    change = answered(_(waiting), smallest_change, model, image, int(wished))
    if change is None:
        return
    if not change.reached:
        st.info(
            _(
                "Even with {count} of the 784 pixels changed, {network} doesn't predict {name}.",
                count=MAX_CHANGED,
                network=as_typed(model.title),
                name=as_typed(names[wished]),
            )
        )
        return
    after = recognizer.recognize(from_mnist(change.image))
    marked = np.where(change.added, 1.0, np.where(change.removed, -1.0, 0.0))
    changes = ngettext("{n} pixel changes", "{n} pixels change", change.pixels)
    html.show(
        _heats(
            [
                (
                    enlarge(image),
                    _("Prediction: {name}", name=names[guess]),
                    _("{share:.1%} confidence.", share=float(recognition.probabilities[guess])),
                ),
                (
                    displayed_heatmap(image, marked, 1.0),
                    changes,
                    _(
                        "{added} become ink (orange), {removed} become paper (blue).",
                        added=int(change.added.sum()),
                        removed=int(change.removed.sum()),
                    ),
                ),
                (
                    enlarge(change.image),
                    _("Prediction: {name}", name=names[guess_of(after)]),
                    _("{share:.1%} confidence.", share=float(after.probabilities.max())),
                ),
            ]
        )
    )
    st.caption(
        _(
            "You most likely still see the original digit: for the network, a few well-chosen "
            "pixels outweigh all others. None of these {count} can be left out. A smaller set may "
            "exist, as there are too many to try all.",
            count=change.pixels,
        )
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
        words=_(
            "Computing the features of {count:,} training images, once for each network, which "
            "takes up to a minute …",
            count=len(dataset.x_train),
        ),
        every=1.0,
    )
    if not work.finished:
        return
    st.markdown(
        _(
            "The **features** of an image are the input of the last layer, from which it decides "
            "(of a feature map, its mean). These training images have the most similar features."
        )
    )
    names = names_of(model)
    for place, (digit, share) in enumerate(recognition.top_two):
        with st.spinner(_("Comparing with all training images …")):
            rows, distances = _alike(dataset, network, _digest(model), str(folder), image, digit)
        if not len(rows):
            continue
        name = as_typed(names[digit])
        st.markdown(
            _("**{name}**, prediction · {share:.1%}", name=name, share=share)
            if place == 0
            else _("**{name}**, runner-up · {share:.1%}", name=name, share=share)
        )
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
        _(
            "Below each: the Euclidean distance of its features. The nearer class is usually the "
            "prediction. Where both are equally near, the network is uncertain."
        )
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
            Text(
                "{network} was trained on {data}, which isn't on this machine any more.",
                network=model.title,
                data=name,
            )
        )
    return dataset


@st.cache_data(show_spinner=False, max_entries=10, ttl=60)
def _digest_of(_dataset: Dataset, name: str) -> str:
    return _dataset.digest()


@st.cache_data(show_spinner=False, max_entries=50)
def _features_folder(_dataset: Dataset, digest: str, _model: StoredModel) -> str:
    return str(features_folder(_model, _dataset.x_train))


@st.cache_data(show_spinner=False, max_entries=50)
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
            _(
                "Choose Drawing and draw one digit, best with two or more strokes: a 4, a 5 or a 7 "
                "with a bar."
            )
        )
        return
    drawing, lines, pens = given
    names = names_of(model)
    story = recognize_strokes(recognizer, drawing, lines, pens)
    pictures = html.steps(
        [
            (picture, _("Stroke {number}", number=place + 1), words_of(story, place, names))
            for place, picture in enumerate(stroke_pictures(drawing, lines, pens, side=320))
        ]
    )
    html.show(Markup('<div class="smooth">{}</div>').format(pictures))
    html.show(shares_table(story, names, recognizer.knows_nondigits))
    st.caption(
        _("In percent. For each row, the drawing so far is cropped, scaled and centered again.")
    )


def words_of(story: StrokeRecognitions, place: int, names: Sequence[str]) -> str:
    """What a stroke did, and what would be without it, in a line."""
    moved = 100 * story.changes[place]
    up, down = int(moved.argmax()), int(moved.argmin())
    if place == 0:
        guess = {"name": names[up], "share": float(moved[up]) / 100}
        if story.after[0].digit is not None:
            change = Text("Looks like {name} ({share:.0%}).", **guess)
        else:
            change = Text("Not a digit yet, at best {name} ({share:.0%}).", **guess)
    elif moved[up] < 1:
        change = Text("Almost no change.")
    else:
        change = Text(
            "{risen} rises by {rise:.0f} points, {fallen} falls by {fall:.0f}.",
            risen=names[up],
            rise=moved[up],
            fallen=names[down],
            fall=-moved[down],
        )
    without = story.without[place]
    likeliest = names[guess_of(without)]
    if not without.probabilities.any():
        rest = Text("Without it, nothing is left.")
    elif without.digit is None:
        rest = Text("Without it: not a digit, at best {name}.", name=likeliest)
    else:
        rest = Text("Without it: {name}, {share:.0%}.", name=likeliest, share=without.confidence)
    return _(Sentences(change, rest))


def shares_table(story: StrokeRecognitions, names: Sequence[str], doubts: bool) -> Markup:
    """The ten probabilities after each stroke, and without each, the likelier the bluer.

    Args:
        doubts: whether the network also says how likely it is no digit.
    """
    rows = [
        (_("after stroke {number}", number=place + 1), recognition)
        for place, recognition in enumerate(story.after)
    ]
    if len(rows) > 1:
        rows += [
            (_("without stroke {number}", number=place + 1), recognition)
            for place, recognition in enumerate(story.without)
        ]
    head = html.row(("", *names, *[_("not a digit")] * doubts), "th")
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
