"""How long a training will take on this machine, told before it starts."""

import functools
import statistics
import time
from collections.abc import Sequence

import numpy as np

from mnist_core.i18n import _
from mnist_core.recipes.recipe import PART, TEST_SET, THREE_PARTS, Recipe
from mnist_core.recipes.trace import multiplication_count, trace
from mnist_core.runs.runs import FINISHED, Run

# Training takes about this many times as long as a plain matrix product of as many
# multiplications, and this much more for each step; fitted to the recipes' measured times.
TIMES_A_PRODUCT = 6.0
STEP = 1.2e-3  # seconds
START = 7.0  # seconds until the first batch, most of it TensorFlow's import (benchmarks.loop)
FORWARD = 1 / 3  # what an image costs that is only validated
AUGMENTED = 1e-4  # seconds an image
LONG = 3.0  # seconds: a shorter training is mostly its own beginning and says nothing of the pace
SECONDS = 90  # a duration below this is told in seconds
ENOUGH = 9  # runs that set the scale, the newest ones


@functools.cache
def multiplications_per_second() -> float:
    """How many multiplications of float32 matrices this machine does in a second now."""
    matrix = np.ones((512, 512), np.float32)
    matrix @ matrix
    times = []
    for _again in range(5):
        started = time.perf_counter()
        matrix @ matrix
        times.append(time.perf_counter() - started)
    return float(512**3 / min(times))


def training_seconds(recipe: Recipe, images: int, runs: Sequence[Run] = ()) -> float | None:
    """About how long a recipe trains on so many images, without the start.

    Args:
        images: training images that there are.
        runs: earlier runs; the finished ones of this machine set the scale.

    Returns:
        None for a layer that only Keras knows.

    Raises:
        RecipeError: the network can't be built.
    """
    estimate = _by_multiplications(recipe, images)
    if estimate is None:
        return None
    ratios: list[float] = []
    for run in runs:
        if len(ratios) == ENOUGH:
            break
        if run.state == FINISHED and run.status.seconds:
            model = run.model()
            used = model.card["data"]["train_images"] if model else 0
            images_then = round(used / (1 - _kept(run.recipe)))
            guess = _by_multiplications(run.recipe, images_then) if used else None
            if guess and guess >= LONG:
                ratios.append(float(run.status.seconds) / guess)
    return estimate * statistics.median(ratios) if ratios else estimate


def study_seconds(
    recipe: Recipe, images: int, slots: int, folds: bool, runs: Sequence[Run] = ()
) -> float | None:
    """About how long a cross-validation or a search takes, if no trial ends early.

    Args:
        images: training images that there are.
        slots: how many folds, or how many trials.
        folds: whether it is a cross-validation, which learns from all folds but one at a time.
        runs: see `training_seconds`.

    Returns:
        None for a layer that only Keras knows.
    """
    images = min(images, recipe.train_images or images)
    learned = images - images // slots if folds else images
    seconds = training_seconds(recipe, learned, runs)
    return None if seconds is None else slots * seconds


def _by_multiplications(recipe: Recipe, images: int) -> float | None:
    layers = trace(recipe)
    if layers is None:
        return None
    images = min(images, recipe.train_images or images)
    learned = images * (1 - _kept(recipe))
    validated = images * recipe.validation_share
    if recipe.validation == TEST_SET:
        validated = images / 6  # as many as MNIST has of its training images
    seconds = multiplication_count(layers) * TIMES_A_PRODUCT / multiplications_per_second()
    epoch = (
        learned * (1 + recipe.nondigits + recipe.handwriting) * seconds
        + learned * AUGMENTED * bool(recipe.augment)
        + validated * seconds * FORWARD
        + STEP * learned / recipe.batch_size
    )
    return recipe.epochs * epoch


def _kept(recipe: Recipe) -> float:
    """Share of the training images that isn't trained on."""
    return recipe.validation_share + (PART if recipe.validation == THREE_PARTS else 0.0)


def in_words(seconds: float) -> str:
    """A duration as people say it: `40 s`, `3 min`, `1 h 20 min`."""
    if seconds < SECONDS:
        return _("{seconds} s", seconds=max(1, round(seconds)))
    minutes = round(seconds / 60)
    if minutes < 60:
        return _("{minutes} min", minutes=minutes)
    return _("{hours} h {minutes} min", hours=minutes // 60, minutes=minutes % 60)


def describe_range(seconds: float) -> str:
    """An estimate as a range that it is usually within: `40 to 70 s`, `3 to 5 min`."""
    low, high = 0.8 * seconds, 1.4 * seconds
    if in_words(low) == in_words(high):
        return in_words(low)
    if high < SECONDS:
        return _("{low} to {high} s", low=max(1, round(low)), high=round(high))
    if low >= SECONDS and round(high / 60) < 60:
        return _("{low} to {high} min", low=round(low / 60), high=round(high / 60))
    return _("{low} to {high}", low=in_words(low), high=in_words(high))
