"""A Plotly chart that takes new data without being made anew, so that it can grow every second.

`st.plotly_chart` puts a new chart in the place of the old one whenever the figure changes: it
flickers, and what was zoomed into is lost. This gives the new figure to the chart that is there
(`Plotly.react`), with the plotly.min.js that comes with the plotly package.
"""

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any

from streamlit.components.v1 import declare_component

from pages.components.assets import component

if TYPE_CHECKING:
    import plotly.graph_objects as go

# Only for the address that it gives plotly.min.js: component/{name}/plotly.min.js
_FILES = declare_component(
    "plotly_files",
    path=str(Path(str(importlib.util.find_spec("plotly").origin)).parent / "package_data"),  # type: ignore[union-attr]
)
_CHART = component(
    "live_chart",
    __file__,
    '<div class="live-chart" style="width:100%"></div>',
    isolate_styles=False,
)


def live_chart(figure: "go.Figure", key: str) -> None:
    """Show a chart that keeps its place and its zoom from one run of the page to the next."""
    _CHART(key=key, data=_data(figure))


def clicked_chart(figure: "go.Figure", key: str) -> tuple[float, float] | None:
    """Show a chart that can be clicked; return the (x, y) that was clicked just now, or None."""
    result = _CHART(key=key, on_clicked_change=lambda: None, data={**_data(figure), "clicks": True})
    return (result.clicked["x"], result.clicked["y"]) if result.clicked else None


def _data(figure: "go.Figure") -> dict[str, Any]:
    return {
        "figure": figure.to_json(),
        "height": figure.layout.height or 300,
        "plotly": f"component/{_FILES.name}/plotly.min.js",
    }
