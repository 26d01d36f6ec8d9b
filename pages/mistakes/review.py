"""What the Mistakes page asks for: networks, their data, and their answers to it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NoReturn

import numpy as np
import streamlit as st

from mnist_core import (
    Dataset,
    Evaluation,
    StoredModel,
    evaluate_probabilities,
    list_models,
    settings,
)
from mnist_core.data.collection import is_imported
from mnist_core.data.dataset import label_name
from mnist_core.errors import JudgementError
from mnist_core.i18n import Text, _
from mnist_core.review.answers import (
    Answers,
    Part,
    compute_answers,
    part_of,
    stored_answers,
    was_tested_on,
)
from mnist_core.review.judgements import Judgement, judgements_of
from mnist_core.runs.runs import run_networks
from pages.mistakes.view import View, change
from pages.shared.datasets import test_data, whole_data
from pages.shared.following import Answer, Threaded, followed
from pages.shared.text import as_typed

LOOK = 0.4  # seconds between two looks at how far a network is


@dataclass(frozen=True)
class Network:
    """A trained network: its name in links, what people call it, and itself."""

    key: str
    name: str
    model: StoredModel

    @property
    def label(self) -> str:
        """With its accuracy on its test images."""
        return f"{self.name} · {self.model.evaluation.accuracy:.2%}"


@dataclass(frozen=True)
class Review:
    """A network, a part of its data, and what it says of it.

    Attributes:
        others: every network that there is, this one too, by their names in links.
        tested: whether these are the images that it was tested with.
    """

    network: Network
    others: Mapping[str, Network]
    dataset: Dataset
    part: Part
    answers: Answers
    tested: bool

    @property
    def name(self) -> str:
        """What people call the network."""
        return self.network.name

    @property
    def model(self) -> StoredModel:
        """The network itself."""
        return self.network.model

    def title(self, place: int) -> str:
        """An image, its label and the answer, in words."""
        names = self.dataset.class_names
        return _(
            "{image}: label {label}, predicted {predicted} ({confidence:.0%})",
            image=image_name(self.part, place),
            label=label_name(int(self.part.labels[place]), names),
            predicted=label_name(int(self.answers.predicted[place]), names),
            confidence=self.answers.confidence[place],
        )

    def place(self, number: int | None) -> int | None:
        """The position of the image with an index in its set; None if it isn't here."""
        places = np.flatnonzero(self.part.indices == number)
        return int(places[0]) if len(places) else None


def image_name(part: Part, place: int) -> str:
    """What an image is called in a sentence."""
    index = int(part.indices[place])
    if part.published == "test":
        return _("test image {index:,}", index=index)
    return _("training image {index:,}", index=index)


def networks() -> dict[str, Network]:
    """Every stored network, the default one first, then those of runs, by their names in links."""
    models = sorted(list_models()[0], key=lambda model: model.name != settings.DEFAULT_MODEL)
    by_key = {model.name: Network(model.name, model.title, model) for model in models}
    for run, model in run_networks(models):
        by_key[run.id] = Network(run.id, run.name, model)
    return by_key


def data_of(model: StoredModel, train: bool) -> Dataset:
    """What a network learned from: MNIST, what stands in for it, or what was brought in.

    Raises:
        MnistCoreError: it isn't on this machine.
    """
    if is_imported(model.data_name):
        return whole_data(model.data_name)
    return whole_data() if train else test_data()


@dataclass(frozen=True)
class Asking:
    """A network that is being asked about a part; `look` and `start` are for `followed`."""

    name: str
    images: int
    about: object
    look: Callable[[], Answer[Answers]]
    start: Callable[[], object]


@st.cache_resource(show_spinner=False, max_entries=12)
def _part(
    digest: str,
    owner: str,
    split: str,
    data: int,
    _model: StoredModel,
    _owner: StoredModel,
    _dataset: Dataset,
) -> tuple[Dataset, Part, bool]:
    # Kept, as brought-in data has to be hashed for it. `data` is the data set's id, which no other
    # can get as long as this one is kept, too.
    tested = split == "test" and was_tested_on(_model, _dataset)
    return _dataset, part_of(_owner, _dataset, split), tested


@st.cache_resource(show_spinner=False, max_entries=12)
def _stored(digest: str, images: str, _model: StoredModel, _part: Part) -> Answers:
    return stored_answers(_model, _part.labels)


@st.cache_resource(show_spinner=False, max_entries=6)
def _asking(
    digest: str, images: str, split: str, _model: StoredModel, _part: Part
) -> Threaded[Answers]:
    return Threaded(lambda report: compute_answers(_model, _part, report))


def ask(
    key: str, others: Mapping[str, Network], split: str, of: StoredModel | None = None
) -> Review | Asking:
    """What a network says of a split, or the asking that is under way.

    Args:
        of: whose data and split it is. Default: its own.

    Raises:
        MnistCoreError: the data isn't here, or the network's files are damaged.
    """
    model = others[key].model
    owner = of or model
    dataset = data_of(owner, train=split != "test")
    digest, owned = (
        str(network_model.card["files"]["litert"]["sha256"]) for network_model in (model, owner)
    )
    dataset, part, tested = _part(digest, owned, split, id(dataset), model, owner, dataset)
    if tested:
        answers = _stored(digest, part.digest, model, part)
    else:
        rows = f"{split} {part.indices[0]} {len(part.indices)}"
        answer = _asking(digest, part.digest, rows, model, part).look()
        if answer.result is None:
            return Asking(
                others[key].name,
                len(part.images),
                (digest, part.digest, rows),
                lambda: _asking(digest, part.digest, rows, model, part).look(),
                lambda: _asking.clear(digest, part.digest, rows, model, part),
            )
        answers = answer.result
    return Review(others[key], others, dataset, part, answers, tested)


def wait(asking: Asking) -> None:
    """Show how far it is; the page goes on when it is done."""
    work = followed(
        asking.look,
        asking.start,
        slot="asking",
        about=asking.about,
        words=lambda answer: Text(
            "{network} is classifying {images:,} images … {done:,}",
            network=as_typed(asking.name),
            images=asking.images,
            done=round((answer.share or 0.0) * asking.images),
        ),
        every=LOOK,
    )
    if work.finished:  # just now
        st.rerun()


def evaluation(review: Review) -> Evaluation:
    """The scores of a network on a part."""
    if review.tested:
        return review.model.evaluation  # scikit-learn's import would take a second
    return evaluate_probabilities(review.answers.probabilities, review.part.labels)


def judged(part: Part) -> dict[int, Judgement]:
    """The judgements of a part's images, by index; none where they can't be read."""
    try:
        known = judgements_of(part.digest)
    except JudgementError:  # `page` says so, once
        return {}
    first, last = int(part.indices[0]), int(part.indices[-1])
    return {number: judgement for number, judgement in known.items() if first <= number <= last}


def open_image(view: View, number: int, page: int | None = None) -> NoReturn:
    """Look at one image, and at that page of the grid when going back."""
    change(view, image=number, page=page or view.page)
    st.rerun()
