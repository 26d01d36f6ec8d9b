"""Small pieces of HTML that are shown again at every stroke, where a chart would be slow.

All HTML of the app is `Markup`: what is formatted into it is escaped unless it is `Markup` itself,
so a name that a person chose is shown as it was typed. `show` takes nothing else.

Colours are the page's own text colour at some opacity, so they fit a light and a dark page.
"""

import base64
import io
from collections.abc import Iterable, Sequence

import numpy as np
import streamlit as st
from markupsafe import Markup
from numpy.typing import NDArray
from PIL import Image
from streamlit.delta_generator import DeltaGenerator

from mnist_core.data.dataset import label_name
from mnist_core.drawing.segmentation import REFUSED
from mnist_core.i18n import _
from pages.shared.paper import dark_on_white, displayed


def show(markup: Markup, place: DeltaGenerator | None = None) -> None:
    """Put HTML on the page; into a place that `st.empty` made, instead of what is there."""
    (place or st).html(markup)


def join(parts: Iterable[Markup]) -> Markup:
    """Pieces of HTML behind each other."""
    return Markup("").join(parts)


def picture(image: NDArray[np.uint8], alt: str) -> Markup:
    """An `<img>` with a picture in it: no second request, so no flash.

    Args:
        image: `(h, w)`, 0 paper to 255 ink, which is shown as the session shows images; or
            `(h, w, 3)` colors.
    """
    gray = image.ndim == 2
    content = io.BytesIO()
    Image.fromarray(displayed(image) if gray else image).save(
        content, format="PNG", compress_level=1
    )
    return png_picture(content.getvalue(), alt, "paper" if gray and dark_on_white() else "")


def png_picture(content: bytes, alt: str, kind: str = "") -> Markup:
    """An `<img>` with the content of a PNG file in it.

    Args:
        kind: its CSS class.
    """
    data = base64.b64encode(content).decode("ascii")
    attribute = Markup(' class="{}"').format(kind) if kind else ""
    return Markup('<img alt="{}"{} src="data:image/png;base64,{}">').format(alt, attribute, data)


def bars(
    probabilities: Sequence[float] | NDArray[np.float32],
    nondigit_probability: float = 0.0,
    names: Sequence[str] = (),
) -> Markup:
    """Ten bars, one for each class; and one for "not a digit" where that has a probability.

    All bars together are 100%. A mark shows from where on a drawing counts as not a digit.

    Args:
        probabilities: of each class, given that it is one.
        names: what the labels stand for, where they are not digits.
    """
    accepted = np.any(probabilities) and nondigit_probability < REFUSED
    best = int(np.argmax(probabilities)) if accepted else -1
    rows = join(
        _bar(
            Markup("<span>{}</span>").format(label_name(digit, names)),
            float(share) * (1 - nondigit_probability),
            "best" if digit == best else "",
        )
        for digit, share in enumerate(probabilities)
    )
    if nondigit_probability:
        mark = Markup('<div class="mark" style="left:{:.1f}%"></div>').format(100 * REFUSED)
        label = Markup('<span class="none">{}</span>').format(_("not a digit"))
        rows += _bar(label, nondigit_probability, "none", mark)
    kind, title = "bars", _("Probability of each digit")
    if names:
        kind, title = "bars named", _("Probability of each class")
    return Markup('<div class="{}" role="img" aria-label="{}">{}</div>').format(kind, title, rows)


def _bar(label: Markup, share: float, kind: str = "", mark: Markup | str = "") -> Markup:
    words = "> 99.9%" if share >= 0.9995 else f"{100 * share:.1f}%"
    return Markup(
        '{}<div class="track"><div class="{}" style="width:{:.1f}%"></div>{}</div>'
        '<span class="share">{}</span>'
    ).format(label, f"fill {kind}".strip(), 100 * share, mark, words)


def steps(figures: Sequence[tuple[NDArray[np.uint8], str, str]], kind: str = "steps") -> Markup:
    """Pictures in a row, each with a title and a line: (picture, title, line).

    Args:
        kind: the CSS class of the row.
    """
    parts = join(
        Markup("<figure>{}<figcaption><b>{}</b>{}</figcaption></figure>").format(
            picture(image, title), title, line
        )
        for image, title, line in figures
    )
    return Markup('<div class="{}">{}</div>').format(kind, parts)


def facts(pairs: Sequence[tuple[str, str]]) -> Markup:
    """Figures in a row, each with its name under it: (name, value)."""
    parts = join(
        Markup("<span><b>{}</b><small>{}</small></span>").format(value, name)
        for name, value in pairs
    )
    return Markup('<div class="facts">{}</div>').format(parts)


def votes(rows: Sequence[tuple[str, str, str, str, str]]) -> Markup:
    """What each network answers: (name, title, test accuracy, digit, confidence)."""
    head = row((_("Network"), _("Test accuracy"), _("Answer"), _("Confidence")), "th")
    body = join(
        Markup(
            '<tr><td>{}<small>{}</small></td><td>{}</td><td class="digit">{}</td><td>{}</td></tr>'
        ).format(*cells)
        for cells in rows
    )
    return Markup('<table class="votes">{}{}</table>').format(head, body)


def numbers(lines: Sequence[str]) -> Markup:
    """Lines of numbers under each other; `st.code` would load a highlighter of code for them."""
    return Markup('<div class="wide" tabindex="0"><pre class="numbers">{}</pre></div>').format(
        "\n".join(lines)
    )


def differences(names: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]]) -> Markup:
    """Settings of several runs side by side; a row whose values differ is marked."""
    return scrolled_table(
        row(("", *names), "th"),
        join(
            row((title, *values), kind="differs" if len(set(values)) > 1 else "")
            for title, values in rows
        ),
    )


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Markup:
    """A small table of words."""
    return scrolled_table(row(head, "th"), join(row(cells) for cells in rows))


def row(cells: Iterable[str], tag: str = "td", kind: str = "") -> Markup:
    """A row of a table.

    Args:
        tag: of each cell, `td` or `th`.
        kind: the CSS class of the row.
    """
    content = join(Markup("<{0}>{1}</{0}>").format(tag, cell) for cell in cells)
    start = Markup('<tr class="{}">').format(kind) if kind else Markup("<tr>")
    return start + content + Markup("</tr>")


def scrolled_table(head: Markup, body: Markup, kind: str = "") -> Markup:
    """A table that scrolls sideways where it is wider than the page.

    Args:
        head, body: rows.
        kind: more CSS classes of the table.
    """
    return Markup('<div class="wide"><table class="{}">{}{}</table></div>').format(
        f"votes {kind}".strip(), head, body
    )
