"""Which images have a unit's largest outputs, and which part of them counts."""

import time
from pathlib import Path

import numpy as np
import pytest

from mnist_core import open_model
from mnist_core.data.dataset import STAND_IN_NAME
from mnist_core.data.stand_in import load_stand_in
from mnist_core.inside import units
from mnist_core.models.layers import LayerNetwork
from mnist_core.models.store import copy_model


@pytest.fixture(scope="module", params=["dense_512", "simple_cnn", "pen"])
def network(request):
    return LayerNetwork.load(open_model(request.param))


def test_the_top_images_are_those_with_the_largest_outputs(network, mnist):
    images = mnist.x_train[:200]
    *_, (count, arrays) = units.find_top_images(network, images, k=5, part=60)  # the last: 20
    assert count == 200
    outputs = network.outputs(images)
    layers = units.responding_layers(network)
    assert layers[-1].name == "output"
    assert not {"flatten_1", "dropout_1", "scale", "channel"} & {layer.name for layer in layers}
    for layer in layers:
        values = np.array(
            [image.max(axis=(0, 1)) if image.ndim == 3 else image for image in outputs[layer.name]]
        )
        assert arrays[f"{layer.name} rows"].shape == (values.shape[1], 5)
        for unit in (0, values.shape[1] - 1):
            expected = np.sort(values[:, unit])[::-1][:5]
            np.testing.assert_allclose(arrays[f"{layer.name} values"][unit], expected, rtol=1e-5)
            rows = arrays[f"{layer.name} rows"][unit]
            np.testing.assert_allclose(values[rows, unit], expected, rtol=1e-5)
            assert len(set(rows)) == 5


def test_of_images_with_equal_outputs_the_first_ones_are_top():
    network = LayerNetwork.load(open_model("dense_512"))
    *_, (_, arrays) = units.find_top_images(network, np.zeros((7, 28, 28), np.uint8), k=3)
    assert (arrays["dense_1 rows"] == [0, 1, 2]).all()


def test_an_output_depends_on_its_receptive_field_alone(network, mnist):
    """Outside of it, every pixel may change; within it, a change has an effect."""
    image = mnist.x_train[0]
    rng = np.random.default_rng(0)
    for layer in units.responding_layers(network):
        if len(layer.output_shape) != 3:
            assert units.receptive_field(network, layer.name, 0) == (0, 0, 28, 28)
            continue
        height, width, _ = layer.output_shape
        for position in (0, height * width // 2 + width // 2, height * width - 1):
            left, top, right, bottom = units.receptive_field(network, layer.name, position)
            outside, inside = (rng.integers(0, 256, (28, 28)).astype(np.uint8) for _ in range(2))
            outside[top:bottom, left:right] = image[top:bottom, left:right]
            other = image.copy()
            other[top:bottom, left:right] = inside[top:bottom, left:right]
            original, same, changed = (
                network.outputs(picture[np.newaxis], [layer.name])[layer.name].reshape(
                    height * width, -1
                )[position]
                for picture in (image, outside, other)
            )
            np.testing.assert_allclose(same, original, atol=1e-4)
            assert np.abs(changed - original).max() > 1e-3


def test_a_receptive_field_grows_with_kernels_and_pooling():
    network = LayerNetwork.load(open_model("simple_cnn"))  # 3x3 kernels, then 2x2 maxima
    assert units.receptive_field(network, "conv2d_1", 26 * 4 + 7) == (7, 4, 10, 7)
    assert units.receptive_field(network, "maxpooling2d_1", 13 * 2 + 3) == (6, 4, 10, 8)
    assert units.receptive_field(network, "dense_1", 0) == (0, 0, 28, 28)


def test_a_process_finds_the_top_images_and_stores_them(isolated):
    shipped = open_model("dense_512", Path(__file__).parents[3] / "models")
    data = {**shipped.card["data"], "name": STAND_IN_NAME, "digest": load_stand_in().digest()}
    model = copy_model(shipped, "small", {"data": data})
    assert not units.units_state(model).arrays
    state = final_state(model)
    assert not state.message
    network = LayerNetwork.load(model)
    top = units.top_images(state.arrays, network, "dense_1", 17)
    outputs = network.outputs(top.images, ["dense_1"])["dense_1"][:, 17]
    np.testing.assert_allclose(outputs, top.activations, rtol=1e-5)
    assert (np.diff(top.activations) <= 0).all()
    assert top.receptive_fields == ((0, 0, 28, 28),) * len(top.images)
    assert tuple(state.arrays["seen"]) == (1500, 1500)


def test_without_the_training_data_the_search_says_so(isolated):
    model = open_model("dense_512", Path(__file__).parents[3] / "models")
    assert "is not the data that was used before" in final_state(model).message


def final_state(model):
    """The state at the end of the search."""
    units.start_units(model)
    deadline = time.monotonic() + 120
    while (state := units.units_state(model)).working:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return state
