"""The Draw page's ten bars: HTML, as they are, against a Plotly chart in their place.

`python -m benchmarks.bars [--strokes 30]` starts the app as it is, then a copy whose only change is
that the bars are `st.plotly_chart`, draws the same strokes in both, and prints how long after the
pen went up the bars last changed, less the 200 ms that the canvas itself waits.
"""

import argparse
import statistics
import tempfile
from pathlib import Path

from benchmarks.app import stroke_delays
from tests.browser.harness import ROOT, chromium, open_page, served

# The page's bars are an object that the changed `st.html` draws as a chart.
CHANGED = """
import sys
sys.path.insert(0, {root!r})
import plotly.graph_objects as go
import streamlit as st
from pages.shared import html

class Bars(tuple):
    pass

if not hasattr(html, "shown_before"):
    html.shown_before = html.show

    def show(content):
        if not isinstance(content, Bars):
            return html.shown_before(content)
        digits = [*map(str, range(10))]
        figure = go.Figure(go.Bar(x=[*map(float, content)], y=digits, orientation="h"))
        figure.update_layout(height=300, margin=dict(l=10, r=10, t=10, b=10), xaxis_range=[0, 1])
        st.plotly_chart(figure, key="bars", config=dict(displayModeBar=False))

    html.show = show
    html.bars = lambda probabilities, *_, **__: Bars(probabilities)
"""


def main() -> None:
    """Draw in both and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--strokes", type=int, default=30)
    strokes = parser.parse_args().strokes
    with tempfile.TemporaryDirectory() as name, chromium() as browser:
        copy = Path(name)
        for path in ROOT.iterdir():
            if path.name not in ("app.py", ".git"):
                (copy / path.name).symlink_to(path)
        app = (ROOT / "app.py").read_text("utf-8")
        (copy / "app.py").write_text(CHANGED.format(root=str(ROOT)) + app, "utf-8")
        print(f"{'':<10}{'median, ms':>12}{'95th percentile, ms':>22}")
        for bars, folder, part in (("HTML", ROOT, ".bars"), ("Plotly", copy, ".js-plotly-plot")):
            with served(folder=folder) as (address, _):
                page = browser.new_page(viewport={"width": 1280, "height": 900})
                open_page(page, address)
                stroke_delays(page, 4, part)  # the first are slower
                cuts = statistics.quantiles(stroke_delays(page, strokes, part), n=20)
                print(f"{bars:<10}{cuts[9]:>12.0f}{cuts[18]:>22.0f}", flush=True)
                page.close()


if __name__ == "__main__":
    main()
