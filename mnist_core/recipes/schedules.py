"""Learning rate schedules: each as a class of `keras.optimizers.schedules` and its arguments."""

from typing import Any

from mnist_core.i18n import Text
from mnist_core.recipes.recipe import Recipe

SCHEDULE_COMMENTS = {
    "one_cycle": Text(
        "The learning rate rises for the first fifth of the steps, then falls to nearly 0."
    ),
    "cosine": Text("The learning rate falls to 0 along half a wave of the cosine."),
    "exponential": Text("The learning rate falls to a hundredth, by the same factor in each step."),
    "step": Text(
        "The learning rate is divided by ten after half of the steps, and again after three "
        "quarters."
    ),
}
# As code, from `steps`, the number of steps in the whole training; $rate is the learning rate, and
# $comment says what becomes of it.
SCHEDULE_CODE = {
    "one_cycle": """\
# $comment
learning_rate = keras.optimizers.schedules.CosineDecay(
    initial_learning_rate=$rate / 20,
    warmup_target=$rate,
    warmup_steps=max(1, steps // 5),
    decay_steps=max(1, steps - steps // 5),
    alpha=0.001,
)
""",
    "cosine": """\
# $comment
learning_rate = keras.optimizers.schedules.CosineDecay(
    initial_learning_rate=$rate, decay_steps=steps
)
""",
    "exponential": """\
# $comment
learning_rate = keras.optimizers.schedules.ExponentialDecay(
    initial_learning_rate=$rate, decay_steps=steps, decay_rate=0.01
)
""",
    "step": """\
# $comment
learning_rate = keras.optimizers.schedules.PiecewiseConstantDecay(
    boundaries=[steps // 2, 3 * steps // 4], values=[$rate, $rate / 10, $rate / 100]
)
""",
}


def schedule_arguments(recipe: Recipe, steps: int) -> tuple[str, dict[str, Any]] | None:
    """The class in `keras.optimizers.schedules` and its arguments; None for a constant rate.

    Args:
        steps: steps of the optimizer in the whole training.
    """
    rate = recipe.learning_rate
    if rate is None:
        return None
    if recipe.schedule == "one_cycle":
        return "CosineDecay", {
            "initial_learning_rate": rate / 20,
            "warmup_target": rate,
            "warmup_steps": max(1, steps // 5),
            "decay_steps": max(1, steps - steps // 5),
            "alpha": 0.001,
        }
    if recipe.schedule == "cosine":
        return "CosineDecay", {"initial_learning_rate": rate, "decay_steps": steps}
    if recipe.schedule == "exponential":
        arguments = {"initial_learning_rate": rate, "decay_steps": steps, "decay_rate": 0.01}
        return "ExponentialDecay", arguments
    if recipe.schedule == "step":
        return "PiecewiseConstantDecay", {
            "boundaries": [steps // 2, 3 * steps // 4],
            "values": [rate, rate / 10, rate / 100],
        }
    return None
