"""What layers and activations are, in a sentence each, for people."""

from mnist_core.i18n import Text, _, ngettext
from mnist_core.models.layers import NetworkLayer
from mnist_core.recipes.kinds import describe_kind

ACTIVATIONS = {
    "relu": Text("negative numbers become 0"),
    "sigmoid": Text("1 / (1 + e^−x), between 0 and 1"),
    "tanh": Text("between −1 and 1"),
    "softmax": Text("probabilities that add up to 1"),
    "elu": Text("below 0: e^x − 1"),
    "selu": Text("below 0: e^x − 1, all scaled"),
    "gelu": Text("x times the cumulative normal distribution at x"),
    "silu": "x / (1 + e^−x)",
    "leaky_relu": Text("negative numbers are multiplied by 0.2"),
    "softplus": Text("log(1 + e^x): a smooth relu"),
}


def shape_words(shape: tuple[int, ...]) -> str:
    """Such as `26 x 26 x 32`."""
    return " x ".join(map(str, shape))


def in_short(layer: NetworkLayer) -> str:
    """A layer in a line: shape, parameters, activation."""
    parts = [shape_words(layer.output_shape)]
    if layer.parameters:
        parts.append(ngettext("{n:,} parameter", "{n:,} parameters", layer.parameters))
    if layer.activation:
        parts.append(layer.activation)
    return " · ".join(parts)


def in_words(layer: NetworkLayer) -> str:
    """What a layer of this kind does."""
    return _(describe_kind(layer.kind))
