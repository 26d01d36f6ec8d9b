"""What people say of single images: is the network wrong, or the label, or can nobody tell?

    runs/
      judgements.db       one row for each judged image (SQLite)

A judgement is of an image, not of a network: where the label is wrong, it is wrong for every
network. An image is known by the SHA-256 of the whole set's images and its index in that set.
"""

import csv
import datetime
import io
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core import settings
from mnist_core.errors import JudgementError
from mnist_core.metrics.classification import wilson_interval

DATABASE = "judgements.db"
NETWORK, LABEL, UNCLEAR = "network", "label", "unclear"
VERDICTS = {
    NETWORK: "the network is wrong",
    LABEL: "the label is wrong",
    UNCLEAR: "nobody can tell",
}
VERSION = 1  # of the table
WAIT = 10.0  # seconds for which another process may be writing
MOST_ROWS = 70_000  # of a file that is brought in: more images than MNIST has


@dataclass(frozen=True)
class Judgement:
    """What a person said of an image.

    Attributes:
        images: SHA-256 of the images of the set that it is in, as hex.
        part: `test` or `train`.
        number: its index in that set.
        label: what the data set says that it is.
        said: what the network said.
        network: the network's name.
        verdict: `network`, `label` or `unclear`, a key of `VERDICTS`.
        digit: what it really shows; None where nobody can tell.
        judged: when, UTC, ISO 8601.
    """

    images: str
    part: str
    number: int
    label: int
    said: int
    network: str
    verdict: str
    digit: int | None
    judged: str

    def __post_init__(self) -> None:
        """Refuse what can't be.

        Raises:
            JudgementError: in words.
        """
        wrong = _fault(self)
        if wrong:
            raise JudgementError(f"This is not a judgement: {wrong}")


def _fault(one: Judgement) -> str:
    """What can't be about a judgement, in words; "" if nothing."""
    digits = range(10)
    if one.verdict not in VERDICTS:
        return f"its verdict is one of {', '.join(VERDICTS)}. Received: {one.verdict!r}"
    if one.part not in ("test", "train"):
        return f"its part is test or train. Received: {one.part!r}"
    if len(one.images) != 64 or not set(one.images) <= set("0123456789abcdef"):
        return f"`images` is a SHA-256 of 64 hex digits. Received: {one.images[:80]!r}"
    if not 0 <= one.number < 10_000_000:
        return f"its number is an index, from 0 on. Received: {one.number}"
    if one.label not in digits or one.said not in digits:
        return f"label and answer are digits, 0 to 9. Received: {one.label} and {one.said}"
    fitting = {
        NETWORK: one.digit == one.label != one.said,
        LABEL: one.digit in digits and one.digit != one.label,
        UNCLEAR: one.digit is None,
    }
    if not fitting[one.verdict]:
        return (
            f"where {VERDICTS[one.verdict]}, it can't be {one.digit!r} "
            f"(its label is {one.label}, the answer {one.said})."
        )
    try:
        when = datetime.datetime.fromisoformat(one.judged)
    except ValueError:
        when = None
    if when is None or when.tzinfo is None:
        return f"`judged` is a time with its zone (ISO 8601). Received: {one.judged[:80]!r}"
    return ""


COLUMNS = tuple(field.name for field in fields(Judgement))


def judgement(
    images: str,
    part: str,
    number: int,
    label: int,
    said: int,
    network: str,
    verdict: str,
    digit: int | None = None,
) -> Judgement:
    """A judgement made now. Where the label is wrong, `digit` is the answer unless it is given."""
    shown = {NETWORK: label, LABEL: said if digit is None else digit}.get(verdict)
    return Judgement(
        images,
        part,
        number,
        label,
        said,
        network,
        verdict,
        shown,
        datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds"),
    )


# --- the database -------------------------------------------------------------------------


def keep_judgement(one: Judgement, folder: Path | None = None) -> None:
    """Keep a judgement, in the place of an earlier one of the same image.

    Raises:
        JudgementError: the database can't be used.
    """
    with _database(folder) as database:
        _write(database, [one])


def take_back(images: str, number: int, folder: Path | None = None) -> None:
    """Forget the judgement of an image.

    Raises:
        JudgementError: the database can't be used.
    """
    with _database(folder) as database:
        database.execute("DELETE FROM judgements WHERE images = ? AND number = ?", (images, number))


def judgements_of(images: str, folder: Path | None = None) -> dict[int, Judgement]:
    """The judgements of a set's images, by index.

    Raises:
        JudgementError: the database can't be used.
    """
    return {one.number: one for one in _read(folder, "WHERE images = ?", (images,))}


def all_judgements(folder: Path | None = None) -> list[Judgement]:
    """All judgements, the newest first.

    Raises:
        JudgementError: the database can't be used.
    """
    return _read(folder, "ORDER BY julianday(judged) DESC, part, number")


def _read(folder: Path | None, rest: str, values: tuple[Any, ...] = ()) -> list[Judgement]:
    if not ((folder or settings.runs_dir()) / DATABASE).exists():
        return []
    with _database(folder) as database:
        rows = database.execute(f"SELECT {', '.join(COLUMNS)} FROM judgements {rest}", values)
        return [Judgement(*row) for row in rows]


def _write(database: sqlite3.Connection, new: Iterable[Judgement]) -> None:
    marks = ", ".join("?" * len(COLUMNS))
    database.executemany(
        f"INSERT OR REPLACE INTO judgements ({', '.join(COLUMNS)}) VALUES ({marks})",
        map(astuple, new),
    )


@contextmanager
def _database(folder: Path | None) -> Iterator[sqlite3.Connection]:
    """The database within one transaction; what it can't do is said in words."""
    folder = folder or settings.runs_dir()
    path = folder / DATABASE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(path, timeout=WAIT, isolation_level="IMMEDIATE")) as database:
            version = database.execute("PRAGMA user_version").fetchone()[0]
            if version > VERSION:
                raise JudgementError(
                    f"{path} was written by a newer version of this program (its table is version "
                    f"{version}, expected {VERSION}). Use that version."
                )
            with database:
                if not version:
                    _make(database)
                yield database
    except (sqlite3.Error, OSError) as error:
        raise JudgementError(
            f"The judgements in {path} can't be read or written ({error}). If the disk is full, "
            "free some space; if the file is damaged, move it away and bring in the last export."
        ) from error


def _make(database: sqlite3.Connection) -> None:
    database.execute(
        "CREATE TABLE IF NOT EXISTS judgements (images TEXT NOT NULL, part TEXT NOT NULL, "
        "number INTEGER NOT NULL, label INTEGER NOT NULL, said INTEGER NOT NULL, "
        "network TEXT NOT NULL, verdict TEXT NOT NULL, digit INTEGER, judged TEXT NOT NULL, "
        "PRIMARY KEY (images, number))"
    )
    database.execute(f"PRAGMA user_version = {VERSION}")


# --- files --------------------------------------------------------------------------------


def export_judgements(folder: Path | None = None) -> str:
    """All judgements as CSV, which `import_judgements` reads.

    Raises:
        JudgementError: the database can't be used.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(astuple(one) for one in all_judgements(folder))
    return text.getvalue()


@dataclass(frozen=True)
class Imported:
    """What became of a file's judgements.

    Attributes:
        added: images that had no judgement before.
        changed: images whose judgement was older and is replaced.
        left: images whose judgement here is as new or newer, and stays.
    """

    added: int
    changed: int
    left: int

    @property
    def words(self) -> str:
        """For people."""
        return (
            f"{self.added} judgements added, {self.changed} replaced by newer ones, "
            f"{self.left} left as they were."
        )


def import_judgements(content: bytes, folder: Path | None = None) -> Imported:
    """Add a file's judgements; of two of the same image the newer one stays. All or nothing.

    Args:
        content: CSV as `export_judgements` writes it, UTF-8.

    Raises:
        JudgementError: the file is not one, naming the line; nothing is changed then. Or the
            database can't be used.
    """
    new: dict[tuple[str, int], Judgement] = {}
    for one in _parsed(content):
        key = (one.images, one.number)
        if key not in new or _when(one) > _when(new[key]):
            new[key] = one
    with _database(folder) as database:
        rows = database.execute("SELECT images, number, judged FROM judgements")
        there = {
            (images, number): datetime.datetime.fromisoformat(judged)
            for images, number, judged in rows
        }
        changed = [one for key, one in new.items() if key in there and _when(one) > there[key]]
        added = [one for key, one in new.items() if key not in there]
        _write(database, [*added, *changed])
    return Imported(len(added), len(changed), len(new) - len(added) - len(changed))


def _parsed(content: bytes) -> list[Judgement]:
    try:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    except (UnicodeDecodeError, csv.Error) as error:
        raise JudgementError(f"This file is not CSV in UTF-8 ({error}).") from error
    if not rows or tuple(rows[0]) != COLUMNS:
        found = ", ".join(rows[0])[:200] if rows else "nothing"
        raise JudgementError(
            "This is not a file of judgements: its first line has to be "
            f"{','.join(COLUMNS)}. Received: {found}"
        )
    if len(rows) - 1 > MOST_ROWS:
        raise JudgementError(
            f"This file has {len(rows) - 1:,} judgements, expected {MOST_ROWS:,} at most."
        )
    found_rows = []
    for line, row in enumerate(rows[1:], start=2):
        if not row:
            continue
        try:
            images, part, number, label, said, network, verdict, digit, judged = row
            found_rows.append(
                Judgement(
                    images,
                    part,
                    int(number),
                    int(label),
                    int(said),
                    network,
                    verdict,
                    int(digit) if digit else None,
                    judged,
                )
            )
        except ValueError as error:
            raise JudgementError(
                f"Line {line} is not a judgement ({error}); nothing was changed."
            ) from error
        except JudgementError as error:
            raise JudgementError(f"Line {line}: {error} Nothing was changed.") from error
    return found_rows


def _when(one: Judgement) -> datetime.datetime:
    return datetime.datetime.fromisoformat(one.judged)


# --- what they change ---------------------------------------------------------------------


@dataclass(frozen=True)
class JudgedAccuracy:
    """A network's accuracy with judged images counted as people judged them.

    Attributes:
        n: images that count: all but those of which nobody can tell.
        right: images whose answer is what they really show.
        judged, unclear: images of this part that are judged; those of which nobody can tell.
        interval: 95% Wilson score interval of the accuracy.
    """

    n: int
    right: int
    judged: int
    unclear: int
    interval: tuple[float, float]

    @property
    def accuracy(self) -> float:
        """Share of right answers, 0..1."""
        return self.right / self.n


def judged_accuracy(
    predicted: NDArray[np.uint8],
    labels: NDArray[np.uint8],
    numbers: NDArray[np.intp],
    judged: Mapping[int, Judgement],
) -> JudgedAccuracy | None:
    """The accuracy as judged; None where none of the images is judged, or nothing else is left.

    Args:
        predicted, labels: `(n,)`, 0 to 9.
        numbers: `(n,)`: each image's index in its set.
        judged: by index; see `judgements_of`.
    """
    truth = labels.astype(np.int16)
    found = [place for place, number in enumerate(numbers.tolist()) if number in judged]
    for place in found:
        digit = judged[int(numbers[place])].digit
        truth[place] = -1 if digit is None else digit
    unclear = int((truth < 0).sum())
    n = len(truth) - unclear
    if not found or not n:
        return None
    right = int((predicted == truth).sum())
    return JudgedAccuracy(n, right, len(found), unclear, wilson_interval(right, n))
