"""All judgements on the Mistakes page: looked through, exported, brought in."""

import numpy as np
import streamlit as st

from mnist_core import MnistCoreError
from mnist_core.i18n import Sentences, Text, _
from mnist_core.review.judgements import (
    VERDICTS,
    Judgement,
    export_judgements,
    import_judgements,
    judged_accuracy,
)
from pages.mistakes.review import Review, image_name, judged, open_image
from pages.mistakes.view import ON_PAGE, View
from pages.shared import html, state
from pages.shared.paper import image_grid
from pages.shared.text import as_message


def judgements(view: View, review: Review) -> None:
    """What was judged of this part, what it does to the accuracy, and the way in and out."""
    part, answers = review.part, review.answers
    known = judged(part)
    accuracy = judged_accuracy(answers.predicted, part.labels, part.indices, known)
    if not known:
        st.info(
            _("None of these images has been judged yet. Open one and press a button beside it.")
        )
    if accuracy:
        low, high = accuracy.interval
        html.show(
            html.facts(
                [
                    (
                        _("95% confidence interval as judged"),
                        _("{low:.2%} to {high:.2%}", low=low, high=high),
                    ),
                    *(
                        (
                            _(words),
                            str(sum(judgement.verdict == verdict for judgement in known.values())),
                        )
                        for verdict, words in VERDICTS.items()
                    ),
                ]
            )
        )
        st.caption(
            _(
                "As judged: a wrong label is replaced by what the image shows, and images that "
                "nobody can tell are excluded. All other images count as labeled."
            )
        )
    if known:
        places = judged_places(review)[:ON_PAGE]
        ones = [known[int(part.indices[place])] for place in places]

        def title(place: int, judgement: Judgement) -> str:
            words = {
                "image": image_name(part, place),
                "label": judgement.label,
                "verdict": VERDICTS[judgement.verdict],
            }
            if judgement.digit is None:
                return _("{image}: label {label}; {verdict}", **words)
            return _(
                "{image}: label {label}; {verdict}, it is a {digit}", digit=judgement.digit, **words
            )

        clicked = image_grid(
            part.images[places],
            [title(place, one) for place, one in zip(places, ones, strict=True)],
            labels=[
                f"{judgement.label} → {'?' if judgement.digit is None else judgement.digit}"
                for judgement in ones
            ],
            key="mistakes_judged",
        )
        below = Text("Below each: its label → the judged class, or ? where nobody can tell.")
        more = Text("The first {count} are shown.", count=ON_PAGE) if len(known) > ON_PAGE else ""
        click = Text("Click one to open it.")
        st.caption(_(Sentences(below, more, click)))
        if clicked is not None:
            open_image(view, ones[clicked].index)
    left, right = st.columns(2, gap="medium")
    with left:
        st.subheader(_("Export"), anchor=False)
        st.caption(_("All judgements of all data sets, as a table that can be imported elsewhere."))
        try:
            content = export_judgements()
        except MnistCoreError:
            content = ""  # the page says why
        st.download_button(
            _("Judgements (CSV)"),
            content,
            "judgements.csv",
            "text/csv",
            on_click="ignore",
            icon=":material/download:",
            disabled=not content,
        )
    with right:
        st.subheader(_("Import"), anchor=False)
        _bring_in()


def _bring_in() -> None:
    """A file of judgements; what became of it is said."""
    count = state.IMPORTS.get()
    file = st.file_uploader(
        _("A table of judgements (CSV)"),
        type=["csv"],
        max_upload_size=20,  # MB
        key=f"mistakes_file_{count}",
        help=_("Of two judgements of the same image, the newer one is kept."),
    )
    if summary := state.IMPORTED.take():
        st.success(as_message(summary))
    if file is None:
        return
    try:
        state.IMPORTED.set(import_judgements(file.getvalue()).summary)
    except MnistCoreError as error:
        st.error(as_message(error))
        return
    state.IMPORTS.set(count + 1)  # an empty place for the next file
    st.rerun()


def judged_places(review: Review) -> list[int]:
    """Positions of the images that are judged."""
    return np.flatnonzero(np.isin(review.part.indices, list(judged(review.part)))).tolist()
