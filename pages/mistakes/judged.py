"""All judgements on the Mistakes page: looked through, exported, brought in."""

import numpy as np
import streamlit as st

from mnist_core import MnistCoreError
from mnist_core.review.judgements import (
    VERDICTS,
    export_judgements,
    import_judgements,
    judged_accuracy,
)
from pages.mistakes.review import Review, judged, open_image
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
        st.info("None of these images has been judged yet. Open one and press a button beside it.")
    if accuracy:
        low, high = accuracy.interval
        html.show(
            html.facts(
                [
                    ("95% confidence interval as judged", f"{low:.2%} to {high:.2%}"),
                    *(
                        (
                            words,
                            str(sum(judgement.verdict == verdict for judgement in known.values())),
                        )
                        for verdict, words in VERDICTS.items()
                    ),
                ]
            )
        )
        st.caption(
            "As judged: a wrong label is replaced by what the image shows, and images that nobody "
            "can tell are excluded. All other images count as labeled."
        )
    if known:
        places = judged_places(review)[:ON_PAGE]
        ones = [known[int(part.indices[place])] for place in places]
        clicked = image_grid(
            part.images[places],
            [
                f"{part.published} image {judgement.index:,}: label {judgement.label}; "
                f"{VERDICTS[judgement.verdict]}"
                f"{'' if judgement.digit is None else f', it is a {judgement.digit}'}"
                for judgement in ones
            ],
            labels=[
                f"{judgement.label} → {'?' if judgement.digit is None else judgement.digit}"
                for judgement in ones
            ],
            key="mistakes_judged",
        )
        more = f" The first {ON_PAGE} are shown." if len(known) > ON_PAGE else ""
        st.caption(
            f"Below each: its label → the judged class, or ? where nobody can tell.{more} Click "
            "one to open it."
        )
        if clicked is not None:
            open_image(view, ones[clicked].index)
    left, right = st.columns(2, gap="medium")
    with left:
        st.subheader("Export", anchor=False)
        st.caption("All judgements of all data sets, as a table that can be imported elsewhere.")
        try:
            content = export_judgements()
        except MnistCoreError:
            content = ""  # the page says why
        st.download_button(
            "Judgements (CSV)",
            content,
            "judgements.csv",
            "text/csv",
            on_click="ignore",
            icon=":material/download:",
            disabled=not content,
        )
    with right:
        st.subheader("Import", anchor=False)
        _bring_in()


def _bring_in() -> None:
    """A file of judgements; what became of it is said."""
    count = state.IMPORTS.get()
    file = st.file_uploader(
        "A table of judgements (CSV)",
        type=["csv"],
        max_upload_size=20,  # MB
        key=f"mistakes_file_{count}",
        help="Of two judgements of the same image, the newer one is kept.",
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
