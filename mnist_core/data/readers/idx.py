"""Read IDX files, the format of the original MNIST (http://yann.lecun.com/exdb/mnist/)."""

import gzip
import math
import struct
from typing import IO

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.readers.source import LIMITS, Limits, Source, read_errors, read_exactly
from mnist_core.errors import DataError
from mnist_core.i18n import Text

GZIP_MAGIC = b"\x1f\x8b"
UNSIGNED_BYTE = 0x08  # the type code of the only numbers that MNIST's files hold
EXPECTED = Text("Expected an IDX file of unsigned bytes, gzipped or not.")


def read_idx(source: Source, limits: Limits = LIMITS) -> NDArray[np.uint8]:
    """Read an IDX file of unsigned bytes, gzipped or not, with one to four axes.

    Raises:
        DataError: it is damaged, or not such a file.
    """
    name = source.name
    with read_errors(name, EXPECTED), source.open() as raw:
        gzipped = raw.read(2) == GZIP_MAGIC
    with read_errors(name, EXPECTED), source.open() as raw:
        stream: IO[bytes] = gzip.GzipFile(fileobj=raw) if gzipped else raw  # type: ignore[assignment]
        zero, dtype, axes = struct.unpack(">HBB", stream.read(4))
        if zero or not 1 <= axes <= 4:
            raise DataError(
                Text(
                    "{name} doesn't begin as an IDX file does. {expected}",
                    name=name,
                    expected=EXPECTED,
                )
            )
        if dtype != UNSIGNED_BYTE:
            raise DataError(
                Text(
                    "{name} does not hold unsigned bytes: its type is 0x{dtype:02x}. "
                    "Expected 0x08.",
                    name=name,
                    dtype=dtype,
                )
            )
        shape = struct.unpack(f">{axes}I", stream.read(4 * axes))
        if shape[0] > limits.images or math.prod(shape[1:]) > 28 * 28:
            raise DataError(
                Text(
                    "{name} claims the shape {shape}. Expected {images:,} images of 28x28 at most.",
                    name=name,
                    shape=shape,
                    images=limits.images,
                )
            )
        content = read_exactly(stream, math.prod(shape), name)
    return content.reshape(shape)
