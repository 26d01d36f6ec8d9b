"""The answer on the Draw page: the digit, large, or the number with a box around each digit."""

import time
from collections.abc import Sequence

from markupsafe import Markup

from mnist_core.drawing.normalize import Ink, enlarge
from mnist_core.i18n import _
from pages.shared.html import join, picture


def answer(digits: str, heading: str, words: str) -> Markup:
    """The answer, large, with a line or two beside it; no digits are shown as a dash.

    A screen reader announces it when it has changed.
    """
    shown = digits or "–"
    # Of no two answers the HTML is the same, so that the browser replaces what it has made of the
    # one before: see pages/components/live_answer.js.
    return Markup(
        '<div class="answer" data-testid="answer" data-digit="{0}" data-made="{4}" role="status">'
        '<div class="{1}">{0}</div><div class="words">'
        '<div class="share">{2}</div>{3}</div></div>'
    ).format(
        shown, "digit long" if len(shown) > 1 else "digit", heading, words, time.monotonic_ns()
    )


def note(words: str) -> Markup:
    """A line or two in small print."""
    return Markup('<p class="note">{}</p>').format(words)


def number(ink: Ink, digits: Sequence[tuple[tuple[int, int, int, int], str, float]]) -> Markup:
    """The inked part of a drawing with a box around each digit.

    Args:
        ink: `(h, w)`, 0 paper to 1 ink.
        digits: ((left, top, right, bottom) in pixels of `ink`, the digit or ?, confidence 0..1).
    """
    left, top = (min(box[side] for box, *__ in digits) for side in (0, 1))
    right, bottom = (max(box[side] for box, *__ in digits) for side in (2, 3))
    room = max(right - left, bottom - top) // 20 + 1  # and above, for the captions
    left, top = max(left - room, 0), max(top - 3 * room, 0)
    shown = ink[top : bottom + room, left : right + room]
    height, width = shown.shape
    boxes = join(
        Markup(
            '<div class="{}" style="left:{:.2f}%;top:{:.2f}%;width:{:.2f}%;height:{:.2f}%">'
            "<span>{}</span></div>"
        ).format(
            "box refused" if digit == "?" else "box",
            100 * (a - left) / width,
            100 * (b - top) / height,
            100 * (c - a) / width,
            100 * (d - b) / height,
            digit if digit == "?" else f"{digit} · {share:.0%}",
        )
        for (a, b, c, d), digit, share in digits
    )
    image = picture(enlarge(shown, 400), _("The digits that were found"))
    return Markup('<div class="number">{}{}</div>').format(image, boxes)
