"""One app and one browser for all browser tests; a fresh page for each."""

import pytest

from tests.browser.harness import chromium, served


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
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True,
        device_scale_factor=2,
    )  # fmt: skip
    yield context.new_page()
    context.close()
