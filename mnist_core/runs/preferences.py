"""What all pages and runs share: the file `settings.json` in the folder of runs."""

from pathlib import Path
from typing import Annotated, Any

from filelock import FileLock
from msgspec import Meta

from mnist_core import settings
from mnist_core.errors import RunError
from mnist_core.i18n import Text
from mnist_core.system.records import Record, read_record, write_record
from mnist_core.system.tasks import writing

PARALLEL_RUNS = (1, 16)  # fewest and most


class Preferences(Record, frozen=True):
    """The shared preferences.

    Attributes:
        at_once: how many runs train in parallel.
        drawing_model: name of the network that drawings are read with; None is the default.
        visitors_may_change: whether visitors of a shared server may train, rename, delete and
            import, as its owner may.
        visitors_own_only: whether they may stop, rename and delete only what they made themselves.
    """

    at_once: Annotated[int, Meta(ge=PARALLEL_RUNS[0], le=PARALLEL_RUNS[1])] = 1
    drawing_model: str | None = None
    visitors_may_change: bool = False
    visitors_own_only: bool = True


def read_preferences(folder: Path | None = None) -> Preferences:
    """The preferences as they are now; defaults where the file is missing or damaged."""
    return read_record(Preferences, (folder or settings.runs_dir()) / "settings.json")


def save_preferences(folder: Path | None = None, **changes: Any) -> Preferences:
    """Change some preferences; what somebody else changes at the same moment stays.

    Raises:
        RunError: the folder can't be written, or a value is not allowed.
    """
    count = changes.get("at_once", 1)
    least, most = PARALLEL_RUNS
    if not isinstance(count, int) or isinstance(count, bool) or not least <= count <= most:
        raise RunError(
            Text(
                "{least} to {most} runs can train in parallel. Received: {count!r}",
                least=least,
                most=most,
                count=count,
            )
        )
    folder = folder or settings.runs_dir()
    with writing(folder, Text("The settings could not be saved"), RunError):
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".settings.lock"):
            preferences = read_preferences(folder).changed(**changes)
            write_record(preferences, folder / "settings.json", durable=True)
    return preferences
