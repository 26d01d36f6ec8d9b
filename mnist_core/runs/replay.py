"""What a network answered after each epoch of its training: kept in training, asked without it.

    network.tflite      the network as a LiteRT function of the pixels and of all its weights
    epochs/0003.npz     the weights after epoch 3, and its accuracy per class

One exported function and the weights of each epoch, so that an epoch costs milliseconds and any
drawing can be shown to the network of any epoch, also long after the training.
"""

import io
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mnist_core.errors import RunError
from mnist_core.i18n import Text
from mnist_core.models.litert import LiteFunction, digit_probabilities, export_with_weights
from mnist_core.system.files import READ_ERRORS, write_file
from mnist_core.system.quiet import quiet_stderr

if TYPE_CHECKING:
    import keras

NETWORK, EPOCHS = "network.tflite", "epochs"
MOST = 40  # epochs kept; of longer trainings, every second, third ...


def _keep_network(model: "keras.Model", folder: Path) -> None:
    """Export the network as a function of pixels `(n, 28, 28)` and weights. Needs TensorFlow."""
    weights = {f"w{index}": weight for index, weight in enumerate(model.weights)}
    write_file(folder / NETWORK, export_with_weights(model, weights))


def keep_epoch(
    model: "keras.Model",
    folder: Path,
    epoch: int,
    images: NDArray[np.uint8],
    labels: NDArray[np.uint8],
) -> None:
    """Keep the weights after an epoch, counted from 1, and the accuracy on some images.

    The first time, the network is exported too: not before, so that training begins sooner.
    """
    if not (folder / NETWORK).exists():
        _keep_network(model, folder)
    answers = model.predict(images.astype(np.float32), batch_size=500, verbose=0)
    right = digit_probabilities(answers).argmax(axis=1) == labels
    content = io.BytesIO()
    weights = {f"w{index}": np.asarray(weight) for index, weight in enumerate(model.weights)}
    np.savez(
        content,
        allow_pickle=False,
        **weights,
        right=np.bincount(labels, right, 10),
        images=np.bincount(labels, minlength=10),
    )
    (folder / EPOCHS).mkdir(exist_ok=True)
    write_file(folder / EPOCHS / f"{epoch:04}.npz", content.getvalue(), durable=False)


def is_kept(epoch: int, epochs: int) -> bool:
    """Whether an epoch, counted from 1, is one of those that are kept."""
    return epoch in (1, epochs) or epoch % -(-epochs // MOST) == 0


def kept_epochs(folder: Path) -> list[int]:
    """The epochs that were kept in a run's folder, counted from 1."""
    return sorted(int(path.stem) for path in (folder / EPOCHS).glob("*.npz") if path.stem.isdigit())


def class_accuracies(folder: Path, epochs: list[int]) -> NDArray[np.float64]:
    """Share of the kept images read rightly, `(epochs, 10)`, 0..1.

    NaN where a class has no images, and where an epoch's file is damaged.
    """
    shares = np.full((len(epochs), 10), np.nan)
    for row, epoch in enumerate(epochs):
        with (
            suppress(*READ_ERRORS, IndexError),
            np.load(folder / EPOCHS / f"{epoch:04}.npz", allow_pickle=False) as arrays,
        ):
            present = arrays["images"] > 0
            shares[row, present] = arrays["right"][present] / arrays["images"][present]
    return shares


def answers_by_epoch(
    folder: Path, epochs: list[int], image: NDArray[np.uint8]
) -> NDArray[np.float32]:
    """What the network of each epoch says of one image.

    Args:
        image: `(28, 28)` uint8, 0 paper to 255 ink.

    Returns:
        `(epochs, 10)`: probabilities of the digits.

    Raises:
        RunError: a file is missing or damaged.
    """
    answers: list[NDArray[np.float32]] = []
    try:
        with quiet_stderr():
            function = LiteFunction((folder / NETWORK).read_bytes())
        for epoch in epochs:
            with np.load(folder / EPOCHS / f"{epoch:04}.npz", allow_pickle=False) as arrays:
                function.set_weights(arrays)
            answers += function(image[np.newaxis]).values()
    except (*READ_ERRORS, IndexError) as error:
        raise RunError(
            Text(
                "The networks after each epoch can't be read: a file in {folder} is missing or "
                "damaged. Choose another epoch; the trained network itself is stored separately.",
                folder=folder / EPOCHS,
            )
        ) from error
    if not answers:
        return np.zeros((0, 10), np.float32)
    return digit_probabilities(np.concatenate(answers))
