"""The Dataset page: its sections, its links, and what it says where something is missing."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from mnist_core.data.dataset import STAND_IN_NAME
from mnist_core.recipes.augment import PenSettings
from tests.conftest import mnist_path

ROOT = Path(__file__).parents[2]


@pytest.fixture
def with_mnist():
    if mnist_path() is None:
        pytest.skip("MNIST isn't here; `python -m mnist_core data --download` gets it (11 MB)")


def dataset_page(**query):
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    at.switch_page("pages/dataset/page.py")
    for name, value in query.items():
        at.query_params[name] = value
    return shown(at.run())


def shown(at):
    assert not at.exception, at.exception[0].stack_trace
    return at


def sections(at):
    return at.segmented_control(key="explore_section")


def words(at):
    return " ".join(block.value for kind in (at.markdown, at.caption) for block in kind)


def test_browse_says_how_many_there_are_and_filters_them(with_mnist):
    at = dataset_page()
    assert sections(at).value == "Browse"
    assert "60,000 images" in words(at)
    at.segmented_control(key="browse_split").select("test")
    shown(at.run())
    assert "10,000 images" in words(at)
    at.button_group(key="browse_classes").select(3)
    shown(at.run())
    assert "1,010 images" in words(at)  # threes in the test set
    at.selectbox(key="browse_order").select("unusual")
    shown(at.run())
    at.selectbox(key="browse_order").select("random")
    shown(at.run())
    at.number_input(key="browse_seed").set_value(5)
    shown(at.run())
    assert "1,010 images" in words(at)


@pytest.mark.parametrize(("split", "index", "label"), [("train", 7777, 8), ("test", 4444, 9)])
def test_a_link_opens_the_tutorials_examples(with_mnist, split, index, label):
    at = dataset_page(split=split, index=str(index))
    assert sections(at).value == "One image"
    kind = "Training" if split == "train" else "Test"
    assert at.subheader[0].value == f"{kind} image {index:,}, label {label}"
    vector = ["0"] * 10
    vector[label] = "**1**"
    assert f"[{', '.join(vector)}]" in words(at)
    assert f"predicts **{label}**" in words(at)


@pytest.mark.parametrize("index", ["10000", "-1", "x", "7" * 50])
def test_a_link_to_no_image_is_answered_in_words(with_mnist, index):
    at = dataset_page(split="test", index=index)
    assert "There is no image" in at.warning[0].value
    assert "Expected 0 to 9,999" in at.warning[0].value


def test_an_example_is_one_click_away_and_the_address_follows(with_mnist):
    at = dataset_page(section="One image")
    at.button(key="example_test").click()
    shown(at.run())
    assert at.subheader[0].value == "Test image 4,444, label 9"
    assert at.query_params["split"] == "test"
    assert at.query_params["index"] == "4444"


def test_next_goes_through_what_was_chosen_under_browse(with_mnist):
    at = dataset_page()
    at.segmented_control(key="browse_split").select("test")
    at.button_group(key="browse_classes").select(9)
    shown(at.run())
    sections(at).select("One image")
    shown(at.run())
    at.button(key="example_test").click()
    shown(at.run())
    following = next(button for button in at.button if button.label == "Next")
    following.click()
    shown(at.run())
    assert at.subheader[0].value.endswith("label 9")
    assert at.subheader[0].value != "Test image 4,444, label 9"
    assert "of 1,009 in Browse" in words(at)


def test_a_training_image_is_put_on_the_draw_page(with_mnist):
    at = dataset_page(split="train", index="7777")
    next(b for b in at.button if b.label == "Open on the Draw page").click()
    shown(at.run())
    assert "Training image 7,777, label 8" in words(at)
    assert 'data-digit="8"' in " ".join(block.body for block in at.get("html"))
    shown(at.switch_page("pages/draw/page.py").run())
    assert "Training image 7,777, label 8" in words(at)
    next(b for b in at.button if b.label == "Another one").click()
    shown(at.run())
    assert "Its label says" in words(at)


def test_an_image_is_looked_at_inside_a_network(with_mnist):
    at = dataset_page(split="train", index="7777")
    next(b for b in at.button if b.label == "See inside").click()
    shown(at.run())
    assert "Training image 7,777, label 8, of MNIST." in words(at)


def test_every_part_of_the_whole_set_is_shown(with_mnist):
    at = dataset_page(section="The whole set")
    for name, heading in (
        ("Classes", "Mean of each class"),
        ("Gray levels", "What gray means"),
        ("Ink and slant", "Slant"),
        ("Splits and folds", "Folds"),
    ):
        at.segmented_control(key="whole_part").select(name)
        shown(at.run())
        assert heading in [head.value for head in at.subheader]
    at.slider(key="whole_folds").set_value(3)
    shown(at.run())
    at.slider(key="whole_share").set_value(0.25)
    shown(at.run())
    assert "validation (15,000)" in " ".join(block.body for block in at.get("html"))


def test_the_augmentation_preview_is_the_recipes_and_goes_back_to_it(with_mnist):
    at = dataset_page(section="Augmentation", split="train", index="3")
    slider = at.slider(key="augment_rotate")
    assert slider.value == PenSettings().rotate
    slider.set_value(30.0)
    shown(at.run())
    assert at.slider(key="augment_rotate").value == 30
    next(b for b in at.button if b.label == "Reset to the recipe").click()
    shown(at.run())
    assert at.slider(key="augment_rotate").value == PenSettings().rotate


def test_without_mnist_the_stand_in_is_explored(tmp_path, monkeypatch):
    monkeypatch.delenv("MNIST_CORE_DATA", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    at = dataset_page()
    assert "MNIST is not on this machine yet" in words(at)
    assert f"**{STAND_IN_NAME}**: 1,797 images" in words(at)
    for section in ("One image", "The whole set", "Augmentation"):
        sections(at).select(section)
        shown(at.run())


def test_other_pages_do_not_lose_the_choices(with_mnist):
    at = dataset_page()
    at.segmented_control(key="browse_split").select("test")
    shown(at.run())
    shown(at.switch_page("pages/draw/page.py").run())
    shown(at.switch_page("pages/dataset/page.py").run())
    assert at.segmented_control(key="browse_split").value == "test"


def test_statistics_say_the_shape_and_dtype_of_every_array(with_mnist):
    at = dataset_page(section="The whole set")
    table = " ".join(block.body for block in at.get("html"))
    for words in (
        "(60000, 28, 28) uint8; (60000,) uint8",
        "(60000, 784) float32",
        "(10000, 28, 28, 1) float32",
        "(60000, 10) float32",
    ):
        assert words in table
