"""What a layer is, whatever image it sees: its weights, and what it gave over the test set."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from mnist_core import StoredModel
from mnist_core.figures.layer_charts import histogram_figure, units_figure
from mnist_core.i18n import Text, _, listed
from mnist_core.inside.activity import (
    LayerActivity,
    activity_folder,
    activity_state,
    layer_activity,
    start_activity,
)
from mnist_core.models.layers import LayerNetwork, NetworkLayer
from pages.components.assets import component
from pages.components.live import live_chart
from pages.inside.flow import encoded
from pages.inside.layer_view import source_shape
from pages.inside.words import shape_words
from pages.shared.following import followed

_SHEET = component(
    "number_sheet",
    Path(__file__).with_name("number_sheet"),
    """<div class="inside"><div class="sheet"><div class="head">
<span class="legend"></span></div><canvas></canvas></div></div>""",
)
MOST_NAMED = 12  # dead units


def number_sheet(
    values: NDArray[np.float32],
    shape: tuple[int, ...],
    kind: Literal["input", "kernel", "map"],
    key: str,
    chosen: int | None = None,
    side: int | None = None,
) -> None:
    """Numbers as pictures in colour; each says what it is when pointed at.

    Args:
        shape: (height, width, pictures) or (points,); `values` in that order.
        kind: what a picture or point is: an input, a kernel, or the part of one for an input map.
        chosen: which is outlined.
        side: pixels of the longer side of a picture.
    """
    data = {
        "values": encoded(values.astype("<f4")),
        "shape": shape,
        "kind": kind,
        "chosen": chosen,
        "side": side,
    }
    _SHEET(key=key, data=data)


def weights(network: LayerNetwork, layer: NetworkLayer, unit: int) -> None:
    """A layer's weights as pictures, and how they are distributed."""
    if not layer.weights:
        st.caption(_("This layer has no weights."))
        return
    kernel = layer.weights.get("kernel")
    if kernel is not None and kernel.ndim == 4:
        _kernels(kernel, layer, unit)
    elif kernel is not None:
        shape = source_shape(network, layer)
        if int(np.prod(shape)) != len(kernel):
            shape = (len(kernel),)
        st.markdown(
            _(
                "**The {count:,} weights of unit {unit}**, one for each input. Orange is "
                "positive, blue is negative.",
                count=len(kernel),
                unit=unit,
            )
        )
        whole = len(shape) == 3 and shape[2] == 1
        number_sheet(kernel[:, unit], shape, "input", "weights", side=224 if whole else None)
    for name, values in layer.weights.items():
        st.markdown(f"**{_(NAMES.get(name, name))}** ({shape_words(values.shape)})")
        counts, edges = np.histogram(values, bins=min(60, max(5, values.size // 4)))
        live_chart(histogram_figure(counts, edges, _("value")), f"weights_{name}")


NAMES = {
    "kernel": Text("All weights"),
    "bias": Text("Biases, one added to each sum"),
    "gamma": Text("Learned scales (gamma)"),
    "beta": Text("Learned shifts (beta)"),
    "moving_mean": Text("Moving means"),
    "moving_variance": Text("Moving variances"),
}


def _kernels(kernel: NDArray[np.float32], layer: NetworkLayer, unit: int) -> None:
    height, width, maps, filters = kernel.shape
    if maps == 1:
        st.markdown(
            _(
                "**The {count} kernels**, one for each feature map. A pattern that looks like the "
                "kernel activates its map: ink where it is orange, none where it is blue.",
                count=filters,
            )
        )
        number_sheet(kernel[:, :, 0], (height, width, filters), "kernel", "kernels", unit, 60)
        return
    st.markdown(
        _(
            "**The kernel of feature map {unit}**: {size} weights for each of the {maps} input "
            "maps. Orange is positive, blue is negative.",
            unit=unit,
            size=shape_words((height, width)),
            maps=maps,
        )
    )
    number_sheet(kernel[..., unit], (height, width, maps), "map", "kernels", None, 40)


# --- over the test set --------------------------------------------------------------------


def over_the_test_set(model: StoredModel, layer: NetworkLayer, unit: int) -> None:
    """What a layer gave for all test images; measured once, in a process of its own."""
    images = model.card["data"]["test_images"]
    folder = str(activity_folder(model))
    arrays = _whole(folder, model)
    if not arrays:
        _whole.clear(folder, model)
        arrays = followed(
            lambda: activity_state(model),
            lambda: start_activity(model),
            slot="activity",
            about=folder,
            words=_("Computing the activations for {count:,} test images …", count=images),
            below=lambda work: st.caption(_("Once for each network. It takes up to a minute.")),
        ).arrays
    if not arrays:
        return
    activity = layer_activity(arrays, layer.name)
    if activity is None:
        st.caption(_("This layer passes its input on: see the layer before it."))
        return
    _shown(activity, unit, images)


def _shown(activity: LayerActivity, unit: int, images: int) -> None:
    st.markdown(_("**All outputs** for the {count:,} test images", count=images))
    live_chart(histogram_figure(activity.counts, activity.edges, _("output")), "activity")
    st.markdown(_("**Mean of each feature map or unit**"))
    live_chart(units_figure(activity.mean, activity.active, activity.dead, unit), "unit_means")
    st.caption(
        _(
            "Number {unit}, in orange: mean {mean:.4g}, from {minimum:.4g} to {maximum:.4g}, above "
            "0 in {active:.1%}.",
            unit=unit,
            mean=activity.mean[unit],
            minimum=activity.minimum[unit],
            maximum=activity.maximum[unit],
            active=activity.active[unit],
        )
    )
    dead = listed(str(number) for number in activity.dead[:MOST_NAMED])
    count, more = len(activity.dead), len(activity.dead) - MOST_NAMED
    if not count:
        st.caption(_("None of the {count} is dead.", count=len(activity.mean)))
        return
    named = _("{units} and {more} more", units=dead, more=more) if more > 0 else dead
    st.warning(
        _(
            "**Dead: {dead} of {count}**, in red: {units}. A dead unit has the same output for "
            "every image, so it plays no part in any answer.",
            dead=count,
            count=len(activity.mean),
            units=named,
        )
    )


@st.cache_resource(show_spinner=False, max_entries=8)
def _whole(folder: str, _model: StoredModel) -> Mapping[str, NDArray[Any]]:
    state = activity_state(_model)
    return state.arrays if state.finished else {}
