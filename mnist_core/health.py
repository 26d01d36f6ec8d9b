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
from mnist_core.i18n import Listed, Plural, Sentences, Text
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
        name: what was looked at. It, the finding and the advice are texts to be translated.
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
            wrong.append(Text("{name} is missing", name=name))
            continue
        if name in pins and pins[name] != installed[name]:
            wrong.append(
                Text(
                    "{name} is {installed}, tested was {pinned}",
                    name=name,
                    installed=installed[name],
                    pinned=pins[name],
                )
            )
    found = ", ".join(f"{name} {number}" for name, number in installed.items())
    if not wrong:
        return Check(Text("versions"), True, found)
    advice = Text("Run `pip install -r requirements.txt` in the app's environment.")
    return Check(Text("versions"), False, Listed(*wrong), advice)


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
        unknown = Text("no reason was given")
        raise MnistCoreError(
            Text(
                "TensorFlow can't be imported: {reason}. Install it again: "
                "`pip install -r requirements.txt`.",
                reason=(result.stderr.strip().splitlines() or [unknown])[-1],
            )
        )
    devices = []
    for line in result.stdout.splitlines():
        kind, __, name = line.partition(" ")
        devices.append(kind if name == "None" else f"{kind} ({name})")
    return devices


def check_device() -> Check:
    """Whether an NVIDIA card is there that TensorFlow can't use. Doesn't import TensorFlow."""
    if not Path("/proc/driver/nvidia/gpus").exists():
        found = Text("CPU with {cores} cores; no NVIDIA card is visible", cores=os.cpu_count())
        return Check(Text("device"), True, found)
    with suppress(PackageNotFoundError):
        version("nvidia-cudnn-cu12")
        return Check(Text("device"), True, Text("an NVIDIA card, and the CUDA libraries"))
    return Check(
        Text("device"),
        False,
        Text("an NVIDIA card, but not the CUDA libraries: networks train on the CPU"),
        Text('Run `pip install "tensorflow[and-cuda]=={version}"`.', version=version("tensorflow")),
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
        return Check("MNIST", False, error.args[0], Text("Correct or unset MNIST_CORE_DATA."))
    if not dataset.verified:
        missing = Sentences(*dataset.notes, Text("MNIST is missing."))
        return Check("MNIST", False, missing, DOWNLOAD_HINT)
    found = Text("70,000 images with the published SHA-256, from {source}", source=dataset.source)
    return Check("MNIST", True, found)


def check_imported() -> Check:
    """Whether the imported data sets have the content that was imported."""
    from mnist_core.data.collection import data_dir, load_data

    names = sorted(path.name for path in data_dir().glob("[!.]*") if path.is_dir())
    problems = _problems(load_data, names)
    return Check(
        Text("imported data"),
        not problems,
        Sentences(*problems)
        or Plural(
            "{n} data set, as it was imported",
            "{n} data sets, all as they were imported",
            len(names),
        ),
        Text("Delete it on the Dataset page and import it again.") if problems else "",
    )


def check_networks() -> Check:
    """Whether the files of all stored networks have the digests in their cards."""
    from mnist_core.models.number_reader import find_number_reader, read_number_reader
    from mnist_core.models.store import list_models

    models, errors = list_models()
    problems: list[str] = [error.args[0] for error in errors]
    for model in models:
        problems += _problems(model.read, list(model.card["files"]))
    problems += _problems(lambda name: read_number_reader(find_number_reader()), ["number reader"])
    ok = bool(models) and not problems
    return Check(
        Text("networks"),
        ok,
        Sentences(*problems)
        or Plural(
            "{n} network in {folder}",
            "{n} networks in {folder}",
            len(models),
            folder=settings.models_dir(),
        ),
        "" if ok else Text("Restore the folder, or train the network again."),
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
            Text("runs"),
            False,
            Plural(
                "{runs} can't be read and is not listed",
                "{runs} can't be read and are not listed",
                len(damaged),
                runs=", ".join(damaged),
            ),
            Text("Move the folder out of {folder}.", folder=settings.runs_dir()),
        )
    if interrupted:
        found = Plural(
            "{n} run, {interrupted} interrupted, which Resume continues",
            "{n} runs, {interrupted} interrupted, which Resume continues",
            len(runs),
            interrupted=interrupted,
        )
    else:
        found = Plural("{n} run", "{n} runs", len(runs))
    return Check(Text("runs"), True, found)


def check_studies() -> Check:
    """Whether the database of studies answers."""
    from mnist_core.studies.workers import known_studies

    where = settings.study_storage()
    where = re.sub(r"//[^@/]*@", "//…@", where)  # without the password
    try:
        studies = known_studies()
    except MnistCoreError as error:
        found = Text("{where}: {reason}", where=where, reason=error.args[0])
        return Check(Text("studies"), False, found, Text("Correct MNIST_CORE_STORAGE."))
    found = Plural("{n} study in {where}", "{n} studies in {where}", len(studies), where=where)
    return Check(Text("studies"), True, found)


def check_space() -> Check:
    """Whether there is room for what is made here."""
    free = shutil.disk_usage(_there(settings.runs_dir())).free
    advice = Text(
        "Free some space, or set MNIST_CORE_RUNS to a folder with more than {size:g} GB.",
        size=FREE / 1e9,
    )
    return Check(
        Text("free space"),
        free >= FREE,
        Text("{free:.1f} GB for {folder}", free=free / 1e9, folder=settings.runs_dir()),
        "" if free >= FREE else advice,
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
        Text("writing"),
        not refused,
        Text("{folders} can't be written", folders=", ".join(refused))
        if refused
        else ", ".join(str(folder) for folder in folders),
        Text("Change the folder's owner, or set MNIST_CORE_RUNS, MNIST_CORE_MODELS or KERAS_HOME.")
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
        return Check(
            Text("access"),
            False,
            Text("{file} can be read by others", file=key),
            Text("Run `chmod 600 {file}`.", file=key),
        )
    if address in ("localhost", "127.0.0.1", "::1"):
        found = Text("this machine only, unless started with `make share`")
        return Check(Text("access"), True, found)
    return Check(
        Text("access"),
        False,
        Text("everybody who can reach this machine (server.address is {address})", address=address)
        if address
        else Text("everybody who can reach this machine (server.address is not set)"),
        Text(
            'Set server.address = "localhost" in .streamlit/config.toml; `make share` shares the '
            "app."
        ),
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
    problems: list[str] = []
    for name in names:
        try:
            read(name)
        except MnistCoreError as error:
            problems.append(error.args[0])
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
