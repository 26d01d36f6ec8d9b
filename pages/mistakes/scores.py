"""The Mistakes page's figures: scores of each digit, and whether it is as sure as it is right."""

from collections.abc import Sequence

import streamlit as st
from markupsafe import Markup

from mnist_core.figures.evaluation_charts import reliability_figure
from mnist_core.metrics.calibration import calibration_error, reliability
from mnist_core.review.downloads import scores_csv
from pages.components.live import live_chart
from pages.mistakes.asked import Asked, evaluation
from pages.shared import html


def figures(asked: Asked) -> None:
    """The scores of the digits beside the reliability diagram."""
    part, answers, found = asked.part, asked.answers, evaluation(asked)
    left, right = st.columns([6, 5], gap="large")
    with left:
        st.subheader("Each digit", anchor=False)
        html.show(
            _table(
                [
                    (str(score.digit), score.precision, score.recall, score.f1, score.support)
                    for score in found.per_class
                ]
            )
        )
        st.caption(
            "**Precision**: of the images that it calls a 4, the share that are 4s. **Recall**: of "
            "the 4s, the share that it finds. **F1**: one number for both, their harmonic mean. "
            "**Support**: how many images show the digit."
        )
        st.download_button(
            "Table (CSV)",
            scores_csv(found),
            f"{asked.name}-{part.split}-scores.csv",
            "text/csv",
            on_click="ignore",
            icon=":material/download:",
            help="The scores of each digit and its row of the confusion matrix.",
        )
    with right:
        st.subheader("Is it as sure as it is right?", anchor=False)
        error = calibration_error(answers.probabilities, part.labels)
        html.show(
            html.facts(
                [
                    ("calibration error", f"{error:.2%}"),
                    ("mean confidence", f"{answers.confidence.mean():.2%}"),
                    ("mean loss", f"{found.loss:.4f}"),
                ]
            )
        )
        live_chart(
            reliability_figure(reliability(answers.probabilities, part.labels)),
            "mistakes_reliability",
        )
        st.caption(
            "A **reliability diagram**: images are sorted by how sure the network was (15 bars). A "
            "bar's height is the share that it read rightly; its dot stands at their mean "
            "confidence. On the dotted line both are the same: of the answers that are 80% sure, "
            "80% are right. Below it the network is too sure. The **calibration error** is the "
            "mean distance from that line, over all images. Bars of few images say little; the "
            "pointer shows how many."
        )


def _table(rows: Sequence[tuple[str, float, float, float, int]]) -> Markup:
    """Each digit's (digit, precision, recall, F1, support); the least of a column is marked."""
    least = [min(row[column] for row in rows) for column in (1, 2, 3)]
    body = html.join(
        Markup('<tr><td class="digit">{}</td>{}<td>{:,}</td></tr>').format(
            digit,
            html.join(
                Markup('<td class="{}">{:.2%}</td>').format("least" * (share == low), share)
                for share, low in zip(shares, least, strict=True)
            ),
            support,
        )
        for digit, *shares, support in rows
    )
    head = html.row(("Digit", "Precision", "Recall", "F1", "Support"), "th")
    return html.scrolled_table(head, body, "scores")
