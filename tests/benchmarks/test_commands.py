"""Every command in `benchmarks/` still runs and prints its figures, here with the least work."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.install import find_browser
from tests.conftest import SHARED, mnist_path

ROOT = Path(__file__).resolve().parents[2]
PEN_DIGITS, LETTERS = SHARED / "pen_digits_dev.npz", SHARED / "pen_nondigits_dev.npz"

# Command -> its arguments, words that it must print.
PLAIN = {
    "loop": ("sigmoid_mlp --images 500 --rounds 1 --start", ["sigmoid_mlp", "first batch"]),
    "fast": ("--seeds 1 --more 1 --images 600", ["fast_cnn, 2 epochs", "dropout_cnn, tutorial"]),
    "recipes": (
        "sigmoid_mlp --seeds 1 --set train_images=500 --set epochs=1 --out {out}",
        ["| `sigmoid_mlp`"],
    ),
    "pen_based": ("{out}/penbased.dat --models pen fast_cnn", ["2 digits", "fast_cnn"]),
    "large_files": ("large_png", ["large_png", "highest"]),
    "uploads": ("--count 2 --megabytes 1", ["2 uploads of 1 MB at once: 2 taken"]),
    "runtimes": ("fast_cnn", ["litert", "from a 400x400 canvas"]),
}
BROWSER = {
    "app": ("--strokes 3", ["stroke", "memory"]),
    "explore": ("--repeats 1 --sessions 1", ["Dataset", "Mistakes"]),
    "inside": ("--strokes 2", ["median"]),
    "live": ("--strokes 1", ["pointer event to bars", "workers started: 1"]),
    "kills": ("--moments 1 --targets process", ["1 kills, 0 with something lost or wrong"]),
    "load": (
        "--sessions 2 --seconds 4",
        ["this app: 2 sessions", "one line: 2 sessions", "0 lost"],
    ),
    "stroke_cost": ("--strokes 2 --elements", ["processor time of a stroke", "new_element html"]),
    "tour": ("--languages zh --sizes phone --views draw", ["zh, phone, draw\n"]),
    "memory": ("--strokes 20 --sessions 1 --json", ["growth"]),
}
PEN = {
    "browser": (
        f"{PEN_DIGITS} --images 20 --networks 1 --limit 20",
        ["pen: ", "random 0, LiteRT: 20 of 20", "same answer"],
    ),
    "html_page": (f"{PEN_DIGITS} --drawings 3", ["pen, 3 drawings", "server's for 100.0%"]),
    "numbers": (f"{PEN_DIGITS} --numbers 5", ["numbers"]),
    "photographs": (f"{PEN_DIGITS} --limit 3", ["easy"]),
    "pictures": (f"{PEN_DIGITS} --count 2 --kinds frame speck", ["frame", "speck"]),
    "real_hands": (f"{PEN_DIGITS} --nondigits {LETTERS} --limit 30 --models fast_cnn pen", ["pen"]),
}
# A zero and a one, as in UCI's Pen-Based Recognition set.
PEN_BASED = """@attribute Class
50, 100, 5, 80, 0, 40, 30, 0, 70, 0, 100, 40, 95, 80, 50, 100, 0
50, 100, 50, 86, 50, 72, 50, 58, 50, 44, 50, 30, 50, 15, 50, 0, 1
"""
NOT_COMMANDS = {"__init__", "pen_digits", "picture_kinds", "replay"}  # what the commands share
PICTURES = {"gallery", "screenshots"}  # only pictures come of them


def test_every_command_is_tried_here():
    modules = {path.stem for path in (ROOT / "benchmarks").glob("*.py")}
    assert modules - NOT_COMMANDS - PICTURES == {*PLAIN, *BROWSER, *PEN}


def run(command, arguments, words, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{command}", *arguments.format(out=tmp_path).split()],
        cwd=ROOT,
        env={**os.environ, "MNIST_CORE_RUNS": str(tmp_path / "runs")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for word in words:
        assert word in done.stdout + done.stderr


@pytest.mark.skipif(mnist_path() is None, reason="MNIST isn't here")
@pytest.mark.parametrize("command", PLAIN)
def test_a_command_prints_its_figures(command, tmp_path):
    (tmp_path / "penbased.dat").write_text(PEN_BASED)
    run(command, *PLAIN[command], tmp_path)


@pytest.mark.skipif(mnist_path() is None, reason="MNIST isn't here")
def test_the_programs_of_recipes_are_measured(tmp_path):
    run(
        "recipes",
        "sigmoid_mlp --program --seeds 1 --set train_images=500 --set epochs=1",
        ["| `sigmoid_mlp`, program |"],
        tmp_path,
    )


@pytest.mark.skipif(mnist_path() is None, reason="MNIST isn't here")
@pytest.mark.skipif(find_browser() is None, reason="there is no browser")
@pytest.mark.parametrize("command", BROWSER)
def test_a_command_with_a_browser_prints_its_figures(command, tmp_path):
    run(command, *BROWSER[command], tmp_path)


@pytest.mark.skipif(not PEN_DIGITS.exists(), reason="the pen digits aren't here")
@pytest.mark.parametrize("command", PEN)
def test_a_command_on_pen_digits_prints_its_figures(command, tmp_path):
    run(command, *PEN[command], tmp_path)
