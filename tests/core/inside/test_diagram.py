"""A network's diagram has its layers and weights."""

import re
import xml.etree.ElementTree as ET
from itertools import pairwise

import numpy as np
import pytest

from mnist_core.inside.diagram import structure_svg
from mnist_core.models.layers import LayerNetwork
from mnist_core.models.store import open_model
from tests.core.models.test_layers import SHIPPED

SVG = "{http://www.w3.org/2000/svg}"
DIGITS = [str(digit) for digit in range(10)]


def network(name):
    return LayerNetwork.load(open_model(name))


@pytest.mark.parametrize("name", SHIPPED)
def test_the_diagram_has_every_layer_with_its_shape_and_arithmetic(name):
    net = network(name)
    root = ET.fromstring(structure_svg(net, DIGITS))
    groups = {group.get("data-layer"): group for group in root.iter(f"{SVG}g")}
    assert [layer for layer in groups if layer] == net.names
    for layer in net.layers:
        title = groups[layer.name].find(f"{SVG}title").text
        assert layer.kind in title
        assert " x ".join(map(str, layer.output_shape)) in title
        if layer.parameters:
            assert f"{layer.parameters:,} parameters, = {layer.arithmetic}" in title


def test_no_text_of_the_diagram_lies_outside_or_over_another():
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


def test_lines_are_as_wide_as_their_weights():
    net = network("sigmoid_mlp")
    svg = structure_svg(net, DIGITS)
    widths = [float(width) for width in re.findall(r'stroke="#\w+" stroke-width="([\d.]+)"', svg)]
    assert len(widths) == 12 * 12 + 12 * 10
    kernel = net.layer("output").weights["kernel"]
    drawn = np.linspace(0, 143, 12).astype(int)
    shares = np.abs(kernel[drawn]) / np.abs(kernel[drawn]).max()
    np.testing.assert_allclose(widths[144:], (0.2 + 1.6 * shares).ravel(), atol=0.006)
