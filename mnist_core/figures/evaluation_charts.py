"""Plotly figures of a network's results: confusion matrix and reliability diagram."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import label_name
from mnist_core.figures.style import BLUE, ORANGE, base_layout, graph_objects
from mnist_core.i18n import _
from mnist_core.metrics.calibration import Reliability

if TYPE_CHECKING:
    import plotly.graph_objects as go


def confusion_figure(
    matrix: "Sequence[Sequence[int]] | NDArray[np.intp]",
    *,
    shares: bool = False,
    label: int | None = None,
    predicted: int | None = None,
    class_names: Sequence[str] = (),
) -> "go.Figure":
    """Draw a confusion matrix: rows are true, columns are predicted; the diagonal is dimmed.

    The diagonal holds nearly all images, so only the mistakes are colored.

    Args:
        matrix: `(10, 10)` counts of images.
        shares: whether to show percentages of each row instead of counts.
        label, predicted: the row, the column or, with both, the cell to frame.
        class_names: what the labels stand for, where they are not digits; only these are shown.
    """
    go = graph_objects()

    counts = np.asarray(matrix, np.float64)
    if class_names:
        counts = counts[: len(class_names), : len(class_names)]
    size = len(counts)
    with np.errstate(invalid="ignore"):  # a row without images
        values = 100 * counts / counts.sum(axis=1, keepdims=True) if shares else counts
    texts = [[_format(value, shares) for value in row] for row in values]
    diagonal = np.eye(size, dtype=bool)
    figure = go.Figure()
    for cells, colors, meaning in (
        (
            ~diagonal,
            [[0, "rgba(245,158,11,0)"], [1, "rgba(245,158,11,0.65)"]],
            _("%{y} predicted as %{x}: %{customdata:,} images"),
        ),
        (
            diagonal,
            [[0, "rgba(128,128,128,.12)"], [1, "rgba(128,128,128,.12)"]],
            _("%{y} classified correctly: %{customdata:,} images"),
        ),
    ):
        figure.add_heatmap(
            z=np.where(cells, np.nan_to_num(values), np.nan),
            showscale=False,
            hoverongaps=False,
            colorscale=colors,
            xgap=1,
            ygap=1,
            customdata=counts,
            hovertemplate=f"{meaning}<extra></extra>",
        )
    # As annotations, the numbers have the page's text color, light on dark and dark on light.
    for row in range(size):
        for column in range(size):
            if counts[row, column]:
                figure.add_annotation(
                    x=column,
                    y=row,
                    text=texts[row][column],
                    showarrow=False,
                    opacity=0.5 if row == column else 1,
                )
    if label is not None or predicted is not None:
        left, right = (
            (-0.5, size - 0.5) if predicted is None else (predicted - 0.5, predicted + 0.5)
        )
        top, bottom = (-0.5, size - 0.5) if label is None else (label - 0.5, label + 0.5)
        figure.add_shape(
            type="rect", x0=left, x1=right, y0=top, y1=bottom, line={"color": BLUE, "width": 3}
        )
    axis = {
        "tickvals": list(range(size)),
        "ticktext": [label_name(k, class_names) for k in range(size)],
        "constrain": "domain",
        "showgrid": False,
        "zeroline": False,
    }
    figure.update_layout(
        **base_layout(),
        height=430,
        dragmode=False,
        xaxis={**axis, "title": _("prediction"), "range": [-0.5, size - 0.5]},
        yaxis={**axis, "title": _("label"), "range": [size - 0.5, -0.5]},
    )
    return figure


def _format(value: float, percentage: bool) -> str:
    return f"{value:.1f}" if percentage and value < 99.95 else f"{value:.0f}"


def reliability_figure(reliability: Reliability) -> "go.Figure":
    """Draw a reliability diagram: accuracy by confidence; on the dotted line both are equal."""
    go = graph_objects()

    filled = reliability.images > 0
    bins = len(reliability.images)
    centers = (np.arange(bins) + 0.5) / bins
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        hoverinfo="skip",
        name=_("perfect calibration"),
        line={"color": "gray", "dash": "dot", "width": 1},
    )
    figure.add_bar(
        x=centers[filled],
        y=reliability.accuracy[filled],
        width=0.92 / bins,
        name=_("accuracy"),
        marker={"color": BLUE, "opacity": 0.55},
        customdata=np.stack([reliability.images[filled], reliability.confidence[filled]], axis=1),
        hovertemplate=_(
            "%{customdata[0]:,} images, mean confidence %{customdata[1]:.1%}:<br>"
            "%{y:.1%} of them read correctly<extra></extra>"
        ),
    )
    figure.add_scatter(
        x=reliability.confidence[filled],
        y=reliability.accuracy[filled],
        mode="markers",
        hoverinfo="skip",
        name=_("mean confidence"),
        marker={"color": ORANGE, "size": 8},
    )
    figure.update_layout(
        **base_layout(),
        height=340,
        bargap=0,
        xaxis={"title": _("confidence"), "tickformat": ".0%", "range": [0, 1.01]},
        yaxis={"title": _("accuracy"), "tickformat": ".0%", "range": [0, 1.03]},
        legend={"orientation": "h", "y": 1.15},
    )
    return figure
