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

STYLE = """<style>
.stMainBlockContainer{padding-top:4.25rem}
.answer{display:flex;align-items:center;gap:1.25rem;min-height:8.5rem}
.answer .digit{font-size:7rem;line-height:1;font-weight:700;min-width:4.5rem;text-align:center}
.answer .words{font-size:1.05rem;line-height:1.4}
.answer .share{font-size:1.6rem;font-weight:600}
.bars{display:grid;grid-template-columns:1.2rem 1fr 3.4rem;gap:.28rem .6rem;align-items:center;
 font-variant-numeric:tabular-nums}
.bars .track{height:1rem;border-radius:.25rem;overflow:hidden;
 background:color-mix(in srgb,currentColor 10%,transparent)}
.bars .fill{height:100%;background:color-mix(in srgb,currentColor 38%,transparent)}
.bars .fill.best{background:#3b82f6}
.bars .share{text-align:right;opacity:.85}
.steps{display:grid;grid-template-columns:repeat(auto-fill,minmax(9.5rem,1fr));gap:1.1rem}
.steps figure{margin:0}
.steps img,.sample img{width:100%;max-width:11rem;aspect-ratio:1;object-fit:contain;
 image-rendering:pixelated;background:#000;border-radius:.3rem;display:block}
.steps figcaption{font-size:.875rem;line-height:1.35;margin-top:.35rem}
.steps figcaption b{display:block}
.votes{width:100%;border-collapse:collapse;font-variant-numeric:tabular-nums}
.votes th{font-weight:600;text-align:left;opacity:.7;font-size:.875rem}
.votes td,.votes th{padding:.3rem .8rem .3rem 0;
 border-bottom:1px solid color-mix(in srgb,currentColor 15%,transparent)}
.votes td.digit{font-weight:700;font-size:1.15rem}
.votes small{opacity:.7;display:block}
</style>"""


def picture(image: NDArray[np.uint8], alt: str) -> str:
    """An `<img>` with a grey `(h, w)` picture in it: no second request, so no flash."""
    content = io.BytesIO()
    Image.fromarray(image).save(content, format="PNG", compress_level=1)
    data = base64.b64encode(content.getvalue()).decode("ascii")
    return f'<img alt="{html.escape(alt)}" src="data:image/png;base64,{data}">'


def answer(digit: int | None, heading: str, words: str) -> str:
    """The answer, large, with a line or two beside it."""
    shown = "–" if digit is None else str(digit)
    return (
        f'<div class="answer" data-testid="answer" data-digit="{shown}">'
        f'<div class="digit">{shown}</div><div class="words">'
        f'<div class="share">{html.escape(heading)}</div>{html.escape(words)}</div></div>'
    )


def bars(probabilities: Sequence[float] | NDArray[np.float32]) -> str:
    """Ten bars, one for each digit."""
    best = int(np.argmax(probabilities)) if np.any(probabilities) else -1
    rows = "".join(
        f'<span>{digit}</span><div class="track"><div class="fill{" best" * (digit == best)}" '
        f'style="width:{100 * share:.1f}%"></div></div>'
        f'<span class="share">{100 * share:.1f}%</span>'
        for digit, share in enumerate(probabilities)
    )
    return f'<div class="bars" role="img" aria-label="Probability of each digit">{rows}</div>'


def steps(figures: Sequence[tuple[NDArray[np.uint8], str, str]]) -> str:
    """Pictures in a row, each with a title and a line: (picture, title, line)."""
    parts = "".join(
        f"<figure>{picture(image, title)}<figcaption><b>{html.escape(title)}</b>"
        f"{html.escape(line)}</figcaption></figure>"
        for image, title, line in figures
    )
    return f'<div class="steps">{parts}</div>'


def votes(rows: Sequence[tuple[str, str, str, str, str]]) -> str:
    """What each network says: (name, title, test accuracy, digit, confidence)."""
    head = "<tr><th>Network</th><th>Test accuracy</th><th>Says</th><th>Confidence</th></tr>"
    body = "".join(
        f"<tr><td>{html.escape(name)}<small>{html.escape(title)}</small></td>"
        f'<td>{accuracy}</td><td class="digit">{digit}</td><td>{confidence}</td></tr>'
        for name, title, accuracy, digit, confidence in rows
    )
    return f'<table class="votes">{head}{body}</table>'
