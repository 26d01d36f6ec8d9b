"""The files in `deploy/`: they name what is there, and what is copied into the image is enough."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from mnist_core.cli.terminal import COMMANDS

ROOT = Path(__file__).resolve().parents[1]
CONTAINERFILE = (ROOT / "deploy" / "Containerfile").read_text("utf-8")
COMPOSE = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text("utf-8"))
NGINX = (ROOT / "deploy" / "nginx.conf").read_text("utf-8")


def test_the_proxy_knows_the_servers():
    servers = {name for name in COMPOSE["services"] if name.startswith("app")}
    assert set(re.findall(r"server (\w+):8501", NGINX)) == servers == {"app1", "app2"}


def test_workers_run_a_command_that_exists_and_variables_are_documented():
    import mnist_core.cli.main  # noqa: F401  registers the commands

    command = COMPOSE["services"]["worker"]["command"].removeprefix("python -m mnist_core ")
    assert command in {registered.name for registered in COMMANDS}
    readme = (ROOT / "README.md").read_text("utf-8")
    variables = set(COMPOSE["x-lab"]["environment"]) | set(
        re.findall(r"(MNIST_\w+|KERAS_HOME)=", CONTAINERFILE)
    )
    assert variables and all(f"`{variable}`" in readme for variable in variables)


def test_what_is_copied_into_the_image_is_enough(tmp_path):
    for line in re.findall(r"(?m)^COPY (.+)$", CONTAINERFILE):
        *sources, target = line.split()
        for source in sources:
            place = tmp_path / target / ("" if target != "./" else source)
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, place)
            else:
                shutil.copy(ROOT / source, tmp_path / target)
    environment = {**os.environ, "MNIST_CORE_RUNS": str(tmp_path / "runs")}
    environment.pop("PYTHONPATH", None)
    program = (
        "from streamlit.testing.v1 import AppTest\n"
        "page = AppTest.from_file('app.py', default_timeout=60).run()\n"
        "assert not page.exception and page.title, page\n"
        "import mnist_core; print(len(mnist_core.list_models()[0]), mnist_core.__file__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    count, file = done.stdout.split()
    assert int(count) == 6 and Path(file).is_relative_to(tmp_path)
