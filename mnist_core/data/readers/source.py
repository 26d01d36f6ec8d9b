"""A file to read, wherever it comes from: the disk, a zip, or a browser's upload."""

import io
import lzma
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnist_core.errors import DataError
from mnist_core.i18n import Sentences, Text
from mnist_core.system.files import READ_ERRORS
from mnist_core.system.names import clean_name

EXPECTED_LAYOUTS = Text(
    "Expected one .npz with x_train, y_train, x_test, y_test; the four IDX files of images and "
    "labels; or pictures of 28x28 pixels in a folder for each label."
)
SYSTEM_FILES = re.compile(r"(^|/)(\.|__MACOSX/|(Thumbs\.db|desktop\.ini)$)")


@dataclass(frozen=True)
class Limits:
    """How much is read at most.

    Attributes:
        images: of the training and the test set together; 300,000 take 235 MB.
        files: in a zip or a folder; each takes about a kilobyte while the others are read.
        file_bytes: of one picture's file, which 28x28 pixels hardly need.
        packed_bytes: of an `.npz` within a zip, which has to be in memory to be read.
    """

    images: int = 300_000
    files: int = 100_000
    file_bytes: int = 1_000_000
    packed_bytes: int = 60_000_000

    @property
    def total_bytes(self) -> int:
        """Bytes of all files together, unpacked."""
        return 2 * self.images * 28 * 28


LIMITS = Limits()
# A browser's upload is in memory as well.
UPLOAD_LIMITS = Limits(images=200_000)
BLOCK = 1 << 20  # bytes read at once
NAME_LENGTH = 200  # of a file's name in messages
IGNORED_NAMES = 10  # that a note lists


@dataclass(frozen=True)
class Source:
    """A file to read.

    Attributes:
        name: for people; with `/` between folders.
        open: opens a new stream of its content.
        size: the number of bytes that it claims to have.
    """

    name: str
    open: Callable[[], IO[bytes]]
    size: int

    def read(self) -> NDArray[np.uint8]:
        """Its whole content, as `(size,)` uint8.

        Raises:
            DataError: it doesn't have the size that it claims.
        """
        with self.open() as stream:
            return read_exactly(stream, self.size, self.name)


def file_source(path: Path, name: str = "") -> Source:
    """A file on the disk; its name is the path's last part unless another one is given."""
    shown = clean_name(name or path.name, NAME_LENGTH)
    return Source(shown, lambda: path.open("rb"), path.stat().st_size)


def upload_source(name: str, content: bytes) -> Source:
    """A file that a browser sent."""
    return Source(clean_name(name, NAME_LENGTH), lambda: io.BytesIO(content), len(content))


def sources_at(path: str | os.PathLike[str], limits: Limits = LIMITS) -> list[Source]:
    """The file at a path, or all files in the folder there and in its subfolders, by name.

    Raises:
        DataError: nothing is there, or it can't be read.
    """
    most = limits.files
    try:
        path = Path(path).expanduser()
        if path.is_file():
            return [file_source(path)]
        if not path.is_dir():
            problem = (
                Text("{path} is neither a file nor a folder.", path=path)
                if path.exists()
                else Text("{path} does not exist.", path=path)
            )
            raise DataError(Sentences(problem, EXPECTED_LAYOUTS))
        sources = []
        for folder, _, names in os.walk(path):
            for name in sorted(names):
                file = Path(folder) / name
                if file.is_file():
                    sources.append(file_source(file, file.relative_to(path).as_posix()))
                if len(sources) > most:
                    raise DataError(
                        Text(
                            "{path} holds more than {most:,} files. {expected}",
                            path=path,
                            most=most,
                            expected=EXPECTED_LAYOUTS,
                        )
                    )
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: `~nobody`
        raise DataError(
            Text(
                "{path} can't be read ({error}). {expected}",
                path=path,
                error=error,
                expected=EXPECTED_LAYOUTS,
            )
        ) from error
    return sorted(sources, key=lambda source: source.name)


def describe_sources(sources: Sequence[Source]) -> str:
    """Files in a few words: the name of one, or how many there are."""
    if len(sources) == 1:
        return sources[0].name
    if not sources:
        return Text("no files")
    return Text("{files:,} files ({first} ...)", files=len(sources), first=sources[0].name)


def describe_ignored(sources: Sequence[Source]) -> tuple[str, ...]:
    """A note on files that are left aside; no note where there are none."""
    if not sources:
        return ()
    names = ", ".join(source.name for source in sources[:IGNORED_NAMES])
    if len(sources) == 1:
        return (Text("{name} was ignored.", name=names),)
    files, more = len(sources), len(sources) - IGNORED_NAMES
    if more <= 0:
        return (Text("{files:,} files were ignored: {names}.", files=files, names=names),)
    return (
        Text(
            "{files:,} files were ignored: {names} and {more:,} more.",
            files=files,
            names=names,
            more=more,
        ),
    )


def without_system_files(sources: Sequence[Source]) -> list[Source]:
    """The files without those that operating systems put beside them."""
    return [source for source in sources if not SYSTEM_FILES.search(source.name)]


def check_sizes(sources: Sequence[Source], limits: Limits, container: str = "") -> None:
    """Check that there are files, that none of them is empty, and that they are not too large.

    Args:
        container: the zip that they are in, for errors.

    Raises:
        DataError: there are none, or one is empty, or they are too large together.
    """
    if not sources:
        raise DataError(Sentences(Text("There is no file to read."), EXPECTED_LAYOUTS))
    for source in sources:
        if not source.size:
            raise DataError(
                Text(
                    "{name} is empty (0 bytes). Remove it, or replace it by the complete file.",
                    name=source.name,
                )
            )
    total = sum(source.size for source in sources)
    if total > limits.total_bytes:
        raise DataError(
            Text(
                "{name} would unpack to {size:,.0f} MB. Expected {most:,.0f} MB at most:"
                " {images:,} images need less.",
                name=container or describe_sources(sources),
                size=total / 1e6,
                most=limits.total_bytes / 1e6,
                images=limits.images,
            )
        )


@contextmanager
def read_errors(name: str, expected: str = EXPECTED_LAYOUTS) -> Iterator[None]:
    """Turn whatever a truncated or foreign file raises into a `DataError` that names it."""
    try:
        yield
    except (*READ_ERRORS, lzma.LZMAError, Image.DecompressionBombError) as error:
        raise DataError(
            Text(
                "{name} can't be read: it is truncated, or not what its name says ({error}). "
                "{expected}",
                name=name,
                error=clean_name(str(error), NAME_LENGTH),
                expected=expected,
            )
        ) from error


def read_exactly(stream: IO[bytes], size: int, name: str) -> NDArray[np.uint8]:
    """Read exactly `size` bytes to the end of a stream; further bytes are never unpacked.

    Memory is taken as bytes arrive, whatever the size that is claimed.

    Raises:
        DataError: there are fewer bytes, or more.
    """
    content, filled = np.empty(size, np.uint8), 0
    while filled < size and (block := stream.read(min(BLOCK, size - filled))):
        content[filled : filled + len(block)] = np.frombuffer(block, np.uint8)
        filled += len(block)
    if filled < size or stream.read(1):
        raise DataError(
            Text(
                "{name} is damaged: it holds fewer bytes than the {size:,} it claims.",
                name=name,
                size=size,
            )
            if filled < size
            else Text(
                "{name} is damaged: it holds more bytes than the {size:,} it claims.",
                name=name,
                size=size,
            )
        )
    return content
