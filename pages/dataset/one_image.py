"""One image: its pixels, its label, its shapes, a network's answer, its nearest neighbors."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from mnist_core import Dataset
from mnist_core.data.dataset import label_name
from mnist_core.data.neighbors import nearest_neighbors
from mnist_core.data.preprocessing import add_channel, flatten, one_hot, scale
from mnist_core.drawing.normalize import from_mnist
from mnist_core.i18n import Text, _, pgettext
from mnist_core.models.recognition import percent
from pages.dataset.links import arranged, open_image, say_link
from pages.shared import html, state
from pages.shared.datasets import SPLITS, Split, count_of, part, title, title_text
from pages.shared.navigation import page_file
from pages.shared.networks import choose_network
from pages.shared.paper import image_grid, pixels
from pages.shared.samples import show_sample
from pages.shared.text import as_typed

EXAMPLES: tuple[tuple[Split, int], ...] = (("train", 7777), ("test", 4444))
NEIGHBOURS = 10
AMONG = {"all": Text("All labels"), "same": Text("Same label"), "other": Text("Other labels")}


def one_image(dataset: Dataset) -> None:
    """All about the image that is chosen."""
    split, index = choose(dataset)
    images, labels = part(dataset, split)
    image, label = images[index], int(labels[index])
    st.subheader(as_typed(title(dataset, split, index)), anchor=False)
    left, right = st.columns([5, 6], gap="large")
    with left:
        pixels(image, title(dataset, split, index) + ".", key="one_pixels")
    with right:
        answer(dataset, split, index, image, label)
        one_hot_words(label)
    shapes(image)
    neighbours(dataset, split, index)


def choose(dataset: Dataset) -> tuple[Split, int]:
    """Which image: by split and index, one of the examples, or the next one."""
    split: Split = "test" if state.IMAGE_SPLIT_WIDGET.ensure() == "test" else "train"
    last = len(part(dataset, split)[0]) - 1
    index = state.IMAGE_INDEX_WIDGET.ensure(EXAMPLES[0][1])
    state.IMAGE_INDEX_WIDGET.set(min(index or 0, last))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.segmented_control(
            _("Split"),
            list(SPLITS),
            key=state.IMAGE_SPLIT_WIDGET.key,
            required=True,
            format_func=count_of(dataset),
            persist_state="session",
        )
        st.number_input(
            _("Index (0 to {last:,})", last=last),
            0,
            last,
            key=state.IMAGE_INDEX_WIDGET.key,
            width=170,
            persist_state="session",
        )
        at = step_through(dataset, split)
    index = state.IMAGE_INDEX_WIDGET.get()
    say_link(state.SECTION_WIDGET.get())
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(_("The tutorials' examples:"), width="content")
        for some, number in EXAMPLES:
            images, labels = part(dataset, some)
            if number < len(images) and st.button(
                _("Training image {number} (label {label})", number=number, label=labels[number])
                if some == "train"
                else _("Test image {number} (label {label})", number=number, label=labels[number]),
                key=f"example_{some}",
                type="tertiary",
            ):
                open_image(some, number)
        if at:
            st.caption(at, width="content")
    return split, index


def step_through(dataset: Dataset, split: Split) -> str:
    """Buttons to the one before and the next, in the order of Browse; says where this one is."""
    browsed, rows = arranged(dataset)
    places = np.flatnonzero(rows == state.IMAGE_INDEX_WIDGET.get())
    if browsed != split or not len(places):
        return ""
    place = int(places[0])
    with st.container(horizontal=True, gap="small", width="content"):
        for name, icon, to in (
            (pgettext("image", "Previous"), ":material/chevron_left:", place - 1),
            (pgettext("image", "Next"), ":material/chevron_right:", place + 1),
        ):
            if st.button(name, icon=icon, disabled=not 0 <= to < len(rows)):
                open_image(split, int(rows[to]))
    return _("{place:,} of {count:,} in Browse.", place=place + 1, count=len(rows))


def answer(
    dataset: Dataset, split: Split, index: int, image: NDArray[np.uint8], label: int
) -> None:
    """What the chosen network says of it, and the way to the Draw page."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        usable, name = choose_network(dataset, _("Network"))
        words = Text(
            "{image}, of {data}.", image=title_text(dataset, split, index), data=dataset.name
        )
        if st.button(_("Open on the Draw page"), icon=":material/draw:"):
            show_sample(image, words)
        if name and st.button(_("See inside"), icon=":material/visibility:"):
            state.SAMPLE.set((image, words))
            state.IMAGE_SOURCE_WIDGET.set("Test image")
            st.switch_page(page_file("inside"), query_params={"model": name})
    if not name:
        return
    recognition = usable[name].recognize(from_mnist(image))
    model = usable[name].model
    network = as_typed(model.title)
    if recognition.digit is None:
        said = _("{network} doesn't see a digit", network=network)
    else:
        said = _(
            "{network} predicts **{digit}** ({confidence})",
            network=network,
            digit=as_typed(label_name(recognition.digit, model.class_names)),
            confidence=percent(recognition.confidence),
        )
    if model.data_name != dataset.name:
        st.markdown(_("{said}.", said=said))
    elif recognition.digit == label:
        st.markdown(_("{said}: :green[correct].", said=said))
    else:
        st.markdown(_("{said}: :red[the label is {label}].", said=said, label=label))
    html.show(
        html.bars(recognition.probabilities, recognition.nondigit_probability, model.class_names)
    )
    if split == "train" and model.data_name == dataset.name:
        st.caption(_("The network was trained on this image, so a correct answer proves little."))


def one_hot_words(label: int) -> None:
    """The label as a vector."""
    vector = ", ".join(f"**{int(x)}**" if x else "0" for x in one_hot(np.array([label]))[0])
    st.markdown(
        _(
            "**One-hot label:** [{vector}]. Ten numbers with a 1 at the position of the label: "
            "the output that a network is trained to give.",
            vector=vector,
        )
    )


def shapes(image: NDArray[np.uint8]) -> None:
    """The same pixels in the three shapes that networks take, and scaled."""
    some = image[None]
    row = int(image.sum(axis=1).argmax())
    lines = [
        (image.shape, _("rows and columns"), _("an image")),
        (flatten(some)[0].shape, _("all rows in one line"), _("Dense layers")),
        (
            add_channel(some)[0].shape,
            _("with one channel, gray; a color image has three"),
            _("Conv2D layers"),
        ),
    ]
    with st.expander(_("Shapes and scaled values")):
        st.markdown(_("The same 784 numbers in the shapes that different layers take:"))
        html.show(
            html.table(
                (_("Shape"), _("Layout"), _("For")),
                [("\u00a0x\u00a0".join(map(str, shape)), *words) for shape, *words in lines],
            )
        )
        st.markdown(
            _(
                "**Scaled**: divided by 255, so that all values are between 0 and 1, which helps "
                "training. Row {row}, before and after:",
                row=row,
            )
        )
        html.show(
            html.numbers(
                [
                    " ".join(f"{x:4d}" for x in image[row]),
                    " ".join(f"{x:4.2f}" for x in scale(some)[0, row]),
                ]
            )
        )
        st.markdown(_("All pixels, from 0 (paper) to 255 (ink):"))
        html.show(html.numbers([" ".join(f"{x:3d}" for x in line) for line in image]))


@st.cache_data(show_spinner=False, max_entries=200)
def _nearest(
    _dataset: Dataset, digest: str, split: Split, index: int, among: str
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    images, labels = part(_dataset, split)
    wanted = np.ones(len(_dataset.y_train), bool)
    if among != "all":
        wanted = (_dataset.y_train == labels[index]) == (among == "same")
    if split == "train":
        wanted[index] = False
    rows, distances = nearest_neighbors(
        images[index][None], _dataset.x_train, NEIGHBOURS, rows=wanted
    )
    return rows[0], distances[0]


def neighbours(dataset: Dataset, split: Split, index: int) -> None:
    """The training images most like it."""
    st.subheader(_("Most similar training images"), anchor=False)
    with st.container(horizontal=True, vertical_alignment="center"):
        among = st.segmented_control(
            _("Among"),
            list(AMONG),
            format_func=lambda name: _(AMONG[name]),
            default="all",
            required=True,
            key="explore_among",
            persist_state="session",
        )
    with st.spinner(_("Comparing it with every training image …")):
        rows, distances = _nearest(dataset, dataset.digest(), split, index, among or "all")
    st.caption(
        _(
            "Below each image: its label and its Euclidean distance over all pixels. The distance"
            " of two equal images is 0."
        )
    )
    clicked = image_grid(
        dataset.x_train[rows],
        [title(dataset, "train", row) for row in rows],
        labels=[
            f"{dataset.y_train[row]} · {distance:,.0f}"
            for row, distance in zip(rows, distances, strict=True)
        ],
        key="explore_neighbours",
        side=84,
    )
    if clicked is not None:
        open_image("train", int(rows[clicked]))
