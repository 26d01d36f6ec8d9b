"""Every test of a page begins with empty caches and a folder of runs of its own."""

import pytest
import streamlit as st


@pytest.fixture(autouse=True)
def _fresh(tmp_path, monkeypatch):
    st.cache_data.clear()
    st.cache_resource.clear()
    monkeypatch.setenv("MNIST_CORE_RUNS", str(tmp_path / "runs"))
