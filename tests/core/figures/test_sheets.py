"""Many images as one picture."""

import io

import numpy as np
import pytest
from PIL import Image

from mnist_core.figures.sheets import contact_sheet, png


def test_each_image_lies_in_its_cell_and_the_rest_is_black():
    images = np.arange(1, 6, dtype=np.uint8)[:, None, None] * np.ones((28, 28), np.uint8)
    sheet = contact_sheet(images, columns=3)
    assert sheet.shape == (56, 84)
    cells = sheet.reshape(2, 28, 3, 28).swapaxes(1, 2)
    assert np.array_equal(cells.reshape(6, 28, 28)[:5], images)
    assert not cells[1, 2].any()


def test_no_images_are_one_black_row():
    assert contact_sheet(np.empty((0, 28, 28), np.uint8), columns=2).shape == (28, 56)


def test_a_png_gives_back_the_pixels(tiny_arrays):
    assert np.array_equal(
        np.asarray(Image.open(io.BytesIO(png(tiny_arrays["x_test"][0])))), tiny_arrays["x_test"][0]
    )


def test_other_arrays_are_refused():
    with pytest.raises(ValueError, match=r"Expected uint8.*float64, \(2, 28, 28\)"):
        contact_sheet(np.zeros((2, 28, 28)))
