"""Curves of trainings show the metrics that they were given."""

import numpy as np
import pytest

from mnist_core.figures.training_charts import (
    Curves,
    curves_figure,
    folds_figure,
    history_figure,
    smooth,
)

BATCHES = {"epoch": [1, 1, 2, 2], "batch": [1, 2, 1, 2], "accuracy": [0.2, 0.4, 0.6, 0.8]}


def test_smoothing_has_no_bias_to_its_start_and_skips_what_is_not_finite():
    assert smooth([3.0, 3.0, 3.0], 0.9) == pytest.approx([3, 3, 3])
    assert smooth([1.0, 5.0], 0).tolist() == [1, 5]
    # 0.5 * 1 and 0.5 * 0.5 * 1 + 0.5 * 4, over the weights so far
    assert smooth([1.0, 4.0], 0.5) == pytest.approx([1, 2.25 / 0.75])
    assert smooth([1.0, np.nan, np.inf], 0.5) == pytest.approx([1, 1, 1])


def test_batches_and_validation_stand_at_their_epochs():
    curves = Curves("mine", {"val_accuracy": [0.5, 0.7]}, BATCHES, steps=2)
    line, validation = curves_figure([curves], "accuracy", smoothing=0).data
    assert list(line.x) == [0.5, 1, 1.5, 2]
    assert list(line.y) == BATCHES["accuracy"]
    assert (list(validation.x), list(validation.y)) == ([1, 2], [0.5, 0.7])
    assert [line.name, validation.name] == ["training", "validation"]


def test_a_logarithmic_axis_shows_the_error_rate_instead_of_accuracy():
    curves = [Curves(name, {}, BATCHES, steps=2) for name in ("one", "two")]
    figure = curves_figure(curves, "accuracy", smoothing=0, log=True)
    assert list(figure.data[0].y) == pytest.approx([0.8, 0.6, 0.4, 0.2])
    assert figure.layout.yaxis.title.text == "error rate"
    assert [trace.name for trace in figure.data] == ["one", "two"]


def test_folds_are_drawn_with_their_mean_and_deviation():
    figure = folds_figure({1: [0.5, 0.7], 2: [0.7]}, [0.6], [0.1], "accuracy")
    band, first, second, mean = figure.data
    assert list(band.y) == pytest.approx([0.7, 0.5])
    assert (list(first.y), list(second.y)) == ([0.5, 0.7], [0.7])
    assert list(mean.y) == [0.6]


def test_what_was_published_stands_over_what_was_measured():
    published = {"loss": [0.3, None, 0.1], "val_loss": [None, None, None]}
    figure = history_figure({"loss": [0.25, 0.2], "accuracy": [0.8, 0.9]}, "loss", published)
    measured, printed = figure.data
    assert [measured.name, printed.name] == ["training", "training, published"]
    assert (list(measured.x), list(measured.y)) == ([1, 2], [0.25, 0.2])
    assert (list(printed.x), list(printed.y)) == ([1, 2, 3], [0.3, None, 0.1])
    assert [measured.line.dash, printed.line.dash] == [None, "dot"]
