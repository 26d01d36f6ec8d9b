"""Read files in zips where they are, without unpacking them to disk."""

import re
import zipfile
from functools import partial
from typing import IO

from mnist_core.data.readers.source import NAME_LENGTH, Limits, Source, read_errors
from mnist_core.errors import DataError
from mnist_core.i18n import Text
from mnist_core.system.names import clean_name

ENTRY = b"PK\x01\x02"  # begins an entry of a zip's list of files
BYTES_PER_ENTRY = 400  # of that list, on average and at most
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2)
LONGEST_PATH = 1000  # characters
UTF_8 = 1 << 11  # the flag of a name in UTF-8


def is_zip(source: Source) -> bool:
    """Whether a file is a zip, which an .npz is too."""
    with read_errors(source.name), source.open() as stream:
        return zipfile.is_zipfile(stream)


def is_npz(source: Source, limits: Limits) -> bool:
    """Whether a zip holds NumPy arrays and nothing else."""
    with (
        read_errors(source.name),
        source.open() as stream,
        open_zip(stream, source.name, limits) as archive,
    ):
        return all(name.endswith(".npy") for name in archive.namelist())


def open_zip(stream: IO[bytes], name: str, limits: Limits) -> zipfile.ZipFile:
    """Open a zip whose list of files isn't too long; that list is read as a whole.

    Raises:
        DataError: it is too long, or a file's compression isn't supported.
    """
    end = zipfile._EndRecData(stream)  # type: ignore[attr-defined]  # where `ZipFile` begins, too
    if end is not None:
        size, location = end[5], end[9]  # `zipfile._ECD_SIZE` of the list, `zipfile._ECD_LOCATION`
        if end[0] == b"PK\6\6":  # two records of a zip over 4 GB lie between them
            location -= 76
        too_many = size > limits.files * BYTES_PER_ENTRY
        if not too_many:
            stream.seek(max(0, location - size))
            too_many = stream.read(size).count(ENTRY) > limits.files
        if too_many:
            raise DataError(
                Text(
                    "{name} lists more files than can be read. Expected {most:,} at most.",
                    name=name,
                    most=limits.files,
                )
            )
    archive = zipfile.ZipFile(stream)
    for info in archive.infolist():
        if info.compress_type not in METHODS:
            raise DataError(
                Text(
                    "{name} is compressed in a way that isn't supported ({file}). Expected an "
                    "ordinary zip (Deflate).",
                    name=name,
                    file=clean_name(info.filename, NAME_LENGTH),
                )
            )
    return archive


def zip_members(archive: zipfile.ZipFile, name: str) -> list[Source]:
    """The files in a zip; each is unpacked while it is read.

    Args:
        name: the zip's name, for errors.

    Raises:
        DataError: it is encrypted, or a name would lie outside of the folder it is unpacked in.
    """
    members = []
    infos = archive.infolist()
    for info, path in zip(infos, _paths(infos), strict=True):
        shown = clean_name(path)
        if ".." in path.split("/") or re.match(r"/|[A-Za-z]:", path):
            raise DataError(
                Text(
                    "{name} is refused: its file {file!r} would lie outside of it. "
                    "Expected plain names such as 3/one.png.",
                    name=name,
                    file=shown[:NAME_LENGTH],
                )
            )
        if len(path) > LONGEST_PATH:
            raise DataError(
                Text(
                    "{name} has a file whose name has {length:,} characters: {file}… Expected "
                    "{most:,} at most.",
                    name=name,
                    length=len(path),
                    file=shown[:NAME_LENGTH],
                    most=LONGEST_PATH,
                )
            )
        if info.flag_bits & 1:
            raise DataError(
                Text(
                    "{name} is encrypted ({file}). Expected a zip without a password.",
                    name=name,
                    file=shown[:NAME_LENGTH],
                )
            )
        if not path.endswith("/"):
            members.append(Source(shown, partial(_open_member, archive, info), info.file_size))
    return members


def _paths(infos: list[zipfile.ZipInfo]) -> list[str]:
    """The paths of a zip's files, with `/` between folders.

    Windows wrote names without UTF-8's flag in the code page of its language, and `\\` between
    folders. The standard's code page 437 has box drawings where GBK has common Chinese characters.
    """
    unflagged = [info.filename for info in infos if not info.flag_bits & UTF_8]
    encoding = _encoding("\n".join(unflagged))
    paths = []
    for info in infos:
        name = info.filename
        if not info.flag_bits & UTF_8 and encoding != "cp437":
            name = name.encode("cp437").decode(encoding)
        paths.append(name.replace("\\", "/"))
    return paths


def _encoding(text: str) -> str:
    """The encoding of names that were read as code page 437."""
    if text.isascii():
        return "cp437"
    content = text.encode("cp437")
    encodings = ["utf-8", *(["gbk"] if re.search(b"[\xb0-\xdf]", content) else [])]
    for encoding in encodings:
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    return "cp437"


def _open_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> IO[bytes]:
    return archive.open(info)
