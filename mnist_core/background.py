"""The name under which `mnist_core.studies.workers` was published first."""

from mnist_core.studies.workers import (
    attend,
    known_studies,
    remove_study,
    start_work,
    stop_work,
)
from mnist_core.studies.workers import (
    read_workers as look,
)

__all__ = ["attend", "known_studies", "look", "remove_study", "start_work", "stop_work"]
