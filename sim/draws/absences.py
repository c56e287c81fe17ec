"""Who is absent when: the calendars of one replication, in which members are away on leave, sick, not yet replaced, or learning.

Luck is that of a member and a day, so that it is the same in whatever order things happen.  A member is the same one wherever the
organisation has a pool of the same name and a member of that number in it.
"""

from __future__ import annotations

from dataclasses import replace
from zlib import crc32

import numpy as np

from sim.calendars import within_terms
from sim.draws.elementary import log
from sim.draws.random import Block, philox
from sim.tables import AbsenceTables, CalendarTables, PoolTables, Tables

__all__ = ["absences_of", "days_away", "in_replication", "with_absences"]

DAY = 86_400
_UNIT = 2.0**-32


def in_replication(tables: Tables, key: tuple[int, int]) -> Tables:
    """The tables of one replication: those of the scenario, with the calendars of its members' absences.

    Parameters
    ----------
    tables : Tables
    key : tuple of two int
        From `sim.draws.key_of`.

    Returns
    -------
    Tables
        The same ones where nobody is ever absent.

    Examples
    --------
    >>> from sim.draws import key_of
    >>> from sim.scenario import load
    >>> small = load("small/integrated").tables()
    >>> in_replication(small, key_of(1, 0)) is small
    True
    """
    if tables.city is None or not tables.city.absence.on:
        return tables
    return with_absences(tables, *absences_of(tables.pools, tables.city.absence, key, -(-tables.end // DAY)))


def with_absences(tables: Tables, away: np.ndarray, learning: np.ndarray) -> Tables:
    """The tables with these days cut out of the calendars of members, or shortened by what learners lose; pay stays.

    Parameters
    ----------
    tables : Tables
    away, learning : ndarray of bool, shape (members, days)
    """
    calendars, member_calendar = _laid_out(tables, away, learning)
    pools = replace(tables.pools, member_calendar=member_calendar)
    return replace(tables, calendars=calendars, pools=replace(pools, wage_per_second=_wages(tables, pools, calendars)))


def absences_of(pools: PoolTables, rules: AbsenceTables, key: tuple[int, int], days: int) -> tuple[np.ndarray, np.ndarray]:
    """Days on which each member is away, and on which a member is learning; both of bool, shape (members, days)."""
    names = np.concatenate([(np.uint64(crc32(name.encode())) << np.uint64(16)) | np.arange(heads, dtype=np.uint64)
                            for name, heads in zip(pools.key, np.diff(pools.first_member).tolist(), strict=True)])
    low, high = (np.repeat(part, days) for part in (names & np.uint64(0xFFFFFFFF), names >> np.uint64(32)))
    words = philox(key, (low, high, np.uint64(Block.ABSENCE), np.tile(np.arange(days, dtype=np.uint64), len(names))))
    return days_away(rules, *((word.astype(np.float64) + 0.5).reshape(len(names), days) * _UNIT for word in words))


def days_away(rules: AbsenceTables, leave: np.ndarray, falls_ill: np.ndarray, length: np.ndarray, goes: np.ndarray) -> tuple[
        np.ndarray, np.ndarray]:
    """Days away and days of learning from luck, an array (members, days) for each lane of `Block.ABSENCE`.

    Examples
    --------
    >>> never, rules = np.ones((1, 6)), AbsenceTables(1, 0.1, 0.1, 2.0, 0.1, 1, 2, 0.3)
    >>> ill, out = never.copy(), never.copy()
    >>> ill[0, 1], out[0, 3] = 0.05, 0.05
    >>> [days.astype(int).tolist() for days in days_away(rules, never, ill, never * 0.3, out)]
    [[[0, 1, 1, 1, 0, 0]], [[0, 0, 0, 0, 1, 1]]]
    """
    away, learning = leave < rules.leave, np.zeros(leave.shape, bool)
    # A spell of one day, and of one more for each day with the chance that it goes on: geometric with its mean.
    on = 1.0 - 1.0 / rules.sick_days
    for member, day in np.argwhere(falls_ill < rules.falls_ill).tolist():
        more = int(log(float(length[member, day])) / log(on)) if on > 0.0 else 0
        away[member, day:day + 1 + more] = True
    for member, day in np.argwhere(goes < rules.goes).tolist():
        filled = day + rules.vacancy
        away[member, day:filled] = True
        learning[member, filled:filled + rules.learning] = True
    return away, learning


def _laid_out(tables: Tables, away: np.ndarray, learning: np.ndarray) -> tuple[CalendarTables, np.ndarray]:
    """The calendars with one more for each member who is ever absent, and the calendar of each member."""
    old, lost = tables.calendars, tables.city.absence.learning_share if tables.city is not None else 0.0
    member_calendar = tables.pools.member_calendar.copy()
    keys, first, columns = list(old.key), old.first.tolist(), [[old.start], [old.end], [old.worked]]
    cut: dict[int, tuple[np.ndarray, np.ndarray, np.ndarray]] = {}
    for member in np.flatnonzero((away | learning).any(axis=1)).tolist():
        calendar = int(member_calendar[member])
        if calendar not in cut:
            cut[calendar] = _by_day(*(part[old.first[calendar]:old.first[calendar + 1]] for part in (old.start, old.end)))
        day, low, high = cut[calendar]
        high = np.where(learning[member, day], high - np.floor((high - low) * lost + 0.5).astype(np.int64), high)
        there = ~away[member, day] & (high > low)
        start, end = _joined(low[there], high[there])
        for column, values in zip(columns, (start, end, np.cumsum(end - start) - (end - start)), strict=True):
            column.append(values)
        member_calendar[member] = len(keys)
        keys.append(f"{old.key[calendar]}#{member}")
        first.append(first[-1] + len(start))
    return CalendarTables(tuple(keys), np.array(first, np.int64), *(np.concatenate(column) for column in columns)), member_calendar


def _by_day(start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Intervals cut at midnights: day, beginning and end of each piece.

    Examples
    --------
    >>> [part.tolist() for part in _by_day(np.array([80000]), np.array([90000]))]
    [[0, 1], [80000, 86400], [86400, 90000]]
    """
    days = (end - 1) // DAY - start // DAY + 1
    which = np.repeat(np.arange(len(start)), days)
    day = start[which] // DAY + np.arange(len(which)) - np.repeat(np.cumsum(days) - days, days)
    return day, np.maximum(start[which], day * DAY), np.minimum(end[which], (day + 1) * DAY)


def _joined(low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Touching pieces as one."""
    if not len(low):
        return low, high
    begins = np.r_[True, low[1:] > high[:-1]]
    return low[begins], high[np.r_[begins[1:], True]]


def _wages(tables: Tables, pools: PoolTables, calendars: CalendarTables) -> np.ndarray:
    """Pay per second that is left, so that whoever is absent is paid as ever; where nobody is there at all, pay shows nowhere."""
    measured, each = (tables.warm_up, tables.warm_up + tables.horizon), np.arange(len(pools.member_calendar))
    reform = tables.city.reform if tables.city is not None else None
    begins, until = (each * 0, each * 0 + measured[1]) if reform is None else (reform.member_from, reform.member_until)
    usual, left = (np.add.reduceat(np.append(within_terms(calendars, which, begins, until, measured), 0), pools.first_member[:-1])
                   * (np.diff(pools.first_member) > 0) for which in (pools.nominal_calendar, pools.member_calendar))
    return np.where(left > 0, pools.wage_per_second * usual / np.maximum(left, 1), 0.0)
