"""A data set's numbers -> Plotly figures. The numbers come from `mnist_core.data.exploration`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mnist_core.figures.charts import BLUE, COLORS, ORANGE, graph_objects

if TYPE_CHECKING:
    import plotly.graph_objects as go

GREY = "rgba(128,128,128,0.45)"


def counts_figure(parts: Sequence[tuple[str, ArrayLike]], classes: Sequence[str]) -> "go.Figure":
    """How many images of each class each part has: bars on top of each other.

    Args:
        parts: (name, `(10,)` counts) of each.
        classes: what each class is called.
    """
    figure = _figure(300, "class", "images")
    for place, (name, counts) in enumerate(parts):
        figure.add_bar(
            x=list(classes),
            y=np.asarray(counts).tolist(),
            name=name,
            marker_color=COLORS[place % len(COLORS)],
            hovertemplate=f"%{{x}}, {name}: %{{y:,}} images<extra></extra>",
        )
    figure.update_layout(
        barmode="stack", xaxis_type="category", legend={"orientation": "h", "y": 1.15}
    )
    return figure


def pixels_figure(counts: NDArray[np.intp]) -> "go.Figure":
    """How often each pixel value occurs: `(256,)` counts, on a logarithmic scale."""
    figure = _figure(280, "value of the pixel", "pixels (logarithmic)")
    shares = counts / max(counts.sum(), 1)
    figure.add_bar(
        x=list(range(256)),
        y=counts.tolist(),
        marker_color=BLUE,
        marker_line_width=0,
        customdata=(100 * shares).tolist(),
        hovertemplate="value %{x}: %{y:,} pixels, %{customdata:.2f}%<extra></extra>",
    )
    figure.update_layout(bargap=0, yaxis_type="log")
    return figure


def distribution_figure(
    values: NDArray[np.float64],
    chosen: NDArray[np.float64] | None,
    title: str,
    unit: str,
    name: str = "",
) -> "go.Figure":
    """How a measure is distributed over all images, and over those of one class in front of it.

    Args:
        values: `(n,)`; the lowest and the highest thousandth are left out of the picture.
        chosen: `(m,)` of the class `name`, or None.
    """
    figure = _figure(260, f"{title} ({unit})", "share of the images")
    low, high = np.quantile(values, [0.001, 0.999])
    edges = np.linspace(low, max(high, low + 1e-6), 61)
    middles = (edges[:-1] + edges[1:]) / 2
    for some, label, color in ((values, "all", GREY), (chosen, name, ORANGE)):
        if some is None or not len(some):
            continue
        shares = np.histogram(some, edges)[0] / len(some)
        figure.add_bar(
            x=middles.tolist(),
            y=shares.tolist(),
            name=label,
            marker_color=color,
            marker_line_width=0,
            hovertemplate=f"{label}: %{{y:.1%}} around %{{x:.1f}} {unit}<extra></extra>",
        )
    figure.update_layout(
        barmode="overlay",
        bargap=0,
        yaxis_tickformat=".0%",
        legend={"orientation": "h", "y": 1.15},
        showlegend=chosen is not None,
    )
    figure.update_traces(opacity=0.75)
    return figure


def _figure(height: int, x: str, y: str) -> "go.Figure":
    go = graph_objects()

    frame: dict[str, Any] = {
        "margin": {"l": 10, "r": 10, "t": 10, "b": 10},
        "paper_bgcolor": "rgba(0,0,0,0)",  # see-through, so that a light and a dark page show
        "plot_bgcolor": "rgba(0,0,0,0)",
    }
    return go.Figure(layout={**frame, "height": height, "xaxis_title": x, "yaxis_title": y})
