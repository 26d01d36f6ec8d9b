"""Stored models: whole or refused, replaced in one step, found by what they are."""

import dataclasses
import io
import json
import os

import numpy as np
import pytest

from mnist_core import settings
from mnist_core.errors import ModelError
from mnist_core.metrics.classification import ClassScore, Evaluation
from mnist_core.models.store import (
    CARD,
    KINDS,
    StoredModel,
    find_trained,
    list_models,
    model_name,
    open_model,
    write_model,
)
from mnist_core.recipes.builtin import RECIPES
from mnist_core.recipes.saved import get_recipe

RECIPE = get_recipe("dense_512")
DATA = "d" * 64  # a data set's digest
EVALUATION = Evaluation(
    n=2,
    loss=0.5,
    accuracy=0.5,
    accuracy_interval=(0.1, 0.9),
    confusion_matrix=[[int(row == column < 2) for column in range(10)] for row in range(10)],
    per_class=[ClassScore(digit, 0.25, 0.5, 0.75, 1) for digit in range(10)],
)


def make_card(recipe=RECIPE, data=DATA, stopped=False):
    return {
        "recipe": recipe.to_dict(),
        "recipe_digest": recipe.digest(),
        "data": {"name": "MNIST", "digest": data, "verified": True, "train_images": 60000},
        "stopped": stopped,
        "calibration": {"temperature": 1.0, "images": 0},
        "evaluation": EVALUATION.to_dict(),
        "parameters": 407050,
        "created": "2024-01-01T00:00:00+00:00",
        "seconds": 24.0,
        "device": "CPU (2 cores)",
        "history": {"loss": [0.3], "accuracy": [0.9]},
    }


def make_files(content="first"):
    return {kind: f"{content} {kind}".encode() * 20 for kind in KINDS}


def store(folder, name="dense_512", content="first", **card):
    return write_model(name, make_card(**card), make_files(content), folder)


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def read_all(model):
    return {kind: model.read(kind) for kind in KINDS}


# --- write, open, read, list --------------------------------------------------------------


def test_a_written_model_can_be_opened_and_read(tmp_path):
    store(tmp_path)
    model = open_model("dense_512", tmp_path)
    assert isinstance(model, StoredModel)
    assert model.name == "dense_512"
    assert model.recipe == RECIPE
    assert model.evaluation == EVALUATION
    assert model.data_name == "MNIST"
    assert read_all(model) == make_files()


def test_write_and_open_return_the_same_model(tmp_path):
    written = store(tmp_path)
    opened = open_model("dense_512", tmp_path)
    assert (written.name, written.folder) == (opened.name, opened.folder)
    assert written.evaluation == opened.evaluation
    assert read_all(written) == read_all(opened)


def test_files_carry_their_digest_in_their_name(tmp_path):
    model = store(tmp_path)
    for kind in KINDS:
        entry = model.card["files"][kind]
        assert entry["sha256"][:12] in model.path(kind).name
        assert entry["bytes"] == model.path(kind).stat().st_size
    assert names_in(model.folder) == sorted([CARD, *(model.path(kind).name for kind in KINDS)])


def test_card_is_json_that_keeps_chinese_readable(tmp_path):
    recipe = get_recipe("sigmoid_mlp")
    model = store(tmp_path, recipe.name, recipe=recipe)
    text = (model.folder / CARD).read_text("utf-8")
    assert recipe.source in text
    assert json.loads(text)["recipe"]["source"] == recipe.source


def test_default_folder_is_the_one_of_the_environment(isolated):
    write_model("dense_512", make_card(), make_files())
    assert names_in(settings.models_dir()) == ["dense_512"]
    assert open_model("dense_512").folder == isolated / "models" / "dense_512"
    assert [model.name for model in list_models()[0]] == ["dense_512"]
    assert find_trained(RECIPE, DATA) is not None


def test_list_has_recipes_in_their_order_and_then_the_others(tmp_path):
    for name in ("zz", "dropout_cnn", "aa", "pen", "dense_512"):
        store(tmp_path, name)
    models, errors = list_models(tmp_path)
    known = [name for name in RECIPES if name in ("dropout_cnn", "pen", "dense_512")]
    assert [model.name for model in models] == [*known, "aa", "zz"]
    assert errors == []


def test_list_of_a_folder_that_is_not_there(tmp_path):
    assert list_models(tmp_path / "nothing") == ([], [])


def test_list_skips_other_files(tmp_path):
    store(tmp_path)
    (tmp_path / "README.md").write_text("hello")
    (tmp_path / "empty").mkdir()
    models, errors = list_models(tmp_path)
    assert [model.name for model in models] == ["dense_512"]
    assert errors == []


def test_test_answers(tmp_path):
    columns = {
        "probabilities": np.eye(10, dtype=np.float16)[:3],
        "predicted": np.arange(3, dtype=np.uint8),
        "confidence": np.ones(3, np.float32),
        "loss": np.zeros(3, np.float32),
    }
    content = io.BytesIO()
    np.savez_compressed(content, **columns)
    model = write_model(
        "dense_512", make_card(), {**make_files(), "test": content.getvalue()}, tmp_path
    )
    answers = model.test_answers()
    assert set(answers) == set(columns)
    for name, column in columns.items():
        np.testing.assert_array_equal(answers[name], column)
        assert answers[name].dtype == column.dtype


# --- damaged files -------------------------------------------------------------------------


def cut(path):
    path.write_bytes(path.read_bytes()[:-7])


def alter(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def empty(path):
    path.write_bytes(b"")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("damage", [cut, alter, empty])
def test_cut_or_altered_file_is_refused(tmp_path, kind, damage):
    model = store(tmp_path)
    damage(model.path(kind))
    expected = rf"'dense_512'.*{model.path(kind).name} is cut or altered.*train dense_512 --force"
    with pytest.raises(ModelError, match=expected):
        open_model("dense_512", tmp_path).read(kind)
    for other in set(KINDS) - {kind}:
        assert model.read(other) == make_files()[other]


@pytest.mark.parametrize("kind", KINDS)
def test_missing_file_is_named(tmp_path, kind):
    model = store(tmp_path)
    model.path(kind).unlink()
    expected = rf"'dense_512'.*{model.path(kind).name} is missing.*train dense_512 --force"
    with pytest.raises(ModelError, match=expected):
        open_model("dense_512", tmp_path).read(kind)


def test_altered_test_answers_are_refused(tmp_path):
    model = store(tmp_path)
    alter(model.path("test"))
    with pytest.raises(ModelError, match="is cut or altered"):
        model.test_answers()


def without(*keys):
    """The card without one of its entries, as JSON."""
    card = {**make_card(), "files": {kind: {"name": "x", "sha256": "y"} for kind in KINDS}}
    entry = card
    for key in keys[:-1]:
        entry = entry[key]
    del entry[keys[-1]]
    return json.dumps(card)


DAMAGED_CARDS = {
    "empty": "",
    "cut": "{",
    "null": "null",
    "list": "[]",
    "words": '"words"',
    "nothing in it": "{}",
    "layers are words": json.dumps({"recipe": {"layers": ["words"]}}),
    "no files": json.dumps({**make_card(), "files": {}}),
    "files are words": json.dumps({**make_card(), "files": {"keras": "words"}}),
    "no recipe": without("recipe"),
    "no loss": without("recipe", "loss"),
    "no evaluation": without("evaluation"),
    "no scores": without("evaluation", "per_class"),
    "no data": without("data"),
    "no data's name": without("data", "name"),
    "no LiteRT file": without("files", "litert"),
    # What find_trained, the list of models and `read` take from the card.
    "no data's digest": without("data", "digest"),
    "no recipe's digest": without("recipe_digest"),
    "no stopped": without("stopped"),
    "no calibration": without("calibration"),
    "no temperature": without("calibration", "temperature"),
    "no parameters": without("parameters"),
    "no created": without("created"),
    "no file's digest": without("files", "litert", "sha256"),
}


@pytest.mark.parametrize("content", DAMAGED_CARDS.values(), ids=DAMAGED_CARDS.keys())
def test_cut_or_altered_card_is_refused(tmp_path, content):
    model = store(tmp_path)
    (model.folder / CARD).write_text(content, "utf-8")
    expected = rf"'dense_512'.*{CARD} is cut or altered.*train dense_512 --force"
    with pytest.raises(ModelError, match=expected):
        open_model("dense_512", tmp_path)


def test_card_cut_anywhere_is_refused(tmp_path):
    model = store(tmp_path)
    card = model.folder / CARD
    whole = card.read_bytes().rstrip()
    for length in range(0, len(whole), 211):
        card.write_bytes(whole[:length])
        with pytest.raises(ModelError, match="is cut or altered"):
            open_model("dense_512", tmp_path)


def test_card_that_is_not_text_is_refused(tmp_path):
    model = store(tmp_path)
    (model.folder / CARD).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ModelError, match="is cut or altered"):
        open_model("dense_512", tmp_path)


def test_the_advice_names_the_recipe_and_not_the_model(tmp_path):
    model = store(tmp_path, "dense_512-1a2b3c4d")
    (model.folder / CARD).write_text("{")
    with pytest.raises(ModelError, match="train dense_512 --force"):
        open_model("dense_512-1a2b3c4d", tmp_path)


def test_list_reports_damaged_models_and_keeps_the_good(tmp_path):
    store(tmp_path, "dense_512")
    bad = store(tmp_path, "simple_cnn", recipe=get_recipe("simple_cnn"))
    (bad.folder / CARD).write_text("{")
    models, errors = list_models(tmp_path)
    assert [model.name for model in models] == ["dense_512"]
    assert len(errors) == 1
    assert "simple_cnn" in str(errors[0])


def test_unknown_name_lists_those_that_are_there(tmp_path):
    store(tmp_path)
    with pytest.raises(ModelError, match=r"no trained model 'pen'.*There are: dense_512\."):
        open_model("pen", tmp_path)


def test_unknown_name_in_an_empty_folder(tmp_path):
    with pytest.raises(ModelError, match=r"There are: none\."):
        open_model("pen", tmp_path / "nothing")


# --- names with path parts ----------------------------------------------------------------


@pytest.mark.parametrize("name", ["../x", "a/../../x", "sub/x", "..", ".", "", "/x"])
def test_names_with_path_parts_are_not_opened(tmp_path, name):
    folder = tmp_path / "models"
    store(tmp_path, "x")  # beside the folder of models
    store(folder, "sub")
    store(folder / "sub", "x")
    for parent in (tmp_path, folder):  # where "..", "." and "" would lead
        (parent / CARD).write_bytes((tmp_path / "x" / CARD).read_bytes())
    with pytest.raises(ModelError, match="There is no trained model"):
        open_model(name, folder)


@pytest.mark.parametrize("name", ["a" * 300, "a\0b"])
def test_impossible_names_are_not_there(tmp_path, name):
    with pytest.raises(ModelError, match="There is no trained model"):
        open_model(name, tmp_path)


@pytest.mark.parametrize("name", ["../x", "sub/x", "..", ""])
def test_names_with_path_parts_are_not_written(tmp_path, name):
    folder = tmp_path / "models"
    folder.mkdir()
    (tmp_path / "precious.txt").write_text("keep")
    (folder / "precious.txt").write_text("keep")
    with pytest.raises(ModelError, match="name"):
        store(folder, name)
    assert names_in(tmp_path) == ["models", "precious.txt"]
    assert names_in(folder) == ["precious.txt"]


# --- replacing ----------------------------------------------------------------------------


def test_replacing_leaves_no_stray_files(tmp_path):
    store(tmp_path, content="first")
    model = store(tmp_path, content="second")
    assert len(names_in(model.folder)) == 1 + len(KINDS)
    assert read_all(open_model("dense_512", tmp_path)) == make_files("second")


def test_replacing_with_the_same_content(tmp_path):
    first = names_in(store(tmp_path).folder)
    assert names_in(store(tmp_path).folder) == first
    assert read_all(open_model("dense_512", tmp_path)) == make_files()


def test_replacing_repairs_a_damaged_model(tmp_path):
    model = store(tmp_path)
    cut(model.path("keras"))
    store(tmp_path)
    assert read_all(open_model("dense_512", tmp_path)) == make_files()


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("call", range(1, len(KINDS) + 2))
def test_crash_while_replacing_leaves_the_old_model_whole(tmp_path, monkeypatch, call, error):
    store(tmp_path, content="first")
    replace, calls = os.replace, []

    def crash(source, target):
        calls.append(target)
        if len(calls) == call:
            raise error
        replace(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", crash)
        # The disk's own errors come in words; Ctrl-C stays what it is.
        expected = ModelError if isinstance(error, OSError) else KeyboardInterrupt
        with pytest.raises(expected):
            store(tmp_path, content="second")
    assert len(calls) == call
    model = open_model("dense_512", tmp_path)
    assert read_all(model) == make_files("first")
    assert not [name for name in names_in(model.folder) if name.startswith(".")]
    # And the next try works, with nothing of the crash left.
    assert len(names_in(store(tmp_path, content="second").folder)) == 1 + len(KINDS)
    assert read_all(open_model("dense_512", tmp_path)) == make_files("second")


@pytest.mark.parametrize("call", range(1, len(KINDS) + 2))
def test_crash_at_the_first_writing_leaves_no_model_and_no_temporary_file(
    tmp_path, monkeypatch, call
):
    replace, calls = os.replace, []

    def crash(source, target):
        calls.append(target)
        if len(calls) == call:
            raise OSError(28, "No space left on device")
        replace(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", crash)
        with pytest.raises(ModelError, match=r"could not be stored.*No space left.*Free some"):
            store(tmp_path)
    assert list_models(tmp_path) == ([], [])
    assert not list(tmp_path.rglob(".*"))


def test_folder_that_can_not_be_written(tmp_path):
    (tmp_path / "models").write_text("no folder")
    with pytest.raises(ModelError, match=r"could not be stored.*MNIST_CORE_MODELS"):
        store(tmp_path / "models")


def test_stored_files_can_be_read_by_others(tmp_path):
    model = store(tmp_path)
    for path in model.folder.iterdir():
        assert path.stat().st_mode & 0o444 == 0o444


# --- finding what is trained --------------------------------------------------------------


def test_find_trained(tmp_path):
    store(tmp_path, "any_name")
    model = find_trained(RECIPE, DATA, tmp_path)
    assert model is not None and model.name == "any_name"


def test_find_trained_in_an_empty_folder(tmp_path):
    assert find_trained(RECIPE, DATA, tmp_path) is None


def test_find_trained_skips_other_settings_and_other_data(tmp_path):
    store(tmp_path)
    assert find_trained(RECIPE.with_settings({"units": 511}), DATA, tmp_path) is None
    assert find_trained(RECIPE.with_settings({"seed": 1}), DATA, tmp_path) is None
    assert find_trained(RECIPE, "e" * 64, tmp_path) is None


def test_find_trained_skips_stopped_models(tmp_path):
    store(tmp_path, "dense_512-stopped", stopped=True)
    assert find_trained(RECIPE, DATA, tmp_path) is None
    store(tmp_path)
    assert find_trained(RECIPE, DATA, tmp_path).name == "dense_512"


@pytest.mark.parametrize("kind", KINDS)
def test_find_trained_skips_damaged_models(tmp_path, kind):
    cut(store(tmp_path).path(kind))
    assert find_trained(RECIPE, DATA, tmp_path) is None
    store(tmp_path, "whole")
    assert find_trained(RECIPE, DATA, tmp_path).name == "whole"


@pytest.mark.parametrize("keys", [("recipe_digest",), ("data", "digest"), ("stopped",)])
def test_find_trained_skips_cards_without_what_it_asks(tmp_path, keys):
    (store(tmp_path).folder / CARD).write_text(without(*keys))
    store(tmp_path, "whole")
    assert find_trained(RECIPE, DATA, tmp_path).name == "whole"


# --- names of trained models --------------------------------------------------------------


def test_recipe_as_given_on_mnist_has_its_own_name():
    assert model_name(RECIPE, DATA, True) == "dense_512"


def test_another_title_does_not_change_the_name():
    assert model_name(dataclasses.replace(RECIPE, title="Other"), DATA, True) == "dense_512"


def test_other_settings_or_other_data_get_names_of_their_own():
    changed = RECIPE.with_settings({"epochs": 1})
    names = [
        model_name(changed, DATA, True),
        model_name(RECIPE.with_settings({"epochs": 2}), DATA, True),
        model_name(RECIPE, DATA, False),
        model_name(RECIPE, "e" * 64, False),
        model_name(changed, "e" * 64, True),
    ]
    assert len({*names, "dense_512"}) == 6
    assert all(name.startswith("dense_512-") and len(name) == 18 for name in names)
    assert names[0] == model_name(RECIPE.with_settings({"epochs": 1}), DATA, True)


def test_a_recipe_of_the_users_never_takes_a_built_in_name():
    other = dataclasses.replace(get_recipe("simple_cnn"), name="dense_512")
    assert model_name(other, DATA, True) != "dense_512"
    assert model_name(dataclasses.replace(RECIPE, name="mine"), DATA, True).startswith("mine-")
