"""Randomness of one replication: who arises when, and everybody's luck.

`Draws(tables, seed, replication)` holds all arrivals of the run in the order of their time, and hands out luck: in bulk what surely
happens (attempt 0), one by one what happens again.  See `sim.draws.random` for the generator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.draws.absences import in_replication
from sim.draws.bare import BareLuck, customers_of
from sim.draws.city import CityLuck, issues_of
from sim.draws.random import Block, key_of

if TYPE_CHECKING:
    from sim.tables import Tables

__all__ = ["Block", "Draws", "in_replication", "key_of"]


class Draws:
    """All arrivals of one replication and their luck.

    Parameters
    ----------
    tables : Tables
    seed : int
        0 or more, below 2**63; the same for all replications of an experiment.
    replication : int
        0 or more.
    grain : int
        1 leaves everything as it is drawn.  Above that all times, also those of arrivals, are rounded up to whole grains (s), and all
        factors on times to whole numbers, so that much falls on the same second: for tests of what goes first then.
    compiled : bool
        Whether arrivals are drawn by compiled code (Numba is needed): the same ones, in a fraction of the time.

    Attributes
    ----------
    time, stream, grid, subject : ndarray
        One entry an arrival, by time and then by subject: second, stream (bare: class), grid (bare: 0) and identity (uint64).
    luck : CityLuck or BareLuck
    """

    def __init__(self, tables: Tables, seed: int, replication: int, grain: int = 1, *, compiled: bool = False) -> None:
        self.key = key_of(seed, replication)
        arise, come = issues_of, customers_of
        if compiled:
            from sim.draws import compiled as fast

            arise, come = fast.issues_of, fast.customers_of
        self.time: np.ndarray
        if tables.city is not None:
            self.time, self.stream, self.grid, self.subject = arise(tables, self.key)
            self.luck: CityLuck | BareLuck = CityLuck(tables.city, self.key, grain)
        else:
            self.time, self.stream, self.grid, self.subject = come(tables, self.key)
            self.luck = BareLuck(tables, self.key, grain)
        if grain > 1:
            self.time = np.minimum(-(-self.time // grain) * grain, tables.end).astype(self.time.dtype)
            order = np.lexsort((self.subject, self.time))
            self.time, self.stream, self.grid, self.subject = (
                column[order] for column in (self.time, self.stream, self.grid, self.subject))
