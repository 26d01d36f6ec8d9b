"""What is drawn survives undo, redo, clear, another page, and messages that arrive late."""

import io

import numpy as np
import pytest
from PIL import Image

from pages.shared.pad import HISTORY, Pad, strokes_of

A, B, C = ({"type": "path", "path": [name]} for name in "abc")


def png(grey):
    content = io.BytesIO()
    Image.new("RGBA", (4, 4), (255, 255, 255, grey)).save(content, format="PNG")
    return content.getvalue()


@pytest.fixture
def pad():
    pad = Pad()
    for count, strokes in enumerate(([A], [A, B], [A, B, C]), 1):
        pad.receive(strokes, png(count))
    return pad


def follow(pad):
    """The canvas has done what it was told."""
    pad.receive(list(pad.shown), png(len(pad.shown)))


def grey(pad):
    return pad.image()[0, 0, 3]


def test_each_stroke_gives_a_new_image(pad):
    assert pad.strokes == [A, B, C]
    assert pad.image().shape == (4, 4, 4)
    assert grey(pad) == 3
    assert pad.version == 0  # drawing never tells the canvas what to show


def test_the_same_message_twice_is_one_stroke(pad):
    pad.receive([A, B, C], png(3))
    assert len(pad.states) == 4


def test_two_strokes_in_one_message_are_undone_one_by_one():
    pad = Pad()
    pad.receive([A, B], png(2))
    pad.undo()
    assert pad.strokes == [A] and pad.image() is None  # the canvas has no picture of it yet
    follow(pad)
    assert grey(pad) == 1
    pad.undo()
    assert pad.strokes == [] and not pad.can_undo


def test_a_drawing_from_before_a_reload_is_shown_once():
    pad = Pad()
    pad.restore([A, B])
    assert pad.shown == [A, B] and pad.version == 1
    follow(pad)
    assert grey(pad) == 2 and pad.can_undo
    pad.restore([C])  # something is drawn already
    assert pad.strokes == [A, B]


def test_nothing_drawn_yet():
    pad = Pad()
    pad.receive([], None)
    assert pad.strokes == []
    assert pad.image() is None
    for press in (pad.undo, pad.redo, pad.clear):
        press()
    assert pad.version == 0
    assert not pad.can_undo
    assert not pad.can_redo


def test_undo_and_redo(pad):
    pad.undo()
    assert pad.shown == pad.strokes == [A, B]
    follow(pad)
    pad.undo()
    follow(pad)
    assert pad.strokes == [A]
    pad.redo()
    follow(pad)
    pad.redo()
    follow(pad)
    assert pad.strokes == [A, B, C]
    assert grey(pad) == 3
    assert not pad.can_redo


def test_the_oldest_states_are_forgotten(pad):
    strokes = [A, B, C]
    for count in range(4, 2 * HISTORY):
        strokes = [*strokes, {"type": "path", "path": [count]}]
        pad.receive(strokes, png(count % 256))
    assert len(pad.states) == HISTORY
    assert pad.strokes == strokes
    pad.clear()
    follow(pad)
    assert len(pad.states) == HISTORY
    assert pad.strokes == []
    for back in range(HISTORY - 1):
        assert pad.can_undo, back
        pad.undo()
        follow(pad)
    assert not pad.can_undo
    assert len(pad.strokes) == len(strokes) - HISTORY + 2


def test_undo_to_the_start(pad):
    for _ in range(3):
        pad.undo()
        follow(pad)
    assert pad.strokes == []
    assert not pad.can_undo


def test_what_the_canvas_still_sends_after_undo_is_not_a_new_stroke(pad):
    pad.undo()
    pad.receive([A, B, C], png(3))  # the message from before
    assert pad.strokes == [A, B]
    follow(pad)
    assert pad.strokes == [A, B]
    assert pad.can_redo


def test_undo_before_the_canvas_has_followed(pad):
    pad.undo()
    pad.undo()
    pad.receive([A, B], png(2))  # it has followed the first
    follow(pad)
    assert pad.strokes == [A]
    pad.redo()
    assert pad.strokes == [A, B]


def test_a_new_stroke_after_undo_ends_redo(pad):
    pad.undo()
    follow(pad)
    pad.receive([A, B, A], png(8))
    assert not pad.can_redo
    assert pad.strokes == [A, B, A]
    assert grey(pad) == 8


def test_one_undo_brings_back_what_was_cleared(pad):
    pad.clear()
    assert pad.shown == []
    follow(pad)
    assert pad.image() is None
    pad.undo()
    follow(pad)
    assert pad.strokes == [A, B, C]
    pad.redo()
    follow(pad)
    assert pad.strokes == []


def test_drawing_after_a_clear(pad):
    pad.clear()
    follow(pad)
    pad.receive([B], png(9))
    assert pad.strokes == [B]
    assert grey(pad) == 9
    pad.undo()
    follow(pad)
    pad.undo()
    follow(pad)
    assert pad.strokes == [A, B, C]


def test_the_same_strokes_shown_again_are_a_new_order(pad):
    pad.undo()
    follow(pad)
    first = pad.version
    pad.receive([A, B, C], png(3))
    pad.undo()
    assert pad.version > first


def test_another_page_and_back(pad):
    pad.undo()
    pad.remount()
    assert pad.shown == [A, B]
    pad.receive([A, B], None)  # a canvas that is shown anew sends no image
    assert grey(pad) == 2
    assert pad.strokes == [A, B]


def test_what_is_answered_is_what_is_drawn_without_waiting_for_the_canvas(pad):
    pad.undo()
    assert grey(pad) == 2
    pad.redo()
    assert grey(pad) == 3
    pad.clear()
    assert pad.image() is None
    pad.remount()  # another page at once, before the canvas has followed
    assert pad.image() is None


def test_a_stroke_that_was_on_its_way_when_undo_was_pressed_is_the_one_undone(pad):
    pad.undo()
    pad.receive([A, B, C, A], png(9))
    assert pad.strokes == pad.shown == [A, B, C]
    follow(pad)
    pad.redo()
    assert pad.strokes == [A, B, C, A]


def test_a_stroke_that_was_on_its_way_when_clear_was_pressed_comes_back_with_undo(pad):
    pad.clear()
    pad.receive([A, B, C, A], png(9))
    assert pad.strokes == pad.shown == []
    follow(pad)
    pad.undo()
    follow(pad)
    assert pad.strokes == [A, B, C, A]


def test_strokes_as_points():
    # As streamlit-drawable-canvas 0.13 sends a line with a bend, and a tap.
    bend = [
        ["M", 49.98, 100.02],
        ["Q", 50, 100, 62.5, 95],
        ["Q", 75, 90, 87.5, 85],
        ["L", 100, 300],
    ]
    tap = [["M", 199.98, 200], ["L", 200.02, 200]]
    objects = [{"type": "Path", "path": path, "strokeWidth": 20} for path in (bend, tap)]
    line, dot = strokes_of(objects)
    assert line[[0, 2, 4, 5]].tolist() == [[49.98, 100.02], [62.5, 95], [87.5, 85], [100, 300]]
    np.testing.assert_allclose(line[3], [75, 90])  # the middle of its curve
    assert dot.tolist() == [[199.98, 200], [200.02, 200]]
    assert strokes_of([]) == []
