"""Judgements of single images: is the network wrong, or the label, or is the image ambiguous?

    runs/
      judgements.db       one row for each judged image (SQLite)

A judgement is about an image, not a network: where the label is wrong, it is wrong for every
network. An image is identified by the SHA-256 of all images of its set and its index in that set.
"""

import csv
import datetime
import io
import itertools
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core import settings
from mnist_core.errors import JudgementError
from mnist_core.i18n import Text
from mnist_core.metrics.classification import wilson_interval

DATABASE = "judgements.db"
NETWORK, LABEL, UNCLEAR = "network", "label", "unclear"
VERDICTS = {
    NETWORK: Text("the network is wrong"),
    LABEL: Text("the label is wrong"),
    UNCLEAR: Text("nobody can tell"),
}
# The columns of the table and of CSV files, in the order of `Judgement`'s attributes.
COLUMNS = ("images", "part", "number", "label", "said", "network", "verdict", "digit", "judged")
VERSION = 1  # of the table
LOCK_TIMEOUT = 10.0  # seconds to wait while another process writes
MAX_BYTES = 20_000_000
MAX_ROWS = 70_000  # of a file to import: MNIST has no more images


@dataclass(frozen=True)
class Judgement:
    """A person's judgement of an image.

    Attributes:
        digest: SHA-256 of all images of the set that it is in, as hex.
        published: the set: `test` or `train`.
        index: its index in that set.
        label: its label in the data set.
        predicted: the network's answer.
        network: the network's name.
        verdict: `network`, `label` or `unclear`, a key of `VERDICTS`.
        digit: the digit that it really shows; None where nobody can tell.
        created: when it was judged, UTC, ISO 8601.
    """

    digest: str
    published: str
    index: int
    label: int
    predicted: int
    network: str
    verdict: str
    digit: int | None
    created: str

    def __post_init__(self) -> None:
        """Check the attributes.

        Raises:
            JudgementError: one of them is invalid.
        """
        try:
            problem = _find_problem(self)
        except TypeError as error:  # a value of another kind, in a database that was edited
            problem = str(error)
        if problem:
            raise JudgementError(Text("This is not a valid judgement: {problem}", problem=problem))


def _find_problem(judgement: Judgement) -> str:
    """What is invalid about a judgement; "" if nothing is."""
    label, predicted, digit = judgement.label, judgement.predicted, judgement.digit
    verdict = judgement.verdict
    digits = range(10)
    if verdict not in VERDICTS:
        return Text(
            "its verdict is one of {verdicts}. Received: {verdict!r}",
            verdicts=", ".join(VERDICTS),
            verdict=verdict,
        )
    if judgement.published not in ("test", "train"):
        return Text(
            "its part is test or train. Received: {published!r}", published=judgement.published
        )
    digest = judgement.digest
    if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
        return Text(
            "`images` is a SHA-256 of 64 hex digits. Received: {digest!r}", digest=digest[:80]
        )
    if not 0 <= judgement.index < 10_000_000:
        return Text("its number is an index, from 0 on. Received: {index}", index=judgement.index)
    if label not in digits or predicted not in digits:
        return Text(
            "label and answer are digits, 0 to 9. Received: {label} and {predicted}",
            label=label,
            predicted=predicted,
        )
    digit_fits = {
        NETWORK: digit == label != predicted,
        LABEL: digit in digits and digit != label,
        UNCLEAR: digit is None,
    }
    if not digit_fits[verdict]:
        return Text(
            "where {verdict}, it can't be {digit!r} (its label is {label}, the answer "
            "{predicted}).",
            verdict=VERDICTS[verdict],
            digit=digit,
            label=label,
            predicted=predicted,
        )
    try:
        created = datetime.datetime.fromisoformat(judgement.created)
    except ValueError:
        created = None
    if created is None or created.tzinfo is None:
        return Text(
            "`judged` is a time with its zone (ISO 8601). Received: {created!r}",
            created=judgement.created[:80],
        )
    return ""


def new_judgement(
    digest: str,
    published: str,
    index: int,
    label: int,
    predicted: int,
    network: str,
    verdict: str,
    digit: int | None = None,
) -> Judgement:
    """Make a judgement with the current time.

    Args:
        digit: what the image shows if the label is wrong. Default: the network's answer.

    Raises:
        JudgementError: see `Judgement`.
    """
    shown = {NETWORK: label, LABEL: predicted if digit is None else digit}.get(verdict)
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
    return Judgement(digest, published, index, label, predicted, network, verdict, shown, now)


# --- the database -------------------------------------------------------------------------


def store_judgement(judgement: Judgement, folder: Path | None = None) -> None:
    """Store a judgement; it replaces an earlier one of the same image.

    Args:
        folder: the folder of the database. Default: that of the runs.

    Raises:
        JudgementError: the database can't be used.
    """
    with _database(folder) as database:
        _write(database, [judgement])


def delete_judgement(digest: str, index: int, folder: Path | None = None) -> None:
    """Delete the judgement of an image, if there is one.

    Raises:
        JudgementError: the database can't be used.
    """
    with _database(folder) as database:
        database.execute("DELETE FROM judgements WHERE images = ? AND number = ?", (digest, index))


def judgements_of(digest: str, folder: Path | None = None) -> dict[int, Judgement]:
    """The judgements of a set's images, by index.

    Raises:
        JudgementError: the database can't be used.
    """
    judgements = _read(folder, "WHERE images = ?", (digest,))
    return {judgement.index: judgement for judgement in judgements}


def all_judgements(folder: Path | None = None) -> list[Judgement]:
    """All judgements, the newest first.

    Raises:
        JudgementError: the database can't be used.
    """
    return _read(folder, "ORDER BY julianday(judged) DESC, part, number")


def _read(folder: Path | None, clause: str, values: tuple[Any, ...] = ()) -> list[Judgement]:
    if not ((folder or settings.runs_dir()) / DATABASE).exists():
        return []
    with _database(folder) as database:
        rows = database.execute(f"SELECT {', '.join(COLUMNS)} FROM judgements {clause}", values)
        judgements = []
        for row in rows:
            with suppress(JudgementError):  # one that was edited is left out
                judgements.append(Judgement(*row))
        return judgements


def _write(database: sqlite3.Connection, judgements: Iterable[Judgement]) -> None:
    placeholders = ", ".join("?" * len(COLUMNS))
    database.executemany(
        f"INSERT OR REPLACE INTO judgements ({', '.join(COLUMNS)}) VALUES ({placeholders})",
        map(astuple, judgements),
    )


@contextmanager
def _database(folder: Path | None) -> Iterator[sqlite3.Connection]:
    """The database within one transaction; its errors become a `JudgementError`."""
    folder = folder or settings.runs_dir()
    path = folder / DATABASE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=LOCK_TIMEOUT, isolation_level="IMMEDIATE")
        with closing(connection) as database:
            version = database.execute("PRAGMA user_version").fetchone()[0]
            if version > VERSION:
                raise JudgementError(
                    Text(
                        "{path} was written by a newer version of this program (its table is "
                        "version {version}, expected {expected}). Use that version.",
                        path=path,
                        version=version,
                        expected=VERSION,
                    )
                )
            with database:
                if not version:
                    _create_table(database)
                yield database
    except (sqlite3.Error, OSError) as error:
        raise JudgementError(
            Text(
                "The judgements in {path} can't be read or written ({reason}). If the disk is "
                "full, free some space; if the file is damaged, move it away and import the last "
                "export.",
                path=path,
                reason=str(error),
            )
        ) from error


def _create_table(database: sqlite3.Connection) -> None:
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
    writer.writerows(map(astuple, all_judgements(folder)))
    return text.getvalue()


@dataclass(frozen=True)
class ImportResult:
    """What an import changed.

    Attributes:
        added: images that had no judgement before.
        replaced: images whose judgement was older.
        unchanged: images whose judgement is as new or newer than the file's.
    """

    added: int
    replaced: int
    unchanged: int

    @property
    def summary(self) -> str:
        """The result in a sentence."""
        return Text(
            "{added} judgements added, {replaced} replaced by newer ones, {unchanged} unchanged.",
            added=self.added,
            replaced=self.replaced,
            unchanged=self.unchanged,
        )


def import_judgements(content: bytes, folder: Path | None = None) -> ImportResult:
    """Add the judgements of a file, all or none. Of two of the same image the newer one is kept.

    Args:
        content: CSV as `export_judgements` writes it, UTF-8.

    Raises:
        JudgementError: a line of the file is invalid; nothing is changed then. Or the database
            can't be used.
    """
    newest: dict[tuple[str, int], Judgement] = {}
    for judgement in _parse(content):
        key = (judgement.digest, judgement.index)
        if key not in newest or _time(judgement) > _time(newest[key]):
            newest[key] = judgement
    with _database(folder) as database:
        rows = database.execute("SELECT images, number, judged FROM judgements")
        stored_times = {
            (digest, index): datetime.datetime.fromisoformat(created)
            for digest, index, created in rows
        }
        added = [judgement for key, judgement in newest.items() if key not in stored_times]
        replaced = [
            judgement
            for key, judgement in newest.items()
            if key in stored_times and _time(judgement) > stored_times[key]
        ]
        _write(database, [*added, *replaced])
    return ImportResult(len(added), len(replaced), len(newest) - len(added) - len(replaced))


def _parse(content: bytes) -> list[Judgement]:
    if len(content) > MAX_BYTES:
        raise JudgementError(
            Text(
                "This file has {size:,.0f} MB, expected {largest:,.0f} at most: {most:,} "
                "judgements need less.",
                size=len(content) / 1e6,
                largest=MAX_BYTES / 1e6,
                most=MAX_ROWS,
            )
        )
    try:
        reader = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        rows = list(itertools.islice(reader, MAX_ROWS + 2))
    except (UnicodeDecodeError, csv.Error) as error:
        raise JudgementError(
            Text("This file is not CSV in UTF-8 ({reason}).", reason=str(error))
        ) from error
    if not rows or tuple(rows[0]) != COLUMNS:
        header = ", ".join(rows[0])[:200] if rows else Text("nothing")
        raise JudgementError(
            Text(
                "This is not a file of judgements: its first line has to be {columns}. Received: "
                "{header}",
                columns=",".join(COLUMNS),
                header=header,
            )
        )
    if len(rows) - 1 > MAX_ROWS:
        raise JudgementError(
            Text(
                "This file has more judgements than can be read. Expected {most:,} at most.",
                most=MAX_ROWS,
            )
        )
    judgements = []
    for line, row in enumerate(rows[1:], start=2):
        if not row:
            continue
        try:
            digest, published, index, label, predicted, network, verdict, digit, created = row
            judgements.append(
                Judgement(
                    digest,
                    published,
                    int(index),
                    int(label),
                    int(predicted),
                    network,
                    verdict,
                    int(digit) if digit else None,
                    created,
                )
            )
        except ValueError as error:
            raise JudgementError(
                Text(
                    "Line {line} is not a valid judgement ({reason}); nothing was changed.",
                    line=line,
                    reason=str(error),
                )
            ) from error
        except JudgementError as error:
            raise JudgementError(
                Text(
                    "Line {line}: {problem} Nothing was changed.", line=line, problem=error.args[0]
                )
            ) from error
    return judgements


def _time(judgement: Judgement) -> datetime.datetime:
    return datetime.datetime.fromisoformat(judgement.created)


# --- the accuracy -------------------------------------------------------------------------


@dataclass(frozen=True)
class JudgedAccuracy:
    """A network's accuracy with the judged digits in place of the labels.

    Attributes:
        n: number of images, without those of which nobody can tell.
        correct: images that the network reads as what they really show.
        judged: judged images of this part.
        unclear: those of them of which nobody can tell.
        interval: 95% Wilson score interval of the accuracy.
    """

    n: int
    correct: int
    judged: int
    unclear: int
    interval: tuple[float, float]

    @property
    def accuracy(self) -> float:
        """Share of correct answers, 0..1."""
        return self.correct / self.n


def judged_accuracy(
    predicted: NDArray[np.uint8],
    labels: NDArray[np.uint8],
    indices: NDArray[np.intp],
    judgements: Mapping[int, Judgement],
) -> JudgedAccuracy | None:
    """The accuracy according to judgements; None if no image is judged, or no image counts.

    Args:
        predicted, labels: `(n,)`, 0 to 9.
        indices: `(n,)`: each image's index in its set.
        judgements: by index; see `judgements_of`.
    """
    truth = labels.astype(np.int16)
    judged = 0
    for position, index in enumerate(indices.tolist()):
        if index in judgements:
            judged += 1
            digit = judgements[index].digit
            truth[position] = -1 if digit is None else digit
    unclear = int((truth < 0).sum())
    n = len(truth) - unclear
    if not judged or not n:
        return None
    correct = int((predicted == truth).sum())
    return JudgedAccuracy(n, correct, judged, unclear, wilson_interval(correct, n))
