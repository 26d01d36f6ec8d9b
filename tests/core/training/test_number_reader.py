"""The number reader's training: a few steps, and going on after an interruption."""

import numpy as np
import pytest

from mnist_core.data.stand_in import load_stand_in
from mnist_core.drawing.normalize import normalize_drawing
from mnist_core.models.number_reader import NumberReader
from mnist_core.recipes.numbers import MOST, NumberImage
from mnist_core.training import number_reader
from mnist_core.training.keras_setup import keras


@pytest.fixture(scope="module")
def digits():
    small = load_stand_in()
    images = np.stack([normalize_drawing(image) for image in small.x_train[:64]])
    return images, small.y_train[:64]


@pytest.fixture(scope="module")
def trained(tmp_path_factory, digits):
    """(folder, what was called, the network after one epoch of ten numbers)."""
    folder, calls = tmp_path_factory.mktemp("reader"), []
    model = number_reader.train_number_reader(
        *digits, folder, epochs=1, numbers=10, on_epoch=lambda *told: calls.append(told)
    )
    return folder, calls, model


def test_it_is_small_and_runs_without_tensorflow(trained):
    model = trained[2]
    assert model.count_params() < 300_000
    reader = NumberReader(number_reader.export_number_reader(model))
    for width in (32, 80):
        image = np.random.default_rng(0).integers(0, 256, (32, width), dtype=np.uint8)
        logits = model(image[np.newaxis].astype(np.float32), training=False)
        expected = keras.ops.convert_to_numpy(keras.ops.softmax(logits))[0]
        np.testing.assert_allclose(reader._frames(image), expected, atol=1e-4)


def test_training_goes_on_where_it_was_interrupted(trained, digits):
    folder, calls, model = trained
    assert [epoch for epoch, _ in calls] == [1] and np.isfinite(calls[0][1])
    before = [weight.numpy() for weight in model.weights]
    same = number_reader.train_number_reader(*digits, folder, epochs=1, numbers=10)
    for weight, other in zip(before, same.weights, strict=True):
        np.testing.assert_array_equal(weight, other.numpy())


def test_the_loss_knows_what_was_written():
    rng = np.random.default_rng(0)
    number = NumberImage(np.zeros((32, 32), np.uint8), (4, 4), (8.0, 20.0))
    pictures, targets = number_reader.make_batch([number], 32, rng)
    assert pictures.shape == (1, 32, 32) and targets.shape == (1, MOST + 16)
    assert targets[0, :MOST].tolist() == [4, 4] + [-1] * (MOST - 2)
    assert np.flatnonzero(targets[0, MOST:] == 4).tolist() == [4, 10]

    def logits(**places):
        made = np.zeros((1, 16, 11), np.float32)
        made[0, :, number_reader.NOTHING] = 20
        for place, digit in places.items():
            made[0, int(place[1:]), digit] = 40
        return made

    right = logits(p4=4, p10=4)
    assert float(number_reader.ctc_loss(targets, right)[0]) < 0.01
    assert float(number_reader.placed_loss(targets, right)[0]) < 0.01
    elsewhere = logits(p5=4, p12=4)  # the text is right, the places are not
    assert float(number_reader.ctc_loss(targets, elsewhere)[0]) < 0.01
    assert float(number_reader.placed_loss(targets, elsewhere)[0]) > 5
    assert float(number_reader.ctc_loss(targets, logits(p4=4))[0]) > 5


def test_where_there_is_nothing_to_read_each_answer_should_say_so():
    empty = NumberImage(np.zeros((32, 32), np.uint8), (), ())
    _, targets = number_reader.make_batch([empty], 32, np.random.default_rng(0))
    quiet = np.zeros((1, 16, 11), np.float32)
    quiet[..., number_reader.NOTHING] = 20
    loud = quiet.copy()
    loud[0, 3, 2] = 40
    assert float(number_reader.ctc_loss(targets, quiet)[0]) < 0.01
    assert float(number_reader.ctc_loss(targets, loud)[0]) > 5
