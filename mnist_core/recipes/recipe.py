"""Networks and how they are trained, as data: one block each.

A layer is the name of a Keras layer and that layer's own arguments, so everything that
https://keras.io/api/layers says of it holds here. To write a recipe of your own:

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
import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnist_core import settings
from mnist_core.data.collection import is_imported
from mnist_core.errors import RecipeError
from mnist_core.system.files import write_file

if TYPE_CHECKING:
    import keras

LOSSES = ("categorical_crossentropy", "sparse_categorical_crossentropy")
SCHEDULES = ("constant", "one_cycle")


@dataclass(frozen=True)
class Layer:
    """One layer: the name of a class in `keras.layers`, and its arguments."""

    kind: str
    settings: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.kind}({', '.join(f'{k}={v!r}' for k, v in self.settings.items())})"


def layer(kind: str, **settings: Any) -> Layer:
    """A layer of a recipe: `layer("Dense", units=100, activation="relu")`."""
    return Layer(kind, settings)


ALIASES = {"dropout": "rate"}  # what tutorials call a setting -> what Keras calls it
OUTPUT = layer("Dense", units=10, activation="softmax")  # 11 units with `nondigits`


@dataclass(frozen=True)
class Recipe:
    """All that a training run depends on, beside the data.

    Attributes:
        name: short name, also of the stored model.
        title: one line for people.
        layers: the network from input to output. The input is `(28, 28)` pixels 0..255; a
            channel is added by itself in front of a layer that wants one.
        loss: one of `LOSSES`. With the first the labels are one-hot, with the second numbers.
        optimizer: name of a Keras optimizer.
        epochs: how many times the training images are gone through.
        batch_size: images per step.
        scale: whether pixels are divided by 255. The network itself does it, so that every
            stored model takes pixels as they are.
        learning_rate: None is the optimizer's own default. With `one_cycle`, the peak.
        optimizer_settings: more arguments of the optimizer.
        schedule: `constant`, or `one_cycle`: up for the first fifth, then down to nearly 0.
        validation_split: share of the training set that is kept to validate, the last rows.
        early_stopping: epochs without a lower validation loss after which the training ends; the
            best epoch's weights are kept. None goes through all epochs.
        train_images: how many of the training images are used, from the first; None is all.
        augment: name of an augmentation in `mnist_core.recipes.augment`, or None.
        nondigits: pictures of what is no digit (`mnist_core.recipes.nondigits`) that are added
            to each batch, as a share of it. Above 0, the network gives an eleventh probability:
            that of "not a digit".
        seed: of the weights, the shuffling, the dropout and the augmentation.
        source: where the recipe comes from.
        published: the result that the source published.
        lesson: what there is to learn from it, for people.
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
    validation_split: float = 0.0
    early_stopping: int | None = None
    train_images: int | None = None
    augment: str | None = None
    nondigits: float = 0.0
    seed: int = 0
    source: str = ""
    published: str = ""
    lesson: str = ""

    @property
    def one_hot(self) -> bool:
        """Whether this recipe's loss takes labels as rows of ten."""
        return self.loss == "categorical_crossentropy"

    @property
    def classes(self) -> int:
        """How many probabilities the network gives: 10, or 11 with "not a digit"."""
        return 11 if self.nondigits else 10

    def layer_names(self) -> list[str]:
        """`["conv2d_1", "maxpooling2d_1", ...]`: kind and count, as `with_settings` takes them.

        The last layer, the answer, is called `output`.
        """
        counts: dict[str, int] = {}
        names = []
        for one in self.layers:
            kind = one.kind.lower()
            counts[kind] = counts.get(kind, 0) + 1
            names.append(f"{kind}_{counts[kind]}")
        return [*names[:-1], "output"]

    def settings(self) -> dict[str, Any]:
        """Every setting that `with_settings` can change, and its value now."""
        values = {name: getattr(self, name) for name in _TRAINING}
        for name, one in zip(self.layer_names(), self.layers, strict=True):
            if name != "output":
                values.update({f"{name}.{key}": value for key, value in one.settings.items()})
        return values

    def with_settings(self, changes: Mapping[str, Any]) -> "Recipe":
        """A copy with some settings changed.

        A key is one of `settings()`: `epochs`, or `conv2d_2.filters` for one layer; a layer
        takes every argument that Keras knows. A layer's setting without a layer's name, such as
        `activation`, `units` or `dropout`, changes it in every layer that has it but the output.
        `layers` gives other layers before the output, as `to_dict` writes them.

        Raises:
            RecipeError: no such setting, or a value that can't be.
        """
        recipe = self
        if "layers" in changes:
            recipe = dataclasses.replace(self, layers=_layers_from(changes["layers"]))
        known = recipe.settings()
        training: dict[str, Any] = {}
        layers = list(recipe.layers)
        for key, value in changes.items():
            if key == "layers":
                continue
            if key in _TRAINING:
                training[key] = value
                continue
            name, dot, setting = key.partition(".")
            if dot and name in recipe.layer_names()[:-1]:
                places = [key]  # also a setting that the recipe leaves to Keras
            else:
                places = [name for name in known if name.endswith(f".{ALIASES.get(key, key)}")]
            if not places:
                raise RecipeError(
                    f"{self.name} has no setting {key!r}. It has: {', '.join(known)}; and "
                    f"without a layer's name: {', '.join(recipe._layer_settings())}."
                )
            for place in places:
                name, setting = place.split(".")
                index = recipe.layer_names().index(name)
                layers[index] = Layer(
                    layers[index].kind, {**layers[index].settings, setting: value}
                )
        changed = dataclasses.replace(recipe, layers=tuple(layers), **training)
        check_recipe(changed)
        return changed

    def command(self, data: str | None = None) -> str:
        """The command line that trains this recipe anew, whatever was changed in it.

        Args:
            data: the name of the data set; None is MNIST.
        """
        # Someone else may not have a recipe of this machine's people: say it by a built-in one.
        base = RECIPES.get(self.name, DENSE_512)
        parts = [f"python -m mnist_core train {base.name} --force"]
        if is_imported(data):
            parts.append(f"--data {shlex.quote(str(data))}")
        given, wanted = base.settings(), self.settings()
        if [one.kind for one in base.layers] != [one.kind for one in self.layers] or any(
            set(one.settings) - set(other.settings)
            for one, other in zip(base.layers, self.layers, strict=True)
        ):
            layers = [{"kind": one.kind, **one.settings} for one in self.layers[:-1]]
            wanted = {"layers": layers, **{key: wanted[key] for key in _TRAINING}}
        for key, value in wanted.items():
            if key not in given or given[key] != value:
                parts.append(f"--set {shlex.quote(f'{key}={json.dumps(value)}')}")
        return " ".join(parts)

    def _layer_settings(self) -> list[str]:
        return sorted({key for one in self.layers[:-1] for key in one.settings})

    def to_dict(self) -> dict[str, Any]:
        """As plain data for JSON; `recipe_from_dict` makes a recipe of it again."""
        plain = dataclasses.asdict(self)
        plain["layers"] = [{"kind": one.kind, **one.settings} for one in self.layers]
        return plain

    def digest(self) -> str:
        """SHA-256 over what decides the result: all but the words.

        A setting that has its default is left out, so a setting that is new in a later version
        doesn't make old models strangers.
        """
        words = ("name", "title", "source", "published", "lesson")
        defaults = {
            field.name: field.default_factory()
            if field.default_factory is not dataclasses.MISSING
            else field.default
            for field in dataclasses.fields(self)
        }
        plain = {
            key: value
            for key, value in self.to_dict().items()
            if key not in words and value != defaults[key]
        }
        return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


_TRAINING = {
    "loss",
    "optimizer",
    "optimizer_settings",
    "epochs",
    "batch_size",
    "scale",
    "learning_rate",
    "schedule",
    "validation_split",
    "early_stopping",
    "train_images",
    "augment",
    "nondigits",
    "seed",
}


def parse_settings(changes: Iterable[str]) -> dict[str, Any]:
    """`["units=256", "activation=tanh"]` as `with_settings` takes it.

    A value is JSON (`0.1`, `true`, `null`, `[3, 3]`), or else a word.

    Raises:
        RecipeError: there is no `=`.
    """
    settings: dict[str, Any] = {}
    for change in changes:
        key, equals, value = change.partition("=")
        if not equals:
            raise RecipeError(f"A setting is KEY=VALUE, such as units=256. Received: {change!r}")
        try:
            settings[key] = json.loads(value)
        except json.JSONDecodeError:
            settings[key] = value
    return settings


def recipe_from_dict(plain: Mapping[str, Any]) -> Recipe:
    """The recipe that `Recipe.to_dict` wrote."""
    layers = tuple(
        Layer(one["kind"], {k: v for k, v in one.items() if k != "kind"}) for one in plain["layers"]
    )
    return Recipe(**{**plain, "layers": layers})


def _layers_from(plain: Any) -> tuple[Layer, ...]:
    """Layers and the output from `[{"kind": "Dense", "units": 64}, ...]`."""
    if not isinstance(plain, list) or not all(
        isinstance(one, dict) and isinstance(one.get("kind"), str) for one in plain
    ):
        raise RecipeError(
            'layers is a list such as [{"kind": "Flatten"}, {"kind": "Dense", "units": 64}]. '
            f"Received: {plain!r}"
        )
    made = [Layer(one["kind"], {k: v for k, v in one.items() if k != "kind"}) for one in plain]
    return (*made, OUTPUT)


def check_recipe(recipe: Recipe) -> None:
    """Raise `RecipeError` for settings that can be refused without building the network."""
    from mnist_core.recipes.augment import AUGMENTATIONS

    def refuse(name: str, expected: str) -> None:
        raise RecipeError(
            f"`{name}` must be {expected}. Received: {name}={getattr(recipe, name)!r}"
        )

    for name in ("epochs", "batch_size"):
        value = getattr(recipe, name)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            refuse(name, "a whole number from 1")
    seed = recipe.seed
    if not isinstance(seed, int) or isinstance(seed, bool) or not 0 <= seed < 2**32:
        refuse("seed", "a whole number from 0 to 4294967295")
    if not isinstance(recipe.optimizer, str) or not recipe.optimizer:
        refuse("optimizer", "the name of a Keras optimizer, such as adam")
    if not isinstance(recipe.optimizer_settings, Mapping):
        refuse("optimizer_settings", 'arguments of the optimizer, such as {"momentum": 0.9}')
    split = recipe.validation_split
    if not isinstance(split, int | float) or not 0 <= split < 1:
        refuse("validation_split", "a share of the training set, at least 0 and below 1")
    for name in ("early_stopping", "train_images"):
        value = getattr(recipe, name)
        if value is not None and (
            not isinstance(value, int) or isinstance(value, bool) or value < 1
        ):
            refuse(name, "null or a whole number from 1")
    if recipe.early_stopping and not split:
        raise RecipeError(
            "`early_stopping` watches the validation loss, so some images must be kept back to "
            "validate: set `validation_split` too, such as 0.1."
        )
    share = recipe.nondigits
    if not isinstance(share, int | float) or isinstance(share, bool) or not 0 <= share <= 1:
        refuse("nondigits", "a share of the batch from 0 to 1")
    rate = recipe.learning_rate
    number = isinstance(rate, int | float) and not isinstance(rate, bool)
    if rate is not None and not (number and 0 < rate < 1000):
        refuse("learning_rate", "a number above 0, or null for the optimizer's own")
    if not isinstance(recipe.scale, bool):
        refuse("scale", "true or false")
    if recipe.loss not in LOSSES:
        refuse("loss", f"one of {', '.join(LOSSES)}")
    if recipe.schedule not in SCHEDULES:
        refuse("schedule", f"one of {', '.join(SCHEDULES)}")
    if recipe.schedule != "constant" and rate is None:
        raise RecipeError(
            f"`schedule={recipe.schedule}` needs a peak: set `learning_rate` too, such as 0.003."
        )
    if recipe.augment is not None and recipe.augment not in list(AUGMENTATIONS):
        refuse("augment", f"null or one of {', '.join(AUGMENTATIONS)}")


def get_recipe(name: str) -> Recipe:
    """The recipe of that name: a built-in one, or one that was saved.

    Raises:
        RecipeError: there is none, or it can't be read.
    """
    if name in RECIPES:
        return RECIPES[name]
    path = _saved(name)
    if not _is_recipe_name(name) or not path.is_file():
        raise RecipeError(f"There is no recipe {name!r}. There are: {', '.join(recipe_names())}.")
    try:
        recipe = recipe_from_dict(json.loads(path.read_text("utf-8")))
        check_recipe(recipe)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RecipeError(f"The recipe {name!r} can't be read: {path} is damaged: {error!r}") from (
            error
        )
    return recipe


def recipe_names() -> list[str]:
    """The built-in recipes, then those that were saved."""
    saved = sorted(path.stem for path in _saved("x").parent.glob("*.json"))
    return [*RECIPES, *(name for name in saved if name not in RECIPES)]


def save_recipe(recipe: Recipe, name: str, title: str = "") -> Recipe:
    """Keep a recipe under a name of its own; it is then a recipe like the built-in ones.

    Raises:
        RecipeError: the name can't be used, or the folder can't be written.
    """
    check_recipe(recipe)
    if not _is_recipe_name(name) or name in RECIPES:
        why = "is a built-in recipe's" if name in RECIPES else "can't be a recipe's"
        raise RecipeError(
            f"The name {name!r} {why}. Choose another one, of letters, digits, _ and -, at most 40."
        )
    saved = dataclasses.replace(
        recipe,
        name=name,
        title=title or f"{recipe.title}, changed",
        source="made here",
        published="",
        lesson="",
    )
    try:
        _saved(name).parent.mkdir(parents=True, exist_ok=True)
        write_file(_saved(name), (json.dumps(saved.to_dict(), ensure_ascii=False) + "\n").encode())
    except OSError as error:
        raise RecipeError(
            f"The recipe {name!r} could not be saved as {_saved(name)} ({error.strerror})."
        ) from error
    return saved


def delete_recipe(name: str) -> None:
    """Forget a saved recipe; what was trained with it stays.

    Raises:
        RecipeError: there is no saved recipe of that name.
    """
    if name in RECIPES or not _is_recipe_name(name) or not _saved(name).is_file():
        raise RecipeError(f"There is no saved recipe {name!r}.")
    _saved(name).unlink()


def _saved(name: str) -> Path:
    return settings.runs_dir() / "recipes" / f"{name}.json"


def _is_recipe_name(name: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9][\w-]{0,39}", name) is not None


def build_model(recipe: Recipe) -> "keras.Model":
    """The recipe's network, not compiled, weights fresh: `(n, 28, 28)` 0..255 -> `(n, 10)`.

    With `nondigits` it gives `(n, 11)`: the last is the probability of "not a digit".

    Raises:
        RecipeError: a layer doesn't exist, or its settings can't work where it stands.
    """
    import keras

    x = pixels = keras.Input((28, 28), name="pixels")
    if recipe.scale:
        x = keras.layers.Rescaling(1 / 255, name="scale")(x)
    for name, one in zip(recipe.layer_names(), recipe.layers, strict=True):
        kind = getattr(keras.layers, one.kind, None)
        if kind is None:
            raise RecipeError(f"{recipe.name}: Keras has no layer {one.kind!r}.")
        shape = x.shape[1:]
        try:
            if "2D" in one.kind and len(shape) == 2:
                x = keras.layers.Reshape((*shape, 1), name="channel")(x)
            more = {"units": recipe.classes} if one == OUTPUT else {}
            x = kind(name=name, **{**one.settings, **more})(x)
        except (ValueError, TypeError, AttributeError) as error:
            raise RecipeError(
                f"{recipe.name}: the layer {name}, {one}, can't work here; it gets {shape} from "
                f"the layer before it. {_in_a_line(error)}"
            ) from error
    if x.shape != (None, recipe.classes):
        raise RecipeError(
            f"{recipe.name}: the last layer must give {recipe.classes} numbers, one for each "
            f"digit{' and one for what is none' * bool(recipe.nondigits)}. Received: {x.shape[1:]}"
        )
    return keras.Model(pixels, x, name=recipe.name)


def _in_a_line(error: Exception) -> str:
    """Keras's own reason: without terminal colours, and without the line that only says where."""
    plain = re.sub("\x1b\\[[0-9;]*m", "", str(error))
    lines = [line.strip() for line in plain.splitlines() if line.strip()]
    reasons = [line for line in lines if not line.startswith("Exception encountered")]
    return reasons[0] if reasons else type(error).__name__


# --- the tutorials' networks --------------------------------------------------------------

SIGMOID_MLP = Recipe(
    name="sigmoid_mlp",
    title="Two sigmoid layers on unscaled pixels",
    layers=(
        layer("Flatten"),
        layer("Dense", units=100, activation="sigmoid"),
        layer("Dense", units=144, activation="sigmoid"),
        OUTPUT,
    ),
    scale=False,
    loss="categorical_crossentropy",
    optimizer="adam",
    epochs=10,
    batch_size=32,
    source="S40L12 – 一个简单的数字分类器",
    published="about 93% (validated on the test set)",
    lesson="Its pixels are 0 to 255 where a network learns best from numbers near 1. Divided by "
    "255, the same network gets 97.5% instead of 93%: "
    "`python -m mnist_core train sigmoid_mlp --set scale=true`.",
)

DENSE_512 = Recipe(
    name="dense_512",
    title="One wide dense layer",
    layers=(
        layer("Flatten"),
        layer("Dense", units=512, activation="relu"),
        OUTPUT,
    ),
    loss="categorical_crossentropy",
    optimizer="rmsprop",
    epochs=5,
    batch_size=128,
    source="解决 MNIST 图像分类问题; 深度学习笔记-MNIST数据集-手写数字识别V1.0",
    published="97.75% (loss 0.0774) and 98.08%",
)

SIMPLE_CNN = Recipe(
    name="simple_cnn",
    title="One convolution, then dense",
    layers=(
        layer("Conv2D", filters=28, kernel_size=3),
        layer("MaxPooling2D", pool_size=2),
        layer("Flatten"),
        layer("Dense", units=128, activation="relu"),
        layer("Dropout", rate=0.2),
        OUTPUT,
    ),
    loss="sparse_categorical_crossentropy",
    optimizer="adam",
    epochs=10,
    batch_size=32,
    source="图像分类 | 基于 MNIST 数据集",
    published="98.5%",
)

DROPOUT_CNN = Recipe(
    name="dropout_cnn",
    title="Two convolutions with dropout, on unscaled pixels",
    layers=(
        layer("Conv2D", filters=32, kernel_size=3, activation="relu"),
        layer("MaxPooling2D", pool_size=2),
        layer("Conv2D", filters=64, kernel_size=3, activation="relu"),
        layer("MaxPooling2D", pool_size=2),
        layer("Dropout", rate=0.25),
        layer("Flatten"),
        layer("Dense", units=128, activation="relu"),
        layer("Dropout", rate=0.5),
        OUTPUT,
    ),
    scale=False,
    loss="categorical_crossentropy",
    optimizer="rmsprop",
    epochs=5,
    batch_size=128,
    validation_split=0.3,
    seed=2,  # of 0, 1 and 2 the one with the best validation accuracy
    source="机器学习项目实战识别mnist数据集识别图片数字",
    published="shown in a picture only",
)

# --- our own ------------------------------------------------------------------------------


def _normalized_conv(*, momentum: float | None = None, **settings: Any) -> tuple[Layer, ...]:
    """A convolution whose results are brought to a common scale before they are bent.

    The scale is a mean over the steps so far; the momentum says how far back, None as Keras does.
    """
    return (
        layer("Conv2D", **settings, use_bias=False),  # the scale has a bias of its own
        layer("BatchNormalization", **({"momentum": momentum} if momentum else {})),
        layer("Activation", activation="relu"),
    )


PEN = Recipe(
    name="pen",
    title="Made for drawings",
    layers=(
        layer("Conv2D", filters=32, kernel_size=5, activation="relu"),
        layer("MaxPooling2D", pool_size=2),
        layer("Dropout", rate=0.15),
        *_normalized_conv(filters=56, kernel_size=3, padding="same"),
        *_normalized_conv(filters=56, kernel_size=3, padding="same"),
        layer("MaxPooling2D", pool_size=2),
        layer("Dropout", rate=0.15),
        *_normalized_conv(filters=112, kernel_size=3, padding="same"),
        *_normalized_conv(filters=112, kernel_size=3),
        layer("Flatten"),
        layer("Dropout", rate=0.4),
        OUTPUT,
    ),
    loss="sparse_categorical_crossentropy",
    optimizer="adam",
    learning_rate=0.003,
    schedule="one_cycle",
    epochs=30,
    batch_size=128,
    validation_split=0.05,  # what its probabilities are calibrated on
    augment="pen",
    nondigits=0.1,
    seed=1,  # of 0, 1 and 2 the one with the least validation loss
    source="this project",
)

FAST_CNN = Recipe(
    name="fast_cnn",
    title="Trained while you wait",
    layers=(
        # Neither bias nor dropout here: they are a fifth of the time and make it no better.
        layer("Conv2D", filters=16, kernel_size=5, activation="relu", use_bias=False),
        layer("MaxPooling2D", pool_size=2),
        # So few steps need a scale that follows quickly, or it isn't there when they are done.
        *_normalized_conv(filters=32, kernel_size=5, momentum=0.95),
        layer("MaxPooling2D", pool_size=2),
        layer("Dropout", rate=0.2),
        *_normalized_conv(filters=64, kernel_size=3, momentum=0.95),
        layer("Flatten"),
        layer("Dropout", rate=0.4),
        OUTPUT,
    ),
    loss="sparse_categorical_crossentropy",
    optimizer="adam",
    optimizer_settings={"beta_1": 0.8, "beta_2": 0.95},  # short momentum, for so few steps
    learning_rate=0.01,
    schedule="one_cycle",
    epochs=2,
    batch_size=256,
    source="this project",
    lesson="Few parameters, large steps at first and small ones at the end: as good after two "
    "epochs as the tutorials' networks ever get. More epochs make it better still: "
    "`python -m mnist_core train fast_cnn --epochs 7`.",
)

RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (PEN, SIGMOID_MLP, DENSE_512, SIMPLE_CNN, DROPOUT_CNN, FAST_CNN)
}
