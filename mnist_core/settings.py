"""Where things are: the data set, the stored models. Environment variables change it.

MNIST_CORE_DATA     MNIST by hand: an .npz in Keras's layout, or a folder with one or
                    with the four IDX files
MNIST_CORE_MODELS   the folder of stored models (default: models/ beside this package)
MNIST_CORE_RUNS     the folder of training runs and of what else people make here (default:
                    runs/ beside this package)
MNIST_CORE_STORAGE  the database of cross-validations and searches, as an address for SQLAlchemy
                    such as postgresql://user:password@host/name (default: SQLite in the file
                    studies.db in the folder of runs)
MNIST_CORE_QUEUE    a PostgreSQL database, such as postgresql://user:password@host/name, in which
                    training runs wait for workers, also on other machines (default: none; see
                    `mnist_core.runs.workers`)
MNIST_CORE_LOG      `json`: the server's log has a JSON object in each line (default: text)
KERAS_HOME          Keras's own folder (default: ~/.keras), whose datasets/mnist.npz is used
"""

import os
from pathlib import Path

DEFAULT_MODEL = "pen"


def _expanded(path: str) -> Path:
    """A path with its `~`; that of a user who doesn't exist stays as it is."""
    return Path(os.path.expanduser(path))  # `Path.expanduser` raises for it


def data_path() -> Path | None:
    """The path that `MNIST_CORE_DATA` names, or None."""
    value = os.environ.get("MNIST_CORE_DATA", "").strip()
    return _expanded(value) if value else None


def keras_cache() -> Path:
    """Where `keras.datasets.mnist.load_data()` keeps its file, whether it is there or not."""
    home = os.environ.get("KERAS_HOME")
    base = _expanded(home) if home else Path.home() / ".keras"
    return base / "datasets" / "mnist.npz"


def models_dir() -> Path:
    """The folder of stored models."""
    value = os.environ.get("MNIST_CORE_MODELS", "").strip()
    return _expanded(value) if value else shipped_models_dir()


def shipped_models_dir() -> Path:
    """The folder of the models that come with the project."""
    return Path(__file__).resolve().parent.parent / "models"


def runs_dir() -> Path:
    """The folder of training runs and of what else people make here."""
    value = os.environ.get("MNIST_CORE_RUNS", "").strip()
    return _expanded(value) if value else Path(__file__).resolve().parent.parent / "runs"


def studies_file() -> Path:
    """The file of the database of studies that is used unless another is named."""
    return (runs_dir() / "studies.db").absolute()


def study_storage() -> str:
    """The address of the database of studies, as SQLAlchemy takes it."""
    value = os.environ.get("MNIST_CORE_STORAGE", "").strip()
    return value or f"sqlite:///{studies_file()}"


def run_queue() -> str | None:
    """The address of the database in which training runs are queued for workers, or None."""
    return os.environ.get("MNIST_CORE_QUEUE", "").strip() or None


def json_log() -> bool:
    """Whether the server's log is in JSON."""
    return os.environ.get("MNIST_CORE_LOG", "").strip().lower() == "json"
