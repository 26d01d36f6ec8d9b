"""The language of a session: chosen in the bar or by a link, kept by the browser, or the browser's.

A link carries it as `?lang=zh`. A cookie keeps what was chosen in the bar.
"""

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from mnist_core import i18n
from mnist_core.i18n import _
from pages.components.language import COOKIE, language_switch
from pages.shared import state

PARAMETER = "lang"


def session_language() -> str | None:
    """The language of the session whose script runs in this thread; None outside of one."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return None
    code = state.LANGUAGE.get() or i18n.match(st.context.cookies.get(COOKIE), st.context.locale)
    # A thread runs the scripts of one session only, so it needs to be asked once.
    i18n.speak(code or i18n.ENGLISH)
    return code or i18n.ENGLISH


def follow_language() -> None:
    """Speak the session's language in this run of the page."""
    i18n.ask_for_language(session_language)
    if PARAMETER in st.query_params:
        state.LANGUAGE.set(i18n.match(st.query_params[PARAMETER]) or state.LANGUAGE.get())
        del st.query_params[PARAMETER]
    session_language()


def choose_language() -> None:
    """Show the switch."""
    with st.container(key="language"):
        language_switch(i18n.languages(), i18n.language(), _("Language"), _switch)


def _switch(code: str) -> None:
    state.LANGUAGE.set(code)
    st.rerun()
