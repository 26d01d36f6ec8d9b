"""No page shows a text that went around gettext: all pages in a language made of accents."""

import re
from gettext import NullTranslations
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from mnist_core import get_recipe, i18n
from mnist_core.recipes.kinds import KINDS
from tests import sections
from tests.pages.test_train import finished

ROOT = Path(__file__).parents[2]
# What stays as it is in every language: fields, code, entities, tags, addresses, icons.
KEPT = re.compile(r"\{[^}]*\}|`[^`]*`|&\w+;|<[^>]*>|\]\([^)]*\)|:material/\w+:|https?://\S+")
ACCENTS = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "áƀćďéƒǵĥíĵķłḿńőṕɋŕśťúṽẃẋýźÁƁĆĎÉƑǴĤÍĴĶŁḾŃŐṔɊŔŚŤÚṼẂẊÝŹ",
)
WORDS = re.compile(r"[A-Za-z]{3,}(?:[ -][A-Za-z]{2,})+|\b[A-Z][a-z]{3,}\b")
# Names: of networks, data, layers, settings' values, formats, people.
NAMES = re.compile(
    r"\b(MNIST|NumPy|Keras|TensorFlow\w*|LiteRT|SavedModel|Python|Grad-CAM|Fashion-MNIST|KMNIST|"
    r"UMAP|Shift|Delete|Ctrl|Enter|Sigmoid MLP|Dense|Simple CNN|Dropout CNN|Fast CNN|Pen|"
    r"None|False|" + "|".join([*KINDS, "InputLayer"]) + r")\b"
)


class Accented(NullTranslations):
    """A translation that keeps all but the letters."""

    def gettext(self, message: str) -> str:
        end, parts = 0, []
        for kept in KEPT.finditer(message):
            parts += [message[end : kept.start()].translate(ACCENTS), kept[0]]
            end = kept.end()
        return "".join([*parts, message[end:].translate(ACCENTS)])

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)

    def pgettext(self, context: str, message: str) -> str:
        return self.gettext(message)


@pytest.fixture(autouse=True)
def _accented(monkeypatch, launches):
    monkeypatch.setattr(i18n, "catalog", lambda code: Accented())
    finished(get_recipe("dense_512"))


def shown(at):
    """All texts of a page."""
    for kind in ("markdown", "caption", "error", "warning", "info", "success", "toast"):
        yield from (block.value for block in getattr(at, kind))
    for kind in ("title", "header", "subheader"):
        yield from (block.value for block in getattr(at, kind))
    for kind in (
        "button", "checkbox", "toggle", "slider", "selectbox", "text_input", "number_input",
        "segmented_control", "multiselect", "radio",
    ):  # fmt: skip
        for widget in getattr(at, kind, ()):
            yield widget.label
            yield getattr(widget.proto, "help", "")
            yield from getattr(widget, "options", ())
    yield from (block.body for block in at.get("html") if "<style>" not in block.body)
    yield from (block.label for block in at.expander)
    yield from (tab.label for tab in at.tabs)
    for frame in at.dataframe:
        yield from (str(name) for name in frame.value.columns)


def english(text: str) -> list[str]:
    return WORDS.findall(NAMES.sub("", KEPT.sub(" ", text)))


VIEWS = [
    ("draw", {}),
    ("draw", {"image": "4"}),
    ("learn", {}),
    *(("learn", {"course": "dense", "step": str(step)}) for step in (1, 3, 5, 8)),
    ("networks", {}),
    ("studies", {}),
    ("train", {}),
    *(("dataset", {"section": section}) for section in sections.DATASET),
    *(("mistakes", {"network": "dense_512", "show": show}) for show in sections.MISTAKES),
    ("mistakes", {"network": "dense_512", "image": "8"}),
    *(
        ("inside", {"model": "dense_512", "section": section})
        for section in ("structure", "flow", "why", "take")
    ),
]


@pytest.mark.parametrize(("page", "params"), VIEWS, ids=lambda part: str(part))
def test_every_text_of_a_page_is_translated(page, params):
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    at.session_state["language_code"] = "zh"
    at.run()
    at.query_params.update(params)
    at.switch_page(f"pages/{page}/page.py").run()
    assert not at.exception, at.exception[0].stack_trace
    left = [(words, text[:80]) for text in shown(at) if text and (words := english(text))]
    assert left == []
