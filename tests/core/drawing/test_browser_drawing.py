"""The browser makes the same 28x28 pixels of a drawing as `prepare_drawing` does."""

import numpy as np

from mnist_core.drawing.normalize import prepare_drawing
from tests.core.drawing.test_normalize import FIVE, ONE, L, draw
from tests.javascript.node import prepare_in_node

SIDE = 280
DOT = [[(0.5, 0.5), (0.51, 0.51)]]
RING = [[(0.5 + 0.4 * np.cos(a), 0.5 + 0.4 * np.sin(a)) for a in np.linspace(0, 6.3, 30)]]


def opacity(strokes, **settings):
    return draw(strokes, paper=0, ink=255, **settings)


def as_canvas(alpha):
    """White ink on a transparent canvas."""
    return np.dstack([np.full((*alpha.shape, 3), 255, np.uint8), alpha])


def test_a_drawing_is_prepared_as_the_server_prepares_it():
    alphas = [
        opacity(strokes, at=at, height=height, pen=pen)
        for strokes in (FIVE, ONE, L, RING)
        for at in ((20, 12), (91, 53))
        for height in (61, 140, 187)
        for pen in (2, 5, 18, 33)
    ]
    expected = [prepare_drawing(as_canvas(alpha)) for alpha in alphas]
    images, reasons = prepare_in_node(np.stack(alphas))
    assert reasons == [drawing.reason for drawing in expected]
    difference = np.abs(images.astype(int) - np.stack([d.normalized for d in expected]))
    assert difference.max() <= 2


def test_what_cannot_be_a_digit_has_the_servers_reason():
    alphas = [
        np.zeros((SIDE, SIDE), np.uint8),
        np.full((SIDE, SIDE), 255, np.uint8),
        opacity(DOT, pen=30),
        opacity(DOT, height=2, pen=3),
        opacity(RING, height=60, pen=22),  # compact, but it encloses paper
        np.full((SIDE, SIDE), 40, np.uint8),  # too faint
    ]
    alphas[1][:20] = 0
    reasons = prepare_in_node(np.stack(alphas))[1]
    assert reasons == [prepare_drawing(as_canvas(alpha)).reason for alpha in alphas]
    assert set(reasons) >= {"empty", "full", "dot"}
