"""Training: what it reports, that it can be stopped, and that a seed decides everything."""

import dataclasses
import platform
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mnist_core import DataError, RecipeError, RunError, get_recipe, layer
from mnist_core.data.splits import split_validation
from mnist_core.data.stand_in import load_stand_in
from mnist_core.errors import DivergedError
from mnist_core.recipes.recipe import OUTPUT, Recipe
from mnist_core.training.backup import epochs_done
from mnist_core.training.keras_setup import keras
from mnist_core.training.loop import (
    Batches,
    Progress,
    find_device,
    train,
    training_parts,
    validation_batches,
)

SMALL = Recipe(
    name="small",
    title="A small network for tests",
    layers=(layer("Flatten"), layer("Dense", units=16, activation="relu"), OUTPUT),
    loss="sparse_categorical_crossentropy",
    optimizer="adam",
    learning_rate=0.01,
    epochs=2,
    batch_size=100,
)


@pytest.fixture(scope="module")
def digits():
    return load_stand_in()


def weights(trained):
    return [np.array(w) for w in trained.model.get_weights()]


def test_it_reports_every_batch_in_order(digits):
    seen: list[Progress] = []
    trained = train(SMALL, digits, on_progress=seen.append)
    assert [(p.epoch, p.batch) for p in seen] == [(e, b) for e in (1, 2) for b in range(1, 16)]
    assert {p.batches for p in seen} == {15}
    assert seen[-1].share == 1
    assert seen[-1].metrics["loss"] < seen[0].metrics["loss"]
    assert not trained.stopped
    assert {name: len(values) for name, values in trained.history.items()} == {
        "loss": 2,
        "accuracy": 2,
    }
    assert trained.train_images == 1500


def test_it_learns(digits):
    trained = train(SMALL.with_settings({"epochs": 8}), digits)
    answers = np.asarray(trained.model(digits.x_test.astype("float32"))).argmax(axis=1)
    assert (answers == digits.y_test).mean() > 0.85


@pytest.mark.parametrize("batch", [1, 7, 15])
def test_it_stops_at_any_batch_and_keeps_what_it_has(digits, batch):
    seen: list[Progress] = []
    trained = train(SMALL, digits, on_progress=seen.append, should_stop=lambda: len(seen) >= batch)
    assert trained.stopped
    assert len(seen) == batch
    answers = np.asarray(trained.model(digits.x_test[:5].astype("float32")))
    np.testing.assert_allclose(answers.sum(axis=1), 1, rtol=1e-5)


def test_a_request_after_the_last_batch_does_not_make_it_a_stopped_run(digits):
    seen: list[Progress] = []
    trained = train(SMALL, digits, on_progress=seen.append, should_stop=lambda: len(seen) >= 30)
    assert not trained.stopped


@pytest.mark.parametrize(
    "recipe",
    [
        SMALL,
        SMALL.with_settings({"augment": "pen", "schedule": "one_cycle"}),
        get_recipe("dropout_cnn").with_settings({"epochs": 1, "filters": 4, "units": 8}),
    ],
    ids=["dense", "augmented", "dropout_cnn"],
)
def test_the_same_seed_gives_the_same_network_and_another_seed_another(digits, recipe):
    first, again = train(recipe, digits), train(recipe, digits)
    other = train(recipe.with_settings({"seed": 1}), digits)
    for one, same in zip(weights(first), weights(again), strict=True):
        np.testing.assert_array_equal(one, same)
    assert first.history == again.history
    assert not np.array_equal(weights(first)[0], weights(other)[0])


def test_the_validation_share_is_watched_and_not_trained_on(digits):
    trained = train(SMALL.with_settings({"validation_split": 0.3}), digits)
    (x, _), (x_val, y_val) = split_validation(digits.x_train, digits.y_train, 0.3)
    assert trained.train_images == len(x) == 1050
    answers = np.asarray(trained.model(x_val.astype("float32"))).argmax(axis=1)
    assert trained.history["val_accuracy"][-1] == pytest.approx((answers == y_val).mean())


def test_validation_images_that_are_given_take_the_place_of_the_share(digits):
    recipe = SMALL.with_settings({"validation_split": 0.3})
    held = (digits.x_test, digits.y_test)
    trained = train(recipe, digits, validation=held)
    assert trained.train_images == 1500
    answers = np.asarray(trained.model(held[0].astype("float32"))).argmax(axis=1)
    assert trained.history["val_accuracy"][-1] == pytest.approx((answers == held[1]).mean())


def test_both_losses_agree_on_what_is_learned(digits):
    sparse = train(SMALL, digits)
    one_hot = train(SMALL.with_settings({"loss": "categorical_crossentropy"}), digits)
    for one, other in zip(weights(sparse), weights(one_hot), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)


def test_one_cycle_ends_with_a_tiny_rate(digits):
    trained = train(SMALL.with_settings({"schedule": "one_cycle"}), digits)
    assert float(trained.model.optimizer.learning_rate) < 0.001 * 0.01 * 1.01


def test_augmented_batches_cover_every_image_once_and_change_with_the_epoch(digits):
    recipe = SMALL.with_settings({"augment": "pen"})
    batches = Batches(digits.x_train, digits.y_train, recipe)
    first = list(batches.made())
    assert len(first) == len(batches)
    assert sum(len(x) for x, _ in first) == 1500
    counts = np.bincount(np.concatenate([y for _, y in first]), minlength=10)
    np.testing.assert_array_equal(counts, np.bincount(digits.y_train, minlength=10))
    batches.epoch = 1
    assert not np.array_equal(first[0][0], next(batches.made())[0])


@pytest.mark.parametrize("augment", [None, "pen"])
def test_no_epoch_waits_for_a_tuner_to_wake(digits, augment):
    recipe = SMALL.with_settings({"augment": augment})
    for batches in (
        Batches(digits.x_train, digits.y_train, recipe).stream(),
        validation_batches(digits.x_test, digits.y_test, recipe),
    ):
        assert batches.options().autotune.enabled is False


def test_validation_batches_are_in_order_and_whole(digits):
    recipe = SMALL.with_settings({"loss": "categorical_crossentropy"})
    batches = validation_batches(digits.x_test, digits.y_test, recipe)
    images, targets = zip(*batches.as_numpy_iterator(), strict=True)
    assert {len(one) for one in images[:-1]} == {recipe.batch_size}
    np.testing.assert_array_equal(np.concatenate(images), digits.x_test)
    np.testing.assert_array_equal(np.concatenate(targets).argmax(axis=1), digits.y_test)


def test_errors_name_the_setting(digits):
    with pytest.raises(RecipeError, match="optimizer 'nothing'"):
        train(SMALL.with_settings({"optimizer": "nothing"}), digits)
    with pytest.raises(RecipeError, match="units=0"):
        train(SMALL.with_settings({"units": 0}), digits)
    with pytest.raises(DataError, match="No training images"):
        train(SMALL.with_settings({"validation_split": 0.9999}), digits)


def test_the_device_is_named():
    assert find_device().startswith(("CPU (", "GPU ("))


RESUMED = {
    "dropout": {"validation_split": 0.2},
    "one_cycle": {"schedule": "one_cycle"},
    "augmented": {"augment": "pen", "nondigits": 0.1, "handwriting": 0.1},
    "early_stopping": {"validation_split": 0.2, "early_stopping": 1, "learning_rate": 0.05},
}


@pytest.mark.parametrize("changes", RESUMED.values(), ids=RESUMED)
def test_a_run_goes_on_from_its_backup_as_if_unbroken(digits, changes, tmp_path):
    recipe = dataclasses.replace(
        SMALL,
        layers=(layer("Flatten"), layer("Dense", units=16), layer("Dropout", rate=0.3), OUTPUT),
    ).with_settings({"epochs": 4, "batch_size": 200, **changes})
    unbroken = train(recipe, digits)
    seen: list[Progress] = []
    broken = train(
        recipe,
        digits,
        backup=tmp_path,
        on_progress=seen.append,
        should_stop=lambda: (seen[-1].epoch, seen[-1].batch) == (3, 2),
    )
    if not broken.stopped:  # early stopping was first
        assert len(broken.history["loss"]) < 3
    seen.clear()
    resumed = train(recipe, digits, backup=tmp_path, on_progress=seen.append)
    assert not seen or (seen[0].epoch, seen[0].batch) == (3, 1)
    assert resumed.history == unbroken.history
    for one, same in zip(weights(unbroken), weights(resumed), strict=True):
        np.testing.assert_array_equal(one, same)
    epochs = len(unbroken.history["loss"])
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        f"{epoch:04}" for epoch in (epochs - 1, epochs)
    ]
    again = train(recipe, digits, backup=tmp_path)  # nothing is left to do
    for one, same in zip(weights(unbroken), weights(again), strict=True):
        np.testing.assert_array_equal(one, same)


def test_a_backup_that_was_never_finished_is_not_seen(digits, tmp_path):
    recipe = SMALL.with_settings({"epochs": 1})
    unbroken = train(recipe, digits)
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "arrays.npz").write_bytes(b"cut")
    resumed = train(recipe, digits, backup=tmp_path)
    np.testing.assert_array_equal(weights(unbroken)[0], weights(resumed)[0])


def empty(path):
    path.write_bytes(b"")


def flip_a_bit(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("damage", [empty, flip_a_bit, Path.unlink])
@pytest.mark.parametrize("file", ["arrays.npz", "state.json"])
def test_a_damaged_backup_costs_one_epoch(digits, tmp_path, damage, file):
    recipe = SMALL.with_settings({"epochs": 3})
    unbroken = train(recipe, digits)
    seen: list[Progress] = []
    train(
        recipe,
        digits,
        backup=tmp_path,
        on_progress=seen.append,
        should_stop=lambda: seen[-1].epoch == 3,
    )
    assert epochs_done(tmp_path) == 2
    damage(tmp_path / "0002" / file)
    assert epochs_done(tmp_path) == 1
    resumed = train(recipe, digits, backup=tmp_path)
    np.testing.assert_array_equal(weights(unbroken)[0], weights(resumed)[0])


def test_a_backup_of_an_older_version_is_refused_in_words(digits, tmp_path):
    (tmp_path / "0001").mkdir()
    (tmp_path / "0001" / "latest.weights.h5").write_bytes(b"weights")
    with pytest.raises(RunError, match=r"older version.*Start the run again"):
        train(SMALL, digits, backup=tmp_path)


def test_early_stopping_ends_the_run_with_the_best_epoch(digits):
    recipe = SMALL.with_settings(
        {"epochs": 40, "validation_split": 0.2, "learning_rate": 0.2, "early_stopping": 2}
    )
    trained = train(recipe, digits)
    losses = trained.history["val_loss"]
    assert len(losses) == int(np.argmin(losses)) + 3 < 40
    assert not trained.stopped
    (_, _), (x, y) = split_validation(digits.x_train, digits.y_train, 0.2)
    answers = np.asarray(trained.model(x.astype("float32")))
    loss = -np.log(answers[np.arange(len(y)), y]).mean()
    assert loss == pytest.approx(min(losses), rel=1e-3)


def test_a_stopped_run_keeps_its_best_epoch(digits):
    recipe = SMALL.with_settings({"epochs": 5, "validation_split": 0.2, "learning_rate": 0.3})
    seen: list[Progress] = []
    trained = train(
        recipe, digits, on_progress=seen.append, should_stop=lambda: seen[-1].epoch == 4
    )
    (_, _), (x, y) = split_validation(digits.x_train, digits.y_train, 0.2)
    right = np.asarray(trained.model(x.astype("float32"))).argmax(axis=1) == y
    best = int(np.argmin(trained.history["val_loss"]))
    assert right.mean() == pytest.approx(trained.history["val_accuracy"][best])


def test_few_training_images_are_the_first(digits):
    trained = train(SMALL.with_settings({"train_images": 300, "epochs": 1}), digits)
    assert trained.train_images == 300


def test_long_epochs_take_ten_steps_at_a_time(digits):
    seen: list[Progress] = []
    train(SMALL.with_settings({"batch_size": 12, "epochs": 1}), digits, on_progress=seen.append)
    assert [p.batch for p in seen] == [*range(10, 121, 10), 125]
    assert seen[-1].batches == 125


def test_an_early_stop_needs_something_to_watch(digits):
    with pytest.raises(RecipeError, match="validation_split"):
        SMALL.with_settings({"early_stopping": 2})


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other allocators differ")
def test_memory_that_a_step_frees_is_still_there_for_the_next():
    code = """
import ctypes, resource, threading
import numpy as np
import mnist_core.training.loop

ctypes.CDLL(None).mallopt(-1, 128 << 10)  # M_TRIM_THRESHOLD, as TensorFlow's generators set it

def faults(rounds):
    seen = []
    def work():
        for _ in range(rounds):
            freed = [np.ones(12_000) for _ in range(400)]  # 38 MB
            del freed
        seen.append(resource.getrusage(resource.RUSAGE_THREAD).ru_minflt)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    return seen[0]

print(faults(1), faults(20))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    once, often = map(int, done.stdout.split())
    assert often < once + 5000  # pages; 20 times as many where each round asks anew


class Poison(keras.callbacks.Callback):
    """An epoch starts with weights that are no numbers."""

    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.epoch:
            self.model.set_weights([w * np.nan for w in self.model.get_weights()])


def test_a_training_that_diverges_stops_at_once_and_keeps_finite_weights(digits):
    recipe = SMALL.with_settings({"epochs": 30, "batch_size": 100})
    epochs: list[int] = []
    with pytest.raises(DivergedError, match="diverged in its first epoch"):
        train(
            recipe,
            digits,
            callbacks=[Poison(0)],
            on_progress=lambda progress: epochs.append(progress.epoch),
        )
    assert set(epochs) == {1}
    trained = train(recipe, digits, callbacks=[Poison(2)])
    assert trained.diverged and trained.stopped
    assert len(trained.history["loss"]) == 2 and np.isfinite(trained.history["loss"]).all()
    assert all(np.isfinite(weights).all() for weights in trained.model.get_weights())


# --- what is validated on -----------------------------------------------------------------


def test_sixty_twenty_twenty_sets_the_last_fifth_aside(digits):
    recipe = SMALL.with_settings({"validation": "60/20/20", "validation_split": 0.5})
    (x, _), (x_val, y_val) = training_parts(digits, recipe)
    n = len(digits.x_train)
    assert np.array_equal(x, digits.x_train[: int(0.6 * n)])
    assert np.array_equal(x_val, digits.x_train[int(0.6 * n) : int(0.8 * n)])
    trained = train(recipe, digits)
    assert trained.train_images == len(x)
    answers = np.asarray(trained.model(x_val.astype("float32"))).argmax(axis=1)
    assert trained.history["val_accuracy"][-1] == pytest.approx((answers == y_val).mean())


def test_the_test_set_is_watched_but_chooses_nothing(digits):
    recipe = SMALL.with_settings({"validation": "test", "epochs": 3, "learning_rate": 0.3})
    (x, _), (x_val, _) = training_parts(digits, recipe)
    assert len(x) == len(digits.x_train) and x_val is digits.x_test
    seen: list[Progress] = []
    # Stopped in the third epoch: it keeps the last weights, not those of the best epoch.
    trained = train(
        recipe,
        digits,
        on_progress=seen.append,
        should_stop=lambda: bool(seen) and seen[-1].epoch == 3,
    )
    answers = np.asarray(trained.model(digits.x_test.astype("float32"))).argmax(axis=1)
    history = trained.history
    assert trained.stopped and len(history["val_loss"]) == 3
    assert history["val_accuracy"][-1] == pytest.approx((answers == digits.y_test).mean())
    assert history["val_loss"][-1] > min(history["val_loss"])  # else this would prove nothing


def test_early_stopping_by_the_test_set_is_refused():
    with pytest.raises(RecipeError, match="best epoch by the test set"):
        SMALL.with_settings({"validation": "test", "early_stopping": 2})


def test_images_that_are_given_take_the_place_of_the_test_set(digits):
    held = (digits.x_train[:50], digits.y_train[:50])
    recipe = SMALL.with_settings({"validation": "test"})
    assert training_parts(digits, recipe, held)[1] is held
