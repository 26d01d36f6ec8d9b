"""Texts: catalogs that are complete and true to the code, and what holds texts for later."""

import ast
import csv
import json
import pickle
import re
import string
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from mnist_core import RunError, errors, i18n
from mnist_core.i18n import Listed, Plural, Sentences, Text, _, ngettext, speaking

ROOT = Path(i18n.__file__).parents[1]
KEYWORDS = {
    "_": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "Text": None,
    "Plural": (1, 2),
}
METHODS = [("**.py", "python"), ("**.js", "javascript")]
LANGUAGES = [code for code in i18n.languages() if code != i18n.ENGLISH]
NOT_THE_TERM = "not the term"  # a comment in a catalog: a word of the glossary in another sense
INLINE_CODE = re.compile(r"`[^`]*`")
FIELD = re.compile(r"\{[^}]*\}")


def messages_of_the_code() -> Catalog:
    catalog = Catalog()
    for folder in ("mnist_core", "pages"):
        for _file, line, message, _comments, context in extract_from_dir(
            ROOT / folder, METHODS, keywords=KEYWORDS, directory_filter=lambda path: True
        ):
            catalog.add(message, locations=[(folder, line)], context=context)
    return catalog


@pytest.fixture(scope="module")
def code() -> Catalog:
    return messages_of_the_code()


def translations(language: str) -> Catalog:
    path = i18n.LOCALE / language / "LC_MESSAGES" / f"{i18n.DOMAIN}.po"
    with path.open("rb") as file:
        return read_po(file, language)


def forms(message: Message) -> list[tuple[str, str]]:
    """(English, translation) of each form."""
    if isinstance(message.id, tuple):
        return [(message.id[-1], text) for text in message.string]
    return [(message.id, message.string)]


def fields(text: str) -> set[str]:
    return {
        f"{name}{'!' + conversion if conversion else ''}"
        for _literal, name, _spec, conversion in string.Formatter().parse(text)
        if name is not None
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_of_the_code_is_translated(language, code):
    catalog = translations(language)
    missing = [
        message.id
        for message in code
        if message.id
        and not (
            (found := catalog.get(message.id, message.context))
            and all(text for _english, text in forms(found))
        )
    ]
    assert missing == [], f"{len(missing)}: `make texts`, then translate them"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_is_of_a_message_that_is_gone(language, code):
    gone = [
        message.id
        for message in translations(language)
        if message.id and not code.get(message.id, message.context)
    ]
    assert gone == [], "`make texts` removes them"


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_have_the_fields_of_their_messages(language):
    wrong = []
    for message in translations(language):
        for english, text in forms(message) if message.id else ():
            try:
                same = fields(english) == fields(text)
            except ValueError:  # braces that aren't fields: the message is never filled in
                same = english.count("{") == text.count("{")
            if not same:
                wrong.append(english)
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_keep_the_code_of_their_messages(language):
    wrong = [
        (english, text)
        for message in translations(language)
        if message.id
        for english, text in forms(message)
        if sorted(INLINE_CODE.findall(english)) != sorted(INLINE_CODE.findall(text))
    ]
    assert wrong == []


GLOSSARIES = [path.parent.name for path in i18n.LOCALE.glob("*/glossary.csv")]


@pytest.mark.parametrize("language", GLOSSARIES)
def test_translations_keep_to_the_glossary(language):
    with (i18n.LOCALE / language / "glossary.csv").open(encoding="utf-8") as file:
        terms = list(csv.reader(file))[1:]
    english_terms = [english for english, _term in terms]
    assert len(set(english_terms)) == len(english_terms)
    wrong = []
    for message in translations(language):
        if not message.id or NOT_THE_TERM in message.user_comments:
            continue
        for english, text in forms(message):
            plain = FIELD.sub("", INLINE_CODE.sub("", english))
            for term, translated in sorted(terms, key=lambda row: -len(row[0])):
                found = re.compile(rf"(?i)(?<![\w-]){re.escape(term)}(e?s)?(?![\w-])")
                if found.search(plain) and translated.lower() not in text.lower():
                    wrong.append((term, translated, english, text))
                plain = found.sub("", plain)  # a part of a longer term is no term
    assert wrong == []


def test_every_error_is_raised_with_a_text_that_can_be_translated():
    kinds = {name for name, kind in vars(errors).items() if isinstance(kind, type)}
    plain = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sorted((ROOT / "mnist_core").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Raise)
        and isinstance(node.exc, ast.Call)
        and ast.unparse(node.exc.func) in kinds
        and isinstance(node.exc.args[0], ast.Constant | ast.JoinedStr | ast.BinOp)
    ]
    assert plain == []


def test_no_message_is_where_babel_does_not_look(code):
    """Babel skips a call within an f-string."""
    found = {
        english
        for message in code
        for english in ([message.id] if isinstance(message.id, str) else message.id)
    }
    skipped = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for folder in ("mnist_core", "pages")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in KEYWORDS
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and ast.unparse(node.func) != "pgettext"
        and node.args[0].value not in found
    ]
    assert skipped == []


def test_each_language_is_matched_by_its_locales():
    assert i18n.match("zh-CN") == i18n.match("zh_Hans_CN.UTF-8") == "zh"
    assert i18n.match("xx", "en-GB", "zh") == "en"
    assert i18n.match("xx", None, "") is None
    assert dict(i18n.languages())["zh"] == "中文"


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_US.UTF-8"}, "en"),
        ({"LANG": "C", "LANGUAGE": "xx:zh"}, "zh"),
        ({"LANG": "C.UTF-8"}, "en"),
    ],
)
def test_the_environment_says_the_language_of_the_command_line(variables, expected, monkeypatch):
    for name in i18n.ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert i18n.environment_language() == expected


class Shouting(i18n.NullTranslations):
    """A language that needs no translators: its numbers are as German's."""

    def gettext(self, message: str) -> str:
        return f"¡{message}!"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"¡{msgid1 if n == 1 else msgid2}!"


@pytest.fixture
def shouting(monkeypatch):
    monkeypatch.setattr(i18n, "catalog", lambda code: Shouting())
    with speaking("de"):
        yield


def test_a_text_is_english_until_it_is_translated(shouting):
    text = Text("{name} has {count:,} images.", name="a{b}", count=12345)
    assert text == "a{b} has 12,345 images."
    assert _(text) == "¡a{b} has 12.345 images.!"
    assert _(RunError(text)) == _(text)
    assert _("{share:.1%} of it", share=0.5) == "¡50.0% of it!".replace(".", ",")
    assert _("") == "" and _(Text("")) == ""


def test_a_plural_takes_the_form_that_fits(shouting):
    assert Plural("{n} image", "{n} images", 1) == "1 image"
    assert _(Plural("{n:,} image", "{n:,} images", 2000)) == "¡2.000 images!"
    assert ngettext("{n} image of {name}", "{n} images of {name}", 1, name="x") == "¡1 image of x!"


def test_texts_within_texts_are_translated_with_them(shouting):
    inner = Text("no")
    assert _(Text("Why: {reason}", reason=inner)) == "¡Why: ¡no!!"
    assert Text("Why: {reason}", reason=inner) == "Why: no"
    assert _(Sentences(inner, "", Text("{n}.", n=1))) == "¡no! ¡1.!"
    assert Listed("a", "b", "c") == "a, b, and c"
    assert Listed("a", "b", style="or") == "a or b"
    with speaking("zh"):
        assert _(Sentences(inner, inner)) == "¡no!¡no!"


@pytest.mark.parametrize(
    "text",
    [
        Text("plain"),
        Text("{name!r} is {share:.1%}", name="x", share=0.25),
        Plural("{n} of {what}", "{n} of {what}", 3, what=Text("it")),
        Sentences(Text("One."), Plural("{n} two.", "{n} twos.", 2)),
        Listed("a", Text("b"), style="or"),
    ],
)
def test_a_text_outlives_its_process(text, shouting):
    for copy in (pickle.loads(pickle.dumps(text)), i18n.from_line(i18n.to_line(text))):
        assert type(copy) is type(text) and copy == text
        assert _(copy) == _(text)
    assert json.loads(json.dumps(text)) == text


def test_a_line_that_is_no_text_stays_a_line():
    for line in ("plain", '{"text": 1}', '{"text": "Text"', '{"text": "os", "arguments": []}', ""):
        assert i18n.from_line(line) == line
    assert i18n.to_line("plain") == "plain"


def test_a_script_gets_the_translations_of_its_own_texts(shouting):
    source = 'const a = _("Clear");\n// _("no")\nconst b = _(name);\nf(_("Undo", {}));'
    assert i18n.script_texts(source) == {"Clear": "¡Clear!", "Undo": "¡Undo!"}
    with speaking("en"):
        assert i18n.script_texts(source) == {}


def test_english_needs_no_babel():
    code = "import sys; from mnist_core.i18n import _; _('x'); assert 'babel' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
