"""What happens by day, and by hour and weekday."""

from __future__ import annotations

import numpy as np

from sim.outcome.issues import IssueRecord
from sim.outcome.margins import BACKLOG_STATES, DAILY_COUNTS, DAY, HOUR, LOADS
from sim.outcome.spells import Pieces, Spells, area_at
from sim.outcome.tickets import TicketRecord
from sim.tables import CHANNELS, TIERS, PoolKind, Tables
from sim.timeline import NEVER, Event, Timeline

__all__ = ["OLD", "backlog", "daily", "load", "slot_of_hour"]

OLD = 60 * DAY
"""A ticket open for longer than this is a leftover 积存 (s)."""


def present_at_midnight(begin: np.ndarray, end: np.ndarray, days: int) -> np.ndarray:
    """How many intervals [begin, end) hold the last second of each day.

    Examples
    --------
    >>> present_at_midnight(np.array([0, 86399, 90000]), np.array([5, 86401, 999999]), 2).tolist()
    [1, 1]
    """
    came = np.bincount(np.clip(begin // DAY, 0, days), minlength=days + 1)[:days]
    left = np.bincount(np.clip(end // DAY, 0, days), minlength=days + 1)[:days]
    return np.cumsum(came - left)


def backlog(tables: Tables, spells: Spells, issues: IssueRecord) -> np.ndarray:
    """Latent issues, and jobs waiting and in work, by day and tier of the pool; shape (days, states, tiers)."""
    days = -(-tables.end // DAY)
    table = np.zeros((days, len(BACKLOG_STATES), len(TIERS)), np.int64)
    until = np.where(issues.discovered >= 0, issues.discovered, issues.ended)
    table[:, 0, 0] = present_at_midnight(issues.occurred[issues.real], _open_to(until, tables.end)[issues.real], days)
    for state, (place, begin, end) in ((1, (spells.place, spells.begin, spells.end)),
                                       (2, (spells.work_place, spells.work_begin, spells.work_end))):
        tier = tables.pools.tier[place]
        for t in range(len(TIERS)):
            at = tier == t
            table[:, state, t] = present_at_midnight(begin[at], _open_to(end[at], tables.end), days)
    return table


def _open_to(end: np.ndarray, stop: int) -> np.ndarray:
    """Ends that fall on the run's stop are taken beyond its last day: what is open then counts on that day."""
    return np.where(end >= stop, stop + DAY, end)


def daily(timeline: Timeline, tables: Tables, issues: IssueRecord, tickets: TicketRecord) -> np.ndarray:
    """Events of each day, and what is open at its last second; shape (days, counts)."""
    days = -(-tables.end // DAY)
    kind, time = timeline.column("kind"), timeline.column("time")
    table = np.zeros((days, len(DAILY_COUNTS)), np.int64)

    def put(name: str, seconds: np.ndarray) -> None:
        table[:, DAILY_COUNTS.index(name)] = np.bincount(np.minimum(seconds // DAY, days), minlength=days + 1)[:days]

    of_issue = issues.real[timeline.column("issue")]
    for name, event in (("registered", Event.REGISTERED), ("worked", Event.WORKED), ("closed", Event.CLOSED)):
        put(name, time[(kind == event) & of_issue])
    for name, event in (("worsened", Event.WORSENED), ("contacts", Event.CONTACTED), ("blocked", Event.BLOCKED),
                        ("hung_up", Event.HUNG_UP), ("gave_up", Event.GAVE_UP), ("alarms", Event.ALARM),
                        ("false_alarms", Event.FALSE_ALARM), ("dismissed", Event.DISMISSED),
                        ("helped", Event.HELPED), ("referred", Event.REFERRED), ("fabricated", Event.FABRICATED),
                        ("seconded", Event.SECONDED), ("emergencies", Event.DECLARED), ("handed_over", Event.HANDED_OVER)):
        put(name, time[kind == event])
    put("on_nothing", time[(kind == Event.REGISTERED) & ~of_issue])
    calls = time[(kind == Event.CONTACTED) & (timeline.column("value") % 8 == CHANNELS.index("phone"))]
    put("phone_contacts", calls)
    on_issue = issues.real[tickets.issue] if len(tickets.issue) else np.zeros(0, bool)
    put("due", tickets.due[on_issue & (tickets.due < NEVER)])
    real = issues.real
    put("occurred", issues.occurred[real])
    for name, seconds in (("discovered", issues.discovered), ("resolved", issues.resolved), ("gone", issues.gone)):
        put(name, seconds[real & (seconds >= 0)])
    known = real & (issues.discovered >= 0)
    table[:, DAILY_COUNTS.index("known")] = present_at_midnight(
        issues.discovered[known], _open_to(issues.ended[known], tables.end), days)
    closed = np.where(tickets.closed >= 0, tickets.closed, tables.end)
    until = _open_to(closed, tables.end)
    table[:, DAILY_COUNTS.index("open_tickets")] = present_at_midnight(tickets.registered[on_issue], until[on_issue], days)
    aged = tickets.registered + OLD
    old = on_issue & (aged < until)
    table[:, DAILY_COUNTS.index("old_tickets")] = present_at_midnight(aged[old], until[old], days)
    return table


def slot_of_hour(tables: Tables) -> np.ndarray:
    """Place of each hour of the run among the 168 of a week, Monday 00:00 first."""
    hours = np.arange(-(-tables.end // HOUR))
    slots: np.ndarray = (tables.start_weekday + hours // 24) % 7 * 24 + hours % 24
    return slots


def load(timeline: Timeline, tables: Tables, spells: Spells, pieces: Pieces, issues: IssueRecord) -> np.ndarray:
    """Contacts, occurrences and busy seconds by weekday and hour in the measured interval; shape (loads, 7, 24)."""
    low, high = tables.warm_up, tables.warm_up + tables.horizon
    hours = -(-tables.end // HOUR)
    slot = slot_of_hour(tables)
    table = np.zeros((len(LOADS), 7 * 24), np.int64)
    kind, time = timeline.column("kind"), timeline.column("time")
    contacts = time[(kind == Event.CONTACTED) & (time >= low) & (time < high)]
    for row, seconds in enumerate((contacts, issues.occurred[issues.counted])):
        table[row] = np.bincount(slot[seconds // HOUR], minlength=7 * 24)
    desk = tables.pools.kind[spells.work_place[pieces.stretch]] == PoolKind.DESK
    for row, which in ((2, desk), (3, ~desk)):
        begin, end = np.clip(pieces.begin[which], low, high), np.clip(pieces.end[which], low, high)
        table[row] = np.bincount(slot, weights=area_at(begin, end, HOUR, hours), minlength=7 * 24).astype(np.int64)
    return table.reshape(len(LOADS), 7, 24)
