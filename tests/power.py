"""A disk that loses what was not synced, to cut the power of in a test.

What a file system promises after a power cut is little: of a file, the bytes at its last `fsync`;
of a folder, the names at its own last `fsync`. `Disk` notes both while the code under test runs,
and `after_power_cut` builds what would be left at that moment. Real file systems mostly keep more.
"""

import os
from pathlib import Path


class Disk:
    """Notes what is synced under a folder.

    Attributes:
        syncs: how many syncs there were.
    """

    def __init__(self, root, monkeypatch, on_sync=None):
        self.root, self.syncs, self.on_sync = Path(root), 0, on_sync
        self.files, self.folders = {}, {}  # inode -> bytes; inode -> {name: (inode, is folder)}
        self._fsync = os.fsync
        monkeypatch.setattr(os, "fsync", self.fsync)

    def fsync(self, descriptor):
        self._fsync(descriptor)
        path = Path(os.readlink(f"/proc/self/fd/{descriptor}"))
        if not path.is_relative_to(self.root):
            return
        inode = os.fstat(descriptor).st_ino
        if path.is_dir():
            self.folders[inode] = {
                entry.name: (entry.inode(), entry.is_dir()) for entry in os.scandir(path)
            }
        else:
            self.files[inode] = path.read_bytes()
        self.syncs += 1
        if self.on_sync:
            self.on_sync()

    def after_power_cut(self, target):
        """Write what is left into a folder."""
        self._rebuild(os.stat(self.root).st_ino, Path(target))
        return Path(target)

    def _rebuild(self, inode, target):
        target.mkdir(parents=True, exist_ok=True)
        for name, (entry, is_folder) in self.folders.get(inode, {}).items():
            if is_folder:
                self._rebuild(entry, target / name)
            else:
                (target / name).write_bytes(self.files.get(entry, b""))
