"""The writing in a picture is told from frames, words and badges, and these are named."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from mnist_core import Recognizer, prepare_drawing
from mnist_core.drawing.writing import NOTHING, LeftOut, only_writing, select_writing
from tests.core.drawing.test_photographs import photograph
from tests.core.drawing.test_rows import lines


@pytest.fixture(scope="module")
def pen():
    return Recognizer.load()


def page(number="5", size=(420, 300), at=(140, 90)):
    """A number on white paper with room around it, and what paints on it."""
    image = Image.new("RGB", size, "white")
    image.paste(Image.fromarray(lines(number)).convert("RGB"), at)
    return image, ImageDraw.Draw(image)


def read(pen, image):
    """The number, and what was left out."""
    drawing = prepare_drawing(np.asarray(image))
    return pen.read(drawing).marked_text, drawing.left_out.words


def boxed(number, gap, turn=0.0):
    """Each digit in a box of its own; without a gap, the boxes share their sides."""
    image, brush = page(number, (200 + 80 * len(number), 180), (80, 20))
    for place in range(len(number)):
        x = 110 + 80 * place
        brush.rectangle((x + gap, 52, x + 80 - gap, 128), outline=(40, 60, 90), width=2)
    return image.rotate(turn, Image.Resampling.BICUBIC, fillcolor="white")


@pytest.mark.parametrize(("gap", "words"), [(0, "a frame"), (4, "a frame")])
def test_digits_in_the_boxes_of_a_form(pen, gap, words):
    assert read(pen, boxed("274", gap)) == ("274", words)


def test_a_photographed_box_is_left_out(pen):
    sheet = Image.new("RGB", (640, 480), (240, 236, 225))
    sheet.paste(boxed("7", 0).resize((420, 270)), (110, 100))
    assert read(pen, photograph(sheet.rotate(4, Image.Resampling.BICUBIC))) == ("7", "a frame")


def test_digits_that_touch_the_lines_of_squared_paper_stay_whole(pen):
    sheet, brush = page("27", (640, 480), (236, 134))
    for place in range(40, 640, 110):
        brush.line((place, 0, place, 480), fill=(150, 160, 170), width=3)
        brush.line((0, place, 640, place), fill=(150, 160, 170), width=3)
    turned = sheet.rotate(5, Image.Resampling.BICUBIC).crop((60, 50, 580, 430))
    assert read(pen, photograph(turned)) == ("27", "")


def test_words_and_a_badge_are_left_out_and_counted(pen):
    image, brush = page()
    brush.text((20, 10), "Draw a digit", "black", ImageFont.load_default(14))
    assert read(pen, image)[0] == "5"
    assert "beside the digits" in read(pen, image)[1]
    image, brush = page()
    brush.ellipse((380, 10, 410, 40), fill=(220, 40, 40))
    assert read(pen, image) == ("5", "a mark beside the digits")


def test_a_letterhead_is_left_out_of_a_photograph(pen):
    image, brush = page(size=(640, 480), at=(240, 220))
    brush.rectangle((60, 50, 110, 100), fill="black")
    brush.text((125, 60), "Office Supplies Ltd", "black", ImageFont.load_default(24))
    assert read(pen, photograph(image)) == ("5", "a mark beside the digits")


def test_digits_of_unlike_height_and_far_apart_all_stay(pen):
    small = Image.fromarray(lines("3")).resize((90, 90))
    image, _ = page("8", (520, 300))
    image.paste(small, (400, 150))
    assert read(pen, image) == ("83", "")


def test_a_small_zero_that_the_pen_filled_stays_in_its_row():
    ink = np.zeros((200, 300), bool)
    ink[40:160, 60:80] = True  # a one
    ink[90:150, 120:175] = True  # a blot
    assert select_writing(ink).kept.tolist() == [False, True, True]
    ink[90:150, 120:175] = False
    ink[90:150, 230:285] = True  # as large, but far away: a badge
    assert select_writing(ink).kept.tolist() == [False, True, False]


def test_a_zero_with_a_separate_slash_is_no_frame():
    ring = Image.new("L", (200, 200))
    brush = ImageDraw.Draw(ring)
    brush.ellipse((40, 10, 160, 190), outline=255, width=8)
    brush.line((85, 130, 115, 70), fill=255, width=8)
    writing = select_writing(np.asarray(ring) > 0)
    assert writing.kept.tolist() == [False, True, True]
    assert not writing.frames.any()


def test_a_form_is_a_frame_but_squared_paper_that_runs_out_of_the_picture_is_none():
    cells = np.zeros((200, 200), bool)
    cells[20:180, 20:180:53] = cells[20:180:53, 20:180] = True
    cells[85:110, 90:94] = True
    assert select_writing(cells).frames.any()
    assert not select_writing(cells[30:170, 30:170]).frames.any()


def test_a_block_is_the_writing_where_there_is_nothing_else():
    block = np.zeros((60, 60), bool)
    assert select_writing(block) is None
    block[20:40, 20:40] = True
    assert select_writing(block).kept.tolist() == [False, True]


def test_a_picture_of_12_pixels_is_made_smooth_and_has_nothing_left_out(pen):
    image = page("1", (140, 140), (0, 0))[0].crop((35, 35, 105, 105)).resize((12, 12), 4)
    assert read(pen, image) == ("1", "")
    assert prepare_drawing(np.asarray(image)).ink.shape == (48, 48)


def test_a_line_along_the_edge_is_left_out(pen):
    image, brush = page("7", (140, 140), (0, 0))
    brush.line((4, 6, 4, 134), fill="black", width=2)
    assert read(pen, image) == ("7", "what lies around the drawing")


def test_what_was_left_out_in_words():
    assert LeftOut().words == ""
    assert LeftOut(marks=1).words == "a mark beside the digits"
    assert LeftOut(2, 1).words == "a frame and 2 marks beside the digits"
    everything = "what lies around the drawing, 3 frames, and a mark beside the digits"
    assert LeftOut(1, 3, outside=True).words == everything


def test_what_has_several_colors_or_another_than_the_digit_is_beside_it():
    colors = np.full((200, 200, 3), 255, np.uint8)
    colors[40:160, 80:100] = 0  # a digit
    for place, color in enumerate([(255, 0, 0), (0, 255, 0), (0, 0, 255), (0, 0, 0)]):
        colors[40 + 20 * place : 60 + 20 * place, 150:165] = color  # a palette
    colors[40:56, 104:120] = (220, 40, 40)  # a badge near it
    marked = (colors < 255).any(axis=2)
    kept = only_writing(marked.astype(np.float32), 0.5, colors)[0]
    np.testing.assert_array_equal(np.argwhere(kept).min(axis=0), (40, 80))
    np.testing.assert_array_equal(np.argwhere(kept).max(axis=0), (159, 99))


def test_a_frame_around_a_row_of_small_digits_is_found():
    marked = np.zeros((200, 300), np.uint8)
    marked[10:190, 10:290] = 1
    marked[14:186, 14:286] = 0
    for left in range(60, 220, 40):
        marked[90:114, left : left + 6] = 1
    writing = select_writing(marked)
    assert writing is not None and writing.frames.sum() == 1


def test_pixels_of_one_ink_are_of_one_color_however_pale_some_are():
    """Far from the others, a digit of a soft pen is kept; one whose colors are several isn't."""
    soft, paper, ink = np.zeros((60, 40), np.float32), np.array((250, 240, 200)), (20, 30, 160)
    soft[5:55, 10:30] = np.linspace(0.4, 1, 50)[:, np.newaxis]
    page = np.zeros((60, 400), np.float32)
    page[:, 180:220], page[5:55, 20:40], page[5:55, 350:370] = soft, 1, 1
    colored = paper + page[..., np.newaxis] * (np.array(ink) - paper)
    assert only_writing(page, 0.25, colored.astype(np.uint8))[1] == NOTHING
    colored[30:55, 180:220] = np.where(page[30:55, 180:220, np.newaxis] > 0, (200, 30, 30), paper)
    kept, left_out = only_writing(page, 0.25, colored.astype(np.uint8))
    assert left_out.marks == 1 and not kept[:, 180:220].any()


def test_a_blot_as_high_as_the_digits_is_one_wherever_it_stands_in_their_row():
    page = np.zeros((100, 600), np.float32)
    page[20:80, 20:28] = page[20:28, 20:60] = 1
    page[18:82, 500:560] = 1  # an eight whose loops a thick pen has filled
    ink, left_out = only_writing(page, 0.25)
    assert (ink == page).all() and left_out == NOTHING
    page[18:82, 500:560] = 0
    page[60:80, 500:520] = 1
    assert not only_writing(page, 0.25)[0][:, 400:].any()
