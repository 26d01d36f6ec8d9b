"""Whether images are shown white on black, as they are stored, or dark on white, as on paper."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from mnist_core.figures.heatmap import heatmap_overlay
from mnist_core.i18n import _
from pages.components import grid
from pages.components import pixels as image_pixels
from pages.shared import state


def paper_switch() -> None:
    """The switch between the two; it is for all pages of the session."""
    st.toggle(
        _("Dark on white"),
        key=state.DARK_ON_WHITE.key,
        persist_state="session",
        help=_(
            "How images are shown on all pages. They are stored with 0 for paper and 255 for ink, "
            "which is white on black on a screen; the networks get them like that either way."
        ),
    )


def dark_on_white() -> bool:
    """Whether this session shows images dark on white."""
    return bool(state.DARK_ON_WHITE.get())


def displayed(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Gray images as this session shows them: 0 black to 255 white, of the same shape.

    Args:
        image: any shape, 0 paper to 255 ink.
    """
    return 255 - image if dark_on_white() else image


def image_grid(
    images: NDArray[np.uint8],
    titles: Sequence[str],
    *,
    key: str,
    chosen: int | None = None,
    labels: Sequence[str] | None = None,
    side: int | None = None,
) -> int | None:
    """Small images in as many columns as fit, as this session shows images; see `grid`."""
    return grid.image_grid(
        displayed(images), titles, key=key, chosen=chosen, labels=labels, side=side
    )


def pixels(image: NDArray[np.uint8], title: str, key: str) -> None:
    """One image whose pixels can be pointed at, as this session shows images."""
    image_pixels.pixels(image, title, key, inverted=dark_on_white())


def displayed_heatmap(
    image: NDArray[np.uint8], heatmap: NDArray[np.floating[Any]], largest: float | None = None
) -> NDArray[np.uint8]:
    """A heatmap over an image as this session shows it; see `heatmap_overlay`."""
    return heatmap_overlay(image, heatmap, largest, dark_on_white=dark_on_white())
