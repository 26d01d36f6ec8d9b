"""A stored network to take along: in four forms that other programs read, each one checked.

A form is read back as its snippet reads it and asked about 1,000 images. What it says must be what
the network's other stored form says: LiteRT's, with which the app answers, or, of the LiteRT file
itself, Keras's. `model_card` says in Markdown what the network is.

What pages asked for is kept in the folder of runs:

    exports/1f2e3d4c5b6a-onnx.onnx    the file; named by the start of the .keras file's SHA-256
    exports/1f2e3d4c5b6a-onnx.json    what the check found
"""

import io
import json
import logging
import tempfile
import warnings
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core import settings
from mnist_core.data.collection import load_data
from mnist_core.data.dataset import Dataset, label_name
from mnist_core.errors import DataError, ModelError, RecipeError
from mnist_core.models.litert import LiteNetwork
from mnist_core.models.store import StoredModel
from mnist_core.recipes.recipe import OUTPUT, Recipe, layer
from mnist_core.recipes.trace import trace
from mnist_core.system.files import write_file
from mnist_core.system.quiet import quiet_stderr

CHECKED = 1000  # test images that an export is asked about
TOLERANCE = 1e-4  # most that a probability may differ; the forms add up in another order
KEPT = 40  # files in the folder of exports


@dataclass(frozen=True)
class Form:
    """A form of a network.

    Attributes:
        name: as `--format` takes it.
        title: as people say it.
        ending: of the file's name, after the network's.
        about: what it is for, in a line.
        packages: what its snippet needs, as pip takes it.
    """

    name: str
    title: str
    ending: str
    about: str
    packages: str


FORMS = {
    form.name: form
    for form in (
        Form(
            "keras",
            "Keras",
            ".keras",
            "To train it further or change it in Python.",
            "keras tensorflow",
        ),
        Form(
            "savedmodel",
            "TensorFlow SavedModel",
            "-savedmodel.zip",
            "For servers such as TensorFlow Serving, and for programs in other languages. A "
            "folder, here as a zip.",
            "tensorflow",
        ),
        Form(
            "litert",
            "LiteRT",
            ".tflite",
            "For phones, small computers and browsers; once called TensorFlow Lite. This app "
            "answers with it.",
            "ai-edge-litert",
        ),
        Form(
            "onnx",
            "ONNX",
            ".onnx",
            "What other frameworks and runtimes read, on nearly every machine.",
            "onnxruntime",
        ),
    )
}


@dataclass(frozen=True)
class Check:
    """What an export said of the images that it was asked about.

    Attributes:
        images: how many, and `data` which.
        difference: the largest difference of a probability, 0..1.
        same: of how many images the likeliest answer is the same.
    """

    images: int
    data: str
    difference: float
    same: int

    @property
    def words(self) -> str:
        """As a sentence."""
        return (
            f"Checked on {self.images:,} test images of {self.data}: the same likeliest answer on "
            f"{'all' if self.same == self.images else f'{self.same:,}'} of them, no probability "
            f"off by more than {self.difference:.1g} (allowed: {TOLERANCE:g})."
        )


@dataclass(frozen=True)
class Export:
    """An exported file that is kept on disk, and what its check found."""

    path: Path
    bytes: int
    check: Check


def file_name(model: StoredModel, form: Form) -> str:
    """What the exported file is called; the snippet reads it by that name."""
    return f"{model.name}{form.ending}"


# --- writing and checking -----------------------------------------------------------------


def export_network(model: StoredModel, form: Form) -> bytes:
    """A network's file in a form. Imports TensorFlow for SavedModel and ONNX.

    Raises:
        ModelError: its files are damaged, or it can't be written in this form.
    """
    if form.name in ("keras", "litert"):
        return model.read(form.name)
    network = _keras_network(model.read("keras"))
    with tempfile.TemporaryDirectory() as folder, quiet_stderr(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what the converters themselves use
        logging.getLogger("tf2onnx").setLevel(logging.CRITICAL)  # the check says what matters
        try:
            if form.name == "onnx":
                path = Path(folder) / "network.onnx"
                network.export(path, format="onnx", verbose=False)
                return _without_erfc(path.read_bytes())
            home = Path(folder) / "network"
            network.export(home, format="tf_saved_model", verbose=False)
            return _zipped(home)
        except Exception as error:  # a layer that a converter doesn't know
            raise ModelError(
                f"{model.name!r} can't be written as {form.title} ({error!r}). Its .keras file "
                "can be taken instead."
            ) from error


def _without_erfc(content: bytes) -> bytes:
    """An ONNX file with 1 - Erf for TensorFlow's Erfc, a part of GELU, which ONNX doesn't have."""
    import onnx

    model = onnx.load_from_string(content)
    nodes = []
    for node in model.graph.node:
        if node.op_type != "Erfc":
            nodes.append(node)
            continue
        one, erf = f"{node.name}_one", f"{node.name}_erf"
        value = onnx.helper.make_tensor(one, onnx.TensorProto.FLOAT, [], [1.0])
        nodes += [
            onnx.helper.make_node("Constant", [], [one], value=value),
            onnx.helper.make_node("Erf", list(node.input), [erf]),
            onnx.helper.make_node("Sub", [one, erf], list(node.output)),
        ]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    return model.SerializeToString()


def _zipped(home: Path) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as file:
        for path in sorted(home.rglob("*")):
            file.write(path, path.relative_to(home))
    return content.getvalue()


def test_set(model: StoredModel) -> Dataset:
    """Images to ask about: those of the data that it learned from, or, where that is not here any
    more, MNIST's. Any will do, as two forms of the same network are asked."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what stands in; a check says which images they were
        try:
            return load_data(model.data_name, train=False)
        except DataError:
            return load_data(train=False)


def check_export(model: StoredModel, form: Form, content: bytes, dataset: Dataset) -> Check:
    """Ask an exported file and the network's other stored form about the same images.

    Args:
        content: as `export_network` gives it.
        dataset: whose first 1,000 test images they are.

    Raises:
        ModelError: it can't be read, or doesn't say the same within `TOLERANCE`.
    """
    images = dataset.x_test[:CHECKED].astype(np.float32)
    try:
        answers = ANSWERS[form.name](content, images)
    except Exception as error:  # whatever a runtime may raise
        raise ModelError(
            f"The {form.title} file of {model.name!r} can't be read again ({error!r}). It is not "
            "given out."
        ) from error
    other = "keras" if form.name == "litert" else "litert"
    expected = ANSWERS[other](model.read(other), images)
    if answers.shape != expected.shape:
        raise ModelError(
            f"The {form.title} file of {model.name!r} gives {answers.shape[1:]} numbers instead "
            f"of {expected.shape[1:]}. It is not given out."
        )
    difference = float(np.abs(answers - expected).max())
    if not difference <= TOLERANCE:
        raise ModelError(
            f"The {form.title} file of {model.name!r} says something else than the network: a "
            f"probability differs by {difference:.2g}, expected {TOLERANCE:g} at most. It is not "
            "given out."
        )
    same = int((answers.argmax(axis=1) == expected.argmax(axis=1)).sum())
    return Check(len(images), dataset.name, difference, same)


def _tensorflow() -> Any:
    import_module("mnist_core.training.loop")  # first: it says how TensorFlow starts
    import tensorflow

    return tensorflow


def _keras_network(content: bytes) -> Any:
    keras = _tensorflow().keras
    with tempfile.TemporaryDirectory() as folder, quiet_stderr():
        path = Path(folder) / "network.keras"
        path.write_bytes(content)
        network = keras.models.load_model(path, compile=False)
        network(np.zeros((1, 28, 28), np.float32))  # the ONNX converter wants it to have run
        return network


def _keras_answers(content: bytes, images: NDArray[np.float32]) -> NDArray[np.float32]:
    network = _keras_network(content)
    with _tensorflow().device("cpu"):  # a GPU's shortened floats (TF32) would differ by more
        return np.asarray(network(images, training=False))


def _savedmodel_answers(content: bytes, images: NDArray[np.float32]) -> NDArray[np.float32]:
    tensorflow = _tensorflow()
    with tempfile.TemporaryDirectory() as folder, quiet_stderr():
        with zipfile.ZipFile(io.BytesIO(content)) as file:
            file.extractall(folder)
        with tensorflow.device("cpu"):
            network = tensorflow.saved_model.load(folder)  # its functions live as long as it
            return np.asarray(network.serve(images))


def _litert_answers(content: bytes, images: NDArray[np.float32]) -> NDArray[np.float32]:
    with quiet_stderr():
        return LiteNetwork(content).predict(images)


def _onnx_answers(content: bytes, images: NDArray[np.float32]) -> NDArray[np.float32]:
    import onnxruntime

    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    answers: NDArray[np.float32] = session.run(None, {"pixels": images})[0]
    return answers


ANSWERS: dict[str, Callable[[bytes, NDArray[np.float32]], NDArray[np.float32]]] = {
    "keras": _keras_answers,
    "savedmodel": _savedmodel_answers,
    "litert": _litert_answers,
    "onnx": _onnx_answers,
}


# --- kept on disk, for pages --------------------------------------------------------------


def kept_export(model: StoredModel, form: Form) -> Export | None:
    """The file that was exported and checked before, if it is still there."""
    content, record = _places(model, form)
    try:
        found = json.loads(record.read_text("utf-8"))
        if content.stat().st_size != found["bytes"]:
            return None
        return Export(content, found["bytes"], Check(**found["check"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def make_export(model: StoredModel, form: Form) -> Export:
    """Export, check and keep a network's file. Imports TensorFlow.

    Raises:
        ModelError: see `export_network` and `check_export`; or it can't be kept.
    """
    content = export_network(model, form)
    check = check_export(model, form, content, test_set(model))
    path, record = _places(model, form)
    found = {"bytes": len(content), "check": asdict(check)}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_file(path, content, durable=False)
        write_file(record, json.dumps(found).encode(), durable=False)
    except OSError as error:
        raise ModelError(
            f"The exported file could not be kept in {path.parent} ({error.strerror}). Free some "
            "space, or set MNIST_CORE_RUNS to a folder that can be written."
        ) from error
    _forget_old(path.parent)
    return Export(path, len(content), check)


def _places(model: StoredModel, form: Form) -> tuple[Path, Path]:
    """(the file, what its check found)."""
    digest = str(model.card["files"]["keras"]["sha256"])[:12]
    home = settings.runs_dir() / "exports"
    return home / f"{digest}-{form.name}{form.ending}", home / f"{digest}-{form.name}.json"


def _forget_old(home: Path) -> None:
    """Keep the newest; the others are made again when they are asked for."""
    with suppress(OSError):
        records = sorted(home.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
        for record in records[KEPT:]:
            for path in home.glob(f"{record.stem}*"):
                path.unlink(missing_ok=True)


# --- a snippet of code --------------------------------------------------------------------

_READ = '''\


def pixels_of(picture):
    """As MNIST has its digits: white on black, in 20x20 pixels, centred by mass in 28x28."""
    ink = np.asarray(picture.convert("L"), np.float32)
    if np.median(ink) > 127:  # dark ink on light paper
        ink = 255 - ink
    rows, columns = np.nonzero(ink > 100)
    ink = ink[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    digit = Image.fromarray(ink.astype(np.uint8))
    size = [max(1, round(20 * side / max(digit.size))) for side in digit.size]
    digit = np.asarray(digit.resize(size, Image.Resampling.BOX), np.float32)
    height, width = digit.shape
    down = digit.sum(axis=1) @ np.arange(height) / digit.sum()
    right = digit.sum(axis=0) @ np.arange(width) / digit.sum()
    top, left = (min(max(round(14 - at), 0), 28 - side) for at, side in
                 ((down, height), (right, width)))
    pixels = np.zeros((28, 28), np.float32)
    pixels[top : top + height, left : left + width] = digit
    return pixels


if len(sys.argv) > 1:
    picture = Image.open(sys.argv[1])
else:  # without a picture: a one, drawn here
    picture = Image.new("L", (200, 200), "white")
    ImageDraw.Draw(picture).line([(105, 30), (95, 170)], fill="black", width=18)
batch = pixels_of(picture)[np.newaxis]  # (1, 28, 28) float32, 0 paper to 255 ink

'''
_CALLS = {
    "keras": """\
network = keras.models.load_model("{file}")
probabilities = np.asarray(network(batch, training=False))[0]
""",
    "savedmodel": """\
zipfile.ZipFile("{file}").extractall("{name}-savedmodel")
network = tf.saved_model.load("{name}-savedmodel")
probabilities = network.serve(batch).numpy()[0]
""",
    "litert": """\
network = Interpreter("{file}")  # answers one image at a time
network.allocate_tensors()
network.set_tensor(network.get_input_details()[0]["index"], batch)
network.invoke()
probabilities = network.get_tensor(network.get_output_details()[0]["index"])[0]
""",
    "onnx": """\
network = onnxruntime.InferenceSession("{file}")
probabilities = network.run(None, {{"pixels": batch}})[0][0]
""",
}
_IMPORTS = {
    "keras": "import sys\n\nimport keras\nimport numpy as np\n",
    "savedmodel": "import sys\nimport zipfile\n\nimport numpy as np\nimport tensorflow as tf\n",
    "litert": (
        "import sys\n\nimport numpy as np\nfrom ai_edge_litert.interpreter import Interpreter\n"
    ),
    "onnx": "import sys\n\nimport numpy as np\nimport onnxruntime\n",
}


def snippet(model: StoredModel, form: Form) -> str:
    """A program that reads a picture with the exported file, which lies beside it."""
    names = class_names(model)
    text = (
        f'"""Reads a picture with the network {model.name!r} ({form.title}).\n\n'
        f"    pip install numpy pillow {form.packages}\n"
        f"    python {snippet_name(model, form)} picture.png\n"
        f'"""\n\n{_IMPORTS[form.name]}from PIL import Image, ImageDraw\n'
    )
    text += _READ + _CALLS[form.name].format(file=file_name(model, form), name=model.name)
    if names:
        text += f"names = {names!r}\n"
    if model.recipe.nondigits:
        text += (
            'print(f"not a digit: {probabilities[10]:.1%}")\n'
            "probabilities = probabilities[:10] / probabilities[:10].sum()  # provided it is one\n"
        )
    return (
        text + "digit = int(probabilities.argmax())\n"
        f'print(f"{{{"names[digit]" if names else "digit"}}}: {{probabilities[digit]:.1%}}")\n'
    )


def snippet_name(model: StoredModel, form: Form) -> str:
    """What the snippet's file is called."""
    return f"{model.name}-{form.name}.py"


def class_names(model: StoredModel) -> list[str]:
    """What the labels 0 to 9 stand for; empty where they are digits."""
    return [str(name) for name in model.card["data"].get("class_names") or ()]


# --- the model card -----------------------------------------------------------------------


def model_card(model: StoredModel) -> str:
    """What a network is, what it was trained on, how good it is and what it can't do: Markdown.

    After Mitchell et al. 2019, "Model Cards for Model Reporting",
    https://arxiv.org/abs/1810.03993.
    """
    parts = (_what, _trained, _how_good, _limits, _use)
    return "\n\n".join(f"{part(model)}" for part in parts) + "\n"


def _what(model: StoredModel) -> str:
    recipe, names = model.recipe, class_names(model)
    reads = f"which of ten things of {model.data_name}" if names else "which handwritten digit"
    more = ", and how likely it is none of them" if recipe.nondigits else ""
    inputs = "The network itself divides them by 255." if recipe.scale else "They stay unscaled."
    text = (
        f"# {model.name}\n\n{recipe.title}. A small neural network that says {reads} a picture "
        f"shows{more}.\n\n"
        "- It takes `(n, 28, 28)` float32: 28x28 pixels, 0 paper to 255 ink (light on dark). "
        f"{inputs}\n"
        f"- It gives `(n, {recipe.classes})` float32: {_outputs(recipe)}.\n"
        f"- Parameters (numbers that were learned): {model.card['parameters']:,}.\n"
        f"- Made on {model.card['created'][:10]} with Keras {model.card['versions']['keras']} and "
        f"TensorFlow {model.card['versions']['tensorflow']}.\n"
        f"- SHA-256 of its .keras file: `{model.card['files']['keras']['sha256']}`"
    )
    if names:
        text += (
            "\n\nIts answers are: "
            + ", ".join(label_name(label, names) for label in range(len(names)))
            + "."
        )
    return f"{text}\n\n## Layers\n\n{_layers(recipe)}"


def _outputs(recipe: Recipe) -> str:
    if recipe.nondigits:
        return 'probabilities of 0 to 9 and, last, of "not a digit"; together 1'
    return "probabilities of 0 to 9; together 1"


def _layers(recipe: Recipe) -> str:
    try:
        traced = trace(recipe)
    except RecipeError:
        traced = None
    if traced is None:
        return "\n".join(f"1. `{one}`" for one in recipe.layers)
    rows = []
    for found, one in zip(traced, recipe.layers, strict=True):
        shown = (
            layer(one.kind, **{**one.settings, "units": recipe.classes}) if one == OUTPUT else one
        )
        count = f"{found.parameters:,} = {found.arithmetic}" if found.parameters else ""
        gives = " x ".join(map(str, found.output))
        rows.append(f"| {found.name} | `{shown}` | {gives} | {count} |")
    return "\n".join(["| layer | settings | gives | parameters |", "|---|---|---|---|", *rows])


def _trained(model: StoredModel) -> str:
    recipe, card = model.recipe, model.card
    data = card["data"]
    origin = (
        " MNIST's digits were written by employees of the US Census Bureau and by US high-school "
        "students."
        if data["verified"]
        else ""
    )
    lines = [
        f"- Data: {data['train_images']:,} images of {data['name']} "
        f"(SHA-256 of all its arrays `{data['digest'][:12]}…`).{origin}",
        f"- {len(card['history']['loss'])} epochs (times through all images), {recipe.batch_size} "
        f"images a step, optimizer {recipe.optimizer}, loss {recipe.loss}, seed {recipe.seed}.",
        f"- It took {card['seconds']:,.0f} s on: {card['device']}.",
    ]
    if recipe.augment:
        lines.append(
            f"- Augmentation `{recipe.augment}`: each image is changed at random every time it is "
            "seen."
        )
    if recipe.nondigits:
        lines.append(
            f"- Pictures of what is no digit are added to each step: {recipe.nondigits:.0%} of it."
        )
    if card["stopped"]:
        lines.append("- **The training was stopped before its end.**")
    lines.append(f"- To repeat it: `{recipe.command()}`")
    source = f"\n\nThe recipe is from: {recipe.source}." if recipe.source else ""
    return "## Training\n\n" + "\n".join(lines) + source


def _how_good(model: StoredModel) -> str:
    found, recipe = model.evaluation, model.recipe
    low, high = found.accuracy_interval
    names = class_names(model)
    told = [label_name(label, names) for label in range(10)]
    mistakes = sorted(
        (
            (count, told[true], told[read])
            for true, row in enumerate(found.confusion_matrix)
            for read, count in enumerate(row)
            if count and true != read
        ),
        reverse=True,
    )[:5]
    text = (
        f"## How good it is\n\nOn the {found.n:,} test images of {model.data_name}, which it was "
        f"not trained on: accuracy **{found.accuracy:.2%}** (95% interval {low:.2%} to "
        f"{high:.2%}), loss {found.loss:.4f}."
    )
    if recipe.published:
        text += f" Published by the recipe's source: {recipe.published}."
    text += "\n\n| | precision | recall | F1 | images |\n|---|---|---|---|---|\n" + "\n".join(
        f"| {told[one.digit]} | {one.precision:.2%} | {one.recall:.2%} | {one.f1:.2%} | "
        f"{one.support:,} |"
        for one in found.per_class
    )
    text += (
        "\n\nPrecision: of the images read as this, the share that are. Recall: of the images that "
        "are this, the share read so. F1: their harmonic mean."
    )
    if mistakes:
        text += (
            "\n\nIts commonest mistakes: "
            + "; ".join(
                f"{true} read as {read} ({count} {'time' if count == 1 else 'times'})"
                for count, true, read in mistakes
            )
            + "."
        )
    calibration = model.card["calibration"]
    temperature = calibration["temperature"]
    if calibration["images"]:
        text += (
            f"\n\nThe probabilities above were calibrated on {calibration['images']:,} validation "
            f"images: p^(1/{temperature:g}), brought back to a sum of 1 (temperature scaling). "
            "The exported files give them as the network does, without that."
        )
    else:
        text += (
            "\n\nIts probabilities were not calibrated, as no images were kept back for that: it "
            "may be surer than it should be."
        )
    return text


def _limits(model: StoredModel) -> str:
    recipe, names = model.recipe, class_names(model)
    lines = [
        "- It always answers with one of its ten classes"
        + (
            ", but says beside that how likely the picture shows none of them; letters and signs "
            "that look like digits still pass."
            if recipe.nondigits
            else ". It has no way to say that a picture shows none of them: a letter or a "
            "scribble is read as something, often with high confidence."
        ),
        "- It reads one "
        + ("thing" if names else "digit")
        + " in 28x28 pixels, prepared as its training images were"
        + (
            "."
            if names
            else ": light on dark, fitted into 20x20 pixels, centred by mass. Drawings and "
            "photographs that are only shrunk to 28x28 are read much worse."
        ),
        "- The test images come from the same source as the training images. Other hands, pens "
        "and countries' ways to write are read less well than the figures above say"
        + (", though it was trained on changed digits for that." if recipe.augment else "."),
        "- The test set is public and small; after many tries by many people, a difference of a "
        "few tenths of a per cent means little.",
        "- It is made for learning. Don't let it decide anything that matters to anybody.",
    ]
    if not model.card["data"]["verified"] and not names:
        lines.insert(0, f"- It was not trained on MNIST but on {model.data_name}.")
    return "## Limits\n\n" + "\n".join(lines)


def _use(model: StoredModel) -> str:
    rows = "\n".join(
        f"| {form.title} | `{file_name(model, form)}` | {form.about} |" for form in FORMS.values()
    )
    return (
        "## Use\n\n| form | file | for |\n|---|---|---|\n"
        f"{rows}\n\n`python -m mnist_core export {model.name}` writes all of them, each with a "
        f"program that reads a picture with it. Each file is checked on {CHECKED:,} test images: "
        f"no probability differs from the network's by more than {TOLERANCE:g}."
    )
