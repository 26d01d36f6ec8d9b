"""An image of the test set on a page, or one that another page has put there."""

from typing import NoReturn

import numpy as np
import streamlit as st
from markupsafe import Markup
from numpy.typing import NDArray

from mnist_core.i18n import Text, _
from pages.shared import html, state
from pages.shared.datasets import test_data
from pages.shared.navigation import page_file
from pages.shared.text import as_typed

DATA_SET = Text("Data set")  # what this source is called on the Draw page
FIRST_SHOWN = 4444  # test image


def show_sample(image: NDArray[np.uint8], words: str) -> NoReturn:
    """Go to the Draw page, which shows this image.

    Args:
        words: under the image; a `Text` is shown in the reader's language.
    """
    state.SAMPLE.set((image, words))
    state.SOURCE.set(DATA_SET)
    st.switch_page(page_file("draw"))


def test_index() -> int:
    """Which test image is shown where none was chosen yet."""
    return state.TEST_INDEX.ensure(FIRST_SHOWN % len(test_data().x_test))


def sample_picker() -> NDArray[np.uint8]:
    """An image that another page put here, or one of the test set; a button shows another one."""
    dataset, index = test_data(), test_index()
    st.button(_("Another one"), icon=":material/shuffle:", on_click=_another)
    sample = state.SAMPLE.get()
    image, words = sample or (
        dataset.x_test[index],
        Text("Test image {index:,} of {data}.", index=index, data=dataset.name),
    )
    markdown = as_typed(_(words))
    if not sample:
        label = _("Its label says **{label}**.", label=dataset.y_test[index])
        markdown = _("{image} {label}", image=markdown, label=label)
    html.show(Markup('<div class="sample">{}</div>').format(html.picture(image, _("The image"))))
    st.markdown(markdown)
    return image


def _another() -> None:
    state.TEST_INDEX.set(int(np.random.default_rng().integers(len(test_data().x_test))))
    state.SAMPLE.clear()
