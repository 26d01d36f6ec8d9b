"""Checks of an installation: what is there, whether it can be used, and how to mend it."""

import os
import platform
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from mnist_core import settings
from mnist_core.errors import MnistCoreError
from mnist_core.system.owner import FILE as OWNER_FILE

FREE = 2e9  # bytes that should be free: an import of data or a few hundred runs
ROOT = Path(__file__).resolve().parent.parent
PACKAGES = (
    "streamlit", "streamlit-drawable-canvas", "tensorflow", "keras", "numpy", "pillow", "plotly",
    "ai-edge-litert",
)  # fmt: skip


@dataclass(frozen=True)
class Check:
    """The result of one check.

    Attributes:
        name: what was looked at.
        ok: whether it is as it should be.
        finding: what is there, in words.
        advice: what to do about it; "" where nothing is to be done.
    """

    name: str
    ok: bool
    finding: str
    advice: str = ""


def run_checks() -> list[Check]:
    """Look at everything that the app needs, in about a second. Nothing is changed."""
    return [check() for check in CHECKS]


def check_versions() -> Check:
    """Whether the packages are those that this version was tested with."""
    pins = dict(re.findall(r"(?m)^([\w.-]+)==(\S+)$", _text(ROOT / "constraints.txt")))
    installed, wrong = {"Python": platform.python_version()}, []
    for name in PACKAGES:
        try:
            installed[name] = version(name)
        except PackageNotFoundError:
            wrong.append(f"{name} is missing")
            continue
        if name in pins and pins[name] != installed[name]:
            wrong.append(f"{name} is {installed[name]}, tested was {pins[name]}")
    found = ", ".join(wrong) or ", ".join(f"{name} {number}" for name, number in installed.items())
    advice = "" if not wrong else "Run `pip install -r requirements.txt` in the app's environment."
    return Check("versions", not wrong, found, advice)


_DEVICES = """
import tensorflow as tf
for device in tf.config.list_physical_devices():
    print(device.device_type, tf.config.experimental.get_device_details(device).get("device_name"))
"""


def tensorflow_devices() -> list[str]:
    """The devices that TensorFlow sees, such as `CPU`, `GPU (NVIDIA H200)`.

    Asked in a process of its own, which takes some seconds: a GPU's memory is for training.

    Raises:
        MnistCoreError: TensorFlow can't be imported.
    """
    result = subprocess.run(
        [sys.executable, "-c", _DEVICES], capture_output=True, text=True, timeout=120, check=False
    )
    if result.returncode:
        raise MnistCoreError(
            "TensorFlow can't be imported: "
            + (result.stderr.strip().splitlines() or ["no reason was given"])[-1]
            + ". Install it again: `pip install -r requirements.txt`."
        )
    devices = []
    for line in result.stdout.splitlines():
        kind, _, name = line.partition(" ")
        devices.append(kind if name == "None" else f"{kind} ({name})")
    return devices


def check_device() -> Check:
    """Whether an NVIDIA card is there that TensorFlow can't use. Doesn't import TensorFlow."""
    if not Path("/proc/driver/nvidia/gpus").exists():
        return Check("device", True, f"CPU with {os.cpu_count()} cores; no NVIDIA card is visible")
    with suppress(PackageNotFoundError):
        version("nvidia-cudnn-cu12")
        return Check("device", True, "an NVIDIA card, and the CUDA libraries")
    return Check(
        "device",
        False,
        "an NVIDIA card, but not the CUDA libraries: networks train on the CPU",
        f'Run `pip install "tensorflow[and-cuda]=={version("tensorflow")}"`.',
    )


def check_mnist() -> Check:
    """Whether all of MNIST is there, with the published digests."""
    from mnist_core.data.mnist import load_mnist
    from mnist_core.data.release import DOWNLOAD_HINT

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            dataset = load_mnist(download=False)
    except MnistCoreError as error:
        return Check("MNIST", False, str(error), "Correct or unset MNIST_CORE_DATA.")
    if not dataset.verified:
        return Check("MNIST", False, " ".join([*dataset.notes, "MNIST is missing."]), DOWNLOAD_HINT)
    return Check("MNIST", True, f"70,000 images with the published SHA-256, from {dataset.source}")


def check_imported() -> Check:
    """Whether the imported data sets have the content that was imported."""
    from mnist_core.data.collection import data_dir, load_data

    names = sorted(path.name for path in data_dir().glob("[!.]*") if path.is_dir())
    problems = _problems(load_data, names)
    return Check(
        "imported data",
        not problems,
        " ".join(problems) or f"{len(names)} data sets, all as they were imported",
        "Delete it on the Dataset page and import it again." if problems else "",
    )


def check_networks() -> Check:
    """Whether the files of all stored networks have the digests in their cards."""
    from mnist_core.models.number_reader import find_number_reader, read_number_reader
    from mnist_core.models.store import list_models

    models, errors = list_models()
    problems = [str(error) for error in errors]
    for model in models:
        problems += _problems(model.read, list(model.card["files"]))
    problems += _problems(lambda _: read_number_reader(find_number_reader()), ["number reader"])
    ok = bool(models) and not problems
    return Check(
        "networks",
        ok,
        " ".join(problems) or f"{len(models)} networks in {settings.models_dir()}",
        "" if ok else "Restore the folder, or train the network again.",
    )


def check_runs() -> Check:
    """Whether all training runs can be read."""
    from mnist_core.runs.runs import INTERRUPTED, list_runs

    folders = {path.parent.name for path in settings.runs_dir().glob("*/run.json")}
    runs = list_runs()
    damaged = sorted(folders - {run.id for run in runs})
    interrupted = sum(run.state == INTERRUPTED for run in runs)
    if damaged:
        return Check(
            "runs",
            False,
            f"{', '.join(damaged)} can't be read and {'is' if len(damaged) == 1 else 'are'} not "
            "listed",
            f"Move the folder out of {settings.runs_dir()}.",
        )
    more = f", {interrupted} interrupted, which Resume continues" if interrupted else ""
    return Check("runs", True, f"{len(runs)} runs{more}")


def check_studies() -> Check:
    """Whether the database of studies answers."""
    from mnist_core.studies.workers import known_studies

    where = settings.study_storage()
    where = re.sub(r"//[^@/]*@", "//…@", where)  # without the password
    try:
        studies = known_studies()
    except MnistCoreError as error:
        return Check("studies", False, f"{where}: {error}", "Correct MNIST_CORE_STORAGE.")
    return Check("studies", True, f"{len(studies)} studies in {where}")


def check_space() -> Check:
    """Whether there is room for what is made here."""
    free = shutil.disk_usage(_there(settings.runs_dir())).free
    advice = f"Free some space, or set MNIST_CORE_RUNS to a folder with more than {FREE / 1e9:g} GB"
    return Check(
        "free space",
        free >= FREE,
        f"{free / 1e9:.1f} GB for {settings.runs_dir()}",
        "" if free >= FREE else f"{advice}.",
    )


def check_writing() -> Check:
    """Whether the folders that the app writes to can be written."""
    folders = (settings.runs_dir(), settings.models_dir(), settings.keras_cache().parent)
    refused = []
    for folder in folders:
        try:
            with tempfile.TemporaryFile(dir=_there(folder)):
                pass
        except OSError as error:
            refused.append(f"{folder} ({error.strerror})")
    return Check(
        "writing",
        not refused,
        f"{', '.join(refused)} can't be written"
        if refused
        else ", ".join(str(folder) for folder in folders),
        "Change the folder's owner, or set MNIST_CORE_RUNS, MNIST_CORE_MODELS or KERAS_HOME."
        if refused
        else "",
    )


def check_access() -> Check:
    """Who can reach the app as it is configured, and whether the owner's key is private."""
    import tomllib

    address = os.environ.get("STREAMLIT_SERVER_ADDRESS", "")
    with suppress(tomllib.TOMLDecodeError):
        config = tomllib.loads(_text(ROOT / ".streamlit" / "config.toml"))
        address = address or str(config.get("server", {}).get("address", ""))
    key = settings.runs_dir() / OWNER_FILE
    if os.name != "nt" and key.exists() and stat.S_IMODE(key.stat().st_mode) & 0o077:
        return Check("access", False, f"{key} can be read by others", f"Run `chmod 600 {key}`.")
    if address in ("localhost", "127.0.0.1", "::1"):
        return Check("access", True, "this machine only, unless started with `make share`")
    return Check(
        "access",
        False,
        f"everybody who can reach this machine (server.address is {address or 'not set'})",
        'Set server.address = "localhost" in .streamlit/config.toml; `make share` shares the app.',
    )


CHECKS: tuple[Callable[[], Check], ...] = (
    check_versions,
    check_device,
    check_mnist,
    check_imported,
    check_networks,
    check_runs,
    check_studies,
    check_space,
    check_writing,
    check_access,
)


def _problems(read: Callable[[str], object], names: list[str]) -> list[str]:
    problems = []
    for name in names:
        try:
            read(name)
        except MnistCoreError as error:
            problems.append(str(error))
    return problems


def _there(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists."""
    folder = folder.absolute()
    return next(path for path in (folder, *folder.parents) if path.exists())


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError:
        return ""
