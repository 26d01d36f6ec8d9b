"""The built-in recipes: the tutorials' networks, and our own."""

import re
from typing import Any

from mnist_core.i18n import Text
from mnist_core.recipes.recipe import OUTPUT, Layer, Recipe, layer

# Recipes are stored as JSON, so their texts are plain strings; `Text` lets `make texts` find them.

# --- the tutorials' networks --------------------------------------------------------------

SIGMOID_MLP = Recipe(
    name="sigmoid_mlp",
    title=str(Text("Two sigmoid layers on unscaled pixels")),
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
    published=str(Text("about 93% (validated on the test set)")),
    lesson=str(
        Text(
            "Its pixels are 0 to 255, but networks learn best from small numbers. With the pixels "
            "divided by 255 (the setting `scale`), the same network gets 97.5% instead of 93%."
        )
    ),
)

DENSE_512 = Recipe(
    name="dense_512",
    title=str(Text("One wide dense layer")),
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
    published=str(Text("97.75% (loss 0.0774) and 98.08%")),
)

SIMPLE_CNN = Recipe(
    name="simple_cnn",
    title=str(Text("One convolution, then dense")),
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
    title=str(Text("Two convolutions with dropout, on unscaled pixels")),
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
    seed=2,  # the best validation accuracy of the seeds 0, 1 and 2
    source="机器学习项目实战识别mnist数据集识别图片数字",
    published=str(Text("shown in a picture only")),
)

# --- our own ------------------------------------------------------------------------------


def _normalized_conv(*, momentum: float | None = None, **settings: Any) -> tuple[Layer, ...]:
    """A convolution with batch normalization before its activation.

    Args:
        momentum: of the moving averages of the normalization. Default: Keras's own.
        settings: of the convolution.
    """
    return (
        layer("Conv2D", **settings, use_bias=False),  # the normalization has a bias of its own
        layer("BatchNormalization", **({"momentum": momentum} if momentum else {})),
        layer("Activation", activation="relu"),
    )


PEN = Recipe(
    name="pen",
    title=str(Text("Made for drawings")),
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
    epochs=22,
    batch_size=128,
    validation_split=0.05,  # to calibrate its probabilities on
    augment="pen",
    nondigits=0.1,
    handwriting=0.15,
    seed=1,
    source=str(Text("this project")),
)

FAST_CNN = Recipe(
    name="fast_cnn",
    title=str(Text("Trained while you wait")),
    layers=(
        # No bias and no dropout here: they take a fifth of the time and don't improve accuracy.
        layer("Conv2D", filters=16, kernel_size=5, activation="relu", use_bias=False),
        layer("MaxPooling2D", pool_size=2),
        # With so few steps, the moving averages have to adapt quickly.
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
    source=str(Text("this project")),
    lesson=str(
        Text(
            "It has few parameters, and a learning rate that is high at first and low at the end. "
            "After two epochs it is as good as the tutorials' networks ever get; more "
            "epochs improve it "
            "further."
        )
    ),
)

RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (PEN, SIGMOID_MLP, DENSE_512, SIMPLE_CNN, DROPOUT_CNN, FAST_CNN)
}

_NAMES = {
    "pen": "Pen",
    "sigmoid_mlp": "Sigmoid MLP",
    "dense_512": "Dense 512",
    "simple_cnn": "Simple CNN",
    "dropout_cnn": "Dropout CNN",
    "fast_cnn": "Fast CNN",
}


def display_name(name: str) -> str:
    """The name of a recipe, a run or a stored model, as people see it.

    The built-in names are written out, also with a number behind them (`fast_cnn-2` is "Fast CNN
    2"); a name that a person chose stays as it is.
    """
    match = re.fullmatch(r"(.+?)(?:[ -](\d+))?", name)
    known, number = (_NAMES.get(match[1]), match[2]) if match else (None, None)
    if known is None:
        return name
    return f"{known} {number}" if number else known
