"""Work in the background on a stored network."""

import json
from pathlib import Path

from mnist_core.models.store import StoredModel, open_model
from mnist_core.system.computations import computation_folder, start_computation


def network_digests(model: StoredModel) -> str:
    """What tells a stored network's weights and layers from every other's."""
    return " ".join(str(model.card["files"][kind]["sha256"]) for kind in ("keras", "layers"))


def model_computation_folder(kind: str, model: StoredModel) -> Path:
    """Where the work of a kind on a stored network and its data is kept."""
    return computation_folder(
        kind, f"{network_digests(model)} {model.card['data']['digest']}".encode()
    )


def start_model_computation(module: str, kind: str, model: StoredModel) -> None:
    """`start_computation` on a stored network, which the process gets by `computation_model`.

    Raises:
        TaskError: it can't be started.
    """
    about = json.dumps({"model": str(model.folder.absolute())}).encode()
    start_computation(module, model_computation_folder(kind, model), {"about.json": about})


def computation_model(folder: Path) -> StoredModel:
    """The stored network that a folder's work is about.

    Raises:
        ModelError: it is not there any more, or damaged.
    """
    home = Path(json.loads((folder / "about.json").read_text("utf-8"))["model"])
    return open_model(home.name, home.parent)
