"""What the Mistakes page asks for: networks, their data, and their answers to it."""

import threading

import streamlit as st

from mnist_core import Dataset, MnistCoreError, StoredModel, list_models, list_runs, settings
from mnist_core.datasets import load_mnist
from mnist_core.judgements import JudgedAccuracy, Judgement, judged_accuracy, judgements_of
from mnist_core.mistakes import (
    Answers,
    Part,
    asked_answers,
    part_of,
    stored_answers,
    was_tested_on,
)
from pages.parts.start import settle, test_data

LOOK = 0.4  # seconds between two looks at how far a network is


def networks() -> dict[str, StoredModel]:
    """Every stored network, the default one first, then those of finished runs, by name."""
    models = sorted(list_models()[0], key=lambda model: model.name != settings.DEFAULT_MODEL)
    found = {model.name: model for model in models}
    for run in list_runs():
        model = run.model()
        if model:
            found[run.id] = model
    return found


@st.cache_resource(show_spinner="Loading all images …")
def all_data() -> Dataset:
    """All of MNIST, or what stands in for it; never downloads."""
    if test_data().stand_in:
        return test_data()
    dataset = load_mnist(download=False)
    settle()
    return dataset


def part(model: StoredModel, split: str) -> Part:
    """A split of a network's data.

    Raises:
        MnistCoreError: it has none, or the data can't be read.
    """
    return part_of(model, test_data() if split == "test" else all_data(), split)


class Asking:
    """A network that is asked about every image of a part, on a thread of its own."""

    def __init__(self, model: StoredModel, part: Part) -> None:
        self.done, self.of = 0, len(part.images)
        self.answers: Answers | None = None
        self.error = ""
        self._thread = threading.Thread(target=self._run, args=(model, part), daemon=True)
        self._thread.start()

    def _run(self, model: StoredModel, part: Part) -> None:
        try:
            self.answers = asked_answers(model, part, self._report)
        except Exception as error:  # whatever it is, the page has to say so
            self.error = str(error) or repr(error)

    def _report(self, done: int, of: int) -> None:
        self.done, self.of = done, of


@st.cache_resource(show_spinner=False, max_entries=12)
def _stored(digest: str, images: str, _model: StoredModel, _part: Part) -> Answers:
    return stored_answers(_model, _part.labels)


@st.cache_resource(show_spinner=False, max_entries=6)
def _asking(digest: str, images: str, split: str, _model: StoredModel, _part: Part) -> Asking:
    return Asking(_model, _part)


def answers(model: StoredModel, part: Part) -> Answers | Asking:
    """What a network says of each image of a part, or the asking that is under way.

    Raises:
        ModelError: its files are damaged.
    """
    digest = str(model.card["files"]["litert"]["sha256"])
    if part.split == "test" and was_tested_on(model, test_data()):
        return _stored(digest, part.digest, model, part)
    asking = _asking(digest, part.digest, part.split, model, part)
    return asking.answers or asking


def wait(asking: Asking, name: str) -> None:
    """How far it is; the page goes on when it is done."""
    if asking.error:
        st.error(asking.error)
        _asking.clear()
        return
    st.fragment(_progress, run_every=LOOK)(asking, name)


def _progress(asking: Asking, name: str) -> None:
    if asking.answers or asking.error:
        st.rerun()
    st.progress(
        asking.done / asking.of, f"{name} is reading {asking.of:,} images … {asking.done:,}"
    )


def judged(part: Part) -> dict[int, Judgement]:
    """The judgements of a part's images, by index; none, and why, where they can't be read."""
    try:
        return judgements_of(part.digest)
    except MnistCoreError as error:
        st.error(str(error))
        return {}


def as_judged(part: Part, found: Answers, known: dict[int, Judgement]) -> JudgedAccuracy | None:
    """The accuracy as judged; None without judgements."""
    if not known:
        return None
    return judged_accuracy(found.predicted, part.labels, part.numbers, known)
