"""The shipped networks on drawings, and what happens when one is missing or broken."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mnist_core import ModelError, Recognizer, list_models, open_model, settings
from mnist_core.drawing.segmentation import REFUSED
from mnist_core.models.recognizer import Reading, Recognition
from mnist_core.models.store import KINDS
from tests.browser.harness import DIGITS, placed

SHIPPED = ["pen", "sigmoid_mlp", "dense_512", "simple_cnn", "dropout_cnn", "fast_cnn"]
AT_LEAST = {
    "sigmoid_mlp": 0.92,
    "dense_512": 0.977,
    "simple_cnn": 0.98,
    "dropout_cnn": 0.984,
    "pen": 0.995,
    "fast_cnn": 0.99,
}


def drawn(digit, x=0.3, y=0.2, size=0.6, side=300, pen=18):
    """A digit as the canvas sends it: see-through but for the ink."""
    ink = Image.new("L", (side, side))
    draw = ImageDraw.Draw(ink)
    for stroke in placed(digit, x, y, size):
        points = [(side * a, side * b) for a, b in stroke]
        draw.line(points, fill=255, width=pen, joint="curve")
    image = np.full((side, side, 4), 255, np.uint8)
    image[..., 3] = np.asarray(ink)
    return image


@pytest.fixture(scope="module")
def pen():
    return Recognizer.load()


def test_all_six_are_shipped_whole():
    models, errors = list_models(Path(__file__).parents[3] / "models")
    assert not errors
    assert [model.name for model in models][:6] == SHIPPED
    for model in models[:6]:
        for kind in KINDS:
            assert model.read(kind)
        assert model.card["data"]["verified"]


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_networks_are_as_good_on_the_test_set_as_their_cards_say(name, mnist):
    model = open_model(name)
    probabilities = Recognizer(model).predict(mnist.x_test)
    accuracy = (probabilities.argmax(axis=1) == mnist.y_test).mean()
    assert accuracy == pytest.approx(model.evaluation.accuracy, abs=2e-4)
    assert accuracy >= AT_LEAST[name]


@pytest.mark.parametrize("digit", range(10))
@pytest.mark.parametrize(
    ("x", "y", "size", "pen_width"),
    [(0.3, 0.2, 0.6, 18), (0.05, 0.05, 0.3, 8), (0.7, 0.6, 0.35, 10), (0.1, 0.55, 0.4, 14)],
)
def test_the_default_reads_a_digit_wherever_and_however_large_it_is(
    pen, digit, x, y, size, pen_width
):
    seen = pen.recognize(drawn(digit, x, y, size, pen=pen_width))
    assert seen.digit == digit
    assert seen.sure
    assert seen.confidence == pytest.approx(seen.probabilities[digit])
    assert seen.probabilities.sum() == pytest.approx(1, abs=1e-4)
    assert seen.normalized.shape == (28, 28)


def test_no_digit_has_a_reason_and_words(pen):
    dot = np.zeros((200, 200, 4), np.uint8)
    dot[90:110, 90:110] = 255
    full = np.zeros((200, 200, 4), np.uint8)
    full[2:, 2:] = 255
    for image, reason in (
        (np.zeros((200, 200, 4), np.uint8), "empty"),
        (dot, "dot"),
        (full, "full"),
    ):
        seen = pen.recognize(image)
        assert (seen.digit, seen.reason, seen.confidence) == (None, reason, 0)
        assert seen.message
        assert not seen.probabilities.any()
        assert not seen.sure
        assert seen.runner_up is None


def test_a_close_second_is_named_and_a_guess_is_no_certainty():
    shares = np.zeros(10, np.float32)
    shares[[4, 9]] = 0.5, 0.4
    close = Recognition(4, 0.5, shares, np.zeros((28, 28), np.uint8), None)
    assert close.runner_up == 9
    assert not close.sure
    shares[[4, 9]] = 0.95, 0.05
    clear = Recognition(4, 0.95, shares, np.zeros((28, 28), np.uint8), None)
    assert clear.runner_up is None
    assert clear.sure


BLANK = np.zeros((28, 28), np.uint8)


def seen(shares, doubt=0.0, reason=None):
    """A recognition with these digits' probabilities, out of the air."""
    probabilities = np.zeros(10, np.float32)
    for digit, share in shares.items():
        probabilities[digit] = share
    digit = None if reason else int(probabilities.argmax())
    confidence = 0.0 if reason else float(probabilities.max())
    return Recognition(digit, confidence, probabilities, BLANK, reason, doubt)


def reading(*answers):
    return Reading(tuple(((0, 0, 9, 9), answer) for answer in answers))


def test_a_number_is_its_digits_from_left_to_right():
    both = reading(seen({4: 0.9, 9: 0.1}), seen({2: 0.8, 7: 0.1}))
    assert (both.text, both.shown) == ("42", "42")
    assert both.confidence == pytest.approx(0.72)
    assert both.heading == "72.0% sure"
    assert both.words == ""


def test_what_is_not_sure_is_said_with_its_two_likely_readings():
    one = reading(seen({4: 0.5, 9: 0.45}))
    assert one.heading == "I'm not sure"
    assert one.words == "It could be a 4 (50%) or a 9 (45%)."
    two = reading(seen({1: 1.0}), seen({4: 0.5, 9: 0.45}))
    assert two.heading == "I'm not sure"
    assert two.words == "Digit 2 could be a 4 (50%) or a 9 (45%)."
    close = reading(seen({4: 0.8, 9: 0.2}))
    assert close.heading == "80.0% sure"
    assert close.words == "It could also be a 9 (20%)."


def test_doubt_whether_it_is_a_digit_makes_an_answer_less_sure():
    assert seen({4: 0.9}, doubt=0.1).sure
    assert not seen({4: 0.64}, doubt=0.09).sure


def test_what_is_no_digit_is_said_and_what_it_looks_like():
    refused = reading(seen({5: 0.7, 6: 0.3}, doubt=0.99, reason="nondigit"))
    assert (refused.text, refused.shown, refused.confidence) == ("", "", 0)
    assert refused.heading == "This doesn't look like a digit."
    assert refused.words == "If it is one, it is most likely a 5."
    mixed = reading(seen({1: 1.0}), seen({5: 0.7}, doubt=0.99, reason="nondigit"))
    assert (mixed.text, mixed.shown) == ("1", "1?")
    assert mixed.words == "Digit 2 doesn't look like one."
    dot = reading(seen({}, reason="dot"))
    assert dot.heading.startswith("That is only a dot")
    assert dot.words == ""


def test_nothing_is_no_number():
    nothing = Reading(())
    assert (nothing.text, nothing.shown, nothing.confidence) == ("", "", 0)
    assert (nothing.heading, nothing.words) == ("", "")


def test_another_network_rereads_the_same_boxes(pen):
    drawing = np.maximum(drawn(4, x=0.05, size=0.4), drawn(2, x=0.6, size=0.4))
    drawing[..., 3] = np.maximum(
        drawn(4, x=0.05, size=0.4)[..., 3], drawn(2, x=0.6, size=0.4)[..., 3]
    )
    first = pen.read(drawing)
    assert first.text == "42"
    again = pen.reread(first)
    other = Recognizer.load("simple_cnn").reread(first)
    assert again.text == "42"
    assert [box for box, _ in other.pieces] == [box for box, _ in first.pieces]
    np.testing.assert_allclose(
        again.pieces[0][1].probabilities, first.pieces[0][1].probabilities, atol=1e-6
    )


def sign(*strokes, side=300, pen=16):
    """Strokes of shares of the side, as the canvas sends them."""
    ink = Image.new("L", (side, side))
    for stroke in strokes:
        ImageDraw.Draw(ink).line(
            [(side * a, side * b) for a, b in stroke], fill=255, width=pen, joint="curve"
        )
    image = np.full((side, side, 4), 255, np.uint8)
    image[..., 3] = np.asarray(ink)
    return image


SIGNS = {
    "A": sign([(0.3, 0.8), (0.5, 0.2), (0.7, 0.8)], [(0.38, 0.58), (0.62, 0.58)]),
    "E": sign([(0.7, 0.2), (0.35, 0.2), (0.35, 0.8), (0.7, 0.8)], [(0.35, 0.5), (0.62, 0.5)]),
    "W": sign([(0.2, 0.2), (0.35, 0.8), (0.5, 0.35), (0.65, 0.8), (0.8, 0.2)]),
    "scribble": sign(
        [
            (0.2, 0.3),
            (0.8, 0.35),
            (0.25, 0.5),
            (0.75, 0.6),
            (0.2, 0.7),
            (0.7, 0.25),
            (0.45, 0.85),
            (0.3, 0.2),
        ]
    ),
}


@pytest.mark.parametrize("name", SIGNS)
def test_letters_and_scribbles_are_no_digits(pen, name):
    answer = pen.recognize(SIGNS[name])
    assert (answer.digit, answer.reason) == (None, "nondigit")
    assert answer.guess in range(10)
    assert answer.doubt >= REFUSED
    assert pen.read(SIGNS[name]).text == ""


def test_a_network_without_that_answer_never_refuses():
    network = Recognizer.load("dense_512")
    assert not network.knows_nondigits
    answer = network.recognize(SIGNS["A"])
    assert answer.digit in range(10)
    assert answer.doubt == 0


def test_an_ensemble_answers_with_the_mean(pen):
    images = np.stack([pen.recognize(drawn(digit)).normalized for digit in (3, 8, 4)])
    both = Recognizer.load("dense_512+simple_cnn")
    assert both.name == "dense_512+simple_cnn"
    expected = sum(Recognizer.load(name).predict(images) for name in ("dense_512", "simple_cnn"))
    np.testing.assert_allclose(both.predict(images), expected / 2, atol=1e-6)
    with pytest.raises(ModelError, match="no trained model 'nobody'"):
        Recognizer.load("pen+nobody")


def test_an_ensemble_refuses_only_if_all_its_networks_can(pen):
    assert Recognizer.load("pen+pen").recognize(SIGNS["A"]).reason == "nondigit"
    mixed = Recognizer.load("pen+dense_512")
    assert not mixed.knows_nondigits
    assert mixed.recognize(SIGNS["A"]).digit in range(10)


def test_predict_gives_ten_probabilities_that_sum_to_one(pen):
    images = np.stack([pen.recognize(drawn(3)).normalized, BLANK])
    assert pen.predict(images).shape == (2, 10)
    np.testing.assert_allclose(pen.predict(images).sum(axis=1), 1, rtol=1e-5)
    assert pen.doubt(images).shape == (2,)
    assert pen.doubt(images)[0] < REFUSED


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """The shipped models in a folder of the test's own."""
    for name in SHIPPED:
        shutil.copytree(settings.models_dir() / name, tmp_path / name)
    monkeypatch.setenv("MNIST_CORE_MODELS", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("harm", ["missing", "cut", "altered", "card cut"])
def test_a_broken_default_is_reported_and_another_one_answers(copied, harm):
    model = open_model("pen")
    path = model.path("litert")
    if harm == "missing":
        path.unlink()
    elif harm == "cut":
        path.write_bytes(path.read_bytes()[:1000])
    elif harm == "altered":
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    else:
        (copied / "pen" / "card.json").write_text('{"name": "pen", ')
    with pytest.raises(ModelError, match=r"'pen' can't be used.*train pen --force"):
        Recognizer.load("pen")
    assert Recognizer.load().name in SHIPPED[1:]


def test_no_model_at_all_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("MNIST_CORE_MODELS", str(tmp_path))
    with pytest.raises(ModelError, match="train pen"):
        Recognizer.load()
    with pytest.raises(ModelError, match="There are: none"):
        Recognizer.load("pen")


def test_the_ten_digits_are_all_there():
    assert sorted(DIGITS) == list(range(10))


def test_among_several_digits_only_a_clearer_sign_is_refused(monkeypatch):
    recognizer = Recognizer.load("pen")
    doubtful = np.zeros(11, np.float32)
    doubtful[[1, 10]] = 0.7, 0.3
    monkeypatch.setattr(recognizer, "_answers", lambda images: np.tile(doubtful, (len(images), 1)))
    one = np.zeros((200, 100), np.uint8)
    one[40:160, 45:55] = 255
    assert recognizer.recognize(one).reason == "nondigit"
    assert recognizer.read(one).text == ""
    several = np.hstack([one, one, one])
    reading = recognizer.read(several)
    assert reading.text == "111"
    assert recognizer.reread(reading).text == "111"
    doubtful[[1, 10]] = 0.05, 0.95
    assert recognizer.read(several).text == ""


def test_nothing_is_reread_as_nothing():
    recognizer = Recognizer.load("pen")
    empty = recognizer.read(np.zeros((50, 50), np.uint8))
    assert recognizer.reread(empty).text == "" and recognizer.reread(empty).pieces == empty.pieces
