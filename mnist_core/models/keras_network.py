"""A stored network as a Keras model, for what needs TensorFlow."""

import tempfile
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnist_core.system.quiet import quiet_stderr

if TYPE_CHECKING:
    import keras


def import_tensorflow() -> Any:
    """TensorFlow, set up as for training: its devices, and Keras's backend."""
    import_module("mnist_core.training.loop")
    import tensorflow

    return tensorflow


def load_keras_network(content: bytes) -> "keras.Model":
    """The Keras model in a `.keras` file, not compiled. Imports TensorFlow.

    Args:
        content: as `StoredModel.read("keras")` gives it.

    Raises:
        ValueError, OSError: the content is no such file.
    """
    keras = import_tensorflow().keras
    with tempfile.TemporaryDirectory() as folder, quiet_stderr():
        path = Path(folder) / "network.keras"
        path.write_bytes(content)
        return keras.models.load_model(path, compile=False)
