"""Confident learning finds the labels that were changed, and ambiguous images."""

import numpy as np
import pytest

from mnist_core.errors import DataError
from mnist_core.review.confident_learning import (
    find_agreement,
    find_label_errors,
    label_errors_table,
)


def sure(classes, p=0.95):
    """Confident answers, with the given classes: `(n, 10)`."""
    probabilities = np.full((len(classes), 10), (1 - p) / 9)
    probabilities[np.arange(len(classes)), classes] = p
    return probabilities


def test_labels_that_were_changed_are_found():
    true = np.arange(400) % 10
    labels = true.astype(np.uint8).copy()
    changed = [3, 77, 250]
    labels[changed] = (labels[changed] + 1) % 10
    errors = find_label_errors(labels, sure(true))
    assert sorted(errors.likely.tolist()) == changed
    assert errors.predicted[changed].tolist() == true[changed].tolist()
    assert errors.quality[changed].max() < 0.01
    assert len(errors.ambiguous) == 0


def test_images_between_two_classes_are_ambiguous_the_closest_first():
    true = np.arange(400) % 10
    probabilities = sure(true)
    for row, shares in ((20, (0.55, 0.4)), (31, (0.49, 0.48))):
        probabilities[row] = 0.05 / 8
        probabilities[row, [true[row], 9]] = shares
    errors = find_label_errors(true.astype(np.uint8), probabilities)
    assert errors.ambiguous.tolist() == [31, 20]
    assert (errors.predicted[31], errors.runner_up[31]) == (1, 9)
    assert len(errors.likely) == 0


def test_an_unsure_other_answer_is_misread_and_not_a_likely_error():
    true = np.arange(400) % 10
    probabilities = sure(true)
    probabilities[20] = 0.05
    probabilities[20, [0, 5]] = 0.2, 0.4
    errors = find_label_errors(true.astype(np.uint8), probabilities)
    assert errors.misread.tolist() == [20]
    assert 20 not in errors.likely


def test_classes_may_have_no_images():
    true = (np.arange(400) % 4) * 2  # 0, 2, 4, 6
    labels = true.astype(np.uint8).copy()
    labels[5] = 0
    errors = find_label_errors(labels, sure(true))
    assert errors.likely.tolist() == [5]


def test_probabilities_of_other_shapes_and_a_single_class_are_refused():
    with pytest.raises(DataError, match="ten probabilities"):
        find_label_errors(np.zeros(5, np.uint8), np.ones((4, 10)))
    with pytest.raises(DataError, match="two classes"):
        find_label_errors(np.zeros(5, np.uint8), sure(np.zeros(5, int)))


def test_images_that_several_networks_find_wrong_come_first():
    true = np.arange(400) % 10
    labels = true.astype(np.uint8).copy()
    changed = [3, 77, 250]
    labels[changed] = (labels[changed] + 1) % 10
    findings = []
    for blind in ([], [3], [3, 77]):  # the second one agrees with one wrong label, ...
        classes = true.copy()
        classes[blind] = labels[blind]
        findings.append(find_label_errors(labels, sure(classes)))
    agreement = [(each.row, each.networks, each.proposed) for each in find_agreement(findings)]
    assert agreement == [(250, 3, 0), (77, 2, 7)]


def test_the_table_has_labels_and_answers():
    true = np.arange(400) % 10
    labels = true.astype(np.uint8).copy()
    labels[3] = 8
    errors = find_label_errors(labels, sure(true))
    [row] = label_errors_table(errors, errors.likely, labels)
    assert row["image"] == 3
    assert (row["label"], row["read_as"]) == (8, 3)
    assert row["confidence"] == pytest.approx(0.95)
    assert "people" not in row
