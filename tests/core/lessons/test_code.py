"""The code of every course, run from its first to its last step: it does what the course says."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mnist_core.lessons import COURSES
from mnist_core.recipes.builtin import RECIPES
from mnist_core.recipes.trace import trace
from tests.conftest import mnist_path

RUN_STEPS = Path(__file__).with_name("run_steps.py")


def small_mnist(folder):
    """A file in MNIST's layout that has the images that the courses show, for want of MNIST."""
    rng = np.random.default_rng(0)
    arrays = {}
    for part, n in (("train", 8000), ("test", 4500)):
        arrays[f"x_{part}"] = rng.integers(0, 256, (n, 28, 28), dtype=np.uint8)
        arrays[f"y_{part}"] = rng.integers(0, 10, n, dtype=np.uint8)
    np.savez(folder / "mnist.npz", **arrays)
    return folder / "mnist.npz"


FULL = mnist_path() if (mnist_path() or Path()).suffix == ".npz" else None
every_course = pytest.mark.parametrize("course", COURSES.values(), ids=COURSES)


def choices(course):
    """The controls' first choices, then their last ones."""
    return [{c.name: c.choices[at] for c in course.controls} for at in (0, -1)]


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    """By course: for each of its `choices`, what its steps printed and its trainings were.

    With the last choices, the code is run up to the training only, to save time.
    """
    folder = tmp_path_factory.mktemp("lessons")
    steps = []
    for course in COURSES.values():
        first, last = choices(course)
        steps.append([course.code(step, first) for step in course.steps])
        fit = next(at for at, step in enumerate(course.steps) if ".fit(" in step.code)
        steps.append([course.code(step, last) for step in course.steps[: fit + 1]])
    done = subprocess.run(
        [sys.executable, RUN_STEPS, FULL or small_mnist(folder)],
        input=json.dumps(steps),
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "CUDA_VISIBLE_DEVICES": "-1"},
    )
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)
    return {name: results[2 * at : 2 * at + 2] for at, name in enumerate(COURSES)}


@every_course
def test_the_code_runs_from_the_first_step_to_the_last(course, programs):
    for program in programs[course.name]:
        assert not program["error"], program["error"]


@pytest.mark.skipif(not FULL, reason="the output is that of all of MNIST")
@every_course
def test_steps_print_what_the_course_shows(course, programs):
    for step, printed in zip(course.steps, programs[course.name][0]["outputs"], strict=True):
        if step.output:
            assert printed == step.output + "\n", step.name


@every_course
def test_the_code_trains_as_the_recipe_does(course, programs):
    recipe = RECIPES[course.recipe]
    for chosen, program in zip(choices(course), programs[course.name], strict=True):
        expected = recipe.with_settings(course.settings(chosen))
        training = program["trainings"][0]
        assert training["largest_pixel"] == (1 if expected.scale else 255)
        for key in ("loss", "optimizer", "epochs", "batch_size", "validation_split"):
            assert training[key] == getattr(expected, key), key


@every_course
def test_the_code_builds_the_recipes_layers(course, programs):
    recipe = RECIPES[course.recipe]
    for chosen, program in zip(choices(course), programs[course.name], strict=True):
        expected = recipe.with_settings(course.settings(chosen))
        layers = [
            {
                "kind": shape.kind,
                "output": list(shape.output),
                "parameters": shape.parameters,
                "activation": layer.settings.get("activation"),
                "rate": layer.settings.get("rate"),
            }
            for layer, shape in zip(expected.layers, trace(expected), strict=True)
        ]
        if layers[0]["kind"] == "Flatten":  # the courses flatten the images before
            del layers[0]
        assert program["trainings"][0]["layers"] == layers
