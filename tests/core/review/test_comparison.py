"""Two networks on the same test images."""

import numpy as np
import pytest

from mnist_core import ModelError, StoredModel, open_model
from mnist_core.review.comparison import Comparison, changes, compare_models, compare_right


@pytest.mark.parametrize(
    ("first", "second", "p_value", "words"),
    [
        (0, 0, 1.0, "exactly the same"),
        (30, 10, 0.0022, "The first is better"),
        (2, 40, 1e-6, "The second is better"),
        (12, 15, 0.7, "may well be chance"),
    ],
)
def test_a_comparison_in_words(first, second, p_value, words):
    assert words in Comparison(first, second, p_value).words


def test_shipped_networks_are_compared_image_by_image():
    pen, sigmoid = open_model("pen"), open_model("sigmoid_mlp")
    compared = compare_models(pen, sigmoid)
    gained = (compared.only_first - compared.only_second) / 10_000
    assert gained == pytest.approx(pen.evaluation.accuracy - sigmoid.evaluation.accuracy)
    assert compared.p_value < 1e-6
    assert compare_models(pen, pen) == Comparison(0, 0, 1.0)


def test_networks_with_other_test_images_are_not_compared():
    pen = open_model("pen")
    card = {**pen.card, "data": {**pen.card["data"], "name": "other", "digest": "0" * 64}}
    with pytest.raises(ModelError, match="different images"):
        compare_models(pen, StoredModel("other", pen.folder, card))


def test_what_changes_from_one_network_to_another():
    first = np.array([True, True, False, False, False])
    second = np.array([True, False, True, True, False])
    found = {name: places.tolist() for name, places in changes(first, second).items()}
    assert found == {"fixed": [2, 3], "broken": [1], "still": [4]}
    compared = compare_right(first, second)
    assert (compared.only_first, compared.only_second) == (1, 2)
    with pytest.raises(ModelError, match="Received: 5 and 4 answers"):
        compare_right(first, second[:4])
