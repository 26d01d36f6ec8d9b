"""From a cell of the matrix to an image, a judgement and the restated accuracy; and back."""

import re
import zipfile
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import expect

from mnist_core.review.judgements import all_judgements
from tests.browser.harness import Server, click_image, image_grid, settled
from tests.conftest import mnist_path

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(mnist_path() is None, reason="MNIST isn't here"),
]

# Where the middle of a cell of the matrix is on the screen, once it is drawn.
CELL = """([label, said]) => {
  const chart = document.querySelector('.st-key-mistakes_matrix .js-plotly-plot');
  const {xaxis, yaxis} = chart._fullLayout, box = chart.getBoundingClientRect();
  return [box.x + xaxis._offset + xaxis.l2p(said), box.y + yaxis._offset + yaxis.l2p(label)];
}"""


@pytest.fixture
def server(tmp_path, monkeypatch):
    """An app of its own with runs of its own, to be killed."""
    monkeypatch.setenv("MNIST_CORE_RUNS", str(tmp_path / "runs"))
    server = Server()
    yield server
    server.stop()


def opened(page, server, query=""):
    page.goto(f"{server.address}/mistakes{query}")
    expect(facts(page)).to_contain_text("accuracy:", timeout=60_000)
    settled(page)


def facts(page):
    return page.locator(".st-key-mistakes_accuracy")


def click_cell(page, label, said):
    page.locator(".st-key-mistakes_matrix .annotation").first.wait_for(timeout=60_000)
    page.locator(".st-key-mistakes_matrix").scroll_into_view_if_needed()
    x, y = page.evaluate(CELL, [label, said])
    page.mouse.move(x, y)
    page.mouse.move(x + 1, y + 1)  # Plotly notes what is under the pointer as it moves
    page.mouse.click(x + 1, y + 1)


def test_from_a_cell_to_a_judgement_that_outlives_the_server(page, server):
    opened(page, server)
    expect(facts(page)).to_contain_text("99.60%")
    click_cell(page, 7, 1)
    expect(page.get_by_text("4 images (mistakes)")).to_be_visible(timeout=20_000)
    settled(page)
    grid = image_grid(page, "mistakes_grid")
    expect(grid).to_have_attribute("data-n", "4")
    click_image(grid, 0)  # the worst one

    expect(page.get_by_text("Test image 6,576: label 7")).to_be_visible(timeout=20_000)
    expect(page.get_by_text("Orange: more ink there")).to_be_visible(timeout=120_000)
    expect(page.locator(".st-key-mistakes_why img")).to_have_count(2)
    expect(facts(page)).not_to_contain_text("as judged")
    settled(page)
    page.go_back()
    expect(page.get_by_text("4 images (mistakes)")).to_be_visible(timeout=20_000)
    page.go_forward()
    page.get_by_role("button", name="The label is wrong").click()
    expect(facts(page)).to_contain_text(re.compile(r"99\.61%\s*accuracy as judged"), timeout=20_000)
    assert [(judgement.index, judgement.digit) for judgement in all_judgements()] == [(6576, 1)]
    settled(page)
    address = page.url
    assert parse_qs(urlparse(address).query) == {
        "label": ["7"],
        "predicted": ["1"],
        "image": ["6576"],
    }

    server.kill()
    server.start()
    page.goto(address)
    expect(facts(page)).to_contain_text("1 judged", timeout=60_000)
    expect(page.get_by_text("the label is wrong, it should be 1.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(facts(page)).not_to_contain_text("as judged", timeout=20_000)
    page.get_by_role("button", name="All images").click()
    expect(image_grid(page, "mistakes_grid")).to_have_attribute("data-n", "4")
    assert all_judgements() == []
    click_cell(page, 7, 1)  # once more: all images again
    expect(page.get_by_text("40 images (mistakes)")).to_be_visible(timeout=20_000)


def test_images_and_judgements_can_be_taken_along_and_brought_in(page, server, tmp_path):
    opened(page, server, "?label=4&predicted=9")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Images (zip)").click()
    with zipfile.ZipFile(waiting.value.path()) as archive:
        assert len(archive.namelist()) == 2 + 1
        assert all(
            "label-4-read-as-9" in name or name == "images.csv" for name in archive.namelist()
        )
    opened(page, server, "?image=6576")
    page.get_by_role("button", name="Nobody can tell").click()
    expect(facts(page)).to_contain_text("1 excluded", timeout=20_000)
    opened(page, server, "?show=judged")
    with page.expect_download() as waiting:
        page.get_by_test_id("stDownloadButton").get_by_role("button").click()
    kept = waiting.value.path().read_text()
    assert kept.count("\n") == 2

    upload = page.locator('[data-testid="stFileUploaderDropzoneInput"]')
    bad = tmp_path / "bad.csv"
    bad.write_text(kept.replace("unclear", "perhaps"))
    upload.set_input_files(bad)
    expect(page.get_by_text("Line 2: This is not a valid judgement")).to_be_visible(timeout=20_000)
    assert [one.verdict for one in all_judgements()] == ["unclear"]
    more = tmp_path / "more.csv"
    more.write_text(kept.replace(",6576,", ",9664,"))
    opened(page, server, "?show=judged")
    upload.set_input_files(more)
    expect(page.get_by_text("1 judgements added")).to_be_visible(timeout=20_000)
    expect(facts(page)).to_contain_text("2 judged")
    assert sorted(judgement.index for judgement in all_judgements()) == [6576, 9664]
