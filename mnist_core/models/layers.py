"""Every layer of a stored network: what it gives for an image, and its weights. No TensorFlow.

Beside the network itself a stored model has an export of it whose outputs are those of all its
layers (the kind `layers` of `mnist_core.models.store`). LiteRT runs it in about a millisecond. The
weights are inputs of it; they, and what the layers are, are read from the `.keras` file, which is
a zip of a JSON and an HDF5 file.
"""

import io
import json
import os
import threading
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.errors import ModelError
from mnist_core.models.store import StoredModel
from mnist_core.system.quiet import quiet_stderr

if TYPE_CHECKING:
    import keras

PIXELS = "pixels"  # the name of the input, as `mnist_core.recipes.build.build_model` gives it
BATCH = 50  # images per call for many images, as in `mnist_core.models.litert`
WEIGHTS = {
    "Dense": ("kernel", "bias"),
    "Conv2D": ("kernel", "bias"),
    "BatchNormalization": ("gamma", "beta", "moving_mean", "moving_variance"),
}


@dataclass(frozen=True)
class NetworkLayer:
    """One layer of a network.

    Attributes:
        name: its own, such as `conv2d_1`; `scale` and `channel` are those that a network has in
            front of the recipe's layers, `output` is the last.
        kind: the name of its class in `keras.layers`.
        settings: its arguments, as Keras writes them.
        before: the name of the layer that it gets its input from; `pixels` for the first.
        input_shape, output_shape: for one image, such as (26, 26, 32): height, width, maps.
        weights: float32 arrays by name. `kernel` is (height, width, maps in, maps out) of a
            Conv2D and (inputs, units) of a Dense layer.
    """

    name: str
    kind: str
    settings: Mapping[str, Any]
    before: str
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    weights: Mapping[str, NDArray[np.float32]] = field(repr=False)

    @property
    def parameters(self) -> int:
        """How many numbers it has, learned or kept."""
        return sum(weights.size for weights in self.weights.values())

    @property
    def arithmetic(self) -> str:
        """How that number comes about, such as `3 x 3 x 1 x 32 + 32`; "" where there are none."""
        shapes = [" x ".join(map(str, weights.shape)) for weights in self.weights.values()]
        same = len(shapes) > 2 and len(set(shapes)) == 1
        return f"{len(shapes)} x {shapes[0]}" if same else " + ".join(shapes)

    @property
    def activation(self) -> str:
        """The name of the function that bends its sums, such as `relu`; "" without one."""
        name = self.settings.get("activation")
        return name if isinstance(name, str) and name != "linear" else ""


class LayerNetwork:
    """A network that tells what each of its layers gives.

    May be used from several threads; a call waits for the one before it, but one for few images
    never for one for many.

    Args:
        content: the export with the outputs of all layers.
        keras_file: the content of the `.keras` file of the same network.

    Raises:
        ModelError: they are no such files, or not of the same network.

    Attributes:
        layers: from the first after the pixels to the answer.
    """

    def __init__(self, content: bytes, keras_file: bytes) -> None:
        self._content = content
        self._locks = {True: threading.Lock(), False: threading.Lock()}  # for one, for many
        try:
            with zipfile.ZipFile(io.BytesIO(keras_file)) as file:
                layers = json.loads(file.read("config.json"))["config"]["layers"]
                self._weights = _read_weights(file.read("model.weights.h5"))
            layers = [one for one in layers if one["class_name"] != "InputLayer"]
            self._single = self._interpreter(1, threads=1)
            self._many: Any = None
            outputs = [one["index"] for one in self._single.get_output_details()]
            names = [one["config"]["name"] for one in layers]
            self._places = dict(zip(names, outputs, strict=True))
            self.layers = tuple(self._described(layers))
        except _READ_ERRORS as error:
            raise ModelError(
                "This network can't be looked into: its export with all layers is cut, or of "
                f"another network ({error!r})."
            ) from error

    @classmethod
    def load(cls, model: StoredModel) -> "LayerNetwork":
        """The layers of a stored model.

        Raises:
            ModelError: its files are missing, cut or altered, or it has no export of its layers
                (`mnist_core.models.train_or_load.add_layers` makes one).
        """
        return cls(model.read("layers"), model.read("keras"))

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
        raise ModelError(f"There is no layer {name!r}. There are: {', '.join(self.names)}.")

    def outputs(
        self, images: NDArray[Any], names: Iterable[str] | None = None
    ) -> dict[str, NDArray[np.float32]]:
        """What layers give for images.

        Args:
            images: `(n, 28, 28)`, 0 paper to 255 ink, uint8 or float.
            names: of the layers; None is all. `pixels` is the input itself.

        Returns:
            By name, float32 of shape `(n, *layer.output_shape)`, in the order of `names`.
        """
        wanted = list(self.names if names is None else names)
        shapes = {PIXELS: (28, 28)} | {one.name: one.output_shape for one in self.layers}
        for name in wanted:
            if name not in shapes:
                self.layer(name)  # says which there are
        given = {name: np.empty((len(images), *shapes[name]), np.float32) for name in wanted}
        for start, part in self.stream(images, wanted):
            for name, values in part.items():
                given[name][start : start + len(values)] = values
        return given

    def stream(
        self, images: NDArray[Any], names: Iterable[str]
    ) -> Iterator[tuple[int, dict[str, NDArray[np.float32]]]]:
        """The same in parts of at most `BATCH` images, for sets whose outputs would fill memory.

        Yields:
            (index of the part's first image, outputs by name).
        """
        images = np.asarray(images)
        if images.ndim != 3 or images.shape[1:] != (28, 28):
            raise ValueError(
                f"Expected images of shape (n, 28, 28). Received: shape {images.shape}"
            )
        names = list(names)
        size = BATCH if len(images) >= BATCH else 1
        for start in range(0, len(images), size):
            part = images[start : start + size].astype(np.float32)
            with self._locks[size == 1]:
                given = self._run(part, size, names)
            yield start, given

    def _run(
        self, part: NDArray[np.float32], size: int, names: Iterable[str]
    ) -> dict[str, NDArray[np.float32]]:
        if size == 1:
            interpreter = self._single
        else:
            if self._many is None:
                self._many = self._interpreter(size, threads=os.cpu_count() or 1)
            interpreter = self._many
        filled = np.zeros((size, 28, 28), np.float32)
        filled[: len(part)] = part
        interpreter.set_tensor(_inputs(interpreter)[PIXELS], filled)
        interpreter.invoke()
        return {
            name: part
            if name == PIXELS
            else interpreter.get_tensor(self._places[name])[: len(part)]
            for name in names
        }

    def _interpreter(self, size: int, threads: int) -> Any:
        from ai_edge_litert.interpreter import Interpreter

        with quiet_stderr():
            interpreter = Interpreter(model_content=self._content, num_threads=threads)
            inputs = _inputs(interpreter)
            interpreter.resize_tensor_input(inputs.pop(PIXELS), (size, 28, 28))
            interpreter.allocate_tensors()
        for name, index in inputs.items():
            layer, place = name.split("__")
            interpreter.set_tensor(index, self._weights[layer][int(place)])
        return interpreter

    def _described(self, layers: list[Any]) -> Iterator[NetworkLayer]:
        given = self._run(np.zeros((1, 28, 28), np.float32), 1, self._places)
        before, shape = PIXELS, (28, 28)
        for one in layers:
            name, kind, settings = one["config"]["name"], one["class_name"], one["config"]
            output = given[name].shape[1:]
            weights = _named(kind, settings, self._weights.get(name, []))
            yield NetworkLayer(name, kind, settings, before, shape, output, weights)
            before, shape = name, output


_READ_ERRORS = (
    OSError,
    EOFError,
    KeyError,
    ValueError,
    TypeError,
    IndexError,
    RuntimeError,
    zipfile.BadZipFile,
)


def _inputs(interpreter: Any) -> dict[str, int]:
    """Where the interpreter wants its inputs, by the names that `export_layers` gave them."""
    return {
        one["name"].removeprefix("serving_default_").split(":")[0]: int(one["index"])
        for one in interpreter.get_input_details()
    }


def _read_weights(content: bytes) -> dict[str, list[NDArray[np.float32]]]:
    """The weights of each layer, by its name, in Keras's order."""
    import h5py

    found: dict[str, list[NDArray[np.float32]]] = {}
    with h5py.File(io.BytesIO(content), "r") as file:
        for group in file["layers"].values():
            kept = group["vars"]
            found[str(kept.attrs["name"])] = [
                np.asarray(kept[str(place)], np.float32) for place in range(len(kept))
            ]
    return found


def _named(
    kind: str, settings: Mapping[str, Any], weights: list[NDArray[np.float32]]
) -> dict[str, NDArray[np.float32]]:
    left_out = {
        "bias": not settings.get("use_bias", True),
        "gamma": not settings.get("scale", True),
        "beta": not settings.get("center", True),
    }
    names = [name for name in WEIGHTS.get(kind, ()) if not left_out.get(name, False)]
    if len(names) != len(weights):
        names = [f"weights {number}" for number in range(1, len(weights) + 1)]
    return dict(zip(names, weights, strict=True))


def export_layers(model: "keras.Model") -> bytes:
    """The network as a LiteRT function of pixels and all its weights: every layer's output.

    Imports TensorFlow. The layers must follow one another, as those of a recipe do. The weights
    are not in it, so it is a few kilobytes large.
    """
    import keras
    import tensorflow as tf

    layers = model.layers[1:]  # the first is the input
    every = keras.Model(model.input, [one.output for one in layers])
    weights = [
        (_input_name(one.name, place), weight)
        for one in layers
        for place, weight in enumerate(one.weights)
    ]
    places = {id(weight): place for place, (_, weight) in enumerate(weights)}

    def answer(pixels: Any, *values: Any) -> Any:
        def given(variables: Any) -> list[Any]:
            # What is no weight is a dropout's chance, which plays no part in an answer.
            return [values[places[id(v)]] if id(v) in places else v.value for v in variables]

        state = given(every.trainable_variables), given(every.non_trainable_variables)
        outputs = every.stateless_call(*state, pixels, training=False)[0]
        # One of its own for each, also for a layer that gives what it gets.
        return [tf.identity(x) for x in keras.tree.flatten(outputs)]

    wanted = [
        tf.TensorSpec((None, 28, 28), tf.float32, name=PIXELS),
        *(tf.TensorSpec(weight.shape, tf.float32, name=name) for name, weight in weights),
    ]
    with quiet_stderr():
        function = tf.function(answer, input_signature=wanted).get_concrete_function()
        content: bytes = tf.lite.TFLiteConverter.from_concrete_functions([function]).convert()
    return content


def _input_name(layer: str, place: int) -> str:
    """What a layer's weight, in Keras's order, is called among the inputs of the export."""
    return f"{layer}__{place}"
