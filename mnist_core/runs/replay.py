"""What a network answered after each epoch of its training: kept in training, asked without it.

    network.tflite      the network as a LiteRT function of the pixels and of all its weights
    epochs/0003.npz     the weights after epoch 3, and its accuracy per class

One exported function and the weights of each epoch, so that an epoch costs milliseconds and any
drawing can be shown to the network of any epoch, also long after the training.
"""

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.models.litert import digit_probabilities
from mnist_core.system.files import write_file
from mnist_core.system.quiet import quiet_stderr

if TYPE_CHECKING:
    import keras

NETWORK, EPOCHS = "network.tflite", "epochs"
MOST = 40  # epochs kept; of longer trainings, every second, third ...


def _keep_network(model: "keras.Model", folder: Path) -> None:
    """Export the network as a function of pixels `(n, 28, 28)` and weights. Needs TensorFlow."""
    import tensorflow as tf

    place = {id(variable): index for index, variable in enumerate(model.weights)}

    def answer(pixels: Any, *weights: Any) -> Any:
        def given(variables: Any) -> list[Any]:
            # What is no weight is a dropout's chance, which plays no part in an answer.
            return [weights[place[id(v)]] if id(v) in place else v.value for v in variables]

        state = given(model.trainable_variables), given(model.non_trainable_variables)
        return model.stateless_call(*state, pixels, training=False)[0]

    wanted = [
        tf.TensorSpec((None, 28, 28), tf.float32, name="pixels"),
        *(
            tf.TensorSpec(weight.shape, tf.float32, name=f"w{index}")
            for index, weight in enumerate(model.weights)
        ),
    ]
    with quiet_stderr():
        function = tf.function(answer, input_signature=wanted).get_concrete_function()
        content = tf.lite.TFLiteConverter.from_concrete_functions([function]).convert()
    write_file(folder / NETWORK, content)


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
    return sorted(int(path.stem) for path in (folder / EPOCHS).glob("[0-9]*.npz"))


def class_accuracies(folder: Path, epochs: list[int]) -> NDArray[np.float64]:
    """Share of the kept images read rightly, `(epochs, 10)`, 0..1; NaN where a class has none."""
    shares = np.full((len(epochs), 10), np.nan)
    for row, epoch in enumerate(epochs):
        with np.load(folder / EPOCHS / f"{epoch:04}.npz", allow_pickle=False) as kept:
            seen = kept["images"] > 0
            shares[row, seen] = kept["right"][seen] / kept["images"][seen]
    return shares


def answers_by_epoch(
    folder: Path, epochs: list[int], image: NDArray[np.uint8]
) -> NDArray[np.float32]:
    """What the network of each epoch says of one image.

    Args:
        image: `(28, 28)` uint8, 0 paper to 255 ink.

    Returns:
        `(epochs, 10)`: probabilities of the digits.
    """
    from ai_edge_litert.interpreter import Interpreter

    with quiet_stderr():
        interpreter = Interpreter(model_content=(folder / NETWORK).read_bytes(), num_threads=1)
    inputs = {
        one["name"].removeprefix("serving_default_").split(":")[0]: one["index"]
        for one in interpreter.get_input_details()
    }
    interpreter.allocate_tensors()
    interpreter.set_tensor(inputs["pixels"], image[np.newaxis].astype(np.float32))
    answers = []
    for epoch in epochs:
        with np.load(folder / EPOCHS / f"{epoch:04}.npz", allow_pickle=False) as kept:
            for name in kept.files:
                if name in inputs:
                    interpreter.set_tensor(inputs[name], kept[name])
        interpreter.invoke()
        answers.append(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]))
    if not answers:
        return np.zeros((0, 10), np.float32)
    return digit_probabilities(np.concatenate(answers))
