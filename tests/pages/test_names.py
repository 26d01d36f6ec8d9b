"""Names that people choose are shown as they were typed, on every page."""

import ast
import dataclasses
import re
import shutil
import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from mnist_core import get_recipe, open_model
from mnist_core.data.collection import store_data
from mnist_core.inside.diagram import structure_svg
from mnist_core.models.layers import LayerNetwork
from mnist_core.models.store import copy_model
from mnist_core.recipes.saved import save_recipe
from mnist_core.runs import runs
from mnist_core.system import tensorflow_process
from tests import sections
from tests.core.data.test_collection import clothes
from tests.pages.test_train import finished

ROOT = Path(__file__).parents[2]
FOREIGN = "<b>![p](http://e/x.png)</b>"  # what may be called anything: classes, runs
PLAIN = "__a__"  # what has to be letters, digits, dots, ...: data sets, recipes, networks
RECIPE = "a__b__c"
CLASSES = (f"{FOREIGN} :violet[0]", "**one**", "_two_")
RAW = re.compile(r"(?<!\\)(!\[p|\[p\]|<b>|\*\*one\*\*|__a__|:violet|_two_)")  # not escaped
CARD = "#### "  # the model card: Markdown that `mnist_core` has written
CODE = re.compile(r"`[^`]+`")  # where Markdown takes nothing


@pytest.fixture(autouse=True)
def _end_process():
    yield
    tensorflow_process.close()


@pytest.fixture(autouse=True)
def names(tmp_path, monkeypatch, launches):
    """A data set, networks, runs and a recipe with names that Markdown or HTML would take."""
    shutil.copytree(open_model("dense_512").folder, tmp_path / "models" / "dense_512")
    monkeypatch.setenv("MNIST_CORE_MODELS", str(tmp_path / "models"))
    store_data(dataclasses.replace(clothes(PLAIN), class_names=CLASSES))
    model = open_model("dense_512")
    card = {
        **model.card["data"],
        "name": PLAIN,
        "verified": False,
        "class_names": list(CLASSES),
    }
    copy_model(model, PLAIN, {"data": card})
    for number in range(2):
        runs.rename_run(finished(get_recipe("dense_512")), f"{FOREIGN} {number}")
    runs.rename_run(runs.start_run(get_recipe("dense_512"), data=PLAIN), FOREIGN)
    save_recipe(get_recipe("dense_512"), RECIPE)


def visit(at, page):
    at.switch_page(f"pages/{page}/page.py").run()
    deadline = time.monotonic() + 60
    while any("is classifying" in bar.proto.text for bar in at.get("progress")):
        assert time.monotonic() < deadline
        time.sleep(0.1)
        at.run()
    assert not at.exception, at.exception[0].stack_trace
    return at


def markdown(at):
    """All that Streamlit takes for Markdown on the page."""
    for kind in ("markdown", "caption", "error", "warning", "info", "success", "toast"):
        yield from (block.value for block in getattr(at, kind))
    for kind in ("title", "header", "subheader"):
        yield from (block.value for block in getattr(at, kind))
    for kind in ("button", "checkbox", "toggle", "slider", "selectbox", "text_input", "radio"):
        yield from (widget.label for widget in getattr(at, kind))
    for kind in ("segmented_control", "pills", "radio"):
        yield from (option for widget in getattr(at, kind, ()) for option in widget.options)
    yield from (bar.proto.text for bar in at.get("progress"))
    yield from (block.label for block in at.expander)


def check(at):
    texts = [text for text in markdown(at) if text and not text.startswith(CARD)]
    assert not [text for text in texts if RAW.search(CODE.sub("", text))]
    html = " ".join(block.body for block in at.get("html"))
    assert "<b>!" not in html
    return " ".join([*texts, html])


VIEWS = [
    ("draw", {}),
    ("networks", {}),
    ("studies", {}),
    ("train", {}),
    *(("dataset", {"data": PLAIN, "section": section}) for section in sections.DATASET),
    *(("mistakes", {"network": PLAIN, "show": show}) for show in sections.MISTAKES),
    ("mistakes", {"network": PLAIN, "image": "0"}),
    *(
        ("inside", {"model": PLAIN, "section": section})
        for section in ("structure", "flow", "why", "take")
    ),
]


@pytest.mark.parametrize(("page", "params"), VIEWS, ids=lambda part: str(part))
def test_no_page_takes_a_name_for_markdown_or_html(page, params):
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
    at.session_state["data_name"] = PLAIN
    at.session_state["model"] = PLAIN
    at.session_state["learn_from_train"] = PLAIN
    at.session_state["learn_from_studies"] = PLAIN
    at.session_state["look_at"] = PLAIN
    at.query_params.update(params)
    check(visit(at, page))


def test_the_names_are_there_and_can_be_read():
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
    shown = check(visit(at, "train"))
    assert r"\<b\>\!\[p\](http://e/x.png)\</b\>" in shown
    at.query_params.update({"network": PLAIN})
    shown = check(visit(at, "mistakes"))
    assert r"1 \*\*one\*\*" in shown
    assert r"2 \_two\_" in shown


def test_a_networks_drawing_escapes_the_names_of_its_answers():
    network = LayerNetwork.load(open_model("dense_512"))
    assert "<b>" not in structure_svg(network, [FOREIGN] * 10)


def test_every_error_is_shown_as_typed():
    shows = {"error", "warning", "info", "toast", "caption", "markdown", "success"}
    for path in sorted((ROOT / "pages").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in shows:
                assert not [one for one in node.args if ast.unparse(one).startswith("str(")], path
