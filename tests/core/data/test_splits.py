"""The splits that Keras and the tutorials make."""

import dataclasses

import numpy as np
import pytest

from mnist_core.data.splits import k_folds, split_60_20_20, split_validation
from mnist_core.data.stand_in import load_stand_in
from mnist_core.errors import DataError


@pytest.mark.parametrize(
    ("n", "share", "cut"), [(10, 0.3, 7), (10, 0, 10), (10, 0.25, 7), (60000, 0.3, 42000)]
)
def test_validation_is_the_last_rows(n, share, cut):
    rows = np.arange(n)
    (x, y), (x_val, y_val) = split_validation(rows, -rows, share)
    assert x.tolist() == list(range(cut))
    assert x_val.tolist() == list(range(cut, n))
    np.testing.assert_array_equal(y, -x)
    np.testing.assert_array_equal(y_val, -x_val)


@pytest.mark.parametrize("share", [-0.1, 1, 1.2, float("nan")])
def test_impossible_validation_split(tiny_arrays, share):
    with pytest.raises(DataError, match=f"Received: validation_split={share}"):
        split_validation(tiny_arrays["x_train"], tiny_arrays["y_train"], share)


@pytest.fixture(scope="module")
def small():
    return load_stand_in()


def numbered(dataset):
    """The data set with pictures that carry their row number, to follow each through a split."""
    rows = np.arange(len(dataset.x_train) + len(dataset.x_test), dtype=np.uint16)
    x = np.zeros((len(rows), 28, 28), np.uint8)
    x[:, 0, 0], x[:, 0, 1] = rows % 256, rows // 256
    n = len(dataset.x_train)
    return dataclasses.replace(dataset, x_train=x[:n], x_test=x[n:])


def row_numbers(x):
    return x[:, 0, 0].astype(int) + 256 * x[:, 0, 1].astype(int)


def test_60_20_20_uses_each_image_once_with_its_label(small):
    labels = np.concatenate([small.y_train, small.y_test])
    parts = split_60_20_20(numbered(small))
    rows_of_parts = [row_numbers(x) for x, _ in parts]
    assert sorted(np.concatenate(rows_of_parts)) == list(range(1797))
    for rows, (_, y) in zip(rows_of_parts, parts, strict=True):
        np.testing.assert_array_equal(labels[rows], y)


def test_60_20_20_has_its_shares_in_each_class(small):
    labels = np.concatenate([small.y_train, small.y_test])
    everything = np.bincount(labels)
    for share, (x, y) in zip((0.6, 0.2, 0.2), split_60_20_20(small), strict=True):
        assert abs(len(x) - share * len(labels)) <= 1
        assert len(x) == len(y)
        assert np.abs(np.bincount(y) - share * everything).max() <= 1.5


def test_60_20_20_depends_on_its_seed_alone(small):
    first, again, other = (split_60_20_20(small, seed)[0][0] for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_folds_validate_each_row_once(small):
    validated = []
    for train, validation in k_folds(small.y_train, folds=5):
        assert not set(train) & set(validation)
        assert len(train) + len(validation) == 1500
        validated.extend(validation)
    assert sorted(validated) == list(range(1500))


def test_folds_are_stratified(small):
    everything = np.bincount(small.y_train)
    folds = list(k_folds(small.y_train, folds=4))
    assert len(folds) == 4
    for _, validation in folds:
        assert np.abs(np.bincount(small.y_train[validation]) - everything / 4).max() <= 1
