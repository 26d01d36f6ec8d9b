"""Plotly figures of hyperparameter searches, by Optuna."""

from contextlib import suppress
from typing import TYPE_CHECKING

from mnist_core.figures.style import BLUE, ORANGE, base_layout
from mnist_core.i18n import _

if TYPE_CHECKING:
    import optuna
    import plotly.graph_objects as go

IMPORTANCE_FROM = 5  # trials; fewer say nothing about what made the difference


def search_figures(study: "optuna.Study") -> "dict[str, go.Figure]":
    """Make Optuna's own figures of a search; those that need more trials are left out.

    Returns:
        `history`: the accuracy of each trial, and the best so far; `importance`: how much each
        setting matters, as shares (fANOVA, Hutter, Hoos and Leyton-Brown 2014); `parallel`: a line
        for each trial through its settings.
    """
    from optuna import visualization
    from optuna.importance import FanovaImportanceEvaluator

    finished = [trial for trial in study.trials if trial.state.name == "COMPLETE"]
    if not finished:
        return {}
    name = _("validation accuracy")
    history = visualization.plot_optimization_history(study, target_name=name)
    for line, label in zip(history.data, (_("trial"), _("best so far")), strict=False):
        line.name = label
    history.update_layout(
        **base_layout(),
        title=None,
        height=320,
        xaxis={"title": _("trial")},
        yaxis={"tickformat": ".0%"},
        legend={"orientation": "h", "y": 1.12, "x": 0},
    )
    figures = {"history": history}
    if not any(trial.params for trial in finished):
        return figures
    with suppress(
        ValueError, RuntimeError
    ):  # all trials have the same settings, or the same accuracy
        if len(finished) < IMPORTANCE_FROM:
            raise ValueError
        importance = visualization.plot_param_importances(
            study, evaluator=FanovaImportanceEvaluator(seed=0), target_name=name
        )
        importance.update_layout(
            **base_layout(),
            title=None,
            height=320,
            yaxis={"title": None},
            xaxis={"title": _("importance"), "tickformat": ".0%"},
        )
        importance.update_traces(marker={"color": BLUE}, texttemplate="%{x:.0%}")
        importance.update_layout(margin={"r": 45})
        figures["importance"] = importance
    parallel = visualization.plot_parallel_coordinate(study, target_name=name)
    # Two colors that are distinct on a light and on a dark page.
    parallel.update_traces(
        line={"colorscale": [[0, ORANGE], [1, BLUE]], "reversescale": False, "showscale": False},
        labelside="top",
        labelangle=-15,
    )
    parallel.update_layout(
        **{**base_layout(), "margin": {"l": 70, "r": 70, "t": 90, "b": 25}}, title=None, height=400
    )
    figures["parallel"] = parallel
    return figures
