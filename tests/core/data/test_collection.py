"""Imported data is stored, listed, trained on, and deleted."""

import dataclasses
import io
import json
import os
import shutil
import threading

import numpy as np
import pytest

from mnist_core import DataError, RunError, get_recipe, start_run
from mnist_core.data import collection
from mnist_core.data.collection import (
    check_name,
    class_samples,
    data_dir,
    data_names,
    delete_data,
    import_data,
    list_data,
    load_data,
    open_data,
    store_data,
)
from mnist_core.data.dataset import ARRAYS, STAND_IN_NAME, Dataset
from mnist_core.data.readers.source import Source, sources_at
from mnist_core.i18n import Text, _, speaking
from mnist_core.runs import runs, worker
from mnist_core.runs.advice import misfit

NAMES = ("shirt", "shoe", "bag")


def clothes(name="clothes", seed=0):
    """Three classes that a small network learns at once: a bar at another height each."""
    rng = np.random.default_rng(seed)
    labels = np.arange(400, dtype=np.uint8) % 3
    images = rng.integers(0, 60, (400, 28, 28), dtype=np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[4 + 8 * label : 10 + 8 * label] = 255
    return Dataset(
        name,
        images[:300],
        labels[:300],
        images[300:],
        labels[300:],
        source="a test",
        verified=False,
        notes=("A note.",),
        class_names=NAMES,
    )


def saved(folder):
    """The clothes as an `.npz`."""
    arrays = {key: getattr(clothes(), key) for key in ARRAYS}
    np.savez(folder / "mine.npz", **arrays)
    return folder / "mine.npz"


def test_a_stored_data_set_is_loaded_as_it_was(isolated):
    card = store_data(clothes())
    assert (card.name, card.class_names, card.notes) == ("clothes", NAMES, ("A note.",))
    assert (card.train_images, card.test_images) == (300, 100)
    assert card.train_per_class == (101, 100, 99) + (0,) * 7
    dataset = load_data("clothes")
    assert dataset.digest() == card.digest == clothes().digest()
    assert (dataset.class_names, dataset.verified, dataset.stand_in) == (NAMES, False, False)
    assert np.array_equal(class_samples(card), clothes().x_train[:3])
    assert data_names() == ["MNIST", "clothes"]


def test_notes_on_a_stored_data_set_are_in_the_language_of_whoever_reads_them(isolated):
    note, source = Text("{name} was ignored.", name="a.txt"), Text("no files")
    card = store_data(dataclasses.replace(clothes(), notes=(note,), source=source))
    assert (card.notes, card.source) == (("a.txt was ignored.",), "no files")
    with speaking("zh"):
        assert (_(card.notes[0]), _(card.source)) == ("已忽略a.txt。", "没有文件")


def test_a_data_set_is_imported_from_a_path(isolated):
    data, path = clothes(), saved(isolated)
    card = import_data("  my   clothes ", sources_at(path), class_names=NAMES)
    assert (card.name, card.digest, card.source) == ("my clothes", data.digest(), "mine.npz")
    assert [card.name for card in list_data()] == ["my clothes"]


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "a/b", ".hidden", "a" * 41, "a\nb", "clothes.", "a\0b"]
)
def test_invalid_names_are_refused(isolated, name):
    with pytest.raises(DataError, match="is up to 40 letters"):
        check_name(name)
    with pytest.raises(DataError, match="There is no data set"):
        open_data(name)
    with pytest.raises(DataError, match="There is no data set"):
        delete_data(name)


@pytest.mark.parametrize("name", ["MNIST", "mnist", STAND_IN_NAME, "clothes", "CLOTHES"])
def test_a_name_is_given_once(isolated, name):
    store_data(clothes())
    with pytest.raises(DataError, match=r"already|is up to 40"):
        check_name(name)


def test_a_refused_file_changes_nothing(isolated):
    store_data(clothes())
    before = sorted(path.name for path in data_dir().rglob("*"))
    with pytest.raises(DataError, match="is empty"):
        import_data("other", [Source("a.npz", io.BytesIO, 0)])
    assert sorted(path.name for path in data_dir().rglob("*")) == before
    assert data_names() == ["MNIST", "clothes"]


def test_a_full_disk_changes_nothing_and_says_so(isolated, monkeypatch):
    def fails(path, array):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(collection, "_save_array", fails)
    with pytest.raises(DataError, match="No space left on device"):
        store_data(clothes())
    assert list(data_dir().iterdir()) == []


def test_of_several_stored_at_once_under_a_name_one_is_kept(isolated):
    errors = []

    def bring(seed):
        try:
            store_data(clothes(seed=seed))
        except DataError as error:
            errors.append(str(error))

    threads = [threading.Thread(target=bring, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(errors) == 3 and all("already" in message for message in errors)
    assert [path.name for path in data_dir().iterdir()] == ["clothes"]
    assert load_data("clothes").digest() in {clothes(seed=seed).digest() for seed in range(4)}


def test_a_deleted_data_set_is_gone_and_its_name_free(isolated):
    store_data(clothes())
    delete_data("clothes")
    assert data_names() == ["MNIST"] and list(data_dir().iterdir()) == []
    with pytest.raises(DataError, match=r"There are: MNIST\. `python -m mnist_core bring"):
        load_data("clothes")
    store_data(clothes(seed=1))
    assert load_data("clothes").digest() == clothes(seed=1).digest()


def test_damaged_files_are_named_and_can_be_deleted(isolated):
    card = store_data(clothes())
    path = card.folder / "y_test.npy"
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + b"\0")
    with pytest.raises(DataError, match="were changed"):
        load_data("clothes")
    path.write_bytes(whole[:50])
    with pytest.raises(DataError, match=r"y_test\.npy is missing or truncated"):
        load_data("clothes")
    (card.folder / "card.json").write_text("{")
    with pytest.raises(DataError, match=r"card\.json is damaged"):
        load_data("clothes")
    assert list_data() == []
    delete_data("clothes")
    assert list(data_dir().iterdir()) == []


def test_a_data_set_that_is_cut_while_it_is_used_stays_whole_in_memory(isolated):
    card = store_data(clothes())
    dataset = load_data("clothes")
    os.truncate(card.folder / "x_train.npy", 1000)  # a mapped one would end the process here
    assert np.array_equal(dataset.x_train, clothes().x_train)
    with pytest.raises(DataError, match=r"x_train\.npy is missing or truncated"):
        load_data("clothes")
    with pytest.raises(DataError, match="is missing or truncated"):
        class_samples(card)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"[]",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"class_names": "shirt"}',
        b'{"train_images": null}',
        b'{"train_per_class": [1, 2]}',
    ],
)
def test_a_damaged_card_is_set_aside_and_named(isolated, content):
    card = store_data(clothes())
    store_data(clothes("other"))
    if content.startswith(b'{"'):
        changes = json.loads(content)
        content = json.dumps(json.loads((card.folder / "card.json").read_bytes()) | changes)
        content = content.encode()
    (card.folder / "card.json").write_bytes(content)
    assert [card.name for card in list_data()] == ["other"]
    with pytest.raises(DataError, match=r"card\.json is damaged"):
        open_data("clothes")


def test_two_who_delete_the_same_data_set_are_told_in_words(isolated, monkeypatch):
    store_data(clothes())
    rename = os.rename

    def faster(source, target):
        shutil.rmtree(source)
        return rename(source, target)

    monkeypatch.setattr(os, "rename", faster)
    with pytest.raises(DataError, match="There is no data set 'clothes'"):
        delete_data("clothes")


def test_imports_wait_for_each_other(isolated, monkeypatch):
    monkeypatch.setattr(collection, "PATIENCE", 0)
    sources = sources_at(saved(isolated))
    with collection._ONE_AT_A_TIME, pytest.raises(DataError, match="is being imported"):
        import_data("clothes", sources)
    assert import_data("clothes", sources).train_images == 300


def test_other_data_under_the_same_name_is_not_taken_for_it(isolated):
    store_data(clothes(seed=1))
    assert load_data("clothes", digest=clothes(seed=1).digest())
    with pytest.raises(DataError, match="is not the data that was used before"):
        load_data("clothes", digest=clothes().digest())


def test_without_a_name_it_is_mnist_or_what_stands_in(isolated):
    for name in (None, "MNIST", STAND_IN_NAME):
        with pytest.warns(UserWarning, match="stand in"):
            assert load_data(name, train=False).name == STAND_IN_NAME


# --- training -----------------------------------------------------------------------------

SMALL = get_recipe("dense_512").with_settings(
    {"units": 16, "epochs": 2, "scale": True, "batch_size": 16}
)


def test_a_run_says_which_data_it_learns_from(isolated, launches):
    assert start_run(SMALL).data_name == start_run(SMALL, data="MNIST").data_name == "MNIST"
    card = store_data(clothes())
    run = start_run(SMALL, data="clothes")
    assert (run.data_name, run.data_digest, run.class_names) == ("clothes", card.digest, NAMES)
    assert run.command.startswith("python -m mnist_core train dense_512 --force --data clothes ")
    assert "--data" not in start_run(SMALL).command
    before = list(runs.list_runs())
    with pytest.raises(DataError, match="There is no data set 'hats'"):
        start_run(SMALL, data="hats")
    assert runs.list_runs() == before


def test_the_name_of_the_data_is_quoted_in_a_command():
    assert "--data 'my clothes'" in SMALL.command("my clothes")
    assert "--data" not in SMALL.command("MNIST") + SMALL.command(STAND_IN_NAME) + SMALL.command()


def test_a_run_on_other_data_ends_with_a_network_that_knows_it(isolated, launches):
    store_data(clothes())
    run = start_run(SMALL, data="clothes")
    worker.Training(run).work()
    run = runs.open_run(run.id)
    assert (run.state, run.message) == ("finished", "")
    model = run.model()
    assert model.data_name == "clothes" and model.class_names == NAMES
    assert model.evaluation.n == 100 and model.evaluation.accuracy > 0.95
    assert model.published == "" and get_recipe("dense_512").published
    assert model.dataset().digest() == clothes().digest()
    assert runs.use_run(run).class_names == NAMES

    delete_data("clothes")
    store_data(clothes(seed=3))
    with pytest.raises(DataError, match="is not the data that was used before"):
        model.dataset()


def test_a_run_whose_data_is_gone_or_another_is_refused_in_words(isolated, launches):
    store_data(clothes())
    run = start_run(SMALL, data="clothes")
    delete_data("clothes")
    with pytest.raises(DataError, match="There is no data set 'clothes'"):
        worker.Training(run).work()
    store_data(clothes(seed=1))
    with pytest.raises(DataError, match="is not the data that was used before"):
        worker.Training(run).work()


def test_a_run_with_a_damaged_note_of_its_data_cannot_be_read(isolated, launches):
    run = start_run(SMALL)
    settings = json.loads((run.folder / "run.json").read_text())
    (run.folder / "run.json").write_text(json.dumps({**settings, "data": {}}))
    with pytest.raises(RunError, match="is damaged"):
        runs.open_run(run.id)


def test_what_is_made_for_digits_says_so_of_other_data():
    pen = get_recipe("pen")
    assert "slash" in misfit(pen, NAMES) and "nondigits" in misfit(pen, NAMES)
    assert misfit(pen, ()) == misfit(SMALL, NAMES) == ""
    plain = pen.with_settings({"augment": None, "nondigits": 0.0, "handwriting": 0.0})
    assert misfit(plain, NAMES) == ""
