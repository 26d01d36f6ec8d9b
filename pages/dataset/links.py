"""What the sections of the Dataset page share: which image is looked at, and links to it."""

from typing import NoReturn

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from mnist_core import Dataset
from mnist_core.data.exploration import Order, arrange_rows, unusualness
from pages.shared.datasets import SPLITS, Split, part

BROWSE, ONE, AUGMENT = "Browse", "One image", "Augmentation"


def go(section: str, **choices: object) -> NoReturn:
    """Show another section of this page, with what its widgets are to have chosen."""
    st.session_state["explore_jump"] = {"explore_section": section, **choices}
    st.rerun()


def open_image(split: Split, index: int) -> NoReturn:
    """Show one image, in this section if it is one about one image.

    Other pages do this: `st.switch_page("pages/dataset/page.py", query_params={"split": "test",
    "index": "4444"})`.
    """
    here = st.session_state["explore_section"]
    go(here if here == AUGMENT else ONE, explore_split=split, explore_index=index)


def take_jump() -> None:
    """Go where `go` asked to; before any widget of the page is made."""
    st.session_state.update(st.session_state.pop("explore_jump", {}))


def take_link(dataset: Dataset) -> str | None:
    """Go to what the address asks for, once; says what is wrong with it, if anything is.

    `?split=train&index=7777` opens an image, `?section=...` a section.
    """
    asked = {name: value for name, value in st.query_params.items() if name != "data"}
    if not asked or asked == st.session_state.get("explore_link"):
        return None
    st.session_state["explore_link"] = asked
    if "section" in asked:
        st.session_state["explore_section"] = asked["section"]
    if "index" not in asked:
        return None
    split: Split = "train" if asked.get("split") == "train" else "test"
    n = len(part(dataset, split)[0])
    if asked.get("section") != AUGMENT:
        st.session_state["explore_section"] = ONE
    st.session_state["explore_split"] = split
    if asked["index"].isdecimal() and len(asked["index"]) < 10 and int(asked["index"]) < n:
        st.session_state["explore_index"] = int(asked["index"])
        return None
    return (
        f"There is no image {asked['index'][:20]!r} among the {SPLITS[split].lower()} of "
        f"{dataset.name}. Expected 0 to {n - 1:,}."
    )


def say_link(section: str) -> None:
    """Keep the address at what is shown, so that it can be sent to someone."""
    link = {"section": section}
    if section in (ONE, AUGMENT):
        link |= {
            "split": st.session_state["explore_split"],
            "index": str(st.session_state["explore_index"]),
        }
    st.session_state["explore_link"] = link
    if "data" in st.query_params:  # which data set; see `choose_data`
        link = {"data": st.query_params["data"], **link}
    if st.query_params.to_dict() != link:
        st.query_params.from_dict(link)


@st.cache_data(show_spinner="Comparing each image with the mean of its class …", max_entries=6)
def _unusual(_dataset: Dataset, digest: str, split: Split) -> NDArray[np.float32]:
    return unusualness(*part(_dataset, split))


@st.cache_data(show_spinner=False, max_entries=30)
def _arranged(
    _dataset: Dataset, digest: str, split: Split, classes: tuple[int, ...], order: Order, seed: int
) -> NDArray[np.intp]:
    unusual = None
    if order in ("typical", "unusual"):
        unusual = _unusual(_dataset, digest, split)
    return arrange_rows(part(_dataset, split)[1], classes, order, seed=seed, unusual=unusual)


def arranged(dataset: Dataset) -> tuple[Split, NDArray[np.intp]]:
    """(split, rows) of what is chosen under Browse, in its order."""
    state = st.session_state
    split: Split = state.get("browse_split") or "train"
    classes = tuple(sorted(state.get("browse_classes") or ()))
    order: Order = state.get("browse_order") or "index"
    seed = int(state.get("browse_seed") or 0)
    rows = _arranged(dataset, dataset.digest(), split, classes, order, seed)
    return split, rows
