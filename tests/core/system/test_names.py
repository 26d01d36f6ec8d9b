"""A name is one line that looks the same everywhere."""

import unicodedata

import pytest

from mnist_core.system.names import clean_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("  my \n  network\t1 ", "my network 1"),
        ("exe\u202egnp.\u2066x", "exegnp.x"),  # overrides of the direction of writing
        ("a\u200bb\ufeffc\u00add", "abcd"),  # nothing to be seen
        ("bell\x07 \x1b[31mred", "bell [31mred"),
        ("\ud800half", "half"),
        ("鞋子 Größe <b>", "鞋子 Größe <b>"),
        ("\u2028", ""),
    ],
)
def test_a_name_is_one_line_without_hidden_characters(text, name):
    assert clean_name(text) == name
    assert clean_name(name) == name


def test_a_long_name_is_cut_visibly():
    assert clean_name("a" * 81, 80) == "a" * 79 + "…"
    assert clean_name("a" * 80, 80) == "a" * 80


def test_no_control_or_format_character_is_left():
    every = "".join(map(chr, range(0x3000)))
    assert not {unicodedata.category(letter) for letter in clean_name(every)} & {"Cc", "Cf"}
