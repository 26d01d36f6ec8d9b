"""The answer that follows the pen: the network runs in the browser while a stroke is drawn.

The server's answer comes after the stroke and takes its place. Where a browser can't run the
network, the server's answer is the only one. While the server can't be reached, the answers in the
browser go on, and a notice says what is missing.
"""

import hashlib
import tempfile
from pathlib import Path

import streamlit as st
from streamlit.components.v1 import declare_component

from mnist_core import ModelError, StoredModel
from mnist_core.models.browser_weights import encode_network
from mnist_core.models.html_page import as_script
from pages.components.assets import component

# Served under component/{name}/{file}. A file's name holds the digest of what is in it.
_HOME = tempfile.TemporaryDirectory(prefix="digit-lab-")
_FILES = declare_component("browser_networks", path=_HOME.name)
_NOTICE = """<div class="away" hidden><p role="status"></p>
<button type="button" data-does="Undo"></button>
<button type="button" data-does="Reset canvas &amp; history"></button></div>"""
_LIVE = component("live_answer", __file__, _NOTICE)


def live_answer(model: StoredModel, *, canvas_top: int, key: str) -> None:
    """Let a network's answer follow the pen on the page's canvas.

    Args:
        canvas_top: pixels at the top of the canvas that aren't drawn on.
    """
    network = _network_file(model, str(model.card["files"]["litert"]["sha256"]))
    if network is None or model.class_names:
        return
    data = {
        "network": f"component/{_FILES.name}/{network}",
        "worker": f"component/{_FILES.name}/{_worker_file()}",
        "canvas_top": canvas_top,
    }
    _LIVE(key=key, data=data)


@st.cache_resource(show_spinner=False, max_entries=100)
def _network_file(_model: StoredModel, digest: str) -> str | None:
    try:
        content = encode_network(_model)
    except ModelError:
        return None  # a layer that the engine doesn't know
    return _write(f"{_model.name}-{digest[:12]}.safetensors", content)


@st.cache_resource(show_spinner=False)
def _worker_file() -> str:
    script = as_script("worker.js") + "onmessage = (event) => postMessage(answer(event.data));\n"
    content = script.encode()
    return _write(f"worker-{hashlib.sha256(content).hexdigest()[:12]}.js", content)


def _write(name: str, content: bytes) -> str:
    (Path(_HOME.name) / name).write_bytes(content)
    return name
