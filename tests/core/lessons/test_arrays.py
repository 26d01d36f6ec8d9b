"""The arrays of a course's code: their shapes and types are those that NumPy and Keras give."""

import keras
import numpy as np
import pytest

from mnist_core.data.dataset import Dataset
from mnist_core.lessons.arrays import ArrayForm, array_forms, made_arrays, to_categorical

DATA = Dataset(
    "MNIST",
    np.zeros((60_000, 28, 28), np.uint8),
    np.arange(60_000, dtype=np.uint64).astype(np.uint8) % 10,
    np.zeros((10_000, 28, 28), np.uint8),
    np.zeros(10_000, np.uint8),
    "",
    True,
)
LOAD = "import keras\n(x, y), (x_test, y_test) = keras.datasets.mnist.load_data()\nprint(x.shape)\n"
FORM = {"loaded_shape": (60_000, 28, 28), "loaded_dtype": "uint8"}


@pytest.mark.parametrize("scale", [True, False])
def test_what_the_code_makes_of_the_images(scale):
    code = f"{LOAD}x = x.reshape(len(x), 784)\nscale = {scale}\nif scale:\n    x = x / 255\n"
    forms = array_forms(code, DATA)
    dtype = "float64" if scale else "uint8"
    assert forms[0] == ArrayForm("x", (60_000, 784), dtype, **FORM)
    assert forms[2] == ArrayForm("x_test", (10_000, 28, 28), "uint8", (10_000, 28, 28), "uint8")


def test_new_arrays_and_channels():
    code = (
        "import numpy as np\nimage = np.eye(5)\n"
        + LOAD
        + (
            "model = keras.Sequential([])\n"
            "model.fit(x, y)\n"
            "some = x[7777]\n"
            "x = x[..., np.newaxis].astype('float32')\n"
            "targets = keras.utils.to_categorical(y, 10)\n"
            "batch = x[:128]\n"
        )
    )
    forms = {form.name: form for form in array_forms(code, DATA)}
    assert set(forms) == {"x", "y", "x_test", "y_test", "targets"}
    assert forms["x"] == ArrayForm("x", (60_000, 28, 28, 1), "float32", **FORM)
    assert forms["targets"] == ArrayForm("targets", (60_000, 10), "float64", None, None)


def test_small_examples_of_a_code():
    code = (
        "image = np.array([[0, 1]] * 2)\n"
        "kernel = np.lib.stride_tricks.sliding_window_view(image, (2, 2))[0, 0] * 2\n"
        "x = keras.Input((1,))\n"
    )
    arrays = made_arrays(code)
    assert {name: values.tolist() for name, values in arrays.items()} == {
        "image": [[0, 1], [0, 1]],
        "kernel": [[0, 2], [0, 2]],
    }


def test_labels_are_encoded_as_keras_does_it():
    labels = np.array([5, 0, 9], np.uint8)
    expected = keras.utils.to_categorical(labels)
    assert np.array_equal(to_categorical(labels), expected)
    assert to_categorical(labels).dtype == expected.dtype
