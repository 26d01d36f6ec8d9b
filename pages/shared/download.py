"""The download of MNIST, where it is missing."""

import streamlit as st

from mnist_core import settings
from mnist_core.data.download import download_mnist
from mnist_core.i18n import _
from pages.shared.access import is_owner
from pages.shared.datasets import test_data
from pages.shared.following import Answer, Threaded, followed
from pages.shared.text import as_message, as_typed


@st.cache_resource
def _downloads() -> list[Threaded[object]]:
    return []  # the last one is the server's only one; sessions share it


def _look() -> Answer[object]:
    """Where the download is; finished once MNIST is there, however it came."""
    downloads = _downloads()
    answer = downloads[-1].look() if downloads else Answer[object]()
    if answer.finished and test_data().stand_in:
        downloads.clear()
        test_data.clear()
    if not test_data().stand_in:
        return Answer(finished=True)
    return Answer() if answer.finished else answer


def _start() -> None:
    if not _look().working:
        _downloads().append(Threaded(lambda report: download_mnist(progress=report)))


def data_notice() -> None:
    """Say so where MNIST is missing, and offer the download. Nothing where it is there."""
    dataset = test_data()
    if not dataset.stand_in:
        return
    with st.container(border=True):
        st.markdown(
            _(
                "**MNIST is not on this machine yet.** The test images shown here are {dataset} "
                "(8x8 pixels, enlarged). The trained networks learned from MNIST.",
                dataset=as_typed(dataset.name),
            )
        )
        for note in dataset.notes:
            st.caption(as_message(note))
        if settings.data_path():
            st.caption(_("Correct or unset MNIST_CORE_DATA and start the app again."))
            return
        work = followed(
            _look,
            _start,
            slot="download",
            about="MNIST",
            words=lambda _work: _(
                "Downloading MNIST … {done:.1f} MB", done=_downloads()[-1].done / 1e6
            ),
            offer=_offer,
            every=0.5,
        )
    if work.finished:  # it has arrived just now, perhaps through another session
        st.rerun()


def _offer() -> bool:
    return is_owner() and st.button(_("Download MNIST (11 MB)"), icon=":material/download:")
