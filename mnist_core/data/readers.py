"""Other data in MNIST's shape, read from the files that people have and checked before it counts.

Three kinds of files are understood, loose, in a folder, or in a zip:

    one .npz          arrays `x_train`, `y_train`, `x_test`, `y_test` as Keras has them, or only
                      `x` and `y`; if it likes, `class_names`
    four files        images and labels of both parts, as IDX (`train-images-idx3-ubyte`, gzipped
                      or not; Fashion-MNIST and KMNIST come so) or each as an .npz of its own
    pictures          of 28x28 pixels, in a folder for each label: `3/one.png`, `shoe/two.png`,
                      `train/3/one.png` and `test/3/two.png`

Nothing of it is trusted: what a file claims of its size is looked at before it is unpacked, pickled
arrays are never loaded, a zip is never unpacked to the disk, and the first wrong file is named.
"""

import gzip
import io
import lzma
import math
import os
import re
import struct
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnist_core.data.mnist import ARRAYS, Dataset
from mnist_core.errors import DataError
from mnist_core.system.files import READ_ERRORS

MOST_IMAGES = 300_000  # of training and test together: 235 MB
MOST_BYTES = 2 * MOST_IMAGES * 28 * 28  # of all files, unpacked
MOST_PICTURE = 1_000_000  # bytes of one picture's file, which 28x28 pixels hardly need
TEST_SHARE = 1 / 7  # of what comes in one part; MNIST's own share
FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "PPM")
MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA")
SPLITS = {"train": "train", "training": "train", "test": "test", "testing": "test"}
LAYOUTS = (
    "Expected one .npz with x_train, y_train, x_test, y_test; the four IDX files of images and "
    "labels; or pictures of 28x28 pixels in a folder for each label."
)
# Named so, a data set gets its class names by itself. Source: the data sets' own pages,
# https://github.com/zalandoresearch/fashion-mnist and https://github.com/rois-codh/kmnist
KNOWN: dict[str, tuple[str, ...]] = {
    "fashionmnist": (
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    "kmnist": (
        "お o",
        "き ki",
        "す su",
        "つ tsu",
        "な na",
        "は ha",
        "ま ma",
        "や ya",
        "れ re",
        "を wo",
    ),
}
Report = Callable[[float], None]  # share that is done, 0..1


@dataclass(frozen=True)
class Source:
    """A file to be read: of the disk, of a zip, or sent by a browser.

    Attributes:
        name: as people know it; with `/` between folders.
        open: a new stream of its content.
        size: bytes that it claims to have.
    """

    name: str
    open: Callable[[], IO[bytes]]
    size: int


def sources_at(path: str | os.PathLike[str]) -> list[Source]:
    """The file at a path, or all files in the folder there and in the folders in it.

    Raises:
        DataError: nothing is there, or it can't be read.
    """
    path = Path(path).expanduser()
    try:
        if path.is_file():
            return [_on_disk(path, path.name)]
        if not path.is_dir():
            there = "is no file and no folder" if path.exists() else "does not exist"
            raise DataError(f"{path} {there}. {LAYOUTS}")
        files = []
        for home, _, names in os.walk(path):
            for name in sorted(names):
                file = Path(home) / name
                if file.is_file():
                    files.append(_on_disk(file, file.relative_to(path).as_posix()))
                if len(files) > 2 * MOST_IMAGES:
                    raise DataError(f"{path} holds more than {2 * MOST_IMAGES:,} files. {LAYOUTS}")
    except (OSError, ValueError) as error:
        raise DataError(f"{path} can't be read ({error}).") from error
    return sorted(files, key=lambda file: file.name)


def _on_disk(path: Path, name: str) -> Source:
    return Source(name, lambda: path.open("rb"), path.stat().st_size)


def read_data(
    name: str,
    sources: Sequence[Source],
    *,
    class_names: Sequence[str] = (),
    invert: bool = False,
    on_progress: Report | None = None,
) -> Dataset:
    """A data set of the files, all of them checked.

    What comes in one part is cut in two: a seventh of each class, by chance but always the same,
    becomes the test set. Training images that come sorted by label are mixed, as the last ones
    are those that a training keeps back to validate.

    Args:
        name: what to call it.
        class_names: names of the labels from 0 on, if the files have none or not these.
        invert: the files have dark ink on light paper; MNIST has 255 for ink.
        on_progress: told how much is done.

    Raises:
        DataError: a file is wrong; it is named.
    """
    parts, found, notes = _read(sources, invert, on_progress or (lambda _: None))
    _check_lengths(parts)
    if invert:
        parts = {key: 255 - one if key.startswith("x") else one for key, one in parts.items()}
    if "x" in parts:
        parts = _cut(parts["x"], parts["y"])
        notes.append(
            f"It came in one part; {len(parts['x_test']):,} of its images became the test set."
        )
    elif _sorted(parts["y_train"]):
        order = np.random.default_rng(0).permutation(len(parts["y_train"]))
        parts = {**parts, "x_train": parts["x_train"][order], "y_train": parts["y_train"][order]}
        notes.append("Its training images were sorted by label and have been mixed.")
    plain = re.sub(r"[^a-z]", "", name.lower())
    names = _names(class_names or found or KNOWN.get(plain, ()), parts)
    if len(np.unique(parts["y_train"])) < 2:
        raise DataError(
            f"All training images have the label {parts['y_train'][0]}. Expected two classes at "
            "least: a network has nothing to tell apart otherwise."
        )
    if float(parts["x_train"][:, [0, -1]].mean()) > 127:  # the first and the last row of each
        notes.append(
            "These pictures are light at the edges, where MNIST's are black. If they are dark ink "
            "on light paper, bring them in again inverted."
        )
    return Dataset(
        name,
        **{key: parts[key] for key in ARRAYS},
        source=_named(sources),
        verified=False,
        notes=tuple(notes),
        class_names=names,
    )


# --- which kind of files ------------------------------------------------------------------

Parts = dict[str, NDArray[Any]]
Found = tuple[Parts, Sequence[str], list[str]]  # arrays by name, class names, notes


def _read(sources: Sequence[Source], invert: bool, report: Report) -> Found:
    """What the files hold, whichever way it is laid out."""
    files = _wanted(sources)
    if len(files) == 1 and _is_zip(files[0]) and not _is_npz(files[0]):
        with _words(files[0].name), zipfile.ZipFile(files[0].open()) as archive:
            files = _wanted(_members(archive, files[0].name), files[0].name)
            return _read_files(files, invert, report)
    return _read_files(files, invert, report)


def _read_files(files: Sequence[Source], invert: bool, report: Report) -> Found:
    npz = [file for file in files if file.name.lower().endswith(".npz")]
    if len(files) == 1 and (npz or _is_zip(files[0])):
        return _read_npz(files[0])
    roles = {role: file for file in files if (role := _role(file.name))}
    if roles:
        return _read_four(roles), (), []
    if npz:
        raise DataError(
            f"{npz[0].name} is not the only file, and it isn't told what for. {LAYOUTS}"
        )
    return _read_pictures(files, invert, report)


def _wanted(sources: Sequence[Source], inside: str = "") -> list[Source]:
    """The files without those that systems put beside them; none of them empty or too large."""
    files = [
        file
        for file in sources
        if not re.search(r"(^|/)(\.|__MACOSX/|(Thumbs\.db|desktop\.ini)$)", file.name)
    ]
    if not files:
        raise DataError(f"There is no file to read. {LAYOUTS}")
    for file in files:
        if not file.size:
            raise DataError(
                f"{file.name} is empty (0 bytes). Remove it, or put the whole file there."
            )
    total = sum(file.size for file in files)
    if total > MOST_BYTES:
        raise DataError(
            f"{inside or _named(files)} would unpack to {total / 1e6:,.0f} MB. Expected "
            f"{MOST_BYTES / 1e6:,.0f} MB at most: {MOST_IMAGES:,} images need less."
        )
    return files


def _named(sources: Sequence[Source]) -> str:
    """The files in a few words."""
    if len(sources) == 1:
        return sources[0].name
    return f"{len(sources):,} files ({sources[0].name} ...)" if sources else "nothing"


@contextmanager
def _words(name: str) -> Iterator[None]:
    """What a cut or foreign file raises becomes a `DataError` that names it."""
    try:
        yield
    except (*READ_ERRORS, lzma.LZMAError, Image.DecompressionBombError) as error:
        raise DataError(
            f"{name} can't be read: it is cut, or not what its name says ({error}). {LAYOUTS}"
        ) from error


def _content(stream: IO[bytes], size: int, name: str) -> bytes:
    """Exactly so many bytes to the end of a stream; more are never unpacked."""
    content = stream.read(size)
    if len(content) < size or stream.read(1):
        less = "fewer" if len(content) < size else "more"
        raise DataError(f"{name} is damaged: it holds {less} bytes than the {size:,} that it says.")
    return content


# --- zips ---------------------------------------------------------------------------------


def _is_zip(file: Source) -> bool:
    with _words(file.name), file.open() as stream:
        return zipfile.is_zipfile(stream)


def _is_npz(file: Source) -> bool:
    """Whether a zip holds arrays of NumPy and nothing else."""
    with _words(file.name), zipfile.ZipFile(file.open()) as archive:
        return all(name.endswith(".npy") for name in archive.namelist())


def _members(archive: zipfile.ZipFile, name: str) -> list[Source]:
    """The files in a zip, to be read where they are."""
    files = []
    for info in archive.infolist():
        path = info.filename
        if ".." in re.split(r"[/\\]", path) or re.match(r"[/\\]|[A-Za-z]:", path):
            raise DataError(
                f"{name} is refused: its file {path!r} would lie outside of it. Expected plain "
                "names such as 3/one.png."
            )
        if info.flag_bits & 1:
            raise DataError(f"{name} is encrypted ({path}). Expected a zip without a password.")
        if not info.is_dir():
            files.append(Source(path, partial(_member, archive, info), info.file_size))
    return files


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> IO[bytes]:
    return archive.open(info)


# --- arrays -------------------------------------------------------------------------------


def _read_npz(file: Source) -> Found:
    if not _is_zip(file):
        raise DataError(f"{file.name} is not an .npz: it was made by something else, or is cut.")
    with _words(file.name), file.open() as outer:
        # An .npz in a zip is unpacked first, as it has to be read from its end.
        stream = (
            outer
            if not isinstance(outer, zipfile.ZipExtFile)
            else io.BytesIO(_content(outer, file.size, file.name))
        )
        with zipfile.ZipFile(stream) as archive:
            arrays = {one.name.removesuffix(".npy"): one for one in _members(archive, file.name)}
            _wanted(list(arrays.values()), file.name)
            wanted = ARRAYS if "x_train" in arrays else ("x", "y")
            missing = [key for key in wanted if key not in arrays]
            if missing:
                there = ", ".join(arrays) or "none"
                raise DataError(
                    f"{file.name} has no array {missing[0]!r}. Expected x_train, y_train, x_test "
                    f"and y_test, or only x and y. It has: {there}."
                )
            parts = {
                key: _checked(
                    _array(arrays[key], f"{file.name}, array {key!r}"),
                    key,
                    f"{file.name}, array {key!r}",
                )
                for key in wanted
            }
            names: Sequence[str] = ()
            if "class_names" in arrays:
                where = f"{file.name}, array 'class_names'"
                names = [str(one) for one in np.atleast_1d(_array(arrays["class_names"], where))]
    return parts, names, []


def _array(file: Source, where: str) -> NDArray[Any]:
    """An `.npy`; its header is checked before anything is unpacked, and pickles are never loaded.

    Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
    """
    with _words(where), file.open() as stream:
        version = np.lib.format.read_magic(stream)
        if version not in ((1, 0), (2, 0)):
            raise DataError(f"{where} has NumPy's format {version}. Expected 1.0 or 2.0.")
        header = (
            np.lib.format.read_array_header_1_0
            if version == (1, 0)
            else np.lib.format.read_array_header_2_0
        )
        shape, by_column, dtype = header(stream)
        if dtype.hasobject:
            raise DataError(
                f"{where} holds pickled Python objects, which could run code and are never "
                "loaded. Expected plain numbers: save it again with .astype('uint8')."
            )
        size = math.prod(shape) * dtype.itemsize
        if size > MOST_BYTES:
            raise DataError(
                f"{where} says that it is {size / 1e6:,.0f} MB {shape}. Expected "
                f"{MOST_IMAGES:,} images of 28x28 at most."
            )
        values = np.frombuffer(_content(stream, size, where), dtype)
    return values.reshape(shape, order="F" if by_column else "C")


def _role(name: str) -> str | None:
    """Which of the four arrays a file with a published name holds."""
    found = re.fullmatch(
        r".*(train|t10k|test).*(image|img|label).*(ubyte|\.idx|\.npz)(\.gz)?",
        PurePosixPath(name).name.lower(),
    )
    if not found:
        return None
    return ("y_" if found[2] == "label" else "x_") + ("train" if found[1] == "train" else "test")


def _read_four(roles: Mapping[str, Source]) -> Parts:
    for key in ARRAYS:
        if key not in roles:
            what = "labels" if key.startswith("y") else "images"
            part = "training" if key.endswith("train") else "test"
            raise DataError(
                f"The file with the {part} {what} is missing. Expected four: "
                f"train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte, "
                f"t10k-labels-idx1-ubyte. Received: {', '.join(f.name for f in roles.values())}"
            )
    parts = {}
    for key in ARRAYS:
        file = roles[key]
        name = file.name
        if name.lower().endswith(".npz"):
            if not _is_zip(file):
                raise DataError(f"{name} is not an .npz: it was made by something else, or is cut.")
            with _words(name), zipfile.ZipFile(io.BytesIO(_whole(file))) as archive:
                members = _members(archive, name)
                if len(members) != 1:
                    raise DataError(f"{name} holds {len(members)} arrays. Expected one.")
                array = _array(members[0], name)
        else:
            array = _idx(file)
        parts[key] = _checked(array, key, name)
    return parts


def _whole(file: Source) -> bytes:
    with file.open() as stream:
        return _content(stream, file.size, file.name)


def _idx(file: Source) -> NDArray[np.uint8]:
    """An IDX file of unsigned bytes, gzipped or not (http://yann.lecun.com/exdb/mnist/)."""
    with _words(file.name), file.open() as raw:
        packed = raw.read(2) == b"\x1f\x8b"
    with _words(file.name), file.open() as raw:
        stream: IO[bytes] = gzip.GzipFile(fileobj=raw) if packed else raw  # type: ignore[assignment]
        start, dtype, axes = struct.unpack(">HBB", stream.read(4))
        if start or not 1 <= axes <= 4:
            raise DataError(f"{file.name} doesn't begin as an IDX file does.")
        if dtype != 0x08:
            raise DataError(f"{file.name} doesn't hold unsigned bytes (type 8 but {dtype}).")
        shape = struct.unpack(f">{axes}I", stream.read(4 * axes))
        if math.prod(shape) > MOST_BYTES:
            raise DataError(
                f"{file.name} says that it is {shape}. Expected {MOST_IMAGES:,} images of 28x28 "
                "at most."
            )
        content = _content(stream, math.prod(shape), file.name)
    return np.frombuffer(content, np.uint8).reshape(shape)


# --- pictures -----------------------------------------------------------------------------


def _read_pictures(files: Sequence[Source], invert: bool, report: Report) -> Found:
    """Pictures in a folder for each label, perhaps within a folder for each part."""
    first = {PurePosixPath(file.name).parts[0] for file in files}
    if len(first) == 1 and all(len(PurePosixPath(file.name).parts) > 2 for file in files):
        cut = len(next(iter(first))) + 1  # one folder around everything
        files = [Source(file.name[cut:], file.open, file.size) for file in files]
    notes, placed = [], []
    for file in files:
        *folders, last = PurePosixPath(file.name).parts
        part = SPLITS.get(folders[0].lower()) if len(folders) == 2 else "" if folders else None
        if part is not None and len(folders) <= 2:
            placed.append((file, part, folders[-1]))
        elif not folders and not re.search(
            r"\.(png|jpe?g|bmp|gif|webp|p[gpnb]m|np[yz]|csv)$", last, re.I
        ):
            notes.append(f"{file.name} was left aside.")
        else:
            raise DataError(
                f"{file.name} is in no folder that says its label. Expected pictures as in "
                "3/one.png, or train/3/one.png and test/3/two.png."
            )
    found = {part for _, part, _ in placed}
    if not placed:
        raise DataError(f"{_named(files)}: there are no pictures in folders. {LAYOUTS}")
    if "" in found and len(found) > 1:
        odd = next(file.name for file, part, _ in placed if not part)
        raise DataError(f"{odd} is in no folder `train` or `test`, as others are.")
    if len(placed) > MOST_IMAGES:
        raise DataError(f"There are {len(placed):,} files. Expected {MOST_IMAGES:,} at most.")
    classes, names = _classes(sorted({label for _, _, label in placed}))
    images = np.empty((len(placed), 28, 28), np.uint8)
    for index, (file, _, _) in enumerate(placed):
        images[index] = _picture(file, paper=255 if invert else 0)
        if index % 200 == 0:
            report(index / len(placed))
    labels = np.array([classes[label] for _, _, label in placed], np.uint8)
    if len(found) == 1:
        return {"x": images, "y": labels}, names, notes
    parts = {}
    for key in ("train", "test"):
        rows = [index for index, (_, part, _) in enumerate(placed) if part == key]
        parts[f"x_{key}"], parts[f"y_{key}"] = images[rows], labels[rows]
    return parts, names, notes


def _classes(folders: Sequence[str]) -> tuple[dict[str, int], Sequence[str]]:
    """(label of each folder's name, class names if the folders have names and not numbers)."""
    numbers = [folder for folder in folders if re.fullmatch(r"[+-]?\d+(\.\d+)?", folder)]
    if not numbers and len(folders) <= 10:
        return {folder: label for label, folder in enumerate(folders)}, folders
    wrong = [folder for folder in folders if not re.fullmatch(r"\d", folder)]
    if not numbers:
        raise DataError(
            f"There are {len(folders)} folders of labels: {', '.join(folders[:12])} ... Expected "
            "10 at most."
        )
    if wrong:
        raise DataError(
            f"The folder {wrong[0]!r} is no label from 0 to 9. Expected folders 0 to 9, or up to "
            "ten folders that all have names."
        )
    return {folder: int(folder) for folder in folders}, ()


def _picture(file: Source, paper: int) -> NDArray[np.uint8]:
    """A picture of 28x28 pixels as grey `(28, 28)` uint8; what is transparent becomes paper."""
    if file.size > MOST_PICTURE:
        raise DataError(
            f"{file.name} has {file.size / 1e6:,.1f} MB. Expected a picture of 28x28 pixels."
        )
    try:
        with Image.open(io.BytesIO(_whole(file)), formats=FORMATS) as picture:
            if picture.size != (28, 28):
                raise DataError(
                    f"{file.name} is {picture.width}x{picture.height} pixels. Expected 28x28."
                )
            if picture.mode not in MODES:
                raise DataError(
                    f"{file.name} has pixels of the kind {picture.mode}. Expected grey or colour "
                    "with 8 bits each."
                )
            if picture.has_transparency_data:
                seen = picture.convert("RGBA")
                ground = Image.new("RGBA", seen.size, (paper, paper, paper, 255))
                return np.asarray(Image.alpha_composite(ground, seen).convert("L"))
            return np.asarray(picture.convert("L"))
    except (*READ_ERRORS, Image.DecompressionBombError) as error:
        raise DataError(
            f"{file.name} is not a picture that can be read, or it is cut. Expected PNG, JPEG, "
            "GIF, BMP, WebP or PGM."
        ) from error


# --- what every array must be -------------------------------------------------------------


def _checked(array: NDArray[Any], key: str, where: str) -> NDArray[np.uint8]:
    """Images as `(n, 28, 28)` uint8, or labels as `(n,)` uint8 from 0 to 9."""
    return _images(array, where) if key.startswith("x") else _labels(array, where)


def _images(array: NDArray[Any], where: str) -> NDArray[np.uint8]:
    _check_numbers(array, where, "pixels from 0 to 255")
    if array.shape[1:] not in ((28, 28), (28, 28, 1), (784,)) or not len(array):
        raise DataError(
            f"{where} has the shape {array.shape}. Expected images of 28x28 pixels: (n, 28, 28), "
            "(n, 28, 28, 1) or (n, 784)."
        )
    if len(array) > MOST_IMAGES:
        raise DataError(f"{where} has {len(array):,} images. Expected {MOST_IMAGES:,} at most.")
    low, high = int(array.min()), int(array.max())
    if low < 0 or high > 255:
        raise DataError(f"{where} has pixels from {low} to {high}. Expected 0 to 255.")
    if high <= 1:
        raise DataError(
            f"{where} has only pixels {low} to {high}. Expected 0 to 255: multiply them by 255."
        )
    return array.reshape(len(array), 28, 28).astype(np.uint8, copy=False)


def _labels(array: NDArray[Any], where: str) -> NDArray[np.uint8]:
    _check_numbers(array, where, "labels from 0 to 9")
    if array.ndim != 1 or not len(array):
        rows = " Of rows of ten, `.argmax(axis=1)` makes them." if array.ndim == 2 else ""
        raise DataError(
            f"{where} has the shape {array.shape}. Expected one label for each image: (n,).{rows}"
        )
    wrong = np.flatnonzero((array < 0) | (array > 9))
    if len(wrong):
        raise DataError(
            f"{where} has the label {array[wrong[0]]} at index {wrong[0]}. Expected 0 to 9."
        )
    return array.astype(np.uint8, copy=False)


def _check_numbers(array: NDArray[Any], where: str, expected: str) -> None:
    if array.dtype.kind in "US":
        raise DataError(f"{where} holds text ({array.dtype}). Expected whole numbers: {expected}.")
    if array.dtype.kind not in "iu":
        mend = ""
        if array.dtype.kind == "f" and "pixels" in expected:
            mend = " Of 0 to 1, `(x * 255).round().astype('uint8')` makes them."
        raise DataError(
            f"{where} holds {array.dtype}. Expected whole numbers, uint8 at best: {expected}.{mend}"
        )


def _check_lengths(parts: Mapping[str, NDArray[Any]]) -> None:
    for part in ("", "_train", "_test"):
        x, y = parts.get(f"x{part}"), parts.get(f"y{part}")
        if x is not None and y is not None and len(x) != len(y):
            what = {"": "", "_train": " training", "_test": " test"}[part]
            raise DataError(
                f"There are {len(x):,}{what} images and {len(y):,} labels for them. Expected as "
                "many of each."
            )
    total = sum(len(one) for key, one in parts.items() if key.startswith("x"))
    if total > MOST_IMAGES:
        raise DataError(f"There are {total:,} images. Expected {MOST_IMAGES:,} at most.")


def _cut(x: NDArray[Any], y: NDArray[Any]) -> Parts:
    """A seventh of each class for the test, at least one; the rest, mixed, for the training."""
    rng = np.random.default_rng(0)
    test = []
    for label in np.unique(y):
        rows = rng.permutation(np.flatnonzero(y == label))
        if len(rows) < 2:
            raise DataError(
                f"Label {label} has one image only. Expected two at least: one to learn from, one "
                "to test with."
            )
        test.append(rows[: max(1, round(TEST_SHARE * len(rows)))])
    asked = rng.permutation(np.concatenate(test))
    learned = rng.permutation(np.setdiff1d(np.arange(len(y)), asked))
    return {"x_train": x[learned], "y_train": y[learned], "x_test": x[asked], "y_test": y[asked]}


def _sorted(labels: NDArray[np.uint8]) -> bool:
    return len(labels) > 20 and bool((labels[:-1] <= labels[1:]).all())


def _names(names: Sequence[str], parts: Parts) -> tuple[str, ...]:
    """Class names that fit the labels; none at all is fine."""
    told = tuple(" ".join(name.split()) for name in names)
    needed = 1 + int(max(parts["y_train"].max(), parts["y_test"].max()))
    if not told:
        return ()
    if not needed <= len(told) <= 10 or len(set(told)) < len(told) or not all(told):
        raise DataError(
            f"{len(told)} class names were given: {', '.join(told)}. Expected a different one for "
            f"each label, {needed} to 10 of them."
        )
    long = [name for name in told if len(name) > 30]
    if long:
        raise DataError(
            f"The class name {long[0][:40]!r} is too long. Expected 30 letters at most."
        )
    return told
