"""The count itself: once over the rows, a turn for each kind of event.

Each event does what the numpy count makes of it, told apart by when it is known; whatever must wait for more (a ticket that closed,
until its second is over; an issue that ended, until nobody works on it) waits in its record.
"""

# mypy: disable-error-code="no-untyped-def"
# ruff: noqa: SIM109
from __future__ import annotations

import numpy as np

from sim.compiling import compiled, part
from sim.outcome.compiled.lives import QUESTION, appears, is_lost, next_second
from sim.outcome.compiled.memory import (
    counts_of,
    issues_of,
    slots_of,
    stream_of,
    ticket_slots_of,
    tickets_of,
    time_of,
)
from sim.outcome.compiled.queues import queue_row
from sim.outcome.compiled.turns import issue_row, ticket_row
from sim.outcome.margins import DAILY_COUNTS, DAY, HOUR, POOL_COUNTS
from sim.tables import CHANNELS
from sim.timeline import Event

__all__ = ["feed"]

_CONTACTED, _BLOCKED, _HUNG_UP, _REGISTERED, _JOINED, _ENDED, _LIFTED = (int(kind) for kind in (
    Event.CONTACTED, Event.BLOCKED, Event.HUNG_UP, Event.REGISTERED, Event.JOINED, Event.ENDED, Event.LIFTED))
_BY_DAY = np.full(max(Event) + 1, -1, np.int64)     # the column of `daily` in which rows of a kind are counted one by one
for _kind, _name in ((Event.REGISTERED, "registered"), (Event.WORKED, "worked"), (Event.CLOSED, "closed"), (Event.WORSENED, "worsened"),
                     (Event.ALARM, "alarms"), (Event.FALSE_ALARM, "false_alarms"), (Event.DISMISSED, "dismissed"),
                     (Event.HELPED, "helped"), (Event.REFERRED, "referred"), (Event.FABRICATED, "fabricated"),
                     (Event.CONTACTED, "contacts"), (Event.BLOCKED, "blocked"), (Event.HUNG_UP, "hung_up"), (Event.GAVE_UP, "gave_up")):
    _BY_DAY[_kind] = DAILY_COUNTS.index(_name)
_ON_NOTHING = DAILY_COUNTS.index("on_nothing")
_PHONE_CONTACTS, _POOL_BLOCKED, _POOL_CALLS = DAILY_COUNTS.index("phone_contacts"), POOL_COUNTS.index("blocked"), POOL_COUNTS.index("calls")
_DAILY, _POOL, _PHONE = len(DAILY_COUNTS), len(POOL_COUNTS), CHANNELS.index("phone")


@compiled
def feed(rows, books):
    """Count rows in order; gives how many, fewer only where there is no room for a ticket's number."""
    book = books[0]
    slots = slots_of(book)
    for r in range(len(rows)):
        now, kind, number, ticket, place, value = rows[r, 0], rows[r, 1], rows[r, 2], rows[r, 3], rows[r, 4], rows[r, 6]
        if kind == _REGISTERED and ticket >= book.tickets:
            return r
        if now != book.now:
            if book.closed:
                next_second(book)
            book.now = now
        slot = slots[number]
        if book.lost:
            if slot != book.lost:
                is_lost(book)
            book.lost = 0
        if slot == 0:
            slot = appears(book, number, stream_of(book)[number], time_of(book)[number])
        column = _BY_DAY[kind]
        if slot >= QUESTION and ticket >= 0 and column >= 0:
            column = _ON_NOTHING if kind == _REGISTERED else -1
        if column >= 0 and now // DAY < book.days:
            counts_of(book)[book.daily + now // DAY * _DAILY + column] += 1
        if _JOINED <= kind <= _ENDED or kind == _HUNG_UP:
            queue_row(book, slot, number, now, kind, ticket, place, rows[r, 5], value)
            continue
        if kind == _CONTACTED or kind == _BLOCKED:
            _at_a_desk(book, slot, now, kind, place, value)
        elif 0 < slot < QUESTION:
            issue = issues_of(book)[slot]
            issue_row(book, issue, slot, now, kind, ticket, place, value)
            at = ticket_slots_of(book)[ticket] if 0 <= ticket < book.tickets else 0
            if at > 0:
                ticket_row(book, tickets_of(book)[at], at, issue, slot, now, kind, place, value)
            if kind == _LIFTED:
                queue_row(book, slot, number, now, kind, ticket, place, rows[r, 5], value)
        elif slot >= QUESTION and kind == _LIFTED:
            queue_row(book, slot, number, now, kind, ticket, place, rows[r, 5], value)
    return len(rows)


@part
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
