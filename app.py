"""The digit lab: `streamlit run app.py`. This is only the router; a page is in `pages/`."""

import streamlit as st

from pages.shared.navigation import navigation
from pages.shared.warm import warm_up

st.set_page_config(page_title="Digit lab", page_icon="✏️", layout="wide")
navigation().run()
warm_up()
