"""Records: whatever a file says, a reader gets what it expects."""

import json
from typing import Annotated, Literal

import pytest
from msgspec import Meta

from mnist_core.system.records import Record, read_record, write_record


class Example(Record, frozen=True):
    state: Literal["new", "old"] = "new"
    count: Annotated[int, Meta(ge=1, le=16)] = 1
    share: float = 0.0
    name: str | None = None
    metrics: dict[str, float] | None = None


def read(tmp_path, content):
    (tmp_path / "record.json").write_bytes(content)
    return read_record(Example, tmp_path / "record.json")


def test_what_is_written_is_read(tmp_path):
    record = Example("old", 3, 0.5, "mine", {"loss": 0.25})
    write_record(record, tmp_path / "record.json")
    assert read_record(Example, tmp_path / "record.json") == record
    assert record.changed(count=4) == Example("old", 4, 0.5, "mine", {"loss": 0.25})


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b"7", b'"text"', b"\xff\xfe{}", b"[" * 100_000, b'{"count": NaN}'],
)
def test_a_file_that_cannot_be_read_gives_the_defaults(tmp_path, content):
    assert read(tmp_path, content) == Example()


def test_a_missing_file_gives_the_defaults(tmp_path):
    assert read_record(Example, tmp_path / "nothing.json") == Example()
    assert read_record(Example, tmp_path) == Example()


@pytest.mark.parametrize("value", [None, "text", [], {}, 0, 17, 1e400, True])
def test_a_value_that_cannot_be_is_its_default_and_the_others_stay(tmp_path, value):
    plain = {"count": value, "state": "old", "unknown": 1}
    assert read(tmp_path, json.dumps(plain).replace("Infinity", "1e400").encode()) in (
        Example("old"),
        Example(),  # where the number makes the whole file unreadable
    )


def test_each_kind_of_value_is_checked(tmp_path):
    plain = {"state": "other", "share": "much", "name": 7, "metrics": {"loss": "low"}}
    assert read(tmp_path, json.dumps(plain).encode()) == Example()
