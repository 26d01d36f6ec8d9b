"""Split labeled images into parts to train, to validate and to test on."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import Dataset, Images, Labels
from mnist_core.errors import DataError
from mnist_core.i18n import Text

Split = tuple[Images, Labels]


def training_rows(
    n: int,
    validation_split: float = 0.0,
    train_images: int | None = None,
    set_aside: float = 0.0,
) -> tuple[slice, slice]:
    """Of n training images, (the rows that are trained on, the rows that are validated on).

    Keras takes the last `validation_split` of the rows, before any shuffling; so does everything
    here that asks which rows a network has learned from.

    Args:
        validation_split: share of the rows to validate on, at least 0 and below 1.
        train_images: how many rows are used at all, from the first; None is all.
        set_aside: share of the rows, the last ones, that are neither trained nor validated on.

    Raises:
        DataError: the share is out of range.
    """
    if not 0 <= validation_split < 1:
        raise DataError(
            Text(
                "`validation_split` is the share of the training set to validate on: at least 0 "
                "and below 1. Received: validation_split={validation_split}",
                validation_split=validation_split,
            )
        )
    used = min(n, train_images or n)
    last = int(used * (1 - set_aside))
    first = int(used * (1 - set_aside - validation_split))
    return slice(0, first), slice(first, last)


def split_validation(x: Images, y: Labels, validation_split: float) -> tuple[Split, Split]:
    """Split into (training part, validation part), as `model.fit(validation_split=...)` does.

    Args:
        validation_split: share of the rows, at least 0 and below 1.

    Raises:
        DataError: the share is out of range.
    """
    training, validation = training_rows(len(x), validation_split)
    return (x[training], y[training]), (x[validation], y[validation])


def split_60_20_20(dataset: Dataset, seed: int = 0) -> tuple[Split, Split, Split]:
    """Split all images into (training, validation, test) with 60, 20 and 20%, stratified by class.

    Pools the published training and test sets first, as the tutorials do that use this split.
    """
    from sklearn.model_selection import train_test_split

    x = np.concatenate([dataset.x_train, dataset.x_test])
    y = np.concatenate([dataset.y_train, dataset.y_test])
    x_train, x_rest, y_train, y_rest = train_test_split(
        x, y, train_size=0.6, random_state=seed, stratify=y
    )
    x_val, x_test, y_val, y_test = train_test_split(
        x_rest, y_rest, train_size=0.5, random_state=seed, stratify=y_rest
    )
    return (x_train, y_train), (x_val, y_val), (x_test, y_test)


def k_folds(
    labels: Labels, folds: int = 5, seed: int = 0
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Yield (training rows, validation rows) of each fold of a stratified cross-validation."""
    from sklearn.model_selection import StratifiedKFold

    splitter = StratifiedKFold(folds, shuffle=True, random_state=seed)
    yield from splitter.split(np.zeros(len(labels)), labels)
