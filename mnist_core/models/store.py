"""Trained models on disk: opened by name, checked by digest, replaced in one step.

    models/
      pen/
        card.json                   recipe, seed, data, versions, history, test results
        model-1f2e3d4c5b6a.keras    the Keras model, without optimizer state
        model-1f2e3d4c5b6a.tflite   the same network for LiteRT
        test-1f2e3d4c5b6a.npz       its prediction for each test image
        layers-1f2e3d4c5b6a.tflite  each layer's output (`mnist_core.models.layers`)
        weights-1f2e3d4c5b6a.safetensors  its weights (`mnist_core.models.layer_weights`)

Each of the other files has the start of its own SHA-256 in its name, and the card lists them.
They are written first and the card is moved into place last. So a reader sees either the old model
or the new one, never a mixture, and a crash at any moment leaves the old one.
"""

import hashlib
import io
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from mnist_core import settings
from mnist_core.data.collection import is_imported, load_data
from mnist_core.data.dataset import Dataset
from mnist_core.errors import DataError, ModelError, RecipeError
from mnist_core.i18n import Sentences, Text
from mnist_core.metrics.classification import Evaluation, evaluation_from_dict
from mnist_core.recipes.builtin import RECIPES, display_name
from mnist_core.recipes.recipe import Recipe, check_recipe, recipe_from_dict
from mnist_core.system.files import READ_ERRORS, sync_folder, write_file
from mnist_core.system.names import clean_name

CARD = "card.json"
KINDS = {
    "keras": "model-{}.keras",
    "litert": "model-{}.tflite",
    "test": "test-{}.npz",
    "layers": "layers-{}.tflite",
    "weights": "weights-{}.safetensors",
}
REQUIRED = ("keras", "litert", "test")
LONGEST_TITLE = 80  # characters
NUMBER = Annotated[float, Meta(ge=0, le=1e15)]
COUNT = Annotated[int, Meta(ge=0, le=10**15)]


class _File(msgspec.Struct):
    """What a card says of a file."""

    name: Annotated[str, Meta(pattern=r"^[\w.-]+$")]  # directly in the model's folder
    sha256: str


class _Data(msgspec.Struct):
    """What a card says of the data that the model was trained on."""

    name: str
    digest: str
    verified: bool
    train_images: COUNT
    class_names: Annotated[list[str], Meta(max_length=10)] = []


class _Calibration(msgspec.Struct):
    """What a card says of the temperature that its answers are divided by."""

    temperature: Annotated[float, Meta(gt=0, le=1e6)]


class _Card(msgspec.Struct):
    """All that the project takes from a card, apart from the recipe."""

    recipe_digest: str
    stopped: bool
    parameters: COUNT
    created: str
    seconds: NUMBER
    device: str
    history: dict[str, list[float | None]]
    data: _Data
    calibration: _Calibration
    evaluation: Evaluation
    files: dict[str, _File]
    title: str | None = None
    run: str | None = None
    set_aside: Evaluation | None = None  # of training images that were set aside


@dataclass(frozen=True)
class StoredModel:
    """A model on disk.

    Attributes:
        name: the name of its folder.
        folder: its folder. The files in it are read by `read`.
        card: the content of its card, already read.
    """

    name: str
    folder: Path
    card: Mapping[str, Any]

    @property
    def title(self) -> str:
        """What people call it: the name of the run that it comes from, or its own."""
        return clean_name(str(self.card.get("title") or display_name(self.name)), LONGEST_TITLE)

    @property
    def recipe(self) -> Recipe:
        """The recipe that it was trained with, with all settings."""
        return recipe_from_dict(self.card["recipe"])

    @property
    def evaluation(self) -> Evaluation:
        """Its results on the test set of the data that it was trained on."""
        return evaluation_from_dict(self.card["evaluation"])

    def last_epoch(self, metric: str) -> float | None:
        """A metric after the last epoch of its training, such as `loss` or `val_accuracy`.

        Returns:
            None where it wasn't measured, or wasn't a finite number.
        """
        values = self.card["history"].get(metric, [])
        return values[-1] if values else None

    @property
    def set_aside(self) -> Evaluation | None:
        """Its results on the training images that were set aside; None if none were."""
        stored = self.card.get("set_aside")
        return evaluation_from_dict(stored) if stored else None

    @property
    def data_name(self) -> str:
        """The name of the data set that it was trained on."""
        return str(self.card["data"]["name"])

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of its classes 0, 1, 2 ...; empty where they are digits."""
        return tuple(map(clean_name, self.card["data"].get("class_names", ())))

    @property
    def published(self) -> str:
        """The result that its recipe's source published; "" if that is for other data."""
        return "" if is_imported(self.data_name) else self.recipe.published

    def dataset(self, train: bool = True) -> Dataset:
        """The data that it was trained and tested on.

        Args:
            train: False leaves MNIST's training arrays empty, which is faster.

        Raises:
            DataError: that data isn't on this machine, or has been replaced by other data.
        """
        digest = str(self.card["data"]["digest"])
        dataset = load_data(self.data_name, train=train, digest=digest if train else None)
        if dataset.name != self.data_name:
            raise DataError(
                Text(
                    "{name} was trained on {data}, which isn't on this machine. There is {found}.",
                    name=self.name,
                    data=self.data_name,
                    found=dataset.name,
                )
            )
        return dataset

    def path(self, kind: str) -> Path:
        """The path of the file of a kind (a key of `KINDS`)."""
        return self.folder / self.card["files"][kind]["name"]

    def has(self, kind: str) -> bool:
        """Whether it was stored with a file of that kind; those in `REQUIRED` are always there."""
        return kind in self.card["files"]

    def read(self, kind: str) -> bytes:
        """A file's content, checked against the card's SHA-256.

        Raises:
            ModelError: the file is missing, cut or altered, or was never there.
        """
        if not self.has(kind):
            raise ModelError(
                Text(
                    "The model {name!r} was stored without its file `{kind}`.",
                    name=self.name,
                    kind=kind,
                )
            )
        path = self.path(kind)
        command = self.recipe.command(self.data_name)
        advice = Text("`{command}` trains it again.", command=command)
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ModelError(
                Sentences(
                    Text(
                        "The model {name!r} can't be used: {path} is missing or can't be read "
                        "({reason}).",
                        name=self.name,
                        path=str(path),
                        reason=error.strerror,
                    ),
                    advice,
                )
            ) from error
        expected = self.card["files"][kind]["sha256"]
        digest = hashlib.sha256(content).hexdigest()
        if digest != expected:
            raise ModelError(
                Sentences(
                    Text(
                        "The model {name!r} can't be used: {path} is cut or altered ({size} bytes, "
                        "SHA-256 {digest}…, expected {expected}…).",
                        name=self.name,
                        path=str(path),
                        size=len(content),
                        digest=digest[:12],
                        expected=expected[:12],
                    ),
                    advice,
                )
            )
        return content

    def test_answers(self) -> dict[str, NDArray[Any]]:
        """Its predictions for the test images, in the test set's order.

        Returns:
            `probabilities` `(n, 10)` float16, `predicted` `(n,)` uint8, `confidence` `(n,)`
            float32 0..1, `loss` `(n,)` float32 in nats.

        Raises:
            ModelError: the file is missing, cut or altered.
        """
        with np.load(io.BytesIO(self.read("test")), allow_pickle=False) as file:
            return {name: file[name] for name in file.files}


def model_name(recipe: Recipe, data_digest: str, data_is_mnist: bool) -> str:
    """The name of a trained model.

    It is the recipe's name for a built-in recipe trained on MNIST without changes. Otherwise it is
    followed by the start of a digest of recipe and data.
    """
    unchanged = recipe.name in RECIPES and RECIPES[recipe.name].digest() == recipe.digest()
    if unchanged and data_is_mnist:
        return recipe.name
    digest = hashlib.sha256(f"{recipe.digest()}{data_digest}".encode()).hexdigest()
    return f"{recipe.name}-{digest[:8]}"


def open_model(name: str, folder: Path | None = None) -> StoredModel:
    """Open the stored model of that name.

    Args:
        folder: of models; None means `settings.models_dir()`, here and below.

    Raises:
        ModelError: there is none, or its card can't be read.
    """
    folder = folder or settings.models_dir()
    path = folder / name / CARD
    if not _is_name(name) or not os.path.exists(path):  # Path.exists raises for long names
        names = ", ".join(_names(folder)) or Text("none")
        raise ModelError(
            Text(
                "There is no trained model {name!r} in {folder}. There are: {names}.",
                name=name,
                folder=str(folder),
                names=names,
            )
        )
    try:
        model = StoredModel(name, path.parent, json.loads(path.read_text("utf-8")))
        _check_card(model)
    except (*READ_ERRORS, AttributeError, RecipeError) as error:
        raise ModelError(
            Text(
                "The model {name!r} can't be used: {path} is cut or altered ({error}). "
                "`python -m mnist_core train {recipe} --force` trains it again.",
                name=name,
                path=str(path),
                error=repr(error),
                recipe=name.split("-")[0],
            )
        ) from error
    return model


def _check_card(model: StoredModel) -> None:
    """Read all that the project takes from a card.

    Raises:
        msgspec.ValidationError, ValueError, KeyError, TypeError, RecipeError: something is missing
            or has another type.
    """
    card = msgspec.convert(model.card, _Card)
    check_recipe(model.recipe)
    if missing := {*REQUIRED} - {*card.files}:
        raise KeyError(f"files: {', '.join(sorted(missing))}")


def _is_name(name: str) -> bool:
    """Whether it is the name of a folder directly in the folder of models."""
    return Path(name).name == name and name not in ("", "..")


def _names(folder: Path) -> list[str]:
    """The names of the stored models: built-in recipes in their order, then the others."""
    names = [path.parent.name for path in folder.glob(f"*/{CARD}")]
    order = {name: index for index, name in enumerate(RECIPES)}
    return sorted(names, key=lambda name: (order.get(name, len(order)), name))


def list_models(folder: Path | None = None) -> tuple[list[StoredModel], list[ModelError]]:
    """List the stored models.

    Returns:
        (the models whose card can be read, the errors of the others).
    """
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
    """Find a stored model that was trained to the end with this recipe on this data.

    Models with damaged files are skipped.
    """
    for model in list_models(folder)[0]:
        card = model.card
        if card["stopped"] or card["recipe_digest"] != recipe.digest():
            continue
        if card["data"]["digest"] == data_digest and _is_whole(model):
            return model
    return None


def _is_whole(model: StoredModel) -> bool:
    try:
        for kind in model.card["files"]:
            model.read(kind)
    except ModelError:
        return False
    return True


def write_model(
    name: str, card: Mapping[str, Any], files: Mapping[str, bytes], folder: Path | None = None
) -> StoredModel:
    """Store a model under a name, or replace the model of that name, in one step.

    Args:
        card: its content but for the files' names and digests, which are added.
        files: the content of a file of each of `KINDS`; only those in `REQUIRED` have to be there.

    Raises:
        ModelError: the name is no plain file name, or the folder can't be written.
    """
    if not _is_name(name):
        raise ModelError(
            Text("A model's name must be a plain file name. Received: name={name!r}", name=name)
        )
    home = (folder or settings.models_dir()) / name
    entries = {}
    old_names = _file_names(home)
    try:
        home.mkdir(parents=True, exist_ok=True)
        for kind, content in files.items():
            digest = hashlib.sha256(content).hexdigest()
            file_name = KINDS[kind].format(digest[:12])
            entries[kind] = {"name": file_name, "sha256": digest, "bytes": len(content)}
            write_file(home / file_name, content)
        full_card = {**card, "files": entries}
        text = json.dumps(full_card, indent=1, ensure_ascii=False) + "\n"
        write_file(home / CARD, text.encode())
        sync_folder(home.parent)
    except OSError as error:
        raise ModelError(
            Text(
                "The model {name!r} could not be stored in {folder} ({reason}). "
                "Free some space or set MNIST_CORE_MODELS to a folder that can be written.",
                name=name,
                folder=str(home),
                reason=error.strerror,
            )
        ) from error
    # Only the files in the old card: another process may be writing a model of this name now.
    for file_name in old_names - {entry["name"] for entry in entries.values()}:
        with suppress(OSError):
            (home / file_name).unlink(missing_ok=True)
    return StoredModel(name, home, full_card)


def copy_model(
    model: StoredModel, name: str, note: Mapping[str, Any], folder: Path | None = None
) -> StoredModel:
    """Store a copy of a model under another name.

    Args:
        note: entries that are added to its card.

    Raises:
        ModelError: its files are damaged, or the folder can't be written.
    """
    files = {kind: model.read(kind) for kind in model.card["files"]}
    return write_model(name, {**model.card, "name": name, **note}, files, folder)


def _file_names(home: Path) -> set[str]:
    """The names of the files in a folder's card; none where it can't be read."""
    try:
        files = json.loads((home / CARD).read_text("utf-8"))["files"]
        return {Path(entry["name"]).name for entry in files.values()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return set()
