"""Plotly figures of a data set's statistics, see `mnist_core.data.exploration`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mnist_core.figures.style import BLUE, COLORS, GRAY, ORANGE, base_layout, graph_objects
from mnist_core.i18n import _

if TYPE_CHECKING:
    import plotly.graph_objects as go


def counts_figure(parts: Sequence[tuple[str, ArrayLike]], classes: Sequence[str]) -> "go.Figure":
    """Draw the number of images of each class, as stacked bars for the parts of a data set.

    Args:
        parts: (name, `(10,)` counts) of each part.
        classes: names of the classes.
    """
    figure = _figure(300, _("class"), _("images"))
    for index, (name, counts) in enumerate(parts):
        figure.add_bar(
            x=list(classes),
            y=np.asarray(counts).tolist(),
            name=name,
            marker_color=COLORS[index % len(COLORS)],
            hovertemplate=f"%{{x}}, {name}: " + _("%{y:,} images") + "<extra></extra>",
        )
    figure.update_layout(
        barmode="stack", xaxis_type="category", legend={"orientation": "h", "y": 1.15}
    )
    return figure


def pixels_figure(counts: NDArray[np.intp]) -> "go.Figure":
    """Draw how often each pixel value occurs: `(256,)` counts, on a logarithmic scale."""
    figure = _figure(280, _("pixel value"), _("pixels (logarithmic)"))
    shares = counts / max(counts.sum(), 1)
    figure.add_bar(
        x=list(range(256)),
        y=counts.tolist(),
        marker_color=BLUE,
        marker_line_width=0,
        customdata=(100 * shares).tolist(),
        hovertemplate=_("value %{x}: %{y:,} pixels, %{customdata:.2f}%<extra></extra>"),
    )
    figure.update_layout(bargap=0, yaxis_type="log")
    return figure


def distribution_figure(
    values: NDArray[np.float64],
    selected: NDArray[np.float64] | None,
    title: str,
    unit: str,
    name: str = "",
) -> "go.Figure":
    """Draw the distribution of a measure over all images, and over those of one class in front.

    Args:
        values: `(n,)`; the lowest and the highest thousandth are left out.
        selected: `(m,)` of the class `name`, or None.
    """
    figure = _figure(260, f"{_(title)} ({_(unit)})", _("share of images"))
    low, high = np.quantile(values, [0.001, 0.999])
    edges = np.linspace(low, max(high, low + 1e-6), 61)
    centers = (edges[:-1] + edges[1:]) / 2
    for sample, label, color in ((values, _("all"), GRAY), (selected, name, ORANGE)):
        if sample is None or not len(sample):
            continue
        shares = np.histogram(sample, edges)[0] / len(sample)
        figure.add_bar(
            x=centers.tolist(),
            y=shares.tolist(),
            name=label,
            marker_color=color,
            marker_line_width=0,
            hovertemplate=f"{label}: "
            + _("%{y:.1%} around %{x:.1f}")
            + f" {_(unit)}<extra></extra>",
        )
    figure.update_layout(
        barmode="overlay",
        bargap=0,
        yaxis_tickformat=".0%",
        legend={"orientation": "h", "y": 1.15},
        showlegend=selected is not None,
    )
    figure.update_traces(opacity=0.75)
    return figure


def _figure(height: int, x: str, y: str) -> "go.Figure":
    go = graph_objects()
    return go.Figure(layout={**base_layout(), "height": height, "xaxis_title": x, "yaxis_title": y})
