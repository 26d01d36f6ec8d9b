"""A training run from start to use, in a real browser, while the web server is killed."""

import re

import pytest
from playwright.sync_api import expect

from mnist_core.runs.preferences import read_preferences
from mnist_core.runs.runs import list_runs
from tests.browser.harness import answer, canvas, draw_with_mouse, placed, settled

pytestmark = pytest.mark.browser

POINTS = """Math.max(0, ...[...document.querySelectorAll('.js-plotly-plot')].flatMap(
  chart => (chart.data || []).filter(trace => trace.name === 'training')
    .map(trace => (trace.x._inputArray || trace.x).length)))"""  # of the longest curve
GOING_ON = re.compile(r"Training · epoch \d+ of 40")


def train_page(page, server):
    page.goto(f"{server.address}/train")
    expect(page.get_by_role("button", name="Start").first).to_be_visible(timeout=30_000)
    settled(page)


def state(page, words, seconds=30):
    expect(page.get_by_test_id("stProgress")).to_contain_text(words, timeout=1000 * seconds)


def test_a_run_outlives_the_server_is_stopped_resumed_and_used(page, server):
    train_page(page, server)
    page.get_by_role("combobox", name="Recipe").click()
    page.get_by_role("option", name=re.compile("Dropout CNN")).click()
    expect(page.get_by_text("225,034 parameters")).to_be_visible()
    settled(page)
    page.get_by_role("tab", name="Training").click()
    for label, value in (("Epochs", "40"), ("Training images", "1000")):
        field = page.get_by_label(label, exact=True)
        field.fill(value)
        field.press("Enter")
        settled(page)
    start = page.get_by_role("button", name="Start")
    expect(start).to_have_count(1)  # the one of the recipe before is there for a moment too
    start.click()
    state(page, GOING_ON, 60)  # TensorFlow is loaded meanwhile

    page.wait_for_function(f"() => {POINTS} > 0")
    before = page.evaluate(POINTS)
    page.wait_for_function(f"before => {POINTS} > before + 8", arg=before, timeout=60_000)

    page.reload()
    state(page, GOING_ON)
    run, worker = list_runs()[0], list_runs()[0].status.pid
    assert (run.recipe.epochs, run.recipe.train_images) == (40, 1000)
    server.kill()
    server.start()
    train_page(page, server)
    state(page, GOING_ON)
    run = list_runs()[0]
    assert run.active and run.status.pid == worker

    page.get_by_role("button", name="Stop").click()
    state(page, "Stopped")
    stopped = list_runs()[0]
    assert 0 < stopped.share < 1 and stopped.model().card["stopped"]
    page.get_by_role("button", name="Resume").click()
    state(page, "Finished", 90)
    assert len(list_runs()[0].history()["loss"]) == 40
    expect(page.get_by_text(re.compile(r"test accuracy, [\d,]+ images"))).to_be_visible()

    page.get_by_role("button", name="Draw with it").click()
    expect(page.get_by_role("combobox", name="Network")).to_have_value(re.compile(run.name))
    assert read_preferences().drawing_model is None  # of this session alone
    expect(canvas(page)).to_be_visible(timeout=30_000)
    settled(page)
    draw_with_mouse(page, placed(1, 0.3, 0.2, 0.6)[:1])
    expect(answer(page)).not_to_have_attribute("data-digit", "–", timeout=20_000)
