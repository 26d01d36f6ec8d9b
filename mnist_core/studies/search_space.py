"""What a search for settings may choose from.

A space is a mapping of settings (as `Recipe.with_settings` takes them) to texts: `0.001..0.1` is a
range, `adam,sgd` are values.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mnist_core.errors import RecipeError
from mnist_core.i18n import Text
from mnist_core.recipes.command import parse_settings
from mnist_core.recipes.recipe import ALIASES, LOSSES, SCHEDULES, Recipe
from mnist_core.recipes.trace import trace

OWN_RATES = {"sgd": 0.01}  # Keras's learning rate where the recipe gives none; others have 0.001
# Else trials can't be compared.
NOT_SEARCHED = ("validation", "validation_split", "train_images", "seed")


@dataclass(frozen=True)
class Span:
    """From `low` to `high`, both included; whole numbers if both are."""

    low: float
    high: float

    @property
    def log(self) -> bool:
        """Whether it is searched by orders of magnitude: where `high` is ten times `low`."""
        return 0 < 10 * self.low <= self.high * (1 + 1e-9)

    def __contains__(self, value: object) -> bool:
        return isinstance(value, int | float) and self.low <= value <= self.high


def read_span(key: str, text: str) -> Span | tuple[Any, ...]:
    """What a setting may be: `"16..256"` gives a `Span`, `"adam,sgd"` its values.

    Raises:
        RecipeError: it is neither.
    """
    low_text, dots, high_text = text.partition("..")
    if dots:
        low, high = parse_settings([f"low={low_text}", f"high={high_text}"]).values()
        if not all(_is_number(value) for value in (low, high)) or not low < high:
            raise RecipeError(
                Text(
                    "A range is LOW..HIGH with LOW below HIGH, such as {key}=16..256. "
                    "Received: {key}={text}",
                    key=key,
                    text=text,
                )
            )
        return Span(low, high)
    values = tuple(parse_settings([f"{key}={value}"])[key] for value in text.split(","))
    if "" in values or set(text) & set("[]{}"):  # the database takes no lists
        raise RecipeError(
            Text(
                "What to choose from is KEY=LOW..HIGH or KEY=a,b,c of numbers or words. "
                "Received: {key}={text}",
                key=key,
                text=text,
            )
        )
    return values


def parse_space(searched: Sequence[str]) -> dict[str, str]:
    """`["units=16..256", "optimizer=adam,sgd"]` as `start_search` takes it.

    Raises:
        RecipeError: there is no `=`.
    """
    for text in searched:
        if "=" not in text:
            raise RecipeError(
                Text(
                    "What to search is KEY=LOW..HIGH or KEY=a,b,c, such as units=16..256. "
                    "Received: {text!r}",
                    text=text,
                )
            )
    return {key: text for key, _, text in (text.partition("=") for text in searched)}


def default_space(recipe: Recipe) -> dict[str, str]:
    """What a search of this recipe tries unless told: setting -> `LOW..HIGH` or `a,b,c`.

    The learning rate from a tenth to ten times its own, the batch, the optimizer (unless the recipe
    gives it arguments of its own), half to twice of each layer's size, and each dropout.
    """
    rate = own_value(recipe, "learning_rate")
    sizes = sorted({32, 64, 128, 256, recipe.batch_size})
    space = {
        "learning_rate": f"{rate / 10:g}..{rate * 10:g}",
        "batch_size": ",".join(map(str, sizes)),
    }
    if not recipe.optimizer_settings:
        names = dict.fromkeys((recipe.optimizer, "adam", "rmsprop", "sgd"))
        space["optimizer"] = ",".join(names)
    for name, settings in zip(recipe.layer_names()[:-1], recipe.layers[:-1], strict=True):
        for key in {"units", "filters"} & set(settings.settings):
            size = settings.settings[key]
            space[f"{name}.{key}"] = f"{max(1, size // 2)}..{size * 2}"
        if settings.kind == "Dropout":
            space[f"{name}.rate"] = f"0.0..{max(0.6, settings.settings['rate'])}"
    return space


def searchable(recipe: Recipe) -> list[str]:
    """The recipe's settings that a search may choose, those of `default_space` first."""
    first = default_space(recipe)
    known = recipe.settings()
    others = [
        key
        for key, value in known.items()
        if key not in NOT_SEARCHED
        and not isinstance(value, list | tuple | Mapping)
        and not (key == "schedule" and recipe.learning_rate is None)  # that needs one
    ]
    order = [name for name in known if "." not in name]  # a set's order is another one each time
    return [
        *first,
        *sorted(set(others) & set(order) - set(first)),
        *(key for key in others if key not in order and key not in first),
    ]


def suggested_span(recipe: Recipe, key: str) -> str:
    """What a search could choose a setting from, as text: a proposal to be changed."""
    known = default_space(recipe)
    if key in known:
        return known[key]
    choices = {
        "loss": LOSSES,
        "schedule": SCHEDULES,
        "augment": ("null", "pen"),
        "activation": ("relu", "tanh", "sigmoid"),
        "padding": ("valid", "same"),
        "early_stopping": ("null", "2", "4"),
    }
    value, name = own_value(recipe, key), key.rpartition(".")[2]
    if isinstance(value, bool):
        return "true,false"
    if name in choices:
        words = "null" if value is None else str(value)
        return ",".join(dict.fromkeys((words, *choices[name])))
    if name.endswith("_size") and isinstance(value, int) and key != "batch_size":
        sizes = (size for size in (value - 1, value, value + 1) if _works(recipe, key, size))
        return ",".join(map(str, sizes))
    if isinstance(value, int):
        return f"{max(1, value // 2)}..{max(2, value * 2)}"
    if isinstance(value, float):
        return f"0.0..{min(0.9, max(0.5, 2 * value)):g}"
    return "null" if value is None else str(value)


def _works(recipe: Recipe, key: str, value: Any) -> bool:
    try:
        trace(recipe.with_settings({key: value}))
    except RecipeError:
        return False
    return True


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def own_value(recipe: Recipe, key: str) -> Any:
    """The recipe's own value of a setting; None where its layers differ or leave it to Keras."""
    if key == "learning_rate" and recipe.learning_rate is None:
        return OWN_RATES.get(recipe.optimizer.lower(), 0.001)
    known = recipe.settings()
    if key in known:
        return known[key]
    values = [known[name] for name in known if name.endswith(f".{ALIASES.get(key, key)}")]
    return values[0] if values and all(value == values[0] for value in values) else None


def check_space(recipe: Recipe, space: Mapping[str, str]) -> None:
    """Raise `RecipeError` for what can't be searched, or not so."""
    if not space:
        raise RecipeError(
            Text(
                "There is nothing to search for {recipe}. Give a setting and what it may be, such "
                "as units=16..256 or optimizer=adam,sgd.",
                recipe=recipe.name,
            )
        )
    for key, text in space.items():
        if key in NOT_SEARCHED:
            raise RecipeError(
                Text(
                    "`{key}` is nothing to search for: trials that differ in it can't be compared. "
                    "Set it for all of them instead.",
                    key=key,
                )
            )
        span = read_span(key, text)
        for value in (span.low, span.high) if isinstance(span, Span) else span:
            recipe.with_settings({key: value})  # refuses, in words, what can't be


def own_settings(recipe: Recipe, space: Mapping[str, str]) -> dict[str, Any]:
    """The recipe's own settings as far as the search may choose them: what its first trial has."""
    own = {key: own_value(recipe, key) for key in space}
    return {key: value for key, value in own.items() if value in read_span(key, space[key])}


def check_choice(recipe: Recipe, key: str, text: str) -> None:
    """Raise `RecipeError` where a setting can't be searched so, or gives no network at its ends.

    Where only Keras knows, it doesn't: such a trial is then a bad one.
    """
    check_space(recipe, {key: text})
    span = read_span(key, text)
    for value in (span.low, span.high) if isinstance(span, Span) else span:
        trace(recipe.with_settings({key: value}))
