"""What every layer of a stored network computes for an image, and its weights. No TensorFlow.

Beside the network itself, a stored model has an export whose outputs are those of all its layers
(the kind `layers` of `mnist_core.models.store`). LiteRT runs it in about a millisecond. The
weights are inputs of it and lie in a file of their own (`mnist_core.models.layer_weights`).
"""

import os
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.errors import ModelError
from mnist_core.i18n import Text
from mnist_core.models.layer_weights import (
    LayerDefinition,
    decode_layers,
    define_layers,
    encode_layers,
    load_layers,
)
from mnist_core.models.litert import (
    BATCH,
    PIXELS,
    TOLERANCE,
    LiteFunction,
    checked_images,
    export_with_weights,
)
from mnist_core.models.store import StoredModel
from mnist_core.system.quiet import quiet_stderr

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class NetworkLayer(LayerDefinition):
    """A layer of a network.

    Beside the recipe's layers, a network has `scale` and `channel` in front of them where it
    needs them; the last layer is `output`.

    Attributes:
        before: the name of the layer whose output is its input; `pixels` for the first layer.
        input_shape, output_shape: for one image, such as (26, 26, 32): height, width, channels.
    """

    before: str
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]

    @property
    def parameters(self) -> int:
        """The number of its parameters, trainable or not."""
        return sum(weights.size for weights in self.weights.values())

    @property
    def arithmetic(self) -> str:
        """How `parameters` adds up, such as `3 x 3 x 1 x 32 + 32`; "" without parameters."""
        shapes = [" x ".join(map(str, weights.shape)) for weights in self.weights.values()]
        same = len(shapes) > 2 and len(set(shapes)) == 1
        return f"{len(shapes)} x {shapes[0]}" if same else " + ".join(shapes)

    @property
    def activation(self) -> str:
        """The name of its activation function, such as `relu`; "" without one."""
        name = self.settings.get("activation")
        return name if isinstance(name, str) and name != "linear" else ""


class LayerNetwork:
    """A network that gives the output of each of its layers.

    It may be used from several threads. A call waits for the one before it, but a call for few
    images never waits for one for many.

    Args:
        content: the LiteRT file with the outputs of all layers.
        layers: the layers of the same network, from the input to the answer.

    Raises:
        ModelError: the content is no such file, or it belongs to another network.

    Attributes:
        layers: from the first layer after the pixels to the answer.
    """

    def __init__(self, content: bytes, layers: Sequence[LayerDefinition]) -> None:
        self._content = content
        self._weights = {
            _input_name(layer.name, index): weights
            for layer in layers
            for index, weights in enumerate(layer.weights.values())
        }
        self._locks = {"single": threading.Lock(), "many": threading.Lock()}
        self._many: LiteFunction | None = None
        try:
            self._single = self._load(batch=1, threads=1)
            self._output_of = _outputs_by_layer(self._single, [layer.name for layer in layers])
            self.layers = tuple(self._with_shapes(layers))
        except (KeyError, ValueError, RuntimeError) as error:
            raise ModelError(
                Text(
                    "This network can't be looked into: the file with its layers' outputs is "
                    "damaged or belongs to another network ({error}).",
                    error=repr(error),
                )
            ) from error

    @classmethod
    def load(cls, model: StoredModel) -> "LayerNetwork":
        """The layers of a stored model.

        Raises:
            ModelError: its files are missing, cut or altered, or it was stored without the file
                `layers` (`mnist_core.models.train_or_load.add_layers` makes it).
        """
        return cls(model.read("layers"), load_layers(model))

    @property
    def names(self) -> list[str]:
        """The layers' names, from the input to the answer."""
        return [layer.name for layer in self.layers]

    def layer(self, name: str) -> NetworkLayer:
        """The layer of that name.

        Raises:
            ModelError: there is none.
        """
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise ModelError(
            Text(
                "There is no layer {name!r}. There are: {names}.",
                name=name,
                names=", ".join(self.names),
            )
        )

    def outputs(
        self, images: NDArray[Any], names: Iterable[str] | None = None
    ) -> dict[str, NDArray[np.float32]]:
        """The outputs of layers for images.

        Args:
            images: `(n, 28, 28)`, 0 paper to 255 ink, uint8 or float.
            names: of the layers; None means all. `pixels` is the input itself.

        Returns:
            By name, float32 arrays of shape `(n, *layer.output_shape)`, in the order of `names`.

        Raises:
            ModelError: there is no layer of one of these names.
            ValueError: the images have another shape.
        """
        names = list(self.names if names is None else names)
        outputs = {
            name: np.empty((len(images), *self._output_shape(name)), np.float32) for name in names
        }
        for start, part in self.stream(images, names):
            for name, values in part.items():
                outputs[name][start : start + len(values)] = values
        return outputs

    def stream(
        self, images: NDArray[Any], names: Iterable[str]
    ) -> Iterator[tuple[int, dict[str, NDArray[np.float32]]]]:
        """The same in parts of at most `BATCH` images, where all outputs would fill the memory.

        Yields:
            (index of the part's first image, outputs by name).
        """
        images, names = checked_images(images), list(names)
        many = len(images) >= BATCH
        size = BATCH if many else 1
        for start in range(0, len(images), size):
            with self._locks["many" if many else "single"]:
                if many and self._many is None:
                    self._many = self._load(BATCH, threads=os.cpu_count() or 1)
                function = self._many if many and self._many else self._single
                outputs = self._run(function, images[start : start + size], names)
            yield start, outputs

    def _load(self, batch: int, threads: int) -> LiteFunction:
        with quiet_stderr():
            function = LiteFunction(self._content, batch, threads)
        function.set_weights(self._weights)
        return function

    def _run(
        self, function: LiteFunction, images: NDArray[Any], names: Iterable[str]
    ) -> dict[str, NDArray[np.float32]]:
        names = list(names)
        outputs = function(images, [self._output_of[name] for name in names if name != PIXELS])
        return {
            name: np.asarray(images, np.float32)
            if name == PIXELS
            else outputs[self._output_of[name]]
            for name in names
        }

    def _output_shape(self, name: str) -> tuple[int, ...]:
        return (28, 28) if name == PIXELS else self.layer(name).output_shape

    def _with_shapes(self, layers: Sequence[LayerDefinition]) -> Iterator[NetworkLayer]:
        outputs = self._run(self._single, np.zeros((1, 28, 28), np.float32), self._output_of)
        before, shape = PIXELS, (28, 28)
        for layer in layers:
            output_shape = outputs[layer.name].shape[1:]
            yield NetworkLayer(
                layer.name, layer.kind, layer.settings, layer.weights, before, shape, output_shape
            )
            before, shape = layer.name, output_shape


def _outputs_by_layer(function: LiteFunction, names: Sequence[str]) -> dict[str, str]:
    """Which output of the export is that of which layer.

    Exports that were stored before their outputs had names have them in the layers' order.

    Raises:
        ValueError: it has not as many outputs as there are layers.
    """
    if set(function.outputs) == set(names):
        return {name: name for name in names}
    return dict(zip(names, function.outputs, strict=True))


def export_layers(model: "keras.Model") -> bytes:
    """A network as a LiteRT function of pixels and all its weights: the output of every layer.

    Imports TensorFlow. The layers must follow one another, as those of a recipe do. The weights
    are not in the file, so it takes a few kilobytes.
    """
    import keras

    layers = model.layers[1:]  # the first is the input
    all_outputs = keras.Model(model.input, {layer.name: layer.output for layer in layers})
    weights: Mapping[str, keras.Variable] = {
        _input_name(layer.name, index): weight
        for layer in layers
        for index, weight in enumerate(layer.weights)
    }
    return export_with_weights(all_outputs, weights)


def layer_files(model: "keras.Model", images: NDArray[np.uint8]) -> dict[str, bytes]:
    """The files `layers` and `weights` of a stored model, checked against Keras.

    They are there to look into the network only. So a layer that LiteRT can't run alone must not
    cost the training, and there are no such files of that network.

    Args:
        images: `(n, 28, 28)`, for which every layer must give what it gives in Keras, up to
            `TOLERANCE` of its largest output.

    Returns:
        The content by kind; {} where it can't be made.
    """
    import keras

    try:
        files = {"layers": export_layers(model), "weights": encode_layers(define_layers(model))}
        network = LayerNetwork(files["layers"], decode_layers(files["weights"]))
        outputs = network.outputs(images)
    except Exception:  # whatever a converter may raise
        return {}
    layers = model.layers[1:]
    all_outputs = keras.Model(model.input, {layer.name: layer.output for layer in layers})
    with keras.device("cpu"):  # a GPU's shortened floats (TF32) would differ by more
        expected = all_outputs(images.astype(np.float32), training=False)
    for name, output in outputs.items():
        reference = np.asarray(expected[name])
        scale = max(1.0, float(np.abs(reference).max()))
        if not np.abs(output - reference).max() <= TOLERANCE * scale:
            return {}
    return files


def _input_name(layer: str, index: int) -> str:
    """The name of a weight, by its index in Keras's order, among the inputs of the export."""
    return f"{layer}__{index}"
