"""A row of digits read at once, also where they touch: the number reader, run by LiteRT.

The network (`mnist_core.training.number_reader`) gives for every second column of the row the
probabilities of the ten digits and of "no digit's middle here". What it reads is the likeliest
text under connectionist temporal classification (CTC; A. Graves et al., ICML 2006): equal answers
beside each other are one digit, and "no digit" is left out.
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
from mnist_core.drawing.lines import HEIGHT, Line, line_image, line_width
from mnist_core.drawing.normalize import Ink
from mnist_core.errors import ModelError
from mnist_core.i18n import Sentences, Text
from mnist_core.system.files import READ_ERRORS, write_file

NOTHING = 10  # the answer where no digit's middle is
WIDTHS = 16  # pixels: rows are padded to a multiple of this
BEAM = 8  # texts that are followed at the same time
LEAST = 2e-3  # a digit that is less likely in a column is not tried there
Floats = NDArray[np.floating[Any]]


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
        """The digits in a row of ink.

        Args:
            ink: `(h, w)` float32, 0 to 1, without paper around it.
        """
        image = line_image(ink)
        frames = self._frames(image)
        digits, probability = likeliest_text(frames)
        places = place_digits(frames, digits) if digits else []
        inner = line_width(*ink.shape)
        margin = (image.shape[1] - inner) / 2
        middles = np.clip((2 * np.array(places) + 1 - margin) / inner, 0, 1) * ink.shape[1]
        return Line(digits, frames[places], tuple(middles.tolist()), probability)

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


def likeliest_text(frames: Floats) -> tuple[tuple[int, ...], float]:
    """The digits that are likeliest under CTC, and their probability.

    The probability of a text is the sum over all ways to place its digits, so it may differ from
    the likeliest answer of each column. Found by prefix beam search (A. Hannun et al.,
    https://arxiv.org/abs/1408.2873, algorithm 1, without a language model).

    Args:
        frames: `(n, 11)` probabilities.
    """
    beam: dict[tuple[int, ...], tuple[float, float]] = {(): (1.0, 0.0)}
    for frame in frames.astype(np.float64):
        likely = np.flatnonzero(frame[:NOTHING] > LEAST).tolist()
        chances = frame.tolist()
        # By text: its probability with nothing in this column, and with its last digit in it.
        longer: dict[tuple[int, ...], list[float]] = {}
        for text, (blank, digit) in beam.items():
            same = longer.setdefault(text, [0.0, 0.0])
            same[0] += (blank + digit) * chances[NOTHING]
            if text:
                same[1] += digit * chances[text[-1]]
            for new in likely:
                # The same digit again is a second one only after nothing.
                before = blank if text and text[-1] == new else blank + digit
                longer.setdefault((*text, new), [0.0, 0.0])[1] += before * chances[new]
        best = sorted(longer.items(), key=lambda item: -sum(item[1]))[:BEAM]
        beam = {text: (blank, digit) for text, (blank, digit) in best}
    text, chances = max(beam.items(), key=lambda item: sum(item[1]))
    return text, sum(chances)


def place_digits(frames: Floats, digits: tuple[int, ...]) -> list[int]:
    """The column of each digit on the likeliest way to place them all (Viterbi's algorithm).

    Of the columns that a digit takes, the one where it is likeliest.

    Args:
        frames: `(n, 11)` probabilities.
        digits: at least one.
    """
    marks = np.full(2 * len(digits) + 1, NOTHING)
    marks[1::2] = digits
    # A mark may follow the one before the last, unless that is the same digit.
    skips = np.full(len(marks), -np.inf)
    skips[3::2][marks[3::2] != marks[1:-2:2]] = 0
    chances = np.log(np.maximum(frames[:, marks].astype(np.float64), 1e-30))  # (n, marks)
    score = np.full(len(marks), -np.inf)
    score[:2] = chances[0, :2]
    steps = np.zeros(chances.shape, int)  # how many marks back the way comes from
    for column in range(1, len(chances)):
        ways = np.full((3, len(marks)), -np.inf)
        ways[0] = score
        ways[1, 1:] = score[:-1]
        ways[2, 2:] = score[:-2] + skips[2:]
        steps[column] = ways.argmax(axis=0)
        score = ways.max(axis=0) + chances[column]
    at = len(marks) - 1 - int(score[-1] < score[-2])
    way = np.empty(len(chances), int)
    for column in range(len(chances) - 1, -1, -1):
        way[column] = at
        at -= steps[column, at]
    places = []
    for number, digit in enumerate(digits):
        columns = np.flatnonzero(way == 2 * number + 1)
        places.append(int(columns[frames[columns, digit].argmax()]))
    return places


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
