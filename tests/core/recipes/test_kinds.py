"""The table of layer kinds, compared with Keras."""

import numpy as np
import pytest

from mnist_core.recipes.kinds import KINDS, Category, describe_kind

SETTINGS = {
    "Rescaling": {"scale": 1.0},
    "Reshape": {"target_shape": (6, 4, 2)},
    "Permute": {"dims": (1, 2, 3)},
    "GlobalMaxPooling2D": {},
    "SpatialDropout2D": {"rate": 0.5},
    "GaussianNoise": {"stddev": 0.5},
    "GaussianDropout": {"rate": 0.5},
    "AlphaDropout": {"rate": 0.5},
}


def keras_layer(kind):
    import keras

    settings = SETTINGS.get(kind.name, kind.default_settings or {})
    return getattr(keras.layers, kind.name)(**settings)


def outputs(kind, images):
    return np.asarray(keras_layer(kind)(images, training=False))


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_the_output_is_as_keras_has_it(kind):
    images = np.ones((1, 6, 4, 2), np.float32)
    layer = keras_layer(kind)
    shape = layer(images).shape[1:]
    if kind.output:
        output = kind.output({**layer.get_config()}, (6, 4, 2))
        assert output.shape == tuple(shape)
        assert output.parameters == layer.count_params()


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS.values() if kind.passes_values], ids=lambda kind: kind.name
)
def test_kinds_that_pass_values_give_what_they_get(kind):
    images = np.random.default_rng(0).normal(size=(1, 6, 4, 2)).astype(np.float32)
    np.testing.assert_array_equal(outputs(kind, images).ravel(), images.ravel())


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS.values() if kind.pointwise], ids=lambda kind: kind.name
)
def test_pointwise_kinds_change_only_the_position_that_changed(kind):
    images = np.zeros((1, 6, 4, 2), np.float32)
    changed = images.copy()
    changed[0, 3, 1, 0] = 5
    difference = outputs(kind, changed) != outputs(kind, images)
    assert np.argwhere(difference).tolist() == [[0, 3, 1, 0]]


def test_every_kind_has_a_summary_and_a_description():
    for kind in KINDS.values():
        assert kind.summary and kind.description.endswith("."), kind.name
        assert kind.category in Category
    assert describe_kind("SeparableConv2D") == "The layer SeparableConv2D of Keras."
