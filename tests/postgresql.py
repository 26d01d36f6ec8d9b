"""A PostgreSQL server of a test's own, for what several machines share."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest


def server_program(name):
    """A program of PostgreSQL's server; Debian keeps these out of the path."""
    slots = [
        shutil.which(name),
        *sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True),
    ]
    return next((str(slot) for slot in slots if slot), None)


@pytest.fixture
def postgresql():
    """The address of an empty database on a PostgreSQL server of this test's own."""
    if server_program("initdb") is None:
        pytest.skip("PostgreSQL isn't installed (Debian: apt-get install postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))  # pytest's own can't be entered by others
    user = "nobody" if os.geteuid() == 0 else None  # the server refuses to run as root
    if user:
        shutil.chown(folder, user)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    subprocess.run(
        [
            server_program("initdb"),
            "-D",
            folder / "data",
            "-U",
            "lab",
            "--auth=trust",
            "--no-sync",
            "--locale=C",
            "--encoding=UTF8",
        ],
        user=user,
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    server = subprocess.Popen(
        [
            server_program("postgres"),
            "-D",
            folder / "data",
            "-p",
            str(port),
            "-h",
            "127.0.0.1",
            "-c",
            "unix_socket_directories=",
            "-c",
            "fsync=off",
        ],
        user=user,
        cwd=folder,
        stderr=subprocess.DEVNULL,
    )
    try:
        address = f"postgresql://lab@127.0.0.1:{port}/postgres"
        wait_for(lambda: answers(port), 30)
        yield address
    finally:
        server.terminate()
        server.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def answers(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def wait_for(condition, seconds):
    until = time.monotonic() + seconds
    while True:
        if (value := condition()) or time.monotonic() > until:
            assert value, "it did not come about in time"
            return value
        time.sleep(0.3)  # the workers need the processor too
