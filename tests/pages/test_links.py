"""Links that open a page in a given state; what makes no sense is said as it was typed."""

from urllib.parse import parse_qs

import pytest

from mnist_core import get_recipe
from mnist_core.errors import RecipeError
from mnist_core.recipes.builtin import RECIPES
from mnist_core.recipes.command import recipe_from_link, recipe_link
from tests.pages.test_pages import app


@pytest.fixture(autouse=True)
def folders(tmp_path, monkeypatch):
    monkeypatch.setenv("MNIST_CORE_RUNS", str(tmp_path))


def page(name, **query):
    at = app()
    at.switch_page(f"pages/{name}/page.py")
    for key, value in query.items():
        at.query_params[key] = value
    at.run()
    assert not at.exception
    return at


def by_key(elements, start):
    return next(one for one in elements if one.key and one.key.startswith(start))


def warnings(at):
    return " ".join(one.value for one in at.warning)


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES.keys())
def test_a_link_gives_the_recipe_that_it_was_made_of(recipe):
    changed = recipe.with_settings({"epochs": 7, "loss": "mean_squared_error", "scale": False})
    assert recipe_from_link(parse_qs(recipe_link(changed))) == changed
    layers = [{"kind": "Flatten"}, {"kind": "Dense", "units": 9}]
    changed = changed.with_settings({"layers": layers})
    assert recipe_from_link(parse_qs(recipe_link(changed))) == changed


@pytest.mark.parametrize(
    "query",
    ["recipe=nothing", "set=units", "recipe=pen&epochs=-1", "set=nothing%3D1", "seed=one"],
)
def test_a_link_that_makes_no_sense_is_refused(query):
    with pytest.raises(RecipeError):
        recipe_from_link(parse_qs(query))


def test_train_opens_with_a_recipe_and_settings():
    at = page("train", recipe="dense_512", set=["units=256", "optimizer=adam"], epochs="3")
    assert at.selectbox(key="train_recipe").value == "dense_512"
    assert by_key(at.number_input, "set_epochs").value == 3
    assert by_key(at.selectbox, "set_optimizer").value == "adam"
    by_key(at.number_input, "set_batch_size").set_value(64).run()
    assert by_key(at.number_input, "set_epochs").value == 3  # the link is taken once
    (link,) = [one.value for one in at.code if "?recipe=" in one.value]
    expected = get_recipe("dense_512").with_settings(
        {"units": 256, "optimizer": "adam", "epochs": 3, "batch_size": 64}
    )
    assert recipe_from_link(parse_qs(link.partition("?")[2])) == expected
    by_key(at.button, "reset_recipe").click().run()
    assert by_key(at.number_input, "set_epochs").value == 5
    assert not at.exception


def test_train_opens_with_more_than_its_controls_reach():
    at = page("train", recipe="dense_512", set=["units=9000", "epochs=2000"])
    assert by_key(at.number_input, "set_epochs").value == 2000
    assert not at.exception


def test_train_says_what_is_wrong_with_a_link():
    at = page("train", recipe="*mine*", data="clothes")
    assert r"\*mine\*" in warnings(at) and "clothes" in warnings(at)
    assert at.selectbox(key="train_recipe").value == "fast_cnn"


def test_studies_opens_with_a_kind_a_recipe_and_a_number():
    at = page("studies", kind="tune", recipe="simple_cnn", trials="7")
    assert at.segmented_control(key="study_kind").value == "tune"
    assert at.selectbox(key="study_recipe").value == "simple_cnn"
    assert at.number_input(key="study_trials").value == 7
    at = page("studies", kind="crossval", folds="3", recipe="nothing")
    assert at.number_input(key="study_folds").value == 3
    assert "the recipe" in warnings(at) and "nothing" in warnings(at)
    assert at.selectbox(key="study_recipe").value == "dense_512"


def test_networks_opens_with_one_and_the_address_follows():
    at = page("networks", network="simple_cnn")
    assert at.selectbox(key="look_at").value == "simple_cnn"
    at.selectbox(key="look_at").select("pen").run()
    assert at.query_params["network"] in ("pen", ["pen"])
    at.selectbox(key="look_at").select("fast_cnn").run()
    assert at.selectbox(key="look_at").value == "fast_cnn"
    assert "isn't here" in warnings(page("networks", network="other"))


def test_draw_opens_with_a_network_and_a_test_image():
    at = page("draw", network="dense_512", image="5")
    assert at.segmented_control[0].value == "Data set"
    assert at.selectbox[0].value == "dense_512"
    assert any("Test image 5 of" in one.value for one in at.markdown)
    at.segmented_control[0].select("Draw").run()
    assert at.segmented_control[0].value == "Draw"
    at = page("draw", network="other", image="70000")
    assert "'other'" in warnings(at) and "'70000'" in warnings(at)
