"""What a step can show, by the names in `mnist_core.lessons.course.VIEWS`."""

from collections.abc import Callable
from dataclasses import dataclass

from mnist_core.i18n import Text
from pages.learn import data_views, network_views, result_views, training_views
from pages.learn.courses import Lesson


@dataclass(frozen=True)
class View:
    """One view.

    Attributes:
        title: over it.
        show: puts it on the page.
        of_network: whether it is about the trained network, which must be there.
    """

    title: str
    show: Callable[[Lesson], None]
    of_network: bool = False


VIEWS = {
    "shapes": View(Text("Shapes and types of the arrays"), data_views.shapes),
    "samples": View(Text("The first training images"), data_views.samples),
    "sample_image": View(Text("One image"), data_views.sample_image),
    "sample_numbers": View(Text("The image as numbers"), data_views.sample_numbers),
    "flattened": View(Text("The image as one row"), data_views.flattened),
    "scaled": View(Text("Before and after scaling"), data_views.scaled),
    "one_hot": View(Text("A label and its one-hot vector"), data_views.one_hot_label),
    "splits": View(Text("Which rows are for what"), data_views.splits),
    "summary": View(Text("Layers and parameters"), network_views.layers_table),
    "structure": View(Text("The network as a picture"), network_views.structure),
    "forward_pass": View(Text("One batch through the network"), network_views.forward_pass),
    "weight_update": View(Text("One update of the weights"), network_views.weight_update),
    "dense_growth": View(
        Text("The first layer by the size of the image"), network_views.dense_growth
    ),
    "convolution": View(Text("A convolution by hand"), network_views.convolution_by_hand),
    "pooling": View(Text("Pooling by hand"), network_views.pooling_by_hand),
    "settings": View(Text("Parameters and hyperparameters"), network_views.settings),
    "gpu": View(Text("The devices of this machine"), network_views.devices),
    "flow": View(Text("Look inside"), network_views.flow),
    "run": View(Text("Train it here"), training_views.run),
    "curves": View(Text("Loss and accuracy over the epochs"), training_views.curves, True),
    "epoch_lines": View(Text("Epoch by epoch"), training_views.epoch_lines, True),
    "evaluation": View(Text("Training and test"), result_views.evaluation, True),
    "confusion": View(Text("What is taken for what"), result_views.confusion, True),
    "predictions": View(Text("Predictions for test images"), result_views.predictions, True),
    "one_prediction": View(Text("One prediction"), result_views.one_prediction, True),
    "drawing": View(Text("Your own drawing"), result_views.drawing, True),
}
