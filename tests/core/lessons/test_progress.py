"""Progress in the courses: kept as text, and only what fits the courses comes back."""

import pytest

from mnist_core.lessons.course import Control, Course, Question, Step
from mnist_core.lessons.progress import (
    CourseProgress,
    decode_progress,
    encode_progress,
    merge_progress,
)

COURSE = Course(
    name="small",
    title="A small course",
    tutorial="None",
    recipe="dense_512",
    about="Nothing.",
    minutes=1,
    controls=(
        Control("units", "dense_1.units", (512, 64)),
        Control("scale", "scale", (True, False)),
    ),
    steps=(
        Step("load", "Load", "Load it."),
        Step("fit", "Fit", "Fit.", question=Question("Why?", ("a", "b"), 1, "So.")),
    ),
)


def test_what_was_kept_comes_back():
    progress = CourseProgress(chosen={"units": 64}, answers={"fit": 0}, runs=["20260101-x"])
    progress.open(COURSE.steps[0])
    progress.open(COURSE.steps[0])
    text = encode_progress({"small": progress})
    assert decode_progress(text, [COURSE]) == {"small": progress}
    assert progress.share(COURSE) == 0.5


def test_what_does_not_fit_the_course_is_left_out():
    progress = CourseProgress(
        step="gone",
        seen=["fit", "gone", "fit"],
        chosen={"units": 65, "scale": 0, "other": 1},
        answers={"fit": 2, "load": 0},
    )
    text = encode_progress({"small": progress, "other": progress})
    assert decode_progress(text, [COURSE]) == {"small": CourseProgress(seen=["fit"])}


@pytest.mark.parametrize(
    "text", [None, 7, "", "x", "[]", '{"small": 1}', "[" * 100_001, '{"small":{"seen":[1]}}']
)
def test_what_is_no_progress_is_none(text):
    assert decode_progress(text, [COURSE]) == {}


def test_a_session_goes_before_what_was_kept():
    kept = {"small": CourseProgress("load", ["load"], {"units": 64}, {"fit": 0}, ["old"])}
    now = {"small": CourseProgress("fit", ["fit"], {"scale": False}, {}, ["new"])}
    merged = merge_progress(kept, now)["small"]
    assert merged == CourseProgress(
        "fit", ["load", "fit"], {"units": 64, "scale": False}, {"fit": 0}, ["old", "new"]
    )
    assert merge_progress(kept, {}) == kept
