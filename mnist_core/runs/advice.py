"""What a learner should see in a training's curves, said in words when it happens."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mnist_core.i18n import Listed, Sentences, Text
from mnist_core.recipes.recipe import LOSSES, Recipe


@dataclass(frozen=True)
class Notice:
    """Something that the curves show.

    Attributes:
        kind: `unscaled`, `rate`, `dead`, `overfitting` or `learning`.
        words: what it is, how it shows, what to try.
    """

    kind: str
    words: str


def notices(
    recipe: Recipe,
    history: Mapping[str, Sequence[float]],
    batches: Mapping[str, Sequence[float]],
) -> list[Notice]:
    """What the curves so far show, the most important first.

    Args:
        history: metric name -> value after each finished epoch.
        batches: `epoch`, `batch`, `loss`, `accuracy` of the batches just seen (`Run.batches`).
    """
    advice = [
        _runaway(recipe, batches),
        _dead(recipe, history, batches),
        _overfitting(history),
        _unscaled(recipe),
    ]
    return [notice for notice in advice if notice]


def misfit(recipe: Recipe, class_names: Sequence[str]) -> str:
    """What of a recipe is made for digits, if the data is something else; "" if nothing is.

    Args:
        class_names: what the data's labels stand for; empty where they are digits.
    """
    made: list[Text] = []
    if recipe.augment:
        made.append(
            Text(
                "its augmentation `{augmentation}` draws a slash through some images labeled 0 and "
                "a bar through some labeled 7 (`augment=null` turns it off)",
                augmentation=recipe.augment,
            )
        )
    if recipe.nondigits:
        made.append(
            Text(
                "it also learns turned and mixed images as non-digits (`nondigits=0` turns this "
                "off)"
            )
        )
    if recipe.handwriting:
        made.append(Text("it also learns from generated digits (`handwriting=0` turns this off)"))
    if not made or not class_names:
        return ""
    return Text("{name} is made for digits: {what}.", name=recipe.name, what=Listed(*made))


def _unscaled(recipe: Recipe) -> Notice | None:
    first = recipe.layers[0].kind
    if recipe.scale or first == "BatchNormalization":
        return None
    return Notice(
        "unscaled",
        Text(
            "The pixels are not scaled: they are 0 to 255, but networks learn best from small "
            "numbers. Switch on “Scale pixels to 0–1” and compare the curves."
        ),
    )


def _runaway(recipe: Recipe, batches: Mapping[str, Sequence[float]]) -> Notice | None:
    losses = batches.get("loss", ())
    lower = Text("Try a learning rate ten times smaller.")
    if any(not math.isfinite(loss) for loss in losses):
        diverged = Text("The loss is no longer finite: the training has diverged.")
        return Notice("rate", Sentences(diverged, lower))
    if len(losses) < 8:
        return None
    quarter = len(losses) // 4
    start, end = _median(losses[:quarter]), _median(losses[-quarter:])
    if end > 1.5 * start and end > LOSSES[recipe.loss] / 2:
        rising = Text("The loss is rising instead of falling: the steps are too large.")
        return Notice("rate", Sentences(rising, lower))
    return None


def _dead(
    recipe: Recipe, history: Mapping[str, Sequence[float]], batches: Mapping[str, Sequence[float]]
) -> Notice | None:
    chance = LOSSES[recipe.loss]
    done = len(history.get("accuracy", ()))
    accuracies = [*batches.get("accuracy", ())][-20:]
    if not done or len(accuracies) < 5 or not 0.05 < _median(accuracies) < 0.16:
        return None
    losses = [*batches["loss"]][-20:]
    if not all(map(math.isfinite, losses)) or _median(losses) < 0.9 * chance:
        return None
    return Notice(
        "dead",
        Text(
            "The network isn't learning: one answer in ten is right, as by guessing, and the loss "
            "stays at {chance:.2g}. Its units may be dead (their output is always 0) or saturated "
            "(their output hardly changes). Try a smaller learning rate, scaled pixels, or relu "
            "instead of sigmoid.",
            chance=chance,
        ),
    )


def _overfitting(history: Mapping[str, Sequence[float]]) -> Notice | None:
    training, validation = history.get("loss", ()), history.get("val_loss", ())
    if len(validation) < 3 or not all(map(math.isfinite, [*training, *validation])):
        return None
    best = min(range(len(validation)), key=validation.__getitem__)
    since = len(validation) - 1 - best
    if since >= 2 and validation[-1] > 1.05 * validation[best] and training[-1] < training[best]:
        return Notice(
            "overfitting",
            Text(
                "Overfitting: since epoch {epoch}, the validation loss has been rising while the "
                "training loss still falls. The network is memorizing its training images. "
                "Dropout, augmentation, fewer epochs or early stopping can help.",
                epoch=best + 1,
            ),
        )
    return None


def _median(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]
