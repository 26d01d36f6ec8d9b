"""What a person types is shown as it was typed: in HTML, and in Markdown."""

import ast
from pathlib import Path

import numpy as np
import pytest

from pages.draw.answer import answer
from pages.shared import html
from pages.shared.text import as_message, as_typed

PAGES = Path(__file__).parents[2] / "pages"
NASTY = "<b>\"bold\" & 'co'</b>"
ESCAPED = "&lt;b&gt;&#34;bold&#34; &amp; &#39;co&#39;&lt;/b&gt;"
PIXEL = np.zeros((1, 1), np.uint8)


@pytest.mark.parametrize(
    "markup",
    [
        html.picture(PIXEL, NASTY),
        html.bars([0.1] * 10, names=[NASTY] * 10),
        html.steps([(PIXEL, NASTY, NASTY)]),
        html.facts([(NASTY, NASTY)]),
        html.votes([(NASTY,) * 5]),
        html.differences([NASTY], [(NASTY, [NASTY])]),
        html.table([NASTY], [[NASTY]]),
        answer(NASTY, NASTY, NASTY),
    ],
)
def test_every_piece_of_html_escapes_what_is_put_into_it(markup):
    assert ESCAPED in markup
    assert "<b>&#34;" not in markup
    assert NASTY not in markup


def test_the_bars_add_up_to_one_and_show_the_threshold():
    bars = html.bars([0.25, 0.75, *[0.0] * 8], 0.0625)
    assert '<div class="fill best" style="width:70.3%"></div>' in bars
    assert '<div class="fill" style="width:23.4%"></div>' in bars
    assert '<div class="fill none" style="width:6.2%"></div>' in bars
    assert '<div class="mark" style="left:10.0%"></div>' in bars
    assert "> 99.9%" in html.bars([0.9999, *[0.0] * 9]).unescape()
    assert "best" not in html.bars([0.0] * 10)


@pytest.mark.parametrize("path", sorted(PAGES.rglob("*.py")), ids=lambda path: path.name)
def test_html_reaches_a_page_only_through_what_takes_markup(path):
    if path.name in ("html.py", "style.py"):
        return
    calls = [
        ast.unparse(node.func)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
    ]
    assert "st.html" not in calls
    assert "unsafe_allow_html" not in path.read_text("utf-8")


@pytest.mark.parametrize(
    ("typed", "markdown"),
    [
        ("dropout_cnn 1", "dropout_cnn 1"),
        ("_a_", r"\_a\_"),
        ("**a** ~~b~~", r"\*\*a\*\* \~\~b\~\~"),
        ("![](http://e/x.png)", r"\!\[\](http://e/x.png)"),
        ("<b>", r"\<b\>"),
        (":red[x]", r"\:red\[x\]"),
        ("5 $ & 6 $", r"5 \$ \& 6 \$"),
        ("# a", r"\# a"),
        ("- a", r"\- a"),
        ("1. a", "&#49;. a"),
        ("7 Sneaker", "7 Sneaker"),
        ("`a`", r"\`a\`"),
    ],
)
def test_a_name_in_markdown_is_escaped(typed, markdown):
    assert as_typed(typed) == markdown


def test_a_message_keeps_its_commands_and_escapes_all_else():
    assert as_message("Run `python -m x --set a[0]`.") == "Run `python -m x --set a[0]`."
    assert as_message("'**a**' is `![](u)`.") == r"'\*\*a\*\*' is `![](u)`."
    assert as_message("``x` ![](u)") == r"\`\`x\` \!\[\](u)"
