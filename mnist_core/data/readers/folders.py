"""Read pictures of 28x28 pixels that lie in a folder for each label."""

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnist_core.data.readers.contents import Contents
from mnist_core.data.readers.source import (
    EXPECTED_LAYOUTS,
    NAME_LENGTH,
    Limits,
    Source,
    describe_ignored,
    describe_sources,
)
from mnist_core.errors import DataError
from mnist_core.i18n import Text
from mnist_core.system.files import READ_ERRORS

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "PPM")
MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA")
PARTS = {
    "train": "train",
    "training": "train",
    "test": "test",
    "testing": "test",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
}
PICTURE = re.compile(r"\.(png|jpe?g|jfif|bmp|gif|webp|p[gpnb]m)$", re.IGNORECASE)
PICTURES_PER_REPORT = 200


@dataclass(frozen=True)
class _Picture:
    """A picture's file, and the part and label that its folders name.

    Attributes:
        part: `train`, `test` or `validation`; "" where no folder names one.
    """

    source: Source
    part: str
    label: str


def read_folders(
    sources: Sequence[Source],
    invert: bool,
    on_progress: Callable[[float], None],
    limits: Limits,
) -> Contents:
    """Read pictures from a folder for each label, optionally within a folder for each part.

    Only files with the ending of a picture count; the others are left aside and noted. A folder
    `val` is the test set where there is no `test`, and belongs to the training images otherwise.

    Args:
        sources: `3/one.png`, or `train/3/one.png` and `test/3/two.png`, perhaps all within one
            or more folders.
        invert: whether what is transparent is white paper instead of black.
        on_progress: called with the share that is done, 0 to 1.

    Raises:
        DataError: a file is in no folder that names a label, or is not a picture of 28x28 pixels.
    """
    files = [source for source in sources if PICTURE.search(source.name)]
    if not files:
        raise DataError(
            Text(
                "{files}: there are no pictures in folders. {expected}",
                files=describe_sources(sources),
                expected=EXPECTED_LAYOUTS,
            )
        )
    if len(files) > limits.images:
        raise DataError(
            Text(
                "There are {files:,} files. Expected {most:,} at most.",
                files=len(files),
                most=limits.images,
            )
        )
    notes = describe_ignored([source for source in sources if not PICTURE.search(source.name)])
    pictures = [_sort_into_folder(source) for source in _without_outer_folders(files)]
    parts = {picture.part for picture in pictures}
    if "" in parts and len(parts) > 1:
        stray = next(picture.source.name for picture in pictures if not picture.part)
        raise DataError(
            Text("{name} is in no folder `train` or `test`, although others are.", name=stray)
        )
    if "validation" in parts and len(parts) > 1:
        joined = "train" if "test" in parts else "test"
        pictures = [
            replace(picture, part=joined) if picture.part == "validation" else picture
            for picture in pictures
        ]
        parts = {picture.part for picture in pictures}
        use = (
            Text("The folder of validation images belongs to the training images.")
            if joined == "train"
            else Text("The folder of validation images became the test set.")
        )
        notes = (*notes, use)
    label_of, class_names = _folder_labels(sorted({picture.label for picture in pictures}))
    images = np.empty((len(pictures), 28, 28), np.uint8)
    for index, picture in enumerate(pictures):
        images[index] = _read_picture(picture.source, 255 if invert else 0, limits)
        if index % PICTURES_PER_REPORT == 0:
            on_progress(index / len(pictures))
    labels = np.array([label_of[picture.label] for picture in pictures], np.uint8)
    if len(parts) == 1:
        return Contents({"x": images, "y": labels}, class_names, notes)
    arrays = {}
    for part in ("train", "test"):
        rows = [index for index, picture in enumerate(pictures) if picture.part == part]
        arrays[f"x_{part}"], arrays[f"y_{part}"] = images[rows], labels[rows]
    return Contents(arrays, class_names, notes)


def _without_outer_folders(sources: Sequence[Source]) -> Sequence[Source]:
    """The pictures without the folders that are around all of them, if there are any."""
    paths = [source.name.split("/") for source in sources]
    depth, shortest = 0, min(map(len, paths))
    while depth + 2 < shortest and all(path[depth] == paths[0][depth] for path in paths):
        depth += 1
    return [
        replace(source, name="/".join(path[depth:]))
        for source, path in zip(sources, paths, strict=True)
    ]


def _sort_into_folder(source: Source) -> _Picture:
    """A picture with the part and the label that its folders name."""
    folders = source.name.split("/")[:-1]
    if len(folders) == 1:
        return _Picture(source, "", folders[0])
    if len(folders) == 2 and folders[0].lower() in PARTS:
        return _Picture(source, PARTS[folders[0].lower()], folders[1])
    raise DataError(
        Text(
            "{name} is in no folder that names its label. Expected pictures as in 3/one.png, or "
            "train/3/one.png and test/3/two.png.",
            name=source.name,
        )
    )


def _folder_labels(folders: Sequence[str]) -> tuple[dict[str, int], tuple[str, ...]]:
    """(label of each folder, class names if the folders are called by names and not numbers)."""
    numbers = [folder for folder in folders if re.fullmatch(r"[+-]?\d+(\.\d+)?", folder)]
    if not numbers and len(folders) <= 10:
        return {folder: label for label, folder in enumerate(folders)}, tuple(folders)
    if not numbers:
        raise DataError(
            Text(
                "There are {count} folders of labels: {names} ... Expected 10 at most.",
                count=len(folders),
                names=", ".join(folders[:12])[:NAME_LENGTH],
            )
        )
    invalid = [folder for folder in folders if not re.fullmatch(r"\d", folder)]
    if invalid:
        raise DataError(
            Text(
                "The folder {name!r} is no label from 0 to 9. Expected folders 0 to 9, or up to "
                "ten folders that all have names.",
                name=invalid[0],
            )
        )
    return {folder: int(folder) for folder in folders}, ()


def _read_picture(source: Source, paper: int, limits: Limits) -> NDArray[np.uint8]:
    """Read a picture of 28x28 pixels as gray `(28, 28)` uint8; transparent pixels become paper."""
    name = source.name
    if source.size > limits.file_bytes:
        raise DataError(
            Text(
                "{name} has {size:,.1f} MB. Expected a picture of 28x28 pixels.",
                name=name,
                size=source.size / 1e6,
            )
        )
    try:
        with Image.open(io.BytesIO(source.read().tobytes()), formats=FORMATS) as picture:
            if picture.size != (28, 28):
                raise DataError(
                    Text(
                        "{name} is {width}x{height} pixels. Expected 28x28.",
                        name=name,
                        width=picture.width,
                        height=picture.height,
                    )
                )
            if picture.mode not in MODES:
                raise DataError(
                    Text(
                        "{name} has pixels of the mode {mode}. Expected gray or color "
                        "with 8 bits each.",
                        name=name,
                        mode=picture.mode,
                    )
                )
            if picture.has_transparency_data:
                rgba = picture.convert("RGBA")
                background = Image.new("RGBA", rgba.size, (paper, paper, paper, 255))
                return np.asarray(Image.alpha_composite(background, rgba).convert("L"))
            return np.asarray(picture.convert("L"))
    except (*READ_ERRORS, Image.DecompressionBombError) as error:
        raise DataError(
            Text(
                "{name} is not a picture that can be read, or it is truncated. Expected PNG, JPEG, "
                "GIF, BMP, WebP or PGM.",
                name=name,
            )
        ) from error
