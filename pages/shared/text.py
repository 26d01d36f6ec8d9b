"""Text that came from elsewhere, made safe for Streamlit's Markdown.

Most of what Streamlit shows is Markdown: labels, captions, messages, the words of a progress bar.
A name that a person chose could make a picture of a foreign server appear there in everyone's
browser, or just look other than it was typed.
"""

import re

from mnist_core.i18n import _

# What has a meaning in a line, in GitHub's Markdown or in Streamlit's: a colon before a letter
# starts a directive such as `:red[...]`, an underscore within a word is no emphasis.
_INLINE = re.compile(r"[\\`*\[\]<>#~|$&!{}]|(?<![^\W_])_|_(?![^\W_])|:(?=[A-Za-z])")
_LINE_START = re.compile(r"(?m)^(\s*)([-+=]|\d+(?=[.)]))")
_CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")


def as_typed(text: object) -> str:
    """A name for Markdown, which shows it as it was typed."""
    escaped = _INLINE.sub(r"\\\g<0>", str(text))
    return _LINE_START.sub(_escape_start, escaped)


def _escape_start(match: re.Match[str]) -> str:
    space, sign = match.groups()
    # A digit is written as an entity, since a backslash before it would be shown.
    return f"{space}\\{sign}" if not sign[0].isdigit() else f"{space}&#{ord(sign[0])};{sign[1:]}"


def as_message(text: object) -> str:
    """A message for Markdown, such as an error, in the reader's language.

    It is shown as it is, but for commands between backticks.

    `mnist_core` writes commands so; a name in a message stays what was typed.
    """
    parts = _CODE.split(_(text))  # plain, code, plain, code, ..., plain
    return "".join(f"`{part}`" if place % 2 else as_typed(part) for place, part in enumerate(parts))
