"""Rows of a run as columns, each in the narrowest type that holds it: `sim.timeline.narrowed` in compiled code."""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

import numpy as np

from sim.compiling import compiled
from sim.timeline import COLUMNS, narrowest

__all__ = ["Columns"]


class Columns:
    """Turns lots of rows into columns, with one piece of memory for all of them."""

    def __init__(self) -> None:
        self._room = np.empty((len(COLUMNS), 0), np.int32)
        self._ends = np.empty((2, len(COLUMNS)), np.int32)

    def of(self, rows: np.ndarray) -> tuple[np.ndarray, ...]:
        """The seven columns of some rows (int32, n by 7); the rows may be overwritten afterwards."""
        if self._room.shape[1] < len(rows):
            self._room = np.empty((len(COLUMNS), len(rows)), np.int32)
        _lay_out(rows, self._room, self._ends)
        lows, highs = self._ends.tolist()
        return tuple(values[:len(rows)].astype(narrowest(low, high)) for values, low, high in zip(self._room, lows, highs, strict=True))


@compiled
def _lay_out(rows, columns, ends):
    """Write rows as columns, and the smallest and the largest number of each column to `ends`."""
    n = len(rows)
    for c in range(columns.shape[0]):
        low = high = rows[0, c] if n else np.int32(0)
        for r in range(n):
            value = rows[r, c]
            columns[c, r] = value
            low = min(low, value)
            high = max(high, value)
        ends[0, c], ends[1, c] = low, high
