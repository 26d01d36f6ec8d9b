"""The download arrives whole and verified, or not at all."""

import dataclasses
import io
import re
import tracemalloc

import numpy as np
import pytest

from mnist_core import settings
from mnist_core.data import download
from mnist_core.data.download import download_mnist
from mnist_core.errors import DownloadError


def left_behind():
    """What lies in the cache's folder after a download that failed."""
    folder = settings.keras_cache().parent
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@pytest.fixture
def fetch(isolated, tiny_release, server):
    """Download with one of the server's behaviours; small time-out and no second try."""

    def run(behaviour, **options):
        release = dataclasses.replace(tiny_release, url=server.url(behaviour))
        return download_mnist(**{"timeout": 5, "retries": 0, "release": release, **options})

    return run


def test_download_puts_the_file_where_keras_looks(fetch, tiny_npz):
    path = fetch("right")
    assert path == settings.keras_cache()
    assert path.read_bytes() == tiny_npz
    assert left_behind() == ["mnist.npz"]


def test_download_reports_its_progress(fetch, tiny_npz):
    reports = []
    fetch("right", progress=lambda done, total: reports.append((done, total)))
    done = [done for done, _ in reports]
    assert len(reports) > 2
    assert done == sorted(done)
    assert done[0] > 0
    assert done[-1] == len(tiny_npz)
    assert {total for _, total in reports} == {len(tiny_npz)}


def test_progress_never_falls_when_the_size_is_not_known(fetch, tiny_npz):
    reports = []
    fetch("unsized", progress=lambda done, total: reports.append((done, total)))
    done = [done for done, _ in reports]
    assert done == sorted(done)
    assert done[-1] >= len(tiny_npz)
    assert {total for _, total in reports} == {0}


def test_download_tries_again(fetch, server):
    assert fetch("failing-1", retries=1).exists()
    assert len(server.requests) == 2


def test_download_gives_up_after_its_tries(fetch, server):
    with pytest.raises(DownloadError, match="server answered 500"):
        fetch("failing-9", retries=1)
    assert len(server.requests) == 2
    assert left_behind() == []


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        ("cut", "broke off before the file was complete"),
        ("failing-9", "server answered 500"),
        ("missing", "server answered 404"),
        ("silent", "did not answer in time"),
    ],
)
def test_failed_download_says_why_and_leaves_nothing(fetch, server, behaviour, words):
    where = f"{re.escape(server.url(behaviour))}.*{words}.*put the file at"
    with pytest.raises(DownloadError, match=where):
        fetch(behaviour, timeout=0.3 if behaviour == "silent" else 5)
    assert left_behind() == []


def test_a_download_without_an_end_is_given_up(fetch, server, monkeypatch):
    monkeypatch.setattr(download, "MOST_BYTES", 1_000_000)
    with pytest.raises(DownloadError, match=r"sent more than 1 MB, which can't be the data"):
        fetch("endless", retries=2)
    assert len(server.requests) == 1
    assert left_behind() == []


def test_a_download_that_trickles_is_given_up(fetch, monkeypatch):
    monkeypatch.setattr(download, "MOST_SECONDS", 0.1)
    with pytest.raises(DownloadError, match="is too slow"):
        fetch("slow")
    assert left_behind() == []


def test_a_download_that_unpacks_to_more_than_mnist_is_not_unpacked(fetch, server, monkeypatch):
    zeros = np.zeros((400_000, 28, 28), np.uint8)
    bomb = io.BytesIO()
    np.savez_compressed(bomb, x_train=zeros)
    del zeros
    server.content = bomb.getvalue()
    tracemalloc.start()
    with pytest.raises(DownloadError, match="is not MNIST"):
        fetch("other")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5e6


def test_no_server_at_all(isolated, tiny_release, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with pytest.raises(DownloadError, match="no connection to the server"):
        download_mnist(retries=0, release=tiny_release)
    assert left_behind() == []


def test_folder_that_can_not_be_made(isolated, tmp_path, tiny_release, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "file"))
    with pytest.raises(DownloadError, match="could not be written"):
        download_mnist(retries=0, release=tiny_release)


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_download_that_is_broken_off_leaves_nothing(fetch, error):
    def stop(done, total):
        assert left_behind() != []  # so the test sees that there was something to remove
        raise error

    with pytest.raises(error):
        fetch("right", progress=stop)
    assert left_behind() == []


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_broken_off_download_leaves_the_file_that_was_there(fetch, tiny_npz, error):
    fetch("right")

    def stop(done, total):
        raise error

    with pytest.raises(error):
        fetch("right", progress=stop)
    assert settings.keras_cache().read_bytes() == tiny_npz
    assert left_behind() == ["mnist.npz"]


def test_wrong_content_is_set_aside_and_named(fetch):
    with pytest.raises(DownloadError, match=r"is not MNIST.*mnist\.npz\.refused.*log-in page"):
        fetch("html")
    assert left_behind() == ["mnist.npz.refused"]
    aside = settings.keras_cache().with_name("mnist.npz.refused")
    assert aside.read_bytes().startswith(b"<html>Please log in")


def test_wrong_content_does_not_replace_the_good_file_that_was_there(fetch, tiny_npz):
    fetch("right")
    with pytest.raises(DownloadError, match="is not MNIST"):
        fetch("html")
    assert settings.keras_cache().exists()
    assert settings.keras_cache().read_bytes() == tiny_npz
