"""Views of the network before training: layers, arithmetic, the first batch."""

from dataclasses import replace

import numpy as np
import streamlit as st

from mnist_core import health
from mnist_core.i18n import _
from mnist_core.inside.first_batch import FirstBatch, first_batch
from mnist_core.inside.layer_costs import (
    IMAGE_SIZES,
    conv_layer,
    dense_layer,
    format_bytes,
)
from mnist_core.inside.sandbox import Numbers, Slide, convolution, pooling
from mnist_core.inside.sandbox_examples import (
    POOLING_EXAMPLE,
    example_image,
    example_kernel,
)
from mnist_core.inside.untrained import untrained_network
from mnist_core.lessons.arrays import made_arrays
from mnist_core.recipes.builtin import display_name
from mnist_core.recipes.recipe import layer
from mnist_core.recipes.trace import parameter_count, trace
from pages.components.sliding import sliding
from pages.components.structure import structure_drawing
from pages.learn.courses import Lesson
from pages.learn.networks import link_name, shown_network
from pages.shared import html
from pages.shared.datasets import whole_data
from pages.shared.following import Answer, Threaded, answered, followed
from pages.shared.navigation import page_file
from pages.shared.setting_words import setting_label, setting_value
from pages.shared.text import as_typed

DIGITS = [str(digit) for digit in range(10)]


def layers_table(lesson: Lesson) -> None:
    """Each layer with the shape of its output, its parameters and how they are counted."""
    layers = trace(lesson.recipe) or []
    rows = [
        (
            f"{one.name} ({one.kind})",
            str((None, *one.output)),
            f"{one.parameters:,}",
            one.arithmetic.replace(" x ", " · ") or "–",
        )
        for one in layers
    ]
    head = (_("Layer"), _("Output shape"), _("Parameters"), _("How they are counted"))
    html.show(html.table(head, rows))
    if "Flatten" not in lesson.course.script():
        st.caption(
            _(
                "The app's network takes 28x28 images: its Flatten layer makes a row of each, as "
                "the code does before the network."
            )
        )
    total = parameter_count(layers)
    st.markdown(
        _(
            "Together **{total:,} parameters**, {size} as float32.",
            total=total,
            size=format_bytes(4 * total),
        )
    )


def structure(lesson: Lesson) -> None:
    """The network as the code builds it; a layer leads to See inside."""
    network = untrained_network(lesson.recipe)
    if network is None:
        return
    digest = lesson.recipe.digest()[:8]
    opened = structure_drawing(
        network, f"{lesson.course.recipe}-{digest}", DIGITS, "lesson_structure"
    )
    st.caption(
        _(
            "Stacks are feature maps, points are units. Before training, the weights are random: "
            "orange lines are positive ones, blue lines negative ones. Click a layer to see what "
            "it does in the trained network."
        )
    )
    if opened:
        _see_inside(lesson, section="layer", layer=opened)


def flow(lesson: Lesson) -> None:
    """The way to See inside with this network."""
    st.markdown(
        _("Draw a digit and follow it through this network, layer by layer, down to every number.")
    )
    if st.button(_("See inside"), icon=":material/visibility:", key="lesson_inside"):
        _see_inside(lesson, section="flow")


def _see_inside(lesson: Lesson, **look: str) -> None:
    shown = shown_network(lesson)
    params = {"model": link_name(shown), **look} if shown else look
    st.switch_page(page_file("inside"), query_params=params)


# --- the first batch --------------------------------------------------------------------------


def _first_batch(lesson: Lesson) -> FirstBatch | None:
    dataset = whole_data()
    n = min(lesson.recipe.batch_size, len(dataset.x_train))
    words = _("Building the network and running one batch. The first time takes about 10 s …")
    result: FirstBatch | None = answered(
        words, first_batch, lesson.recipe, dataset.x_train[:n], dataset.y_train[:n]
    )
    return result


def forward_pass(lesson: Lesson) -> None:
    """The first batch through the untrained network: probabilities and loss."""
    result = _first_batch(lesson)
    if result is None:
        return
    labels = whole_data().y_train[: len(result.before)]
    correct = int((result.before.argmax(axis=1) == labels).sum())
    st.caption(
        _(
            "Of {network}, the network of this course.",
            network=display_name(lesson.course.recipe),
        )
    )
    html.show(
        html.facts(
            [
                (_("shape of the probabilities"), str(result.before.shape)),
                (_("of {n} read correctly", n=len(labels)), str(correct)),
                (_("loss of the batch"), f"{result.loss_before:.4f}"),
            ]
        )
    )
    st.markdown(_("The first image of the batch, whose label is **{label}**:", label=labels[0]))
    html.show(html.bars(result.before[0]))
    share = float(result.before[0, labels[0]])
    st.caption(
        _(
            "Its loss is -log({share:.4f}) = {loss:.4f}; that of the batch is the mean of {n} such "
            "numbers. The network is new: its weights are random (seed {seed}).",
            share=share,
            loss=-np.log(max(share, 1e-7)),
            n=len(labels),
            seed=lesson.recipe.seed,
        )
    )


def weight_update(lesson: Lesson) -> None:
    """The loss of the batch before and after one update, and some of the weights."""
    result = _first_batch(lesson)
    if result is None:
        return
    labels = whole_data().y_train[: len(result.before)]
    st.caption(
        _(
            "Of {network}, the network of this course.",
            network=display_name(lesson.course.recipe),
        )
    )
    before, after = (
        int((values.argmax(axis=1) == labels).sum()) for values in (result.before, result.after)
    )
    html.show(
        html.table(
            (_("The same {n} images", n=len(labels)), _("Before"), _("After one update")),
            [
                (_("loss"), f"{result.loss_before:.4f}", f"{result.loss_after:.4f}"),
                (_("read correctly"), str(before), str(after)),
            ],
        )
    )
    st.markdown(_("Five weights of the last layer, those with the largest gradients:"))
    html.show(
        html.table(
            (_("From unit, to digit"), _("Weight"), _("Gradient"), _("New weight")),
            [
                (
                    _("{unit} to {digit}", unit=weight.unit, digit=weight.digit),
                    f"{weight.before:+.5f}",
                    f"{weight.gradient:+.5f}",
                    f"{weight.after:+.5f}",
                )
                for weight in result.weights
            ],
        )
    )
    st.caption(
        _(
            "A **gradient** says how the loss changes when the weight grows. Each weight is moved "
            "against it. The size of the step is up to the optimizer, {optimizer} with a learning "
            "rate of {rate:g}.",
            optimizer=lesson.recipe.optimizer,
            rate=result.learning_rate,
        )
    )


# --- by hand ----------------------------------------------------------------------------------


def dense_growth(lesson: Lesson) -> None:
    """Parameters of the first layer, dense and convolutional, for larger and larger images."""
    units = next(
        (int(one.settings["units"]) for one in lesson.recipe.layers if one.kind == "Dense"), 128
    )
    conv = next((one for one in lesson.recipe.layers if one.kind == "Conv2D"), None)
    conv = conv or layer("Conv2D", filters=28, kernel_size=3)
    filters, kernel = int(conv.settings["filters"]), int(conv.settings["kernel_size"])
    rows = []
    for name, size in IMAGE_SIZES.items():
        dense, convolutional = dense_layer(*size, units), conv_layer(*size, filters, kernel)
        rows.append(
            (
                _(name),
                f"{np.prod(size):,}",
                f"{dense.parameters:,}",
                format_bytes(dense.bytes),
                f"{convolutional.parameters:,}",
            )
        )
    head = (
        _("Image"),
        _("Numbers"),
        _("Dense, {units} units", units=units),
        _("Memory"),
        _("{filters} filters {size}x{size}", filters=filters, size=kernel),
    )
    html.show(html.table(head, rows))
    st.caption(
        _(
            "Parameters of the first layer. Cinema 4K: 4,096 · 2,160 · 3 = 26,542,080 numbers, and "
            "each unit of a dense layer has a weight for every one. The filters of a convolution "
            "are as small for a large image as for a small one."
        )
    )
    if st.button(_("Try other sizes"), icon=":material/visibility:", key="lesson_sandbox"):
        st.switch_page(page_file("inside"), query_params={"section": "sandbox"})


def convolution_by_hand(lesson: Lesson) -> None:
    """A 5x5 image and a 3x3 kernel give 3x3 numbers, step by step."""
    arrays = _of_code(lesson)
    image, kernel = arrays.get("image"), arrays.get("kernel")
    if image is None or kernel is None:
        image, kernel = example_image("Textbook", 5), example_kernel("Textbook", 3)
    slide = convolution(image, kernel)
    _slide(slide, image, kernel, "lesson_convolution")
    before, after = image.size, slide.output.size
    st.caption(
        _(
            "Output size: (image - kernel) / stride + 1 = {size}. From {before} numbers to "
            "{after}: {share:.0%} fewer. Play, or step through, and read the arithmetic.",
            size=slide.size,
            before=before,
            after=after,
            share=1 - after / before,
        )
    )


def _of_code(lesson: Lesson) -> dict[str, Numbers]:
    """The square arrays that the step's code makes, by name: its example."""
    code = lesson.course.code(lesson.step, lesson.progress.chosen)
    return {
        name: values.astype(np.float64)
        for name, values in made_arrays(code).items()
        if values.ndim == 2 and values.shape[0] == values.shape[1]
    }


def pooling_by_hand(lesson: Lesson) -> None:
    """A 4x4 map pooled to 2x2: maximum, mean or sum."""
    kinds = {"max": _("Maximum"), "average": _("Mean"), "sum": _("Sum")}
    kind = st.segmented_control(
        _("Pooling"),
        list(kinds),
        default="max",
        format_func=kinds.__getitem__,
        required=True,
        key="lesson_pooling_kind",
    )
    image = _of_code(lesson).get("image", POOLING_EXAMPLE)
    slide = pooling(image, kind=kind or "max")
    _slide(slide, image, None, "lesson_pooling")
    st.caption(
        _(
            "Each 2x2 window becomes one number, so a quarter of the numbers is left. Nothing is "
            "learned here. Keras has MaxPooling2D and AveragePooling2D; the sum is four times the "
            "mean."
        )
    )


def _slide(slide: Slide, image: Numbers, kernel: Numbers | None, key: str) -> None:
    version = str(slide.output.tolist())
    sliding(slide, image, kernel, key=key, version=version, on_edit=None)


# --- settings and devices ---------------------------------------------------------------------


def settings(lesson: Lesson) -> None:
    """What training finds, and what people choose."""
    recipe = lesson.recipe
    layers = trace(recipe) or []
    chosen = [
        (setting_label(name), setting_value(value))
        for name, value in recipe.settings().items()
        if (value not in (None, "", 0, 0.0) and value != {}) or name == "scale"
    ]
    st.markdown(
        _(
            "**Parameters**: training finds them. {count:,} numbers.",
            count=parameter_count(layers),
        )
    )
    html.show(
        html.table(
            (_("Layer"), _("Parameters")),
            [(one.name, f"{one.parameters:,}") for one in layers if one.parameters],
        )
    )
    st.markdown(_("**Hyperparameters**: people choose them before training."))
    html.show(html.table((_("Setting"), _("Value")), chosen))


@st.cache_resource(show_spinner=False)
def _looks() -> list[Threaded[list[str]]]:
    return []  # at the devices; the last one counts, and sessions share it


def _look() -> Answer[list[str]]:
    looks = _looks()
    answer = looks[-1].look() if looks else Answer[list[str]]()
    return replace(answer, share=None)  # nobody knows how far TensorFlow is


def _start_look() -> None:
    if not (_look().working or _look().finished):
        _looks().append(Threaded(lambda report: health.tensorflow_devices()))


def devices(lesson: Lesson) -> None:
    """What TensorFlow sees, and what to do for a GPU."""
    answer = followed(
        _look,
        _start_look,
        slot="devices",
        about="TensorFlow",
        words=lambda _answer: _("Asking TensorFlow, which takes some seconds …"),
    )
    if answer.result is not None:
        st.markdown(_("TensorFlow sees: **{devices}**", devices=as_typed(", ".join(answer.result))))
        gpu = any(name.startswith("GPU") for name in answer.result)
        check = health.check_device()
        st.markdown(
            _("Training uses the GPU.")
            if gpu
            else _(
                "No GPU, so training uses the CPU. The driver says: {finding}.",
                finding=as_typed(_(check.finding)),
            )
        )
    st.markdown(
        _(
            "To make a GPU seen:\n\n"
            "1. It takes a card by NVIDIA and Linux; on Windows, the Linux inside it (WSL 2).\n"
            "2. Install NVIDIA's driver. `nvidia-smi` then lists the card.\n"
            '3. Install the CUDA libraries: `pip install "tensorflow[and-cuda]"`.\n'
            '4. Start Python again: `tf.config.list_physical_devices("GPU")` lists it.\n\n'
            "The code stays the same: Keras takes the GPU by itself. These networks are so small "
            "that a CPU is enough."
        )
    )
