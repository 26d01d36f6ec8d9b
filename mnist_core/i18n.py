"""Texts in the reader's language, with gettext.

The code holds the English texts; `locale/LANGUAGE/LC_MESSAGES/mnist_core.po` holds those of another
language. What is shown at once is translated at once:

    _("Press Start.")
    _("{name} was renamed.", name=name)
    ngettext("{n:,} image", "{n:,} images", n)

What is made now and shown later, perhaps in another language or by another process, is a `Text`: an
English string that knows its message and its data. Errors, constants and everything that is cached
or written to a file hold texts. Whoever shows one translates it:

    raise RunError(Text("There is no run {run_id!r}.", run_id=run_id))
    _(error), _(text)

A message is one or more whole sentences, or a whole label. It has named fields in braces, as
`str.format` has them, and is formatted only if it comes with data. `make texts` collects the
messages of the code in the `.po` files.
"""

import io
import json
import os
import re
import string
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from numbers import Number
from pathlib import Path
from typing import Any, Literal, Self

LOCALE = Path(__file__).parent / "locale"
DOMAIN = "mnist_core"
ENGLISH = "en"
ENVIRONMENT = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")  # the order in gettext's manual, 2.3
WITHOUT_SPACES = ("ja", "zh")  # no space between sentences

_chosen: ContextVar[str | None] = ContextVar("language", default=None)
_sources: list[Callable[[], str | None]] = []


# --- which language ---


@lru_cache
def _codes() -> tuple[str, ...]:
    return ENGLISH, *sorted(path.parts[-3] for path in LOCALE.glob(f"*/*/{DOMAIN}.po"))


@lru_cache
def languages() -> Mapping[str, str]:
    """Code of each language that there are texts in -> its name in that language."""
    from babel import Locale

    return {code: str(Locale.parse(code).get_display_name(code)) for code in _codes()}


def match(*preferred: str | None) -> str | None:
    """The first of some locales, such as `zh-CN` or `en_US.UTF-8`, that there are texts in."""
    codes = (
        re.split("[-_.@]", locale)[0].lower() for locale in preferred if isinstance(locale, str)
    )
    return next((code for code in codes if code in _codes()), None)


def environment_language() -> str:
    """The language that the environment variables ask for, as gettext reads them."""
    asked = (value for name in ENVIRONMENT for value in os.environ.get(name, "").split(":"))
    return match(*asked) or ENGLISH


def language() -> str:
    """The language of what is shown now.

    It is the one of `speak` or `speaking`, or what the first source of `ask_for_language` knows, or
    English.
    """
    return _chosen.get() or next((code for ask in _sources if (code := ask())), ENGLISH)


def speak(code: str) -> None:
    """Translate into this language from now on, in this thread."""
    _chosen.set(code)


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Translate into this language within the block, in this thread."""
    token = _chosen.set(code)
    try:
        yield
    finally:
        _chosen.reset(token)


def ask_for_language(source: Callable[[], str | None]) -> None:
    """Let a function say what the language is, such as the one of the session that runs now."""
    if source not in _sources:
        _sources.append(source)


# --- at once ---


def _(message: object, /, **data: Any) -> str:
    """A message in the reader's language.

    Args:
        message: an English message, a `Text`, or an error that was raised with one.
        data: values of the fields.
    """
    if isinstance(message, BaseException):
        message = message.args[0] if message.args else ""
    if isinstance(message, Text):
        return message.translated()
    text = str(message)
    return _fill(catalog(language()).gettext(text) if text else "", data, _)


def ngettext(singular: str, plural: str, n: int, /, **data: Any) -> str:
    """The form of a message that fits the number, which is the field `n`."""
    return Plural(singular, plural, n, **data).translated()


def listed(items: Iterable[str]) -> str:
    """Items beside each other, without an "and" before the last, as in a table."""
    return _(", ").join(items)


def pgettext(context: str, message: str, /, **data: Any) -> str:
    """A message whose translation depends on where it stands, such as `verb` or `noun`."""
    return _fill(catalog(language()).pgettext(context, message), data, _)


# --- later ---


class Text(str):
    """An English string that can be translated later.

    Attributes:
        message: the English message with its fields.
        data: values of the fields.
    """

    message: str
    data: dict[str, Any]

    def __new__(cls, message: str, /, **data: Any) -> Self:
        """A text from an English message and the values of its fields."""
        self = super().__new__(cls, _fill(message, data, str))
        self.message, self.data = message, data
        return self

    def translated(self) -> str:
        """It in the reader's language."""
        return _(self.message, **self.data)

    def _arguments(self) -> tuple[Any, ...]:
        return (self.message,)

    def __reduce__(self) -> Any:
        return _make, (type(self), self._arguments(), self.data)


class Plural(Text):
    """A text that depends on a number, which is its field `n`."""

    def __new__(cls, singular: str, plural: str, n: int, /, **data: Any) -> Self:
        """A text from a message's forms for one and for several, and the number."""
        self = super().__new__(cls, singular if n == 1 else plural, **{"n": n, **data})
        self.forms = (singular, plural)
        return self

    forms: tuple[str, str]

    def translated(self) -> str:
        """It in the reader's language."""
        n = self.data["n"]
        return _fill(catalog(language()).ngettext(*self.forms, n), self.data, _)

    def _arguments(self) -> tuple[Any, ...]:
        return (*self.forms, self.data["n"])


class Sentences(Text):
    """Several texts one after the other; empty ones are left out."""

    def __new__(cls, *texts: str) -> Self:
        """A text from other texts."""
        self = super().__new__(cls, " ".join(text for text in texts if text))
        self.texts = texts
        return self

    texts: tuple[str, ...]

    def translated(self) -> str:
        """It in the reader's language."""
        between = "" if language() in WITHOUT_SPACES else " "
        return between.join(_(text) for text in self.texts if text)

    def _arguments(self) -> tuple[Any, ...]:
        return self.texts


class Listed(Text):
    """Names or texts as a list: "a, b, and c"."""

    def __new__(cls, *items: str, style: Literal["standard", "or"] = "standard") -> Self:
        """A text from names or other texts, joined by "and" or "or"."""
        self = super().__new__(cls, _list(items, style, ENGLISH))
        self.items, self.data = items, {"style": style}
        return self

    items: tuple[str, ...]

    def translated(self) -> str:
        """It in the reader's language."""
        return _list([_(item) for item in self.items], self.data["style"], language())

    def _arguments(self) -> tuple[Any, ...]:
        return self.items


def _list(items: Any, style: Any, code: str) -> str:
    from babel.lists import format_list

    return format_list(list(items), style, code) if items else ""


def _make(kind: type[Text], arguments: tuple[Any, ...], data: dict[str, Any]) -> Text:
    return kind(*arguments, **data)


# --- in files ---


def to_line(text: str) -> str:
    """A text as a line for a file, from which `from_line` makes it again; other strings as is."""
    return json.dumps(_encoded(text)) if isinstance(text, Text) else text


def from_line(line: str) -> str:
    """What `to_line` was given."""
    if not line.startswith('{"text": '):
        return line
    try:
        decoded: str = _decoded(json.loads(line))
        return decoded
    except (ValueError, KeyError, TypeError):
        return line


_KINDS = {kind.__name__: kind for kind in (Text, Plural, Sentences, Listed)}


def _encoded(value: Any) -> Any:
    if isinstance(value, Text):
        arguments = [_encoded(argument) for argument in value._arguments()]
        data = {name: _encoded(field) for name, field in value.data.items()}
        return {"text": type(value).__name__, "arguments": arguments, "data": data}
    return value if isinstance(value, str | int | float | bool) else str(value)


def _decoded(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    arguments = [_decoded(argument) for argument in value["arguments"]]
    data = {name: _decoded(field) for name, field in value["data"].items()}
    return _make(_KINDS[value["text"]], tuple(arguments), data)


# --- in scripts ---


def script_texts(source: str) -> dict[str, str]:
    """English message -> translation, of each `_("...")` in a JavaScript source."""
    if language() == ENGLISH:
        return {}
    return {message: _(message) for message in script_messages(source)}


@lru_cache
def script_messages(source: str) -> tuple[str, ...]:
    """The messages `_("...")` of a JavaScript source."""
    from babel.messages.extract import extract

    found = extract("javascript", io.BytesIO(source.encode()), keywords={"_": None})
    return tuple(dict.fromkeys(str(message) for _line, message, _comments, _context in found))


# --- catalogs and fields ---


@lru_cache
def catalog(code: str) -> NullTranslations:
    """The translations of a language; English has none."""
    path = LOCALE / code / "LC_MESSAGES" / f"{DOMAIN}.po"
    if code == ENGLISH or not path.is_file():
        return NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = io.BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, code))
    compiled.seek(0)
    return GNUTranslations(compiled)


def _fill(message: str, data: Mapping[str, Any], shown: Callable[[Any], str]) -> str:
    return _Fields(shown).vformat(message, (), data) if data else message


class _Fields(string.Formatter):
    """Fills in numbers as the language writes them, and texts in the language."""

    def __init__(self, shown: Callable[[Any], str]) -> None:
        self.shown = shown

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, Text):
            value = self.shown(value)
        text = format(value, format_spec)
        if self.shown is _ and isinstance(value, Number) and format_spec:
            text = text.translate(_separators(language()))
        return text


@lru_cache
def _separators(code: str) -> dict[int, str]:
    if code == ENGLISH:
        return {}
    from babel.numbers import get_decimal_symbol, get_group_symbol

    return str.maketrans({".": get_decimal_symbol(code), ",": get_group_symbol(code)})
