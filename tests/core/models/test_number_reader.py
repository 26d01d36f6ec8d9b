"""The number reader: its file, and what is refused as one."""

import json

import pytest

from mnist_core import settings
from mnist_core.errors import ModelError
from mnist_core.models.number_reader import (
    NumberReader,
    find_number_reader,
    load_number_reader,
    read_number_reader,
    write_number_reader,
)


def test_what_is_no_number_reader_is_refused():
    with pytest.raises(ModelError, match="not a number reader"):
        NumberReader(b"nonsense")


def test_it_is_stored_with_its_digest_and_a_damaged_one_is_not_used(isolated):
    shipped = read_number_reader(settings.shipped_models_dir() / "number_reader")
    assert find_number_reader().parent == settings.shipped_models_dir()
    folder = write_number_reader(shipped, {"seed": 3})
    assert find_number_reader() == folder
    assert json.loads((folder / "about.json").read_text())["seed"] == 3
    assert read_number_reader(folder) == shipped
    assert load_number_reader() is load_number_reader() is not None
    (folder / "network.tflite").write_bytes(shipped[:-10])
    with pytest.raises(ModelError, match="cut or altered"):
        read_number_reader(folder)
    assert load_number_reader() is None
    (folder / "about.json").unlink()
    with pytest.raises(ModelError, match="can't be read"):
        read_number_reader(folder)
