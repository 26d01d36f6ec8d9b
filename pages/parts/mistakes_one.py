"""One image on the Mistakes page: what the network says of it, why, and who is right."""

from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from mnist_core import MnistCoreError, StoredModel
from mnist_core.explain import saliency
from mnist_core.judgements import (
    LABEL,
    NETWORK,
    VERDICTS,
    Judgement,
    judgement,
    keep_judgement,
    take_back,
)
from mnist_core.mistakes import Answers, Indices, Part
from mnist_core.neighbours import nearest
from mnist_core.outside import ask, trouble
from mnist_core.overlays import overlay
from pages.parts import html
from pages.parts.grid import image_grid
from pages.parts.mistakes_browse import selected
from pages.parts.mistakes_data import all_data, judged
from pages.parts.mistakes_view import View, change
from pages.parts.start import recognizers

LOOK = 0.4  # seconds between two looks whether the pictures are there
NEIGHBOURS = 7  # of each digit


def one_image(
    view: View,
    known: Mapping[str, StoredModel],
    model: StoredModel,
    part: Part,
    answers: Answers,
) -> None:
    """Everything about the image with the view's index."""
    places = np.flatnonzero(part.numbers == view.image)
    if not len(places):
        st.warning(f"There is no image {view.image} among these.")
        _back(view)
        return
    place = int(places[0])
    _walk(view, part, selected(view, answers), place)
    label, said = int(answers.labels[place]), int(answers.predicted[place])
    image = part.images[place]
    left, middle, right = st.columns([3, 4, 5], gap="medium")
    with left:
        st.html(f'<div class="sample">{html.picture(image, _alt(part, place))}</div>')
        st.markdown(f"{part.published.capitalize()} image **{view.image:,}**")
    with middle:
        st.markdown(f"The label says **{label}**, the network says **{said}**.")
        st.html(html.bars(answers.probabilities[place]))
        st.caption(f"Its loss is {answers.loss[place]:.2f}: the logarithm of how unlikely the "
                   "label was for it; 0 is best.")  # fmt: skip
    with right:
        judge(part, place, label, said, model)
    digits = [said, label] if said != label else [label, _runner_up(answers, place)]
    _why(model, image, digits, label)
    _neighbours(part, place, digits)
    _others(part, place, label)


def _alt(part: Part, place: int) -> str:
    return f"{part.published} image {part.numbers[place]}"


def _runner_up(answers: Answers, place: int) -> int:
    return int(answers.probabilities[place].argsort()[-2])


def _back(view: View) -> None:
    st.button("All images", icon=":material/arrow_back:", key="mistakes_back", on_click=change,
              args=(view,), kwargs={"image": None})  # fmt: skip


def _walk(view: View, part: Part, found: Indices, place: int) -> None:
    """Back to the images, and from one to the next of those that were looked for."""
    at = np.flatnonzero(found == place)
    with st.container(horizontal=True, vertical_alignment="center", key="mistakes_walk"):
        _back(view)
        if not len(at):
            return
        here = int(at[0])
        for name, icon, to in (
            ("Previous", ":material/chevron_left:", here - 1),
            ("Next", ":material/chevron_right:", here + 1),
        ):
            there = 0 <= to < len(found)
            st.button(
                name, icon=icon, key=f"mistakes_{name.lower()}", disabled=not there,
                on_click=change, args=(view,),
                kwargs={"image": int(part.numbers[found[to]])} if there else {},
            )  # fmt: skip
        st.caption(f"{here + 1:,} of {len(found):,}", width="content")


# --- who is right -------------------------------------------------------------------------


def judge(part: Part, place: int, label: int, said: int, model: StoredModel) -> None:
    """Buttons to say who is right, and what was said before."""
    number = int(part.numbers[place])
    known = judged(part).get(number)
    st.markdown("**Who is right?** Look at the image and judge.")
    with st.container(horizontal=True, key="mistakes_judge"):
        for verdict in VERDICTS:
            if verdict == NETWORK and said == label:
                words = "Both are right"
            else:
                words = VERDICTS[verdict].capitalize()
            st.button(
                words, key=f"mistakes_judge_{verdict}", on_click=_judge,
                args=(part, number, label, said, model.name, verdict, None),
                type="primary" if known and known.verdict == verdict else "secondary",
            )  # fmt: skip
    for error in st.session_state.pop("mistakes_trouble", []):
        st.error(error)
    if not known:
        st.caption("Your judgement is kept and counts for every network: a wrong label is wrong "
                   "for all of them.")  # fmt: skip
        return
    if known.verdict == LABEL:
        _what_it_is(part, known, label, said, model)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(_said(known), width="content")
        st.button("Take back", key="mistakes_take_back", type="tertiary", icon=":material/undo:",
                  on_click=_take_back, args=(part, number))  # fmt: skip


def _what_it_is(part: Part, known: Judgement, label: int, said: int, model: StoredModel) -> None:
    """Where the label is wrong, the image may also be neither of the two."""
    key = "mistakes_digit"
    st.session_state[key] = known.digit

    def take() -> None:
        digit = st.session_state[key]
        if digit is not None:
            _judge(part, known.number, label, said, model.name, LABEL, digit)

    st.segmented_control(
        "What it really is", [digit for digit in range(10) if digit != label], key=key,
        on_change=take, required=True,
    )  # fmt: skip


def _said(known: Judgement) -> str:
    shown = "" if known.digit is None else f": it is a {known.digit}"
    return f"Judged on {known.judged[:10]}: {VERDICTS[known.verdict]}{shown}."


def _judge(
    part: Part, number: int, label: int, said: int, network: str, verdict: str, digit: int | None
) -> None:
    try:
        if verdict == LABEL and digit is None and said == label:
            digit = (label + 1) % 10  # both are wrong: which it is, is chosen next
        one = judgement(part.digest, part.published, number, label, said, network, verdict, digit)
        keep_judgement(one)
    except MnistCoreError as error:
        st.session_state["mistakes_trouble"] = [str(error)]


def _take_back(part: Part, number: int) -> None:
    try:
        take_back(part.digest, number)
    except MnistCoreError as error:
        st.session_state["mistakes_trouble"] = [str(error)]


# --- why ----------------------------------------------------------------------------------


def _why(model: StoredModel, image: NDArray[np.uint8], digits: list[int], label: int) -> None:
    """Which pixels speak for either digit; worked out in another process, so it comes later."""
    st.subheader("What the pixels say", anchor=False)
    try:
        future = ask(saliency, model, np.stack([image, image]), digits)
    except MnistCoreError as error:
        st.error(str(error))
        return
    with st.container(key="mistakes_why"):
        st.fragment(_pictures, run_every=None if future.done() else LOOK)(
            future, image, digits, label
        )


def _pictures(future: Future[Any], image: NDArray[np.uint8], digits: list[int], label: int) -> None:
    if not future.done():
        st.caption("Working it out … (the first time, TensorFlow is loaded for it: some seconds)")
        return
    if problem := trouble(future):
        st.error(problem)
        return
    found = future.result()
    most = float(np.abs(found).max())
    st.html(html.steps([
        (overlay(image, weights, most), f"For a {digit}",
         "the label" if digit == label else "the answer" if label in digits else "")
        for digit, weights in zip(digits, found, strict=True)
    ]))  # fmt: skip
    st.caption("**Saliency**: how the digit's score would change with each pixel. Orange: more "
               "ink there would speak for it. Blue: more ink would speak against it. The "
               "stronger the colour, the more.")  # fmt: skip


@st.cache_data(show_spinner=False, max_entries=100)
def _nearest(digest: str, number: int, digit: int, _part: Part, place: int) -> tuple[
    list[int], list[float]
]:  # fmt: skip
    data = all_data()
    rows = data.y_train == digit
    if _part.published == "train":
        rows[number] = False  # the nearest one is the image itself
    found, distances = nearest(_part.images[place : place + 1], data.x_train, NEIGHBOURS, rows=rows)
    return found[0].tolist(), distances[0].tolist()


def _neighbours(part: Part, place: int, digits: list[int]) -> None:
    """The training images of either digit that are most like this one."""
    st.subheader("The most similar training images", anchor=False)
    number = int(part.numbers[place])
    data = all_data()
    for column, digit in zip(st.columns(2, gap="medium"), digits, strict=True):
        with column:
            found, distances = _nearest(part.digest, number, digit, part, place)
            st.markdown(f"labelled **{digit}**")
            clicked = image_grid(
                data.x_train[found],
                [f"training image {row}: a {digit}, distance {distance:,.0f}"
                 for row, distance in zip(found, distances, strict=True)],
                labels=[f"{distance:,.0f}" for distance in distances],
                key=f"mistakes_near_{digit}",
            )  # fmt: skip
            if clicked is not None:
                st.session_state["mistakes_near"] = found[clicked]
    st.caption("Under each: its distance, the root of the summed squares of the pixels' "
               "differences. The network itself does not compare images like this.")  # fmt: skip


def _others(part: Part, place: int, label: int) -> None:
    """What every stored network says of it."""
    st.subheader("What every network says", anchor=False)
    rows = []
    for name, recognizer in recognizers()[0].items():
        shares = recognizer.predict(part.images[place : place + 1])[0]
        digit = int(shares.argmax())
        mark = "✓" if digit == label else ""
        rows.append((
            name, recognizer.model.recipe.title, f"{recognizer.model.evaluation.accuracy:.2%}",
            f"{digit} {mark}", f"{shares.max():.1%}",
        ))  # fmt: skip
    st.html(html.votes(rows))
    st.caption("✓: as the label says.")
