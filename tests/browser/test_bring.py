"""Other data in a real browser: bad files change nothing, a good one is trained on."""

import io
import re
import zipfile

import numpy as np
import pytest
from playwright.sync_api import expect

from mnist_core.data.collection import data_dir, load_data
from mnist_core.runs.runs import list_runs
from tests.browser.harness import settled
from tests.core.data.test_collection import clothes

pytestmark = pytest.mark.browser


def npz(**changed):
    data = clothes()
    arrays = {key: getattr(data, key) for key in ("x_train", "y_train", "x_test", "y_test")}
    content = io.BytesIO()
    np.savez(content, **{**arrays, **changed})
    return content.getvalue()


def zipped(files):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, inside in files.items():
            archive.writestr(name, inside)
    return content.getvalue()


def bad_files():
    data = clothes()
    return {
        "shape.npz": (npz(x_test=data.x_test[:, :20]), "has the shape (100, 20, 28)"),
        "text.npz": (npz(y_test=data.y_test.astype(str)), "array 'y_test' holds text"),
        "labels.npz": (npz(y_test=data.y_test + 9), "has the label 11 at index 0"),
        "out.zip": (zipped({"../3/a.png": b"1"}), "would lie outside of it"),
        "bomb.zip": (zipped({f"3/{n}.png": bytes(50_000_000) for n in range(10)}), "would unpack"),
        "empty.npz": (b"", "is empty (0 bytes)"),
        "pickled.npz": (npz(y_test=data.y_test.astype(object)), "holds pickled Python objects"),
    }


def bring(page, name, content):
    page.get_by_label("Name", exact=True).fill("clothes")
    page.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    )
    expect(page.get_by_role("button", name=f"Remove {name}")).to_be_visible()
    settled(page)
    page.get_by_role("button", name="Import", exact=True).click()


def test_bad_files_change_nothing_and_a_good_one_is_trained_on(page, server):
    page.goto(f"{server.address}/dataset?section=Other+data")
    expect(page.get_by_label("Name", exact=True)).to_be_visible(timeout=60_000)
    settled(page)
    for name, (content, words) in bad_files().items():
        bring(page, name, content)
        error = page.get_by_test_id("stAlert").filter(has_text=name)
        expect(error).to_contain_text(words, timeout=30_000)
        assert not data_dir().exists() or not list(data_dir().iterdir())
        page.reload()
        expect(page.get_by_label("Name", exact=True)).to_be_visible(timeout=30_000)
        settled(page)

    page.get_by_role("textbox", name="Class names (optional)").fill("shirt, shoe, bag")
    bring(page, "clothes.npz", npz())
    expect(page.get_by_text("clothes was imported and checked.")).to_be_visible(timeout=30_000)
    assert load_data("clothes").digest() == clothes().digest()
    page.get_by_role("button", name="Browse", exact=True).click()
    expect(page.get_by_text(re.compile("300 images"))).to_be_visible(timeout=30_000)
    assert "data=clothes" in page.url

    page.goto(f"{server.address}/dataset?section=Other+data&data=clothes")
    page.get_by_role("button", name="Train on it").click()
    expect(page.get_by_text("Its classes: 0 shirt · 1 shoe · 2 bag").first).to_be_visible(
        timeout=30_000
    )
    settled(page)
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_test_id("stProgress")).to_contain_text("Finished", timeout=120_000)
    (run,) = list_runs()
    assert run.data_name == "clothes" and run.model().class_names == ("shirt", "shoe", "bag")
    expect(page.get_by_text("test accuracy, 100 images")).to_be_visible()
