"""Dark on white: one switch, which every page follows."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from mnist_core.system import tensorflow_process as outside
from tests.pages.test_pages import app, page_html


@pytest.fixture(scope="module", autouse=True)
def _end_outside():
    yield
    outside.close()


def first_picture(text):
    content = re.search(r'src="data:image/png;base64,([^"]+)"', text)[1]
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(content))))


def test_the_switch_on_the_dataset_page_is_for_all_pages():
    at = app()
    at.segmented_control[0].select("Data set").run()
    before = first_picture(page_html(at))
    at.switch_page("pages/dataset/page.py").run()
    at.toggle(key="dark_on_white").set_value(True).run()
    assert not at.exception
    at.switch_page("pages/inside/page.py").run()
    assert at.toggle(key="dark_on_white").value
    at.switch_page("pages/draw/page.py").run()
    assert at.segmented_control[0].value == "Data set"
    after = first_picture(page_html(at))
    assert np.array_equal(after, 255 - before)
    assert after[0, 0] == 255  # paper


def test_every_page_runs_with_it():
    at = app()
    at.session_state["dark_on_white"] = True
    for page in ("dataset", "mistakes", "inside", "draw"):
        at.switch_page(f"pages/{page}/page.py").run()
        assert not at.exception
    at.query_params["section"] = "why"
    at.switch_page("pages/inside/page.py").run()
    assert not at.exception and 'class="heats"' in page_html(at)
