"""Plotly figures of trainings: metrics over batches and epochs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mnist_core.figures.style import BLUE, COLORS, FEW_EPOCHS, ORANGE, base_layout, graph_objects
from mnist_core.i18n import _

if TYPE_CHECKING:
    import plotly.graph_objects as go

MAX_POINTS = 600  # of one curve; more can't be told apart on a screen, but take time


def history_figure(
    history: Mapping[str, Sequence[float]],
    metric: str,
    published: Mapping[str, Sequence[float | None]] | None = None,
) -> "go.Figure":
    """Plot a metric over the epochs, for training and, if there is any, for validation.

    Args:
        history: as `StoredModel.card["history"]`: metric name -> value after each epoch.
        metric: `loss` or `accuracy`.
        published: in the same form, what a tutorial printed, with None where it printed nothing;
            dotted, with open diamonds, over the measured lines.
    """
    go = graph_objects()

    figure = go.Figure()
    published = published or {}
    few = max(len(history.get(metric, ())), len(published.get(metric, ()))) <= FEW_EPOCHS
    names = (
        (metric, _("training"), _("training, published")),
        (f"val_{metric}", _("validation"), _("validation, published")),
    )
    for source, is_published, colors, style in (
        (history, False, (BLUE, ORANGE), {}),
        (published, True, COLORS[2:], {"dash": "dot"}),
    ):
        for (key, *titles), color in zip(names, colors, strict=False):
            values = list(source.get(key, ()))
            if all(value is None for value in values):
                continue
            figure.add_scatter(
                x=list(range(1, len(values) + 1)),
                y=values,
                name=titles[is_published],
                mode="lines+markers",
                marker={"symbol": "diamond-open", "size": 9} if is_published else None,
                line={"color": color, **style},
                hovertemplate=_("epoch %{x}")
                + f"<br>{titles[is_published]} %{{y:.4f}}<extra></extra>",
            )
    figure.update_layout(
        **base_layout(),
        xaxis={"title": _("epoch"), "dtick": 1 if few else None},
        yaxis={"title": _metric(metric)},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},  # may need two rows
        height=300,
    )
    return figure


def _metric(name: str) -> str:
    """A metric in words; those that have none of their own are called by their name."""
    return {"loss": _("loss"), "accuracy": _("accuracy")}.get(name, name)


@dataclass(frozen=True)
class Curves:
    """The metrics of one training.

    Attributes:
        name: its name in the legend.
        history: metric name -> value after each finished epoch.
        batches: `epoch` and `batch` (from 1) and metrics of the latest batches.
        steps: batches per epoch.
    """

    name: str
    history: Mapping[str, Sequence[float]]
    batches: Mapping[str, Sequence[float]]
    steps: int


def smooth(values: ArrayLike, weight: float) -> NDArray[np.float64]:
    """Compute an exponential moving average without a bias to its start, as TensorBoard does.

    Args:
        weight: 0 leaves the values as they are, near 1 makes them nearly flat.
    """
    from scipy.signal import lfilter

    raw = np.asarray(values, np.float64)
    if not weight or not len(raw):
        return raw
    finite = np.nan_to_num(raw, nan=0.0, posinf=0.0, neginf=0.0)
    total_weight = lfilter([1 - weight], [1, -weight], np.isfinite(raw).astype(np.float64))
    weighted_sum = lfilter([1 - weight], [1, -weight], finite)
    return np.where(total_weight > 0, weighted_sum / np.maximum(total_weight, 1e-12), np.nan)


def curves_figure(
    trainings: Sequence[Curves], metric: str, smoothing: float = 0.6, log: bool = False
) -> "go.Figure":
    """Plot a metric of running or finished trainings: a line of batches, and validation as points.

    A single training has the colors of training and validation; of several, each has a color of
    its own, with the validation dotted.

    Args:
        metric: `loss` or `accuracy`.
        smoothing: weight of the moving average over the batches, see `smooth`.
        log: whether the axis is logarithmic; instead of accuracy, the error rate is shown then.
    """
    go = graph_objects()

    figure = go.Figure()
    error_rate = log and metric == "accuracy"
    single = len(trainings) == 1
    for index, curves in enumerate(trainings):
        color = COLORS[index % len(COLORS)]
        values = np.asarray(curves.batches.get(metric, ()), np.float64)
        epochs = np.asarray(curves.batches.get("epoch", ()), np.float64) - 1
        x = epochs + np.asarray(curves.batches.get("batch", ()), np.float64) / max(curves.steps, 1)
        smoothed = smooth(values, smoothing)
        every = slice(None, None, -(-len(values) // MAX_POINTS) or 1)
        training, validation = (
            (_("training"), _("validation"))
            if single
            else (curves.name, _("{name}, validation", name=curves.name))
        )
        if smoothing:
            figure.add_scatter(
                x=x[every],
                y=_convert(values[every], error_rate),
                mode="lines",
                opacity=0.25,
                line={"color": color, "width": 1},
                showlegend=False,
                hoverinfo="skip",
            )
        figure.add_scatter(
            x=x[every],
            y=_convert(smoothed[every], error_rate),
            mode="lines",
            name=training,
            line={"color": color},
            customdata=_convert(values[every], error_rate),
            hovertemplate=f"{training}<br>"
            + _("epoch %{x:.2f}<br>smoothed %{y:.4f}<br>raw %{customdata:.4f}<extra></extra>"),
        )
        validation_values = np.asarray(curves.history.get(f"val_{metric}", ()), np.float64)
        if len(validation_values):
            figure.add_scatter(
                x=np.arange(1, len(validation_values) + 1),
                y=_convert(validation_values, error_rate),
                mode="lines+markers",
                name=validation,
                line={"color": ORANGE if single else color, "dash": None if single else "dot"},
                hovertemplate=f"{validation}<br>" + _("epoch %{x}") + "<br>%{y:.4f}<extra></extra>",
            )
    title = _("error rate") if error_rate else _metric(metric)
    figure.update_layout(
        **base_layout(),
        height=300,
        xaxis={"title": _("epoch"), "rangemode": "tozero"},
        yaxis={"title": title, "type": "log" if log else "linear"},
        legend={"orientation": "h", "y": 1.15},
        showlegend=True,
        uirevision=f"{metric} {log}",  # keeps the zoom while the curves grow
    )
    return figure


def _convert(accuracy: NDArray[np.float64], error_rate: bool) -> NDArray[np.float64]:
    return 1 - accuracy if error_rate else accuracy


def folds_figure(
    folds: Mapping[int, Sequence[float | None]],
    mean: Sequence[float],
    deviation: Sequence[float],
    metric: str,
) -> "go.Figure":
    """Plot a metric of all folds of a cross-validation, with their mean and standard deviation.

    Args:
        folds: number of the fold, from 1 -> value after each epoch.
        mean, deviation: over the folds, after each epoch; empty where there are too few folds.
        metric: the title of the axis, such as `accuracy`.
    """
    go = graph_objects()

    figure = go.Figure()
    if len(mean):
        epochs = np.arange(1, len(mean) + 1)
        means, deviations = np.asarray(mean), np.asarray(deviation)
        figure.add_scatter(
            x=np.concatenate([epochs, epochs[::-1]]),
            y=np.concatenate([means + deviations, (means - deviations)[::-1]]),
            fill="toself",
            fillcolor="rgba(59,130,246,0.18)",
            line={"width": 0},
            hoverinfo="skip",
            mode="lines",
            name=_("± standard deviation"),
        )
    for fold, values in folds.items():
        figure.add_scatter(
            x=list(range(1, len(values) + 1)),
            y=list(values),
            mode="lines+markers",
            marker={"size": 4},
            line={"color": "rgba(128,128,128,0.7)", "width": 1},
            name=_("each fold"),
            legendgroup="folds",
            showlegend=fold == min(folds),
            hovertemplate=_("fold")
            + f" {fold}, "
            + _("epoch %{x}")
            + f"<br>{_metric(metric)} %{{y:.4f}}<extra></extra>",
        )
    if len(mean):
        figure.add_scatter(
            x=epochs,
            y=means,
            mode="lines",
            line={"color": BLUE, "width": 3},
            name=_("mean"),
            hovertemplate=_("mean")
            + ", "
            + _("epoch %{x}")
            + f"<br>{_metric(metric)} %{{y:.4f}}<extra></extra>",
        )
    few = max(map(len, folds.values()), default=0) <= FEW_EPOCHS
    figure.update_layout(
        **base_layout(),
        height=300,
        xaxis={"title": _("epoch"), "dtick": 1 if few else None},
        yaxis={"title": _metric(metric)},
        legend={"orientation": "h", "y": 1.15},
        showlegend=True,
        uirevision=metric,
    )
    return figure


def epochs_figure(
    epochs: Sequence[int], accuracies: NDArray[np.floating[Any]], marked: int
) -> "go.Figure":
    """Plot the accuracy of each digit over the epochs, with a mark at one epoch.

    Args:
        epochs: from 1.
        accuracies: `(epochs, 10)`, 0..1.
        marked: the epoch to mark.
    """
    go = graph_objects()
    from plotly.colors import qualitative

    figure = go.Figure()
    for digit in range(10):
        figure.add_scatter(
            x=list(epochs),
            y=accuracies[:, digit],
            name=str(digit),
            mode="lines+markers",
            line={"color": qualitative.T10[digit]},
            hovertemplate=f"{digit}: " + _("%{y:.1%} after epoch %{x}") + "<extra></extra>",
        )
    figure.add_vline(x=marked, line={"dash": "dot", "width": 1, "color": "gray"})
    figure.update_layout(
        **base_layout(),
        height=280,
        uirevision="epochs",
        xaxis={"title": _("epoch"), "dtick": 1 if len(epochs) <= FEW_EPOCHS else None},
        yaxis={"tickformat": ".0%", "rangemode": "tozero"},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},  # may need two rows
    )
    return figure
