"""Answers are selected as a plain loop does, and give the shipped models' own metrics."""

import dataclasses

import numpy as np
import pytest

from mnist_core.data.dataset import Dataset, array_sha256
from mnist_core.errors import DataError
from mnist_core.metrics.classification import evaluate_probabilities
from mnist_core.models.store import list_models, open_model
from mnist_core.review.answers import (
    ORDERS,
    Part,
    compute_answers,
    confusion_counts,
    images_digest,
    part_of,
    select_answers,
    splits_of,
    stored_answers,
    top_confusions,
    was_tested_on,
)


@pytest.fixture(scope="module")
def small(tiny_arrays):
    """200 training and 100 test images of noise."""
    return Dataset("mine", **tiny_arrays, source="a test", verified=False)


def test_the_images_that_match_are_selected(answers):
    positions = select_answers(answers, label=4, predicted=None, wrong=True, low=0.3, high=0.9)
    expected = {
        position
        for position in range(300)
        if answers.labels[position] == 4
        and answers.probabilities[position].argmax() != 4
        and 0.3 <= answers.probabilities[position].max() <= 0.9
    }
    assert expected
    assert set(positions.tolist()) == expected
    assert len(select_answers(answers, wrong=False)) == 300
    every = [
        len(select_answers(answers, label=a, predicted=b)) for a in range(10) for b in range(10)
    ]
    assert sum(every) == len(select_answers(answers)) == (~answers.correct).sum()


@pytest.mark.parametrize("order", ORDERS)
def test_orders(answers, order):
    positions = select_answers(answers, order=order)
    top = np.sort(answers.probabilities[positions], axis=1)
    measure = {
        "loss": -answers.loss[positions],
        "sure": -top[:, -1],
        "unsure": top[:, -1],
        "close": top[:, -1] - top[:, -2],
        "number": positions,
    }[order]
    assert len(positions) > 20
    assert (np.diff(measure) >= 0).all()


def test_the_matrix_counts_rows_as_true(answers):
    matrix = confusion_counts(answers, 0.4, 1.0)
    for true in range(10):
        for predicted in range(10):
            positions = select_answers(
                answers, label=true, predicted=predicted, wrong=False, low=0.4
            )
            assert matrix[true, predicted] == len(positions)


def test_top_confusions():
    matrix = np.diag([100] * 10)
    matrix[4, 9], matrix[9, 4], matrix[7, 2] = 12, 3, 5
    assert top_confusions(matrix) == [(4, 9, 12), (7, 2, 5), (9, 4, 3)]
    assert top_confusions(matrix, most=1) == [(4, 9, 12)]
    assert top_confusions(np.diag([5] * 10)) == []


@pytest.mark.parametrize("name", [model.name for model in list_models()[0]])
def test_stored_answers_give_the_figures_of_the_test(name, mnist):
    model = open_model(name)
    assert was_tested_on(model, mnist)
    answers = stored_answers(model, mnist.y_test)
    again = evaluate_probabilities(answers.probabilities, mnist.y_test)
    assert again.confusion_matrix == model.evaluation.confusion_matrix
    assert again.loss == pytest.approx(model.evaluation.loss, rel=1e-4)
    assert (answers.probabilities.argmax(axis=1) == answers.predicted).all()
    assert np.allclose(answers.probabilities.sum(axis=1), 1, atol=2e-3)


def test_computed_answers_are_the_stored_ones(mnist):
    model = open_model("pen")
    part = part_of(model, mnist, "test")
    first = Part(
        part.split,
        part.published,
        part.digest,
        part.images[:1500],
        part.labels[:1500],
        part.indices[:1500],
    )
    reports = []
    computed = compute_answers(model, first, lambda done, of: reports.append((done, of)))
    stored = stored_answers(model, part.labels)
    assert (computed.predicted == stored.predicted[:1500]).all()
    assert np.allclose(computed.probabilities, stored.probabilities[:1500], atol=1e-3)
    assert np.allclose(computed.margin, stored.margin[:1500], atol=2e-3)
    assert reports == [(1000, 1500), (1500, 1500)]


def test_parts_are_the_training_and_the_validation_images(small):
    pen, simple = open_model("pen"), open_model("sigmoid_mlp")
    assert splits_of(pen) == ["test", "validation", "train"]
    training, validation = (part_of(pen, small, split) for split in ("train", "validation"))
    assert (len(training.images), len(validation.images)) == (190, 10)
    assert validation.indices.tolist() == list(range(190, 200))
    assert (validation.images == small.x_train[190:]).all()
    assert (validation.labels == small.y_train[validation.indices]).all()
    assert validation.digest == training.digest == array_sha256(small.x_train)
    assert np.shares_memory(training.images, small.x_train)
    assert part_of(pen, small, "test").digest == array_sha256(small.x_test)
    if simple.recipe.validation_split == 0:
        assert splits_of(simple) == ["test", "train"]
        with pytest.raises(DataError, match="no validation images"):
            part_of(simple, small, "validation")


def test_a_network_was_not_tested_on_other_data(small, mnist):
    model = open_model("pen")
    assert not was_tested_on(model, small)
    assert images_digest(mnist, "test") == array_sha256(mnist.x_test)


def test_the_parts_of_sixty_twenty_twenty_and_of_a_network_validated_on_the_test_set(small):
    pen = open_model("pen")
    card = {**pen.card, "recipe": {**pen.card["recipe"], "validation": "60/20/20"}}
    three = dataclasses.replace(pen, card=card)
    assert part_of(three, small, "train").indices.tolist() == list(range(120))
    assert part_of(three, small, "validation").indices.tolist() == list(range(120, 160))
    card = {**pen.card, "recipe": {**pen.card["recipe"], "validation": "test"}}
    assert splits_of(dataclasses.replace(pen, card=card)) == ["test", "train"]
