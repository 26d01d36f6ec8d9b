"""Files of every layout become a data set; a wrong one is refused, and the error names it."""

import gzip
import io
import os
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest
from PIL import Image

from mnist_core import DataError
from mnist_core.data.readers.read import read_data, reorder
from mnist_core.data.readers.source import Limits, Source, sources_at
from mnist_core.i18n import _, speaking

RNG = np.random.default_rng(7)
X = RNG.integers(0, 256, (60, 28, 28), dtype=np.uint8)
X[:, [0, -1]] = 0
Y = np.arange(60, dtype=np.uint8) % 10
FOUR = {"x_train": X[:40], "y_train": Y[:40], "x_test": X[40:], "y_test": Y[40:]}
IDX = {
    "train-images-idx3-ubyte": X[:40],
    "train-labels-idx1-ubyte": Y[:40],
    "t10k-images-idx3-ubyte": X[40:],
    "t10k-labels-idx1-ubyte": Y[40:],
}


def npz(**arrays):
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)
    return content.getvalue()


def idx(array, kind=8):
    head = struct.pack(">HBB", 0, kind, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape)
    return head + array.tobytes()


def png(image, **options):
    content = io.BytesIO()
    Image.fromarray(image).save(content, options.pop("format", "PNG"), **options)
    return content.getvalue()


def zipped(files, method=zipfile.ZIP_DEFLATED):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        for name, inside in files.items():
            archive.writestr(name, inside)
    return content.getvalue()


def given(**files):
    return [Source(n, lambda c=c: io.BytesIO(c), len(c)) for n, c in files.items()]


def read(name, content, **options):
    return read_data("mine", given(**{name: content}), **options)


def pictures(labels="0123456789", each=7, folder=""):
    return {
        f"{folder}{label}/{number}.png": png(X[(index * each + number) % 60])
        for index, label in enumerate(labels)
        for number in range(each)
    }


def same(dataset, arrays=FOUR):
    return all(np.array_equal(getattr(dataset, key), array) for key, array in arrays.items())


# --- what is understood -------------------------------------------------------------------


def test_an_npz_as_keras_has_it():
    dataset = read("fashion_mnist.npz", npz(**FOUR))
    assert same(dataset)
    assert (dataset.name, dataset.source, dataset.verified) == ("mine", "fashion_mnist.npz", False)
    assert dataset.notes == () and dataset.class_names == ()
    assert dataset.x_train.dtype == dataset.y_train.dtype == np.uint8


@pytest.mark.parametrize("shape", [(784,), (28, 28, 1)])
@pytest.mark.parametrize("dtype", ["<i8", ">u2"])
def test_rows_channels_and_other_whole_numbers_become_images(shape, dtype):
    arrays = {
        key: array.reshape(-1, *shape).astype(dtype) if key[0] == "x" else array.astype(dtype)
        for key, array in FOUR.items()
    }
    assert same(read("mine.npz", npz(**arrays)))
    by_column = {key: np.asfortranarray(array) for key, array in arrays.items()}
    assert same(read("mine.npz", npz(**by_column)))


def test_one_part_is_split_with_every_class_in_both_parts_and_always_the_same_way():
    first, again = (read("mine.npz", npz(x=X, y=Y)) for _ in range(2))
    assert first.digest() == again.digest()
    assert np.bincount(first.y_test).tolist() == [1] * 10
    assert np.bincount(first.y_train).tolist() == [5] * 10
    both = np.concatenate([first.x_train, first.x_test])
    assert sorted(map(bytes, both)) == sorted(map(bytes, X))
    where = {bytes(image): label for image, label in zip(X, Y, strict=True)}
    assert [where[bytes(image)] for image in first.x_train] == first.y_train.tolist()
    assert "10 of its images became the test set" in first.notes[0]


def test_images_that_are_sorted_by_label_are_shuffled():
    order = np.argsort(Y[:40], kind="stable")
    dataset = read("m.npz", npz(**{**FOUR, "x_train": X[order], "y_train": Y[order]}))
    assert dataset.y_train.tolist() != sorted(dataset.y_train)
    assert "shuffled" in dataset.notes[0]
    where = {bytes(image): label for image, label in zip(X, Y, strict=True)}
    assert [where[bytes(image)] for image in dataset.x_train] == dataset.y_train.tolist()


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("dotted", [False, True])
def test_four_idx_files_loose_zipped_or_in_a_folder(tmp_path, packed, dotted):
    files = {
        name.replace("-idx", ".idx") * dotted or name: idx(array) for name, array in IDX.items()
    }
    if packed:
        files = {f"{name}.gz": gzip.compress(content) for name, content in files.items()}
    assert same(read_data("mine", given(**files)))
    assert same(
        read("all.zip", zipped({f"raw/{name}": content for name, content in files.items()}))
    )
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "README.md").write_text("about it")
    assert same(read_data("mine", sources_at(tmp_path)))


def test_four_npz_files_as_kmnist_has_them():
    names = ["train-imgs", "train-labels", "test-imgs", "test-labels"]
    files = {
        f"kmnist-{name}.npz": npz(arr_0=array)
        for name, array in zip(names, IDX.values(), strict=True)
    }
    assert same(read_data("mine", given(**files)))
    assert same(read("all.zip", zipped(files)))


def test_an_npz_in_a_zip():
    assert same(read("mine.zip", zipped({"__MACOSX/._m.npz": b"", "m.npz": npz(**FOUR)})))


def test_pictures_by_label_of_a_zip_and_of_a_folder(tmp_path):
    files = pictures()
    dataset = read("mine.zip", zipped({**files, "3/.DS_Store": b"x", "README.txt": b"hello"}))
    assert (len(dataset.x_train), len(dataset.x_test)) == (60, 10)
    assert any("README.txt was ignored" in note for note in dataset.notes)
    assert dataset.class_names == ()
    with zipfile.ZipFile(tmp_path / "mine.zip", "w") as archive:
        for name, content in pictures(folder="everything/").items():
            archive.writestr(name, content)
    assert read_data("mine", sources_at(tmp_path / "mine.zip")).digest() == dataset.digest()
    with zipfile.ZipFile(tmp_path / "mine.zip") as archive:
        archive.extractall(tmp_path / "out")
    unpacked = read_data("mine", sources_at(tmp_path / "out"))
    assert unpacked.digest() == dataset.digest()


def test_pictures_in_train_and_test_stay_there_and_named_folders_are_classes():
    train, test = pictures(["shoe", "bag"], 5, "train/"), pictures(["bag"], 2, "testing/")
    dataset = read("mine.zip", zipped({**train, **test}))
    assert dataset.class_names == ("bag", "shoe")
    assert sorted(dataset.y_train) == [0] * 5 + [1] * 5
    assert dataset.y_test.tolist() == [0, 0]
    assert np.array_equal(dataset.x_test[0], X[0])


def test_pictures_of_every_format_become_the_same_gray():
    gray = np.tile(np.arange(28, dtype=np.uint8) * 9, (28, 1))
    color = np.stack([gray] * 3, axis=2)
    clear = np.dstack([color, np.full((28, 28), 255, np.uint8)])
    clear[:, :14, 3] = 0  # nothing is painted there
    files = {
        "0/a.png": png(gray),
        "0/b.bmp": png(color, format="BMP"),
        "0/c.png": png(clear),
        "0/d.gif": png(gray, format="GIF"),
        "1/e.pgm": png(gray, format="PPM"),
        "1/f.png": png(gray),
    }
    light = read(
        "mine.zip",
        zipped(
            {f"train/{name}": content for name, content in files.items()}
            | {"test/0/a.png": png(clear)}
        ),
    )
    painted = [image for image in light.x_train if image[0, 5]]
    assert len(painted) == 5 and all(np.array_equal(image, gray) for image in painted)
    assert light.x_test[0, 0].tolist() == [0] * 14 + gray[0, 14:].tolist()
    dark = read(
        "mine.zip",
        zipped(
            {f"train/{name}": content for name, content in files.items()}
            | {"test/0/a.png": png(clear)}
        ),
        invert=True,
    )
    assert dark.x_test[0, 0].tolist() == [0] * 14 + (255 - gray[0, 14:]).tolist()


def test_light_paper_is_noted_and_can_be_inverted():
    paper = np.full((60, 28, 28), 255, np.uint8)
    paper[:, 10:15, 10:15] = 0
    assert "light at the edges" in read("mine.npz", npz(x=paper, y=Y)).notes[-1]
    turned = read("mine.npz", npz(x=paper, y=Y), invert=True)
    assert turned.x_train[0, 0, 0] == 0 and turned.x_train[0, 12, 12] == 255
    assert not any("light" in note for note in turned.notes)


def test_class_names_are_given_or_in_the_files_or_known():
    letters = tuple("abcdefghij")
    assert read("m.npz", npz(**FOUR), class_names=letters).class_names == letters
    assert read("m.npz", npz(**FOUR, class_names=np.array(letters))).class_names == letters
    files = given(**{"m.npz": npz(**FOUR)})
    assert read_data("Fashion-MNIST", files).class_names[9] == "Ankle boot"
    assert len(read_data("KMNIST", files).class_names) == 10


def test_progress_is_reported():
    shares = []
    read("mine.zip", zipped(pictures(each=30)), on_progress=shares.append)
    assert shares == [0.0, 200 / 300]


def test_labels_in_a_column_are_labels():
    columns = {key: a[:, None] if key[0] == "y" else a for key, a in FOUR.items()}
    assert same(read("mine.npz", npz(**columns)))


def test_files_of_another_set_are_left_aside_and_listed():
    files = {name: idx(array) for name, array in IDX.items()}
    letters = {"emnist-letters-train-labels-idx1-ubyte": idx(Y[:40][::-1].copy())}
    dataset = read_data("mine", given(**letters, **files))
    assert same(dataset)
    assert dataset.notes == ("emnist-letters-train-labels-idx1-ubyte was ignored.",)


def test_gzipped_copies_beside_the_files_are_left_aside():
    files = {name: idx(array) for name, array in IDX.items()}
    copies = {f"{name}.gz": gzip.compress(content) for name, content in files.items()}
    dataset = read_data("mine", given(**copies, **files))
    assert same(dataset)
    assert dataset.notes[0].startswith("4 files were ignored: train-images-idx3-ubyte.gz, ")


def test_a_note_beside_data_changes_nothing():
    beside = {"README.md": b"", "notes/about.txt": b"hello", "labels.csv": b"a,b"}
    for files in (
        {"data/m.npz": npz(**FOUR)},
        {f"raw/{name}": idx(array) for name, array in IDX.items()},
    ):
        dataset = read("mine.zip", zipped({**files, **beside}))
        assert same(dataset)
        assert dataset.notes == ("3 files were ignored: README.md, notes/about.txt, labels.csv.",)


@pytest.mark.parametrize("outer", ["", "mine/", "mine/data/"])
@pytest.mark.parametrize("separator", ["/", "\\"])
def test_pictures_may_lie_in_folders_with_notes_and_windows_separators(outer, separator):
    files = pictures(folder=outer) | {f"{outer}about/README.txt": b"hello", "3/list.csv": b"1,2"}
    windows = {name.replace("/", separator): content for name, content in files.items()}
    dataset = read("mine.zip", zipped(windows))
    assert dataset.digest() == read("mine.zip", zipped(pictures())).digest()
    assert "2 files were ignored" in dataset.notes[0]


@pytest.mark.parametrize("folder", ["val", "valid", "Validation"])
def test_validation_images_test_where_there_is_no_test_set_and_train_otherwise(folder):
    parts = {
        name: content
        for part, each in (("train", 5), (folder, 2))
        for name, content in pictures(each=each, folder=f"{part}/").items()
    }
    dataset = read("mine.zip", zipped(parts))
    assert (len(dataset.x_train), len(dataset.x_test)) == (50, 20)
    assert dataset.notes[0].endswith("became the test set.")
    dataset = read("mine.zip", zipped({**parts, **pictures(each=1, folder="test/")}))
    assert (len(dataset.x_train), len(dataset.x_test)) == (70, 10)
    assert dataset.notes[0].endswith("belongs to the training images.")


@pytest.mark.parametrize(
    ("encoding", "word"), [("gbk", "鞋子"), ("utf-8", "鞋子"), ("cp437", "Größe")]
)
def test_names_in_a_windows_zip_are_read_as_they_were_written(encoding, word):
    files = pictures(["a", "b"])
    placeholder = "X" * len(word.encode(encoding))
    content = zipped(files | {f"{placeholder}/{n}.png": png(X[n]) for n in range(7)})
    content = content.replace(placeholder.encode(), word.encode(encoding))
    assert read("m.zip", content).class_names == tuple(sorted(["a", "b", word]))


def test_hidden_characters_are_no_part_of_a_class_name():
    files = pictures(["bag", "sh\u202eo\u200be\x07"])
    assert read("m.zip", zipped(files)).class_names == ("bag", "shoe")


def test_images_in_another_order_need_no_second_copy():
    images, order = X.copy(), np.random.default_rng(3).permutation(60)
    reorder(images, order)
    assert np.array_equal(images, X[order])


# --- what is refused ----------------------------------------------------------------------


def header_bomb():
    """An array that says that it has a thousand million images."""
    content = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        content, {"descr": "|u1", "fortran_order": False, "shape": (10**9, 28, 28)}
    )
    members = {f"{key}.npy": content.getvalue() + b"x" for key in FOUR}
    return zipped(members)


WRONG = {
    "empty": ("mine.npz", b"", "mine.npz is empty"),
    "text called npz": ("mine.npz", b"1,2,3\n" * 99, "mine.npz is not an .npz"),
    "cut": ("mine.npz", npz(**FOUR)[:3000], "mine.npz"),
    "an array is missing": ("mine.npz", npz(x_train=X, y_train=Y), "no array 'x_test'"),
    "no arrays": ("mine.npz", npz(pictures=X), "no array 'x'.* It has: pictures"),
    "wrong shape": ("m.npz", npz(x=X[:, :27], y=Y), r"m.npz, array 'x' has the shape \(60, 27"),
    "color": ("m.npz", npz(x=np.zeros((60, 28, 28, 3), "u1"), y=Y), "has the shape"),
    "no images": ("m.npz", npz(x=X[:0], y=Y[:0]), "has the shape"),
    "text": ("m.npz", npz(x=X, y=Y.astype(str)), "array 'y' holds text"),
    "text for pixels": ("m.npz", npz(x=X.astype("S3"), y=Y), "array 'x' holds text"),
    "shares": ("m.npz", npz(x=X / 255, y=Y), r"holds float64.*round\(\)"),
    "only 0 and 1": ("m.npz", npz(x=X % 2, y=Y), "multiply them by 255"),
    "labels out of range": ("m.npz", npz(x=X, y=Y + 1), "the label 10 at index 9"),
    "negative labels": ("m.npz", npz(x=X, y=Y.astype(int) - 1), "the label -1 at index 0"),
    "one-hot": ("m.npz", npz(x=X, y=np.eye(10, dtype=int)[Y]), "argmax"),
    "pixels out of range": ("m.npz", npz(x=X.astype(int) * 2, y=Y), "Expected 0 to 255"),
    "too few labels": ("m.npz", npz(x=X, y=Y[:50]), "60 images and 50 labels"),
    "too few test labels": ("m.npz", npz(**{**FOUR, "y_test": Y[:9]}), "20 test images and 9"),
    "one class": ("m.npz", npz(x=X, y=Y * 0 + 3), "All training images have the label 3"),
    "one image of a class": ("m.npz", npz(x=X[:10], y=Y[:10]), "Label 0 has one image only"),
    "pickled": ("m.npz", npz(x=X, y=Y.astype(object)), "array 'y' holds pickled"),
    "pickled pixels": ("m.npz", npz(x=np.array([{}] * 60), y=Y), "array 'x' holds pickled"),
    "a header's bomb": ("m.npz", header_bomb(), "claims to have 784,000 MB"),
    "a zip of nothing": ("m.zip", zipped({}), "There is no file to read|no array"),
    "only rubbish": ("m.zip", zipped({"__MACOSX/x.png": b"1"}), "There is no file to read"),
    "text for a picture": ("m.zip", zipped({"3/a.png": b"hello", **pictures()}), "3/a.png is not"),
    "an empty picture": ("m.zip", zipped({**pictures(), "3/a.png": b""}), "3/a.png is empty"),
    "a large picture": (
        "m.zip",
        zipped({**pictures(), "3/a.png": png(np.zeros((280, 280), "u1"))}),
        "3/a.png is 280x280 pixels",
    ),
    "a cut picture": (
        "m.zip",
        zipped({**pictures(), "3/a.png": png(X[0])[:300]}),
        "3/a.png is not",
    ),
    "sixteen bits": (
        "m.zip",
        zipped({**pictures(), "3/a.png": png(X[0].astype("u2") * 256)}),
        "3/a.png has pixels of the mode I;16",
    ),
    "a folder 10": ("m.zip", zipped(pictures(["1", "10"])), "folder '10' is no label"),
    "a folder -1": ("m.zip", zipped(pictures(["1", "-1"])), "folder '-1' is no label"),
    "numbers and names": ("m.zip", zipped(pictures(["1", "shoe"])), "folder 'shoe' is no label"),
    "eleven names": ("m.zip", zipped(pictures("abcdefghijk", 2)), "There are 11 folders"),
    "pictures beside": (
        "m.zip",
        zipped({**pictures(), "a.png": png(X[0])}),
        "a.png is in no folder",
    ),
    "too deep": (
        "m.zip",
        zipped({**pictures(), "a/3/b.png": png(X[0])}),
        "a/3/b.png is in no folder",
    ),
    "half parted": (
        "m.zip",
        zipped({**pictures(), "train/3/b.png": png(X[0])}),
        "although others are",
    ),
    "climbing out": (
        "m.zip",
        zipped({**pictures(), "../../3/b.png": png(X[0])}),
        r"m.zip is refused: its file '../../3/b.png'",
    ),
    "climbing out in an npz": ("m.npz", zipped({"../x.npy": b"1", "y.npy": b"1"}), "is refused"),
    "climbing out, Windows": ("m.zip", zipped({"..\\3\\b.png": b"1"}), "is refused"),
    "from the root": ("m.zip", zipped({"/3/b.png": b"1"}), "is refused"),
    "a drive": ("m.zip", zipped({"C:/3/b.png": b"1"}), "is refused"),
    "a compression that takes memory": (
        "m.zip",
        zipped(pictures(), zipfile.ZIP_LZMA),
        "compressed in a way that isn't supported",
    ),
    "a long name": ("m.zip", zipped({f"3/{'a' * 5000}.png": b"1"}), "has 5,006 characters"),
    "two sets of IDX files": (
        "m.zip",
        zipped({f"{name}-{file}": idx(a) for name in ("one", "two") for file, a in IDX.items()}),
        "files of 2 data sets: one, two",
    ),
    "two files for the same labels": (
        "m.zip",
        zipped(
            {f"{place}/{file}": idx(a) for place in "ab" for file, a in IDX.items()}
            | {"c/train-labels.idx1-ubyte": idx(Y[:40])}
        ),
        "several files for the same images or labels",
    ),
    "one IDX file": ("train-images-idx3-ubyte", idx(X), "with the training labels is missing"),
    "an IDX file of text": ("labels.txt", b"0123456789", "labels.txt"),
    "a picture alone": ("seven.png", png(X[0]), "seven.png is in no folder"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_file_is_refused_with_a_reason(case):
    name, content, words = WRONG[case]
    with pytest.raises(DataError, match=words):
        read(name, content)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("train-images-idx3-ubyte", idx(X[:40])[:-1], "fewer bytes"),
        ("train-images-idx3-ubyte", idx(X[:40]) + b"1", "more bytes"),
        ("train-images-idx3-ubyte", idx(X[:39]), "39 training images and 40 labels"),
        ("train-images-idx3-ubyte", idx(X[:40, :20]), r"the shape \(40, 20, 28\)"),
        ("train-images-idx3-ubyte", idx(X[:40], 13), "unsigned bytes"),
        ("train-images-idx3-ubyte", b"hello, I am text", "doesn't begin as an IDX file"),
        ("train-images-idx3-ubyte", b"\0\0", "can't be read"),
        ("train-labels-idx1-ubyte", idx(Y[:40] + 3), "the label 10 at index 7"),
        ("t10k-images-idx3-ubyte", gzip.compress(idx(X))[:-20], "can't be read"),
        (
            "t10k-images-idx3-ubyte",
            struct.pack(">HBBIII", 0, 8, 3, 2**31, 28, 28),
            "claims the shape",
        ),
        ("t10k-labels-idx1-ubyte", b"", "t10k-labels-idx1-ubyte is empty"),
    ],
)
def test_a_wrong_idx_file_is_refused_with_a_reason(name, content, words):
    files = {key: idx(array) for key, array in IDX.items()}
    with pytest.raises(DataError, match=words):
        read_data("mine", given(**{**files, name: content}))


def test_a_gzipped_bomb_is_not_unpacked():
    bomb = gzip.compress(idx(X[:40]) + bytes(20_000_000))
    files = {key: idx(array) for key, array in IDX.items()}
    with pytest.raises(DataError, match="more bytes than"):
        read_data("mine", given(**{**files, "train-images-idx3-ubyte": bomb}))


def test_a_zipped_bomb_is_not_unpacked():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(2):
            archive.writestr(f"3/{number}.png", bytes(6_000_000))
    with pytest.raises(DataError, match=r"bomb\.zip would unpack to 12 MB"):
        read("bomb.zip", content.getvalue(), limits=Limits(images=6000))  # 9.4 MB


def test_a_zip_with_too_many_names_is_refused_before_they_are_read():
    content = zipped({f"{number}": b"" for number in range(300)})
    with pytest.raises(
        DataError, match=r"lists more files than can be read\. Expected 200 at most"
    ):
        read("m.zip", content, limits=Limits(files=200))
    long = zipped({f"3/{'n' * 900}{number}.png": b"1" for number in range(100)})
    with pytest.raises(DataError, match=r"lists more files"):
        read("m.zip", long, limits=Limits(files=200))


def test_a_folder_with_too_many_files_is_refused(tmp_path):
    for number in range(5):
        (tmp_path / f"{number}.png").write_bytes(b"1")
    with pytest.raises(DataError, match="holds more than 4 files"):
        sources_at(tmp_path, Limits(files=4))


@pytest.mark.parametrize("kind", ["gzip", "npz", "wide npz"])
def test_what_unpacks_to_more_than_the_limit_takes_no_memory(kind):
    limits = Limits(images=30_000)  # 23.5 MB
    zeros = np.zeros((200_000, 28, 28), np.uint8)
    if kind == "gzip":
        files = {name: gzip.compress(idx(array), 1) for name, array in IDX.items()}
        files["train-images-idx3-ubyte"] = gzip.compress(idx(zeros), 1)
    else:
        wide = zeros[:20_000].astype("<i8") if kind == "wide npz" else zeros
        files = {"m.npz": npz(x=wide, y=Y)}
    sources = given(**files)
    del zeros
    tracemalloc.start()
    with pytest.raises(DataError, match=r"claims|would unpack"):
        read_data("mine", sources, limits=limits)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5e6


def test_wide_integers_are_narrowed_as_they_are_read():
    images = np.tile(X, (50, 1, 1))
    content = npz(x=images.astype("<i8"), y=np.tile(Y, 50))  # 18.8 MB of pixels
    tracemalloc.start()
    dataset = read("m.npz", content)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert dataset.digest() == read("m.npz", npz(x=images, y=np.tile(Y, 50))).digest()
    assert peak < 14e6
    wrong = images.astype("<i8")
    wrong[-1, 0, 0] = 256
    with pytest.raises(DataError, match="pixels from 0 to 256"):
        read("m.npz", npz(x=wrong, y=np.tile(Y, 50)))


def test_an_npz_in_a_zip_has_a_limit_of_its_own():
    with pytest.raises(DataError, match=r"import it without the zip around it"):
        read("mine.zip", zipped({"m.npz": npz(**FOUR)}), limits=Limits(packed_bytes=1000))


def test_a_zip_that_lies_about_a_size_is_refused():
    content = bytearray(zipped({"3/a.png": bytes(5000), **pictures()}))
    offset = content.index(b"PK\x01\x02")
    content[offset + 24 : offset + 28] = struct.pack("<I", 900)  # says less than there is
    with pytest.raises(DataError, match=r"3/a\.png"):
        read("m.zip", bytes(content))


def test_a_zip_with_a_password_is_refused():
    content = bytearray(zipped(pictures()))
    offset = content.index(b"PK\x01\x02")
    content[offset + 8] |= 1
    with pytest.raises(DataError, match="encrypted"):
        read("m.zip", bytes(content))


def test_too_many_images():
    few = Limits(images=50)
    with pytest.raises(DataError, match=r"60 images\. Expected 50 at most"):
        read("m.npz", npz(x=X, y=Y), limits=few)
    with pytest.raises(DataError, match=r"60 images\. Expected 50 at most"):
        read("m.npz", npz(**FOUR), limits=few)
    with pytest.raises(DataError, match=r"70 files\. Expected 50 at most"):
        read("m.zip", zipped(pictures()), limits=few)


@pytest.mark.parametrize(
    "names",
    [["a"] * 10, list("abc"), [*"abcdefghi", ""], list("abcdefghijk"), ["x" * 31, *"abcdefghi"]],
)
def test_class_names_that_do_not_fit(names):
    with pytest.raises(DataError, match="class name"):
        read("m.npz", npz(**FOUR), class_names=names)


def test_paths_without_files(tmp_path):
    with pytest.raises(DataError, match="does not exist"):
        sources_at(tmp_path / "nothing")
    with pytest.raises(DataError, match="There is no file to read"):
        read_data("mine", sources_at(tmp_path))
    with pytest.raises(DataError, match="can't be read"):
        sources_at("~nobody-of-that-name/data")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataError, match="is neither a file nor a folder"):
        sources_at(tmp_path / "pipe")


def test_errors_are_in_the_language_of_whoever_reads_them():
    with pytest.raises(DataError) as caught:
        read("m.npz", npz(x=X / 255, y=Y))
    with speaking("zh"):
        text = _(caught.value)
    assert text.startswith("m.npz的数组'x'中的数据类型是float64。") and "0到255的像素" in text
    assert text.endswith("请使用`(x * 255).round().astype('uint8')`。")


def test_two_npz_files_are_not_guessed_at():
    with pytest.raises(DataError, match=r"a\.npz is not the only file"):
        read_data("mine", given(**{"a.npz": npz(**FOUR), "b.npz": npz(**FOUR)}))
