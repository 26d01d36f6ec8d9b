"""A recipe: a network and how it is trained, as data.

A layer is the name of a Keras layer and that layer's own arguments, so everything that
https://keras.io/api/layers says about it applies. To write a recipe of your own:

    mine = Recipe(
        name="mine",
        title="My first network",
        layers=(layer("Flatten"), layer("Dense", units=64, activation="relu"), OUTPUT),
        loss="sparse_categorical_crossentropy",
        optimizer="adam",
        epochs=5,
        batch_size=128,
    )

and `mnist_core.train(mine, mnist_core.load_mnist())`. To change one setting of a recipe:
`get_recipe("dropout_cnn").with_settings({"epochs": 3, "conv2d_1.kernel_size": 5})`.
"""

import dataclasses
import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from mnist_core.data.splits import training_rows
from mnist_core.errors import RecipeError
from mnist_core.i18n import Text
from mnist_core.recipes.augment import AUGMENTATIONS

# Each loss, and what it is where every digit gets a tenth.
LOSSES = {
    "categorical_crossentropy": math.log(10),
    "sparse_categorical_crossentropy": math.log(10),
    "binary_crossentropy": -(math.log(0.1) + 9 * math.log(0.9)) / 10,
    "mean_squared_error": (0.9**2 + 9 * 0.1**2) / 10,
}
SCHEDULES = ("constant", "one_cycle", "cosine", "exponential", "step")
# What is validated on: a share of the training images; the second of three parts of them (the first
# is trained on, the third set aside); the test set.
SHARE, THREE_PARTS, TEST_SET = "share", "60/20/20", "test"
VALIDATIONS = (SHARE, THREE_PARTS, TEST_SET)
TEST_SET_WARNING = Text(
    "Validated on the test images. If you choose anything by looking at this curve, such as the "
    "number of epochs, the test accuracy is too optimistic: it no longer measures how well the "
    "network does on new images."
)
PART = 0.2  # of the training images: the second and the third of the three parts


@dataclass(frozen=True)
class Layer:
    """One layer: the name of a class in `keras.layers`, and its arguments."""

    kind: str
    settings: Mapping[str, Any]

    def __str__(self) -> str:
        arguments = ", ".join(f"{name}={value!r}" for name, value in self.settings.items())
        return f"{self.kind}({arguments})"

    def to_dict(self) -> dict[str, Any]:
        """As plain data for JSON: `{"kind": "Dense", "units": 64}`."""
        return {"kind": self.kind, **self.settings}


def layer(kind: str, **settings: Any) -> Layer:
    """A layer of a recipe: `layer("Dense", units=100, activation="relu")`."""
    return Layer(kind, settings)


def layer_from_dict(plain: Mapping[str, Any]) -> Layer:
    """Restore a layer from the result of `Layer.to_dict`."""
    return Layer(plain["kind"], {name: plain[name] for name in plain if name != "kind"})


ALIASES = {"dropout": "rate"}  # what tutorials call a setting -> what Keras calls it
OUTPUT = layer("Dense", units=10, activation="softmax")  # 11 units with `nondigits`
TRAINING_SETTINGS = (
    "loss",
    "optimizer",
    "optimizer_settings",
    "epochs",
    "batch_size",
    "scale",
    "learning_rate",
    "schedule",
    "validation",
    "validation_split",
    "early_stopping",
    "train_images",
    "augment",
    "nondigits",
    "handwriting",
    "seed",
)


TEXTS = (
    "name",
    "title",
    "loss",
    "optimizer",
    "schedule",
    "validation",
    "source",
    "published",
    "lesson",
)


@dataclass(frozen=True)
class SettingChange:
    """A setting that differs between two recipes.

    Attributes:
        key: as `Recipe.with_settings` takes it; `layers` where the kinds of layers differ.
        before: None also where the first recipe leaves the setting to Keras.
        after: its value in the second recipe.
    """

    key: str
    before: Any
    after: Any

    def __str__(self) -> str:
        return f"{self.key}={json.dumps(self.after)}"


@dataclass(frozen=True)
class Recipe:
    """Everything that a training run depends on, besides the data.

    Attributes:
        name: a short name, also of the stored model.
        title: one line for people.
        layers: the network from input to output. The input is `(28, 28)` pixels 0..255; a
            channel axis is added automatically before a layer that needs one.
        loss: one of `LOSSES`. All but `sparse_categorical_crossentropy` take one-hot labels.
        optimizer: name of a Keras optimizer.
        epochs: number of passes over the training images.
        batch_size: images per step.
        scale: whether pixels are divided by 255. The network itself does it, so that every
            stored model takes pixels as they are.
        learning_rate: None is the optimizer's default. With `one_cycle`, the peak.
        optimizer_settings: further arguments of the optimizer.
        schedule: `constant`, or one of `mnist_core.recipes.schedules`, such as `one_cycle`: up for
            the first fifth, then down to nearly 0.
        validation: one of `VALIDATIONS`. With `test`, the test set is no independent measure of
            what people chose by its curve; nothing is chosen by it automatically.
        validation_split: share of the training set to validate on, the last rows. It counts
            where `validation` is `share`.
        early_stopping: number of epochs without a lower validation loss after which training
            ends; the weights of the best epoch are kept. None trains all epochs.
        train_images: number of training images to use, from the first; None is all.
        augment: name of an augmentation in `mnist_core.recipes.augment`, or None.
        nondigits: pictures that show no digit (`mnist_core.recipes.nondigits`) added to each
            batch, as a share of it. Above 0, the network gives an eleventh probability: that of
            "not a digit".
        handwriting: digits of generated writers (`mnist_core.recipes.handwriting`) added to each
            batch, as a share of it.
        seed: of the initial weights, shuffling, dropout and augmentation.
        source: where the recipe comes from.
        published: the result that the source published.
        lesson: what to learn from it, for people.
    """

    name: str
    title: str
    layers: tuple[Layer, ...]
    loss: str
    optimizer: str
    epochs: int
    batch_size: int
    scale: bool = True
    learning_rate: float | None = None
    optimizer_settings: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    schedule: str = "constant"
    validation: str = SHARE
    validation_split: float = 0.0
    early_stopping: int | None = None
    train_images: int | None = None
    augment: str | None = None
    nondigits: float = 0.0
    handwriting: float = 0.0
    seed: int = 0
    source: str = ""
    published: str = ""
    lesson: str = ""

    @property
    def one_hot(self) -> bool:
        """Whether the loss takes one-hot labels."""
        return self.loss != "sparse_categorical_crossentropy"

    @property
    def is_cross_entropy(self) -> bool:
        """Whether its loss is the categorical cross-entropy, as the test loss always is."""
        return self.loss.endswith("categorical_crossentropy")

    @property
    def validation_share(self) -> float:
        """Share of the training images that is validated on; 0 for none or for the test set."""
        return {SHARE: self.validation_split, THREE_PARTS: PART}.get(self.validation, 0.0)

    @property
    def validates(self) -> bool:
        """Whether it is validated on anything after each epoch."""
        return self.validation == TEST_SET or self.validation_share > 0

    def training_rows(self, n: int) -> tuple[slice, slice]:
        """Of n training images, (the rows that are trained on, the rows that are validated on).

        Raises:
            DataError: `validation_split` is out of range.
        """
        aside = PART if self.validation == THREE_PARTS else 0.0
        return training_rows(n, self.validation_share, self.train_images, aside)

    def rows_set_aside(self, n: int) -> slice:
        """Of n training images, the rows that are neither trained nor validated on by choice."""
        return slice(self.training_rows(n)[1].stop, min(n, self.train_images or n))

    @property
    def classes(self) -> int:
        """Number of probabilities that the network gives: 10, or 11 with "not a digit"."""
        return 11 if self.nondigits else 10

    def layer_names(self) -> list[str]:
        """`["conv2d_1", "maxpooling2d_1", ...]`: kind and number, as `with_settings` takes them.

        The last layer is called `output`.
        """
        counts: dict[str, int] = {}
        names = []
        for layer in self.layers:
            kind = layer.kind.lower()
            counts[kind] = counts.get(kind, 0) + 1
            names.append(f"{kind}_{counts[kind]}")
        return [*names[:-1], "output"]

    def settings(self) -> dict[str, Any]:
        """Every setting that `with_settings` can change, with its value."""
        values = {name: getattr(self, name) for name in TRAINING_SETTINGS}
        for name, layer in zip(self.layer_names()[:-1], self.layers[:-1], strict=True):
            values.update({f"{name}.{key}": value for key, value in layer.settings.items()})
        return values

    def with_settings(self, changes: Mapping[str, Any]) -> "Recipe":
        """A copy with some settings changed.

        A key is one of `settings()`: `epochs`, or `conv2d_2.filters` for one layer; a layer
        takes every argument that Keras knows. A layer's setting without a layer's name, such as
        `activation`, `units` or `dropout`, changes it in every layer that has it except the
        output. `layers` replaces all layers before the output, given as `Layer.to_dict` does.

        Raises:
            RecipeError: no such setting, or an invalid value; the error has the setting.
        """
        recipe = self
        if "layers" in changes:
            recipe = dataclasses.replace(self, layers=_parse_layers(changes["layers"]))
        names = recipe.layer_names()[:-1]
        layers = list(recipe.layers)
        training: dict[str, Any] = {}
        for key, value in changes.items():
            if key == "layers":
                continue
            if key in TRAINING_SETTINGS:
                training[key] = value
                continue
            name, dot, setting = key.partition(".")
            if dot and name in names:
                indices = [names.index(name)]  # also for a setting that the recipe leaves to Keras
            else:
                setting = ALIASES.get(key, key)
                indices = [
                    index
                    for index, layer in enumerate(recipe.layers[:-1])
                    if setting in layer.settings
                ]
            if not indices:
                raise RecipeError(
                    Text(
                        "{recipe} has no setting {key!r}. It has: {names}; and without a layer's "
                        "name: {short_names}.",
                        recipe=self.name,
                        key=key,
                        names=", ".join(recipe.settings()),
                        short_names=", ".join(recipe._layer_settings()),
                    ),
                    setting=key,
                )
            for index in indices:
                settings = {**layers[index].settings, setting: value}
                layers[index] = Layer(layers[index].kind, settings)
        changed = dataclasses.replace(recipe, layers=tuple(layers), **training)
        check_recipe(changed)
        return changed

    def changes(self, base: "Recipe") -> list[SettingChange]:
        """The settings that differ from another recipe's, in the order of `settings`.

        `base.with_settings({change.key: change.after for change in recipe.changes(base)})` trains
        as this recipe does.
        """
        before, after = base.settings(), self.settings()
        if self._needs_other_layers(base):
            training = {key: after[key] for key in TRAINING_SETTINGS}
            after = {"layers": [layer.to_dict() for layer in self.layers[:-1]], **training}
            before["layers"] = [layer.to_dict() for layer in base.layers[:-1]]
        return [
            SettingChange(key, before.get(key), value)
            for key, value in after.items()
            if key not in before or before[key] != value
        ]

    def _needs_other_layers(self, base: "Recipe") -> bool:
        """Whether no change of single settings makes the layers of another recipe into these."""
        if [layer.kind for layer in base.layers] != [layer.kind for layer in self.layers]:
            return True
        return any(
            set(before.settings) - set(after.settings)
            for before, after in zip(base.layers, self.layers, strict=True)
        )

    def command(self, data: str | None = None) -> str:
        """The command line that trains this recipe.

        Args:
            data: the name of the data set; None is MNIST.
        """
        from mnist_core.recipes.command import train_command  # it needs the built-in recipes

        return train_command(self, data)

    def _layer_settings(self) -> list[str]:
        return sorted({key for layer in self.layers[:-1] for key in layer.settings})

    def to_dict(self) -> dict[str, Any]:
        """As plain data for JSON; `recipe_from_dict` restores it."""
        plain = dataclasses.asdict(self)
        plain["layers"] = [layer.to_dict() for layer in self.layers]
        return plain

    def digest(self) -> str:
        """SHA-256 over everything that affects the result, so not over texts.

        Settings that have their default are left out, so that a setting that a later version adds
        doesn't change the digests of earlier models.
        """
        texts = ("name", "title", "source", "published", "lesson")
        defaults = {
            field.name: field.default_factory()
            if field.default_factory is not dataclasses.MISSING
            else field.default
            for field in dataclasses.fields(self)
        }
        plain = {
            key: value
            for key, value in self.to_dict().items()
            if key not in texts and value != defaults[key]
        }
        return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def recipe_from_dict(plain: Mapping[str, Any]) -> Recipe:
    """Restore a recipe from the result of `Recipe.to_dict`."""
    return Recipe(**{**plain, "layers": tuple(map(layer_from_dict, plain["layers"]))})


def _parse_layers(plain: Any) -> tuple[Layer, ...]:
    """Layers and the output from `[{"kind": "Dense", "units": 64}, ...]`."""
    if not isinstance(plain, list) or not all(
        isinstance(entry, dict) and isinstance(entry.get("kind"), str) for entry in plain
    ):
        raise RecipeError(
            Text(
                "`layers` must be a list such as {example}. Received: {received}",
                example='[{"kind": "Flatten"}, {"kind": "Dense", "units": 64}]',
                received=repr(plain),
            ),
            setting="layers",
        )
    return (*map(layer_from_dict, plain), OUTPUT)


# --- what a recipe must be ----------------------------------------------------------------


def check_recipe(recipe: Recipe) -> None:
    """Check the settings that can be checked without building the network.

    Raises:
        RecipeError: a setting is invalid; the error has it.
    """

    def refuse(name: str, expected: str) -> NoReturn:
        raise RecipeError(
            Text(
                "`{name}` must be {expected}. Received: {name}={received}",
                name=name,
                expected=expected,
                received=repr(getattr(recipe, name)),
            ),
            setting=name,
        )

    for name in TEXTS:
        if not isinstance(getattr(recipe, name), str):
            refuse(name, Text("text"))
    if not recipe.layers or not all(isinstance(layer.kind, str) for layer in recipe.layers):
        refuse("layers", Text("a list of layers, each with its kind"))
    for name in ("epochs", "batch_size"):
        if not _is_positive_integer(getattr(recipe, name)):
            refuse(name, Text("an integer from 1"))
    for name in ("early_stopping", "train_images"):
        if getattr(recipe, name) is not None and not _is_positive_integer(getattr(recipe, name)):
            refuse(name, Text("null or an integer from 1"))
    if not (_is_integer(recipe.seed) and 0 <= recipe.seed < 2**32):
        refuse("seed", Text("an integer from 0 to 4294967295"))
    if not isinstance(recipe.optimizer, str) or not recipe.optimizer:
        refuse("optimizer", Text("the name of a Keras optimizer, such as adam"))
    if not isinstance(recipe.optimizer_settings, Mapping):
        example = '{"momentum": 0.9}'
        expected = Text("arguments of the optimizer, such as {example}", example=example)
        refuse("optimizer_settings", expected)
    split = recipe.validation_split
    if not isinstance(split, int | float) or not 0 <= split < 1:
        refuse("validation_split", Text("a share of the training set, at least 0 and below 1"))
    if recipe.validation not in VALIDATIONS:
        refuse("validation", Text("one of {names}", names=", ".join(VALIDATIONS)))
    if recipe.early_stopping and not recipe.validates:
        raise RecipeError(
            Text(
                "`early_stopping` needs a validation loss: set `validation_split` to 0.1, for "
                "example, or `validation` to a 60/20/20 split."
            ),
            setting="early_stopping",
        )
    if recipe.early_stopping and recipe.validation == TEST_SET:
        raise RecipeError(
            Text(
                "`early_stopping` would choose the best epoch by the test set, which is there to "
                "measure what was never chosen by it. Validate on a share of the training images: "
                "`validation=share` and `validation_split`, such as 0.1."
            ),
            setting="early_stopping",
        )
    for name in ("nondigits", "handwriting"):
        share = getattr(recipe, name)
        if not (_is_number(share) and 0 <= share <= 1):
            refuse(name, Text("a share of the batch from 0 to 1"))
    rate = recipe.learning_rate
    if rate is not None and not (_is_number(rate) and 0 < rate < 1000):
        refuse("learning_rate", Text("a number above 0, or null for the optimizer's default"))
    if not isinstance(recipe.scale, bool):
        refuse("scale", Text("true or false"))
    if recipe.loss not in LOSSES:
        refuse("loss", Text("one of {names}", names=", ".join(LOSSES)))
    if recipe.schedule not in SCHEDULES:
        refuse("schedule", Text("one of {names}", names=", ".join(SCHEDULES)))
    if recipe.schedule != "constant" and rate is None:
        raise RecipeError(
            Text(
                "`schedule={schedule}` needs a learning rate: set `learning_rate` too, such as "
                "0.003.",
                schedule=recipe.schedule,
            ),
            setting="learning_rate",
        )
    if recipe.augment is not None and recipe.augment not in list(AUGMENTATIONS):
        refuse("augment", Text("null or one of {names}", names=", ".join(AUGMENTATIONS)))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_positive_integer(value: Any) -> bool:
    return _is_integer(value) and value >= 1
