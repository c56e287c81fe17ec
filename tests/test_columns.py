"""Rows as columns, compiled: the same as what the timeline makes of them."""

from __future__ import annotations

import numpy as np
import pytest

from sim.timeline import narrowed

pytest.importorskip("numba")

from sim.engine_numba.columns import Columns  # noqa: E402


def test_rows_come_back_as_the_narrowest_columns():
    dice = np.random.default_rng(7)
    limits = np.array([2**31 - 1, 40, 70_000, 200, 127, 128, 5])
    columns = Columns(1000)
    for lots in ((0,), (1,), (3, 500, 0, 497), (1000,), (999, 1)):
        rows = [(dice.random((number, 7)) * (limits + 2) - 1).astype(np.int32) for number in lots]
        for lot in rows:
            columns.add(lot)
        found, expected = columns.taken(), narrowed(np.concatenate(rows))
        for mine, theirs in zip(found, expected, strict=True):
            assert mine.dtype == theirs.dtype
            assert mine.tolist() == theirs.tolist()
    assert columns.number == 0


def test_what_was_taken_stays_as_it_is():
    columns = Columns(10)
    columns.add(np.full((2, 7), 300, np.int32))
    early = columns.taken()
    columns.add(np.full((2, 7), -1, np.int32))
    late = columns.taken()
    assert [column.tolist() for column in early] == [[300, 300]] * 7
    assert [column.tolist() for column in late] == [[-1, -1]] * 7
