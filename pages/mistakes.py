"""Mistakes: which images a network misreads, why, and whether it is the network that is wrong."""

from dataclasses import replace

import streamlit as st

from mnist_core import MnistCoreError, StoredModel
from mnist_core.evaluation import wilson_interval
from mnist_core.mistakes import SPLITS, Answers, Part, splits_of
from pages.parts import html
from pages.parts.data import data_notice
from pages.parts.mistakes_browse import images
from pages.parts.mistakes_compare import compare
from pages.parts.mistakes_data import Asking, answers, as_judged, judged, networks, part, wait
from pages.parts.mistakes_figures import figures
from pages.parts.mistakes_judged import judgements
from pages.parts.mistakes_one import one_image
from pages.parts.mistakes_view import SECTIONS, View, change, current, link, write_address
from pages.parts.navigation import through_router
from pages.parts.start import settle


def page() -> None:
    """The choice of a network and its images, how good it is, and one of the sections."""
    st.title("Mistakes")
    st.markdown(
        "Every network misreads some images. Here you see which, compare its answer with the "
        "**label** (what the data set says the image is), and judge who is right."
    )
    data_notice()
    known = networks()
    if not known:
        st.error("There is no trained network. Run `python -m mnist_core train pen`.")
        return
    view = current()
    view, model = choose(view, known)
    try:
        asked = part(model, view.split)
        found = answers(model, asked)
    except MnistCoreError as error:
        st.error(str(error))
        return
    if isinstance(found, Asking):
        wait(found, label(model, known))
        return
    accuracy(asked, found)
    if view.image is not None:
        one_image(view, known, model, asked, found)
    elif view.show == "figures":
        figures(model, asked, found)
    elif view.show == "compare":
        compare(view, known, model, asked, found)
    elif view.show == "judged":
        judgements(view, model, asked, found)
    else:
        images(view, asked, found)
    view = current()
    write_address(view)
    with st.popover("Link to this view", icon=":material/link:"):
        st.caption("The address in the browser's bar says the same.")
        st.code(link(view), language=None, wrap_lines=True)
    settle_charts()


def choose(view: View, known: dict[str, StoredModel]) -> tuple[View, StoredModel]:
    """The network, its images, and the section of the page."""
    state = st.session_state
    network = view.network if view.network in known else next(iter(known))
    splits = splits_of(known[network])
    state["mistakes_network"] = network
    state["mistakes_split"] = view.split if view.split in splits else "test"
    state["mistakes_show"] = view.show
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Network", list(known), key="mistakes_network", width=320,
            format_func=lambda name: label(known[name], known),
            on_change=lambda: change(view, network=state["mistakes_network"], image=None, page=1),
        )  # fmt: skip
        st.segmented_control(
            "Images", splits, key="mistakes_split", format_func=lambda split: SPLITS[split],
            required=True, help=_SPLITS,
            on_change=lambda: change(view, split=state["mistakes_split"], image=None, page=1),
        )  # fmt: skip
    st.segmented_control(
        "Show", list(SECTIONS), key="mistakes_show", format_func=lambda section: SECTIONS[section], required=True,
        label_visibility="collapsed",
        on_change=lambda: change(view, show=state["mistakes_show"], image=None, page=1),
    )  # fmt: skip
    if view.network not in ("", network):
        st.warning(f"There is no network {view.network!r} here any more; this is {network}.")
    return replace(view, split=state["mistakes_split"]), known[network]


_SPLITS = (
    "**Test images**: kept for the end; the network has never learned from them. **Validation "
    "images**: kept back from the training images, to watch the training. **Training images**: "
    "those it learned from, so it does better on them than it would on new ones."
)


def label(model: StoredModel, known: dict[str, StoredModel]) -> str:
    """A network's name; a run's is its recipe's and when it was made."""
    name = next((name for name, one in known.items() if one is model), model.name)
    if name == model.name:
        return name
    return f"{model.recipe.name} · run {name[:15]}"


def accuracy(asked: Part, found: Answers) -> None:
    """How often it is right, as the labels say and as people judged."""
    right, n = int(found.right.sum()), len(asked.labels)
    low, high = wilson_interval(right, n)
    facts = [
        (f"{right / n:.2%}", f"right, by the labels: {right:,} of {n:,}"),
        (f"{low:.2%} to {high:.2%}", "95% interval"),
        (f"{n - right:,}", "mistakes"),
    ]
    seen = as_judged(asked, found, judged(asked))
    if seen:
        left = f", {seen.unclear} left out" if seen.unclear else ""
        facts.append((f"{seen.accuracy:.2%}", f"right, as judged: {seen.right:,} of {seen.n:,} "
                      f"({seen.judged} judged{left})"))  # fmt: skip
    with st.container(key="mistakes_accuracy"):
        st.html(html.facts(facts))


@st.cache_resource(show_spinner=False)
def settle_charts() -> None:
    """Plotly and SciPy, imported by now, stay."""
    settle()


through_router()
st.html(html.STYLE)
page()
