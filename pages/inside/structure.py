"""The structure of a network at a glance: a drawing whose layers can be opened, and text."""

import streamlit as st

from mnist_core.i18n import _
from mnist_core.inside.summary import summary
from mnist_core.models.layers import LayerNetwork
from pages.components.structure import structure_drawing


def structure(network: LayerNetwork, name: str, answers: list[str]) -> str | None:
    """The drawing of a network and its text.

    Args:
        answers: what its last units stand for, such as "0".

    Returns:
        The name of the layer that was clicked just now.
    """
    total = sum(layer.parameters for layer in network.layers)
    st.markdown(
        _(
            "From the pixels on the left to the answer on the right: {layers} layers with "
            "{parameters:,} **parameters**, the numbers that training has found. Stacks are layers "
            "of **feature maps**, points are layers of **units**. Orange links have positive "
            "weights, blue ones negative weights; thick links have large ones. Click a layer to "
            "open it.",
            layers=len(network.layers),
            parameters=total,
        )
    )
    opened = structure_drawing(network, name, answers, "structure")
    text = summary(network, name)
    with st.expander(_("Summary as text")):
        st.code(text, language=None)
        st.download_button(_("Download text"), text, f"{name}.txt", "text/plain", on_click="ignore")
    return opened
