"""Views of the data: images, their numbers, their labels, and what the code makes of them."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from markupsafe import Markup
from numpy.typing import NDArray

from mnist_core import Dataset
from mnist_core.data.preprocessing import flatten, scale
from mnist_core.data.splits import training_rows
from mnist_core.i18n import Text, _
from mnist_core.lessons.arrays import ArrayForm, array_forms, to_categorical
from pages.learn.courses import Lesson
from pages.shared import html
from pages.shared.datasets import Split, title, whole_data
from pages.shared.paper import displayed, image_grid, pixels
from pages.shared.text import as_typed

SAMPLES = 24
SHOWN = 12  # pixels of a row
FOLDS = 5
DARK = 117  # a pixel up to this has white figures, above black ones: a contrast of 4.5 to 1
PARTS = {"train": Text("training"), "val": Text("validation"), "test": Text("test")}
NARROW = 0.1  # of a bar: a narrower part has no room for its number


def sample(lesson: Lesson) -> tuple[NDArray[np.uint8], int, str]:
    """(the step's training image, its label, what it is called).

    Where there are fewer images than in MNIST, another one stands in.
    """
    dataset = whole_data()
    index = lesson.step.image % len(dataset.x_train)
    words = image_title(lesson, dataset, "train", index)
    return dataset.x_train[index], int(dataset.y_train[index]), words


def image_title(lesson: Lesson, dataset: Dataset, split: Split, index: int) -> str:
    """What the step's image is called; without MNIST, which one it stands in for."""
    words = title(dataset, split, index)
    if not dataset.stand_in:
        return words
    return _("{title}, in place of MNIST's image {number:,}", title=words, number=lesson.step.image)


def shapes(lesson: Lesson) -> None:
    """Shape and type of every array, as loaded and as the code so far has made it."""
    dataset = whole_data()
    code = "\n".join(
        lesson.course.code(step, lesson.progress.chosen) for step in lesson.steps_so_far
    )
    forms = _forms(dataset, dataset.digest(), code)
    rows = [
        (
            form.name,
            _form(form.loaded_shape, form.loaded_dtype) if form.loaded_shape else "–",
            _form(form.shape, form.dtype),
        )
        for form in forms
    ]
    if all(loaded == now for _name, loaded, now in rows):
        html.show(
            html.table(
                (_("Array"), _("Shape and type")), [(name, now) for name, _loaded, now in rows]
            )
        )
    else:
        html.show(html.table((_("Array"), _("As loaded"), _("Now")), rows))
    if dataset.stand_in:
        st.caption(
            _(
                "With MNIST there are 60,000 training and 10,000 test images; {data} are "
                "{training:,} and {tests:,}.",
                data=as_typed(dataset.name),
                training=len(dataset.x_train),
                tests=len(dataset.x_test),
            )
        )


@st.cache_data(show_spinner=False, max_entries=100)
def _forms(_dataset: Dataset, digest: str, code: str) -> list[ArrayForm]:
    return array_forms(code, _dataset)


def _form(shape: Sequence[int], dtype: str | None) -> str:
    return f"{tuple(shape)} {dtype}"


def samples(lesson: Lesson) -> None:
    """The first training images with their labels."""
    dataset = whole_data()
    image_grid(
        dataset.x_train[:SAMPLES],
        [title(dataset, "train", index) for index in range(SAMPLES)],
        labels=[str(label) for label in dataset.y_train[:SAMPLES]],
        key="lesson_samples",
    )
    st.caption(
        _(
            "The first {count} of {total:,} training images of {data}, with their labels.",
            count=SAMPLES,
            total=len(dataset.x_train),
            data=as_typed(dataset.name),
        )
    )


def sample_image(lesson: Lesson) -> None:
    """The step's image, large."""
    image, _label, words = sample(lesson)
    pixels(image, f"{words}.", key="lesson_image")
    st.caption(as_typed(words))


def sample_numbers(lesson: Lesson) -> None:
    """The step's image as rows and columns of numbers."""
    image, _label, words = sample(lesson)
    grays = displayed(image)
    cells = html.join(
        Markup('<span style="background:rgb({0},{0},{0})" class="{1}">{2}</span>').format(
            gray, "light" if gray > DARK else "", value
        )
        for gray, value in zip(grays.flat, image.flat, strict=True)
    )
    html.show(
        Markup('<div class="wide" tabindex="0"><div class="number_cells">{}</div></div>').format(
            cells
        )
    )
    st.caption(_("{image}: 0 is paper, 255 is full ink.", image=as_typed(words)))


def flattened(lesson: Lesson) -> None:
    """The step's image as one row of numbers."""
    image, _label, words = sample(lesson)
    row = flatten(image[np.newaxis])[0]
    data = {
        "image": as_typed(words),
        "rows": image.shape[0],
        "columns": image.shape[1],
        "count": len(row),
        "shape": str(tuple(row.shape)),
    }
    if lesson.progress.chosen.get("scale"):
        numbers = [f"{value:.2f}" for value in scale(row)]
        caption = _(
            "{image}: {rows} rows of {columns} pixels behind each other are {count} numbers, each "
            "divided by 255. Its shape is {shape}. Scroll to see all of it.",
            **data,
        )
    else:
        numbers = [str(value) for value in row]
        caption = _(
            "{image}: {rows} rows of {columns} pixels behind each other are {count} numbers. Its "
            "shape is {shape}. Scroll to see all of it.",
            **data,
        )
    html.show(Markup('<p class="row_of_numbers" tabindex="0">{}</p>').format(" ".join(numbers)))
    st.caption(caption)


def scaled(lesson: Lesson) -> None:
    """The row of the step's image with the most ink, before and after the division."""
    image, _label, words = sample(lesson)
    is_scaled = lesson.recipe.scale
    row = int(image.sum(axis=1).argmax())
    first = max(int(image[row].argmax()) - 4, 0)
    before, after = (values[row, first : first + SHOWN] for values in (image, scale(image)))
    html.show(
        html.table(
            ("", _("Before"), _("After") if is_scaled else _("If divided by 255")),
            [
                (_("type"), str(before.dtype), str(after.dtype)),
                (_("smallest"), str(image.min()), f"{scale(image).min():.4f}"),
                (_("largest"), str(image.max()), f"{scale(image).max():.4f}"),
                (_("mean"), f"{image.mean():.4f}", f"{scale(image).mean():.4f}"),
            ],
        )
    )
    html.show(
        html.numbers(
            [
                " ".join(f"{value:4d}" for value in before),
                " ".join(f"{value:4.2f}" for value in after),
            ]
        )
    )
    st.caption(
        _(
            "{image}. Above, all of it; below, pixels {first} to {last} of row {row}, divided by "
            "255.",
            image=as_typed(words),
            first=first,
            last=first + len(before) - 1,
            row=row,
        )
    )


def one_hot_label(lesson: Lesson) -> None:
    """The label of the step's image, and its vector."""
    image, label, words = sample(lesson)
    html.show(
        Markup('<div class="label_vector">{}{}</div>').format(
            html.picture(image, words),
            html.table(
                (_("Position"), *map(str, range(10))),
                [
                    (
                        _("one-hot"),
                        *(f"{value:.0f}" for value in to_categorical(np.array([label]), 10)[0]),
                    )
                ],
            ),
        )
    )
    st.caption(
        _(
            "{image}: ten numbers, with a 1 at position {digit}. Positions are counted from 0.",
            image=as_typed(words),
            digit=label,
        )
    )


def splits(lesson: Lesson) -> None:
    """Three ways to divide the images, as bars with their numbers."""
    dataset = whole_data()
    n, tests = len(dataset.x_train), len(dataset.x_test)
    share = lesson.recipe.validation_split or 0.3
    learned, held_out = training_rows(n, share)
    training, validation = learned.stop, held_out.stop - held_out.start
    every = n + tests
    some = round(0.6 * every), round(0.2 * every)
    fold = n // FOLDS
    rows: list[tuple[str, list[tuple[str, int]]]] = [
        (
            _("A share held out (validation_split={share})", share=share),
            [("train", training), ("val", validation), ("test", tests)],
        ),
        (
            _("60/20/20 of all images"),
            [("train", some[0]), ("val", some[1]), ("test", every - sum(some))],
        ),
        *(
            (
                _("{folds} folds, round {number}", folds=FOLDS, number=number),
                [
                    part
                    for part in (
                        ("train", (number - 1) * fold),
                        ("val", fold),
                        ("train", n - number * fold),
                        ("test", tests),
                    )
                    if part[1]
                ],
            )
            for number in range(1, FOLDS + 1)
        ),
    ]
    html.show(html.join(_split_bar(name, parts) for name, parts in rows))
    html.show(
        Markup('<p class="split_key">{}</p>').format(
            Markup(" ").join(
                Markup('<i class="{}"></i>{}').format(kind, _(words))
                for kind, words in PARTS.items()
            )
        )
    )
    st.caption(
        _(
            "The **validation** images are for choosing settings, the **test** images only for the "
            "final figure. With {folds} folds every training image is validated on once: {folds} "
            "trainings, whose results are averaged. For the three parts and the folds, the rows "
            "are shuffled first. The Studies page does this with any recipe.",
            folds=FOLDS,
        )
    )


def _split_bar(name: str, parts: Sequence[tuple[str, int]]) -> Markup:
    total = sum(count for _kind, count in parts)
    pieces = html.join(
        Markup('<div class="{}" style="width:{:.2f}%" title="{}">{}</div>').format(
            kind,
            100 * count / total,
            _("{part}: {count:,}", part=PARTS[kind], count=count),
            f"{count:,}" if count > NARROW * total else "",
        )
        for kind, count in parts
    )
    return Markup(
        '<div class="split"><small>{}</small><div class="split_bar">{}</div></div>'
    ).format(name, pieces)
