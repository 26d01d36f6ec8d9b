"""Which pixels an answer depends on: occlusion, saliency and Grad-CAM.

Occlusion runs the LiteRT network. The other two need gradients and import TensorFlow when called;
pages have them called by `mnist_core.system.tensorflow_process`.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mnist_core.errors import ModelError
from mnist_core.i18n import Text
from mnist_core.inside.gradients import load_gradients, pixels_and_one_hot
from mnist_core.models.layers import LayerNetwork
from mnist_core.models.store import StoredModel

PATCH_SIZE = 5  # pixels: the side of the square that occlusion covers


def occlusion(
    predict: Callable[[NDArray[Any]], NDArray[np.float32]],
    image: NDArray[np.uint8],
    size: int = PATCH_SIZE,
) -> NDArray[np.float32]:
    """How much each class's probability falls when a part of the image is covered with paper.

    A square moves over the image in steps of a pixel, also partly over its edge, and the network
    predicts each covered image. A pixel gets the mean of all squares that cover it. Source: Zeiler
    and Fergus 2014, "Visualizing and understanding convolutional networks", section 4.2.

    Args:
        predict: `(n, 28, 28)` -> `(n, k)` probabilities, such as `Recognizer.predict`.
        image: `(28, 28)`, 0 paper to 255 ink.
        size: of the square's side, in pixels.

    Returns:
        `(28, 28, k)`, -1..1: positive where the ink speaks for the class, negative where it
        speaks against it.
    """
    height, width = image.shape
    corners = [
        (max(top, 0), max(left, 0), top + size, left + size)
        for top in range(1 - size, height)
        for left in range(1 - size, width)
    ]
    # Covering blank paper changes nothing, so those images needn't be predicted.
    corners = [
        (top, left, bottom, right)
        for top, left, bottom, right in corners
        if image[top:bottom, left:right].any()
    ]
    covered = np.repeat(image[np.newaxis], len(corners) + 1, axis=0)
    for index, (top, left, bottom, right) in enumerate(corners):
        covered[index, top:bottom, left:right] = 0
    probabilities = predict(covered)  # the last row is of the image as it is
    drops = np.zeros((height, width, probabilities.shape[1]), np.float64)
    for (top, left, bottom, right), row in zip(corners, probabilities, strict=False):
        drops[top:bottom, left:right] += probabilities[-1] - row
    return (drops / size**2).astype(np.float32)


def saliency(model: StoredModel, images: NDArray[Any], classes: ArrayLike) -> NDArray[np.float32]:
    """The gradient of a class's logit by the pixels.

    The logit is the input of softmax, which would flatten all differences where the network is
    sure. Source: Simonyan, Vedaldi and Zisserman 2013, "Deep inside convolutional networks",
    section 3. Imports TensorFlow.

    Args:
        images: `(n, 28, 28)`, 0 paper to 255 ink.
        classes: `(n,)`, or one for all; 10 is "not a digit" where a network knows it.

    Returns:
        `(n, 28, 28)`, the change of the logit for one of 255 steps of a pixel: positive where
        more ink speaks for the class.

    Raises:
        ModelError: the model's file is missing, cut or altered.
        ValueError: a shape or a class is out of range.
    """
    network = load_gradients(model)
    pixels, one_hot = pixels_and_one_hot(images, classes, network.classes)
    return np.asarray(network.gradients(pixels, one_hot)[1])


def grad_cam(
    model: StoredModel, images: NDArray[Any], classes: ArrayLike, layer: str | None = None
) -> NDArray[np.float32]:
    """Where a convolutional network finds what speaks for a class.

    This is the sum of a layer's feature maps, each weighted with the mean gradient of the class's
    logit by it, without negative values. Source: Selvaraju et al. 2017, "Grad-CAM", equations 1
    and 2. Imports TensorFlow.

    Args:
        images, classes: as `saliency` takes them.
        layer: with the feature maps; None means the last layer that has any.

    Returns:
        `(n, height, width)`, of the feature maps' size, from 0 up; 0 everywhere where nothing
        speaks for the class.

    Raises:
        ModelError: the network has no layer with feature maps, or not this one; or the model's
            file is missing, cut or altered.
        ValueError: a shape or a class is out of range.
    """
    loaded = load_gradients(model)
    network = loaded.network
    import keras
    import tensorflow as tf

    pixels, one_hot = pixels_and_one_hot(images, classes, loaded.classes)
    layers = {
        candidate.name: candidate
        for candidate in network.layers
        if _has_feature_maps(candidate.name, candidate.output.shape)
    }
    if not layers or (layer or "") not in {"", *layers}:
        raise ModelError(
            Text(
                "Grad-CAM needs a layer with feature maps, such as a convolution. {network} has "
                "{layers}. Received: layer={layer!r}",
                network=network.name,
                layers=", ".join(layers) or Text("none"),
                layer=layer,
            )
        )
    name = layer or list(layers)[-1]
    if name not in loaded.with_feature_maps:
        outputs = [layers[name].output, loaded.logits]
        loaded.with_feature_maps[name] = keras.Model(network.input, outputs)
    with tf.GradientTape() as tape:
        feature_maps, logits = loaded.with_feature_maps[name](pixels, training=False)
        tape.watch(feature_maps)
        total = tf.reduce_sum(logits * one_hot)
    gradients = tape.gradient(total, feature_maps)  # (n, height, width, maps)
    weights = tf.reduce_mean(gradients, axis=(1, 2), keepdims=True)  # (n, 1, 1, maps)
    return np.maximum(np.asarray(tf.reduce_sum(feature_maps * weights, axis=-1)), 0)


def feature_map_layers(network: LayerNetwork) -> list[str]:
    """The names of the layers that `grad_cam` can take; [] for a dense network."""
    return [
        layer.name
        for layer in network.layers
        if _has_feature_maps(layer.name, (None, *layer.output_shape)) and layer.kind != "Dropout"
    ]


def _has_feature_maps(name: str, shape: tuple[int | None, ...]) -> bool:
    """Whether outputs `(n, height, width, maps)` have more than one position in each map."""
    return len(shape) == 4 and (shape[1] or 0) * (shape[2] or 0) > 1 and name != "channel"
