"""Orders, counts, ink, slant and parts of a data set, against direct calculations."""

import numpy as np
import pytest

from mnist_core.data.exploration import (
    arrange_rows,
    black_and_white,
    class_counts,
    class_pictures,
    fold_assignments,
    ink_and_slant,
    part_image,
    pixel_counts,
    unusualness,
    validation_part,
)

LABELS = np.array([3, 1, 3, 0, 1, 3], np.uint8)


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).integers(0, 256, (50, 28, 28), dtype=np.uint8)


@pytest.fixture(scope="module")
def labels():
    return np.arange(50, dtype=np.uint8) % 7


def test_all_rows_in_order_of_the_file_and_only_some_classes():
    assert arrange_rows(LABELS).tolist() == [0, 1, 2, 3, 4, 5]
    assert arrange_rows(LABELS, [3]).tolist() == [0, 2, 5]
    assert arrange_rows(LABELS, [0, 1]).tolist() == [1, 3, 4]
    assert arrange_rows(LABELS, [9]).tolist() == []


def test_a_seed_gives_the_same_random_order_and_leaving_out_classes_keeps_it():
    everything = arrange_rows(LABELS, order="random", seed=4)
    assert sorted(everything) == list(range(6))
    assert np.array_equal(everything, arrange_rows(LABELS, order="random", seed=4))
    excluding_0 = arrange_rows(LABELS, [1, 3], order="random", seed=4)
    assert excluding_0.tolist() == [row for row in everything if LABELS[row] != 0]
    others = [tuple(arrange_rows(LABELS, order="random", seed=seed)) for seed in range(5)]
    assert len(set(others)) > 1


def test_typical_and_unusual_are_each_others_reverse():
    unusual = np.array([0.1, 0.9, 0.5, 0.3, 0.2, 0.7], np.float32)
    assert arrange_rows(LABELS, order="typical", unusual=unusual).tolist() == [0, 4, 3, 2, 5, 1]
    assert arrange_rows(LABELS, [3], order="unusual", unusual=unusual).tolist() == [5, 2, 0]
    with pytest.raises(ValueError, match="needs `unusual`"):
        arrange_rows(LABELS, order="typical")


def test_unusual_is_the_rank_of_the_distance_to_the_mean_of_the_class(images, labels):
    ranks = unusualness(images, labels)
    for digit in range(7):
        mine = images[labels == digit].astype(float)
        distances = ((mine - mine.mean(axis=0)) ** 2).sum(axis=(1, 2))
        assert np.array_equal(ranks[labels == digit].argsort(), distances.argsort())
        assert ranks[labels == digit].min() == 0
        assert ranks[labels == digit].max() == 1


def test_counts_means_and_spreads(images, labels):
    assert class_counts(LABELS).tolist() == [1, 2, 0, 3, 0, 0, 0, 0, 0, 0]
    means, spreads = class_pictures(images, labels)
    for digit in range(7):
        mine = images[labels == digit].astype(float)
        assert np.allclose(means[digit], mine.mean(axis=0))
        assert np.allclose(spreads[digit], mine.std(axis=0))
    assert not means[7:].any()
    assert not spreads[7:].any()
    counts = pixel_counts(images)
    assert counts.shape == (256,)
    assert counts[17] == (images == 17).sum()
    assert counts.sum() == images.size


def test_ink_is_the_mean_pixel(images):
    assert np.allclose(ink_and_slant(images)[0], images.mean(axis=(1, 2)) / 255)


@pytest.mark.parametrize("lean", [-0.5, 0, 0.3, 0.8])
def test_slant_of_a_line_is_its_angle(lean):
    image = np.zeros((1, 28, 28), np.uint8)
    for row in range(6, 22):  # the higher the row, the further to the right
        exact = 13.5 + lean * (13.5 - row)
        left = int(np.floor(exact))
        image[0, row, left] = round(200 * (1 - (exact - left)))
        image[0, row, left + 1] = round(200 * (exact - left))
    slant = ink_and_slant(image)[1][0]
    assert slant == pytest.approx(np.degrees(np.arctan(lean)), abs=0.5)


def test_an_empty_image_and_a_level_line_have_no_slant():
    images = np.zeros((2, 28, 28), np.uint8)
    images[1, 10, 4:20] = 255
    assert ink_and_slant(images)[1].tolist() == [0, 0]


def test_a_mirrored_digit_leans_the_other_way(mnist):
    ink, slant = ink_and_slant(mnist.x_test[:500])
    mirrored_ink, mirrored = ink_and_slant(mnist.x_test[:500, :, ::-1])
    assert np.allclose(ink, mirrored_ink)
    assert np.allclose(slant, -mirrored, atol=1e-3)
    assert np.abs(slant).max() < 60


def test_black_and_white_has_no_gray():
    image = np.array([[[0, 99, 100, 255]]], np.uint8)
    assert black_and_white(image, 100).tolist() == [[[0, 0, 255, 255]]]


def test_the_last_rows_validate_as_keras_has_it():
    assert validation_part(10, 0.2).tolist() == [0] * 8 + [1] * 2
    assert not validation_part(10, 0).any()


def test_each_row_validates_in_one_fold_and_classes_are_shared_out_alike():
    labels = np.repeat(np.arange(4, dtype=np.uint8), 25)
    parts = fold_assignments(labels, 5)
    for fold in range(5):
        assert class_counts(labels[parts == fold]).tolist()[:4] == [5] * 4
    assert np.array_equal(parts, fold_assignments(labels, 5))


def test_each_row_is_a_pixel_in_the_color_of_its_part():
    picture = part_image(np.array([0, 1, 1], np.uint8), [(1, 2, 3), (4, 5, 6)], width=2)
    assert picture.tolist() == [
        [[1, 2, 3, 255], [4, 5, 6, 255]],
        [[4, 5, 6, 255], [0, 0, 0, 0]],
    ]
