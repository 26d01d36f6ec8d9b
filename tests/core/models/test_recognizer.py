"""The shipped networks on drawings, and networks that are missing or damaged."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mnist_core import ModelError, Recognizer, list_models, open_model, settings
from mnist_core.drawing.segmentation import REFUSED
from mnist_core.models.store import REQUIRED
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
    """A digit as the canvas sends it: transparent but for the ink."""
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
        for kind in (*REQUIRED, "layers"):
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
    recognition = pen.recognize(drawn(digit, x, y, size, pen=pen_width))
    assert recognition.digit == digit
    assert recognition.sure
    assert recognition.confidence == pytest.approx(recognition.probabilities[digit])
    assert recognition.probabilities.sum() == pytest.approx(1, abs=1e-4)
    assert recognition.normalized.shape == (28, 28)


def test_a_drawing_without_a_digit_has_a_reason_and_a_message(pen):
    dot = np.zeros((200, 200, 4), np.uint8)
    dot[90:110, 90:110] = 255
    full = np.zeros((200, 200, 4), np.uint8)
    full[2:, 2:] = 255
    for image, reason in (
        (np.zeros((200, 200, 4), np.uint8), "empty"),
        (dot, "dot"),
        (full, "full"),
    ):
        recognition = pen.recognize(image)
        assert recognition.digit is None
        assert (recognition.reason, recognition.confidence) == (reason, 0)
        assert recognition.message
        assert not recognition.probabilities.any()
        assert not recognition.sure
        assert recognition.runner_up is None


BLANK = np.zeros((28, 28), np.uint8)


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
def test_letters_and_scribbles_are_refused(pen, name):
    answer = pen.recognize(SIGNS[name])
    assert (answer.digit, answer.reason) == (None, "nondigit")
    assert answer.guess in range(10)
    assert answer.nondigit_probability >= REFUSED
    assert pen.read(SIGNS[name]).text == ""


def test_a_network_that_knows_no_nondigits_never_refuses():
    network = Recognizer.load("dense_512")
    assert not network.knows_nondigits
    answer = network.recognize(SIGNS["A"])
    assert answer.digit in range(10)
    assert answer.nondigit_probability == 0


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
    assert pen.nondigit_probabilities(images).shape == (2,)
    assert pen.nondigit_probabilities(images)[0] < REFUSED


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """The shipped models in a folder of the test's own."""
    for name in SHIPPED:
        shutil.copytree(settings.models_dir() / name, tmp_path / name)
    monkeypatch.setenv("MNIST_CORE_MODELS", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("damage", ["missing", "cut", "altered", "card cut"])
def test_a_damaged_default_is_reported_and_another_network_is_loaded(copied, damage):
    model = open_model("pen")
    path = model.path("litert")
    if damage == "missing":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:1000])
    elif damage == "altered":
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    else:
        (copied / "pen" / "card.json").write_text('{"name": "pen", ')
    with pytest.raises(ModelError, match=r"'pen' can't be used.*train pen --force"):
        Recognizer.load("pen")
    assert Recognizer.load().name in SHIPPED[1:]


def test_without_models_the_error_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("MNIST_CORE_MODELS", str(tmp_path))
    with pytest.raises(ModelError, match="train pen"):
        Recognizer.load()
    with pytest.raises(ModelError, match="There are: none"):
        Recognizer.load("pen")


def test_the_ten_digits_are_all_there():
    assert sorted(DIGITS) == list(range(10))


def test_among_several_digits_only_a_clearer_sign_is_refused(monkeypatch):
    recognizer = Recognizer.load("pen")
    probabilities = np.zeros(11, np.float32)
    probabilities[[1, 10]] = 0.7, 0.3
    monkeypatch.setattr(
        recognizer, "_probabilities", lambda images: np.tile(probabilities, (len(images), 1))
    )
    bar = np.zeros((200, 100), np.uint8)
    bar[40:160, 45:55] = 255
    assert recognizer.recognize(bar).reason == "nondigit"
    assert recognizer.read(bar).text == ""
    several = np.hstack([bar, bar, bar])
    reading = recognizer.read(several)
    assert reading.text == "111"
    assert recognizer.reread(reading).text == "111"
    probabilities[[1, 10]] = 0.05, 0.95
    assert recognizer.read(several).text == ""


def test_an_empty_drawing_is_reread_as_empty():
    recognizer = Recognizer.load("pen")
    empty = recognizer.read(np.zeros((50, 50), np.uint8))
    assert recognizer.reread(empty).text == "" and recognizer.reread(empty).pieces == empty.pieces
