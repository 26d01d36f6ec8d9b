"""Which images light a unit most, and which part of them."""

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


def test_the_brightest_images_are_those_with_the_largest_numbers(network, mnist, monkeypatch):
    monkeypatch.setattr(units, "AT_ONCE", 60)  # several parts, the last one smaller
    images = mnist.x_train[:200]
    *_, (seen, found) = units.brightest(network, images, k=5)
    assert seen == 200
    outputs = network.outputs(images)
    layers = units.seeing_layers(network)
    assert layers[-1].name == "output"
    assert not {"flatten_1", "dropout_1", "scale", "channel"} & {layer.name for layer in layers}
    for layer in layers:
        values = np.array(
            [image.max(axis=(0, 1)) if image.ndim == 3 else image for image in outputs[layer.name]]
        )
        assert found[f"{layer.name} rows"].shape == (values.shape[1], 5)
        for unit in (0, values.shape[1] - 1):
            expected = np.sort(values[:, unit])[::-1][:5]
            np.testing.assert_allclose(found[f"{layer.name} values"][unit], expected, rtol=1e-5)
            rows = found[f"{layer.name} rows"][unit]
            np.testing.assert_allclose(values[rows, unit], expected, rtol=1e-5)
            assert len(set(rows)) == 5


def test_of_equally_bright_images_the_first_ones_are_kept():
    network = LayerNetwork.load(open_model("dense_512"))
    *_, (_, found) = units.brightest(network, np.zeros((7, 28, 28), np.uint8), k=3)
    assert (found["dense_1 rows"] == [0, 1, 2]).all()


def test_only_what_lies_in_a_field_counts(network, mnist):
    """Outside of a place's field, every pixel may change; within it, some do something."""
    image = mnist.x_train[0]
    rng = np.random.default_rng(0)
    for layer in units.seeing_layers(network):
        if len(layer.output_shape) != 3:
            assert units.field(network, layer.name, 0) == (0, 0, 28, 28)
            continue
        height, width, _ = layer.output_shape
        for place in (0, height * width // 2 + width // 2, height * width - 1):
            left, top, right, bottom = units.field(network, layer.name, place)
            outside, inside = (rng.integers(0, 256, (28, 28)).astype(np.uint8) for _ in range(2))
            outside[top:bottom, left:right] = image[top:bottom, left:right]
            other = image.copy()
            other[top:bottom, left:right] = inside[top:bottom, left:right]
            seen, same, changed = (
                network.outputs(picture[np.newaxis], [layer.name])[layer.name].reshape(
                    height * width, -1
                )[place]
                for picture in (image, outside, other)
            )
            np.testing.assert_allclose(same, seen, atol=1e-4)
            assert np.abs(changed - seen).max() > 1e-3


def test_a_field_is_as_large_as_kernels_and_pooling_make_it():
    network = LayerNetwork.load(open_model("simple_cnn"))  # 3x3 kernels, then 2x2 maxima
    assert units.field(network, "conv2d_1", 26 * 4 + 7) == (7, 4, 10, 7)
    assert units.field(network, "maxpooling2d_1", 13 * 2 + 3) == (6, 4, 10, 8)
    assert units.field(network, "dense_1", 0) == (0, 0, 28, 28)


def test_they_are_found_by_a_process_of_its_own_and_kept(isolated):
    shipped = open_model("dense_512", Path(__file__).parents[3] / "models")
    data = {**shipped.card["data"], "name": STAND_IN_NAME, "digest": load_stand_in().digest()}
    model = copy_model(shipped, "small", {"data": data})
    assert not units.look_at_units(model).arrays
    state = found(model)
    assert not state.message
    network = LayerNetwork.load(model)
    best = units.unit_images(state.arrays, network, "dense_1", 17)
    given = network.outputs(best.images, ["dense_1"])["dense_1"][:, 17]
    np.testing.assert_allclose(given, best.values, rtol=1e-5)
    assert (np.diff(best.values) <= 0).all()
    assert best.boxes == ((0, 0, 28, 28),) * len(best.images)
    assert tuple(state.arrays["seen"]) == (1500, 1500)


def test_without_the_data_that_it_learned_from_it_says_so(isolated):
    model = open_model("dense_512", Path(__file__).parents[3] / "models")
    assert "is not the data that was used before" in found(model).message


def found(model):
    """How the search ended."""
    units.start_units(model)
    deadline = time.monotonic() + 120
    while (state := units.look_at_units(model)).working:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return state
