"""Who may change what others see, too: all on one's own machine, the owner of a shared server.

A server that only this machine reaches has no roles. Where others reach it, visitors draw, look and
explore. Training, renaming, deleting, importing and settings are the owner's, or everybody's after
the owner has said so. A control that isn't allowed is not created, so no message of a browser can
press it.
"""

import streamlit as st

from mnist_core.runs.preferences import read_preferences, save_preferences
from mnist_core.system.owner import is_owner_key
from pages.shared import state

LOCAL = ("localhost", "127.0.0.1", "::1")
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


def may_change() -> bool:
    """Whether this session may train, rename, delete and import."""
    return is_owner() or read_preferences().visitors_may_change


def owner_note(what: str, key: str) -> None:
    """Say who may do something instead of offering it, with a way in for the owner.

    Args:
        what: such as `train networks`.
        key: of the widgets.
    """
    with st.container(border=True, key=f"owner_note_{key}"):
        st.markdown(
            f"On this server, only its owner can {what}. You can draw, look at everything and "
            "explore."
        )
        with st.popover("I am the owner", icon=":material/key:"):
            text = st.text_input("Owner's key", type="password", key=f"owner_key_{key}")
            if text and is_owner_key(text):
                state.IS_OWNER.set(True)
                st.rerun()
            elif text:
                st.error("This is not the key. It was printed when sharing was started.")


def visitors_setting() -> None:
    """The owner's switch that lets visitors change things, on a shared server."""
    if not is_shared() or not is_owner():
        return
    now = read_preferences().visitors_may_change
    wanted = st.toggle(
        "Visitors can train",
        now,
        key="visitors_may_change",
        help="Visitors can also rename, delete and import. Paths on the server stay yours.",
    )
    if wanted != now:
        save_preferences(visitors_may_change=wanted)
