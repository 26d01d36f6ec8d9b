"""The Mistakes page's metrics: the scores of each class, and the calibration."""

from collections.abc import Sequence

import streamlit as st
from markupsafe import Markup

from mnist_core.data.dataset import label_name
from mnist_core.figures.evaluation_charts import reliability_figure
from mnist_core.i18n import _
from mnist_core.metrics.calibration import calibration_error, reliability
from mnist_core.review.downloads import scores_csv
from pages.components.live import live_chart
from pages.mistakes.review import Review, evaluation
from pages.shared import html


def figures(review: Review) -> None:
    """The scores of the digits beside the reliability diagram."""
    part, answers, scores = review.part, review.answers, evaluation(review)
    names = review.dataset.class_names
    left, right = st.columns([6, 5], gap="large")
    with left:
        st.subheader(_("By class"), anchor=False)
        html.show(
            _table(
                [
                    (
                        label_name(score.digit, names),
                        score.precision,
                        score.recall,
                        score.f1,
                        score.support,
                    )
                    for score in scores.per_class[: len(names) or 10]
                ]
            )
        )
        st.caption(
            _(
                "**Precision**: the share of the predictions of a class that are correct. "
                "**Recall**: the share of the images of a class that are found. **F1**: the "
                "harmonic mean of both. **Support**: the number of images of the class."
            )
        )
        st.download_button(
            _("Table (CSV)"),
            scores_csv(scores),
            f"{review.name}-{part.split}-scores.csv",
            "text/csv",
            on_click="ignore",
            icon=":material/download:",
            help=_("The scores of each class and its row of the confusion matrix."),
        )
    with right:
        st.subheader(_("Calibration"), anchor=False)
        error = calibration_error(answers.probabilities, part.labels)
        html.show(
            html.facts(
                [
                    (_("calibration error"), f"{error:.2%}"),
                    (_("mean confidence"), f"{answers.confidence.mean():.2%}"),
                    (_("mean loss"), f"{scores.loss:.4f}"),
                ]
            )
        )
        live_chart(
            reliability_figure(reliability(answers.probabilities, part.labels)),
            "mistakes_reliability",
        )
        st.caption(
            _(
                "A **reliability diagram**: the images are grouped by confidence into 15 bins. "
                "The height of a bar is the accuracy of its images, its dot their mean "
                "confidence. On the dotted line both are equal: predictions with 80% confidence "
                "are correct in 80% of cases. Below it, the network is overconfident. The "
                "**calibration error** is the mean distance from the line, weighted by the number "
                "of images."
            )
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
    head = html.row((_("Class"), _("Precision"), _("Recall"), _("F1"), _("Support")), "th")
    return html.scrolled_table(head, body, "scores")
