"""Networks: every trained network beside its tutorial's published result, and its details."""

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from mnist_core import StoredModel, list_models
from mnist_core.figures.evaluation_charts import confusion_figure
from mnist_core.figures.training_charts import history_figure
from pages.shared.data_choice import classes_words
from pages.shared.style import add_style
from pages.shared.text import as_message, as_typed

WORDS = """
- **Layer**: one step from pixels to answer. What it gives is what the next layer gets.
- **Dense**: every number of the layer before is multiplied by a weight, and they are added up,
  once for each unit. The weights are what is learned.
- **Conv2D** (convolution): a small window of weights, such as 3x3, slides over the picture. Each
  filter is one such window and gives one picture of where its pattern was found.
- **MaxPooling2D**: keeps the largest of each 2x2 pixels, so the picture gets half as wide.
- **Dropout**: in training, sets a share of the numbers to 0 at random, so that the network
  doesn't rely on any one of them. Afterwards it does nothing.
- **BatchNormalization**: brings the numbers to a common scale, which makes training faster.
- **relu**, **sigmoid**: bend the result (relu: below 0 becomes 0; sigmoid: squeezed between 0
  and 1). Without a bend, many layers could do no more than one.
- **softmax**: turns the last ten numbers into probabilities that add up to 1.
- **Parameters**: all weights together. **Epoch**: one time through all training images.
- **adam**, **rmsprop**: two ways to change the weights a little after each step.
"""


def page() -> None:
    """The table of all networks, then one of them."""
    st.title("Networks")
    models, errors = list_models()
    for error in errors:
        st.warning(as_message(error))
    if not models:
        st.info("No network is trained yet. Run `python -m mnist_core train pen`.")
        return
    st.markdown(
        "Each network was trained on images with known answers, then tested on others that it had "
        "never seen: for MNIST, 10,000. **Test accuracy** is the share of those that it reads "
        "rightly; the interval says where it would lie, 19 times in 20, had other test images been "
        "picked. **Published** is what the tutorial reported that the network comes from."
    )
    st.dataframe(table(models), hide_index=True)
    names = [model.name for model in models]
    chosen = st.selectbox("Look at", names, key="look_at")
    details(models[names.index(chosen)])


def table(models: list[StoredModel]) -> pd.DataFrame:
    """One row for each network."""
    rows = []
    for model in models:
        low, high = model.evaluation.accuracy_interval
        rows.append(
            {
                "Network": model.name,
                "Test accuracy": f"{model.evaluation.accuracy:.2%}",
                "Published": model.published or "–",
                "95% interval": f"{100 * low:.2f} to {100 * high:.2f}%",
                "What": model.recipe.title,
                "Parameters": f"{model.card['parameters']:,}",
                "Trained in": f"{model.card['seconds']:.0f} s",
                "Trained on": f"{model.card['data']['train_images']:,} of {model.data_name}",
            }
        )
    return pd.DataFrame(rows)


def details(model: StoredModel) -> None:
    """One network: its recipe, how its training went, what it confuses."""
    recipe = model.recipe
    st.markdown(
        f"**{as_typed(recipe.title)}.** From: {as_typed(recipe.source)}. Its layers, from "
        "pixels to answer:"
    )
    first = ["pixels 0 to 255"] + ["divided by 255"] * recipe.scale
    st.code("\n".join([*first, *map(str, recipe.layers)]), language=None)
    augmented = ", each image changed at random every time it is seen" if recipe.augment else ""
    st.caption(
        f"Trained {recipe.epochs} epochs (times through all images) with {recipe.optimizer}, "
        f"{recipe.batch_size} images a step{augmented}, on {model.card['device']}. "
        f"To repeat it: `{recipe.command(model.data_name)}`"
    )
    if model.class_names:
        st.caption(classes_words(model.class_names))
    if recipe.lesson:
        st.info(as_message(recipe.lesson), icon=":material/lightbulb:")
    with st.expander("What do these words mean?"):
        st.markdown(WORDS)
    left, right = st.columns(2, gap="medium")
    history = model.card["history"]
    with left:
        st.subheader("How the training went")
        st.caption("Accuracy: share of images read rightly, higher is better.")
        chart(history_figure(history, "accuracy"), "accuracy")
        st.caption("Loss: how wrong and how sure of it, lower is better.")
        chart(history_figure(history, "loss"), "loss")
    with right:
        st.subheader("What it confuses")
        st.caption("Number of test images. A row is a true digit, a column what it was read as.")
        chart(confusion_figure(model.evaluation.confusion_matrix), "confusion")


def chart(figure: go.Figure, key: str) -> None:
    """A chart without the tool bar, which would lie over it on a phone."""
    st.plotly_chart(figure, key=key, config={"displayModeBar": False})


add_style()
page()
