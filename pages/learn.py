"""What Streamlit runs when this page is the first thing asked of a new server: the router."""

from pages.shared.navigation import run_app

run_app()
