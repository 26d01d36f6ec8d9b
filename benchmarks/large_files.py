"""How much memory the largest files take that are read, and those that are refused.

    python -m benchmarks.large_files

Each file is read in a process of its own; printed is the highest resident memory above what the
process had before, in MB. The aim is 300 MB at most. Needs Linux, a minute, and up to 1 GB of
memory to make the files.
"""

import argparse
import gzip
import io
import multiprocessing
import re
import struct
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnist_core import MnistCoreError
from mnist_core.data.readers.read import read_data
from mnist_core.data.readers.source import LIMITS, UPLOAD_LIMITS, sources_at, upload_source
from mnist_core.drawing.normalize import MAX_PIXELS, load_picture

GOAL = 300  # MB


def _idx(array: NDArray[np.uint8]) -> bytes:
    shape = struct.pack(f">{array.ndim}I", *array.shape)
    return struct.pack(">HBB", 0, 8, array.ndim) + shape + array.tobytes()


def _labels(count: int) -> NDArray[np.uint8]:
    return np.arange(count, dtype=np.uint8) % 10


def _images(count: int, dtype: str = "u1") -> NDArray[Any]:
    images = np.zeros((count, 28, 28), dtype)
    images[:, 5:9] = 200
    return images


def _four(folder: Path, train: int, test: int) -> None:
    for name, count in (("train", train), ("t10k", test)):
        for kind, array in (("images-idx3", _images(count)), ("labels-idx1", _labels(count))):
            with gzip.open(folder / f"{name}-{kind}-ubyte.gz", "wb", 1) as file:
                file.write(_idx(array))


def four_idx(folder: Path) -> None:
    """The largest data set that a path may name, as gzipped IDX."""
    _four(folder, LIMITS.images - 10_000, 10_000)


def idx_bomb(folder: Path) -> None:
    """Four gzipped IDX files of twice as many images."""
    _four(folder, LIMITS.images, LIMITS.images)


def sorted_npz(folder: Path) -> None:
    """The largest data set, in one part: it is split and shuffled."""
    images, labels = _images(LIMITS.images), np.sort(_labels(LIMITS.images))
    np.savez_compressed(folder / "data.npz", x=images, y=labels)


def wide_npz(folder: Path) -> None:
    """MNIST's size as 64-bit integers."""
    np.savez_compressed(folder / "data.npz", x=_images(70_000, "<i8"), y=_labels(70_000))


def uploaded_npz(folder: Path) -> None:
    """The largest data set that a browser may send, hardly compressed: 100 MB and what is in it."""
    images = _images(UPLOAD_LIMITS.images)
    noise = np.random.default_rng(0).integers(0, 256, (124_000, 28, 28), dtype=np.uint8)
    images[: len(noise)] = noise
    np.savez_compressed(folder / "upload.npz", x=images, y=_labels(len(images)))


def many_names(folder: Path) -> None:
    """A zip with a million names."""
    entry = struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\1\2", 20, 20, *[0] * 7, 5, *[0] * 6)
    with (folder / "names.zip").open("wb") as file:
        for number in range(1_000_000):
            file.write(entry + b"%05x" % number)
        size = file.tell()
        file.write(struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, size, 0, 0))


def zip_of_pictures(folder: Path) -> None:
    """As many pictures as a zip may hold."""
    content = io.BytesIO()
    Image.fromarray(_images(1)[0]).save(content, "PNG")
    with zipfile.ZipFile(folder / "pictures.zip", "w") as archive:
        for number in range(LIMITS.files):
            archive.writestr(f"{number % 10}/{number}.png", content.getvalue())


def zip_bomb(folder: Path) -> None:
    """A zip whose ten files unpack to 10 GB."""
    with zipfile.ZipFile(folder / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(10):
            with archive.open(f"{number}/a.png", "w", force_zip64=True) as member:
                for _ in range(1000):
                    member.write(bytes(1_000_000))


def large_png(folder: Path) -> None:
    """The largest PNG that the Draw page reads, with transparency."""
    side = int(MAX_PIXELS**0.5)
    Image.new("RGBA", (side, side)).save(folder / "large.png", compress_level=1)


FILES: tuple[Callable[[Path], None], ...] = (
    four_idx,
    idx_bomb,
    sorted_npz,
    wide_npz,
    uploaded_npz,
    many_names,
    zip_of_pictures,
    zip_bomb,
    large_png,
)


def _read(folder: Path, results: Any) -> None:
    """In a process of its own: read what is in the folder and say what that took."""
    paths = sorted(folder.iterdir())
    Image.init()
    Path("/proc/self/clear_refs").write_text("5")  # forgets the highest memory so far
    before = _highest()
    start = time.perf_counter()
    try:
        if paths[0].suffix == ".png":
            outcome = f"read: {load_picture(paths[0]).shape}"
        else:
            upload = paths[0].name.startswith("upload")
            sources = (
                [upload_source(path.name, path.read_bytes()) for path in paths]
                if upload
                else sources_at(folder if len(paths) > 1 else paths[0])
            )
            limits = UPLOAD_LIMITS if upload else LIMITS
            outcome = f"read: {len(read_data('data', sources, limits=limits).x_train):,} images"
    except MnistCoreError as error:
        outcome = f"refused: {error}"
    seconds = time.perf_counter() - start
    results.put((_highest() - before, seconds, outcome))


def _highest() -> float:
    """The highest resident memory of this process, in MB; Linux only."""
    status = Path("/proc/self/status").read_text()
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) / 1000


def main() -> None:
    """Print a line for each file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="which files; default: all")
    names = parser.parse_args().names
    context = multiprocessing.get_context("spawn")
    highest = 0.0
    for make in FILES:
        if names and make.__name__ not in names:
            continue
        with tempfile.TemporaryDirectory() as name:
            folder, results = Path(name), context.Queue()
            make(folder)
            size = sum(path.stat().st_size for path in folder.iterdir())
            process = context.Process(target=_read, args=(folder, results))
            process.start()
            megabytes, seconds, outcome = results.get()
            process.join()
        highest = max(highest, megabytes)
        print(
            f"{make.__name__:16} {size / 1e6:7.1f} MB  takes {megabytes:4.0f} MB, {seconds:5.1f} s"
            f"  {outcome[:110]}",
            flush=True,
        )
    print(f"highest: {highest:.0f} MB, the aim is {GOAL} at most")


if __name__ == "__main__":
    main()
