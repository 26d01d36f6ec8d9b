"""A stored network exported to a file that other programs read, and checked.

An exported file is read back the way its example program reads it, and predicts 1,000 images. Its
probabilities must be those of the network's other stored file: the LiteRT file, or, for an export
to LiteRT, the Keras file.

The exports that pages make are stored in the folder of runs:

    exports/1f2e3d4c5b6a-onnx.onnx    the file; named by the start of the .keras file's SHA-256
    exports/1f2e3d4c5b6a-onnx.json    the result of its check
"""

import hashlib
import io
import json
import logging
import tempfile
import warnings
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_core import settings
from mnist_core.data.collection import load_data
from mnist_core.data.dataset import Dataset
from mnist_core.errors import DataError, ModelError
from mnist_core.i18n import Text
from mnist_core.models.export_formats import ExportFormat
from mnist_core.models.keras_network import import_tensorflow, load_keras_network
from mnist_core.models.litert import TOLERANCE, LiteNetwork
from mnist_core.models.store import StoredModel
from mnist_core.system.files import write_file
from mnist_core.system.quiet import quiet_stderr

CHECKED_IMAGES = 1000  # test images that an export predicts
MAX_STORED = 40  # exports in the folder of runs


@dataclass(frozen=True)
class ExportCheck:
    """How an exported file's probabilities compare with the network's.

    Attributes:
        images: the number of images predicted.
        data: the name of the data set that they are from.
        max_difference: the largest difference of a probability, 0..1.
        agreements: the number of images with the same predicted class.
    """

    images: int
    data: str
    max_difference: float
    agreements: int

    @property
    def summary(self) -> str:
        """The check in a sentence."""
        if self.agreements == self.images:
            return Text(
                "Checked on {images:,} test images of {data}: the same predicted class for all of "
                "them, and no probability differs by more than {difference:.1g} (allowed: "
                "{tolerance:g}).",
                images=self.images,
                data=self.data,
                difference=self.max_difference,
                tolerance=TOLERANCE,
            )
        return Text(
            "Checked on {images:,} test images of {data}: the same predicted class for {count:,} "
            "of them, and no probability differs by more than {difference:.1g} (allowed: "
            "{tolerance:g}).",
            images=self.images,
            data=self.data,
            count=self.agreements,
            difference=self.max_difference,
            tolerance=TOLERANCE,
        )


@dataclass(frozen=True)
class Export:
    """An exported file on disk, and the result of its check.

    Attributes:
        bytes: the file's size.
    """

    path: Path
    bytes: int
    check: ExportCheck


# --- exporting ----------------------------------------------------------------------------


def export_network(model: StoredModel, export_format: ExportFormat) -> bytes:
    """The content of a network's file in a format. Imports TensorFlow for SavedModel and ONNX.

    Raises:
        ModelError: the stored files are damaged, or the network can't be converted.
    """
    if export_format.name in ("keras", "litert"):
        return model.read(export_format.name)
    network = load_keras_network(model.read("keras"))
    with tempfile.TemporaryDirectory() as folder, quiet_stderr(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what the converters themselves use
        logging.getLogger("tf2onnx").setLevel(logging.CRITICAL)  # the check finds what matters
        try:
            network(np.zeros((1, 28, 28), np.float32))  # the ONNX converter wants a built model
            if export_format.name == "onnx":
                path = Path(folder) / "network.onnx"
                network.export(path, format="onnx", verbose=False)
                return _without_erfc(path.read_bytes())
            home = Path(folder) / "network"
            network.export(home, format="tf_saved_model", verbose=False)
            return _zipped(home)
        except Exception as error:  # a layer that a converter doesn't know
            raise ModelError(
                Text(
                    "{name!r} can't be exported to {format} ({error}). Export it to Keras instead.",
                    name=model.name,
                    format=export_format.title,
                    error=repr(error),
                )
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
        one_name, erf_name = f"{node.name}_one", f"{node.name}_erf"
        value = onnx.helper.make_tensor(one_name, onnx.TensorProto.FLOAT, [], [1.0])
        nodes += [
            onnx.helper.make_node("Constant", [], [one_name], value=value),
            onnx.helper.make_node("Erf", list(node.input), [erf_name]),
            onnx.helper.make_node("Sub", [one_name, erf_name], list(node.output)),
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


# --- checking -----------------------------------------------------------------------------


def load_check_data(model: StoredModel) -> Dataset:
    """Test images to check an export with.

    They are those of the data that the network was trained on or, where it isn't on this machine
    any more, MNIST's. Any images will do, as two files of the same network predict them.

    Raises:
        DataError: MNIST can't be read.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about stand-ins: the check names the data set
        try:
            return load_data(model.data_name, train=False)
        except DataError:
            return load_data(train=False)


def check_export(
    model: StoredModel, export_format: ExportFormat, content: bytes, dataset: Dataset
) -> ExportCheck:
    """Compare an exported file with the network's other stored file.

    Args:
        content: as `export_network` gives it.
        dataset: both predict its first 1,000 test images.

    Raises:
        ModelError: the file can't be read, or a probability differs by more than `TOLERANCE`.
    """
    images = dataset.x_test[:CHECKED_IMAGES].astype(np.float32)
    about = {"format": export_format.title, "name": model.name}
    try:
        probabilities = PREDICTORS[export_format.name](content, images)
    except Exception as error:  # whatever a runtime may raise
        raise ModelError(
            Text(
                "The {format} file of {name!r} can't be read ({error}), so it was discarded.",
                error=repr(error),
                **about,
            )
        ) from error
    other = "keras" if export_format.name == "litert" else "litert"
    expected = PREDICTORS[other](model.read(other), images)
    if probabilities.shape != expected.shape:
        raise ModelError(
            Text(
                "The {format} file of {name!r} has outputs of shape {shape}, expected {expected}, "
                "so it was discarded.",
                shape=str(probabilities.shape[1:]),
                expected=str(expected.shape[1:]),
                **about,
            )
        )
    difference = float(np.abs(probabilities - expected).max())
    if not difference <= TOLERANCE:
        raise ModelError(
            Text(
                "The {format} file of {name!r} gives other probabilities than the network: one "
                "differs by {difference:.2g}, expected {tolerance:g} at most. It was discarded.",
                difference=difference,
                tolerance=TOLERANCE,
                **about,
            )
        )
    agreements = int((probabilities.argmax(axis=1) == expected.argmax(axis=1)).sum())
    return ExportCheck(len(images), dataset.name, difference, agreements)


def _predict_keras(content: bytes, images: NDArray[np.float32]) -> NDArray[np.float32]:
    network = load_keras_network(content)
    with import_tensorflow().device("cpu"):  # a GPU's shortened floats (TF32) would differ by more
        return np.asarray(network(images, training=False))


def _predict_savedmodel(content: bytes, images: NDArray[np.float32]) -> NDArray[np.float32]:
    tensorflow = import_tensorflow()
    with tempfile.TemporaryDirectory() as folder, quiet_stderr():
        with zipfile.ZipFile(io.BytesIO(content)) as file:
            file.extractall(folder)
        with tensorflow.device("cpu"):
            network = tensorflow.saved_model.load(folder)  # its functions live as long as it
            return np.asarray(network.serve(images))


def _predict_litert(content: bytes, images: NDArray[np.float32]) -> NDArray[np.float32]:
    with quiet_stderr():
        return LiteNetwork(content).predict(images)


def _predict_onnx(content: bytes, images: NDArray[np.float32]) -> NDArray[np.float32]:
    import onnxruntime

    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    probabilities: NDArray[np.float32] = session.run(None, {"pixels": images})[0]
    return probabilities


PREDICTORS: dict[str, Callable[[bytes, NDArray[np.float32]], NDArray[np.float32]]] = {
    "keras": _predict_keras,
    "savedmodel": _predict_savedmodel,
    "litert": _predict_litert,
    "onnx": _predict_onnx,
}


# --- stored exports, for pages ------------------------------------------------------------


def stored_export(model: StoredModel, export_format: ExportFormat) -> Export | None:
    """The file that `make_export` made before; None if it is gone, cut or altered."""
    path, record_path = _paths(model, export_format)
    try:
        record = json.loads(record_path.read_text("utf-8"))
        if hashlib.sha256(path.read_bytes()).hexdigest() != record["sha256"]:
            return None
        check = record["check"]
        return Export(
            path,
            record["bytes"],
            ExportCheck(check["images"], check["data"], check["difference"], check["same"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def make_export(
    model: StoredModel, export_format: ExportFormat, max_stored: int = MAX_STORED
) -> Export:
    """Export a network, check the file and store it. Imports TensorFlow.

    Args:
        max_stored: exports of any network that are stored; the oldest are deleted.

    Raises:
        ModelError: see `export_network` and `check_export`; or the file can't be stored.
    """
    content = export_network(model, export_format)
    check = check_export(model, export_format, content, load_check_data(model))
    path, record_path = _paths(model, export_format)
    record = {
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "check": {
            "images": check.images,
            "data": check.data,
            "difference": check.max_difference,
            "same": check.agreements,
        },
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_file(path, content, durable=False)
        write_file(record_path, json.dumps(record).encode(), durable=False)
    except OSError as error:
        raise ModelError(
            Text(
                "The exported file can't be stored in {folder} ({reason}). Free some space, or set "
                "MNIST_CORE_RUNS to a folder that can be written.",
                folder=str(path.parent),
                reason=error.strerror,
            )
        ) from error
    _delete_oldest(path.parent, max_stored)
    return Export(path, len(content), check)


def _paths(model: StoredModel, export_format: ExportFormat) -> tuple[Path, Path]:
    """(the exported file, the result of its check)."""
    digest = str(model.card["files"]["keras"]["sha256"])[:12]
    stem = f"{digest}-{export_format.name}"
    home = settings.runs_dir() / "exports"
    return home / f"{stem}{export_format.suffix}", home / f"{stem}.json"


def _delete_oldest(home: Path, max_stored: int) -> None:
    with suppress(OSError):
        records = sorted(home.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
        for record in records[max_stored:]:
            for path in home.glob(f"{record.stem}*"):
                path.unlink(missing_ok=True)
