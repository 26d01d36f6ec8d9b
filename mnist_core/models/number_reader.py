"""A row of digits read at once, also where they touch: the number reader, run by LiteRT.

The network (`mnist_core.training.number_reader`) gives for every second column of the row the
probabilities of the ten digits and of "no digit's middle here"; `mnist_core.drawing.ctc` makes
texts of them.
"""

import functools
import hashlib
import json
import threading
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core import settings
from mnist_core.drawing.ctc import NOTHING
from mnist_core.drawing.lines import HEIGHT, Line, line_image
from mnist_core.drawing.normalize import Ink
from mnist_core.errors import ModelError
from mnist_core.i18n import Sentences, Text
from mnist_core.system.files import READ_ERRORS, write_file

WIDTHS = 16  # pixels: rows are padded to a multiple of this

FOLDER, NETWORK, CARD = "number_reader", "network.tflite", "about.json"


class NumberReader:
    """The number reader. It may be used from several threads; each call waits for the one before.

    Raises:
        ModelError: the content is not that of a number reader.
    """

    def __init__(self, content: bytes) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self._lock = threading.Lock()
        try:
            self._interpreter = Interpreter(model_content=content, num_threads=1)
            self._input = int(self._interpreter.get_input_details()[0]["index"])
            self._output = int(self._interpreter.get_output_details()[0]["index"])
            shape = self._frames(np.zeros((HEIGHT, WIDTHS), np.uint8)).shape
        except (ValueError, RuntimeError, IndexError) as error:
            raise ModelError(
                Text("This is not a number reader ({error}).", error=str(error))
            ) from error
        if shape != (WIDTHS // 2, NOTHING + 1):
            raise ModelError(
                Text(
                    "Expected a number reader with outputs of shape {expected}. Received: {shape}",
                    expected=str((WIDTHS // 2, NOTHING + 1)),
                    shape=str(shape),
                )
            )

    def read(self, ink: Ink) -> Line:
        """What is in a row of ink.

        Args:
            ink: `(h, w)` float32, 0 to 1, without paper around it.
        """
        return Line(ink, self._frames(line_image(ink)))

    def _frames(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """`(32, w)` -> `(w / 2, 11)` probabilities."""
        missing = -image.shape[1] % WIDTHS
        pixels = np.pad(image, [(0, 0), (0, missing)]).astype(np.float32)
        with self._lock:
            self._interpreter.resize_tensor_input(self._input, (1, *pixels.shape))
            self._interpreter.allocate_tensors()
            self._interpreter.set_tensor(self._input, pixels[np.newaxis])
            self._interpreter.invoke()
            return np.asarray(self._interpreter.get_tensor(self._output)[0])


def load_number_reader() -> NumberReader | None:
    """The stored number reader.

    None where there is none, or where it is damaged (`python -m mnist_core doctor` says so): digits
    that touch are then not told apart in a picture, and all else works.
    """
    folder = find_number_reader()
    try:
        status = (folder / NETWORK).stat()
    except OSError:
        return None
    return _loaded(folder, status.st_mtime_ns, status.st_size)


@functools.lru_cache(maxsize=2)
def _loaded(folder: Path, changed: int, size: int) -> NumberReader | None:
    try:
        return NumberReader(read_number_reader(folder))
    except ModelError:
        return None


def find_number_reader() -> Path:
    """The folder of the number reader: that in the folder of models, else the one shipped."""
    own = settings.models_dir() / FOLDER
    return own if own.exists() else settings.shipped_models_dir() / FOLDER


def read_number_reader(folder: Path) -> bytes:
    """The network's file in a folder, checked against the digest beside it.

    Raises:
        ModelError: it is missing, cut or altered.
    """
    advice = Text("`python -m mnist_core train-number-reader` trains it again.")
    try:
        content = (folder / NETWORK).read_bytes()
        digest = json.loads((folder / CARD).read_text("utf-8"))["sha256"]
    except (*READ_ERRORS, TypeError) as error:
        raise ModelError(
            Sentences(
                Text(
                    "The number reader in {folder} can't be read ({error}).",
                    folder=str(folder),
                    error=str(error),
                ),
                advice,
            )
        ) from error
    if hashlib.sha256(content).hexdigest() != digest:
        damage = Text("The number reader in {folder} is cut or altered.", folder=str(folder))
        raise ModelError(Sentences(damage, advice))
    return content


def write_number_reader(content: bytes, card: dict[str, Any]) -> Path:
    """Store a number reader in the folder of models.

    Args:
        content: the network for LiteRT.
        card: what to say of it beside the file's digest.

    Raises:
        ModelError: the folder can't be written.
    """
    folder = settings.models_dir() / FOLDER
    text = json.dumps({**card, "sha256": hashlib.sha256(content).hexdigest()}, indent=1)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_file(folder / NETWORK, content)
        write_file(folder / CARD, (text + "\n").encode())
    except OSError as error:
        raise ModelError(
            Text(
                "The number reader could not be stored in {folder} ({reason}). "
                "Free some space or set MNIST_CORE_MODELS to a folder that can be written.",
                folder=str(folder),
                reason=error.strerror,
            )
        ) from error
    return folder
