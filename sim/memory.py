"""Memory of finished runs for the next ones (内存复用).

A small run writes into a few megabytes.  To be given them anew by the operating system, page by page, takes longer than writing them
does, and keeps other threads waiting; so a finished run lays its arrays on a shelf, from which the next one takes them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

__all__ = ["LINE", "blank", "lay_back"]

LINE = 64           # bytes of a cache line, at which every array begins
_LARGEST = 1 << 22  # bytes of an array that is laid on the shelf; larger ones are rare, and would hold on to much
_MOST = 16          # arrays of one size

_shelf: dict[int, list[np.ndarray]] = {}


def blank(dtype: Any, number: int) -> np.ndarray:
    """An array of zeros that begins at a cache line.

    Parameters
    ----------
    dtype : dtype
        Of its entries; no Python objects.
    number : int
        How many.

    Examples
    --------
    >>> found = blank(np.int32, 5)
    >>> found.tolist(), found.ctypes.data % LINE
    ([0, 0, 0, 0, 0], 0)
    """
    dtype = np.dtype(dtype)
    size = number * dtype.itemsize
    try:
        room = _shelf[size + LINE].pop()
        room.fill(0)
    except (KeyError, IndexError):
        room = np.zeros(size + LINE, np.uint8)
    first = -room.ctypes.data % LINE
    return room[first:first + size].view(dtype)


def lay_back(arrays: Iterable[np.ndarray]) -> None:
    """Lay arrays on the shelf that nobody looks at any more; only those that `blank` gave are taken, and not too many.

    Examples
    --------
    >>> used = blank(np.int64, 12_345)
    >>> used[:] = 7
    >>> address = used.ctypes.data
    >>> lay_back([used])
    >>> again = blank(np.int64, 12_345)
    >>> again.ctypes.data == address, int(again.max())
    (True, 0)
    """
    for array in arrays:
        room = array.base
        if isinstance(room, np.ndarray) and room.dtype == np.uint8 and len(room) == array.nbytes + LINE <= _LARGEST:
            kept = _shelf.setdefault(len(room), [])
            if len(kept) < _MOST:
                kept.append(room)
