"""From a drawing to an answer, in about a millisecond and without TensorFlow."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core import settings
from mnist_core.drawing import REASONS, Drawing, prepare_drawing
from mnist_core.errors import ModelError
from mnist_core.inference import LiteNetwork
from mnist_core.store import StoredModel, list_models, open_model

UNSURE = 0.6  # below this the likeliest digit is a guess
CLOSE = 0.15  # a runner-up with at least this is worth naming


@dataclass(frozen=True)
class Recognition:
    """What a network says of a drawing.

    Attributes:
        digit: 0 to 9, or None where there is nothing that could be a digit.
        confidence: the probability of `digit`, 0..1; 0 without one.
        probabilities: `(10,)` float32, all 0 without a digit.
        normalized: `(28, 28)` uint8, what the network read.
        reason: why there is no digit (a key of `mnist_core.drawing.REASONS`), or None.
    """

    digit: int | None
    confidence: float
    probabilities: NDArray[np.float32]
    normalized: NDArray[np.uint8]
    reason: str | None

    @property
    def runner_up(self) -> int | None:
        """The second likeliest digit where it is close to the first, else None."""
        if self.digit is None:
            return None
        second = int(self.probabilities.argsort()[-2])
        return second if self.probabilities[second] >= CLOSE else None

    @property
    def sure(self) -> bool:
        """Whether the answer is more than a guess."""
        return self.digit is not None and self.confidence >= UNSURE

    @property
    def message(self) -> str | None:
        """The reason in words, or None."""
        return REASONS[self.reason] if self.reason else None


class Recognizer:
    """A stored network, ready to answer. Make one with `Recognizer.load`."""

    def __init__(self, model: StoredModel) -> None:
        self.model = model
        self.name = model.name
        self._network = LiteNetwork(model.read("litert"))

    @classmethod
    def load(cls, name: str | None = None) -> "Recognizer":
        """The stored model of that name; None is the default, or the first that can be used.

        Raises:
            ModelError: there is none of that name, or its files are missing, cut or altered.
        """
        if name is not None:
            return cls(open_model(name))
        models, errors = list_models()
        models.sort(key=lambda model: model.name != settings.DEFAULT_MODEL)
        for model in models:
            try:
                return cls(model)
            except ModelError as error:
                errors.append(error)
        raise ModelError(
            " ".join(["No trained model can be used.", *map(str, errors)])
            + " `python -m mnist_core train pen` trains the default one."
        )

    def predict(self, images: NDArray[Any]) -> NDArray[np.float32]:
        """Probabilities of prepared images: `(n, 28, 28)` uint8, white on black -> `(n, 10)`."""
        return self._network.predict(images)

    def recognize(self, image: NDArray[Any] | Drawing) -> Recognition:
        """What digit a drawing or picture shows.

        Args:
            image: any array that `normalize_drawing` takes, or a `Drawing` already prepared.
        """
        drawing = image if isinstance(image, Drawing) else prepare_drawing(image)
        if drawing.reason:
            nothing = np.zeros(10, np.float32)
            return Recognition(None, 0.0, nothing, drawing.normalized, drawing.reason)
        probabilities = self.predict(drawing.normalized[np.newaxis])[0]
        digit = int(probabilities.argmax())
        return Recognition(
            digit, float(probabilities[digit]), probabilities, drawing.normalized, None
        )
