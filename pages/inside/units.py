"""What a unit looks for: the training images that light a map or a neuron most."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st
from markupsafe import Markup
from numpy.typing import NDArray

from mnist_core import StoredModel
from mnist_core.data.dataset import label_name
from mnist_core.i18n import Sentences, Text, _
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
from pages.shared.following import followed

COMPUTING = Text("Computing the activations for the training images …")
QUEUED = Text("Queued behind another network.")


def unit(model: StoredModel, network: LayerNetwork, layer: str, number: int) -> None:
    """The training images that one unit of a layer answers to most.

    Args:
        model, network: the same network, as it is stored and is looked into.
        layer: the name of a layer.
        number: which of its maps or neurons, from 0.
    """
    if layer not in [candidate.name for candidate in responding_layers(network)]:
        st.caption(_("This layer passes its input on, so it responds to nothing of its own."))
        return
    folder = str(units_folder(model))
    arrays = _whole(folder, model)
    images = st.container()
    if not arrays:
        _whole.clear(folder, model)
        arrays = followed(
            lambda: units_state(model),
            lambda: start_units(model),
            slot="units",
            about=folder,
            words=lambda work: _(Sentences(COMPUTING, QUEUED if work.waiting else "")),
            offer=_offer,
            version=lambda work: (work.working, len(work.arrays)),
            every=1.0,
        ).arrays
    if arrays:
        with images:
            top = top_images(arrays, network, layer, number)
            show(top, len(network.layer(layer).output_shape) == 3, model.class_names)
            done, total = (int(count) for count in arrays["seen"])
            if done < total:
                st.caption(
                    _(
                        "Based on {done:,} of {total:,} training images so far.",
                        done=done,
                        total=total,
                    )
                )


def _offer() -> bool:
    st.caption(
        _(
            "The training images that activate a unit most show what it responds to. Finding them "
            "takes a minute or two in the background, once for each network."
        )
    )
    return st.button(_("Find images"), icon=":material/image_search:")


@st.cache_resource(show_spinner=False, max_entries=3)
def _whole(folder: str, _model: StoredModel) -> Mapping[str, NDArray[Any]]:
    state = units_state(_model)
    return state.arrays if state.finished else {}


def show(images: TopImages, is_map: bool, class_names: Sequence[str]) -> None:
    """The images, the brightest first, with the part that counted."""
    if not len(images.activations) or (
        images.activations[0] <= 0 and float(np.ptp(images.activations)) == 0
    ):
        st.caption(
            _("No training image activates it: it is dead, and plays no part in any answer.")
        )
        return
    parts = []
    for row, image, label, value, (left, top, right, bottom) in zip(
        images.indices,
        images.images,
        images.labels,
        images.activations,
        images.receptive_fields,
        strict=True,
    ):
        mark = Markup("")
        if (left, top, right, bottom) != (0, 0, 28, 28):
            mark = Markup(
                '<div class="field" style="left:{}px;top:{}px;width:{}px;height:{}px"></div>'
            ).format(3 * left, 3 * top, 3 * (right - left), 3 * (bottom - top))
        alt = _("Training image {index}", index=row)
        parts.append(
            Markup(
                '<figure title="{}"><div class="image">{}{}</div>'
                "<figcaption><b>{:.3g}</b> · {}</figcaption></figure>"
            ).format(
                alt, html.picture(image, alt), mark, value, label_name(int(label), class_names)
            )
        )
    html.show(Markup('<div class="bright">{}</div>').format(html.join(parts)))
    count = len(images.activations)
    st.caption(
        _(
            "The {count} training images that activate it most. Below each: the largest value in "
            "the map in bold, and its label. The frame is its receptive field, the part of the "
            "image that it is computed from.",
            count=count,
        )
        if is_map
        else _(
            "The {count} training images that activate it most. Below each: the activation in "
            "bold, and its label.",
            count=count,
        )
    )
