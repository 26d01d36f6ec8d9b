"""The doctor: it finds what is wrong and says how to mend it."""

import json
import shutil

import pytest

from mnist_core import get_recipe, health, open_model, settings
from mnist_core.cli.main import main
from mnist_core.errors import MnistCoreError
from mnist_core.health import Check, run_checks
from mnist_core.runs.runs import start_run
from mnist_core.system.owner import owner_key
from tests.launches import Launches

pytestmark = pytest.mark.usefixtures("isolated")


def test_every_check_has_a_name_of_its_own_and_a_finding():
    checks = run_checks()
    assert len({check.name for check in checks}) == len(checks) == len(health.CHECKS)
    assert all(check.finding for check in checks)
    assert all(check.advice for check in checks if not check.ok)


def test_the_command_prints_every_check(capsys):
    status = main(["doctor", "--json"])
    answer = json.loads(capsys.readouterr().out)
    assert status == (0 if answer["ok"] else 1)
    main(["doctor"])
    printed = capsys.readouterr().out
    assert all(check["name"] in printed for check in answer["checks"])


def broken_version(monkeypatch):
    monkeypatch.setattr(health, "version", lambda name: "0.1")


def broken_mnist(monkeypatch):
    monkeypatch.setenv("MNIST_CORE_DATA", "/nowhere/mnist.npz")


def broken_data(_):
    folder = settings.runs_dir() / "data" / "fashion"
    folder.mkdir(parents=True)
    (folder / "card.json").write_text("{")


def broken_network(_):
    shipped = open_model("sigmoid_mlp", health.ROOT / "models").folder
    shutil.copytree(shipped, settings.models_dir() / "sigmoid_mlp")
    open_model("sigmoid_mlp").path("litert").write_bytes(b"cut")


def broken_reader(_):
    shutil.copytree(health.ROOT / "models", settings.models_dir())
    (settings.models_dir() / "number_reader" / "network.tflite").write_bytes(b"cut")


def broken_run(_):
    run = start_run(get_recipe("dense_512"), launch=Launches())
    (run.folder / "run.json").write_text("{")


def broken_studies(monkeypatch):
    monkeypatch.setenv("MNIST_CORE_STORAGE", "postgresql://me:secret@127.0.0.1:1/none")


def broken_access(monkeypatch):
    monkeypatch.setenv("STREAMLIT_SERVER_ADDRESS", "0.0.0.0")


def broken_key(_):
    owner_key()
    (settings.runs_dir() / "owner.key").chmod(0o644)


def full_disk(monkeypatch):
    monkeypatch.setattr(health, "FREE", 1e18)


@pytest.mark.parametrize(
    ("check", "breaks", "words"),
    [
        (health.check_versions, broken_version, "tested was"),
        (health.check_mnist, broken_mnist, "/nowhere"),
        (health.check_imported, broken_data, "fashion"),
        (health.check_networks, broken_network, "sigmoid_mlp"),
        (health.check_networks, broken_reader, "train-number-reader"),
        (health.check_runs, broken_run, "can't be read"),
        (health.check_studies, broken_studies, "postgresql://…@127.0.0.1"),
        (health.check_access, broken_access, "0.0.0.0"),
        (health.check_access, broken_key, "can be read by others"),
        (health.check_space, full_disk, "GB for"),
    ],
)
def test_what_is_wrong_is_found_with_advice(monkeypatch, check, breaks, words):
    breaks(monkeypatch)
    result = check()
    assert isinstance(result, Check)
    assert not result.ok and words in result.finding and result.advice
    assert "secret" not in result.finding


def test_the_devices_are_those_that_tensorflow_lists(monkeypatch):
    class Done:
        returncode, stdout, stderr = 0, "CPU None\nGPU NVIDIA H200\n", ""

    monkeypatch.setattr(health.subprocess, "run", lambda *_, **__: Done)
    assert health.tensorflow_devices() == ["CPU", "GPU (NVIDIA H200)"]
    Done.returncode, Done.stderr = 1, "Traceback\nImportError: no libcudart\n"
    with pytest.raises(MnistCoreError, match="no libcudart"):
        health.tensorflow_devices()


def test_tensorflow_itself_lists_a_processor():
    assert "CPU" in health.tensorflow_devices()
