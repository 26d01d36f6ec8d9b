"""Scripts that take turns, so that a class that draws at once is answered in order.

Python runs one thread at a time. When scripts of many sessions compute at once, all of them are
slow, and each takes longer than alone by more than its share: `python -m benchmarks.load`.
"""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """A lock whose waiters come in the order in which they asked."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._busy = False
        self._waiting: deque[threading.Event] = deque()

    @contextmanager
    def take(self) -> Iterator[None]:
        """Wait for one's turn; the next one's comes at the end of the `with` block."""
        with self._guard:
            mine = threading.Event() if self._busy else None
            if mine:
                self._waiting.append(mine)
            self._busy = True
        if mine:
            mine.wait()
        try:
            yield
        finally:
            with self._guard:
                if self._waiting:
                    self._waiting.popleft().set()
                else:
                    self._busy = False

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)


DRAWING = Turns()  # the Draw page's runs
