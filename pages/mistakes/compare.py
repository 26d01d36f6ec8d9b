"""Two networks side by side on the Mistakes page: what the second does better and worse."""

import streamlit as st

from mnist_core import MnistCoreError
from mnist_core.i18n import Sentences, Text, _
from mnist_core.metrics.comparison import answer_changes, mcnemar_test
from mnist_core.review.answers import Answers, Positions
from mnist_core.review.downloads import comparison_csv, images_zip
from pages.mistakes.review import Asking, Review, ask, image_name, open_image, wait
from pages.mistakes.view import ON_PAGE, View, change
from pages.shared import state
from pages.shared.paper import image_grid
from pages.shared.text import as_message, as_typed

WORDS = {"fixed": Text("Fixed"), "broken": Text("Newly wrong"), "still": Text("Still wrong")}


def compare(view: View, first: Review) -> None:
    """The second network, what going over to it changes, and whether that is more than chance."""
    others = [key for key in first.others if key != first.network.key]
    if not others:
        st.info(_("There is only one network. Train another one on the Train page."))
        return
    other_widget, changed_widget = state.VIEW_WIDGET["other"], state.VIEW_WIDGET["changed"]
    other_widget.set(_other(view, first))
    st.selectbox(
        _("Second network"),
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
    answers, other = first.answers, second.answers
    test = mcnemar_test(answers.correct, other.correct)
    st.markdown(
        _(
            "Accuracy: **{first}** {first_accuracy:.2%}, **{second}** {second_accuracy:.2%}. "
            "{comparison}",
            first=as_typed(first.name),
            first_accuracy=answers.correct.mean(),
            second=as_typed(second.name),
            second_accuracy=other.correct.mean(),
            comparison=as_message(test.describe(first.name, second.name)),
        )
    )
    st.caption(
        _(
            "**McNemar's test** looks at the images that only one of the two networks classifies "
            "correctly. If both were equally good, each of these would be a coin toss; p is the "
            "probability of a split at least this uneven."
        )
    )
    changes = _changes(answers, other)
    changed_widget.set(view.changed)
    st.segmented_control(
        _("From the first to the second network"),
        list(WORDS),
        key=changed_widget.key,
        required=True,
        format_func=lambda key: _(
            "{change}: {count:,}", change=WORDS[key], count=len(changes[key])
        ),
        on_change=lambda: change(view, changed=changed_widget.get()),
        help=_(
            "**Fixed**: only the second network is correct. **Newly wrong**: only the first is "
            "correct. **Still wrong**: neither is."
        ),
    )
    places = changes[view.changed]
    if not len(places):
        st.info(_("None."))
        return
    shown, labels = places[:ON_PAGE], first.part.labels
    clicked = image_grid(
        first.part.images[shown],
        [
            _(
                "{image}: label {label}, {first}: {first_predicted}, {second}: {second_predicted}",
                image=image_name(first.part, place),
                label=labels[place],
                first=first.name,
                first_predicted=answers.predicted[place],
                second=second.name,
                second_predicted=other.predicted[place],
            )
            for place in shown
        ],
        labels=[
            f"{labels[place]} → {answers.predicted[place]}, {other.predicted[place]}"
            for place in shown
        ],
        key="mistakes_compared",
        side=56,
    )
    if clicked is not None:
        open_image(view, int(first.part.indices[shown[clicked]]))
    below = Text("Below each: its label → the predictions of the first and the second network.")
    more = Text("The first {count} are shown.", count=ON_PAGE) if len(places) > ON_PAGE else ""
    click = Text("Click one to open it.")
    st.caption(_(Sentences(below, more, click)))
    with st.container(horizontal=True):
        file = f"{first.name}-{second.name}-{first.part.split}-{view.changed}"
        st.download_button(
            _("Images (zip)"),
            lambda: images_zip(first.part, other, places),
            f"{file}.zip",
            "application/zip",
            on_click="ignore",
            icon=":material/download:",
            help=_("PNG files (28x28), at most 2,000, named by the second network's prediction."),
        )
        st.download_button(
            _("Table (CSV)"),
            lambda: comparison_csv(first.part, answers, other, places),
            f"{file}.csv",
            "text/csv",
            on_click="ignore",
            icon=":material/download:",
            help=_("Index, label, and both networks' predictions and confidences."),
        )


def _other(view: View, first: Review) -> str:
    """The second network: the one that the view names, or another one."""
    others = [key for key in first.others if key != first.network.key]
    return view.other if view.other in others else others[0]


def compared(view: View, first: Review) -> list[int]:
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
