"""Download MNIST into Keras's cache."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from mnist_core import settings
from mnist_core.data.release import MNIST, Release, read_verified
from mnist_core.errors import DataError, DownloadError

DownloadProgress = Callable[[int, int], None]  # bytes so far, bytes in all (0: unknown)


def download_mnist(
    *,
    progress: DownloadProgress | None = None,
    timeout: float = 20.0,
    retries: int = 2,
    release: Release = MNIST,
) -> Path:
    """Download MNIST into Keras's cache and return the file's path.

    The file appears there only when it is complete and its content is verified.

    Args:
        progress: called with the bytes so far and the bytes in all (0: unknown).
        timeout: seconds without a byte after which an attempt is given up.
        retries: number of further attempts.
        release: what to download; for tests.

    Raises:
        DownloadError: no network, a time-out, a server error, or not MNIST.
    """
    import pooch  # slow to import, and most runs never download
    import requests

    pooch.get_logger().setLevel("WARNING")  # it would print beside our own progress
    target = settings.keras_cache()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".download-") as folder:
            fetcher = pooch.Pooch(
                path=folder,
                base_url="",
                registry={target.name: None},
                urls={target.name: release.url},
                retry_if_failed=retries,
            )
            progress_bar = _ProgressBar(progress) if progress else False
            downloader = pooch.HTTPDownloader(
                progressbar=progress_bar, chunk_size=1 << 16, timeout=timeout
            )
            downloaded = Path(fetcher.fetch(target.name, downloader=downloader))
            try:
                read_verified(downloaded, release)
            except DataError as error:
                # A good file that is in the cache already stays there.
                outcome = set_aside(downloaded, target)
                raise DownloadError(
                    f"What {release.url} sent is not {release.name}: {error} {outcome} "
                    "A proxy or a log-in page may have answered instead; try again later."
                ) from error
            os.replace(downloaded, target)
    except (requests.RequestException, OSError) as error:
        raise DownloadError(
            f"{release.name} could not be downloaded from {release.url}: "
            f"{_describe_failure(error)} "
            f"Check the network and try again, or put the file at {target} yourself."
        ) from error
    return target


def set_aside(rejected: Path, target: Path | None = None) -> str:
    """Rename a rejected file to `NAME.refused` beside `target`; returns a sentence about it.

    Args:
        rejected: the file to rename.
        target: the file that it was to become. Default: it is that file itself.
    """
    target = target or rejected
    aside = target.with_name(f"{target.name}.refused")
    count = 1
    while aside.exists():
        count += 1
        aside = target.with_name(f"{target.name}.refused-{count}")
    try:
        os.replace(rejected, aside)
    except OSError as error:
        return f"It is not used; it could not be renamed ({error.strerror})."
    return f"It is not used and is now called {aside.name}."


class _ProgressBar:
    """The progress bar that pooch drives, passed on to a plain function."""

    def __init__(self, report: DownloadProgress) -> None:
        self.report, self.done, self._total = report, 0, 0

    @property
    def total(self) -> int:
        """Bytes in all; pooch sets it at the start of each attempt."""
        return self._total

    @total.setter
    def total(self, total: int) -> None:
        self.done, self._total = 0, total

    def update(self, count: int) -> None:
        """Report that `count` more bytes have arrived."""
        self.done += count
        # pooch counts whole chunks, so its last one can reach beyond the end.
        self.report(min(self.done, self.total) if self.total else self.done, self.total)

    def reset(self) -> None:
        """Finish: pooch calls this and then `update(total)`, where an unknown total is 0."""
        if self.total:
            self.done = 0

    def close(self) -> None:
        """Do nothing; pooch expects the method."""


def _describe_failure(error: Exception) -> str:
    """Why a download failed, as a sentence."""
    import requests

    # Once bytes have arrived, requests reports a time-out as a broken connection.
    if isinstance(error, requests.Timeout) or "timed out" in str(error).lower():
        return "the server did not answer in time."
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"the server answered {error.response.status_code} {error.response.reason}."
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection broke off before the file was complete."
    if isinstance(error, requests.RequestException):
        return "no connection to the server."
    return f"the file could not be written ({error})."
