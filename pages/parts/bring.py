"""Data of one's own: bring it in, see what is there, delete it; and choose what to look at."""

import io
from collections.abc import Sequence

import numpy as np
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from mnist_core import DataError, Dataset
from mnist_core.bring import Source, sources_at
from mnist_core.collection import (
    KeptData,
    data_names,
    delete_data,
    list_data,
    samples,
)
from mnist_core.collection import (
    bring_data as bring_in,
)
from mnist_core.datasets import MNIST, label_name
from pages.parts import html
from pages.parts.explore import BROWSE, go
from pages.parts.start import whole_data

MOST = 200  # MB sent by a browser
WORDS = """
Every image has to be 28x28 pixels, as MNIST's are, with a label from 0 to 9. One of these:

- **An `.npz` file**, NumPy's own format, with the arrays `x_train`, `y_train`, `x_test` and
  `y_test`, or only `x` and `y`. Images are `(n, 28, 28)`, whole numbers from 0 (paper) to 255
  (ink).
- **Four IDX files**, the format of MNIST itself, as Fashion-MNIST (clothes) and KMNIST (Japanese
  letters) are published: images and labels, to train and to test. Choose all four at once.
- **A zip, or a folder, of pictures**, in a folder for each label: `3/one.png`, or with names
  `shoe/one.png`; in `train` and `test` if you have parted them yourself.

What comes in one part is parted for you: a seventh of each class becomes the test set.
"""


def choose_data() -> Dataset:
    """The data set that is looked at: MNIST, or one that was brought in, if there is any.

    A link with `?data=NAME` opens the page with that one.
    """
    names, state = data_names(), st.session_state
    wanted = state.get("data_name") or st.query_params.get("data", MNIST.name)
    name = wanted if wanted in names else MNIST.name
    if len(names) > 1:
        state["data_choice"] = name
        st.selectbox(
            "Data", names, key="data_choice", width=260,
            on_change=lambda: state.update(data_name=state["data_choice"]),
        )  # fmt: skip
    state["data_name"] = name
    if name == MNIST.name:
        st.query_params.pop("data", None)
    else:
        st.query_params["data"] = name
    try:
        return whole_data(name)
    except DataError as error:
        st.error(str(error))
        return whole_data()


def learn_from(key: str) -> KeptData | None:
    """The data to train on, if any was brought in; None is MNIST.

    Args:
        key: of the choice, which is kept while other pages are looked at.
    """
    kept, state = {one.name: one for one in list_data()}, st.session_state
    if not kept:
        return None
    choice = f"{key}_choice"
    state[choice] = state[key] if state.get(key) in kept else MNIST.name
    st.selectbox(
        "Learn from", [MNIST.name, *kept], key=choice, width=260,
        on_change=lambda: state.update({key: state[choice]}),
        help="The images that it is trained and tested with. Others are brought in on the Dataset "
        "page.",
    )  # fmt: skip
    chosen = kept.get(state[choice])
    if chosen:
        st.caption(f"{chosen.train_images:,} training images. {classes_words(chosen.class_names)}")
    return chosen


def classes_words(class_names: Sequence[str]) -> str:
    """What a network's answers stand for, in a line; "" where they are digits."""
    if not class_names:
        return ""
    told = " · ".join(label_name(label, class_names) for label in range(len(class_names)))
    return f"Its classes: {told}"


def bring_data() -> None:
    """The form, and what was brought in so far."""
    state = st.session_state
    st.markdown(
        "The same networks can learn other pictures: clothes, letters, or what you have drawn "
        "yourself. Bring them in here; then look at them on this page, and choose them on the "
        "Train and Studies pages."
    )
    with st.container(border=True):
        _form(state.setdefault("bring_version", 0))
    told = state.pop("brought", None)
    kept = list_data()
    if told:
        st.success(f"{told} is here, whole and checked.")
    for one in kept:
        _card(one)
    if not kept:
        st.caption("Nothing was brought in yet.")


def _form(version: int) -> None:
    """What to bring in, and the button."""
    with st.expander("Which files?", icon=":material/help:"):
        st.markdown(WORDS)
    left, right = st.columns(2, gap="medium")
    with left:
        name = st.text_input(
            "What to call it", key=f"bring_name_{version}", placeholder="Fashion-MNIST",
            max_chars=40,
        )  # fmt: skip
    with right:
        classes = st.text_input(
            "Names of the classes 0, 1, 2 ..., with commas", key=f"bring_classes_{version}",
            placeholder="shirt, shoe, bag",
            help="Not needed: of digits, of folders with names, and of data called Fashion-MNIST "
            "or KMNIST they are known.",
        )  # fmt: skip
    way = st.segmented_control(
        "From where", ["Files", "A path"], default="Files", required=True, key="bring_way",
        label_visibility="collapsed",
    )  # fmt: skip
    files, path = [], ""
    if way == "A path":
        path = st.text_input(
            "A file or folder on the computer that this app runs on", key=f"bring_path_{version}",
            placeholder="/home/me/pictures",
        ).strip()  # fmt: skip
    else:
        files = st.file_uploader(
            "An .npz, a zip of pictures, or four IDX files", accept_multiple_files=True,
            max_upload_size=MOST, key=f"bring_files_{version}",
        )  # fmt: skip
    invert = st.checkbox(
        "It is dark ink on light paper", key=f"bring_invert_{version}",
        help="MNIST is light ink, 255, on black paper, 0. The pictures are turned round.",
    )  # fmt: skip
    pressed = st.button("Bring it in", type="primary", icon=":material/add:", key="bring_in")
    if pressed and not name.strip():
        st.error("Give it a name first.")
    elif pressed and not (files or path):
        st.error("Choose files first, or give a path.")
    elif pressed:
        _bring(name, files, path, classes, invert)


def _bring(name: str, files: list[UploadedFile], path: str, classes: str, invert: bool) -> None:
    """Read and keep it; the bar shows how far that is. Who leaves meanwhile changes nothing."""
    words = "Reading and checking every image …"
    bar = st.progress(0.0, words)

    def report(share: float) -> None:
        bar.progress(share, words)

    try:
        sources = sources_at(path) if path else [_source(file) for file in files]
        kept = bring_in(
            name, sources, invert=invert, on_progress=report,
            class_names=[one for one in classes.split(",") if one.strip()],
        )  # fmt: skip
    except DataError as error:
        bar.empty()
        st.error(str(error))
        return
    st.session_state.update(brought=kept.name, data_name=kept.name)
    st.session_state["bring_version"] += 1  # an empty form
    st.rerun()


def _source(file: UploadedFile) -> Source:
    return Source(file.name, lambda: io.BytesIO(file.getbuffer()), file.size)


def _card(one: KeptData) -> None:
    """A data set that was brought in: what is in it, and the way to delete it."""
    with st.container(border=True, key=f"kept_{one.name}"):
        st.markdown(f"**{one.name}**")
        try:
            row = html.picture(
                np.concatenate(list(samples(one)), axis=1), f"One image of each class of {one.name}"
            )
            st.html(f'<div class="first">{row}</div>')
        except DataError as error:
            st.error(str(error))
        there = [label for label, count in enumerate(one.train_per_class) if count]
        told = ", ".join(label_name(label, one.class_names) for label in there)
        st.caption(
            f"{one.train_images:,} training and {one.test_images:,} test images, "
            f"{len(there)} classes: {told}. From {one.source}."
        )
        for note in one.notes:
            st.caption(note)
        with st.container(horizontal=True):
            _actions(one)


def _actions(one: KeptData) -> None:
    """What can be done with a data set."""
    key, state = one.name, st.session_state
    if st.button("Look at it", icon=":material/grid_view:", key=f"look_{key}"):
        state["data_name"] = one.name
        go(BROWSE)
    if st.button("Train on it", icon=":material/fitness_center:", key=f"train_{key}"):
        state["train_data"] = one.name
        st.switch_page("pages/train.py")
    with st.popover("Delete", icon=":material/delete:", key=f"delete_data_{key}"):
        st.markdown(
            f"Delete the images of **{one.name}**? This can't be undone. Networks that learned "
            "from them stay."
        )
        if st.button("Delete it", type="primary", key=f"really_delete_{key}"):
            try:
                delete_data(one.name)
            except DataError as error:
                st.error(str(error))
                return
            st.rerun()
