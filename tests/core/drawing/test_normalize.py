"""A drawn digit comes out as MNIST would have it, wherever, however and with what it is drawn."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mnist_core.drawing.normalize import (
    MAX_PIXELS,
    REASONS,
    THIN_PEN,
    center,
    enlarge,
    find_ink,
    from_mnist,
    ink_box,
    load_picture,
    normalize_drawing,
    pen_width,
    prepare_drawing,
)
from mnist_core.errors import DrawingError

# A five: x to the right, y down, its height is 1.
FIVE = [
    [(0.1, 0.0), (0.0, 0.45), (0.6, 0.42), (0.62, 0.8), (0.3, 1.0), (0.0, 0.9)],
    [(0.1, 0.0), (0.6, 0.02)],
]
ONE = [[(0.1, 0.0), (0.0, 1.0)]]
L = [[(0.0, 0.0), (0.0, 1.0), (0.6, 1.0)]]


def draw(
    strokes=FIVE, *, size=(280, 280), at=(90, 50), height=180, pen=18, paper=255, ink=0, mode="L"
):
    """A canvas with round-ended strokes, as an array."""
    picture = Image.new(mode, size, paper)
    brush = ImageDraw.Draw(picture)
    for stroke in strokes:
        points = [(at[0] + x * height, at[1] + y * height) for x, y in stroke]
        brush.line(points, fill=ink, width=pen)
        for x, y in points:
            brush.ellipse([x - pen / 2, y - pen / 2, x + pen / 2, y + pen / 2], fill=ink)
    return np.asarray(picture)


def difference(one, other):
    """Mean absolute difference as a share of full ink."""
    return np.abs(one.astype(float) - other.astype(float)).mean() / 255


def nearest_difference(one, other):
    """The least difference with one moved by up to a pixel: what rounding may cost."""
    shifts = [(row, column) for row in (-1, 0, 1) for column in (-1, 0, 1)]
    return min(difference(np.roll(one, shift, (0, 1)), other) for shift in shifts)


def mass_center(image):
    places = np.arange(28)
    mass = image.sum(dtype=float)
    return (image.sum(axis=1) * places).sum() / mass, (image.sum(axis=0) * places).sum() / mass


def extent(image):
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    return rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1


@pytest.fixture(scope="module")
def five():
    return normalize_drawing(draw())


# --- where, how large, how thick ----------------------------------------------------------


def test_form_of_the_result(five):
    assert five.shape == (28, 28) and five.dtype == np.uint8
    assert five.max() == 255 and five.min() == 0


@pytest.mark.parametrize("at", [(20, 20), (150, 80), (93, 57), (20, 90)])
def test_position_does_not_matter(five, at):
    picture = draw(at=at)
    assert difference(normalize_drawing(picture), five) < 0.005
    # The canvas as a whole does move: the test would see it if nothing were cropped.
    assert difference(prepare_drawing(picture).shrunk, prepare_drawing(draw()).shrunk) > 0.05


@pytest.mark.parametrize("size", [(600, 300), (300, 600), (400, 400)])
def test_canvas_around_the_digit_does_not_matter(five, size):
    assert difference(normalize_drawing(draw(size=size)), five) < 0.005


@pytest.mark.parametrize("times", [0.4, 0.5, 2, 5])
def test_size_does_not_matter(five, times):
    picture = draw(
        size=(int(280 * times), int(280 * times)),
        at=(90 * times, 50 * times), height=180 * times, pen=round(18 * times),
    )  # fmt: skip
    assert nearest_difference(normalize_drawing(picture), five) < 0.025


@pytest.mark.parametrize("height", [60, 100, 200])
def test_size_on_the_same_canvas_does_not_matter(five, height):
    picture = draw(at=(60, 40), height=height, pen=height // 10)
    assert nearest_difference(normalize_drawing(picture), five) < 0.025


@pytest.mark.parametrize("pen", [4, 8, 12, 16, 20])
def test_pen_width_hardly_matters(five, pen):
    assert nearest_difference(normalize_drawing(draw(pen=pen)), five) < 0.045


@pytest.mark.parametrize("pen", [3, 6, 10])
def test_thin_pens_are_thickened_to_about_mnist_s(pen):
    width = pen_width(normalize_drawing(draw(pen=pen)))
    assert width > 0.75 * THIN_PEN * 20
    assert pen_width(draw(pen=pen, paper=0, ink=255)) / 190 < THIN_PEN  # the test is not void


def test_thick_pens_stay_thick():
    assert pen_width(normalize_drawing(draw(pen=34))) > 1.3 * pen_width(normalize_drawing(draw()))


@pytest.mark.parametrize("strokes", [FIVE, ONE, L], ids=["five", "one", "L"])
@pytest.mark.parametrize("pen", [6, 18])
def test_result_fits_a_box_of_20_pixels(strokes, pen):
    height, width = extent(normalize_drawing(draw(strokes, pen=pen)))
    assert max(height, width) == 20


def test_aspect_ratio_stays():
    height, width = extent(normalize_drawing(draw(L, pen=20)))
    assert height == 20
    assert abs(width / height - (0.6 * 180 + 20) / (180 + 20)) < 0.06


@pytest.mark.parametrize("strokes", [FIVE, ONE], ids=["five", "one"])
@pytest.mark.parametrize("at", [(30, 30), (130, 70)])
@pytest.mark.parametrize("pen", [5, 12, 24])
def test_center_of_mass_lies_in_the_middle(strokes, at, pen):
    row, column = mass_center(normalize_drawing(draw(strokes, at=at, pen=pen)))
    assert abs(row - 14) <= 0.51
    assert abs(column - 14) <= 0.51


def test_lopsided_digit_is_moved_only_as_far_as_the_edge():
    # Nearly all of the ink is in the lowest rows: centred, the thin upper part would be cut off.
    digit = np.zeros((20, 20), np.uint8)
    digit[0, 0] = 1
    digit[-2:] = 255
    framed = center(digit)
    assert framed[0, :].any() and not framed[20:].any()
    assert framed.sum(dtype=int) == digit.sum(dtype=int)


def test_center_keeps_the_digit_s_pixels():
    digit = np.arange(1, 61, dtype=np.uint8).reshape(6, 10)
    framed = center(digit)
    rows, columns = np.flatnonzero(framed.any(axis=1)), np.flatnonzero(framed.any(axis=0))
    np.testing.assert_array_equal(framed[np.ix_(rows, columns)], digit)


def test_steps_are_kept():
    steps = prepare_drawing(draw(at=(90, 50), height=180, pen=18))
    assert steps.ink.shape == (280, 280) and steps.ink.dtype == np.float32
    assert (steps.ink.min(), steps.ink.max()) == (0, 1)
    np.testing.assert_allclose(steps.box, (81, 41, 212, 240), atol=2)
    # The pen is thick enough, so the longer side stays as the docstring says.
    assert max(steps.cropped.shape) == 80 and steps.cropped.dtype == np.uint8
    assert steps.shrunk.shape == (28, 28)
    assert steps.reason is None


def test_box_is_right_and_bottom_exclusive():
    ink = np.zeros((10, 12), np.float32)
    ink[2:5, 3:9] = 1
    assert ink_box(ink) == (3, 2, 9, 5)


def test_enlarge_keeps_the_aspect_ratio():
    ink = np.ones((30, 60), np.float32)
    assert enlarge(ink, side=112).shape == (56, 112)


# --- colours and forms --------------------------------------------------------------------

RED, YELLOW, NAVY = (200, 30, 30), (255, 240, 120), (10, 10, 90)


@pytest.mark.parametrize(
    ("mode", "paper", "ink"),
    [
        ("L", 0, 255),
        ("L", 255, 120),
        ("L", 60, 200),
        ("L", 110, 150),
        ("RGB", YELLOW, RED),
        ("RGB", RED, YELLOW),
        ("RGB", "white", NAVY),
        ("RGB", NAVY, "white"),
        # As bright as each other: only the colour differs.
        ("RGB", (0, 150, 0), (255, 20, 60)),
        ("RGBA", (255, 255, 255, 255), (0, 0, 0, 255)),
        ("RGBA", (0, 0, 0, 255), (255, 255, 255, 255)),
        ("RGBA", (0, 0, 0, 0), (255, 255, 255, 255)),
        ("RGBA", (0, 0, 0, 0), (0, 0, 0, 255)),
        ("RGBA", (255, 255, 255, 0), (*RED, 255)),
        ("RGBA", (255, 255, 255, 0), (255, 255, 255, 255)),
    ],
)
def test_colours_and_polarity_do_not_matter(five, mode, paper, ink):
    picture = draw(mode=mode, paper=paper, ink=ink)
    assert difference(normalize_drawing(picture), five) < 0.005


@pytest.mark.parametrize("levels", [5, 7])
def test_pale_ink_on_even_paper_is_found(five, levels):
    picture = draw(mode="RGB", paper=(240, 240, 240), ink=(240 - levels,) * 3)
    assert difference(normalize_drawing(picture), five) < 0.02


def test_as_little_is_noise_on_paper_with_grain():
    noise = np.random.default_rng(1).normal(240, 1.4, (120, 120, 1))
    picture = np.repeat(np.clip(np.round(noise), 234, 246), 3, axis=2).astype(np.uint8)
    assert normalize_drawing(picture).max() == 0


@pytest.mark.parametrize("paper, ink", [(230, 50), (50, 230)])
def test_a_thick_pens_noisy_picture_is_no_photograph(paper, ink):
    place = {"size": (145, 204), "at": (28, 28), "height": 148, "pen": 52}
    picture = draw(L, **place, paper=paper, ink=ink)
    noise = np.random.default_rng(1).normal(0, 5, picture.shape)
    noisy = np.clip(np.round(picture + noise), 0, 255).astype(np.uint8)
    assert difference(normalize_drawing(np.dstack([noisy] * 3)), normalize_drawing(picture)) < 0.02


def test_transparent_canvas_with_white_ink_equals_black_on_white(five):
    canvas = draw(mode="RGBA", paper=(0, 0, 0, 0), ink=(255, 255, 255, 255))
    np.testing.assert_array_equal(normalize_drawing(canvas), five)


def test_picture_with_see_through_corners(five):
    picture = np.dstack([draw(mode="RGB", paper="white", ink="black"), np.full((280, 280), 255)])
    picture[:30, :30, 3] = picture[-30:, -30:, 3] = 0
    picture[:30, :30, :3] = 0  # black, as what is transparent often is
    assert difference(normalize_drawing(picture.astype(np.uint8)), five) < 0.005


@pytest.mark.parametrize(
    "change",
    [
        lambda x: x[..., np.newaxis],
        lambda x: np.dstack([x, x, x]),
        lambda x: x / 255,
        lambda x: (x / 255).astype(np.float32),
        lambda x: (x / 255).astype(np.float16),
        lambda x: x.astype(float),
        lambda x: x.astype(np.int64),
        lambda x: np.dstack([x, x, x]) / 255,
        lambda x: np.dstack([x, x, x, np.full_like(x, 255)]) / 255,
        lambda x: np.asfortranarray(x),
        lambda x: x.tolist(),
    ],
    ids=[
        "h,w,1", "rgb", "float64", "float32", "float16", "float to 255", "int64", "rgb float",
        "rgba float", "column order", "lists",
    ],
)  # fmt: skip
def test_form_of_the_array_does_not_matter(five, change):
    assert difference(normalize_drawing(change(draw())), five) < 0.003


def test_noise_of_the_paper_is_not_ink(five):
    rng = np.random.default_rng(0)
    noisy = np.clip(draw(paper=235, ink=20) + rng.normal(0, 5, (280, 280)), 0, 255)
    assert nearest_difference(normalize_drawing(noisy.astype(np.uint8)), five) < 0.03


def test_input_is_not_changed():
    picture = draw()
    before = picture.copy()
    prepare_drawing(picture)
    np.testing.assert_array_equal(picture, before)


def test_ink_is_between_0_and_1_and_1_on_the_stroke():
    ink = find_ink(draw(ONE, paper=200, ink=40))
    assert ink.dtype == np.float32 and ink.shape == (280, 280)
    assert ink[0, 0] == 0 and ink.max() == 1


# --- what is no digit ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "image",
    [
        np.full((280, 280), 255, np.uint8),
        np.zeros((280, 280), np.uint8),
        np.full((50, 70, 3), 130, np.uint8),
        np.zeros((280, 280, 4), np.uint8),
        np.full((280, 280, 4), (255, 255, 255, 0), np.uint8),
        np.full((280, 280, 4), 255, np.uint8),
        np.zeros((28, 28), np.float32),
        np.ones((28, 28, 1)),
        np.full((1, 1), 255, np.uint8),
        np.random.default_rng(0).integers(118, 128, (280, 280), dtype=np.uint8),
    ],
    ids=[
        "white", "black", "grey rgb", "transparent", "transparent white", "opaque white",
        "float 0", "float 1", "one pixel", "noise",
    ],
)  # fmt: skip
def test_empty(image):
    drawing = prepare_drawing(image)
    assert drawing.reason == "empty"
    assert drawing.box is None
    assert drawing.normalized.shape == (28, 28) and not drawing.normalized.any()
    assert drawing.cropped.shape == (80, 80) and not drawing.cropped.any()


@pytest.mark.parametrize("radius", [2, 5, 12, 30])
@pytest.mark.parametrize("at", [(40, 40), (140, 150)])
def test_dot(radius, at):
    picture = Image.new("L", (280, 280), 255)
    x, y = at
    ImageDraw.Draw(picture).ellipse([x - radius, y - radius, x + radius, y + radius], fill=0)
    drawing = prepare_drawing(np.asarray(picture))
    assert drawing.reason == "dot"
    assert drawing.normalized.max() == 255
    np.testing.assert_allclose(
        drawing.box, (x - radius, y - radius, x + radius + 1, y + radius + 1), atol=1
    )


def test_single_pixel_of_ink_is_a_dot():
    image = np.zeros((280, 280), np.uint8)
    image[100, 30] = 255
    assert prepare_drawing(image).reason == "dot"


@pytest.mark.parametrize(("paper", "ink"), [(255, 0), (0, 255)])
def test_full(paper, ink):
    image = np.full((280, 280), paper, np.uint8)
    image[20:260, 20:260] = ink
    drawing = prepare_drawing(image)
    assert drawing.reason == "full"
    assert drawing.normalized.max() == 255


@pytest.mark.parametrize("strokes", [FIVE, ONE, L], ids=["five", "one", "L"])
@pytest.mark.parametrize("pen", [3, 12, 24, 36])
def test_digits_have_no_reason(strokes, pen):
    assert prepare_drawing(draw(strokes, pen=pen)).reason is None


def test_every_reason_has_words():
    assert set(REASONS) == {"empty", "dot", "full", "nondigit"}
    assert all(words.endswith(".") for words in REASONS.values())


# --- odd shapes ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "shape", [(1, 1), (1, 50), (50, 1), (1, 1, 3), (2, 2), (2, 3, 4), (3, 4000), (4000, 3)]
)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_odd_shapes_give_a_result(shape, seed):
    rng = np.random.default_rng(seed)
    image = (rng.random(shape) < 0.3).astype(np.uint8) * 255
    drawing = prepare_drawing(image)
    assert drawing.normalized.shape == (28, 28)
    assert drawing.normalized.dtype == np.uint8


@pytest.mark.parametrize("turn", [False, True], ids=["level", "upright"])
def test_huge_aspect_ratio(turn):
    image = np.zeros((5, 3000), np.uint8)
    image[2, 10:-10] = 255
    drawing = prepare_drawing(image.T if turn else image)
    height, width = extent(drawing.normalized)
    assert (height, width)[not turn] == 20
    assert drawing.normalized.max() > 128


def test_very_large_picture(five):
    picture = draw(size=(4000, 4000), at=(1200, 700), height=2600, pen=260)
    assert nearest_difference(normalize_drawing(picture), five) < 0.025


def test_two_specks_far_apart_in_a_large_picture_give_a_result():
    # Shrunk to 80 pixels, each of them is less than one level of grey.
    image = np.zeros((4002, 4002), np.uint8)
    image[1, 1] = image[-2, -2] = 255
    drawing = prepare_drawing(image)
    assert drawing.normalized.shape == (28, 28)


def test_hairline_in_a_large_picture_is_still_seen():
    picture = Image.new("L", (3000, 3000), 255)
    ImageDraw.Draw(picture).ellipse([500, 100, 2500, 2900], outline=0, width=3)
    assert prepare_drawing(np.asarray(picture)).normalized.max() > 128


# --- what is no picture -------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(), (28,), (2, 2, 2), (28, 28, 5), (1, 28, 28, 1)])
def test_wrong_shapes(shape):
    with pytest.raises(DrawingError, match=r"Received: shape \("):
        normalize_drawing(np.zeros(shape))


@pytest.mark.parametrize("shape", [(0, 0), (0, 5), (5, 0, 3)])
def test_no_pixels(shape):
    with pytest.raises(DrawingError, match=r"no pixels. Received: shape \(.*0"):
        normalize_drawing(np.zeros(shape, np.uint8))


@pytest.mark.parametrize("value", [np.nan, np.inf, -1.0])
def test_impossible_pixels(value):
    image = np.zeros((28, 28))
    image[3, 4] = value
    with pytest.raises(DrawingError, match=r"finite and not negative.*Received"):
        normalize_drawing(image)


@pytest.mark.parametrize("value", ["a", None])
def test_pixels_that_are_no_numbers(value):
    with pytest.raises(DrawingError, match="Received"):
        normalize_drawing(np.full((2, 2), value))


def test_true_and_false_are_ink_and_paper(five):
    # What a comparison gives, `picture < 128`: a usual way to make a drawing black and white.
    assert difference(normalize_drawing(draw() < 128), five) < 0.005


# --- MNIST itself -------------------------------------------------------------------------


def test_mnist_images_come_out_nearly_unchanged(mnist):
    images = mnist.x_test[:300]
    changed = [difference(normalize_drawing(image), image) for image in images]
    moved = [difference(np.roll(image, 1, axis=1), image) for image in images]
    assert np.median(changed) < 0.015
    assert np.percentile(changed, 90) < np.median(moved)
    assert sum(prepare_drawing(image).reason is not None for image in images) == 0


# --- picture files ------------------------------------------------------------------------


@pytest.fixture
def picture():
    return Image.fromarray(draw(size=(200, 280), at=(50, 50), mode="RGB", paper="white", ink=NAVY))


def test_png(tmp_path, picture):
    picture.save(tmp_path / "five.png")
    loaded = load_picture(tmp_path / "five.png")
    assert loaded.dtype == np.uint8
    np.testing.assert_array_equal(loaded, np.asarray(picture))


def test_path_as_a_string(tmp_path, picture):
    picture.save(tmp_path / "five.png")
    assert load_picture(str(tmp_path / "five.png")).shape == (280, 200, 3)


@pytest.mark.parametrize("suffix", ["jpg", "webp", "gif", "bmp"])
def test_other_formats(tmp_path, picture, suffix):
    path = tmp_path / f"five.{suffix}"
    picture.save(path)
    expected = normalize_drawing(np.asarray(picture))
    assert difference(normalize_drawing(load_picture(path)), expected) < 0.02


@pytest.mark.parametrize("mode", ["L", "1", "LA", "CMYK"])
def test_other_modes(tmp_path, picture, mode):
    path = tmp_path / ("five.tiff" if mode == "CMYK" else "five.png")
    picture.convert(mode, dither=Image.Dither.NONE).save(path)
    expected = normalize_drawing(np.asarray(picture))
    assert difference(normalize_drawing(load_picture(path)), expected) < 0.02


def test_paper_that_is_a_little_opaque_is_no_ink():
    drawn = np.zeros((60, 60, 4), np.uint8)
    drawn[..., 3] = 90
    drawn[15:45, 28:34, 3] = 255
    drawing = prepare_drawing(drawn)
    assert drawing.box == (28, 15, 34, 45) and drawing.reason is None


def test_png_with_alpha_keeps_it(tmp_path):
    canvas = draw(mode="RGBA", paper=(0, 0, 0, 0), ink=(255, 255, 255, 255))
    Image.fromarray(canvas).save(tmp_path / "five.png")
    np.testing.assert_array_equal(load_picture(tmp_path / "five.png"), canvas)


def test_palette_png_with_transparency(tmp_path, five):
    # Paper and ink are both black; only the transparency tells them apart.
    picture = Image.fromarray((draw() == 0).astype(np.uint8)).convert("P")
    picture.putpalette([0, 0, 0] * 256)
    picture.save(tmp_path / "five.png", transparency=0)
    loaded = load_picture(tmp_path / "five.png")
    assert loaded.shape == (280, 280, 4)
    assert difference(normalize_drawing(loaded), five) < 0.005


def test_grey_png_of_16_bits(tmp_path, five):
    # The paper is at 40,000 of 65,535: clipped to 255 instead of scaled, it would equal the ink.
    grey = np.where(draw() == 0, 1000, 40000).astype(np.uint16)
    Image.fromarray(grey).save(tmp_path / "five.png")
    loaded = load_picture(tmp_path / "five.png")
    assert loaded.dtype == np.uint8
    assert abs(int(loaded[0, 0].max()) - 40000 // 256) <= 1
    assert difference(normalize_drawing(loaded), five) < 0.005


@pytest.mark.parametrize(
    ("orientation", "stored"), [(3, Image.Transpose.ROTATE_180), (6, Image.Transpose.ROTATE_90)]
)
def test_exif_orientation_is_obeyed(tmp_path, picture, orientation, stored):
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture.transpose(stored).save(tmp_path / "five.png", exif=exif)
    np.testing.assert_array_equal(load_picture(tmp_path / "five.png"), np.asarray(picture))


def test_open_file(picture):
    content = io.BytesIO()
    picture.save(content, "PNG")
    content.seek(0)
    np.testing.assert_array_equal(load_picture(content), np.asarray(picture))


def test_missing_file(tmp_path):
    with pytest.raises(DrawingError, match=r"nothing\.png does not exist"):
        load_picture(tmp_path / "nothing.png")


def test_folder(tmp_path):
    with pytest.raises(DrawingError, match=f"{tmp_path.name} is a folder"):
        load_picture(tmp_path)


@pytest.mark.parametrize("content", [b"", b"Dear Sir or Madam"], ids=["empty", "text"])
def test_file_that_is_no_picture(tmp_path, content):
    path = tmp_path / "letter.png"
    path.write_bytes(content)
    with pytest.raises(DrawingError, match=r"letter\.png is not a picture.*Expected PNG"):
        load_picture(path)


def test_open_file_that_is_no_picture():
    file = io.BytesIO(b"Dear Sir or Madam")
    file.name = "letter.png"
    with pytest.raises(DrawingError, match=r"letter\.png is not a picture"):
        load_picture(file)


@pytest.mark.parametrize("suffix", ["png", "jpg", "gif", "webp", "bmp"])
@pytest.mark.parametrize("share", [0.1, 0.3, 0.6, 0.9])
def test_cut_file(tmp_path, suffix, share):
    path = tmp_path / f"noise.{suffix}"
    noise = np.random.default_rng(0).integers(0, 256, (60, 60, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(DrawingError, match=rf"noise\.{suffix}"):
        load_picture(path)


def blank_png(width, height):
    """A picture of one bit a pixel: large to read, small to keep."""
    content = io.BytesIO()
    Image.new("1", (width, height)).save(content, "PNG")
    return content.getvalue()


def test_too_large_a_picture(tmp_path):
    path = tmp_path / "large.png"
    path.write_bytes(blank_png(10_000, MAX_PIXELS // 10_000 + 1))
    with pytest.raises(DrawingError, match=r"large\.png is 10000 x 2401 pixels.*24 million"):
        load_picture(path)


def test_a_files_name_is_one_short_line_in_an_error():
    file = io.BytesIO(b"no picture")
    file.name = f"exe\u202egnp\n{'a' * 5000}.png"
    with pytest.raises(DrawingError, match=r"^exegnp a+… is not a picture") as raised:
        load_picture(file)
    assert len(str(raised.value)) < 400


def test_decompression_bomb(tmp_path):
    path = tmp_path / "bomb.png"
    path.write_bytes(blank_png(20_000, 20_000))
    with pytest.raises(DrawingError, match=r"bomb\.png"):
        load_picture(path)


# --- the pen's width ----------------------------------------------------------------------


@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize("turn", [False, True], ids=["upright", "level"])
def test_width_of_a_straight_stroke(width, turn):
    image = np.zeros((40, 40))
    image[2:38, 10 : 10 + width] = 1
    # The stroke's two ends belong to its outline too, so it is a bit less.
    found = pen_width(image.T if turn else image)
    assert 0.87 * width < found <= width


@pytest.mark.parametrize("pen", [8, 12, 20])
def test_width_of_a_drawn_digit(pen):
    assert pen_width(draw(pen=pen, paper=0, ink=255)) == pytest.approx(pen, rel=0.15)


def test_width_does_not_depend_on_the_grey_scale():
    image = draw(paper=0, ink=255)
    assert pen_width(image) == pytest.approx(pen_width(image / 255), rel=1e-4)
    assert pen_width(image) == pytest.approx(pen_width(image // 3), rel=1e-2)


def test_width_of_many_images_at_once():
    images = np.stack([draw(pen=pen, paper=0, ink=255) for pen in (6, 12, 24)])
    widths = pen_width(images)
    assert widths.shape == (3,)
    assert widths.tolist() == pytest.approx([float(pen_width(image)) for image in images])
    assert widths[0] < widths[1] < widths[2]


def test_width_of_nothing_is_0():
    assert pen_width(np.zeros((2, 28, 28))).tolist() == [0, 0]


def test_a_thick_digit_with_a_hole_is_no_dot():
    ring = Image.new("L", (200, 200))
    ImageDraw.Draw(ring).ellipse((60, 60, 140, 140), fill=255)
    assert prepare_drawing(np.asarray(ring)).reason == "dot"
    ImageDraw.Draw(ring).ellipse((92, 92, 108, 108), fill=0)
    assert prepare_drawing(np.asarray(ring)).reason is None


def test_an_image_in_mnists_form_goes_to_the_network_as_it_is():
    image = np.zeros((28, 28), np.uint8)
    image[3:20, 2:5] = 200  # neither centred nor full ink
    drawing = from_mnist(image)
    np.testing.assert_array_equal(drawing.normalized, image)
    assert drawing.reason is None


def test_a_large_photograph_is_made_smaller_when_it_is_read(tmp_path):
    Image.new("RGB", (4000, 3000), "white").save(tmp_path / "photo.jpg")
    assert max(load_picture(tmp_path / "photo.jpg").shape) <= 1600


def test_a_program_that_calls_itself_a_picture_is_refused(tmp_path):
    (tmp_path / "digit.png").write_bytes(
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 28 28\n%%EndComments\nshowpage\n%%EOF\n"
    )
    with pytest.raises(DrawingError, match="not a picture that can be read"):
        load_picture(tmp_path / "digit.png")
