"""A network's drawing and text say what the network is."""

import re
import xml.etree.ElementTree as ET
from itertools import pairwise

import keras
import numpy as np
import pytest

from mnist_core.inside.diagram import structure_svg, summary
from mnist_core.models.layers import LayerNetwork
from mnist_core.models.store import open_model
from tests.core.models.test_layers import SHIPPED

SVG = "{http://www.w3.org/2000/svg}"
DIGITS = [str(digit) for digit in range(10)]


def network(name):
    return LayerNetwork.load(open_model(name))


@pytest.mark.parametrize("name", SHIPPED)
def test_the_drawing_has_every_layer_with_its_shape_and_arithmetic(name):
    one = network(name)
    root = ET.fromstring(structure_svg(one, DIGITS))
    groups = {group.get("data-layer"): group for group in root.iter(f"{SVG}g")}
    assert [layer for layer in groups if layer] == one.names
    for layer in one.layers:
        words = groups[layer.name].find(f"{SVG}title").text
        assert layer.kind in words
        assert " x ".join(map(str, layer.output_shape)) in words
        if layer.parameters:
            assert f"{layer.parameters:,} parameters, = {layer.arithmetic}" in words


def test_nothing_of_the_drawing_lies_outside_or_on_each_other():
    for name in SHIPPED:
        root = ET.fromstring(structure_svg(network(name), DIGITS))
        width = float(root.get("width"))
        for text in root.iter(f"{SVG}text"):
            if text.get("x"):
                half = 3.6 * len(text.text) * (text.get("text-anchor") is None)
                assert half - 8 <= float(text.get("x")) <= width - half + 8, text.text
        named = [text for text in root.iter(f"{SVG}text") if text.get("font-weight") == "bold"]
        ends = [(float(t.get("x")), 3.4 * len(t.text)) for t in named]
        for (x, half), (after, other) in pairwise(ends):
            assert x + half < after - other


def test_links_are_as_strong_as_their_weights():
    one = network("sigmoid_mlp")
    svg = structure_svg(one, DIGITS)
    widths = [float(width) for width in re.findall(r'stroke="#\w+" stroke-width="([\d.]+)"', svg)]
    assert len(widths) == 12 * 12 + 12 * 10
    kernel = one.layer("output").weights["kernel"]
    shown = np.linspace(0, 143, 12).astype(int)
    shares = np.abs(kernel[shown]) / np.abs(kernel[shown]).max()
    np.testing.assert_allclose(widths[144:], (0.2 + 1.6 * shares).ravel(), atol=0.006)


def test_the_text_has_the_shapes_and_counts_that_keras_prints(monkeypatch):
    monkeypatch.setenv("COLUMNS", "130")  # of the terminal that Keras fits its lines to
    for name in ("fast_cnn", "dropout_cnn"):
        model = keras.models.load_model(open_model(name).path("keras"))
        lines = []
        model.summary(print_fn=lines.append, line_length=120)
        theirs = re.findall(r"\((None(?:, \d+)*)\) *│ *([\d,]+)", "\n".join(map(str, lines)))
        text = summary(network(name), name)
        assert len(theirs) == len(model.layers)
        assert re.findall(r"\((None(?:, \d+)*)\) +([\d,]+)", text) == theirs
        assert f"Total params: {model.count_params():,}" in text
        trainable = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
        assert f"Trainable params: {trainable:,}" in text
