"""The list of the app's pages, and the router that shows the one that was asked for."""

from pathlib import Path

import streamlit as st

from mnist_core.i18n import Text, _
from pages.components.page_top import show_from_top
from pages.shared.access import is_owner, is_shared
from pages.shared.language import choose_language, follow_language
from pages.shared.streamlit_internals import (
    explain_errors,
    limit_uploads,
    log_sessions,
    spare_pandas,
)
from pages.shared.style import add_shared_style
from pages.shared.warm import warm_up

NAME = Text("Digit lab")
HERE = Path(__file__).parent
log_sessions()
explain_errors()
spare_pandas()
limit_uploads(large=100_000_000, total=140_000_000)

# (folder under `pages/` and address, title, icon); the first one is the page that the app opens.
PAGES = (
    ("draw", Text("Draw"), ":material/draw:"),
    ("learn", Text("Learn"), ":material/school:"),
    ("train", Text("Train"), ":material/fitness_center:"),
    ("studies", Text("Studies"), ":material/science:"),
    ("networks", Text("Networks"), ":material/hub:"),
    ("dataset", Text("Dataset"), ":material/grid_view:"),
    ("mistakes", Text("Mistakes"), ":material/error_outline:"),
    ("inside", Text("See inside"), ":material/visibility:"),
)
# For the owner of a server that others reach, too.
SERVER = ("server", Text("Server"), ":material/dns:")


def run_app() -> None:
    """Show the page that the address names, under a bar with all pages.

    Beside a folder `pages/`, Streamlit runs `pages/NAME.py` instead of `app.py` if that page is the
    first request to a new server: it assumes its older kind of multipage app until
    `st.navigation` has been called once. So each page has such a script, which comes here too.
    """
    follow_language()
    owner = is_owner()  # takes the key out of the address before the page reads it
    entries = (*PAGES, SERVER) if owner and is_shared() else PAGES
    pages = [
        st.Page(
            page_file(name), title=_(title), icon=icon, url_path=name, default=name == PAGES[0][0]
        )
        for name, title, icon in entries
    ]
    page = st.navigation(pages, position="top")
    st.set_page_config(
        page_title=f"{page.title} · {_(NAME)}", page_icon=str(HERE / "icon.png"), layout="wide"
    )
    add_shared_style()
    st.logo(str(HERE / "logo.svg"), size="large")
    # Streamlit's own bar becomes a side menu on a phone, which covers the page after each choice.
    with st.container(horizontal=True, key="phone_pages", gap="small"):
        for (__, title, icon), entry in zip(entries, pages, strict=True):
            st.page_link(entry, label=_(title), icon=icon)
        show_from_top(page.url_path, page=True)
    choose_language()
    page.run()
    warm_up()


def page_file(name: str) -> str:
    """What `st.switch_page` and `st.page_link` want to lead to a page."""
    return f"pages/{name}/page.py"
