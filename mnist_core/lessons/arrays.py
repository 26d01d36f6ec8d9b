"""The arrays of a course's code: what shape and type each has after some of its steps."""

import ast
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import Dataset

# Of the images, the code gets so many; in the result, these are the real numbers again.
TRAINING, TEST = 251, 241
RUN = (ast.Assign, ast.AugAssign, ast.If)
BUILTINS = {"len"}


@dataclass(frozen=True)
class ArrayForm:
    """One array.

    Attributes:
        name: in the code.
        shape, dtype: as NumPy says them.
        loaded_shape, loaded_dtype: the same, when it was loaded; None for an array made later.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    loaded_shape: tuple[int, ...] | None
    loaded_dtype: str | None


def to_categorical(labels: NDArray[Any], num_classes: int | None = None) -> NDArray[np.float64]:
    """What `keras.utils.to_categorical` gives: `(n,)` -> `(n, num_classes)`."""
    return np.eye(num_classes or int(labels.max()) + 1)[labels]


def array_forms(code: str, dataset: Dataset) -> list[ArrayForm]:
    """The arrays of images and labels that a course's code has made, in the order of their making.

    The code is run, on few images: see `made_arrays`. Arrays that have no row for each training or
    test image, such as a small example, are left out.

    Args:
        code: of all steps so far, with its values; the project's own.
    """
    x, y = dataset.x_train[:TRAINING], dataset.y_train[:TRAINING]
    tests = dataset.x_test[:TEST], dataset.y_test[:TEST]
    loaded: dict[str, NDArray[Any]] = {}
    arrays = made_arrays(code, ((x, y), tests), loaded)
    real = {TRAINING: len(dataset.x_train), TEST: len(dataset.x_test)}

    def shape(values: NDArray[Any]) -> tuple[int, ...]:
        return (real[len(values)], *values.shape[1:])

    return [
        ArrayForm(
            name,
            shape(values),
            str(values.dtype),
            shape(loaded[name]) if name in loaded else None,
            str(loaded[name].dtype) if name in loaded else None,
        )
        for name, values in arrays.items()
        if values.ndim and len(values) in real
    ]


def made_arrays(
    code: str, data: Any = None, loaded: dict[str, NDArray[Any]] | None = None
) -> dict[str, NDArray[Any]]:
    """The arrays that a course's code makes, by name.

    What loads and prepares arrays with NumPy and `to_categorical` is run. Statements that need
    anything else, such as a network, are left out.

    Args:
        code: with its values; the project's own.
        data: what `load_data` gives; without it, nothing is loaded.
        loaded: gets the arrays of images and labels as they are loaded.
    """
    names: dict[str, Any] = {"np": np}
    if data is not None:
        names["keras"] = SimpleNamespace(
            datasets=SimpleNamespace(mnist=SimpleNamespace(load_data=lambda: data)),
            utils=SimpleNamespace(to_categorical=to_categorical),
        )
    for statement in ast.parse(code).body:
        used = {
            node.id
            for node in ast.walk(statement)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
        }
        if not isinstance(statement, RUN) or not used <= {*names, *BUILTINS}:
            continue
        program = compile(ast.Module([statement], []), "<step>", "exec")
        try:
            exec(program, names)
        except (AttributeError, IndexError, TypeError, ValueError):
            continue  # a network, or an image that is not among the few
        if loaded is not None and not loaded and "load_data" in ast.unparse(statement):
            loaded.update(_arrays(names))
    return _arrays(names)


def _arrays(names: dict[str, Any]) -> dict[str, NDArray[Any]]:
    return {name: value for name, value in names.items() if isinstance(value, np.ndarray)}
