"""Quiet standard error: silent while it should be, and there again afterwards."""

import os
import subprocess
import sys
import threading

from mnist_core.system.quiet import quiet_stderr

OVERLAP = """
import os, threading
from mnist_core.system.quiet import quiet_stderr
inside, leave = threading.Event(), threading.Event()
def first():
    with quiet_stderr():
        inside.set()
        leave.wait()
thread = threading.Thread(target=first)
thread.start()
inside.wait()
with quiet_stderr():
    os.write(2, b"hidden")
    leave.set()
    thread.join()
    os.write(2, b"hidden too")
os.write(2, b"shown")
"""


def test_blocks_that_overlap_in_two_threads_leave_standard_error_as_it_was():
    done = subprocess.run([sys.executable, "-c", OVERLAP], capture_output=True, check=True)
    assert done.stderr == b"shown"


def test_many_threads_at_once_leave_standard_error_as_it_was():
    before = os.fstat(2)

    def work():
        for _ in range(200):
            with quiet_stderr():
                pass

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    after = os.fstat(2)
    assert (before.st_dev, before.st_ino) == (after.st_dev, after.st_ino)


def test_an_error_inside_leaves_standard_error_as_it_was():
    before = os.fstat(2).st_ino
    try:
        with quiet_stderr():
            raise ValueError
    except ValueError:
        pass
    assert os.fstat(2).st_ino == before
