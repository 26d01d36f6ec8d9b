"""The shipped networks on drawings, and what happens when one is missing or broken."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mnist_core import ModelError, Recognizer, list_models, open_model, settings
from mnist_core.recognizer import Recognition
from tests.browser.harness import DIGITS, placed

SHIPPED = ["pen", "sigmoid_mlp", "dense_512", "simple_cnn", "dropout_cnn"]
AT_LEAST = {
    "sigmoid_mlp": 0.92, "dense_512": 0.977, "simple_cnn": 0.98, "dropout_cnn": 0.984,
    "pen": 0.994,
}  # fmt: skip


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


def test_all_five_are_shipped_whole():
    models, errors = list_models(Path(__file__).parents[2] / "models")
    assert not errors
    assert [model.name for model in models][:5] == SHIPPED
    for model in models[:5]:
        for kind in ("keras", "litert", "test"):
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
