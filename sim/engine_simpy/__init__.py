"""The reference engine: the model as SimPy processes, one module an actor.

`simulate(tables, draws)` runs one scenario once and gives its timeline.  Whoever wants to know what a clerk or a grid worker does
all day reads `desks.py` or `grid_workers.py` from top to bottom; the rules they follow stand in the files of the nouns.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from sim.engine_simpy import bare, city
from sim.timeline import Timeline

if TYPE_CHECKING:
    from sim.draws import Draws
    from sim.tables import Tables

__all__ = ["simulate"]


def simulate(tables: Tables, draws: Draws) -> Timeline:
    """Run one scenario once.

    Parameters
    ----------
    tables : Tables
        The scenario, a city or a bare system.
    draws : Draws
        The luck of one replication of the same scenario.

    Returns
    -------
    Timeline
        Identical to the last bit for identical inputs.
    """
    collecting, resting = gc.isenabled(), gc.get_freeze_count()
    gc.disable()    # the clock's heap and the processes point at each other; a collection in between finds nothing and costs a fifth
    if not resting:
        gc.freeze()     # and the one at the end need not look through all that was there before: libraries, results, other runs
    try:
        clock = (city if tables.city is not None else bare).play(tables, draws)
        clock.put_away(least=0)
        chunks = tuple(clock.chunks)
        del clock
        gc.collect()    # the district, its people and what lay ahead of them, before the timeline is counted
    finally:
        if not resting:     # else somebody else has frozen what is his
            gc.unfreeze()
        if collecting:
            gc.enable()
    return Timeline(chunks, draws.stream, draws.grid, draws.time, draws.subject, tables.end)
