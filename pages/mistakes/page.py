"""Mistakes: which images a network misreads, why, and whether it is the network that is wrong."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import streamlit as st

from mnist_core import MnistCoreError
from mnist_core.errors import JudgementError
from mnist_core.i18n import Text, _
from mnist_core.metrics.classification import wilson_interval
from mnist_core.recipes.examples import mistakes_example
from mnist_core.review.answers import SPLITS, splits_of
from mnist_core.review.judgements import judged_accuracy, judgements_of
from pages.mistakes.browse import images, selected
from pages.mistakes.compare import compare, compared
from pages.mistakes.judged import judged_places, judgements
from pages.mistakes.one_image import one_image
from pages.mistakes.review import Asking, Network, Review, ask, judged, networks, wait
from pages.mistakes.scores import figures
from pages.mistakes.view import SECTIONS, View, change, current, link, write_address
from pages.shared import html, state
from pages.shared.code import KERAS_FILE, show_code
from pages.shared.data_choice import classes_words
from pages.shared.download import data_notice
from pages.shared.heading import heading
from pages.shared.networks import NO_NETWORK
from pages.shared.paper import paper_switch
from pages.shared.style import add_style
from pages.shared.text import as_message, as_typed


def page() -> None:
    """The choice of a network and its images, how good it is, and one of the sections."""
    heading(
        _("Mistakes"),
        _(
            "Every network misclassifies some images. See which ones, compare the prediction with "
            "the label, and judge which of the two is right."
        ),
    )
    data_notice()
    known = networks()
    if not known:
        st.error(_(NO_NETWORK))
        return
    view, name = choose(current(), known)
    try:
        review = ask(name, known, view.split)
    except MnistCoreError as error:
        st.error(as_message(error))
        return
    if isinstance(review, Asking):
        wait(review)
        return
    try:
        judgements_of(review.part.digest)
    except JudgementError as error:
        st.error(as_message(error))
    accuracy(review)
    if view.image is not None:
        one_image(view, review, walk(view, review))
    elif view.show == "figures":
        figures(review)
    elif view.show == "compare":
        compare(view, review)
    elif view.show == "judged":
        judgements(view, review)
    else:
        images(view, review)
    if view.show == "images" and view.image is None:
        the_code(view, review)
    write_address(current())
    with st.popover(_("Link to this view"), icon=":material/link:"):
        st.caption(_("The same as the address in the browser."))
        st.code(link(current()), language=None, wrap_lines=True)


def choose(view: View, known: Mapping[str, Network]) -> tuple[View, str]:
    """The network, its images, and the section of the page."""
    names = list(known)
    name = view.network if view.network in known else names[0]
    splits = splits_of(known[name].model)
    split = view.split if view.split in splits else "test"
    widgets = state.VIEW_WIDGET
    for field, value in (("network", name), ("split", split), ("show", view.show)):
        widgets[field].set(value)

    def take(what: str) -> None:
        value = widgets[what].get()
        if what == "network" and value == names[0]:
            value = ""  # so that the start view has a plain address
        change(view, **{what: value}, image=None, page=1)

    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            _("Network"),
            names,
            key=widgets["network"].key,
            width=320,
            on_change=take,
            args=("network",),
            format_func=lambda name: known[name].label,
            help=_("With its accuracy on the test images."),
        )
        st.segmented_control(
            _("Images"),
            splits,
            key=widgets["split"].key,
            required=True,
            on_change=take,
            args=("split",),
            format_func=lambda split: _(SPLITS[split]).capitalize(),
            help=_(_SPLITS),
        )
        paper_switch()
    st.segmented_control(
        _("Show"),
        list(SECTIONS),
        key=widgets["show"].key,
        required=True,
        on_change=take,
        args=("show",),
        format_func=lambda show: _(SECTIONS[show]),
        label_visibility="collapsed",
    )
    if view.network not in ("", name):
        st.warning(
            as_typed(
                _(
                    "The network {network!r} no longer exists. This is {shown}.",
                    network=view.network,
                    shown=known[name].name,
                )
            )
        )
    return replace(view, split=split), name


_SPLITS = Text(
    "**Test images**: the network was never trained on them. **Validation images**: set aside from "
    "the training images to watch the training. **Training images**: the network was trained on "
    "them, so it does better on them than on new ones."
)


def walk(view: View, review: Review) -> list[int]:
    """Positions of the images that are gone through with Next: those that the section shows."""
    if view.show == "compare":
        return compared(view, review)
    if view.show == "judged":
        return judged_places(review)
    return selected(view, review).tolist()


def the_code(view: View, review: Review) -> None:
    """The code that finds the images that are shown."""
    part = review.part
    show_code(
        mistakes_example(
            f"{review.model.name}.keras",
            review.dataset.name,
            rows=(part.published, int(part.indices[0]), int(part.indices[-1]) + 1),
            **view.selection,
        ),
        KERAS_FILE,
    )


def accuracy(review: Review) -> None:
    """How often it is right, as the labels say and as people judged."""
    answers, part = review.answers, review.part
    right, n = int(answers.correct.sum()), len(part.labels)
    low, high = wilson_interval(right, n)
    facts = [
        (_("accuracy: {right:,} of {n:,} correct", right=right, n=n), f"{right / n:.2%}"),
        (_("95% confidence interval"), _("{low:.2%} to {high:.2%}", low=low, high=high)),
        (_("mistakes"), f"{n - right:,}"),
    ]
    by_people = judged_accuracy(answers.predicted, part.labels, part.indices, judged(part))
    if by_people:
        counts = {"correct": by_people.correct, "n": by_people.n, "judged": by_people.judged}
        if by_people.unclear:
            words = _(
                "accuracy as judged: {correct:,} of {n:,} ({judged} judged, {unclear} excluded)",
                unclear=by_people.unclear,
                **counts,
            )
        else:
            words = _("accuracy as judged: {correct:,} of {n:,} ({judged} judged)", **counts)
        facts.insert(1, (words, f"{by_people.accuracy:.2%}"))
    with st.container(key="mistakes_accuracy"):
        html.show(html.facts(facts))
    if part.split == "test" and not review.tested:
        st.caption(
            as_typed(
                _(
                    "Trained on {data}, tested here on {test_data}.",
                    data=review.model.data_name,
                    test_data=review.dataset.name,
                )
            )
        )
    if review.dataset.class_names:
        st.caption(classes_words(review.dataset.class_names))


add_style(Path(__file__).with_name("page.css"))
page()
