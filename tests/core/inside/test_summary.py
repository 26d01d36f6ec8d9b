"""A network's summary has the shapes and parameters that Keras prints."""

import re

import keras
import numpy as np

from mnist_core.inside.summary import summary
from mnist_core.models.layers import LayerNetwork
from mnist_core.models.store import open_model


def test_the_summary_has_the_shapes_and_counts_that_keras_prints(monkeypatch):
    monkeypatch.setenv("COLUMNS", "130")  # of the terminal that Keras fits its lines to
    for name in ("fast_cnn", "dropout_cnn"):
        model = keras.models.load_model(open_model(name).path("keras"))
        lines = []
        model.summary(print_fn=lines.append, line_length=120)
        expected = re.findall(r"\((None(?:, \d+)*)\) *│ *([\d,]+)", "\n".join(map(str, lines)))
        text = summary(LayerNetwork.load(open_model(name)), name)
        assert len(expected) == len(model.layers)
        assert re.findall(r"\((None(?:, \d+)*)\) +([\d,]+)", text) == expected
        assert f"Total params: {model.count_params():,}" in text
        trainable = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
        assert f"Trainable params: {trainable:,}" in text
