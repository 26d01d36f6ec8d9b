"""The rules that keep the package what it is: imports go one way, and start-up stays light."""

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import mnist_core
from docs.packages import imports

CORE = Path(mnist_core.__file__).parent
ROOT = CORE.parent
ORDER = [
    "i18n",
    "errors",
    "settings",
    "system",
    "metrics",
    "drawing",
    "data",
    "figures",
    "recipes",
    "lessons",
    "training",
    "models",
    "runs",
    "inside",
    "review",
    "studies",
    "health",
    "cli",
]
PUBLISHED = {"__init__", "__main__", "background"}  # what only passes on what the packages have


def modules(folder):
    return sorted(path for path in folder.rglob("*.py"))


def name_of(path):
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


@pytest.mark.parametrize("path", modules(CORE), ids=name_of)
def test_a_package_imports_only_from_those_before_it(path):
    package = path.relative_to(CORE).with_suffix("").parts[0]
    if package in PUBLISHED:
        return
    allowed = ORDER[: ORDER.index(package) + 1]
    for name in imports(path):
        if name.startswith("mnist_core."):
            assert name.split(".")[1] in allowed


@pytest.mark.parametrize("path", modules(CORE), ids=name_of)
def test_the_core_knows_nothing_of_streamlit(path):
    assert not [name for name in imports(path) if name.split(".")[0] in ("streamlit", "pages")]


@pytest.mark.parametrize("path", modules(ROOT / "pages"), ids=name_of)
def test_a_page_imports_no_other_page(path):
    allowed = {path.parent.name, "shared", "components"}
    if path.parent.name in ("shared", "components"):
        allowed = {"shared", "components"}
    for name in imports(path):
        if name.startswith("pages."):
            assert name.split(".")[1] in allowed


def test_importing_the_package_imports_nothing_slow():
    slow = [
        "tensorflow",
        "keras",
        "streamlit",
        "sklearn",
        "scipy",
        "plotly",
        "pooch",
        "rich",
        "cv2",
        "h5py",
        "optuna",
        "sqlalchemy",
    ]
    code = f"import sys, mnist_core; print([m for m in {slow} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_public_name_exists_and_is_documented():
    for name in mnist_core.__all__:
        thing = getattr(mnist_core, name)
        if inspect.isclass(thing) or inspect.isfunction(thing):
            assert inspect.getdoc(thing), name


def test_the_public_names_are_these():
    assert set(mnist_core.__all__) == {
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
    }


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = mnist_core.nothing
