"""The command line as a program sees it: one JSON object, an exit status, files."""

import argparse
import inspect
import io
import json
import re
import shutil
from contextlib import redirect_stdout

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mnist_core.cli import argparse_texts, data
from mnist_core.cli.main import build_parser, main
from mnist_core.data.dataset import ARRAYS, STAND_IN_NAME
from mnist_core.data.stand_in import load_stand_in
from mnist_core.i18n import Plural
from mnist_core.models.number_reader import find_number_reader, load_number_reader
from mnist_core.recipes.builtin import RECIPES
from mnist_core.studies import workers as background
from mnist_core.system.owner import is_owner_key
from tests.core.data.test_collection import clothes

TRAIN = ["train", "dense_512", "--epochs", "1", "--set", "units=16", "--json"]


@pytest.fixture(scope="session")
def stand_in():
    return load_stand_in()


@pytest.fixture(scope="session")
def trained(tmp_path_factory, stand_in):
    """(models' folder, what `train` answered): a tiny network, trained once for all tests."""
    folder = tmp_path_factory.mktemp("cli")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MNIST_CORE_MODELS", str(folder / "models"))
        patch.setenv("KERAS_HOME", str(folder / "keras"))
        patch.delenv("MNIST_CORE_DATA", raising=False)
        # `train` would download MNIST, which takes a network and makes this slow.
        patch.setattr(data, "load_mnist", lambda **_: stand_in)
        out = io.StringIO()
        with redirect_stdout(out):
            status = main(TRAIN)
    assert status == 0
    return folder / "models", json.loads(out.getvalue())


@pytest.fixture
def no_network(isolated, monkeypatch, stand_in):
    """Empty folders, and the stand-in's digits wherever a command loads MNIST."""
    monkeypatch.setattr(data, "load_mnist", lambda **_: stand_in)
    return isolated


@pytest.fixture
def model(no_network, monkeypatch, trained):
    """The tiny network's name, in the folder of models."""
    folder, answer = trained
    monkeypatch.setenv("MNIST_CORE_MODELS", str(folder))
    return answer["model"]


@pytest.fixture
def ask(capsys):
    """Run a command with --json: (exit status, the one object that it printed)."""

    def run(*arguments):
        status = main([*map(str, arguments), "--json"])
        out = capsys.readouterr().out
        assert len(out.splitlines()) == 1, "one JSON object and nothing else"
        answer = json.loads(out)
        assert isinstance(answer, dict)
        return status, answer

    return run


@pytest.fixture
def pictures(tmp_path):
    """A drawn one, an empty picture, a text file and a name where nothing is."""
    picture = Image.new("L", (280, 280), 255)
    ImageDraw.Draw(picture).line([(150, 40), (140, 240)], fill=0, width=22)
    picture.save(tmp_path / "one.png")
    Image.new("L", (100, 100), 255).save(tmp_path / "empty.png")
    (tmp_path / "text.png").write_text("no picture")
    return {name: tmp_path / f"{name}.png" for name in ("one", "empty", "text", "nothing")}


# --- data ---------------------------------------------------------------------------------


def test_data_without_mnist(isolated, ask):
    status, answer = ask("data")
    assert status == 0
    assert (answer["name"], answer["verified"]) == (STAND_IN_NAME, False)
    assert (answer["train"], answer["test"]) == (1500, 297)
    assert sum(answer["train_per_class"]) == 1500 and sum(answer["test_per_class"]) == 297
    assert "--download" in answer["notes"][-1]


def test_data_with_mnist(mnist, isolated, ask, monkeypatch):
    monkeypatch.setenv("MNIST_CORE_DATA", mnist.source)
    status, answer = ask("data")
    assert status == 0
    assert answer == {
        "name": "MNIST",
        "source": mnist.source,
        "verified": True,
        "train": 60000,
        "test": 10000,
        "train_per_class": np.bincount(mnist.y_train).tolist(),
        "test_per_class": np.bincount(mnist.y_test).tolist(),
        "notes": [],
        "shapes": {
            "x_train": [60000, 28, 28],
            "y_train": [60000],
            "x_test": [10000, 28, 28],
            "y_test": [10000],
        },
        "class_names": [],
        "brought_in": [],
    }


def test_data_names_a_refused_file(isolated, ask):
    cache = isolated / "keras" / "datasets" / "mnist.npz"
    cache.parent.mkdir(parents=True)
    cache.write_bytes(b"bad")
    assert "mnist.npz.refused" in ask("data")[1]["notes"][0]


def test_data_that_is_named_and_missing(isolated, ask, monkeypatch):
    monkeypatch.setenv("MNIST_CORE_DATA", "/nothing/mnist.npz")
    status, answer = ask("data")
    assert status == 1
    assert list(answer) == ["error"]
    assert "/nothing/mnist.npz does not exist" in answer["error"]


# --- recipes ------------------------------------------------------------------------------


def test_recipes(isolated, ask):
    status, answer = ask("recipes")
    assert status == 0
    assert [one["name"] for one in answer["recipes"]] == list(RECIPES)


@pytest.mark.parametrize("name", RECIPES)
def test_one_recipe(isolated, ask, name):
    status, answer = ask("recipes", name)
    assert status == 0
    assert [one["name"] for one in answer["recipes"]] == [name]
    assert answer["recipes"][0]["settings"] == RECIPES[name].settings()


def test_unknown_recipe(isolated, ask):
    status, answer = ask("recipes", "pan")
    assert status == 1
    assert "no recipe 'pan'" in answer["error"]


@pytest.mark.parametrize("arguments", [[], ["dropout_cnn"]])
def test_recipes_for_people(isolated, capsys, arguments):
    assert main(["recipes", *arguments]) == 0
    out = capsys.readouterr().out
    for words in ["epochs", "conv2d_2.filters"] if arguments else RECIPES:
        assert words in out


# --- models -------------------------------------------------------------------------------


def test_models_of_an_empty_folder(isolated, ask):
    assert ask("models") == (0, {"models": [], "errors": []})


def test_models(model, ask):
    status, answer = ask("models")
    assert status == 0
    assert answer["errors"] == []
    assert [one["model"] for one in answer["models"]] == [model]
    one = answer["models"][0]
    assert (one["n"], one["data"]) == (297, STAND_IN_NAME)
    assert one["parameters"] == (784 * 16 + 16) + (16 * 10 + 10)
    assert one["accuracy_interval"][0] < one["accuracy"] < one["accuracy_interval"][1]


def test_models_reports_a_broken_one(isolated, ask):
    (isolated / "models" / "pen").mkdir(parents=True)
    (isolated / "models" / "pen" / "card.json").write_text("{")
    status, answer = ask("models")
    assert status == 0
    assert answer["models"] == []
    assert "'pen' can't be used" in answer["errors"][0]


def test_models_for_people(model, capsys):
    assert main(["models"]) == 0
    assert model in capsys.readouterr().out


# --- train --------------------------------------------------------------------------------


def test_train(trained):
    folder, answer = trained
    assert answer["trained"] is True and answer["stopped"] is False
    assert answer["model"].startswith("dense_512-")
    assert answer["path"] == str(folder / answer["model"])
    assert (answer["n"], answer["seed"]) == (297, 0)
    assert len(answer["history"]["loss"]) == 1
    assert answer["accuracy"] > 0.3  # chance is 0.1
    assert sorted(path.suffix for path in (folder / answer["model"]).iterdir()) == [
        ".json",
        ".keras",
        ".npz",
        ".safetensors",
        ".tflite",
        ".tflite",
    ]


def files_of(folder):
    return {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}


def test_train_again_does_not_train(trained, model, ask):
    folder, first = trained
    before = files_of(folder / model)
    status, answer = ask(*TRAIN[:-1])
    assert status == 0
    assert answer == {**first, "trained": False}
    assert files_of(folder / model) == before


def test_train_again_for_people(model, capsys):
    assert main(TRAIN[:-1]) == 0
    captured = capsys.readouterr()
    assert "Already trained with these settings" in captured.out
    assert "stand in" in captured.err


def test_force_trains_again(trained, model, ask):
    folder, _ = trained
    before = files_of(folder / model)["card.json"]
    status, answer = ask(*TRAIN[:-1], "--force")
    assert status == 0
    assert answer["trained"] is True and answer["model"] == model
    assert files_of(folder / model)["card.json"] > before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--set", "units"], "KEY=VALUE.*Received: 'units'"),
        (["--set", "colour=red"], "no setting 'colour'.*epochs"),
        (["--set", "epochs=many"], "`epochs` must be .*Received: epochs='many'"),
        (["--set", "epochs=0"], "Received: epochs=0"),
        (["--set", "units=0"], "dense_1.*units=0"),
        (["--set", "activation=bright"], "dense_1.*activation='bright'"),
        (["--set", "optimizer=nothing"], "optimizer.*'nothing'"),
        (["--set", "augment=[1]"], r"`augment` must be .*Received: augment=\[1\]"),
        (["--epochs", "0"], "Received: epochs=0"),
        (["--batch-size", "-1"], "Received: batch_size=-1"),
        (["--validation-split", "1"], "Received: validation_split=1.0"),
        (["--validation-split", "0.9999"], "No training images are left"),
        (["--seed", "-1"], "Received: seed=-1"),
        (["--seed", str(2**32)], "Received: seed=4294967296"),
    ],
)
def test_train_with_what_can_not_be(no_network, ask, arguments, words):
    status, answer = ask("train", "dense_512", *arguments)
    assert status == 1
    assert list(answer) == ["error"]
    # `re.search` as `match=` does it: the words, in this order.
    with pytest.raises(ValueError, match=words):
        raise ValueError(answer["error"])
    assert not (no_network / "models").exists()


def test_train_of_an_unknown_recipe(no_network, ask):
    status, answer = ask("train", "pan")
    assert status == 1
    assert "no recipe 'pan'" in answer["error"]


@pytest.mark.parametrize(
    "arguments", [["train"], ["train", "pen", "--epochs", "x"], ["fly"], [], ["predict"]]
)
def test_wrong_usage_has_status_2(isolated, capsys, arguments):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "usage: python -m mnist_core" in captured.err


def test_train_number_reader(no_network, ask):
    status, answer = ask("train-number-reader", "--epochs", 1, "--numbers", 8, "--seed", 2)
    assert status == 0
    assert (answer["epochs"], answer["numbers"], answer["seed"]) == (1, 8, 2)
    assert answer["data"] == STAND_IN_NAME
    assert load_number_reader() is not None
    assert find_number_reader() == no_network / "models" / "number_reader"
    assert not list((no_network / "runs").glob("*"))  # nothing is left of the training


# --- crossval, tune, work, studies ----------------------------------------------------------

TINY = ["dense_512", "--epochs", "1", "--set", "units=8", "--set", "train_images=100"]


def test_crossval_then_work_then_studies(no_network, ask, capsys):
    status, answer = ask("crossval", *TINY, "--folds", "2")
    assert status == 0
    assert (answer["kind"], answer["places"], answer["finished"]) == ("crossval", 2, True)
    assert answer["study"].startswith("crossval-dense_512-")
    accuracies = [trial["accuracy"] for trial in answer["trials"]]
    assert answer["mean"] == pytest.approx(np.mean(accuracies))
    assert answer["standard_deviation"] == pytest.approx(np.std(accuracies, ddof=1))
    assert [len(trial["history"]["val_accuracy"]) for trial in answer["trials"]] == [1, 1]
    assert ask("crossval", *TINY, "--folds", "2") == (0, answer)  # nothing is trained again
    assert ask("work", answer["study"]) == (0, answer)
    assert ask("studies", answer["study"]) == (0, answer)
    assert ask("studies") == (0, {"studies": [answer]})
    assert main(["studies"]) == 0
    assert "2 of 2" in capsys.readouterr().out
    assert ask("studies", answer["study"], "--delete") == (0, {"deleted": answer["study"]})
    assert ask("studies") == (0, {"studies": []})


def test_a_study_in_the_background_from_the_command_line(no_network, ask, capsys, launches):
    status, answer = ask("crossval", *TINY, "--folds", "2", "--background")
    name = answer["study"]
    assert (status, launches.arguments) == (0, [name])
    assert (answer["working"], answer["filled"]) == (True, 0)
    assert main(["studies", name]) == 0
    assert "A process of this machine works on it" in capsys.readouterr().out
    assert ask("studies", name, "--delete")[0] == 1
    assert ask("studies", name, "--stop") == (0, {"stopping": name})
    assert (background.study_folder(name) / "stop").exists()


def test_tune_until_there_are_as_many_trials_as_wanted(no_network, ask, capsys, tmp_path):
    tune = ["tune", *TINY, "--search", "learning_rate=0.001..0.1", "--search", "optimizer=adam,sgd"]
    where = ["--study", "mine", "--storage", f"sqlite:///{tmp_path / 'new' / 'other.db'}"]
    status, answer = ask(*tune, *where, "--trials", "1")
    assert status == 0
    assert (answer["study"], answer["filled"], answer["finished"]) == ("mine", 1, True)
    status, answer = ask(*tune, *where, "--trials", "2")
    assert status == 0
    assert [trial["state"] for trial in answer["trials"]] == ["done", "done"]
    best = answer["best"]
    assert set(best["settings"]) == {"learning_rate", "optimizer"}
    assert answer["command"].startswith("python -m mnist_core train dense_512 --force --set ")
    assert f"learning_rate={best['settings']['learning_rate']}" in answer["command"]
    assert "validation_split=0.1" in answer["command"]
    assert not (no_network / "runs").exists()
    assert main([*tune, *where, "--trials", "2"]) == 0
    out = capsys.readouterr().out
    assert "2 of 2 trials are done" in out and answer["command"] in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["crossval", "pan"], "no recipe 'pan'"),
        (["crossval", *TINY, "--folds", "1"], "from 2 to .*Received: folds=1"),
        (["tune", *TINY, "--search", "units"], "KEY=LOW..HIGH.*Received: 'units'"),
        (["tune", *TINY, "--search", "units=9..3"], "LOW below HIGH.*Received: units=9..3"),
        (["tune", *TINY, "--trials", "0"], "Received: trials=0"),
        (["work", "nothing"], "no study 'nothing'.*none"),
        (["studies", "nothing"], "no study 'nothing'.*none"),
        (["studies", "--delete"], "needs the study's name"),
        (["studies", "--stop"], "needs the study's name"),
        (["studies", "nothing", "--stop"], "nothing to stop"),
        (["work", "nothing", "--background"], "no study 'nothing'"),
        (["studies", "--storage", "nowhere"], "nowhere can't be used.*sqlite:///"),
    ],
)
def test_studies_that_can_not_be(no_network, ask, arguments, words):
    status, answer = ask(*arguments)
    assert status == 1
    with pytest.raises(ValueError, match=words):
        raise ValueError(answer["error"])


# --- evaluate -----------------------------------------------------------------------------


def test_evaluate(trained, model, ask, stand_in):
    status, answer = ask("evaluate", model)
    assert status == 0
    assert {"model", "n", "loss", "accuracy", "confusion_matrix", "per_class"} <= set(answer)
    assert (answer["model"], answer["n"], answer["data"]) == (model, 297, STAND_IN_NAME)
    matrix = np.array(answer["confusion_matrix"])
    assert matrix.shape == (10, 10)
    assert matrix.sum(axis=1).tolist() == np.bincount(stand_in.y_test).tolist()
    assert answer["accuracy"] == matrix.trace() / 297
    assert [one["digit"] for one in answer["per_class"]] == list(range(10))
    assert {key for one in answer["per_class"] for key in one} == {
        "digit",
        "precision",
        "recall",
        "f1",
        "support",
    }
    # The same numbers as `train` found with the same pictures.
    assert answer["accuracy"] == trained[1]["accuracy"]
    assert answer["loss"] == pytest.approx(trained[1]["loss"], rel=1e-4)


def test_evaluate_for_people(model, capsys):
    assert main(["evaluate", model]) == 0
    out = capsys.readouterr().out
    assert "297 test images" in out and "rows are true, columns are predicted" in out


def test_evaluate_of_an_unknown_model(model, ask):
    status, answer = ask("evaluate", "pan")
    assert status == 1
    assert "no trained model 'pan'" in answer["error"] and model in answer["error"]


def test_errors_go_to_standard_error_too(no_network, capsys):
    assert main(["evaluate", "pan"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("Error: There is no trained model 'pan'")


# --- notebook -----------------------------------------------------------------------------


def test_notebook_of_a_recipe_with_changes(no_network, ask, tmp_path):
    path = tmp_path / "mine.ipynb"
    status, answer = ask("notebook", "dense_512", "--set", "units=77", "--output", path)
    assert (status, answer["path"]) == (0, str(path))
    book = json.loads(path.read_text())
    assert book["nbformat"] == 4 and len(book["cells"]) == answer["cells"]
    assert "units=77" in path.read_text()


def test_script_of_a_stored_network(model, ask, tmp_path):
    path = tmp_path / "mine.py"
    status, _ = ask("notebook", model, "--script", "--output", path)
    assert status == 0
    assert "units=16" in path.read_text() and "scikit-learn" in path.read_text()


def test_notebook_for_people_goes_to_this_folder(no_network, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert main(["notebook", "fast_cnn", "--script"]) == 0
    assert capsys.readouterr().out == "fast_cnn.py. Run it: python fast_cnn.py\n"
    assert (tmp_path / "fast_cnn.py").exists()


def test_notebook_of_what_is_not_there(no_network, ask):
    status, answer = ask("notebook", "nothing")
    assert status == 1 and "no recipe, model or run 'nothing'" in answer["error"]


# --- export -------------------------------------------------------------------------------


def test_export_writes_checked_files_programs_and_a_card(model, ask, tmp_path, stand_in):
    home = tmp_path / "new" / "folder"
    formats = ["--format", "litert", "--format", "onnx", "--format", "litert"]
    status, answer = ask("export", model, *formats, "--output", home)
    assert status == 0
    assert (answer["model"], answer["tolerance"]) == (model, 1e-4)
    assert [one["format"] for one in answer["files"]] == ["litert", "onnx"]
    for one in answer["files"]:
        assert (one["images"], one["data"]) == (len(stand_in.x_test), STAND_IN_NAME)
        assert one["difference"] <= 1e-4
    assert {path.name: path.stat().st_size for path in home.iterdir() if path.suffix != ".py"} == {
        f"{model}.tflite": answer["files"][0]["bytes"],
        f"{model}.onnx": answer["files"][1]["bytes"],
        f"{model}-card.md": (home / f"{model}-card.md").stat().st_size,
    }
    assert (home / f"{model}-card.md").read_text("utf-8").startswith(f"# {model}")
    for one in answer["files"]:
        compile((home / one["example"]).read_text("utf-8"), one["example"], "exec")


def test_export_writes_a_page_that_needs_no_server(model, ask, tmp_path):
    status, answer = ask("export", model, "--format", "html", "--output", tmp_path)
    assert status == 0
    (page,) = answer["files"]
    assert (page["format"], page["path"]) == ("html", str(tmp_path / f"{model}.html"))
    text = (tmp_path / f"{model}.html").read_text("utf-8")
    assert len(text.encode()) == page["bytes"]
    assert text.startswith("<!doctype html>") and not re.search(r"\b(src|href)=", text)


def test_export_for_people(model, capsys, tmp_path):
    assert main(["export", model, "--format", "litert", "--output", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert f"{model}.tflite" in told and "297 test images" in told and "card.md" in told


def test_export_of_an_unknown_model(model, ask):
    status, answer = ask("export", "nothing")
    assert status == 1
    assert "no trained model 'nothing'" in answer["error"] and model in answer["error"]


def test_export_to_where_nothing_can_be_written(model, ask, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    status, answer = ask("export", model, "--format", "litert", "--output", tmp_path / "file")
    assert status == 1
    assert "--output" in answer["error"]


# --- predict ------------------------------------------------------------------------------


def test_predict(model, ask, pictures):
    status, answer = ask("predict", pictures["one"], "--model", model)
    assert status == 0
    assert answer["model"] == model
    (one,) = answer["predictions"]
    assert set(one) == {
        "path",
        "digit",
        "confidence",
        "probabilities",
        "reason",
        "number",
        "pieces",
    }
    assert one["number"] == "".join(str(piece["digit"]) for piece in one["pieces"])
    for piece in one["pieces"]:
        left, top, right, bottom = piece["box"]
        assert left < right and top < bottom
    assert one["path"] == str(pictures["one"])
    assert one["reason"] is None
    assert len(one["probabilities"]) == 10
    assert sum(one["probabilities"]) == pytest.approx(1, abs=1e-4)
    assert one["digit"] == int(np.argmax(one["probabilities"]))
    assert one["confidence"] == pytest.approx(max(one["probabilities"]))


def test_predict_without_a_model_takes_one_that_is_there(model, ask, pictures):
    status, answer = ask("predict", pictures["one"])
    assert (status, answer["model"]) == (0, model)


def test_predict_with_no_model_anywhere(no_network, ask, pictures):
    status, answer = ask("predict", pictures["one"])
    assert status == 1
    assert "train pen" in answer["error"]


def test_empty_picture_has_a_reason_and_no_digit(model, ask, pictures):
    status, answer = ask("predict", pictures["empty"])
    assert status == 0
    assert answer["predictions"][0] == {
        "path": str(pictures["empty"]),
        "digit": None,
        "confidence": 0.0,
        "probabilities": [0.0] * 10,
        "reason": "empty",
        "number": "",
        "pieces": [],
    }


@pytest.mark.parametrize("bad", ["text", "nothing"])
def test_unreadable_picture_has_status_1_and_others_are_still_answered(model, ask, pictures, bad):
    status, answer = ask("predict", pictures["one"], pictures[bad], pictures["empty"])
    assert status == 1
    first, second, third = answer["predictions"]
    assert first["digit"] in range(10)
    assert second["path"] == str(pictures[bad])
    assert second["digit"] is None and second["probabilities"] == [0.0] * 10
    assert f"{bad}.png" in second["reason"]
    assert third["reason"] == "empty"


def test_predict_for_people(model, capsys, pictures):
    assert main(["predict", str(pictures["one"]), str(pictures["empty"])]) == 0
    # A narrow terminal folds the words.
    out = capsys.readouterr().out
    words = " ".join(out.split())
    assert "There is" in words and "yet." in words  # folded between the lines of the path


# --- other data ---------------------------------------------------------------------------


@pytest.fixture
def npz(isolated):
    """A file with three classes."""
    data = clothes()
    arrays = {name: getattr(data, name) for name in ARRAYS}
    np.savez(isolated / "clothes.npz", **arrays)
    return isolated / "clothes.npz"


def test_other_data_is_brought_in_shown_and_deleted(npz, no_network, ask, capsys):
    status, answer = ask("bring", npz, "--classes", "shirt,shoe,bag")
    assert status == 0
    assert (answer["name"], answer["from"], answer["train"]) == ("clothes", "clothes.npz", 300)
    assert answer["class_names"] == ["shirt", "shoe", "bag"]
    assert ask("data", "clothes")[1]["train_per_class"] == [101, 100, 99] + [0] * 7
    assert ask("data")[1]["brought_in"] == ["clothes"]
    assert main(["data", "clothes"]) == 0
    out = capsys.readouterr().out
    assert "1 shoe" in out and "Brought in: clothes" in out
    status, answer = ask("bring", npz)
    assert status == 1 and "already" in answer["error"]
    assert ask("data", "--delete")[0] == 1
    assert ask("data", "clothes", "--delete") == (0, {"deleted": "clothes"})
    status, answer = ask("data", "clothes")
    assert status == 1 and "There are: MNIST." in answer["error"]


def test_a_wrong_file_is_named(npz, ask):
    status, answer = ask("bring", npz, npz, "--name", "two")
    assert status == 1 and "clothes.npz" in answer["error"]
    npz.write_text("text")
    status, answer = ask("bring", npz)
    assert status == 1 and "clothes.npz is not an .npz" in answer["error"]
    assert not list((npz.parent / "runs" / "data").glob("*"))


def test_other_data_is_trained_on_and_evaluated(npz, no_network, ask, capsys):
    ask("bring", npz, "--classes", "shirt,shoe,bag")
    status, trained = ask(
        "train",
        "dense_512",
        "--data",
        "clothes",
        "--epochs=2",
        "--set=units=16",
        "--set=scale=true",
        "--batch-size=16",
    )
    assert status == 0
    assert (trained["data"], trained["n"], trained["published"]) == ("clothes", 100, "")
    assert trained["accuracy"] > 0.95
    status, answer = ask("evaluate", trained["model"])
    assert (answer["data"], answer["n"], answer["notes"]) == ("clothes", 100, [])
    assert answer["accuracy"] == trained["accuracy"]
    assert main(["evaluate", trained["model"]]) == 0
    assert "2 bag" in capsys.readouterr().out
    status, answer = ask("evaluate", trained["model"], "--data", "MNIST")
    assert answer["data"] == STAND_IN_NAME and "learned from clothes" in answer["notes"][-1]
    _, answer = ask(
        "crossval", "dense_512", "--data", "clothes", "--folds=2", "--epochs=1", "--set=units=8"
    )
    assert answer["data"]["name"] == "clothes" and answer["finished"]
    assert ask("work", answer["study"])[1]["finished"]
    ask("data", "clothes", "--delete")
    for arguments in (
        ["evaluate", trained["model"]],
        ["work", answer["study"]],
        ["train", "dense_512", "--data", "clothes"],
        ["runs", "start", "dense_512", "--data", "clothes"],
    ):
        status, refused = ask(*arguments)
        assert status == 1 and "There is no data set 'clothes'" in refused["error"]


def test_labels_that_are_likely_wrong(mnist, ask, capsys, monkeypatch):
    monkeypatch.setattr(data, "load_mnist", lambda **_: mnist)
    status, answer = ask("labels", "dense_512", "dropout_cnn", "--most", "3")
    assert status == 0
    assert (answer["data"], answer["split"], answer["n"]) == ("MNIST", "test", 10_000)
    for found in answer["findings"]:
        assert found["counts"]["likely"] >= len(found["likely"]) == 3
        first = found["likely"][0]
        assert first["label"] == mnist.y_test[first["image"]] != first["read_as"]
    assert answer["together"][0]["networks"] == 2
    assert main(["labels", "dense_512"]) == 0
    assert "confirmed by people" in capsys.readouterr().out
    status, answer = ask("labels", "pan")
    assert status == 1
    assert "pan" in answer["error"]


# --- help ---------------------------------------------------------------------------------


def commands():
    parser = build_parser()
    (actions,) = [
        action for action in parser._actions if isinstance(action, argparse._SubParsersAction)
    ]
    return actions


def test_the_commands_are_these():
    assert list(commands().choices) == [
        "data",
        "bring",
        "recipes",
        "train",
        "train-number-reader",
        "runs",
        "crossval",
        "tune",
        "work",
        "studies",
        "models",
        "evaluate",
        "export",
        "notebook",
        "predict",
        "labels",
        "share",
        "doctor",
    ]


def test_every_command_has_a_help_text():
    helps = {action.dest: action.help for action in commands()._choices_actions}
    for name, command in commands().choices.items():
        assert helps[name] and command.description
        assert "--json" in command.format_help()


def test_every_option_has_a_help_text():
    # A positional's name may speak for itself; an option's doesn't.
    for name, command in commands().choices.items():
        for action in command._actions:
            assert action.help or not action.option_strings, f"{name} {action.option_strings}"


@pytest.mark.parametrize("command", [[], *([name] for name in commands().choices)])
def test_help_is_printed(command, capsys):
    with pytest.raises(SystemExit) as caught:
        main([*command, "--help"])
    assert caught.value.code == 0
    assert "usage: python -m mnist_core" in capsys.readouterr().out


# --- runs ---------------------------------------------------------------------------------


@pytest.fixture
def no_process(isolated, launches):
    """Runs are asked for, but nobody works on them."""


def test_runs_are_started_listed_shown_and_stopped(no_process, ask):
    assert ask("runs") == (0, {"runs": []})
    status, started = ask("runs", "start", "dropout_cnn", "--epochs", "2", "--name", "mine")
    assert status == 0
    assert (started["name"], started["state"], started["recipe"]) == (
        "mine",
        "waiting",
        "dropout_cnn",
    )
    assert started["command"].endswith("--set epochs=2")
    assert [run["run"] for run in ask("runs")[1]["runs"]] == [started["run"]]
    assert ask("runs", "show", "mine")[1]["run"] == started["run"]
    assert ask("runs", "stop", "mine")[1]["done"] == "is asked to stop"
    status, answer = ask("runs", "delete", "mine")
    assert status == 1 and "stop it first" in answer["error"]
    assert ask("runs", "use", "mine")[0] == 1
    assert ask("runs", "resume", "mine")[0] == 1


def test_runs_are_renamed_deleted_and_restored(no_process, ask):
    from mnist_core.runs.runs import STATUS, RunStatus, open_run
    from mnist_core.system.records import write_record

    run = ask("runs", "start", "dense_512")[1]["run"]
    write_record(RunStatus(state="stopped"), open_run(run).folder / STATUS)
    assert ask("runs", "rename", run, "the best")[0] == 0
    assert ask("runs", "delete", "the best")[0] == 0
    assert ask("runs")[1]["runs"] == []
    assert ask("runs", "restore", run)[1]["name"] == "the best"
    assert ask("runs", "resume", "the best")[1]["done"] == "goes on"
    assert ask("runs", "show", "nothing")[0] == 1


def test_how_many_runs_train_at_once(no_process, ask):
    assert ask("runs", "limit")[1] == {"at_once": 1}
    assert ask("runs", "limit", 3)[1] == {"at_once": 3}
    assert ask("runs", "limit", 0)[0] == 1
    assert ask("runs", "limit")[1] == {"at_once": 3}


def test_runs_as_a_table(no_process, capsys):
    assert main(["runs", "start", "dense_512"]) == 0
    assert "waiting" in capsys.readouterr().out
    assert main(["runs"]) == 0
    assert "Dense 512 1" in " ".join(capsys.readouterr().out.split())


def test_a_recipe_is_saved_under_a_name(isolated, ask):
    status, answer = ask("recipes", "simple_cnn", "--set", "filters=9", "--save", "mine")
    assert status == 0
    assert answer["recipes"][0]["settings"]["conv2d_1.filters"] == 9
    assert "mine" in [recipe["name"] for recipe in ask("recipes")[1]["recipes"]]
    assert ask("recipes", "simple_cnn", "--save", "pen")[0] == 1


def test_the_training_of_a_run_as_a_notebook(no_process, ask, tmp_path):
    ask("runs", "start", "dense_512", "--set", "units=33", "--name", "mine")
    status, _ = ask("notebook", "mine", "--output", tmp_path / "mine.ipynb")
    assert status == 0 and "units=33" in (tmp_path / "mine.ipynb").read_text()


def test_the_network_of_a_run_is_exported_under_its_id(no_process, trained, ask, tmp_path):
    from mnist_core.runs.runs import MODEL, open_run

    run = ask("runs", "start", "dense_512", "--name", "my run")[1]["run"]
    status, answer = ask("export", "my run", "--format", "litert", "--output", tmp_path)
    assert status == 1 and "has no trained network yet" in answer["error"]
    folder, made = trained
    shutil.copytree(folder / made["model"], open_run(run).folder / MODEL)
    status, answer = ask("export", "my run", "--format", "litert", "--output", tmp_path)
    assert status == 0 and answer["model"] == run
    assert (tmp_path / f"{run}.tflite").stat().st_size == answer["files"][0]["bytes"]
    assert f"`python -m mnist_core export {run}`" in (tmp_path / f"{run}-card.md").read_text()


@pytest.mark.usefixtures("isolated")
def test_the_address_for_others_is_printed_with_a_code(capsys):
    assert main(["share", "--port", "9000", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert re.fullmatch(r"http://\d+\.\d+\.\d+\.\d+:9000", answer["address"])
    assert main(["share"]) == 0
    printed = capsys.readouterr().out
    assert "█" in printed and ":8501" in printed and "Visitors can draw" in printed
    assert is_owner_key(answer["owner"].split("?owner=")[1])
    assert not is_owner_key("") and not is_owner_key("guess")


def test_the_command_line_speaks_the_language_of_the_environment(no_network, monkeypatch, capsys):
    monkeypatch.setenv("LANGUAGE", "zh")
    with pytest.raises(SystemExit):
        main(["runs", "start", "--help"])
    shown = capsys.readouterr().out
    assert shown.startswith("用法：python -m mnist_core runs start")
    assert "在后台进程中训练一个配方" in shown  # a command
    assert "每步的图像数" in shown  # an option
    assert "显示这条帮助信息并退出" in shown  # argparse's own

    assert main(["data", "--delete", "--json"]) == 1
    shown = capsys.readouterr()
    assert json.loads(shown.out) == {"error": "`--delete` 需要数据的名称：`data NAME --delete`。"}
    assert shown.err == "错误：`--delete` 需要数据的名称：`data NAME --delete`。\n"


@pytest.mark.parametrize(
    ("language", "error"),
    [
        ("en", "error: argument --epochs: invalid int value: 'x'\n"),
        ("zh", "错误：参数 --epochs：无效的 int 值：'x'\n"),
    ],
)
def test_wrong_usage_is_told_in_the_language_of_the_environment(
    language, error, monkeypatch, capsys
):
    monkeypatch.setenv("LANGUAGE", language)
    with pytest.raises(SystemExit) as stop:
        main(["train", "dense_512", "--epochs", "x"])
    assert stop.value.code == 2 and capsys.readouterr().err.endswith(error)


def test_argparse_asks_for_the_listed_messages():
    source = " ".join(re.sub(r"'\s+'", "", inspect.getsource(argparse)).split())
    for message in argparse_texts.MESSAGES:
        forms = message.forms if isinstance(message, Plural) else (message.message,)
        assert all(form.replace("\n", "\\n").strip() in source for form in forms)


def test_the_answer_for_programs_is_the_same_in_each_language(no_network, monkeypatch, capsys):
    answers = []
    for language in ("en", "zh"):
        monkeypatch.setenv("LANGUAGE", language)
        assert main(["recipes", "dense_512", "--json"]) == 0
        answers.append(capsys.readouterr().out)
    assert answers[0] == answers[1]
