"""Small pieces of HTML that are shown again at every stroke, where a chart would be slow.

Colours are the page's own text colour at some opacity, so they fit a light and a dark page.
"""

import base64
import html
import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnist_core.data.dataset import label_name
from mnist_core.drawing.normalize import Ink, enlarge
from mnist_core.drawing.segmentation import REFUSED

STYLE = """<style>
.stMainBlockContainer{padding-top:4.25rem}
.stButtonGroup :is([role=radiogroup],[role=toolbar]){flex-wrap:wrap}
.answer{display:flex;align-items:center;gap:1.25rem;min-height:8.5rem}
.answer .digit{font-size:7rem;line-height:1;font-weight:700;min-width:4.5rem;text-align:center}
.answer .digit.long{font-size:clamp(2.75rem,5vw,5rem);letter-spacing:.02em}
.answer .words{font-size:1.05rem;line-height:1.4}
.answer .share{font-size:1.6rem;font-weight:600}
.bars{display:grid;grid-template-columns:3.6rem 1fr 3.4rem;gap:.28rem .6rem;align-items:center;
 font-variant-numeric:tabular-nums}
.bars.named{grid-template-columns:minmax(4.5rem,auto) 1fr 3.4rem}
.bars .track{height:1rem;border-radius:.25rem;overflow:hidden;
 background:color-mix(in srgb,currentColor 10%,transparent)}
.bars .fill{height:100%;background:color-mix(in srgb,currentColor 38%,transparent)}
.bars .fill.best{background:#3b82f6}
.bars .fill.none{background:#f59e0b}
.bars .none{font-size:.875rem;white-space:nowrap}
.bars .share{text-align:right;opacity:.85}
.first img{width:100%;max-width:35rem;image-rendering:pixelated;border-radius:.3rem;display:block}
.steps{display:grid;grid-template-columns:repeat(auto-fill,minmax(9.5rem,1fr));gap:1.1rem}
.steps figure{margin:0}
.steps img,.sample img{width:100%;max-width:11rem;aspect-ratio:1;object-fit:contain;
 image-rendering:pixelated;background:#000;border-radius:.3rem;display:block}
.steps figcaption{font-size:.875rem;line-height:1.35;margin-top:.35rem}
.steps figcaption b{display:block}
.number{position:relative;display:inline-block;max-width:100%;margin-bottom:.6rem}
.number img{display:block;width:26rem;max-width:100%;max-height:20rem;background:#000;
 border-radius:.3rem}
.number .box{position:absolute;border:2px solid #3b82f6;border-radius:.2rem}
.number .box.refused{border-color:#f59e0b}
.number .box span{position:absolute;left:-2px;bottom:100%;font-size:.75rem;line-height:1.2;
 padding:0 .25rem;color:#fff;background:#1d4ed8;border-radius:.2rem;white-space:nowrap}
.number .box.refused span{background:#92400e}
.layer{display:flex;flex-wrap:wrap;gap:.1rem .8rem;align-items:baseline;
 font-variant-numeric:tabular-nums}
.layer b{min-width:8.5rem}
.layer .what{opacity:.7;font-size:.875rem;flex:1 1 12rem}
.layer .sums{font-size:.875rem;opacity:.85}
.facts{display:flex;flex-wrap:wrap;gap:.2rem 1.4rem;font-variant-numeric:tabular-nums}
.facts span b{font-size:1.15rem}
.facts small{opacity:.7;display:block}
.votes{width:100%;border-collapse:collapse;font-variant-numeric:tabular-nums}
.votes th{font-weight:600;text-align:left;opacity:.7;font-size:.875rem}
.votes td,.votes th{padding:.3rem .8rem .3rem 0;
 border-bottom:1px solid color-mix(in srgb,currentColor 15%,transparent)}
.votes td.digit{font-weight:700;font-size:1.15rem}
.votes.network{font-size:.875rem}
.votes.network td,.votes.network th{padding:.15rem .8rem .15rem 0;white-space:nowrap}
.st-key-watched_run [data-stale],.st-key-all_runs [data-stale]{opacity:1!important;
 transition:none!important}
.votes tr.differs{background:color-mix(in srgb,#f59e0b 22%,transparent)}
.votes.scores td{padding:.15rem .8rem .15rem 0}
.votes td.least{background:color-mix(in srgb,#f59e0b 22%,transparent)}
.wide{overflow-x:auto}
.numbers{font-size:.75rem;line-height:1.45;margin:0;white-space:pre}
.votes small{opacity:.7;display:block}
.st-key-picture_parallel{overflow-x:auto}
.st-key-picture_parallel>*{min-width:42rem}
.st-key-study [data-stale="true"],.st-key-all_studies [data-stale="true"]{
 opacity:1!important;transition:none!important}
</style>"""


def picture(image: NDArray[np.uint8], alt: str) -> str:
    """An `<img>` with a grey `(h, w)` picture in it: no second request, so no flash."""
    content = io.BytesIO()
    Image.fromarray(image).save(content, format="PNG", compress_level=1)
    data = base64.b64encode(content.getvalue()).decode("ascii")
    return f'<img alt="{html.escape(alt)}" src="data:image/png;base64,{data}">'


def answer(digits: str, heading: str, words: str) -> str:
    """The answer, large, with a line or two beside it; no digits are shown as a dash."""
    shown = html.escape(digits) or "–"
    return (
        f'<div class="answer" data-testid="answer" data-digit="{shown}">'
        f'<div class="digit{" long" * (len(shown) > 1)}">{shown}</div><div class="words">'
        f'<div class="share">{html.escape(heading)}</div>{html.escape(words)}</div></div>'
    )


def bars(
    probabilities: Sequence[float] | NDArray[np.float32],
    doubt: float = 0.0,
    names: Sequence[str] = (),
) -> str:
    """Ten bars, one for each digit; and one that says how likely it is none, where that is told.

    Args:
        names: what the labels stand for, where they are no digits.
    """
    best = int(np.argmax(probabilities)) if np.any(probabilities) and doubt < REFUSED else -1
    rows = "".join(
        f"<span>{html.escape(label_name(digit, names))}</span>"
        f'<div class="track"><div class="fill{" best" * (digit == best)}" '
        f'style="width:{100 * share:.1f}%"></div></div>'
        f'<span class="share">{100 * share:.1f}%</span>'
        for digit, share in enumerate(probabilities)
    )
    if doubt:
        rows += (
            f'<span class="none">no digit</span><div class="track"><div class="fill none" '
            f'style="width:{100 * doubt:.1f}%"></div></div>'
            f'<span class="share">{100 * doubt:.1f}%</span>'
        )
    kind, of = ("bars named", "class") if names else ("bars", "digit")
    return f'<div class="{kind}" role="img" aria-label="Probability of each {of}">{rows}</div>'


def steps(figures: Sequence[tuple[NDArray[np.uint8], str, str]]) -> str:
    """Pictures in a row, each with a title and a line: (picture, title, line)."""
    parts = "".join(
        f"<figure>{picture(image, title)}<figcaption><b>{html.escape(title)}</b>"
        f"{html.escape(line)}</figcaption></figure>"
        for image, title, line in figures
    )
    return f'<div class="steps">{parts}</div>'


def number(ink: Ink, digits: Sequence[tuple[tuple[int, int, int, int], str, float]]) -> str:
    """The inked part of a drawing with a box around each digit.

    Args:
        ink: `(h, w)`, 0 paper to 1 ink.
        digits: ((left, top, right, bottom) in pixels of `ink`, the digit or ?, confidence 0..1).
    """
    left, top = (min(box[side] for box, _, _ in digits) for side in (0, 1))
    right, bottom = (max(box[side] for box, _, _ in digits) for side in (2, 3))
    room = max(right - left, bottom - top) // 20 + 1  # and above, for the captions
    left, top = max(left - room, 0), max(top - 3 * room, 0)
    shown = ink[top : bottom + room, left : right + room]
    height, width = shown.shape
    parts = "".join(
        f'<div class="box{" refused" * (digit == "?")}" '
        f'style="left:{100 * (a - left) / width:.2f}%;'
        f"top:{100 * (b - top) / height:.2f}%;width:{100 * (c - a) / width:.2f}%;"
        f'height:{100 * (d - b) / height:.2f}%"><span>{digit}'
        f"{f' · {share:.0%}' if digit != '?' else ''}</span></div>"
        for (a, b, c, d), digit, share in digits
    )
    image = picture(enlarge(shown, 400), "The digits that were found")
    return f'<div class="number">{image}{parts}</div>'


def votes(rows: Sequence[tuple[str, str, str, str, str]]) -> str:
    """What each network says: (name, title, test accuracy, digit, confidence)."""
    head = "<tr><th>Network</th><th>Test accuracy</th><th>Says</th><th>Confidence</th></tr>"
    body = "".join(
        f"<tr><td>{html.escape(name)}<small>{html.escape(title)}</small></td>"
        f'<td>{accuracy}</td><td class="digit">{digit}</td><td>{confidence}</td></tr>'
        for name, title, accuracy, digit, confidence in rows
    )
    return f'<table class="votes">{head}{body}</table>'


def scores(rows: Sequence[tuple[str, float, float, float, int]]) -> str:
    """Each digit's (digit, precision, recall, F1, support); its least of a column is marked."""
    names = ("Digit", "Precision", "Recall", "F1", "Support")
    head = "".join(f"<th>{name}</th>" for name in names)
    least = [min(row[column] for row in rows) for column in (1, 2, 3)]
    body = "".join(
        f'<tr><td class="digit">{digit}</td>'
        + "".join(
            f"<td{' class=least' * (share == low)}>{share:.2%}</td>"
            for share, low in zip(shares, least, strict=True)
        )
        + f"<td>{support:,}</td></tr>"
        for digit, *shares, support in rows
    )
    return f'<div class="wide"><table class="votes scores"><tr>{head}</tr>{body}</table></div>'


def layer_line(kind: str, what: str, output: str, parameters: str) -> str:
    """A layer in a line: its kind, what it does, the shape that it gives, its parameters."""
    shape = f"→ {html.escape(output)}" if output else ""
    sums = f" · parameters {html.escape(parameters)}" if parameters not in ("", "0") else ""
    return (
        f'<div class="layer"><b>{html.escape(kind)}</b><span class="what">{html.escape(what)}'
        f'</span><span class="sums">{shape}{sums}</span></div>'
    )


def network(lines: Sequence[tuple[str, str, str, str]]) -> str:
    """A network from pixels to answer: (layer, settings, shape that it gives, parameters)."""
    head = "<tr><th>Layer</th><th>Settings</th><th>Gives</th><th>Parameters</th></tr>"
    first = "<tr><td>pixels</td><td></td><td>28 x 28</td><td></td></tr>"
    body = "".join(
        f"<tr><td><b>{html.escape(kind)}</b></td>"
        + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells)
        + "</tr>"
        for kind, *cells in lines
    )
    return f'<div class="wide"><table class="votes network">{head}{first}{body}</table></div>'


def facts(pairs: Sequence[tuple[str, str]]) -> str:
    """Figures in a row, each with what it is under it."""
    parts = "".join(
        f"<span><b>{html.escape(value)}</b><small>{html.escape(name)}</small></span>"
        for name, value in pairs
    )
    return f'<div class="facts">{parts}</div>'


def differences(names: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]]) -> str:
    """Settings of several runs side by side; a row whose values differ is marked."""
    head = "".join(f"<th>{html.escape(name)}</th>" for name in ("", *names))
    body = "".join(
        f"<tr{' class=differs' * (len(set(values)) > 1)}><td>{html.escape(title)}</td>"
        + "".join(f"<td>{html.escape(value)}</td>" for value in values)
        + "</tr>"
        for title, values in rows
    )
    return f'<div class="wide"><table class="votes"><tr>{head}</tr>{body}</table></div>'


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A small table of words."""
    top = "".join(f"<th>{html.escape(cell)}</th>" for cell in head)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f'<div class="wide"><table class="votes"><tr>{top}</tr>{body}</table></div>'


def numbers(lines: Sequence[str]) -> str:
    """Lines of numbers under each other; `st.code` would load a highlighter of code for them."""
    text = html.escape("\n".join(lines))
    return f'<div class="wide"><pre class="numbers">{text}</pre></div>'
