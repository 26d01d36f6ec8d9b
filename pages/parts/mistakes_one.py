"""One image on the Mistakes page: what the network says of it, why, and who is right."""

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from mnist_core import Dataset, MnistCoreError
from mnist_core.datasets import label_name
from mnist_core.explain import saliency
from mnist_core.judgements import (
    LABEL,
    NETWORK,
    UNCLEAR,
    VERDICTS,
    Judgement,
    judgement,
    keep_judgement,
    take_back,
)
from mnist_core.neighbours import nearest
from mnist_core.outside import ask, trouble
from mnist_core.overlays import overlay
from pages.parts import html
from pages.parts.data import show_sample
from pages.parts.grid import image_grid
from pages.parts.mistakes_data import Asked, data_of, judged
from pages.parts.mistakes_view import View, change
from pages.parts.pixels import pixels
from pages.parts.start import recognizers

LOOK = 0.4  # seconds between two looks whether the pictures are there
NEIGHBOURS = 8  # of each digit


def one_image(view: View, asked: Asked, walk: Sequence[int]) -> None:
    """Everything about the image with the view's index.

    Args:
        walk: positions of the images that Next goes through.
    """
    place = asked.place(view.image)
    if place is None:
        st.warning(f"There is no image {view.image} among these.")
        _back(view)
        return
    _walk(view, asked, walk, place)
    part, answers = asked.part, asked.answers
    label, said = int(part.labels[place]), int(answers.predicted[place])
    left, middle, right = st.columns([4, 4, 4], gap="medium")
    with left:
        pixels(part.images[place], asked.title(place) + ".", key="mistakes_pixels")
    with middle:
        names = asked.dataset.class_names
        st.markdown(
            f"{part.published.capitalize()} image **{view.image:,}**: the label says "
            f"**{label_name(label, names)}**, the network says **{label_name(said, names)}**."
        )
        st.html(html.bars(answers.probabilities[place], names=names))
        st.caption(f"Its **loss** is {answers.loss[place]:.2f}: 0 where the label got all of the "
                   "probability, the more the less it got.")  # fmt: skip
    with right:
        judge(asked, place)
        if st.button("Put it on the Draw page", icon=":material/draw:", type="tertiary"):
            show_sample(part.images[place], f"{asked.title(place)}, of {asked.dataset.name}.")
    runner_up = int(answers.probabilities[place].argsort()[-2])
    digits = [said, label] if said != label else [label, runner_up]
    _why(asked, place, digits)
    _others(asked, place)
    _neighbours(asked, place, digits)  # last, as the training images may have to be loaded


def _back(view: View) -> None:
    st.button("All images", icon=":material/arrow_back:", key="mistakes_back", on_click=change,
              args=(view,), kwargs={"image": None})  # fmt: skip


def _walk(view: View, asked: Asked, walk: Sequence[int], place: int) -> None:
    """Back to the images, and from one to the next of those that were looked for."""
    with st.container(horizontal=True, vertical_alignment="center", key="mistakes_walk"):
        _back(view)
        if place not in walk:
            return
        here = walk.index(place)
        for name, icon, to in (
            ("Previous", ":material/chevron_left:", here - 1),
            ("Next", ":material/chevron_right:", here + 1),
        ):
            there = 0 <= to < len(walk)
            st.button(
                name, icon=icon, key=f"mistakes_{name.lower()}", disabled=not there,
                on_click=change, args=(view,),
                kwargs={"image": int(asked.part.numbers[walk[to]])} if there else {},
            )  # fmt: skip
        st.caption(f"{here + 1:,} of {len(walk):,}", width="content")


# --- who is right -------------------------------------------------------------------------


def judge(asked: Asked, place: int) -> None:
    """Buttons to say who is right, and what was said before."""
    label, said = int(asked.part.labels[place]), int(asked.answers.predicted[place])
    known = judged(asked.part).get(int(asked.part.numbers[place]))
    st.markdown("**Who is right?** Look at the image and judge.")
    # Where the answer is the label's, only another digit can show that the label is wrong.
    verdicts = [NETWORK, LABEL, UNCLEAR] if said != label else [UNCLEAR]
    with st.container(horizontal=True, key="mistakes_judge"):
        for verdict in verdicts:
            st.button(
                VERDICTS[verdict].capitalize(), key=f"mistakes_judge_{verdict}", on_click=_judge,
                args=(asked, place, verdict),
                type="primary" if known and known.verdict == verdict else "secondary",
            )  # fmt: skip
    if said == label or (known and known.verdict == LABEL):
        _what_it_is(asked, place, known)
    if words := st.session_state.pop("mistakes_trouble", ""):
        st.error(words)
    if not known:
        st.caption("Your judgement is kept and counts for every network: a wrong label is wrong "
                   "for all of them.")  # fmt: skip
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(_told(known, asked.dataset.class_names), width="content")
        st.button("Take back", key="mistakes_take_back", type="tertiary", icon=":material/undo:",
                  on_click=_take_back, args=(known,))  # fmt: skip


def _what_it_is(asked: Asked, place: int, known: Judgement | None) -> None:
    """What a wrongly labelled image is: it may be neither the label nor the answer."""
    label = int(asked.part.labels[place])
    key = f"mistakes_digit_{asked.part.numbers[place]}"
    st.session_state[key] = known.digit if known and known.verdict == LABEL else None

    def take() -> None:
        digit = st.session_state[key]
        if digit is not None:
            _judge(asked, place, LABEL, digit)

    st.pills(
        "The label is wrong; it really is", [digit for digit in range(10) if digit != label],
        key=key, on_change=take, required=known is not None and known.verdict == LABEL,
    )  # fmt: skip


def _told(known: Judgement, names: Sequence[str]) -> str:
    shown = "" if known.digit is None else f", it is {label_name(known.digit, names)}"
    return f"Judged on {known.judged[:10]}: {VERDICTS[known.verdict]}{shown}."


def _judge(asked: Asked, place: int, verdict: str, digit: int | None = None) -> None:
    part = asked.part
    try:
        keep_judgement(judgement(
            part.digest, part.published, int(part.numbers[place]), int(part.labels[place]),
            int(asked.answers.predicted[place]), asked.name, verdict, digit,
        ))  # fmt: skip
    except MnistCoreError as error:
        st.session_state["mistakes_trouble"] = str(error)


def _take_back(known: Judgement) -> None:
    try:
        take_back(known.images, known.number)
    except MnistCoreError as error:
        st.session_state["mistakes_trouble"] = str(error)


# --- why ----------------------------------------------------------------------------------


def _why(asked: Asked, place: int, digits: list[int]) -> None:
    """Which pixels speak for either digit; worked out in another process, so it comes later."""
    st.subheader("What the pixels say", anchor=False)
    image = asked.part.images[place]
    try:
        future = ask(saliency, asked.model, np.stack([image, image]), digits)
    except MnistCoreError as error:
        st.error(str(error))
        return
    waiting = not future.done()
    with st.container(key="mistakes_why"):
        st.fragment(_pictures, run_every=LOOK if waiting else None)(
            future, waiting, image, _captions(asked, place, digits)
        )


def _captions(asked: Asked, place: int, digits: list[int]) -> list[tuple[str, str]]:
    label, said = int(asked.part.labels[place]), int(asked.answers.predicted[place])
    words = {said: "the answer", label: "the label"}
    if said == label:
        words = {label: "the label and the answer"}
    names = asked.dataset.class_names
    return [(f"For {label_name(digit, names)}", words.get(digit, "the runner-up"))
            for digit in digits]  # fmt: skip


def _pictures(
    future: Future[Any],
    waiting: bool,
    image: NDArray[np.uint8],
    captions: Sequence[tuple[str, str]],
) -> None:
    if not future.done():
        st.caption("Working it out … (the first time, TensorFlow is loaded for it: some seconds)")
        return
    if waiting:
        st.rerun()  # nothing is waited for any more
    if problem := trouble(future):
        st.error(problem)
        return
    found = future.result()
    most = float(np.abs(found).max())
    st.html(html.steps([
        (overlay(image, weights, most), *caption)
        for weights, caption in zip(found, captions, strict=True)
    ]))  # fmt: skip
    st.caption("**Saliency**: how each digit's score would change with each pixel. Orange: more "
               "ink there would speak for it. Blue: more ink would speak against it. The "
               "stronger the colour, the more.")  # fmt: skip


# --- what is like it, what others say -----------------------------------------------------


@st.cache_data(show_spinner="Comparing it with the training images …", max_entries=200)
def _nearest(
    digest: str, published: str, number: int, digit: int, _image: NDArray[np.uint8], _data: Dataset
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    rows = _data.y_train == digit
    if published == "train":
        rows[number] = False  # the nearest one would be the image itself
    found, distances = nearest(_image[np.newaxis], _data.x_train, NEIGHBOURS, rows=rows)
    return found[0], distances[0]


def _neighbours(asked: Asked, place: int, digits: Sequence[int]) -> None:
    """The training images of either digit that are most like this one."""
    st.subheader("The training images most like it", anchor=False)
    part, number = asked.part, int(asked.part.numbers[place])
    try:
        data = data_of(asked.model, train=True)
    except MnistCoreError as error:
        st.error(str(error))
        return
    for column, digit in zip(st.columns(2, gap="medium"), digits, strict=True):
        with column:
            found, distances = _nearest(
                part.digest, part.published, number, digit, part.images[place], data
            )
            name = label_name(digit, data.class_names)
            st.markdown(f"Labelled **{name}**")
            clicked = image_grid(
                data.x_train[found],
                [f"train image {row}: label {name}, distance {distance:,.0f}"
                 for row, distance in zip(found, distances, strict=True)],
                labels=[f"{distance:,.0f}" for distance in distances],
                key=f"mistakes_near_{digits.index(digit)}",
            )  # fmt: skip
            if clicked is not None:
                index = str(found[clicked])
                st.switch_page("pages/dataset.py", query_params={"split": "train", "index": index})
    st.caption("Under each: its distance, the root of the summed squares of the differences of "
               "all pixels; 0 would be the same image. Click one to see it on the Dataset "
               "page.")  # fmt: skip


def _others(asked: Asked, place: int) -> None:
    """What every stored network of the same data says of it."""
    st.subheader("What every network says", anchor=False)
    image, label = asked.part.images[place : place + 1], int(asked.part.labels[place])
    names, rows = asked.dataset.class_names, []
    for name, recognizer in recognizers()[0].items():
        model = recognizer.model
        if model.class_names != tuple(names):
            continue
        shares = recognizer.predict(image)[0]
        said = int(shares.argmax())
        rows.append((
            name, model.recipe.title, f"{model.evaluation.accuracy:.2%}",
            f"{label_name(said, names)}{' ✓' if said == label else ''}", f"{shares.max():.1%}",
        ))  # fmt: skip
    st.html(html.votes(rows))
    st.caption("✓: as the label says.")
