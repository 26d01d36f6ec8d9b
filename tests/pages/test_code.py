"""The code under a page: with the settings that the page has, and nothing of this project."""

import pytest

from mnist_core.system import tensorflow_process as outside
from tests.pages.test_pages import app


@pytest.fixture(scope="module", autouse=True)
def _end_outside():
    yield
    outside.close()


def page(name, **query):
    at = app()
    for key, value in query.items():
        at.query_params[key] = value
    at.switch_page(f"pages/{name}/page.py").run()
    assert not at.exception
    return at


def the_code(at):
    (code,) = [one.value for one in at.code if one.language == "python"]
    compile(code, "code.py", "exec")
    assert "mnist_core" not in code
    assert "Show the code" in [fold.label for fold in at.expander]
    return code


def test_train_shows_the_program_of_the_form():
    at = page("train")
    at.selectbox(key="train_recipe").select("dense_512").run()
    next(one for one in at.number_input if one.key.startswith("set_epochs")).set_value(3).run()
    code = the_code(at)
    assert "epochs=3" in code and "units=512" in code
    assert {"Notebook", "Script"} <= {one.proto.label for one in at.get("download_button")}


def test_networks_evaluates_the_chosen_one():
    at = page("networks")
    at.selectbox(key="look_at").select("dense_512").run()
    assert 'load_model("dense_512.keras")' in the_code(at)


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ("Browse", "isin"),
        ("One image", "x_train[7777]"),
        ("The whole set", "means"),
        ("Map", "svd"),
        ("Label errors", "thresholds"),
        ("Augmentation", "RandomRotation"),
    ],
)
def test_each_section_of_the_dataset_page(section, words):
    at = page("dataset")
    at.segmented_control(key="explore_section").select(section).run()
    assert not at.exception
    if section == "Browse":
        at.button_group(key="browse_classes").select(3)
        at.run()
    assert words in the_code(at)


@pytest.mark.parametrize(
    ("part", "words"),
    [("Gray levels", ">= 128"), ("Ink and slant", "slant"), ("Splits and folds", "folds")],
)
def test_each_statistic_of_the_dataset_page(part, words):
    at = page("dataset")
    at.segmented_control(key="explore_section").select("The whole set").run()
    at.segmented_control(key="whole_part").select(part).run()
    assert not at.exception
    assert words.replace("folds", "StratifiedKFold(5") in the_code(at)


def test_mistakes_finds_what_the_view_looks_for():
    code = the_code(page("mistakes", network="dense_512", label="4", predicted="9", high="80"))
    assert "labels == 4" in code and "predicted == 9" in code and "confidence <= 0.8" in code
    assert "x_test[0:10000]" in code


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ("structure", "weight.path"),
        ("flow", "for layer in network.layers"),
        ("layer", 'get_layer("conv2d_1")'),
        ("why", "GradientTape"),
    ],
)
def test_see_inside(section, words):
    query = {"model": "fast_cnn", "section": section, "image": "5"}
    code = the_code(
        page("inside", **query, **({"layer": "conv2d_1"} if section == "layer" else {}))
    )
    assert words in code and 'load_model("fast_cnn.keras")' in code
    if section != "structure":
        assert "x_test[[5]]" in code
