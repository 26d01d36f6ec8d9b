"""From the answers of each column of a row to the digits in it.

A network that has learned with connectionist temporal classification (CTC; A. Graves et al., ICML
2006) gives for each column of a row the probabilities of the ten digits and of "no digit's middle
here". Equal answers beside each other are one digit, and "no digit" is left out. The probability of
a text is the sum over all ways to place its digits in the columns.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

NOTHING = 10  # the answer where no digit's middle is
BEAM = 8  # texts that are followed at the same time
LEAST = 2e-3  # a digit that is less likely in a column is not tried there
Digits = tuple[int, ...]
Floats = NDArray[np.floating[Any]]


def likeliest_texts(frames: Floats) -> list[tuple[Digits, float]]:
    """The digits that are likeliest, and their probability; up to eight texts, the likeliest first.

    Found by prefix beam search (A. Hannun et al., https://arxiv.org/abs/1408.2873, algorithm 1,
    without a language model).

    Args:
        frames: `(n, 11)` probabilities.
    """
    beam: dict[Digits, tuple[float, float]] = {(): (1.0, 0.0)}
    for frame in frames.astype(np.float64):
        likely = np.flatnonzero(frame[:NOTHING] > LEAST).tolist()
        chances = frame.tolist()
        # By text: its probability with nothing in this column, and with its last digit in it.
        longer: dict[Digits, list[float]] = {}
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
    return [(text, sum(chances)) for text, chances in beam.items()]


def log_probabilities(frames: Floats, texts: Sequence[Digits]) -> NDArray[np.float64]:
    """The logarithm of each text's probability: the forward algorithm, for all texts at once.

    Args:
        frames: `(n, 11)` probabilities.
        texts: of any lengths.

    Returns:
        `(len(texts),)`; -inf for a text that has more digits than there are columns.
    """
    longest = max(map(len, texts))
    marks = np.full((len(texts), 2 * longest + 1), NOTHING)
    for row, text in zip(marks, texts, strict=True):
        row[1 : 2 * len(text) : 2] = text
    skips = _skips(marks)
    with np.errstate(divide="ignore"):
        chances = np.log(frames.astype(np.float64))[:, marks]  # (n, texts, marks)
    score = np.full(marks.shape, -np.inf)
    score[:, :2] = chances[0, :, :2]
    for column in chances[1:]:
        total = score.copy()
        total[:, 1:] = np.logaddexp(total[:, 1:], score[:, :-1])
        total[:, 2:] = np.logaddexp(total[:, 2:], score[:, :-2] + skips[:, 2:])
        score = total + column
    # A text ends in its last digit or in nothing after it.
    ends = 2 * np.array([[len(text)] for text in texts])
    after = np.take_along_axis(score, ends, axis=1)[:, 0]
    last = np.take_along_axis(score, np.maximum(ends - 1, 0), axis=1)[:, 0]
    return np.where(ends[:, 0] > 0, np.logaddexp(after, last), after)


def place_digits(frames: Floats, digits: Digits) -> list[int]:
    """The column of each digit on the likeliest way to place them all (Viterbi's algorithm).

    Of the columns that a digit takes, the one where it is likeliest.

    Args:
        frames: `(n, 11)` probabilities.
        digits: at least one.
    """
    marks = np.full(2 * len(digits) + 1, NOTHING)
    marks[1::2] = digits
    skips = _skips(marks[np.newaxis])[0]
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


def _skips(marks: NDArray[np.intp]) -> NDArray[np.float64]:
    """0 where a mark may follow the one before the last, which is another digit; else -inf."""
    skips = np.full(marks.shape, -np.inf)
    skips[:, 3::2][marks[:, 3::2] != marks[:, 1:-2:2]] = 0
    return skips
