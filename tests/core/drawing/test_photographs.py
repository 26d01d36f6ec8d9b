"""A digit photographed on paper is found and cleaned, whatever the light, lines and table."""

import subprocess
import sys

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from mnist_core.drawing.normalize import (
    contrast,
    find_ink,
    load_picture,
    normalize_drawing,
    prepare_drawing,
)
from mnist_core.drawing.photographs import WORK, clean_photograph
from tests.core.drawing.test_normalize import FIVE, draw, nearest_difference

SIZE = (640, 480)
AT, HEIGHT = (260, 130), 200


def paper(
    *, size=SIZE, colour=(240, 236, 225), ink=(30, 40, 110), lines=None, line=(150, 175, 215),
    at=AT, height=HEIGHT, pen=14, turn=0.0, strokes=FIVE, specks=0, seed=0,
):  # fmt: skip
    """A sheet with a five, drawn larger and turned, before there is any light on it."""
    large = Image.new("RGB", (2 * size[0], 2 * size[1]), colour)
    brush = ImageDraw.Draw(large)
    if lines:
        for y in range(7, 2 * size[1], 60):
            brush.line([(0, y), (2 * size[0], y)], fill=line, width=2)
        if lines == "squared":
            for x in range(11, 2 * size[0], 60):
                brush.line([(x, 0), (x, 2 * size[1])], fill=line, width=2)
    rng = np.random.default_rng(seed)
    for x, y in rng.uniform(0.05, 0.95, (specks, 2)) * large.size:
        brush.ellipse([x - 3, y - 3, x + 3, y + 3], fill=(40, 30, 20))
    left, top = size[0] / 2 + at[0], size[1] / 2 + at[1]  # the middle of the sheet is seen
    for stroke in strokes:
        points = [(left + x * height, top + y * height) for x, y in stroke]
        brush.line(points, fill=ink, width=pen)
        for x, y in points:
            brush.ellipse([x - pen / 2, y - pen / 2, x + pen / 2, y + pen / 2], fill=ink)
    turned = large.rotate(turn, Image.Resampling.BICUBIC)
    box = (size[0] // 2, size[1] // 2, size[0] // 2 + size[0], size[1] // 2 + size[1])
    return turned.crop(box)


def photograph(sheet, *, darkest=0.5, noise=4.0, blur=0.8, seed=0):
    """A picture with light that falls from the left, out of focus, with a sensor's noise."""
    pixels = np.asarray(sheet.filter(ImageFilter.GaussianBlur(blur))).astype(float)
    light = np.linspace(1, darkest, pixels.shape[1])[:, np.newaxis]
    pixels = pixels * light + np.random.default_rng(seed).normal(0, noise, pixels.shape)
    return np.clip(np.round(pixels), 0, 255).astype(np.uint8)


def assert_five(image, tolerance=0.05):
    """That what the network would read is nearly the five of a clean drawing."""
    drawing = prepare_drawing(image)
    assert drawing.reason is None
    five = normalize_drawing(draw(height=200, pen=14, size=(400, 400)))
    assert nearest_difference(drawing.normalized, five) < tolerance


# --- what is cleaned ----------------------------------------------------------------------


def test_form_of_the_result():
    ink, left_out = clean_photograph(photograph(paper()))
    assert ink.shape == (480, 640) and ink.dtype == np.float32
    assert (ink.min(), ink.max()) == (0, 1)
    assert left_out.words == ""


@pytest.mark.parametrize("darkest", [1, 0.7, 0.35])
def test_uneven_light(darkest):
    assert_five(photograph(paper(), darkest=darkest))


def test_the_light_would_be_ink_without_cleaning():
    image = photograph(paper(), darkest=0.35)
    assert (contrast(image) > 0.25).mean() > 3 * (find_ink(image) > 0.25).mean()


def test_a_soft_shadow_is_no_ink():
    image = photograph(paper()).astype(float)
    shadow = Image.new("L", SIZE, 255)
    ImageDraw.Draw(shadow).polygon([(0, 200), (300, 480), (0, 480)], fill=150)
    shade = np.asarray(shadow.filter(ImageFilter.GaussianBlur(20))) / 255
    assert_five((image * shade[..., np.newaxis]).astype(np.uint8))


@pytest.mark.parametrize("lines", ["ruled", "squared"])
@pytest.mark.parametrize("turn", [0, 5, -8])
def test_lines_on_the_paper(lines, turn):
    assert_five(photograph(paper(lines=lines, turn=turn)))


@pytest.mark.parametrize("lines", ["ruled", "squared"])
def test_a_digit_on_lines_stays_in_one_piece(lines):
    ring = [[(0.5 + 0.4 * np.sin(t), 0.5 - 0.5 * np.cos(t)) for t in np.linspace(0, 6.3, 60)]]
    ink, _ = clean_photograph(photograph(paper(lines=lines, strokes=ring)))
    picture = Image.fromarray((ink > 0.25).astype(np.uint8)).copy()
    assert np.asarray(picture).sum() > 0
    # From the corner no paper inside the ring is reached: no line has cut it.
    ImageDraw.floodfill(picture, (0, 0), 1)
    assert (np.asarray(picture) == 0).mean() > 0.03


def test_lines_say_how_the_paper_lies():
    # The five is turned with its paper. With lines it's level again, without it stays as it is.
    level = normalize_drawing(photograph(paper()))
    turned = normalize_drawing(photograph(paper(turn=10)))
    again = normalize_drawing(photograph(paper(turn=10, lines="ruled")))
    assert nearest_difference(again, level) < 0.03
    assert nearest_difference(turned, level) > 2 * nearest_difference(again, level)


@pytest.mark.parametrize(
    "ink", [(200, 30, 40), (20, 130, 60), (30, 60, 200), (230, 200, 40), (110, 110, 112)]
)
@pytest.mark.parametrize("lines", [None, "squared"])
def test_colour_of_the_ink(ink, lines):
    assert_five(photograph(paper(ink=ink, lines=lines)))


@pytest.mark.parametrize("pen", [7, 14])
def test_chalk_on_a_board(pen):
    assert_five(photograph(paper(colour=(45, 70, 60), ink=(225, 228, 220), pen=pen)))


def test_a_digit_on_dim_paper_is_no_chalk():
    assert_five(photograph(paper(colour=(110, 108, 100), lines="squared", line=(80, 85, 95))))


def test_specks_are_not_the_digit():
    image = photograph(paper(specks=25, height=90, pen=7))
    drawing = prepare_drawing(image)
    left, top, right, bottom = drawing.box
    assert bottom - top < 120 and right - left < 120
    assert_five(image)


@pytest.mark.parametrize("at", [(150, 60), (400, 220)])
def test_a_small_digit_anywhere(at):
    assert_five(photograph(paper(at=at, height=80, pen=6, lines="ruled")))


@pytest.mark.parametrize("table", [(70, 50, 40), (15, 15, 15)])
@pytest.mark.parametrize("turn", [0, 4])
def test_the_table_around_the_paper_is_no_ink(table, turn):
    sheet = paper(lines="ruled")
    table = Image.new("RGB", SIZE, table)
    table.paste(sheet.crop((0, 0, 540, 430)), (40, 20))
    assert_five(photograph(table.rotate(turn, Image.Resampling.BICUBIC, fillcolor=(70, 50, 40))))


@pytest.mark.parametrize("lines", [None, "ruled", "squared"])
@pytest.mark.parametrize("turn", [0, 4])
@pytest.mark.parametrize("darkest", [1, 0.5])
def test_empty_paper(lines, turn, darkest):
    image = photograph(paper(lines=lines, turn=turn, strokes=[]), darkest=darkest)
    assert prepare_drawing(image).reason == "empty"


# --- files, sizes -------------------------------------------------------------------------


@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_jpeg_with_an_orientation_flag(tmp_path, orientation):
    stored = {1: None, 3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90}[orientation]
    picture = Image.fromarray(photograph(paper(lines="squared")))
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = picture.transpose(stored) if stored else picture
    picture.save(tmp_path / "five.jpg", quality=70, exif=exif)
    assert_five(load_picture(tmp_path / "five.jpg"))


def test_a_huge_photograph_is_made_smaller():
    image = np.asarray(Image.fromarray(photograph(paper())).resize((3200, 2400)))
    assert max(find_ink(image).shape) == WORK
    assert_five(image)


def test_a_tiny_photograph():
    image = np.asarray(Image.fromarray(photograph(paper())).reduce(8))
    assert image.shape == (60, 80, 3)
    assert_five(image, tolerance=0.08)


def test_a_grey_photograph():
    assert_five(np.asarray(Image.fromarray(photograph(paper(lines="ruled"))).convert("L")))


@pytest.mark.parametrize("shape", [(32, 32, 3), (32, 3000, 3), (3000, 40, 3)])
@pytest.mark.parametrize("seed", [0, 1])
def test_noise_of_any_shape_gives_a_result(shape, seed):
    noise = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    drawing = prepare_drawing(noise)
    assert drawing.normalized.shape == (28, 28)


# --- what isn't a photograph --------------------------------------------------------------


@pytest.mark.parametrize(
    ("paper", "ink"), [("white", "black"), ("black", "white"), ((200, 220, 255), (200, 30, 30))]
)
@pytest.mark.parametrize("pen", [3, 18, 36])
def test_a_drawn_picture_is_left_as_it_is(paper, ink, pen):
    picture = draw(mode="RGB", paper=paper, ink=ink, pen=pen)
    np.testing.assert_array_equal(find_ink(picture), contrast(picture))


def test_a_tightly_cropped_digit_is_left_as_it_is():
    picture = draw()[41:240, 81:212]
    np.testing.assert_array_equal(find_ink(picture), contrast(picture))


def test_a_flat_scan_of_ruled_paper_is_cleaned():
    # Nothing but white, lines and ink: flat, but the lines run out of the picture.
    assert_five(np.asarray(paper(colour="white", lines="ruled")))


def test_a_drawing_on_the_canvas_imports_no_opencv():
    code = (
        "import sys, numpy as np, mnist_core as m\n"
        "canvas = np.zeros((280, 280, 4), np.uint8); canvas[40:200, 90:110] = 255\n"
        "m.prepare_drawing(canvas); print('cv2' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
