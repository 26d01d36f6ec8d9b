"""From a recipe to a stored model: trained once, exported right, and stopped runs kept apart."""

import dataclasses

import keras
import numpy as np
import pytest

from mnist_core import ModelError, RecipeError, open_model, train_or_load
from mnist_core.data.stand_in import load_stand_in
from mnist_core.metrics.classification import evaluate_probabilities
from mnist_core.models.layers import LayerNetwork
from mnist_core.models.litert import LiteNetwork
from mnist_core.models.model_card import model_card
from mnist_core.models.store import REQUIRED, write_model
from mnist_core.models.train_or_load import _check_export, add_layers, export_litert
from mnist_core.recipes.build import build_model
from mnist_core.recipes.recipe import OUTPUT, TEST_SET_WARNING, Layer
from mnist_core.recipes.saved import get_recipe
from tests.core.training.test_loop import SMALL

QUICK = SMALL.with_settings({"epochs": 1})


@pytest.fixture(scope="module")
def digits():
    return load_stand_in()


@pytest.fixture(autouse=True)
def models(tmp_path, monkeypatch):
    monkeypatch.setenv("MNIST_CORE_MODELS", str(tmp_path))
    return tmp_path


class Counter:
    def __init__(self):
        self.batches = 0

    def __call__(self, progress):
        self.batches += 1


def test_the_same_settings_are_trained_once(digits):
    first, second, forced, other = Counter(), Counter(), Counter(), Counter()
    model = train_or_load(QUICK, digits, on_progress=first)
    again = train_or_load(QUICK, digits, on_progress=second)
    train_or_load(QUICK, digits, on_progress=forced, force=True)
    changed = train_or_load(QUICK.with_settings({"units": 8}), digits, on_progress=other)
    assert [c.batches for c in (first, second, forced, other)] == [15, 0, 15, 15]
    assert again.name == model.name != changed.name


def test_a_broken_stored_model_is_trained_anew(digits):
    model = train_or_load(QUICK, digits)
    model.path("litert").write_bytes(b"cut")
    counter = Counter()
    again = train_or_load(QUICK, digits, on_progress=counter)
    assert counter.batches == 15
    assert again.read("litert") != b"cut"


def test_what_is_stored_says_what_it_is(digits):
    card = train_or_load(QUICK, digits).card
    assert card["recipe"]["layers"][1] == {"kind": "Dense", "units": 16, "activation": "relu"}
    assert card["recipe"]["seed"] == 0
    assert card["data"]["digest"] == digits.digest()
    assert card["data"]["name"] == digits.name
    assert not card["data"]["verified"]
    assert len(card["history"]["loss"]) == 1
    assert card["parameters"] == 784 * 16 + 16 + 16 * 10 + 10
    assert {"python", "keras", "tensorflow"} <= set(card["versions"])
    assert card["evaluation"]["n"] == 297


def test_keras_and_litert_files_give_the_same_answers(digits):
    model = train_or_load(QUICK, digits)
    kept = keras.models.load_model(model.path("keras"))
    assert not kept.compiled  # so there is no optimizer state, which would treble the file
    expected = np.asarray(kept(digits.x_test.astype("float32")))
    answers = LiteNetwork(model.read("litert")).predict(digits.x_test)
    np.testing.assert_allclose(answers, expected, atol=1e-5)
    stored = model.test_answers()
    np.testing.assert_array_equal(stored["predicted"], expected.argmax(axis=1))
    np.testing.assert_allclose(stored["confidence"], expected.max(axis=1), atol=1e-5)
    right = expected[np.arange(297), digits.y_test]
    np.testing.assert_allclose(stored["loss"], -np.log(np.maximum(right, 1e-7)), atol=1e-3)
    direct = evaluate_probabilities(answers, digits.y_test)
    assert model.evaluation == direct


@pytest.mark.parametrize("name", ["sigmoid_mlp", "simple_cnn", "dropout_cnn", "pen"])
def test_every_recipe_can_be_exported(name, digits):
    network = build_model(get_recipe(name))
    lite = LiteNetwork(export_litert(network))
    images = digits.x_test[:60]
    expected = np.asarray(network(images.astype("float32"), training=False))
    np.testing.assert_allclose(lite.predict(images), expected, atol=1e-4)  # many at once
    np.testing.assert_allclose(lite.predict(images[:3]), expected[:3], atol=1e-4)  # one by one


def test_an_export_that_answers_otherwise_is_refused(digits):
    keras.utils.set_random_seed(0)
    one, other = build_model(QUICK), build_model(QUICK)
    with pytest.raises(ModelError, match="differ by"):
        _check_export(one, LiteNetwork(export_litert(other)), digits.x_test[:20])


def test_a_stopped_run_is_kept_apart_and_never_loaded_for_a_finished_one(digits):
    counter = Counter()
    stopped = train_or_load(
        QUICK, digits, on_progress=counter, should_stop=lambda: counter.batches >= 3
    )
    assert stopped.name.endswith("-stopped")
    assert open_model(stopped.name).card["stopped"]
    finished = train_or_load(QUICK, digits)
    assert not finished.card["stopped"]
    assert finished.name != stopped.name


def test_what_is_not_a_network_is_refused():
    with pytest.raises(ModelError, match="not a LiteRT network"):
        LiteNetwork(b"no network at all")


@pytest.mark.parametrize(
    "broken",
    [
        Layer("LSTM", {"units": 4}),
        Layer("GRU", {"units": 4}),
        Layer("Dense", {"units": 4, "dtype": "float16"}),
    ],
)
def test_a_network_that_cannot_be_stored_is_refused_before_its_first_batch(digits, broken):
    recipe = dataclasses.replace(QUICK, layers=(broken, Layer("Flatten", {}), OUTPUT))
    counter = Counter()
    with pytest.raises(RecipeError, match=f"LiteRT.* can't run {broken.kind.lower()}_1"):
        train_or_load(recipe, digits, on_progress=counter)
    assert counter.batches == 0


def test_an_unrolled_recurrent_layer_can_be_trained_and_stored(digits):
    layers = (Layer("LSTM", {"units": 4, "unroll": True}), OUTPUT)
    model = train_or_load(dataclasses.replace(QUICK, layers=layers), digits)
    assert LiteNetwork(model.read("litert")).predict(digits.x_test[:5]).shape == (5, 10)


def test_images_of_another_shape_are_refused(digits):
    lite = LiteNetwork(export_litert(build_model(QUICK)))
    with pytest.raises(ValueError, match="Received: shape"):
        lite.predict(np.zeros((2, 20, 20), np.uint8))
    assert lite.predict(digits.x_test[:0]).shape == (0, 10)


def test_layers_are_stored_and_can_be_added_to_a_model_without_them(digits):
    model = train_or_load(QUICK, digits)
    network = keras.models.load_model(model.path("keras"))
    all_outputs = keras.Model(network.input, [layer.output for layer in network.layers[1:]])
    images = digits.x_test[:60]
    expected = all_outputs(images.astype("float32"))
    files = {kind: model.read(kind) for kind in REQUIRED}
    without = write_model("without", {**model.card, "name": "without"}, files)
    assert not open_model("without").has("layers")
    with pytest.raises(ModelError, match="without its file `layers`"):
        LayerNetwork.load(without)
    for stored in (model, add_layers(without), open_model("without")):
        assert stored.has("weights")
        outputs = LayerNetwork.load(stored).outputs(images)
        assert list(outputs) == [layer.name for layer in network.layers[1:]]
        for values, reference in zip(outputs.values(), expected, strict=True):
            np.testing.assert_allclose(values, reference, atol=1e-4)
    assert {kind: open_model("without").read(kind) for kind in REQUIRED} == files


def test_images_that_were_set_aside_are_tested_too(digits):
    model = train_or_load(QUICK.with_settings({"validation": "60/20/20"}), digits)
    rows = slice(1200, 1500)
    answers = LiteNetwork(model.read("litert")).predict(digits.x_train[rows])
    expected = (answers.argmax(axis=1) == digits.y_train[rows]).mean()
    assert model.set_aside.n == 300
    assert model.set_aside.accuracy == pytest.approx(expected)
    assert model.card["calibration"]["images"] == 300
    assert "300 training images that were set aside" in model_card(model)
    assert open_model(model.name).set_aside == model.set_aside


def test_a_network_that_was_validated_on_the_test_set_is_not_calibrated_by_it(digits):
    model = train_or_load(QUICK.with_settings({"validation": "test"}), digits)
    assert model.card["calibration"] == {"temperature": 1.0, "images": 0}
    assert len(model.card["history"]["val_loss"]) == 1
    assert model.set_aside is None
    assert TEST_SET_WARNING in model_card(model)
