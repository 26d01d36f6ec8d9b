"""Short programs that do what a page shows, in plain Keras, NumPy and Plotly.

Each function returns one that runs by itself. Those about a trained network read it from a
`.keras` file beside them. Comments are in the reader's language.
"""

from collections.abc import Sequence
from string import Template

from mnist_core.i18n import _
from mnist_core.recipes.program import augmentation_code, literal, load_code

_IMPORTS = "import keras\nimport numpy as np\nimport plotly.express as px\n\n"


def _program(data_name: str | None, code: str, **values: object) -> str:
    return f"{_IMPORTS}{load_code(data_name)}\n{Template(code).substitute(values)}"


def _split(split: str) -> dict[str, str]:
    name = "test" if split == "test" else "train"
    return {"x": f"x_{name}", "y": f"y_{name}"}


# --- a data set -----------------------------------------------------------------------------

_UNUSUAL = """
# $comment
unusual = np.empty(len(labels))
for label in np.unique(labels):
    same = np.flatnonzero(labels == label)
    distance = ((images[same] - images[same].mean(axis=0)) ** 2).sum(axis=(1, 2))
    unusual[same[distance.argsort()]] = np.linspace(0, 1, len(same))
"""
_ROWS = {
    "index": "rows = np.arange(len(labels))\n",
    "random": "rows = np.random.default_rng($seed).permutation(len(labels))\n",
    "typical": f"{_UNUSUAL}rows = unusual.argsort()\n",
    "unusual": f"{_UNUSUAL}rows = (-unusual).argsort()\n",
}
_SHOW_ROWS = """\
px.imshow(images[rows[:40]], facet_col=0, facet_col_wrap=10, binary_string=True).show()"""


def browse_example(
    data_name: str | None = None,
    split: str = "train",
    labels: Sequence[int] = (),
    order: str = "index",
    seed: int = 0,
) -> str:
    """Many images: those of some labels, in an order.

    Args:
        split: `train` or `test`.
        labels: the labels to show; none for all.
        order: see `mnist_core.data.exploration.Order`.
        seed: of the random order.
    """
    code = "images, labels = $x, $y\nprint(images.shape, images.dtype, labels.shape)\n"
    code += _ROWS[order]
    if labels:
        code += "rows = rows[np.isin(labels[rows], $chosen)]\n"
    chosen = [int(label) for label in labels]
    return _program(
        data_name,
        code + _SHOW_ROWS,
        **_split(split),
        chosen=chosen,
        seed=seed,
        comment=_(
            "For each label: 0 for the image closest to the label's mean image, 1 for the farthest."
        ),
    )


def image_example(data_name: str | None = None, split: str = "train", index: int = 0) -> str:
    """One image: its label, its numbers, and the forms in which networks take them."""
    return _program(
        data_name,
        """
image, label = $x[$index], $y[$index]
print("label", label, "as one-hot", keras.utils.to_categorical(label, 10))
print(image.shape, image.dtype)
with np.printoptions(linewidth=150):
    print(image)
px.imshow(image, color_continuous_scale="gray").show()

print("in one row", image.reshape(784).shape)
print("with a channel", image[..., np.newaxis].shape)
print("scaled", (image.astype("float32") / 255).max())
""".strip("\n"),
        **_split(split),
        index=index,
    )


def classes_example(data_name: str | None = None, split: str = "train") -> str:
    """How many images each label has, and the mean image of each."""
    return _program(
        data_name,
        """
for name, array in {
    "x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test
}.items():
    print(name, array.shape, array.dtype)
px.bar(np.bincount($y, minlength=10), labels={"index": "label", "value": "images"}).show()

means = np.stack([$x[$y == label].mean(axis=0) for label in np.unique($y)])
px.imshow(means, facet_col=0, facet_col_wrap=5, color_continuous_scale="gray").show()
""".strip("\n"),
        **_split(split),
    )


def gray_example(data_name: str | None = None, split: str = "train", threshold: int = 128) -> str:
    """How often each pixel value occurs, and images in black and white."""
    return _program(
        data_name,
        """
counts = np.bincount($x.reshape(-1), minlength=256)
px.bar(counts, log_y=True, labels={"index": "pixel value", "value": "pixels"}).show()

black_and_white = np.where(x_test[:8] >= $threshold, 255, 0)
px.imshow(black_and_white, facet_col=0, binary_string=True).show()
""".strip("\n"),
        **_split(split),
        threshold=threshold,
    )


def ink_example(data_name: str | None = None, split: str = "train") -> str:
    """How much ink each image has, and how far its digit leans."""
    return _program(
        data_name,
        """
ink = $x.mean(axis=(1, 2)) / 255  # $share
px.histogram(x=ink, color=$y, labels={"x": "ink", "color": "label"}).show()


def slant(image):
    \"\"\"$slant\"\"\"
    rows, columns = np.indices(image.shape)
    rows = rows - np.average(rows, weights=image)
    columns = columns - np.average(columns, weights=image)
    return np.degrees(np.arctan(-(rows * columns * image).sum() / (rows**2 * image).sum()))


slants = [slant(image) for image in $x[:1000]]
px.histogram(x=slants, color=$y[:1000], labels={"x": "slant", "color": "label"}).show()
""".strip("\n"),
        **_split(split),
        share=_("the mean pixel, as a share of full ink"),
        slant=_(
            "Degrees from upright, positive to the right, by the covariance of row and column."
        ),
    )


def splits_example(data_name: str | None = None, share: float = 0.1, folds: int = 5) -> str:
    """Training and validation rows by a share, and the folds of a cross-validation."""
    return _program(
        data_name,
        """
# $comment
first = int(len(x_train) * (1 - $share))
print("training", x_train[:first].shape, "validation", x_train[first:].shape)
print("test", x_test.shape)

from sklearn.model_selection import StratifiedKFold

splitter = StratifiedKFold($folds, shuffle=True, random_state=0)
for fold, (training, validation) in enumerate(splitter.split(x_train, y_train), 1):
    print("fold", fold, "training", len(training), "validation", len(validation))
""".strip("\n"),
        share=share,
        folds=folds,
        comment=_(
            "Keras's `validation_split={share}` uses the last rows for validation.", share=share
        ),
    )


def map_example(
    data_name: str | None = None, split: str = "train", count: int = 5000, tsne: bool = False
) -> str:
    """A map of random images: two numbers for each, by PCA or by t-SNE."""
    code = """
rows = np.random.default_rng(0).permutation(len($x))[:$count]
pixels = $x[rows].reshape(-1, 784) / 255
pixels -= pixels.mean(axis=0)

"""
    if tsne:
        code += """\
from sklearn.manifold import TSNE

places = TSNE(init="pca", random_state=0).fit_transform(pixels)
"""
    else:
        code += """\
# $comment
_, _, directions = np.linalg.svd(pixels, full_matrices=False)
places = pixels @ directions[:2].T
"""
    code += "px.scatter(x=places[:, 0], y=places[:, 1], color=$y[rows].astype(str)).show()"
    comment = _(
        "The two directions in which the images differ most (principal component analysis)."
    )
    return _program(data_name, code.strip("\n"), **_split(split), count=count, comment=comment)


def label_errors_example(file: str, data_name: str | None = None) -> str:
    """Test labels that are likely wrong, by confident learning (Northcutt et al. 2021)."""
    return _program(
        data_name,
        _LOAD
        + """
probabilities = network.predict(x_test)[:, :10]
# $comment
labels = np.unique(y_test)
thresholds = np.full(10, 2.0)
thresholds[labels] = [probabilities[y_test == label, label].mean() for label in labels]
confident = np.where(probabilities >= thresholds, probabilities, 0)
predicted = confident.argmax(axis=1)
likely = np.flatnonzero((confident.max(axis=1) > 0) & (predicted != y_test))
for index in likely:
    print(index, "has the label", y_test[index], "and looks like", predicted[index])
""",
        file=literal(file),
        comment=_(
            "A class counts as predicted if its probability reaches its mean on images with that "
            "label."
        ),
    )


def augmentation_example(data_name: str | None = None, split: str = "train", index: int = 0) -> str:
    """One image, changed at random many times, with layers of Keras."""
    return _program(
        data_name,
        f"""
augmentation = keras.Sequential([
{augmentation_code()}])
copies = np.repeat($x[[$index]], 20, axis=0).astype("float32")
changed = np.asarray(augmentation(copies, training=True))[..., 0]
px.imshow(changed, facet_col=0, facet_col_wrap=10, binary_string=True).show()
""".strip("\n"),
        **_split(split),
        index=index,
    )


# --- a trained network ----------------------------------------------------------------------

_LOAD = "network = keras.models.load_model($file)\n"


def evaluation_example(file: str, data_name: str | None = None) -> str:
    """A trained network: its layers, its test loss and accuracy, its confusion matrix."""
    return _program(
        data_name,
        _LOAD
        + """\
network.summary()
network.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
for images, labels in ((x_train, y_train), (x_test, y_test)):
    loss, accuracy = network.evaluate(images, labels, batch_size=500)

predicted = network.predict(x_test)[:, :10].argmax(axis=1)
confusion = np.zeros((10, 10), int)
np.add.at(confusion, (y_test, predicted), 1)
px.imshow(confusion, text_auto=True, labels={"x": "predicted", "y": "true"}).show()""",
        file=literal(file),
    )


_MISTAKE_ORDERS = {
    "loss": "of_label",  # the true label's probability, least first
    "sure": "-confidence",
    "unsure": "confidence",
    "close": "margin",
    "number": "np.arange(len(labels))",
}


def mistakes_example(
    file: str,
    data_name: str | None = None,
    *,
    rows: tuple[str, int, int] = ("test", 0, 10_000),
    label: int | None = None,
    predicted: int | None = None,
    wrong: bool = True,
    low: float = 0.0,
    high: float = 1.0,
    order: str = "loss",
) -> str:
    """The images that a network misreads, or others, in an order.

    Args:
        rows: `train` or `test`, and the first and the last row but one.
        label, predicted, wrong, low, high, order: see
            `mnist_core.review.answers.select_answers`.
    """
    name, first, last = rows
    conditions = ["predicted != labels"] if wrong else []
    conditions += [f"labels == {label}"] if label is not None else []
    conditions += [f"predicted == {predicted}"] if predicted is not None else []
    conditions += [f"confidence >= {low}"] if low > 0 else []
    conditions += [f"confidence <= {high}"] if high < 1 else []
    joined = " & ".join(f"({condition})" for condition in conditions) or "labels >= 0"
    return _program(
        data_name,
        _LOAD
        + """\
images, labels = $x[$first:$last], $y[$first:$last]
probabilities = network.predict(images)[:, :10]
predicted = probabilities.argmax(axis=1)
confidence = probabilities.max(axis=1)
second = np.sort(probabilities, axis=1)[:, -2]
margin = confidence - second  # $over_second
of_label = probabilities[np.arange(len(labels)), labels]  # $of_true

found = np.flatnonzero($conditions)
found = found[($key)[found].argsort(kind="stable")]
print(len(found), "images")
for index in found[:20]:
    print($first + index, "is", labels[index], "predicted", predicted[index], confidence[index])
if len(found):
    px.imshow(images[found[:20]], facet_col=0, facet_col_wrap=10, binary_string=True).show()""",
        file=literal(file),
        **_split(name),
        first=first,
        last=last,
        conditions=joined,
        key=_MISTAKE_ORDERS[order],
        over_second=_("over the second most likely label"),
        of_true=_("the true label's probability"),
    )


def structure_example(file: str) -> str:
    """A network's layers, shapes and parameters."""
    return Template(
        f"import keras\n\n{_LOAD}network.summary()\n"
        "for layer in network.layers:\n"
        "    for weight in layer.weights:\n"
        "        print(weight.path, weight.shape)"
    ).substitute(file=literal(file))


def layer_example(file: str, layer: str, unit: int = 0, index: int = 0) -> str:
    """What a layer gives for one test image.

    Args:
        layer: its name in the network.
        unit: the feature map or unit to show.
        index: of the test image.
    """
    return _program(
        None,
        _LOAD
        + """\
image = x_test[[$index]]
part = keras.Model(network.inputs, network.get_layer($layer).output)
output = part.predict(image)[0]
print(output.shape)
if output.ndim == 3:  # $comment
    px.imshow(output[..., $unit], color_continuous_scale="gray").show()
else:
    print(output.reshape(-1)[$unit])
    px.bar(output.reshape(-1)).show()""",
        file=literal(file),
        layer=literal(layer),
        unit=unit,
        comment=_("height, width and feature maps"),
        index=index,
    )


def flow_example(file: str, index: int = 0) -> str:
    """What every layer gives for one test image."""
    return _program(
        None,
        _LOAD
        + """\
image = x_test[[$index]]
parts = keras.Model(network.inputs, [layer.output for layer in network.layers])
for layer, output in zip(network.layers, parts.predict(image)):
    print(layer.name, output.shape[1:], "from", output.min(), "to", output.max())
    if output.ndim == 4:  # $comment
        maps = np.moveaxis(output[0], -1, 0)[:16]
        px.imshow(maps, facet_col=0, facet_col_wrap=8, title=layer.name).show()""",
        file=literal(file),
        comment=_("feature maps"),
        index=index,
    )


def saliency_example(file: str, digit: int = 0, index: int = 0) -> str:
    """The gradient of a digit's score by each pixel of one test image.

    Args:
        digit: whose score.
        index: of the test image.
    """
    return _program(
        None,
        """\
import tensorflow as tf

"""
        + _LOAD
        + """\
network.layers[-1].activation = keras.activations.linear  # $comment
pixels = tf.constant(x_test[[$index]], tf.float32)
with tf.GradientTape() as tape:
    tape.watch(pixels)
    score = network(pixels, training=False)[0, $digit]
saliency = tape.gradient(score, pixels)[0].numpy()
px.imshow(saliency, color_continuous_scale="RdBu_r", color_continuous_midpoint=0).show()""",
        file=literal(file),
        digit=digit,
        comment=_("scores instead of probabilities"),
        index=index,
    )
