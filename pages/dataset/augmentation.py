"""Augmentation preview: one image, as the `pen` recipe changes it, with sliders."""

from dataclasses import replace

import numpy as np
import streamlit as st

from mnist_core import Dataset
from mnist_core.i18n import Text, _
from mnist_core.recipes.augment import PenSettings, pen
from pages.dataset.code import section_code
from pages.dataset.links import AUGMENT
from pages.dataset.one_image import choose
from pages.shared import state
from pages.shared.datasets import part, title
from pages.shared.paper import image_grid
from pages.shared.text import as_typed

USUAL = PenSettings()
# name of the setting -> (label, least, most, step, help)
SLIDERS: dict[str, tuple[str, float, float, float, str]] = {
    "keep": (Text("Unchanged"), 0, 1, 0.05, Text("Share of the images.")),
    "mild": (
        Text("Changed a little"),
        0,
        1,
        0.05,
        Text(
            "Share of the images that are only rotated and distorted a little. The other sliders "
            "apply to the rest."
        ),
    ),
    "rotate": (
        Text("Rotation, degrees"),
        0,
        40,
        1,
        Text("Standard deviation: two thirds are below it."),
    ),
    "shear": (Text("Shear"), 0, 0.6, 0.05, Text("Sideways shift per pixel of height.")),
    "stretch": (Text("Stretch"), 0, 0.6, 0.05, Text("Width against height. 0.1 is about 10%.")),
    "wobble": (
        Text("Distortion, pixels"),
        0,
        3,
        0.1,
        Text("How unevenly the strokes are shifted."),
    ),
    "sharpness": (
        Text("Sharpness, at most"),
        1.1,
        5,
        0.1,
        Text("How hard the edges get. 1 is unchanged."),
    ),
}
STROKES = {
    "slashed_zeros": Text("0 with a slash"),
    "flagged_ones": Text("1 with a flag"),
    "footed_ones": Text("1 with a foot"),
    "barred_sevens": Text("7 with a bar"),
    "hooked_sevens": Text("7 with a hook"),
}
OF_DIGIT = {
    0: ("slashed_zeros",),
    1: ("flagged_ones", "footed_ones"),
    7: ("barred_sevens", "hooked_sevens"),
}
COPIES = 60


@st.fragment
def augmentation(dataset: Dataset) -> None:
    """The image, the sliders, and what becomes of it."""
    st.markdown(
        _(
            "**Augmentation** makes new images out of the existing ones: each time an image is "
            "used in training, it is changed at random, as if another hand or pen had drawn it. "
            "The recipe Pen is trained this way."
        )
    )
    split, index = choose(dataset)
    images, labels = part(dataset, split)
    image, label = images[index], labels[index]
    left, right = st.columns([2, 1], gap="large")
    with right:
        settings = sliders(int(label))
    with left:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            seed = st.number_input(
                _("Random seed"),
                0,
                10**6,
                0,
                key=state.AUGMENT_WIDGET["seed"].key,
                width=140,
                persist_state="session",
                help=_("Another seed gives other random changes."),
            )
            st.caption(
                _(
                    "{title}. The first one is unchanged.",
                    title=as_typed(title(dataset, split, index)),
                ),
                width="content",
            )
        changed = pen(
            np.repeat(image[None], COPIES - 1, axis=0),
            np.full(COPIES - 1, label),
            np.random.default_rng(int(seed)),
            settings,
        )
        image_grid(
            np.concatenate([image[None], changed]),
            [_("Unchanged"), *(_("Augmented, number {n}", n=n) for n in range(1, COPIES))],
            key="augmented",
            chosen=0,
        )
    section_code(AUGMENT, dataset)


def _as_usual() -> None:
    for name in (*SLIDERS, *STROKES, "pen"):
        state.AUGMENT_WIDGET[name].set(_usual(name))


def _usual(name: str) -> float | tuple[float, float]:
    value = getattr(USUAL, name)
    return value if isinstance(value, tuple) else float(value)


def sliders(label: int) -> PenSettings:
    """The settings as the sliders have them; at first those of the recipe."""
    changed: dict[str, object] = {}
    st.button(_("Reset to the recipe"), icon=":material/restart_alt:", on_click=_as_usual)
    for name, (words, least, most, step, help_text) in SLIDERS.items():
        changed[name] = st.slider(
            _(words),
            float(least),
            float(most),
            float(getattr(USUAL, name)),
            float(step),
            key=state.AUGMENT_WIDGET[name].key,
            help=_(help_text),
            persist_state="session",
        )
    changed["pen"] = st.slider(
        _("Pen width, pixels"),
        1.0,
        6.0,
        USUAL.pen or (1.0, 6.0),
        0.1,
        key=state.AUGMENT_WIDGET["pen"].key,
        persist_state="session",
        help=_("Target width of the strokes, from the thinnest to the thickest."),
    )
    for name in OF_DIGIT.get(label, ()):
        changed[name] = st.slider(
            _(STROKES[name]),
            0.0,
            1.0,
            float(getattr(USUAL, name)),
            0.05,
            key=state.AUGMENT_WIDGET[name].key,
            persist_state="session",
            help=_("Share of the images that are changed in full."),
        )
    return replace(USUAL, **changed)  # type: ignore[arg-type]
