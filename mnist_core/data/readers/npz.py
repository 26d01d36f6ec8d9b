"""Read NumPy's `.npz` and `.npy` files without trusting them.

Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
"""

import io
import math
import zipfile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import ARRAYS
from mnist_core.data.readers.archives import is_zip, zip_members
from mnist_core.data.readers.contents import Contents, check_array
from mnist_core.data.readers.source import (
    Limits,
    Source,
    check_sizes,
    read_errors,
    read_exactly,
    without_system_files,
)
from mnist_core.errors import DataError


def read_npz(source: Source, limits: Limits) -> Contents:
    """Read an `.npz` with the four arrays of a data set, or with `x` and `y`.

    Raises:
        DataError: it is damaged, an array is missing, or an array fails its check.
    """
    name = source.name
    check_is_npz(source)
    with read_errors(name), source.open() as raw:
        # An .npz in a zip is unpacked first, since it has to be read from its end.
        stream = (
            io.BytesIO(read_exactly(raw, source.size, name))
            if isinstance(raw, zipfile.ZipExtFile)
            else raw
        )
        with zipfile.ZipFile(stream) as archive:
            members = {
                member.name.removesuffix(".npy"): member for member in zip_members(archive, name)
            }
            check_sizes(without_system_files(list(members.values())), limits, name)
            keys = ARRAYS if "x_train" in members else ("x", "y")
            missing = [key for key in keys if key not in members]
            if missing:
                raise DataError(
                    f"{name} has no array {missing[0]!r}. Expected x_train, y_train, x_test "
                    f"and y_test, or only x and y. It has: {', '.join(members) or 'none'}."
                )
            arrays = {}
            for key in keys:
                array_name = f"{name}, array {key!r}"
                array = read_npy(members[key], array_name, limits)
                arrays[key] = check_array(array, key, array_name, limits)
            class_names: NDArray[Any] = np.array([], str)
            if "class_names" in members:
                array_name = f"{name}, array 'class_names'"
                class_names = np.atleast_1d(read_npy(members["class_names"], array_name, limits))
    return Contents(arrays, tuple(map(str, class_names)))


def read_single_npz(source: Source, limits: Limits) -> NDArray[Any]:
    """Read the array of an `.npz` that holds only one, as KMNIST's files do.

    Raises:
        DataError: it is damaged, or holds several arrays.
    """
    name = source.name
    check_is_npz(source)
    with read_errors(name), zipfile.ZipFile(io.BytesIO(source.read())) as archive:
        members = zip_members(archive, name)
        if len(members) != 1:
            raise DataError(f"{name} holds {len(members)} arrays. Expected one.")
        return read_npy(members[0], name, limits)


def read_npy(source: Source, name: str, limits: Limits) -> NDArray[Any]:
    """Read an `.npy`. Its header is checked before its data is unpacked; pickles are never loaded.

    Args:
        name: the array's name for errors.

    Raises:
        DataError: it is damaged, too large, or holds Python objects.
    """
    with read_errors(name), source.open() as stream:
        version = np.lib.format.read_magic(stream)
        if version not in ((1, 0), (2, 0)):
            raise DataError(f"{name} has NumPy's format {version}. Expected 1.0 or 2.0.")
        read_header = (
            np.lib.format.read_array_header_1_0
            if version == (1, 0)
            else np.lib.format.read_array_header_2_0
        )
        shape, fortran_order, dtype = read_header(stream)
        if dtype.hasobject:
            raise DataError(
                f"{name} holds pickled Python objects, which could run code and are never "
                "loaded. Expected plain numbers: save it again with .astype('uint8')."
            )
        size = math.prod(shape) * dtype.itemsize
        if size > limits.total_bytes:
            raise DataError(
                f"{name} claims to have {size / 1e6:,.0f} MB {shape}. Expected "
                f"{limits.images:,} images of 28x28 at most."
            )
        values = np.frombuffer(read_exactly(stream, size, name), dtype)
    return values.reshape(shape, order="F" if fortran_order else "C")


def check_is_npz(source: Source) -> None:
    """Check that a file called `.npz` is a zip.

    Raises:
        DataError: it isn't.
    """
    if not is_zip(source):
        raise DataError(
            f"{source.name} is not an .npz: another program made it, or it is truncated."
        )
