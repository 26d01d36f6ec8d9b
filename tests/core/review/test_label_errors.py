"""Label errors: those put in are found, in a process of its own and by cross-validation."""

import time

import numpy as np
import pytest

from mnist_core import get_recipe, open_model, settings
from mnist_core.data.dataset import Dataset
from mnist_core.errors import DataError, JobError
from mnist_core.review.label_errors import (
    CONFIRMED,
    agreement,
    crossval_errors_folder,
    errors_from_arrays,
    errors_table,
    find_label_errors,
    folds_done,
    model_errors_folder,
    model_probabilities,
    out_of_sample,
    people_said,
    start_crossval_errors,
    start_model_errors,
)
from mnist_core.system.tasks import look_at_job

SHIPPED = settings.models_dir()


def sure(classes, p=0.95):
    """Answers that are sure of the given classes: `(n, 10)`."""
    told = np.full((len(classes), 10), (1 - p) / 9)
    told[np.arange(len(classes)), classes] = p
    return told


def wait(folder):
    deadline = time.monotonic() + 120
    while (state := look_at_job(folder)).working and time.monotonic() < deadline:
        time.sleep(0.2)
    assert state.finished, state
    return state


def test_labels_that_were_changed_are_found():
    true = np.arange(400) % 10
    labels = true.astype(np.uint8).copy()
    changed = [3, 77, 250]
    labels[changed] = (labels[changed] + 1) % 10
    found = find_label_errors(labels, sure(true))
    assert sorted(found.likely.tolist()) == changed
    assert found.predicted[changed].tolist() == true[changed].tolist()
    assert found.quality[changed].max() < 0.01
    assert len(found.ambiguous) == 0


def test_images_between_two_classes_are_ambiguous_the_evenest_first():
    true = np.arange(400) % 10
    told = sure(true)
    for row, shares in ((20, (0.55, 0.4)), (31, (0.49, 0.48))):
        told[row] = 0.05 / 8
        told[row, [true[row], 9]] = shares
    found = find_label_errors(true.astype(np.uint8), told)
    assert found.ambiguous.tolist() == [31, 20]
    assert (found.predicted[31], found.runner_up[31]) == (1, 9)
    assert len(found.likely) == 0


def test_an_unsure_other_answer_is_misread_and_not_a_likely_error():
    true = np.arange(400) % 10
    told = sure(true)
    told[20] = 0.05
    told[20, [0, 5]] = 0.2, 0.4
    found = find_label_errors(true.astype(np.uint8), told)
    assert found.misread.tolist() == [20]
    assert 20 not in found.likely


def test_classes_without_images_are_no_obstacle():
    true = (np.arange(400) % 4) * 2  # 0, 2, 4, 6
    labels = true.astype(np.uint8).copy()
    labels[5] = 0
    found = find_label_errors(labels, sure(true))
    assert found.likely.tolist() == [5]


def test_what_cant_be_looked_at_is_said():
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
        told = true.copy()
        told[blind] = labels[blind]
        findings.append(find_label_errors(labels, sure(told)))
    agreed = [(one.row, one.networks, one.proposed) for one in agreement(findings)]
    assert agreed == [(250, 3, 0), (77, 2, 7)]


def test_the_confirmed_ones_are_those_that_at_most_two_of_five_agree_with(mnist):
    for image, (label, other, for_label, for_other, neither) in CONFIRMED.items():
        assert mnist.y_test[image] == label
        assert label != other
        assert for_label <= 2
        assert for_label + for_other + neither == 5
    assert people_said(947) == "0 of 5 see the 8, 5 a 9"
    assert people_said(2654) == "0 of 5 see the 6, 2 a 1, 3 neither"
    assert people_said(0) == ""


def test_networks_find_errors_that_people_confirmed(isolated, mnist):
    models = [open_model(name, SHIPPED) for name in ("dense_512", "dropout_cnn")]
    start_model_errors(models, mnist.y_test)
    state = wait(model_errors_folder(models))
    findings = [errors_from_arrays(state.arrays, model.name) for model in models]
    direct = find_label_errors(mnist.y_test, model_probabilities(models[0]))
    np.testing.assert_array_equal(findings[0].likely, direct.likely)
    for found in findings:
        assert len(set(found.likely.tolist()) & set(CONFIRMED)) >= 4
        assert len(found.likely) < 50
    table = errors_table(direct, direct.likely[:1], mnist.y_test, confirmed=True)
    row = int(direct.likely[0])
    assert table[0]["image"] == row
    assert table[0]["label"] == mnist.y_test[row]
    assert table[0]["people"] == people_said(row)


def test_answers_to_other_images_are_refused(isolated, mnist):
    with pytest.raises(DataError, match="tested on 10,000 images"):
        start_model_errors([open_model("dense_512", SHIPPED)], mnist.y_test[:50])


@pytest.fixture(scope="module")
def few(mnist):
    """1,200 training images, ten of them with another label; and which."""
    labels = mnist.y_train[:1200].copy()
    changed = np.arange(50, 1050, 100)
    labels[changed] = (labels[changed] + 3) % 10
    return Dataset(
        "few", mnist.x_train[:1200], labels, mnist.x_test[:10], mnist.y_test[:10], "a test", False
    ), changed


def test_cross_validation_finds_changed_training_labels_and_goes_on_where_it_was(few):
    dataset, changed = few
    recipe = get_recipe("dense_512").with_settings({"epochs": 5})
    said = []

    def report(share, words, kept):
        if kept:
            said.append({name: array.copy() for name, array in kept.items()})

    told = out_of_sample(recipe, dataset, 3, report, lambda: False, {})
    assert [int(kept["done"]) for kept in said] == [1, 2, 3]
    np.testing.assert_allclose(told.sum(axis=1), 1, rtol=1e-4)
    found = find_label_errors(dataset.y_train, told)
    assert len(set(found.likely.tolist()) & set(changed.tolist())) >= 5  # of 10
    again = out_of_sample(recipe, dataset, 3, report, lambda: False, said[1])
    assert len(said) == 4  # only the last fold was trained
    np.testing.assert_allclose(again, told, atol=1e-3)
    with pytest.raises(JobError, match="2 of 3 folds are done"):
        out_of_sample(recipe, dataset, 3, report, lambda: True, said[1])


def test_more_folds_than_images_of_a_class_are_refused(few, isolated):
    dataset, _ = few
    with pytest.raises(DataError, match="from 2 to"):
        start_crossval_errors(get_recipe("dense_512"), dataset, 1000)
    folder = crossval_errors_folder(get_recipe("dense_512"), dataset)
    assert folds_done(look_at_job(folder)) == 0
