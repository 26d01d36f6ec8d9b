"""Compare two stored models on the test images of both."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.errors import ModelError
from mnist_core.i18n import Text
from mnist_core.metrics.comparison import Comparison, mcnemar_test
from mnist_core.models.store import StoredModel


def compare_models(first: StoredModel, second: StoredModel) -> Comparison:
    """Compare two stored models by McNemar's exact test on their test images.

    Raises:
        ModelError: they were not tested on the same images, or their answers are damaged.
    """
    first_answers, second_answers = first.test_answers(), second.test_answers()
    same_data = first.card["data"]["digest"] == second.card["data"]["digest"]
    if not same_data or len(first_answers["predicted"]) != len(second_answers["predicted"]):
        raise ModelError(
            Text(
                "{first} and {second} were tested on different images ({first_data} and "
                "{second_data}), so they can't be compared image by image.",
                first=first.name,
                second=second.name,
                first_data=first.data_name,
                second_data=second.data_name,
            )
        )
    return mcnemar_test(_correct(first_answers), _correct(second_answers))


def _correct(answers: Mapping[str, NDArray[Any]]) -> NDArray[np.bool_]:
    """Whether each image is read correctly: its label's probability is the largest one."""
    return np.isclose(np.exp(-answers["loss"]), answers["confidence"], atol=1e-6)
