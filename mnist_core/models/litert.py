"""A network in its LiteRT form: answers without TensorFlow.

LiteRT (`ai-edge-litert`) is Google's runtime for exported Keras models. It imports in a tenth
of TensorFlow's time and answers one image in well under a millisecond; see
`python -m benchmarks.runtimes` for the figures.
"""

import os
import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.errors import ModelError

BATCH = 50  # images per call for many images: larger batches are not faster


class LiteNetwork:
    """An exported network: `(n, 28, 28)` pixels 0..255 -> `(n, 10)` probabilities.

    A network that knows "not a digit" gives `(n, 11)`, that last. May be used from several
    threads; each call waits for the one before it.

    Raises:
        ModelError: the content is not a network that takes and gives these shapes.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._lock = threading.Lock()
        self.classes = 10
        self._single = self._interpreter(batch=1, threads=1)
        self._many: Any = None

    def predict(self, images: NDArray[Any]) -> NDArray[np.float32]:
        """Probabilities of the ten digits, and of "not a digit" if the network knows it.

        Args:
            images: `(n, 28, 28)`, 0 paper to 255 ink, uint8 or float.
        """
        images = np.asarray(images)
        if images.ndim != 3 or images.shape[1:] != (28, 28):
            raise ValueError(
                f"Expected images of shape (n, 28, 28). Received: shape {images.shape}"
            )
        answers = np.empty((len(images), self.classes), np.float32)
        with self._lock:
            if len(images) < BATCH:
                for index in range(len(images)):
                    answers[index] = _run(self._single, images[index : index + 1])[0]
                return answers
            if self._many is None:
                self._many = self._interpreter(BATCH, threads=os.cpu_count() or 1)
            for start in range(0, len(images), BATCH):
                part = images[start : start + BATCH]
                filled = np.zeros((BATCH, 28, 28), np.float32)
                filled[: len(part)] = part
                answers[start : start + BATCH] = _run(self._many, filled)[: len(part)]
        return answers

    def _interpreter(self, batch: int, threads: int) -> Any:
        from ai_edge_litert.interpreter import Interpreter

        try:
            interpreter = Interpreter(model_content=self._content, num_threads=threads)
            interpreter.resize_tensor_input(
                interpreter.get_input_details()[0]["index"], (batch, 28, 28)
            )
            interpreter.allocate_tensors()
            shape = _run(interpreter, np.zeros((batch, 28, 28))).shape
        except (ValueError, RuntimeError, IndexError) as error:
            raise ModelError(f"This is not a LiteRT network for 28x28 images ({error}).") from error
        if shape not in ((batch, 10), (batch, 11)):
            raise ModelError(f"This network gives {shape}, expected ({batch}, 10).")
        self.classes = shape[1]
        return interpreter


def digit_probabilities(answers: NDArray[np.float32]) -> NDArray[np.float32]:
    """What a network says of the ten digits, provided that it is one.

    Args:
        answers: `(n, 10)`, or `(n, 11)` with "not a digit" last.

    Returns:
        `(n, 10)`, each row's sum 1.
    """
    digits = np.maximum(answers[:, :10], 1e-30)  # else a row could be nothing but zeros
    return digits / digits.sum(axis=1, keepdims=True) if answers.shape[1] > 10 else answers


def _run(interpreter: Any, images: NDArray[Any]) -> NDArray[np.float32]:
    interpreter.set_tensor(
        interpreter.get_input_details()[0]["index"], np.asarray(images, np.float32)
    )
    interpreter.invoke()
    answer: NDArray[np.float32] = interpreter.get_tensor(
        interpreter.get_output_details()[0]["index"]
    )
    return answer
