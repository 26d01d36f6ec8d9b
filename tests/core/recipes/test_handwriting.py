"""Generated writers: every form of every digit, the same from the same seed."""

import numpy as np
import pytest

from mnist_core.recipes.handwriting import Writer, draw, handwriting_bank, handwritten


@pytest.mark.parametrize("digit", range(10))
def test_a_writer_keeps_his_form_of_a_digit_and_writers_differ(digit):
    forms = []
    for seed in range(40):
        writer, rng = Writer(seed), np.random.default_rng(seed)
        own = [writer.write(digit, rng).allograph for _ in range(6)]
        usual = max(set(own), key=own.count)
        assert own.count(usual) >= 3
        forms.append(usual)
    assert len(set(forms)) >= 3


def test_strokes_lie_in_a_unit_square_and_are_drawn_white_on_clear():
    for seed in range(60):
        rng = np.random.default_rng(seed)
        writer = Writer(rng)
        writing = writer.write(seed % 10, rng)
        points = np.concatenate(writing.strokes)
        assert points.min() >= -1e-9 and np.ptp(points, axis=0).max() == pytest.approx(1)
        canvas = draw(writing, writer.pen)
        assert canvas.shape == (160, 160, 4) and canvas[..., 3].max() == 255
        assert not canvas[[0, -1], :, 3].any() and not canvas[:, [0, -1], 3].any()


def test_the_bank_is_the_same_for_the_same_seed_and_has_all_digits():
    images, labels = handwriting_bank(3, 60)
    handwriting_bank.cache_clear()
    again, _ = handwriting_bank(3, 60)
    other, _ = handwriting_bank(4, 60)
    assert images.shape == (60, 28, 28) and images.dtype == np.uint8
    assert np.array_equal(images, again) and not np.array_equal(images, other)
    assert set(labels.tolist()) == set(range(10))
    assert (images.reshape(60, -1).max(axis=1) > 150).all()  # each has ink


def test_each_drawing_is_named_by_its_form():
    _, labels, allographs = handwritten(30, np.random.default_rng(0))
    assert [int(name.split()[0]) for name in allographs] == labels.tolist()
