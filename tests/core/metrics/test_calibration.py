"""Calibration against direct calculations and scikit-learn."""

import numpy as np
import pytest

from mnist_core.metrics.calibration import (
    apply_temperature,
    calibration_error,
    fit_temperature,
    reliability,
)


def test_a_temperature_softens_or_sharpens_and_keeps_the_order():
    rows = np.array([[0.7, 0.2, 0.1], [0.2, 0.3, 0.5]], np.float32)
    softer, sharper = apply_temperature(rows, 2), apply_temperature(rows, 0.5)
    for other in (softer, sharper):
        np.testing.assert_allclose(other.sum(axis=1), 1, rtol=1e-6)
        np.testing.assert_array_equal(other.argsort(axis=1), rows.argsort(axis=1))
    np.testing.assert_allclose(sharper[0], np.array([49, 4, 1]) / 54, rtol=1e-5)  # squares
    assert softer[0, 0] < 0.7 < sharper[0, 0]
    assert apply_temperature(rows, 1) is rows


def test_a_temperature_takes_certain_answers():
    certain = np.eye(10, dtype=np.float32)
    assert np.isfinite(apply_temperature(certain, 3)).all()
    np.testing.assert_allclose(apply_temperature(certain, 3).sum(axis=1), 1, rtol=1e-6)


def test_the_fitted_temperature_mends_what_was_overconfident():
    chance = np.random.default_rng(0)
    logits = chance.normal(0, 2, (4000, 10))
    true = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = (true.cumsum(axis=1) > chance.random((4000, 1))).argmax(axis=1).astype(np.uint8)
    overconfident = apply_temperature(true.astype(np.float32), 1 / 3)
    assert fit_temperature(overconfident, labels) == pytest.approx(3, rel=0.06)
    assert fit_temperature(true.astype(np.float32), labels) == pytest.approx(1, rel=0.06)
    before = calibration_error(overconfident, labels)
    after = calibration_error(apply_temperature(overconfident, 3), labels)
    assert after < 0.03 < 0.2 < before


def test_calibration_error_by_hand():
    # Two images at 0.9, one of them right; two at 0.6, both right.
    rows = np.full((4, 10), 0.0, np.float32)
    rows[:2, 0], rows[:2, 1] = 0.9, 0.1
    rows[2:, 3], rows[2:, 4] = 0.6, 0.4
    labels = np.array([0, 1, 3, 3], np.uint8)
    assert calibration_error(rows, labels) == pytest.approx((2 * 0.4 + 2 * 0.4) / 4)


def test_calibration_error_of_certain_and_right_answers_is_none():
    assert calibration_error(np.eye(10, dtype=np.float32), np.arange(10, dtype=np.uint8)) == 0


def test_reliability_against_scikit_learn():
    from sklearn.calibration import calibration_curve

    rng = np.random.default_rng(3)
    probabilities = rng.dirichlet(np.ones(10), 300).astype(np.float32)
    labels = rng.integers(0, 10, 300).astype(np.uint8)
    binned = reliability(probabilities, labels, bins=10)
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    accuracy, mean = calibration_curve(right, confidence, n_bins=10)
    filled = binned.images > 0
    assert binned.images.sum() == len(labels)
    assert 0 < filled.sum() < 10
    assert np.isnan(binned.accuracy[~filled]).all()
    assert binned.accuracy[filled] == pytest.approx(accuracy)
    assert binned.confidence[filled] == pytest.approx(mean, rel=1e-5)
