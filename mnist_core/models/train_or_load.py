"""A recipe and data in, a stored and tested model out; trained only when it isn't there yet."""

import datetime
import io
import platform
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import Dataset
from mnist_core.errors import ModelError, RecipeError
from mnist_core.i18n import Listed, Text
from mnist_core.metrics.calibration import apply_temperature, fit_temperature
from mnist_core.metrics.classification import cross_entropy_losses, evaluate_probabilities
from mnist_core.models.keras_network import load_keras_network
from mnist_core.models.layers import layer_files
from mnist_core.models.litert import TOLERANCE, LiteNetwork, digit_probabilities
from mnist_core.models.store import REQUIRED, StoredModel, find_trained, model_name, write_model
from mnist_core.recipes.build import build_model
from mnist_core.recipes.kinds import KINDS
from mnist_core.recipes.recipe import Recipe, check_recipe
from mnist_core.system.quiet import quiet_stderr

if TYPE_CHECKING:
    import keras

    from mnist_core.training.loop import TrainedModel
    from mnist_core.training.progress import Progress

SAMPLE = 200  # test images on which the exported network is compared with Keras's own


def train_or_load(
    recipe: Recipe,
    dataset: Dataset,
    *,
    force: bool = False,
    on_progress: "Callable[[Progress], None] | None" = None,
    should_stop: Callable[[], bool] | None = None,
) -> StoredModel:
    """The stored model of this recipe on this data; trained, tested and stored if need be.

    Args:
        force: train even if it is stored already.
        on_progress, should_stop: see `mnist_core.training.loop.train`. A stopped run is stored too,
            under a name of its own that says so, and never loaded in place of a finished one.

    Raises:
        RecipeError, DataError: see `mnist_core.training.loop.train` and `check_exportable`.
        ModelError: it could not be exported or stored.
    """
    check_recipe(recipe)
    data_digest = dataset.digest()
    if not force:
        stored = find_trained(recipe, data_digest)
        if stored is not None:
            return stored

    from mnist_core.training.loop import train  # imports TensorFlow

    check_exportable(recipe)
    trained = train(recipe, dataset, on_progress=on_progress, should_stop=should_stop)
    name = model_name(recipe, data_digest, dataset.verified)
    return store_trained(trained, dataset, f"{name}-stopped" if trained.stopped else name)


def store_trained(
    trained: "TrainedModel", dataset: Dataset, name: str, folder: Path | None = None
) -> StoredModel:
    """Export, check, test and store a trained network under a name, in a folder of models."""
    recipe = trained.recipe
    litert = export_litert(trained.model)
    with quiet_stderr():
        network = LiteNetwork(litert)
    _check_export(trained.model, network, dataset.x_test[:SAMPLE])
    calibration = _calibrate(network, recipe, dataset)
    probabilities = apply_temperature(
        digit_probabilities(network.predict(dataset.x_test)), calibration["temperature"]
    )
    aside = recipe.rows_set_aside(len(dataset.x_train))
    set_aside = None
    if aside.stop > aside.start:
        answers = digit_probabilities(network.predict(dataset.x_train[aside]))
        answers = apply_temperature(answers, calibration["temperature"])
        set_aside = evaluate_probabilities(answers, dataset.y_train[aside]).to_dict()
    card = {
        "name": name,
        "recipe": recipe.to_dict(),
        "recipe_digest": recipe.digest(),
        "data": {
            "name": dataset.name,
            "digest": dataset.digest(),
            "verified": dataset.verified,
            "train_images": trained.train_images,
            "test_images": len(dataset.x_test),
            "class_names": list(dataset.class_names),
        },
        "stopped": trained.stopped,
        "calibration": calibration,
        "history": trained.history,
        "evaluation": evaluate_probabilities(probabilities, dataset.y_test).to_dict(),
        "set_aside": set_aside,
        "parameters": int(trained.model.count_params()),
        "seconds": round(trained.seconds, 1),
        "device": trained.device,
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("keras", "tensorflow", "ai-edge-litert", "numpy")},
        },
    }
    files = {
        "keras": _keras_bytes(trained.model, recipe),
        "litert": litert,
        "test": _test_bytes(probabilities, dataset.y_test),
    }
    files |= layer_files(trained.model, dataset.x_test[:SAMPLE])
    return write_model(name, card, files, folder)


def add_layers(model: StoredModel) -> StoredModel:
    """Export the layers of a model that was stored without, and store it anew with them.

    Imports TensorFlow.

    Raises:
        ModelError: its files are damaged, its layers can't be exported, or the folder can't be
            written.
    """
    files = {kind: model.read(kind) for kind in REQUIRED}
    network = load_keras_network(files["keras"])
    images = np.random.default_rng(0).integers(0, 256, (20, 28, 28), np.uint8)
    layers = layer_files(network, images)
    if not layers:
        raise ModelError(
            Text("The layers of {name!r} can't be exported one by one.", name=model.name)
        )
    return write_model(model.name, model.card, {**files, **layers}, model.folder.parent)


def _calibrate(network: LiteNetwork, recipe: Recipe, dataset: Dataset) -> dict[str, Any]:
    """The temperature that makes the network's probabilities honest, from validation images.

    A recipe that keeps none back to validate gets 1: its probabilities stay as they are.
    """
    _, rows = recipe.training_rows(len(dataset.x_train))
    x, y = dataset.x_train[rows], dataset.y_train[rows]
    answers = digit_probabilities(network.predict(x))
    return {"temperature": fit_temperature(answers, y) if len(x) else 1.0, "images": len(x)}


def check_exportable(recipe: Recipe) -> None:
    """Try to export the untrained network, so that nothing is trained that can't be stored.

    The layers of `KINDS` can be exported, so only networks with others are tried, in 1 to 6 s.

    Raises:
        RecipeError: LiteRT, which runs the stored networks, lacks a layer, or a float type.
    """
    names = [
        name
        for name, layer in zip(recipe.layer_names(), recipe.layers, strict=True)
        if layer.kind not in KINDS or "dtype" in layer.settings
    ]
    if not names:
        return
    model = build_model(recipe)
    try:
        content = export_litert(model)
        with quiet_stderr():
            LiteNetwork(content).predict(np.zeros((1, 28, 28), np.uint8))
    except Exception as error:  # whatever the converter and the interpreter raise
        raise RecipeError(
            Text(
                "{name} can't be trained here: LiteRT, which runs the stored networks, can't run "
                "{layers}. In a layer of kind LSTM, GRU or SimpleRNN, set `unroll` to true; use "
                "float32, the default, in all layers.",
                name=recipe.name,
                layers=Listed(*names),
            ),
            layer=names[0],
        ) from error


def export_litert(model: "keras.Model") -> bytes:
    """The network as a LiteRT file's content."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.tflite"
        with quiet_stderr():
            model.export(path, format="litert", verbose=False)
        return path.read_bytes()


def _check_export(model: "keras.Model", network: LiteNetwork, images: NDArray[np.uint8]) -> None:
    import keras

    with keras.device("cpu"):  # a GPU's shortened floats (TF32) would differ by more
        expected = np.asarray(model(images.astype(np.float32), training=False))
    if not np.isfinite(expected).all():
        raise ModelError(
            Text(
                "The training ran away: the network's answers are no numbers any more, and nothing "
                "was stored. Try a smaller learning rate, such as `--set learning_rate=0.001`."
            )
        )
    difference = float(np.abs(network.predict(images) - expected).max())
    if not difference <= TOLERANCE:
        raise ModelError(
            Text(
                "The exported network's probabilities differ by {difference:.2g} from Keras's, "
                "expected {tolerance:g} at most; nothing was stored.",
                difference=difference,
                tolerance=TOLERANCE,
            )
        )


def _keras_bytes(model: "keras.Model", recipe: Recipe) -> bytes:
    """The `.keras` file's content. A fresh copy is saved, which has no optimizer state: that
    would make it three times as large."""
    fresh = build_model(recipe)
    fresh.set_weights(model.get_weights())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        fresh.save(path)
        return path.read_bytes()


def _test_bytes(probabilities: NDArray[np.float32], labels: NDArray[np.uint8]) -> bytes:
    columns: dict[str, Any] = {
        "probabilities": probabilities.astype(np.float16),
        "predicted": probabilities.argmax(axis=1).astype(np.uint8),
        "confidence": probabilities.max(axis=1),
        "loss": cross_entropy_losses(probabilities, labels),
    }
    content = io.BytesIO()
    np.savez_compressed(content, **columns)
    return content.getvalue()
