"""Views of a trained network: how good it is, what it confuses, what it says of an image."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from mnist_core import ModelError, Recognizer, StoredModel, open_model, prepare_drawing, settings
from mnist_core.figures.evaluation_charts import confusion_figure
from mnist_core.i18n import _
from mnist_core.models.litert import LiteNetwork
from mnist_core.models.recognition import percent
from pages.components.live import live_chart
from pages.learn.courses import Lesson
from pages.learn.data_views import image_title
from pages.learn.networks import shown_network
from pages.shared import html
from pages.shared.canvas import SIZES, STYLE, canvas
from pages.shared.datasets import test_data, title
from pages.shared.paper import image_grid
from pages.shared.style import add_style
from pages.shared.text import as_message, as_typed

FIRST = 18  # test images, and as many of the misread ones


def evaluation(lesson: Lesson) -> None:
    """Loss and accuracy on the training and the test images, and those that were published."""
    shown = shown_network(lesson)
    if shown is None:
        return
    course, result, history = lesson.course, shown.model.evaluation, shown.history
    low, high = result.accuracy_interval
    rows = [
        (
            _("training, last epoch"),
            *(f"{values[-1]:.4f}" if (values := history.get("loss")) else "–",),
            *(f"{values[-1]:.2%}" if (values := history.get("accuracy")) else "–",),
        )
    ]
    if history.get("val_accuracy"):
        rows.append(
            (
                _("validation, last epoch"),
                f"{history['val_loss'][-1]:.4f}",
                f"{history['val_accuracy'][-1]:.2%}",
            )
        )
    tested = _("test, {n:,} images", n=result.n)
    rows.append((tested, f"{result.loss:.4f}", f"{result.accuracy:.2%}"))
    if course.published_accuracy is not None:
        loss = "–" if course.published_loss is None else f"{course.published_loss:.4f}"
        rows.append((_("test, published"), loss, f"{course.published_accuracy:.2%}"))
    html.show(html.table((_("Images"), _("Loss"), _("Accuracy")), rows))
    st.caption(
        _(
            "95% confidence interval of the test accuracy: {low:.2%} to {high:.2%}. With another "
            "{n:,} test images of the same kind, the accuracy would lie about there.",
            low=low,
            high=high,
            n=result.n,
        )
    )
    if course.published_accuracy is not None and test_data().name == shown.model.data_name:
        inside = round(low, 4) <= course.published_accuracy <= round(high, 4)
        st.caption(
            _("The published accuracy lies within it.")
            if inside
            else _("The published accuracy lies outside of it: another seed, version or setting.")
        )


def confusion(lesson: Lesson) -> None:
    """The confusion matrix of the test images."""
    shown = shown_network(lesson)
    if shown is None:
        return
    result = shown.model.evaluation
    live_chart(confusion_figure(result.confusion_matrix), "lesson_confusion")
    st.caption(
        _(
            "{n:,} test images of {data}: rows are labels, columns are predictions; off the "
            "diagonal are the mistakes.",
            n=result.n,
            data=as_typed(shown.model.data_name),
        )
    )


def predictions(lesson: Lesson) -> None:
    """The first test images and the first misread ones, with label and prediction."""
    shown = shown_network(lesson)
    if shown is None:
        return
    dataset = test_data()
    predicted = _answers(shown.model).argmax(axis=1)
    wrong = np.flatnonzero(predicted != dataset.y_test)
    for name, words, rows in (
        ("first", _("The first {count} test images:", count=FIRST), np.arange(FIRST)),
        (
            "wrong",
            _(
                "The first {count} of {total:,} misread ones:",
                count=min(FIRST, len(wrong)),
                total=len(wrong),
            ),
            wrong[:FIRST],
        ),
    ):
        st.markdown(words)
        image_grid(
            dataset.x_test[rows],
            [
                _(
                    "{image}, predicted {digit}",
                    image=title(dataset, "test", row),
                    digit=predicted[row],
                )
                for row in rows
            ],
            labels=[_label(int(dataset.y_test[row]), int(predicted[row])) for row in rows],
            key=f"lesson_{name}",
            side=56,
        )
    st.caption(_("Under each image: its label, and where it was misread, ✗ and the prediction."))


def _label(label: int, predicted: int) -> str:
    return str(label) if label == predicted else f"{label} ✗ {predicted}"


def _answers(model: StoredModel) -> NDArray[np.float32]:
    with st.spinner(_("Asking the network about all test images …")):
        return _asked(model.card["files"]["litert"]["sha256"], test_data().digest(), model)


@st.cache_data(show_spinner=False, max_entries=8)
def _asked(network: str, data: str, _model: StoredModel) -> NDArray[np.float32]:
    return LiteNetwork(_model.read("litert")).predict(test_data().x_test)


def one_prediction(lesson: Lesson) -> None:
    """One test image: the ten probabilities, and the largest of them."""
    shown = shown_network(lesson)
    if shown is None:
        return
    dataset = test_data()
    index = lesson.step.image % len(dataset.x_test)
    probabilities = _answers(shown.model)[index]
    picture, bars = st.columns([1, 2], gap="medium")
    with picture:
        words = image_title(lesson, dataset, "test", index)
        html.show(html.steps([(dataset.x_test[index], words, "")]))
    with bars:
        html.show(html.bars(probabilities))
    best = int(probabilities.argmax())
    st.markdown(
        _(
            "`argmax` gives **{best}**, the position of the largest probability ({probability}). "
            "The label is **{label}**.",
            best=best,
            probability=percent(float(probabilities[best])),
            label=dataset.y_test[index],
        )
    )


@st.fragment
def drawing(lesson: Lesson) -> None:
    """The reader's drawing, as MNIST would have it and just shrunk, read by two networks."""
    shown = shown_network(lesson)
    if shown is None:
        return
    add_style(STYLE, variables=SIZES)
    picture = canvas()
    if picture is None:
        st.caption(_("Draw a digit above, small or large, in a corner or in the middle."))
        return
    prepared = prepare_drawing(picture)
    try:
        readers = [shown.model, open_model(settings.DEFAULT_MODEL)]
        recognizers = [(model, Recognizer(model)) for model in readers]
    except ModelError as error:
        st.error(as_message(error))
        return
    forms = (
        (_("Just shrunk"), prepared.shrunk, _("The whole canvas, scaled to 28x28.")),
        (
            _("As MNIST has it"),
            prepared.normalized,
            _("Cut out, scaled to 20 pixels and centered."),
        ),
    )
    html.show(html.steps([(image, name, words) for name, image, words in forms]))
    rows = []
    for model, recognizer in recognizers:
        answers = []
        for _name, image, _words in forms:
            probabilities = recognizer.predict(image[np.newaxis])[0]
            best = int(probabilities.argmax())
            answers.append(f"{best} ({percent(float(probabilities[best]))})")
        rows.append((model.title, *answers))
    html.show(html.table((_("Network"), *(name for name, _image, _words in forms)), rows))
    st.caption(
        _(
            "{network} was made for drawings; the other one only knows images as MNIST has them.",
            network=as_typed(readers[1].title),
        )
    )
