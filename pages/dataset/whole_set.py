"""The set as a whole: how many of what, what they look like, grey levels, ink, slant, splits."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
from markupsafe import Markup
from numpy.typing import NDArray

from mnist_core import Dataset
from mnist_core.data.exploration import (
    black_and_white,
    class_counts,
    class_pictures,
    fold_assignments,
    ink_and_slant,
    part_image,
    pixel_counts,
    validation_part,
)
from mnist_core.figures.data_charts import counts_figure, distribution_figure, pixels_figure
from mnist_core.figures.sheets import png
from mnist_core.i18n import Text, _, listed
from pages.components.live import live_chart
from pages.dataset.links import BROWSE, go, open_image
from pages.shared import html, state
from pages.shared.datasets import SPLITS, Split, count_of, named, part, present, title
from pages.shared.networks import choose_network
from pages.shared.paper import dark_on_white, image_grid
from pages.shared.text import as_typed
from pages.shared.warm import recognizers

COLORS = (
    (59, 130, 246),
    (245, 158, 11),
    (16, 185, 129),
    (239, 68, 68),
    (168, 85, 247),
    (20, 184, 166),
    (236, 72, 153),
    (132, 204, 22),
    (234, 179, 8),
    (100, 116, 139),
)
ALL = Text("All folds")
CLASSES, GRAY, INK, SPLITTING = (
    Text("Classes"),
    Text("Gray levels"),
    Text("Ink and slant"),
    Text("Splits and folds"),
)
SOME = 1000  # test images that the networks read in grey and in black and white


@dataclass(frozen=True)
class Summary:
    """What is worked out once for a split: see `mnist_core.data.exploration`."""

    means: NDArray[np.uint8]
    spreads: NDArray[np.uint8]
    pixels: NDArray[np.intp]
    ink: NDArray[np.float64]
    slant: NDArray[np.float64]


def _summary(dataset: Dataset, split: Split) -> Summary:
    with st.spinner(_("Computing statistics of all images …")):
        return _computed(dataset, dataset.digest(), split)


@st.cache_resource(show_spinner=False, max_entries=4)
def _computed(_dataset: Dataset, digest: str, split: Split) -> Summary:
    images, labels = part(_dataset, split)
    means, spreads = class_pictures(images, labels)
    # A standard deviation is at most half the range, so twice as bright is white at most.
    return Summary(_bytes(means), _bytes(2 * spreads), pixel_counts(images), *ink_and_slant(images))


def _bytes(pictures: NDArray[np.float64]) -> NDArray[np.uint8]:
    return np.clip(np.round(pictures), 0, 255).astype(np.uint8)


def whole_set(dataset: Dataset) -> None:
    """All of it, part by part; only the open part is worked out."""
    parts = {
        CLASSES: classes,
        GRAY: grey,
        INK: ink,
        SPLITTING: splits,
    }
    open_part = st.segmented_control(
        _("About"),
        list(parts),
        key=state.WHOLE_PART_WIDGET.key,
        default=CLASSES,
        format_func=_,
        required=True,
        persist_state="session",
        label_visibility="collapsed",
    )
    parts[open_part or CLASSES](dataset)


def names_of(dataset: Dataset) -> list[str]:
    """What each class is called."""
    return [named(dataset, label) for label in present(dataset)]


def choose_split(dataset: Dataset) -> Split:
    """Training or test images."""
    state.WHOLE_SPLIT_WIDGET.ensure()
    st.segmented_control(
        _("Split"),
        list(SPLITS),
        key=state.WHOLE_SPLIT_WIDGET.key,
        required=True,
        format_func=count_of(dataset),
        persist_state="session",
    )
    return "test" if state.WHOLE_SPLIT_WIDGET.get() == "test" else "train"


def arrays(dataset: Dataset) -> None:
    """Shape and dtype of each array, as it is stored and in the forms that networks take."""
    st.subheader(_("Arrays"), anchor=False)
    rows = []
    for split, name in (("train", "x_train, y_train"), ("test", "x_test, y_test")):
        images, labels = part(dataset, "train" if split == "train" else "test")
        n = len(images)
        rows.append(
            (
                name,
                f"{images.shape} {images.dtype}; {labels.shape} {labels.dtype}",
                f"({n}, 784) float32",
                f"({n}, 28, 28, 1) float32",
                f"({n}, 10) float32",
            )
        )
    head = (
        _("Images, labels"),
        _("As stored"),
        _("In rows, scaled"),
        _("With a channel"),
        _("One-hot labels"),
    )
    html.show(html.table(head, rows))


def classes(dataset: Dataset) -> None:
    """All arrays, images per class and split, and each class's mean and spread as pictures."""
    arrays(dataset)
    st.subheader(_("Images of each class"), anchor=False)
    st.caption(
        _(
            "A class is all images with the same label. If one class were much larger than the "
            "others, a network could score well by predicting it too often."
        )
    )
    names = names_of(dataset)
    there = present(dataset)
    counts = [
        (_(SPLITS[split]).lower(), class_counts(part(dataset, split)[1])[there]) for split in SPLITS
    ]
    live_chart(counts_figure(counts, names), "whole_counts")
    split = choose_split(dataset)
    summary = _summary(dataset, split)
    st.subheader(_("Mean of each class"), anchor=False)
    much, little = (_("dark"), _("bright")) if dark_on_white() else (_("bright"), _("dark"))
    st.caption(
        _(
            "The average of all images of a class: {much} where almost everyone has ink. Click "
            "one to browse its images.",
            much=much,
        )
    )
    shown = image_grid(
        summary.means[there],
        [_("Mean of label {name}", name=name) for name in names],
        key="means",
        side=84,
    )
    st.subheader(_("Standard deviation of each class"), anchor=False)
    st.caption(
        _(
            "How much each pixel varies: {little} where all images agree, {much} where people "
            "write differently. {value} is 127.5, the largest possible value.",
            little=little,
            much=much,
            value=_("Black") if dark_on_white() else _("White"),
        )
    )
    spread = image_grid(
        summary.spreads[there],
        [_("Standard deviation of label {name}", name=name) for name in names],
        key="spreads",
        side=84,
    )
    clicked = shown if shown is not None else spread
    if clicked is not None:
        go(
            BROWSE,
            {
                state.BROWSE_CLASSES_WIDGET: [there[clicked]],
                state.BROWSE_SPLIT_WIDGET: split,
            },
        )


def grey(dataset: Dataset) -> None:
    """Which values pixels have, and what grey is good for."""
    split = choose_split(dataset)
    summary = _summary(dataset, split)
    shares = summary.pixels / summary.pixels.sum()
    st.subheader(_("Values of all pixels"), anchor=False)
    html.show(
        html.facts(
            [
                (_("of the pixels are paper (0)"), f"{shares[0]:.1%}"),
                (_("are full ink (253 to 255)"), f"{shares[253:].sum():.1%}"),
                (_("are gray, in between"), f"{shares[1:253].sum():.1%}"),
            ]
        )
    )
    live_chart(pixels_figure(summary.pixels), "whole_pixels")
    st.subheader(_("What gray means"), anchor=False)
    st.markdown(
        _(
            "The scanned forms were black and white. When each digit was scaled down to 20x20 "
            "pixels, pixels on the edge of a stroke, half ink and half paper, became gray. So "
            "gray tells where the edge is, more precisely than whole pixels. A threshold removes "
            "it:"
        )
    )
    threshold = st.slider(
        _("Threshold"),
        1,
        255,
        128,
        key=state.WHOLE_THRESHOLD_WIDGET.key,
        width=420,
        persist_state="session",
    )
    images, labels = dataset.x_test[:8], dataset.y_test[:8]
    image_grid(
        images,
        [_("Gray, label {name}", name=named(dataset, label)) for label in labels],
        key="grey",
        side=84,
    )
    image_grid(
        black_and_white(images, threshold),
        [_("Black and white, label {name}", name=named(dataset, label)) for label in labels],
        key="bw",
        side=84,
    )
    in_grey_and_without(dataset, threshold)


def in_grey_and_without(dataset: Dataset, threshold: int) -> None:
    """How well a network reads the test images in grey and in black and white."""
    usable, name = choose_network(dataset, _("Accuracy of a network on them"))
    if not name:
        return
    digest = str(usable[name].model.card["files"]["litert"]["sha256"])
    with st.spinner(_("Predicting the test images …")):
        grey_share, share = (
            _read_rightly(dataset, dataset.digest(), name, digest, value)
            for value in (0, threshold)
        )
    n = min(SOME, len(dataset.x_test))
    html.show(
        html.facts(
            [
                (_("accuracy on the first {n:,} test images, gray", n=n), f"{grey_share:.1%}"),
                (_("accuracy in black and white"), f"{share:.1%}"),
            ]
        )
    )
    st.caption(
        _("Digits are legible without gray. A network trained on gray images loses a little.")
    )


@st.cache_data(show_spinner=False, max_entries=500)
def _read_rightly(_dataset: Dataset, data: str, name: str, model: str, threshold: int) -> float:
    images = _dataset.x_test[:SOME]
    if threshold:
        images = black_and_white(images, threshold)
    answers = recognizers()[0][name].predict(images)
    return float((answers.argmax(axis=1) == _dataset.y_test[:SOME]).mean())


def ink(dataset: Dataset) -> None:
    """How much ink, and how far the digits lean: of all, and of one class."""
    split = choose_split(dataset)
    there = present(dataset)
    digit = st.pills(
        _("Compare one label with all"),
        there,
        key="whole_digit",
        default=there[min(1, len(there) - 1)],
        format_func=lambda label: as_typed(named(dataset, label)),
        persist_state="session",
    )
    summary = _summary(dataset, split)
    mine = None if digit is None else part(dataset, split)[1] == digit
    for measure, axis, words, values, unit in (
        (
            Text("Ink"),
            Text("ink"),
            Text(
                "The mean of all 784 pixels, as a share of full ink. Thick pens and large loops "
                "are on the right."
            ),
            100 * summary.ink,
            "%",
        ),
        (
            Text("Slant"),
            Text("slant"),
            Text(
                "How far a digit leans: 0 is upright, positive values lean like /, negative ones "
                "like `\\`."
            ),
            summary.slant,
            Text("degrees"),
        ),
    ):
        st.subheader(_(measure), anchor=False)
        st.caption(_(words))
        sign = "%" if unit == "%" else "°"
        figures = [
            (_("mean of all"), f"{values.mean():.1f}{sign}"),
            (_("standard deviation"), f"{values.std():.1f}{sign}"),
        ]
        if mine is not None and mine.any():
            figures.append(
                (_("mean of label {digit}", digit=digit), f"{values[mine].mean():.1f}{sign}")
            )
        html.show(html.facts(figures))
        chosen = values[mine] if mine is not None else None
        name = _("label {digit}", digit=digit)
        live_chart(
            distribution_figure(values, chosen, _(axis), _(unit), name),
            f"whole_{measure}",
        )
        ends(dataset, split, values, mine, measure, sign)


def ends(
    dataset: Dataset,
    split: Split,
    values: NDArray[np.float64],
    mine: NDArray[np.bool_] | None,
    measure: str,
    sign: str,
) -> None:
    """Images from the lowest to the highest value."""
    images, labels = part(dataset, split)
    rows = np.flatnonzero(mine) if mine is not None and mine.any() else np.arange(len(labels))
    rows = rows[np.argsort(values[rows], kind="stable")]
    rows = rows[np.linspace(0, len(rows) - 1, 12).astype(int)]
    st.caption(_("From the lowest to the highest value:"))
    clicked = image_grid(
        images[rows],
        [title(dataset, split, row) for row in rows],
        labels=[f"{values[row]:.0f}{sign}" for row in rows],
        key=f"ends_{measure}",
    )
    if clicked is not None:
        open_image(split, int(rows[clicked]))


def splits(dataset: Dataset) -> None:
    """Training, validation and test; folds; on the real rows."""
    n, tests = len(dataset.y_train), len(dataset.y_test)
    st.subheader(_("Training, validation, test"), anchor=False)
    st.markdown(
        _(
            "A network is trained on the **training** images. **Validation** images, set aside "
            "from them, show when to stop and which settings are better. Whatever is chosen by "
            "them fits them a little too well, so the final accuracy is measured on the **test** "
            "images, which were never used before."
        )
    )
    share = st.slider(
        _("Validation split"),
        0.0,
        0.5,
        0.1,
        0.05,
        format="percent",
        width=420,
        key=state.WHOLE_SHARE_WIDGET.key,
        persist_state="session",
    )
    validated = validation_part(n, share)
    parts = np.concatenate([validated, np.full(tests, 2, np.uint8)])
    names = [
        _("training ({n:,})", n=n - validated.sum()),
        _("validation ({n:,})", n=validated.sum()),
        _("test ({n:,})", n=tests),
    ]
    strip(parts, names)
    st.caption(
        _(
            "Each dot is one of the {n:,} images, in the order of the file. Keras validates on "
            "the last ones, whatever their labels, so the shares of the labels differ a little:",
            n=n + tests,
        )
    )
    labels = np.concatenate([dataset.y_train, dataset.y_test])
    rows = []
    for number, name in enumerate(names):
        counts = class_counts(labels[parts == number])[present(dataset)]
        rows.append((name, *(f"{share:.1%}" for share in counts / max(counts.sum(), 1))))
    html.show(html.table((_("Part"), *names_of(dataset)), rows))
    st.subheader(_("Folds"), anchor=False)
    st.markdown(
        _(
            "**Cross-validation** splits the training images into folds and trains one network "
            "per fold, on all the other folds. Each image is predicted once by a network that "
            "wasn't trained on it, and the differences between the folds show how much is chance."
        )
    )
    there = present(dataset)
    most = min(10, int(class_counts(dataset.y_train).max()))  # a class is shared out among them
    if most < 3:
        st.info(_("There are too few images to split them into folds."))
        return
    state.WHOLE_FOLDS_WIDGET.set(min(state.WHOLE_FOLDS_WIDGET.get(), most))
    folds = st.slider(
        _("Folds"), 2, most, key=state.WHOLE_FOLDS_WIDGET.key, width=420, persist_state="session"
    )
    with st.spinner(_("Splitting into folds …")):
        of = _folds(dataset, dataset.digest(), folds)
    turn = st.pills(
        _("Show"),
        [ALL, *range(1, folds + 1)],
        key=f"whole_turn_{folds}",
        default=ALL,
        persist_state="session",
        format_func=lambda fold: _(ALL) if fold == ALL else _("Fold {fold}", fold=fold),
    )
    sizes = np.bincount(of, minlength=folds)
    if turn in (None, ALL):
        strip(of, [_("fold {fold} ({n:,})", fold=fold + 1, n=sizes[fold]) for fold in range(folds)])
    else:
        mine = (of == int(turn) - 1).astype(np.uint8)
        strip(
            mine,
            [
                _("training ({n:,})", n=n - mine.sum()),
                _("validation ({n:,})", n=mine.sum()),
            ],
        )
    st.caption(
        _("The images are shuffled, and each fold gets the same share of each label (stratified):")
    )
    rows = []
    for fold in range(folds):
        counts = class_counts(dataset.y_train[of == fold])[there]
        rows.append((str(fold + 1), *(f"{count:,}" for count in counts)))
    html.show(html.table((_("Fold"), *names_of(dataset)), rows))


@st.cache_data(show_spinner=False, max_entries=20)
def _folds(_dataset: Dataset, digest: str, folds: int) -> NDArray[np.uint8]:
    return fold_assignments(_dataset.y_train, folds)


def strip(parts: NDArray[np.uint8], names: list[str]) -> None:
    """Every image as a dot coloured by its part, under what the colours mean."""
    content = png(part_image(parts, COLORS, 500))
    legend = html.join(
        Markup('<span><i style="background:rgb{}"></i>{}</span>').format(color, name)
        for color, name in zip(COLORS, names, strict=False)
    )
    words = _("Each image as a dot, colored by its part: {parts}", parts=listed(names))
    html.show(
        Markup('<div class="parts"><div>{}</div>{}</div>').format(
            legend, html.png_picture(content, words)
        )
    )
