"""A recipe's network before training: its layers with weights drawn at random. No TensorFlow."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_core.models.layers import NetworkLayer
from mnist_core.models.litert import PIXELS
from mnist_core.recipes.kinds import needs_image
from mnist_core.recipes.recipe import OUTPUT, Layer, Recipe
from mnist_core.recipes.shapes import Shape, pair
from mnist_core.recipes.trace import trace


@dataclass(frozen=True)
class UntrainedNetwork:
    """A network that was never trained.

    Attributes:
        layers: the recipe's layers, from the first to the output.
    """

    layers: tuple[NetworkLayer, ...]


def untrained_network(recipe: Recipe) -> UntrainedNetwork | None:
    """The layers of a recipe, with weights as Keras draws them when nothing else is asked for.

    Kernels are drawn by the rule of Glorot and Bengio 2010, "Understanding the difficulty of
    training deep feedforward neural networks", eq. 16, https://proceedings.mlr.press/v9/glorot10a:
    evenly between -a and a with a = sqrt(6 / (inputs + outputs)). Biases are 0.

    Returns:
        None if only Keras knows the shapes of a layer.

    Raises:
        RecipeError: the network can't be built.
    """
    shapes = trace(recipe)
    if shapes is None:
        return None
    rng = np.random.default_rng(recipe.seed)
    layers, before = [], PIXELS
    shape: Shape = (28, 28)
    for layer, traced in zip(recipe.layers, shapes, strict=True):
        if needs_image(layer.kind) and len(shape) == 2:
            shape = (*shape, 1)
        units = {"units": recipe.classes} if layer == OUTPUT else {}
        settings = {**layer.settings, **units}
        weights = _weights(Layer(layer.kind, settings), shape, rng)
        if sum(values.size for values in weights.values()) != traced.parameters:
            return None
        layers.append(
            NetworkLayer(traced.name, layer.kind, settings, weights, before, shape, traced.output)
        )
        before, shape = traced.name, traced.output
    return UntrainedNetwork(tuple(layers))


def _weights(
    layer: Layer, shape: Shape, rng: np.random.Generator
) -> dict[str, NDArray[np.float32]]:
    """A layer's weights by Keras's names, for an input of that shape."""
    if layer.kind == "BatchNormalization":
        values = {"gamma": 1, "beta": 0, "moving_mean": 0, "moving_variance": 1}
        return {name: np.full(shape[-1], value, np.float32) for name, value in values.items()}
    if layer.kind == "Dense":
        kernel: Shape
        kernel, outputs = (shape[-1], layer.settings["units"]), layer.settings["units"]
        field = 1
    elif layer.kind == "Conv2D":
        window, outputs = pair(layer.settings["kernel_size"]), layer.settings["filters"]
        kernel = (*window, shape[-1] // layer.settings.get("groups", 1), outputs)
        field = math.prod(window)
    else:
        return {}
    limit = math.sqrt(6 / (field * (kernel[-2] + outputs)))
    weights = {"kernel": rng.uniform(-limit, limit, kernel).astype(np.float32)}
    if layer.settings.get("use_bias", True):
        weights["bias"] = np.zeros(outputs, np.float32)
    return weights
