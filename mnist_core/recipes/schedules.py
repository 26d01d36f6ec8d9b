"""Learning rate schedules: each as a class of `keras.optimizers.schedules` and its arguments."""

from typing import Any

from mnist_core.recipes.recipe import Recipe

# As code, from `steps`, the number of steps in the whole training; $rate is the learning rate.
SCHEDULE_CODE = {
    "one_cycle": """\
# The learning rate rises for the first fifth of the steps, then falls to nearly 0.
learning_rate = keras.optimizers.schedules.CosineDecay(
    initial_learning_rate=$rate / 20,
    warmup_target=$rate,
    warmup_steps=max(1, steps // 5),
    decay_steps=max(1, steps - steps // 5),
    alpha=0.001,
)
""",
}


def schedule_arguments(recipe: Recipe, steps: int) -> tuple[str, dict[str, Any]] | None:
    """The class in `keras.optimizers.schedules` and its arguments; None for a constant rate.

    Args:
        steps: steps of the optimizer in the whole training.
    """
    if recipe.learning_rate is None or recipe.schedule not in SCHEDULE_CODE:
        return None
    rate = recipe.learning_rate
    return "CosineDecay", {
        "initial_learning_rate": rate / 20,
        "warmup_target": rate,
        "warmup_steps": max(1, steps // 5),
        "decay_steps": max(1, steps - steps // 5),
        "alpha": 0.001,
    }
