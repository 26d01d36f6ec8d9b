"""Trained models on disk: found by name, checked by digest, replaced in one step.

    models/
      pen/
        card.json               what it is: recipe, seed, data, versions, history, test results
        model-1f2e3d4c5b6a.keras    the Keras model, without optimizer state
        model-1f2e3d4c5b6a.tflite   the same network for LiteRT
        test-1f2e3d4c5b6a.npz       what it answers to each test image
        layers-1f2e3d4c5b6a.tflite  each layer's output (`mnist_core.models.layers`)
        weights-1f2e3d4c5b6a.safetensors  its weights (`mnist_core.models.layer_weights`)

The other files carry the start of their own SHA-256 in their name, and the card names them.
They are written first and the card is moved into place last, so a reader sees the old model or
the new one whole, and a crash at any moment leaves the old one.
"""

import hashlib
import io
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core import settings
from mnist_core.data.collection import is_imported, load_data
from mnist_core.data.dataset import Dataset
from mnist_core.errors import DataError, ModelError
from mnist_core.metrics.classification import Evaluation, evaluation_from_dict
from mnist_core.recipes.builtin import RECIPES
from mnist_core.recipes.recipe import Recipe, recipe_from_dict
from mnist_core.system.files import write_file

CARD = "card.json"
KINDS = {
    "keras": "model-{}.keras",
    "litert": "model-{}.tflite",
    "test": "test-{}.npz",
    "layers": "layers-{}.tflite",
    "weights": "weights-{}.safetensors",
}
REQUIRED = ("keras", "litert", "test")
CARD_KEYS = (
    "recipe_digest",
    "stopped",
    "parameters",
    "created",
    "seconds",
    "device",
    "history",
)


@dataclass(frozen=True)
class StoredModel:
    """A model on disk. Its card has been read; its other files are read when asked for."""

    name: str
    folder: Path
    card: Mapping[str, Any]

    @property
    def recipe(self) -> Recipe:
        """The recipe with all the settings that trained it."""
        return recipe_from_dict(self.card["recipe"])

    @property
    def evaluation(self) -> Evaluation:
        """Its results on the test set of the data that it was trained with."""
        return evaluation_from_dict(self.card["evaluation"])

    @property
    def data_name(self) -> str:
        """The data set that it was trained with."""
        return str(self.card["data"]["name"])

    @property
    def class_names(self) -> tuple[str, ...]:
        """What its answers 0, 1, 2 ... stand for; empty where they are digits."""
        return tuple(map(str, self.card["data"].get("class_names", ())))

    @property
    def published(self) -> str:
        """The result that its recipe's source published; "" if that was on other data."""
        return "" if is_imported(self.data_name) else self.recipe.published

    def dataset(self, train: bool = True) -> Dataset:
        """The data that it learned from and was tested with.

        Args:
            train: False leaves MNIST's training arrays empty, which is quicker.

        Raises:
            DataError: that data isn't on this machine, or is another one now.
        """
        digest = str(self.card["data"]["digest"])
        dataset = load_data(self.data_name, train=train, digest=digest if train else None)
        if dataset.name != self.data_name:
            raise DataError(
                f"{self.name} learned from {self.data_name}, which isn't on this machine; here is "
                f"{dataset.name}."
            )
        return dataset

    def path(self, kind: str) -> Path:
        """Where the file of a kind (`keras`, `litert`, `test`, `layers`) is."""
        return self.folder / self.card["files"][kind]["name"]

    def has(self, kind: str) -> bool:
        """Whether it was stored with a file of that kind; only `layers` may be missing."""
        return kind in self.card["files"]

    def read(self, kind: str) -> bytes:
        """A file's content, checked against the card's SHA-256.

        Raises:
            ModelError: the file is missing, cut or altered, or was never there.
        """
        if not self.has(kind):
            raise ModelError(f"The model {self.name!r} was stored without a file of its {kind}.")
        path = self.path(kind)
        mend = f"`{self.recipe.command(self.data_name)}` makes it anew."
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ModelError(
                f"The model {self.name!r} can't be used: {path} is missing or can't be read "
                f"({error.strerror}). {mend}"
            ) from error
        expected = self.card["files"][kind]["sha256"]
        found = hashlib.sha256(content).hexdigest()
        if found != expected:
            raise ModelError(
                f"The model {self.name!r} can't be used: {path} is cut or altered "
                f"({len(content)} bytes, SHA-256 {found[:12]}…, expected {expected[:12]}…). {mend}"
            )
        return content

    def test_answers(self) -> dict[str, NDArray[Any]]:
        """What it answered to each test image, in the test set's order.

        Returns:
            `probabilities` `(n, 10)` float16, `predicted` `(n,)` uint8, `confidence` `(n,)`
            float32 0..1, `loss` `(n,)` float32 in nats.
        """
        with np.load(io.BytesIO(self.read("test")), allow_pickle=False) as file:
            return {name: file[name] for name in file.files}


def model_name(recipe: Recipe, data_digest: str, data_is_mnist: bool) -> str:
    """What a trained model is called: the recipe's name, and more unless it is the recipe as
    given, on MNIST."""
    as_given = recipe.name in RECIPES and RECIPES[recipe.name].digest() == recipe.digest()
    if as_given and data_is_mnist:
        return recipe.name
    both = hashlib.sha256(f"{recipe.digest()}{data_digest}".encode()).hexdigest()
    return f"{recipe.name}-{both[:8]}"


def open_model(name: str, folder: Path | None = None) -> StoredModel:
    """The stored model of that name.

    Raises:
        ModelError: there is none, or its card can't be read.
    """
    folder = folder or settings.models_dir()
    path = folder / name / CARD
    if not _is_name(name) or not os.path.exists(path):  # Path.exists raises for long names
        there = ", ".join(_names(folder)) or "none"
        raise ModelError(f"There is no trained model {name!r} in {folder}. There are: {there}.")
    try:
        card = json.loads(path.read_text("utf-8"))
        model = StoredModel(name, path.parent, card)
        _ = model.recipe, model.evaluation, model.data_name, card["data"]["digest"]
        _ = [(model.path(kind), card["files"][kind]["sha256"]) for kind in REQUIRED]
        _ = [(model.path(kind), entry["sha256"]) for kind, entry in card["files"].items()]
        _ = [card[key] for key in CARD_KEYS], float(card["calibration"]["temperature"])
        _ = card["data"]["verified"], card["data"]["train_images"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"The model {name!r} can't be used: {path} is cut or altered ({error!r}). "
            f"`python -m mnist_core train {name.split('-')[0]} --force` makes it anew."
        ) from error
    return model


def _is_name(name: str) -> bool:
    """Whether it is the name of a folder right in the folder of models."""
    return Path(name).name == name and name not in ("", "..")


def _names(folder: Path) -> list[str]:
    """Stored models' names: the built-in recipes in their own order, then the others."""
    names = [path.parent.name for path in folder.glob(f"*/{CARD}")]
    order = {name: place for place, name in enumerate(RECIPES)}
    return sorted(names, key=lambda name: (order.get(name, len(order)), name))


def list_models(folder: Path | None = None) -> tuple[list[StoredModel], list[ModelError]]:
    """(models whose card can be read, what is wrong with the others)."""
    folder = folder or settings.models_dir()
    models, errors = [], []
    for name in _names(folder):
        try:
            models.append(open_model(name, folder))
        except ModelError as error:
            errors.append(error)
    return models, errors


def find_trained(
    recipe: Recipe, data_digest: str, folder: Path | None = None
) -> StoredModel | None:
    """A finished model of this recipe with these settings and this data whose files are whole."""
    for model in list_models(folder)[0]:
        same = model.card["recipe_digest"] == recipe.digest()
        if same and model.card["data"]["digest"] == data_digest and not model.card["stopped"]:
            try:
                for kind in model.card["files"]:
                    model.read(kind)
            except ModelError:
                continue
            return model
    return None


def write_model(
    name: str, card: Mapping[str, Any], files: Mapping[str, bytes], folder: Path | None = None
) -> StoredModel:
    """Store a model under a name, or replace the one that has it, in one step.

    Args:
        card: what it is; the files' names and digests are added.
        files: content of each of `KINDS`; `layers` may be missing.

    Raises:
        ModelError: the folder can't be written.
    """
    if not _is_name(name):
        raise ModelError(f"A model's name is a plain file name. Received: name={name!r}")
    home = (folder or settings.models_dir()) / name
    named = {}
    before = _file_names(home)
    try:
        home.mkdir(parents=True, exist_ok=True)
        for kind, content in files.items():
            digest = hashlib.sha256(content).hexdigest()
            file_name = KINDS[kind].format(digest[:12])
            named[kind] = {"name": file_name, "sha256": digest, "bytes": len(content)}
            write_file(home / file_name, content)
        whole = {**card, "files": named}
        write_file(home / CARD, (json.dumps(whole, indent=1, ensure_ascii=False) + "\n").encode())
    except OSError as error:
        raise ModelError(
            f"The model {name!r} could not be stored in {home} ({error.strerror}). "
            "Free some space or set MNIST_CORE_MODELS to a folder that can be written."
        ) from error
    # Only what the old card named: another process may be writing a model of this name now.
    for file_name in before - {entry["name"] for entry in named.values()}:
        (home / file_name).unlink(missing_ok=True)
    return StoredModel(name, home, whole)


def copy_model(
    model: StoredModel, name: str, note: Mapping[str, Any], folder: Path | None = None
) -> StoredModel:
    """Store a model once more under another name, with a note in its card.

    Raises:
        ModelError: its files are damaged, or the folder can't be written.
    """
    files = {kind: model.read(kind) for kind in model.card["files"]}
    return write_model(name, {**model.card, "name": name, **note}, files, folder)


def _file_names(home: Path) -> set[str]:
    """The files that the card in a folder names; none where it can't be read."""
    try:
        files = json.loads((home / CARD).read_text("utf-8"))["files"]
        return {Path(entry["name"]).name for entry in files.values()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return set()
