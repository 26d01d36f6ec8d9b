"""Where real MNIST is, for every layer of tests."""

import os
from pathlib import Path

import pytest

from mnist_core import settings
from mnist_core.system import processes
from tests.launches import Launches
from tests.postgresql import postgresql

__all__ = ["postgresql"]

os.environ["LANGUAGE"] = "en"  # of whatever a test starts, wherever it runs

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


def mnist_path() -> Path | None:
    """A file with all of MNIST on this machine, or None."""
    places = (settings.data_path(), SHARED / "mnist.npz", settings.keras_cache())
    return next((path for path in places if path and path.exists()), None)


@pytest.fixture(scope="session", autouse=True)
def _mnist_for_all() -> None:
    """Whatever a test starts (the app, the command line) finds the same MNIST."""
    path = mnist_path()
    if path:
        os.environ["MNIST_CORE_DATA"] = str(path)


@pytest.fixture
def launches(monkeypatch):
    """Whatever would start a process of its own, for code that no launcher can be handed to."""
    launches = Launches()
    monkeypatch.setattr(processes, "start_process", launches)
    return launches
