"""Judgements: stored, replaced, deleted, exported and imported; and the accuracy that they give."""

import sqlite3
import threading
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from mnist_core.errors import JudgementError
from mnist_core.i18n import _, speaking
from mnist_core.review.judgements import (
    COLUMNS,
    DATABASE,
    Judgement,
    all_judgements,
    delete_judgement,
    export_judgements,
    import_judgements,
    judged_accuracy,
    judgements_of,
    new_judgement,
    store_judgement,
)

DIGEST, OTHER = "a" * 64, "b" * 64


def judged(index, verdict="label", label=4, predicted=9, digest=DIGEST, digit=None):
    return new_judgement(digest, "test", index, label, predicted, "pen", verdict, digit)


def test_a_judgement_says_what_the_image_shows():
    assert judged(1, "network").digit == 4
    assert judged(1, "label").digit == 9
    assert judged(1, "label", digit=7).digit == 7
    assert judged(1, "unclear").digit is None


def test_a_right_answer_can_be_judged_too():
    assert judged(1, "label", label=4, predicted=4, digit=9).digit == 9
    with pytest.raises(JudgementError, match="where the network is wrong, it can't be 4"):
        judged(1, "network", label=4, predicted=4)
    with pytest.raises(JudgementError, match="where the label is wrong, it can't be 4"):
        judged(1, "label", label=4, predicted=4)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"verdict": "both"}, "its verdict is one of network, label, unclear"),
        ({"published": "all"}, "test or train"),
        ({"digest": "xyz"}, "SHA-256 of 64 hex digits"),
        ({"index": -1}, "an index, from 0 on"),
        ({"label": 10}, "digits, 0 to 9"),
        ({"digit": 4}, "where the label is wrong, it can't be 4"),
        ({"digit": None}, "can't be None"),
        ({"digit": 11}, "can't be 11"),
        ({"verdict": "unclear"}, "where nobody can tell, it can't be 9"),
        ({"verdict": "network"}, "where the network is wrong, it can't be 9"),
        ({"created": "yesterday"}, "a time with its zone"),
        ({"created": "2026-01-01T00:00:00"}, "a time with its zone"),
    ],
)
def test_an_invalid_judgement_is_refused(change, words):
    with pytest.raises(JudgementError, match=words):
        replace(judged(1), **change)


def test_judgements_are_stored_replaced_and_deleted(isolated):
    assert judgements_of(DIGEST) == {} and all_judgements() == []
    assert not (isolated / "runs").exists()  # looking makes nothing
    first, second, elsewhere = judged(1), judged(2, "unclear"), judged(1, digest=OTHER)
    for judgement in (first, second, elsewhere):
        store_judgement(judgement)
    assert judgements_of(DIGEST) == {1: first, 2: second}
    changed = judged(1, "network")
    store_judgement(changed)
    assert judgements_of(DIGEST)[1] == changed
    delete_judgement(DIGEST, 1)
    assert judgements_of(DIGEST) == {2: second}
    assert judgements_of(OTHER) == {1: elsewhere}
    delete_judgement(DIGEST, 1)  # once more does nothing


def test_many_can_judge_at_once(isolated):
    def judge(start):
        for number in range(start, start + 20):
            store_judgement(judged(number))

    threads = [threading.Thread(target=judge, args=(20 * who,)) for who in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(judgements_of(DIGEST)) == set(range(100))


def test_an_export_can_be_imported_elsewhere(isolated):
    for judgement in (judged(1), judged(2, "unclear"), judged(3, "network")):
        store_judgement(judgement)
    content = export_judgements().encode()
    elsewhere = isolated / "elsewhere"
    assert import_judgements(content, elsewhere).summary == (
        "3 judgements added, 0 replaced by newer ones, 0 unchanged."
    )
    assert judgements_of(DIGEST, elsewhere) == judgements_of(DIGEST)
    again = import_judgements(content, elsewhere)
    assert (again.added, again.replaced, again.unchanged) == (0, 0, 3)


def test_the_newer_judgement_of_an_image_stays(isolated):
    old = replace(judged(1), created="2026-01-01T01:00:00+01:00")
    new = replace(judged(1, "unclear"), created="2026-01-01T00:30:00+00:00")  # half an hour later
    for first, second in ((old, new), (new, old)):
        folder = isolated / first.verdict
        store_judgement(second, folder)
        content = export_judgements(folder).encode()
        there = isolated / f"{first.verdict}-there"
        store_judgement(first, there)
        result = import_judgements(content, there)
        assert judgements_of(DIGEST, there) == {1: new}
        assert (result.replaced, result.unchanged) == ((1, 0) if second is new else (0, 1))


HEAD = ",".join(COLUMNS)
GOOD = f"{DIGEST},test,7,4,9,pen,label,9,2026-01-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "its first line has to be .* Received: nothing"),
        (b"a,b,c\n1,2,3\n", "its first line has to be images,part,.*Received: a, b, c"),
        (b"\xff\xfe\x00", "not CSV in UTF-8"),
        (f"{HEAD}\n{GOOD}\n{GOOD.replace(',4,', ',four,')}\n".encode(), "Line 3 .*'four'"),
        (f"{HEAD}\n{GOOD}\n{GOOD.replace(',9,2', ',4,2')}\n".encode(), "Line 3: .*can't be 4"),
        (f"{HEAD}\n{GOOD}\n1,2\n".encode(), "Line 3 is not a valid judgement"),
        (f"{HEAD}\n{GOOD}\n{GOOD.replace(',7,', f',{9**30},')}\n".encode(), "Line 3: .*an index"),
        (f'{HEAD}\n{GOOD}\n"\0'.encode(), "not CSV|not a valid judgement"),
    ],
)
def test_a_bad_file_is_refused_in_words_and_changes_nothing(isolated, content, words):
    stored = judged(5)
    store_judgement(stored)
    with pytest.raises(JudgementError, match=words):
        import_judgements(content)
    assert judgements_of(DIGEST) == {5: stored}


def test_what_is_wrong_with_a_file_is_told_in_the_reader_s_language(isolated):
    with pytest.raises(JudgementError) as refused:
        import_judgements(f"{HEAD}\n{GOOD.replace(',9,2', ',4,2')}\n".encode())
    with speaking("zh"):
        assert _(refused.value) == (
            "第2行：这不是有效的评判：结论是“标签错了”时，它不能是4（标签是4，答案是9）。"
            "没有做任何更改。"
        )


def test_of_two_lines_about_an_image_the_newer_counts(isolated):
    later = GOOD.replace("label,9,2026", "network,4,2027")
    import_judgements(f"{HEAD}\n{later}\n{GOOD}\n".encode())
    assert judgements_of(DIGEST)[7].verdict == "network"


def test_a_damaged_database_is_named(isolated):
    folder = isolated / "runs"
    folder.mkdir()
    (folder / DATABASE).write_text("not a database" * 100)
    for use in (lambda: judgements_of(DIGEST), lambda: store_judgement(judged(1))):
        with pytest.raises(JudgementError, match=r"judgements\.db can't be read or written"):
            use()


def test_a_newer_version_s_database_is_left_alone(isolated):
    store_judgement(judged(1))
    with sqlite3.connect(isolated / "runs" / DATABASE) as database:
        database.execute("PRAGMA user_version = 9")
    with pytest.raises(JudgementError, match="version 9, expected 1"):
        store_judgement(judged(2))


def test_the_accuracy_as_judged():
    # Of five images the network reads the first two as labelled.
    predicted = np.array([1, 2, 9, 9, 5], np.uint8)
    labels = np.array([1, 2, 4, 4, 6], np.uint8)
    indices = np.array([10, 11, 12, 13, 14])
    judgements = {
        12: Judgement(DIGEST, "test", 12, 4, 9, "pen", "label", 9, judged(1).created),
        13: judged(13, "network"),
        14: judged(14, "unclear", label=6, predicted=5),
        99: judged(99),  # of another part
    }
    accuracy = judged_accuracy(predicted, labels, indices, judgements)
    assert (accuracy.correct, accuracy.n, accuracy.judged, accuracy.unclear) == (3, 4, 3, 1)
    assert accuracy.accuracy == 0.75
    assert accuracy.interval[0] < 0.75 < accuracy.interval[1]


def test_a_wrong_label_that_was_read_as_it_says_counts_as_wrong():
    predicted = labels = np.array([4], np.uint8)
    accuracy = judged_accuracy(predicted, labels, np.array([3]), {3: judged(3)})
    assert (accuracy.correct, accuracy.n) == (0, 1)


def test_without_judgements_there_is_no_judged_accuracy():
    ones = np.ones(3, np.uint8)
    assert judged_accuracy(ones, ones, np.arange(3), {}) is None
    unclear = {number: judged(number, "unclear") for number in range(3)}
    assert judged_accuracy(ones, ones, np.arange(3), unclear) is None  # nothing is left


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"," * 21_000_000, "has 21 MB, expected 20"), (b"\n" * 90_000, "first line has to be")],
)
def test_a_large_file_is_refused_before_it_is_read(isolated, content, words):
    with pytest.raises(JudgementError, match=words):
        import_judgements(content, isolated)


def test_a_file_with_too_many_lines_is_refused(isolated):
    content = ",".join(COLUMNS).encode() + b"\n" + b"a\n" * 80_000
    with pytest.raises(JudgementError, match="more judgements than can be read"):
        import_judgements(content, isolated)


def test_rows_that_were_edited_into_nonsense_are_left_out(isolated):
    whole = new_judgement("a" * 64, "test", 3, 8, 2, "pen", "label")
    store_judgement(whole, isolated)
    with closing(sqlite3.connect(isolated / DATABASE)) as database, database:
        row = ("b" * 64, "test", 3, "eight", 2, "pen", "label", 2, "yesterday")
        database.execute(f"INSERT INTO judgements VALUES ({','.join('?' * 9)})", row)
    assert all_judgements(isolated) == [whole]
