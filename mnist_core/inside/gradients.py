"""A stored network with the gradients of its logits by the pixels. Imports TensorFlow when used.

Pages have this called by `mnist_core.system.tensorflow_process`, which has TensorFlow loaded.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mnist_core.models.keras_network import import_tensorflow, load_keras_network
from mnist_core.models.litert import checked_images
from mnist_core.models.store import StoredModel

if TYPE_CHECKING:
    import keras

MAX_LOADED = 6  # networks that a process keeps


@dataclass(frozen=True)
class GradientNetwork:
    """A loaded network, and what is made from it once, as making it again would fill the memory.

    Attributes:
        network: the Keras model.
        logits: the input of its last layer's softmax, as a Keras tensor.
        gradients: `(n, 28, 28)` pixels and `(n, classes)` weights of the logits -> the logits,
            `(n, classes)`, and the gradients of their weighted sum, `(n, 28, 28)`; compiled.
        with_feature_maps: layer's name -> the model that gives its feature maps and the logits.
    """

    network: "keras.Model"
    logits: Any
    gradients: Callable[[Any, Any], tuple[Any, Any]]
    with_feature_maps: "dict[str, keras.Model]" = field(default_factory=dict)

    @property
    def classes(self) -> int:
        """The number of its outputs: 10, or 11 with "not a digit"."""
        return int(self.network.output_shape[-1])


_loaded: dict[str, GradientNetwork] = {}  # by the SHA-256 of the network's file


def load_gradients(model: StoredModel) -> GradientNetwork:
    """Load a stored model's network, once per process.

    Raises:
        ModelError: its file is missing, cut or altered.
    """
    digest = str(model.card["files"]["keras"]["sha256"])
    if digest not in _loaded:
        content = model.read("keras")
        tf = import_tensorflow()
        import keras

        network = load_keras_network(content)
        logits = logits_of(network)
        to_logits = keras.Model(network.input, logits)

        def gradients(pixels: Any, weights: Any) -> tuple[Any, Any]:
            with tf.GradientTape() as tape:
                tape.watch(pixels)
                outputs = to_logits(pixels, training=False)
                # An image's logits depend on that image alone, so the gradient of the sum over
                # all images is each image's own.
                total = tf.reduce_sum(outputs * weights)
            return outputs, tape.gradient(total, pixels)

        signature = [tf.TensorSpec((None, 28, 28)), tf.TensorSpec((None, network.output_shape[-1]))]
        while len(_loaded) >= MAX_LOADED:
            del _loaded[next(iter(_loaded))]
        compiled = tf.function(gradients, input_signature=signature)
        _loaded[digest] = GradientNetwork(network, logits, compiled)
    return _loaded[digest]


def logits_of(network: "keras.Model") -> Any:
    """The input of the last layer's softmax; without softmax, the logarithm of the output."""
    import keras

    last = network.layers[-1]
    softmax = getattr(last, "activation", None) is keras.activations.softmax
    if softmax and isinstance(last, keras.layers.Dense):
        linear = keras.layers.Dense.from_config({**last.get_config(), "activation": None})
        logits = linear(last.input)
        linear.set_weights(last.get_weights())
        return logits
    if softmax or isinstance(last, keras.layers.Softmax):
        return last.input
    return keras.ops.log(keras.ops.maximum(last.output, 1e-30))


def pixels_and_one_hot(
    images: NDArray[Any], classes: ArrayLike, class_count: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Check images and the class of each.

    Args:
        images: `(n, 28, 28)`.
        classes: `(n,)`, or one for all.

    Returns:
        (`(n, 28, 28)` float32, `(n, class_count)` float32 with 1 at each image's class).

    Raises:
        ValueError: a shape or a class is out of range.
    """
    pixels = np.asarray(checked_images(images), np.float32)
    indices = np.broadcast_to(np.asarray(classes, np.int32), (len(pixels),))
    if len(indices) and not 0 <= indices.min() <= indices.max() < class_count:
        raise ValueError(f"Expected classes from 0 to {class_count - 1}. Received: {classes!r}")
    return pixels, np.eye(class_count, dtype=np.float32)[indices]
