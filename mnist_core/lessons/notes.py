"""The course of the tutorial "深度学习笔记": the same network, and what learning is."""

from mnist_core.i18n import Text
from mnist_core.lessons.course import Control, Course, Question, Step

NOTES = Course(
    name="notes",
    title=Text("Notes on deep learning"),
    tutorial="深度学习笔记-MNIST数据集-手写数字识别V1.0",
    recipe="dense_512",
    about=Text(
        "The first network in many textbooks, and then what learning is: a batch, a gradient "
        "and an update, computed by hand with NumPy."
    ),
    minutes=40,
    controls=(
        Control("optimizer", "optimizer", ("rmsprop", "adam", "sgd")),
        Control("epochs", "epochs", (5, 1, 10)),
        Control("batch_size", "batch_size", (128, 32, 512)),
    ),
    published_accuracy=0.9808,
    steps=(
        Step(
            name="words",
            title=Text("Class, sample, label"),
            text=Text(
                "The task is to sort gray images of handwritten digits, 28 x 28 pixels each, into "
                "ten categories, 0 to 9. Each category is a **class**. An image is a **sample**, "
                "and the class it belongs to is its **label**."
            ),
            code="import keras\nimport numpy as np\n",
            views=("samples",),
        ),
        Step(
            name="load",
            title=Text("Load MNIST"),
            text=Text(
                "The network learns from the **training set** and is tested on the **test set**. "
                "Keras downloads both in one file, `mnist.npz`, and keeps it in the folder "
                "`.keras/datasets` in your home folder. Without internet access, put the file "
                "there yourself. It must be exactly the file that Keras would download: Keras "
                "compares its SHA-256 hash, a number computed from all of its bytes, and downloads "
                "the file again if the hash differs."
            ),
            code="(train_images, train_labels), (test_images, test_labels) = (\n"
            "    keras.datasets.mnist.load_data()\n"
            ")\n"
            "print(train_images.shape, test_images.shape)\n"
            "print(np.unique(train_labels))\n",
            output="(60000, 28, 28) (10000, 28, 28)\n[0 1 2 3 4 5 6 7 8 9]",
            views=("shapes",),
        ),
        Step(
            name="layers",
            title=Text("Layers as sieves"),
            text=Text(
                "A **layer** is a filter for data: what comes out is more useful for the task than "
                "what went in. A deep network is a series of such filters, like finer and finer "
                "sieves. Both layers here are **dense**: each output is a sum of all inputs, each "
                "multiplied by a **weight** that training finds. The first layer then replaces "
                "negative results with 0 (`relu`); the last turns its ten results into "
                "probabilities that add up to 1 (`softmax`)."
            ),
            code="network = keras.Sequential(\n"
            "    [\n"
            "        keras.Input((28 * 28,)),\n"
            '        keras.layers.Dense(512, activation="relu"),\n'
            '        keras.layers.Dense(10, activation="softmax"),\n'
            "    ]\n"
            ")\n",
            views=("structure", "summary"),
            erratum=Text(
                "The tutorial passes `input_shape=(28*28,)` to the first layer. Keras 3 still "
                "accepts this but warns: “Do not pass an `input_shape`/`input_dim` argument to a "
                "layer.” Put `keras.Input((28 * 28,))` first instead."
            ),
        ),
        Step(
            name="compile",
            title=Text("Compile"),
            text=Text(
                "Before training, you choose three things. The **loss function** measures how "
                "well the network does on the training data, so it shows in which direction to "
                "improve. The **optimizer** updates the network based on the loss. A **metric** is "
                "only for you to watch; here it is the **accuracy**, the share of images that are "
                "classified correctly."
            ),
            code="network.compile(\n"
            "    optimizer=$optimizer,\n"
            '    loss="categorical_crossentropy",\n'
            '    metrics=["accuracy"],\n'
            ")\n",
            controls=("optimizer",),
            erratum=Text(
                "The tutorial writes `metrics='accuracy'`. Keras 3 stops with ``ValueError: "
                "Expected `metrics` argument to be a list, tuple, or dict. Received instead: "
                "metrics=accuracy of type <class 'str'>``. Write `metrics=[\"accuracy\"]`."
            ),
        ),
        Step(
            name="scale",
            fixed_output=True,
            title=Text("Prepare the images"),
            text=Text(
                "Each image becomes one row of 784 numbers, as the first layer expects. The "
                "numbers are converted from `uint8` (whole numbers from 0 to 255) to `float32` "
                "(numbers with decimals) and divided by 255, so that all of them are between 0 and "
                "1."
            ),
            code='train_images = train_images.reshape(-1, 28 * 28).astype("float32") / 255\n'
            'test_images = test_images.reshape(-1, 28 * 28).astype("float32") / 255\n'
            "print(train_images.shape, train_images.dtype)\n"
            "print(train_images.min(), train_images.max())\n",
            output="(60000, 784) float32\n0.0 1.0",
            views=("scaled", "shapes"),
        ),
        Step(
            name="labels",
            fixed_output=True,
            title=Text("Prepare the labels"),
            text=Text(
                "Each label becomes ten numbers: a 1 at the position of its class and 0 everywhere "
                "else (**one-hot**). Ideally, the network's ten probabilities would equal these "
                "numbers."
            ),
            code="train_targets = keras.utils.to_categorical(train_labels)\n"
            "test_targets = keras.utils.to_categorical(test_labels)\n"
            "print(train_labels[0], train_targets[0])\n",
            output="5 [0. 0. 0. 0. 0. 1. 0. 0. 0. 0.]",
            views=("one_hot",),
        ),
        Step(
            name="fit",
            title=Text("Train"),
            text=Text(
                "The network goes through the training images five times; each pass is an "
                "**epoch**. It takes 128 images at a time, a **mini-batch**, and updates its "
                "weights after each one: 469 times per epoch, 2,345 times in all. Meanwhile, Keras "
                "shows the mean loss and accuracy of the epoch so far."
            ),
            code="network.fit(\n"
            "    train_images, train_targets, epochs=$epochs, batch_size=$batch_size\n"
            ")\n",
            views=("run", "curves"),
            controls=("epochs", "batch_size", "optimizer"),
        ),
        Step(
            name="evaluate",
            title=Text("Test"),
            text=Text(
                "Do the predictions for the test images agree with their labels? The tutorial "
                "reports 98.08%. The initial weights and the order of the batches are random, so "
                "your result will differ a little, and it will vary from one training run to the "
                "next."
            ),
            code="test_loss, test_acc = network.evaluate(test_images, test_targets, verbose=0)\n"
            'print("test_acc:", test_acc)\n',
            views=("evaluation", "confusion"),
            erratum=Text(
                "The tutorial gives 98.08% as the accuracy on the training data and, one line "
                "later, 98.079% as the accuracy on the test set. They are two different "
                "measurements. Look at your own: after five epochs, the training accuracy is "
                "usually about one percentage point higher."
            ),
        ),
        Step(
            name="batch",
            fixed_output=True,
            title=Text("Learning: draw a batch"),
            text=Text(
                "Learning means finding weights that make the loss on the training samples as "
                "small as possible. This happens in small steps, and each step begins with a batch "
                "of random samples and their targets. To compute a step by hand, the code uses a "
                "simpler network: one softmax layer whose weights are all 0. It gives every class "
                "10%, so its loss is minus the natural logarithm of 0.1."
            ),
            code="rng = np.random.default_rng(0)\n"
            "rows = rng.choice(len(train_images), 128, replace=False)\n"
            "batch, targets = train_images[rows], train_targets[rows]\n"
            "\n"
            "\n"
            "def probabilities_of(weights):\n"
            "    powers = np.exp(batch @ weights)\n"
            "    return powers / powers.sum(axis=1, keepdims=True)\n"
            "\n"
            "\n"
            "def loss_of(weights):\n"
            "    return -np.log((probabilities_of(weights) * targets).sum(axis=1)).mean()\n"
            "\n"
            "\n"
            "weights = np.zeros((784, 10))\n"
            'print(f"{loss_of(weights):.4f}")\n',
            output="2.3026",
            views=("forward_pass",),
        ),
        Step(
            name="gradient",
            fixed_output=True,
            title=Text("The gradient of the loss"),
            text=Text(
                "The **gradient** has one number for each weight: how fast the loss rises as "
                "that weight increases. For this layer, the formula is short: the error of each "
                "output (probability minus target) times the pixel, averaged over the batch."
            ),
            code="errors = probabilities_of(weights) - targets\n"
            "gradient = batch.T @ errors / len(batch)\n"
            "print(gradient.shape)\n",
            output="(784, 10)",
        ),
        Step(
            name="learning_rate",
            fixed_output=True,
            title=Text("A step against the gradient"),
            text=Text(
                "The gradient points in the direction in which the loss rises, so the weights take "
                "a step in the opposite direction. The **learning rate** sets the length of the "
                "step. The code tries four learning rates from the same starting point, where the "
                "loss is 2.3026."
            ),
            code="for learning_rate in (0.01, 0.1, 1, 10):\n"
            "    loss = loss_of(weights - learning_rate * gradient)\n"
            '    print(f"{learning_rate}: {loss:.4f}")\n',
            output="0.01: 2.2866\n0.1: 2.1490\n1: 1.5583\n10: 8.4332",
            views=("weight_update",),
            question=Question(
                text=Text(
                    "A learning rate of 1 lowers the loss from 2.30 to 1.56. What do you expect "
                    "from a learning rate of 10?"
                ),
                answers=(
                    Text("The loss falls much further, almost to 0."),
                    Text("The loss falls a little further."),
                    Text("The loss rises."),
                ),
                answer=2,
                explanation=Text(
                    "The gradient shows which way is down only near where you are. A step that is "
                    "too long goes past the bottom of the valley and up the other side: the loss "
                    "is 8.43."
                ),
            ),
        ),
        Step(
            name="chain_rule",
            fixed_output=True,
            title=Text("The chain rule"),
            text=Text(
                "A network is a series of operations that can be differentiated, so the **chain "
                "rule** gives its gradient: how the loss depends on a layer's output, times how "
                "that output depends on the weight. Computing this from the last layer back to the "
                "first is called **backpropagation**. The code checks one weight: it moves the "
                "weight up and down a little, measures how much the loss changes, and gets the "
                "same number as in the gradient."
            ),
            code="pixel, digit, little = 14 * 28 + 14, 3, 0.0001\n"
            "change = np.zeros((784, 10))\n"
            "change[pixel, digit] = little\n"
            "rise = loss_of(weights + change) - loss_of(weights - change)\n"
            'print(f"measured {rise / (2 * little):.6f}")\n'
            'print(f"gradient {gradient[pixel, digit]:.6f}")\n',
            output="measured 0.021850\ngradient 0.021850",
        ),
        Step(
            name="optimizers",
            title=Text("RMSProp, SGD, momentum"),
            text=Text(
                "An optimizer is a way to use the gradient. **SGD** (stochastic gradient descent) "
                "takes the step above; it is called stochastic because the batches are random. "
                "With **momentum**, each step keeps part of the previous one, just as a rolling "
                "ball keeps its speed. **RMSProp** divides each weight's step by the typical size "
                "of its gradient, so that all weights move at about the same speed. The code "
                "trains the network from scratch for one epoch with each optimizer."
            ),
            code="optimizers = {\n"
            '    "RMSProp": keras.optimizers.RMSprop(),\n'
            '    "SGD": keras.optimizers.SGD(),\n'
            '    "SGD with momentum": keras.optimizers.SGD(momentum=0.9),\n'
            "}\n"
            "for name, optimizer in optimizers.items():\n"
            "    fresh = keras.models.clone_model(network)  # the same layers, new weights\n"
            "    fresh.compile(\n"
            '        optimizer, loss="categorical_crossentropy", metrics=["accuracy"]\n'
            "    )\n"
            "    fresh.fit(train_images, train_targets, batch_size=128, verbose=0)\n"
            "    _, accuracy = fresh.evaluate(test_images, test_targets, verbose=0)\n"
            '    print(f"{name}: {accuracy:.2%}")\n',
            views=("run",),
            controls=("optimizer",),
            question=Question(
                text=Text(
                    "Each optimizer trains for one epoch with Keras's default learning rate. "
                    "Which one do you expect to come last?"
                ),
                answers=(Text("RMSProp."), Text("SGD."), Text("SGD with momentum.")),
                answer=1,
                explanation=Text(
                    "Plain SGD takes short steps and needs more epochs to get as far. That doesn't "
                    "tell you where it ends after more epochs or with another learning rate."
                ),
            ),
        ),
    ),
)
