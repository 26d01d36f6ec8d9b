"""Example programs: each reads a picture with an exported network, without this project.

Comments are in the reader's language.
"""

from string import Template

from mnist_core.i18n import _
from mnist_core.models.export_formats import ExportFormat, export_file_name
from mnist_core.models.store import StoredModel

_READ_PICTURE = '''\


def pixels_of(picture):
    """$as_mnist"""
    ink = np.asarray(picture.convert("L"), np.float32)
    if np.median(ink) > 127:  # $dark_ink
        ink = 255 - ink
    rows, columns = np.nonzero(ink > 100)
    ink = ink[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    digit = Image.fromarray(ink.astype(np.uint8))
    size = [max(1, round(20 * side / max(digit.size))) for side in digit.size]
    digit = np.asarray(digit.resize(size, Image.Resampling.BOX), np.float32)
    height, width = digit.shape
    center_y = digit.sum(axis=1) @ np.arange(height) / digit.sum()
    center_x = digit.sum(axis=0) @ np.arange(width) / digit.sum()
    top = min(max(round(14 - center_y), 0), 28 - height)
    left = min(max(round(14 - center_x), 0), 28 - width)
    pixels = np.zeros((28, 28), np.float32)
    pixels[top : top + height, left : left + width] = digit
    return pixels


if len(sys.argv) > 1:
    picture = Image.open(sys.argv[1])
else:  # $drawn_here
    picture = Image.new("L", (200, 200), "white")
    ImageDraw.Draw(picture).line([(105, 30), (95, 170)], fill="black", width=18)
batch = pixels_of(picture)[np.newaxis]  # $batch

'''
_PREDICT = {
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
network = Interpreter("{file}")  # {one_at_a_time}
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


def snippet(model: StoredModel, export_format: ExportFormat) -> str:
    """A Python program that recognizes a picture with the exported file, which lies beside it."""
    names = list(model.class_names)
    about = _(
        "Recognizes a picture with the network {name!r} ({format}).",
        name=model.name,
        format=_(export_format.title),
    )
    text = (
        f'"""{about}\n\n'
        f"    pip install numpy pillow {export_format.packages}\n"
        f"    python {snippet_file_name(model, export_format)} picture.png\n"
        f'"""\n\n{_IMPORTS[export_format.name]}from PIL import Image, ImageDraw\n'
    )
    text += Template(_READ_PICTURE).substitute(
        as_mnist=_(
            "As MNIST's digits: white on black, scaled to 20x20 pixels, centered by mass in 28x28."
        ),
        dark_ink=_("dark ink on light paper"),
        drawn_here=_("without a picture: a one, drawn here"),
        batch=_("(1, 28, 28) float32, 0 paper to 255 ink"),
    )
    text += _PREDICT[export_format.name].format(
        file=export_file_name(model, export_format),
        name=model.name,
        one_at_a_time=_("predicts one image at a time"),
    )
    if names:
        text += f"names = {names!r}\n"
    if model.recipe.nondigits:
        comment = _("if it is a digit")
        text += (
            'print(f"not a digit: {probabilities[10]:.1%}")\n'
            f"probabilities = probabilities[:10] / probabilities[:10].sum()  # {comment}\n"
        )
    return (
        text + "digit = int(probabilities.argmax())\n"
        f'print(f"{{{"names[digit]" if names else "digit"}}}: {{probabilities[digit]:.1%}}")\n'
    )


def snippet_file_name(model: StoredModel, export_format: ExportFormat) -> str:
    """The name of the example program's file."""
    return f"{model.name}-{export_format.name}.py"
