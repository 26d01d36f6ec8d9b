"""Why a network answers as it does: which pixels its answer hangs on.

What needs gradients imports TensorFlow when it is called; a page has it called by
`mnist_core.outside`. The rest asks the LiteRT network.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mnist_core.errors import ModelError
from mnist_core.store import StoredModel

if TYPE_CHECKING:
    import keras

LOADED = 6  # networks that a process keeps ready
_networks: "dict[str, keras.Model]" = {}  # by the SHA-256 of their file


def keras_network(model: "StoredModel | keras.Model") -> "keras.Model":
    """A stored model's Keras network, loaded once per process. Imports TensorFlow.

    Raises:
        ModelError: its file is missing, cut or altered.
    """
    if not isinstance(model, StoredModel):
        return model
    from mnist_core import training  # noqa: F401  (sets TensorFlow up)

    digest = str(model.card["files"]["keras"]["sha256"])
    if digest not in _networks:
        import keras

        model.read("keras")  # checks it
        while len(_networks) >= LOADED:
            del _networks[next(iter(_networks))]
        _networks[digest] = keras.saving.load_model(model.path("keras"), compile=False)
    return _networks[digest]


def saliency(
    model: "StoredModel | keras.Model", images: NDArray[Any], classes: ArrayLike
) -> NDArray[np.float32]:
    """How much a class's score would change with each pixel. Imports TensorFlow.

    The score is the class's logit: what the last layer gives before softmax, which would flatten
    all differences where it is sure. Source: Simonyan, Vedaldi and Zisserman 2013, "Deep inside
    convolutional networks", section 3.

    Args:
        images: `(n, 28, 28)`, 0 paper to 255 ink.
        classes: `(n,)` or one for all: whose score; 10 is "not a digit" where a network knows it.

    Returns:
        `(n, 28, 28)`: change of the logit per step of a pixel (of 255); with a sign: where it is
        positive, ink speaks for the class.
    """
    network = keras_network(model)
    import tensorflow as tf

    pixels, chosen = _checked(network, images, classes)
    to_logits = _network_to(network, _logits(network))
    with tf.GradientTape() as tape:
        tape.watch(pixels)
        logits = to_logits(pixels, training=False)
        # Each image's score depends on that image alone, so the sum's gradient is each one's own.
        total = tf.reduce_sum(tf.gather(logits, chosen, axis=1, batch_dims=1))
    return np.asarray(tape.gradient(total, pixels))


def grad_cam(
    model: "StoredModel | keras.Model", images: NDArray[Any], classes: ArrayLike
) -> NDArray[np.float32]:
    """Where a convolutional network saw what speaks for a class. Imports TensorFlow.

    The last layer's maps, each weighted with how much the class's logit rises with it on average,
    added up, without what is negative. Source: Selvaraju et al. 2017, "Grad-CAM", equations 1, 2.

    Args:
        images, classes: as `saliency` takes them.

    Returns:
        `(n, h, w)`, as large as those maps, from 0 up; 0 everywhere where nothing speaks for it.

    Raises:
        ModelError: the network has no layer that gives maps.
    """
    network = keras_network(model)
    import tensorflow as tf

    pixels, chosen = _checked(network, images, classes)
    both = _network_to(network, [_last_maps(network).output, _logits(network)])
    with tf.GradientTape() as tape:
        maps, logits = both(pixels, training=False)
        total = tf.reduce_sum(tf.gather(logits, chosen, axis=1, batch_dims=1))
    slopes = tf.reduce_mean(tape.gradient(total, maps), axis=(1, 2), keepdims=True)  # (n, 1, 1, k)
    return np.maximum(np.asarray(tf.reduce_sum(maps * slopes, axis=-1)), 0)


def _checked(
    network: "keras.Model", images: NDArray[Any], classes: ArrayLike
) -> "tuple[Any, NDArray[np.int32]]":
    """(pixels as a tensor `(n, 28, 28)` float32, a class for each image)."""
    import tensorflow as tf

    images = np.asarray(images, np.float32)
    if images.ndim != 3 or images.shape[1:] != (28, 28):
        raise ValueError(f"Expected images of shape (n, 28, 28). Received: shape {images.shape}")
    chosen = np.broadcast_to(np.asarray(classes, np.int32), (len(images),))
    known = int(network.output_shape[-1])
    if len(chosen) and not 0 <= chosen.min() <= chosen.max() < known:
        raise ValueError(f"Expected classes from 0 to {known - 1}. Received: {classes!r}")
    return tf.constant(images), chosen


def _logits(network: "keras.Model") -> Any:
    """What the last layer gives before its softmax; of another last layer, the logarithm."""
    import keras

    last = network.layers[-1]
    softmax = getattr(last, "activation", None) is keras.activations.softmax
    if softmax and isinstance(last, keras.layers.Dense):
        plain = keras.layers.Dense.from_config({**last.get_config(), "activation": None})
        logits = plain(last.input)
        plain.set_weights(last.get_weights())
        return logits
    if softmax or isinstance(last, keras.layers.Softmax):
        return last.input
    return keras.ops.log(keras.ops.maximum(network.output, 1e-30))


def _last_maps(network: "keras.Model") -> Any:
    """The last layer that gives maps: `(n, h, w, k)` with more than one place in each."""
    for layer in reversed(network.layers):
        shape = layer.output.shape
        if len(shape) == 4 and shape[1] * shape[2] > 1 and layer.name != "channel":
            return layer
    raise ModelError(
        f"Grad-CAM needs a layer that gives maps, such as a convolution; {network.name} has none. "
        "Choose a network with convolutions, or another way to explain."
    )


def _network_to(network: "keras.Model", outputs: Any) -> "keras.Model":
    import keras

    return keras.Model(network.inputs, outputs)
