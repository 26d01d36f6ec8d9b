"""The search for label errors, in a process of its own and by cross-validation."""

import time

import numpy as np
import pytest

from mnist_core import get_recipe, open_model, settings
from mnist_core.data.dataset import Dataset
from mnist_core.errors import DataError, TaskError
from mnist_core.i18n import _, from_line, speaking, to_line
from mnist_core.review.confident_learning import (
    find_label_errors,
    label_errors_from_arrays,
    label_errors_table,
)
from mnist_core.review.confirmed_errors import CONFIRMED_ERRORS, describe_votes
from mnist_core.review.label_errors import (
    FoldProgress,
    crossval_errors_folder,
    folds_done,
    model_errors_folder,
    model_probabilities,
    out_of_sample_probabilities,
    start_crossval_errors,
    start_model_errors,
)
from mnist_core.system.computations import read_computation

SHIPPED = settings.models_dir()


def wait(folder):
    deadline = time.monotonic() + 120
    while (state := read_computation(folder)).working and time.monotonic() < deadline:
        time.sleep(0.2)
    assert state.finished, state
    return state


def test_networks_find_errors_that_people_confirmed(isolated, mnist):
    models = [open_model(name, SHIPPED) for name in ("dense_512", "dropout_cnn")]
    start_model_errors(models, mnist.y_test)
    state = wait(model_errors_folder(models))
    findings = [label_errors_from_arrays(state.arrays, model.name) for model in models]
    direct = find_label_errors(mnist.y_test, model_probabilities(models[0]))
    np.testing.assert_array_equal(findings[0].likely, direct.likely)
    for errors in findings:
        assert len(set(errors.likely.tolist()) & set(CONFIRMED_ERRORS)) >= 4
        assert len(errors.likely) < 50
    table = label_errors_table(direct, direct.likely[:1], mnist.y_test, confirmed=True)
    row = int(direct.likely[0])
    assert table[0]["image"] == row
    assert table[0]["label"] == mnist.y_test[row]
    assert table[0]["people"] == describe_votes(row)


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


def test_cross_validation_finds_changed_training_labels_and_continues_where_it_was(few):
    dataset, changed = few
    recipe = get_recipe("dense_512").with_settings({"epochs": 5})
    stored, told = [], []

    def run(finished=None, stop=False):
        return out_of_sample_probabilities(
            recipe,
            dataset,
            3,
            on_progress=lambda share, status: told.append(to_line(status)),
            on_fold=lambda share, status, folds: stored.append(folds),
            should_stop=lambda: stop,
            finished=finished,
        )

    probabilities = run()
    assert [folds.done for folds in stored] == [1, 2, 3]
    with speaking("zh"):
        assert _(from_line(told[0])) == "第1折，共3折"
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-4)
    errors = find_label_errors(dataset.y_train, probabilities)
    assert len(set(errors.likely.tolist()) & set(changed.tolist())) >= 5  # of 10
    after_two = FoldProgress.from_arrays(stored[1].to_arrays())
    again = run(after_two)
    assert len(stored) == 4  # only the last fold was trained
    np.testing.assert_allclose(again, probabilities, atol=1e-3)
    with pytest.raises(TaskError, match="2 of 3 folds are done"):
        run(after_two, stop=True)


def test_more_folds_than_images_of_a_class_are_refused(few, isolated):
    dataset, _ = few
    with pytest.raises(DataError, match="from 2 to"):
        start_crossval_errors(get_recipe("dense_512"), dataset, 1000)
    folder = crossval_errors_folder(get_recipe("dense_512"), dataset)
    assert folds_done(read_computation(folder)) == 0
