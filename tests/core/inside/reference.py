"""Two shipped networks in plain NumPy, with their gradients written out."""

import keras
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from mnist_core import open_model


def weights(name):
    """A shipped network's weights by layer: {layer: (kernel, bias)} as float64."""
    network = keras.saving.load_model(open_model(name).path("keras"), compile=False)
    return {
        layer.name: [np.float64(array) for array in layer.get_weights()]
        for layer in network.layers
        if layer.get_weights()
    }


def softmax(logits):
    shares = np.exp(logits - logits.max())
    return shares / shares.sum()


class Dense512:
    """`dense_512` by hand: pixels / 255, 512 units with ReLU, 10 logits."""

    name = "dense_512"

    def __init__(self):
        layers = weights(self.name)
        (self.w1, self.b1), (self.w2, self.b2) = layers["dense_1"], layers["output"]

    def logits(self, image):
        hidden = np.maximum(image.reshape(784) / 255 @ self.w1 + self.b1, 0)
        return hidden @ self.w2 + self.b2

    def gradients(self, image, digit):
        """Of the logit by the pixels: the chain rule written out."""
        active = image.reshape(784) / 255 @ self.w1 + self.b1 > 0
        return (self.w1 @ (active * self.w2[:, digit])).reshape(28, 28) / 255


class SimpleCnn:
    """`simple_cnn` by hand: pixels / 255, 28 kernels of 3x3, 2x2 maxima, 128 units, 10 logits."""

    name = "simple_cnn"

    def __init__(self):
        layers = weights(self.name)
        self.kernel, self.bias = layers["conv2d_1"]  # (3, 3, 1, 28), (28,)
        (self.w1, self.b1), (self.w2, self.b2) = layers["dense_1"], layers["output"]

    def feature_maps(self, image):
        patches = sliding_window_view(image / 255, (3, 3))  # (26, 26, 3, 3)
        return np.einsum("yxij,ijk->yxk", patches, self.kernel[:, :, 0]) + self.bias

    def pooled(self, image):
        return self.feature_maps(image).reshape(13, 2, 13, 2, 28).max(axis=(1, 3))

    def logits(self, image):
        hidden = np.maximum(self.pooled(image).reshape(-1) @ self.w1 + self.b1, 0)
        return hidden @ self.w2 + self.b2

    def pooled_gradients(self, image, digit):
        active = self.pooled(image).reshape(-1) @ self.w1 + self.b1 > 0
        return (self.w1 @ (active * self.w2[:, digit])).reshape(13, 13, 28)

    def gradients(self, image, digit):
        back = self.pooled_gradients(image, digit).repeat(2, 0).repeat(2, 1)  # (26, 26, 28)
        largest = self.pooled(image).repeat(2, 0).repeat(2, 1)
        winners = np.where(self.feature_maps(image) == largest, 1.0, 0.0)
        # Where several of the four are the largest (on blank paper), the first one counts.
        blocks = winners.reshape(13, 2, 13, 2, 28).transpose(0, 2, 4, 1, 3).reshape(13, 13, 28, 4)
        first = np.eye(4)[blocks.argmax(axis=-1)].reshape(13, 13, 28, 2, 2)
        back = back * first.transpose(0, 3, 1, 4, 2).reshape(26, 26, 28)
        gradients = np.zeros((28, 28))
        for y in range(3):
            for x in range(3):
                gradients[y : y + 26, x : x + 26] += back @ self.kernel[y, x, 0]
        return gradients / 255
