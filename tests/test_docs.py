"""The documents name every command, public name and setting, and are up to date."""

import re

import pytest

import mnist_core
from docs.packages import DOCUMENT, ROOT, diagram, reduced
from mnist_core import settings
from mnist_core.cli.main import build_parser
from mnist_core.cli.terminal import COMMANDS

DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("models/*.md")])


@pytest.mark.parametrize("command", [command.name for command in COMMANDS])
def test_every_command_is_documented(command):
    build_parser()
    assert f"| `{command}` |" in (ROOT / "docs" / "commands.md").read_text("utf-8")


@pytest.mark.parametrize("name", mnist_core.__all__)
def test_every_public_name_is_documented(name):
    assert f"`{name}`" in (ROOT / "docs" / "python.md").read_text("utf-8")


def test_every_environment_variable_is_documented():
    variables = set(re.findall(r"MNIST_CORE_\w+", settings.__doc__))
    readme = (ROOT / "README.md").read_text("utf-8")
    assert variables and all(f"| `{variable}` |" in readme for variable in variables)


@pytest.mark.parametrize(
    "part",
    [
        pytest.param(r"(?m)^#+ ", id="headings"),
        pytest.param(r"(?m)^    (.+?)(?:\s+# .*)?$", id="commands without their comments"),
        pytest.param(r"(?s)```.+?```", id="programs"),
        pytest.param(r"`[^`\n]+`", id="code in the text"),
        pytest.param(r"[\d.,]*\d%", id="percentages"),
        pytest.param(r"(!?)\[[^]]*\]\((.+?)\)", id="links and pictures"),
    ],
)
def test_the_chinese_readme_has_what_the_english_one_has(part):
    english, chinese = (
        sorted(re.findall(part, (ROOT / name).read_text("utf-8")))
        for name in ("README.md", "README.zh.md")
    )
    assert english and chinese == english


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_to_a_file(document):
    for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text("utf-8")):
        assert (document.parent / target).exists(), target


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_benchmark_that_is_named_exists(document):
    for name in re.findall(r"benchmarks\.(\w+)", document.read_text("utf-8")):
        assert (ROOT / "benchmarks" / f"{name}.py").exists(), name


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_that_is_named_exists(document):
    text = document.read_text("utf-8")
    for name in re.findall(r"`((?:mnist_core|pages|docs|tests)/[a-z_/]+\.\w+)`", text):
        assert (ROOT / name).exists(), name


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_test_that_is_named_exists(document):
    for name, test in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", document.read_text("utf-8")):
        assert f"\ndef {test}(" in (ROOT / name).read_text("utf-8"), f"{name}::{test}"


def test_every_way_in_and_every_fault_names_the_test_that_shows_it():
    text = (ROOT / "docs" / "reliability.md").read_text("utf-8")
    text = text.partition("## A class at once")[0]
    for table in re.findall(r"(?m)^\|[-|]+\|\n((?:\|.*\n)+)", text):
        rows = table.splitlines()
        assert len(rows) > 10
        assert [row for row in rows if "`tests/" not in row] == []


def test_the_picture_of_the_packages_is_up_to_date():
    assert diagram() in DOCUMENT.read_text("utf-8"), "python docs/packages.py writes it anew"


def test_an_arrow_that_others_imply_is_left_out():
    assert reduced({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == {
        "a": {"b"},
        "b": {"c"},
        "c": set(),
    }
