"""Data of one's own: bring it in, see what is there, delete it; and choose what to look at."""

import numpy as np
import streamlit as st
from markupsafe import Markup
from streamlit.runtime.uploaded_file_manager import UploadedFile

from mnist_core import DataError
from mnist_core.data.collection import StoredData, class_samples, delete_data, list_data
from mnist_core.data.collection import import_data as bring_in
from mnist_core.data.dataset import label_name
from mnist_core.data.readers.source import LIMITS, UPLOAD_LIMITS, sources_at, upload_source
from mnist_core.i18n import Text, _, listed
from pages.dataset.links import BROWSE, go
from pages.shared import html, state
from pages.shared.access import is_owner, made, may_change, owner_note
from pages.shared.navigation import page_file
from pages.shared.text import as_message, as_typed

FILES, PATH = Text("Files"), Text("Path")
MOST = 100  # MB of a file that a browser sends; a path may name larger ones
WORDS = Text(
    """
Images must be 28x28 pixels, like MNIST's, with labels from 0 to 9. Any of these works:

- **An `.npz` file** (NumPy) with the arrays `x_train`, `y_train`, `x_test` and `y_test`, or only
  `x` and `y`. Images have the shape `(n, 28, 28)` and integers from 0 (paper) to 255 (ink).
- **Four IDX files**, the format of MNIST itself, Fashion-MNIST (clothes) and KMNIST (Japanese
  letters): images and labels, for training and testing. Choose all four at once.
- **A zip or a folder of pictures** with one folder per label, such as `3/a.png` or `shoe/a.png`,
  optionally inside `train`, `val` and `test`. Other files in it are ignored.

At most {uploaded:,} images from a browser, {at_path:,} from a path.

Data without a test set is split: a seventh of each class becomes the test set.
""",
    uploaded=UPLOAD_LIMITS.images,
    at_path=LIMITS.images,
)


def bring_data() -> None:
    """The form, and what was brought in so far."""
    st.markdown(
        _(
            "The same networks can learn other images: clothes, letters, or your own drawings. "
            "Import them here, then look at them on this page and train on them."
        )
    )
    if may_change():
        with st.container(border=True):
            _form(state.BRING_VERSION.ensure())
    else:
        owner_note(_("import data"), "data")
    imported = state.BROUGHT.take()
    stored = list_data()
    if imported:
        st.success(_("{imported} was imported and checked.", imported=as_typed(imported)))
    for data in stored:
        _card(data)
    if not stored:
        st.caption(_("No data imported yet."))


def _form(version: int) -> None:
    """What to bring in, and the button."""
    with st.expander(_("Supported files"), icon=":material/help:"):
        st.markdown(_(WORDS))
    left, right = st.columns(2, gap="medium")
    with left:
        name = st.text_input(
            _("Name"),
            key=f"bring_name_{version}",
            placeholder="Fashion-MNIST",
            max_chars=40,
        )
    with right:
        classes = st.text_input(
            _("Class names (optional)"),
            key=f"bring_classes_{version}",
            placeholder=_("shirt, shoe, bag"),
            help=_(
                "The names of the labels 0, 1, 2, ..., separated by commas. Names of folders, and "
                "those of Fashion-MNIST and KMNIST, are used by themselves."
            ),
        )
    way = st.segmented_control(
        _("Source"),
        [FILES, PATH] if is_owner() else [FILES],
        format_func=_,
        default=FILES,
        required=True,
        key="bring_way",
        label_visibility="collapsed",
    )
    files, path = [], ""
    if way == PATH:
        path = st.text_input(
            _("File or folder on the server"),
            key=f"bring_path_{version}",
            placeholder="/home/me/pictures",
        ).strip()
    else:
        files = st.file_uploader(
            _("An .npz, a zip of pictures, or four IDX files"),
            accept_multiple_files=True,
            max_upload_size=MOST,
            key=f"bring_files_{version}",
        )
    invert = st.checkbox(
        _("Dark ink on light paper"),
        key=f"bring_invert_{version}",
        help=_("MNIST is white ink (255) on black paper (0). Such images are inverted."),
    )
    pressed = st.button(_("Import"), type="primary", icon=":material/add:", key="bring_in")
    if pressed and not name.strip():
        st.error(_("Enter a name first."))
    elif pressed and not (files or path):
        st.error(_("Choose files or enter a path first."))
    elif pressed:
        _bring(name, files, path, classes, invert)


def _bring(name: str, files: list[UploadedFile], path: str, classes: str, invert: bool) -> None:
    """Read and keep it; the bar shows how far that is. Who leaves meanwhile changes nothing."""
    words = _("Reading and checking all images …")
    bar = st.progress(0.0, words)

    def report(share: float) -> None:
        bar.progress(share, words)

    try:
        sources = (
            sources_at(path)
            if path
            else [upload_source(file.name, file.getvalue()) for file in files]
        )
        data = bring_in(
            name,
            sources,
            invert=invert,
            on_progress=report,
            class_names=[text for text in classes.split(",") if text.strip()],
            limits=LIMITS if path else UPLOAD_LIMITS,
        )
    except DataError as error:
        bar.empty()
        st.error(as_message(error))
        return
    made("data", data.name)
    state.BROUGHT.set(data.name)
    state.DATA_NAME.set(data.name)
    state.BRING_VERSION.set(state.BRING_VERSION.get() + 1)  # an empty form
    st.rerun()


def _card(data: StoredData) -> None:
    """A data set that was brought in: what is in it, and the way to delete it."""
    with st.container(border=True, key=f"kept_{data.name}"):
        st.markdown(f"**{as_typed(data.name)}**")
        try:
            row = html.picture(
                np.concatenate(list(class_samples(data)), axis=1),
                _("One image of each class of {data}", data=data.name),
            )
            html.show(Markup('<div class="first">{}</div>').format(row))
        except DataError as error:
            st.error(as_message(error))
        there = [label for label, count in enumerate(data.train_per_class) if count]
        classes = listed(label_name(label, data.class_names) for label in there)
        st.caption(
            _(
                "{train_images:,} training and {test_images:,} test images, {there} classes: "
                "{classes}. From {source}.",
                train_images=data.train_images,
                test_images=data.test_images,
                there=len(there),
                classes=as_typed(classes),
                source=as_typed(_(data.source)),
            )
        )
        for note in data.notes:
            st.caption(as_message(note))
        with st.container(horizontal=True):
            _actions(data)


def _actions(data: StoredData) -> None:
    """What can be done with a data set."""
    key = data.name
    if st.button(_("Browse"), icon=":material/grid_view:", key=f"look_{key}"):
        state.DATA_NAME.set(data.name)
        go(BROWSE)
    if st.button(_("Train on it"), icon=":material/fitness_center:", key=f"train_{key}"):
        state.LEARN_FROM["train"].set(data.name)
        st.switch_page(page_file("train"))
    if not may_change("data", data.name):
        return
    with st.popover(_("Delete"), icon=":material/delete:", key=f"delete_data_{key}"):
        st.markdown(
            _(
                "Delete **{data}**? This can't be undone. Networks that were trained on it stay.",
                data=as_typed(data.name),
            )
        )
        if st.button(_("Delete it"), type="primary", key=f"really_delete_{key}"):
            try:
                delete_data(data.name)
            except DataError as error:
                st.error(as_message(error))
                return
            st.rerun()
