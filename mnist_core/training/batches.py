"""An epoch's batches: shuffled, augmented and mixed with non-digits, reproducibly."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import Images, Labels
from mnist_core.data.preprocessing import one_hot
from mnist_core.recipes.augment import AUGMENTATIONS
from mnist_core.recipes.handwriting import BANK, LETTERS, handwriting_bank
from mnist_core.recipes.nondigits import NOT_A_DIGIT, nondigits
from mnist_core.recipes.recipe import Recipe
from mnist_core.training.keras_setup import tf


class Batches:
    """An epoch's batches, shuffled; where the recipe wants it, augmented and mixed with no digits.

    All chance comes from (seed, epoch, batch): a run that goes on at epoch 7 gets the same
    batches as one that came there by itself.

    Attributes:
        epoch: which epoch `stream` gives next, from 0.
    """

    def __init__(self, images: Images, labels: Labels, recipe: Recipe) -> None:
        self.images, self.labels, self.recipe = images, labels, recipe
        self.augment = AUGMENTATIONS[recipe.augment] if recipe.augment else None
        self.epoch = 0

    def __len__(self) -> int:
        return -(-len(self.images) // self.recipe.batch_size)

    def order(self) -> NDArray[np.int64]:
        """This epoch's order of the images."""
        return np.random.default_rng([self.recipe.seed, self.epoch]).permutation(len(self.images))

    def made(self) -> Iterator[tuple[NDArray[np.float32], NDArray[Any]]]:
        """This epoch's batches one by one, as augmentation and the other sources make them."""
        size, order, epoch = self.recipe.batch_size, self.order(), self.epoch
        for batch in range(len(self)):
            rows = order[batch * size : (batch + 1) * size]
            rng = np.random.default_rng([self.recipe.seed, epoch, batch])
            digits, labels = self.images[rows], self.labels[rows]
            images = self.augment(digits, labels, rng) if self.augment else digits
            count = round(self.recipe.handwriting * len(rows))
            if count:
                drawings, targets = self._handwriting(count, rng)
                images, labels = (
                    np.concatenate([images, drawings]),
                    np.concatenate([labels, targets]),
                )
            count = round(self.recipe.nondigits * len(rows))
            if count:
                images = np.concatenate([images, nondigits(digits, self.labels[rows], count, rng)])
                labels = np.concatenate([labels, np.full(count, NOT_A_DIGIT, labels.dtype)])
            yield _pixels(images), _targets(self.recipe, labels)

    def _handwriting(self, count: int, rng: np.random.Generator) -> tuple[Images, Labels]:
        """Drawings of generated writers, augmented as the others are."""
        drawn = round(self.recipe.handwriting * len(self.images) * self.recipe.epochs)
        bank, bank_labels = handwriting_bank(
            self.recipe.seed, min(BANK, max(1, drawn)), LETTERS if self.recipe.nondigits else 0.0
        )
        rows = rng.integers(0, len(bank), count)
        drawings, labels = bank[rows], bank_labels[rows]
        return self.augment(drawings, labels, rng) if self.augment else drawings, labels

    def stream(self) -> tf.data.Dataset:
        """The batches of `epoch`, as it is whenever this is gone through again; made ahead."""
        if self.augment or self.recipe.nondigits or self.recipe.handwriting:
            size = (self.recipe.classes,) if self.recipe.one_hot else ()
            kind = tf.float32 if self.recipe.one_hot else tf.uint8
            made = tf.data.Dataset.from_generator(
                self.made,
                output_signature=(
                    tf.TensorSpec((None, 28, 28), tf.float32),
                    tf.TensorSpec((None, *size), kind),
                ),
            )
        else:
            images = tf.constant(self.images)
            targets = tf.constant(_targets(self.recipe, self.labels))

            def take(rows: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
                return tf.cast(tf.gather(images, rows), tf.float32), tf.gather(targets, rows)

            made = (
                tf.data.Dataset.from_generator(
                    lambda: [self.order()], output_signature=tf.TensorSpec((None,), tf.int64)
                )
                .unbatch()
                .batch(self.recipe.batch_size)
                .map(take)
            )
        counted = made.apply(tf.data.experimental.assert_cardinality(len(self))).prefetch(8)
        return counted.with_options(_untuned())


def validation_batches(images: Images, labels: Labels, recipe: Recipe) -> tf.data.Dataset:
    """The images as they are, in their order, in batches to validate on."""
    pairs = tf.data.Dataset.from_tensor_slices((_pixels(images), _targets(recipe, labels)))
    return pairs.batch(recipe.batch_size).prefetch(2).with_options(_untuned())


def _untuned() -> tf.data.Options:
    """Nothing here is for tf.data to tune, and its tuner can hold an epoch up at its end.

    Its thread sleeps 10 ms, 20 ms and so on up to a minute, and now and then sleeps on through
    the call that should wake it; until then the epoch's iterator can't be given back.
    """
    options = tf.data.Options()
    options.autotune.enabled = False
    return options


def _pixels(images: Images) -> NDArray[np.float32]:
    return images.astype(np.float32)  # once here, not at every step


def _targets(recipe: Recipe, labels: Labels) -> NDArray[Any]:
    return one_hot(labels, recipe.classes) if recipe.one_hot else labels
