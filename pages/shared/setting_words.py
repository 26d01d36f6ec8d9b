"""The name of each setting of a recipe on the pages, and what it does."""

from mnist_core.i18n import Text, _
from mnist_core.recipes.regularizers import name_and_strength

LABELS = {
    "layers": Text("Layers"),
    "epochs": Text("Epochs"),
    "batch_size": Text("Batch size"),
    "train_images": Text("Training images"),
    "validation": Text("Validate on"),
    "validation_split": Text("Validation split"),
    "early_stopping": Text("Early stopping"),
    "optimizer": Text("Optimizer"),
    "optimizer_settings": Text("Optimizer settings"),
    "learning_rate": Text("Learning rate"),
    "schedule": Text("Learning rate schedule"),
    "loss": Text("Loss"),
    "augment": Text("Augmentation"),
    "nondigits": Text("Non-digits"),
    "handwriting": Text("Generated writers"),
    "seed": Text("Random seed"),
    "scale": Text("Scale pixels to 0–1"),
    "units": Text("Units"),
    "filters": Text("Filters"),
    "kernel_size": Text("Kernel size"),
    "pool_size": Text("Pool size"),
    "strides": Text("Strides"),
    "padding": Text("Padding"),
    "activation": Text("Activation"),
    "rate": Text("Rate"),
    "use_bias": Text("Bias"),
    "kernel_initializer": Text("Initializer"),
    "kernel_regularizer": Text("Regularizer"),
    "regularizer_strength": Text("Regularizer strength"),
}

HELP = {
    "epochs": Text("One epoch is one pass over all training images."),
    "batch_size": Text("The number of images per step. The weights are updated after each step."),
    "learning_rate": Text("The size of each update. Empty uses the optimizer's default."),
    "schedule": Text(
        "How the learning rate changes from step to step. one_cycle: it rises during the "
        "first fifth of the steps, then falls to almost 0. cosine: it falls to 0. exponential: it "
        "falls to a hundredth of its value. step: it is divided by ten after half of the steps and "
        "again after three quarters. All except constant need a learning rate."
    ),
    "validation": Text(
        "The images that the network is measured on after each epoch, for the second "
        "curve. 60/20/20: of the training images, 60% are for training, 20% for validation and 20% "
        "for a test at the end. The test images: some tutorials do this, but the test is then no "
        "longer independent."
    ),
    "validation_split": Text(
        "The share of the training images that is set aside, to measure the "
        "network on images it isn't trained on."
    ),
    "early_stopping": Text(
        "Stop after this many epochs without a lower validation loss, and keep the "
        "best epoch. Empty turns this off. Needs validation images other than the test images."
    ),
    "train_images": Text(
        "The number of training images. Empty uses all of them. Fewer images train faster."
    ),
    "augment": Text(
        "pen: every time an image is used, it is randomly rotated and distorted, and its "
        "lines are made thinner or thicker."
    ),
    "nondigits": Text(
        "Also learn to recognize what isn't a digit, from scribbles and mixed digits. "
        "0.1 adds one for every ten digits; 0 turns this off."
    ),
    "handwriting": Text(
        "Also learn from computer-generated handwriting, in forms that are rare in "
        "MNIST. 0.1 adds one for every ten digits; 0 turns this off."
    ),
    "seed": Text(
        "The starting point for all random numbers. The same seed gives the same network."
    ),
    "loss": Text(
        "What training minimizes. The two categorical losses are the same cross-entropy; one "
        "takes one-hot labels, the other takes integers. binary_crossentropy treats "
        "each of the ten "
        "outputs as a yes-or-no question. mean_squared_error is the mean squared "
        "difference from the "
        "one-hot label."
    ),
    "optimizer": Text("How the weights are updated from the gradients."),
    "scale": Text("Divide the pixels (0 to 255) by 255. Networks learn best from small numbers."),
    "use_bias": Text("Add a learned constant to each output."),
    "kernel_initializer": Text("How the weights are set before training starts."),
    "kernel_regularizer": Text(
        "A penalty on large weights: l1 adds up their absolute values, l2 their squares."
    ),
    "strides": Text("How many pixels the window moves at a time."),
    "regularizer_strength": Text(
        "The penalty's factor: a larger one keeps the weights smaller. Keras's default is 0.01."
    ),
    "padding": Text(
        "same: a border of zeros is added, so the image keeps its size. valid: no border."
    ),
}


def setting_label(key: str) -> str:
    """The name of a setting, also of a layer's: `conv2d_1.filters` is "conv2d_1 · Filters"."""
    *layer, setting = key.split(".")
    label = _(LABELS.get(setting, setting.replace("_", " ").capitalize()))
    return " · ".join([*layer, label])


def setting_help(key: str) -> str | None:
    """What a setting does, also a layer's; None where there is nothing to say."""
    words = HELP.get(key.split(".")[-1])
    return _(words) if words else None


def setting_value(value: object) -> str:
    """A setting's value in a table."""
    if value is None or value == {}:
        return "–"
    if isinstance(value, bool):
        return _("on") if value else _("off")
    known = name_and_strength(value)
    if known:
        return known[0] if isinstance(value, str) else f"{known[0]} {known[1]:g}"
    return f"{value:,}" if isinstance(value, int) else str(value)
