"""A training that can't fit into memory is refused; what is counted is what Keras would make."""

import pytest

from mnist_core import RecipeError, get_recipe
from mnist_core.recipes import memory
from mnist_core.recipes.memory import check_memory, least_memory
from mnist_core.runs.runs import list_runs, start_run
from tests.launches import Launches


@pytest.mark.parametrize(("optimizer", "copies"), [("sgd", 2), ("rmsprop", 3), ("adam", 4)])
def test_weights_gradients_optimizer_and_outputs_are_counted(optimizer, copies):
    recipe = get_recipe("dense_512").with_settings({"optimizer": optimizer, "batch_size": 100})
    outputs = 784 + 512 + 10
    scaled = least_memory(recipe) - 4 * copies * 407_050
    assert scaled in {4 * 2 * 100 * outputs, 4 * 2 * 100 * (outputs + 784)}  # with Rescaling


@pytest.mark.usefixtures("isolated")
def test_a_network_that_does_not_fit_is_refused_before_it_starts(monkeypatch):
    monkeypatch.setattr(memory, "machine_memory", lambda: 8_000_000_000)
    launches = Launches()
    with pytest.raises(RecipeError, match=r"at least 106 GB of memory, and this machine has 8 GB"):
        start_run(get_recipe("dense_512").with_settings({"units": 10_000_000}), launch=launches)
    assert list_runs() == [] and launches.folders == []
    check_memory(get_recipe("pen"))


def test_where_the_system_does_not_tell_nothing_is_refused(monkeypatch):
    monkeypatch.setattr(memory, "machine_memory", lambda: None)
    check_memory(get_recipe("dense_512").with_settings({"units": 10_000_000}))
