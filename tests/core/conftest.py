"""Data sets large and tiny, folders of their own, and a server that misbehaves on request."""

import io
import threading
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from mnist_core.data.dataset import array_sha256
from mnist_core.data.mnist import load_mnist
from mnist_core.data.release import Release
from tests.conftest import mnist_path


@pytest.fixture(scope="session")
def mnist():
    """Real MNIST."""
    path = mnist_path()
    if path is None:
        pytest.skip("MNIST isn't here; `python -m mnist_core data --download` gets it (11 MB)")
    return load_mnist(path)


@pytest.fixture
def isolated(tmp_path, monkeypatch):
    """Empty folders of data, Keras cache, models and runs for this test; gives their parent."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("MNIST_CORE_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("MNIST_CORE_RUNS", str(tmp_path / "runs"))
    monkeypatch.delenv("MNIST_CORE_STORAGE", raising=False)
    monkeypatch.delenv("MNIST_CORE_QUEUE", raising=False)
    monkeypatch.delenv("MNIST_CORE_DATA", raising=False)
    return tmp_path


@pytest.fixture(scope="session")
def tiny_arrays():
    """Noise in MNIST's layout. It doesn't compress, so that a download takes several chunks."""
    rng = np.random.default_rng(0)
    return {
        "x_train": rng.integers(0, 256, (200, 28, 28), dtype=np.uint8),
        "y_train": rng.integers(0, 10, 200, dtype=np.uint8),
        "x_test": rng.integers(0, 256, (100, 28, 28), dtype=np.uint8),
        "y_test": rng.integers(0, 10, 100, dtype=np.uint8),
    }


@pytest.fixture(scope="session")
def tiny_release(tiny_arrays):
    """What describes `tiny_arrays`. Nobody listens at its address."""
    return Release(
        name="MNIST",
        url="http://127.0.0.1:9/mnist.npz",
        sha256={name: array_sha256(array) for name, array in tiny_arrays.items()},
    )


@pytest.fixture(scope="session")
def tiny_npz(tiny_arrays):
    """`tiny_arrays` as the content of an `.npz`."""
    content = io.BytesIO()
    np.savez_compressed(content, **tiny_arrays)
    return content.getvalue()


@dataclass
class Server:
    """A server on this machine: `url("right")`, and how often it was asked."""

    address: str
    requests: list[str]
    content: bytes = b""  # of "other"

    def url(self, behaviour):
        """Behaviours: right, unsized, cut, failing-N (500 N times, then right), html, silent,
        missing, endless, slow, other."""
        return f"http://{self.address}/{behaviour}/mnist.npz"


@pytest.fixture
def server(tiny_npz, monkeypatch):
    """Serves `tiny_npz` well or badly, as the address says."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    requests, over = [], threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            behaviour = self.path.split("/")[1]
            requests.append(behaviour)
            if behaviour.startswith("failing-") and len(requests) <= int(behaviour[8:]):
                self.send_error(500)
            elif behaviour == "missing":
                self.send_error(404)
            elif behaviour == "silent":
                over.wait(30)
            elif behaviour in ("endless", "slow"):
                self.answer(b"", claimed=None)
                with suppress(ConnectionError):
                    while not over.wait(0.02 if behaviour == "slow" else 0):
                        self.wfile.write(bytes(10 if behaviour == "slow" else 1 << 16))
            elif behaviour == "other":
                self.answer(served.content)
            elif behaviour == "html":
                self.answer(b"<html>Please log in to this network.</html>" * 100)
            elif behaviour == "cut":
                self.answer(tiny_npz[: len(tiny_npz) // 2], claimed=len(tiny_npz))
            else:
                self.answer(tiny_npz, claimed=None if behaviour == "unsized" else len(tiny_npz))

        def answer(self, content, claimed=0):
            self.send_response(200)
            if claimed is not None:
                self.send_header("Content-Length", str(claimed or len(content)))
            self.end_headers()
            with suppress(ConnectionError):  # the client may have gone, which is its right
                self.wfile.write(content)

        def log_message(self, *_):
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    served = Server(f"127.0.0.1:{http.server_port}", requests)
    yield served
    over.set()
    http.shutdown()
    http.server_close()
    thread.join()
