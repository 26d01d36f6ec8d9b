"""Fixtures of the review tests."""

import numpy as np
import pytest

from mnist_core.review.answers import Part, answers_from


@pytest.fixture
def answers():
    """300 random answers."""
    rng = np.random.default_rng(5)
    probabilities = rng.dirichlet(np.ones(10) / 3, 300).astype(np.float32)
    labels = probabilities.argmax(axis=1).astype(np.uint8)
    wrong = rng.choice(300, 120, replace=False)
    labels[wrong] = rng.integers(0, 10, 120)
    return answers_from(probabilities, labels)


@pytest.fixture
def part(answers):
    rng = np.random.default_rng(6)
    images = rng.integers(0, 256, (300, 28, 28), dtype=np.uint8)
    return Part("test", "test", "0" * 64, images, answers.labels, np.arange(300) + 1000)
