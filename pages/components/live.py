"""A Plotly chart that takes new data without being made anew, so that it can grow every second.

`st.plotly_chart` puts a new chart in the place of the old one whenever the figure changes: it
flickers, and what was zoomed into is lost. This gives the new figure to the chart that is there
(`Plotly.react`), with the plotly.min.js that comes with the plotly package.
"""

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.components.v1 import declare_component

if TYPE_CHECKING:
    import plotly.graph_objects as go

# Only for the address that it gives plotly.min.js: /component/{name}/plotly.min.js
_FILES = declare_component(
    "plotly_files",
    path=str(Path(str(importlib.util.find_spec("plotly").origin)).parent / "package_data"),  # type: ignore[union-attr]
)
_JS = (
    """
const address = new URL('component/NAME/plotly.min.js', document.baseURI).href;
const plotly = () => window.digitLabPlotly ??= new Promise((done, failed) => {
  const script = document.createElement('script');
  script.src = address;
  script.onload = () => done(window.Plotly);
  script.onerror = failed;
  document.head.append(script);
});
export default function({data, parentElement, setTriggerValue}) {
  const place = parentElement.querySelector('.live-chart');
  place.newest = data.figure;
  place.style.height = data.height + 'px';
  plotly().then(Plotly => {
    if (place.newest !== data.figure) return;  // a newer one came while it was loaded
    const figure = JSON.parse(data.figure);
    const color = getComputedStyle(place).color;
    const grid = {automargin: true, gridcolor: 'rgba(128,128,128,.22)',
      zerolinecolor: 'rgba(128,128,128,.35)'};
    const layout = {...figure.layout, autosize: true, dragmode: figure.layout.dragmode ?? 'zoom',
      font: {color, family: getComputedStyle(place).fontFamily, size: 12}};
    layout.xaxis = {...layout.xaxis, ...grid};
    layout.yaxis = {...layout.yaxis, ...grid};
    Plotly.react(place, figure.data, layout, {displayModeBar: false, responsive: true});
    if (!data.clicks) return;
    place.clicked = ({points: [{x, y}]}) => setTriggerValue('clicked', {x, y});
    if (!place.listens) place.on('plotly_click', event => place.clicked(event));
    place.listens = true;
  });
}
"""
).replace("NAME", _FILES.name)
_CHART = st.components.v2.component(
    "live_chart",
    html='<div class="live-chart" style="width:100%"></div>',
    js=_JS,
    isolate_styles=False,
)


def live_chart(figure: "go.Figure", key: str) -> None:
    """A chart that keeps its place and its zoom from one run of the page to the next."""
    _CHART(key=key, data={"figure": figure.to_json(), "height": figure.layout.height or 300})


def clicked_chart(figure: "go.Figure", key: str) -> tuple[float, float] | None:
    """The same for a chart that can be clicked: (x, y) of what was clicked just now, or None."""
    result = _CHART(
        key=key,
        on_clicked_change=lambda: None,
        data={"figure": figure.to_json(), "height": figure.layout.height or 300, "clicks": True},
    )
    return (result.clicked["x"], result.clicked["y"]) if result.clicked else None
