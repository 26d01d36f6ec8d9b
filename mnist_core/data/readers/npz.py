"""Read NumPy's `.npz` and `.npy` files without trusting them.

Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
"""

import io
import math
import zipfile
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import ARRAYS
from mnist_core.data.readers.archives import is_zip, open_zip, zip_members
from mnist_core.data.readers.contents import (
    PIXELS,
    Contents,
    check_array,
    check_integers,
    pixel_range,
    remaining_limits,
)
from mnist_core.data.readers.source import (
    BLOCK,
    Limits,
    Source,
    check_sizes,
    read_errors,
    read_exactly,
    without_system_files,
)
from mnist_core.errors import DataError
from mnist_core.i18n import Sentences, Text

LARGE = 16_000_000  # bytes; only images are that large


def read_npz(source: Source, limits: Limits) -> Contents:
    """Read an `.npz` with the four arrays of a data set, or with `x` and `y`.

    Raises:
        DataError: it is damaged, an array is missing, or an array fails its check.
    """
    name = source.name
    check_is_npz(source)
    with read_errors(name), source.open() as raw:
        # An .npz in a zip is unpacked first, since it has to be read from its end.
        stream = _unpacked(source, limits) if isinstance(raw, zipfile.ZipExtFile) else raw
        with open_zip(stream, name, limits) as archive:
            members = {
                member.name.removesuffix(".npy"): member for member in zip_members(archive, name)
            }
            check_sizes(without_system_files(list(members.values())), limits, name)
            keys = ARRAYS if "x_train" in members else ("x", "y")
            missing = [key for key in keys if key not in members]
            if missing:
                problem = Text(
                    "{name} has no array {key!r}. Expected x_train, y_train, x_test and y_test, "
                    "or only x and y.",
                    name=name,
                    key=missing[0],
                )
                present = (
                    Text("It has: {names}.", names=", ".join(members))
                    if members
                    else Text("It has: none.")
                )
                raise DataError(Sentences(problem, present))
            arrays: dict[str, NDArray[np.uint8]] = {}
            for key in keys:
                array_name = Text("{name}, array {key!r}", name=name, key=key)
                remaining = remaining_limits(limits, arrays, key)
                array = read_npy(members[key], array_name, remaining)
                arrays[key] = check_array(array, key, array_name, limits)
            class_names: NDArray[Any] = np.array([], str)
            if "class_names" in members:
                array_name = Text("{name}, array {key!r}", name=name, key="class_names")
                class_names = np.atleast_1d(read_npy(members["class_names"], array_name, limits))
    return Contents(arrays, tuple(map(str, class_names)))


def read_npz_array(source: Source, key: str, limits: Limits) -> NDArray[Any]:
    """Read one array of an `.npz` by its name.

    Raises:
        DataError: it is damaged, or has no such array.
    """
    name = source.name
    check_is_npz(source)
    with (
        read_errors(name),
        source.open() as stream,
        open_zip(stream, name, limits) as archive,
    ):
        for member in zip_members(archive, name):
            if member.name == f"{key}.npy":
                return read_npy(member, Text("{name}, array {key!r}", name=name, key=key), limits)
    raise DataError(Text("{name} has no array {key!r}.", name=name, key=key))


def read_single_npz(source: Source, limits: Limits) -> NDArray[Any]:
    """Read the array of an `.npz` that holds only one, as KMNIST's files do.

    Raises:
        DataError: it is damaged, or holds several arrays.
    """
    name = source.name
    check_is_npz(source)
    with read_errors(name), open_zip(_unpacked(source, limits), name, limits) as archive:
        members = zip_members(archive, name)
        if len(members) != 1:
            raise DataError(
                Text("{name} holds {arrays} arrays. Expected one.", name=name, arrays=len(members))
            )
        return read_npy(members[0], name, limits)


def read_npy(source: Source, name: str, limits: Limits) -> NDArray[Any]:
    """Read an `.npy`. Its header is checked before its data is unpacked; pickles are never loaded.

    Args:
        name: the array's name for errors.

    Raises:
        DataError: it is damaged, too large, or holds Python objects.
    """
    with read_errors(name), source.open() as stream:
        shape, fortran_order, dtype = _read_header(stream, name)
        if dtype.hasobject:
            raise DataError(
                Text(
                    "{name} holds pickled Python objects, which could run code and are never "
                    "loaded. Expected plain numbers: save it again with .astype('uint8').",
                    name=name,
                )
            )
        size = math.prod(shape) * dtype.itemsize
        most = max(LARGE, limits.images * 28 * 28)
        if math.prod(shape) > most or size > max(LARGE, limits.total_bytes):
            raise DataError(
                Text(
                    "{name} claims to have {size:,.0f} MB {shape}. Expected {images:,} "
                    "images of 28x28 at most.",
                    name=name,
                    size=size / 1e6,
                    shape=shape,
                    images=limits.images,
                )
            )
        if size > LARGE and dtype != np.uint8:
            return _read_narrowed(stream, shape, dtype, fortran_order, name)
        values = read_exactly(stream, size, name).view(dtype)
    return values.reshape(shape, order="F" if fortran_order else "C")


def read_npy_rows(path: Path, rows: NDArray[np.intp]) -> NDArray[Any]:
    """Read some rows of an `.npy` in C order and nothing else of it: `(len(rows), ...)`.

    Raises:
        DataError: it is damaged, or too short.
    """
    with read_errors(path.name), path.open("rb") as file:
        shape, _, dtype = _read_header(file, path.name)
        size = math.prod(shape[1:]) * dtype.itemsize
        start, parts = file.tell(), []
        for row in rows.tolist():
            file.seek(start + row * size)
            parts.append(np.frombuffer(file.read(size), dtype).reshape(shape[1:]))
        return np.stack(parts)


def _read_header(stream: IO[bytes], name: str) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """(shape, whether it is in Fortran's order, dtype) from the beginning of an `.npy`."""
    version = np.lib.format.read_magic(stream)
    if version not in ((1, 0), (2, 0)):
        raise DataError(
            Text(
                "{name} has NumPy's format {version}. Expected 1.0 or 2.0.",
                name=name,
                version=version,
            )
        )
    read_header = (
        np.lib.format.read_array_header_1_0
        if version == (1, 0)
        else np.lib.format.read_array_header_2_0
    )
    return read_header(stream)


def _read_narrowed(
    stream: IO[bytes], shape: tuple[int, ...], dtype: np.dtype[Any], fortran_order: bool, name: str
) -> NDArray[np.uint8]:
    """Read large images of wider integers as uint8, a block at a time: 8 times less memory.

    Raises:
        DataError: they aren't integers from 0 to 255.
    """
    check_integers(dtype, name, PIXELS)
    values, filled = np.empty(math.prod(shape), np.uint8), 0
    while filled < len(values):
        count = min(BLOCK // dtype.itemsize, len(values) - filled)
        content = stream.read(count * dtype.itemsize)
        if len(content) < count * dtype.itemsize:
            raise DataError(
                Text(
                    "{name} is damaged: it holds fewer numbers than it claims, {shape}.",
                    name=name,
                    shape=shape,
                )
            )
        block = np.frombuffer(content, dtype)
        pixel_range(name, block)
        values[filled : filled + count] = block
        filled += count
    read_exactly(stream, 0, name)  # nothing may follow
    return values.reshape(shape, order="F" if fortran_order else "C")


def _unpacked(source: Source, limits: Limits) -> IO[bytes]:
    """The content of a file in memory, where it can be read from its end."""
    if source.size > limits.packed_bytes:
        raise DataError(
            Text(
                "{name} has {size:,.0f} MB. Expected {most:,.0f} MB at most for an .npz of "
                "this kind; import it without the zip around it, or as IDX files.",
                name=source.name,
                size=source.size / 1e6,
                most=limits.packed_bytes / 1e6,
            )
        )
    return io.BytesIO(source.read().tobytes())


def check_is_npz(source: Source) -> None:
    """Check that a file called `.npz` is a zip.

    Raises:
        DataError: it isn't.
    """
    if not is_zip(source):
        raise DataError(
            Text(
                "{name} is not an .npz: another program made it, or it is truncated.",
                name=source.name,
            )
        )
