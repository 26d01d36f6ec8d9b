"""A launcher that launches nothing, to hand in where a test wants no process."""

import os
import time

from mnist_core.system.tasks import LAUNCH, STARTING, TaskFolder


class Launches:
    """Notes what it is asked to launch.

    Attributes:
        modules, arguments, folders: of each launch.
    """

    def __init__(self):
        self.modules, self.arguments, self.folders = [], [], []

    def __call__(self, module, argument, folder, environment=None):
        self.modules.append(module)
        self.arguments.append(argument)
        self.folders.append(folder)


def forget_launch(folder):
    """Make a launch so old that nobody waits for its process any more."""
    long_ago = time.time() - LAUNCH - 1
    os.utime(TaskFolder(folder).path / STARTING, (long_ago, long_ago))
