"""Judgements: kept, changed, taken back, carried over, and what they make of the accuracy."""

import sqlite3
import threading
from dataclasses import replace

import numpy as np
import pytest

from mnist_core.errors import JudgementError
from mnist_core.review.judgements import (
    COLUMNS,
    DATABASE,
    Judgement,
    all_judgements,
    export_judgements,
    import_judgements,
    judged_accuracy,
    judgement,
    judgements_of,
    keep_judgement,
    take_back,
)

IMAGES, OTHER = "a" * 64, "b" * 64


def judged(number, verdict="label", label=4, said=9, images=IMAGES, digit=None):
    return judgement(images, "test", number, label, said, "pen", verdict, digit)


def test_a_judgement_says_what_the_image_shows():
    assert judged(1, "network").digit == 4
    assert judged(1, "label").digit == 9
    assert judged(1, "label", digit=7).digit == 7
    assert judged(1, "unclear").digit is None


def test_a_right_answer_can_be_judged_too():
    assert judged(1, "label", label=4, said=4, digit=9).digit == 9
    with pytest.raises(JudgementError, match="where the network is wrong, it can't be 4"):
        judged(1, "network", label=4, said=4)
    with pytest.raises(JudgementError, match="where the label is wrong, it can't be 4"):
        judged(1, "label", label=4, said=4)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"verdict": "both"}, "its verdict is one of network, label, unclear"),
        ({"part": "all"}, "test or train"),
        ({"images": "xyz"}, "SHA-256 of 64 hex digits"),
        ({"number": -1}, "an index, from 0 on"),
        ({"label": 10}, "digits, 0 to 9"),
        ({"digit": 4}, "where the label is wrong, it can't be 4"),
        ({"digit": None}, "can't be None"),
        ({"digit": 11}, "can't be 11"),
        ({"verdict": "unclear"}, "where nobody can tell, it can't be 9"),
        ({"verdict": "network"}, "where the network is wrong, it can't be 9"),
        ({"judged": "yesterday"}, "a time with its zone"),
        ({"judged": "2026-01-01T00:00:00"}, "a time with its zone"),
    ],
)
def test_what_is_no_judgement_is_refused_in_words(change, words):
    with pytest.raises(JudgementError, match=words):
        replace(judged(1), **change)


def test_they_are_kept_changed_and_taken_back(isolated):
    assert judgements_of(IMAGES) == {} and all_judgements() == []
    assert not (isolated / "runs").exists()  # looking makes nothing
    first, second, elsewhere = judged(1), judged(2, "unclear"), judged(1, images=OTHER)
    for one in (first, second, elsewhere):
        keep_judgement(one)
    assert judgements_of(IMAGES) == {1: first, 2: second}
    changed = judged(1, "network")
    keep_judgement(changed)
    assert judgements_of(IMAGES)[1] == changed
    take_back(IMAGES, 1)
    assert judgements_of(IMAGES) == {2: second}
    assert judgements_of(OTHER) == {1: elsewhere}
    take_back(IMAGES, 1)  # once more does nothing


def test_many_can_judge_at_once(isolated):
    def judge(start):
        for number in range(start, start + 20):
            keep_judgement(judged(number))

    threads = [threading.Thread(target=judge, args=(20 * who,)) for who in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(judgements_of(IMAGES)) == set(range(100))


def test_what_is_exported_can_be_brought_in_elsewhere(isolated):
    for one in (judged(1), judged(2, "unclear"), judged(3, "network")):
        keep_judgement(one)
    content = export_judgements().encode()
    elsewhere = isolated / "elsewhere"
    assert import_judgements(content, elsewhere).words == (
        "3 judgements added, 0 replaced by newer ones, 0 left as they were."
    )
    assert judgements_of(IMAGES, elsewhere) == judgements_of(IMAGES)
    again = import_judgements(content, elsewhere)
    assert (again.added, again.changed, again.left) == (0, 0, 3)


def test_the_newer_judgement_of_an_image_stays(isolated):
    old = replace(judged(1), judged="2026-01-01T01:00:00+01:00")
    new = replace(judged(1, "unclear"), judged="2026-01-01T00:30:00+00:00")  # half an hour later
    for first, second in ((old, new), (new, old)):
        folder = isolated / first.verdict
        keep_judgement(second, folder)
        content = export_judgements(folder).encode()
        there = isolated / f"{first.verdict}-there"
        keep_judgement(first, there)
        found = import_judgements(content, there)
        assert judgements_of(IMAGES, there) == {1: new}
        assert (found.changed, found.left) == ((1, 0) if second is new else (0, 1))


HEAD = ",".join(COLUMNS)
GOOD = f"{IMAGES},test,7,4,9,pen,label,9,2026-01-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "its first line has to be .* Received: nothing"),
        (b"a,b,c\n1,2,3\n", "its first line has to be images,part,.*Received: a, b, c"),
        (b"\xff\xfe\x00", "not CSV in UTF-8"),
        (f"{HEAD}\n{GOOD}\n{GOOD.replace(',4,', ',four,')}\n".encode(), "Line 3 .*'four'"),
        (f"{HEAD}\n{GOOD}\n{GOOD.replace(',9,2', ',4,2')}\n".encode(), "Line 3: .*can't be 4"),
        (f"{HEAD}\n{GOOD}\n1,2\n".encode(), "Line 3 is not a judgement"),
        (f"{HEAD}\n{GOOD}\n{GOOD.replace(',7,', f',{9**30},')}\n".encode(), "Line 3: .*an index"),
        (f'{HEAD}\n{GOOD}\n"\0'.encode(), "not CSV|not a judgement"),
    ],
)
def test_a_bad_file_is_refused_in_words_and_changes_nothing(isolated, content, words):
    kept = judged(5)
    keep_judgement(kept)
    with pytest.raises(JudgementError, match=words):
        import_judgements(content)
    assert judgements_of(IMAGES) == {5: kept}


def test_of_two_lines_about_an_image_the_newer_counts(isolated):
    later = GOOD.replace("label,9,2026", "network,4,2027")
    import_judgements(f"{HEAD}\n{later}\n{GOOD}\n".encode())
    assert judgements_of(IMAGES)[7].verdict == "network"


def test_a_damaged_database_is_named(isolated):
    folder = isolated / "runs"
    folder.mkdir()
    (folder / DATABASE).write_text("not a database" * 100)
    for use in (lambda: judgements_of(IMAGES), lambda: keep_judgement(judged(1))):
        with pytest.raises(JudgementError, match=r"judgements\.db can't be read or written"):
            use()


def test_a_newer_version_s_database_is_left_alone(isolated):
    keep_judgement(judged(1))
    with sqlite3.connect(isolated / "runs" / DATABASE) as database:
        database.execute("PRAGMA user_version = 9")
    with pytest.raises(JudgementError, match="version 9, expected 1"):
        keep_judgement(judged(2))


def test_the_accuracy_as_judged():
    # Of five images the network reads the first two as labelled.
    predicted = np.array([1, 2, 9, 9, 5], np.uint8)
    labels = np.array([1, 2, 4, 4, 6], np.uint8)
    numbers = np.array([10, 11, 12, 13, 14])
    judgements = {
        12: Judgement(IMAGES, "test", 12, 4, 9, "pen", "label", 9, judged(1).judged),
        13: judged(13, "network"),
        14: judged(14, "unclear", label=6, said=5),
        99: judged(99),  # of another part
    }
    found = judged_accuracy(predicted, labels, numbers, judgements)
    assert (found.right, found.n, found.judged, found.unclear) == (3, 4, 3, 1)
    assert found.accuracy == 0.75
    assert found.interval[0] < 0.75 < found.interval[1]


def test_a_wrong_label_that_was_read_as_it_says_counts_as_wrong():
    predicted = labels = np.array([4], np.uint8)
    found = judged_accuracy(predicted, labels, np.array([3]), {3: judged(3)})
    assert (found.right, found.n) == (0, 1)


def test_without_judgements_there_is_no_judged_accuracy():
    ones = np.ones(3, np.uint8)
    assert judged_accuracy(ones, ones, np.arange(3), {}) is None
    unclear = {number: judged(number, "unclear") for number in range(3)}
    assert judged_accuracy(ones, ones, np.arange(3), unclear) is None  # nothing is left
