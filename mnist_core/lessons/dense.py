"""The course of the tutorial "解决 MNIST 图像分类问题": one wide dense layer."""

from mnist_core.i18n import Text
from mnist_core.lessons.course import Control, Course, EpochLine, Question, Step

DENSE = Course(
    name="dense",
    title=Text("Solve MNIST in seven steps"),
    tutorial="解决 MNIST 图像分类问题",
    recipe="dense_512",
    about=Text(
        "One wide dense layer that trains quickly. The course looks closely at what training "
        "does: a batch, its loss, and one update of the weights."
    ),
    minutes=30,
    controls=(
        Control("units", "dense_1.units", (512, 32, 128)),
        Control("optimizer", "optimizer", ("rmsprop", "adam", "sgd")),
        Control("batch_size", "batch_size", (128, 32, 512)),
        Control("epochs", "epochs", (5, 1, 10)),
    ),
    epoch_lines=(
        EpochLine(1, 0.2596, 0.9255),
        EpochLine(2, 0.1047, 0.9693),
        EpochLine(3, 0.0684, 0.9791),
        EpochLine(4, 0.0496, 0.9851),
        EpochLine(5, 0.0379, 0.9887),
    ),
    published_loss=0.0774,
    published_accuracy=0.9775,
    steps=(
        Step(
            name="plan",
            title=Text("Seven steps"),
            text=Text(
                "The tutorial's plan fits every network that learns from examples. Don't worry "
                "about the new terms: each part of the plan has its own step in this course.\n\n"
                "1. Load the examples and the right answers, called **samples** and **targets**.\n"
                "2. Build the network.\n"
                "3. Choose a loss, an optimizer and metrics.\n"
                "4. Prepare the data.\n"
                "5. Run the network on a batch of samples: the forward pass.\n"
                "6. Compute the loss of that batch.\n"
                "7. Update the weights so that the loss of the batch falls.\n\n"
                "Training repeats the last three steps for one batch after another."
            ),
            code="import keras\nimport numpy as np\nimport plotly.express as px\n",
        ),
        Step(
            name="load",
            title=Text("Samples and targets"),
            text=Text(
                "MNIST has 60,000 images of handwritten digits for training and 10,000 for "
                "testing. Keras returns four **arrays**, which are tables of numbers: the training "
                "images and their labels, and the test images and their labels. A **label** is the "
                "digit from 0 to 9 that an image shows. The images are the samples, and the labels "
                "are the targets. `uint8` is the type of the numbers: whole numbers from 0 to 255."
            ),
            code="(train_images, train_labels), (test_images, test_labels) = (\n"
            "    keras.datasets.mnist.load_data()\n"
            ")\n"
            "print(train_images.shape, train_images.dtype)\n"
            "print(train_labels[:10])\n",
            output="(60000, 28, 28) uint8\n[5 0 4 1 9 2 1 3 1 4]",
            views=("samples", "shapes"),
            erratum=Text(
                "The tutorial says that NIST compiled MNIST in the 1980s. NIST, the US "
                "standards institute, collected the handwriting; Yann LeCun, Corinna Cortes and "
                "Christopher Burges made MNIST from it in the 1990s."
            ),
        ),
        Step(
            name="network",
            title=Text("The network"),
            text=Text(
                "A **network** is a chain of **layers**; each layer takes numbers and passes its "
                "results on to the next. In a **dense** layer, each output is a sum of all inputs, "
                "each multiplied by a **weight**; training finds the weights. `relu` then replaces "
                "negative results with 0. The last layer has ten outputs, and its `softmax` turns "
                "them into probabilities: none is below 0, and they add up to 1. Keras sets the "
                "input size of each layer from the output of the layer before it."
            ),
            code="network = keras.Sequential(\n"
            "    [\n"
            "        keras.Input((28 * 28,)),\n"
            '        keras.layers.Dense($units, activation="relu"),\n'
            '        keras.layers.Dense(10, activation="softmax"),\n'
            "    ]\n"
            ")\n"
            "network.summary()\n",
            views=("summary",),
            controls=("units",),
        ),
        Step(
            name="compile",
            title=Text("Loss, optimizer, metrics"),
            text=Text(
                "The **loss** is a single number that says how far the network is from the "
                "targets; training makes it smaller. The **optimizer** is the rule for changing "
                "the weights; `rmsprop` is one of several. **Metrics**, such as the **accuracy** "
                "(the share of correct answers), are for you to watch; training doesn't use them."
            ),
            code="network.compile(\n"
            "    optimizer=$optimizer,\n"
            '    loss="categorical_crossentropy",\n'
            '    metrics=["accuracy"],\n'
            ")\n",
            controls=("optimizer",),
        ),
        Step(
            name="scale",
            title=Text("Reshape and scale"),
            text=Text(
                "The network takes a row of 784 numbers, so each 28 x 28 image is **reshaped**. "
                "Networks learn best from small numbers, so the pixels are converted to `float32`, "
                "a type with decimals, and **scaled**: divided by 255, they are between 0 and 1."
            ),
            code="train_images = train_images.reshape(-1, 28 * 28)\n"
            'train_images = train_images.astype("float32") / 255\n'
            "test_images = test_images.reshape(-1, 28 * 28)\n"
            'test_images = test_images.astype("float32") / 255\n'
            "print(train_images.shape, train_images.dtype)\n"
            "print(train_images.min(), train_images.max())\n",
            output="(60000, 784) float32\n0.0 1.0",
            views=("scaled", "shapes"),
        ),
        Step(
            name="one_hot",
            title=Text("Encode the targets"),
            text=Text(
                "`to_categorical` writes each label as ten numbers: a 1 at the position of the "
                "digit and 0 everywhere else. This **one-hot** form has the same shape as the "
                "network's output, so the two can be compared number by number."
            ),
            code="train_targets = keras.utils.to_categorical(train_labels)\n"
            "test_targets = keras.utils.to_categorical(test_labels)\n"
            "print(train_labels[0], train_targets[0])\n",
            output="5 [0. 0. 0. 0. 0. 1. 0. 0. 0. 0.]",
            views=("one_hot",),
        ),
        Step(
            name="forward",
            title=Text("The forward pass of a batch"),
            text=Text(
                "A **batch** is a small group of images that go through the network together, here "
                "128. Computing the probabilities from the pixels is called the **forward pass**. "
                "The weights are still random, so the probabilities don't mean anything yet."
            ),
            code="batch, targets = train_images[:128], train_targets[:128]\n"
            "probabilities = network.predict(batch, verbose=0)\n"
            "print(probabilities.shape)\n",
            output="(128, 10)",
            views=("forward_pass",),
            question=Question(
                text=Text("How many of 128 digits does an untrained network get right?"),
                answers=(Text("None."), Text("About 13, one in ten."), Text("About half.")),
                answer=1,
                explanation=Text(
                    "There are ten possible answers, so a guess is right one time in ten. "
                    "Remember this whenever you judge an accuracy: 10% is no better than guessing."
                ),
            ),
        ),
        Step(
            name="batch_loss",
            title=Text("The loss of the batch"),
            text=Text(
                "The loss of one image is minus the natural logarithm of the probability that the "
                "network gives to the right digit. The loss of a batch is the mean over its "
                "images. This is the **categorical cross-entropy** that you passed to `compile`. A "
                "network that gives every digit 10% has a loss of 2.3026, so expect something "
                "close to that."
            ),
            code="loss = -np.log(probabilities[targets == 1]).mean()\n"
            'print(f"loss of the batch: {loss:.4f}")\n'
            'print(f"with 10% for each digit: {-np.log(0.1):.4f}")\n',
            views=("forward_pass",),
        ),
        Step(
            name="update",
            title=Text("Update the weights"),
            text=Text(
                "Now the optimizer changes every weight a little, in the direction that makes "
                "the loss of this batch fall. `train_on_batch` does this once. Afterward, the same "
                "batch has a smaller loss. Training is a long series of such updates."
            ),
            code="before, _ = network.evaluate(batch, targets, verbose=0)\n"
            "network.train_on_batch(batch, targets)\n"
            "after, _ = network.evaluate(batch, targets, verbose=0)\n"
            'print(f"{before:.4f} -> {after:.4f}")\n',
            views=("weight_update",),
        ),
        Step(
            name="fit",
            title=Text("Train for 5 epochs"),
            text=Text(
                "`fit` processes one batch after another, in random order. One pass over all "
                "60,000 images is an **epoch**: 469 batches of up to 128. For each epoch, Keras "
                "prints a line with the mean loss and accuracy over its batches. The tutorial's "
                "loss falls from 0.2596 in the first epoch to 0.0379 in the fifth, and its "
                "accuracy rises from 92.55% to 98.87%."
            ),
            code="history = network.fit(\n"
            "    train_images, train_targets, epochs=$epochs, batch_size=$batch_size\n"
            ")\n",
            views=("run", "curves", "epoch_lines"),
            controls=("epochs", "batch_size", "units", "optimizer"),
            erratum=Text(
                "The tutorial calls 98.87% the training accuracy and then says that this share of "
                "the *test* images is right. The figure is for the training images; the test "
                "images come in the next step."
            ),
        ),
        Step(
            name="evaluate",
            title=Text("Evaluate on the test set"),
            text=Text(
                "The 10,000 test images weren't used in training. On them, the tutorial gets a "
                "loss of 0.0774 and an accuracy of 97.75%, which means 225 wrong answers."
            ),
            code="loss, accuracy = network.evaluate(test_images, test_targets, verbose=0)\n"
            'print(f"test loss {loss:.4f}, test accuracy {accuracy:.2%}")\n',
            views=("evaluation", "confusion"),
            question=Question(
                text=Text(
                    "The last epoch ended with an accuracy of about 98.9% on the training images. "
                    "What do you expect on the test images?"
                ),
                answers=(Text("A higher accuracy."), Text("The same."), Text("A lower accuracy.")),
                answer=2,
                explanation=Text(
                    "The weights were fitted to the training images, including their random "
                    "details, and new images have different details. This is **overfitting**. "
                    "Train for 10 epochs and watch whether the gap grows."
                ),
            ),
        ),
        Step(
            name="draw",
            title=Text("Draw the network"),
            text=Text(
                "The 784 pixels, the 512 outputs of the first layer and the 10 outputs of the last "
                "are drawn as columns of dots. Every dot is connected to every dot in the next "
                "column, so there are 784 x 512 + 512 x 10 = 406,528 lines. This code leaves the "
                "lines out and draws at most 20 dots per column."
            ),
            code="sizes = [28 * 28, *(layer.units for layer in network.layers)]\n"
            "dots = [(x, y) for x, size in enumerate(sizes) for y in range(min(size, 20))]\n"
            "figure = px.scatter(x=[x for x, _ in dots], y=[y for _, y in dots])\n"
            "figure.update_xaxes(tickvals=[0, 1, 2], ticktext=[str(size) for size in sizes])\n"
            "figure.show()\n"
            "print(sizes)\n",
            output="[784, 512, 10]",
            views=("structure", "flow"),
            erratum=Text(
                "The tutorial says that the input has 786 nodes; it has 28 x 28 = 784. The "
                "tutorial draws the network with ann-visualizer, which was made for an older "
                "Keras. With Keras 3, `ann_viz(network)` stops with `AttributeError: 'Dense' "
                "object has no attribute 'input_shape'`. Use `keras.utils.plot_model(network)`, "
                "which needs pydot and Graphviz, or the code above."
            ),
        ),
    ),
)
