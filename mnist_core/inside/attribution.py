"""Why a network answers as it does: which pixels its answer hangs on.

What needs gradients imports TensorFlow when it is called; a page has it called by
`mnist_core.system.tensorflow_process`. The rest asks the LiteRT network.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mnist_core.drawing.segmentation import REFUSED
from mnist_core.errors import ModelError
from mnist_core.models.layers import LayerNetwork
from mnist_core.models.store import StoredModel

if TYPE_CHECKING:
    import keras

LOADED = 6  # networks that a process keeps ready
SQUARE = 5  # pixels: the side of what occlusion covers
MOST_CHANGED = 120  # pixels, of 784; with more it is another picture
TRIED = 48  # pixels that are tried in each step of a search


# --- without gradients --------------------------------------------------------------------


def occlusion(
    predict: Callable[[NDArray[Any]], NDArray[np.float32]],
    image: NDArray[np.uint8],
    size: int = SQUARE,
) -> NDArray[np.float32]:
    """How much each class's probability falls when a part of the image is covered with paper.

    A square is moved over the image a pixel at a time, also half over its edge, and the network
    asked each time. A pixel gets the mean of all squares that cover it. Source: Zeiler and Fergus
    2014, "Visualizing and understanding convolutional networks", section 4.2.

    Args:
        predict: `(n, 28, 28)` -> `(n, k)` probabilities, such as `Recognizer.predict`.
        image: `(28, 28)`, 0 paper to 255 ink.
        size: the square's side in pixels.

    Returns:
        `(28, 28, k)`, -1 to 1: positive where the class needs what is there, negative where
        what is there speaks against it.
    """
    height, width = image.shape
    corners = [
        (max(y, 0), max(x, 0), y + size, x + size)
        for y in range(1 - size, height)
        for x in range(1 - size, width)
    ]
    # Covering blank paper changes nothing, so the network needn't be asked.
    corners = [(y, x, v, u) for y, x, v, u in corners if image[y:v, x:u].any()]
    covered = np.repeat(image[np.newaxis], len(corners) + 1, axis=0)
    for place, (y, x, v, u) in enumerate(corners):
        covered[place, y:v, x:u] = 0
    answers = predict(covered)  # the last one is of the image as it is
    falls = np.zeros((height, width, answers.shape[1]), np.float64)
    for (y, x, v, u), answer in zip(corners, answers, strict=False):
        falls[y:v, x:u] += answers[-1] - answer
    return (falls / size**2).astype(np.float32)


# --- with gradients: these import TensorFlow ------------------------------------------------


@dataclass(frozen=True)
class _Ready:
    """A network that is loaded, and what is made of it once, as making it anew would pile up.

    Attributes:
        network: itself.
        logits: what its last layer gives before softmax, as a part of the network.
        slopes: (pixels, how much each logit counts) -> (logits, slopes by the pixels); compiled.
        with_maps: layer -> the network that gives its maps and the logits.
    """

    network: "keras.Model"
    logits: Any
    slopes: Callable[[Any, Any], tuple[Any, Any]]
    with_maps: "dict[str, keras.Model]" = field(default_factory=dict)


_ready: dict[str, _Ready] = {}  # by the SHA-256 of the network's file


def _load(model: StoredModel) -> _Ready:
    """A stored model's Keras network, loaded once per process.

    Raises:
        ModelError: its file is missing, cut or altered.
    """
    digest = str(model.card["files"]["keras"]["sha256"])
    if digest not in _ready:
        from mnist_core import training  # noqa: F401  (sets TensorFlow up)

        model.read("keras")  # checks it
        import keras
        import tensorflow as tf

        network = keras.saving.load_model(model.path("keras"), compile=False)
        last = _logits(network)
        to_logits = keras.Model(network.input, last)

        def slopes(pixels: Any, shares: Any) -> tuple[Any, Any]:
            with tf.GradientTape() as tape:
                tape.watch(pixels)
                logits = to_logits(pixels, training=False)
                # An image's logits depend on that image alone: the sum's slopes are each one's.
                total = tf.reduce_sum(logits * shares)
            return logits, tape.gradient(total, pixels)

        wanted = [tf.TensorSpec((None, 28, 28)), tf.TensorSpec((None, network.output_shape[-1]))]
        while len(_ready) >= LOADED:
            del _ready[next(iter(_ready))]
        _ready[digest] = _Ready(network, last, tf.function(slopes, input_signature=wanted))
    return _ready[digest]


def saliency(model: StoredModel, images: NDArray[Any], classes: ArrayLike) -> NDArray[np.float32]:
    """How much a class's score would change with each pixel.

    The score is the class's logit: what the last layer gives before softmax, which would flatten
    all differences where it is sure. Source: Simonyan, Vedaldi and Zisserman 2013, "Deep inside
    convolutional networks", section 3.

    Args:
        images: `(n, 28, 28)`, 0 paper to 255 ink.
        classes: `(n,)` or one for all: whose score; 10 is "not a digit" where a network knows it.

    Returns:
        `(n, 28, 28)`: change of the logit per step of a pixel (of 255); with a sign: where it is
        positive, more ink speaks for the class.
    """
    ready = _load(model)
    pixels, chosen = _checked(ready.network, images, classes)
    return np.asarray(ready.slopes(pixels, chosen)[1])


def grad_cam(
    model: StoredModel, images: NDArray[Any], classes: ArrayLike, layer: str | None = None
) -> NDArray[np.float32]:
    """Where a convolutional network saw what speaks for a class.

    A layer's maps, each weighted with how much the class's logit rises with it on average, added
    up, without what is negative. Source: Selvaraju et al. 2017, "Grad-CAM", equations 1 and 2.

    Args:
        images, classes: as `saliency` takes them.
        layer: whose maps; None is the last layer that has any.

    Returns:
        `(n, h, w)`, as large as those maps, from 0 up; 0 everywhere where nothing speaks for it.

    Raises:
        ModelError: the network has no layer that gives maps, or not that one.
    """
    ready = _load(model)
    network = ready.network
    import keras
    import tensorflow as tf

    pixels, chosen = _checked(network, images, classes)
    named = {one.name: one for one in network.layers if _are_maps(one.name, one.output.shape)}
    if not named or (layer or "") not in {"", *named}:
        raise ModelError(
            f"Grad-CAM needs a layer that gives maps, such as a convolution. {network.name} has "
            f"{', '.join(named) or 'none'}. Received: layer={layer!r}"
        )
    one = named[layer or list(named)[-1]]
    if one.name not in ready.with_maps:
        outputs = [one.output, ready.logits]
        ready.with_maps[one.name] = keras.Model(network.input, outputs)
    with tf.GradientTape() as tape:
        maps, logits = ready.with_maps[one.name](pixels, training=False)
        tape.watch(maps)
        total = tf.reduce_sum(logits * chosen)
    slopes = tf.reduce_mean(tape.gradient(total, maps), axis=(1, 2), keepdims=True)  # (n, 1, 1, k)
    return np.maximum(np.asarray(tf.reduce_sum(maps * slopes, axis=-1)), 0)


@dataclass(frozen=True)
class Change:
    """A few pixels that make a network give another answer.

    Attributes:
        reached: whether the answer is the wished one; if not, the search was given up here.
        image: `(28, 28)` uint8, with the pixels changed.
        added, removed: `(28, 28)` booleans: what became ink, what became paper.
        probabilities: `(k,)`: what the network answers to it.
    """

    reached: bool
    image: NDArray[np.uint8] = field(repr=False)
    added: NDArray[np.bool_] = field(repr=False)
    removed: NDArray[np.bool_] = field(repr=False)
    probabilities: NDArray[np.float32]

    @property
    def pixels(self) -> int:
        """How many were changed."""
        return int(self.added.sum() + self.removed.sum())


def smallest_change(
    model: StoredModel, image: NDArray[np.uint8], wished: int, most: int = MOST_CHANGED
) -> Change:
    """The fewest pixels found that make the network read a digit that one wishes for.

    Each is made full ink or blank paper. The search is greedy: of the pixels that promise most by
    their slopes, the one is changed that does most, until the answer is the wished one; then
    every pixel is given back that isn't needed. No pixel of the result can be left out; that no
    other, smaller set exists can't be promised, as there are too many to try. Source of the
    greedy choice: Papernot et al. 2016, "The limitations of deep learning in adversarial
    settings".

    Args:
        image: `(28, 28)`, 0 paper to 255 ink.
        wished: 0 to 9.
        most: pixels; with more changed, the search is given up.

    Returns:
        What was found; no changed pixel where it reads that already.
    """
    ready = _load(model)
    network = ready.network
    start = _checked(network, np.asarray(image)[np.newaxis], wished)[0][0].ravel()
    now, changed = start.copy(), np.zeros(784, bool)
    logits, _ = _asked(ready, now[np.newaxis], wished)
    while not _reads(logits, wished)[0] and changed.sum() < most:
        slopes = _asked(ready, now[np.newaxis], wished)[1][0].ravel()
        to = np.where(slopes > 0, 255, 0).astype(np.float32)
        promise = np.where(changed, -np.inf, slopes * (to - now))
        tried = np.argsort(-promise)[:TRIED]
        candidates = np.repeat(now[np.newaxis], len(tried), axis=0)
        candidates[np.arange(len(tried)), tried] = to[tried]
        answers, _ = _asked(ready, candidates, wished)
        best = int(_log_shares(answers)[:, wished].argmax())
        now, logits = candidates[best], answers[best : best + 1]
        changed[tried[best]] = True
    reached = bool(_reads(logits, wished)[0])
    while reached and changed.any():
        places = np.flatnonzero(changed)
        candidates = np.repeat(now[np.newaxis], len(places), axis=0)
        candidates[np.arange(len(places)), places] = start[places]
        answers, _ = _asked(ready, candidates, wished)
        fits = _reads(answers, wished)
        if not fits.any():
            break
        best = int(np.where(fits, _log_shares(answers)[:, wished], -np.inf).argmax())
        now, logits = candidates[best], answers[best : best + 1]
        changed[places[best]] = False
    return Change(
        reached,
        now.reshape(28, 28).astype(np.uint8),
        (now > start).reshape(28, 28),
        (now < start).reshape(28, 28),
        np.exp(_log_shares(logits))[0],
    )


def _asked(
    ready: _Ready, images: NDArray[np.float32], wished: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(logits `(n, k)`, slopes `(n, 28, 28)` of the logarithm of the wished class's share)."""
    import tensorflow as tf

    pixels = tf.constant(images.reshape(-1, 28, 28))
    known = int(ready.network.output_shape[-1])
    none = tf.zeros((len(images), known))
    logits = np.asarray(ready.slopes(pixels, none)[0])
    if len(images) > 1:  # candidates: nobody asks for their slopes
        return logits, np.empty(0, np.float32)
    # log softmax(z)[c] = z[c] - log sum exp(z), whose slope by z is 1 at c less softmax(z)
    shares = np.eye(known, dtype=np.float32)[[wished]] - np.exp(_log_shares(logits))
    return logits, np.asarray(ready.slopes(pixels, tf.constant(shares))[1])


def _log_shares(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """The logarithm of softmax: `(n, k)` -> `(n, k)`."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def _reads(logits: NDArray[np.float32], wished: int) -> NDArray[np.bool_]:
    """Whether each is read as the wished digit, and not refused: `(n,)`."""
    right = logits[:, :10].argmax(axis=1) == wished
    if logits.shape[1] > 10:
        right &= np.exp(_log_shares(logits))[:, 10] < REFUSED
    return right


def _checked(
    network: "keras.Model", images: NDArray[Any], classes: ArrayLike
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(pixels `(n, 28, 28)` float32, `(n, k)` float32 with 1 at each image's class)."""
    images = np.asarray(images, np.float32)
    if images.ndim != 3 or images.shape[1:] != (28, 28):
        raise ValueError(f"Expected images of shape (n, 28, 28). Received: shape {images.shape}")
    chosen = np.broadcast_to(np.asarray(classes, np.int32), (len(images),))
    known = int(network.output_shape[-1])
    if len(chosen) and not 0 <= chosen.min() <= chosen.max() < known:
        raise ValueError(f"Expected classes from 0 to {known - 1}. Received: {classes!r}")
    return images, np.eye(known, dtype=np.float32)[chosen]


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
    return keras.ops.log(keras.ops.maximum(last.output, 1e-30))


def map_layers(network: LayerNetwork) -> list[str]:
    """The layers that `grad_cam` can take: those that give maps; [] for a dense network."""
    return [
        layer.name
        for layer in network.layers
        if _are_maps(layer.name, (None, *layer.output_shape)) and layer.kind != "Dropout"
    ]


def _are_maps(name: str, shape: tuple[int | None, ...]) -> bool:
    """Whether a layer's outputs `(n, h, w, k)` are maps with more than one place in each."""
    return len(shape) == 4 and (shape[1] or 0) * (shape[2] or 0) > 1 and name != "channel"
