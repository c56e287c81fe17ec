"""What the compiled count keeps while a run goes on: one record for each thing that is alive, and where each margin stands.

All margins lie end to end in one array of whole numbers; `layout` says which begins where.  The first record of every kind stands
for none: its `next` is the first free record, its `number` says how many are free.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.calendars import worked_many
from sim.memory import blank
from sim.outcome.counting import axes_of
from sim.outcome.margins import HOUR, categories_of
from sim.tables import AT_SHIFT_END, PoolKind, Tables, once

__all__ = ["ARRAYS", "CALENDAR", "GRID", "GROUP", "ISSUE", "LIMIT", "MARGINS", "MORE", "POOL", "SCRATCH", "SPAN", "TICKET", "WORK", "book_of",
           "empty", "fixed", "larger", "layout"]

MARGINS = {
    "issues_by_category": ("category", "issue_count"), "issues_by_severity": ("severity", "issue_count"),
    "issues_by_street": ("street", "issue_count"), "issues_by_community": ("community", "issue_count"),
    "issues_by_estate_class": ("estate_class", "issue_count"), "issues_by_day": ("day", "issue_count"),
    "tickets_by_category": ("category", "ticket_count"), "tickets_by_severity": ("severity", "ticket_count"),
    "tickets_by_tier": ("tier", "ticket_count"), "tickets_by_street": ("street", "ticket_count"),
    "tickets_by_community": ("community", "ticket_count"), "tickets_by_day": ("day", "ticket_count"),
    "scores_by_category": ("category", "score"), "scores_by_street": ("street", "score"), "scores_by_community": ("community", "score"),
    "times_by_severity": ("severity", "time", "bin"), "times_by_category": ("category", "time", "bin"),
    "flow": ("category", "found_at", "sent_to", "ended_at"), "stages_by_category": ("category", "stage"),
    "stages_by_severity": ("severity", "stage"), "stages_by_street": ("street", "stage"), "stages_by_end": ("ended_at", "stage"),
    "pools": ("pool", "pool_count"), "pool_waits": ("pool", "wait_bin"), "pool_stays": ("pool", "wait_bin"),
    "waits_by_category": ("category", "wait_place", "wait_count"), "backlog": ("day", "backlog_state", "tier"),
    "daily": ("day", "daily_count"), "assessments_by_department": ("department", "assessment_count"),
    "assessments_by_street": ("street", "assessment_count"), "trust_by_community": ("community", "trust_count")}
"""Axes of the margins that are counted row by row; the others follow from these, from the waits, or from the tables alone."""

SCRATCH = ("contacts", "occurrences", "desk_edges", "desk_times", "field_edges", "field_times")
"""By hour of the run, for `load`: numbers of contacts and occurrences; of busy pieces, beginnings less ends and the sum of their times."""

_I1, _I2, _I4, _I8 = np.int8, np.int16, np.int32, np.int64

ISSUE = np.dtype([
    ("number", _I4),        # in the timeline
    ("next", _I4),
    ("word", _I8),          # what goes on with it, a field of bits each (`spells.unit_of`)
    ("since", _I4),         # its life is shared out over the stages up to here
    ("works", _I4),         # stretches of work on it that go on, the latest first
    ("services", _I4),      # how many they are
    ("groups", _I4),        # jobs of its own, without a ticket
    ("present", _I4),       # how many of them wait or are in work
    ("tickets", _I4),       # tickets not yet counted
    ("reports", _I4), ("registered", _I4), ("discovered", _I4),     # times: -1 not yet
    ("category", _I2),
    ("how", _I1),           # `ends.OPEN`, `RESOLVED`, `GONE`
    ("severity_now", _I1), ("counted", _I1), ("claimed", _I1), ("sent_tier", _I1),
    ("severity", _I1),      # when it occurred
    ("occurred", _I4), ("ended", _I4), ("grid", _I4),
    ("weight", _I4),
    ("base", _I8),          # harm is weight * ended - base
    ("found_tier", _I1), ("resolved_tier", _I1), ("by_staff", _I1), ("worsened", _I1),
    ("screened", _I1),
    # sensors
    ("by_sensor", _I1),
    # estates
    ("settled", _I1),
    # petitions
    ("petitions", _I2)], align=True)

TICKET = np.dtype([
    ("number", _I4),
    ("next", _I4),          # of those that closed in this second
    ("issue", _I4),         # record of its issue
    ("registered", _I4), ("due", _I8), ("worked", _I4), ("closed", _I4),
    ("dispatched", _I4), ("dispatched_office", _I4), ("signed", _I4), ("signed_office", _I4),   # first times; office: working time by then
    ("first", _I4), ("last", _I4), ("before", _I4),     # units it was dispatched to: the first, the last, the one before that
    ("groups", _I4), ("score", _I4),
    ("dispatches", _I2), ("returns", _I2), ("refused", _I2), ("hops", _I2), ("ordered", _I2), ("lifted", _I2), ("yellow", _I2), ("red", _I2),
    ("severity", _I1), ("tier", _I1), ("reason", _I1), ("how", _I1), ("moving", _I1), ("lost", _I1), ("checked", _I1), ("rework", _I1),
    ("ping_pong", _I1), ("scored", _I1),
    ("released", _I2), ("consulted", _I2), ("agreed", _I2), ("guided", _I1), ("fast_way", _I1),
    ("owned", _I1)], align=True)

GROUP = np.dtype([          # jobs of one ticket (or of an issue itself) at one pool, told apart as first in, first out
    ("number", _I4),        # the pool
    ("next", _I4),
    ("waits", _I4), ("wait_begin", _I4), ("more_waits", _I4),       # how many; the oldest; the others
    ("stays", _I4), ("stay_begin", _I4), ("more_stays", _I4),       # joined and started, not yet ended
    ("works", _I4), ("first_work", _I4), ("last_work", _I4),
    ("alive", _I4),         # after the ticket closed: jobs that may still go on
    ("category", _I2), ("wait_first", _I1), ("purpose", _I1)], align=True)

MORE = np.dtype([("number", _I4), ("next", _I4), ("begin", _I4)], align=True)      # number: 1 the first wait of its job, else 0

WORK = np.dtype([           # a stretch of work that goes on
    ("number", _I4),        # calendar
    ("next", _I4), ("next_of_issue", _I4),
    ("begin", _I4),
    ("done", _I4),          # working time of the calendar by then
    ("span", _I4),          # first interval of the calendar that may overlap it
    ("travel", _I4), ("overtime", _I1), ("way", _I1), ("field", _I1)], align=True)

CALENDAR = np.dtype([("first", _I8), ("stop", _I8), ("at", _I8), ("low", _I8), ("high", _I8)])
SPAN = np.dtype([("start", _I8), ("end", _I8), ("done", _I8)])
POOL = np.dtype([("kind", _I8), ("tier", _I8), ("desk", _I8), ("team", _I8), ("overtime", _I8), ("unlimited", _I8), ("first_member", _I8),
                  ("wait_place", _I8)])
GRID = np.dtype([("community", _I8), ("street", _I8), ("estate_class", _I8)])
LIMIT = np.dtype([("seconds", np.float64), ("working", _I8)])
ARRAYS = ("issues", "tickets", "groups", "works", "mores", "pools", "calendars", "spans", "grids", "limits", "slots", "ticket_slots", "stages",
          "stream", "grid", "time", "waits", "categories", "members", "counts", "row")
_BOOK = np.dtype([(name, _I8) for name in (
    *(f"at_{name}" for name in ARRAYS),     # their addresses
    *MARGINS, *SCRATCH,     # where each begins among the counts
    "issues", "tickets",    # how many numbers of them there is room for
    "city", "categories", "office", "low", "high", "end", "days", "hours", "wait_places",
    "now",
    "closed",               # tickets that closed in this second
    "lost", "lost_at",      # bare: who was refused or hung up last, and may yet turn up elsewhere in the same breath
    "waits",                # waits written down
    "departments")])


@once
def layout(tables: Tables) -> tuple[dict[str, tuple[int, tuple[int, ...]]], int]:
    """Where each margin begins in the array of all, its shape, and the length of the whole.

    Examples
    --------
    >>> from sim.scenario import load
    >>> places, size = layout(load("theory/mm1").tables())
    >>> places["issues_by_category"][0], size > 16
    (0, True)
    """
    axes, places, size = axes_of(tables), {}, 0
    shapes = {name: tuple(len(axes[axis]) for axis in names) for name, names in MARGINS.items()}
    shapes.update(dict.fromkeys(SCRATCH, (-(-tables.end // HOUR) + 1,)))
    for name, shape in shapes.items():
        places[name] = size, shape
        size += int(np.prod(shape))
    return places, size


@once
def book_of(tables: Tables) -> np.ndarray:
    """The book of a run that has not begun: where margins stand, the measured interval, and nothing that goes on; to be copied."""
    (places, _size), books, city = layout(tables), np.zeros(1, _BOOK), tables.city
    book = books[0]
    for name, (place, _) in places.items():
        book[name] = place
    book["city"], book["categories"] = city is not None, len(categories_of(tables)) if city else 2**31
    book["office"] = city.demand.deadline_calendar if city else 0
    book["low"], book["high"], book["end"] = tables.warm_up, tables.warm_up + tables.horizon, tables.end
    book["days"], book["hours"] = places["daily"][1][0], places[SCRATCH[0]][1][0] - 1
    book["departments"] = places["assessments_by_department"][1][0]
    book["wait_places"] = places["waits_by_category"][1][1]
    return books


@once
def fixed(tables: Tables) -> dict[str, np.ndarray]:
    """What the count looks up and never changes, as records side by side; of the calendars, whose present place it notes, a copy."""
    return {"pools": _pools(tables), "calendars": _calendars(tables), "spans": _spans(tables), "grids": _grids(tables),
            "limits": _limits(tables), "categories": np.asarray(tables.city.demand.category if tables.city else [], np.int64),
            "members": np.append(tables.pools.member_calendar, 0).astype(np.int64)}


def _records(kind: np.dtype, columns: dict[str, Any], number: int) -> np.ndarray:
    found = np.zeros(number + 1, kind)      # one more than there are: never empty
    for name, column in columns.items():
        found[name][:number] = column
    return found


def _pools(tables: Tables) -> np.ndarray:
    pools = tables.pools
    return _records(POOL, {
        "kind": pools.kind, "tier": pools.tier, "desk": pools.kind == PoolKind.DESK, "unlimited": pools.unlimited,
        "team": pools.kind == PoolKind.GRID_TEAM, "overtime": pools.at_shift_end == AT_SHIFT_END.index("overtime"),
        "first_member": pools.first_member[:-1], "wait_place": pools.kind if tables.city else np.arange(len(pools.key))}, len(pools.key))


def _calendars(tables: Tables) -> np.ndarray:
    first, each = tables.calendars.first, np.arange(len(tables.calendars.key))
    found = _records(CALENDAR, {
        "first": first[:-1], "stop": first[1:], "at": first[:-1] - 1, "low": worked_many(tables.calendars, each, tables.warm_up),
        "high": worked_many(tables.calendars, each, tables.warm_up + tables.horizon)}, len(each))
    found["first"][-1] = first[-1]      # so that the column is `CalendarTables.first`
    return found


def _spans(tables: Tables) -> np.ndarray:
    calendars = tables.calendars
    return _records(SPAN, {"start": calendars.start, "end": calendars.end, "done": calendars.worked}, len(calendars.start))


def _grids(tables: Tables) -> np.ndarray:
    city = tables.city
    if city is None:
        return np.zeros(1, GRID)
    return _records(GRID, {"community": city.grid_community, "street": city.community_street[city.grid_community],
                            "estate_class": city.grid_class}, len(city.grid))


def _limits(tables: Tables) -> np.ndarray:
    if tables.city is None:
        return np.zeros(1, LIMIT)
    demand = tables.city.demand
    return _records(LIMIT, {"seconds": demand.deadline.ravel(), "working": demand.deadline_working.ravel()}, demand.deadline.size)


def empty(kind: np.dtype, number: int) -> np.ndarray:
    """So many records, all of them free.

    Examples
    --------
    >>> records = empty(MORE, 4)
    >>> records["next"].tolist(), int(records[0]["number"])
    ([1, 2, 3, 0], 3)
    """
    records = blank(kind, number)
    records["next"] = np.arange(1, number + 1)
    records["next"][-1] = 0
    records[0]["number"] = number - 1
    return records


def larger(records: np.ndarray) -> np.ndarray:
    """Twice as many records, the old ones in their places.

    Examples
    --------
    >>> records = larger(empty(MORE, 2))
    >>> records["next"].tolist(), int(records[0]["number"])
    ([2, 0, 3, 1], 3)
    """
    old = len(records)
    found = blank(records.dtype, 2 * old)
    found[:old] = records
    found["next"][old:] = np.arange(old + 1, 2 * old + 1)
    found["next"][-1] = found[0]["next"]
    found["next"][0] = old
    found["number"][0] += old
    return found
