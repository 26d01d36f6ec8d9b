"""The CSS rules of a page: those that all pages share, and its own, from the files beside it."""

import functools
from collections.abc import Mapping
from pathlib import Path

import streamlit as st

HERE = Path(__file__).parent
EVERYWHERE = (HERE / "streamlit.css", HERE / "shared.css")


def add_style(*paths: Path, variables: Mapping[str, str] | None = None) -> None:
    """Apply the rules of some files.

    Args:
        paths: of CSS files.
        variables: CSS variables that the rules use: name without `--` -> value.
    """
    st.html(f"<style>{_root(variables or {})}{_read(*paths)}</style>")


def add_shared_style() -> None:
    """Apply the rules that all pages share, before anything else is shown."""
    add_style(*EVERYWHERE)


def _root(variables: Mapping[str, str]) -> str:
    return ":root{" + "".join(f"--{name}:{value};" for name, value in variables.items()) + "}"


@functools.cache
def _read(*paths: Path) -> str:
    return "\n".join(path.read_text("utf-8") for path in paths)
