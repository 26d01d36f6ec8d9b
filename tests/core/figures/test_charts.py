"""The confusion matrix and the reliability diagram show the numbers that they were given."""

import subprocess
import sys

import numpy as np
import pytest

from mnist_core.figures.charts import BLUE, confusion_figure, reliability_figure
from mnist_core.metrics.classification import reliability


@pytest.fixture
def matrix():
    counts = np.diag([90] * 10)
    counts[4, 9], counts[4, 7], counts[9, 4] = 9, 1, 12
    return counts


def words(figure):
    """The text of each cell: (true, answer) -> text."""
    return {(one.y, one.x): one.text for one in figure.layout.annotations}


def test_counts_stand_in_their_cells_rows_are_true(matrix):
    found = words(confusion_figure(matrix))
    assert (found[4, 9], found[9, 4], found[4, 4]) == ("9", "12", "90")
    assert (0, 1) not in found  # nothing is written where there is nothing


def test_shares_are_per_cent_of_the_row(matrix):
    found = words(confusion_figure(matrix, shares=True))
    assert (found[4, 9], found[4, 7], found[4, 4]) == ("9.0", "1.0", "90.0")
    assert found[5, 5] == "100"
    matrix[3] = 0  # a digit of which there is no image
    assert not [place for place in words(confusion_figure(matrix, shares=True)) if place[0] == 3]


def test_mistakes_and_the_dimmed_diagonal_can_both_be_pointed_at(matrix):
    wrong, right = (np.asarray(one.z, float) for one in confusion_figure(matrix).data)
    assert wrong[4, 9] == 9 and np.isnan(wrong.diagonal()).all()
    assert (right.diagonal() == 90).all() and np.isnan(right[4, 9])


@pytest.mark.parametrize(
    ("chosen", "corners"),
    [
        ({}, None),
        ({"label": 4, "said": 9}, (8.5, 9.5, 3.5, 4.5)),
        ({"label": 4}, (-0.5, 9.5, 3.5, 4.5)),
        ({"said": 9}, (8.5, 9.5, -0.5, 9.5)),
    ],
)
def test_the_chosen_cell_row_or_column_has_a_frame(matrix, chosen, corners):
    shapes = confusion_figure(matrix, **chosen).layout.shapes
    assert [(one.x0, one.x1, one.y0, one.y1) for one in shapes] == ([corners] if corners else [])


def test_bars_are_as_high_as_answers_are_right():
    probabilities = np.full((4, 10), 0.01, np.float32)
    probabilities[:, 3] = 0.91
    figure = reliability_figure(reliability(probabilities, np.array([3, 3, 3, 5], np.uint8)))
    bars = next(one for one in figure.data if one.type == "bar")
    assert bars.marker.color == BLUE
    assert list(bars.y) == [0.75]
    assert bars.x[0] - bars.width / 2 < 0.91 < bars.x[0] + bars.width / 2
    assert list(bars.customdata[0]) == pytest.approx([4, 0.91])


def test_a_figure_is_made_while_another_thread_imports_pandas():
    code = (
        "import sys, threading\n"
        "import plotly.graph_objects\n"
        "from mnist_core.figures.charts import confusion_figure\n"
        "assert 'pandas' not in sys.modules\n"
        "threading.Thread(target=lambda: __import__('pandas')).start()\n"
        "while 'pandas' not in sys.modules: pass\n"
        "confusion_figure([[1] * 10] * 10)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
