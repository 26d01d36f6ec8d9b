"""What a step can show, by the names in `mnist_core.lessons.course.VIEWS`."""

from collections.abc import Callable
from dataclasses import dataclass

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
    "shapes": View("Shapes and types of the arrays", data_views.shapes),
    "samples": View("The first training images", data_views.samples),
    "sample_image": View("One image", data_views.sample_image),
    "sample_numbers": View("The image as numbers", data_views.sample_numbers),
    "flattened": View("The image as one row", data_views.flattened),
    "scaled": View("Before and after scaling", data_views.scaled),
    "one_hot": View("A label and its one-hot vector", data_views.one_hot_label),
    "splits": View("Which rows are for what", data_views.splits),
    "summary": View("Layers and parameters", network_views.layers_table),
    "structure": View("The network as a picture", network_views.structure),
    "forward_pass": View("One batch through the network", network_views.forward_pass),
    "weight_update": View("One update of the weights", network_views.weight_update),
    "dense_growth": View("The first layer by the size of the image", network_views.dense_growth),
    "convolution": View("A convolution by hand", network_views.convolution_by_hand),
    "pooling": View("Pooling by hand", network_views.pooling_by_hand),
    "settings": View("Parameters and hyperparameters", network_views.settings),
    "gpu": View("The devices of this machine", network_views.devices),
    "flow": View("Look inside", network_views.flow),
    "run": View("Train it here", training_views.run),
    "curves": View("Loss and accuracy over the epochs", training_views.curves, True),
    "epoch_lines": View("Epoch by epoch", training_views.epoch_lines, True),
    "evaluation": View("Training and test", result_views.evaluation, True),
    "confusion": View("What is taken for what", result_views.confusion, True),
    "predictions": View("Predictions for test images", result_views.predictions, True),
    "one_prediction": View("One prediction", result_views.one_prediction, True),
    "drawing": View("Your own drawing", result_views.drawing, True),
}
