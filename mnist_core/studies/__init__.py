"""Cross-validation and the search for settings, in studies that any number of workers share."""

from mnist_core.studies.study import (
    delete_study,
    list_studies,
    opened_study,
    read_study,
    start_crossval,
    start_search,
    work,
)

__all__ = [
    "delete_study",
    "list_studies",
    "opened_study",
    "read_study",
    "start_crossval",
    "start_search",
    "work",
]
