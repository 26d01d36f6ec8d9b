"""Names that people choose: of runs, classes, data sets and files.

A name is one line. Control characters could break a terminal or a log, and characters that change
the direction of writing could make `gnp.exe` look like `exe.png`, so neither is part of a name.
"""

import unicodedata

# Unicode's general categories: control, format (which has the directions), surrogate, private,
# line and paragraph separators. Source: https://www.unicode.org/reports/tr44/#General_Category_Values
HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def clean_name(text: str, length: int | None = None) -> str:
    """A name with single spaces and without hidden characters.

    Args:
        length: how many characters it has at most; a longer one is cut, with `…` at its end.
    """
    if not text.isprintable():  # most names are
        text = "".join(" " if letter.isspace() else letter for letter in text)
        text = "".join(letter for letter in text if unicodedata.category(letter) not in HIDDEN)
    name = " ".join(text.split())
    if length is None or len(name) <= length:
        return name
    return f"{name[: length - 1].rstrip()}…"
