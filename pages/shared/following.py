"""Answers of the process beside the server: at once where they are quick, else when they come."""

from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import Any

import streamlit as st

from mnist_core.errors import MnistCoreError
from mnist_core.system import tensorflow_process as outside

QUICK = 0.4  # seconds that a page stands still for an answer, rather than flash a wait


def answered(words: str, function: Callable[..., Any], *args: Any) -> Any | None:
    """What a function gives that runs in the process beside the server.

    Until it is there, `words` stand in its place, and the page runs again when it has come; what
    goes wrong is said there too. Both give None.

    Args:
        words: what is waited for.
    """
    try:
        future = outside.ask(function, *args)
    except MnistCoreError as error:
        st.error(str(error))
        return None
    asked: dict[str, Future[Any]] = st.session_state.setdefault("asked_outside", {})
    before = asked.get(function.__name__)
    if before is not None and before is not future:
        before.cancel()  # of a drawing that has gone on; only one that hasn't begun can be
    asked[function.__name__] = future
    wait([future], QUICK)
    if not future.done():
        _waiting(future, words)
        return None
    trouble = outside.trouble(future)
    if trouble:
        st.error(trouble)
        return None
    return future.result()


@st.fragment(run_every=0.5)
def _waiting(future: "Future[Any]", words: str) -> None:
    if future.done():
        trouble = outside.trouble(future)
        if trouble is None or future.cancelled():  # or somebody gave it up: ask once more
            st.rerun()
        st.error(trouble)  # the page, run again, would ask once more and wait once more
        return
    st.caption(f":material/hourglass_top: {words}")
