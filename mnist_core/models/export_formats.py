"""The file formats that a network can be exported to."""

from dataclasses import dataclass

from mnist_core.i18n import Text
from mnist_core.models.store import StoredModel


@dataclass(frozen=True)
class ExportFormat:
    """A file format for networks.

    Attributes:
        name: as `--format` takes it.
        title: its name in texts.
        suffix: of a file's name, after the network's name.
        description: what it is for, in a line.
        packages: what its example program needs, as pip takes it.
    """

    name: str
    title: str
    suffix: str
    description: str
    packages: str


FORMATS = {
    export_format.name: export_format
    for export_format in (
        ExportFormat(
            "keras",
            "Keras",
            ".keras",
            Text("To train it further or change it in Python."),
            "keras tensorflow",
        ),
        ExportFormat(
            "savedmodel",
            "TensorFlow SavedModel",
            "-savedmodel.zip",
            Text(
                "For servers such as TensorFlow Serving, and for programs in other languages. A "
                "folder, here as a zip."
            ),
            "tensorflow",
        ),
        ExportFormat(
            "litert",
            "LiteRT",
            ".tflite",
            Text(
                "For phones, small computers and browsers; formerly TensorFlow Lite. This app "
                "recognizes digits with it."
            ),
            "ai-edge-litert",
        ),
        ExportFormat(
            "onnx",
            "ONNX",
            ".onnx",
            Text("For other frameworks and runtimes, on nearly every machine."),
            "onnxruntime",
        ),
    )
}


def export_file_name(model: StoredModel, export_format: ExportFormat) -> str:
    """The name of a network's file in a format; the example program reads the file by this name."""
    return f"{model.name}{export_format.suffix}"
