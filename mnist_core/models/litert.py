"""A network in its LiteRT form: answers without TensorFlow.

LiteRT (`ai-edge-litert`) is Google's runtime for exported Keras models. It imports in a tenth
of TensorFlow's time and answers one image in well under a millisecond; see
`python -m benchmarks.runtimes` for the figures.
"""

import os
import threading
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.errors import ModelError
from mnist_core.i18n import Text
from mnist_core.system.quiet import quiet_stderr

if TYPE_CHECKING:
    import keras

PIXELS = "pixels"  # the name of the input, as `mnist_core.recipes.build.build_model` gives it
BATCH = 50  # images per call for many images: larger batches are not faster
TOLERANCE = 1e-4  # most that a probability may differ between two forms of a network


class LiteFunction:
    """A LiteRT file as a function of named arrays.

    Weights that are inputs keep their values until they are set again. Not safe for use by several
    threads at the same time.

    Args:
        content: the file.
        batch: images per call, in the input `pixels`.
        threads: used by each call.

    Attributes:
        batch: as given.
        outputs: the names of the outputs.

    Raises:
        ValueError, RuntimeError, KeyError: the content is not a LiteRT file with that input.
    """

    def __init__(self, content: bytes, batch: int = 1, threads: int = 1) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self.batch = batch
        self._interpreter = Interpreter(model_content=content, num_threads=threads)
        self._inputs, self._outputs = _tensor_indices(self._interpreter)
        self._interpreter.resize_tensor_input(self._inputs[PIXELS], (batch, 28, 28))
        self._interpreter.allocate_tensors()
        self.outputs = tuple(self._outputs)

    def set_weights(self, weights: Mapping[str, NDArray[np.float32]]) -> None:
        """Set all inputs but `pixels`.

        Args:
            weights: by the inputs' names; others are left out.

        Raises:
            KeyError: an input is missing.
            ValueError: a shape is not that of its input.
        """
        for name, index in self._inputs.items():
            if name != PIXELS:
                self._interpreter.set_tensor(index, weights[name])

    def __call__(
        self, images: NDArray[Any], names: Iterable[str] | None = None
    ) -> dict[str, NDArray[np.float32]]:
        """The outputs for images.

        Args:
            images: `(n, 28, 28)` with n up to `batch`, 0 paper to 255 ink.
            names: of the outputs; None means all.

        Returns:
            By name, float32 arrays of shape `(n, ...)`.
        """
        pixels = np.asarray(images, np.float32)
        if len(pixels) < self.batch:
            pixels = np.concatenate(
                [pixels, np.zeros((self.batch - len(pixels), 28, 28), np.float32)]
            )
        self._interpreter.set_tensor(self._inputs[PIXELS], pixels)
        self._interpreter.invoke()
        return {
            name: self._interpreter.get_tensor(self._outputs[name])[: len(images)]
            for name in (self.outputs if names is None else names)
        }


def _tensor_indices(interpreter: Any) -> tuple[dict[str, int], dict[str, int]]:
    """The indices of a LiteRT file's inputs and outputs, by name.

    The names are those of the file's signature. Calling the signature's runner itself would set
    all inputs, weights included, and copy all outputs in each call, so the tensors are set and
    read by their indices. Files stored before there were signatures have the inputs' names with
    a prefix; their outputs are called `output_0`, `output_1`, ... in their order.
    """
    if interpreter.get_signature_list():
        runner = interpreter.get_signature_runner()
        inputs, outputs = runner.get_input_details(), runner.get_output_details()
    else:
        inputs = {
            details["name"].removeprefix("serving_default_").split(":")[0]: details
            for details in interpreter.get_input_details()
        }
        outputs = {
            f"output_{index}": details
            for index, details in enumerate(interpreter.get_output_details())
        }
    return (
        {name: int(details["index"]) for name, details in inputs.items()},
        {name: int(details["index"]) for name, details in outputs.items()},
    )


class LiteNetwork:
    """An exported network: `(n, 28, 28)` pixels 0..255 -> `(n, 10)` probabilities.

    A network that knows "not a digit" gives `(n, 11)`, with that class last. It may be used from
    several threads; each call waits for the one before it.

    Raises:
        ModelError: the content is not a network with these inputs and outputs.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._lock = threading.Lock()
        self.classes = 10
        self._single = self._load(batch=1, threads=1)
        self._many: LiteFunction | None = None

    def predict(self, images: NDArray[Any]) -> NDArray[np.float32]:
        """Probabilities of the ten digits, and of "not a digit" if the network knows it.

        Args:
            images: `(n, 28, 28)`, 0 paper to 255 ink, uint8 or float.

        Returns:
            `(n, 10)` or `(n, 11)`; each row sums to 1.

        Raises:
            ValueError: the images have another shape.
        """
        images = checked_images(images)
        probabilities = np.empty((len(images), self.classes), np.float32)
        with self._lock:
            function = self._single
            if len(images) >= BATCH:
                if self._many is None:
                    self._many = self._load(BATCH, threads=os.cpu_count() or 1)
                function = self._many
            for start in range(0, len(images), function.batch):
                part = slice(start, start + function.batch)
                (probabilities[part],) = function(images[part]).values()
        return probabilities

    def _load(self, batch: int, threads: int) -> LiteFunction:
        try:
            function = LiteFunction(self._content, batch, threads)
            (output,) = function(np.zeros((batch, 28, 28), np.float32)).values()
        except (ValueError, RuntimeError, KeyError) as error:
            raise ModelError(
                Text("This is not a LiteRT network for 28x28 images ({error}).", error=str(error))
            ) from error
        if output.shape not in ((batch, 10), (batch, 11)):
            raise ModelError(
                Text(
                    "Expected a network whose output has shape ({n}, 10) or ({n}, 11). "
                    "Received: {shape}",
                    n=batch,
                    shape=str(output.shape),
                )
            )
        self.classes = output.shape[1]
        return function


def checked_images(images: NDArray[Any]) -> NDArray[Any]:
    """Images as an array.

    Raises:
        ValueError: their shape isn't `(n, 28, 28)`.
    """
    images = np.asarray(images)
    if images.ndim != 3 or images.shape[1:] != (28, 28):
        raise ValueError(f"Expected images of shape (n, 28, 28). Received: shape {images.shape}")
    return images


def digit_probabilities(probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
    """The probabilities of the ten digits, given that the image shows a digit.

    Args:
        probabilities: `(n, 10)`, or `(n, 11)` with "not a digit" last.

    Returns:
        `(n, 10)`; each row sums to 1.
    """
    if probabilities.shape[1] == 10:
        return probabilities
    digits = np.maximum(probabilities[:, :10], 1e-30)  # else a row could be nothing but zeros
    return digits / digits.sum(axis=1, keepdims=True)


def export_with_weights(model: "keras.Model", weights: "Mapping[str, keras.Variable]") -> bytes:
    """A Keras model as a LiteRT function of the input `pixels` and of its weights.

    The weights are inputs and not in the file, so it takes a few kilobytes, and one file serves
    the weights of every epoch. Imports TensorFlow.

    Args:
        model: takes `(n, 28, 28)`. If its output is a dictionary, the function's outputs have the
            dictionary's keys as names; a single output is called `output`.
        weights: all of the model's weights by the names that the function's inputs get.

    Returns:
        The file, which `LiteFunction` runs.
    """
    import keras
    import tensorflow as tf

    index_of = {id(weight): index for index, weight in enumerate(weights.values())}
    # A variable that is no weight is a dropout's random state, which no output depends on.
    constants = {
        id(variable): tf.constant(keras.ops.convert_to_numpy(variable))
        for variable in model.variables
        if id(variable) not in index_of
    }

    def compute(pixels: Any, *values: Any) -> dict[str, Any]:
        trainable, non_trainable = (
            [
                values[index_of[id(variable)]]
                if id(variable) in index_of
                else constants[id(variable)]
                for variable in variables
            ]
            for variables in (model.trainable_variables, model.non_trainable_variables)
        )
        outputs, _ = model.stateless_call(trainable, non_trainable, pixels, training=False)
        if not isinstance(outputs, dict):
            outputs = {"output": outputs}
        # Each output is a tensor of its own, also that of a layer that returns its input.
        return {name: tf.identity(output) for name, output in outputs.items()}

    module = tf.Module()
    module.compute = tf.function(
        compute,
        input_signature=[
            tf.TensorSpec((None, 28, 28), tf.float32, name=PIXELS),
            *(
                tf.TensorSpec(weight.shape, tf.float32, name=name)
                for name, weight in weights.items()
            ),
        ],
    )
    with quiet_stderr():
        function = module.compute.get_concrete_function()
        # With the module, the converter keeps the names of inputs and outputs as a signature.
        converter = tf.lite.TFLiteConverter.from_concrete_functions([function], module)
        content: bytes = converter.convert()
    return content
