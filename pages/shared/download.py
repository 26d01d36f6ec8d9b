"""MNIST on the page: an image of the test set, and the download where MNIST is missing."""

import threading
from dataclasses import dataclass, field

import numpy as np
import streamlit as st
from markupsafe import Markup
from numpy.typing import NDArray

from mnist_core import settings
from mnist_core.data.mnist import download_mnist
from pages.shared import html
from pages.shared.datasets import test_data

DATA_SET = "Data set"  # what this source is called on the Draw page

FIRST_SHOWN = 4444  # test image


@dataclass
class Download:
    """A download on a thread of its own; the page only looks at it."""

    done: int = 0
    total: int = 0
    error: str | None = None
    thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            download_mnist(progress=self._progress)
        except Exception as error:  # whatever it is, the page has to say so
            self.error = str(error) or repr(error)

    def _progress(self, done: int, total: int) -> None:
        self.done, self.total = done, total

    @property
    def running(self) -> bool:
        """Whether it is still under way."""
        return self.thread.is_alive()


@st.cache_resource
def _downloads() -> list[Download]:
    return []  # the last one is the server's only one; sessions share it


def _start() -> None:
    downloads = _downloads()
    if not (downloads and downloads[-1].running):
        downloads.append(Download())


def data_notice() -> None:
    """Says so where MNIST is missing, and offers the download. Nothing where it is there."""
    if test_data().stand_in:
        running = bool(_downloads()) and _downloads()[-1].running
        st.fragment(_notice, run_every=0.5 if running else None)()


def _notice() -> None:
    download = _downloads()[-1] if _downloads() else None
    if download and not download.running and not download.error and test_data().stand_in:
        _downloads().clear()
        test_data.clear()
    dataset = test_data()
    if not dataset.stand_in:  # it has arrived, perhaps through another session
        st.rerun()
    with st.container(border=True):
        st.markdown(
            f"**MNIST is not on this machine yet.** The test images shown here are "
            f"{dataset.name} (8x8 pixels, enlarged). The trained networks learned from MNIST."
        )
        for note in dataset.notes:
            st.caption(note)
        if download and download.running:
            share = download.done / download.total if download.total else 0.0
            st.progress(share, f"Downloading MNIST … {download.done / 1e6:.1f} MB")
            return
        if download and download.error:
            st.error(download.error)
        if settings.data_path():
            st.caption("Correct or unset MNIST_CORE_DATA and start the app again.")
        elif st.button("Download MNIST (11 MB)", icon=":material/download:", on_click=_start):
            st.rerun()


def show_sample(image: NDArray[np.uint8], words: str) -> None:
    """Have the Draw page show this image, and these words under it. It shows that page."""
    st.session_state["sample"] = image, words
    st.session_state["source"] = DATA_SET
    st.switch_page("pages/draw/page.py")


def _another() -> None:
    st.session_state["test_index"] = int(np.random.default_rng().integers(len(test_data().x_test)))
    st.session_state.pop("sample", None)


def sample_picker() -> NDArray[np.uint8]:
    """An image that another page put here, or one of the test set; a button shows another one."""
    dataset = test_data()
    index = st.session_state.setdefault("test_index", FIRST_SHOWN % len(dataset.x_test))
    st.button("Another one", icon=":material/shuffle:", on_click=_another)
    image, words = st.session_state.get("sample") or (
        dataset.x_test[index],
        f"Test image {index:,} of {dataset.name}. Its label says **{dataset.y_test[index]}**.",
    )
    html.show(Markup('<div class="sample">{}</div>').format(html.picture(image, "The image")))
    st.markdown(words)
    return image
