"""The name of each setting of a recipe on the pages, and what it does."""

from mnist_core.recipes.regularizers import name_and_strength

LABELS = {
    "layers": "Layers",
    "epochs": "Epochs",
    "batch_size": "Batch size",
    "train_images": "Training images",
    "validation": "Validate on",
    "validation_split": "Validation split",
    "early_stopping": "Early stopping",
    "optimizer": "Optimizer",
    "optimizer_settings": "Optimizer settings",
    "learning_rate": "Learning rate",
    "schedule": "Learning rate schedule",
    "loss": "Loss",
    "augment": "Augmentation",
    "nondigits": "Non-digits",
    "handwriting": "Generated writers",
    "seed": "Random seed",
    "scale": "Scale pixels to 0–1",
    "units": "Units",
    "filters": "Filters",
    "kernel_size": "Kernel size",
    "pool_size": "Pool size",
    "strides": "Strides",
    "padding": "Padding",
    "activation": "Activation",
    "rate": "Rate",
    "use_bias": "Bias",
    "kernel_initializer": "Initializer",
    "kernel_regularizer": "Regularizer",
    "regularizer_strength": "Regularizer strength",
}

HELP = {
    "epochs": "One epoch is one pass over all training images.",
    "batch_size": "Images per step. The weights are updated after each step.",
    "learning_rate": "The size of each update. 0 uses the optimizer's default.",
    "schedule": "How the learning rate changes from step to step. one_cycle: it rises for the "
    "first fifth of the steps, then falls to almost 0. cosine: it falls to 0. exponential: it "
    "falls to a hundredth. step: it is divided by ten after half and after three quarters of the "
    "steps. All but constant need a learning rate.",
    "validation": "What the network is measured on after each epoch, for the second curve. "
    "60/20/20: 60% of the training images are trained on, 20% are validated on, 20% are set aside "
    "and tested at the end. The test images: as some tutorials do; they are then no independent "
    "test any more.",
    "validation_split": "Share of the training images that are set aside to measure the network on "
    "images it isn't trained on.",
    "early_stopping": "Stop after this many epochs without a lower validation loss, and keep the "
    "best epoch. 0 never stops early. Needs a validation split.",
    "train_images": "Number of training images. 0 uses all. Fewer train faster.",
    "augment": "pen changes each image at random whenever it is used: rotated, distorted, with a "
    "thinner or thicker pen.",
    "nondigits": "Also learn what is not a digit, from scribbles and mixed digits: this many per "
    "digit. 0 turns it off.",
    "handwriting": "Also learn from digits of generated writers, in forms that are rare in MNIST: "
    "this many per digit. 0 turns it off.",
    "seed": "Starting point of all random numbers. The same seed gives the same network.",
    "loss": "What training minimizes. The two categorical ones are the same cross-entropy; one "
    "takes one-hot labels, the other integers. binary_crossentropy takes each of the ten outputs "
    "as a yes-or-no question. mean_squared_error is the mean squared difference to the one-hot "
    "label.",
    "optimizer": "How the weights are updated from the gradients.",
    "scale": "Divide pixels by 255. Networks learn best from numbers near 1; pixels are 0 to 255.",
    "use_bias": "Add a learned constant to each output.",
    "kernel_initializer": "How the weights are drawn at the start.",
    "kernel_regularizer": "A penalty on large weights: l1 on their size, l2 on their square.",
    "strides": "How many pixels the window moves at a time.",
    "regularizer_strength": "The penalty's factor: a larger one keeps the weights smaller. Keras's "
    "own is 0.01.",
    "padding": "same keeps the image's size by adding a border of zeros; valid adds none.",
}


def setting_label(key: str) -> str:
    """The name of a setting, also of a layer's: `conv2d_1.filters` is "conv2d_1 · Filters"."""
    *layer, setting = key.split(".")
    label = LABELS.get(setting, setting.replace("_", " ").capitalize())
    return " · ".join([*layer, label])


def setting_value(value: object) -> str:
    """A setting's value in a table."""
    if value is None or value == {}:
        return "–"
    if isinstance(value, bool):
        return "on" if value else "off"
    known = name_and_strength(value)
    if known:
        return known[0] if isinstance(value, str) else f"{known[0]} {known[1]:g}"
    return f"{value:,}" if isinstance(value, int) else str(value)
