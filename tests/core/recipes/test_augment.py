"""Augmented digits keep MNIST's form, and each change does what it says."""

import dataclasses

import numpy as np
import pytest

from mnist_core.data.stand_in import load_stand_in
from mnist_core.drawing.normalize import normalize_drawing, pen_width
from mnist_core.recipes.augment import (
    AUGMENTATIONS,
    PenSettings,
    add_strokes,
    change_pen,
    pen,
    recenter,
    warp,
)

PLAIN = PenSettings(
    keep=0, rotate=0, shear=0, stretch=0, wobble=0,
    slashed_zeros=0, flagged_ones=0, footed_ones=0, barred_sevens=0, hooked_sevens=0,
)  # fmt: skip
STROKES = {
    "slashed_zeros": 0,
    "flagged_ones": 1,
    "footed_ones": 1,
    "barred_sevens": 7,
    "hooked_sevens": 7,
}


@pytest.fixture(scope="module")
def digits():
    """300 pictures in MNIST's form and their labels, on every machine."""
    small = load_stand_in()
    # The stand-in fills MNIST's box but isn't centred by mass: this brings it there.
    images = np.stack([normalize_drawing(image) for image in small.x_train[:300]])
    return images, small.y_train[:300]


@pytest.fixture(scope="module")
def ink(digits):
    return digits[0] / np.float32(255)


def rng(seed=0):
    return np.random.default_rng(seed)


def centers(images):
    """Rows and columns of the centres of mass."""
    weights = images.astype(float)
    mass = weights.sum(axis=(1, 2))
    places = np.arange(28)
    return (
        (weights.sum(axis=2) * places).sum(axis=1) / mass,
        (weights.sum(axis=1) * places).sum(axis=1) / mass,
    )


def longer_sides(images, threshold):
    sides = []
    for image in images > threshold:
        rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
        sides.append(max(rows[-1] - rows[0], columns[-1] - columns[0]) + 1)
    return np.array(sides)


# --- the whole ----------------------------------------------------------------------------


def test_form_of_the_result(digits):
    images, labels = digits
    changed = pen(images, labels, rng())
    assert changed.shape == images.shape and changed.dtype == np.uint8
    assert changed.max() == 255 and changed.min() == 0


def test_same_generator_gives_the_same_pictures(digits):
    images, labels = digits
    np.testing.assert_array_equal(pen(images, labels, rng(5)), pen(images, labels, rng(5)))


def test_other_generators_give_other_pictures(digits):
    images, labels = digits
    settings = PenSettings(keep=0, mild=0)
    one, other = pen(images, labels, rng(5), settings), pen(images, labels, rng(6), settings)
    assert (one != other).any(axis=(1, 2)).all()


def test_input_is_not_changed(digits):
    images, labels = digits
    before = images.copy(), labels.copy()
    pen(images, labels, rng())
    np.testing.assert_array_equal(images, before[0])
    np.testing.assert_array_equal(labels, before[1])


def test_keep_all_gives_the_input(digits):
    images, labels = digits
    np.testing.assert_array_equal(pen(images, labels, rng(), PenSettings(keep=1)), images)


def test_keep_none_changes_every_picture(digits):
    images, labels = digits
    changed = pen(images, labels, rng(), PenSettings(keep=0, mild=0))
    assert (changed != images).any(axis=(1, 2)).all()


def test_keep_is_a_share(digits):
    images, labels = digits
    changed = pen(images, labels, rng(), PenSettings(keep=0.5))
    kept = (changed == images).all(axis=(1, 2)).mean()
    assert 0.4 < kept < 0.6


def test_centers_of_mass_lie_in_the_middle(digits):
    images, labels = digits
    for center in centers(pen(images, labels, rng(), PenSettings(keep=0, mild=0))):
        assert abs(center.mean() - 14) < 0.2
        assert np.abs(center - 14).max() < 1


def test_digits_fit_the_box_of_20_pixels(digits):
    images, labels = digits
    sides = longer_sides(pen(images, labels, rng(), PenSettings(keep=0, mild=0)), 76)
    # A pixel more or less is the soft edge's; so is a thin end that falls below the threshold.
    assert abs(np.median(sides) - 20) <= 1
    assert sides.max() <= 22
    assert np.percentile(sides, 5) >= 17


def test_pictures_differ_from_the_input_but_stay_its_digits(digits):
    images, labels = digits
    changed = pen(images, labels, rng(), PenSettings(keep=0, mild=0)).astype(float)
    flat, originals = changed.reshape(300, -1), images.reshape(300, -1).astype(float)
    likeness = np.array(
        [np.corrcoef(one, other)[0, 1] for one, other in zip(flat, originals, strict=True)]
    )
    assert 0.5 < np.median(likeness) < 0.95


def test_settings_without_any_change_leave_the_digit_nearly_as_it_is(digits):
    images, labels = digits
    changed = pen(images, labels, rng(), dataclasses.replace(PLAIN, pen=(2.5, 2.5)))
    moved = np.abs(np.roll(images, 2, axis=2).astype(float) - images).mean()
    assert np.abs(changed.astype(float) - images).mean() < moved


@pytest.mark.filterwarnings("error")
def test_blank_pictures_give_numbers_and_no_warnings():
    blank = np.zeros((20, 28, 28), np.uint8)
    labels = np.arange(20, dtype=np.uint8) % 10
    settings = PenSettings(
        keep=0, slashed_zeros=1, flagged_ones=1, footed_ones=1, barred_sevens=1, hooked_sevens=1
    )
    changed = pen(blank, labels, rng(), settings)
    assert changed.shape == blank.shape and changed.dtype == np.uint8
    # Nothing but strokes of its own can be on a blank picture.
    assert not changed[~np.isin(labels, list(STROKES.values()))].any()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("value", [1, 255])
def test_single_pixels_and_full_pictures_give_numbers_and_no_warnings(value):
    images = np.zeros((20, 28, 28), np.uint8)
    images[:10, 0, 27] = value
    images[10:] = value
    labels = np.arange(20, dtype=np.uint8) % 10
    assert pen(images, labels, rng(), PenSettings(keep=0, mild=0)).shape == images.shape


def test_no_pictures_give_none():
    assert pen(np.zeros((0, 28, 28), np.uint8), np.zeros(0, np.uint8), rng()).shape == (0, 28, 28)


def test_the_recipe_s_name_finds_it():
    assert AUGMENTATIONS["pen"] is pen


# --- added strokes ------------------------------------------------------------------------


@pytest.mark.parametrize(("setting", "label"), STROKES.items())
def test_stroke_touches_its_own_label_alone_and_adds_ink(digits, ink, setting, label):
    labels = digits[1]
    changed = add_strokes(ink, labels, rng(), dataclasses.replace(PLAIN, **{setting: 1}))
    own = labels == label
    assert own.any()
    np.testing.assert_array_equal(changed[~own], ink[~own])
    assert (changed >= ink).all()
    assert changed.max() <= 1
    added = (changed[own] - ink[own]).sum(axis=(1, 2))
    assert (added > 0).mean() > 0.8  # a short one may lie wholly on ink that was there
    assert np.median(added) > 3


@pytest.mark.parametrize(("setting", "label"), STROKES.items())
def test_share_of_a_stroke(ink, setting, label):
    n = 300
    labels = np.full(n, label, np.uint8)
    changed = add_strokes(ink, labels, rng(), dataclasses.replace(PLAIN, **{setting: 0.3}))
    assert 0.2 < (changed != ink).any(axis=(1, 2)).mean() < 0.4


def test_strokes_do_not_change_their_input(digits, ink):
    before = ink.copy()
    add_strokes(ink, digits[1], rng(), PenSettings(slashed_zeros=1, flagged_ones=1))
    np.testing.assert_array_equal(ink, before)


def bar_picture():
    """An upright stroke in rows 4 to 23, as a one."""
    picture = np.zeros((200, 28, 28), np.float32)
    picture[:, 4:24, 13:15] = 1
    return picture


def added_at(setting, label):
    """Mean added ink at each pixel, over 200 of them."""
    before = bar_picture()
    labels = np.full(200, label, np.uint8)
    settings = dataclasses.replace(PLAIN, **{setting: 1})
    return (add_strokes(before, labels, rng(), settings) - before).mean(axis=0)


def test_flag_hangs_from_the_top_to_the_left():
    added = added_at("flagged_ones", 1)
    assert added[:, :13].sum() > 0.9 * added.sum()
    assert added[4:12].sum() > added[12:24].sum()


def test_foot_stands_at_the_bottom_on_both_sides():
    added = added_at("footed_ones", 1)
    assert added[20:].sum() > 0.95 * added.sum()
    assert added[:, :13].sum() > 0.3 * added.sum() and added[:, 15:].sum() > 0.3 * added.sum()


def test_slash_of_a_zero_rises_to_the_right():
    ring = np.hypot(*(np.indices((28, 28)) - 13.5))
    before = np.repeat(((ring > 7) & (ring < 9.5))[np.newaxis], 200, axis=0).astype(np.float32)
    settings = dataclasses.replace(PLAIN, slashed_zeros=1)
    added = (add_strokes(before, np.zeros(200, np.uint8), rng(), settings) - before).mean(axis=0)
    rising = added[:14, 14:].sum() + added[14:, :14].sum()
    assert rising > 2 * (added[:14, :14].sum() + added[14:, 14:].sum())


# --- the pen and the hand -----------------------------------------------------------------


@pytest.mark.parametrize("aim", [1.6, 2.5, 3.4, 5.0])
def test_pen_moves_towards_the_aim(ink, aim):
    changed = change_pen(ink, rng(), (aim, aim))
    before, after = np.abs(pen_width(ink) - aim), np.abs(pen_width(changed) - aim)
    assert after.mean() < 0.85 * before.mean()
    assert changed.min() >= 0 and changed.max() <= 1


def test_thinner_and_thicker_pens(ink):
    thin = pen_width(change_pen(ink, rng(), (1, 1))).mean()
    thick = pen_width(change_pen(ink, rng(), (6, 6))).mean()
    assert thin < pen_width(ink).mean() - 0.3
    assert thick > pen_width(ink).mean() + 0.3


def test_thinner_pen_takes_the_edges_and_thicker_pen_adds_to_them():
    stroke = np.zeros((1, 28, 28), np.float32)
    stroke[:, 4:24, 12:16] = 1
    thin = change_pen(stroke, rng(), (1, 1))[0, 14]
    assert thin[11] == thin[16] == 0
    assert 0 < thin[12] < 0.6 and thin[13] == 1
    thick = change_pen(stroke, rng(), (9, 9))[0, 14]
    assert 0.4 < thick[11] < 1 and thick[12] == thick[13] == 1


def test_warp_without_any_change_only_shrinks(ink):
    changed = warp(ink, rng(), PLAIN)
    assert changed.shape == ink.shape
    rows, columns = centers(changed)
    # About the picture's middle, 13.5, and by 0.85 along each side.
    np.testing.assert_allclose(rows - 13.5, 0.85 * (centers(ink)[0] - 13.5), atol=0.1)
    np.testing.assert_allclose(columns - 13.5, 0.85 * (centers(ink)[1] - 13.5), atol=0.1)
    np.testing.assert_allclose(changed.sum(axis=(1, 2)), 0.85**2 * ink.sum(axis=(1, 2)), rtol=0.05)


@pytest.mark.parametrize("setting", ["rotate", "shear", "stretch", "wobble"])
def test_each_setting_of_the_hand_changes_the_picture(ink, setting):
    settings = dataclasses.replace(PLAIN, **{setting: getattr(PenSettings(), setting)})
    difference = np.abs(warp(ink, rng(), settings) - warp(ink, rng(), PLAIN)).mean(axis=(1, 2))
    assert np.median(difference) > 0.005


def test_rotation_turns_an_upright_stroke_by_its_angle():
    settings = dataclasses.replace(PLAIN, rotate=20)
    turned = warp(bar_picture(), rng(), settings)
    rows, columns = np.indices((28, 28))
    slopes = []
    for picture in turned:
        weights = picture / picture.sum()
        row, column = (weights * rows).sum(), (weights * columns).sum()
        slopes.append(
            (weights * (rows - row) * (columns - column)).sum()
            / (weights * (rows - row) ** 2).sum()
        )
    angles = np.rad2deg(np.arctan(slopes))
    assert abs(angles.mean()) < 4
    assert 16 < angles.std() < 24


def test_recenter_brings_any_place_and_size_to_mnist_s(ink):
    small = np.zeros_like(ink)
    small[:, 1:15, 12:26] = ink[:, ::2, ::2]
    again = recenter(small)
    for center in centers(again):
        assert np.abs(center - 14).max() < 0.6
    assert abs(np.median(longer_sides(again, 0.3)) - 20) <= 1


def test_recenter_leaves_what_is_centred_already(ink):
    assert np.abs(recenter(ink) - ink).mean() < np.abs(np.roll(ink, 1, axis=2) - ink).mean()


def test_real_mnist_stays_in_its_form(mnist):
    images, labels = mnist.x_test[:300], mnist.y_test[:300]
    changed = pen(images, labels, rng(), PenSettings(keep=0, mild=0))
    for center in centers(changed):
        assert np.abs(center - 14).max() < 1
    assert abs(np.median(longer_sides(changed, 76)) - 20) <= 1
