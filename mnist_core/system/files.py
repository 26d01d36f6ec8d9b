"""Files that are there whole or not at all."""

import os
import struct
import tempfile
import tokenize
import zipfile
import zlib
from pathlib import Path

# What a cut or foreign file raises differs by container and by where it is cut.
READ_ERRORS = (
    OSError,
    EOFError,
    KeyError,
    ValueError,
    TypeError,
    RuntimeError,
    SyntaxError,
    MemoryError,
    struct.error,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk, so that they outlast a power cut."""
    if os.name == "nt":  # which can't open a folder, and needs no such thing
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_file(target: Path, content: bytes, *, durable: bool = True) -> None:
    """Write beside the target and move it over the target, so that it is never half there.

    Args:
        durable: wait until it is on the disk, so that it outlasts a power cut.

    Raises:
        OSError: the folder can't be written.
    """
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".new-", delete=False) as file:
        try:
            file.write(content)
            file.flush()
            if durable:
                os.fsync(file.fileno())
            os.chmod(file.name, 0o644)
            os.replace(file.name, target)
            if durable:
                sync_folder(target.parent)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
