"""A model card says what is stored, and nothing of other data than the network's."""

import json
import re

import numpy as np
import pytest

from mnist_core import open_model
from mnist_core.i18n import speaking
from mnist_core.models.export_formats import FORMATS
from mnist_core.models.model_card import model_card
from mnist_core.models.snippets import snippet
from mnist_core.models.store import StoredModel
from mnist_core.recipes.builtin import RECIPES


@pytest.mark.parametrize("name", RECIPES)
def test_the_card_says_what_is_stored(name):
    model = open_model(name)
    text, evaluation = model_card(model), model.evaluation
    assert text.startswith(f"# {name}\n")
    assert [line for line in text.splitlines() if line.startswith("## ")] == [
        "## Layers",
        "## Training",
        "## Evaluation",
        "## Limits",
        "## Use",
    ]
    assert f"accuracy **{evaluation.accuracy:.2%}**" in text
    assert f"Parameters: {model.card['parameters']:,}." in text
    assert model.card["files"]["keras"]["sha256"] in text
    assert f"{model.card['data']['train_images']:,} images of MNIST" in text
    assert model.recipe.command() in text
    layers = [line for line in text.splitlines() if line.startswith(("| conv", "| d"))]
    for parameters in (line.split("|")[4] for line in layers):  # the arithmetic adds up
        if "=" in parameters:
            count, arithmetic = parameters.split("=")
            assert int(count.replace(",", "")) == eval(arithmetic.replace("x", "*"))
    for scores in evaluation.per_class:
        assert f"| {scores.digit} | {scores.precision:.2%} | {scores.recall:.2%} |" in text
    assert ("how likely the picture shows none" in text) == (name == "pen")
    assert ("probabilities were not calibrated" in text) == (
        not model.card["calibration"]["images"]
    )


def test_the_card_names_the_most_frequent_mistake():
    matrix = np.array(open_model("dense_512").evaluation.confusion_matrix)
    np.fill_diagonal(matrix, 0)
    match = re.search(
        r"most frequent mistakes: (\d) predicted as (\d) \((\d+) times",
        model_card(open_model("dense_512")),
    )
    true, predicted, count = map(int, match.groups())
    assert matrix[true, predicted] == count == matrix.max()


def with_data(model, **data):
    """The model with a card of other data."""
    card = json.loads(json.dumps(dict(model.card)))
    card["data"].update(data)
    return StoredModel(model.name, model.folder, card)


def test_a_network_of_other_data_has_their_names():
    names = [
        "T-shirt",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Boot",
    ]
    model = with_data(
        open_model("dense_512"), name="Fashion-MNIST", verified=False, class_names=names
    )
    assert list(model.class_names) == names
    text = model_card(model)
    assert "images of Fashion-MNIST" in text and "7 Sneaker" in text
    assert "Census" not in text and "handwritten" not in text
    assert repr(names) in snippet(model, FORMATS["onnx"])
    compile(snippet(model, FORMATS["onnx"]), "snippet", "exec")


def test_what_was_not_trained_on_mnist_says_so():
    model = with_data(open_model("dense_512"), name="small digits", verified=False)
    assert "It was not trained on MNIST but on small digits." in model_card(model)


@pytest.mark.parametrize("name", RECIPES)
def test_the_card_is_in_the_readers_language(name):
    model = open_model(name)
    english = model_card(model)
    with speaking("zh"):
        chinese = model_card(model)
    code = re.compile(r"`[^`]*`")
    assert code.findall(chinese) == code.findall(english)
    words = re.compile(r"[A-Za-z][a-z]+ [a-z]+ [a-z]+")  # three in a row are English
    assert words.search(code.sub("", english))
    assert words.findall(code.sub("", chinese)) == []
