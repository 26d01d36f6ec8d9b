"""The list of pages, and the way back to the router for a page that was run without it."""

import streamlit as st


def navigation() -> st.Page:
    """The page that was asked for, under a bar with all of them."""
    return st.navigation(
        [
            st.Page("pages/draw.py", title="Draw", icon=":material/draw:", default=True),
            st.Page("pages/train.py", title="Train", icon=":material/fitness_center:"),
            st.Page("pages/studies.py", title="Studies", icon=":material/science:"),
            st.Page("pages/networks.py", title="Networks", icon=":material/hub:"),
            st.Page("pages/dataset.py", title="Dataset", icon=":material/grid_view:"),
            st.Page("pages/mistakes.py", title="Mistakes", icon=":material/error_outline:"),
            st.Page("pages/inside.py", title="See inside", icon=":material/visibility:"),
        ],
        position="top",
    )


def route() -> None:
    """Note that the router ran in this session; `through_router` looks for it."""
    st.session_state["routed"] = True


def through_router() -> None:
    """First line of every page: start over with the router if it didn't run.

    Streamlit takes a folder `pages/` for its older kind of app until `st.navigation` is called:
    a direct link to a page, as the first request to a new server, would run that page alone.
    """
    if not st.session_state.get("routed"):
        navigation()
        st.rerun()
