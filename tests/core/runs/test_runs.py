"""Runs: a folder that says the truth whatever happens to the process that works on it."""

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from filelock import FileLock

from mnist_core import RunError, get_recipe, open_model
from mnist_core.data.stand_in import load_stand_in
from mnist_core.metrics.calibration import apply_temperature
from mnist_core.models.train_or_load import store_trained
from mnist_core.runs import worker
from mnist_core.runs.preferences import read_preferences, save_preferences
from mnist_core.runs.queue import runs_ahead
from mnist_core.runs.replay import answers_by_epoch, class_accuracies, is_kept, kept_epochs
from mnist_core.runs.runs import (
    STATUS,
    _read_csv,
    delete_run,
    list_runs,
    open_run,
    rename_run,
    restore_run,
    resume_run,
    start_run,
    stop_run,
    use_run,
)
from mnist_core.system import tasks
from mnist_core.system.records import write_record
from tests.launches import Launches, forget_launch

SMALL = get_recipe("dense_512").with_settings(
    {"units": 8, "train_images": 1000, "batch_size": 50, "validation_split": 0.2, "epochs": 3}
)
pytestmark = pytest.mark.usefixtures("isolated")


@pytest.fixture
def no_process():
    """Runs are asked for, but nobody works on them; gives the folders that were asked for."""
    return Launches()


def wait_for(run, states, seconds=120):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        run = open_run(run.id)
        if run.state in states:
            return run
        assert run.active, f"{run.state}: {run.message} {run.log_tail()}"
        time.sleep(0.05)
    raise AssertionError(f"still {run.state}: {run.log_tail()}")


def say(run, **status):
    write_record(run.status.changed(**status), run.folder / STATUS)


# --- what a folder says -------------------------------------------------------------------


def test_a_new_run_waits_and_keeps_what_was_asked_for(no_process):
    run = start_run(SMALL, launch=no_process)
    assert run.state == "waiting" and run.active and not run.resumable
    assert run.recipe == SMALL
    assert run.name == "Dense 512 1"
    assert no_process.folders == [run.folder]
    assert start_run(SMALL, launch=no_process).name == "Dense 512 2"
    assert start_run(SMALL, "mine", launch=no_process).name == "mine"
    assert [one.name for one in list_runs()][-1] == "Dense 512 1"
    assert run.history() == {} and run.batches() == {} and run.model() is None
    assert run.log_tail() == ""


@pytest.mark.parametrize("state", ["waiting", "starting", "training", "testing"])
def test_a_run_is_what_its_status_says_while_its_process_lives(no_process, state):
    run = start_run(SMALL, launch=no_process)
    say(run, state=state, pid=1)
    run.task.started()
    with FileLock(run.folder / "lock"):
        assert open_run(run.id).state == state
    assert open_run(run.id).state == "interrupted"
    assert open_run(run.id).resumable


def test_a_process_that_never_came_is_noticed(no_process):
    run = start_run(SMALL, launch=no_process)
    assert open_run(run.id).state == "waiting"
    forget_launch(run.folder)
    assert open_run(run.id).state == "interrupted"


@pytest.mark.parametrize("state", ["finished", "stopped", "failed"])
def test_what_is_over_stays_over_without_a_process(no_process, state):
    run = start_run(SMALL, launch=no_process)
    say(run, state=state, pid=1)
    assert open_run(run.id).state == state
    assert open_run(run.id).resumable == (state != "finished")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"state"', None])
def test_a_damaged_status_is_an_interrupted_run(no_process, content):
    run = start_run(SMALL, launch=no_process)
    if content is None:
        (run.folder / "status.json").unlink()
    else:
        (run.folder / "status.json").write_bytes(content)
    assert open_run(run.id).state == "interrupted"


def test_a_damaged_run_is_named_and_left_out_of_the_list(no_process):
    run, other = start_run(SMALL, launch=no_process), start_run(SMALL, launch=no_process)
    (run.folder / "run.json").write_text('{"name": ')
    with pytest.raises(RunError, match="damaged"):
        open_run(run.id)
    assert [one.id for one in list_runs()] == [other.id]


def test_a_run_is_found_by_id_by_name_and_by_the_start_of_its_id(no_process):
    run = start_run(SMALL, "mine", launch=no_process)
    for which in (run.id, "mine", run.id[:-1]):
        assert open_run(which).id == run.id
    assert start_run(SMALL, "mine", launch=no_process).name == "mine 2"
    for which in ("", "nothing", "../" + run.id, "2"):  # both ids begin with the year
        with pytest.raises(RunError, match="run"):
            open_run(which)


def test_runs_started_at_the_same_moment_have_names_of_their_own(no_process):
    with ThreadPoolExecutor(8) as pool:
        started = [pool.submit(start_run, SMALL, launch=no_process) for _ in range(8)]
        named = [pool.submit(start_run, SMALL, "mine", launch=no_process) for _ in range(4)]
    assert {job.result().name for job in started} == {f"Dense 512 {n}" for n in range(1, 9)}
    assert {job.result().name for job in named} == {"mine", "mine 2", "mine 3", "mine 4"}
    with pytest.raises(RunError, match="Another run is called mine already"):
        rename_run(started[0].result(), "mine")


def test_a_run_is_resumed_once_however_many_ask(no_process):
    run = start_run(SMALL, launch=no_process)
    forget_launch(run.folder)
    asked = len(no_process.folders)
    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(resume_run, run, launch=no_process) for _ in range(4)]
    refused = [job for job in jobs if job.exception()]
    assert len(refused) == 3 and len(no_process.folders) == asked + 1
    assert all("nothing to resume" in str(job.exception()) for job in refused)


def test_two_people_delete_and_rename_the_same_run(no_process):
    run = start_run(SMALL, launch=no_process)
    forget_launch(run.folder)
    delete_run(run)
    for change in (delete_run, resume_run, lambda run: rename_run(run, "gone")):
        with pytest.raises(RunError, match="There is no run"):
            change(run)


def test_a_line_that_is_being_written_is_left_out(no_process):
    run = start_run(SMALL, launch=no_process)
    for cut in ("1", "1,20,2.", "1,20,2.4,0."):
        (run.folder / "batches.csv").write_text(f"epoch,batch,loss,accuracy\n1,10,2.5,0.1\n{cut}")
        assert run.batches() == {"epoch": [1], "batch": [10], "loss": [2.5], "accuracy": [0.1]}


# --- asking -------------------------------------------------------------------------------


def test_stop_resume_rename_delete_and_restore_ask_only_what_can_be(no_process):
    run = start_run(SMALL, launch=no_process)
    stop_run(run)
    assert (run.folder / "stop").exists()
    with pytest.raises(RunError, match="nothing to resume"):
        resume_run(run, launch=no_process)
    with pytest.raises(RunError, match="stop it first"):
        delete_run(run)
    say(run, state="stopped", share=0.4, pid=1)
    run = open_run(run.id)
    with pytest.raises(RunError, match="nothing to stop"):
        stop_run(run)
    with pytest.raises(RunError, match="no network"):
        use_run(run)
    rename_run(run, "  the   best ")
    assert open_run(run.id).name == "the best"
    with pytest.raises(RunError, match="needs a name"):
        rename_run(run, "  ")
    delete_run(run)
    assert list_runs() == []
    with pytest.raises(RunError, match="no deleted run"):
        restore_run("../runs")
    assert restore_run(run.id).name == "the best"
    resume_run(run, launch=no_process)
    run = open_run(run.id)
    assert run.state == "waiting" and run.share == 0.4
    assert not (run.folder / "stop").exists()
    assert no_process.folders == [run.folder] * 2


def test_runs_deleted_long_ago_are_gone(no_process):
    first, second = start_run(SMALL, launch=no_process), start_run(SMALL, launch=no_process)
    for run in (first, second):
        say(run, state="finished")
    delete_run(first)
    long_ago = time.time() - 31 * 24 * 3600
    os.utime(first.folder.parent / ".trash" / first.id, (long_ago, long_ago))
    delete_run(second)
    with pytest.raises(RunError):
        restore_run(first.id)
    assert restore_run(second.id).id == second.id


def test_settings_last_and_a_damaged_file_is_the_default(isolated):
    assert read_preferences().at_once == 1 and read_preferences().drawing_model is None
    save_preferences(at_once=3)
    save_preferences(drawing_model="mine")
    assert read_preferences().at_once == 3 and read_preferences().drawing_model == "mine"
    for value in (0, 17, "2", None):
        with pytest.raises(RunError, match="1 to 16"):
            save_preferences(at_once=value)
    (isolated / "runs" / "settings.json").write_text("[")
    assert read_preferences().at_once == 1


def test_nothing_starts_in_a_folder_that_cannot_be_written(isolated, monkeypatch):
    (isolated / "file").write_text("")
    monkeypatch.setenv("MNIST_CORE_RUNS", str(isolated / "file" / "runs"))
    with pytest.raises(RunError, match="could not be started"):
        start_run(SMALL)
    with pytest.raises(RunError, match="could not be saved"):
        save_preferences(at_once=2)


# --- the line -----------------------------------------------------------------------------


def test_runs_wait_in_line_in_their_order(no_process):
    first, second, third = (start_run(SMALL, launch=no_process) for _ in range(3))
    for run in (second, third):
        assert runs_ahead((run.status.queued, run.id))
    assert not runs_ahead((first.status.queued, first.id))
    place = worker.Training(first).take_slot()
    say(first, state="training")
    stop_run(second)
    assert worker.Training(second).take_slot() is None  # asked to stop while it waits
    with FileLock(first.folder / "lock"), place:
        stop_run(third)
        assert worker.Training(third).take_slot() is None
    save_preferences(at_once=2)
    with worker.Training(first).take_slot(), worker.Training(first).take_slot():
        pass


def test_loss_of_the_batches_just_seen_comes_from_the_mean_of_the_epoch(no_process):
    from mnist_core.training.progress import Progress

    job = worker.Training(start_run(SMALL, launch=no_process))
    rows = [
        job._just_seen(Progress(1, 1, batch, 3, images, {"loss": loss, "accuracy": 1.0}))
        for batch, images, loss in ((1, 100, 2.0), (2, 200, 1.5), (3, 220, 1.5))
    ]
    np.testing.assert_allclose([loss for loss, _ in rows], [2.0, 1.0, 1.5])
    assert job._just_seen(Progress(2, 2, 1, 3, 100, {"loss": 0.5, "accuracy": 1.0}))[0] == 0.5


def test_an_epochs_rows_are_written_before_its_backup(no_process):
    from mnist_core.training.progress import Progress

    run = start_run(SMALL.with_settings({"epochs": 100}), launch=no_process)
    job = worker.Training(run)
    job.reported = time.time()  # just now: rows wait for the next report
    for batch in (1, 2):
        job.report(Progress(2, 100, batch, 2, 50 * batch, {"loss": 1.0, "accuracy": 0.5}))
    assert run.batches() == {}
    job.keep(None, 2, None, None)  # of 100 epochs the second's network isn't kept
    assert run.batches()["batch"] == [1, 2]


@pytest.mark.parametrize("cut", ["1", "12,", "12,40,0.3,0.", ""])
def test_rows_written_after_a_cut_line_are_whole(no_process, cut):
    run = start_run(SMALL, launch=no_process)
    job, path = worker.Training(run), run.folder / "batches.csv"
    path.write_text(f"epoch,batch,loss,accuracy\n11,40,0.5,0.9\n12,39,0.4,0.9\n{cut}")
    job.forget_after(12)
    job.rows.append([13, 1, 0.2, 0.9])
    job.flush()
    assert run.batches()["epoch"] == [11, 12, 13]
    path.write_text("epoch,ba")
    job.forget_after(12)
    job.rows.append([1, 1, 0.2, 0.9])
    job.flush()
    assert run.batches()["epoch"] == [1]


# --- real processes -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A run that was killed and resumed: (run, epoch of the kill)."""
    folder = tmp_path_factory.mktemp("shared")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MNIST_CORE_RUNS", str(folder / "runs"))
        patch.setenv("MNIST_CORE_MODELS", str(folder / "models"))
        patch.setenv("KERAS_HOME", str(folder / "keras"))
        patch.delenv("MNIST_CORE_DATA", raising=False)
        run = start_run(SMALL.with_settings({"epochs": 300}))
        while (run.status.epoch or 0) < 3:
            run = open_run(run.id)
            assert run.active, run.log_tail()
            time.sleep(0.02)
        os.kill(run.status.pid, signal.SIGKILL)
        run = wait_for(run, ["interrupted"], 10)
        epochs = run.status.epoch
        asked = json.loads((run.folder / "run.json").read_text())
        asked["recipe"]["epochs"] = epochs + 2  # no need to wait for all 300
        (run.folder / "run.json").write_text(json.dumps(asked))
        resume_run(open_run(run.id))
        run = wait_for(run, ["finished"])
        yield run, epochs


def test_a_killed_run_is_interrupted_at_once_and_goes_on_to_the_end(shared):
    run, epochs = shared
    assert run.share == 1 and run.message == ""
    history = run.history()
    assert set(history) == {"accuracy", "loss", "val_accuracy", "val_loss"}
    assert {len(values) for values in history.values()} == {epochs + 2}
    batches = run.batches()
    assert len(batches["loss"]) == (epochs + 2) * 16
    assert sorted(zip(batches["epoch"], batches["batch"], strict=True)) == [
        (epoch, batch) for epoch in range(1, epochs + 3) for batch in range(1, 17)
    ]


def test_its_network_is_the_one_of_an_unbroken_run(shared, tmp_path):
    from mnist_core.training.loop import train

    run, _ = shared
    # The rate is constant, so the run that was cut short by its settings is the same.
    unbroken = train(run.recipe, load_stand_in())
    stored = store_trained(unbroken, load_stand_in(), "unbroken", tmp_path)
    # Two processes may add up in another order; in one process it is the same bit by bit, as
    # test_training says. Probabilities are stored as float16.
    for kind in ("probabilities", "loss"):
        np.testing.assert_allclose(
            run.model().test_answers()[kind],
            stored.test_answers()[kind],
            rtol=1e-3,  # a step of float16
            atol=2e-4,
        )
    assert run.history()["loss"] == pytest.approx(unbroken.history["loss"])


def test_every_kept_epoch_answers_without_tensorflow(shared):
    run, _ = shared
    epochs = kept_epochs(run.folder)
    assert epochs[0] == 1 and epochs[-1] == run.recipe.epochs
    assert len(epochs) <= 42
    image = load_stand_in().x_test[0]
    answers = answers_by_epoch(run.folder, epochs, image)
    assert answers.shape == (len(epochs), 10)
    model = run.model()
    told = apply_temperature(answers[-1:], model.card["calibration"]["temperature"])[0]
    np.testing.assert_allclose(told, model.test_answers()["probabilities"][0], atol=1e-3)
    shares = class_accuracies(run.folder, epochs)
    assert shares.shape == (len(epochs), 10)
    assert np.nanmean(shares[-1]) == pytest.approx(run.history()["val_accuracy"][-1], abs=0.05)
    assert answers_by_epoch(run.folder, [], image).shape == (0, 10)


def test_a_real_tensorboard_opens_its_logs(shared):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    run, _ = shared
    logs = EventAccumulator(str(run.folder / "tensorboard" / "train"))
    logs.Reload()
    tags = logs.Tags()
    assert "epoch_loss" in [*tags["scalars"], *tags["tensors"]]


def test_a_finished_run_is_used_for_drawing_as_a_model_of_its_own(shared):
    run, _ = shared
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MNIST_CORE_RUNS", str(run.folder.parent))
        patch.setenv("MNIST_CORE_MODELS", str(run.folder.parent.parent / "models"))
        model = use_run(run)
        assert (model.name, model.title) == ("Dense-512-1", "Dense 512 1")
        assert read_preferences().drawing_model == model.name
        assert use_run(run).name == model.name  # the same again
        assert open_model(model.name).card["run"] == run.id
        with pytest.raises(RunError, match="nothing to resume"):
            resume_run(run)


def test_a_stopped_run_keeps_its_network_and_can_go_on(isolated):
    run = start_run(SMALL.with_settings({"epochs": 2000}))
    run = wait_for(run, ["training"])
    stop_run(run)
    run = wait_for(run, ["stopped"])
    assert 0 < run.share < 1
    assert run.model().card["stopped"]
    resume_run(run)
    run = wait_for(run, ["training"])
    other = start_run(SMALL)
    other = wait_for(other, ["waiting"])
    time.sleep(1)
    assert open_run(other.id).state == "waiting"  # in line
    stop_run(run)
    assert wait_for(other, ["finished"]).share == 1
    assert wait_for(run, ["stopped"]).model() is not None


def test_a_run_that_cannot_work_says_so(isolated):
    run = start_run(SMALL.with_settings({"optimizer": "nothing"}))
    deadline = time.monotonic() + 60
    while (run := open_run(run.id)).active and time.monotonic() < deadline:
        time.sleep(0.05)
    assert run.state == "failed"
    assert "Keras has no optimizer 'nothing'" in run.message


def test_a_second_process_leaves_a_run_alone(no_process, monkeypatch):
    run = start_run(SMALL, launch=no_process)
    monkeypatch.setattr(tasks, "LAUNCH", 0.1)
    with FileLock(run.folder / "lock"):
        worker.main(run.folder)
    assert open_run(run.id).status.pid is None


def test_a_worker_spares_itself_what_keras_imports_for_other_peoples_types():
    code = (
        "import sys\n"
        "from mnist_core.system.processes import light_keras_import\n"
        "with light_keras_import(): import mnist_core.training.loop\n"
        "assert not {'pandas', 'sklearn'} & sys.modules.keys()\n"
        "import pandas, sklearn.base"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_list_of_runs_does_not_import_tensorflow(no_process):
    start_run(SMALL, launch=no_process)
    code = (
        "import sys; from mnist_core.runs.runs import list_runs; assert list_runs(); "
        "assert 'tensorflow' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_long_trainings_keep_every_second_or_third_epoch():
    for epochs in (1, 5, 40, 41, 100, 1000):
        kept = [epoch for epoch in range(1, epochs + 1) if is_kept(epoch, epochs)]
        assert kept[0] == 1 and kept[-1] == epochs
        assert len(kept) <= 42
    assert [epoch for epoch in range(1, 6) if is_kept(epoch, 5)] == [1, 2, 3, 4, 5]


def test_a_name_without_visible_letters_or_too_long_is_refused(isolated, launches):
    run = start_run(get_recipe("dense_512"), "my\u202e\n run")
    assert run.name == "my run"
    for name, words in (("\u202e \x07", "at least one letter"), ("a" * 81, "up to 80 characters")):
        with pytest.raises(RunError, match=words):
            rename_run(run, name)
    assert open_run(run.id).name == "my run"


def test_without_validation_the_history_has_what_keras_measured(tmp_path):
    history = tmp_path / "history.csv"  # as Keras 3's CSVLogger writes it
    history.write_text(
        "epoch,accuracy,loss,val_accuracy,val_loss\n0,0.5,nan,NA,NA\n1,0.7,1,NA,NA\n"
    )
    columns = _read_csv(history)
    assert list(columns) == ["epoch", "accuracy", "loss"]
    assert columns["accuracy"] == [0.5, 0.7] and np.isnan(columns["loss"][0])
