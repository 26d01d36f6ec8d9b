"""The course of the tutorial "图像分类": a convolution, and why images need one."""

from mnist_core.lessons.course import Control, Course, Question, Step

# The shares of drawings that are read are those of `python -m benchmarks.real_hands`
# (docs/results.md, simple_cnn).
CNN = Course(
    name="cnn",
    title="Image classification with a convolution",
    tutorial="图像分类 | 基于 MNIST 数据集",
    recipe="simple_cnn",
    about="Why dense layers don't suit large images, what convolution and pooling do, and a small "
    "convolutional network from its data to an app.",
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
            title="Dense layers don't scale",
            text="A network is a chain of **layers**, each of which turns numbers into others. In "
            "a **dense** layer, every output has a **weight** (a number to multiply by) for every "
            "number of the input. A gray image of 28 x 28 pixels has 784 numbers. A 4K "
            "image in color has 4096 x 2160 pixels of three numbers each, 26,542,080 in all, so a "
            "first dense layer with 128 outputs would need 3.4 billion weights. And it would treat "
            "distant pixels like neighbors, though only those near each other make up a stroke.",
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
            title="Convolution",
            text="A **convolution** slides a small table of weights, the **filter** or **kernel**, "
            "over the image. At each position it multiplies the pixels below by the weights and "
            "adds up. A 3 x 3 filter that moves 1 pixel at a time (its **stride**) has 9 positions "
            "on a 5 x 5 image, so 25 numbers become 9, which is 64% fewer. This filter finds "
            "places where it gets brighter from left to right.",
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
            title="Pooling",
            text="**Pooling** makes an image smaller: each block of 2 x 2 numbers becomes one, "
            "their maximum, their mean or their sum. The maximum is the usual choice; it keeps "
            "that a filter found something, and forgets exactly where. Fewer numbers also mean "
            "fewer weights in the layers behind.",
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
            title="Fully connected layers",
            text="At the end come dense layers, also called **fully connected**: they weigh "
            "everything that was found and decide for a digit. In this network, 28 filters turn "
            "an image of 28 x 28 into 28 images of 26 x 26, called **feature maps**, and pooling "
            "into 28 of 13 x 13. That is still 4,732 numbers, and the dense layer behind them has "
            "nearly all of the network's weights.",
            code="print(13 * 13 * 28)\n",
            output="4732",
            views=("structure",),
        ),
        Step(
            name="load",
            title="Load MNIST, look at image 7777",
            text="MNIST has 60,000 images of handwritten digits to train with and 10,000 to test "
            "with, each with its **label**, the digit that it shows. Training image 7777 is an 8. "
            "MNIST's digits are white on black (0 is black, 255 is white); like the tutorial, the "
            "code shows them dark on white with a reversed color scale. The numbers stay the "
            "same.",
            code="(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()\n"
            "print(y_train[7777])\n"
            'px.imshow(x_train[7777], color_continuous_scale="gray_r").show()\n',
            output="8",
            views=("sample_image",),
            image=7777,
            erratum="The tutorial calls the pixels RGB codes. RGB images have three numbers for a "
            "pixel (red, green, blue); MNIST's are gray and have one.",
        ),
        Step(
            name="shapes",
            title="Shapes",
            text="An array's **shape** is its size along each direction: 60,000 images of 28 rows "
            "and 28 columns. Most errors when building a network are wrong shapes, so print them.",
            code="print(x_train.shape, y_train.shape)\n",
            output="(60000, 28, 28) (60000,)",
            views=("shapes",),
        ),
        Step(
            name="reshape",
            title="Four dimensions, 0 to 1",
            text="A convolution expects images with a depth: 3 **channels** for color, 1 for "
            "gray. So the array of three dimensions gets a fourth of size 1. Then the pixels are "
            "**normalized**: divided by 255 they lie between 0 and 1, the range in which networks "
            "learn well.",
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
            title="Build the network",
            text="`Flatten` puts all feature maps in one row for the dense layers. `Dropout` sets "
            "a random 20% of the numbers to 0 while training, so that the network doesn't rely on "
            "single ones. `relu`, an **activation**, replaces negative numbers by 0, and `softmax` "
            "makes ten probabilities. The last layer must have 10 outputs, one for each digit; "
            "all other sizes you may change.",
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
                text="The convolution has no activation (`None`): it only multiplies and adds. "
                "What do you expect of such a network?",
                answers=(
                    "It can't do more than a single dense layer.",
                    "It can: layers after it do more than multiply and add.",
                    "Keras refuses to train it.",
                ),
                answer=1,
                explanation="Layers that only multiply and add could be merged into one, but here "
                "the maximum of the pooling and the `relu` of the dense layer come after the "
                "convolution. Choose `relu` for the convolution, too, and compare the two runs.",
            ),
            erratum="The tutorial gives the convolution `input_shape=input_shape`. Keras 3 still "
            "takes it but warns: “Do not pass an `input_shape`/`input_dim` argument to a layer.” "
            "Put `keras.Input((28, 28, 1))` first instead. It also says that Keras runs on "
            "TensorFlow or Theano: Keras 3 trains with TensorFlow, JAX or PyTorch, and with Theano "
            "it stops with `ValueError: Unable to import backend : theano`.",
        ),
        Step(
            name="compile",
            title="Compile",
            text="The **loss** is the number that training makes small. `sparse` means that the "
            "labels stay as they are, 0 to 9, instead of ten numbers each; the loss is the same: "
            "minus the logarithm of the probability of the right digit. **Adam** is the "
            "**optimizer**, the rule by which the weights change. The **accuracy** is the share "
            "of right answers.",
            code="model.compile(\n"
            "    optimizer=$optimizer,\n"
            '    loss="sparse_categorical_crossentropy",\n'
            '    metrics=["accuracy"],\n'
            ")\n",
            controls=("optimizer",),
        ),
        Step(
            name="fit",
            title="Train for 10 epochs",
            text="An **epoch** is one pass over the 60,000 training images, in batches of 32, "
            "which is Keras's default. Ten may seem few, but the curves are almost "
            "flat by then.",
            code="model.fit(x_train, y_train, epochs=$epochs)\n",
            views=("run", "curves"),
            controls=("epochs", "activation", "filters", "kernel_size", "rate", "optimizer"),
        ),
        Step(
            name="evaluate",
            title="98.5% of the test images",
            text="The test images took no part in the training, so they tell how the network does "
            "on new ones. The tutorial reports an accuracy of 98.5%. Initial weights, order and "
            "dropout are random, so no two trainings end with the same figure.",
            code="loss, accuracy = model.evaluate(x_test, y_test, verbose=0)\n"
            'print(f"test loss {loss:.4f}, test accuracy {accuracy:.2%}")\n',
            views=("evaluation",),
        ),
        Step(
            name="errors",
            title="When 0.1% is too much",
            text="98.5% right is 1.5% wrong: 150 of the 10,000. Whether that is good depends on "
            "the task. For a self-driving car even 0.1% would be too much: one wrong decision in "
            "a thousand. Look at what is wrong, and not only at how much.",
            code="predicted = model.predict(x_test, verbose=0).argmax(axis=1)\n"
            "wrong = np.flatnonzero(predicted != y_test)\n"
            'print(f"{len(wrong)} of {len(y_test)} are wrong; the first: {wrong[:5]}")\n',
            views=("confusion", "predictions"),
        ),
        Step(
            name="predict",
            title="Test image 4444",
            text="To ask about one image, make it a batch of one: its shape is (1, 28, 28, 1). "
            "The network gives ten probabilities, and `argmax` is the position of the largest. "
            "The image is a 9, though not a neat one.",
            code='px.imshow(x_test[4444].reshape(28, 28), color_continuous_scale="gray_r").show()\n'
            "probabilities = model.predict(x_test[4444].reshape(1, 28, 28, 1), verbose=0)\n"
            "print(probabilities.argmax())\n",
            views=("one_prediction",),
            image=4444,
        ),
        Step(
            name="save",
            title="Save the network",
            text="One file keeps the layers, the weights and the optimizer. A network that was "
            "loaded from it gives the same answers.",
            code='model.save("digits.keras")\n'
            'loaded = keras.models.load_model("digits.keras")\n'
            "some = x_test[:100]\n"
            "same = np.allclose(loaded.predict(some, verbose=0), model.predict(some, verbose=0))\n"
            "print(same)\n",
            output="True",
        ),
        Step(
            name="app",
            title="Build an app",
            text="An app lets people draw on a canvas and asks the network. The code makes a "
            "drawing of 280 x 280, one straight stroke, and shrinks it: each block of 10 x 10 "
            "becomes one pixel. Draw your own digit below; the app that you are using does more "
            "than shrink it.",
            code="canvas = np.zeros((280, 280))\n"
            "canvas[60:220, 130:150] = 1\n"
            "small = canvas.reshape(28, 10, 28, 10).mean(axis=(1, 3))\n"
            "print(model.predict(small.reshape(1, 28, 28, 1), verbose=0).argmax())\n",
            views=("drawing", "flow"),
            question=Question(
                text="The network reads about 98% of the test images. How many digits does it "
                "read that people draw on a canvas, if the canvas is only shrunk to 28 x 28?",
                answers=("About 98%, too.", "About 90%.", "Less than half."),
                answer=2,
                explanation="Of 5,100 digits drawn with a pen it read 32%, and 94% once each was "
                "cut out, scaled to 20 x 20, drawn with a pen of the right width and centered, as "
                "MNIST's own images were made. A network knows only what it was trained on.",
            ),
        ),
    ),
)
