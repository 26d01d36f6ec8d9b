"""argparse's own words in the reader's language.

argparse looks its messages up with the functions `_` and `ngettext` of its module, which know only
the catalogs of `gettext`'s global domain. Here they look them up in ours.
"""

import argparse

from mnist_core import i18n
from mnist_core.i18n import Plural, Text

# The messages of argparse that a person can meet, listed so that `make texts` collects them.
MESSAGES = (
    Text("usage: "),
    Text("positional arguments"),
    Text("options"),
    Text("show this help message and exit"),
    Text("%(prog)s: error: %(message)s\n"),
    Text("argument %(argument_name)s: %(message)s"),
    Text("the following arguments are required: %s"),
    Text("unrecognized arguments: %s"),
    Text("invalid choice: %(value)r (choose from %(choices)s)"),
    Text("invalid %(type)s value: %(value)r"),
    Text("ambiguous option: %(option)s could match %(matches)s"),
    Text("ignored explicit argument %r"),
    Text("expected one argument"),
    Text("expected at most one argument"),
    Text("expected at least one argument"),
    Plural("expected %s argument", "expected %s arguments", 1),
)


def translate_argparse() -> None:
    """Let argparse look its messages up in our catalogs. English stays as it is."""
    vars(argparse).update(_=_looked_up, ngettext=i18n.ngettext)


def _looked_up(message: str | None) -> str | None:
    return i18n._(message) if message else message  # None: no description
