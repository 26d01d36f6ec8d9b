"""Background work on a page: look, start, wait, show what went wrong, offer to try again.

Whatever works (a task in a folder, a process beside the server, a thread of it), a page sees a
`Work`. `followed` is all that most pages need: it gives the work as it is now, and in its place on
the page shows how far it is, or why it ended and a button to try again.
"""

import hashlib
import pickle
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

import streamlit as st

from mnist_core.errors import MnistCoreError
from mnist_core.i18n import Text, _
from mnist_core.system import tensorflow_process
from pages.shared import state
from pages.shared.text import as_message

QUICK = 0.4  # seconds that a page stands still for an answer, rather than flash a wait
EVERY = 0.7  # seconds between two looks
INTERRUPTED = Text("This was interrupted: its process ended before it was done.")
AGAIN = Text("Try again")


class Work(Protocol):
    """Where background work is, as it was when it was looked at."""

    @property
    def working(self) -> bool:
        """Whether something is at it, or about to be."""
        ...

    @property
    def finished(self) -> bool:
        """Whether the result is there, and whole."""
        ...

    @property
    def share(self) -> float | None:
        """How much is done, 0 to 1; None where nobody can know."""
        ...

    @property
    def message(self) -> str:
        """Why it ended without a result, for a person; "" where it didn't."""
        ...


W = TypeVar("W", bound=Work)
S = TypeVar("S")
R = TypeVar("R")


@dataclass(frozen=True)
class Attempt:
    """What a session started last in a slot: what the work is about, and why it failed to start."""

    about: object
    error: str = ""


# --- the machine ------------------------------------------------------------------------------


def followed(
    look: Callable[[], W],
    start: Callable[[], object],
    *,
    slot: str,
    about: object,
    words: str | Callable[[W], str],
    offer: Callable[[], bool] | None = None,
    again: str = AGAIN,
    interrupted: str = INTERRUPTED,
    below: Callable[[W], object] | None = None,
    every: float = EVERY,
    version: Callable[[W], object] | None = None,
) -> W:
    """Background work as it is now; while it isn't finished, its place on the page shows that.

    It is started by itself, once in a session, or by a button; when it failed, only by a button.

    Args:
        look: gives the work as it is now.
        start: starts it. Must do nothing where it works or is finished already.
        slot: what the page waits for here, whatever it is about; unique in the app.
        about: what the work is about. The same slot may be about something else later.
        words: what is being done, for a work that goes on.
        offer: shows what starts it, and gives whether that was pressed. Default: it starts by
            itself.
        again: the label of the button after a failure. With an offer, that one is shown again.
        interrupted: what is said of work that this session started and that ended without a
            message; "" where that is nothing unusual.
        below: shows more under how far it is.
        every: seconds between two looks.
        version: of a work; when it changes, the whole page runs again. Default: whether it goes on.
    """
    work = look() if offer else begun(look, start, slot=slot, about=about)
    if work.finished:
        return work

    def show(work: W) -> None:
        show_work(
            work,
            start,
            slot=slot,
            about=about,
            words=words,
            offer=offer,
            again=again,
            interrupted=interrupted,
        )
        if below and work.working:
            below(work)

    follow(look, show, now=work, working=lambda work: work.working, every=every, version=version)
    return work


def follow(
    look: Callable[[], S],
    show: Callable[[S], object],
    *,
    working: Callable[[S], bool],
    now: S | None = None,
    every: float = EVERY,
    version: Callable[[S], object] | None = None,
) -> None:
    """Show something again and again while it goes on; when it ends, the whole page runs again.

    Args:
        look: gives the thing as it is now.
        show: puts it on the page.
        now: the thing as the page has seen it already. Default: as it is now.
        working: whether it goes on.
        every: seconds between two looks.
        version: when this changes, the whole page runs again. Default: `working`.
    """
    version = version or working
    now = look() if now is None else now
    interval = every if working(now) else None
    st.fragment(_look_again, run_every=interval)(look, show, version, version(now))


def _look_again(
    look: Callable[[], S],
    show: Callable[[S], object],
    version: Callable[[S], object],
    shown: object,
) -> None:
    now = look()
    if version(now) != shown:
        st.rerun()
    show(now)


def begun(look: Callable[[], W], start: Callable[[], object], *, slot: str, about: object) -> W:
    """The work, which is started where this session has not tried that yet. See `followed`."""
    work = look()
    if work.finished or work.working or _attempt(slot, about):
        return work
    _start(start, slot, about)
    return look()


def show_work(
    work: W,
    start: Callable[[], object],
    *,
    slot: str,
    about: object,
    words: str | Callable[[W], str],
    offer: Callable[[], bool] | None = None,
    again: str = AGAIN,
    interrupted: str = INTERRUPTED,
) -> None:
    """How far work is, or why it ended, and the button that starts it again. See `followed`."""
    if work.finished:
        return
    if work.working:
        text = _(words if isinstance(words, str) else words(work))
        if work.share is None:
            st.caption(f":material/hourglass_top: {text}")
        else:
            st.progress(work.share, text)
        return
    attempt = _attempt(slot, about)
    message = work.message or (attempt.error if attempt else "")
    if message:
        st.error(as_message(message))
    elif attempt and interrupted:
        st.warning(_(interrupted))
    ask = offer or partial(st.button, _(again), icon=":material/refresh:", key=f"again_{slot}")
    if ask():
        _start(start, slot, about)
        st.rerun()


def _attempt(slot: str, about: object) -> Attempt | None:
    attempt: Attempt | None = state.ATTEMPTS.get().get(slot)
    return attempt if attempt and attempt.about == about else None


def _start(start: Callable[[], object], slot: str, about: object) -> None:
    error = ""
    try:
        start()
    except MnistCoreError as reason:
        error = reason.args[0] if reason.args else ""
    state.ATTEMPTS.ensure()[slot] = Attempt(about, error)


# --- what works: futures and threads ----------------------------------------------------------


@dataclass(frozen=True)
class Answer(Generic[R]):
    """The `Work` of a future or a thread.

    Attributes:
        result: what was worked out, once it is finished.
    """

    working: bool = False
    finished: bool = False
    share: float | None = None
    message: str = ""
    result: R | None = None


def answered(words: str, function: Callable[..., Any], *args: Any) -> Any | None:
    """What a function gives that runs in the TensorFlow process; None until it is there.

    While it isn't, the page shows what is waited for, or what went wrong. Another question for the
    same function takes the place of the one before.

    Args:
        words: what is waited for.
    """
    slot = function.__name__
    look, start, about = question(slot, function, *args)
    answer = followed(look, start, slot=slot, about=about, words=words)
    return answer.result


def question(
    slot: str, function: Callable[..., Any], *args: Any
) -> tuple[Callable[[], Answer[Any]], Callable[[], None], bytes]:
    """(look, start, about) of a function that runs in the TensorFlow process: see `followed`."""
    about = hashlib.sha256(pickle.dumps((function.__qualname__, args))).digest()

    def look() -> Answer[Any]:
        known, future = state.FUTURES.ensure().get(slot, (b"", None))
        if future is None or known != about:
            return Answer()
        if future.cancelled():  # by another session, whose drawing went on: to be asked once more
            del state.FUTURES.get()[slot]
            state.ATTEMPTS.ensure().pop(slot, None)
            return Answer()
        if not future.done():
            return Answer(working=True)
        message = tensorflow_process.trouble(future)
        if message:
            return Answer(message=message)
        return Answer(finished=True, share=1.0, result=future.result())

    def start() -> None:
        futures = state.FUTURES.ensure()
        __, before = futures.get(slot, (b"", None))
        future = tensorflow_process.ask(function, *args)
        if before is not None and before is not future:
            before.cancel()  # of a drawing that has gone on; only one that hasn't begun can be
        futures[slot] = about, future
        wait([future], QUICK)

    return look, start, about


class Threaded(Generic[R]):
    """A function that runs on a thread of the server.

    Attributes:
        thread: of the function.
        done, total: how far it is, by its own report.
    """

    def __init__(self, function: Callable[[Callable[[int, int], None]], R]) -> None:
        self.done, self.total = 0, 0
        self._future: Future[R] = Future()
        self.thread = threading.Thread(target=self._run, args=(function,), daemon=True)
        self.thread.start()

    def _run(self, function: Callable[[Callable[[int, int], None]], R]) -> None:
        try:
            self._future.set_result(function(self._report))
        except BaseException as error:  # whatever it is, the page has to say so
            self._future.set_exception(error)

    def _report(self, done: int, total: int) -> None:
        self.done, self.total = done, total

    def look(self) -> Answer[R]:
        """Where it is."""
        share = self.done / self.total if self.total else 0.0
        if not self._future.done():
            return Answer(working=True, share=share)
        error = self._future.exception()
        if error is not None:
            known = isinstance(error, MnistCoreError) and error.args
            return Answer(message=error.args[0] if known else str(error) or repr(error))
        return Answer(finished=True, share=1.0, result=self._future.result())
