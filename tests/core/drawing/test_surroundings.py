"""What surrounds a digit is cut away: frames, boxes, pages and windows; never the digit."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mnist_core import Recognizer, prepare_drawing
from mnist_core.drawing.panels import within_tiles
from mnist_core.drawing.surroundings import inner_picture

SEVEN = [(70, 60), (150, 60), (105, 170)]


@pytest.fixture(scope="module")
def recognizer():
    return Recognizer.load("pen")


def picture(ink="black", paper="white", size=(220, 230), offset=(0, 0), picture=None):
    """A seven drawn on paper, or on a picture that is there."""
    image = picture or Image.new("RGB", size, paper)
    points = [(x + offset[0], y + offset[1]) for x, y in SEVEN]
    ImageDraw.Draw(image).line(points, fill=ink, width=14, joint="curve")
    return image


def read(image, recognizer):
    return recognizer.read(prepare_drawing(np.asarray(image))).marked_text


def framed(width, color, sides):
    image = picture()
    w, h = image.size
    lines = {
        "top": (0, 0, w, width - 1),
        "bottom": (0, h - width, w, h),
        "left": (0, 0, width - 1, h),
        "right": (w - width, 0, w, h),
    }
    for side in sides:
        ImageDraw.Draw(image).rectangle(lines[side], fill=color)
    return image


ALL_SIDES = ("top", "bottom", "left", "right")


@pytest.mark.parametrize("sides", [ALL_SIDES, ("left", "top"), ("left",), ("bottom",)])
@pytest.mark.parametrize(("width", "color"), [(1, "black"), (3, "gray"), (8, "black")])
def test_a_frame_is_not_a_part_of_the_digit(recognizer, width, color, sides):
    assert read(framed(width, color, sides), recognizer) == "7"


@pytest.mark.parametrize(
    "ink,paper,page", [("white", "black", "white"), ("black", "white", "#ccc")]
)
@pytest.mark.parametrize("radius", [0, 12])
def test_a_canvas_on_a_page_is_found(recognizer, ink, paper, page, radius):
    image = Image.new("RGB", (640, 420), page)
    ImageDraw.Draw(image).rounded_rectangle((200, 90, 420, 320), radius, fill=paper)
    picture(ink, offset=(200, 90), picture=image)
    assert read(image, recognizer) == "7"


def test_a_box_with_lines_that_do_not_meet_is_left_out(recognizer):
    image = picture(size=(240, 240), offset=(10, 10))
    draw = ImageDraw.Draw(image)
    draw.line((14, 10, 14, 232), fill="black", width=3)
    draw.line((14, 232, 226, 230), fill="black", width=3)
    assert read(image, recognizer) == "7"


def test_a_speck_is_not_a_digit(recognizer):
    image = picture()
    ImageDraw.Draw(image).rectangle((200, 15, 202, 17), fill="black")
    assert read(image, recognizer) == "7"


@pytest.mark.parametrize("digit", ["1", "0"])
def test_a_digit_of_straight_lines_stays(recognizer, digit):
    image = Image.new("RGB", (200, 260), "white")
    draw = ImageDraw.Draw(image)
    if digit == "1":
        draw.line((100, 40, 100, 220), fill="black", width=16)
    else:
        draw.rounded_rectangle((55, 40, 145, 220), 30, outline="black", width=16)
    assert read(image, recognizer) == digit
    assert inner_picture(np.asarray(image)).shape == (260, 200, 3)


def test_a_tight_crop_of_a_number_keeps_its_first_digit(recognizer):
    image = Image.new("RGB", (330, 150), "white")
    draw = ImageDraw.Draw(image)
    draw.line((12, 6, 12, 144), fill="black", width=12)  # a one at the very edge
    draw.line([(120, 20), (200, 20), (150, 140)], fill="black", width=12, joint="curve")
    draw.line([(230, 20), (310, 20), (260, 140)], fill="black", width=12, joint="curve")
    assert read(image, recognizer) == "177"


def test_a_thin_rounded_frame_at_the_very_edge_is_left_out(recognizer):
    image = picture()
    w, h = image.size
    ImageDraw.Draw(image).rounded_rectangle((0, 0, w - 1, h - 1), 30, outline="teal", width=3)
    assert read(image, recognizer) == "7"


def test_two_thick_bars_that_do_not_reach_the_sides_are_left_out(recognizer):
    image = picture()
    for top in (10, 195):
        ImageDraw.Draw(image).rectangle((18, top, 200, top + 14), fill="black")
    assert read(image, recognizer) == "7"


def test_a_digit_that_touches_the_side_of_its_canvas_stays(recognizer):
    image = Image.new("RGB", (640, 420), "#c66")
    ImageDraw.Draw(image).rectangle((200, 90, 360, 320), fill="black")
    assert read(picture("white", offset=(205, 90), picture=image), recognizer) == "7"


def test_small_digits_on_a_canvas_are_found():
    image = np.full((400, 600, 3), 200, np.uint8)
    image[60:360, 100:500] = 0
    for left in range(180, 400, 40):
        image[200:225, left : left + 4] = 255
    assert inner_picture(image).shape[0] <= 300


@pytest.mark.parametrize("width", [1, 6])
def test_the_cells_of_a_form_are_left_out_whatever_touches_them(recognizer, width):
    image = Image.new("RGB", (480, 240), "white")
    for left in (20, 240):
        ImageDraw.Draw(image).rectangle((left, 10, left + 220, 230), outline="gray", width=width)
    picture(offset=(85, 20), picture=image)  # touches the line between the cells
    picture(offset=(220, 20), picture=image)
    assert read(image, recognizer) == "77"


def test_digits_that_touch_one_side_are_not_ruled_paper(recognizer):
    image = Image.new("RGB", (620, 171), "white")
    for left in (0, 130, 260, 390):
        picture(offset=(left, 0), picture=image)
    assert read(image, recognizer) == "7777"


def tiles(paper, page, rows=1, title=False):
    """A seven, a one and a seven in each row, each on a tile of its own."""
    image = Image.new("RGB", (330, 20 + 110 * rows), page)
    brush = ImageDraw.Draw(image)
    for row in range(rows):
        for column in range(3):
            x, y = 20 + 105 * column, 20 + 110 * row
            brush.rectangle((x, y, x + 79, y + 79), fill=paper)
            ink = "white" if paper == "black" else "black"
            if column == 1:  # ends beside the tile's edge
                brush.line([(x + 40, y + 6), (x + 36, y + 77)], fill=ink, width=7)
            else:
                brush.line([(x + 20, y + 20), (x + 60, y + 18), (x + 35, y + 65)], ink, 6)
            if title:
                brush.text((x + 20, y - 14), "Label: 7", fill="gray")
    return image


TILES = [("black", "white"), ("white", "#222"), ("#ddd", "#444")]


@pytest.mark.parametrize(("paper", "page"), TILES)
def test_images_beside_each_other_are_read_as_a_plot_shows_them(recognizer, paper, page):
    assert read(tiles(paper, page), recognizer) == "717"
    reading = recognizer.read(prepare_drawing(np.asarray(tiles(paper, page, rows=2, title=True))))
    assert reading.lines == ["717", "717"]


def test_tiles_are_no_tiles_where_much_else_is_on_the_page():
    image = np.array(tiles("black", "white"))
    assert within_tiles(image) is not None
    image[100:, :] = (200, 30, 30)
    assert within_tiles(image) is None
    alone = np.array(tiles("black", "white"))
    alone[:, 110:] = 255
    assert within_tiles(alone) is None


def test_paper_that_goes_on_behind_strokes_from_edge_to_edge_is_no_panel():
    image = Image.new("RGB", (300, 50), "black")
    brush = ImageDraw.Draw(image)
    for x in (60, 240):  # two ones as high as the picture
        brush.rectangle((x, 0, x + 6, 49), fill="white")
    brush.line([(120, 12), (150, 10), (130, 40)], fill="white", width=5)
    assert inner_picture(np.array(image)).shape == (50, 300, 3)
