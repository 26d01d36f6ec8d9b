"""A recipe as a program in plain Keras, without this project: data, network, training, pictures.

`cells` gives its parts; `mnist_core.recipes.cells` makes a notebook or a script of them. Its texts
and comments are in the reader's language.
"""

import json
import keyword
import re
import textwrap
from collections.abc import Mapping, Sequence
from string import Template
from typing import Any

from mnist_core.data.collection import is_imported
from mnist_core.data.dataset import STAND_IN_NAME
from mnist_core.errors import RecipeError
from mnist_core.i18n import Sentences, Text, _
from mnist_core.recipes.cells import Cell, markdown
from mnist_core.recipes.kinds import KINDS, needs_image
from mnist_core.recipes.recipe import (
    OUTPUT,
    SHARE,
    TEST_SET,
    TEST_SET_WARNING,
    THREE_PARTS,
    Layer,
    Recipe,
    check_recipe,
)
from mnist_core.recipes.regularizers import REGULARIZERS, name_and_strength
from mnist_core.recipes.schedules import SCHEDULE_CODE, SCHEDULE_COMMENTS
from mnist_core.recipes.trace import trace

OPTIMIZERS = {
    "adadelta": "Adadelta",
    "adafactor": "Adafactor",
    "adagrad": "Adagrad",
    "adam": "Adam",
    "adamax": "Adamax",
    "adamw": "AdamW",
    "ftrl": "Ftrl",
    "lamb": "Lamb",
    "lion": "Lion",
    "nadam": "Nadam",
    "rmsprop": "RMSprop",
    "sgd": "SGD",
}
PACKAGES = "keras tensorflow numpy plotly pandas"

# The standard deviations of this project's augmentation, as the ranges of Keras's layers.
_AUGMENTATION = """\
    keras.layers.Reshape((28, 28, 1)),
    # $comment
    keras.layers.RandomRotation(10 / 360, fill_mode="constant"),
    keras.layers.RandomShear(x_factor=0.15),
    keras.layers.RandomZoom(0.08, fill_mode="constant"),
    keras.layers.RandomTranslation(0.04, 0.04, fill_mode="constant"),
"""
_LEFT_OUT = {
    "augment": Text(
        "The augmentation also bends strokes, makes the pen thinner or thicker, and adds slashes "
        "to zeros, flags to ones and bars to sevens. Here, images are only rotated, slanted, "
        "zoomed and shifted, so other people's handwriting is recognized less well."
    ),
    "nondigits": Text(
        "Images that don't show a digit, and the eleventh class for them. This network has ten "
        "outputs, so it answers with a digit even for a scribble."
    ),
    "handwriting": Text(
        "Digits by generated writers. Without them, forms that are rare in MNIST are recognized "
        "less well."
    ),
}


def cells(
    recipe: Recipe, data_name: str | None = None, class_names: Sequence[str] = ()
) -> list[Cell]:
    """The program that trains a recipe, in cells.

    It gives about the same accuracy as this project, not the same weights: images come in another
    order.

    Args:
        data_name: the data set that it learns from; None is MNIST.
        class_names: what its labels stand for, where they are not digits.

    Raises:
        RecipeError: a setting is invalid.
    """
    check_recipe(recipe)
    return [
        markdown(_about(recipe)),
        Cell(
            "import keras\nimport numpy as np\nimport plotly.express as px\n\n"
            f"keras.utils.set_random_seed({recipe.seed})"
        ),
        _section(_("Data"), _about_data(data_name)),
        Cell(_data(recipe, data_name)),
        Cell(
            "px.imshow(x_train[:20], facet_col=0, facet_col_wrap=10, binary_string=True).show()\n"
            "print(y_train[:20])"
        ),
        _section(_("Network")),
        Cell(f"{network_code(recipe)}\nnetwork.summary()"),
        _section(_("Training")),
        Cell(_training(recipe)),
        markdown(_("Loss and accuracy after each epoch:")),
        Cell(_CURVES),
        _section(
            _("Evaluation"),
            _(
                "Loss and accuracy on the test images, which the network hasn't seen during "
                "training."
            ),
        ),
        Cell(_evaluation(recipe)),
        markdown(_("The confusion matrix: rows are true labels, columns are predicted labels.")),
        Cell(_CONFUSION),
        markdown(_("The hardest test images, with the true and the predicted label:")),
        Cell(_hardest(class_names)),
        Cell(f'network.save("{_file_name(recipe)}.keras")'),
    ]


def _section(title: str, text: str = "") -> Cell:
    return markdown(f"## {title}\n\n{text}" if text else f"## {title}")


def _about(recipe: Recipe) -> str:
    source, published = _as_typed(_(recipe.source)), _as_typed(_(recipe.published))
    origin = Sentences(
        Text("The recipe `{name}`.", name=recipe.name),
        Text("From: {source}.", source=source) if source else "",
        Text("Published result: {result}.", result=published) if published else "",
    )
    needed = _(
        "Run `pip install {packages}` first. Charts in a notebook also need `nbformat`.",
        packages=PACKAGES,
    )
    parts = [f"# {_as_typed(_(recipe.title))}", _(origin), needed]
    left_out = [_(text) for name, text in _LEFT_OUT.items() if getattr(recipe, name)]
    if left_out:
        parts.append(_("This program leaves out parts of the recipe:"))
        parts.append("\n".join(f"- {text}" for text in left_out))
    return "\n\n".join(parts)


def _as_typed(text: str) -> str:
    """A person's text in one line of Markdown."""
    return re.sub(r"([\\`*\[\]<>$]|\b_|_\b)", r"\\\1", " ".join(text.split()))


def _file_name(recipe: Recipe) -> str:
    return re.sub(r"[^\w-]", "_", recipe.name)


def _about_data(data_name: str | None) -> str:
    if is_imported(data_name):
        return _(
            "An imported data set: four NumPy files in its folder in `runs/data`. Copy that folder "
            "into the folder of this program."
        )
    text = Text("MNIST: 60,000 training and 10,000 test images of 28x28 pixels from 0 to 255.")
    if data_name == STAND_IN_NAME:
        stand_in = Text(
            "The app itself used {data} because MNIST wasn't available.", data=STAND_IN_NAME
        )
        return _(Sentences(text, stand_in))
    return _(text)


# --- data and network ---------------------------------------------------------------------


_THREE_PARTS = """

# $comment
first, last = int(0.6 * len(x_train)), int(0.8 * len(x_train))
x_valid, t_valid = x_train[first:last], t_train[first:last]
x_aside, t_aside = x_train[last:], t_train[last:]
x_train, t_train = x_train[:first], t_train[:first]"""


def load_code(data_name: str | None = None) -> str:
    """The code that loads `x_train`, `y_train`, `x_test` and `y_test`.

    Args:
        data_name: the data set; None is MNIST.
    """
    if is_imported(data_name):
        comment = _("in {folder}", folder="runs/data")
        return (
            f"folder = {literal(str(data_name))}  # {comment}\n"
            'names = ("x_train", "y_train", "x_test", "y_test")\n'
            'x_train, y_train, x_test, y_test = (np.load(f"{folder}/{name}.npy") for name in names)'
        )
    return "(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()"


def _data(recipe: Recipe, data_name: str | None) -> str:
    code = load_code(data_name)
    if recipe.train_images:
        n = recipe.train_images
        code += f"\nx_train, y_train = x_train[:{n}], y_train[:{n}]"
    code += "\nprint(x_train.shape, x_train.dtype, y_train.shape, x_test.shape, y_test.shape)\n\n"
    if recipe.one_hot:
        comment = _("This loss takes one-hot targets: 3 becomes 0 0 0 1 0 0 0 0 0 0.")
        code += (
            f"# {comment}\n"
            "t_train = keras.utils.to_categorical(y_train, 10)\n"
            "t_test = keras.utils.to_categorical(y_test, 10)"
        )
    else:
        comment = _("This loss takes the labels as integers.")
        code += f"# {comment}\nt_train, t_test = y_train, y_test"
    if recipe.validation == THREE_PARTS:
        comment = _("60% are for training, 20% for validation, and 20% are set aside.")
        code += Template(_THREE_PARTS).substitute(comment=comment)
    return code


def augmentation_code() -> str:
    """Layers that change images at random, one a line."""
    comment = _("These four layers change the images only during training.")
    return Template(_AUGMENTATION).substitute(comment=comment)


def network_code(recipe: Recipe) -> str:
    """`network = keras.Sequential([...])`, one layer a line.

    Raises:
        RecipeError: a layer's kind or setting is no name.
    """
    lines = ["    keras.Input((28, 28)),\n"]
    if recipe.scale:
        comment = _("pixels 0..255 to 0..1")
        lines.append(f"    keras.layers.Rescaling(1 / 255),  # {comment}\n")
    names = recipe.layer_names()
    shape: tuple[int, ...] | None = (28, 28)  # None where only Keras knows
    if recipe.augment:
        lines.append(augmentation_code())
        shape = (28, 28, 1)
        if not (needs_image(recipe.layers[0].kind) or recipe.layers[0].kind == "Flatten"):
            lines.append("    keras.layers.Reshape((28, 28)),\n")
            shape = (28, 28)
    outputs = _output_shapes(recipe)
    for name, layer in zip(names, recipe.layers, strict=True):
        if needs_image(layer.kind) and shape is not None and len(shape) == 2:
            shape = (*shape, 1)
            lines.append(f"    keras.layers.Reshape({shape}),\n")
        lines.append(f"    {layer_code(layer)},\n")
        kind = KINDS.get(layer.kind)
        if name in outputs:
            shape = outputs[name]
        elif not (kind and kind.pointwise):
            shape = None
    return f"network = keras.Sequential([\n{''.join(lines)}])"


def _output_shapes(recipe: Recipe) -> dict[str, tuple[int, ...]]:
    """Shape of each layer's output, by its name; empty where only Keras knows them."""
    try:
        return {layer.name: layer.output for layer in trace(recipe) or ()}
    except RecipeError:  # Keras knows more activations than are known here
        return {}


def layer_code(layer: Layer) -> str:
    """A layer as one types it: `keras.layers.Dense(units=64, activation="relu")`.

    Raises:
        RecipeError: its kind or a setting is no name.
    """
    if layer == OUTPUT:
        return 'keras.layers.Dense(10, activation="softmax")'
    return _call(f"keras.layers.{_name(layer.kind)}", layer.settings)


def _name(text: str) -> str:
    if not text.isidentifier() or keyword.iskeyword(text):
        raise RecipeError(
            Text("Layers and settings must have names such as Dense. Received: {name!r}", name=text)
        )
    return text


def _argument(name: str, value: Any) -> str:
    known = name_and_strength(value) if isinstance(value, Mapping) else None
    if name.endswith("_regularizer") and known:
        class_name, factors = REGULARIZERS[known[0]]
        return _call(f"keras.regularizers.{class_name}", dict.fromkeys(factors, known[1]))
    return literal(value)


def _call(name: str, arguments: Mapping[str, Any]) -> str:
    typed = (f"{_name(key)}={_argument(key, value)}" for key, value in arguments.items())
    return f"{name}({', '.join(typed)})"


def literal(value: Any) -> str:
    """A setting's value as Python code, with double quotes.

    Raises:
        RecipeError: it is no value that JSON can hold.
    """
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list | tuple):
        return f"({', '.join(map(literal, value))}{',' * (len(value) == 1)})"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{literal(k)}: {literal(v)}" for k, v in value.items()) + "}"
    if value is None or isinstance(value, bool | int | float):
        return repr(value)
    raise RecipeError(
        Text("A setting must be a number, a string or a list. Received: {value}", value=repr(value))
    )


# --- training -----------------------------------------------------------------------------


def _training(recipe: Recipe) -> str:
    parts = [_schedule(recipe), _optimizer(recipe)]
    fit = {"epochs": recipe.epochs, "batch_size": recipe.batch_size}
    arguments = {name: str(value) for name, value in fit.items()}
    if recipe.validation == TEST_SET:
        parts.insert(0, "".join(f"# {line}\n" for line in textwrap.wrap(_(TEST_SET_WARNING), 90)))
        arguments["validation_data"] = "(x_test, t_test)"
    elif recipe.validation == THREE_PARTS:
        arguments["validation_data"] = "(x_valid, t_valid)"
    elif recipe.validation_split:
        arguments["validation_split"] = str(recipe.validation_split)
    if recipe.early_stopping:
        parts.append(
            "stop_early = keras.callbacks.EarlyStopping(\n"
            f'    monitor="val_loss", patience={recipe.early_stopping}, restore_best_weights=True\n'
            ")\n"
        )
        arguments["callbacks"] = "[stop_early]"
    loss = literal(recipe.loss)
    parts.append(f'network.compile(optimizer=optimizer, loss={loss}, metrics=["accuracy"])\n')
    settings = "".join(f"    {name}={value},\n" for name, value in arguments.items())
    parts.append(f"history = network.fit(\n    x_train,\n    t_train,\n{settings})")
    return "".join(parts)


def _schedule(recipe: Recipe) -> str:
    """The code of a learning rate that changes from step to step; "" for a constant one."""
    code = SCHEDULE_CODE.get(recipe.schedule)
    if code is None:
        return ""
    images = "len(x_train)"
    if recipe.validation == SHARE and recipe.validation_split:
        images += f" * (1 - {recipe.validation_split})"
    over_all = _("over all epochs")
    comment = _(SCHEDULE_COMMENTS[recipe.schedule])
    return (
        f"steps = {recipe.epochs} * int(np.ceil({images} / {recipe.batch_size}))  # {over_all}\n"
        + Template(code).substitute(rate=literal(recipe.learning_rate), comment=comment)
    )


def _optimizer(recipe: Recipe) -> str:
    settings = {key: literal(value) for key, value in recipe.optimizer_settings.items()}
    if recipe.schedule in SCHEDULE_CODE:
        settings = {"learning_rate": "learning_rate", **settings}
    elif recipe.learning_rate is not None:
        settings = {"learning_rate": literal(recipe.learning_rate), **settings}
    name = OPTIMIZERS.get(recipe.optimizer.lower())
    if name:
        arguments = ", ".join(f"{_name(key)}={value}" for key, value in settings.items())
        return f"optimizer = keras.optimizers.{name}({arguments})\n"
    config = ", ".join(f"{literal(key)}: {value}" for key, value in settings.items())
    return (
        f'optimizer = keras.optimizers.get({{"class_name": {literal(recipe.optimizer)}, '
        f'"config": {{{config}}}}})\n'
    )


# --- what came of it ----------------------------------------------------------------------

_EVALUATE = "loss, accuracy = network.evaluate(x_test, t_test)"
_CURVES = """\
for metric in ("loss", "accuracy"):
    curves = {name: history.history[name] for name in history.history if metric in name}
    epochs = list(range(1, len(curves[metric]) + 1))
    figure = px.line(curves, x=epochs, y=list(curves), markers=True)
    figure.update_layout(xaxis_title="epoch", yaxis_title=metric).show()\
"""
_CONFUSION = """\
probabilities = network.predict(x_test)
predicted = probabilities.argmax(axis=1)
confusion = np.zeros((10, 10), int)
np.add.at(confusion, (y_test, predicted), 1)
px.imshow(confusion, text_auto=True, labels={"x": "predicted", "y": "true"}).show()\
"""
_HARDEST = """\
of_label = probabilities[np.arange(len(y_test)), y_test]  # $comment
hardest = of_label.argsort()[:20]
titles = [f"{$true} as {$predicted}" for n in hardest]
figure = px.imshow(x_test[hardest], facet_col=0, facet_col_wrap=5, binary_string=True, height=700)
figure.for_each_annotation(lambda title: title.update(text=titles[int(title.text.split("=")[1])]))
figure.show()\
"""


def _evaluation(recipe: Recipe) -> str:
    if recipe.validation != THREE_PARTS:
        return _EVALUATE
    comment = _("the images that were set aside")
    return f"network.evaluate(x_aside, t_aside)  # {comment}\n{_EVALUATE}"


def _hardest(class_names: Sequence[str]) -> str:
    true, predicted = "y_test[n]", "predicted[n]"
    code = ""
    if class_names:
        code = f"names = {literal(list(class_names))}\n"
        true, predicted = f"names[{true}]", f"names[{predicted}]"
    comment = _("the true label's probability")
    return code + Template(_HARDEST).substitute(true=true, predicted=predicted, comment=comment)
