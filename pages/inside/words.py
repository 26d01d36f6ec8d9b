"""What layers and activations are, in a sentence each, for people."""

from mnist_core.models.layers import NetworkLayer
from mnist_core.recipes.kinds import describe_kind

ACTIVATIONS = {
    "relu": "negative numbers become 0",
    "sigmoid": "1 / (1 + e^−x), between 0 and 1",
    "tanh": "between −1 and 1",
    "softmax": "probabilities that add up to 1",
    "elu": "below 0: e^x − 1",
    "selu": "below 0: e^x − 1, all scaled",
    "gelu": "x times the cumulative normal distribution at x",
    "silu": "x / (1 + e^−x)",
    "leaky_relu": "negative numbers are multiplied by 0.2",
    "softplus": "log(1 + e^x): a smooth relu",
}


def shape_words(shape: tuple[int, ...]) -> str:
    """Such as `26 x 26 x 32`."""
    return " x ".join(map(str, shape))


def in_short(layer: NetworkLayer) -> str:
    """A layer in a line: shape, parameters, activation."""
    parts = [shape_words(layer.output_shape)]
    if layer.parameters:
        parts.append(f"{layer.parameters:,} parameters")
    if layer.activation:
        parts.append(layer.activation)
    return " · ".join(parts)


def in_words(layer: NetworkLayer) -> str:
    """What a layer of this kind does."""
    return describe_kind(layer.kind)
