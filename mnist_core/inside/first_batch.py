"""The first step of a training, looked at closely. Calling it imports TensorFlow."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import Images, Labels
from mnist_core.data.preprocessing import one_hot
from mnist_core.recipes.recipe import Recipe, check_recipe

SHOWN = 5  # weights of the last layer: those with the largest gradients


@dataclass(frozen=True)
class WeightStep:
    """What the first step did to one weight of the last layer.

    Attributes:
        unit, digit: it leads from this unit of the layer before to this digit.
        before, gradient, after: the weight, the slope of the loss along it, the new weight.
    """

    unit: int
    digit: int
    before: float
    gradient: float
    after: float


@dataclass(frozen=True)
class FirstBatch:
    """One batch, before and after the first update of the weights.

    Attributes:
        before, after: `(n, 10)` float32 probabilities of each image.
        loss_before, loss_after: mean cross-entropy of the batch in nats.
        learning_rate: of the optimizer.
        weights: the `SHOWN` weights of the last layer with the largest gradients.
    """

    before: NDArray[np.float32]
    after: NDArray[np.float32]
    loss_before: float
    loss_after: float
    learning_rate: float
    weights: tuple[WeightStep, ...]


def first_batch(recipe: Recipe, images: Images, labels: Labels) -> FirstBatch:
    """Put one batch through a fresh network, and update the weights once, as training does.

    Args:
        images: `(n, 28, 28)` uint8.
        labels: `(n,)` uint8.

    Raises:
        RecipeError: the network can't be built, or there is no such optimizer.
    """
    from mnist_core.recipes.build import build_model
    from mnist_core.training.keras_setup import keras, tf
    from mnist_core.training.loop import make_optimizer

    check_recipe(recipe)
    keras.utils.set_random_seed(recipe.seed)
    model = build_model(recipe)
    loss = keras.losses.get(recipe.loss)
    optimizer = make_optimizer(recipe, steps=1)
    x = images.astype(np.float32)
    y = one_hot(labels, recipe.classes) if recipe.one_hot else labels

    def look() -> tuple[NDArray[np.float32], float]:
        probabilities = model(x, training=False)
        return np.asarray(probabilities), float(tf.reduce_mean(loss(y, probabilities)))

    before, loss_before = look()
    with tf.GradientTape() as tape:
        value = tf.reduce_mean(loss(y, model(x, training=True)))
    variables = model.trainable_variables
    gradients = tape.gradient(value, variables)
    kernel = model.layers[-1].kernel
    position = next(index for index, variable in enumerate(variables) if variable is kernel)
    old, slopes = np.array(kernel), np.asarray(gradients[position])
    optimizer.apply_gradients(zip(gradients, variables, strict=True))
    after, loss_after = look()
    new = np.asarray(kernel)
    steepest = np.argsort(-np.abs(slopes), axis=None)[:SHOWN]
    weights = tuple(
        WeightStep(
            int(unit),
            int(digit),
            float(old[unit, digit]),
            float(slopes[unit, digit]),
            float(new[unit, digit]),
        )
        for unit, digit in zip(*np.unravel_index(steepest, slopes.shape), strict=True)
    )
    rate = float(optimizer.learning_rate)
    return FirstBatch(before, after, loss_before, loss_after, rate, weights)
