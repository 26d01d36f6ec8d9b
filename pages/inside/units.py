"""What a unit looks for: the training images that light a map or a neuron most."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from mnist_core import MnistCoreError, StoredModel
from mnist_core.data.dataset import label_name
from mnist_core.inside.units import (
    TopImages,
    responding_layers,
    start_units,
    top_images,
    units_folder,
    units_state,
)
from mnist_core.models.layers import LayerNetwork
from pages.shared import html

STYLE = """<style>
.bright{display:grid;grid-template-columns:repeat(auto-fill,minmax(5.25rem,1fr));gap:.7rem}
.bright figure{margin:0}
.bright .image{position:relative;width:84px;height:84px}
.bright img{width:84px;height:84px;image-rendering:pixelated;display:block;background:#000;
 border-radius:.2rem}
.bright .field{position:absolute;box-sizing:border-box;border:2px solid #f59e0b}
.bright figcaption{font-size:.8125rem;line-height:1.3;margin-top:.2rem;
 font-variant-numeric:tabular-nums}
</style>"""


def unit(model: StoredModel, network: LayerNetwork, layer: str, number: int) -> None:
    """The training images that one unit of a layer answers to most.

    Args:
        model, network: the same network, as it is stored and is looked into.
        layer: the name of a layer.
        number: which of its maps or neurons, from 0.
    """
    st.html(STYLE)
    if layer not in [one.name for one in responding_layers(network)]:
        st.caption("This layer only passes on what it gets, so it looks for nothing of its own.")
        return
    try:
        kept, working = the_kept(model)
    except MnistCoreError as error:
        st.error(str(error))
        return
    if kept:
        found = top_images(kept, network, layer, number)
        show(found, len(network.layer(layer).output_shape) == 3, model.class_names)
        seen, images = (int(count) for count in kept["seen"])
        if seen < images:
            st.caption(f"So far, of {seen:,} of {images:,} training images.")
    if working:
        _working(model, len(kept))


def the_kept(model: StoredModel) -> tuple[Mapping[str, NDArray[Any]], bool]:
    """(what was found so far, {} for nothing; whether it is being looked for).

    Raises:
        MnistCoreError: it could not be looked for.
    """
    folder = str(units_folder(model))
    whole = _whole(folder, model)
    if whole:
        return whole, False
    _whole.clear(folder, model)
    state = units_state(model)
    if state.message:
        st.error(state.message)
    if not state.working:
        asked = st.empty()
        with asked.container():
            st.caption(
                "The images that light a unit most tell what it looks for. To find them, the "
                "network is shown every image that it learned from: a minute or two, once for "
                "each network, while you go on."
            )
            if not st.button("Find them", icon=":material/image_search:"):
                return state.arrays, False
        asked.empty()
        start_units(model)
        return {}, True
    return state.arrays, state.working


@st.cache_resource(show_spinner=False, max_entries=3)
def _whole(folder: str, _model: StoredModel) -> Mapping[str, NDArray[Any]]:
    state = units_state(_model)
    return state.arrays if state.finished else {}


@st.fragment(run_every=1.0)
def _working(model: StoredModel, had: int) -> None:
    state = units_state(model)
    if not state.working or len(state.arrays) != had:
        st.rerun()
    waits = f" It {state.words}." if "turn" in state.words else ""
    st.progress(state.share, f"Showing the network its training images …{waits}")


def show(found: TopImages, is_map: bool, class_names: Sequence[str]) -> None:
    """The images, the brightest first, with the part that counted."""
    if not len(found.activations) or (
        found.activations[0] <= 0 and float(np.ptp(found.activations)) == 0
    ):
        st.caption("No training image lights it: it is dead, and plays no part in any answer.")
        return
    parts = ""
    for row, image, label, value, (left, top, right, bottom) in zip(
        found.indices,
        found.images,
        found.labels,
        found.activations,
        found.receptive_fields,
        strict=True,
    ):
        mark = ""
        if (left, top, right, bottom) != (0, 0, 28, 28):
            mark = (
                f'<div class="field" style="left:{3 * left}px;top:{3 * top}px;'
                f'width:{3 * (right - left)}px;height:{3 * (bottom - top)}px"></div>'
            )
        alt = f"Training image {row}"
        parts += (
            f'<figure title="{alt}"><div class="image">{html.picture(image, alt)}{mark}</div>'
            f"<figcaption><b>{value:.3g}</b> · {escape(label_name(int(label), class_names))}"
            "</figcaption></figure>"
        )
    st.html(f'<div class="bright">{parts}</div>')
    where = " The frame is the part of the image that this number was made from." * is_map
    what = "the largest number in this map" if is_map else "what this unit gives"
    st.caption(
        f"The {len(found.activations)} training images that light it most. Under each, in bold, "
        f"{what}, and its label.{where}"
    )
