"""The Mistakes page's images: a matrix whose cells can be clicked, and the grid that it fills."""

import math
from collections.abc import Sequence

import streamlit as st

from mnist_core.data.dataset import label_name
from mnist_core.figures.evaluation_charts import confusion_figure
from mnist_core.i18n import Sentences, Text, _, ngettext, pgettext
from mnist_core.review.answers import (
    ORDERS,
    Answers,
    Positions,
    confusion_counts,
    select_answers,
    top_confusions,
)
from mnist_core.review.downloads import answers_csv, images_zip
from pages.components.live import clicked_chart
from pages.mistakes.review import Review, judged, open_image
from pages.mistakes.view import ON_PAGE, View, change
from pages.shared import state
from pages.shared.paper import image_grid
from pages.shared.text import as_typed

ANY = Text("All")
MISTAKES, ALL_ANSWERS = Text("mistakes"), Text("correct and wrong")
JUDGED = " ✓"  # beside what is judged


def images(view: View, review: Review) -> None:
    """The matrix beside the images."""
    left, right = st.columns([5, 6], gap="medium")
    with left:
        _matrix(view, review.answers, review.dataset.class_names)
    with right:
        _filters(view, review.dataset.class_names)
        _images(view, review, selected(view, review))


def selected(view: View, review: Review) -> Positions:
    """Positions of what the view looks for, in its order."""
    return select_answers(review.answers, **view.selection)


def _matrix(view: View, answers: Answers, names: Sequence[str]) -> None:
    """Counts or shares; a click on a cell looks for its images, one more click for all again."""
    st.subheader(_("Confusion matrix"), anchor=False)
    shares = st.toggle(_("Percent of each row"), key="mistakes_shares")
    matrix = confusion_counts(answers, view.low / 100, view.high / 100)
    clicked = clicked_chart(
        confusion_figure(
            matrix, shares=shares, label=view.label, predicted=view.predicted, class_names=names
        ),
        "mistakes_matrix",
    )
    rows = (
        Text("Rows are true classes, columns are predictions.")
        if names
        else Text("Rows are true digits, columns are predictions.")
    )
    diagonal = Text(
        "The gray diagonal was classified correctly. Click a cell to see its images, and again to "
        "see all."
    )
    st.caption(_(Sentences(rows, diagonal)))
    if clicked:
        predicted, label = map(round, clicked)
        here = (view.label, view.predicted) == (label, predicted)
        change(
            view,
            label=None if here else label,
            predicted=None if here else predicted,
            wrong=True if here else label != predicted,
        )
        st.rerun()
    top = top_confusions(matrix)
    with st.container(horizontal=True, gap="small"):
        for label, predicted, count in top:
            st.button(
                as_typed(f"{label_name(label, names)} → {label_name(predicted, names)}: {count}"),
                key=f"mistakes_top_{label}_{predicted}",
                on_click=change,
                args=(view,),
                kwargs={"label": label, "predicted": predicted, "wrong": True},
                type="secondary",
            )


def _filters(view: View, names: Sequence[str]) -> None:
    widgets = state.VIEW_WIDGET
    for name in ("label", "predicted", "order", "wrong"):
        value = getattr(view, name)
        widgets[name].set(ANY if value is None else value)
    widgets["confidence"].set((view.low, view.high))

    def take(name: str) -> None:
        value = widgets[name].get()
        change(view, **{name: None if value == ANY else value})

    def take_confidence() -> None:
        low, high = widgets["confidence"].get()
        change(view, low=low, high=high)

    with st.container(horizontal=True, vertical_alignment="bottom"):
        for name, words in (("label", _("Label")), ("predicted", _("Prediction"))):
            st.selectbox(
                words,
                [ANY, *range(len(names) or 10)],
                key=widgets[name].key,
                width=160 if names else 120,
                on_change=take,
                args=(name,),
                format_func=lambda choice: _(ANY) if choice == ANY else label_name(choice, names),
            )
        st.selectbox(
            _("Order"),
            list(ORDERS),
            key=widgets["order"].key,
            width=230,
            on_change=take,
            args=("order",),
            format_func=lambda order: _(ORDERS[order]).capitalize(),
            help=_(
                "**Highest loss**: the label got the lowest probability. **Most confident**: the "
                "prediction got the highest probability. **Closest runner-up**: the second "
                "likeliest class was almost as likely."
            ),
        )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.slider(
            _("Confidence"),
            0,
            100,
            key=widgets["confidence"].key,
            format="%d%%",
            width=330,
            on_change=take_confidence,
            help=_("Also applies to the matrix."),
        )
        st.toggle(_("Only mistakes"), key=widgets["wrong"].key, on_change=take, args=("wrong",))


def _images(view: View, review: Review, positions: Positions) -> None:
    """One picture with up to a hundred of the images found, and what to do with all of them."""
    part, answers, known = review.part, review.answers, judged(review.part)
    if not len(positions):
        st.info(
            _(
                "No image matches. Choose All above, or a wider range of confidence, or turn off "
                "“Only mistakes”."
            )
            if view.wrong
            else _("No image matches. Choose All above, or a wider range of confidence.")
        )
        return
    pages = math.ceil(len(positions) / ON_PAGE)
    number = min(view.page, pages)
    shown = positions[(number - 1) * ON_PAGE : number * ON_PAGE]
    many = ngettext("{n:,} image", "{n:,} images", len(positions))
    found = Text(
        "**{images}** ({kind}), {order}.",
        images=many,
        kind=MISTAKES if view.wrong else ALL_ANSWERS,
        order=ORDERS[view.order],
    )
    below = (
        Text(
            "Below each: its label → the prediction, {mark} if it is judged. Click one to open it.",
            mark=JUDGED.strip(),
        )
        if known
        else Text("Below each: its label → the prediction. Click one to open it.")
    )
    st.caption(_(Sentences(found, below)))
    clicked = image_grid(
        part.images[shown],
        [review.title(place) for place in shown],
        labels=[
            f"{answers.labels[place]} → {answers.predicted[place]}"
            + JUDGED * (int(part.indices[place]) in known)
            for place in shown
        ],
        key="mistakes_grid",
    )
    if clicked is not None:
        open_image(view, int(part.indices[shown[clicked]]), number)
    if pages > 1:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                pgettext("page", "Previous"),
                icon=":material/chevron_left:",
                disabled=number == 1,
                on_click=change,
                args=(view,),
                kwargs={"page": number - 1},
            )
            st.caption(_("Page {page:,} of {pages:,}", page=number, pages=pages), width="content")
            st.button(
                pgettext("page", "Next"),
                icon=":material/chevron_right:",
                disabled=number == pages,
                on_click=change,
                args=(view,),
                kwargs={"page": number + 1},
            )
    with st.container(horizontal=True):
        name = f"{review.name}-{part.split}-{_name(view)}"
        st.download_button(
            _("Images (zip)"),
            lambda: images_zip(part, answers, positions),
            f"{name}.zip",
            "application/zip",
            on_click="ignore",
            icon=":material/download:",
            help=_("These images as PNG files (28x28), at most 2,000, with the table."),
        )
        st.download_button(
            _("Table (CSV)"),
            lambda: answers_csv(part, answers, positions),
            f"{name}.csv",
            "text/csv",
            on_click="ignore",
            icon=":material/download:",
            help=_("Index, label, prediction, confidence, loss and all probabilities."),
        )


def _name(view: View) -> str:
    words = ["mistakes" if view.wrong else "images"]
    if view.label is not None:
        words.append(f"{view.label}")
    if view.predicted is not None:
        words.append(f"read-as-{view.predicted}")
    return "-".join(words)
