"""Two networks on the same test images."""

import pytest

from mnist_core import ModelError, StoredModel, open_model
from mnist_core.comparison import Comparison, compare_models


@pytest.mark.parametrize(
    ("first", "second", "p_value", "words"),
    [(0, 0, 1.0, "exactly the same"), (30, 10, 0.0022, "The first is better"),
     (2, 40, 1e-6, "The second is better"), (12, 15, 0.7, "may well be chance")],
)  # fmt: skip
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
