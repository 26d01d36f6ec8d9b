"""Studies: what is found, that nothing is lost or done twice, and several workers at once."""

import contextlib
import dataclasses
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from filelock import FileLock

from mnist_core import DataError, RecipeError, StudyError, get_recipe, settings
from mnist_core.data.splits import k_folds
from mnist_core.data.stand_in import load_stand_in
from mnist_core.i18n import Text, _, speaking
from mnist_core.recipes.builtin import RECIPES
from mnist_core.studies import study as studies
from mnist_core.studies import workers as background
from mnist_core.studies.search_space import (
    Span,
    check_choice,
    check_space,
    default_space,
    own_settings,
    read_span,
    searchable,
    suggested_span,
)
from mnist_core.studies.state import StudyState, StudyTrial, fold_curves
from mnist_core.studies.study import (
    delete_study,
    list_studies,
    read_study,
    start_crossval,
    start_search,
    with_validation,
    work,
)
from mnist_core.studies.workers import (
    WorkerStatus,
    attend,
    known_studies,
    read_workers,
    remove_study,
    start_work,
    stop_work,
    study_folder,
)
from tests.launches import Launches, forget_launch
from tests.postgresql import wait_for

TINY = get_recipe("dense_512").with_settings(
    {"units": 8, "epochs": 2, "batch_size": 50, "learning_rate": 0.01, "train_images": 200}
)
SPACE = {"learning_rate": "0.001..0.1", "units": "4..12"}


@pytest.fixture(scope="module")
def digits():
    return load_stand_in()


@pytest.fixture
def storage(tmp_path):
    """The address of a database that isn't there yet."""
    return f"sqlite:///{tmp_path / 'studies.db'}"


# --- spaces -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("16..256", Span(16, 256)),
        ("0.0..0.5", Span(0.0, 0.5)),
        ("1e-4..1e-2", Span(1e-4, 1e-2)),
        ("adam,sgd", ("adam", "sgd")),
        ("32,64", (32, 64)),
        ("true", (True,)),
        ("null,0.1", (None, 0.1)),
    ],
)
def test_what_a_setting_may_be(text, span):
    assert read_span("key", text) == span


@pytest.mark.parametrize("text", ["", "a..b", "5..5", "9..3", "true..2", "1..", "a,,b", "[3,3]"])
def test_what_it_may_not_be(text):
    with pytest.raises(RecipeError, match="key="):
        read_span("key", text)


@pytest.mark.parametrize(("low", "high", "log"), [(1, 10, True), (2, 10, False), (0, 9, False)])
def test_a_range_of_ten_times_is_searched_by_magnitude(low, high, log):
    assert Span(low, high).log is log


@pytest.mark.parametrize("name", RECIPES)
def test_the_default_space_can_be_searched_and_has_the_recipe_itself_in_it(name):
    space = default_space(RECIPES[name])
    check_space(RECIPES[name], space)
    own = own_settings(RECIPES[name], space)
    assert set(own) == set(space)
    RECIPES[name].with_settings(own)


@pytest.mark.parametrize(
    ("space", "words"),
    [
        ({}, "nothing to search"),
        ({"seed": "0..9"}, "`seed` is nothing to search for"),
        ({"colour": "1..9"}, "no setting 'colour'"),
        ({"epochs": "0..9"}, "Received: epochs=0"),
        ({"units": "some"}, None),
    ],
)
def test_a_space_that_can_not_be_is_refused(digits, storage, space, words):
    if words is None:  # only Keras knows, so it is a bad trial
        check_space(TINY, space)
        return
    with pytest.raises(RecipeError, match=words):
        start_search(TINY, digits, 2, space, storage=storage)


@pytest.mark.parametrize("name", RECIPES)
def test_what_is_proposed_can_be_searched_unless_it_says_why(name):
    recipe = with_validation(RECIPES[name])
    keys = searchable(recipe)
    assert keys[: len(default_space(recipe))] == list(default_space(recipe))
    assert len(set(keys)) == len(keys) and not {"seed", "layers", "train_images"} & set(keys)
    refused = {}
    for key in keys:
        try:
            check_choice(recipe, key, suggested_span(recipe, key))
        except RecipeError as error:
            refused[key] = str(error)
    assert refused == {}


def test_a_search_never_chooses_by_the_test_set():
    recipe = with_validation(RECIPES["dense_512"].with_settings({"validation": "test"}))
    assert (recipe.validation, recipe.validation_share) == ("share", 0.1)
    three = RECIPES["dense_512"].with_settings({"validation": "60/20/20"})
    assert with_validation(three) == three


@pytest.mark.parametrize(
    ("key", "text", "words"),
    [
        ("dense_1.units", "0..8", "`units` must be an integer from 1. Received: units=0"),
        ("dense_1.activation", "relu,bent", "no activation 'bent'"),
        ("units", "8..", "LOW..HIGH.*Received: units=8.."),
        ("seed", "1..9", "nothing to search for"),
    ],
)
def test_a_choice_without_a_network_is_refused_in_words(key, text, words):
    with pytest.raises(RecipeError, match=words):
        check_choice(TINY, key, text)


# --- what was found, in words -----------------------------------------------------------------


def found(accuracies, kind="crossval", **more):
    trials = [
        StudyTrial(
            number,
            number,
            "done",
            accuracy,
            (accuracy - 0.02, accuracy + 0.02),
            0.1,
            100,
            {"units": 8 + number} if kind == "tune" else {},
            {},
            1.0,
            "here",
            None,
        )
        for number, accuracy in enumerate(accuracies)
    ]
    space = {"units": "4..12"} if kind == "tune" else {}
    state = StudyState("one", kind, TINY, "digits", "0", 1000, len(trials), space, trials, 0)
    return dataclasses.replace(state, **more)


def test_the_interval_of_folds_allows_for_what_they_have_in_common():
    state = found([0.97, 0.98, 0.96, 0.97, 0.97])
    assert state.mean == pytest.approx(0.97)
    assert state.standard_deviation == pytest.approx(0.0070711, rel=1e-4)
    # Student's t with 4 degrees of freedom: 2.776; sqrt(1/5 + 1/4) instead of sqrt(1/5).
    assert state.interval == pytest.approx((0.95683, 0.98317), abs=1e-4)
    assert "Mean accuracy 97.00%, standard deviation 0.71% (96.00% to 98.00%)" in state.summary
    assert "800 of the 1,000 images" in state.summary


def test_half_a_cross_validation_says_so():
    assert found([0.97], slots=5).summary == "1 of 5 folds are done. Its accuracy is 97.00%."
    assert found([], slots=5).summary == "0 of 5 folds are done."


def test_what_is_found_is_told_in_the_language_of_whoever_reads_it():
    state = found([0.96, 0.98, 0.97])
    with speaking("zh"):
        assert _(state.title) == "Dense 512的交叉验证"
        assert _(state.result) == "平均97.00%"
        assert _(state.summary).startswith("平均准确率97.00%")
    given_up = dataclasses.replace(
        found([], "tune"),
        given_up=1,
        trials=[dataclasses.replace(found([0.9]).trials[0], state="failed", error=Text("Cancel"))],
    )
    with speaking("zh"):
        assert _("Cancel") in _(given_up.summary)


def trial(number, slot, state, **more):
    one = StudyTrial(number, slot, state, None, None, None, None, {}, {}, None, None, None)
    return dataclasses.replace(one, **more)


def test_the_trial_that_counts_for_a_place_is_the_one_that_got_furthest():
    trials = [
        trial(0, 0, "failed"),
        trial(1, 1, "stopped"),
        trial(2, 0, "done", seconds=10.0),
        trial(3, 1, "running", seconds=3.0),
        trial(4, 2, "failed"),
        trial(5, 2, "failed"),
        trial(6, 9, "waiting"),
    ]
    state = found([], slots=4, trials=trials)
    assert [(one.slot, one.number) for one in state.current] == [(0, 2), (1, 3), (2, 5)]
    assert [one.number for one in state.running] == [3]
    assert state.seconds_left(begun=0.5, workers=2) == pytest.approx(2.5 * 10 / 2)
    assert found([], slots=2).seconds_left() is None


def test_the_mean_curve_is_of_the_folds_that_are_done():
    def went(*values):
        return {"val_accuracy": list(values)}

    trials = [
        trial(0, 0, "done", accuracy=0.8, history=went(0.5, 0.7, 0.8)),
        trial(1, 1, "done", accuracy=0.6, history=went(0.3, 0.5)),  # stopped early
        trial(2, 2, "running", history=went(0.9)),
        trial(3, 3, "waiting"),
    ]
    curves = fold_curves(found([], slots=4, trials=trials), "val_accuracy")
    assert curves.folds == {1: [0.5, 0.7, 0.8], 2: [0.3, 0.5], 3: [0.9]}
    assert curves.mean == pytest.approx([0.4, 0.6])
    assert curves.deviation == pytest.approx([0.2 / 2**0.5] * 2)
    assert fold_curves(found([], slots=4, trials=trials[1:]), "val_accuracy").mean == []


def test_a_search_says_whether_the_recipe_itself_was_as_good():
    # The first trial has the recipe's own 8 units.
    assert "nothing better was found" in found([0.9, 0.8], "tune").summary
    assert "so near that chance" in found([0.9, 0.91], "tune").summary
    clear = found([0.8, 0.95], "tune")
    assert "The recipe as it is gets 80.00%. The settings" in clear.summary
    assert clear.best_recipe.settings()["dense_1.units"] == 9
    assert "dense_1.units=9" in clear.command


# --- cross-validation -------------------------------------------------------------------------


def test_each_fold_is_asked_about_images_that_it_did_not_learn_from(digits, storage):
    seen = []
    name = start_crossval(TINY, digits, 3, storage=storage)
    assert read_study(name, storage).filled == 0
    state = work(name, digits, storage=storage, on_progress=seen.append)
    assert state == read_study(name, storage)
    assert [(t.slot, t.state) for t in state.trials] == [(0, "done"), (1, "done"), (2, "done")]
    assert sum(t.images for t in state.trials) == 200
    for trial, (__, kept) in zip(
        state.results, k_folds(digits.y_train[:200], 3, studies.FOLD_SEED), strict=True
    ):
        assert trial.images == len(kept)
        assert set(trial.history) == {"accuracy", "loss", "val_accuracy", "val_loss"}
        assert len(trial.history["loss"]) == 2
        assert trial.history["val_accuracy"][-1] == pytest.approx(trial.accuracy)
        assert trial.accuracy_interval[0] < trial.accuracy < trial.accuracy_interval[1]
        assert str(os.getpid()) in trial.worker
    shares = [progress.share for progress in seen]
    assert shares == sorted(shares) and shares[-1] == 1
    # The same call finds it, and trains nothing.
    assert start_crossval(TINY, digits, 3, storage=storage) == name
    assert work(name, digits, storage=storage) == state
    assert list_studies(storage) == [state]


def test_a_fold_does_not_decide_when_to_stop(digits, storage):
    recipe = TINY.with_settings(
        {"validation_split": 0.2, "early_stopping": 1, "learning_rate": 0.3, "epochs": 9}
    )
    name = start_crossval(recipe, digits, 2, storage=storage)
    first = work(name, digits, storage=storage).results[0]
    # What was watched are 20 of the 100 images, not the 100 of the fold.
    assert first.images == 100
    watched = np.array(first.history["val_accuracy"]) * 20
    np.testing.assert_allclose(watched, np.round(watched), atol=1e-4)


@pytest.mark.parametrize("folds", [0, 1, 1000])
def test_a_number_of_folds_that_can_not_be(digits, storage, folds):
    with pytest.raises(DataError, match=f"`folds` must be from 2 to .* Received: folds={folds}"):
        start_crossval(TINY, digits, folds, storage=storage)


def test_workers_that_start_at_once_fill_each_place_once(digits, storage):
    def start(_):
        return start_crossval(TINY, digits, 4, storage=storage)

    with ThreadPoolExecutor(6) as pool:
        (name,) = set(pool.map(start, range(6)))
    state = work(name, digits, storage=storage)
    assert [trial.slot for trial in state.results] == [0, 1, 2, 3]
    assert [trial.state for trial in state.trials] == ["done"] * 4


def test_a_stopped_trial_is_done_again(digits, storage):
    name = start_crossval(TINY, digits, 2, storage=storage)
    seen = []
    half = work(
        name, digits, storage=storage, on_progress=seen.append, should_stop=lambda: len(seen) >= 3
    )
    assert [(t.slot, t.state) for t in half.trials] == [
        (0, "stopped"),
        (1, "waiting"),
        (0, "waiting"),
    ]
    assert not half.finished and half.filled == 0
    whole = work(name, digits, storage=storage)
    assert whole.finished and [trial.slot for trial in whole.results] == [0, 1]


def test_a_fold_that_fails_three_times_is_given_up(digits, storage):
    recipe = get_recipe("simple_cnn").with_settings({"kernel_size": 40, "train_images": 200})
    name = start_crossval(recipe, digits, 2, storage=storage)
    for __ in range(6):
        with pytest.raises(RecipeError, match="can't work with an input"):
            work(name, digits, storage=storage)
    state = work(name, digits, storage=storage)
    assert state.finished and state.given_up == 2 and not state.results
    assert "2 of 2 failed 3 times and are given up: simple_cnn: the layer" in state.summary


def test_a_worker_that_died_before_its_first_sign_of_life(digits, storage, monkeypatch):
    import optuna

    name = start_crossval(TINY, digits, 2, storage=storage)
    optuna.load_study(study_name=name, storage=storage).ask()
    assert [trial.state for trial in read_study(name, storage).trials] == ["running", "waiting"]
    monkeypatch.setattr(studies, "GRACE", 0.01)
    state = work(name, digits, storage=storage)
    assert [(t.slot, t.state) for t in state.trials] == [(0, "failed"), (1, "done"), (0, "done")]


def test_a_trial_that_another_worker_took_over_ends_quietly(digits, storage):
    import optuna

    name = start_crossval(TINY, digits, 2, storage=storage)
    seen = []

    def report(progress):
        seen.append(progress)
        if len(seen) == 1:  # as another worker does when this one seems dead
            study = optuna.load_study(study_name=name, storage=storage)
            study.tell(0, state=optuna.trial.TrialState.FAIL)

    state = work(name, digits, storage=storage, on_progress=report)
    assert [(t.slot, t.state) for t in state.trials] == [(0, "failed"), (1, "done"), (0, "done")]


# --- search -----------------------------------------------------------------------------------


def test_a_search_begins_with_the_recipe_and_goes_on_until_all_are_done(digits, storage):
    name = start_search(TINY, digits, 1, SPACE, storage=storage)
    first = work(name, digits, storage=storage)
    assert first.recipe.validation_split == 0.1
    assert first.trials[0].settings == {"learning_rate": 0.01, "units": 8}
    assert first.trials[0].images == 20
    assert "nothing better" in first.summary
    assert start_search(TINY, digits, 3, SPACE, storage=storage) == name
    seen = []
    half = work(
        name, digits, storage=storage, on_progress=seen.append, should_stop=lambda: len(seen) >= 3
    )
    assert [trial.state for trial in half.trials] == ["done", "stopped", "waiting", "waiting"]
    state = work(name, digits, storage=storage)
    assert state.finished and [trial.slot for trial in state.results] == [0, 1, 2]
    assert state.trials[3].settings == half.trials[1].settings  # nothing was forgotten
    assert state.best.accuracy == max(trial.accuracy for trial in state.results)
    assert f"--set dense_1.units={state.best.settings['units']}" in state.command
    # The same search chooses the same again.
    again = start_search(TINY, digits, 2, SPACE, name="again", storage=storage)
    assert work(again, digits, storage=storage).results[1].settings == state.results[1].settings


def test_bad_trials_end_early(digits, storage):
    import optuna

    recipe = TINY.with_settings({"epochs": 6})
    name = start_search(recipe, digits, 6, SPACE, storage=storage)
    study = optuna.load_study(study_name=name, storage=storage)
    for number in range(5):  # five trials that did better than any network can
        trial = study.ask()
        for step in range(1, 7):
            trial.report(1.1, step)
        trial.set_user_attr("images", 20)
        study.tell(trial, 1.1)
        assert trial.number == number
    state = work(name, digits, storage=storage)
    assert [trial.state for trial in state.trials] == ["done"] * 5 + ["pruned"]
    assert len(state.trials[5].history["val_accuracy"]) == 2  # the first says too little
    assert state.trials[5].accuracy == pytest.approx(state.trials[5].history["val_accuracy"][-1])
    assert state.finished and "1 of them ended early" in state.summary


def test_settings_that_can_not_work_are_a_bad_trial(digits, storage):
    name = start_search(TINY, digits, 2, {"units": "0,8"}, storage=storage)
    import optuna

    study = optuna.load_study(study_name=name, storage=storage)
    study.set_user_attr("places", 1)  # the first is the recipe's own 8
    work(name, digits, storage=storage)
    study.enqueue_trial({"units": 0}, user_attrs={"place": 2})
    study.set_user_attr("places", 3)
    state = work(name, digits, storage=storage)
    bad = next(trial for trial in state.trials if trial.slot == 2)
    assert bad.state == "pruned" and "units=0" in bad.error
    assert "had settings that can't work: dense_512" in state.summary and state.finished


# --- refusals -----------------------------------------------------------------------------------


def test_other_data_is_refused(digits, storage):
    name = start_crossval(TINY, digits, 2, storage=storage)
    other = dataclasses.replace(digits, x_train=digits.x_train[::-1].copy())
    with pytest.raises(StudyError, match=r"is of other data.*same data set"):
        work(name, other, storage=storage)
    assert start_crossval(TINY, other, 2, storage=storage) != name


def test_a_name_that_is_another_study_is_refused(digits, storage):
    start_crossval(TINY, digits, 2, name="mine", storage=storage)
    for start in (
        lambda: start_crossval(TINY, digits, 3, name="mine", storage=storage),
        lambda: start_search(TINY, digits, 3, name="mine", storage=storage),
    ):
        with pytest.raises(StudyError, match=r"'mine' is there already.*--delete"):
            start()


def test_a_deleted_study_is_gone(digits, storage):
    name = start_crossval(TINY, digits, 2, storage=storage)

    def delete(_):
        with contextlib.suppress(StudyError):  # it is gone already
            delete_study(name, storage)

    with pytest.raises(StudyError, match="was deleted while"):
        work(name, digits, storage=storage, on_progress=delete)
    assert list_studies(storage) == []
    for ask in (read_study, delete_study):
        with pytest.raises(StudyError, match=f"no study '{name}'"):
            ask(name, storage)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("nowhere", "nowhere can't be used"),
        ("sqlite:////proc/no/studies.db", "/proc/no/studies.db can't be used"),
        ("postgresql://me:secret@127.0.0.1:9/x", r"me:\*\*\*@127.0.0.1:9/x can't be used"),
        ("nosuch://here/x", "nosuch"),
    ],
)
def test_an_address_that_can_not_be(address, words):
    with pytest.raises(StudyError, match=words) as caught:
        list_studies(address)
    assert "secret" not in str(caught.value)


# --- in the background --------------------------------------------------------------------


@pytest.fixture
def mine(digits, isolated):
    """A cross-validation in this machine's own folders."""
    assert known_studies() == [] and not (isolated / "runs").exists()
    name = start_crossval(TINY, digits, 2)
    assert [state.name for state in known_studies()] == [name]
    return name


def test_a_study_that_nobody_works_on(mine):
    now = read_workers(mine)
    assert not (now.alive or now.starting or now.stopping or now.workers or now.message)
    assert now.log_tail() == ""
    with pytest.raises(StudyError, match="nothing to stop"):
        stop_work(mine)
    remove_study(mine)
    assert known_studies() == []


def test_a_process_is_asked_for_once_and_missed_if_it_never_comes(mine):
    launches = Launches()
    start_work(mine, launch=launches)
    assert launches.arguments == [mine] and read_workers(mine).starting
    for refused in (start_work, remove_study):
        with pytest.raises(StudyError, match="process of this machine"):
            refused(mine)
    stop_work(mine)
    assert read_workers(mine).stopping
    forget_launch(study_folder(mine))
    assert not read_workers(mine).alive
    start_work(mine, launch=launches)
    assert not read_workers(mine).stopping  # what was asked of the one before


def test_a_worker_is_seen_and_stopped_by_a_file(mine, digits):
    seen = []

    def watch(progress):
        seen.append(read_workers(mine))
        if len(seen) == 2:
            stop_work(mine)

    half = attend(mine, digits, on_progress=watch)
    assert half.filled == 0 and not half.finished
    (worker,) = seen[0].workers
    assert (worker.state, worker.place, worker.epochs) == ("training", 0, 2)
    assert 0 < worker.share < 1 and worker.pid == os.getpid()
    assert not read_workers(mine).alive and not read_workers(mine).stopping
    assert attend(mine, digits).finished
    with pytest.raises(StudyError, match="is finished"):
        start_work(mine)


def test_where_a_study_is_in_words():
    def said(state, *workers, **more):
        known = {"starting": False, "stopping": False, "message": "", **more}
        now = background.StudyWorkers(settings.runs_dir(), list(workers), **known)
        return background.describe_progress(state, now), background.share_done(state, now)

    training = WorkerStatus(state="training", place=1, epoch=2, epochs=4, share=0.5)
    trials = [trial(0, 0, "done"), trial(3, 1, "running")]
    folds = found([], slots=4, trials=trials)
    search = found([], "tune", slots=4, trials=trials)
    assert said(folds) == ("1 of 4 folds done · no process of this machine is working on it", 0.25)
    assert said(folds, training.changed(accuracy=0.9)) == (
        "1 of 4 folds done · fold 2: epoch 2 of 4, accuracy so far 90.0%",
        0.375,
    )
    assert "trial 3: epoch 2 of 4 · stopping …" in said(search, training, stopping=True)[0]
    # It has just ended, and the next one hasn't begun.
    assert said(folds, training.changed(place=0)) == (
        "1 of 4 folds done · going on to the next fold",
        0.25,
    )
    assert "queued behind a training run" in said(folds, WorkerStatus(state="waiting"))[0]
    assert "loading TensorFlow" in said(folds, WorkerStatus())[0]
    whole = found([0.9, 0.8])
    assert said(whole, training) == ("2 of 2 folds done", 1.0)


def test_a_second_worker_has_a_lock_of_its_own(mine, digits):
    folder = study_folder(mine)
    folder.mkdir(parents=True)
    with FileLock(folder / "worker-0.lock"):
        (folder / "worker-0.json").write_text('{"state"')  # being written
        counts = []
        attend(mine, digits, on_progress=lambda _: counts.append(len(read_workers(mine).workers)))
        assert set(counts) == {2}
        (folder / "stop").touch()
    assert read_workers(mine).workers == []


def test_a_study_in_the_background_waits_for_its_place(mine, digits):
    slots = settings.runs_dir() / ".places"
    slots.mkdir()
    with FileLock(slots / "0"), ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(attend, mine, digits, in_background=True)
        wait_for(lambda: [worker.state for worker in read_workers(mine).workers] == ["waiting"], 30)
        assert read_study(mine).running == []
        stop_work(mine)
        assert waiting.result(30).filled == 0
    assert attend(mine, digits, in_background=True).finished


def test_a_process_of_its_own_works_stops_and_says_what_went_wrong(mine, digits, isolated):
    start_work(mine)
    wait_for(lambda: any(worker.state == "training" for worker in read_workers(mine).workers), 120)
    stop_work(mine)
    wait_for(lambda: not read_workers(mine).alive, 60)
    assert read_workers(mine).message == ""
    state = read_study(mine)
    assert not state.running  # its trial waits for whoever comes next
    assert state.finished or state.filled < 2
    other = dataclasses.replace(digits, x_train=digits.x_train[::-1].copy())
    name = start_crossval(TINY, other, 2)
    start_work(name)
    wait_for(lambda: not read_workers(name).alive, 60)
    assert "is of other data" in read_workers(name).message


# --- several workers and a real server ------------------------------------------------------


# The command line, on the stand-in, with a pulse that is quick enough for a test.
WORKER = """
import sys
from mnist_core.cli import data, main as cli
from mnist_core.data import mnist as datasets
from mnist_core.studies import study as studies
data.load_mnist = lambda **_: datasets.load_stand_in()
studies.BEAT, studies.GRACE = 1, 3
sys.exit(cli.main(sys.argv[1:]))
"""


def test_two_workers_share_a_study_and_one_takes_over_when_the_other_is_killed(
    digits, postgresql, tmp_path
):
    recipe = TINY.with_settings({"epochs": 15})
    command = [sys.executable, "-c", WORKER, "crossval", "dense_512", "--folds", "5"]
    command += [f"--storage={postgresql}", "--json", "--study", "shared"]
    for key in ("epochs", "batch_size", "learning_rate", "train_images", "units"):
        command += ["--set", f"{key}={recipe.settings().get(key, 8)}"]
    threads = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS")
    environment = {**os.environ, **dict.fromkeys(threads, "1")}
    with contextlib.ExitStack() as stack:
        workers = []
        for number in range(2):
            log = stack.enter_context(open(tmp_path / f"{number}.txt", "w"))
            worker = subprocess.Popen(
                command, env=environment, stdout=subprocess.DEVNULL, stderr=log
            )
            stack.callback(worker.kill)
            workers.append(worker)

        def at_work():
            """Processes that are in the middle of a trial."""
            with contextlib.suppress(StudyError):
                trials = read_study("shared", postgresql).trials
                return {
                    int(trial.worker.split()[-1])
                    for trial in trials
                    if trial.state == "running" and trial.history
                }
            return set()

        wait_for(lambda: at_work() == {worker.pid for worker in workers}, 120)
        dead, living = workers
        dead.kill()
        assert living.wait(120) == 0, (tmp_path / "1.txt").read_text()
    state = read_study("shared", postgresql)
    assert state.finished and [trial.slot for trial in state.results] == list(range(5))
    (lost,) = [trial for trial in state.trials if trial.state == "failed"]
    assert lost.worker.endswith(f" {dead.pid}")
    assert len(state.trials) == 6  # its slot was filled by the other worker, nothing twice
    assert all(trial.worker.endswith(f" {living.pid}") for trial in state.results[-1:])
    assert state.recipe.digest() == recipe.digest()


def test_a_study_that_was_edited_into_nonsense_hides_no_other(digits, storage, caplog):
    import optuna

    whole = start_crossval(TINY, digits, 2, storage=storage)
    edited = start_crossval(TINY, digits, 3, storage=storage)
    for plan in (None, {}, {"data": 5}, {"data": {}, "kind": "crossval"}):
        optuna.load_study(study_name=edited, storage=storage).set_user_attr("plan", plan)
        assert [study.name for study in list_studies(storage)] == [whole]
        assert "can't be read" in caplog.text


@pytest.mark.parametrize("name", ["a\u202eb", "two\nlines", "a" * 81, " spaced"])
def test_a_studys_name_is_one_plain_line(digits, storage, name):
    with pytest.raises(StudyError, match="is one line of up to 80 characters"):
        start_crossval(TINY, digits, 2, name=name, storage=storage)
