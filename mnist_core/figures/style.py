"""What all figures have in common: colors, and a transparent frame."""

from contextlib import suppress
from typing import Any

BLUE, ORANGE, RED = "#3b82f6", "#f59e0b", "#ef4444"
GRAY = "rgba(128,128,128,0.45)"
COLORS = (BLUE, ORANGE, "#10b981", "#ef4444", "#a855f7", "#14b8a6", "#ec4899", "#84cc16")
# One for each class, 0 to 9, distinct on white and on black: D3's and Matplotlib's ten.
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
FEW_EPOCHS = 15  # or fewer: every epoch gets its tick


def graph_objects() -> Any:
    """Import `plotly.graph_objects`, which is slow, in a way that is safe with several threads.

    Plotly looks for pandas's types as soon as another thread has begun to import pandas, and fails
    until that is finished. Importing pandas here waits for that.
    """
    with suppress(ImportError):
        import pandas  # noqa: F401
    import plotly.graph_objects as go

    return go


def base_layout() -> dict[str, Any]:
    """A layout with small margins, transparent, so that it fits a light and a dark page."""
    return {
        "margin": {"l": 10, "r": 10, "t": 10, "b": 10},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
    }
