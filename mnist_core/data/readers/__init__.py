"""Read other data in MNIST's shape from files that people have, and check it.

Three layouts are understood, as loose files, in a folder, or in a zip:

    one .npz          arrays `x_train`, `y_train`, `x_test`, `y_test` as Keras has them, or only
                      `x` and `y`; optionally `class_names`
    four files        images and labels of both parts, as IDX (`train-images-idx3-ubyte`, gzipped
                      or not, as Fashion-MNIST and KMNIST have it) or each as an .npz of its own
    pictures          28x28 pixels, in a folder for each label: `3/one.png`, `shoe/two.png`,
                      `train/3/one.png` and `test/3/two.png`

No file is trusted: a size that a file claims is checked before anything is unpacked, pickled arrays
are never loaded, a zip is never unpacked to disk, and the error names the first wrong file.
"""
