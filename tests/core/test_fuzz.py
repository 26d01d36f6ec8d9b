"""Whatever bytes come from outside, they are read or refused in words: no crash, no hang, no bomb.

The cases are random and the same in every run.
"""

import gzip
import io
import json
import struct
import time
import tracemalloc
import zipfile
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from mnist_core import MnistCoreError, get_recipe
from mnist_core.data.readers.idx import read_idx
from mnist_core.data.readers.read import read_data
from mnist_core.data.readers.source import upload_source
from mnist_core.drawing.normalize import load_picture, prepare_drawing
from mnist_core.recipes.recipe import check_recipe, recipe_from_dict
from mnist_core.recipes.saved import get_recipe as get_saved
from mnist_core.review.judgements import COLUMNS, import_judgements
from mnist_core.runs.runs import STATUS, RunStatus, open_run
from mnist_core.system.records import read_record
from pages.shared.canvas_message import checked_picture, checked_strokes

MOST_SECONDS = 1.0  # of the processor
MOST_BYTES = 300_000_000  # reserved; untouched memory counts too

fuzz = settings(
    max_examples=100,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@contextmanager
def refused_or_read():
    """Errors of this package are fine; others, a second of work, or 300 MB aren't."""
    tracemalloc.start()
    start = time.process_time()
    try:
        yield
    except MnistCoreError as error:
        assert 10 < len(str(error)) < 2000
    finally:
        seconds, peak = time.process_time() - start, tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert seconds < MOST_SECONDS
    assert peak < MOST_BYTES


@st.composite
def damaged(draw, contents):
    """One of some contents with a few bytes changed, put in or cut off."""
    content = bytearray(draw(st.sampled_from(contents)))
    for _ in range(draw(st.integers(1, 8))):
        position = draw(st.integers(0, max(len(content) - 1, 0)))
        kind = draw(st.sampled_from(["byte", "bit", "number", "cut", "insert"]))
        if kind == "byte":
            content[position : position + 1] = draw(st.binary(min_size=1, max_size=1))
        elif kind == "bit" and content:
            content[position] ^= 1 << draw(st.integers(0, 7))
        elif kind == "number":
            number = draw(st.sampled_from([0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF]))
            content[position : position + 4] = struct.pack(
                draw(st.sampled_from("<>")) + "I", number
            )
        elif kind == "cut":
            del content[position : position + draw(st.integers(1, 400))]
        else:
            content[position:position] = draw(st.binary(max_size=20))
    return bytes(content)


RNG = np.random.default_rng(5)
IMAGES = RNG.integers(0, 256, (20, 28, 28), dtype=np.uint8)
LABELS = np.arange(20, dtype=np.uint8) % 2


def idx(array):
    shape = struct.pack(f">{array.ndim}I", *array.shape)
    return struct.pack(">HBB", 0, 8, array.ndim) + shape + array.tobytes()


def npz(save=np.savez_compressed, **arrays):
    content = io.BytesIO()
    save(content, **arrays)
    return content.getvalue()


def zipped(files):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, inside in files.items():
            archive.writestr(name, inside)
    return content.getvalue()


def picture(kind, size=(28, 28), mode="L"):
    content = io.BytesIO()
    Image.fromarray(np.resize(IMAGES, size[::-1])).convert(mode).save(content, kind)
    return content.getvalue()


IDX = [idx(IMAGES), gzip.compress(idx(IMAGES)), idx(LABELS), gzip.compress(idx(LABELS))]
NPZ = [
    npz(x=IMAGES, y=LABELS),
    npz(np.savez, x=IMAGES, y=LABELS.astype("<i8")),
    npz(x_train=IMAGES, y_train=LABELS, x_test=IMAGES, y_test=LABELS, class_names=["a", "b"]),
]
FOLDERS = {f"{label}/{n}.png": picture("PNG") for label in "ab" for n in range(3)}
ZIPS = [
    zipped(FOLDERS),
    zipped({f"鞋{name}": content for name, content in FOLDERS.items()}),
    zipped({"data.npz": NPZ[0], "README.txt": b"hello"}),
    zipped(
        {
            f"{part}-{kind}-ubyte": idx(array)
            for part in ("train", "t10k")
            for kind, array in (("images-idx3", IMAGES), ("labels-idx1", LABELS))
        }
    ),
]
PICTURES = [
    picture(kind, (60, 40), mode)
    for kind, mode in (
        ("PNG", "L"),
        ("PNG", "RGBA"),
        ("PNG", "P"),
        ("JPEG", "RGB"),
        ("GIF", "P"),
        ("BMP", "RGB"),
        ("WEBP", "RGB"),
    )
]
CSV = [
    "\n".join(
        [
            ",".join(COLUMNS),
            f"{'a' * 64},test,3,8,2,pen,label,2,2026-01-01T00:00:00+00:00",
            f"{'b' * 64},train,4,8,2,pen,unclear,,2026-01-01T00:00:00+00:00",
        ]
    ).encode()
]
KNOWN_KEYS = sorted(
    {*RunStatus.__struct_fields__, *get_recipe("pen").to_dict(), "kind", "units", "path", "type"}
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(["M", "L", "Dense", "training", "1e999"]),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.sampled_from(KNOWN_KEYS) | st.text(max_size=5), inner, max_size=8)
    ),
    max_leaves=25,
)


@st.composite
def changed(draw, plain):
    """JSON of ours with some of its values replaced."""
    copy = json.loads(json.dumps(plain))
    for _ in range(draw(st.integers(1, 3))):
        part, keys = copy, None
        while isinstance(part, dict | list) and part:
            key = draw(st.sampled_from(list(part) if isinstance(part, dict) else range(len(part))))
            keys = (part, key)
            part = part[key]
            if draw(st.booleans()):
                break
        if keys:
            keys[0][keys[1]] = draw(JSON)
    return copy


# --- data sets and pictures ---------------------------------------------------------------


@fuzz
@given(damaged(IDX))
def test_idx(content):
    with refused_or_read():
        assert read_idx(upload_source("labels.idx", content)).dtype == np.uint8


@fuzz
@given(damaged(NPZ))
def test_npz(content):
    with refused_or_read():
        read_data("mine", [upload_source("mine.npz", content)])


@fuzz
@given(damaged(ZIPS))
def test_zip(content):
    with refused_or_read():
        read_data("mine", [upload_source("mine.zip", content)])


@fuzz
@given(st.dictionaries(st.text(min_size=1, max_size=30), st.binary(max_size=40), max_size=6))
def test_names_in_a_zip(files):
    with refused_or_read():
        content = zipped({name.replace("\0", "0"): inside for name, inside in files.items()})
        read_data("mine", [upload_source("mine.zip", content)])


@fuzz
@given(damaged(PICTURES))
def test_pictures(content):
    with refused_or_read():
        prepare_drawing(load_picture(io.BytesIO(content)))


# --- messages and tables ------------------------------------------------------------------


@fuzz
@given(damaged(CSV) | st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_judgements(isolated, content):
    with refused_or_read():
        import_judgements(content, isolated)


STROKE = {"type": "path", "path": [["M", 10, 10], ["Q", 1, 2, 3, 4]], "strokeWidth": 24}


@fuzz
@given(JSON | st.lists(changed(STROKE), max_size=4))
def test_strokes_of_a_canvas(objects):
    with refused_or_read():
        strokes = checked_strokes(objects)
        assert strokes is None or strokes is objects


@fuzz
@given(damaged(PICTURES))
def test_a_picture_of_a_canvas(content):
    with refused_or_read():
        assert checked_picture(content, (400, 400)) is None


# --- files of ours ------------------------------------------------------------------------


@fuzz
@given(changed(get_recipe("pen").to_dict()) | JSON)
def test_recipes(isolated, plain):
    path = isolated / "runs" / "recipes" / "mine.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(plain))
    with refused_or_read():
        recipe = get_saved("mine")
        check_recipe(recipe_from_dict(recipe.to_dict()))
        recipe.command()


@fuzz
@given(changed(dict.fromkeys(RunStatus.__struct_fields__)) | JSON)
def test_the_status_of_a_run(isolated, plain):
    (isolated / "status.json").write_text(json.dumps(plain))
    with refused_or_read():
        assert isinstance(read_record(RunStatus, isolated / "status.json"), RunStatus)


RUN = {"name": "a", "created": "2026-01-01T00:00:00+00:00", "recipe": get_recipe("pen").to_dict()}


@fuzz
@given(changed(RUN) | JSON, st.binary(max_size=60))
def test_runs(isolated, plain, status):
    home = isolated / "runs" / "run"
    home.mkdir(parents=True, exist_ok=True)
    (home / "run.json").write_text(json.dumps(plain))
    (home / STATUS).write_bytes(status)
    with refused_or_read():
        run = open_run("run")
        assert run.name and 0 <= run.share <= 1


@pytest.mark.parametrize("content", [b"", b"\0" * 1000, b"PK\5\6" + b"\xff" * 18, b"\x1f\x8b" * 9])
def test_bytes_that_only_begin_like_a_file(content):
    for name in ("a.npz", "a.zip", "train-images-idx3-ubyte.gz", "3/a.png"):
        with pytest.raises(MnistCoreError):
            read_data("mine", [upload_source(name, content)])
