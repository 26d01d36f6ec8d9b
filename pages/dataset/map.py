"""The map: thousands of images as points, those that look alike close together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from mnist_core import Dataset, MnistCoreError, list_models, open_model
from mnist_core.data.maps import (
    PrincipalComponents,
    choose_rows,
    embed_new_points,
    principal_components,
    start_tsne,
    tsne_folder,
)
from mnist_core.i18n import Sentences, Text, _, listed
from mnist_core.inside.features import compute_features, features_folder, load_features
from mnist_core.models.layers import LayerNetwork
from mnist_core.system.computations import Computation, read_computation
from pages.components.scatter import Sheet, image_map, lassoed, make_sheet, send_pictures
from pages.dataset.links import open_image
from pages.shared import state
from pages.shared.canvas import last_drawing
from pages.shared.datasets import Split, count_of, named, part, title
from pages.shared.following import begun, follow, show_work
from pages.shared.networks import network_title
from pages.shared.paper import dark_on_white, image_grid
from pages.shared.text import as_message, as_typed

PIXELS = ""  # in the place of a network's name
PCA, TSNE = "PCA", "t-SNE"
COUNTS = (1000, 2000, 5000, 10_000)
SHOWN = 120  # images of a selection
WORDS = Text("""
- **Principal component analysis** (PCA): the two directions, of 784 pixels or of a network's
  features, in which the images differ most. It is quick. All other differences are invisible, so
  groups overlap.
- **t-SNE** (t-distributed stochastic neighbor embedding): moves the points until neighbors in all
  dimensions are neighbors on the map. It takes about a minute, once. Groups become islands; the
  size of an island and its distance to others mean little.
- **Features**: the output of a network's layers before its last one, from which that one decides.
  The network is likely to misclassify images that lie among the points of another class.
""")


@dataclass(frozen=True)
class Shown:
    """The images of a map: which they are, what the map is made of, and a key for what is kept."""

    dataset: Dataset
    split: Split
    rows: NDArray[np.intp]
    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    points: NDArray[Any]
    sheet: Sheet
    about: str
    source: str

    @property
    def names(self) -> list[str]:
        """What the ten classes are called."""
        return [named(self.dataset, label) for label in range(10)]


def data_map(dataset: Dataset) -> None:
    """What the map is made of, the map, and what was selected on it."""
    st.markdown(
        _(
            "Each point is an image, and similar images are close together. Point at one to see "
            "it, draw around some to list them, click a class above the map to hide it."
        )
    )
    split, count, source, way = choose(dataset)
    key = f"{dataset.digest()} {split} {count}"
    rows, images, labels = the_images(dataset, split, count, key)
    try:
        points = the_points(images, key, source, dataset, split, rows)
    except MnistCoreError as error:
        st.error(as_message(error))
        return
    sheet = the_sheet(images, key, dark_on_white())
    about = f"{key} {source}"
    shown = Shown(dataset, split, rows, images, labels, points, sheet, about, source)
    if way == TSNE:
        look, start, folder = tsne(shown)
        begun(look, start, slot="tsne", about=folder)
        follow(
            look, lambda work: the_map(shown, work), working=lambda work: work.working, every=1.0
        )
    else:
        st.fragment(the_map)(shown, None)
    send_pictures(sheet, key="map_pictures")
    with st.expander(_("Glossary"), icon=":material/help:"):
        st.markdown(_(WORDS))


def choose(dataset: Dataset) -> tuple[Split, int, str, str]:
    """(split, how many images, which network's features, which way)."""
    networks = [model.name for model in list_models()[0]]
    state.MAP_SPLIT_WIDGET.ensure()
    state.MAP_COUNT_WIDGET.ensure()
    state.MAP_WAY_WIDGET.ensure(PCA)
    if state.MAP_SOURCE_WIDGET.ensure(PIXELS) not in [PIXELS, *networks]:
        state.MAP_SOURCE_WIDGET.set(PIXELS)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        way = st.segmented_control(
            _("Method"),
            [PCA, TSNE],
            key=state.MAP_WAY_WIDGET.key,
            required=True,
            persist_state="session",
        )
        source = st.selectbox(
            _("Based on"),
            [PIXELS, *networks],
            key=state.MAP_SOURCE_WIDGET.key,
            width=230,
            persist_state="session",
            format_func=lambda name: (
                _("Features of {network}", network=network_title(name)) if name else _("Pixels")
            ),
        )
        split: Split = (
            st.segmented_control(
                _("Split"),
                ["train", "test"],
                key=state.MAP_SPLIT_WIDGET.key,
                required=True,
                format_func=count_of(dataset),
                persist_state="session",
            )
            or "train"
        )
        most = len(part(dataset, split)[0])
        counts = [count for count in COUNTS if count <= most] or [most]
        if state.MAP_COUNT_WIDGET.get() not in counts:
            state.MAP_COUNT_WIDGET.set(counts[-1])
        count = st.selectbox(
            _("Random images"),
            counts,
            key=state.MAP_COUNT_WIDGET.key,
            width=170,
            format_func=lambda n: f"{n:,}",
            persist_state="session",
        )
    return split, count, source, way or PCA


# --- what the map is made of ----------------------------------------------------------------


# What is kept is shared by all sessions, and never changed.


@st.cache_resource(show_spinner=False, max_entries=4)
def the_images(
    _dataset: Dataset, split: Split, count: int, key: str
) -> tuple[NDArray[np.intp], NDArray[np.uint8], NDArray[np.uint8]]:
    """(rows, images, labels) of those that are on the map."""
    images, labels = part(_dataset, split)
    rows = choose_rows(len(images), count)
    return rows, images[rows], labels[rows]


def the_points(
    images: NDArray[np.uint8],
    key: str,
    source: str,
    dataset: Dataset,
    split: Split,
    rows: NDArray[np.intp],
) -> NDArray[Any]:
    """`(n, 784)` pixels, or `(n, d)` features of a network."""
    if source == PIXELS:
        return images.reshape(len(images), -1)
    model = open_model(source)
    if split == "train":  # all of them may have been computed for something else
        features = load_features(features_folder(model, dataset.x_train), rows)
        if features is not None:
            return features
    with st.spinner(_("Computing the features of each image …")):
        return _features(images, key, source, model.card["files"]["litert"]["sha256"])


@st.cache_resource(show_spinner=False, max_entries=3)
def _features(_images: NDArray[np.uint8], key: str, name: str, digest: str) -> NDArray[np.float16]:
    return compute_features(LayerNetwork.load(open_model(name)), _images)


@st.cache_data(show_spinner=False, max_entries=50)
def _feature_of(image: NDArray[np.uint8], name: str, digest: str) -> NDArray[np.float16]:
    return compute_features(LayerNetwork.load(open_model(name)), image[np.newaxis])


@st.cache_resource(show_spinner=False, max_entries=4)
def the_sheet(_images: NDArray[np.uint8], key: str, inverted: bool) -> Sheet:
    """The pictures, as the browser gets them."""
    return make_sheet(255 - _images if inverted else _images)


@st.cache_resource(show_spinner=False, max_entries=12)
def the_components(
    _points: NDArray[Any], about: str
) -> tuple[PrincipalComponents, NDArray[np.float32]]:
    """(the first two principal components, `(n, 2)` where the points lie along them)."""
    components = principal_components(_points)
    return components, components.project(_points)


@st.cache_data(show_spinner=False, max_entries=20)
def _tsne_folder(_points: NDArray[Any], about: str) -> str:
    return str(tsne_folder(_points))


# --- the map ------------------------------------------------------------------------------


def tsne(shown: Shown) -> tuple[Callable[[], Computation], Callable[[], None], Path]:
    """(look, start, about) of the t-SNE of a map: see `pages.shared.following.followed`."""
    folder = Path(_tsne_folder(shown.points, shown.about))
    return lambda: read_computation(folder), lambda: start_tsne(shown.points), folder


def the_map(shown: Shown, work: Computation | None) -> None:
    """The points, and beside them what is selected.

    Args:
        work: on the t-SNE; None for principal components.
    """
    components, flat = the_components(shown.points, shown.about)
    positions = flat
    words = Text(
        "The axes are the two directions in which the images differ most. They explain "
        "{share:.0%} of the variance.",
        share=float(components.explained_variance_ratio.sum()),
    )
    if work:
        if "positions" in work.arrays:
            positions = work.arrays["positions"]
        words = Text(
            "Neighbors in all dimensions are neighbors here. The distance between islands means "
            "little."
        )
    wrong = misread(shown)
    left, right = st.columns([3, 2], gap="medium")
    lasso = lassoed("data_map", shown.rows, shown.sheet)
    if lasso is not None:
        state.MAP_SELECTION.set((shown.about, lasso))
    picked = the_picked(shown)
    with left:
        clicked = image_map(
            positions,
            shown.labels,
            shown.rows,
            shown.sheet,
            names=shown.names,
            picked=picked,
            mine=mine(shown, positions, None if work else components)
            if not work or work.finished
            else None,
            wrong=wrong,
            key="data_map",
        )
        if work:
            start, folder = tsne(shown)[1:]
            show_work(
                work,
                start,
                slot="tsne",
                about=folder,
                words=_(
                    "t-SNE {words} … It runs in the background, once.",
                    words=work.words or Text("is starting, which takes some seconds"),
                ),
                again=_("Compute again"),
                interrupted=_(
                    "t-SNE was interrupted: its process ended early. The map shows how far it "
                    "got, or the principal components."
                ),
            )
        if wrong:
            source = as_typed(network_title(shown.source))
            words = Sentences(
                words,
                Text(
                    "Rings mark the {count:,} images that {network} misclassifies.",
                    count=len(wrong),
                    network=source,
                ),
            )
        st.caption(_(words))
    if clicked is not None:
        open_image(shown.split, int(shown.rows[clicked]))
    with right:
        selection(shown, picked)


def misread(shown: Shown) -> dict[int, int]:
    """Which of the test images the network takes for another class, and for which.

    Of training images it isn't told: the network has learned their labels by heart.
    """
    if shown.source == PIXELS or shown.split != "test":
        return {}
    model = open_model(shown.source)
    if model.card["data"]["digest"] != shown.dataset.digest():
        return {}
    try:
        predicted = model.test_answers()["predicted"][shown.rows]
    except MnistCoreError:
        return {}
    return {int(i): int(predicted[i]) for i in np.flatnonzero(predicted != shown.labels)}


def the_picked(shown: Shown) -> list[int]:
    """Which points are selected; none when the map has become one of other images."""
    about, picked = state.MAP_SELECTION.get()
    return list(picked) if about == shown.about else []


def mine(
    shown: Shown, positions: NDArray[np.float32], components: PrincipalComponents | None
) -> tuple[NDArray[np.float32], NDArray[np.uint8]] | None:
    """Where the person's last drawing belongs, and what it looks like; None without one."""
    image = last_drawing()
    if image is None:
        return None
    point: NDArray[Any] = image.reshape(1, -1)
    if shown.source != PIXELS:
        model = open_model(shown.source)
        point = _feature_of(image, shown.source, model.card["files"]["litert"]["sha256"])
    if components is not None:
        return components.project(point)[0], image
    return embed_new_points(point, shown.points, positions)[0], image


def selection(shown: Shown, picked: Sequence[int]) -> None:
    """The images that were drawn around."""
    if not picked:
        st.info(
            _(
                "Draw around some points to see their images here. On a touch screen, press Lasso "
                "first."
            ),
            icon=":material/gesture:",
        )
        return
    counts = np.bincount(shown.labels[list(picked)], minlength=10)
    classes = listed(
        f"{shown.names[k]} ({counts[k]:,})" for k in counts.argsort()[::-1] if counts[k]
    )
    more = Text("The first {count} are shown.", count=SHOWN) if len(picked) > SHOWN else ""
    labels = Text(
        "**{count:,} selected**, by label: {classes}.",
        count=len(picked),
        classes=as_typed(classes),
    )
    st.markdown(_(Sentences(labels, more)))
    some = np.asarray(picked[:SHOWN])
    clicked = image_grid(
        shown.images[some],
        [title(shown.dataset, shown.split, int(row)) for row in shown.rows[some]],
        key="map_grid",
    )
    if clicked is not None:
        open_image(shown.split, int(shown.rows[some[clicked]]))
