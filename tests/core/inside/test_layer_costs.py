"""What first layers cost, against Keras's own counts."""

import keras
import numpy as np

from mnist_core.inside.layer_costs import IMAGE_SIZES, conv_layer, dense_layer, format_bytes
from mnist_core.recipes.build import build_model
from mnist_core.recipes.recipe import Recipe, layer


def test_first_layers_have_the_parameters_that_keras_counts():
    recipe = Recipe(
        "a",
        "",
        (layer("Flatten"), layer("Dense", units=10, activation="softmax")),
        "categorical_crossentropy",
        "adam",
        1,
        32,
    )
    assert dense_layer(28, 28, 1, 10).parameters == build_model(recipe).count_params()
    image = keras.Input((40, 30, 3))
    conv = keras.Model(image, keras.layers.Conv2D(8, 5)(image))
    layer_cost = conv_layer(30, 40, 3, 8, 5)
    assert layer_cost.parameters == conv.count_params()
    assert layer_cost.outputs == np.prod(conv.output_shape[1:])
    assert eval(layer_cost.arithmetic.replace("x", "*")) == layer_cost.parameters


def test_4k_needs_a_hundred_gigabytes_dense_and_kilobytes_as_a_convolution():
    assert np.prod(IMAGE_SIZES["Cinema 4K, 4096x2160 color"]) == 26_542_080
    size = IMAGE_SIZES["4K, 3840x2160 color"]
    dense, conv = dense_layer(*size, 1000), conv_layer(*size, 32, 3)
    assert dense.parameters == 3840 * 2160 * 3 * 1000 + 1000 == 24_883_201_000
    assert format_bytes(dense.bytes) == "99.5 GB"
    assert conv.parameters == 3 * 3 * 3 * 32 + 32 == 896
    assert format_bytes(conv.bytes) == "3.58 KB"
    small = IMAGE_SIZES["MNIST, 28x28 gray"]
    assert conv_layer(*small[:2], 3, 32, 3).parameters == conv.parameters  # whatever the size


def test_bytes_have_decimal_units():
    assert [format_bytes(n) for n in (0, 999, 1000, 1_630_000)] == [
        "0 bytes",
        "999 bytes",
        "1 KB",
        "1.63 MB",
    ]
