"""A training run in words, and as it is now."""

from mnist_core import Run, RunError, open_run
from mnist_core.i18n import Text
from mnist_core.runs.runs import FAILED, FINISHED, INTERRUPTED, STARTING, TESTING, WAITING

STATES = {
    WAITING: Text("Queued"),
    STARTING: Text("Starting: loading TensorFlow takes 5 to 10 seconds"),
    "training": Text("Training"),
    TESTING: Text("Testing on the test images"),
    FINISHED: Text("Finished"),
    "stopped": Text("Stopped. The network so far is kept"),
    FAILED: Text("Failed"),
    INTERRUPTED: Text("Interrupted: its process ended early"),
}


def opened_run(run_id: str) -> Run | None:
    """The run as it is now; None once it is gone or can't be read."""
    try:
        return open_run(run_id)
    except RunError:
        return None
