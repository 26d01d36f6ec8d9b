"""The list of the app's pages."""

import streamlit as st

# (folder under `pages/` and address, title, icon); the first one is the page that the app opens.
PAGES = (
    ("draw", "Draw", ":material/draw:"),
    ("train", "Train", ":material/fitness_center:"),
    ("studies", "Studies", ":material/science:"),
    ("networks", "Networks", ":material/hub:"),
    ("dataset", "Dataset", ":material/grid_view:"),
    ("mistakes", "Mistakes", ":material/error_outline:"),
    ("inside", "See inside", ":material/visibility:"),
)


def navigation() -> st.Page:
    """The page that the address names, under a bar with all of them."""
    pages = [
        st.Page(page_file(name), title=title, icon=icon, url_path=name, default=name == PAGES[0][0])
        for name, title, icon in PAGES
    ]
    return st.navigation(pages, position="top")


def page_file(name: str) -> str:
    """What `st.switch_page` and `st.page_link` want to lead to a page."""
    return f"pages/{name}/page.py"
