"""The key that shows who is the owner of a server that others can reach: `runs/owner.key`."""

import hmac
import os
import secrets
from pathlib import Path

from mnist_core import settings
from mnist_core.errors import TaskError
from mnist_core.i18n import Text
from mnist_core.system.files import write_file
from mnist_core.system.tasks import writing

FILE = "owner.key"


def owner_key(folder: Path | None = None) -> str:
    """The owner's key; made at the first call, 96 random bits that only this user can read.

    Args:
        folder: of runs; default: `settings.runs_dir()`.

    Raises:
        TaskError: the folder can't be written.
    """
    path = (folder or settings.runs_dir()) / FILE
    key = _read(path)
    if not key:
        key = secrets.token_urlsafe(12)
        with writing(path.parent, Text("The owner's key could not be stored"), TaskError):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_file(path, f"{key}\n".encode())
            os.chmod(path, 0o600)
    return key


def is_owner_key(text: str, folder: Path | None = None) -> bool:
    """Whether a text is the owner's key. Nothing is while there is no key."""
    key = _read((folder or settings.runs_dir()) / FILE)
    return bool(key) and hmac.compare_digest(key.encode(), text.strip().encode())


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""
