"""Download MNIST into Keras's cache."""

import os
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from mnist_core import settings
from mnist_core.data.release import MNIST, Release, read_verified
from mnist_core.errors import DataError, DownloadError, error_text
from mnist_core.i18n import Text

BLOCK = 1 << 16  # bytes
MOST_BYTES = 30_000_000  # MNIST has 11.5 MB
MOST_SECONDS = 900
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
        DownloadError: no network, a time-out, a server error, too large, too slow, or not MNIST.
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
            downloader = partial(
                _download, report=progress or (lambda done, total: None), timeout=timeout
            )
            downloaded = Path(fetcher.fetch(target.name, downloader=downloader))
            try:
                read_verified(downloaded, release)
            except DataError as error:
                # A good file that is in the cache already stays there.
                outcome = set_aside(downloaded, target)
                raise DownloadError(
                    Text(
                        "What {url} sent is not {release}: {reason} {outcome} A proxy or a log-in "
                        "page may have answered instead; try again later.",
                        url=release.url,
                        release=release.name,
                        reason=error_text(error),
                        outcome=outcome,
                    )
                ) from error
            os.replace(downloaded, target)
    except (requests.RequestException, OSError) as error:
        raise DownloadError(
            Text(
                "{release} could not be downloaded from {url}: {reason} Check the network "
                "and try again, or put the file at {target} yourself.",
                release=release.name,
                url=release.url,
                reason=_describe_failure(error),
                target=target,
            )
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
        return Text("It is not used; it could not be renamed ({reason}).", reason=error.strerror)
    return Text("It is not used and is now called {name}.", name=aside.name)


def _download(
    url: str, target: str, _: object, *, report: DownloadProgress, timeout: float
) -> None:
    """Write what a server sends into a file; pooch calls this for each attempt.

    Nothing is unpacked here, whatever encoding the server names. Each read returns what has
    arrived, so that the total time is looked at even where bytes trickle in.

    Raises:
        DownloadError: it has no end, or is too slow.
        requests.RequestException: no connection, a time-out, or it is cut.
    """
    import requests
    import urllib3

    start, done = time.monotonic(), 0
    headers = {"Accept-Encoding": "identity"}
    with (
        requests.get(url, timeout=timeout, headers=headers, stream=True) as response,
        open(target, "wb") as file,
    ):
        response.raise_for_status()
        total = int(response.headers.get("content-length", 0))
        try:
            while block := response.raw.read1(BLOCK, decode_content=False):
                file.write(block)
                done += len(block)
                report(done, total)
                if done > MOST_BYTES:
                    raise DownloadError(
                        Text(
                            "{url} sent more than {most:,.0f} MB, which can't be the data. A "
                            "proxy or a log-in page may have answered; try again later.",
                            url=url,
                            most=MOST_BYTES / 1e6,
                        )
                    )
                if time.monotonic() - start > MOST_SECONDS:
                    raise DownloadError(
                        Text(
                            "{url} sent {done:,.1f} MB in {minutes} minutes, which is too "
                            "slow. Try again later, or from another network.",
                            url=url,
                            done=done / 1e6,
                            minutes=MOST_SECONDS // 60,
                        )
                    )
        except urllib3.exceptions.HTTPError as error:
            raise requests.exceptions.ChunkedEncodingError(error) from error


def _describe_failure(error: Exception) -> str:
    """Why a download failed, as a sentence."""
    import requests

    # Once bytes have arrived, requests reports a time-out as a broken connection.
    if isinstance(error, requests.Timeout) or "timed out" in str(error).lower():
        return Text("the server did not answer in time.")
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return Text(
            "the server answered {status} {reason}.",
            status=error.response.status_code,
            reason=error.response.reason,
        )
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return Text("the connection broke off before the file was complete.")
    if isinstance(error, requests.RequestException):
        return Text("no connection to the server.")
    return Text("the file could not be written ({reason}).", reason=str(error))
