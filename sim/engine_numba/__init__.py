"""The compiled engine: the model of `sim.engine_simpy` as one loop in machine code, with the same timelines to the last row.

`simulate(tables, draws)` gives the timeline; `outcome(tables, draws)` counts it on the way and never holds it whole.  Whoever wants to
know what a clerk does reads `desks.py` here or there: both follow the rules in the files of the nouns, and an engine owns only who
waits, who is woken and what comes first.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sim.compiling import Stopped
from sim.engine_numba.columns import Columns
from sim.engine_numba.loop import DONE, begin, run
from sim.engine_numba.world import World
from sim.outcome.compiled import Counter
from sim.timeline import Timeline

if TYPE_CHECKING:
    from threading import Event

    import numpy as np

    from sim.draws import Draws
    from sim.outcome import Outcome
    from sim.tables import Tables

__all__ = ["outcome", "simulate", "stretches"]

_CHUNK = 1 << 16     # rows: few enough to stay in the cache


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
    chunks, columns = [], Columns(_CHUNK)
    for rows in stretches(tables, draws, stop):
        if columns.number + len(rows) > _CHUNK:
            if columns.number:
                chunks.append(columns.taken())
            if len(rows) > _CHUNK:
                columns = Columns(len(rows))
        columns.add(rows)
    if columns.number:
        chunks.append(columns.taken())
    return Timeline(tuple(chunks), draws.stream, draws.grid, draws.time, draws.subject, tables.end)


def outcome(tables: Tables, draws: Draws, stop: Event | None = None) -> tuple[Outcome, int]:
    """Run one scenario once and count it on the way, so that the timeline is never held whole.

    The parameters are those of `simulate`.

    Returns
    -------
    Outcome, int
        What `sim.outcome.count` makes of the timeline, and how many rows that has.
    """
    world = _world(tables, draws)
    counter, number = Counter(tables, *(world.arrays[name] for name in ("stream", "grid", "time"))), 0
    for rows in _stretches(world, stop):
        counter.feed(rows)
        number += len(rows)
    return counter.finish(), number


def stretches(tables: Tables, draws: Draws, stop: Event | None) -> Iterator[np.ndarray]:
    """The rows of a run in order, some thousands at a time; each lot is overwritten by the next."""
    return _stretches(_world(tables, draws), stop)


def _world(tables: Tables, draws: Draws) -> World:
    """A run before its first second."""
    world = World(tables, draws)
    if tables.city is not None and (tables.city.rules.analysis_every or tables.city.rules.assess_every
                                    or tables.city.reform is not None):
        world.make_room()       # for what comes round and lies ahead from the start
    return world


def _stretches(world: World, stop: Event | None) -> Iterator[np.ndarray]:
    begin(world.record)
    while True:
        ended = run(world.record) == DONE
        yield world.taken()
        if ended:
            world.close()
            return
        if stop is not None and stop.is_set():
            raise Stopped
        world.make_room()
