"""Training of the number reader: a small network that reads a whole row of digits at once.

It looks at a picture of 32 pixels in height and any width, and says for every second column which
digit's middle is there, or none. It learns with connectionist temporal classification (CTC;
A. Graves et al., ICML 2006), which only asks for the right digits in the right order. At first it
also learns where each digit's middle is, which the generator of its numbers knows: CTC alone needs
long to find out.

    python -m mnist_core train-number-reader

trains it from MNIST and from code alone (`mnist_core.recipes.numbers`).
"""

import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.drawing.ctc import NOTHING
from mnist_core.drawing.lines import HEIGHT
from mnist_core.recipes.numbers import MOST, NumberImage, make_number
from mnist_core.system.quiet import quiet_stderr
from mnist_core.training.keras_setup import keras, tf

STEP = 2  # columns of the picture for each answer
BATCH = 48
WIDTHS = 32  # pixels: pictures of a batch have the same multiple of this as their width
EPOCHS, NUMBERS = 13, 10_000  # and how many new numbers in each
PASSES = 2  # through an epoch's numbers: making a number takes as long as learning from it
RATE = 2e-3
PLACED = 5  # first epochs, in which the numbers are new in each step and their places are known
PLACES = 0.3  # weight of the loss that knows the places, beside CTC's


def build_number_reader() -> Any:
    """The network: `(n, 32, w)` 0 paper to 255 ink -> `(n, w / 2, 11)` logits."""
    layers = keras.layers
    pixels = keras.Input((HEIGHT, None), name="pixels")
    x = layers.Reshape((HEIGHT, -1, 1))(pixels)
    x = layers.Rescaling(1 / 255)(x)
    for filters, window, strides, padding in (
        (16, (3, 3), (2, 2), "same"),
        (32, (3, 3), (2, 1), "same"),
        (48, (3, 3), (2, 1), "same"),
        (64, (3, 3), (2, 1), "same"),
        (96, (2, 3), (1, 1), "valid"),
        (96, (1, 5), (1, 1), "same"),
        (96, (1, 5), (1, 1), "same"),
    ):
        if padding == "valid":  # over all of the height that is left, beside it over the margin
            x = layers.ZeroPadding2D((0, window[1] // 2))(x)
        x = layers.Conv2D(filters, window, strides, padding, use_bias=False)(x)
        x = layers.BatchNormalization(momentum=0.95)(x)
        x = layers.Activation("relu")(x)
    x = layers.Dropout(0.1)(x)
    x = layers.Conv2D(NOTHING + 1, 1)(x)
    return keras.Model(pixels, layers.Reshape((-1, NOTHING + 1))(x))


def train_number_reader(
    images: NDArray[np.uint8],
    labels: NDArray[np.uint8],
    folder: Path,
    *,
    epochs: int = EPOCHS,
    numbers: int = NUMBERS,
    seed: int = 0,
    on_epoch: Callable[[int, float], None] | None = None,
) -> Any:
    """Train the number reader, or go on where an earlier call in the same folder ended.

    Args:
        images: `(n, 28, 28)` uint8, MNIST's training images.
        labels: `(n,)`, theirs.
        folder: where the network is kept after each epoch, to go on after an interruption.
        epochs: how often to train on new numbers; the learning rate falls to 0 over them.
        numbers: how many in each epoch.
        seed: of the weights and of all numbers.
        on_epoch: called with the number of finished epochs and the mean loss of the last.

    Returns:
        The trained Keras model.
    """
    folder.mkdir(parents=True, exist_ok=True)
    done = sorted(folder.glob("epoch-*.keras"))
    optimizer = keras.optimizers.Adam(RATE, clipnorm=5.0)
    if done:
        model = keras.saving.load_model(done[-1], compile=False)
        start = int(done[-1].stem.split("-")[1])
        with np.load(done[-1].with_suffix(".npz")) as file:
            optimizer.build(model.trainable_variables)
            for variable, name in zip(optimizer.variables, file.files, strict=True):
                variable.assign(file[name])
    else:
        keras.utils.set_random_seed(seed)
        model = build_number_reader()
        start = 0
    for epoch in range(start, epochs):
        rng = np.random.default_rng([seed, epoch])
        losses = []
        made = [make_number(images, labels, rng) for _ in range(numbers)]
        placed = epoch < PLACED
        model.compile(optimizer, placed_loss if placed else ctc_loss)
        batches = [batch for _ in range(1 if placed else PASSES) for batch in _batches(made, rng)]
        for step, (pictures, targets) in enumerate(batches):
            share = (epoch + step / len(batches)) / epochs
            optimizer.learning_rate.assign(RATE * 0.5 * (1 + np.cos(np.pi * share)))
            losses.append(float(model.train_on_batch(pictures, targets)))
        path = folder / f"epoch-{epoch + 1:03}.keras"
        np.savez(path.with_suffix(".npz"), *[v.numpy() for v in optimizer.variables])
        model.save(path)
        if on_epoch:
            on_epoch(epoch + 1, float(np.mean(losses)))
    return model


def _batches(
    made: list[NumberImage], rng: np.random.Generator
) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.int32]]]:
    """Pictures of one width and their targets, in an order by chance."""
    wide = np.array([-(-number.image.shape[1] // WIDTHS) * WIDTHS for number in made])
    batches = []
    for width in np.unique(wide):
        chosen = rng.permutation(np.flatnonzero(wide == width))
        batches += [(int(width), chosen[k : k + BATCH]) for k in range(0, len(chosen), BATCH)]
    for place in rng.permutation(len(batches)):
        width, chosen = batches[place]
        yield make_batch([made[k] for k in chosen], width, rng)


def make_batch(
    numbers: list[NumberImage], width: int, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    """Pictures and what the losses take.

    Args:
        numbers: none wider than `width`; each is placed by chance within it.

    Returns:
        `(n, 32, width)` uint8 and `(n, 8 + width / 2)` int32: the digits, -1 beyond them, then for
        every second column the digit whose middle is there, or `NOTHING`.
    """
    pictures = np.zeros((len(numbers), HEIGHT, width), np.uint8)
    digits = np.full((len(numbers), MOST), -1, np.int32)
    places = np.full((len(numbers), width // STEP), NOTHING, np.int32)
    for row, number in enumerate(numbers):
        room = width - number.image.shape[1]
        left = int(rng.integers(0, room + 1))
        pictures[row, :, left : left + number.image.shape[1]] = number.image
        digits[row, : len(number.digits)] = number.digits
        for digit, middle in zip(number.digits, number.middles, strict=True):
            places[row, min(int((left + middle) / STEP), places.shape[1] - 1)] = digit
    return pictures, np.concatenate([digits, places], axis=1)


def ctc_loss(targets: Any, logits: Any) -> Any:
    """CTC's loss of each picture, in nats.

    Args:
        targets: as `make_batch` gives them.
        logits: `(n, w / 2, 11)`.
    """
    digits = tf.cast(targets[:, :MOST], tf.int32)
    empty = digits[:, 0] < 0
    # TensorFlow's fast CTC takes no empty row; there, each answer should be `NOTHING`.
    digits = tf.concat([tf.maximum(digits[:, :1], 0), digits[:, 1:]], axis=1)
    there = tf.where(digits >= 0)
    sparse = tf.SparseTensor(
        there, tf.gather_nd(digits, there), tf.cast(tf.shape(digits), tf.int64)
    )
    count, length = tf.shape(logits)[0], tf.shape(logits)[1]
    loss = tf.nn.ctc_loss(
        sparse, logits, None, tf.fill([count], length), logits_time_major=False,
        blank_index=NOTHING,
    )  # fmt: skip
    nothing = -tf.reduce_sum(tf.nn.log_softmax(logits)[..., NOTHING], axis=1)
    return tf.where(empty, nothing, loss)


def placed_loss(targets: Any, logits: Any) -> Any:
    """CTC's loss and, less, the cross-entropy of where the digits' middles are.

    Args:
        targets, logits: as `ctc_loss` takes them.
    """
    places = tf.cast(targets[:, MOST:], tf.int32)
    known = tf.nn.sparse_softmax_cross_entropy_with_logits(places, logits)
    return ctc_loss(targets, logits) + PLACES * tf.reduce_sum(known, axis=1)


def export_number_reader(model: Any) -> bytes:
    """The network for LiteRT: `(1, 32, w)` float32 -> `(1, w / 2, 11)` probabilities."""

    @functools.partial(
        tf.function, input_signature=[tf.TensorSpec((1, HEIGHT, None), tf.float32, name="pixels")]
    )
    def compute(pixels: Any) -> Any:
        return {"output": tf.nn.softmax(model(pixels, training=False))}

    module = tf.Module()
    module.compute = compute
    with quiet_stderr():
        function = module.compute.get_concrete_function()
        converter = tf.lite.TFLiteConverter.from_concrete_functions([function], module)
        content: bytes = converter.convert()
    return content
