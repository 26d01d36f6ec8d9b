"""Links that open a page in a given state."""

import streamlit as st

from pages.shared import state


def new_link(page: str) -> dict[str, list[str]]:
    """What the address asks a page for: name -> values; empty if that was taken before."""
    asked = {name: st.query_params.get_all(name) for name in st.query_params}
    taken = state.LINK_TAKEN[page]
    if asked == taken.get():
        return {}
    taken.set(asked)
    return asked


def whole_number(text: str) -> int | None:
    """A number of up to eight digits in an address; None for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else None


def number_from(asked: dict[str, list[str]], name: str, low: int, high: int) -> int | None:
    """A whole number of a link; None where it has none, or one that is out of range."""
    number = whole_number(asked.get(name, [""])[-1])
    return number if number is not None and low <= number <= high else None


def say_link(page: str, **parameters: str) -> None:
    """Keep the address at what a page shows, so that it can be sent to someone."""
    st.query_params.from_dict(parameters)
    state.LINK_TAKEN[page].set({name: [value] for name, value in parameters.items()})
