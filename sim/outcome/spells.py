"""From rows to spells: which job waited where from when to when, and who worked on it.

A job is known by its ticket (without one, by its issue) and the pool at which it queues.  Several alike may be there at once,
such as two residents on the telephone about one pothole; they are told apart as first in, first out, which leaves all sums as
they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.calendars import worked_many
from sim.tables import AT_SHIFT_END, Tables
from sim.timeline import Event, Timeline

__all__ = ["ABANDONED", "PENDING", "STARTED", "WITHDRAWN", "Pieces", "Spells", "area_at", "area_from", "first_in_first_out", "fold",
           "pieces_of", "spells_of", "within"]

PENDING, STARTED, ABANDONED, WITHDRAWN = range(4)
"""How a wait came out."""
_QUEUE_ROWS = (Event.JOINED, Event.STARTED, Event.SUSPENDED, Event.ENDED, Event.HUNG_UP, Event.LIFTED, Event.SECONDED, Event.HANDED_OVER)


@dataclass(frozen=True)
class Spells:
    """Waits and service stretches, one entry each; times in seconds, open ones ending with the run.

    Attributes
    ----------
    issue, place, begin, end : ndarray of int32, shape (waits,)
        Every stretch of waiting, after pre-emption and hand-over too.
    came_out, first : ndarray of int8, bool
        How it came out; whether it is the job's first wait at this pool (since it joined).
    stays_issue, stays_place, stays : ndarray
        Issue, pool and seconds from joining to the end, of jobs that ended, by the second they joined (`stays_joined`).
    work_issue, work_ticket, work_place, work_member, work_begin, work_end, work_travel : ndarray of int32, shape (stretches,)
        Every stretch of service; `work_travel` is the travel ahead at its start.
    work_purpose, work_row : ndarray
        `timeline.Purpose` of the job, and the row that started the stretch.
    """

    issue: np.ndarray
    place: np.ndarray
    begin: np.ndarray
    end: np.ndarray
    came_out: np.ndarray
    first: np.ndarray
    stays_issue: np.ndarray
    stays_place: np.ndarray
    stays_joined: np.ndarray
    stays: np.ndarray
    work_issue: np.ndarray
    work_ticket: np.ndarray
    work_place: np.ndarray
    work_member: np.ndarray
    work_begin: np.ndarray
    work_end: np.ndarray
    work_travel: np.ndarray
    work_purpose: np.ndarray
    work_row: np.ndarray


@dataclass(frozen=True)
class Pieces:
    """Service stretches cut at their member's shifts: the seconds in which somebody is really at it.

    `stretch` is the index of the stretch; `travel_end` parts travel (before it) from work.
    """

    stretch: np.ndarray
    begin: np.ndarray
    travel_end: np.ndarray
    end: np.ndarray


def first_in_first_out(groups_in: np.ndarray, groups_out: np.ndarray) -> np.ndarray:
    """For each entrance, the exit of the same group and rank; -1 where there is none (yet).

    Parameters
    ----------
    groups_in, groups_out : ndarray of int
        Group of each entrance and exit, ascending.

    Examples
    --------
    >>> first_in_first_out(np.array([0, 0, 2]), np.array([0, 1, 2])).tolist()
    [0, -1, 2]
    """
    if not len(groups_in):
        return np.empty(0, np.int64)
    number = int(max(groups_in[-1], groups_out[-1] if len(groups_out) else 0)) + 1
    into = np.bincount(groups_in, minlength=number)
    out = np.bincount(groups_out, minlength=number)
    rank = np.arange(len(groups_in)) - (np.cumsum(into) - into)[groups_in]
    return np.where(rank < out[groups_in], (np.cumsum(out) - out)[groups_in] + rank, -1)


def _queue_rows(timeline: Timeline, pools: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the queues in the order job by job, and the number of the job of each."""
    kind = timeline.column("kind")
    wanted = np.zeros(max(Event) + 1, bool)
    wanted[list(_QUEUE_ROWS)] = True
    chosen = np.flatnonzero(wanted[kind]).astype(np.int32)
    ticket = timeline.column("ticket")[chosen].astype(np.int64)
    key = np.where(ticket >= 0, ticket + len(timeline.issue_time), timeline.column("issue")[chosen])
    key = key * pools + timeline.column("place")[chosen]
    order = np.argsort(key, kind="stable")
    key = key[order]
    job = np.zeros(len(key), np.int32)
    if len(key):
        np.cumsum(key[1:] != key[:-1], out=job[1:])
    return chosen[order], job


def _lifts_that_took(kind: np.ndarray, job: np.ndarray) -> np.ndarray:
    """Which LIFTED and SECONDED rows took a job out of the queue (others found it elsewhere)."""
    lifted = (kind == Event.LIFTED) | (kind == Event.SECONDED)
    if not lifted.any():
        return lifted
    step = np.isin(kind, (Event.JOINED, Event.SUSPENDED)).astype(np.int32) - np.isin(kind, (Event.STARTED, Event.HUNG_UP, Event.HANDED_OVER))
    waiting, lifts = np.cumsum(step), np.cumsum(lifted)
    begin = np.flatnonzero(np.r_[True, job[1:] != job[:-1]])
    before = begin[job]
    waiting -= np.where(before > 0, waiting[before - 1], 0)
    lifts -= np.where(before > 0, lifts[before - 1], 0)
    return lifted & (waiting >= lifts)


def spells_of(timeline: Timeline, tables: Tables) -> Spells:
    """Waits and service stretches of a run.

    A job that is taken away unserved (its ticket is lifted a tier, handed over or closed, or somebody else is seconded to it) stops waiting
    there and then.
    """
    rows, job = _queue_rows(timeline, len(tables.pools.key))
    kind = timeline.column("kind")[rows].astype(np.int8)
    time = timeline.column("time")[rows]
    end = timeline.end
    took = _lifts_that_took(kind, job)

    into = np.flatnonzero((kind == Event.JOINED) | (kind == Event.SUSPENDED))
    out = np.flatnonzero((kind == Event.STARTED) | (kind == Event.HUNG_UP) | (kind == Event.HANDED_OVER) | took)
    exit_ = first_in_first_out(job[into], job[out])
    leaving = np.append(out, 0)[exit_]      # whoever never leaves (-1) takes the row added last, and no notice of it
    code = np.zeros(max(Event) + 1, np.int8)
    code[[Event.STARTED, Event.HUNG_UP, Event.LIFTED, Event.SECONDED, Event.HANDED_OVER]] = STARTED, ABANDONED, WITHDRAWN, WITHDRAWN, WITHDRAWN
    came_out = np.where(exit_ >= 0, code[kind[leaving]], PENDING).astype(np.int8)
    until = np.where(exit_ >= 0, time[leaving], end).astype(np.int32)
    first = kind[into] == Event.JOINED
    ticket = timeline.column("ticket")[rows[into]]
    _end_with_the_ticket(timeline, ticket, came_out, until)

    joined = into[first & (came_out == STARTED)]
    ended = np.flatnonzero(kind == Event.ENDED)
    last = first_in_first_out(job[joined], job[ended])
    stayed = last >= 0

    begun = np.flatnonzero(kind == Event.STARTED)
    stops = np.flatnonzero((kind == Event.ENDED) | (kind == Event.SUSPENDED))
    stop = first_in_first_out(job[begun], job[stops])
    work_end = np.where(stop >= 0, time[stops[stop]] if len(stops) else end, end).astype(np.int32)
    purpose = _purposes(timeline, rows, kind, job, begun)
    cell = timeline.rows
    return Spells(
        issue=cell[rows[into], 2], place=cell[rows[into], 4], begin=time[into], end=until, came_out=came_out, first=first,
        stays_issue=cell[rows[joined[stayed]], 2], stays_place=cell[rows[joined[stayed]], 4], stays_joined=time[joined[stayed]],
        stays=time[ended[last[stayed]]] - time[joined[stayed]],
        work_issue=cell[rows[begun], 2], work_ticket=cell[rows[begun], 3], work_place=cell[rows[begun], 4],
        work_member=cell[rows[begun], 5], work_begin=time[begun], work_end=work_end, work_travel=cell[rows[begun], 6],
        work_purpose=purpose, work_row=rows[begun])


def _end_with_the_ticket(timeline: Timeline, ticket: np.ndarray, came_out: np.ndarray, until: np.ndarray) -> None:
    """A job still in a queue when its ticket closes waits no longer (changes `came_out` and `until`)."""
    pending = np.flatnonzero((came_out == PENDING) & (ticket >= 0))
    closed = timeline.column("kind") == Event.CLOSED
    if not len(pending) or not closed.any():
        return
    at = np.full(int(timeline.column("ticket").max()) + 1, timeline.end, np.int32)
    at[timeline.column("ticket")[closed]] = timeline.column("time")[closed]
    early = at[ticket[pending]] < timeline.end
    until[pending[early]] = at[ticket[pending[early]]]
    came_out[pending[early]] = WITHDRAWN


def _purposes(timeline: Timeline, rows: np.ndarray, kind: np.ndarray, job: np.ndarray, begun: np.ndarray) -> np.ndarray:
    """Purpose of each stretch: that of the job's latest JOINED row before it."""
    joins = np.flatnonzero(kind == Event.JOINED)
    if not len(joins):
        return np.zeros(len(begun), np.int8)
    latest = np.maximum(np.searchsorted(joins, begun) - 1, 0)
    return timeline.rows[rows[joins[latest]], 6].astype(np.int8)


def pieces_of(spells: Spells, tables: Tables) -> Pieces:
    """Service stretches cut at the shifts of their members.

    Members who work overtime are at it from start to end; others only while their calendar works, the rest is rest 休息.
    """
    pools, calendars = tables.pools, tables.calendars
    begin, end = spells.work_begin.astype(np.int64), spells.work_end.astype(np.int64)
    calendar = calendars_of(spells, tables)
    wide = np.int64(2**40)
    owner = np.repeat(np.arange(len(calendars.key)), np.diff(calendars.first)) * wide
    first = np.searchsorted(owner + calendars.start, calendar * wide + begin, side="right") - 1
    last = np.searchsorted(owner + calendars.start, calendar * wide + end, side="left") - 1
    first = np.maximum(first, calendars.first[calendar])
    overtime = pools.at_shift_end[spells.work_place] == AT_SHIFT_END.index("overtime")
    number = np.where(overtime, 1, np.maximum(last - first + 1, 0))
    stretch = np.repeat(np.arange(len(begin), dtype=np.int32), number)
    k = np.arange(len(stretch)) - np.repeat(np.cumsum(number) - number - first, number)
    whole = overtime[stretch]
    k = np.where(whole, 0, k) if len(calendars.start) else np.zeros(len(stretch), np.int64)
    piece_begin = np.where(whole, begin[stretch], np.maximum(begin[stretch], calendars.start[k]))
    piece_end = np.where(whole, end[stretch], np.minimum(end[stretch], calendars.end[k]))
    before = worked_many(calendars, calendar, begin)
    done = np.where(whole, 0, calendars.worked[k] + piece_begin - calendars.start[k] - before[stretch])
    travel_end = piece_begin + np.clip(spells.work_travel[stretch] - done, 0, np.maximum(piece_end - piece_begin, 0))
    real = piece_end > piece_begin
    return Pieces(stretch[real], piece_begin[real].astype(np.int32), travel_end[real].astype(np.int32),
                  piece_end[real].astype(np.int32))


def calendars_of(spells: Spells, tables: Tables) -> np.ndarray:
    """Calendar of the member of each stretch (the servers of an unlimited pool, who stand in no roster, keep the first)."""
    pools = tables.pools
    place = np.asarray(spells.work_place)
    listed = pools.unlimited[place] == 0
    where = np.where(listed, pools.first_member[place] + spells.work_member, 0)
    calendars = np.append(pools.member_calendar, 0)
    return np.where(listed, calendars[where], 0).astype(np.int64)


def within(begin: np.ndarray, end: np.ndarray, low: int, high: int) -> np.ndarray:
    """Seconds of each interval that lie in [low, high).

    Examples
    --------
    >>> within(np.array([0, 5, 30]), np.array([10, 25, 40]), 8, 20).tolist()
    [2, 12, 0]
    """
    return np.maximum(np.minimum(end, high).astype(np.int64) - np.maximum(begin, low), 0)


def area_at(begin: np.ndarray, end: np.ndarray, step: int, number: int) -> np.ndarray:
    """Seconds of all intervals together that lie in each of `number` steps of time, exactly.

    Examples
    --------
    >>> area_at(np.array([0, 5]), np.array([10, 25]), 10, 3).tolist()
    [15, 10, 5]
    """
    edges, sums = np.zeros(number + 1, np.int64), np.zeros(number + 1, np.int64)
    for times, sign in ((begin, 1), (end, -1)):
        slot = np.minimum(times // step, number)
        edges += sign * np.bincount(slot, minlength=number + 1)
        sums += sign * np.bincount(slot, weights=times, minlength=number + 1).astype(np.int64)
    return area_from(edges, sums, step)


def area_from(edges: np.ndarray, sums: np.ndarray, step: int) -> np.ndarray:
    """`area_at` from what stands in each step: beginnings less ends, and the sum of their times (the last entry: beyond all steps).

    Examples
    --------
    >>> area_from(np.array([2, -1, -1, 0]), np.array([0 + 5, -10, -25, 0]), 10).tolist()
    [15, 10, 5]
    """
    edge = np.arange(1, len(edges), dtype=np.int64) * step
    total = np.cumsum(edges[:-1]) * edge - np.cumsum(sums[:-1])
    return np.diff(total, prepend=0)


def fold(groups: np.ndarray, values: np.ndarray, number: int) -> np.ndarray:
    """Sum of whole numbers by group (int64), exact below 2^53.

    Examples
    --------
    >>> fold(np.array([0, 2, 2]), np.array([5, 1, 2]), 3).tolist()
    [5, 0, 3]
    """
    return np.bincount(groups, weights=values, minlength=number).astype(np.int64)
