"""The sandbox and a file to take along, in a real browser."""

import re

import pytest
from playwright.sync_api import expect

from mnist_core import open_model
from tests.browser.harness import Server, settled

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """An app with a folder of runs of its own, where nothing was exported yet."""
    server = Server({"MNIST_CORE_RUNS": str(tmp_path_factory.mktemp("runs"))})
    yield server
    server.stop()


def section(page, server, name):
    page.goto(f"{server.address}/inside?section={name}")
    settled(page)


def outputs(page):
    return page.locator(".output .cell").all_inner_texts()


def test_numbers_are_changed_and_steps_are_followed(page, server):
    section(page, server, "sandbox")
    total = page.locator(".sum")
    expect(total).to_contain_text("Row 1, column 1: 1·1 + 1·0 + 1·1", timeout=30_000)
    assert outputs(page) == ["4", "3", "4", "2", "4", "3", "2", "3", "4"]

    page.get_by_role("button", name="One step on").click()
    expect(total).to_contain_text("Row 1, column 2")
    assert page.locator(".input .cell.in").count() == 9
    page.locator(".output .cell").nth(8).hover()
    expect(total).to_contain_text("Row 3, column 3")
    expect(total).to_contain_text("= 4")

    # Two numbers in quick succession, as with the tab key: neither is lost.
    page.get_by_label("Input, row 3, column 3").fill("5")
    page.keyboard.press("Tab")
    page.keyboard.type("-2")
    page.keyboard.press("Tab")
    expect(page.locator(".output .cell").nth(8)).to_have_text("8")
    expect(page.locator(".output .cell").nth(7)).to_have_text("0")
    assert outputs(page) == ["8", "0", "8", "2", "8", "0", "6", "0", "8"]
    expect(page.get_by_role("combobox", name="Image")).to_have_value("Own numbers")

    page.get_by_label("Kernel, row 1, column 1").fill("many")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Kernel, row 1, column 1")).to_have_value("1")

    page.get_by_role("button", name="Play").click()
    expect(page.locator(".count")).to_have_text("3 of 9", timeout=10_000)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Play")).to_be_visible()


def test_a_file_is_made_and_downloaded_while_the_page_says_what_it_waits_for(
    page, server, tmp_path
):
    section(page, server, "take")
    page.locator(".st-key-export_choice").get_by_text("LiteRT").click()
    page.get_by_role("button", name="Create the file").click()
    expect(page.get_by_text("Writing and checking")).to_be_visible()
    file = page.get_by_role("button", name=re.compile(r"pen\.tflite \("))
    expect(file).to_be_visible(timeout=120_000)  # TensorFlow is loaded meanwhile
    expect(
        page.get_by_text(re.compile("^Checked on [0-9,]+ test images|check Checked"))
    ).to_be_visible()
    with page.expect_download() as download:
        file.click()
    download.value.save_as(tmp_path / "pen.tflite")
    assert (tmp_path / "pen.tflite").read_bytes() == open_model("pen").read("litert")
