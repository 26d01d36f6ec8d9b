"""The digit lab: `streamlit run app.py`. This is only the router; a page is in `pages/`."""

from pages.shared.navigation import run_app

run_app()
