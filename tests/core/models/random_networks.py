"""Networks thrown together at random of every layer kind, with random weights."""

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import keras

ACTIVATIONS = (
    *("relu", "sigmoid", "tanh", "elu", "selu", "gelu", "silu", "leaky_relu", "softplus"),
    "linear",
)


def random_network(seed: int) -> "keras.Model":
    """A Keras model from `(n, 28, 28)` pixels 0..255 to `(n, 10)` or `(n, 11)` probabilities."""
    import keras

    rng = np.random.default_rng(seed)
    kinds = keras.layers

    def pick(*choices: Any) -> Any:
        return choices[rng.integers(len(choices))]

    pixels = keras.Input((28, 28), name="pixels")
    x = kinds.Rescaling(1 / 255, offset=pick(0.0, -0.5))(pixels)
    if pick(True, False):
        x = kinds.Permute((2, 1))(x)
    if pick(True, True, True, False):
        x = kinds.Reshape(pick((28, 28, 1), (-1, 28, 1), (14, 28, 2)))(x)
        for _ in range(rng.integers(1, 4)):
            x = _convolution(x, kinds, pick)
            for _ in range(rng.integers(0, 3)):
                x = _between(x, kinds, pick)
            if min(x.shape[1:3]) >= 4:
                x = _pooling(x, kinds, pick)
        x = pick(
            kinds.Flatten(),
            kinds.Flatten(),
            kinds.GlobalAveragePooling2D(keepdims=False),
            kinds.GlobalMaxPooling2D(),
        )(x)
    else:
        x = kinds.Dense(5, activation=pick(*ACTIVATIONS))(x)  # along the last axis
        x = kinds.Flatten()(x)
    for _ in range(rng.integers(0, 3)):
        x = kinds.Dense(pick(7, 16, 33), activation=pick(*ACTIVATIONS), use_bias=pick(True, False))(
            x
        )
        x = _between(x, kinds, pick)
    model = keras.Model(pixels, kinds.Dense(pick(10, 11), activation="softmax", name="output")(x))
    for layer in model.layers:
        layer.set_weights([_random_weights(weight, rng) for weight in layer.weights])
    return model


def _convolution(x: Any, kinds: Any, pick: Any) -> Any:
    channels = x.shape[-1]
    dilation = pick(1, 1, (1, 2)) if min(x.shape[1:3]) >= 8 else 1
    return kinds.Conv2D(
        pick(4, 6, 8),
        pick(1, 3, (2, 3)) if min(x.shape[1:3]) >= 4 else 1,
        strides=pick(1, 2, (1, 2)) if dilation == 1 else 1,
        padding=pick("same", "valid"),
        dilation_rate=dilation,
        groups=2 if channels % 2 == 0 and pick(True, False) and dilation == 1 else 1,
        use_bias=pick(True, False),
        activation=pick(*ACTIVATIONS),
    )(x)


def _pooling(x: Any, kinds: Any, pick: Any) -> Any:
    kind = pick(kinds.MaxPooling2D, kinds.AveragePooling2D)
    return kind(pick(2, 3, (1, 2)), strides=pick(None, 2), padding=pick("same", "valid"))(x)


def _between(x: Any, kinds: Any, pick: Any) -> Any:
    shared = [1, 2] if len(x.shape) == 4 and pick(True, False) else None
    x = pick(kinds.Dropout, kinds.GaussianDropout, kinds.AlphaDropout, kinds.GaussianNoise)(0.2)(x)
    if len(x.shape) == 4:
        x = pick(kinds.SpatialDropout2D(0.2), kinds.Identity())(x)
    return pick(
        kinds.BatchNormalization(center=pick(True, False), scale=pick(True, False)),
        kinds.Activation(pick(*ACTIVATIONS, "softmax")),
        kinds.ReLU(max_value=pick(None, 1.5), negative_slope=pick(0, 0.1), threshold=pick(0, 0.2)),
        kinds.LeakyReLU(negative_slope=0.15),
        kinds.ELU(alpha=0.7),
        kinds.PReLU(shared_axes=shared),
    )(x)


def _random_weights(weight: Any, rng: np.random.Generator) -> Any:
    shape = tuple(weight.shape)
    if weight.name == "moving_variance":
        return rng.uniform(0.3, 2, shape)
    inputs = float(np.prod(shape[:-1])) if weight.name == "kernel" else 4
    return rng.normal(size=shape) * np.sqrt(2 / max(inputs, 1)) + (weight.name == "gamma")
