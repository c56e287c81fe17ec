"""Memory that runs use one after another."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from sim import memory
from sim.memory import LINE, blank, lay_back


@pytest.fixture(autouse=True)
def shelf(monkeypatch):
    """A shelf of its own for each test."""
    monkeypatch.setattr(memory, "_shelf", {})


def test_what_is_laid_back_is_used_again_and_blank():
    first = blank(np.int64, 1000)
    first[:] = 7
    lay_back([first])
    again = blank([("a", "i8"), ("b", "i8")], 500)
    assert again.ctypes.data == first.ctypes.data
    assert not again["a"].any()
    assert not again["b"].any()


def test_two_never_have_the_same_memory():
    first = blank(np.int64, 100)
    lay_back([first])
    found = [blank(np.int64, 100) for _number in range(5)]
    assert len({array.ctypes.data for array in found}) == 5


@pytest.mark.parametrize("number", [1, 7, 64, 12_345])
def test_it_begins_at_a_cache_line(number):
    for kind in (np.int8, np.int32, np.dtype([("a", "i4"), ("b", "i1")])):
        found = blank(kind, number)
        assert found.ctypes.data % LINE == 0
        assert (len(found), found.dtype) == (number, np.dtype(kind))


def test_others_and_large_ones_are_not_taken():
    own, part, large = np.zeros(100), np.zeros(100, np.uint8)[3:50], blank(np.int8, memory._LARGEST + 1)
    lay_back([own, part, large])
    assert memory._shelf == {}


def test_only_so_many_are_kept():
    lay_back([blank(np.int8, 10) for _number in range(100)])
    assert [len(kept) for kept in memory._shelf.values()] == [memory._MOST]


def test_threads_do_not_get_in_each_others_way():
    """Each writes its own number into what it is given and finds nothing else there."""
    wrong = []

    def works(number):
        for _round in range(300):
            mine = blank(np.int64, 50)
            if mine.any():
                wrong.append("not blank")
            mine[:] = number
            if (mine != number).any():
                wrong.append("another's")
            lay_back([mine])

    threads = [threading.Thread(target=works, args=(number,)) for number in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
