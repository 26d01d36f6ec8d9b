"""The smallest change of an image that gives it another class. Imports TensorFlow when called."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mnist_core.drawing.segmentation import REFUSED
from mnist_core.inside.gradients import GradientNetwork, load_gradients, pixels_and_one_hot
from mnist_core.models.store import StoredModel

MAX_CHANGED = 120  # pixels, of 784; with more, it is another picture
CANDIDATES = 48  # pixels that are tried in each step of the search


@dataclass(frozen=True)
class PixelChange:
    """A few changed pixels that give an image another class.

    Attributes:
        reached: whether the image has the wanted class; if not, the search stopped here.
        image: `(28, 28)` uint8, with the pixels changed, 0 paper to 255 ink.
        added, removed: `(28, 28)` bool: the pixels that became ink, and those that became paper.
        probabilities: `(k,)` float32, the network's for this image, not calibrated.
    """

    reached: bool
    image: NDArray[np.uint8] = field(repr=False)
    added: NDArray[np.bool_] = field(repr=False)
    removed: NDArray[np.bool_] = field(repr=False)
    probabilities: NDArray[np.float32]

    @property
    def pixels(self) -> int:
        """The number of changed pixels."""
        return int(self.added.sum() + self.removed.sum())


def smallest_change(
    model: StoredModel, image: NDArray[np.uint8], target: int, max_changed: int = MAX_CHANGED
) -> PixelChange:
    """Search for the fewest pixels to change so that the network predicts a digit.

    Each is changed to full ink or blank paper. The search is greedy: of the pixels whose gradients
    promise most, it changes the one with the largest effect, until the prediction is the target.
    Then it restores every pixel that isn't needed. No pixel of the result can be left out, but a
    smaller set may exist, as there are too many sets to try them all. Source of the greedy choice:
    Papernot et al. 2016, "The limitations of deep learning in adversarial settings".

    Args:
        image: `(28, 28)`, 0 paper to 255 ink.
        target: the wanted digit, 0 to 9.
        max_changed: the number of changed pixels at which the search stops.

    Returns:
        The change; without a changed pixel where the network predicts the target already.

    Raises:
        ModelError: the model's file is missing, cut or altered.
        ValueError: the image's shape or the target is out of range.
    """
    network = load_gradients(model)
    images = np.asarray(image)[np.newaxis]
    original = pixels_and_one_hot(images, target, network.classes)[0].ravel()
    current, changed = original.copy(), np.zeros(784, bool)
    logits = _logits(network, current[np.newaxis])
    while not _is_predicted(logits, target)[0] and changed.sum() < max_changed:
        gradients = _target_gradients(network, current, logits, target)
        new_values = np.where(gradients > 0, 255, 0).astype(np.float32)
        promise = np.where(changed, -np.inf, gradients * (new_values - current))
        indices = np.argsort(-promise)[:CANDIDATES]
        candidates = _with_one_changed(current, indices, new_values)
        candidate_logits = _logits(network, candidates)
        best = int(_log_softmax(candidate_logits)[:, target].argmax())
        current, logits = candidates[best], candidate_logits[best : best + 1]
        changed[indices[best]] = True
    reached = bool(_is_predicted(logits, target)[0])
    while reached and changed.any():
        indices = np.flatnonzero(changed)
        candidates = _with_one_changed(current, indices, original)
        candidate_logits = _logits(network, candidates)
        predicted = _is_predicted(candidate_logits, target)
        if not predicted.any():
            break
        scores = np.where(predicted, _log_softmax(candidate_logits)[:, target], -np.inf)
        best = int(scores.argmax())
        current, logits = candidates[best], candidate_logits[best : best + 1]
        changed[indices[best]] = False
    return PixelChange(
        reached,
        current.reshape(28, 28).astype(np.uint8),
        (current > original).reshape(28, 28),
        (current < original).reshape(28, 28),
        np.exp(_log_softmax(logits))[0],
    )


def _with_one_changed(
    image: NDArray[np.float32], indices: NDArray[np.intp], values: NDArray[np.float32]
) -> NDArray[np.float32]:
    """`(784,)` pixels -> `(len(indices), 784)`, in each row another pixel with its new value."""
    images = np.repeat(image[np.newaxis], len(indices), axis=0)
    images[np.arange(len(indices)), indices] = values[indices]
    return images


def _logits(network: GradientNetwork, images: NDArray[np.float32]) -> NDArray[np.float32]:
    """`(n, 784)` pixels -> `(n, k)`."""
    import tensorflow as tf

    pixels = tf.constant(images.reshape(-1, 28, 28))
    return np.asarray(network.gradients(pixels, tf.zeros((len(images), network.classes)))[0])


def _target_gradients(
    network: GradientNetwork,
    image: NDArray[np.float32],
    logits: NDArray[np.float32],
    target: int,
) -> NDArray[np.float32]:
    """The gradient of the logarithm of the target's probability, `(784,)`."""
    import tensorflow as tf

    # log softmax(z)[c] = z[c] - log sum exp(z), whose gradient by z is one-hot(c) - softmax(z)
    weights = np.eye(network.classes, dtype=np.float32)[[target]] - np.exp(_log_softmax(logits))
    pixels = tf.constant(image.reshape(1, 28, 28))
    return np.asarray(network.gradients(pixels, tf.constant(weights))[1]).ravel()


def _log_softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """The logarithms of the probabilities: `(n, k)` -> `(n, k)`."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def _is_predicted(logits: NDArray[np.float32], target: int) -> NDArray[np.bool_]:
    """Whether each image is predicted as the target, and not refused as no digit: `(n,)`."""
    predicted = logits[:, :10].argmax(axis=1) == target
    if logits.shape[1] > 10:
        predicted &= np.exp(_log_softmax(logits))[:, 10] < REFUSED
    return predicted
