"""The layer kinds that this project knows, and what there is to know about each.

A recipe may use every layer of `keras.layers`. Of those in `KINDS`, shapes and parameters are
computed without Keras, and pages explain what they do. To add a kind, add it here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from mnist_core.i18n import Text
from mnist_core.recipes.shapes import (
    OutputRule,
    convolution_output,
    dense_output,
    flatten_output,
    global_pooling_output,
    normalization_output,
    pooling_output,
    unchanged_output,
)


class Category(StrEnum):
    """What a layer is for."""

    CONVOLUTION = "convolution"
    DENSE = "dense"
    POOLING = "pooling"
    GLOBAL_POOLING = "global pooling"
    NORMALIZATION = "normalization"
    ACTIVATION = "activation"
    SCALING = "scaling"
    RESHAPING = "reshaping"
    REGULARIZATION = "regularization"  # changes its input during training only


@dataclass(frozen=True)
class LayerKind:
    """A kind of layer.

    Attributes:
        name: of its class in `keras.layers`.
        category: what it is for.
        summary: what it does, in a few words; "" if there is no more to say than its name.
        description: what it does, in a sentence or two.
        output: computes its output's shape and its cost; None if only Keras can.
        passes_values: whether its output is its input, outside of training, perhaps in another
            shape, order or scale: such a layer looks for nothing.
        pointwise: whether each output number depends on the input at its own position only.
        default_settings: its settings when a user adds it to a recipe; None if users can't.
    """

    name: str
    category: Category
    summary: str = ""
    description: str = ""
    output: OutputRule | None = unchanged_output
    passes_values: bool = False
    pointwise: bool = False
    default_settings: Mapping[str, Any] | None = None

    @property
    def needs_image(self) -> bool:
        """Whether its input has to be an image: height, width and channels."""
        return needs_image(self.name)


def needs_image(name: str) -> bool:
    """Whether the input of a layer kind, known or not, has to be height, width and channels."""
    return "2D" in name


def _regularization(
    name: str, summary: str, description: str, rate: float | None = None
) -> LayerKind:
    return LayerKind(
        name,
        Category.REGULARIZATION,
        summary,
        description,
        passes_values=True,
        pointwise=True,
        default_settings=None if rate is None else {"rate": rate},
    )


def _activation(name: str, output: OutputRule | None = unchanged_output) -> LayerKind:
    return LayerKind(
        name,
        Category.ACTIVATION,
        Text("an activation function"),
        Text("Applies the activation function {name} to each number.", name=name),
        output,
        pointwise=True,
    )


KINDS: dict[str, LayerKind] = {
    kind.name: kind
    for kind in (
        LayerKind(
            "Conv2D",
            Category.CONVOLUTION,
            Text("finds small patterns everywhere in the image"),
            Text(
                "A convolution: a small window of weights, the kernel, slides over "
                "the image. At each "
                "position, the numbers under it are multiplied by its weights and "
                "summed. Each kernel "
                "gives one feature map, which shows where its pattern occurs."
            ),
            convolution_output,
            default_settings={"filters": 32, "kernel_size": 3, "activation": "relu"},
        ),
        LayerKind(
            "MaxPooling2D",
            Category.POOLING,
            Text("keeps the largest number of each window"),
            Text(
                "Keeps only the largest number of each small window, so the feature "
                "maps get smaller."
            ),
            pooling_output,
            default_settings={"pool_size": 2},
        ),
        LayerKind(
            "AveragePooling2D",
            Category.POOLING,
            Text("averages each window"),
            Text("Averages each small window, so the feature maps get smaller."),
            pooling_output,
            default_settings={"pool_size": 2},
        ),
        LayerKind(
            "BatchNormalization",
            Category.NORMALIZATION,
            Text("brings numbers to a common scale"),
            Text("Brings each feature map to a common scale, which makes training faster."),
            normalization_output,
            pointwise=True,
            default_settings={},
        ),
        LayerKind(
            "Activation",
            Category.ACTIVATION,
            Text("an activation function, such as relu"),
            Text(
                "Applies an activation function to each number. Without these "
                "functions, many layers "
                "could do no more than one."
            ),
            pointwise=True,
            default_settings={"activation": "relu"},
        ),
        _regularization(
            "Dropout",
            Text("drops random numbers during training"),
            Text("Does nothing now. During training, it sets a random share of the numbers to 0."),
            rate=0.25,
        ),
        LayerKind(
            "Flatten",
            Category.RESHAPING,
            Text("turns feature maps into one row of numbers"),
            Text("Arranges the feature maps as one long row of numbers, for the dense layers."),
            flatten_output,
            passes_values=True,
            default_settings={},
        ),
        LayerKind(
            "GlobalAveragePooling2D",
            Category.GLOBAL_POOLING,
            Text("averages each feature map"),
            Text("Averages each feature map to a single number."),
            global_pooling_output,
            default_settings={},
        ),
        LayerKind(
            "Dense",
            Category.DENSE,
            Text("connects every number with every unit"),
            Text("Each unit multiplies all inputs of the layer by its own weights and sums them."),
            dense_output,
            default_settings={"units": 128, "activation": "relu"},
        ),
        LayerKind(
            "GlobalMaxPooling2D",
            Category.GLOBAL_POOLING,
            Text("keeps the largest number of each feature map"),
            Text("Keeps only the largest number of each feature map."),
            global_pooling_output,
        ),
        _regularization(
            "SpatialDropout2D",
            Text("drops random feature maps during training"),
            Text("Does nothing now. During training, it sets random feature maps to 0."),
        ),
        _regularization(
            "GaussianNoise",
            Text("adds random numbers during training"),
            Text("Does nothing now. During training, it adds random numbers."),
        ),
        _regularization(
            "GaussianDropout",
            Text("multiplies by random numbers during training"),
            Text("Does nothing now. During training, it multiplies the numbers by random ones."),
        ),
        _regularization(
            "AlphaDropout",
            Text("drops random numbers during training"),
            Text(
                "Does nothing now. During training, it sets a random share of the "
                "numbers to a constant and rescales the others."
            ),
        ),
        LayerKind(
            "Rescaling",
            Category.SCALING,
            Text("multiplies by a constant"),
            Text("Scales the pixels from 0..255 to 0..1."),
            passes_values=True,
            pointwise=True,
        ),
        LayerKind(
            "Reshape",
            Category.RESHAPING,
            Text("gives the same numbers another shape"),
            Text("The same numbers, as an image with one channel."),
            output=None,
            passes_values=True,
            pointwise=True,  # as networks here use it: it only adds a channel
        ),
        LayerKind(
            "Permute",
            Category.RESHAPING,
            Text("swaps axes"),
            Text("The same numbers, with their axes in another order."),
            output=None,
            passes_values=True,
        ),
        LayerKind(
            "Identity",
            Category.RESHAPING,
            Text("does nothing"),
            Text("Does nothing."),
            passes_values=True,
            pointwise=True,
        ),
        _activation("ReLU"),
        _activation("LeakyReLU"),
        _activation("ELU"),
        _activation("PReLU", output=None),  # its parameters depend on `shared_axes`
    )
}


def describe_kind(name: str) -> str:
    """What layers of a kind do, in a sentence or two."""
    kind = KINDS.get(name)
    return kind.description if kind else Text("The layer {name} of Keras.", name=name)
