"""An epoch's line, as Keras prints it."""

from mnist_core.runs.epoch_log import keras_log


def test_lines_of_a_validated_training():
    history = {
        "epoch": [0, 1],
        "val_loss": [0.25, 0.125],
        "accuracy": [0.9255, 1.0],
        "loss": [0.2596, 0.03791],
        "val_accuracy": [0.5, 0.75],
    }
    assert keras_log(history, 5, 469).splitlines() == [
        "Epoch 1/5",
        "469/469 - accuracy: 0.9255 - loss: 0.2596 - val_accuracy: 0.5000 - val_loss: 0.2500",
        "Epoch 2/5",
        "469/469 - accuracy: 1.0000 - loss: 0.0379 - val_accuracy: 0.7500 - val_loss: 0.1250",
    ]


def test_nothing_yet_and_a_diverged_epoch():
    assert keras_log({}, 5, 469) == ""
    assert keras_log({"loss": [None], "accuracy": [0.1]}, 1, 0) == "Epoch 1/1\naccuracy: 0.1000"
