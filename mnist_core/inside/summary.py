"""A network's structure as text."""

from collections.abc import Sequence
from typing import Protocol

from mnist_core.i18n import ngettext
from mnist_core.models.layers import NetworkLayer
from mnist_core.models.litert import PIXELS

NON_TRAINABLE = ("moving_mean", "moving_variance")


class Layers(Protocol):
    """What has layers: a stored network, or one that was never trained."""

    @property
    def layers(self) -> Sequence[NetworkLayer]:
        """From the first layer after the pixels to the answer."""
        ...


def summary(network: Layers, name: str) -> str:
    """A network as text, as Keras's `model.summary()` prints it."""
    rows = [
        ("Layer (type)", "Output Shape", "Param #"),
        (f"{PIXELS} (InputLayer)", _batch_shape((28, 28)), "0"),
    ]
    rows += [
        (
            f"{layer.name} ({layer.kind})",
            _batch_shape(layer.output_shape),
            f"{layer.parameters:,}",
        )
        for layer in network.layers
    ]
    widths = [max(len(row[column]) for row in rows) + 2 for column in range(3)]
    lines = [
        f"{row[0]:<{widths[0]}}{row[1]:<{widths[1]}}{row[2]:>{widths[2]}}".rstrip() for row in rows
    ]
    rule = "─" * sum(widths)
    total = parameter_count(network)
    non_trainable = sum(
        layer.weights[key].size
        for layer in network.layers
        for key in NON_TRAINABLE
        if key in layer.weights
    )
    return "\n".join(
        [
            f'Model: "{name}"',
            rule,
            lines[0],
            rule,
            *lines[1:],
            rule,
            f"Total params: {total:,} ({4 * total / 1024:.2f} KB)",
            f"Trainable params: {total - non_trainable:,}",
            f"Non-trainable params: {non_trainable:,}",
        ]
    )


def layer_summary(layer: NetworkLayer) -> list[str]:
    """A layer in a few lines: kind, output shape, parameters, activation function.

    They are in the reader's language.
    """
    lines = [layer.kind, " x ".join(map(str, layer.output_shape))]
    if layer.parameters:
        parameters = ngettext("{n:,} parameter", "{n:,} parameters", layer.parameters)
        lines += [parameters, f"= {layer.arithmetic}"]
    return [*lines, layer.activation] if layer.activation else lines


def parameter_count(network: Layers) -> int:
    """The number of a network's parameters, trainable or not."""
    return sum(layer.parameters for layer in network.layers)


def _batch_shape(shape: Sequence[int]) -> str:
    return f"({', '.join(['None', *map(str, shape)])})"
