"""Arrays -> Plotly figures. No numbers are worked out here; those come from the other modules."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import plotly.graph_objects as go

BLUE, ORANGE = "#3b82f6", "#f59e0b"


def history_figure(history: Mapping[str, Sequence[float]], metric: str) -> "go.Figure":
    """A metric over the epochs, for training and, where there is one, for validation.

    Args:
        history: as `StoredModel.card["history"]`: metric name -> value after each epoch.
        metric: `loss` or `accuracy`.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    few = len(history.get(metric, ())) <= 15  # then every epoch gets its tick
    for key, name, color in ((metric, "training", BLUE), (f"val_{metric}", "validation", ORANGE)):
        if key in history:
            values = list(history[key])
            figure.add_scatter(
                x=list(range(1, len(values) + 1)), y=values, name=name,
                mode="lines+markers", line={"color": color},
                hovertemplate=f"epoch %{{x}}<br>{name} {metric} %{{y:.4f}}<extra></extra>",
            )  # fmt: skip
    figure.update_layout(
        **_frame(), xaxis={"title": "epoch", "dtick": 1 if few else None},
        yaxis={"title": metric}, legend={"orientation": "h", "y": 1.12}, height=300,
    )  # fmt: skip
    return figure


def confusion_figure(matrix: Sequence[Sequence[int]]) -> "go.Figure":
    """A confusion matrix: rows are true, columns are predicted; the diagonal is left blank.

    The diagonal holds nearly everything, so colours are for the mistakes alone.
    """
    import plotly.graph_objects as go

    size = len(matrix)
    mistakes = [
        [None if row == column else matrix[row][column] for column in range(size)]
        for row in range(size)
    ]
    figure = go.Figure(
        go.Heatmap(
            z=mistakes,
            showscale=False,
            hoverongaps=False,
            colorscale=[[0, "rgba(245,158,11,0)"], [1, "rgba(245,158,11,0.65)"]],
            hovertemplate="%{y} read as %{x}: %{z} images<extra></extra>",
            xgap=1,
            ygap=1,
        )
    )
    # Words of their own, as these have the page's text colour, light on dark and dark on light.
    for row in range(size):
        for column in range(size):
            if matrix[row][column]:
                figure.add_annotation(
                    x=column, y=row, text=str(matrix[row][column]), showarrow=False,
                    opacity=0.5 if row == column else 1,
                )  # fmt: skip
    digits = {
        "tickvals": list(range(size)), "constrain": "domain", "showgrid": False, "zeroline": False,
    }  # fmt: skip
    figure.update_layout(
        **_frame(), height=430,
        xaxis={**digits, "title": "read as"},
        yaxis={**digits, "title": "true digit", "autorange": "reversed"},
    )  # fmt: skip
    return figure


def _frame() -> dict[str, Any]:
    # See-through, so that the page's own light or dark shows.
    return {
        "margin": {"l": 10, "r": 10, "t": 10, "b": 10},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
    }
