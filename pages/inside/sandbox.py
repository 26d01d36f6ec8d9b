"""A convolution and a pooling to play with, and what a first layer costs, dense or not."""

from collections.abc import MutableMapping
from typing import Any

import numpy as np
import streamlit as st
from markupsafe import Markup

from mnist_core import RecipeError
from mnist_core.i18n import Text, _, ngettext
from mnist_core.inside.layer_costs import (
    IMAGE_SIZES,
    FirstLayer,
    conv_layer,
    dense_layer,
    format_bytes,
)
from mnist_core.inside.sandbox import Numbers, Slide, convolution, pooling
from mnist_core.inside.sandbox_examples import (
    IMAGES,
    KERNELS,
    POOLING_EXAMPLE,
    example_image,
    example_kernel,
    resized,
)
from pages.components.sliding import Grid, sliding
from pages.shared import html, state
from pages.shared.text import as_message

OWN = Text("Own numbers")
OWN_4, FROM_ABOVE = Text("Own numbers"), Text("Output of the convolution")
START = {
    "image": example_image("Textbook", 5),
    "kernel": example_kernel("Textbook", 3),
    "image_name": "Textbook",
    "kernel_name": "Textbook",
    "stride": 1,
    "padding": 0,
    "bias": 0,
    "relu": False,
    "pool_image": POOLING_EXAMPLE,
    "pool_from": OWN_4,
    "pool_window": 2,
    "pool_stride": 2,
    "pool_kind": "max",
    "version": 0,
    "part": "Convolution",
    "picture": "4K, 3840x2160 color",
    "width": 640,
    "height": 480,
    "colors": 3,
    "units": 1000,
    "filters": 32,
    "window": 3,
}


@st.fragment
def sandbox() -> None:
    """All three parts; only the chosen one runs."""
    values = _kept()
    state.SANDBOX_WIDGET["part"].ensure(values["part"])
    parts = {
        Text("Convolution"): _convolution,
        Text("Pooling"): _pooling,
        Text("Dense or convolution"): _costs,
    }
    part = st.segmented_control(
        _("Part of the sandbox"),
        list(parts),
        key=state.SANDBOX_WIDGET["part"].key,
        required=True,
        format_func=_,
        label_visibility="collapsed",
    )
    values["part"] = part or "Convolution"
    with st.container(key=f"sandbox_{values['part'].split()[0].lower()}"):
        parts[values["part"]](values)


def _kept() -> MutableMapping[str, Any]:
    """What this session has set, which outlasts the page."""
    return state.SANDBOX.ensure(dict(START))


# --- convolution --------------------------------------------------------------------------


def _convolution(values: MutableMapping[str, Any]) -> None:
    st.markdown(
        _(
            "A **convolution** slides a small window of weights, the **kernel**, over an image. At "
            "each position it multiplies the overlapping numbers and sums the products: one number "
            "of the output. It is large where the image looks like the kernel. Press Play, point "
            "at an output, or edit the numbers."
        )
    )
    boards, settings = st.columns([5, 2], gap="large")  # on a phone, the boards come first
    with settings:
        _choice(values, _("Image"), "image_name", IMAGES)
        _size(values, _("Image size"), "image", 3, 10)
        _choice(values, _("Kernel"), "kernel_name", KERNELS)
        _size(values, _("Kernel size"), "kernel", 1, 6)
        _slider(
            values,
            _("Stride"),
            "stride",
            1,
            4,
            _("How many cells the window moves at each step."),
        )
        _slider(
            values,
            _("Padding"),
            "padding",
            0,
            2,
            _(
                "Rows and columns of zeros around the image, so that its edges count as much as "
                "its middle."
            ),
        )
        _slider(
            values,
            _("Bias"),
            "bias",
            -9,
            9,
            _("A number that is added to every sum. It is learned, like the kernel."),
        )
        values["relu"] = st.toggle(
            "ReLU",
            values["relu"],
            key=state.SANDBOX_WIDGET["relu"].key,
            help=_("The activation function after the sum: negative numbers become 0."),
        )
    with boards:
        slide = _slid(values)
        if slide is None:
            return
        _shown(slide, values["image"], values["kernel"], values, ("image", "kernel"))


def _slid(values: MutableMapping[str, Any]) -> Slide | None:
    """The convolution as it is set; None, and why in words, where it can't be."""
    try:
        return convolution(
            values["image"],
            values["kernel"],
            stride=values["stride"],
            padding=values["padding"],
            bias=values["bias"],
            relu=values["relu"],
        )
    except RecipeError as error:
        st.warning(as_message(error), icon=":material/block:")
        return None


def _shown(
    slide: Slide,
    image: Numbers,
    kernel: Numbers | None,
    values: MutableMapping[str, Any],
    names: tuple[str | None, str | None],
) -> None:
    """The boards, and what is to be said of this combination.

    Args:
        names: under which the input and the kernel are kept when they are changed; without a
            name, the input can't be.
    """

    def edited(*grids: Grid | None) -> None:
        for key, new in zip(names, grids, strict=True):
            if key and new is not None and np.any(np.round(values[key], 2) != new):
                values[key] = np.array(new)
                if f"{key}_name" in values:
                    values[f"{key}_name"] = OWN
                    state.SANDBOX_WIDGET[f"{key}_name"].set(OWN)

    fixed = names[0] is None
    sliding(
        slide,
        image,
        kernel,
        key="sliding_pool" if kernel is None else "sliding_kernel",
        version=str(image.tolist() if fixed else values["version"]),
        on_edit=None if fixed else edited,
    )
    st.caption(
        _("Output size: (input - window) / stride + 1 = {size}", size=_(slide.size))
        if kernel is None
        else _(
            "Output size: (image + 2·padding - kernel) / stride + 1 = {size}", size=_(slide.size)
        )
    )
    for note in slide.notes:
        st.info(as_message(note), icon=":material/info:")


def _choice(values: MutableMapping[str, Any], label: str, key: str, names: tuple[str, ...]) -> None:
    """An example to take the numbers from."""
    what, make = ("image", example_image) if key == "image_name" else ("kernel", example_kernel)

    def take() -> None:
        values[key] = state.SANDBOX_WIDGET[key].get()
        if values[key] != OWN:
            values[what] = make(values[key], len(values[what]))
            values["version"] += 1

    state.SANDBOX_WIDGET[key].ensure(values[key])
    options = [*names, OWN] if values[key] == OWN else list(names)
    st.selectbox(label, options, key=state.SANDBOX_WIDGET[key].key, format_func=_, on_change=take)


def _size(values: MutableMapping[str, Any], label: str, key: str, least: int, most: int) -> None:
    """How many cells on a side; an example is made anew, own numbers are cut or filled up."""
    make = example_image if key == "image" else example_kernel

    def take() -> None:
        size, name = state.SANDBOX_WIDGET[f"{key}_size"].get(), values[f"{key}_name"]
        values[key] = resized(values[key], size) if name == OWN else make(name, size)
        values["version"] += 1

    state.SANDBOX_WIDGET[f"{key}_size"].ensure(len(values[key]))
    st.slider(label, least, most, key=state.SANDBOX_WIDGET[f"{key}_size"].key, on_change=take)


def _slider(
    values: MutableMapping[str, Any], label: str, key: str, least: int, most: int, words: str = ""
) -> None:
    state.SANDBOX_WIDGET[key].ensure(values[key])
    values[key] = st.slider(
        label, least, most, key=state.SANDBOX_WIDGET[key].key, help=words or None
    )


# --- pooling ------------------------------------------------------------------------------


def _pooling(values: MutableMapping[str, Any]) -> None:
    st.markdown(
        _(
            "**Pooling** makes a feature map smaller: each window becomes one number. **Max "
            "pooling** keeps the largest, which tells whether a pattern was found nearby, but not "
            "exactly where. It has no weights, so there is nothing to learn."
        )
    )
    boards, settings = st.columns([5, 2], gap="large")  # on a phone, the boards come first
    with settings:
        sources = (OWN_4, FROM_ABOVE)
        values["pool_from"] = st.radio(
            _("Input"),
            sources,
            sources.index(values["pool_from"]),
            key=state.SANDBOX_WIDGET["pool_from"].key,
            format_func=_,
        )
        if values["pool_from"] == OWN_4:
            _pool_size(values)
        kinds = ("max", "average")
        values["pool_kind"] = st.radio(
            _("Kind"),
            kinds,
            kinds.index(values["pool_kind"]),
            key=state.SANDBOX_WIDGET["pool_kind"].key,
            format_func={"max": _("Maximum"), "average": _("Mean")}.get,
            horizontal=True,
        )
        _slider(values, _("Window"), "pool_window", 1, 4)
        _slider(
            values,
            _("Stride"),
            "pool_stride",
            1,
            4,
            _(
                "How many cells the window moves. Usually as large as the window, so that windows "
                "don't overlap."
            ),
        )
    with boards:
        image: Numbers = values["pool_image"]
        key: str | None = "pool_image"
        if values["pool_from"] == FROM_ABOVE:
            convolved = _slid(values)
            if convolved is None:
                return
            image, key = convolved.output, None
        try:
            slide = pooling(
                image,
                window=values["pool_window"],
                stride=values["pool_stride"],
                kind=values["pool_kind"],
            )
        except RecipeError as error:
            st.warning(as_message(error), icon=":material/block:")
            return
        _shown(slide, image, None, values, (key, None))


def _pool_size(values: MutableMapping[str, Any]) -> None:
    def take() -> None:
        values["pool_image"] = resized(
            values["pool_image"], state.SANDBOX_WIDGET["pool_size"].get()
        )
        values["version"] += 1

    state.SANDBOX_WIDGET["pool_size"].ensure(len(values["pool_image"]))
    st.slider(_("Input size"), 2, 8, key=state.SANDBOX_WIDGET["pool_size"].key, on_change=take)


# --- why dense networks don't scale -------------------------------------------------------


def _costs(values: MutableMapping[str, Any]) -> None:
    st.markdown(
        _(
            "A **dense** layer has a separate weight from every pixel to every unit. A "
            "**convolution** uses the same few weights at every position. For MNIST's small "
            "images, both work. See what happens when the image grows."
        )
    )
    left, right = st.columns([2, 4], gap="large")
    with left:
        own = Text("Another size")
        options = [*IMAGE_SIZES, own]
        values["picture"] = st.selectbox(
            _("Picture"),
            options,
            options.index(values["picture"]),
            format_func=_,
            key=state.SANDBOX_WIDGET["picture"].key,
        )
        if values["picture"] == own:
            width = _number(values, _("Width"), "width", 1, 20_000)
            height = _number(values, _("Height"), "height", 1, 20_000)
            colors = _number(
                values,
                _("Numbers for each pixel"),
                "colors",
                1,
                4,
                _("1 for gray, 3 for color: red, green and blue."),
            )
        else:
            width, height, colors = IMAGE_SIZES[values["picture"]]
        units = _number(values, _("Units of the dense layer"), "units", 1, 100_000)
        filters = _number(
            values,
            _("Filters of the convolution"),
            "filters",
            1,
            2048,
            _("Each filter has its own kernel and gives one feature map."),
        )
        kernel = _number(values, _("Kernel size of the convolution"), "window", 1, 15)
    with right:
        try:
            dense = dense_layer(width, height, colors, units)
            conv = conv_layer(width, height, colors, filters, kernel)
        except RecipeError as error:
            st.warning(as_message(error), icon=":material/block:")
            return
        html.show(costs_html(dense, conv))
        st.markdown(costs_words(dense, conv))


def _number(
    values: MutableMapping[str, Any], label: str, key: str, least: int, most: int, words: str = ""
) -> int:
    state.SANDBOX_WIDGET[key].ensure(values[key])
    value = st.number_input(
        label, least, most, key=state.SANDBOX_WIDGET[key].key, help=words or None
    )
    values[key] = int(value)
    return int(value)


def costs_html(dense: FirstLayer, conv: FirstLayer) -> Markup:
    """Both layers' parameters as bars of one scale."""
    most = max(dense.parameters, conv.parameters)
    rows = html.join(
        Markup(
            '<div class="row"><div class="head"><b>{}</b>'
            "<span>{} · {}</span></div>"
            '<div class="track"><div class="fill {}" style="width:{:.4f}%"></div></div>'
            "<small>{}</small></div>"
        ).format(
            title,
            ngettext("{n:,} parameter", "{n:,} parameters", layer.parameters),
            format_bytes(layer.bytes),
            kind,
            100 * layer.parameters / most,
            _(
                "{arithmetic}; {multiplications:,} multiplications per image, {outputs:,} outputs",
                arithmetic=layer.arithmetic,
                multiplications=layer.multiplications,
                outputs=layer.outputs,
            ),
        )
        for kind, title, layer in (
            ("dense", _("Dense first layer"), dense),
            ("conv", _("Convolutional first layer"), conv),
        )
    )
    return Markup('<div class="costs">{}</div>').format(rows)


def costs_words(dense: FirstLayer, conv: FirstLayer) -> str:
    """What the comparison shows, and what it doesn't."""
    times = dense.parameters / conv.parameters
    dense_words = _(
        "The dense layer has **{ratio} times** the convolution's parameters. They take {memory} of "
        "memory, and three to four times that in training, as each weight also needs its gradient "
        "and the optimizer's state. Each weight is learned from one position only: a digit that "
        "moves a little meets other weights.",
        ratio=f"{times:,.0f}" if times >= 2 else f"{times:.1f}",
        memory=format_bytes(dense.bytes),
    )
    conv_words = _(
        "The convolution's parameters don't depend on the image's size, but its computation does: "
        "the kernel visits every position. That is why pooling soon makes the maps smaller, and "
        "why dense layers come last."
    )
    return f"{dense_words}\n\n{conv_words}"
