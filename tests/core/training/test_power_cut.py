"""A power cut at any moment of a training costs at most the epoch after the last backup."""

import dataclasses
import os
import sys
from pathlib import Path

import numpy as np
import pytest

import mnist_core
from mnist_core.data.collection import load_data, store_data
from mnist_core.data.stand_in import load_stand_in
from mnist_core.models.store import copy_model, open_model
from mnist_core.runs.preferences import read_preferences, save_preferences
from mnist_core.runs.runs import open_run, start_run
from mnist_core.system.files import sync_folder, write_file
from mnist_core.training.backup import epochs_done
from mnist_core.training.loop import train
from tests.core.training.test_loop import SMALL
from tests.launches import Launches
from tests.power import Disk

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def test_at_most_one_epoch_is_lost_at_each_of_twenty_cuts(tmp_path, monkeypatch):
    root = tmp_path / "disk"
    root.mkdir()
    cuts, finished = [], []  # (epochs finished, epochs that a resume would find)

    def cut():
        left = disk.after_power_cut(tmp_path / f"cut-{len(cuts)}")
        cuts.append((len(finished), epochs_done(left / "backup")))

    def on_progress(progress):
        if progress.share == progress.epoch / progress.epochs:
            finished.append(progress.epoch)

    disk = Disk(root, monkeypatch, cut)
    digits, recipe = load_stand_in(), SMALL.with_settings({"epochs": 6})
    unbroken = train(recipe, digits, backup=root / "backup", on_progress=on_progress)
    assert len(cuts) >= 20
    assert all(finished - 1 <= found <= finished for finished, found in cuts)

    middle = next(i for i, (_, found) in enumerate(cuts) if found == 3)
    resumed = train(recipe, digits, backup=tmp_path / f"cut-{middle}" / "backup")
    for expected, weights in zip(
        unbroken.model.get_weights(), resumed.model.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(expected, weights)


def test_a_file_is_the_old_one_or_the_new_one_at_every_cut(tmp_path, monkeypatch):
    root, seen = tmp_path / "disk", []
    root.mkdir()
    disk = Disk(root, monkeypatch)
    write_file(root / "file", b"old")
    disk.on_sync = lambda: seen.append(
        (disk.after_power_cut(tmp_path / f"cut-{len(seen)}") / "file").read_bytes()
    )
    write_file(root / "file", b"new")
    assert seen == [b"old", b"new"]


def test_settings_that_were_saved_outlast_a_power_cut(tmp_path, monkeypatch):
    root = tmp_path / "disk"
    root.mkdir()
    disk = Disk(root, monkeypatch)
    save_preferences(root, at_once=3)
    assert read_preferences(disk.after_power_cut(tmp_path / "cut")).at_once == 3


def test_a_run_a_network_and_a_data_set_outlast_a_power_cut(tmp_path, monkeypatch):
    root = tmp_path / "disk"
    for folder in ("models", "data"):
        (root / folder).mkdir(parents=True)
    monkeypatch.setenv("MNIST_CORE_RUNS", str(root))
    monkeypatch.setenv("MNIST_CORE_MODELS", str(root / "models"))
    shipped = open_model("sigmoid_mlp", Path(mnist_core.__file__).parents[1] / "models")
    disk = Disk(root, monkeypatch)
    run = start_run(SMALL, launch=Launches())
    copy_model(shipped, "copy", {})
    store_data(dataclasses.replace(load_stand_in(), name="digits"))
    sync_folder(root)  # of the folders that were there before
    left = disk.after_power_cut(tmp_path / "cut")
    monkeypatch.setenv("MNIST_CORE_RUNS", str(left))
    assert open_run(run.id).recipe == SMALL
    assert open_model("copy", left / "models").test_answers().keys()
    assert len(load_data("digits").x_test)


def test_what_was_not_synced_is_lost_on_that_disk(tmp_path, monkeypatch):
    root = tmp_path / "disk"
    root.mkdir()
    disk = Disk(root, monkeypatch)
    (root / "unsynced").write_bytes(b"content")
    descriptor = os.open(root, os.O_RDONLY)
    os.fsync(descriptor)  # the name, not the content
    os.close(descriptor)
    assert (disk.after_power_cut(tmp_path / "cut") / "unsynced").read_bytes() == b""
