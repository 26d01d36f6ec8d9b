"""A course: a tutorial as a list of short steps, each with a text, its code and what to look at."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Template
from typing import Any

# What a page can show beside a step. Each is drawn by a function of the same name in
# `pages/learn/views.py`; a test compares the two.
VIEWS = (
    "shapes",  # shapes and dtypes of all arrays, before and after the preparation so far
    "samples",  # a row of training images with their labels
    "sample_image",  # one image (`Step.image`), large
    "sample_numbers",  # the same as 28x28 numbers
    "flattened",  # the same as one row of 784 numbers
    "scaled",  # its numbers before and after the division by 255
    "one_hot",  # its label and the label's one-hot vector
    "summary",  # layers, output shapes, parameters (and how each count comes about)
    "structure",  # the network as a picture
    "forward_pass",  # one batch through the untrained network: probabilities, loss
    "weight_update",  # the loss of that batch before and after one update of the weights
    "dense_growth",  # parameters of a first dense layer by the image's size, up to 4K in color
    "convolution",  # 5x5 by 3x3 gives 3x3, by hand
    "pooling",  # 4x4 to 2x2: maximum, mean, sum
    "run",  # start the training with the step's settings, watch it
    "curves",  # the run's curves with the tutorial's epoch lines
    "epoch_lines",  # a table: the tutorial's epoch lines beside the reader's
    "evaluation",  # test loss and accuracy beside training's and the published ones, with intervals
    "confusion",  # the confusion matrix of the test images
    "predictions",  # pictures with true and predicted label, the wrong ones marked
    "one_prediction",  # one test image (`Step.image`): its ten probabilities and argmax
    "drawing",  # the reader's own drawing, read by this network and by `pen`
    "flow",  # a link to See inside with this network
    "splits",  # training, validation and test rows: a share held out, 60/20/20, K folds
    "settings",  # what is a parameter and what a hyperparameter of this recipe
    "gpu",  # the devices that TensorFlow sees, and the steps to make a GPU seen
)


@dataclass(frozen=True)
class Control:
    """A setting that the reader can change in a step; it changes the code and what is run.

    Attributes:
        name: of the placeholder in the code, `$name`.
        key: the setting as `Recipe.with_settings` takes it, such as `dense_1.units`.
        choices: the values to choose from; the first is the tutorial's.
    """

    name: str
    key: str
    choices: tuple[Any, ...]


@dataclass(frozen=True)
class Question:
    """What a reader is asked to guess before a step shows it.

    Attributes:
        text: one sentence that ends with a question mark.
        answers: two to four possible answers.
        answer: which of them is right, from 0.
        explanation: one or two sentences that say why; shown after the choice, beside the view.
    """

    text: str
    answers: tuple[str, ...]
    answer: int
    explanation: str


@dataclass(frozen=True)
class Step:
    """One step of a course.

    Attributes:
        name: in links; unique within the course.
        title: a few words.
        text: Markdown, one to four sentences.
        code: plain Keras as one would type it, with `$name` for each control of the course. It
            goes on from the steps before it. May be empty.
        output: what the code prints with full MNIST and the first choice of every control,
            exactly; empty where it prints nothing, or what it prints depends on chance or on
            the machine.
        views: what to show, from `VIEWS`.
        image: number of the image that the views show; of the test set in `one_prediction`,
            else of the training set.
        controls: names of the course's controls that can be changed here.
        question: asked before the views are shown.
        erratum: what goes wrong when the tutorial's own line is typed today, and what to type
            instead; Markdown.
        fixed_output: whether the code prints `output` whatever is chosen for the controls.
    """

    name: str
    title: str
    text: str
    code: str = ""
    output: str = ""
    views: tuple[str, ...] = ()
    image: int = 0
    controls: tuple[str, ...] = ()
    question: Question | None = None
    erratum: str = ""
    fixed_output: bool = False


@dataclass(frozen=True)
class EpochLine:
    """One line of the log that the tutorial prints. None where it prints no such figure."""

    epoch: int
    loss: float | None = None
    accuracy: float | None = None
    val_loss: float | None = None
    val_accuracy: float | None = None


@dataclass(frozen=True)
class Course:
    """A tutorial, step by step.

    Attributes:
        name: in links.
        title: for people, in a few words.
        tutorial: the title of the tutorial that it follows.
        recipe: the name of its recipe.
        about: one or two sentences: what one learns.
        minutes: how long it takes.
        controls: the settings that can be changed on the way.
        epoch_lines: what the tutorial's training printed.
        published_loss, published_accuracy: of its test images; None if not published.
        run_settings: what its code sets otherwise than its recipe, as `Recipe.with_settings` takes
            it.
        steps: in the tutorial's order.
    """

    name: str
    title: str
    tutorial: str
    recipe: str
    about: str
    minutes: int
    controls: tuple[Control, ...]
    steps: tuple[Step, ...]
    epoch_lines: tuple[EpochLine, ...] = ()
    published_loss: float | None = None
    published_accuracy: float | None = None
    run_settings: Mapping[str, Any] = field(default_factory=dict)

    def code(self, step: Step, chosen: Mapping[str, Any] | None = None) -> str:
        """The code of a step, with the values chosen for the controls (by their names)."""
        values = {control.name: control.choices[0] for control in self.controls} | dict(
            chosen or {}
        )
        return Template(step.code).substitute({name: repr(value) for name, value in values.items()})

    def output(self, step: Step, chosen: Mapping[str, Any] | None = None) -> str:
        """What the code of a step prints; "" also where a changed control may alter it.

        Those are the controls in its code and in the code of the steps before it, unless the
        output is fixed.
        """
        changed = {
            control.name
            for control in self.controls
            if (chosen or {}).get(control.name, control.choices[0]) != control.choices[0]
        }
        so_far = "\n".join(part.code for part in self.steps[: self.steps.index(step) + 1])
        altered = changed & set(Template(so_far).get_identifiers())
        return "" if altered and not step.fixed_output else step.output

    def script(self, chosen: Mapping[str, Any] | None = None) -> str:
        """The code of all steps, as one program."""
        parts = [self.code(step, chosen) for step in self.steps if step.code]
        return "\n".join(part.strip("\n") + "\n" for part in parts)

    def settings(self, chosen: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """What differs from the recipe, as `Recipe.with_settings` takes it."""
        chosen = chosen or {}
        return dict(self.run_settings) | {
            control.key: chosen[control.name]
            for control in self.controls
            if control.name in chosen and chosen[control.name] != control.choices[0]
        }
