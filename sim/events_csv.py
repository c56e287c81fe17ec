"""The timeline as CSV, for those who want to see every event; and every visit of every customer of a bare system (事件明细).

A row an event: `time` (s since the scenario's start), `event`, `issue`, `ticket`, `place`, `place_name`, `member`, `value`, as
`sim.timeline` defines them; -1 where a column has no meaning.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from sim.tables import Tables
from sim.timeline import COLUMNS, Event, Timeline

__all__ = ["events", "visits", "write"]

CHUNK = 200_000         # rows at a time: a year of a large district has millions


def write(timeline: Timeline, tables: Tables, path: Path) -> None:
    """Write the events, and for a bare system beside them `….customers.csv`; the files appear whole.

    Parameters
    ----------
    timeline : Timeline
        What happened.
    tables : Tables
        The scenario it happened in, for the names of places.
    path : Path
        CSV file of the events; its folder is made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _whole(path, (events(timeline, tables, first, first + CHUNK) for first in range(0, max(1, len(timeline)), CHUNK)))
    if tables.bare is not None:
        _whole(path.with_suffix(".customers.csv"), iter([visits(timeline, tables)]))


def events(timeline: Timeline, tables: Tables, first: int = 0, last: int | None = None) -> pd.DataFrame:
    """Rows `first` to `last` of the timeline with the names of events and places."""
    rows = timeline.select(slice(first, last))
    table = pd.DataFrame(rows, columns=list(COLUMNS)).rename(columns={"kind": "event"})
    kinds = np.array([Event(k).name.lower() if k in Event._value2member_map_ else "" for k in range(max(Event) + 1)], object)
    table["event"] = kinds[rows[:, 1]]
    place = rows[:, 4]
    pools = np.array([*tables.pools.key, ""], object)      # -1 takes the last
    names = pools[np.where(place < len(tables.pools.key), place, -1)]
    if tables.city is not None:
        grids = np.array([*tables.city.grid, ""], object)
        occurred = rows[:, 1] == Event.OCCURRED
        names[occurred] = grids[place[occurred]]
    table.insert(COLUMNS.index("place") + 1, "place_name", names)
    return table


def visits(timeline: Timeline, tables: Tables) -> pd.DataFrame:
    """Every visit of every customer of a bare system to a pool (顾客逐次到访).

    Returns
    -------
    DataFrame
        `customer`, `class`, `arrived` (s, in the system), `pool`, `joined`, `started`, `ended` (s; empty where it did not come to
        that) and `end`: served, hung_up, blocked, or open when the run stopped.
    """
    assert tables.bare is not None
    found: list[list[object]] = []
    at: dict[int, list[object]] = {}
    for time, kind, customer, _ticket, place, _member, _value in timeline.rows.tolist():
        if kind in (Event.JOINED, Event.BLOCKED):
            visit = [customer, tables.bare.class_name[timeline.issue_stream[customer]], int(timeline.issue_time[customer]),
                     tables.pools.key[place], None, None, None, "open"]
            found.append(visit)
            if kind == Event.JOINED:
                visit[4], at[customer] = time, visit
            else:
                visit[6:] = time, "blocked"
        elif kind == Event.STARTED and at[customer][5] is None:
            at[customer][5] = time
        elif kind in (Event.ENDED, Event.HUNG_UP):
            at[customer][6:] = time, "served" if kind == Event.ENDED else "hung_up"
    names = ["customer", "class", "arrived", "pool", "joined", "started", "ended", "end"]
    return pd.DataFrame(found, columns=names).astype(dict.fromkeys(("joined", "started", "ended"), "Int64"))


def _whole(path: Path, pieces: Iterator[pd.DataFrame]) -> None:
    """Write pieces of a table one under the other into a spare file, then move it into place."""
    spare = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with spare.open("w", encoding="utf-8-sig", newline="") as file:
            for number, piece in enumerate(pieces):
                piece.to_csv(file, index=False, header=number == 0, lineterminator="\n")
        spare.replace(path)
    finally:
        spare.unlink(missing_ok=True)
