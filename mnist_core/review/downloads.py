"""Answers as files to download: tables (CSV) and images (zip)."""

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence

from PIL import Image

from mnist_core.metrics.classification import Evaluation
from mnist_core.review.answers import Answers, Part, Positions

MAX_ZIP_IMAGES = 2000
COLUMNS = ("index", "label", "answer", "confidence", "loss")


def answers_csv(part: Part, answers: Answers, positions: Positions) -> str:
    """A table of some images: index, label, answer, confidence, loss and ten probabilities."""
    rows = []
    for position in positions:
        numbers = (
            answers.confidence[position],
            answers.loss[position],
            *answers.probabilities[position],
        )
        rows.append(
            [
                part.indices[position],
                answers.labels[position],
                answers.predicted[position],
                *(f"{number:.6g}" for number in numbers),
            ]
        )
    return _csv([*COLUMNS, *(f"p{digit}" for digit in range(10))], rows)


def comparison_csv(part: Part, first: Answers, second: Answers, positions: Positions) -> str:
    """A table of some images: index, label, and both networks' answers and confidence."""
    header = ["index", "label"]
    for network in ("first", "second"):
        header += [f"answer {network}", f"confidence {network}"]
    rows = []
    for position in positions:
        row = [part.indices[position], part.labels[position]]
        for answers in (first, second):
            row += [answers.predicted[position], f"{answers.confidence[position]:.6g}"]
        rows.append(row)
    return _csv(header, rows)


def scores_csv(evaluation: Evaluation) -> str:
    """A table of each digit's scores and its row of the confusion matrix."""
    header = ["digit", "precision", "recall", "f1", "support"]
    header += [f"read as {digit}" for digit in range(10)]
    rows = [
        [
            score.digit,
            *(f"{value:.6f}" for value in (score.precision, score.recall, score.f1)),
            score.support,
            *counts,
        ]
        for score, counts in zip(evaluation.per_class, evaluation.confusion_matrix, strict=True)
    ]
    return _csv(header, rows)


def images_zip(
    part: Part, answers: Answers, positions: Positions, most: int = MAX_ZIP_IMAGES
) -> bytes:
    """A zip with a PNG of each of the first `most` images (28x28, gray), and with their table.

    The file names hold index, label and answer: `test-00042-label-4-read-as-9.png`.
    """
    content = io.BytesIO()
    positions = positions[:most]
    with zipfile.ZipFile(content, "w") as archive:  # PNGs are compressed already
        archive.writestr("images.csv", answers_csv(part, answers, positions))
        for position in positions:
            png = io.BytesIO()
            Image.fromarray(part.images[position]).save(png, format="PNG")
            name = (
                f"{part.published}-{part.indices[position]:05}-label-{answers.labels[position]}"
                f"-read-as-{answers.predicted[position]}.png"
            )
            archive.writestr(name, png.getvalue())
    return content.getvalue()


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
