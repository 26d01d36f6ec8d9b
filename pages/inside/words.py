"""What layers and activations are, in a sentence each, for people."""

from mnist_core.models.layers import NetworkLayer

KINDS = {
    "Conv2D": "A convolution: a small window of weights, the kernel, slides over the picture. At "
    "each place the numbers under it are multiplied by its weights and added up. Each kernel gives "
    "one picture, a map, of where its pattern was found.",
    "Dense": "Each unit multiplies all the numbers that the layer gets by weights of its own and "
    "adds them up.",
    "MaxPooling2D": "Of each small window only the largest number is kept, so the maps shrink.",
    "AveragePooling2D": "Of each small window the mean is kept, so the maps shrink.",
    "GlobalMaxPooling2D": "Of each map only the largest number is kept.",
    "GlobalAveragePooling2D": "Of each map only the mean is kept.",
    "Dropout": "Does nothing now. In training it sets a share of the numbers to 0 at random.",
    "SpatialDropout2D": "Does nothing now. In training it sets whole maps to 0 at random.",
    "GaussianNoise": "Does nothing now. In training it adds random numbers.",
    "BatchNormalization": "Brings each map to a common scale, which makes training faster.",
    "Activation": "Bends each number; without a bend, many layers could do no more than one.",
    "Rescaling": "Brings the pixels, 0 to 255, to numbers from 0 to 1.",
    "Flatten": "Lays the maps out as one long row of numbers, for the dense layers.",
    "Reshape": "The same numbers, as a picture with one map.",
}
ACTIVATIONS = {
    "relu": "what is below 0 becomes 0",
    "sigmoid": "1 / (1 + e^−x): squeezed between 0 and 1",
    "tanh": "squeezed between −1 and 1",
    "softmax": "shares that add up to 1",
    "elu": "below 0: e^x − 1",
    "selu": "below 0: e^x − 1, and all of it scaled",
    "gelu": "x times the share of a bell curve that lies below x",
    "silu": "x / (1 + e^−x)",
    "leaky_relu": "what is below 0 becomes a fifth of it",
    "softplus": "log(1 + e^x): a smooth relu",
}


def shape_words(shape: tuple[int, ...]) -> str:
    """Such as `26 x 26 x 32`."""
    return " x ".join(map(str, shape))


def in_short(layer: NetworkLayer) -> str:
    """A layer in a line: shape, parameters, activation."""
    parts = [shape_words(layer.output_shape)]
    if layer.parameters:
        parts.append(f"{layer.parameters:,} parameters")
    if layer.activation:
        parts.append(layer.activation)
    return " · ".join(parts)


def in_words(layer: NetworkLayer) -> str:
    """What a layer of this kind does."""
    return KINDS.get(layer.kind, f"A layer of Keras's kind {layer.kind}.")
