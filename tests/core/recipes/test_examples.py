"""Every short program that a page shows is run, and gives what the page shows."""

import io
import re
import tokenize

import numpy as np
import pytest

from mnist_core import open_model
from mnist_core.data.exploration import arrange_rows, ink_and_slant, unusualness
from mnist_core.i18n import speaking
from mnist_core.inside.attribution import saliency
from mnist_core.models.export_formats import FORMATS
from mnist_core.models.snippets import snippet
from mnist_core.recipes import examples
from mnist_core.review.answers import ORDERS, answers_from, select_answers

FILE = "dense_512.keras"


@pytest.fixture
def run(digits, run_program, tmp_path):
    """Run a program beside a network's file; gives its names and figures."""
    (tmp_path / FILE).write_bytes(open_model("dense_512").read("keras"))
    (tmp_path / "fast_cnn.keras").write_bytes(open_model("fast_cnn").read("keras"))
    return run_program((digits.x_train, digits.y_train), (digits.x_test, digits.y_test))


@pytest.mark.parametrize("order", ["index", "random", "typical", "unusual"])
def test_browse(run, digits, order):
    names = run(examples.browse_example(None, "test", [3, 8], order, seed=4))
    assert len(names["figures"]) == 1
    unusual = unusualness(digits.x_test, digits.y_test)
    rows = arrange_rows(digits.y_test, [3, 8], order, seed=4, unusual=unusual)
    if order in ("typical", "unusual"):  # equally unusual images in any order
        assert np.allclose(unusual[names["rows"]], unusual[rows])
    else:
        assert names["rows"].tolist() == rows.tolist()


def test_all_labels_of_imported_data(run, digits, tmp_path):
    (tmp_path / "clothes").mkdir()
    for name in ("x_train", "y_train", "x_test", "y_test"):
        np.save(tmp_path / "clothes" / f"{name}.npy", getattr(digits, name)[:50])
    assert len(run(examples.browse_example("clothes"))["rows"]) == 50


def test_one_image(run, digits, capsys):
    names = run(examples.image_example(None, "test", 7))
    assert np.array_equal(names["image"], digits.x_test[7])
    assert f"label {digits.y_test[7]}" in capsys.readouterr().out


def test_statistics(run, digits, capsys):
    names = run(examples.classes_example())
    assert names["means"].shape == (10, 28, 28)
    assert "x_train (1500, 28, 28) uint8" in capsys.readouterr().out
    names = run(examples.gray_example(threshold=200))
    assert names["counts"].sum() == 1500 * 784
    names = run(examples.ink_example())
    ink, slant = ink_and_slant(digits.x_train[:1000])
    assert np.allclose(names["ink"][:1000], ink) and np.allclose(names["slants"], slant)
    run(examples.splits_example(share=0.2, folds=3))
    assert "training (1200, 28, 28) validation (300, 28, 28)" in capsys.readouterr().out


@pytest.mark.parametrize("tsne", [False, True])
def test_map(run, tsne):
    assert run(examples.map_example(count=50, tsne=tsne))["places"].shape == (50, 2)


def test_augmentation_changes_each_copy(run, digits):
    changed = run(examples.augmentation_example(index=3))["changed"]
    assert changed.shape == (20, 28, 28)
    assert len({image.tobytes() for image in changed}) == 20


def test_evaluation(run, digits):
    names = run(examples.evaluation_example(FILE))
    assert names["confusion"].sum() == len(digits.y_test)
    assert names["accuracy"] == pytest.approx(np.trace(names["confusion"]) / len(digits.y_test))


@pytest.mark.parametrize("order", ORDERS)
def test_mistakes(run, digits, order):
    last = len(digits.y_test)
    names = run(examples.mistakes_example(FILE, rows=("test", 10, last), high=0.9, order=order))
    answers = answers_from(names["probabilities"], digits.y_test[10:])
    ours = select_answers(answers, high=0.9, order=order)
    assert len(ours) > 3 and names["found"].tolist() == ours.tolist()


def test_images_that_no_filter_leaves_out(run, digits):
    last = len(digits.y_train)
    names = run(examples.mistakes_example(FILE, rows=("train", 0, last), wrong=False))
    assert len(names["found"]) == last
    names = run(examples.mistakes_example(FILE, rows=("train", 0, last), label=3, predicted=5))
    assert (digits.y_train[names["found"]] == 3).all()


def test_label_errors(run, digits):
    names = run(examples.label_errors_example(FILE))
    assert (names["predicted"][names["likely"]] != digits.y_test[names["likely"]]).all()


def test_layers_of_a_network(run, digits, capsys):
    run(examples.structure_example("fast_cnn.keras"))
    assert "conv2d_1" in capsys.readouterr().out
    names = run(examples.layer_example("fast_cnn.keras", "conv2d_1", unit=5, index=2))
    assert names["output"].shape == (24, 24, 16)
    names = run(examples.layer_example("fast_cnn.keras", "output", unit=5, index=2))
    assert names["output"].shape == (10,)
    run(examples.flow_example("fast_cnn.keras"))
    assert "maxpooling2d_1 (12, 12, 16)" in capsys.readouterr().out


def test_saliency_is_what_see_inside_shows(run, digits):
    names = run(examples.saliency_example("fast_cnn.keras", digit=4, index=9))
    ours = saliency(open_model("fast_cnn"), digits.x_test[9:10], 4)[0]
    assert np.allclose(names["saliency"], ours, atol=1e-5)


PROGRAMS = {
    "browse": lambda: examples.browse_example(order="unusual"),
    "ink": examples.ink_example,
    "splits": examples.splits_example,
    "map": examples.map_example,
    "label errors": lambda: examples.label_errors_example(FILE),
    "augmentation": examples.augmentation_example,
    "mistakes": lambda: examples.mistakes_example(FILE),
    "layer": lambda: examples.layer_example(FILE, "dense_1"),
    "flow": lambda: examples.flow_example(FILE),
    "saliency": lambda: examples.saliency_example(FILE),
    **{name: lambda form=form: snippet(open_model("pen"), form) for name, form in FORMATS.items()},
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_comments_are_in_the_reader_s_language_and_the_code_is_the_same(name):
    def parts(program):
        tokens = list(tokenize.generate_tokens(io.StringIO(program).readline))
        words = [t.string for t in tokens if t.type == tokenize.COMMENT or t.string[:3] == '"""']
        return words, [t.string for t in tokens if t.string not in words]

    english_words, english_code = parts(PROGRAMS[name]())
    with speaking("zh"):
        words, code = parts(PROGRAMS[name]())
    assert code == english_code
    assert len(words) == len(english_words) > 0
    assert [word for word in words if not re.search("[一-鿿]", word)] == []
