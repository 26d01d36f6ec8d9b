"""All judgements on the Mistakes page: looked through, exported, brought in."""

import numpy as np
import streamlit as st

from mnist_core import MnistCoreError, StoredModel
from mnist_core.judgements import (
    VERDICTS,
    export_judgements,
    import_judgements,
)
from mnist_core.mistakes import Answers, Part
from pages.parts import html
from pages.parts.grid import image_grid
from pages.parts.mistakes_data import as_judged, judged
from pages.parts.mistakes_view import ON_PAGE, View, change


def judgements(view: View, model: StoredModel, part: Part, answers: Answers) -> None:
    """What was judged of this part, what it does to the accuracy, and the way in and out."""
    known = judged(part)
    seen = as_judged(part, answers, known)
    if seen is None:
        st.info("None of these images is judged yet. Look at one and press a button beside it.")
    else:
        low, high = seen.interval
        st.html(html.facts([
            (f"{answers.right.mean():.2%}", "right, by the labels"),
            (f"{seen.accuracy:.2%}", f"right, as judged ({low:.2%} to {high:.2%})"),
            *((str(sum(one.verdict == verdict for one in known.values())), words)
              for verdict, words in VERDICTS.items()),
        ]))  # fmt: skip
        st.caption("As judged: a wrong label counts as what the image really is, and images of "
                   "which nobody can tell don't count. Images that nobody judged count as they "
                   "are labelled.")  # fmt: skip
        places = np.flatnonzero(np.isin(part.numbers, list(known)))[:ON_PAGE]
        ones = [known[int(part.numbers[place])] for place in places]
        clicked = image_grid(
            part.images[places],
            [f"{part.published} image {one.number}: label {one.label}; {VERDICTS[one.verdict]}"
             f"{'' if one.digit is None else f', it is a {one.digit}'}" for one in ones],
            labels=[f"{one.label} → {'?' if one.digit is None else one.digit}" for one in ones],
            key="mistakes_judged",
        )  # fmt: skip
        st.caption("Under each: its label → what it was judged to be. Click one to look at it.")
        if clicked is not None:
            change(view, image=ones[clicked].number, page=view.page)
            st.rerun()
    left, right = st.columns(2, gap="medium")
    with left:
        st.subheader("Take along", anchor=False)
        st.caption("All judgements, of every set, as a table that can be brought in elsewhere.")
        st.download_button(
            "Judgements (CSV)", _exported, "judgements.csv", "text/csv", on_click="ignore",
            icon=":material/download:",
        )  # fmt: skip
    with right:
        st.subheader("Bring in", anchor=False)
        file = st.file_uploader(
            "A file of judgements (CSV)", type=["csv"], key="mistakes_file",
            help="Of two judgements of the same image the newer one stays.",
        )  # fmt: skip
        if file is not None and st.button("Bring in", icon=":material/upload:"):
            try:
                st.session_state["mistakes_imported"] = import_judgements(file.getvalue()).words
            except MnistCoreError as error:
                st.error(str(error))
            else:
                st.rerun()
        if told := st.session_state.pop("mistakes_imported", ""):
            st.success(told)


def _exported() -> str:
    try:
        return export_judgements()
    except MnistCoreError as error:
        return str(error)
