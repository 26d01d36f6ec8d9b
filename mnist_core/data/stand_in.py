"""A small data set that is always there: it stands in where MNIST is missing."""

from collections.abc import Sequence

import numpy as np

from mnist_core.data.dataset import STAND_IN_NAME, Dataset


def load_stand_in(notes: Sequence[str] = ()) -> Dataset:
    """Load scikit-learn's 1,797 handwritten digits of 8x8 pixels, resized to MNIST's 28x28.

    Each is enlarged to 20x20 and padded, as MNIST's digits fill the middle 20x20. 1,500 are for
    training and 297 for testing, the same ones every time. Source: `sklearn.datasets.load_digits`
    (UCI "Optical Recognition of Handwritten Digits").
    """
    from PIL import Image
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    digits, labels = load_digits(return_X_y=True)
    images = np.zeros((len(digits), 28, 28), np.uint8)
    for image, digit in zip(images, digits.reshape(-1, 8, 8), strict=True):
        gray = Image.fromarray(np.round(digit * (255 / 16)).astype(np.uint8))  # 0..16 -> 0..255
        image[4:24, 4:24] = np.asarray(gray.resize((20, 20), Image.Resampling.BICUBIC))
    x_train, x_test, y_train, y_test = train_test_split(
        images, labels.astype(np.uint8), train_size=1500, random_state=0, stratify=labels
    )
    return Dataset(
        STAND_IN_NAME,
        x_train,
        y_train,
        x_test,
        y_test,
        source="scikit-learn (sklearn.datasets.load_digits)",
        verified=False,
        notes=tuple(notes),
    )
