"""MNIST from the data to the answer: load, train, cache, evaluate, recognise.

    import mnist_core

    dataset = mnist_core.load_mnist()
    model = mnist_core.train_or_load(mnist_core.get_recipe("dense_512"), dataset)
    print(model.evaluation.accuracy)

    recognizer = mnist_core.Recognizer.load()
    print(recognizer.recognize(mnist_core.load_picture("seven.png")).digit)

Importing this imports neither TensorFlow nor Streamlit. `train` imports TensorFlow when used.
"""

from typing import TYPE_CHECKING, Any

from mnist_core.data.dataset import Dataset
from mnist_core.data.mnist import load_mnist
from mnist_core.drawing.normalize import Drawing, load_picture, normalize_drawing, prepare_drawing
from mnist_core.errors import (
    DataError,
    DownloadError,
    DrawingError,
    MnistCoreError,
    ModelError,
    RecipeError,
    RunError,
    StudyError,
)
from mnist_core.metrics.classification import Evaluation, evaluate_probabilities
from mnist_core.models.recognition import Reading, Recognition
from mnist_core.models.recognizer import Recognizer
from mnist_core.models.store import StoredModel, list_models, open_model
from mnist_core.models.train_or_load import train_or_load
from mnist_core.recipes.build import build_model
from mnist_core.recipes.builtin import RECIPES
from mnist_core.recipes.recipe import Layer, Recipe, layer
from mnist_core.recipes.saved import get_recipe
from mnist_core.runs.runs import Run, list_runs, open_run, resume_run, start_run, stop_run

if TYPE_CHECKING:
    from mnist_core.training.loop import TrainedModel, train
    from mnist_core.training.progress import Progress

__version__ = "0.1.0"

__all__ = [
    "RECIPES",
    "DataError",
    "Dataset",
    "DownloadError",
    "Drawing",
    "DrawingError",
    "Evaluation",
    "Layer",
    "MnistCoreError",
    "ModelError",
    "Progress",
    "Reading",
    "Recipe",
    "RecipeError",
    "Recognition",
    "Recognizer",
    "Run",
    "RunError",
    "StoredModel",
    "StudyError",
    "TrainedModel",
    "build_model",
    "evaluate_probabilities",
    "get_recipe",
    "layer",
    "list_models",
    "list_runs",
    "load_mnist",
    "load_picture",
    "normalize_drawing",
    "open_model",
    "open_run",
    "prepare_drawing",
    "resume_run",
    "start_run",
    "stop_run",
    "train",
    "train_or_load",
]


def __getattr__(name: str) -> Any:
    # What needs TensorFlow is imported when it is first asked for.
    if name in ("Progress", "TrainedModel", "train"):
        from mnist_core.training import loop as training

        return getattr(training, name)
    raise AttributeError(f"module 'mnist_core' has no attribute {name!r}")
