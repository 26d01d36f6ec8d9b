"""Scripts take turns, in the order in which they asked."""

import threading

import pytest

from pages.shared.turns import Turns
from tests.pages.test_pages import app, page_html


def test_those_who_wait_come_in_the_order_in_which_they_asked():
    turns, order, threads = Turns(), [], []

    def work(number):
        with turns.take():
            order.append(number)

    with turns.take():
        for number in range(5):
            threads.append(threading.Thread(target=work, args=(number,)))
            threads[-1].start()
            while turns.waiting <= number:
                pass
        assert order == []
    for thread in threads:
        thread.join()
    assert order == [0, 1, 2, 3, 4] and turns.waiting == 0


def test_one_that_fails_lets_the_next_one_in():
    turns = Turns()
    with pytest.raises(ValueError, match="broken"), turns.take():
        raise ValueError("broken")
    with turns.take():
        assert turns.waiting == 0


def test_the_draw_page_says_when_many_people_draw(monkeypatch):
    assert "Many people are drawing" not in page_html(app())
    monkeypatch.setattr(Turns, "waiting", 20)
    assert "Many people are drawing now" in page_html(app())
