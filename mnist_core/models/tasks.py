"""Work in the background on a stored network."""

import json
from pathlib import Path

from mnist_core.models.store import StoredModel, open_model
from mnist_core.system.tasks import job_folder, start_job


def network_digests(model: StoredModel) -> str:
    """What tells a stored network's weights and layers from every other's."""
    return " ".join(str(model.card["files"][kind]["sha256"]) for kind in ("keras", "layers"))


def model_job_folder(kind: str, model: StoredModel) -> Path:
    """Where the work of a kind on a stored network and its data is kept."""
    return job_folder(kind, f"{network_digests(model)} {model.card['data']['digest']}".encode())


def start_model_job(module: str, kind: str, model: StoredModel) -> None:
    """`start_job` for work on a stored network, which `asked_model` then gives the process.

    Raises:
        JobError: it can't be started.
    """
    about = json.dumps({"model": str(model.folder.absolute())}).encode()
    start_job(module, model_job_folder(kind, model), {"about.json": about})


def asked_model(folder: Path) -> StoredModel:
    """The stored network that a folder's work is about.

    Raises:
        ModelError: it is not there any more, or damaged.
    """
    home = Path(json.loads((folder / "about.json").read_text("utf-8"))["model"])
    return open_model(home.name, home.parent)
