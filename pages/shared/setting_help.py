"""What each setting of a recipe does, for people."""

HELP = {
    "epochs": "Times through all training images.",
    "batch_size": "Images per step. Weights change a little after each step.",
    "learning_rate": "How far the weights go in a step. 0: what the optimizer has by itself.",
    "schedule": "one_cycle: up for the first fifth of the steps, then down to nearly 0. It needs a "
    "learning rate.",
    "validation_split": "Share of the training images that are kept back, to see how it does on "
    "what it has not trained on.",
    "early_stopping": "Ends after so many epochs without a lower validation loss, and keeps the "
    "best epoch. 0: never. It needs a validation share.",
    "train_images": "How many training images it gets. 0: all. Few are quick to try with.",
    "augment": "pen: each image is changed at random whenever it is seen: turned, bent, with "
    "another pen.",
    "nondigits": "Above 0 it also learns what is no digit: scribbles and mixed digits, so many for "
    "each digit.",
    "seed": "Where all chance starts. The same seed gives the same network.",
    "loss": "What is made small. Both are the same sum; one takes labels as rows of ten.",
    "optimizer": "How the weights are changed after each step.",
}
