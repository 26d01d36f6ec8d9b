"""Paired tests of two networks on the same images."""

import numpy as np
import pytest

from mnist_core.errors import DataError
from mnist_core.metrics.comparison import Comparison, answer_changes, mcnemar_test


@pytest.mark.parametrize(
    ("first", "second", "p_value", "words"),
    [
        (0, 0, 1.0, "exactly the same"),
        (30, 10, 0.0022, "dense_512 is significantly better, p = 0.0022"),
        (2, 40, 1e-6, "deep_cnn is significantly better, p < 0.001"),
        (12, 15, 0.7, "No significant difference"),
    ],
)
def test_the_result_of_a_comparison_in_words(first, second, p_value, words):
    assert words in Comparison(first, second, p_value).describe("dense_512", "deep_cnn")


def test_what_changes_from_one_network_to_another():
    first = np.array([True, True, False, False, False])
    second = np.array([True, False, True, True, False])
    changes = answer_changes(first, second)
    assert changes.fixed.tolist() == [2, 3]
    assert changes.broken.tolist() == [1]
    assert changes.still_wrong.tolist() == [4]
    comparison = mcnemar_test(first, second)
    assert (comparison.only_first, comparison.only_second) == (1, 2)
    with pytest.raises(DataError, match="Received: 5 and 4 answers"):
        mcnemar_test(first, second[:4])
