"""Rows of a run as columns, each in the narrowest type that holds it: `sim.timeline.narrowed` in compiled code."""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

import numpy as np

from sim.compiling import compiled
from sim.timeline import COLUMNS, narrowest

__all__ = ["Columns"]

_SHELF = 1 << 23
_APART = 1040       # places between columns, so that they do not meet in the same lines of the cache


class Columns:
    """Takes rows and gives them back as columns.

    Parameters
    ----------
    most : int
        Rows that it has room for.
    """

    def __init__(self, most: int) -> None:
        self._room = np.empty((len(COLUMNS), most + _APART), np.int32)
        self._ends = np.zeros((2, len(COLUMNS)), np.int32)
        self._shelf = np.empty(0, np.uint8)
        self.number = 0

    def add(self, rows: np.ndarray) -> None:
        """Some more rows (int32, n by 7), for which there must be room; they may be overwritten afterwards."""
        _lay_out(rows, self._room, self.number, self._ends)
        self.number += len(rows)

    def taken(self) -> tuple[np.ndarray, ...]:
        """The seven columns of all rows since the last time."""
        lows, highs = self._ends.tolist()
        found = tuple(self._kept(values[:self.number], np.dtype(narrowest(low, high))) for values, low, high in zip(
            self._room, lows, highs, strict=True))
        self._ends[:] = self.number = 0
        return found

    def _kept(self, values: np.ndarray, kind: np.dtype) -> np.ndarray:
        """A copy of another type, in one of a few large pieces of memory: the system hands these out with less ado than many small ones."""
        size = len(values) * kind.itemsize
        if self._shelf.nbytes < size:
            self._shelf = np.empty(max(_SHELF, size), np.uint8)
        found = self._shelf[:size].view(kind)
        found[...] = values
        self._shelf = self._shelf[-(-size // 64) * 64:]
        return found


@compiled
def _lay_out(rows, columns, first, ends):
    """Write rows as columns from a place on; `ends` are the smallest and the largest number of each column so far, and 0."""
    for r in range(len(rows)):
        at = first + r
        columns[0, at], columns[1, at], columns[2, at], columns[3, at] = rows[r, 0], rows[r, 1], rows[r, 2], rows[r, 3]
        columns[4, at], columns[5, at], columns[6, at] = rows[r, 4], rows[r, 5], rows[r, 6]
    for c in range(columns.shape[0]):
        low, high = ends[0, c], ends[1, c]
        for at in range(first, first + len(rows)):      # by itself, so that several are compared at once
            low, high = np.int32(min(low, columns[c, at])), np.int32(max(high, columns[c, at]))
        ends[0, c], ends[1, c] = low, high
