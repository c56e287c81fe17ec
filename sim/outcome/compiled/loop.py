"""The count itself: once over the rows, a turn for each kind of event.

Each event does what the numpy count makes of it, told apart by when it is known; whatever must wait for more (a ticket that closed,
until its second is over; an issue that ended, until nobody works on it) waits in its record.
"""

# mypy: disable-error-code="no-untyped-def"
# ruff: noqa: SIM109
from __future__ import annotations

import numpy as np

from sim.compiling import compiled, melted_part, part
from sim.outcome.compiled.lives import QUESTION, appears, is_lost, next_second
from sim.outcome.compiled.memory import (
    counts_of,
    issue_soon,
    issues_of,
    slots_of,
    slots_soon,
    stream_of,
    ticket_slots_of,
    ticket_slots_soon,
    ticket_soon,
    tickets_of,
    time_of,
)
from sim.outcome.compiled.queues import queue_row
from sim.outcome.compiled.turns import issue_row, ticket_row
from sim.outcome.margins import ASSESSMENT_COUNTS, DAILY_COUNTS, DAY, HOUR, POOL_COUNTS, TRUST_COUNTS
from sim.tables import CHANNELS
from sim.timeline import Event

__all__ = ["feed"]

_CONTACTED, _BLOCKED, _HUNG_UP, _REGISTERED, _JOINED, _ENDED, _LIFTED, _SECONDED, _HANDED_OVER = (int(kind) for kind in (
    Event.CONTACTED, Event.BLOCKED, Event.HUNG_UP, Event.REGISTERED, Event.JOINED, Event.ENDED, Event.LIFTED, Event.SECONDED, Event.HANDED_OVER))
_BY_DAY = np.full(max(Event) + 1, -1, np.int64)     # the column of `daily` in which rows of a kind are counted one by one
for _kind, _name in ((Event.REGISTERED, "registered"), (Event.WORKED, "worked"), (Event.CLOSED, "closed"), (Event.WORSENED, "worsened"),
                     (Event.ALARM, "alarms"), (Event.FALSE_ALARM, "false_alarms"), (Event.DISMISSED, "dismissed"),
                     (Event.HELPED, "helped"), (Event.REFERRED, "referred"), (Event.FABRICATED, "fabricated"),
                     (Event.SECONDED, "seconded"), (Event.HANDED_OVER, "handed_over"),
                     (Event.CONTACTED, "contacts"), (Event.BLOCKED, "blocked"), (Event.HUNG_UP, "hung_up"), (Event.GAVE_UP, "gave_up")):
    _BY_DAY[_kind] = DAILY_COUNTS.index(_name)
_ON_NOTHING, _EMERGENCIES, _DECLARED = DAILY_COUNTS.index("on_nothing"), DAILY_COUNTS.index("emergencies"), int(Event.DECLARED)
_PHONE_CONTACTS, _POOL_BLOCKED, _POOL_CALLS = DAILY_COUNTS.index("phone_contacts"), POOL_COUNTS.index("blocked"), POOL_COUNTS.index("calls")
_ASSESSED, _LISTED, _ASSESSMENT = int(Event.ASSESSED), int(Event.LISTED), len(ASSESSMENT_COUNTS)
_TRUSTED, _TRUST, _T_ASKED, _T_TRUST = int(Event.TRUSTED), len(TRUST_COUNTS), TRUST_COUNTS.index("asked"), TRUST_COUNTS.index("trust")
_A_ASSESSED, _A_POINTS, _A_LISTED = (ASSESSMENT_COUNTS.index(name) for name in ("assessed", "points", "listed"))
_FAR, _NEAR = 16, 7     # rows ahead
_DAILY, _POOL, _PHONE = len(DAILY_COUNTS), len(POOL_COUNTS), CHANNELS.index("phone")


@compiled
def feed(rows, books):
    """Count rows in order; gives how many, fewer only where there is no room for a ticket's number."""
    book = books[0]
    slots, last = slots_of(book), len(rows) - 1
    for r in range(len(rows)):
        # What later rows will need is seldom in the cache: ask for it now.
        soon = min(r + _FAR, last)
        slots_soon(book, rows[soon, 2])
        ticket_slots_soon(book, rows[soon, 3])
        soon = min(r + _NEAR, last)
        issue_soon(book, slots[rows[soon, 2]])
        ticket_soon(book, ticket_slots_of(book)[max(min(rows[soon, 3], book.tickets - 1), 0)])
        now, kind, number, ticket, place, value = rows[r, 0], rows[r, 1], rows[r, 2], rows[r, 3], rows[r, 4], rows[r, 6]
        if kind == _REGISTERED and ticket >= book.tickets:
            return r
        if now != book.now:
            if book.closed:
                next_second(book)
            book.now = now
        if number < 0:
            _of_the_district(book, now, kind, value)
            continue
        slot = slots[number]
        if book.lost:
            if slot != book.lost:
                is_lost(book)
            book.lost = 0
        if slot == 0:
            slot = appears(book, number, stream_of(book)[number], time_of(book)[number])
        column = _BY_DAY[kind]
        if slot >= QUESTION and ticket >= 0 and column >= 0 and kind != _SECONDED and kind != _HANDED_OVER:
            column = _ON_NOTHING if kind == _REGISTERED else -1
        if column >= 0 and now // DAY < book.days:
            counts_of(book)[book.daily + now // DAY * _DAILY + column] += 1
        if _JOINED <= kind <= _ENDED or kind == _HUNG_UP or kind == _HANDED_OVER:
            pass
        elif kind == _CONTACTED or kind == _BLOCKED:
            _at_a_desk(book, slot, now, kind, place, value)
            continue
        elif 0 < slot < QUESTION:
            issue = issues_of(book)[slot]
            issue_row(book, issue, slot, now, kind, ticket, place, value)
            at = ticket_slots_of(book)[ticket] if 0 <= ticket < book.tickets else 0
            if at > 0:
                ticket_row(book, tickets_of(book)[at], at, issue, slot, now, kind, place, value)
            if kind != _LIFTED and kind != _SECONDED:
                continue
        elif slot < QUESTION or (kind != _LIFTED and kind != _SECONDED):
            continue
        queue_row(book, slot, number, now, kind, ticket, place, rows[r, 5], value)
    return len(rows)


@part
def _of_the_district(book, now, kind, value):
    """A row of no single issue: a unit is scored, a street listed, a community asked.  Streets stand behind the departments."""
    out = counts_of(book)
    if kind == _DECLARED and now // DAY < book.days:
        out[book.daily + now // DAY * _DAILY + _EMERGENCIES] += 1
    if kind == _TRUSTED:
        cell = book.trust_by_community + value // 4096 * _TRUST
        out[cell + _T_ASKED] += 1
        out[cell + _T_TRUST] += value % 4096
    if not book.low <= now < book.high:
        return
    if kind == _ASSESSED:
        cell = book.assessments_by_department + value % 1024 * _ASSESSMENT
        out[cell + _A_ASSESSED] += 1
        out[cell + _A_POINTS] += value // 1024
    elif kind == _LISTED:
        out[book.assessments_by_department + (book.departments + value) * _ASSESSMENT + _A_LISTED] += 1


@melted_part
def _at_a_desk(book, slot, now, kind, place, value):
    """Somebody turns to a desk, or finds all lines or places taken."""
    out, measured, is_issue = counts_of(book), book.low <= now < book.high, 0 < slot < QUESTION
    if kind == _BLOCKED:
        if measured:
            out[book.pools + place * _POOL + _POOL_BLOCKED] += 1
        if is_issue and not book.city:
            book.lost, book.lost_at = slot, now
        return
    if is_issue:
        issues_of(book)[slot].reports += 1
    phone = value % 8 == _PHONE
    if phone and now // DAY < book.days:
        out[book.daily + now // DAY * _DAILY + _PHONE_CONTACTS] += 1
    if measured:
        out[book.contacts + now // HOUR] += 1
        out[book.pools + place * _POOL + _POOL_CALLS] += phone
