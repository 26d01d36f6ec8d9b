"""Answers sought through: against what a plain loop finds, and the shipped models' own figures."""

import csv
import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from mnist_core.data.dataset import Dataset, array_sha256
from mnist_core.errors import DataError
from mnist_core.metrics.classification import evaluate_probabilities
from mnist_core.models.store import list_models, open_model
from mnist_core.review.answers import (
    ORDERS,
    Part,
    answers_csv,
    answers_from,
    asked_answers,
    confusion,
    images_digest,
    images_zip,
    part_of,
    scores_csv,
    select,
    splits_of,
    stored_answers,
    top_confusions,
    was_tested_on,
)


@pytest.fixture
def answers():
    """300 random answers."""
    rng = np.random.default_rng(5)
    probabilities = rng.dirichlet(np.ones(10) / 3, 300).astype(np.float32)
    labels = probabilities.argmax(axis=1).astype(np.uint8)
    wrong = rng.choice(300, 120, replace=False)
    labels[wrong] = rng.integers(0, 10, 120)
    return answers_from(probabilities, labels)


@pytest.fixture
def part(answers):
    rng = np.random.default_rng(6)
    images = rng.integers(0, 256, (300, 28, 28), dtype=np.uint8)
    return Part("test", "test", "0" * 64, images, answers.labels, np.arange(300) + 1000)


@pytest.fixture(scope="module")
def small(tiny_arrays):
    """200 training and 100 test images of noise."""
    return Dataset("mine", **tiny_arrays, source="a test", verified=False)


def test_select_finds_what_fits(answers):
    found = select(answers, label=4, said=None, wrong=True, low=0.3, high=0.9)
    expected = {
        place
        for place in range(300)
        if answers.labels[place] == 4
        and answers.probabilities[place].argmax() != 4
        and 0.3 <= answers.probabilities[place].max() <= 0.9
    }
    assert expected
    assert set(found.tolist()) == expected
    assert len(select(answers, wrong=False)) == 300
    every = [len(select(answers, label=a, said=b)) for a in range(10) for b in range(10)]
    assert sum(every) == len(select(answers)) == (~answers.right).sum()


@pytest.mark.parametrize("order", ORDERS)
def test_orders(answers, order):
    found = select(answers, order=order)
    top = np.sort(answers.probabilities[found], axis=1)
    measure = {
        "loss": -answers.loss[found],
        "sure": -top[:, -1],
        "unsure": top[:, -1],
        "close": top[:, -1] - top[:, -2],
        "number": found,
    }[order]
    assert len(found) > 20
    assert (np.diff(measure) >= 0).all()


def test_the_matrix_counts_rows_as_true(answers):
    matrix = confusion(answers, 0.4, 1.0)
    for true in range(10):
        for said in range(10):
            found = select(answers, label=true, said=said, wrong=False, low=0.4)
            assert matrix[true, said] == len(found)


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


def test_a_network_asked_anew_answers_as_it_did_when_it_was_tested(mnist):
    model = open_model("pen")
    part = part_of(model, mnist, "test")
    some = Part(
        part.split,
        part.published,
        part.digest,
        part.images[:1500],
        part.labels[:1500],
        part.numbers[:1500],
    )
    reports = []
    asked = asked_answers(model, some, lambda done, of: reports.append((done, of)))
    stored = stored_answers(model, part.labels)
    assert (asked.predicted == stored.predicted[:1500]).all()
    assert np.allclose(asked.probabilities, stored.probabilities[:1500], atol=1e-3)
    assert np.allclose(asked.margin, stored.margin[:1500], atol=2e-3)
    assert reports == [(1000, 1500), (1500, 1500)]


def test_parts_are_those_that_trained_and_those_kept_back(small):
    pen, simple = open_model("pen"), open_model("sigmoid_mlp")
    assert splits_of(pen) == ["test", "validation", "train"]
    learned, kept = (part_of(pen, small, split) for split in ("train", "validation"))
    assert (len(learned.images), len(kept.images)) == (190, 10)
    assert kept.numbers.tolist() == list(range(190, 200))
    assert (kept.images == small.x_train[190:]).all()
    assert (kept.labels == small.y_train[kept.numbers]).all()
    assert kept.digest == learned.digest == array_sha256(small.x_train)
    assert np.shares_memory(learned.images, small.x_train)
    assert part_of(pen, small, "test").digest == array_sha256(small.x_test)
    if simple.recipe.validation_split == 0:
        assert splits_of(simple) == ["test", "train"]
        with pytest.raises(DataError, match="no validation images"):
            part_of(simple, small, "validation")


def test_a_network_was_not_tested_on_other_data(small, mnist):
    model = open_model("pen")
    assert not was_tested_on(model, small)
    assert images_digest(mnist, "test") == array_sha256(mnist.x_test)


def test_the_table_says_what_is_known_of_each(part, answers):
    found = select(answers)[:5]
    rows = list(csv.DictReader(io.StringIO(answers_csv(part, answers, found))))
    assert [int(row["index"]) for row in rows] == (found + 1000).tolist()
    assert [int(row["label"]) for row in rows] == answers.labels[found].tolist()
    first = [float(rows[0][f"p{digit}"]) for digit in range(10)]
    assert first == pytest.approx(answers.probabilities[found[0]], rel=1e-4)


def test_the_scores_as_a_table(answers):
    evaluation = evaluate_probabilities(answers.probabilities, answers.labels).to_dict()
    text = scores_csv(evaluation["confusion_matrix"], evaluation["per_class"])
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["digit"] for row in rows] == list("0123456789")
    assert int(rows[4]["read as 9"]) == evaluation["confusion_matrix"][4][9]
    assert float(rows[4]["recall"]) == pytest.approx(evaluation["per_class"][4]["recall"], abs=1e-6)


def test_the_zip_holds_each_image_as_it_is(part, answers):
    found = select(answers)[:7]
    with zipfile.ZipFile(io.BytesIO(images_zip(part, answers, found))) as archive:
        names = [name for name in archive.namelist() if name.endswith(".png")]
        assert len(names) == 7 and "images.csv" in archive.namelist()
        place = found[0]
        assert names[0] == (
            f"test-0{1000 + place}-label-{answers.labels[place]}"
            f"-read-as-{answers.predicted[place]}.png"
        )
        with Image.open(archive.open(names[0])) as image:
            assert (np.asarray(image) == part.images[place]).all()


def test_a_zip_has_a_limit(part, answers):
    found = select(answers)
    with zipfile.ZipFile(io.BytesIO(images_zip(part, answers, found, most=3))) as archive:
        assert len(archive.namelist()) == 3 + 1
        assert archive.read("images.csv").decode().count("\n") == 3 + 1
