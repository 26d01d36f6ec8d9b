"""Networks: every trained network beside its tutorial's published result, and its details."""

from collections.abc import Sequence

import plotly.graph_objects as go
import streamlit as st
from markupsafe import Markup

from mnist_core import StoredModel, list_models, settings
from mnist_core.figures.evaluation_charts import confusion_figure
from mnist_core.figures.training_charts import history_figure
from mnist_core.i18n import Text, _
from mnist_core.recipes.examples import evaluation_example
from mnist_core.recipes.recipe import TEST_SET, TEST_SET_WARNING
from mnist_core.runs.estimate import in_words
from mnist_core.runs.preferences import read_preferences
from pages.shared import html, state
from pages.shared.code import KERAS_FILE, show_code, show_command
from pages.shared.data_choice import classes_words
from pages.shared.heading import heading
from pages.shared.links import new_link, say_link
from pages.shared.networks import NO_NETWORK, use_for_everybody
from pages.shared.text import as_message, as_typed

GLOSSARY = Text("""
- **Layer**: one step from the pixels to the answer. The output of a layer is the input of the next.
- **Dense** (fully connected): every input number is multiplied by a weight and summed, once for
  each unit. The weights are what training adjusts.
- **Conv2D** (convolution): a small window of weights, such as 3x3, slides over the image. Each
  window, or filter, gives one feature map, which shows where its pattern occurs.
- **MaxPooling2D**: keeps the largest number of each 2x2 window, so the image gets half as wide.
- **Dropout**: sets a random share of the numbers to 0 during training, so that the network
  doesn't rely on any single one. It does nothing afterwards.
- **BatchNormalization**: brings the numbers to a common scale, which makes training faster.
- **relu**, **sigmoid**: activation functions. relu sets negative numbers to 0; sigmoid maps all
  numbers to between 0 and 1. Without them, many layers could do no more than one.
- **softmax**: turns the last ten numbers into probabilities that add up to 1.
- **Parameters**: all weights: the numbers that training adjusts. **Hyperparameters**: what people
  set before training, such as the number of layers and units, the learning rate, the batch size and
  the number of epochs. Training doesn't change them; they are chosen by the validation images.
- **Epoch**: one pass over all training images.
- **Loss**: what training minimizes, here mostly the cross-entropy: it is large where the true label
  got a small probability.
- **adam**, **rmsprop**: optimizers, which update the weights after each step.
""")


def page() -> None:
    """The table of all networks, then one of them."""
    heading(
        _("Networks"),
        _(
            "All trained networks, each tested on images that it was not trained on (10,000 for "
            "MNIST), beside the result that its tutorial published."
        ),
    )
    models, errors = list_models()
    for error in errors:
        st.warning(as_message(error))
    if not models:
        st.info(_(NO_NETWORK))
        return
    html.show(table(models))
    st.caption(
        _(
            "Test accuracy: the share of the test images that are classified correctly. The range "
            "is the 95% confidence interval for the accuracy on new images of the same kind. On "
            "training images: accuracy and loss of the last epoch, measured while the weights "
            "changed, with dropout and augmentation, which make it lower."
        )
    )
    names = [model.name for model in models]
    wanted = new_link("networks").get("network", [""])[-1]
    if wanted in names:
        state.LOOKED_AT_WIDGET.set(wanted)
    elif wanted:
        st.warning(
            as_message(
                Text("The link asks for the network {name!r}, which isn't here.", name=wanted)
            )
        )
    chosen = st.selectbox(
        _("Network"),
        names,
        key=state.LOOKED_AT_WIDGET.key,
        width=360,
        format_func=lambda name: models[names.index(name)].title,
    )
    if st.query_params.get("network", names[0]) != chosen:
        say_link("networks", network=chosen)
    details(models[names.index(chosen)])


def table(models: Sequence[StoredModel]) -> Markup:
    """One row for each network."""
    default = read_preferences().drawing_model or settings.DEFAULT_MODEL
    rows = []
    for model in models:
        low, high = model.evaluation.accuracy_interval
        title = model.title
        if model.name == state.DRAWING_NETWORK.get():
            title = _("{name} (chosen on your Draw page)", name=title)
        elif model.name == default:
            title = _("{name} (default of the Draw page)", name=title)
        rows.append(
            html.row(
                (
                    _two_lines(title, _(model.recipe.title)),
                    _two_lines(
                        f"{model.evaluation.accuracy:.2%}",
                        _("{low:.2f} to {high:.2f}%", low=100 * low, high=100 * high),
                    ),
                    f"{model.evaluation.loss:.4f}",
                    _training(model),
                    _(model.published) or "–",
                    f"{model.card['parameters']:,}",
                    _two_lines(
                        _(in_words(model.card["seconds"])),
                        _(
                            "{count:,} images of {data}",
                            count=model.card["data"]["train_images"],
                            data=model.data_name,
                        ),
                    ),
                )
            )
        )
    head = (
        _("Network"),
        _("Test accuracy"),
        _("Test loss"),
        _("On training images"),
        _("Published"),
        _("Parameters"),
        _("Trained in"),
    )
    return html.scrolled_table(html.row(head, "th"), html.join(rows))


def _training(model: StoredModel) -> Markup:
    """Accuracy and loss of the last epoch on the training images."""
    accuracy, loss = model.last_epoch("accuracy"), model.last_epoch("loss")
    return _two_lines(
        "–" if accuracy is None else f"{accuracy:.2%}",
        "" if loss is None else _("loss {loss:.4f}", loss=loss),
    )


def _two_lines(line: str, small: str) -> Markup:
    return Markup("{}<small>{}</small>").format(line, small)


def details(model: StoredModel) -> None:
    """One network: its recipe, how its training went, what it confuses."""
    recipe = model.recipe
    with st.container(horizontal=True):
        if st.button(_("Draw with it"), icon=":material/draw:", key="draw_with"):
            state.DRAWING_NETWORK.set(model.name)
            st.switch_page("pages/draw/page.py")
        use_for_everybody(model.title, lambda: model.name, f"everybody_{model.name}")
    left, right = st.columns(2, gap="medium")
    history = model.card["history"]
    with left:
        st.subheader(_("Training"), anchor=False)
        st.caption(_("Accuracy: share of the images classified correctly. Higher is better."))
        chart(history_figure(history, "accuracy"), "accuracy")
        st.caption(_("Loss: what training minimizes. Lower is better."))
        chart(history_figure(history, "loss"), "loss")
    with right:
        st.subheader(_("Confusion matrix"), anchor=False)
        st.caption(_("Test images by true digit (row) and predicted digit (column)."))
        chart(confusion_figure(model.evaluation.confusion_matrix), "confusion")
    st.subheader(_("Recipe"), anchor=False)
    facts = {
        "title": as_typed(_(recipe.title)),
        "source": as_typed(_(recipe.source)),
        "epochs": recipe.epochs,
        "optimizer": recipe.optimizer,
        "batch_size": recipe.batch_size,
        "device": model.card["device"],
        "loss": model.evaluation.loss,
    }
    if recipe.augment:
        words = _(
            "{title}, from {source}. Trained for {epochs} epochs with {optimizer}, batch size "
            "{batch_size}, each image augmented at random, on {device}. Test loss {loss:.4f}.",
            **facts,
        )
    else:
        words = _(
            "{title}, from {source}. Trained for {epochs} epochs with {optimizer}, batch size "
            "{batch_size}, on {device}. Test loss {loss:.4f}.",
            **facts,
        )
    st.markdown(words)
    scaled = [_("pixels divided by 255")] if recipe.scale else []
    if recipe.validation == TEST_SET:
        st.warning(_(TEST_SET_WARNING))
    aside = model.set_aside
    if aside:
        st.caption(
            _(
                "On the {n:,} training images that were set aside: accuracy {accuracy:.2%}, loss "
                "{loss:.4f}.",
                n=aside.n,
                accuracy=aside.accuracy,
                loss=aside.loss,
            )
        )
    st.code("\n".join([_("pixels 0 to 255"), *scaled, *map(str, recipe.layers)]), language=None)
    if model.class_names:
        st.caption(classes_words(model.class_names))
    if recipe.lesson:
        st.info(as_message(recipe.lesson), icon=":material/lightbulb:")
    with st.expander(_("Glossary")):
        st.markdown(_(GLOSSARY))
    show_code(evaluation_example(f"{model.name}.keras", model.data_name), KERAS_FILE)
    show_command(recipe.command(model.data_name), _("The same training on the command line:"))


def chart(figure: go.Figure, key: str) -> None:
    """A chart without the tool bar, which would lie over it on a phone."""
    st.plotly_chart(figure, key=key, config={"displayModeBar": False})


page()
