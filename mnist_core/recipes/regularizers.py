"""Penalties on large weights, as a layer's setting `kernel_regularizer`."""

from collections.abc import Mapping
from typing import Any

USUAL_STRENGTH = 0.01  # Keras's own, where only the name is given
NAMES = ("l1", "l2")  # what has that strength by its name alone; "l1l2" would have none
REGULARIZERS = {"l1": ("L1", ("l1",)), "l2": ("L2", ("l2",)), "l1l2": ("L1L2", ("l1", "l2"))}


def regularizer(name: str, strength: float = USUAL_STRENGTH) -> str | dict[str, Any]:
    """A penalty as a layer takes it.

    Args:
        name: a key of `REGULARIZERS`: `l1` on the size of the weights, `l2` on their square.
        strength: the factor of the penalty, above 0.
    """
    if strength == USUAL_STRENGTH and name in NAMES:
        return name
    class_name, factors = REGULARIZERS[name]
    return {"class_name": class_name, "config": dict.fromkeys(factors, strength)}


def name_and_strength(value: Any) -> tuple[str, float] | None:
    """The arguments of `regularizer` that give a setting's value; None where none do."""
    if isinstance(value, str) and value in NAMES:
        return value, USUAL_STRENGTH
    if isinstance(value, Mapping) and isinstance(value.get("config"), Mapping):
        for name, (class_name, factors) in REGULARIZERS.items():
            strengths = set(value["config"].values())
            same = value.get("class_name") == class_name and set(value["config"]) == set(factors)
            if same and len(strengths) == 1:
                return name, strengths.pop()
    return None
