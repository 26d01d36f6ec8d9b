"""Networks give the same probabilities in a JavaScript engine as in LiteRT."""

import json

import numpy as np
import pytest

from mnist_core import ModelError, open_model
from mnist_core.models.browser_weights import SETTINGS, encode_for_browser, encode_network
from mnist_core.models.layer_weights import LayerDefinition, define_layers
from mnist_core.models.litert import LiteNetwork
from mnist_core.models.train_or_load import export_litert
from mnist_core.recipes.builtin import RECIPES
from mnist_core.recipes.kinds import KINDS
from tests.core.models.random_networks import random_network
from tests.javascript.node import predict_in_node

TOLERANCE = 1e-4  # far below what is promised, and far above what rounding makes


def assert_same_answers(probabilities, expected):
    np.testing.assert_allclose(probabilities, expected, atol=TOLERANCE)
    np.testing.assert_array_equal(probabilities.argmax(axis=1), expected.argmax(axis=1))


@pytest.mark.parametrize("webassembly", [True, False])
def test_every_shipped_network_gives_the_same_probabilities(mnist, webassembly):
    models = [open_model(name) for name in RECIPES]
    images = mnist.x_test[:100]
    outputs = predict_in_node(
        [encode_network(model) for model in models], images, webassembly=webassembly
    )
    for model, output in zip(models, outputs, strict=True):
        assert_same_answers(output, LiteNetwork(model.read("litert")).predict(images))


@pytest.fixture(scope="module")
def thrown_together():
    return [random_network(seed) for seed in range(60)]


def test_networks_thrown_together_give_the_same_probabilities(mnist, thrown_together):
    images = mnist.x_test[:3]
    files = [encode_for_browser(define_layers(network), {}) for network in thrown_together]
    outputs = predict_in_node(files, images)
    plain = predict_in_node(files, images, webassembly=False)
    for network, *results in zip(thrown_together, outputs, plain, strict=True):
        expected = np.asarray(network(images.astype(np.float32), training=False))
        for result in results:
            assert_same_answers(result, expected)
    converted = export_litert(thrown_together[0])  # slow: the benchmark has all of them
    assert_same_answers(outputs[0], LiteNetwork(converted).predict(images))


def test_the_networks_thrown_together_have_every_kind_of_layer(thrown_together):
    used = {layer.kind for network in thrown_together for layer in define_layers(network)}
    assert used == set(SETTINGS)


def test_the_engine_runs_every_kind_that_has_a_description():
    assert set(SETTINGS) == set(KINDS)


def test_the_file_says_what_the_network_is():
    model = open_model("pen")
    content = encode_network(model)
    length = int.from_bytes(content[:8], "little")
    about = json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["network"])
    assert about["name"] == "pen"
    assert about["accuracy"] == model.evaluation.accuracy
    assert about["temperature"] == model.card["calibration"]["temperature"]


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("SeparableConv2D", {}),
        ("Activation", {"activation": "hard_shrink"}),
        ("Activation", {"activation": {"class_name": "Custom"}}),
        ("Conv2D", {"data_format": "channels_first"}),
        ("BatchNormalization", {"axis": 1}),
    ],
)
def test_a_layer_that_the_engine_does_not_know_is_refused_by_name(kind, settings):
    layer = LayerDefinition("strange_1", kind, settings, {})
    with pytest.raises(ModelError, match="strange_1"):
        encode_for_browser([layer], {})
