"""The list of pages, and the way back to the router for a page that was run without it."""

import streamlit as st


def navigation() -> st.Page:
    """The page that was asked for, under a bar with all of them."""
    return st.navigation(
        [
            st.Page(
                "pages/draw/page.py",
                title="Draw",
                icon=":material/draw:",
                url_path="draw",
                default=True,
            ),
            st.Page(
                "pages/train/page.py",
                title="Train",
                icon=":material/fitness_center:",
                url_path="train",
            ),
            st.Page(
                "pages/studies/page.py",
                title="Studies",
                icon=":material/science:",
                url_path="studies",
            ),
            st.Page(
                "pages/networks/page.py",
                title="Networks",
                icon=":material/hub:",
                url_path="networks",
            ),
            st.Page(
                "pages/dataset/page.py",
                title="Dataset",
                icon=":material/grid_view:",
                url_path="dataset",
            ),
            st.Page(
                "pages/mistakes/page.py",
                title="Mistakes",
                icon=":material/error_outline:",
                url_path="mistakes",
            ),
            st.Page(
                "pages/inside/page.py",
                title="See inside",
                icon=":material/visibility:",
                url_path="inside",
            ),
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
