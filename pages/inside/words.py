"""What layers and activations are, in a sentence each, for people."""

from mnist_core.models.layers import NetworkLayer
from mnist_core.recipes.kinds import describe_kind

ACTIVATIONS = {
    "relu": "what is below 0 becomes 0",
    "sigmoid": "1 / (1 + e^−x): squeezed between 0 and 1",
    "tanh": "squeezed between −1 and 1",
    "softmax": "shares that add up to 1",
    "elu": "below 0: e^x − 1",
    "selu": "below 0: e^x − 1, and all of it scaled",
    "gelu": "x times the share of a bell curve that lies below x",
    "silu": "x / (1 + e^−x)",
    "leaky_relu": "what is below 0 becomes a fifth of it",
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
