"""Two stored models on the same test images."""

import pytest

from mnist_core import ModelError, StoredModel, open_model
from mnist_core.metrics.comparison import Comparison
from mnist_core.review.comparison import compare_models


def test_shipped_networks_are_compared_image_by_image():
    pen, sigmoid = open_model("pen"), open_model("sigmoid_mlp")
    comparison = compare_models(pen, sigmoid)
    gained = (comparison.only_first - comparison.only_second) / 10_000
    assert gained == pytest.approx(pen.evaluation.accuracy - sigmoid.evaluation.accuracy)
    assert comparison.p_value < 1e-6
    assert compare_models(pen, pen) == Comparison(0, 0, 1.0)


def test_networks_with_other_test_images_are_not_compared():
    pen = open_model("pen")
    card = {**pen.card, "data": {**pen.card["data"], "name": "other", "digest": "0" * 64}}
    with pytest.raises(ModelError, match="different images"):
        compare_models(pen, StoredModel("other", pen.folder, card))
