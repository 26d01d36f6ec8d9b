"""The Learn page: courses are gone through and shared by address; the views show what is true."""

import shutil
from concurrent.futures import Future

import pytest

from mnist_core import get_recipe, health, list_runs, open_model
from mnist_core.lessons import COURSES, course
from mnist_core.lessons.course import Control, Course, EpochLine, Question, Step
from mnist_core.runs.runs import STATUS, RunStatus
from mnist_core.system import tensorflow_process
from mnist_core.system.records import write_record
from pages.learn import courses
from tests.pages.test_pages import app, no_mnist, page_html  # noqa: F401

RECIPES = ("sigmoid_mlp", "dense_512", "simple_cnn", "dropout_cnn")
LOAD = "(x, y), (x_test, y_test) = keras.datasets.mnist.load_data()\n"


def small_course(recipe="dense_512", views=("samples",), name="small"):
    units = "dense_2.units" if recipe == "sigmoid_mlp" else "dense_1.units"
    return Course(
        name=name,
        title=f"The {name} course",
        tutorial="A *tutorial*",
        recipe=recipe,
        about="What one learns.",
        minutes=5,
        controls=(Control("units", units, (512, 64)), Control("epochs", "epochs", (5, 1))),
        steps=(
            Step("load", "Load the data", "Four arrays.", LOAD, "(60000, 28, 28)", ("shapes",)),
            Step(
                "flat",
                "Flatten",
                "In one row.",
                'x = x.reshape(-1, 784).astype("float32") / 255\nprint($units)\n',
                views=views,
                controls=("units",),
                image=7777,
                erratum="It is 784.",
            ),
            Step(
                "fit",
                "Train",
                "Now it learns.",
                "model.fit(epochs=$epochs)\n",
                views=("run", "curves", "epoch_lines"),
                controls=("epochs",),
            ),
            Step(
                "test",
                "Test",
                "On new images.",
                views=("evaluation",),
                question=Question("Better or worse?", ("Better", "Worse"), 1, "They are new."),
            ),
        ),
        epoch_lines=(EpochLine(1, 0.2596, 0.9255), EpochLine(2, 0.1047, 0.9693)),
        published_loss=0.0774,
        published_accuracy=0.9775,
    )


@pytest.fixture(autouse=True)
def small(monkeypatch, launches):
    """One small course; runs are asked for, but nobody works on them."""
    use(monkeypatch, small_course(), small_course("simple_cnn", name="other"))
    return launches


def use(monkeypatch, *some):
    monkeypatch.setattr(courses, "COURSES", {course.name: course for course in some})


def learn(**params):
    at = app()
    at.switch_page("pages/learn/page.py")
    for name, value in params.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    return at


def words(at):
    kinds = ("markdown", "caption", "title", "subheader", "success", "error", "warning", "info")
    return " ".join(element.value for kind in kinds for element in at.get(kind)) + page_html(at)


def address(at):
    values = at.query_params.items()
    return {name: one[0] if isinstance(one, list) else one for name, one in values}


def click(at, key):
    at.button(key=key).click().run()
    assert not at.exception
    return at


def finish_run(run):
    """A run as it is when it is done, with a shipped network."""
    shutil.copytree(open_model("dense_512").folder, run.folder / "model")
    write_record(RunStatus(state="finished", share=1.0, batches=20, pid=1), run.folder / STATUS)
    run.task.started()


def views():
    """The page's own; they can be imported once an app has run."""
    from pages.learn.views import VIEWS

    return VIEWS


def test_every_view_of_a_course_can_be_shown():
    app()
    assert set(views()) == set(course.VIEWS)


def test_all_courses_are_cards():
    at = learn()
    assert [head.value for head in at.subheader] == ["The small course", "The other course"]
    assert "What one learns." in words(at)
    assert "4 steps · 5 min · network Dense 512" in words(at) and r"A \*tutorial\*" in words(at)
    assert [button.label for button in at.button].count("Start") == 2


def test_a_course_is_gone_through_step_by_step_and_gone_on_with():
    at = click(learn(), "open_small")
    assert at.title[0].value == "Load the data"
    assert at.button(key="step_back").disabled
    assert "Step 1 of 4" in str(at.get("progress")[0].proto)
    click(click(at, "step_next"), "step_next")
    assert at.title[0].value == "Train"
    assert address(at) == {"course": "small", "step": "3"}
    click(at, "step_back")
    assert at.title[0].value == "Flatten"
    click(at, "all_courses")
    assert address(at) == {}
    assert "3 of 4 steps" in str(at.get("progress")[0].proto)
    assert at.button(key="open_small").label == "Continue"
    click(at, "open_small")
    assert at.title[0].value == "Flatten"
    at.selectbox(key="step_choice").select("test").run()
    click(at, "step_next")  # Finish
    assert at.title[0].value == "Learn"
    assert at.button(key="open_small").label == "Read again"
    click(at, "open_small")
    assert at.title[0].value == "Load the data"
    click(at, "all_courses")
    click(at, "forget_progress")
    assert [button.label for button in at.button].count("Start") == 2


@pytest.mark.parametrize("step", ["3", "fit"])
def test_an_address_opens_a_step(step):
    at = learn(course="small", step=step)
    assert at.title[0].value == "Train"
    assert address(at)["step"] == "3"


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"course": "<b>"}, "There is no course"),
        ({"course": "small", "step": "99"}, "Expected 1 to 4"),
        ({"course": "small", "step": "0"}, "Expected 1 to 4"),
    ],
)
def test_a_wrong_address_is_named(params, message):
    at = learn(**params)
    assert message in at.warning[0].value and "<b>" not in words(at)
    assert at.title[0].value == ("Load the data" if "step" in params else "Learn")


def test_another_course_is_chosen():
    at = learn(course="small", step="2")
    at.selectbox(key="course_choice").select("other").run()
    assert address(at) == {"course": "other", "step": "1"}


def test_a_setting_changes_the_code_and_what_is_trained(small):
    at = learn(course="small", step="2")
    assert "print(512)" in at.code[0].value
    assert "Correction" in at.warning[0].value
    at.segmented_control(key="course_setting_small_units").set_value(1).run()
    assert "print(64)" in at.code[0].value
    click(at, "step_next")
    at.segmented_control(key="course_setting_small_epochs").set_value(1).run()
    assert "epochs=1" in at.code[0].value
    assert "Epochs 1, dense_1 · Units 64" in words(at).replace("\\", "")
    click(at, "lesson_start")
    (run,) = list_runs()
    changed = get_recipe("dense_512").with_settings({"dense_1.units": 64, "epochs": 1})
    assert run.recipe == changed
    assert small.folders == [run.folder]
    assert "Queued" in str([bar.proto for bar in at.get("progress")])
    assert "lesson_start" not in [button.key for button in at.button]


def test_without_a_run_the_shipped_network_is_shown_and_named():
    at = learn(course="small", step="3")
    shown = words(at)
    assert "Shown is Dense 512, which comes with the app" in shown
    assert "<td>0.2596</td><td>0.2626</td><td>0.9255</td><td>0.9236</td>" in shown
    assert "<td>5</td><td>–</td><td>0.0362</td>" in shown  # the tutorial's lines end before


def test_a_finished_run_takes_its_place():
    at = click(learn(course="small", step="3"), "lesson_start")
    finish_run(list_runs()[0])
    at.run()
    assert "Shown is your run Dense 512 1: the tutorial's settings" in words(at)
    at.segmented_control(key="course_setting_small_epochs").set_value(1).run()
    assert "Chosen since then: Epochs 1" in words(at)


def test_visitors_who_may_not_train_see_the_shipped_network(monkeypatch):
    from pages.shared import access

    monkeypatch.setattr(access, "is_shared", lambda: True)
    at = learn(course="small", step="3")
    assert "only its owner can train networks" in words(at)
    assert "which comes with the app" in words(at)
    assert "lesson_start" not in [button.key for button in at.button]


def test_a_question_comes_before_the_views_and_says_what_is_right():
    at = learn(course="small", step="4")
    assert "Training and test" not in [head.value for head in at.subheader]
    click(at, "answer_small_test_0")
    assert at.error[0].value == "You chose: Better  \nThe right answer: Worse"
    assert "They are new." in words(at)
    shown = page_html(at)
    assert "<td>test, 10,000 images</td><td>0.0681</td><td>97.97%</td>" in shown
    assert "<td>test, published</td><td>0.0774</td><td>97.75%</td>" in shown
    assert "97.67% to 98.23%" in words(at) and "lies within it" in words(at)
    click(at, "answer_again")
    click(at, "answer_small_test_1")
    assert at.success[0].value == "Right: Worse"


def test_shapes_are_those_of_the_arrays_so_far(monkeypatch):
    use(monkeypatch, small_course(views=("shapes",)))
    at = learn(course="small", step="1")
    assert "<td>x</td><td>(60000, 28, 28) uint8</td></tr>" in page_html(at)
    click(at, "step_next")
    row = "<td>x</td><td>(60000, 28, 28) uint8</td><td>(60000, 784) float32</td>"
    assert row in page_html(at)


# These ask TensorFlow, or are tested above.
QUICK = tuple(
    name for name in course.VIEWS if name not in ("run", "forward_pass", "weight_update", "gpu")
)


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_view_is_shown_for_every_recipe(recipe, monkeypatch):
    use(monkeypatch, small_course(recipe, QUICK))
    at = learn(course="small", step="2")
    assert not at.error
    assert [head.value for head in at.subheader] == [views()[name].title for name in QUICK]
    parameters = open_model(recipe).card["parameters"]
    assert f"Together **{parameters:,} parameters**" in words(at)


@pytest.mark.usefixtures("no_mnist")
def test_without_mnist_the_views_say_what_is_smaller(monkeypatch):
    use(monkeypatch, small_course(views=QUICK))
    at = learn(course="small", step="2")
    assert "MNIST is not on this machine yet" in words(at)
    assert "With MNIST there are 60,000 training" in words(at)
    assert "in place of MNIST's image 7,777" in words(at)
    click(at, "step_next")
    assert "on scikit-learn's small digits" in words(at)


@pytest.mark.parametrize("name", COURSES)
def test_every_step_of_every_course_is_shown(name, monkeypatch):
    monkeypatch.setattr(courses, "COURSES", COURSES)
    monkeypatch.setattr(tensorflow_process, "ask", lambda *_: Future())
    monkeypatch.setattr(health, "tensorflow_devices", lambda: ["CPU"])
    at = learn(course=name)
    for number, step in enumerate(COURSES[name].steps, start=1):
        assert at.title[0].value == step.title
        if step.question:
            click(at, f"answer_{name}_{step.name}_{step.question.answer}")
            assert at.success
        shown = [head.value for head in at.subheader]
        assert [head for head in shown if head != "What do you expect?"] == [
            views()[view].title for view in step.views
        ]
        assert not at.error
        if number < len(COURSES[name].steps):
            click(at, "step_next")
