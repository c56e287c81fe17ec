"""Where an issue's time goes: its whole life, second by second, split over `STAGES`.

Each spell of an issue (a ticket of it moves, a job of it waits, somebody travels to it, ...) is an interval; at any second the
highest stage that applies counts.  The intervals' ends are sorted and swept: a running count of the spells of each stage, all
packed into one 64-bit number with one field of bits a stage, the highest stage in the highest bits, so that the stage that
counts is read off by comparing that number with powers of two.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from sim.outcome.issues import IssueRecord, ended_at_of, places_of
from sim.outcome.margins import ENDED_AT, SEVERITIES, STAGES, categories_of
from sim.outcome.spells import Pieces, Spells, fold
from sim.tables import PoolKind, Tables
from sim.timeline import Event, Purpose, Timeline

__all__ = ["stage_margins", "sweep"]

_LYING, _LATENT, _HAND_OFF, _WAITING, _RESTING = 0, 1, 2, 3, 9
_TRAVELLING, _HANDLING, _WORKING, _REWORK = 10, 11, 12, 13
_BITS = np.array([1, 1, 6, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5])
_SHIFT = np.cumsum(_BITS) - _BITS
_UNIT = np.uint64(1) << _SHIFT.astype(np.uint64)
_STAGE = np.array([STAGES.index("lying"), STAGES.index("latent"), *range(2, len(STAGES))])
"""Stage of each field of bits: the life of an issue is lying unless something else applies."""
_AT_ONCE = 40_000


def sweep(subject: np.ndarray, field: np.ndarray, begin: np.ndarray, end: np.ndarray, number: int) -> np.ndarray:
    """Seconds of each subject in each stage, where at any second the highest field that applies counts.

    Parameters
    ----------
    subject, field, begin, end : ndarray
        Intervals: whose, field of bits (0 is the whole life), from, until (s).
    number : int
        Number of subjects.

    Returns
    -------
    ndarray of int64, shape (number, stages)

    Examples
    --------
    >>> table = sweep(np.array([0, 0, 0]), np.array([0, 1, 12]), np.array([0, 0, 5]), np.array([20, 8, 12]), 1)
    >>> dict(zip(STAGES, table[0].tolist()))["working"], table[0].tolist()[:2], table.sum().tolist()
    (7, [5, 8], 20)
    """
    who = np.concatenate([subject, subject]).astype(np.int64)
    time = np.concatenate([begin, end]).astype(np.int64)
    step = np.concatenate([_UNIT[field], np.uint64(0) - _UNIT[field]])
    order = np.argsort(who << np.int64(32) | time, kind="stable")
    who, time = who[order], time[order]
    count = np.cumsum(step[order], dtype=np.uint64)
    field_now = np.searchsorted(_UNIT, count[:-1], side="right") - 1
    length = time[1:] - time[:-1]
    lasts = (who[1:] == who[:-1]) & (length > 0) & (field_now >= 0)
    cell = who[:-1][lasts] * len(STAGES) + _STAGE[field_now[lasts]]
    return np.bincount(cell, weights=length[lasts], minlength=number * len(STAGES)).astype(np.int64).reshape(number, len(STAGES))


def stage_margins(timeline: Timeline, tables: Tables, spells: Spells, pieces: Pieces, issues: IssueRecord,
                  ) -> dict[str, np.ndarray]:
    """Seconds in each stage by category, severity, street and end, over the counted issues."""
    counted = np.flatnonzero(issues.counted)
    number = np.full(len(issues.counted), -1, np.int32)
    number[counted] = np.arange(len(counted), dtype=np.int32)
    table = np.zeros((len(counted), len(STAGES)), np.int64)
    chosen = [_of_counted(issues, number, *part) for part in _intervals(timeline, tables, spells, pieces, issues)]
    subject, field, begin, end = (np.concatenate([part[k] for part in chosen]) for k in range(4))
    del chosen
    order = np.argsort(subject, kind="stable")
    subject, field, begin, end = subject[order], field[order], begin[order], end[order]
    edges = np.searchsorted(subject, np.arange(0, len(counted) + _AT_ONCE, _AT_ONCE))
    for block, (low, high) in enumerate(pairwise(edges.tolist())):
        base, size = block * _AT_ONCE, min(_AT_ONCE, len(counted) - block * _AT_ONCE)
        table[base:base + size] = sweep(subject[low:high] - base, field[low:high], begin[low:high], end[low:high], size)
    city = tables.city
    categories, streets = len(categories_of(tables)), len(city.street) if city else 0
    street = places_of(issues.grid[counted], tables)["street"]
    return {"stages_by_category": _by(issues.category[counted], table, categories),
            "stages_by_severity": _by(issues.severity[counted], table, len(SEVERITIES)),
            "stages_by_street": _by(street, table, streets) if city else np.zeros((0, len(STAGES)), np.int64),
            "stages_by_end": _by(ended_at_of(issues)[counted], table, len(ENDED_AT))}


def _by(groups: np.ndarray, table: np.ndarray, number: int) -> np.ndarray:
    return np.stack([fold(groups, table[:, stage], number) for stage in range(table.shape[1])], axis=1)


def _of_counted(issues: IssueRecord, number: np.ndarray, issue: np.ndarray, field: np.ndarray | int, begin: np.ndarray,
                end: np.ndarray) -> tuple[np.ndarray, ...]:
    """Intervals of counted issues, cut to their life; empty ones dropped."""
    begin = np.maximum(begin, issues.occurred[issue]).astype(np.int32)
    end = np.minimum(end, issues.ended[issue]).astype(np.int32)
    kept = np.flatnonzero((number[issue] >= 0) & (end > begin))
    fields = np.broadcast_to(np.asarray(field, np.int8), begin.shape)
    return number[issue[kept]], fields[kept], begin[kept], end[kept]


def _intervals(timeline: Timeline, tables: Tables, spells: Spells, pieces: Pieces, issues: IssueRecord,
               ) -> Iterator[tuple[np.ndarray, np.ndarray | int, np.ndarray, np.ndarray]]:
    """Spells of all issues: (issue, field, begin, end)."""
    every = np.arange(len(issues.occurred))
    yield every, _LYING, issues.occurred, issues.ended
    yield every, _LATENT, issues.occurred, np.where(issues.discovered >= 0, issues.discovered, issues.ended)
    yield _moving(timeline)
    yield spells.issue, (_WAITING + tables.pools.kind[spells.place]).astype(np.int8), spells.begin, spells.end
    yield spells.work_issue, _RESTING, spells.work_begin, spells.work_end
    owner = spells.work_issue[pieces.stretch]
    desk = (tables.pools.kind[spells.work_place] == PoolKind.DESK) | np.isin(spells.work_purpose, (Purpose.VERIFY, Purpose.SCREEN))
    again = _is_rework(timeline, spells)
    field = np.where(desk, _HANDLING, np.where(again, _REWORK, _WORKING)).astype(np.int8)[pieces.stretch]
    way = np.where(again & ~desk, _REWORK, _TRAVELLING).astype(np.int8)[pieces.stretch]
    yield owner, way, pieces.begin, pieces.travel_end
    yield owner, field, pieces.travel_end, pieces.end


def _moving(timeline: Timeline) -> tuple[np.ndarray, int, np.ndarray, np.ndarray]:
    """When a ticket is open and not lying at a hop that lost it."""
    kind = timeline.column("kind")
    rows = np.flatnonzero((kind == Event.REGISTERED) | (kind == Event.RECOVERED) | (kind == Event.LOST) | (kind == Event.CLOSED))
    ticket = timeline.column("ticket")[rows]
    order = np.argsort(ticket, kind="stable")
    rows, ticket = rows[order], ticket[order]
    time = timeline.column("time")[rows]
    until = np.full(len(rows), timeline.end, np.int32)
    if len(rows):
        until[:-1] = np.where(ticket[1:] == ticket[:-1], time[1:], timeline.end)
    on = (kind[rows] == Event.REGISTERED) | (kind[rows] == Event.RECOVERED)
    return timeline.column("issue")[rows[on]], _HAND_OFF, time[on], until[on]


def _is_rework(timeline: Timeline, spells: Spells) -> np.ndarray:
    """Whether a stretch of work began after its ticket was sent back."""
    rows = np.flatnonzero(timeline.column("kind") == Event.REWORK)
    if not len(rows):
        return np.zeros(len(spells.work_row), bool)
    ticket = timeline.column("ticket")
    first = np.full(int(ticket.max()) + 1, len(timeline), np.int64)
    first[ticket[rows][::-1]] = rows[::-1]
    has = spells.work_ticket >= 0
    return has & (spells.work_row > first[np.where(has, spells.work_ticket, 0)])
