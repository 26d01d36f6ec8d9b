"""The confusion matrix and the reliability diagram show the numbers that they were given."""

import numpy as np
import pytest

from mnist_core.figures.evaluation_charts import confusion_figure, reliability_figure
from mnist_core.figures.style import BLUE
from mnist_core.metrics.calibration import reliability


@pytest.fixture
def matrix():
    counts = np.diag([90] * 10)
    counts[4, 9], counts[4, 7], counts[9, 4] = 9, 1, 12
    return counts


def cell_texts(figure):
    """The text of each cell: (true, predicted) -> text."""
    return {(note.y, note.x): note.text for note in figure.layout.annotations}


def test_counts_stand_in_their_cells_rows_are_true(matrix):
    texts = cell_texts(confusion_figure(matrix))
    assert (texts[4, 9], texts[9, 4], texts[4, 4]) == ("9", "12", "90")
    assert (0, 1) not in texts  # nothing is written where there is nothing


def test_shares_are_per_cent_of_the_row(matrix):
    texts = cell_texts(confusion_figure(matrix, shares=True))
    assert (texts[4, 9], texts[4, 7], texts[4, 4]) == ("9.0", "1.0", "90.0")
    assert texts[5, 5] == "100"
    matrix[3] = 0  # a digit of which there is no image
    assert not [cell for cell in cell_texts(confusion_figure(matrix, shares=True)) if cell[0] == 3]


def test_mistakes_and_the_dimmed_diagonal_can_both_be_pointed_at(matrix):
    mistakes, diagonal = (np.asarray(layer.z, float) for layer in confusion_figure(matrix).data)
    assert mistakes[4, 9] == 9 and np.isnan(mistakes.diagonal()).all()
    assert (diagonal.diagonal() == 90).all() and np.isnan(diagonal[4, 9])


@pytest.mark.parametrize(
    ("selection", "corners"),
    [
        ({}, None),
        ({"label": 4, "predicted": 9}, (8.5, 9.5, 3.5, 4.5)),
        ({"label": 4}, (-0.5, 9.5, 3.5, 4.5)),
        ({"predicted": 9}, (8.5, 9.5, -0.5, 9.5)),
    ],
)
def test_the_chosen_cell_row_or_column_has_a_frame(matrix, selection, corners):
    shapes = confusion_figure(matrix, **selection).layout.shapes
    assert [(shape.x0, shape.x1, shape.y0, shape.y1) for shape in shapes] == (
        [corners] if corners else []
    )


def test_bars_are_as_high_as_answers_are_right():
    probabilities = np.full((4, 10), 0.01, np.float32)
    probabilities[:, 3] = 0.91
    figure = reliability_figure(reliability(probabilities, np.array([3, 3, 3, 5], np.uint8)))
    bars = next(trace for trace in figure.data if trace.type == "bar")
    assert bars.marker.color == BLUE
    assert list(bars.y) == [0.75]
    assert bars.x[0] - bars.width / 2 < 0.91 < bars.x[0] + bars.width / 2
    assert list(bars.customdata[0]) == pytest.approx([4, 0.91])
