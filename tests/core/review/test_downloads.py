"""Answers as files to download."""

import csv
import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from mnist_core.metrics.classification import evaluate_probabilities
from mnist_core.review.answers import answers_from, select_answers
from mnist_core.review.downloads import answers_csv, comparison_csv, images_zip, scores_csv


def test_the_table_has_index_label_and_probabilities_of_each_image(part, answers):
    positions = select_answers(answers)[:5]
    rows = list(csv.DictReader(io.StringIO(answers_csv(part, answers, positions))))
    assert [int(row["index"]) for row in rows] == (positions + 1000).tolist()
    assert [int(row["label"]) for row in rows] == answers.labels[positions].tolist()
    first = [float(rows[0][f"p{digit}"]) for digit in range(10)]
    assert first == pytest.approx(answers.probabilities[positions[0]], rel=1e-4)


def test_the_table_of_scores_has_a_row_for_each_digit(answers):
    evaluation = evaluate_probabilities(answers.probabilities, answers.labels)
    text = scores_csv(evaluation)
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["digit"] for row in rows] == list("0123456789")
    assert int(rows[4]["read as 9"]) == evaluation.confusion_matrix[4][9]
    assert float(rows[4]["recall"]) == pytest.approx(evaluation.per_class[4].recall, abs=1e-6)


def test_the_zip_holds_each_image_as_it_is(part, answers):
    positions = select_answers(answers)[:7]
    with zipfile.ZipFile(io.BytesIO(images_zip(part, answers, positions))) as archive:
        names = [name for name in archive.namelist() if name.endswith(".png")]
        assert len(names) == 7 and "images.csv" in archive.namelist()
        position = positions[0]
        assert names[0] == (
            f"test-0{1000 + position}-label-{answers.labels[position]}"
            f"-read-as-{answers.predicted[position]}.png"
        )
        with Image.open(archive.open(names[0])) as image:
            assert (np.asarray(image) == part.images[position]).all()


def test_a_zip_has_a_limit(part, answers):
    positions = select_answers(answers)
    with zipfile.ZipFile(io.BytesIO(images_zip(part, answers, positions, most=3))) as archive:
        assert len(archive.namelist()) == 3 + 1
        assert archive.read("images.csv").decode().count("\n") == 3 + 1


def test_the_table_of_two_networks_has_both_answers(part, answers):
    other = answers_from(answers.probabilities[::-1].copy(), answers.labels)
    positions = select_answers(answers)[:3]
    rows = list(csv.DictReader(io.StringIO(comparison_csv(part, answers, other, positions))))
    assert [int(row["answer first"]) for row in rows] == answers.predicted[positions].tolist()
    assert [int(row["answer second"]) for row in rows] == other.predicted[positions].tolist()
    assert float(rows[0]["confidence second"]) == pytest.approx(
        other.confidence[positions[0]], rel=1e-4
    )
