"""Plotly figures of a layer: its weights and its activity."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.figures.style import BLUE, ORANGE, RED, base_layout, graph_objects
from mnist_core.i18n import _

if TYPE_CHECKING:
    import plotly.graph_objects as go


def histogram_figure(
    counts: NDArray[np.integer[Any]], edges: NDArray[np.floating[Any]], title: str
) -> "go.Figure":
    """Draw a histogram.

    Args:
        counts: `(bins,)`.
        edges: `(bins + 1,)`.
        title: of the axis, such as "weight".
    """
    go = graph_objects()

    centers = (edges[:-1] + edges[1:]) / 2
    figure = go.Figure(
        go.Bar(
            x=centers,
            y=counts,
            width=np.diff(edges),
            marker={"color": BLUE, "line": {"width": 0}},
            customdata=np.stack([edges[:-1], edges[1:]], axis=1),
            hovertemplate=_("%{customdata[0]:.3g} to %{customdata[1]:.3g}: %{y:,}<extra></extra>"),
        )
    )
    figure.update_layout(
        **base_layout(),
        height=220,
        bargap=0,
        xaxis={"title": _(title)},
        yaxis={
            "title": _("count"),
            "type": "log" if counts.max() > 200 * max(np.median(counts), 1) else "linear",
        },
    )
    return figure


def units_figure(
    mean: NDArray[np.floating[Any]],
    active: NDArray[np.floating[Any]],
    dead: NDArray[np.integer[Any]],
    selected: int,
) -> "go.Figure":
    """Draw the mean activation of each feature map or unit, and mark dead ones and a selected one.

    Args:
        mean: `(units,)`.
        active: `(units,)`, 0..1, the share of its activations above 0.
        dead: units whose activation is constant.
        selected: the unit to mark.
    """
    go = graph_objects()

    units = np.arange(len(mean))
    colors = np.full(len(mean), BLUE, dtype=object)
    colors[dead] = RED
    colors[selected] = ORANGE
    figure = go.Figure(
        go.Bar(
            x=units,
            y=mean,
            marker={"color": list(colors), "line": {"width": 0}},
            customdata=active,
            hovertemplate=_("%{x}: mean %{y:.4g}, above 0 in %{customdata:.1%}<extra></extra>"),
        )
    )
    if len(dead):
        figure.add_scatter(
            x=dead,
            y=mean[dead],
            mode="markers",
            marker={"color": RED, "symbol": "x", "size": 8},
            hovertemplate=_("%{x}: dead<extra></extra>"),
        )
    figure.update_layout(
        **base_layout(),
        height=220,
        bargap=0.15,
        showlegend=False,
        xaxis={"title": _("feature map or unit")},
        yaxis={"title": _("mean")},
    )
    return figure
