"""What became of each ticket, and the margins over tickets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.calendars import worked_many
from sim.outcome.issues import IssueRecord, first_of, last_of, pick, places_of
from sim.outcome.margins import (
    DAY,
    HOUR,
    SCORES,
    SEVERITIES,
    TICKET_COUNTS,
    TIME_EDGES,
    TIMES,
    categories_of,
    histogram,
    tally,
)
from sim.supervision import due_times
from sim.tables import TIERS, Tables
from sim.three_ways import BIG, PRIVATE
from sim.timeline import NEVER, Close, Event, Registered, Timeline

__all__ = ["DISPATCH_LIMIT", "RESPONSE_LIMIT", "TicketRecord", "severity_at", "ticket_margins", "tickets_of"]

DISPATCH_LIMIT = np.array([30 * 60, 30 * 60, 10 * 60])
"""Registration to first dispatch, by severity, around the clock (s): 10 min urgent, 30 min else (Taiyuan's rule)."""
RESPONSE_LIMIT = np.array([2 * HOUR, 2 * HOUR, 30 * 60])
"""Dispatch to first signature, by severity (s): 2 working hours, 30 min around the clock for urgent ones (assumption)."""


@dataclass(frozen=True)
class TicketRecord:
    """One entry for each ticket; times in s, -1 where it never happened.

    Attributes
    ----------
    number : ndarray
        Its number in the timeline.
    issue, severity, tier : ndarray
        Its issue, the severity when it was registered, the tier of the last unit that had it.
    registered, due, worked, closed : ndarray of int64
        Times; `due` is NEVER where it lies beyond the calendars.
    columns : dict of str to ndarray
        A column for each of `TICKET_COUNTS`.
    score : ndarray of int64
        Index of the call-back score, -1 where it was not evaluated.
    """

    number: np.ndarray
    issue: np.ndarray
    severity: np.ndarray
    tier: np.ndarray
    registered: np.ndarray
    due: np.ndarray
    worked: np.ndarray
    closed: np.ndarray
    columns: dict[str, np.ndarray]
    score: np.ndarray


def severity_at(timeline: Timeline, issues: IssueRecord, issue: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Severity of issues at the moment of given rows of the timeline."""
    worse = np.flatnonzero(timeline.column("kind") == Event.WORSENED)
    severity = issues.severity[issue].copy()
    if len(worse):
        wide = np.int64(len(timeline) + 1)
        key = timeline.column("issue")[worse] * wide + worse
        order = np.argsort(key)
        key, value = key[order], timeline.column("value")[worse][order]
        last = np.searchsorted(key, issue.astype(np.int64) * wide + rows, side="right") - 1
        known = (last >= 0) & (key[last] // wide == issue)
        severity[known] = value[last[known]]
    return severity


def tickets_of(timeline: Timeline, tables: Tables, issues: IssueRecord) -> TicketRecord:
    """What became of each ticket."""
    kind, ticket, time = timeline.column("kind"), timeline.column("ticket"), timeline.column("time")
    place, value = timeline.column("place"), timeline.column("value")
    opened = np.flatnonzero(kind == Event.REGISTERED)
    size = int(ticket.max()) + 1 if len(opened) else 0
    by_kind = {event: np.flatnonzero(kind == event) for event in Event} if size else dict.fromkeys(Event, opened)
    row = first_of(ticket[opened], opened, size)
    number = np.flatnonzero(row >= 0)
    row = row[number]

    def times(event: Event) -> np.ndarray:
        return np.bincount(ticket[by_kind[event]], minlength=size)[number]

    def first(event: Event) -> np.ndarray:
        return first_of(ticket[by_kind[event]], by_kind[event], size)[number]

    def last(event: Event) -> np.ndarray:
        return last_of(ticket[by_kind[event]], by_kind[event], size)[number]

    issue, registered = timeline.column("issue")[row].astype(np.int64), time[row].astype(np.int64)
    severity = severity_at(timeline, issues, issue, row)
    due = registered
    if tables.city:
        demand, kind_of = tables.city.demand, (issues.category[issue], severity)
        due = due_times(tables.calendars, demand.deadline_calendar, demand.deadline_working[kind_of], registered, demand.deadline[kind_of])
    closed_row, worked = last(Event.CLOSED), pick(time, last(Event.WORKED))
    closed = pick(time, closed_row)
    worked = np.where(worked >= 0, worked, closed)      # closed as gone: whoever came found nothing left to do
    score_row = last(Event.EVALUATED)
    given = pick(value, score_row, SCORES[-1])
    scores = np.asarray(SCORES)
    score = np.where(score_row >= 0, np.argmax(scores[None, :] == given[:, None], axis=1), -1)
    reason = value[row]
    ended = closed >= 0
    resolved = issues.resolved[issue]
    columns = {
        "due": np.ones(len(number), np.int64), "duplicate": reason != Registered.FIRST, "repeat": reason == Registered.REPEAT,
        "worked": worked >= 0, "worked_in_time": (worked >= 0) & (worked <= due), "closed": ended,
        "closed_in_time": ended & (closed <= due),
        "closed_false": (pick(value, closed_row) == Close.WORKED) & ((resolved < 0) | (resolved > closed)) & ended,
        "checked": times(Event.VERIFIED) > 0, "rework": times(Event.REWORK) > 0, "ordered": times(Event.ORDERED),
        "lifted": times(Event.LIFTED), "evaluated": score >= 0, "satisfied": (score >= 0) & (given >= 80),
        "score_sum": np.where(score >= 0, given, 0), "closing_seconds": np.where(ended, closed - registered, 0),
        "limit_seconds": np.where(ended & (due < NEVER), due - registered, 0), "released": times(Event.RELEASED),
        "owned": times(Event.OWNED)}
    columns.update(_ways(by_kind, ticket, value, size, number))
    columns.update(_lamps(by_kind[Event.LAMP], ticket, value, size, number))
    columns.update(_climbing(timeline, tables, by_kind, size, number))
    columns.update(_routing(timeline, tables, by_kind, size, number, severity, registered))
    had = np.sort(np.concatenate([by_kind[event] for event in (
        Event.REGISTERED, Event.DISPATCHED, Event.ACCEPTED, Event.WORKED, Event.CLOSED)])) if size else opened
    tier = tables.pools.tier[place[last_of(ticket[had], had, size)[number]]] if size else np.zeros(0, np.int64)
    return TicketRecord(number, issue, severity, tier.astype(np.int64), registered, due, worked, closed, columns, score)


def _lamps(rows: np.ndarray, ticket: np.ndarray, value: np.ndarray, size: int, number: np.ndarray) -> dict[str, np.ndarray]:
    return {name: np.bincount(ticket[rows[value[rows] == lamp]], minlength=size)[number]
            for name, lamp in (("yellow", 1), ("red", 2))}


def _ways(by_kind: dict[Event, np.ndarray], ticket: np.ndarray, value: np.ndarray, size: int, number: np.ndarray) -> dict[str, np.ndarray]:
    """Three-way triage: which way, and what came of the meeting."""
    ways, talks = by_kind[Event.SORTED], by_kind[Event.CONSULTED]
    chosen = {"guided": ways[value[ways] == PRIVATE], "fast_way": ways[value[ways] == BIG], "consulted": talks, "agreed": talks[value[talks] == 1]}
    return {name: np.bincount(ticket[rows], minlength=size)[number] for name, rows in chosen.items()}


def _climbing(timeline: Timeline, tables: Tables, by_kind: dict[Event, np.ndarray], size: int,
              number: np.ndarray) -> dict[str, np.ndarray]:
    """Hops upward and what was not passed on.

    A hop that loses a ticket leaves a LOST row at the desk that did not pass it on, whether or not a SENT row stands before it.
    """
    ticket, place, value = timeline.column("ticket"), timeline.column("place"), timeline.column("value")
    tier = tables.pools.tier
    sent = by_kind[Event.SENT]
    up = sent[tier[value[sent]] > tier[place[sent]]] if len(sent) else sent
    hops = np.bincount(ticket[up], minlength=size)[number]
    lost = np.bincount(ticket[by_kind[Event.LOST]], minlength=size)[number] > 0
    return {"hops_up": hops, "sent_up": (hops > 0) | lost, "lost": lost}


def _routing(timeline: Timeline, tables: Tables, by_kind: dict[Event, np.ndarray], size: int, number: np.ndarray,
             severity: np.ndarray, registered: np.ndarray) -> dict[str, np.ndarray]:
    """Dispatches, signatures, returns and refusals of each ticket."""
    ticket, place, time = timeline.column("ticket"), timeline.column("place"), timeline.column("time")
    sent = by_kind[Event.DISPATCHED]
    order = sent[np.argsort(ticket[sent], kind="stable")]
    first, last = first_of(ticket[sent], sent, size)[number], last_of(ticket[sent], sent, size)[number]
    signed = first_of(ticket[by_kind[Event.ACCEPTED]], by_kind[Event.ACCEPTED], size)[number]
    returns = np.bincount(ticket[by_kind[Event.RETURNED]], minlength=size)[number]
    bounces = returns + np.bincount(ticket[by_kind[Event.REFUSED]], minlength=size)[number]
    dispatched = first >= 0
    when, signed_at = pick(time, first), pick(time, signed)
    waited = signed_at - when
    if tables.city and len(number):
        office = tables.city.demand.deadline_calendar
        working = worked_many(tables.calendars, office, np.maximum(signed_at, 0)) - worked_many(tables.calendars, office,
                                                                                              np.maximum(when, 0))
        waited = np.where(severity == len(SEVERITIES) - 1, waited, working)
    t, p = ticket[order], place[order]
    aba = np.zeros(size, bool)
    if len(order) > 2:
        same = (t[2:] == t[:-2]) & (p[2:] == p[:-2]) & (p[1:-1] != p[:-2])
        aba[t[2:][same]] = True
    return {
        "dispatched": dispatched,
        "dispatched_in_limit": dispatched & (when - registered <= DISPATCH_LIMIT[severity]),
        "dispatched_right": dispatched & ((pick(place, first) == pick(place, last)) | (returns == 0)),
        "accepted": signed >= 0,
        "accepted_in_limit": dispatched & (signed >= 0) & (waited <= RESPONSE_LIMIT[severity]),
        "returned": dispatched & (bounces > 0), "bounces": bounces, "ping_pong": dispatched & (bounces > 0) & aba[number]}


def ticket_margins(tickets: TicketRecord, issues: IssueRecord, tables: Tables) -> dict[str, np.ndarray]:
    """Sums over tickets, scores and histograms of their times."""
    city = tables.city
    t, days = tickets, -(-tables.end // DAY)
    real = issues.real[t.issue] if len(t.issue) else np.zeros(0, bool)
    use = real & (t.due >= tables.warm_up) & (t.due < tables.warm_up + tables.horizon)
    category = issues.category[t.issue]
    categories = len(categories_of(tables))
    places = places_of(issues.grid[t.issue], tables)
    sizes = {"category": categories, "severity": len(SEVERITIES), "tier": len(TIERS), "street": len(city.street) if city else 0,
             "community": len(city.community) if city else 0}
    groups = {"category": category, "severity": t.severity, "tier": t.tier, "street": places["street"],
              "community": places["community"]}
    chosen = {name: column[use] for name, column in t.columns.items()}
    margins = {f"tickets_by_{name}": tally(groups[name][use], size, chosen, TICKET_COUNTS) for name, size in sizes.items()}
    in_run = real & (t.due < days * DAY)
    margins["tickets_by_day"] = tally(t.due[in_run] // DAY, days, {name: column[in_run] for name, column in t.columns.items()},
                                      TICKET_COUNTS)
    scored = use & (t.score >= 0)
    for name in ("category", "street", "community"):
        flat = np.bincount(groups[name][scored] * len(SCORES) + t.score[scored], minlength=sizes[name] * len(SCORES))
        margins[f"scores_by_{name}"] = flat.reshape(sizes[name], len(SCORES)).astype(np.int64)
    closed = t.closed >= 0
    spans = {"closed": (closed, t.closed - t.registered), "unclosed": (~closed, tables.end - t.registered)}
    for name in ("severity", "category"):
        margins[f"ticket_times_by_{name}"] = np.stack(
            [histogram(groups[name][use & spans[time][0]], sizes[name], spans[time][1][use & spans[time][0]], TIME_EDGES)
             for time in TIMES[8:]], axis=1)
    return margins

