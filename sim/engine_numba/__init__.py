"""The compiled engine: the model of `sim.engine_simpy` as one loop in machine code, with the same timelines to the last row.

`simulate(tables, draws)` gives the timeline; `outcome(tables, draws)` counts it on the way and never holds it whole.  Whoever wants to
know what a clerk does reads `desks.py` here or there: both follow the rules in the files of the nouns, and an engine owns only who
waits, who is woken and what comes first.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sim.compiling import Stopped
from sim.engine_numba.loop import DONE, begin, run
from sim.engine_numba.world import World
from sim.outcome.compiled import Counter
from sim.timeline import Timeline, joined, narrowed

if TYPE_CHECKING:
    from threading import Event

    import numpy as np

    from sim.draws import Draws
    from sim.outcome import Outcome
    from sim.tables import Tables

__all__ = ["outcome", "simulate", "stretches"]

_CHUNK = 1 << 19


def simulate(tables: Tables, draws: Draws, stop: Event | None = None) -> Timeline:
    """Run one scenario once.

    Parameters
    ----------
    tables : Tables
        The scenario, a city or a bare system.
    draws : Draws
        The luck of one replication of the same scenario.
    stop : threading.Event, optional
        Once set, the run ends with `Stopped`.

    Returns
    -------
    Timeline
        Identical to the last bit with that of `sim.engine_simpy`.
    """
    chunks: list[tuple[np.ndarray, ...]] = []
    parts, size = [], 0
    for rows in stretches(tables, draws, stop):
        parts.append(narrowed(rows))
        size += len(rows)
        if size >= _CHUNK:
            chunks.append(joined(parts))
            parts, size = [], 0
    if parts:
        chunks.append(joined(parts))
    return Timeline(tuple(chunks), draws.stream, draws.grid, draws.time, draws.subject, tables.end)


def outcome(tables: Tables, draws: Draws, stop: Event | None = None) -> tuple[Outcome, int]:
    """Run one scenario once and count it on the way, so that the timeline is never held whole.

    The parameters are those of `simulate`.

    Returns
    -------
    Outcome, int
        What `sim.outcome.count` makes of the timeline, and how many rows that has.
    """
    counter, number = Counter(tables, draws.stream, draws.grid, draws.time), 0
    for rows in stretches(tables, draws, stop):
        counter.feed(rows)
        number += len(rows)
    return counter.finish(), number


def stretches(tables: Tables, draws: Draws, stop: Event | None) -> Iterator[np.ndarray]:
    """The rows of a run in order, some thousands at a time; each lot is overwritten by the next."""
    world = World(tables, draws)
    begin(world.record)
    while True:
        ended = run(world.record) == DONE
        yield world.taken()
        if ended:
            return
        if stop is not None and stop.is_set():
            raise Stopped
        world.make_room()
