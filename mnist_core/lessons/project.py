"""The course of the tutorial "机器学习项目实战": a project from its question to its answer."""

from mnist_core.i18n import Text
from mnist_core.lessons.course import Control, Course, Question, Step

FIRST_SAMPLE = (
    "  0   0   0   0   0   0   0   0   3  18  18  18 126 136 175  26 166 255 247 127",
    "  0   0   0   0  30  36  94 154 170 253 253 253 253 253 225 172 253 242 195  64",
    "  0   0   0  49 238 253 253 253 253 253 253 253 253 251  93  82  82  56  39   0",
    "  0   0   0  18 219 253 253 253 253 253 198 182 247 241   0   0   0   0   0   0",
    "  0   0   0   0  80 156 107 253 253 205  11   0  43 154   0   0   0   0   0   0",
    "  0   0   0   0   0  14   1 154 253  90   0   0   0   0   0   0   0   0   0   0",
    "  0   0   0   0   0   0   0 139 253 190   2   0   0   0   0   0   0   0   0   0",
    "  0   0   0   0   0   0   0  11 190 253  70   0   0   0   0   0   0   0   0   0",
    "  0   0   0   0   0   0   0   0  35 241 225 160 108   1   0   0   0   0   0   0",
    "  0   0   0   0   0   0   0   0   0  81 240 253 253 119  25   0   0   0   0   0",
    "  0   0   0   0   0   0   0   0   0   0  45 186 253 253 150  27   0   0   0   0",
    "  0   0   0   0   0   0   0   0   0   0   0  16  93 252 253 187   0   0   0   0",
    "  0   0   0   0   0   0   0   0   0   0   0   0   0 249 253 249  64   0   0   0",
    "  0   0   0   0   0   0   0   0   0   0  46 130 183 253 253 207   2   0   0   0",
    "  0   0   0   0   0   0   0   0  39 148 229 253 253 253 250 182   0   0   0   0",
    "  0   0   0   0   0   0  24 114 221 253 253 253 253 201  78   0   0   0   0   0",
    "  0   0   0   0  23  66 213 253 253 253 253 198  81   2   0   0   0   0   0   0",
    "  0   0  18 171 219 253 253 253 253 195  80   9   0   0   0   0   0   0   0   0",
    " 55 172 226 253 253 253 253 244 133  11   0   0   0   0   0   0   0   0   0   0",
    "136 253 253 253 212 135 132  16   0   0   0   0   0   0   0   0   0   0   0   0",
)
# 98.3% is the mean of three seeds: `python -m benchmarks.recipes` (docs/results.md).
PROJECT = Course(
    name="project",
    title=Text("A machine learning project"),
    tutorial="机器学习项目实战识别mnist数据集识别图片数字",
    recipe="dropout_cnn",
    about=Text(
        "The stages of a project, with two convolutions and dropout: what training finds, what "
        "you choose, and how to tell whether the network has learned or just memorized."
    ),
    minutes=45,
    controls=(
        Control("scale", "scale", (False, True)),
        Control("rate_1", "dropout_1.rate", (0.25, 0.0, 0.5)),
        Control("rate_2", "dropout_2.rate", (0.5, 0.0, 0.25)),
        Control("validation_split", "validation_split", (0.3, 0.2, 0.1)),
        Control("epochs", "epochs", (5, 1, 10)),
        Control("batch_size", "batch_size", (128, 32, 512)),
    ),
    steps=(
        Step(
            name="stages",
            title=Text("Five stages of a project"),
            text=Text(
                "A machine learning project has five stages, and this course follows them:\n\n"
                "1. Define the problem.\n"
                "2. Collect and prepare the data.\n"
                "3. Choose a **model**: the kind of program that will learn, here a neural "
                "network.\n4. Train the model: training finds the numbers inside it.\n"
                "5. Adjust your choices, and check how well the model works.\n\n"
                "The problem here: which digit from 0 to 9 does an image show?"
            ),
            code="import keras\nimport numpy as np\nimport plotly.express as px\n",
            erratum=Text(
                "The tutorial lists the choice of the model twice, as the third and the "
                "fourth stage. Its fourth section is about training, so that is stage 4 here."
            ),
        ),
        Step(
            name="gray",
            title=Text("Gray is not black and white"),
            text=Text(
                "A black-and-white image has pixels with only two values, 0 and 1. MNIST's "
                "images are gray: each pixel has one of 256 levels, from 0 (black) to 255 (white). "
                "The levels in between make the edges of a stroke look smooth. Most pixels are "
                "still 0."
            ),
            views=("sample_image",),
        ),
        Step(
            name="load",
            title=Text("Load the data"),
            text=Text(
                "The images are the network's input, its **features**. Each has a **label**, the "
                "digit it shows. There are 60,000 images for training and 10,000 for testing. The "
                "**shape** of an array (a table of numbers) is its size along each dimension: here "
                "images, rows and columns."
            ),
            code="(train_images, train_labels), (test_images, test_labels) = (\n"
            "    keras.datasets.mnist.load_data()\n"
            ")\n"
            "print(train_images.shape, test_images.shape)\n"
            "print(train_images.dtype, train_images.min(), train_images.max())\n",
            output="(60000, 28, 28) (10000, 28, 28)\nuint8 0 255",
            views=("shapes", "samples"),
        ),
        Step(
            name="first_sample",
            title=Text("The first sample"),
            text=Text(
                "To a program, an image is a table of numbers. Even printed as numbers, the "
                "first one looks like a 5; in the picture you see it at once, and the label "
                "agrees. The code prints the middle 20 x 20 numbers, where the digit is."
            ),
            code="for row in train_images[0, 5:25, 4:24]:\n"
            '    print(" ".join(f"{value:3}" for value in row))\n'
            "print(train_labels[0])\n"
            'px.imshow(train_images[0], color_continuous_scale="gray_r").show()\n',
            output="\n".join((*FIRST_SAMPLE, "5")),
            views=("sample_numbers", "sample_image"),
        ),
        Step(
            name="reshape",
            title=Text("Four dimensions"),
            text=Text(
                "A convolution, a kind of layer that you will meet soon, expects an array with "
                "four dimensions: images, rows, columns and **channels**. A color image has three "
                "channels, a gray image has one. The tutorial leaves the pixels at 0 to 255. With "
                "`scale = True`, they are divided by 255, so that they are between 0 and 1."
            ),
            code='x_train = train_images.reshape(-1, 28, 28, 1).astype("float32")\n'
            'x_test = test_images.reshape(-1, 28, 28, 1).astype("float32")\n'
            "print(x_train.shape, x_test.shape)\n"
            "\n"
            "scale = $scale\n"
            "if scale:\n"
            "    x_train, x_test = x_train / 255, x_test / 255\n",
            output="(60000, 28, 28, 1) (10000, 28, 28, 1)",
            views=("shapes", "scaled"),
            controls=("scale",),
            erratum=Text(
                "The comments in the tutorial's code say that a dimension is added to the "
                "labels and that the features are one-hot encoded. It is the other way around: the "
                "images get the dimension, and the labels are encoded."
            ),
        ),
        Step(
            name="one_hot",
            title=Text("One-hot labels"),
            text=Text(
                "The network outputs ten numbers, so each label is also written as ten numbers: "
                "a 1 at the position of its digit and 0 everywhere else. This is called "
                "**one-hot** encoding."
            ),
            code="y_train = keras.utils.to_categorical(train_labels, 10)\n"
            "y_test = keras.utils.to_categorical(test_labels, 10)\n"
            "print(y_train[0])\n",
            output="[0. 0. 0. 0. 0. 1. 0. 0. 0. 0.]",
            views=("one_hot",),
            erratum=Text(
                "The tutorial shows the first label as `[0.0.0.0.0.0.0.0.1.0.]`, which would "
                "be an 8. The first label is 5, so the 1 is at the sixth position, as you see here."
            ),
        ),
        Step(
            name="network",
            title=Text("Two convolutions and dropout"),
            text=Text(
                "A **convolution** slides small tables of numbers, its weights, over the image "
                "and finds strokes and edges; **pooling** keeps the largest number of each 2 x 2 "
                "block. After two rounds of both, two **dense** layers, which use every number, "
                "decide on a digit. `relu` replaces negative numbers with 0, and `softmax` turns "
                "the last ten numbers into probabilities. `Dropout` sets a random share of the "
                "numbers to 0 during training, so that the network can't rely on just a few. "
                "**RMSprop**, the optimizer, changes the weights so that the loss, a measure of "
                "the error, falls."
            ),
            code="layers = keras.layers\n"
            "model = keras.Sequential()\n"
            "model.add(keras.Input((28, 28, 1)))\n"
            'model.add(layers.Conv2D(32, (3, 3), activation="relu"))\n'
            "model.add(layers.MaxPooling2D(pool_size=(2, 2)))\n"
            'model.add(layers.Conv2D(64, (3, 3), activation="relu"))\n'
            "model.add(layers.MaxPooling2D(pool_size=(2, 2)))\n"
            "model.add(layers.Dropout($rate_1))\n"
            "model.add(layers.Flatten())\n"
            'model.add(layers.Dense(128, activation="relu"))\n'
            "model.add(layers.Dropout($rate_2))\n"
            'model.add(layers.Dense(10, activation="softmax"))\n'
            "model.compile(\n"
            '    optimizer="rmsprop", loss="categorical_crossentropy", metrics=["accuracy"]\n'
            ")\n"
            "model.summary()\n",
            views=("summary", "structure"),
            controls=("rate_1", "rate_2"),
            erratum=Text(
                "The tutorial passes `input_shape=(28,28,1)` to the first convolution. Keras "
                "3 still accepts this but warns: “Do not pass an `input_shape`/`input_dim` "
                "argument to a layer.” Add `keras.Input((28, 28, 1))` first instead. The tutorial "
                "also says that the output is one-hot. It is ten probabilities, and one of them is "
                "rarely exactly 1."
            ),
        ),
        Step(
            name="parameters",
            title=Text("Parameters and hyperparameters"),
            text=Text(
                "In y = 2x + 1, the 2 is a **weight** and the 1 is a **bias**. Both are "
                "**parameters**: numbers inside the model that training finds. This network has "
                "225,034 of them. **Hyperparameters** are the settings that you choose before "
                "training: the number of epochs (passes over the data), the learning rate (how "
                "much the parameters change at a time), the dropout rates, and so on."
            ),
            code="print(model.count_params())\n",
            output="225034",
            views=("settings",),
        ),
        Step(
            name="fit",
            title=Text("Train and validate"),
            text=Text(
                "`validation_split=0.3` holds out the last 30% of the training images, 18,000; "
                "the network learns from the other 42,000. After each **epoch**, one pass over "
                "these 42,000, Keras measures the network on the images held out. This is called "
                "**validation**. The weights are updated after every **batch**, a group of 128 "
                "images."
            ),
            code="history = model.fit(\n"
            "    x_train,\n"
            "    y_train,\n"
            "    validation_split=$validation_split,\n"
            "    epochs=$epochs,\n"
            "    batch_size=$batch_size,\n"
            ")\n",
            views=("run", "curves"),
            controls=("epochs", "validation_split", "batch_size", "scale", "rate_1", "rate_2"),
            question=Question(
                text=Text(
                    "Which accuracy will be higher in each epoch: the one on the images that the "
                    "network learns from, or the one on the images held out?"
                ),
                answers=(Text("On the images it learns from."), Text("On the images held out.")),
                answer=1,
                explanation=Text(
                    "Dropout is on only during training, so the training accuracy is "
                    "measured with part of the numbers missing. Also, the training accuracy is the "
                    "mean over the whole epoch, while validation comes at its end. Set both "
                    "dropout rates to 0 and compare."
                ),
            ),
        ),
        Step(
            name="evaluate",
            title=Text("Evaluate on the test set"),
            text=Text(
                "`evaluate` returns a list: the loss first, then the accuracy, the share of test "
                "images that are classified correctly. The tutorial shows its result only in a "
                "picture. Three training runs of this recipe averaged 98.3%."
            ),
            code="score = model.evaluate(x_test, y_test, verbose=0)\n"
            'print("accuracy on the test set:", score[1])\n',
            views=("evaluation", "confusion"),
        ),
        Step(
            name="splits",
            fixed_output=True,
            title=Text("60, 20 and 20 percent"),
            text=Text(
                "If you compare settings by their accuracy on the same images, you pick the one "
                "that happened to do best on those images. So use a **validation set** to choose, "
                "and use the **test set** once, at the end. A common split is 60% for training, "
                "20% for validation and 20% for testing. The code splits the row numbers of all "
                "70,000 images at random."
            ),
            code="rng = np.random.default_rng(0)\n"
            "rows = rng.permutation(len(x_train) + len(x_test))\n"
            "ends = [len(rows) * 60 // 100, len(rows) * 80 // 100]\n"
            "training, validation, test = np.split(rows, ends)\n"
            "print(len(training), len(validation), len(test))\n",
            output="42000 14000 14000",
            views=("splits",),
        ),
        Step(
            name="folds",
            fixed_output=True,
            title=Text("K folds"),
            text=Text(
                "With little data, holding out 20% hurts, and results on a few validation images "
                "are unreliable. In **K-fold cross-validation**, the training set is divided into "
                "K parts, called folds. K networks are trained, and each is validated on the one "
                "fold that it wasn't trained on. So every image is used for both, and the mean of "
                "K results is more reliable than a single result."
            ),
            code="folds = np.array_split(rng.permutation(len(x_train)), 5)\n"
            "for k, validation in enumerate(folds, start=1):\n"
            "    training = np.concatenate([fold for fold in folds if fold is not validation])\n"
            '    print(f"fold {k}: train on {len(training)}, validate on {len(validation)}")\n',
            output="fold 1: train on 48000, validate on 12000\n"
            "fold 2: train on 48000, validate on 12000\n"
            "fold 3: train on 48000, validate on 12000\n"
            "fold 4: train on 48000, validate on 12000\n"
            "fold 5: train on 48000, validate on 12000",
            views=("splits",),
        ),
        Step(
            name="overfitting",
            title=Text("Optimization and generalization"),
            text=Text(
                "**Optimization** makes a model better on the data it learns from; "
                "**generalization** is how well it does on new data. One can improve at the "
                "other's expense: a model that has only memorized its training images has learned "
                "nothing about new ones. This is **overfitting**. Its sign is a validation loss "
                "that rises while the training loss still falls."
            ),
            code='for name in ("loss", "val_loss"):\n'
            "    print(name, [round(value, 4) for value in history.history[name]])\n",
            views=("curves",),
        ),
        Step(
            name="predict",
            title=Text("Predict the first test image"),
            text=Text(
                "`predict` takes a batch, here of one image, and returns ten probabilities for "
                "each image. `argmax` turns them into a digit: the position of the largest. The "
                "image shows a 7."
            ),
            code="probabilities = model.predict(x_test[0].reshape(1, 28, 28, 1), verbose=0)\n"
            "print(probabilities[0], probabilities.argmax())\n"
            'px.imshow(x_test[0].reshape(28, 28), color_continuous_scale="gray_r").show()\n',
            views=("one_prediction", "predictions"),
            image=0,
        ),
    ),
)
