"""Who may change what others see, too: all on one's own machine, the owner of a shared server.

A server that only this machine reaches has no roles. Where others reach it, visitors draw, look and
explore. Training, renaming, deleting, importing and settings are the owner's. The owner can let
visitors do it, too: with what they made in the same session, or with everything. A control that
isn't allowed is not created, so no message of a browser can press it.
"""

from collections.abc import Sequence
from typing import Literal

import streamlit as st

from mnist_core import Recipe, Run, RunError, list_runs, start_run
from mnist_core.i18n import Text, _
from mnist_core.runs.preferences import read_preferences, save_preferences
from mnist_core.system.owner import is_owner_key
from pages.shared import state

LOCAL = ("localhost", "127.0.0.1", "::1")
VISITORS_RUNS = 30  # active runs beside which visitors can't start another one
KEY = "owner"  # in the address that `python -m mnist_core share` prints for the owner


def is_shared() -> bool:
    """Whether others can reach this server, directly or through a proxy."""
    if st.get_option("server.address") not in LOCAL:
        return True
    return bool(st.context.headers.get("X-Forwarded-For"))


def is_owner() -> bool:
    """Whether this session is the owner's. On one's own machine, every one is."""
    if not is_shared() or state.IS_OWNER.get():
        return True
    key = st.query_params.get(KEY, "")
    if key and is_owner_key(key):
        state.IS_OWNER.set(True)
        del st.query_params[KEY]  # so that the owner's address isn't passed on by accident
        return True
    return False


Kind = Literal["run", "study", "data"]


def may_change(kind: Kind | None = None, name: str = "") -> bool:
    """Whether this session may train, rename, delete and import.

    Args:
        kind: of something that is there already; None asks about making something new.
        name: the run's id, or the name of the study or data set.
    """
    if is_owner():
        return True
    preferences = read_preferences()
    own = kind is None or not preferences.visitors_own_only or (kind, name) in state.OWN.get()
    return preferences.visitors_may_change and own


def made(kind: Kind, name: str) -> None:
    """Note that this session has made something: see `may_change`."""
    state.OWN.set({*state.OWN.get(), (kind, name)})


def why_no_run(runs: Sequence[Run]) -> str:
    """Why this session can't start another run now, in words; "" if it can.

    A visitor trains one network at a time, and all visitors together can't fill the queue.
    """
    active = [run for run in runs if run.active]
    if is_owner():
        return ""
    if any(("run", run.id) in state.OWN.get() for run in active):
        return Text(
            "Your run is still active. To start another one, stop it or wait until it finishes."
        )
    if len(active) >= VISITORS_RUNS:
        return Text(
            "{n} runs are already queued. Try again when some have finished.", n=len(active)
        )
    return ""


def start_own_run(recipe: Recipe, data: str | None = None) -> Run:
    """Start a run that this session may stop, rename and delete.

    Args:
        data: name of an imported data set; None is MNIST.

    Raises:
        RunError: this session can't start another one now, or the folder can't be written.
        RecipeError, DataError: see `start_run`.
    """
    if refusal := why_no_run(list_runs()):
        raise RunError(refusal)
    run = start_run(recipe, data=data)
    made("run", run.id)
    return run


def owner_note(what: str, key: str) -> None:
    """Say who may do something instead of offering it, with a way in for the owner.

    Args:
        what: such as `train networks`.
        key: of the widgets.
    """
    with st.container(border=True, key=f"owner_note_{key}"):
        st.markdown(
            _(
                "On this server, only its owner can {what}. You can still draw, browse and "
                "explore.",
                what=_(what),
            )
        )
        with st.popover(_("I am the owner"), icon=":material/key:"):
            text = st.text_input(_("Owner's key"), type="password", key=f"owner_key_{key}")
            if text and is_owner_key(text):
                state.IS_OWNER.set(True)
                st.rerun()
            elif text:
                st.error(
                    _("This is not the right key. The key was printed when sharing was started.")
                )


def visitors_setting() -> None:
    """The owner's switch that lets visitors change things, on a shared server."""
    if not is_shared() or not is_owner():
        return
    now = read_preferences()
    train = st.toggle(
        _("Visitors can train"),
        now.visitors_may_change,
        key="visitors_may_change",
        help=_(
            "Visitors can also start studies, judge images and import data. Only you can use "
            "paths on the server. Each visitor can train one network at a time."
        ),
    )
    own_only = st.toggle(
        _("Only their own runs"),
        now.visitors_own_only,
        key="visitors_own_only",
        disabled=not train,
        help=_(
            "Visitors can stop, rename and delete only what they have made since they opened the "
            "app."
        ),
    )
    if (train, own_only) != (now.visitors_may_change, now.visitors_own_only):
        save_preferences(visitors_may_change=train, visitors_own_only=own_only)
