"""Waits, numbers, utilisation and pay of each pool."""

from __future__ import annotations

import numpy as np

from sim.calendars import within_terms, worked_many
from sim.outcome.margins import POOL_COUNTS, WAIT_COUNTS, WAIT_EDGES, categories_of, histogram
from sim.outcome.spells import ABANDONED, STARTED, WITHDRAWN, Pieces, Spells, calendars_of, fold, within
from sim.tables import AT_SHIFT_END, CHANNELS, PoolKind, Tables
from sim.timeline import Event, Timeline

__all__ = ["absent", "forms", "packed_quantiles", "pool_margins", "roster", "wait_quantiles"]


def pool_margins(timeline: Timeline, tables: Tables, spells: Spells, pieces: Pieces) -> tuple[
        dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """Counts and seconds of each pool; jobs belong to the second they joined, seconds to the measured interval.

    Rostered time and time lost to forms are left 0 (`roster` and `forms` give them).
    Beside the margins stand pool and length of each wait that ended with a start.
    """
    number = len(tables.pools.key)
    low, high = tables.warm_up, tables.warm_up + tables.horizon
    s = spells
    joined = s.first & (s.begin >= low) & (s.begin < high)
    started = joined & (s.came_out == STARTED)
    wait = (s.end - s.begin).astype(np.int64)
    gone = joined & (s.came_out == ABANDONED)
    stayed = (s.stays_joined >= low) & (s.stays_joined < high)
    blocked = np.flatnonzero(timeline.column("kind") == Event.BLOCKED)
    blocked = blocked[(timeline.column("time")[blocked] >= low) & (timeline.column("time")[blocked] < high)]

    def number_of(which: np.ndarray) -> np.ndarray:
        return np.bincount(s.place[which], minlength=number)

    table = {
        "joined": number_of(joined), "started": number_of(started), "no_wait": number_of(started & (wait == 0)),
        "ended": np.bincount(s.stays_place[stayed], minlength=number), "abandoned": number_of(gone),
        "withdrawn": number_of(joined & (s.came_out == WITHDRAWN)),
        "blocked": np.bincount(timeline.column("place")[blocked], minlength=number),
        "calls": np.bincount(timeline.column("place")[_calls(timeline, low, high)], minlength=number),
        "wait_seconds": fold(s.place[started], wait[started], number), "leave_seconds": fold(s.place[gone], wait[gone], number),
        "stay_seconds": fold(s.stays_place[stayed], s.stays[stayed], number),
        "waiting_area": fold(s.place, within(s.begin, s.end, low, high), number),
        "service_area": fold(s.work_place, within(s.work_begin, s.work_end, low, high), number),
        "present_waiting": number_of((s.begin < high) & (s.end >= low)),
        "present_service": np.bincount(s.work_place[(s.work_begin < high) & (s.work_end >= low)], minlength=number),
        **_at_work(tables, spells, pieces, low, high)}
    margins = {
        "waits_by_category": _by_category(timeline, tables, spells, joined, started, stayed),
        "pools": np.stack([table[name] for name in POOL_COUNTS], axis=1).astype(np.int64),
        "pool_waits": histogram(s.place[started], number, wait[started], WAIT_EDGES),
        "pool_stays": histogram(s.stays_place[stayed], number, s.stays[stayed], WAIT_EDGES)}
    return margins, s.place[started], wait[started].astype(np.int32)


def _by_category(timeline: Timeline, tables: Tables, spells: Spells, joined: np.ndarray, started: np.ndarray,
                 stayed: np.ndarray) -> np.ndarray:
    """Waits by category and pool (bare) or pool kind (city)."""
    s, city = spells, tables.city
    place_of = tables.pools.kind if city else np.arange(len(tables.pools.key))
    categories, places = len(categories_of(tables)), len(PoolKind) if city else len(tables.pools.key)
    category = city.demand.category[timeline.issue_stream] if city else timeline.issue_stream
    cell = category[s.issue].astype(np.int64) * places + place_of[s.place]
    wait, gone = (s.end - s.begin).astype(np.int64), joined & (s.came_out == ABANDONED)
    size = categories * places
    stays = (category[s.stays_issue].astype(np.int64) * places + place_of[s.stays_place])[stayed]
    columns = {"joined": np.bincount(cell[joined], minlength=size), "started": np.bincount(cell[started], minlength=size),
               "no_wait": np.bincount(cell[started & (wait == 0)], minlength=size),
               "abandoned": np.bincount(cell[gone], minlength=size), "wait_seconds": fold(cell[started], wait[started], size),
               "ended": np.bincount(stays, minlength=size), "stay_seconds": fold(stays, s.stays[stayed], size)}
    table = np.stack([columns[name] for name in WAIT_COUNTS], axis=1).astype(np.int64)
    return table.reshape(categories, places, len(WAIT_COUNTS))


def _calls(timeline: Timeline, low: int, high: int) -> np.ndarray:
    """Rows in which somebody telephones a desk, in [low, high)."""
    rows = np.flatnonzero(timeline.column("kind") == Event.CONTACTED)
    time, channel = timeline.column("time")[rows], timeline.column("value")[rows] % 8
    return rows[(channel == CHANNELS.index("phone")) & (time >= low) & (time < high)]


def _at_work(tables: Tables, spells: Spells, pieces: Pieces, low: int, high: int) -> dict[str, np.ndarray]:
    """Busy, overtime and travel seconds of each pool in the measured interval."""
    pools, number = tables.pools, len(tables.pools.key)
    place = spells.work_place[pieces.stretch]
    at_it = fold(place, within(pieces.begin, pieces.end, low, high), number)
    overtime = np.zeros(number, np.int64)
    late = np.flatnonzero(pools.at_shift_end[spells.work_place] == AT_SHIFT_END.index("overtime"))
    if len(late):
        begin, end = np.clip(spells.work_begin[late], low, high), np.clip(spells.work_end[late], low, high)
        calendar = calendars_of(spells, tables)[late]
        on_duty = worked_many(tables.calendars, calendar, end) - worked_many(tables.calendars, calendar, begin)
        overtime = fold(spells.work_place[late], end.astype(np.int64) - begin - on_duty, number)
    began = (spells.work_begin[pieces.stretch] >= low) & (spells.work_begin[pieces.stretch] < high)
    travel = fold(place[began], (pieces.travel_end - pieces.begin)[began], number)
    return {"busy_seconds": at_it - overtime, "overtime_seconds": overtime, "travel_seconds": travel,
            "rostered_seconds": np.zeros(number, np.int64), "forms_seconds": np.zeros(number, np.int64),
            "absent_seconds": np.zeros(number, np.int64)}


def roster(tables: Tables) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Members but for unpaid helpers, rostered seconds in the measured interval (0 where unlimited) and pay (millionths of a yuan) of each pool."""
    pools = tables.pools
    heads = _heads(tables) * (pools.helpers == 0)
    rostered = np.where(pools.unlimited == 1, 0, _on_calendars(tables, pools.member_calendar))
    return heads, rostered, np.rint(pools.wage_per_second * rostered * 1e6).astype(np.int64)


def _heads(tables: Tables) -> np.ndarray:
    """Members of each pool, at the end of the measured interval."""
    pools, reform = tables.pools, tables.city.reform if tables.city is not None else None
    if reform is None:
        return np.diff(pools.first_member).astype(np.int64)
    last = tables.warm_up + tables.horizon - 1
    there = (reform.member_from <= last) & (reform.member_until > last)
    return np.add.reduceat(there, pools.first_member[:-1]).astype(np.int64)


def _on_calendars(tables: Tables, calendar: np.ndarray) -> np.ndarray:
    """Member seconds of each pool in the measured interval, where members keep these calendars."""
    if tables.city is not None and tables.city.reform is not None:
        reform, span = tables.city.reform, (tables.warm_up, tables.warm_up + tables.horizon)
        return fold(np.repeat(np.arange(len(tables.pools.key)), np.diff(tables.pools.first_member)),
                    within_terms(tables.calendars, calendar, reform.member_from, reform.member_until, span), len(tables.pools.key))
    pools, each = tables.pools, np.arange(len(tables.calendars.key))
    seconds = worked_many(tables.calendars, each, tables.warm_up + tables.horizon) - worked_many(tables.calendars, each, tables.warm_up)
    return fold(np.repeat(np.arange(len(pools.key)), np.diff(pools.first_member)), seconds[calendar], len(pools.key))


def absent(tables: Tables, rostered: np.ndarray) -> np.ndarray:
    """Member seconds of each pool that would be rostered if nobody were ever absent, and are not."""
    usual: np.ndarray = np.where(tables.pools.unlimited == 1, 0, _on_calendars(tables, tables.pools.nominal_calendar)) - rostered
    return usual


def forms(tables: Tables, rostered: np.ndarray) -> np.ndarray:
    """Member seconds lost to forms of each pool, beside those that are rostered."""
    lost = tables.pools.lost_share
    if tables.city is not None and tables.city.reform is not None:
        return _forms_of_reform(tables)
    return np.rint(rostered * lost / (1.0 - lost)).astype(np.int64)


def _forms_of_reform(tables: Tables) -> np.ndarray:
    """The same where the share that is lost changes with a pool's moment."""
    assert tables.city is not None
    assert tables.city.reform is not None
    reform, pools, found = tables.city.reform, tables.pools, np.zeros(len(tables.pools.key))
    whose = np.repeat(np.arange(len(pools.key)), np.diff(pools.first_member))
    turn = np.clip(reform.pool_time, tables.warm_up, tables.warm_up + tables.horizon)[whose]
    for lost, low, high in ((pools.lost_share, tables.warm_up, turn), (reform.lost_share, turn, tables.warm_up + tables.horizon)):
        begins, until = np.clip(reform.member_from, low, high), np.clip(reform.member_until, low, high)
        seconds = worked_many(tables.calendars, pools.member_calendar, until) - worked_many(tables.calendars, pools.member_calendar, begins)
        found += fold(whose, seconds, len(pools.key)) * lost / (1.0 - lost)
    return np.rint(found).astype(np.int64)


def wait_quantiles(place: np.ndarray, wait: np.ndarray, number: int) -> np.ndarray:
    """P50, P90, P95 and longest wait of each pool: the smallest wait that at least that share does not exceed; -1 without any."""
    packed = np.left_shift(place, 32, dtype=np.int64)      # one number for both, sorted in place: there are millions of them
    packed |= wait
    return packed_quantiles(packed, np.zeros(number, np.int64))


def packed_quantiles(packed: np.ndarray, none: np.ndarray) -> np.ndarray:
    """The same from waits as `place << 32 | wait` (sorted here, in place) and the numbers of further waits of 0 s of each pool.

    Examples
    --------
    >>> packed_quantiles(np.array([9, 1 << 32 | 7, 5]), np.array([0, 1, 0])).tolist()
    [[5, 9, 9, 9], [0, 7, 7, 7], [-1, -1, -1, -1]]
    """
    packed.sort()
    first = np.searchsorted(packed, np.arange(len(none) + 1, dtype=np.int64) << 32)
    size = np.diff(first) + none
    table = np.full((len(none), 4), -1, np.int64)
    some = np.flatnonzero(size)
    for column, percent in enumerate((50, 90, 95, 100)):
        rank = np.maximum(-(-size * percent // 100) - 1, 0) - none
        waited = some[rank[some] >= 0]
        table[some, column] = 0
        table[waited, column] = packed[first[waited] + rank[waited]] & ((1 << 32) - 1)
    return table
