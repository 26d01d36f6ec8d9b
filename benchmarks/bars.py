"""Ten bars as HTML and as a Plotly chart: how long each takes to follow a stroke.

`python -m benchmarks.bars [--strokes 40]` serves the same small page twice in a real browser: the
app's canvas and network, with the bars as the app draws them, and with `st.plotly_chart`. Prints
milliseconds from the end of a stroke to the new bars, less the 200 ms that the canvas itself
waits: median and 95th percentile.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.app import stroke_delays
from tests.browser.harness import ROOT, chromium, draw_with_mouse, open_page, placed, served

PAGE = """
import sys
sys.path.insert(0, {root!r})
import gc
import numpy as np
import streamlit as st
from mnist_core import prepare_drawing
from pages.parts import html
from pages.parts.canvas import STYLE, canvas
from pages.parts.start import recognizers

st.html(html.STYLE + STYLE)

@st.fragment
def page():
    image = canvas()
    seen = recognizers()[0]["pen"].recognize(prepare_drawing(image)) if image is not None else None
    st.html(html.answer(str(seen.digit) if seen else "", "", ""))
    shares = seen.probabilities if seen else np.zeros(10)
    with st.container(key="chart"):
        {bars}

page()
gc.freeze()
"""
BARS = {
    "HTML": "st.html(html.bars(shares))",
    "Plotly": (
        "import plotly.graph_objects as go; "
        "figure = go.Figure(go.Bar(x=shares, y=list('0123456789'), orientation='h')); "
        "figure.update_layout(height=300, xaxis_range=[0, 1], margin=dict(l=0, r=0, t=0, b=0)); "
        "st.plotly_chart(figure, key='bars', config=dict(displayModeBar=False))"
    ),
}


def main() -> None:
    """Serve both pages, draw, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--strokes", type=int, default=40)
    options = parser.parse_args()
    with chromium() as browser, tempfile.TemporaryDirectory() as folder:
        for name, bars in BARS.items():
            script = Path(folder) / f"{name.lower()}.py"
            script.write_text(PAGE.format(root=str(ROOT), bars=bars), "utf-8")
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            with served(script=script) as (address, _):
                open_page(page, address)
                draw_with_mouse(page, placed(7, 0.3, 0.2, 0.6)[:1])
                page.wait_for_selector('[data-testid="answer"]:not([data-digit="–"])')
                page.wait_for_timeout(1000)  # Plotly's own code loads with its first chart
                times = stroke_delays(page, options.strokes, parts=("answer", "st-key-chart"))
                cuts = statistics.quantiles(times["st-key-chart"], n=20)
                print(f"{name:<8} median {cuts[9]:.0f} ms, 95th percentile {cuts[18]:.0f} ms")
                sys.stdout.flush()
            page.close()


if __name__ == "__main__":
    main()
