"""One image on the Mistakes page: what the network says of it, why, and who is right."""

from collections.abc import Sequence
from typing import Literal, NoReturn

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from mnist_core import Dataset, MnistCoreError, Recognizer, StoredModel
from mnist_core.data.dataset import label_name
from mnist_core.data.neighbors import nearest_neighbors
from mnist_core.i18n import Text, _, pgettext
from mnist_core.inside.attribution import PATCH_SIZE, occlusion, saliency
from mnist_core.review.judgements import (
    LABEL,
    NETWORK,
    UNCLEAR,
    VERDICTS,
    Judgement,
    delete_judgement,
    new_judgement,
    store_judgement,
)
from pages.mistakes.review import Review, data_of, judged
from pages.mistakes.view import View, change
from pages.shared import html, state
from pages.shared.access import may_change, owner_note
from pages.shared.following import answered
from pages.shared.navigation import page_file
from pages.shared.paper import displayed_heatmap, image_grid, pixels
from pages.shared.samples import show_sample
from pages.shared.text import as_message, as_typed
from pages.shared.warm import recognizers

NEIGHBOURS = 8  # of each digit


def one_image(view: View, review: Review, walk: Sequence[int]) -> None:
    """Everything about the image with the view's index.

    Args:
        walk: positions of the images that Next goes through.
    """
    place = review.place(view.image)
    if place is None:
        st.warning(_("There is no image {index} in this set.", index=view.image))
        _back(view)
        return
    _walk(view, review, walk, place)
    part, answers = review.part, review.answers
    label, predicted = int(part.labels[place]), int(answers.predicted[place])
    left, middle, right = st.columns([4, 4, 4], gap="medium")
    with left:
        pixels(part.images[place], review.title(place) + ".", key="mistakes_pixels")
    with middle:
        names = review.dataset.class_names
        words = {
            "index": view.image,
            "label": as_typed(label_name(label, names)),
            "predicted": as_typed(label_name(predicted, names)),
        }
        st.markdown(
            _("Test image **{index:,}**: label **{label}**, prediction **{predicted}**.", **words)
            if part.published == "test"
            else _(
                "Training image **{index:,}**: label **{label}**, prediction **{predicted}**.",
                **words,
            )
        )
        html.show(html.bars(answers.probabilities[place], names=names))
        st.caption(
            _(
                "**Loss**: {loss:.2f}. It is 0 if the label gets a probability of 100%, and larger "
                "the less it gets.",
                loss=answers.loss[place],
            )
        )
    with right:
        judge(review, place)
        _next_image(view, review, walk, place)
        with st.container(horizontal=True):
            if st.button(_("Open on the Draw page"), icon=":material/draw:", type="tertiary"):
                show_sample(part.images[place], _sample_words(review, place))
            if st.button(_("See inside"), icon=":material/visibility:", type="tertiary"):
                _see_inside(review, place)
            if st.button(_("Show in the data set"), icon=":material/grid_view:", type="tertiary"):
                _show_on_dataset(review.dataset, part.published, int(part.indices[place]))
    runner_up = int(answers.probabilities[place].argsort()[-2])
    digits = [predicted, label] if predicted != label else [label, runner_up]
    _why(review, place, digits)
    left, right = st.columns(2, gap="medium")
    with left:
        _others(review, place)
    with right:  # last, as the training images may have to be loaded
        _neighbours(review, place, digits)


def _back(view: View) -> None:
    st.button(
        _("All images"),
        icon=":material/arrow_back:",
        key="mistakes_back",
        on_click=change,
        args=(view,),
        kwargs={"image": None},
    )


def _walk(view: View, review: Review, walk: Sequence[int], place: int) -> None:
    """Back to the images, and from one to the next of those that were looked for."""
    with st.container(horizontal=True, vertical_alignment="center", key="mistakes_walk"):
        _back(view)
        if place not in walk:
            return
        here = walk.index(place)
        previous, following = pgettext("image", "Previous"), pgettext("image", "Next")
        _step(view, review, walk, here - 1, previous, "left", "mistakes_previous")
        _step(view, review, walk, here + 1, following, "right", "mistakes_next")
        st.caption(
            _("{number:,} of {images:,}", number=here + 1, images=len(walk)), width="content"
        )


def _next_image(view: View, review: Review, walk: Sequence[int], place: int) -> None:
    """The way on, beside the verdicts: whoever judges one image after the other stays there."""
    if place in walk[:-1]:
        _step(view, review, walk, walk.index(place) + 1, _("Next image"), "right", "mistakes_on")


def _step(
    view: View,
    review: Review,
    walk: Sequence[int],
    to: int,
    label: str,
    side: Literal["left", "right"],
    key: str,
) -> None:
    """A button to another image of those that were looked for; off beyond the first and last."""
    there = 0 <= to < len(walk)
    st.button(
        label,
        icon=f":material/chevron_{side}:",
        key=key,
        disabled=not there,
        on_click=change,
        args=(view,),
        kwargs={"image": int(review.part.indices[walk[to]])} if there else {},
    )


# --- who is right -------------------------------------------------------------------------


def judge(review: Review, place: int) -> None:
    """Buttons to say who is right, and what was said before."""
    label, predicted = int(review.part.labels[place]), int(review.answers.predicted[place])
    known = judged(review.part).get(int(review.part.indices[place]))
    st.markdown(_("**Who is right?**"))
    if not may_change():
        if known:
            st.caption(as_typed(_told(known, review.dataset.class_names)), width="content")
        owner_note(Text("judge images"), "judge")
        return
    # Where the answer is the label's, only another digit can show that the label is wrong.
    verdicts = [NETWORK, LABEL, UNCLEAR] if predicted != label else [UNCLEAR]
    with st.container(horizontal=True, key="mistakes_judge"):
        for verdict in verdicts:
            st.button(
                _(VERDICTS[verdict]).capitalize(),
                key=f"mistakes_judge_{verdict}",
                on_click=_judge,
                args=(review, place, verdict),
                type="primary" if known and known.verdict == verdict else "secondary",
            )
    if predicted == label or (known and known.verdict == LABEL):
        _what_it_is(review, place, known)
    if words := state.JUDGE_TROUBLE.take():
        st.error(as_message(words))
    if not known:
        st.caption(
            _(
                "Judgements are saved and apply to all networks: a wrong label is wrong for all of "
                "them."
            )
        )
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(as_typed(_told(known, review.dataset.class_names)), width="content")
        st.button(
            _("Undo"),
            key="mistakes_take_back",
            type="tertiary",
            icon=":material/undo:",
            on_click=_take_back,
            args=(known,),
        )


def _what_it_is(review: Review, place: int, known: Judgement | None) -> None:
    """What a wrongly labelled image is: it may be neither the label nor the answer."""
    label, names = int(review.part.labels[place]), review.dataset.class_names
    widget = state.DIGIT_WIDGET[review.part.indices[place]]
    widget.set(known.digit if known and known.verdict == LABEL else None)

    def take() -> None:
        digit = widget.get()
        if digit is not None:
            _judge(review, place, LABEL, digit)

    st.pills(
        _("The correct label is"),
        [digit for digit in range(len(names) or 10) if digit != label],
        format_func=lambda digit: as_typed(label_name(digit, names)),
        key=widget.key,
        on_change=take,
        required=known is not None and known.verdict == LABEL,
    )


def _told(known: Judgement, names: Sequence[str]) -> str:
    words = {"date": known.created[:10], "verdict": VERDICTS[known.verdict]}
    if known.digit is None:
        return _("Judged on {date}: {verdict}.", **words)
    return _(
        "Judged on {date}: {verdict}, it should be {label}.",
        label=label_name(known.digit, names),
        **words,
    )


def _judge(review: Review, place: int, verdict: str, digit: int | None = None) -> None:
    part = review.part
    try:
        store_judgement(
            new_judgement(
                part.digest,
                part.published,
                int(part.indices[place]),
                int(part.labels[place]),
                int(review.answers.predicted[place]),
                review.name,
                verdict,
                digit,
            )
        )
    except MnistCoreError as error:
        state.JUDGE_TROUBLE.set(error.args[0])


def _take_back(known: Judgement) -> None:
    try:
        delete_judgement(known.digest, known.index)
    except MnistCoreError as error:
        state.JUDGE_TROUBLE.set(error.args[0])


# --- why ----------------------------------------------------------------------------------


def _why(review: Review, place: int, digits: list[int]) -> None:
    """Which pixels speak for either digit, asked in two ways."""
    st.subheader(_("Why"), anchor=False)
    image, captions = review.part.images[place], _captions(review, place, digits)
    left, right = st.columns(2, gap="medium")
    with left:
        covered = _occlusion(
            str(review.model.card["files"]["litert"]["sha256"]), image, review.model
        )
        _pictures(image, np.moveaxis(covered[..., digits], -1, 0), captions)
        st.caption(
            _(
                "**Occlusion**: each {size}x{size} square is covered in turn. Orange: covering it "
                "makes the class less likely. Blue: covering it makes the class more likely.",
                size=PATCH_SIZE,
            )
        )
    with right, st.container(key="mistakes_why"):
        slopes = answered(
            Text(
                "Computing the gradients … The first time, TensorFlow has to be loaded, which "
                "takes about ten seconds."
            ),
            saliency,
            review.model,
            np.stack([image, image]),
            digits,
        )
        if slopes is None:
            return
        _pictures(image, slopes, captions)
        st.caption(
            _(
                "**Saliency**: the gradient of the score of the class for each pixel. Orange: more "
                "ink there raises the score. Blue: more ink lowers it."
            )
        )


@st.cache_data(show_spinner=False, max_entries=200)
def _occlusion(digest: str, image: NDArray[np.uint8], _model: StoredModel) -> NDArray[np.float32]:
    return occlusion(_recognizer(digest, _model).predict, image)


@st.cache_resource(show_spinner=False, max_entries=4)
def _recognizer(digest: str, _model: StoredModel) -> Recognizer:
    return Recognizer(_model)  # not the one that drawings wait for


def _captions(review: Review, place: int, digits: list[int]) -> list[tuple[str, str]]:
    label, predicted = int(review.part.labels[place]), int(review.answers.predicted[place])
    words = {predicted: _("the prediction"), label: _("the label")}
    if predicted == label:
        words = {label: _("the label and the prediction")}
    names = review.dataset.class_names
    return [
        (
            _("For {label}", label=label_name(digit, names)),
            words.get(digit) or _("the runner-up"),
        )
        for digit in digits
    ]


def _pictures(
    image: NDArray[np.uint8],
    heats: NDArray[np.float32],
    captions: Sequence[tuple[str, str]],
) -> None:
    """A picture for each digit, on one scale."""
    most = float(np.abs(heats).max())
    html.show(
        html.steps(
            [
                (displayed_heatmap(image, heat, most), *caption)
                for heat, caption in zip(heats, captions, strict=True)
            ]
        )
    )


# --- what is like it, what others say -----------------------------------------------------


@st.cache_data(show_spinner=False, max_entries=200)
def _nearest(
    digest: str, published: str, number: int, digit: int, _image: NDArray[np.uint8], _data: Dataset
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    rows = _data.y_train == digit
    if published == "train":
        rows[number] = False  # the nearest one would be the image itself
    rows_found, distances = nearest_neighbors(
        _image[np.newaxis], _data.x_train, NEIGHBOURS, rows=rows
    )
    return rows_found[0], distances[0]


def _neighbours(review: Review, place: int, digits: Sequence[int]) -> None:
    """The training images of either digit that are most like this one."""
    st.subheader(_("Most similar training images"), anchor=False)
    part, number = review.part, int(review.part.indices[place])
    try:
        data = data_of(review.model, train=True)
    except MnistCoreError as error:
        st.error(as_message(error))
        return
    for digit in digits:
        with st.spinner(_("Comparing it with the training images …")):
            nearest, distances = _nearest(
                part.digest, part.published, number, digit, part.images[place], data
            )
        name = label_name(digit, data.class_names)
        st.markdown(_("Label **{label}**", label=as_typed(name)))
        clicked = image_grid(
            data.x_train[nearest],
            [
                _(
                    "Training image {index:,}: label {label}, distance {distance:,.0f}",
                    index=row,
                    label=name,
                    distance=distance,
                )
                for row, distance in zip(nearest, distances, strict=True)
            ],
            labels=[f"{distance:,.0f}" for distance in distances],
            key=f"mistakes_near_{digits.index(digit)}",
            side=56,
        )
        if clicked is not None:
            _show_on_dataset(data, "train", int(nearest[clicked]))
    st.caption(
        _(
            "Below each: its Euclidean distance over all pixels. Click one to open it on the "
            "Dataset page."
        )
    )


def _show_on_dataset(data: Dataset, published: str, number: int) -> NoReturn:
    """Go to an image on the Dataset page."""
    state.DATA_NAME.set(data.name)  # which data set it looks at
    st.switch_page(page_file("dataset"), query_params={"split": published, "index": str(number)})


def _see_inside(review: Review, place: int) -> NoReturn:
    """Go to the page that looks into the network, with this image."""
    state.SAMPLE.set((review.part.images[place], _sample_words(review, place)))
    state.IMAGE_SOURCE_WIDGET.set("Test image")
    st.switch_page(
        page_file("inside"), query_params={"model": review.network.key, "section": "why"}
    )


def _sample_words(review: Review, place: int) -> str:
    return _("{image}, of {data}.", image=review.title(place), data=review.dataset.name)


def _others(review: Review, place: int) -> None:
    """What every stored network of the same data says of it."""
    st.subheader(_("All networks"), anchor=False)
    image, label = review.part.images[place : place + 1], int(review.part.labels[place])
    names, rows = review.dataset.class_names, []
    for recognizer in recognizers()[0].values():
        model = recognizer.model
        if model.class_names != tuple(names):
            continue
        shares = recognizer.predict(image)[0]
        predicted = int(shares.argmax())
        rows.append(
            (
                model.title,
                _(model.recipe.title),
                f"{model.evaluation.accuracy:.2%}",
                f"{label_name(predicted, names)}{' ✓' if predicted == label else ''}",
                f"{shares.max():.1%}",
            )
        )
    html.show(html.votes(rows))
    st.caption(_("✓ marks the label."))
