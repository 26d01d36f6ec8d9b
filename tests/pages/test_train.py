"""The Train page: recipes are changed and refused in words, runs are listed, compared, used."""

import shutil
import time

import pytest

from mnist_core import get_recipe, list_runs, open_model
from mnist_core.recipes.saved import recipe_names
from mnist_core.runs import runs
from mnist_core.runs.preferences import read_preferences, save_preferences
from mnist_core.runs.runs import STATUS, RunStatus, open_run
from mnist_core.system.records import write_record
from tests.pages.test_pages import app, page_html


@pytest.fixture(autouse=True)
def folders(tmp_path, monkeypatch, launches):
    """Folders of the test's own; runs are asked for, but nobody works on them."""
    shutil.copytree(open_model("dense_512").folder.parent, tmp_path / "models")
    monkeypatch.setenv("MNIST_CORE_MODELS", str(tmp_path / "models"))
    return launches.folders


def train_page():
    at = app()
    at.switch_page("pages/train/page.py").run()
    assert not at.exception
    return at


def finished(recipe, model="dense_512", **status):
    """A run as it is when it is done, with a shipped network."""
    run = runs.start_run(recipe)
    shutil.copytree(open_model(model).folder, run.folder / "model")
    (run.folder / "history.csv").write_text(
        "epoch,accuracy,loss,val_accuracy,val_loss\n0,0.8,0.6,0.9,0.4\n1,0.95,0.2,0.94,0.25\n"
    )
    (run.folder / "batches.csv").write_text(
        "epoch,batch,loss,accuracy\n1,10,1.2,0.5\n1,20,0.6,0.8\n2,10,0.3,0.9\n2,20,0.2,0.95\n"
    )
    record = RunStatus(state="finished", share=1.0, batches=20, pid=1).changed(**status)
    write_record(record, run.folder / STATUS)
    run.task.started()
    return open_run(run.id)


def by_key(elements, start):
    return next(one for one in elements if one.key and one.key.startswith(start))


def test_a_first_visit_shows_a_network_and_no_runs():
    at = train_page()
    assert "No runs yet" in at.info[-1].value
    assert by_key(at.button, "start").disabled is False
    assert "Conv2D" in page_html(at) and "34,586" in " ".join(c.value for c in at.caption)
    assert any("Takes about" in caption.value for caption in at.caption)


@pytest.mark.parametrize("name", ["pen", "sigmoid_mlp", "simple_cnn", "dropout_cnn"])
def test_every_recipe_is_started_as_it_is_given(folders, name):
    at = train_page()
    at.selectbox(key="train_recipe").select(name).run()
    by_key(at.button, "start").click().run()
    assert not at.exception
    run = list_runs()[0]
    assert run.recipe == get_recipe(name)
    assert folders == [run.folder]
    assert run.name in [head.value for head in at.subheader]
    assert "Queued" in str(at.get("progress")[0].proto)


def test_changed_settings_and_layers_are_what_is_trained():
    at = train_page()
    at.selectbox(key="train_recipe").select("dropout_cnn").run()
    by_key(at.number_input, "set_epochs").set_value(2).run()
    by_key(at.number_input, "set_train_images").set_value(3000).run()
    by_key(at.selectbox, "set_optimizer").select("sgd").run()
    draft = at.session_state["draft"]
    by_key(at.number_input, f"layer_{draft.version}_0_filters").set_value(7).run()
    by_key(at.selectbox, f"layer_{draft.version}_0_activation").select("tanh").run()
    by_key(at.button, f"remove_{draft.version}_4").click().run()  # a dropout
    by_key(at.selectbox, "add_kind").select("BatchNormalization").run()
    by_key(at.button, "add_layer").click().run()
    assert not at.exception and not at.error
    by_key(at.button, "start").click().run()
    recipe = list_runs()[0].recipe
    assert (recipe.epochs, recipe.train_images, recipe.optimizer) == (2, 3000, "sgd")
    assert recipe.layers[0].settings == {"filters": 7, "kernel_size": 3, "activation": "tanh"}
    assert [one.kind for one in recipe.layers] == [
        "Conv2D",
        "MaxPooling2D",
        "Conv2D",
        "MaxPooling2D",
        "Flatten",
        "Dense",
        "Dropout",
        "BatchNormalization",
        "Dense",
    ]
    by_key(at.button, f"Up_{draft.version}_1").click().run()
    assert at.session_state["draft"].layers[0].kind == "MaxPooling2D"
    assert not at.exception


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("layer_V_1_pool_size", 30, "no pixel would be left"),
        ("layer_V_0_filters", 0, "integer from 1"),
        ("layer_V_6_units", 0, "integer from 1"),
        ("set_epochs", 0, "integer from 1"),
        ("set_batch_size", 0, "integer from 1"),
        ("layer_V_4_rate", 1.0, "below 1"),
    ],
)
def test_what_cannot_work_is_refused_in_words_and_not_started(setting, value, words):
    at = train_page()
    at.selectbox(key="train_recipe").select("dropout_cnn").run()
    key = setting.replace("V", str(at.session_state["draft"].version))
    by_key(at.number_input, key).set_value(value).run()
    assert not at.exception
    assert all(words in error.value for error in at.error) and at.error
    assert by_key(at.button, "start").disabled


def test_a_network_of_ones_own_is_saved_and_can_be_chosen():
    at = train_page()
    by_key(at.number_input, "set_epochs").set_value(7).run()
    at.text_input(key="save_name").set_value("mine").run()
    by_key(at.button, "save_recipe").click().run()
    assert not at.exception
    assert recipe_names()[-1] == "mine" and get_recipe("mine").epochs == 7
    at.run()
    at.selectbox(key="train_recipe").select("mine").run()
    by_key(at.button, "start").click().run()
    assert list_runs()[0].name == "mine 1"
    at.text_input(key="save_name").set_value("a b").run()
    by_key(at.button, "save_recipe").click().run()
    assert any("Choose another" in error.value for error in at.error)
    by_key(at.button, "forget_recipe").click().run()
    assert not at.exception
    assert "mine" not in recipe_names()


def test_a_finished_run_shows_its_result_and_curves():
    run = finished(get_recipe("dense_512"))
    at = train_page()
    assert run.name in [head.value for head in at.subheader]
    assert "97.97%" in page_html(at)
    charts = [one.key for one in at.get("bidi_component") if one.key.startswith("curve_")]
    assert len(charts) == 2
    assert by_key(at.slider, "smoothing").value == 0.6


@pytest.mark.parametrize(
    ("state", "words"),
    [("failed", "Failed"), ("stopped", "Stopped"), ("training", "Interrupted")],
)
def test_a_broken_run_says_what_happened_and_offers_to_go_on(folders, state, words):
    run = finished(get_recipe("dense_512"), state=state, share=0.5, message="The disk is full.")
    (run.folder / "log.txt").write_text("its last words")
    at = train_page()
    assert words in str(at.get("progress")[0].proto)
    if state != "stopped":
        assert "its last words" in [one.value for one in at.code]
    assert (state == "failed") == any("disk is full" in error.value for error in at.error)
    by_key(at.button, "Resume").click().run()
    assert not at.exception
    assert folders[-1] == run.folder and open_run(run.id).state == "waiting"
    by_key(at.button, "Stop").click().run()
    assert (run.folder / "stop").exists()
    assert "stopping" in str(at.get("progress")[0].proto)


def test_a_new_default_is_used_by_those_who_chose_nothing():
    undecided, decided = app(), app()
    decided.selectbox[0].select("sigmoid_mlp").run()
    used = runs.use_run(finished(get_recipe("dense_512")))
    for at in (undecided, decided):
        at.run()
        assert not at.exception
    assert undecided.selectbox[0].value == used.name == read_preferences().drawing_model
    assert decided.selectbox[0].value == "sigmoid_mlp"
    save_preferences(drawing_model="nothing")  # gone meanwhile
    assert undecided.run().selectbox[0].value == "pen"
    shutil.rmtree(open_model("sigmoid_mlp").folder)  # a chosen one too
    assert decided.run().selectbox[0].value == "pen"


def test_a_second_start_is_asked_about(folders):
    at = train_page()
    by_key(at.button, "start").click().run()
    assert len(list_runs()) == 1
    by_key(at.button, "start").click().run()
    assert not at.exception and len(list_runs()) == 1
    by_key(at.button, "start_another").click().run()
    assert not at.exception and len(list_runs()) == 2 and len(folders) == 2


def test_keras_defaults_can_be_changed_but_are_not_written_into_the_recipe():
    at = train_page()
    at.selectbox(key="train_recipe").select("simple_cnn").run()
    version = at.session_state["draft"].version
    by_key(at.button, "start").click().run()
    assert list_runs()[0].recipe == get_recipe("simple_cnn")
    by_key(at.selectbox, f"layer_{version}_0_activation").select("relu").run()
    by_key(at.selectbox, f"layer_{version}_0_kernel_initializer").select("he_normal").run()
    by_key(at.button, "start").click().run()
    by_key(at.button, "start_another").click().run()
    assert not at.exception
    run = max(list_runs(), key=lambda run: run.created)
    changed = run.recipe.layers[0].settings
    assert (changed["activation"], changed["kernel_initializer"]) == ("relu", "he_normal")
    by_key(at.button, "reset_recipe").click().run()
    draft = at.session_state["draft"]
    assert draft.layers[0].settings == get_recipe("simple_cnn").layers[0].settings


def test_another_run_is_chosen_put_to_use_and_deleted_without_the_table():
    first, second = finished(get_recipe("dense_512")), finished(get_recipe("dense_512"))
    at = train_page()
    assert second.name in [head.value for head in at.subheader]
    assert list(at.selectbox(key="run_shown").options) == [
        "Dense 512 2 · finished",
        "Dense 512 1 · finished",
    ]
    at.selectbox(key="run_shown").select(first.id).run()
    assert first.name in [head.value for head in at.subheader]
    by_key(at.button, f"use_{first.id}").click().run()
    assert not at.exception
    assert at.title[0].value == "Draw a digit"  # the button leads there
    used = at.session_state["model"]  # of this session alone
    assert open_model(used).card["run"] == first.id
    assert read_preferences().drawing_model is None
    at.switch_page("pages/train/page.py").run()
    by_key(at.button, f"everybody_{first.id}_set").click().run()
    assert not at.exception and read_preferences().drawing_model == used
    by_key(at.button, f"everybody_{first.id}_reset").click().run()
    assert not at.exception and read_preferences().drawing_model is None
    by_key(at.button, f"delete_{first.id}").click().run()
    assert not at.exception
    assert [run.id for run in list_runs()] == [second.id]
    assert second.name in [head.value for head in at.subheader]
    by_key(at.button, "undo_delete").click().run()
    assert len(list_runs()) == 2


def test_the_settings_of_compared_runs_have_the_differing_ones_first():
    from pages.train.runs_table import settings_rows, table

    first = finished(get_recipe("dense_512"))
    time.sleep(0.01)
    second = finished(get_recipe("dense_512").with_settings({"epochs": 9}), "sigmoid_mlp")
    rows = settings_rows([first, second])
    differing = [title for title, values in rows if len(set(values)) > 1]
    training = [f"Training {metric}, last epoch" for metric in ("accuracy", "loss")]
    assert differing == [
        "Test accuracy",
        "Test loss",
        *training,
        "Training time",
        "Parameters",
        "Epochs",
    ]
    assert [title for title, _ in rows[: len(differing)]] == differing
    shown = table([second, first])
    assert list(shown["Changes"]) == ["Epochs 9", "none"]
    assert shown["Test accuracy"][1] == pytest.approx(97.97)


def test_how_many_train_at_once_is_kept():
    at = train_page()
    at.number_input(key="at_once").set_value(3).run()
    assert not at.exception
    assert read_preferences().at_once == 3


def test_a_run_is_downloaded_as_a_program():
    finished(get_recipe("dense_512"))
    names = [button.proto.label for button in train_page().get("download_button")]
    assert "Notebook" in names and "Script" in names


def form(at, name):
    at.selectbox(key="train_recipe").select(name).run()
    assert not at.exception


def test_what_to_validate_on():
    at = train_page()
    form(at, "dense_512")
    where = by_key(at.selectbox, "set_validation")
    assert where.value == "nothing"
    where.select("share").run()
    assert by_key(at.number_input, "set_validation_split").value == 0.1
    by_key(at.selectbox, "set_validation").select("test").run()
    assert any("Validated on the test images" in one.value for one in at.warning)
    by_key(at.button, "start").click().run()
    assert list_runs()[0].recipe == get_recipe("dense_512").with_settings({"validation": "test"})
    assert any("Choose nothing by that curve" in one.value for one in at.warning)
    by_key(at.number_input, "set_early_stopping").set_value(2).run()
    assert any("best epoch by the test set" in error.value for error in at.error)


def test_every_setting_that_the_tutorials_speak_of():
    at = train_page()
    form(at, "simple_cnn")
    version = at.session_state["draft"].version
    by_key(at.selectbox, f"layer_{version}_0_activation").select("relu")
    by_key(at.selectbox, f"layer_{version}_0_kernel_initializer").select("he_normal")
    by_key(at.selectbox, f"layer_{version}_0_kernel_regularizer").select("l2")
    by_key(at.checkbox, f"layer_{version}_0_use_bias").uncheck()
    by_key(at.selectbox, f"layer_{version}_1_kind").select("AveragePooling2D")
    by_key(at.number_input, f"layer_{version}_1_strides").set_value(1)
    by_key(at.selectbox, "set_optimizer").select("rmsprop")
    by_key(at.number_input, "set_learning_rate").set_value(0.002)
    by_key(at.selectbox, "set_schedule").select("step")
    by_key(at.selectbox, "set_loss").select("mean_squared_error")
    at.run()
    by_key(at.number_input, f"layer_{version}_0_regularizer_strength").set_value(0.002)
    by_key(at.slider, "set_momentum").set_value(0.5).run()
    at.run()  # once more, now that the setting has the strength in it
    by_key(at.button, "start").click().run()
    assert not at.exception
    recipe = list_runs()[0].recipe
    convolution, pooling = recipe.layers[:2]
    assert dict(convolution.settings) == {
        "filters": 28,
        "kernel_size": 3,
        "activation": "relu",
        "kernel_initializer": "he_normal",
        "kernel_regularizer": {"class_name": "L2", "config": {"l2": 0.002}},
        "use_bias": False,
    }
    assert (pooling.kind, pooling.settings["strides"]) == ("AveragePooling2D", 1)
    assert (recipe.schedule, recipe.loss) == ("step", "mean_squared_error")
    assert recipe.optimizer_settings == {"momentum": 0.5}


def test_training_beside_test_and_the_epochs_as_keras_prints_them():
    finished(get_recipe("dense_512"))
    at = train_page()
    facts = page_html(at)
    model = open_model("dense_512")
    assert "training accuracy, last epoch" in facts and "test loss" in facts
    assert f"{model.card['history']['loss'][-1]:.4f}" in facts
    log = next(one.value for one in at.code if one.value.startswith("Epoch 1/5"))
    assert "20/20 - accuracy: 0.8000 - loss: 0.6000 - val_accuracy: 0.9000" in log
