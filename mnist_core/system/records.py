"""Small JSON files that processes leave for each other, read through a type with defaults.

Such a file may be cut by a crash, written by an older version, or edited by hand. What can't be
read as it should be, a value or the whole file, becomes its default, so no reader has to check.
"""

from contextlib import suppress
from pathlib import Path
from typing import Any, Self, TypeVar

import msgspec

from mnist_core.system.files import write_file

R = TypeVar("R", bound="Record")


class Record(msgspec.Struct, frozen=True):
    """Base of the types: immutable; every field of a subclass needs a default."""

    def changed(self, **changes: Any) -> Self:
        """A copy with some fields changed."""
        return msgspec.structs.replace(self, **changes)


def read_record(kind: type[R], path: Path) -> R:
    """What a file says; defaults where it is missing or damaged."""
    try:
        plain = msgspec.json.decode(path.read_bytes())
    except (OSError, msgspec.DecodeError, RecursionError):
        return kind()
    values = {}
    for field in msgspec.structs.fields(kind) if isinstance(plain, dict) else ():
        with suppress(KeyError, msgspec.ValidationError):
            values[field.name] = msgspec.convert(plain[field.encode_name], field.type)
    return kind(**values)


def write_record(record: Record, path: Path, *, durable: bool = False) -> None:
    """Write a record as JSON, whole or not at all.

    Raises:
        OSError: the folder can't be written.
    """
    content = msgspec.json.format(msgspec.json.encode(record), indent=1)
    write_file(path, content + b"\n", durable=durable)
