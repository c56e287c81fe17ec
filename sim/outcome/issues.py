"""What became of each issue, and the margins over issues."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.outcome.margins import (
    DAY,
    ENDED_AT,
    FOUND_AT,
    ISSUE_COUNTS,
    SEVERITIES,
    TIME_EDGES,
    TIMES,
    categories_of,
    histogram,
    tally,
)
from sim.tables import PoolKind, Tables
from sim.timeline import Close, Event, Found, Timeline

__all__ = ["NEVER_YET", "SEVERITY_WEIGHT", "IssueRecord", "ended_at_of", "first_of", "issue_margins", "issues_of", "last_of",
           "pick", "places_of"]

NEVER_YET = -1
"""In time columns of this package: has not happened."""
SEVERITY_WEIGHT = np.array([1, 3, 10])
"""Weight of a second with an ordinary, serious and urgent issue (assumption; used for harm)."""


@dataclass(frozen=True)
class IssueRecord:
    """One entry for each issue of the timeline (consultations included, never `real`); times in s, -1 where it never happened.

    Attributes
    ----------
    real : ndarray of bool
        An issue (or a bare customer), not a consultation.
    counted : ndarray of bool
        `real` and occurred in the measured interval.
    category, severity, grid : ndarray
        Category (bare: class), severity when it occurred, grid (bare: -1).
    occurred, discovered, resolved, gone, ended : ndarray of int64
        `ended` is resolved, gone, or the end of the run.
    found_tier, resolved_tier, sent_tier : ndarray of int8
        Tiers; 4 (found, sent) or -1 (resolved) where there is none.
    by_staff, by_sensor, settled, worsened, claimed : ndarray of bool
    reports, registered : ndarray of int64
        Number of reports and tickets.
    harm : ndarray of int64
        Severity-weighted seconds.
    screened : ndarray of bool
        Found first by a sweep.
    prevented : ndarray of bool
        Did not arise: its life is over in the second in which it begins.
    petitions : ndarray of int64
        Petitions upward about it.
    """

    real: np.ndarray
    counted: np.ndarray
    category: np.ndarray
    severity: np.ndarray
    grid: np.ndarray
    occurred: np.ndarray
    discovered: np.ndarray
    resolved: np.ndarray
    gone: np.ndarray
    ended: np.ndarray
    found_tier: np.ndarray
    resolved_tier: np.ndarray
    sent_tier: np.ndarray
    by_staff: np.ndarray
    by_sensor: np.ndarray
    settled: np.ndarray
    worsened: np.ndarray
    claimed: np.ndarray
    reports: np.ndarray
    registered: np.ndarray
    harm: np.ndarray
    screened: np.ndarray
    prevented: np.ndarray
    petitions: np.ndarray


def first_of(subject: np.ndarray, rows: np.ndarray, number: int) -> np.ndarray:
    """First row of each subject among `rows` (ascending); -1 where there is none.

    Examples
    --------
    >>> first_of(np.array([1, 0, 1]), np.array([4, 7, 9]), 3).tolist()
    [7, 4, -1]
    """
    first = np.full(number, NEVER_YET, np.int64)
    first[subject[::-1]] = rows[::-1]
    return first


def last_of(subject: np.ndarray, rows: np.ndarray, number: int) -> np.ndarray:
    """Last row of each subject among `rows` (ascending); -1 where there is none.

    Examples
    --------
    >>> last_of(np.array([1, 0, 1]), np.array([4, 7, 9]), 3).tolist()
    [7, 9, -1]
    """
    last = np.full(number, NEVER_YET, np.int64)
    last[subject] = rows
    return last


def pick(column: np.ndarray, rows: np.ndarray, otherwise: int = NEVER_YET) -> np.ndarray:
    """Cells of a column at `rows`, `otherwise` where the row is -1."""
    if not len(column):
        return np.full(len(rows), otherwise, np.int64)
    return np.where(rows >= 0, column[rows], otherwise).astype(np.int64)


def issues_of(timeline: Timeline, tables: Tables) -> IssueRecord:
    """What became of each issue."""
    city = tables.city
    number = len(timeline.issue_time)
    kind, issue, time = timeline.column("kind"), timeline.column("issue"), timeline.column("time")
    place, value = timeline.column("place"), timeline.column("value")

    def rows(event: Event) -> np.ndarray:
        return np.flatnonzero(kind == event)

    def first(event: Event) -> np.ndarray:
        chosen = rows(event)
        return first_of(issue[chosen], chosen, number)

    stream = timeline.issue_stream.astype(np.int64)
    real = stream < (len(city.category) if city else len(stream) + 1)
    category = city.demand.category[stream] if city else stream
    occurred = timeline.issue_time.astype(np.int64)
    inside = (occurred >= tables.warm_up) & (occurred < tables.warm_up + tables.horizon)
    found_row, done_row, gone_row = first(Event.DISCOVERED), first(Event.RESOLVED), first(Event.GONE)
    end_row = np.where(done_row >= 0, done_row, gone_row)
    found_row = np.where((end_row >= 0) & (found_row > end_row), NEVER_YET, found_row)      # learnt too late
    discovered, source = pick(time, found_row), pick(value, found_row)
    screened, by_sensor = source == Found.SCREENING, source == Found.SENSOR
    by_staff = (source == Found.PATROL) | screened
    if city is None:
        done_row, gone_row = first(Event.LEFT), _lost(timeline, number)
        discovered = occurred
        by_staff = screened = by_sensor = np.zeros(number, bool)
    resolved, gone = pick(time, done_row), pick(time, gone_row)
    prevented = first(Event.PREVENTED) >= 0
    ended = np.where(resolved >= 0, resolved, np.where(gone >= 0, gone, np.where(prevented, occurred, timeline.end)))
    severity = pick(value, first(Event.OCCURRED), 0) if city else np.zeros(number, np.int64)
    tier = tables.pools.tier.astype(np.int64)
    worsened, harm = _worsening(timeline, severity, occurred, ended)
    closed = rows(Event.CLOSED)
    claimed = np.zeros(number, bool)
    claimed[issue[closed[value[closed] == Close.WORKED]]] = True
    reports, registered = _reports(timeline, tables, number)
    return IssueRecord(
        real=real, counted=real & inside, category=category.astype(np.int64), severity=severity,
        grid=timeline.issue_grid.astype(np.int64), occurred=occurred, discovered=discovered, resolved=resolved, gone=gone,
        ended=ended,
        found_tier=_tier(tier, pick(place, found_row), 4), resolved_tier=_tier(tier, pick(place, done_row), -1),
        sent_tier=_sent_tier(timeline, tier, number), by_staff=by_staff, worsened=worsened, claimed=claimed, reports=reports,
        registered=registered, harm=harm, screened=screened, prevented=prevented, by_sensor=by_sensor,
        settled=first(Event.SETTLED) >= 0,
        petitions=np.bincount(issue[rows(Event.PETITIONED)], minlength=number))


def _tier(tier: np.ndarray, place: np.ndarray, otherwise: int) -> np.ndarray:
    return np.where(place >= 0, tier[place], otherwise).astype(np.int8)


def _lost(timeline: Timeline, number: int) -> np.ndarray:
    """Row with which a bare customer was lost: its last row, where that is a refusal at the door or the end of its patience."""
    last = last_of(timeline.column("issue"), np.arange(len(timeline)), number)
    kind = pick(timeline.column("kind"), last)
    return np.where((kind == Event.BLOCKED) | (kind == Event.HUNG_UP), last, NEVER_YET)


def _worsening(timeline: Timeline, severity: np.ndarray, occurred: np.ndarray, ended: np.ndarray,
               ) -> tuple[np.ndarray, np.ndarray]:
    """Whether each issue worsened while it lasted, and its severity-weighted seconds."""
    harm = SEVERITY_WEIGHT[severity] * (ended - occurred)
    worsened = np.zeros(len(severity), bool)
    rows = np.flatnonzero(timeline.column("kind") == Event.WORSENED)
    issue, time, new = (timeline.column(name)[rows].astype(np.int64) for name in ("issue", "time", "value"))
    alive = time <= ended[issue]
    issue, time, new = issue[alive], time[alive], new[alive]
    order = np.argsort(issue, kind="stable")
    issue, time, new = issue[order], time[order], new[order]
    again = np.r_[False, issue[1:] == issue[:-1]] if len(issue) else np.zeros(0, bool)
    old = np.where(again, np.r_[0, new[:-1]] if len(new) else new, severity[issue])
    np.add.at(harm, issue, (SEVERITY_WEIGHT[new] - SEVERITY_WEIGHT[old]) * (ended[issue] - time))
    worsened[issue] = True
    return worsened, harm


def _reports(timeline: Timeline, tables: Tables, number: int) -> tuple[np.ndarray, np.ndarray]:
    """Reports about each issue (contacts of residents and finds that patrols filed), and tickets opened for it."""
    kind, issue, place = timeline.column("kind"), timeline.column("issue"), timeline.column("place")
    contact = np.bincount(issue[kind == Event.CONTACTED], minlength=number)
    opened = np.flatnonzero(kind == Event.REGISTERED)
    by_team = opened[tables.pools.kind[place[opened]] == PoolKind.GRID_TEAM]
    merged = np.flatnonzero(kind == Event.MERGED)
    merged = merged[tables.pools.kind[place[merged]] == PoolKind.GRID_TEAM]
    reports = contact + np.bincount(issue[by_team], minlength=number) + np.bincount(issue[merged], minlength=number)
    registered = np.bincount(issue[opened], minlength=number)
    return np.maximum(reports, registered), registered


def _sent_tier(timeline: Timeline, tier: np.ndarray, number: int) -> np.ndarray:
    """Highest tier to which a ticket of the issue was sent for work (4 nobody)."""
    kind = timeline.column("kind")
    rows = np.flatnonzero((kind == Event.DISPATCHED) | (kind == Event.WORKED))
    highest = np.full(number, -1, np.int8)
    np.maximum.at(highest, timeline.column("issue")[rows], tier[timeline.column("place")[rows]].astype(np.int8))
    return np.where(highest >= 0, highest, len(FOUND_AT) - 1).astype(np.int8)


def issue_margins(issues: IssueRecord, tables: Tables) -> dict[str, np.ndarray]:
    """Sums over issues, histograms of their times, and flows."""
    city, i = tables.city, issues
    known, resolved, gone = i.discovered >= 0, i.resolved >= 0, i.gone >= 0
    columns = {
        "occurred": i.real, "found": known, "found_by_staff": known & i.by_staff, "unfound": ~known & ~i.settled & ~i.prevented,
        "resolved": resolved, "gone": gone & ~resolved, "open": ~resolved & ~gone & ~i.prevented, "worsened": i.worsened,
        "claimed": i.claimed, "reports": i.reports, "registered": i.registered,
        "discovery_seconds": np.where(known, i.discovered - i.occurred, 0),
        "resolution_seconds": np.where(resolved, i.resolved - i.occurred, 0),
        "handling_seconds": np.where(resolved & known, i.resolved - i.discovered, 0), "life_seconds": i.ended - i.occurred,
        "harm_seconds": i.harm, "screened": known & i.screened, "prevented": i.prevented, "found_by_sensor": known & i.by_sensor,
        "settled": i.settled,
        "petitions": i.petitions}
    use = i.counted
    chosen = {name: column[use] for name, column in columns.items()}
    everything = {name: column[i.real] for name, column in columns.items()}
    days = -(-tables.end // DAY)
    margins = {
        "issues_by_category": tally(i.category[use], len(categories_of(tables)), chosen, ISSUE_COUNTS),
        "issues_by_severity": tally(i.severity[use], len(SEVERITIES), chosen, ISSUE_COUNTS),
        "issues_by_day": tally(np.minimum(i.occurred[i.real] // DAY, days - 1), days, everything, ISSUE_COUNTS)}
    places = places_of(i.grid, tables)
    for name, size in (("street", len(city.street) if city else 0), ("community", len(city.community) if city else 0),
                       ("estate_class", len(city.estate_class) if city else 0)):
        margins[f"issues_by_{name}"] = tally(places[name][use], size, chosen, ISSUE_COUNTS) if city else np.zeros(
            (0, len(ISSUE_COUNTS)), np.int64)
    margins.update(_times(i, len(margins["issues_by_category"])))
    ended_at = ended_at_of(i)
    shape = (len(margins["issues_by_category"]), len(FOUND_AT), len(FOUND_AT), len(ENDED_AT))
    cell = np.ravel_multi_index((i.category[use], np.where(known, i.found_tier, 4)[use] if city else i.found_tier[use],
                                 i.sent_tier[use], ended_at[use]), shape)
    margins["flow"] = np.bincount(cell, minlength=int(np.prod(shape))).reshape(shape).astype(np.int64)
    return margins


def ended_at_of(issues: IssueRecord) -> np.ndarray:
    """Index into `ENDED_AT` of each issue."""
    otherwise = np.where(issues.gone >= 0, 4, np.where(issues.prevented, ENDED_AT.index("prevented"), 5))
    return np.where(issues.resolved >= 0, np.maximum(issues.resolved_tier, 0), otherwise).astype(np.int64)


def places_of(grid: np.ndarray, tables: Tables) -> dict[str, np.ndarray]:
    """Street, community and estate class of each issue (zeros in a bare system)."""
    city = tables.city
    if city is None:
        return {name: np.zeros(len(grid), np.int64) for name in ("street", "community", "estate_class")}
    community = city.grid_community[grid].astype(np.int64)
    return {"community": community, "street": city.community_street[community].astype(np.int64),
            "estate_class": city.grid_class[grid].astype(np.int64)}


def _times(issues: IssueRecord, categories: int) -> dict[str, np.ndarray]:
    """Histograms of issue times (the first eight of `TIMES`) by severity and category."""
    i, use = issues, issues.counted
    known, resolved, gone = i.discovered >= 0, i.resolved >= 0, (i.gone >= 0) & (i.resolved < 0)
    is_open = ~resolved & ~gone & ~i.prevented
    life, since = i.ended - i.occurred, i.ended - i.discovered
    spans = {"discovered": (known, i.discovered - i.occurred), "unfound": (~known & ~i.prevented, life), "resolved": (resolved, life),
             "gone": (gone, life), "open": (is_open, life), "found_resolved": (resolved & known, since),
             "found_gone": (gone & known, since), "found_open": (is_open & known, since)}
    return {f"times_by_{name}": np.stack([histogram(groups[which & use], size, length[which & use], TIME_EDGES)
                                          for which, length in (spans[time] for time in TIMES[:8])], axis=1)
            for name, groups, size in (("severity", i.severity, len(SEVERITIES)), ("category", i.category, categories))}
