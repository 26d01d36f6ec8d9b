"""Every number against a direct calculation."""

import json
import math

import numpy as np
import pytest

from mnist_core.errors import DataError
from mnist_core.metrics.classification import (
    cross_entropy_losses,
    evaluate_probabilities,
    evaluation_from_dict,
    wilson_interval,
)


def answers(predicted, confidence=0.91):
    """Probabilities whose likeliest digits are the given ones."""
    rest = (1 - confidence) / 9
    rows = np.full((len(predicted), 10), rest, np.float32)
    rows[np.arange(len(predicted)), predicted] = confidence
    return rows


@pytest.fixture(scope="module")
def example():
    """300 random answers; 4 is never predicted and 6 is never the truth."""
    rng = np.random.default_rng(3)
    probabilities = rng.dirichlet(np.ones(10), 300).astype(np.float32)
    probabilities[:, 4] = 0
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    labels = rng.choice([0, 1, 2, 3, 4, 5, 7, 8, 9], 300).astype(np.uint8)
    return probabilities, labels, evaluate_probabilities(probabilities, labels)


def test_rows_of_the_confusion_matrix_are_true_and_columns_predicted():
    # Two threes are taken for eights; no eight is taken for a three.
    labels = np.array([3, 3, 3, 8], np.uint8)
    matrix = evaluate_probabilities(answers([8, 8, 3, 8]), labels).confusion_matrix
    assert matrix[3][8] == 2
    assert matrix[8][3] == 0
    assert (matrix[3][3], matrix[8][8]) == (1, 1)


def test_confusion_matrix(example):
    probabilities, labels, evaluation = example
    expected = [[0] * 10 for _ in range(10)]
    for row, label in zip(probabilities, labels, strict=True):
        expected[label][int(np.argmax(row))] += 1
    assert evaluation.confusion_matrix == expected


def test_confusion_matrix_always_has_ten_rows_and_columns():
    matrix = evaluate_probabilities(answers([1, 1]), np.array([1, 1], np.uint8)).confusion_matrix
    assert len(matrix) == 10
    assert {len(row) for row in matrix} == {10}
    assert sum(map(sum, matrix)) == matrix[1][1] == 2


def test_n_and_accuracy(example):
    probabilities, labels, evaluation = example
    assert evaluation.n == 300
    assert evaluation.accuracy == np.mean(np.argmax(probabilities, axis=1) == labels)


def test_loss(example):
    probabilities, labels, evaluation = example
    expected = np.mean(
        [
            -math.log(max(float(row[label]), 1e-7))
            for row, label in zip(probabilities, labels, strict=True)
        ]
    )
    assert evaluation.loss == pytest.approx(expected, rel=1e-5)


def test_losses_of_single_images():
    probabilities = np.zeros((4, 10), np.float32)
    probabilities[0, 2], probabilities[1, 2], probabilities[2, 2] = 1, 0.5, 1e-9
    losses = cross_entropy_losses(probabilities, np.full(4, 2, np.uint8))
    assert losses.shape == (4,) and losses.dtype == np.float32
    # The clip at 1e-7 keeps a certain mistake finite: -ln(1e-7) = 16.118.
    assert losses.tolist() == pytest.approx([0, math.log(2), 16.118096, 16.118096], rel=1e-6)


@pytest.mark.parametrize("digit", range(10))
def test_scores_of_each_digit(example, digit):
    probabilities, labels, evaluation = example
    predicted = np.argmax(probabilities, axis=1)
    hits = int(((predicted == digit) & (labels == digit)).sum())
    claimed, present = int((predicted == digit).sum()), int((labels == digit).sum())
    precision = hits / claimed if claimed else 0
    recall = hits / present if present else 0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0
    score = evaluation.per_class[digit]
    assert (score.digit, score.support) == (digit, present)
    assert score.precision == pytest.approx(precision)
    assert score.recall == pytest.approx(recall)
    assert score.f1 == pytest.approx(f1)


def test_digit_that_is_never_predicted_scores_0(example):
    score = example[2].per_class[4]
    assert score.support > 0
    assert (score.precision, score.recall, score.f1) == (0, 0, 0)


def test_digit_that_is_never_true_scores_0(example):
    score = example[2].per_class[6]
    assert score.support == 0
    assert (score.precision, score.recall, score.f1) == (0, 0, 0)


@pytest.mark.parametrize(("right", "n"), [(0, 5), (5, 5), (1, 1), (7, 10), (195, 200)])
def test_interval_is_wilson_s(right, n):
    labels = np.zeros(n, np.uint8)
    predicted = [0] * right + [1] * (n - right)
    low, high = evaluate_probabilities(answers(predicted), labels).accuracy_interval
    z, p = 1.959963984540054, right / n
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    assert low == pytest.approx(max(0, middle - half), abs=1e-9)
    assert high == pytest.approx(min(1, middle + half), abs=1e-9)


def test_all_right():
    labels = np.arange(10, dtype=np.uint8)
    evaluation = evaluate_probabilities(answers(labels), labels)
    assert evaluation.accuracy == 1
    assert {(s.precision, s.recall, s.f1, s.support) for s in evaluation.per_class} == {
        (1, 1, 1, 1)
    }
    assert evaluation.loss == pytest.approx(-math.log(0.91), rel=1e-5)


def test_round_trip_through_json(example):
    evaluation = example[2]
    assert evaluation_from_dict(json.loads(json.dumps(evaluation.to_dict()))) == evaluation


def test_plain_data_has_the_documented_keys(example):
    plain = example[2].to_dict()
    assert set(plain) == {
        "n",
        "loss",
        "accuracy",
        "accuracy_interval",
        "confusion_matrix",
        "per_class",
    }
    assert set(plain["per_class"][0]) == {"digit", "precision", "recall", "f1", "support"}


def test_no_images():
    with pytest.raises(DataError, match="no images"):
        evaluate_probabilities(np.empty((0, 10), np.float32), np.empty(0, np.uint8))


@pytest.mark.parametrize(("right", "n"), [(0, 7), (7, 7), (1, 2), (9966, 10_000), (59_999, 60_000)])
def test_the_interval_is_scipy_s(right, n):
    from scipy.stats import binomtest

    expected = binomtest(right, n).proportion_ci(0.95, method="wilson")
    assert wilson_interval(right, n) == pytest.approx((expected.low, expected.high), rel=1e-12)
