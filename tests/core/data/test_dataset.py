"""What identifies a data set."""

import dataclasses

import numpy as np

from mnist_core.data.dataset import ARRAYS, Dataset, array_sha256


def test_digest_depends_on_every_array_and_not_on_words(tiny_arrays):
    dataset = Dataset("a", **tiny_arrays, source="b", verified=False)
    assert dataclasses.replace(dataset, name="c", source="d").digest() == dataset.digest()
    others = set()
    for name in ARRAYS:
        changed = getattr(dataset, name).copy()
        changed.flat[0] ^= 1
        others.add(dataclasses.replace(dataset, **{name: changed}).digest())
    assert len(others - {dataset.digest()}) == 4


def test_array_sha256_does_not_depend_on_memory_order(tiny_arrays):
    x = tiny_arrays["x_test"]
    assert array_sha256(np.asfortranarray(x)) == array_sha256(x)
