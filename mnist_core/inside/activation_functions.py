"""Keras's activation functions in NumPy; the formulas are those of https://keras.io/api."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

SOFTMAX = "softmax"
_SELU_SCALE, _SELU_ALPHA = 1.0507009873554805, 1.6732632423543772
_erf = np.vectorize(math.erf, otypes=[np.float64])

# Those that act on each number by itself; softmax doesn't.
ELEMENTWISE: dict[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]] = {
    "relu": lambda x: np.maximum(x, 0),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "tanh": np.tanh,
    "elu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    "selu": lambda x: _SELU_SCALE * np.where(x > 0, x, _SELU_ALPHA * np.expm1(np.minimum(x, 0))),
    "gelu": lambda x: x * (1 + _erf(x / math.sqrt(2))) / 2,
    "silu": lambda x: x / (1 + np.exp(-x)),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.2 * x),
    "softplus": lambda x: np.logaddexp(0, x),
}


def apply_activation(values: ArrayLike, activation: str) -> NDArray[np.float32]:
    """Apply an activation function.

    Args:
        values: any shape; softmax normalizes over all of them.
        activation: a key of `ELEMENTWISE`, or `softmax`; "" and `linear` change nothing.

    Returns:
        The same shape, float32.

    Raises:
        KeyError: the activation function isn't known here.
    """
    x = np.asarray(values, np.float64)
    if activation == SOFTMAX:
        exponentials = np.exp(x - x.max())  # the same result, without overflow
        return np.asarray(exponentials / exponentials.sum(), np.float32)
    if activation in ("", "linear"):
        return np.asarray(x, np.float32)
    with np.errstate(over="ignore"):
        return np.asarray(ELEMENTWISE[activation](x), np.float32)
