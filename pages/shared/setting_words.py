"""The name of each setting of a recipe on the pages, and what it does."""

LABELS = {
    "layers": "Layers",
    "epochs": "Epochs",
    "batch_size": "Batch size",
    "train_images": "Training images",
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
}

HELP = {
    "epochs": "One epoch is one pass over all training images.",
    "batch_size": "Images per step. The weights are updated after each step.",
    "learning_rate": "The size of each update. 0 uses the optimizer's default.",
    "schedule": "constant, or one_cycle: the learning rate rises for the first fifth of the steps, "
    "then falls to almost 0. one_cycle needs a learning rate.",
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
    "loss": "What training minimizes. Both are the cross-entropy; one takes one-hot labels, the "
    "other integers.",
    "optimizer": "How the weights are updated from the gradients.",
    "scale": "Divide pixels by 255. Networks learn best from numbers near 1; pixels are 0 to 255.",
    "use_bias": "Add a learned constant to each output.",
    "kernel_initializer": "How the weights are drawn at the start.",
    "kernel_regularizer": "A penalty on large weights: l1 on their size, l2 on their square.",
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
    return f"{value:,}" if isinstance(value, int) else str(value)
