"""The counter: takes rows as an engine writes them and forgets them."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from sim.memory import blank, lay_back
from sim.outcome.compiled.closing import close_all
from sim.outcome.compiled.loop import feed
from sim.outcome.compiled.records import GROUP, ISSUE, MARGINS, MORE, SCRATCH, TICKET, WORK, book_of, empty, fixed, larger, layout
from sim.outcome.counting import outcome_of
from sim.outcome.days import slot_of_hour
from sim.outcome.margins import DAILY_COUNTS, HOUR, ISSUE_COUNTS, POOL_COUNTS, STAGES, TICKET_COUNTS, Outcome
from sim.outcome.pools import packed_quantiles
from sim.outcome.spells import area_from
from sim.tables import Tables, once
from sim.timeline import COLUMNS, Timeline

__all__ = ["Counter", "count_compiled", "warm"]

_ROOM = 1024            # rows counted at least before the records are looked after again
_FIRST_ROOM = 8192      # records to begin with: as many as the rows that an engine hands over at a time
_AT_ONCE = 1 << 16      # rows of a timeline laid out for the counter
_RECORDS = {"issues": ISSUE, "tickets": TICKET, "groups": GROUP, "works": WORK, "mores": MORE}
_CAME_AND_WENT = ("known", "open_tickets", "old_tickets")


class Counter:
    """Counts a run while it goes on; equal to `sim.outcome.count` of its timeline.

    Rows are looked at once and not kept: what is kept is a record for each open issue, ticket, job and stretch of work, a number for
    each issue and ticket, and the waits that were not over in the same second.

    Parameters
    ----------
    tables : Tables
        The scenario that the engine runs.
    issue_stream, issue_grid, issue_time : ndarray
        For each issue number, as in `Timeline`.

    Examples
    --------
    >>> from sim.scenario import load
    >>> counter = Counter(load("theory/mm1").tables(), [0], [-1], [5])
    >>> counter.feed(np.array([[5, 1, 0, -1, -1, -1, 0]], np.int32))
    >>> counter.finish().total("issues_by_day", "open")
    1
    """

    def __init__(self, tables: Tables, issue_stream: Any, issue_grid: Any, issue_time: Any) -> None:
        self.tables = tables
        self._places, size = layout(tables)
        self._books = book_of(tables).copy()
        lasting = fixed(tables)
        stream, grid, time = (np.ascontiguousarray(column, np.int32) for column in (issue_stream, issue_grid, issue_time))
        self._arrays = {
            **lasting, "calendars": lasting["calendars"].copy(), **{name: empty(kind, _FIRST_ROOM) for name, kind in _RECORDS.items()},
            "stream": stream, "grid": grid, "time": time, "slots": np.zeros(len(time), np.int32),
            "ticket_slots": np.zeros(_ROOM, np.int32), "stages": blank(np.int32, _FIRST_ROOM * len(STAGES)),
            "waits": blank(np.int64, 2 * _FIRST_ROOM), "counts": np.zeros(size, np.int64),
            "row": np.zeros(max(len(ISSUE_COUNTS), len(TICKET_COUNTS)), np.int64)}
        self._books["issues"] = len(time)
        self._kept: list[np.ndarray] = []
        self._free: dict[str, np.ndarray] = {}
        self._note_addresses()

    def _note_addresses(self) -> None:
        """Tell the book where everything is."""
        for name, array in self._arrays.items():
            self._books[f"at_{name}"] = array.ctypes.data
        self._books["tickets"] = len(self._arrays["ticket_slots"])
        self._free = {name: self._arrays[name]["number"] for name in _RECORDS}

    def feed(self, rows: np.ndarray) -> None:
        """Count the next rows of the timeline (int32, n by 7, C-contiguous; others are copied); they may be overwritten afterwards."""
        rows, done = np.require(rows, np.int32, ("C", "W")), 0
        while done < len(rows):
            part = rows[done:done + self._make_room()]
            counted = feed(part, self._books)
            done += counted
            if counted < len(part):
                old = self._arrays["ticket_slots"]
                more = max(2 * len(old), int(part[counted, COLUMNS.index("ticket")]) + 1)
                self._arrays["ticket_slots"] = np.append(old, np.zeros(more - len(old), np.int32))
                self._note_addresses()

    def _make_room(self) -> int:
        """Number of rows that can be counted before anything is full: a row takes at most one record of each kind, and one wait."""
        arrays, waits = self._arrays, int(self._books["waits"][0])
        narrow = [name for name, free in self._free.items() if free[0] < max(_ROOM, len(free) // 8)]
        for name in narrow:
            old, arrays[name] = arrays[name], larger(arrays[name])
            lay_back([old])
        if "issues" in narrow:
            old, arrays["stages"] = arrays["stages"], blank(np.int32, 2 * len(arrays["stages"]))
            arrays["stages"][:len(old)] = old
            lay_back([old])
        if waits > len(arrays["waits"]) // 2:
            self._kept.append(arrays["waits"][:waits].copy())
            self._books["waits"] = waits = 0
            if len(arrays["waits"]) < _AT_ONCE:
                arrays["waits"] = np.zeros(2 * len(arrays["waits"]), np.int64)
                narrow.append("waits")
        if narrow:
            self._note_addresses()
        return min(len(arrays["waits"]) - waits, *(int(free[0]) for free in self._free.values()))

    def finish(self) -> Outcome:
        """The run has stopped: its outcome.  Nothing can be counted afterwards."""
        self._make_room()
        close_all(self._books)
        self._kept.append(self._arrays["waits"][:self._books[0]["waits"]])
        counts = self._arrays["counts"]
        found = {name: counts[first:first + int(np.prod(shape))].reshape(shape) for name, (first, shape) in self._places.items()}
        arrays = {name: found[name] for name in MARGINS}
        arrays["pool_wait_at"] = packed_quantiles(np.concatenate(self._kept), arrays["pools"][:, POOL_COUNTS.index("no_wait")])
        self._kept.clear()
        lay_back(self._arrays[name] for name in (*_RECORDS, "stages", "waits"))
        np.cumsum(arrays["backlog"], axis=0, out=arrays["backlog"])
        for name in _CAME_AND_WENT:
            column = arrays["daily"][:, DAILY_COUNTS.index(name)]
            np.cumsum(column, out=column)
        arrays["load"] = _load(self.tables, *(found[name] for name in SCRATCH))
        return outcome_of(arrays, self.tables)


_slot_of_hour = once(slot_of_hour)


def _load(tables: Tables, contacts: np.ndarray, occurrences: np.ndarray, *edges_and_times: np.ndarray) -> np.ndarray:
    """By load, weekday and hour, from what was counted by hour of the run."""
    slot = _slot_of_hour(tables)
    desk_edges, desk_times, field_edges, field_times = edges_and_times
    hours = (contacts[:-1], occurrences[:-1], area_from(desk_edges, desk_times, HOUR), area_from(field_edges, field_times, HOUR))
    return np.stack([np.bincount(slot, weights=values, minlength=7 * 24).astype(np.int64) for values in hours]).reshape(-1, 7, 24)


def count_compiled(timeline: Timeline, tables: Tables) -> Outcome:
    """`sim.outcome.count` in compiled code: the same outcome.

    Parameters
    ----------
    timeline : Timeline
        From any engine.
    tables : Tables
        The scenario that the engine ran.
    """
    counter = Counter(tables, timeline.issue_stream, timeline.issue_grid, timeline.issue_time)
    for chunk in timeline.chunks:
        for first in range(0, len(chunk[0]), _AT_ONCE):
            counter.feed(np.stack([column[first:first + _AT_ONCE] for column in chunk], axis=1, dtype=np.int32))
    return counter.finish()


def warm() -> None:
    """Have all of the counter compiled, and kept for those who count.

    Examples
    --------
    >>> warm()
    """
    scenario = importlib.import_module("sim.scenario").load("theory/mm1")
    counter = Counter(scenario.tables(), [0], [-1], [5])
    counter.feed(np.array([[5, 1, 0, -1, -1, -1, 0]], np.int32))
    counter.finish()
