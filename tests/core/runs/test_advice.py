"""Advice from hand-written curves."""

import math
from pathlib import Path

import pytest

import mnist_core
from mnist_core import get_recipe, open_model
from mnist_core.models.store import copy_model
from mnist_core.runs import runs
from mnist_core.runs.advice import notices
from mnist_core.runs.estimate import in_words, multiplications_per_second, training_seconds
from mnist_core.runs.runs import STATUS, RunStatus
from mnist_core.system.records import write_record
from tests.launches import Launches

DENSE = get_recipe("dense_512")


def kinds(recipe=DENSE, history=None, losses=(), accuracies=None):
    accuracies = accuracies or [0.5] * len(losses)
    batches = {"loss": list(losses), "accuracy": list(accuracies)}
    return [notice.kind for notice in notices(recipe, history or {}, batches)]


def test_a_good_training_is_left_in_peace():
    history = {"loss": [0.5, 0.2, 0.1], "val_loss": [0.4, 0.25, 0.2], "accuracy": [0.8, 0.9, 0.95]}
    assert kinds(history=history, losses=[2.3, 1.5, 1, 0.8, 0.5, 0.4, 0.3, 0.2, 0.1]) == []
    assert kinds() == []


def test_overfitting_is_seen_when_the_curves_part():
    history = {"loss": [0.5, 0.2, 0.1, 0.05], "val_loss": [0.4, 0.2, 0.25, 0.3]}
    assert kinds(history=history) == ["overfitting"]
    assert "since epoch 2" in notices(DENSE, history, {})[0].words
    history["val_loss"][-1] = 0.19
    assert kinds(history=history) == []
    assert kinds(history={"loss": [0.5, 0.2], "val_loss": [0.2, 0.4]}) == []  # too early to say


def test_a_rate_too_high():
    assert kinds(losses=[2.3, 1.9, math.nan]) == ["rate"]
    assert kinds(losses=[2.3, 2.2, 2.4, 3, 4, 6, 9, 12, 20]) == ["rate"]
    assert kinds(losses=[0.1, 0.11, 0.1, 0.12, 0.2, 0.2, 0.19, 0.2]) == []  # small all the same


def test_dead_training():
    flat, guessing = [2.302] * 30, [0.11, 0.09, 0.1] * 10
    history = {"accuracy": [0.1], "loss": [2.302]}
    assert kinds(history=history, losses=flat, accuracies=guessing) == ["dead"]
    assert kinds(losses=flat, accuracies=guessing) == []  # the first epoch isn't over
    assert kinds(history=history, losses=flat, accuracies=[0.4] * 30) == []


@pytest.mark.parametrize("name", ["sigmoid_mlp", "dropout_cnn"])
def test_unscaled_pixels_are_named(name):
    assert kinds(get_recipe(name)) == ["unscaled"]
    assert kinds(get_recipe(name).with_settings({"scale": True})) == []


# --- the estimate -------------------------------------------------------------------------


def test_the_estimate_grows_with_the_work():
    def told(**changes):
        return training_seconds(get_recipe("simple_cnn").with_settings(changes), 60_000)

    base = told()
    assert told(epochs=20) == pytest.approx(2 * base)
    assert told(train_images=6_000) == pytest.approx(base / 10)
    assert told(filters=56) > base > told(units=16)
    assert told(augment="pen") > base
    assert told(validation_split=0.5) < base
    assert multiplications_per_second() > 1e8


def test_earlier_runs_set_the_scale_but_for_those_that_were_short(isolated):
    large = get_recipe("simple_cnn")
    shipped = open_model("dense_512", Path(mnist_core.__file__).parents[1] / "models")

    def finished(seconds, images):
        run = runs.start_run(large, launch=Launches())
        data = {**shipped.card["data"], "train_images": images}
        copy_model(shipped, "model", {"data": data}, run.folder)
        write_record(RunStatus(state="finished", seconds=seconds), run.folder / STATUS)
        return runs.open_run(run.id)

    base = training_seconds(large, 60_000)
    slow = finished(100 * base, 60_000)
    assert training_seconds(large, 60_000, [slow]) == pytest.approx(100 * base)
    short = finished(100.0, 10)
    assert training_seconds(large, 60_000, [short]) == base
    assert training_seconds(large, 60_000, [short, slow, short]) == pytest.approx(100 * base)


def test_a_layer_that_only_keras_knows_has_no_estimate():
    layers = [{"kind": "SeparableConv2D", "filters": 3, "kernel_size": 3}, {"kind": "Flatten"}]
    assert training_seconds(DENSE.with_settings({"layers": layers}), 60_000) is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "1 s"),
        (40.4, "40 s"),
        (89, "89 s"),
        (150, "2 min"),
        (3599, "1 h 0 min"),
        (4800, "1 h 20 min"),
    ],
)
def test_durations_as_people_say_them(seconds, words):
    assert in_words(seconds) == words
