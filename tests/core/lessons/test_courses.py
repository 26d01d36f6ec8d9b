"""What the courses are made of, and that nothing of their tutorials is missing."""

from string import Template

import pytest

from mnist_core.errors import LessonError
from mnist_core.lessons import COURSES, get_course
from mnist_core.lessons.course import VIEWS, Control, Course, Step
from mnist_core.recipes.builtin import RECIPES

# What each tutorial does, in its order, and the step of the course that does it.
ROWS = {
    "sigmoid": (
        ("what MNIST is", "mnist"),
        ("set-up", "setup"),
        ("load and show shapes", "load"),
        ("show a sample", "sample"),
        ("flatten to 784", "flatten"),
        ("one-hot", "one_hot"),
        ("build Dense 100 + 144 sigmoid, softmax", "build"),
        ("summary", "summary"),
        ("compile (categorical cross-entropy, Adam)", "compile"),
        ("fit 10 epochs with the test set as validation data", "fit"),
        ("about 93% on both", "evaluate"),
        ("predict, argmax", "predict"),
        ("pictures with true and predicted label", "pictures"),
        ("the structure as a picture", "structure"),
        ("the GPU", "gpu"),
    ),
    "dense": (
        ("the seven-step pedagogy", "plan"),
        ("samples and targets; load", "load"),
        ("network: Dense 512 + 10", "network"),
        ("loss, optimizer, metrics; compile", "compile"),
        ("preprocessing: reshape and scale, uint8 to float32", "scale"),
        ("to_categorical", "one_hot"),
        ("forward pass of a batch", "forward"),
        ("the batch's loss", "batch_loss"),
        ("the weights' update", "update"),
        ("fit 5 epochs (0.2596 / 0.9255 … 0.0379 / 0.9887)", "fit"),
        ("evaluate (0.0774, 97.75%), why test is below training", "evaluate"),
        ("the network drawn", "draw"),
    ),
    "notes": (
        ("class, sample, label", "words"),
        ("load (also by hand into Keras's folder)", "load"),
        ("layers as sieves", "layers"),
        ("compile", "compile"),
        ("scale", "scale"),
        ("labels", "labels"),
        ("fit", "fit"),
        ("evaluate 98.08%", "evaluate"),
        ("draw a batch", "batch"),
        ("gradient of the loss", "gradient"),
        ("a step against it, learning rate as the step's length", "learning_rate"),
        ("chain rule", "chain_rule"),
        ("RMSProp, SGD with momentum", "optimizers"),
    ),
    "cnn": (
        ("dense nets don't scale (28x28: 784; 4096 x 2160 x 3: 26,542,080)", "growth"),
        ("convolution 5x5 by 3x3 to 3x3 (64% fewer)", "convolution"),
        ("pooling (maximum, mean, sum)", "pooling"),
        ("fully connected", "fully_connected"),
        ("training image 7777 is an 8, shown dark on white", "load"),
        ("shapes", "shapes"),
        ("reshape to 4-D, normalise", "reshape"),
        ("build (its convolution has no activation)", "build"),
        ("compile with sparse categorical cross-entropy, Adam", "compile"),
        ("10 epochs", "fit"),
        ("98.5%", "evaluate"),
        ("0.1% of errors can be too much", "errors"),
        ("test image 4444 is a 9", "predict"),
        ("save it", "save"),
        ("build an app", "app"),
    ),
    "project": (
        ("five stages of a project", "stages"),
        ("gray is not black and white", "gray"),
        ("load, shape", "load"),
        ("the first sample as numbers and as a picture (a 5)", "first_sample"),
        ("reshape", "reshape"),
        ("one-hot", "one_hot"),
        ("two convolutions, dropout, RMSprop", "network"),
        ("parameters against hyper-parameters", "parameters"),
        ("validation_split=0.3, 5 epochs, batch 128", "fit"),
        ("evaluate", "evaluate"),
        ("60/20/20", "splits"),
        ("K folds", "folds"),
        ("optimization against generalization, over-fitting", "overfitting"),
        ("predict the first test image, argmax", "predict"),
    ),
}
every_course = pytest.mark.parametrize("course", COURSES.values(), ids=COURSES)


@every_course
def test_each_item_of_the_tutorial_is_a_step_in_its_order(course):
    names = [step.name for step in course.steps]
    steps = [name for _, name in ROWS[course.name]]
    assert list(dict.fromkeys(steps)) == [name for name in names if name in steps]


@every_course
def test_names_are_unique(course):
    for parts in (course.steps, course.controls):
        names = [part.name for part in parts]
        assert len(set(names)) == len(names)


@every_course
def test_steps_are_short_and_complete(course):
    for step in course.steps:
        assert step.title and step.text, step.name
        assert len(step.text) < 900, step.name
        assert set(step.views) <= set(VIEWS), step.name
        assert len(step.code.splitlines()) <= 20, step.name
        assert all(len(line) < 100 for line in course.code(step).splitlines()), step.name


@every_course
def test_questions_have_one_right_answer(course):
    questions = [step.question for step in course.steps if step.question]
    assert questions
    for question in questions:
        assert question.text.endswith("?")
        assert 2 <= len(question.answers) <= 4
        assert question.answer in range(len(question.answers))
        assert question.explanation


@every_course
def test_each_choice_of_a_control_is_a_setting_of_the_recipe(course):
    recipe = RECIPES[course.recipe]
    for control in course.controls:
        first, *others = control.choices
        changes = recipe.with_settings({control.key: first}).changes(recipe)
        assert all(change.before == change.after for change in changes), control.name
        for choice in others:
            recipe.with_settings(course.settings({control.name: choice}))


@every_course
def test_a_control_changes_the_code_where_it_is_offered(course):
    names = {control.name for control in course.controls}
    used = set(Template("\n".join(step.code for step in course.steps)).get_identifiers())
    offered = {name for step in course.steps for name in step.controls}
    assert offered == names == used
    for step in course.steps:
        in_code = set(Template(step.code).get_identifiers())
        assert in_code <= set(step.controls) <= names, step.name
        # Where a run is started, the settings that were offered before may be changed again.
        assert set(step.controls) == in_code or "run" in step.views, step.name


@every_course
def test_the_script_is_the_code_of_all_steps(course):
    script = course.script()
    compile(script, course.name, "exec")
    assert "$" not in script
    for step in course.steps:
        assert course.code(step).strip("\n") in script


@every_course
def test_published_figures_are_of_the_tutorials_epochs(course):
    epochs = [line.epoch for line in course.epoch_lines]
    assert epochs in ([], [*range(1, RECIPES[course.recipe].epochs + 1)])
    assert course.tutorial in RECIPES[course.recipe].source


def test_the_steps_show_the_images_that_the_tutorials_show(mnist):
    assert mnist.y_train[0] == 5
    assert mnist.y_train[7777] == 8
    assert mnist.y_test[0] == 7
    assert mnist.y_test[4444] == 9


def test_a_course_is_found_by_its_name():
    assert get_course("dense") is COURSES["dense"]
    with pytest.raises(LessonError, match="no course 'nothing'"):
        get_course("nothing")


# --- a course, by itself ------------------------------------------------------------------

FIRST = Step("first", "First", "Text.", "print(1)\n", output="1")
SECOND = Step("second", "Second", "Text.", "print($n * 2)\n", output="10", controls=("n",))
COURSE = Course(
    "c", "C", "t", "dense_512", "", 1, (Control("n", "epochs", (5, 6)),), (FIRST, SECOND)
)


def test_chosen_values_go_into_code_and_settings():
    assert COURSE.code(SECOND) == "print(5 * 2)\n"
    assert COURSE.script({"n": 6}) == "print(1)\n\nprint(6 * 2)\n"
    assert COURSE.settings() == COURSE.settings({"n": 5}) == {}
    assert COURSE.settings({"n": 6}) == {"epochs": 6}


def test_output_is_shown_as_long_as_the_code_prints_it():
    assert COURSE.output(SECOND) == COURSE.output(SECOND, {"n": 5}) == "10"
    assert COURSE.output(SECOND, {"n": 6}) == ""
    assert COURSE.output(FIRST, {"n": 6}) == "1"
