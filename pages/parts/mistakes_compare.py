"""Two networks side by side on the Mistakes page: what the second does better and worse."""

from collections.abc import Mapping

import streamlit as st

from mnist_core import MnistCoreError, StoredModel
from mnist_core.comparison import changes, compare_right
from mnist_core.mistakes import Answers, Part, compared_csv, images_zip
from pages.parts.grid import image_grid
from pages.parts.mistakes_data import Asking, answers, wait
from pages.parts.mistakes_view import ON_PAGE, View, change

WORDS = {"fixed": "Fixed", "broken": "Newly broken", "still": "Still wrong"}


def compare(
    view: View,
    known: Mapping[str, StoredModel],
    model: StoredModel,
    part: Part,
    first: Answers,
) -> None:
    """The second network, what going over to it changes, and whether that is more than chance."""
    name = next(name for name, one in known.items() if one is model)
    others = [other for other in known if other != name]
    if not others:
        st.info("There is only one network here. Train another one on the Train page.")
        return
    state = st.session_state
    state["mistakes_other"] = view.other if view.other in others else others[0]
    st.selectbox(
        "Second network", others, key="mistakes_other", width=320,
        on_change=lambda: change(view, other=state["mistakes_other"], show="compare"),
    )  # fmt: skip
    other = state["mistakes_other"]
    try:
        second = answers(known[other], part)
    except MnistCoreError as error:
        st.error(str(error))
        return
    if isinstance(second, Asking):
        wait(second, other)
        return
    told = compare_right(first.right, second.right).words
    st.markdown(
        f"**{name}** (first) reads {first.right.mean():.2%} rightly, **{other}** (second) "
        f"{second.right.mean():.2%}. {told}"
    )
    st.caption("Whether it is chance is told by McNemar's test: it looks only at the images that "
               "one of the two reads rightly and the other doesn't. If the networks were equally "
               "good, each such image would be a coin toss between them.")  # fmt: skip
    found = changes(first.right, second.right)
    state["mistakes_changed"] = view.changed
    st.segmented_control(
        "Going from the first to the second", list(WORDS), key="mistakes_changed", required=True,
        format_func=lambda key: f"{WORDS[key]}: {len(found[key]):,}",
        on_change=lambda: change(view, changed=state["mistakes_changed"]),
        help="**Fixed**: only the second reads them rightly. **Newly broken**: only the first "
        "does. **Still wrong**: neither does.",
    )  # fmt: skip
    places = found[view.changed]
    if not len(places):
        st.info("There are none.")
        return
    shown = places[:ON_PAGE]
    clicked = image_grid(
        part.images[shown],
        [f"{part.published} image {part.numbers[place]}: label {part.labels[place]}, {name}: "
         f"{first.predicted[place]}, {other}: {second.predicted[place]}" for place in shown],
        labels=[f"{part.labels[place]} → {first.predicted[place]}, {second.predicted[place]}"
                for place in shown],
        key="mistakes_compared", side=56,
    )  # fmt: skip
    if clicked is not None:
        change(view, image=int(part.numbers[shown[clicked]]), page=view.page)
        st.rerun()
    more = f" The first {ON_PAGE} are shown." if len(places) > ON_PAGE else ""
    st.caption(f"Under each: its label → the first network's answer, the second's.{more} "
               "Click one to look at it.")  # fmt: skip
    with st.container(horizontal=True):
        file = f"{name}-{other}-{part.split}-{view.changed}"
        st.download_button(
            "Images (zip)", lambda: images_zip(part, second, places), f"{file}.zip",
            "application/zip", on_click="ignore", icon=":material/download:",
            help="PNG files (28x28), 2,000 at most; their names say the second network's answer.",
        )  # fmt: skip
        st.download_button(
            "Table (CSV)", lambda: compared_csv(part, first, second, places), f"{file}.csv",
            "text/csv", on_click="ignore", icon=":material/download:",
        )  # fmt: skip
