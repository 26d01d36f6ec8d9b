"""Arrays -> Plotly figures. No numbers are worked out here; those come from the other modules."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    import optuna
    import plotly.graph_objects as go

    from mnist_core.metrics.classification import Reliability

BLUE, ORANGE, RED = "#3b82f6", "#f59e0b", "#ef4444"
COLORS = (BLUE, ORANGE, "#10b981", "#ef4444", "#a855f7", "#14b8a6", "#ec4899", "#84cc16")
# One for each class, 0 to 9, told apart on white and on black: D3's and Matplotlib's ten.
CLASS_COLORS = (
    "#1f77b4",
    "#ff7f0e",
    "#2ca02c",
    "#d62728",
    "#9467bd",
    "#8c564b",
    "#e377c2",
    "#7f7f7f",
    "#bcbd22",
    "#17becf",
)
IMPORTANCE_FROM = 5  # trials; fewer tell nothing of what made the difference
MOST_POINTS = 600  # of one curve; more can't be told apart on a screen, but cost time


def graph_objects() -> Any:
    """`plotly.graph_objects`, which is slow to import, fit for several threads.

    Plotly looks for pandas's types as soon as another thread has begun to import pandas, and fails
    until that is through. Importing it here waits for that.
    """
    with suppress(ImportError):
        import pandas  # noqa: F401
    import plotly.graph_objects as go

    return go


def history_figure(history: Mapping[str, Sequence[float]], metric: str) -> "go.Figure":
    """A metric over the epochs, for training and, where there is one, for validation.

    Args:
        history: as `StoredModel.card["history"]`: metric name -> value after each epoch.
        metric: `loss` or `accuracy`.
    """
    go = graph_objects()

    figure = go.Figure()
    few = len(history.get(metric, ())) <= 15  # then every epoch gets its tick
    for key, name, color in ((metric, "training", BLUE), (f"val_{metric}", "validation", ORANGE)):
        if key in history:
            values = list(history[key])
            figure.add_scatter(
                x=list(range(1, len(values) + 1)),
                y=values,
                name=name,
                mode="lines+markers",
                line={"color": color},
                hovertemplate=f"epoch %{{x}}<br>{name} {metric} %{{y:.4f}}<extra></extra>",
            )
    figure.update_layout(
        **_frame(),
        xaxis={"title": "epoch", "dtick": 1 if few else None},
        yaxis={"title": metric},
        legend={"orientation": "h", "y": 1.12},
        height=300,
    )
    return figure


@dataclass(frozen=True)
class Curves:
    """What is drawn of one training.

    Attributes:
        name: as the legend says it.
        history: metric name -> value after each finished epoch.
        batches: `epoch`, `batch` (from 1) and metrics of the batches just seen.
        steps: batches an epoch.
    """

    name: str
    history: Mapping[str, Sequence[float]]
    batches: Mapping[str, Sequence[float]]
    steps: int


def smoothed(values: ArrayLike, weight: float) -> NDArray[np.float64]:
    """An exponential moving average without a bias to its start, as TensorBoard draws it.

    Args:
        weight: 0 leaves the values, near 1 makes them nearly flat.
    """
    from scipy.signal import lfilter

    raw = np.asarray(values, np.float64)
    if not weight or not len(raw):
        return raw
    known = np.nan_to_num(raw, nan=0.0, posinf=0.0, neginf=0.0)
    share = lfilter([1 - weight], [1, -weight], np.isfinite(raw).astype(np.float64))
    mean = lfilter([1 - weight], [1, -weight], known)
    return np.where(share > 0, mean / np.maximum(share, 1e-12), np.nan)


def curves_figure(
    trainings: Sequence[Curves], metric: str, smoothing: float = 0.6, log: bool = False
) -> "go.Figure":
    """A metric while it is trained: batches as a line, validation as points at the epochs' ends.

    One training has the colours of training and validation; of several, each has its own, with
    the validation dotted.

    Args:
        metric: `loss` or `accuracy`.
        smoothing: of the batches, see `smoothed`.
        log: a logarithmic axis; of accuracy, the share that is wrong is shown then.
    """
    go = graph_objects()

    figure = go.Figure()
    wrong = log and metric == "accuracy"
    for number, one in enumerate(trainings):
        alone = len(trainings) == 1
        color = COLORS[number % len(COLORS)]
        values = np.asarray(one.batches.get(metric, ()), np.float64)
        epochs = np.asarray(one.batches.get("epoch", ()), np.float64) - 1
        x = epochs + np.asarray(one.batches.get("batch", ()), np.float64) / max(one.steps, 1)
        shown = smoothed(values, smoothing)
        every = slice(None, None, -(-len(values) // MOST_POINTS) or 1)
        training, validation = (
            ("training", "validation") if alone else (one.name, f"{one.name}, validation")
        )
        if smoothing:
            figure.add_scatter(
                x=x[every],
                y=_shown(values[every], wrong),
                mode="lines",
                opacity=0.25,
                line={"color": color, "width": 1},
                showlegend=False,
                hoverinfo="skip",
            )
        figure.add_scatter(
            x=x[every],
            y=_shown(shown[every], wrong),
            mode="lines",
            name=training,
            line={"color": color},
            customdata=_shown(values[every], wrong),
            hovertemplate=f"{training}<br>epoch %{{x:.2f}}<br>smoothed %{{y:.4f}}"
            "<br>raw %{customdata:.4f}<extra></extra>",
        )
        ends = np.asarray(one.history.get(f"val_{metric}", ()), np.float64)
        if len(ends):
            figure.add_scatter(
                x=np.arange(1, len(ends) + 1),
                y=_shown(ends, wrong),
                mode="lines+markers",
                name=validation,
                line={"color": ORANGE if alone else color, "dash": None if alone else "dot"},
                hovertemplate=f"{validation}<br>epoch %{{x}}<br>%{{y:.4f}}<extra></extra>",
            )
    title = "share read wrongly" if wrong else metric
    figure.update_layout(
        **_frame(),
        height=300,
        xaxis={"title": "epoch", "rangemode": "tozero"},
        yaxis={"title": title, "type": "log" if log else "linear"},
        legend={"orientation": "h", "y": 1.15},
        showlegend=True,
        uirevision=f"{metric} {log}",  # what was zoomed into stays when the curves grow
    )
    return figure


def _shown(values: NDArray[np.float64], wrong: bool) -> NDArray[np.float64]:
    return 1 - values if wrong else values


def folds_figure(
    folds: Mapping[int, Sequence[float | None]],
    mean: Sequence[float],
    deviation: Sequence[float],
    metric: str,
) -> "go.Figure":
    """The curves of all folds over each other, thin, with their mean and spread.

    Args:
        folds, mean, deviation: as `mnist_core.studies.state.FoldCurves` has them.
        metric: what the axis says, such as `accuracy`.
    """
    go = graph_objects()

    figure = go.Figure()
    if len(mean):
        epochs = np.arange(1, len(mean) + 1)
        middle, spread = np.asarray(mean), np.asarray(deviation)
        figure.add_scatter(
            x=np.concatenate([epochs, epochs[::-1]]),
            y=np.concatenate([middle + spread, (middle - spread)[::-1]]),
            fill="toself",
            fillcolor="rgba(59,130,246,0.18)",
            line={"width": 0},
            hoverinfo="skip",
            mode="lines",
            name="± deviation",
        )
    for number, values in folds.items():
        figure.add_scatter(
            x=list(range(1, len(values) + 1)),
            y=list(values),
            mode="lines+markers",
            marker={"size": 4},
            line={"color": "rgba(128,128,128,0.7)", "width": 1},
            name="each fold",
            legendgroup="folds",
            showlegend=number == min(folds),
            hovertemplate=f"fold {number}, epoch %{{x}}<br>{metric} %{{y:.4f}}<extra></extra>",
        )
    if len(mean):
        figure.add_scatter(
            x=epochs,
            y=middle,
            mode="lines",
            line={"color": BLUE, "width": 3},
            name="mean",
            hovertemplate=f"mean, epoch %{{x}}<br>{metric} %{{y:.4f}}<extra></extra>",
        )
    few = max(map(len, folds.values()), default=0) <= 15
    figure.update_layout(
        **_frame(),
        height=300,
        xaxis={"title": "epoch", "dtick": 1 if few else None},
        yaxis={"title": metric},
        legend={"orientation": "h", "y": 1.15},
        showlegend=True,
        uirevision=metric,
    )
    return figure


def search_figures(study: "optuna.Study") -> "dict[str, go.Figure]":
    """Optuna's own pictures of a search; those that these trials give nothing for are left out.

    Returns:
        `history`: the accuracy of each trial, and the best so far; `importance`: which settings
        made the difference, as shares (fANOVA, Hutter, Hoos and Leyton-Brown 2014); `parallel`:
        a line for each trial through its settings.
    """
    from optuna import visualization
    from optuna.importance import FanovaImportanceEvaluator

    done = [trial for trial in study.trials if trial.state.name == "COMPLETE"]
    if not done:
        return {}
    name = "validation accuracy"
    history = visualization.plot_optimization_history(study, target_name=name)
    for line, words in zip(history.data, ("a trial", "the best so far"), strict=False):
        line.name = words
    history.update_layout(
        **_frame(),
        title=None,
        height=320,
        xaxis={"title": "trial"},
        yaxis={"tickformat": ".0%"},
        legend={"orientation": "h", "y": 1.12, "x": 0},
    )
    figures = {"history": history}
    if not any(trial.params for trial in done):
        return figures
    with suppress(ValueError, RuntimeError):  # all have the same settings, or the same accuracy
        if len(done) < IMPORTANCE_FROM:
            raise ValueError
        importance = visualization.plot_param_importances(
            study, evaluator=FanovaImportanceEvaluator(seed=0), target_name=name
        )
        importance.update_layout(
            **_frame(),
            title=None,
            height=320,
            yaxis={"title": None},
            xaxis={"title": "share of the differences", "tickformat": ".0%"},
        )
        importance.update_traces(marker={"color": BLUE}, texttemplate="%{x:.0%}")
        importance.update_layout(margin={"r": 45})
        figures["importance"] = importance
    parallel = visualization.plot_parallel_coordinate(study, target_name=name)
    # Two colours that can be told from a light and from a dark page.
    parallel.update_traces(
        line={"colorscale": [[0, ORANGE], [1, BLUE]], "reversescale": False, "showscale": False},
        labelside="top",
        labelangle=-15,
    )
    parallel.update_layout(
        **{**_frame(), "margin": {"l": 70, "r": 70, "t": 90, "b": 25}}, title=None, height=400
    )
    figures["parallel"] = parallel
    return figures


def epochs_figure(epochs: Sequence[int], shares: NDArray[np.floating[Any]], at: int) -> "go.Figure":
    """Ten lines over the epochs, one for each digit, with a mark at one epoch.

    Args:
        shares: `(epochs, 10)`, 0..1.
        at: the epoch that is marked.
    """
    go = graph_objects()
    from plotly.colors import qualitative

    figure = go.Figure()
    for digit in range(10):
        figure.add_scatter(
            x=list(epochs),
            y=shares[:, digit],
            name=str(digit),
            mode="lines+markers",
            line={"color": qualitative.T10[digit]},
            hovertemplate=f"{digit}: %{{y:.1%}} after epoch %{{x}}<extra></extra>",
        )
    figure.add_vline(x=at, line={"dash": "dot", "width": 1, "color": "gray"})
    figure.update_layout(
        **_frame(),
        height=280,
        uirevision="epochs",
        xaxis={"title": "epoch", "dtick": 1 if len(epochs) <= 15 else None},
        yaxis={"tickformat": ".0%", "rangemode": "tozero"},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},  # may need two rows
    )
    return figure


def confusion_figure(
    matrix: "Sequence[Sequence[int]] | NDArray[np.intp]",
    *,
    shares: bool = False,
    label: int | None = None,
    said: int | None = None,
) -> "go.Figure":
    """A confusion matrix: rows are true, columns are predicted; the diagonal is dimmed.

    The diagonal holds nearly everything, so colours are for the mistakes alone.

    Args:
        matrix: counts of images.
        shares: show per cent of each row's images instead of counts.
        label, said: the row, the column or, with both, the cell that gets a frame.
    """
    go = graph_objects()

    counts = np.asarray(matrix, np.float64)
    size = len(counts)
    with np.errstate(invalid="ignore"):  # a row without images
        shown = 100 * counts / counts.sum(axis=1, keepdims=True) if shares else counts
    texts = [[_count(value, shares) for value in row] for row in shown]
    diagonal = np.eye(size, dtype=bool)
    figure = go.Figure()
    for fits, colors, words in (
        (~diagonal, [[0, "rgba(245,158,11,0)"], [1, "rgba(245,158,11,0.65)"]], "read as %{x}"),
        (diagonal, [[0, "rgba(128,128,128,.12)"], [1, "rgba(128,128,128,.12)"]], "read rightly"),
    ):
        figure.add_heatmap(
            z=np.where(fits, np.nan_to_num(shown), np.nan),
            showscale=False,
            hoverongaps=False,
            colorscale=colors,
            xgap=1,
            ygap=1,
            customdata=counts,
            hovertemplate=f"%{{y}} {words}: %{{customdata:,}} images<extra></extra>",
        )
    # Words of their own, as these have the page's text colour, light on dark and dark on light.
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
    if label is not None or said is not None:
        left, right = (-0.5, size - 0.5) if said is None else (said - 0.5, said + 0.5)
        top, bottom = (-0.5, size - 0.5) if label is None else (label - 0.5, label + 0.5)
        figure.add_shape(
            type="rect", x0=left, x1=right, y0=top, y1=bottom, line={"color": BLUE, "width": 3}
        )
    digits = {
        "tickvals": list(range(size)),
        "constrain": "domain",
        "showgrid": False,
        "zeroline": False,
    }
    figure.update_layout(
        **_frame(),
        height=430,
        dragmode=False,
        xaxis={**digits, "title": "read as", "range": [-0.5, size - 0.5]},
        yaxis={**digits, "title": "true digit", "range": [size - 0.5, -0.5]},
    )
    return figure


def _count(value: float, share: bool) -> str:
    return f"{value:.1f}" if share and value < 99.95 else f"{value:.0f}"


def reliability_figure(found: "Reliability") -> "go.Figure":
    """How often answers are right, by how sure they are; on the line both are the same."""
    go = graph_objects()

    filled = found.images > 0
    bins = len(found.images)
    middles = (np.arange(bins) + 0.5) / bins
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        hoverinfo="skip",
        name="as sure as right",
        line={"color": "gray", "dash": "dot", "width": 1},
    )
    figure.add_bar(
        x=middles[filled],
        y=found.accuracy[filled],
        width=0.92 / bins,
        name="share right",
        marker={"color": BLUE, "opacity": 0.55},
        customdata=np.stack([found.images[filled], found.confidence[filled]], axis=1),
        hovertemplate="%{customdata[0]:,} images, on average %{customdata[1]:.1%} sure:<br>"
        "%{y:.1%} of them read rightly<extra></extra>",
    )
    figure.add_scatter(
        x=found.confidence[filled],
        y=found.accuracy[filled],
        mode="markers",
        hoverinfo="skip",
        name="mean confidence",
        marker={"color": ORANGE, "size": 8},
    )
    figure.update_layout(
        **_frame(),
        height=340,
        bargap=0,
        xaxis={"title": "confidence", "tickformat": ".0%", "range": [0, 1.01]},
        yaxis={"title": "share right", "tickformat": ".0%", "range": [0, 1.03]},
        legend={"orientation": "h", "y": 1.15},
    )
    return figure


def histogram_figure(
    counts: NDArray[np.integer[Any]], edges: NDArray[np.floating[Any]], what: str
) -> "go.Figure":
    """How often numbers of each size occur.

    Args:
        counts: `(bins,)`; edges: `(bins + 1,)`.
        what: of what, such as "weight"; the axis says it.
    """
    go = graph_objects()

    middles = (edges[:-1] + edges[1:]) / 2
    figure = go.Figure(
        go.Bar(
            x=middles,
            y=counts,
            width=np.diff(edges),
            marker={"color": BLUE, "line": {"width": 0}},
            customdata=np.stack([edges[:-1], edges[1:]], axis=1),
            hovertemplate="%{customdata[0]:.3g} to %{customdata[1]:.3g}: %{y:,}<extra></extra>",
        )
    )
    figure.update_layout(
        **_frame(),
        height=220,
        bargap=0,
        xaxis={"title": what},
        yaxis={
            "title": "how many",
            "type": "log" if counts.max() > 200 * max(np.median(counts), 1) else "linear",
        },
    )
    return figure


def units_figure(
    mean: NDArray[np.floating[Any]],
    lit: NDArray[np.floating[Any]],
    dead: NDArray[np.integer[Any]],
    chosen: int,
) -> "go.Figure":
    """The mean of each map or unit; the dead ones and the one that is looked at are marked.

    Args:
        mean, lit: `(units,)`; `lit` is the share of its numbers that are above 0.
        dead: units that always give the same.
    """
    go = graph_objects()

    units = np.arange(len(mean))
    colors = np.full(len(mean), BLUE, dtype=object)
    colors[dead] = RED
    colors[chosen] = ORANGE
    figure = go.Figure(
        go.Bar(
            x=units,
            y=mean,
            marker={"color": list(colors), "line": {"width": 0}},
            customdata=lit,
            hovertemplate="%{x}: mean %{y:.4g}, above 0 in %{customdata:.1%}<extra></extra>",
        )
    )
    if len(dead):
        figure.add_scatter(
            x=dead,
            y=mean[dead],
            mode="markers",
            marker={"color": RED, "symbol": "x", "size": 8},
            hovertemplate="%{x}: dead<extra></extra>",
        )
    figure.update_layout(
        **_frame(),
        height=220,
        bargap=0.15,
        showlegend=False,
        xaxis={"title": "map or unit"},
        yaxis={"title": "mean"},
    )
    return figure


def _frame() -> dict[str, Any]:
    # See-through, so that the page's own light or dark shows.
    return {
        "margin": {"l": 10, "r": 10, "t": 10, "b": 10},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
    }
