"""Two networks side by side on the Mistakes page: what the second does better and worse."""

import streamlit as st

from mnist_core import MnistCoreError
from mnist_core.metrics.comparison import answer_changes, mcnemar_test
from mnist_core.review.answers import Answers, Positions
from mnist_core.review.downloads import comparison_csv, images_zip
from pages.components.grid import image_grid
from pages.mistakes.asked import Asked, Asking, ask, open_image, wait
from pages.mistakes.view import ON_PAGE, View, change
from pages.shared import state
from pages.shared.text import as_message, as_typed

WORDS = {"fixed": "Fixed", "broken": "Newly broken", "still": "Still wrong"}


def compare(view: View, first: Asked) -> None:
    """The second network, what going over to it changes, and whether that is more than chance."""
    others = [key for key in first.others if key != first.network.key]
    if not others:
        st.info("There is only one network here. Train another one on the Train page.")
        return
    other_widget, changed_widget = state.VIEW_WIDGET["other"], state.VIEW_WIDGET["changed"]
    other_widget.set(_other(view, first))
    st.selectbox(
        "Second network",
        others,
        key=other_widget.key,
        width=320,
        format_func=lambda key: first.others[key].label,
        on_change=lambda: change(view, other=other_widget.get(), show="compare"),
    )
    try:
        second = ask(other_widget.get(), first.others, view.split, first.model)
    except MnistCoreError as error:
        st.error(as_message(error))
        return
    if isinstance(second, Asking):
        wait(second)
        return
    one, other = first.answers, second.answers
    st.markdown(
        f"**{as_typed(first.name)}** (first) reads {one.correct.mean():.2%} rightly, "
        f"**{as_typed(second.name)}** (second) {other.correct.mean():.2%}. "
        f"{mcnemar_test(one.correct, other.correct).summary}"
    )
    st.caption(
        "Whether it is chance is told by **McNemar's test**: it looks only at the images "
        "that one of the two reads rightly and the other doesn't. If the networks were "
        "equally good, each such image would be a coin toss between them."
    )
    found = _changes(one, other)
    changed_widget.set(view.changed)
    st.segmented_control(
        "Going from the first to the second",
        list(WORDS),
        key=changed_widget.key,
        required=True,
        format_func=lambda key: f"{WORDS[key]}: {len(found[key]):,}",
        on_change=lambda: change(view, changed=changed_widget.get()),
        help="**Fixed**: only the second reads them rightly. **Newly broken**: only the first "
        "does. **Still wrong**: neither does.",
    )
    places = found[view.changed]
    if not len(places):
        st.info("There are none.")
        return
    shown, labels = places[:ON_PAGE], first.part.labels
    clicked = image_grid(
        first.part.images[shown],
        [
            f"{first.part.published} image {first.part.indices[place]:,}: label {labels[place]}, "
            f"{first.name}: {one.predicted[place]}, {second.name}: {other.predicted[place]}"
            for place in shown
        ],
        labels=[
            f"{labels[place]} → {one.predicted[place]}, {other.predicted[place]}" for place in shown
        ],
        key="mistakes_compared",
        side=56,
    )
    if clicked is not None:
        open_image(view, int(first.part.indices[shown[clicked]]))
    more = f" The first {ON_PAGE} are shown." if len(places) > ON_PAGE else ""
    st.caption(
        f"Under each: its label → the first network's answer, the second's.{more} "
        "Click one to look at it."
    )
    with st.container(horizontal=True):
        file = f"{first.name}-{second.name}-{first.part.split}-{view.changed}"
        st.download_button(
            "Images (zip)",
            lambda: images_zip(first.part, other, places),
            f"{file}.zip",
            "application/zip",
            on_click="ignore",
            icon=":material/download:",
            help="PNG files (28x28), 2,000 at most; their names say the second network's answer.",
        )
        st.download_button(
            "Table (CSV)",
            lambda: comparison_csv(first.part, one, other, places),
            f"{file}.csv",
            "text/csv",
            on_click="ignore",
            icon=":material/download:",
            help="Index, label, and both networks' answers and confidence.",
        )


def _other(view: View, first: Asked) -> str:
    """The second network: the one that the view names, or another one."""
    others = [key for key in first.others if key != first.network.key]
    return view.other if view.other in others else others[0]


def compared(view: View, first: Asked) -> list[int]:
    """Positions of the images that are fixed, newly broken or still wrong, as the view says."""
    if len(first.others) < 2:
        return []
    try:
        second = ask(_other(view, first), first.others, view.split, first.model)
    except MnistCoreError:
        return []
    if isinstance(second, Asking):
        return []
    return _changes(first.answers, second.answers)[view.changed].tolist()


def _changes(first: Answers, second: Answers) -> dict[str, Positions]:
    """Positions of the images by what changes from the first network to the second."""
    changes = answer_changes(first.correct, second.correct)
    return {"fixed": changes.fixed, "broken": changes.broken, "still": changes.still_wrong}
