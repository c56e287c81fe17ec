"""Counting a run: every margin of `sim.outcome` from a timeline and its tables."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import numpy as np

from sim.outcome.days import backlog, daily, load
from sim.outcome.district import district_margins
from sim.outcome.issues import issue_margins, issues_of
from sim.outcome.margins import (
    ASSESSMENT_COUNTS,
    BACKLOG_STATES,
    DAILY_COUNTS,
    DAY,
    ENDED_AT,
    FOUND_AT,
    ISSUE_COUNTS,
    LOADS,
    POOL_COUNTS,
    SCORES,
    SEVERITIES,
    STAGES,
    TICKET_COUNTS,
    TIME_EDGES,
    TIMES,
    TRUST_COUNTS,
    WAIT_COUNTS,
    WAIT_EDGES,
    WAIT_QUANTILES,
    Outcome,
    categories_of,
)
from sim.outcome.pools import absent, forms, pool_margins, roster, wait_quantiles
from sim.outcome.spells import pieces_of, spells_of
from sim.outcome.stages import stage_margins
from sim.outcome.tickets import ticket_margins, tickets_of
from sim.tables import TIERS, PoolKind, Tables, once
from sim.timeline import COLUMNS, Timeline

__all__ = ["axes_of", "count", "outcome_of"]

_AT_ONCE = 100_000


def count(timeline: Timeline, tables: Tables) -> Outcome:
    """Count what happened in a run.

    Parameters
    ----------
    timeline : Timeline
        From any engine.
    tables : Tables
        The scenario that the engine ran.

    Returns
    -------
    Outcome
        All margins, as `sim.outcome` lists them.
    """
    arrays: dict[str, np.ndarray] = {}
    places, waits = [], []
    for part in _parts(timeline):
        found, place, wait = _count_part(part, tables)
        places.append(place.astype(np.int32))
        waits.append(wait.astype(np.int32))
        for name, values in found.items():
            arrays[name] = arrays[name] + values if name in arrays else values
    arrays.update(district_margins(timeline, tables))
    arrays["pool_wait_at"] = wait_quantiles(np.concatenate(places), np.concatenate(waits), len(tables.pools.key))
    return outcome_of(arrays, tables)


def outcome_of(arrays: dict[str, np.ndarray], tables: Tables) -> Outcome:
    """The outcome of a run: what was counted, with what follows from the tables alone (rosters, pay, residents, labels)."""
    heads, rostered, pay = _roster(tables)
    arrays["pools"][:, POOL_COUNTS.index("rostered_seconds")] = rostered
    arrays["pools"][:, POOL_COUNTS.index("forms_seconds")] = forms(tables, rostered)
    arrays["pools"][:, POOL_COUNTS.index("absent_seconds")] = absent(tables, rostered)
    arrays["heads"], arrays["pay"] = heads.copy(), pay.copy()
    arrays.update(_populations(tables))
    return Outcome(arrays, {axis: list(labels) for axis, labels in axes_of(tables).items()}, dict(_facts(tables)))


_roster = once(roster)


def _parts(timeline: Timeline) -> Iterator[Timeline]:
    """The timeline in parts of whole issues, some `_AT_ONCE` rows each.

    Every margin is a sum over issues, so that parts may be counted one by one, in little memory.
    """
    number = len(timeline.issue_time)
    parts = min(-(-len(timeline) // _AT_ONCE), number)
    if parts <= 1:
        yield Timeline.of(timeline.rows, timeline.issue_stream, timeline.issue_grid, timeline.issue_time, timeline.issue_subject,
                          end=timeline.end)
        return
    size = -(-number // parts)
    for part in range(-(-number // size)):
        first = part * size
        rows = timeline.of_issues(first, first + size)
        rows[:, COLUMNS.index("issue")] -= first
        ticket = rows[:, COLUMNS.index("ticket")]
        has = ticket >= 0
        ticket[has] = np.unique(ticket[has], return_inverse=True)[1]
        these = slice(first, first + size)
        yield Timeline.of(rows, timeline.issue_stream[these], timeline.issue_grid[these], timeline.issue_time[these],
                          timeline.issue_subject[these], end=timeline.end)


def _count_part(timeline: Timeline, tables: Tables) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """Margins of some of the issues, and pool and length of each of their waits."""
    spells = spells_of(timeline, tables)
    pieces = pieces_of(spells, tables)
    issues = issues_of(timeline, tables)
    tickets = tickets_of(timeline, tables, issues)
    arrays = issue_margins(issues, tables)
    arrays.update(ticket_margins(tickets, issues, tables))
    for name in ("severity", "category"):
        both = [arrays[f"times_by_{name}"], arrays.pop(f"ticket_times_by_{name}")]
        arrays[f"times_by_{name}"] = np.concatenate(both, axis=1)
    margins, place, wait = pool_margins(timeline, tables, spells, pieces)
    arrays.update(margins)
    arrays.update(stage_margins(timeline, tables, spells, pieces, issues))
    arrays["load"] = load(timeline, tables, spells, pieces, issues)
    arrays["backlog"] = backlog(tables, spells, issues)
    arrays["daily"] = daily(timeline, tables, issues, tickets)
    return arrays, place, wait


@once
def _populations(tables: Tables) -> dict[str, np.ndarray]:
    city = tables.city
    if city is None:
        return {"population_by_street": np.zeros(0, np.int64), "population_by_community": np.zeros(0, np.int64)}
    people = np.bincount(city.grid_community, weights=city.grid_population, minlength=len(city.community)).astype(np.int64)
    street = np.bincount(city.community_street, weights=people, minlength=len(city.street)).astype(np.int64)
    return {"population_by_street": street, "population_by_community": people}


@once
def axes_of(tables: Tables) -> dict[str, list[str]]:
    """Labels of every axis, in order; not to be changed."""
    city, pools = tables.city, tables.pools
    start = datetime.date.fromordinal(tables.start_ordinal)
    days = -(-tables.end // DAY)
    return {
        "category": list(categories_of(tables)),
        "severity": list(SEVERITIES), "tier": list(TIERS), "score": [str(score) for score in SCORES],
        "street": list(city.street) if city else [], "community": list(city.community) if city else [],
        "estate_class": list(city.estate_class) if city else [],
        "day": [(start + datetime.timedelta(days=day)).isoformat() for day in range(days)],
        "weekday": [str(day) for day in range(7)], "hour": [str(hour) for hour in range(24)],
        "pool": list(pools.key), "pool_role": list(pools.role),
        "pool_kind": ["helpers" if unpaid else PoolKind(int(kind)).name.lower() for kind, unpaid in zip(pools.kind, pools.helpers, strict=True)],
        "pool_tier": [TIERS[int(tier)] for tier in pools.tier],
        "pool_title_en": [title.get("en", key) for title, key in zip(pools.title, pools.key, strict=True)],
        "pool_title_zh": [title.get("zh", key) for title, key in zip(pools.title, pools.key, strict=True)],
        "issue_count": list(ISSUE_COUNTS), "ticket_count": list(TICKET_COUNTS), "pool_count": list(POOL_COUNTS),
        "daily_count": list(DAILY_COUNTS), "time": list(TIMES), "stage": list(STAGES), "found_at": list(FOUND_AT),
        "sent_to": list(FOUND_AT), "ended_at": list(ENDED_AT), "load": list(LOADS), "backlog_state": list(BACKLOG_STATES),
        "wait_place": list(pools.key) if city is None else [kind.name.lower() for kind in PoolKind],
        "wait_count": list(WAIT_COUNTS), "department": list(city.department) if city else [],
        "assessment_count": list(ASSESSMENT_COUNTS), "trust_count": list(TRUST_COUNTS),
        "wait_quantile": list(WAIT_QUANTILES), "bin": [str(edge) for edge in TIME_EDGES],
        "wait_bin": [str(edge) for edge in WAIT_EDGES],
    }


@once
def _facts(tables: Tables) -> dict[str, Any]:
    """Plain facts of the run."""
    city = tables.city
    surges = sorted({int(day) for day in city.demand.surge_first}) if city else []
    reform = [int(time // DAY) for time in city.reform.moments] if city is not None and city.reform is not None else []
    return ({"surge_days": surges} if surges else {}) | ({"reform_days": reform} if reform else {}) | {
        "scenario": tables.key, "kind": "city" if city else "bare", "warm_up": int(tables.warm_up),
        "horizon": int(tables.horizon), "run_out": int(tables.run_out), "end": int(tables.end),
        "residents": int(city.grid_population.sum()) if city else 0,
        "first_day": int(-(-tables.warm_up // DAY)), "last_day": int((tables.warm_up + tables.horizon) // DAY),
        "start": datetime.date.fromordinal(tables.start_ordinal).isoformat(),
    }
