"""The course of the tutorial "图像分类": a convolution, and why images need one."""

from mnist_core.i18n import Text
from mnist_core.lessons.course import Control, Course, Question, Step

# The shares of drawings that are read are those of `python -m benchmarks.real_hands`
# (docs/results.md, simple_cnn).
CNN = Course(
    name="cnn",
    title=Text("Image classification with a convolution"),
    tutorial="图像分类 | 基于 MNIST 数据集",
    recipe="simple_cnn",
    about=Text(
        "Why dense layers don't suit large images, what convolution and pooling do, and a small "
        "convolutional network, from its data to an app."
    ),
    minutes=45,
    controls=(
        Control("filters", "conv2d_1.filters", (28, 8, 64)),
        Control("kernel_size", "conv2d_1.kernel_size", (3, 5, 7)),
        Control("activation", "conv2d_1.activation", (None, "relu")),
        Control("units", "dense_1.units", (128, 32)),
        Control("rate", "dropout_1.rate", (0.2, 0.5, 0.0)),
        Control("optimizer", "optimizer", ("adam", "rmsprop", "sgd")),
        Control("epochs", "epochs", (10, 3, 1)),
    ),
    published_accuracy=0.985,
    steps=(
        Step(
            name="growth",
            title=Text("Dense layers don't scale"),
            text=Text(
                "A network is a chain of **layers**, and each layer turns numbers into other "
                "numbers. In a **dense** layer, every output has a **weight** (a number to "
                "multiply by) for every input. A gray image of 28 x 28 pixels has 784 numbers. A "
                "4K color image has 4096 x 2160 pixels with three numbers each, 26,542,080 in all, "
                "so a first dense layer with 128 outputs would need 3.4 billion weights. It would "
                "also treat distant pixels like neighbors, although only pixels that are close "
                "together form a stroke."
            ),
            code="import keras\n"
            "import numpy as np\n"
            "import plotly.express as px\n"
            "\n"
            "print(28 * 28, 4096 * 2160 * 3)\n"
            "print(4096 * 2160 * 3 * 128)\n",
            output="784 26542080\n3397386240",
            views=("dense_growth",),
        ),
        Step(
            name="convolution",
            title=Text("Convolution"),
            text=Text(
                "A **convolution** slides a small table of weights, called a **filter** or "
                "**kernel**, over the image. At each position, it multiplies the pixels under the "
                "filter by the weights and adds up the products. A 3 x 3 filter that moves 1 pixel "
                "at a time (its **stride**) has 9 positions on a 5 x 5 image, so 25 numbers become "
                "9, which is 64% fewer. This filter finds places where the image gets brighter "
                "from left to right."
            ),
            code="image = np.array([[0, 0, 1, 1, 1]] * 5)\n"
            "kernel = np.array([[-1, 0, 1]] * 3)\n"
            "windows = np.lib.stride_tricks.sliding_window_view(image, (3, 3))\n"
            "result = (windows * kernel).sum(axis=(2, 3))\n"
            "print(result)\n"
            'print(f"{1 - result.size / image.size:.0%} fewer")\n',
            output="[[3 3 0]\n [3 3 0]\n [3 3 0]]\n64% fewer",
            views=("convolution",),
        ),
        Step(
            name="pooling",
            title=Text("Pooling"),
            text=Text(
                "**Pooling** makes an image smaller. It replaces each block of 2 x 2 numbers "
                "with a single number: the block's maximum, mean or sum. The maximum is the usual "
                "choice; it keeps the information that a filter found something, but not exactly "
                "where. Fewer numbers also mean fewer weights in the layers that follow."
            ),
            code="image = np.array([[1, 3, 2, 0], [4, 6, 1, 1], [0, 2, 9, 5], [1, 1, 3, 7]])\n"
            "blocks = image.reshape(2, 2, 2, 2)  # row of blocks, row, column of blocks, column\n"
            "print(blocks.max(axis=(1, 3)))\n"
            "print(blocks.mean(axis=(1, 3)))\n"
            "print(blocks.sum(axis=(1, 3)))\n",
            output="[[6 2]\n [2 9]]\n[[3.5 1. ]\n [1.  6. ]]\n[[14  4]\n [ 4 24]]",
            views=("pooling",),
        ),
        Step(
            name="fully_connected",
            title=Text("Fully connected layers"),
            text=Text(
                "The network ends with dense layers, also called **fully connected** layers. "
                "They weigh everything that the filters found and decide on a digit. In this "
                "network, 28 filters turn a 28 x 28 image into 28 images of 26 x 26, called "
                "**feature maps**, and pooling shrinks these to 13 x 13. That is still 4,732 "
                "numbers, and the dense layer that takes them has nearly all of the network's "
                "weights."
            ),
            code="print(13 * 13 * 28)\n",
            output="4732",
            views=("structure",),
        ),
        Step(
            name="load",
            title=Text("Load MNIST, look at image 7777"),
            text=Text(
                "MNIST has 60,000 images of handwritten digits for training and 10,000 for "
                "testing, each with its **label**, the digit it shows. Training image 7777 is an "
                "8. MNIST's digits are white on black (0 is black, 255 is white). Like the "
                "tutorial, the code shows them dark on white with a reversed color scale; the "
                "numbers stay the same."
            ),
            code="(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()\n"
            "print(y_train[7777])\n"
            'px.imshow(x_train[7777], color_continuous_scale="gray_r").show()\n',
            output="8",
            views=("sample_image",),
            image=7777,
            erratum=Text(
                "The tutorial calls the pixels RGB codes. RGB images have three numbers per "
                "pixel (red, green and blue); MNIST's images are gray and have one."
            ),
        ),
        Step(
            name="shapes",
            title=Text("Shapes"),
            text=Text(
                "An **array** is a table of numbers, and its **shape** is its size along each "
                "dimension: here 60,000 images of 28 rows and 28 columns. Most errors in building "
                "a network come from wrong shapes, so print them."
            ),
            code="print(x_train.shape, y_train.shape)\n",
            output="(60000, 28, 28) (60000,)",
            views=("shapes",),
        ),
        Step(
            name="reshape",
            title=Text("Four dimensions, 0 to 1"),
            text=Text(
                "A convolution expects images with a depth: 3 **channels** for color, 1 for "
                "gray. So the array gets a fourth dimension of size 1. Then the pixels are "
                "**normalized**: divided by 255, they are between 0 and 1, a range in which "
                "networks learn well."
            ),
            code='x_train = x_train.reshape(-1, 28, 28, 1).astype("float32") / 255\n'
            'x_test = x_test.reshape(-1, 28, 28, 1).astype("float32") / 255\n'
            "print(x_train.shape, x_train.dtype)\n"
            "print(len(x_train), len(x_test))\n"
            "print(x_train.min(), x_train.max())\n",
            output="(60000, 28, 28, 1) float32\n60000 10000\n0.0 1.0",
            views=("scaled", "shapes"),
            image=7777,
        ),
        Step(
            name="build",
            title=Text("Build the network"),
            text=Text(
                "`Flatten` puts all feature maps into one row for the dense layers. `Dropout` "
                "sets a random 20% of the numbers to 0 during training, so that the network "
                "doesn't rely on any single one. `relu`, an **activation** function, replaces "
                "negative numbers with 0, and `softmax` turns the last ten numbers into "
                "probabilities. The last layer must have 10 outputs, one for each digit; you can "
                "change all other sizes."
            ),
            code="model = keras.Sequential(\n"
            "    [\n"
            "        keras.Input((28, 28, 1)),\n"
            "        keras.layers.Conv2D(\n"
            "            $filters, kernel_size=$kernel_size, activation=$activation\n"
            "        ),\n"
            "        keras.layers.MaxPooling2D(pool_size=2),\n"
            "        keras.layers.Flatten(),\n"
            '        keras.layers.Dense($units, activation="relu"),\n'
            "        keras.layers.Dropout($rate),\n"
            '        keras.layers.Dense(10, activation="softmax"),\n'
            "    ]\n"
            ")\n"
            "model.summary()\n",
            views=("summary", "structure"),
            controls=("filters", "kernel_size", "activation", "units", "rate"),
            question=Question(
                text=Text(
                    "The convolution has no activation function (`None`): it only multiplies and "
                    "adds. How much can such a network learn?"
                ),
                answers=(
                    Text("No more than a single dense layer."),
                    Text(
                        "More than a single dense layer: later layers do more than multiply and "
                        "add."
                    ),
                    Text("Nothing: Keras refuses to train it."),
                ),
                answer=1,
                explanation=Text(
                    "Layers that only multiply and add could be merged into one. Here, "
                    "however, the convolution is followed by the maximum of the pooling and the "
                    "`relu` of the dense layer. Choose `relu` for the convolution as well and "
                    "compare the two runs."
                ),
            ),
            erratum=Text(
                "The tutorial passes `input_shape=input_shape` to the convolution. Keras 3 "
                "still accepts this but warns: “Do not pass an `input_shape`/`input_dim` argument "
                "to a layer.” Put `keras.Input((28, 28, 1))` first instead. The tutorial also says "
                "that Keras runs on TensorFlow or Theano. Keras 3 trains with TensorFlow, JAX or "
                "PyTorch; with Theano, it stops with `ValueError: Unable to import backend : "
                "theano`."
            ),
        ),
        Step(
            name="compile",
            title=Text("Compile"),
            text=Text(
                "The **loss** is the number that training makes smaller. `sparse` means that the "
                "labels stay as they are, 0 to 9, instead of being written as ten numbers each. "
                "The loss is the same either way: minus the natural logarithm of the probability "
                "of the right digit. **Adam** is the **optimizer**, the rule for changing the "
                "weights. The **accuracy** is the share of correct answers."
            ),
            code="model.compile(\n"
            "    optimizer=$optimizer,\n"
            '    loss="sparse_categorical_crossentropy",\n'
            '    metrics=["accuracy"],\n'
            ")\n",
            controls=("optimizer",),
        ),
        Step(
            name="fit",
            title=Text("Train for 10 epochs"),
            text=Text(
                "An **epoch** is one pass over the 60,000 training images, in **batches** "
                "(groups) of 32, Keras's default. Ten epochs may seem few, but the curves are "
                "almost flat by then."
            ),
            code="model.fit(x_train, y_train, epochs=$epochs)\n",
            views=("run", "curves"),
            controls=("epochs", "activation", "filters", "kernel_size", "rate", "optimizer"),
        ),
        Step(
            name="evaluate",
            title=Text("98.5% of the test images"),
            text=Text(
                "The test images weren't used in training, so they show how well the network "
                "does on new images. The tutorial reports an accuracy of 98.5%. The initial "
                "weights, the order of the images and the dropout are random, so every training "
                "run ends with a slightly different figure."
            ),
            code="loss, accuracy = model.evaluate(x_test, y_test, verbose=0)\n"
            'print(f"test loss {loss:.4f}, test accuracy {accuracy:.2%}")\n',
            views=("evaluation",),
        ),
        Step(
            name="errors",
            title=Text("When 0.1% is too much"),
            text=Text(
                "98.5% right means 1.5% wrong: about 150 of the 10,000. Whether that is good "
                "enough depends on the task. For a self-driving car, even 0.1% would be too much: "
                "one wrong decision in a thousand. Look at which images are wrong, not only at how "
                "many."
            ),
            code="predicted = model.predict(x_test, verbose=0).argmax(axis=1)\n"
            "wrong = np.flatnonzero(predicted != y_test)\n"
            'print(f"{len(wrong)} of {len(y_test)} are wrong; the first: {wrong[:5]}")\n',
            views=("confusion", "predictions"),
        ),
        Step(
            name="predict",
            title=Text("Test image 4444"),
            text=Text(
                "To classify a single image, make it a batch of one: its shape is (1, 28, 28, "
                "1). The network returns ten probabilities, and `argmax` is the position of the "
                "largest. The image is a 9, though not a neat one."
            ),
            code='px.imshow(x_test[4444].reshape(28, 28), color_continuous_scale="gray_r").show()\n'
            "probabilities = model.predict(x_test[4444].reshape(1, 28, 28, 1), verbose=0)\n"
            "print(probabilities.argmax())\n",
            views=("one_prediction",),
            image=4444,
        ),
        Step(
            name="save",
            fixed_output=True,
            title=Text("Save the network"),
            text=Text(
                "One file stores the layers, the weights and the optimizer. A network loaded "
                "from it gives the same answers."
            ),
            code='model.save("digits.keras")\n'
            'loaded = keras.models.load_model("digits.keras")\n'
            "some = x_test[:100]\n"
            "same = np.allclose(loaded.predict(some, verbose=0), model.predict(some, verbose=0))\n"
            "print(same)\n",
            output="True",
        ),
        Step(
            name="app",
            title=Text("Build an app"),
            text=Text(
                "An app lets people draw on a canvas and asks the network which digit it is. The "
                "code makes a 280 x 280 drawing with one straight stroke and shrinks it: each "
                "block of 10 x 10 pixels becomes one pixel. Draw your own digit below; the app you "
                "are using does more than shrink it."
            ),
            code="canvas = np.zeros((280, 280))\n"
            "canvas[60:220, 130:150] = 1\n"
            "small = canvas.reshape(28, 10, 28, 10).mean(axis=(1, 3))\n"
            "print(model.predict(small.reshape(1, 28, 28, 1), verbose=0).argmax())\n",
            views=("drawing", "flow"),
            question=Question(
                text=Text(
                    "The network recognizes about 98% of the test images. How many digits that "
                    "people draw on a canvas does it recognize if the canvas is only shrunk to 28 "
                    "x 28?"
                ),
                answers=(Text("Also about 98%."), Text("About 90%."), Text("Less than half.")),
                answer=2,
                explanation=Text(
                    "Of 5,100 digits drawn with a pen, it recognized 32%. It recognized "
                    "94% once each drawing was made to look like MNIST's images: cut out, scaled "
                    "to 20 x 20, drawn with a pen of the right width and centered. A network knows "
                    "only what it was trained on."
                ),
            ),
        ),
    ),
)
