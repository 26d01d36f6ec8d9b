"""The digit lab: `streamlit run app.py`. This is only the router; a page is in `pages/`."""

import streamlit as st

from pages.parts.start import warm_up

st.set_page_config(page_title="Digit lab", page_icon="✏️", layout="wide")
warm_up()
st.navigation(
    [
        st.Page("pages/draw.py", title="Draw", icon=":material/draw:", default=True),
        st.Page("pages/networks.py", title="Networks", icon=":material/hub:"),
    ],
    position="top",
).run()
