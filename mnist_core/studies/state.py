"""What a study of many trials has found so far: plain data, its numbers, and plain words."""

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mnist_core.i18n import Sentences, Text
from mnist_core.recipes.builtin import display_name
from mnist_core.recipes.recipe import Recipe
from mnist_core.studies.search_space import own_settings

if TYPE_CHECKING:
    from mnist_core.training.progress import Progress

CROSSVAL, SEARCH = "crossval", "tune"  # kinds of studies, and the commands that start them
MAX_TRIES = 3  # deaths after which a slot is given up: the trial itself may be what kills


@dataclass(frozen=True)
class StudyTrial:
    """One trial.

    Attributes:
        number: its number in the study, from 0.
        slot: the fold, or the slot of the search that it fills, from 0.
        state: `waiting`, `running`, `done`, `pruned` (given up as worse than others, or its
            settings can't work), `stopped` or `failed`. The last two are tried again.
        accuracy: of a fold on its images, of a search on the validation images, 0..1; of a pruned
            trial after its last epoch. None before there is one.
        accuracy_interval: 95% Wilson score interval of the accuracy, when done.
        loss: mean cross-entropy in nats, when done.
        images: how many images it was asked about, when done.
        settings: what the search chose; empty for a fold.
        history: metric name -> value after each epoch so far; None where it is no number.
        seconds: wall time so far.
        worker: who ran it: computer and process.
        error: why it could not be done, in words.
    """

    number: int
    slot: int
    state: str
    accuracy: float | None
    accuracy_interval: tuple[float, float] | None
    loss: float | None
    images: int | None
    settings: dict[str, Any]
    history: dict[str, list[float | None]]
    seconds: float | None
    worker: str | None
    error: str | None

    def to_dict(self) -> dict[str, Any]:
        """As plain data for JSON, where the slot is called `place`."""
        return {"place" if key == "slot" else key: value for key, value in asdict(self).items()}


@dataclass(frozen=True)
class StudyState:
    """A study as it is now.

    Attributes:
        kind: `crossval` or `tune`.
        recipe: what is cross-validated, or what the search starts from.
        data_name, data_digest: the data set that all trials learn from.
        images: how many training images the recipe takes of it.
        slots: how many folds, or how many trials in all.
        space: what a search chooses from, as `start_search` took it.
        trials: by number.
        given_up: slots whose trials failed too often.
        created: when it was started, UTC, ISO 8601; "" if that was not kept.
        given_title: what a person called it; "" for the title that says what it is.
    """

    name: str
    kind: str
    recipe: Recipe
    data_name: str
    data_digest: str
    images: int
    slots: int
    space: dict[str, str]
    trials: list[StudyTrial]
    given_up: int
    created: str = ""
    given_title: str = ""

    @property
    def results(self) -> list[StudyTrial]:
        """The trials that are done, by slot."""
        return sorted((t for t in self.trials if t.state == "done"), key=lambda t: t.slot)

    @property
    def filled(self) -> int:
        """How many slots have their result."""
        return len({t.slot for t in self.trials if t.state in ("done", "pruned")})

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do."""
        return self.filled + self.given_up >= self.slots

    @property
    def current(self) -> list[StudyTrial]:
        """The trial that counts for each slot, by slot: one that failed or was stopped only
        where no other has come after it."""
        rank = ("done", "pruned", "running", "waiting")
        slots: dict[int, StudyTrial] = {}
        for trial in sorted(
            (t for t in self.trials if t.slot < self.slots),
            key=lambda t: (-rank.index(t.state) if t.state in rank else -len(rank), t.number),
        ):
            slots[trial.slot] = trial  # the last one stays
        return [slots[slot] for slot in sorted(slots)]

    @property
    def running(self) -> list[StudyTrial]:
        """The trials that a worker has begun, here or elsewhere, living or not."""
        return [trial for trial in self.current if trial.state == "running"]

    def seconds_left(self, begun: float = 0.0, workers: int = 1) -> float | None:
        """About how long the rest takes; None before the first result.

        Args:
            begun: how much of the running trials is done, such as 0.5 for half of one.
            workers: how many are at it.
        """
        times = [t.seconds for t in self.current if t.state in ("done", "pruned") and t.seconds]
        if not times or workers < 1:
            return None
        left = self.slots - self.filled - self.given_up - begun
        return max(0.0, left) * float(np.mean(times)) / workers

    @property
    def best(self) -> StudyTrial | None:
        """The trial with the highest accuracy, the first of equals."""
        return max(self.results, key=lambda t: t.accuracy or 0.0, default=None)

    @property
    def mean(self) -> float | None:
        """Mean accuracy of the trials that are done, 0..1."""
        return float(np.mean(self._accuracies())) if self.results else None

    @property
    def standard_deviation(self) -> float | None:
        """Of the accuracies of the trials that are done, from two."""
        return float(np.std(self._accuracies(), ddof=1)) if len(self.results) > 1 else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """95% interval of a cross-validation's mean accuracy, 0..1; from two folds.

        Student's t, with the variance raised for what the folds' networks have learned in common
        (Nadeau and Bengio 2003, "Inference for the Generalization Error", equation 9).
        """
        mean, deviation, folds = self.mean, self.standard_deviation, len(self.results)
        if self.kind != CROSSVAL or mean is None or deviation is None:
            return None
        from scipy.stats import t

        error = deviation * math.sqrt(1 / folds + 1 / (self.slots - 1))
        half = float(t.ppf(0.975, folds - 1)) * error
        return max(0.0, mean - half), min(1.0, mean + half)

    @property
    def best_recipe(self) -> Recipe | None:
        """The recipe with the settings that the search found best."""
        best = self.best
        if self.kind != SEARCH or best is None:
            return None
        return self.recipe.with_settings(best.settings)

    def full_recipe(self, epochs: int | None = None, all_images: bool = True) -> Recipe | None:
        """The best recipe for a full training.

        Args:
            epochs: other than the trials'.
            all_images: take all training images, even if the trials took a part.
        """
        best = self.best_recipe
        if best is None:
            return None
        changes = {"epochs": epochs or best.epochs}
        return best.with_settings({**changes, "train_images": None} if all_images else changes)

    @property
    def command(self) -> str | None:
        """The command line that trains the best recipe."""
        recipe = self.best_recipe
        return recipe.command(self.data_name) if recipe else None

    @property
    def title(self) -> str:
        """What it is, for people."""
        if self.given_title:
            return self.given_title
        recipe = display_name(self.recipe.name)
        if self.kind == CROSSVAL:
            return Text("Cross-validation of {recipe}", recipe=recipe)
        return Text("Search for {recipe}", recipe=recipe)

    @property
    def result(self) -> str:
        """The accuracy that came out, in a word or two."""
        if self.kind == CROSSVAL:
            return "–" if self.mean is None else Text("{mean:.2%} on average", mean=self.mean)
        if self.best is None:
            return "–"
        return Text("{accuracy:.2%} at best", accuracy=self.best.accuracy or 0.0)

    @property
    def summary(self) -> str:
        """What came out, in plain words."""
        words = _read_folds(self) if self.kind == CROSSVAL else _read_search(self)
        if self.given_up:
            reasons = [t.error for t in self.trials if t.state == "failed" and t.error]
            counts = {"given_up": self.given_up, "slots": self.slots, "tries": MAX_TRIES}
            words.append(
                Text(
                    "{given_up} of {slots} failed {tries} times and are given up: {reason}",
                    **counts,
                    reason=reasons[-1],
                )
                if reasons
                else Text("{given_up} of {slots} failed {tries} times and are given up.", **counts)
            )
        return Sentences(*words)

    def to_dict(self) -> dict[str, Any]:
        """As plain data for JSON."""
        best = self.best
        return {
            "study": self.name,
            "created": self.created,
            "kind": self.kind,
            "recipe": self.recipe.to_dict(),
            "data": {"name": self.data_name, "digest": self.data_digest, "images": self.images},
            "places": self.slots,
            "filled": self.filled,
            "given_up": self.given_up,
            "finished": self.finished,
            "space": self.space,
            "trials": [trial.to_dict() for trial in self.trials],
            "mean": self.mean,
            "standard_deviation": self.standard_deviation,
            "interval": self.interval,
            "best": best.to_dict() if best else None,
            "command": self.command,
            "result": self.result,
            "summary": self.summary,
        }

    def _accuracies(self) -> list[float]:
        return [trial.accuracy or 0.0 for trial in self.results]


def _read_folds(state: StudyState) -> list[str]:
    words: list[str] = []
    if state.filled < state.slots:
        words.append(
            Text("{filled} of {slots} folds are done.", filled=state.filled, slots=state.slots)
        )
    mean, deviation, interval = state.mean, state.standard_deviation, state.interval
    if mean is None:
        return words
    accuracies = state._accuracies()
    images = round(state.images / state.slots)
    if deviation is None or interval is None:
        return [*words, Text("Its accuracy is {accuracy:.2%}.", accuracy=mean)]
    return [
        *words,
        Text(
            "Mean accuracy {mean:.2%}, standard deviation {deviation:.2%} "
            "({lowest:.2%} to {highest:.2%}).",
            mean=mean,
            deviation=deviation,
            lowest=min(accuracies),
            highest=max(accuracies),
        ),
        Text(
            "Each network learned from about {learned:,} of the {images:,} images and was asked "
            "about the other {asked:,}, which it had not seen.",
            learned=state.images - images,
            images=state.images,
            asked=images,
        ),
        Text(
            "With 95% confidence the recipe's accuracy on such images is between {low:.2%} and "
            "{high:.2%}: a recipe whose mean is in there too is not clearly better or worse.",
            low=interval[0],
            high=interval[1],
        ),
    ]


def _read_search(state: StudyState) -> list[str]:
    pruned = [trial for trial in state.trials if trial.state == "pruned"]
    refused = [trial for trial in pruned if trial.error]
    words: list[str] = [
        Text("{filled} of {slots} trials are done.", filled=state.filled, slots=state.slots)
    ]
    early = len(pruned) - len(refused)
    if early:
        words.append(Text("{n} of them ended early: most others did better.", n=early))
    if refused:
        words.append(
            Text(
                "{n} had settings that can't work: {reason}",
                n=len(refused),
                reason=refused[-1].error,
            )
        )
    best = state.best
    if best is None:
        return words
    words.append(
        Text(
            "The best, trial {number}, is right on {accuracy:.2%} of {images:,} validation images.",
            number=best.number,
            accuracy=best.accuracy or 0.0,
            images=best.images,
        )
    )
    own = own_settings(state.recipe, state.space)
    given = [t for t in state.results if len(own) == len(state.space) and t.settings == own]
    if given and given[0].number == best.number:
        words.append(Text("These are the recipe's own settings: nothing better was found."))
    elif given and best.accuracy_interval:
        first = given[0].accuracy or 0.0
        sure = first < best.accuracy_interval[0]
        words.append(
            Text("The recipe as it is gets {accuracy:.2%}.", accuracy=first)
            if sure
            else Text(
                "The recipe as it is gets {accuracy:.2%}, which is so near that chance may have "
                "made the difference.",
                accuracy=first,
            )
        )
    words.append(
        Text(
            "The settings were chosen by these images, so expect a little less on others; the test "
            "images played no part."
        )
    )
    return words


@dataclass(frozen=True)
class FoldCurves:
    """How a metric went in the folds of a cross-validation.

    Attributes:
        folds: number of the fold, from 1 -> value after each epoch so far.
        mean, deviation: over the folds that are done, after each epoch that all of these have;
            empty for less than two. The deviation is the standard deviation.
    """

    folds: dict[int, list[float | None]]
    mean: list[float]
    deviation: list[float]


def fold_curves(state: StudyState, metric: str) -> FoldCurves:
    """The curves of all folds that have begun.

    Args:
        metric: such as `val_accuracy`.
    """
    folds = {t.slot + 1: t.history[metric] for t in state.current if t.history.get(metric)}
    done = [folds[t.slot + 1] for t in state.results if t.slot + 1 in folds]
    if len(done) < 2:
        return FoldCurves(folds, [], [])
    epochs = min(map(len, done))  # they may have stopped early
    table = np.array([values[:epochs] for values in done], np.float64)
    return FoldCurves(folds, table.mean(axis=0).tolist(), table.std(axis=0, ddof=1).tolist())


@dataclass(frozen=True)
class StudyProgress:
    """Where a study is.

    Attributes:
        filled: how many of `slots` have their result, by any worker.
        slot: what this worker is training now; None while it waits for others to end.
        training: how far that is; None while it waits.
    """

    filled: int
    slots: int
    slot: int | None = None
    training: "Progress | None" = None

    @property
    def share(self) -> float:
        """Share of the study that is done, 0 to 1, other workers' running trials not counted."""
        part = self.training.share if self.training else 0.0
        return min(1.0, (self.filled + part) / self.slots)
