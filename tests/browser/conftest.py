"""One app and one browser for all browser tests; a fresh page for each."""

import os
import shutil

import pytest

from mnist_core import settings
from mnist_core.runs.runs import list_runs
from tests.browser.harness import Server, chromium, served


@pytest.fixture(scope="session")
def app():
    with served() as running:
        yield running


@pytest.fixture(scope="session")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser, app):
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


@pytest.fixture
def phone(browser, app):
    context = browser.new_context(
        viewport={"width": 390, "height": 844},
        has_touch=True,
        is_mobile=True,
        device_scale_factor=2,
    )
    yield context.new_page()
    context.close()


@pytest.fixture
def server(tmp_path, monkeypatch):
    """An app of its own with folders of its own, which may be killed."""
    shutil.copytree(settings.models_dir() / "pen", tmp_path / "models" / "pen")
    monkeypatch.setenv("MNIST_CORE_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("MNIST_CORE_RUNS", str(tmp_path / "runs"))
    server = Server()
    yield server
    server.stop()
    for run in list_runs():
        if run.active:
            os.kill(run.status.pid, 9)
