"""Titles of studies on the Studies page."""

from mnist_core.i18n import _
from mnist_core.studies.state import StudyState


def shown_title(study: StudyState) -> str:
    """A study's title: as a person typed it, or in the reader's language."""
    return study.given_title or _(study.title)
