"""Where a training is, as it reports it; without TensorFlow."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """Where a training run is. Counts start at 1.

    `images` were seen in this epoch so far, and `metrics` is the mean over them.
    """

    epoch: int
    epochs: int
    batch: int
    batches: int
    images: int
    metrics: dict[str, float]

    @property
    def share(self) -> float:
        """Share of the whole run that is done, 0 to 1."""
        return ((self.epoch - 1) * self.batches + self.batch) / (self.epochs * self.batches)
