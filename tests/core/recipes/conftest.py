"""Runs a generated program here, on data that is there."""

import pytest

from mnist_core.data.stand_in import load_stand_in


@pytest.fixture(scope="session")
def digits():
    return load_stand_in()


@pytest.fixture
def run_program(monkeypatch, tmp_path):
    """Runs programs in an empty folder, where `keras.datasets` has the given arrays."""
    import keras
    import plotly.graph_objects as go

    def prepare(train, test):
        figures = []
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(go.Figure, "show", lambda figure: figures.append(figure))
        monkeypatch.setattr(keras.datasets.mnist, "load_data", lambda: (train, test))

        def execute(code):
            names = {}
            exec(compile(code, "program.py", "exec"), names)
            return {**names, "figures": figures}

        return execute

    return prepare
