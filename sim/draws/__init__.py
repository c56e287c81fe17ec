"""Randomness of one replication: who arises when, and everybody's luck.

`Draws(tables, seed, replication)` holds all arrivals of the run in the order of their time, and hands out luck: in bulk what surely
happens (attempt 0), one by one what happens again.  See `sim.draws.random` for the generator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.draws.bare import BareLuck, customers_of
from sim.draws.city import CityLuck, issues_of
from sim.draws.random import Block, key_of

if TYPE_CHECKING:
    import numpy as np

    from sim.tables import Tables

__all__ = ["Block", "Draws"]


class Draws:
    """All arrivals of one replication and their luck.

    Parameters
    ----------
    tables : Tables
    seed : int
        0 or more, below 2**63; the same for all replications of an experiment.
    replication : int
        0 or more.

    Attributes
    ----------
    time, stream, grid, subject : ndarray
        One entry an arrival, by time and then by subject: second, stream (bare: class), grid (bare: 0) and identity (uint64).
    luck : CityLuck or BareLuck
    """

    def __init__(self, tables: Tables, seed: int, replication: int) -> None:
        self.key = key_of(seed, replication)
        self.time: np.ndarray
        if tables.city is not None:
            self.time, self.stream, self.grid, self.subject = issues_of(tables, self.key)
            self.luck: CityLuck | BareLuck = CityLuck(tables.city, self.key)
        else:
            self.time, self.stream, self.grid, self.subject = customers_of(tables, self.key)
            self.luck = BareLuck(tables, self.key)
