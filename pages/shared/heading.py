"""The head of every page: its title and one sentence."""

import streamlit as st


def heading(title: str, sentence: str) -> None:
    """Show a page's title, and what the page is for."""
    st.title(title, anchor=False)
    st.markdown(sentence)
