"""The course of the tutorial "S40L12": two sigmoid layers on unscaled pixels."""

from mnist_core.i18n import Text
from mnist_core.lessons.course import Control, Course, Question, Step

# The 93% and 97.5% are means of three seeds: `python -m benchmarks.recipes` (docs/results.md).
SIGMOID = Course(
    name="sigmoid",
    title=Text("A simple digit classifier"),
    tutorial="S40L12 – 一个简单的数字分类器",
    recipe="sigmoid_mlp",
    about=Text(
        "From the data set to a network that recognizes about 93% of the digits, and why it "
        "could do better. A good first course."
    ),
    minutes=30,
    controls=(
        Control("scale", "scale", (False, True)),
        Control("units_1", "dense_1.units", (100, 30, 300)),
        Control("units_2", "dense_2.units", (144, 30, 300)),
        Control("activation", "activation", ("sigmoid", "tanh", "relu")),
        Control("epochs", "epochs", (10, 3, 1)),
    ),
    published_accuracy=0.93,
    run_settings={"validation": "test"},
    steps=(
        Step(
            name="mnist",
            title=Text("What MNIST is"),
            text=Text(
                "MNIST is a set of 70,000 images of handwritten digits: 60,000 to learn from (the "
                "**training set**) and 10,000 to check the result with (the **test set**). Each "
                "image is 28 pixels high and 28 pixels wide, and each pixel is a number from 0 "
                "(black) to 255 (white). Each image comes with its **label**, the digit it shows. "
                "A program that predicts the label from the pixels is called a **classifier**, and "
                "the digits 0 to 9 are its ten **classes**."
            ),
            views=("samples",),
        ),
        Step(
            name="setup",
            title=Text("Setup"),
            text=Text(
                "To follow along on your computer, install the packages with `pip install "
                "tensorflow plotly`. **Keras** builds and trains **neural networks**: long chains "
                "of multiplications and additions whose numbers are learned from examples. It is "
                "installed together with TensorFlow, which does the computing. **NumPy** stores "
                "numbers in tables called **arrays**, and **Plotly** draws images and charts. The "
                "tutorial also installs Matplotlib, scikit-learn and pandas; this course doesn't "
                "need them."
            ),
            code="import keras\nimport numpy as np\nimport plotly.express as px\n",
        ),
        Step(
            name="load",
            title=Text("Load the data"),
            text=Text(
                "Keras downloads MNIST the first time and keeps a copy. You get four arrays: the "
                "images `x` and the labels `y`, for training and for testing. An array's **shape** "
                "is its size along each dimension; the images have three dimensions: image, row "
                "and column."
            ),
            code="(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()\n"
            "print(x_train.shape, y_train.shape)\n"
            "print(x_test.shape, y_test.shape)\n",
            output="(60000, 28, 28) (60000,)\n(10000, 28, 28) (10000,)",
            views=("shapes",),
        ),
        Step(
            name="sample",
            title=Text("Look at one image"),
            text=Text(
                "Counting starts at 0, so `x_train[0]` is the first training image. Always look "
                "at your data before you train: does the label match what you see?"
            ),
            code='print(y_train[0])\npx.imshow(x_train[0], color_continuous_scale="gray").show()\n',
            output="5",
            views=("sample_image",),
        ),
        Step(
            name="flatten",
            fixed_output=True,
            title=Text("Flatten to 784 numbers"),
            text=Text(
                "A dense layer, which you will meet soon, takes its input as a single row of "
                "numbers. So the 28 rows of 28 pixels are placed one after another: 28 x 28 = 784. "
                "The numbers stay the same, but the network no longer knows which pixels are "
                "neighbors. With `scale = True`, each pixel is also divided by 255, so that it is "
                "between 0 and 1; the tutorial doesn't do this."
            ),
            code='x_train = x_train.reshape(-1, 784).astype("float32")\n'
            'x_test = x_test.reshape(-1, 784).astype("float32")\n'
            "print(x_train.shape, x_test.shape)\n"
            "\n"
            "scale = $scale\n"
            "if scale:\n"
            "    x_train, x_test = x_train / 255, x_test / 255\n",
            output="(60000, 784) (10000, 784)",
            views=("flattened", "shapes"),
            controls=("scale",),
        ),
        Step(
            name="one_hot",
            title=Text("Labels as one-hot vectors"),
            text=Text(
                "The network will output ten numbers, one for each digit, so each label is also "
                "written as ten numbers: a 1 at the position of the digit and 0 everywhere else. "
                "This is called a **one-hot vector**. A five has its 1 at the sixth position "
                "because the first position is for zero."
            ),
            code="targets_train = keras.utils.to_categorical(y_train, 10)\n"
            "targets_test = keras.utils.to_categorical(y_test, 10)\n"
            "print(targets_train.shape)\n"
            "print(y_train[0], targets_train[0])\n",
            output="(60000, 10)\n5 [0. 0. 0. 0. 0. 1. 0. 0. 0. 0.]",
            views=("one_hot",),
        ),
        Step(
            name="build",
            title=Text("Build the network"),
            text=Text(
                "`Sequential` is a stack of **layers**; each layer takes the output of the one "
                "before it. In a **dense** layer, every **neuron** multiplies each input by a "
                "number of its own (a **weight**), adds up the products and one more number (the "
                "**bias**), and passes the sum through an **activation** function. `sigmoid` "
                "squeezes the sum into the range from 0 to 1; of the other choices, `tanh` "
                "squeezes it into -1 to 1, and `relu` replaces negative sums with 0. `softmax`, in "
                "the last layer, makes ten numbers that add up to 1, so they can be read as "
                "probabilities. The tutorial also lists a `Flatten` layer, which has no effect "
                "here because the images are already flat."
            ),
            code="model = keras.Sequential(\n"
            "    [\n"
            "        keras.Input((784,)),\n"
            "        keras.layers.Dense($units_1, activation=$activation),\n"
            "        keras.layers.Dense($units_2, activation=$activation),\n"
            '        keras.layers.Dense(10, activation="softmax"),\n'
            "    ]\n"
            ")\n",
            controls=("units_1", "units_2", "activation"),
            views=("structure",),
        ),
        Step(
            name="summary",
            title=Text("The summary"),
            text=Text(
                "The weights and biases together are the network's **parameters**: the numbers "
                "that training will find. With the tutorial's sizes, the first layer has 784 x 100 "
                "+ 100 = 78,500, the second 100 x 144 + 144 = 14,544 and the last 144 x 10 + 10 = "
                "1,450, a total of 94,494. `None` in a shape means any number of images."
            ),
            code="model.summary()\n",
            views=("summary",),
        ),
        Step(
            name="compile",
            title=Text("Compile: loss and optimizer"),
            text=Text(
                "The **loss** is a single number that says how wrong the network is; training "
                "makes it smaller. **Categorical cross-entropy** is minus the natural logarithm of "
                "the probability that the network gives to the right digit: 0 if that is 100%, 2.3 "
                "if it is 10%. The **optimizer** changes the parameters so that the loss falls; "
                "**Adam** adapts the size of the change to each parameter. The **accuracy** is the "
                "share of correct answers; it is only displayed, and training doesn't use it."
            ),
            code="model.compile(\n"
            '    loss="categorical_crossentropy",\n'
            '    optimizer="adam",\n'
            '    metrics=["accuracy"],\n'
            ")\n",
        ),
        Step(
            name="fit",
            title=Text("Train for 10 epochs"),
            text=Text(
                "An **epoch** is one pass over all training images, by default 32 at a time. After "
                "each epoch, Keras measures the loss and the accuracy on `validation_data`. The "
                "tutorial validates on the test set. That is convenient but not quite fair: once "
                "you choose settings by those results, the test set is no longer new data."
            ),
            code="history = model.fit(\n"
            "    x_train,\n"
            "    targets_train,\n"
            "    epochs=$epochs,\n"
            "    validation_data=(x_test, targets_test),\n"
            ")\n",
            views=("run", "curves"),
            controls=("epochs", "scale"),
            question=Question(
                text=Text(
                    "The network gets pixel values from 0 to 255. What do you expect if they are "
                    "divided by 255 first?"
                ),
                answers=(
                    Text("The same accuracy: the images are the same."),
                    Text("A clearly higher accuracy."),
                    Text("A lower accuracy: small numbers carry less information."),
                ),
                answer=1,
                explanation=Text(
                    "With large inputs, the sums are far from 0, where the sigmoid is almost flat: "
                    "changing a weight hardly changes the output, so there is little to learn "
                    "from. With pixels divided by 255, the same network recognizes 97.5% of the "
                    "test images instead of 93%. Set `scale` to `True` and compare the two runs."
                ),
            ),
        ),
        Step(
            name="evaluate",
            title=Text("About 93% on both"),
            text=Text(
                "`evaluate` computes the loss and the accuracy on images that the network wasn't "
                "trained on. The tutorial reports about 93% for the training set and about 93% for "
                "the test set. That the two are so close shows that the network hasn't memorized "
                "its training images."
            ),
            code="loss, accuracy = model.evaluate(x_test, targets_test, verbose=0)\n"
            'print(f"test loss {loss:.4f}, test accuracy {accuracy:.2%}")\n',
            views=("evaluation",),
        ),
        Step(
            name="predict",
            title=Text("Predict"),
            text=Text(
                "`predict` returns ten probabilities for each image. The answer is the digit "
                "with the largest probability; `argmax` returns its position."
            ),
            code="probabilities = model.predict(x_test, verbose=0)\n"
            "print(probabilities.shape)\n"
            "print(probabilities[0].round(3))\n"
            "print(probabilities[0].argmax())\n",
            views=("one_prediction",),
            image=0,
        ),
        Step(
            name="pictures",
            title=Text("Images with both labels"),
            text=Text(
                "A single figure such as 93% doesn't show which images are wrong. Look at some "
                "images with the true and the predicted label below them."
            ),
            code="predicted = probabilities.argmax(axis=1)\n"
            "figure = px.imshow(\n"
            "    x_test[:10].reshape(-1, 28, 28),\n"
            "    facet_col=0,\n"
            "    facet_col_wrap=5,\n"
            '    color_continuous_scale="gray",\n'
            ")\n"
            'titles = [f"true {y_test[i]}, predicted {predicted[i]}" for i in range(10)]\n'
            "figure.for_each_annotation(\n"
            '    lambda note: note.update(text=titles[int(note.text.split("=")[1])])\n'
            ")\n"
            "figure.show()\n",
            views=("predictions", "confusion"),
        ),
        Step(
            name="structure",
            title=Text("The structure as a picture"),
            text=Text(
                "All 784 pixels go to every neuron of the first layer, the outputs of that layer "
                "go to every neuron of the second, and so on to the ten outputs. Keras can draw "
                "this with `keras.utils.plot_model(model)` if pydot and Graphviz are also "
                "installed."
            ),
            code="sizes = [784, *(layer.units for layer in model.layers)]\n"
            'print(" -> ".join(str(size) for size in sizes))\n',
            output="784 -> 100 -> 144 -> 10",
            views=("structure", "flow"),
        ),
        Step(
            name="gpu",
            title=Text("The GPU"),
            text=Text(
                "A **GPU** (the processor of a graphics card) does thousands of multiplications at "
                "once, so large networks train faster on it; this network is so small that it "
                "hardly benefits. TensorFlow uses a GPU automatically if it finds one; an empty "
                "list means that it found none. On Linux with an NVIDIA card, `pip install "
                '"tensorflow[and-cuda]"` also installs CUDA and cuDNN, the NVIDIA libraries that '
                "the tutorial has you install by hand. On Windows, TensorFlow 2.11 and later can "
                "use a GPU only in WSL2 (Linux inside Windows)."
            ),
            code='import tensorflow as tf\n\nprint(tf.config.list_physical_devices("GPU"))\n',
            views=("gpu",),
        ),
    ),
)
