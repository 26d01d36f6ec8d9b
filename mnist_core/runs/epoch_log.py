"""The lines that Keras prints after each epoch, from a training's history."""

from collections.abc import Mapping, Sequence


def keras_log(history: Mapping[str, Sequence[float | None]], epochs: int, steps: int) -> str:
    """What `model.fit(verbose=2)` prints of a training, without the times.

    Args:
        history: metric name -> value after each finished epoch; other columns are left out.
        epochs: epochs of the whole training.
        steps: batches per epoch; 0 if that isn't known.
    """
    names = sorted(name for name in history if name.removeprefix("val_") in ("accuracy", "loss"))
    names.sort(key=lambda name: name.startswith("val_"))
    lines = []
    for epoch in range(max((len(history[name]) for name in names), default=0)):
        values = [
            f"{name}: {value:.4f}" for name in names if (value := history[name][epoch]) is not None
        ]
        head = [f"{steps}/{steps}"] if steps else []
        lines += [f"Epoch {epoch + 1}/{epochs}", " - ".join([*head, *values])]
    return "\n".join(lines)
