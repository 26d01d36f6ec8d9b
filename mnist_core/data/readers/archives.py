"""Read files in zips where they are, without unpacking them to disk."""

import re
import zipfile
from functools import partial
from typing import IO

from mnist_core.data.readers.source import Source, read_errors
from mnist_core.errors import DataError


def is_zip(source: Source) -> bool:
    """Whether a file is a zip, which an .npz is too."""
    with read_errors(source.name), source.open() as stream:
        return zipfile.is_zipfile(stream)


def is_npz(source: Source) -> bool:
    """Whether a zip holds NumPy arrays and nothing else."""
    with read_errors(source.name), zipfile.ZipFile(source.open()) as archive:
        return all(name.endswith(".npy") for name in archive.namelist())


def zip_members(archive: zipfile.ZipFile, name: str) -> list[Source]:
    """The files in a zip; each is unpacked while it is read.

    Args:
        name: the zip's name, for errors.

    Raises:
        DataError: it is encrypted, or a name would lie outside of the folder it is unpacked in.
    """
    members = []
    for info in archive.infolist():
        path = info.filename
        if ".." in re.split(r"[/\\]", path) or re.match(r"[/\\]|[A-Za-z]:", path):
            raise DataError(
                f"{name} is refused: its file {path!r} would lie outside of it. Expected plain "
                "names such as 3/one.png."
            )
        if info.flag_bits & 1:
            raise DataError(f"{name} is encrypted ({path}). Expected a zip without a password.")
        if not info.is_dir():
            members.append(Source(path, partial(_open_member, archive, info), info.file_size))
    return members


def _open_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> IO[bytes]:
    return archive.open(info)
