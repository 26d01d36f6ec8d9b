"""Everything that a session keeps, by name: what it is, and whose it is.

Pages reach Streamlit's session state through these names alone. A widget's value lies under the
key that the widget is given (`key=NAME.key`), and Streamlit forgets it while another page is shown,
unless the widget says `persist_state="session"`; what is to last longer has a name of its own.
Widgets whose value nobody looks up elsewhere have their key where they stand.
"""

import copy
from concurrent.futures import Future
from typing import Any, Generic, TypeVar

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.shared.pad import Pad

T = TypeVar("T")


class Value(Generic[T]):
    """One thing that a session keeps.

    Attributes:
        key: its name in Streamlit's session state.
        default: what it is until it is set. Each session gets a copy of its own.
    """

    def __init__(self, key: str, default: T) -> None:
        self.key = key
        self.default = default

    @property
    def is_set(self) -> bool:
        """Whether the session has it."""
        return self.key in st.session_state

    def get(self) -> T:
        """What it is; the default while it isn't set."""
        if not self.is_set:
            return copy.deepcopy(self.default)
        value: T = st.session_state[self.key]
        return value

    def ensure(self, value: T | None = None) -> T:
        """What it is; while it isn't set, it is set to a value, or to the default."""
        if not self.is_set:
            self.set(copy.deepcopy(self.default) if value is None else value)
        return self.get()

    def set(self, value: T) -> None:
        """Keep this from now on."""
        st.session_state[self.key] = value

    def take(self) -> T:
        """What it is; it is forgotten."""
        value = self.get()
        self.clear()
        return value

    def clear(self) -> None:
        """Forget it."""
        st.session_state.pop(self.key, None)


class Family(Generic[T]):
    """Things of one kind, each with a name of its own: `FAMILY[name]` is a `Value`."""

    def __init__(self, prefix: str, default: T) -> None:
        self.prefix = prefix
        self.default = default

    def __getitem__(self, name: object) -> Value[T]:
        return Value(f"{self.prefix}{name}", self.default)


# --- shared: all pages ------------------------------------------------------------------------

# Whether this session has shown the key of the server's owner (shared/access).
IS_OWNER = Value("is_owner", False)
OWN: Value[set[tuple[str, str]]] = Value("own", set())  # what it made: (kind, id or name)

# The language that was chosen in the bar or by a link (shared/language); "": the browser's.
LANGUAGE = Value("language_code", "")

# What the address asked a page for, when it was last looked at (shared/links), by page.
LINK_TAKEN: Family[dict[str, list[str]]] = Family("link_taken_", {})

# Whether images are shown dark on white (shared/paper).
DARK_ON_WHITE = Value("dark_on_white", False)

# What a person said of a picture: it is one digit, its digits are in one row (draw/page).
CORRECTIONS = Value("corrections", (False, False))

# What is drawn, and the canvas's own widgets (shared/canvas).
PAD: Value[Pad] = Value("drawn", Pad())
CANVAS: Value[Any] = Value("canvas", None)
PEN_WIDTH = Value("pen_width", Pad().pen_width)
# The image that Draw and See inside show from the test set, or from another page (shared/samples).
TEST_INDEX = Value("test_index", 0)
SAMPLE: Value[tuple[NDArray[np.uint8], str] | None] = Value("sample", None)  # image, words
# Background work that this session has started or waits for (shared/following).
ATTEMPTS: Value[dict[str, Any]] = Value("attempts", {})
FUTURES: Value[dict[str, tuple[bytes, Future[Any]]]] = Value("futures", {})
# The data set that is looked at, and those that Train and Studies learn from (shared/data_choice).
DATA_NAME = Value("data_name", "")
DATA_WIDGET = Value("data_choice", "")
LEARN_FROM = Family("learn_from_", "")  # by page
LEARN_FROM_WIDGET = Family("learn_from_choice_", "")
# The network that images of a data set are shown to (shared/networks).
NETWORK_DATA = Value("asked_of", "")  # the data set that it was chosen for
NETWORK_WIDGET = Value("asked_network", "")
# The run that the Train page shows. Studies sets it too.
WATCHED_RUN = Value("watched", "")

# --- draw -------------------------------------------------------------------------------------

SOURCE = Value("source", "Draw")  # where the digit comes from; other pages send people here
SOURCE_WIDGET = Value("source_choice", "Draw")
DRAWING_NETWORK = Value("model", "")  # chosen by hand; See inside opens with it
OPENED = Family("opened_", False)  # whether a part of the page is: "steps", "votes"
OPENED_WIDGET = Family("opened_choice_", False)
DRAWING_NETWORK_WIDGET = Value("model_choice", "")

# --- train ------------------------------------------------------------------------------------

RUN_WIDGET = Value("run_shown", "")
RECIPE_WIDGET = Value("train_recipe", "")
DRAFT: Value[Any] = Value("draft", None)  # pages.train.recipe_form.Draft
LAYER_WIDGET: Family[Any] = Family("layer_", None)  # by draft, layer and setting
SETTING_WIDGET: Family[Any] = Family("set_", None)  # by setting and draft
START_ASKED = Value("start_asked", False)  # whether to start beside an active run
CHOSEN_RUNS: Value[list[str]] = Value("chosen_runs", [])  # in the table
DELETED_RUNS: Value[list[tuple[str, str]]] = Value("deleted_runs", [])  # id, name

# --- learn ------------------------------------------------------------------------------------

LESSON_PLACE = Value("lesson_place", ("", ""))  # names of the course and the step that are open
LESSON_ADDRESSES: Value[list[dict[str, str]]] = Value("lesson_addresses", [])  # the newest last
COURSE_PROGRESS: Value[dict[str, Any]] = Value("course_progress", {})  # by course
PROGRESS_KNOWN = Value("progress_known", False)  # whether the browser has said what it kept
COURSE_WIDGET = Value("course_choice", "")
STEP_WIDGET = Value("step_choice", "")
CONTROL_WIDGET = Family("course_setting_", 0)  # by course and control: index of the choice

# --- studies ----------------------------------------------------------------------------------

STUDY_KIND_WIDGET = Value("study_kind", "crossval")
STUDY_RECIPE_WIDGET = Value("study_recipe", "dense_512")
STUDY_FOLDS_WIDGET = Value("study_folds", 5)
STUDY_TRIALS_WIDGET = Value("study_trials", 20)
WATCHED_STUDY = Value("watched_study", "")
STUDIES_STARTED = Value("studies_started", 0)

# --- networks ---------------------------------------------------------------------------------

LOOKED_AT_WIDGET = Value("look_at", "")

# --- dataset ----------------------------------------------------------------------------------

SECTION_WIDGET = Value("explore_section", "")
# What to set before the next run of the page: widgets and their values.
JUMP: Value[list[tuple[Value[Any], object]]] = Value("explore_jump", [])
LINK: Value[dict[str, str]] = Value("explore_link", {})  # the address as it was last seen
IMAGE_SPLIT_WIDGET = Value("explore_split", "train")
IMAGE_INDEX_WIDGET = Value("explore_index", 0)
BROWSE_SPLIT_WIDGET = Value("browse_split", "train")
BROWSE_CLASSES_WIDGET: Value[list[int] | None] = Value("browse_classes", None)
BROWSE_ORDER_WIDGET: Value[Any] = Value("browse_order", None)
BROWSE_SEED_WIDGET: Value[int | None] = Value("browse_seed", None)
BROWSE_PAGE_WIDGET = Value("browse_page", 1)
BROWSED: Value[object] = Value("browsed", None)  # what the page number belongs to
WHOLE_SPLIT_WIDGET = Value("whole_split", "train")
WHOLE_PART_WIDGET = Value("whole_part", "Classes")
WHOLE_SHARE_WIDGET = Value("whole_share", 0.1)
WHOLE_THRESHOLD_WIDGET = Value("whole_threshold", 128)
WHOLE_FOLDS_WIDGET = Value("whole_folds", 5)
MAP_WAY_WIDGET = Value("map_way", "")
MAP_SOURCE_WIDGET = Value("map_source", "")
MAP_SPLIT_WIDGET = Value("map_split", "train")
MAP_COUNT_WIDGET = Value("map_count", 5000)
MAP_SELECTION: Value[tuple[str, list[int]]] = Value("map_picked", ("", []))  # of which map, which
ERRORS_SPLIT_WIDGET = Value("errors_split", "test")
ERRORS_NETWORKS_WIDGET: Value[list[str]] = Value("errors_networks", [])
ERRORS_RECIPE_WIDGET = Value("errors_recipe", "")
ERRORS_LIST_WIDGET = Value("errors_list", "")
AUGMENT_WIDGET: Family[Any] = Family("augment_", None)  # by setting
BRING_VERSION = Value("bring_version", 0)  # counts up for an empty form
BROUGHT = Value("brought", "")  # the name of what was just brought in

# --- mistakes ---------------------------------------------------------------------------------

VIEW: Value[Any] = Value("mistakes_view", None)  # pages.mistakes.view.View
WRITTEN: Value[list[dict[str, str]]] = Value("mistakes_written", [])  # addresses, the newest last
VIEW_WIDGET: Family[Any] = Family("mistakes_", None)  # by field of the view
DIGIT_WIDGET: Family[int | None] = Family("mistakes_digit_", None)  # by index of the image
JUDGE_TROUBLE = Value("mistakes_trouble", "")
IMPORTED = Value("mistakes_imported", "")  # what became of a file of judgements
IMPORTS = Value("mistakes_files", 0)  # counts up for an empty place for the next file

# --- inside -----------------------------------------------------------------------------------

LOOK: Value[dict[str, Any]] = Value("seen_inside", {"section": "flow", "unit": 0})
LOOK_WIDGET: Family[Any] = Family("inside_", None)  # by part of the look
IMAGE_SOURCE_WIDGET = Value("inside_from", "Drawing")  # other pages set it too
WHY_SECTION_WIDGET = Value("why_section", "")
WHY_CLASS_WIDGET = Value("why_class", -1)
WHY_SQUARE_WIDGET = Value("why_square", 0)
WHY_LAYER_WIDGET = Value("why_layer", "")
WHY_WISH_WIDGET = Value("why_wished", 0)
SANDBOX: Value[dict[str, Any]] = Value("sandbox", {})
SANDBOX_WIDGET: Family[Any] = Family("sandbox_", None)  # by setting
EXPORT_FORM = Value("export_form", "keras")
EXPORT_FORM_WIDGET = Value("export_choice", "")
