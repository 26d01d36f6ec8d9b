"""What the Mistakes page shows: kept for the session, and in the address, so that it is a link."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from mnist_core.i18n import Text
from mnist_core.review.answers import ORDERS, SPLITS
from pages.shared import state
from pages.shared.links import whole_number
from pages.shared.streamlit_internals import came_by_history

SECTIONS = {
    "images": Text("Images"),
    "figures": Text("Metrics"),
    "compare": Text("Compare networks"),
    "judged": Text("Judgements"),
}
CHANGES = ("fixed", "broken", "still")
ON_PAGE = 100  # images in the grid at a time
LATELY = 4  # addresses that a click on its way can still have
OLD_NAMES = {"said": "predicted"}  # in links of version 0.1.0


@dataclass(frozen=True)
class View:
    """One view of the page.

    Attributes:
        network: its name; "" is the default one. `other` is the one that it is compared with.
        split: a key of `SPLITS`.
        show: a key of `SECTIONS`.
        label, predicted: the true digit and the prediction that are looked for; None is any.
        wrong: only mistakes.
        low, high: confidence in per cent, inclusive.
        order: a key of `ORDERS`.
        page: of the grid, from 1.
        changed: one of `CHANGES`.
        image: the index, in its published set, of the one image that is looked at; or None.
    """

    network: str = ""
    split: str = "test"
    show: str = "images"
    label: int | None = None
    predicted: int | None = None
    wrong: bool = True
    low: int = 0
    high: int = 100
    order: str = "loss"
    page: int = 1
    other: str = ""
    changed: str = "fixed"
    image: int | None = None

    @property
    def selection(self) -> dict[str, Any]:
        """What it looks for, as `mnist_core.review.answers.select_answers` takes it."""
        return {
            "label": self.label,
            "predicted": self.predicted,
            "wrong": self.wrong,
            "low": self.low / 100,
            "high": self.high / 100,
            "order": self.order,
        }

    def params(self) -> dict[str, str]:
        """What the address says of it: all that is not as at the start."""
        start = View()
        return {
            field.name: str(int(value) if isinstance(value, bool) else value)
            for field in fields(self)
            if (value := getattr(self, field.name)) != getattr(start, field.name)
            and value is not None
        }


def view_from(params: Mapping[str, str]) -> View:
    """The view that an address tells; what makes no sense in it is left out."""
    digits, shares = range(10), range(101)
    numbers: dict[str, range] = {
        "label": digits,
        "predicted": digits,
        "wrong": range(2),
        "low": shares,
        "high": shares,
        "page": range(1, 10_000),
        "image": range(10_000_000),
    }
    words = {"split": SPLITS, "show": SECTIONS, "order": ORDERS, "changed": CHANGES}
    values: dict[str, Any] = {
        name: params[name][:200] for name in ("network", "other") if name in params
    }
    for name, text in params.items():
        name = OLD_NAMES.get(name, name)
        number = whole_number(text)
        if name in numbers and number is not None and number in numbers[name]:
            values[name] = number
        elif name in words and text in words[name]:
            values[name] = text
    if values.get("low", 0) > values.get("high", 100):
        del values["low"]
    return View(**{**values, "wrong": bool(values.get("wrong", True))})


def current() -> View:
    """The view: as the address says where that is a new one, else as it was left."""
    params, written = st.query_params.to_dict(), state.WRITTEN.ensure()
    if not state.VIEW.is_set or (params != written[-1] and _is_new(params, written)):
        state.VIEW.set(view_from(params))
        _note(params)  # now, as a click may break this run of the page off
    view: View = state.VIEW.get()
    return view


def _is_new(params: Mapping[str, str], written: Sequence[Mapping[str, str]]) -> bool:
    """Whether an address was asked for: by the browser's Back, or by a link with a view in it.

    A click that follows another one closely comes with the address of before that. Back from
    another page comes without an address; widgets are forgotten there, which tells it.
    """
    if came_by_history():
        return bool(params) or state.VIEW_WIDGET["show"].is_set
    return bool(params) and params not in written


def _note(params: dict[str, str]) -> None:
    state.WRITTEN.set([*state.WRITTEN.get(), params][-LATELY:])


def change(view: View, **changed: Any) -> None:
    """Show another view from now on. A change of what is looked for starts on the first page."""
    if "page" not in changed and "image" not in changed:
        changed["page"] = 1
    state.VIEW.set(replace(view, **changed))


def write_address(view: View) -> None:
    """Put the view into the browser's address."""
    params = view.params()
    if st.query_params.to_dict() != params:
        st.query_params.from_dict(params)
    if state.WRITTEN.get()[-1] != params:
        _note(params)


def link(view: View) -> str:
    """An address that opens the same view."""
    query = urlencode(view.params())
    address = st.context.url or "/mistakes"
    return f"{address}?{query}" if query else address
