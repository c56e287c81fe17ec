"""Rows of queues: a job joins, starts, is suspended, ends, hangs up, is lifted a tier.  The twin of `outcome.spells`."""

# mypy: disable-error-code="no-untyped-def"
# ruff: noqa: SIM109
from __future__ import annotations

from sim.compiling import melted_part
from sim.outcome.compiled.jobs import (
    find,
    give,
    is_empty,
    pop_stay,
    pop_work,
    push_stay,
    push_wait,
    push_work,
    put_in_front,
    take,
    without,
)
from sim.outcome.compiled.lives import QUESTION, begins, leaves_issue, nobody_waits, perhaps_over, stops_waiting, ticket_over
from sim.outcome.compiled.memory import (
    categories_of,
    groups_of,
    issues_of,
    members_of,
    pools_of,
    slots_of,
    stream_of,
    ticket_slots_of,
    tickets_of,
    waits_of,
    works_of,
)
from sim.outcome.compiled.spells import share_out, stay_is_over, stretch_is_over, unit_of
from sim.outcome.spells import ABANDONED, STARTED, WITHDRAWN
from sim.timeline import Event

__all__ = ["queue_row"]

_JOINED, _STARTED, _SUSPENDED, _ENDED, _HUNG_UP, _LIFTED, _HANDED_OVER = (int(kind) for kind in (
    Event.JOINED, Event.STARTED, Event.SUSPENDED, Event.ENDED, Event.HUNG_UP, Event.LIFTED, Event.HANDED_OVER))


@melted_part
def queue_row(book, slot, number, now, kind, ticket, place, member, value):
    """One row: which jobs it is about, and what becomes of them."""
    # Jobs of a ticket on nothing stand with the other jobs of what it is about, which has one ticket and one job at a time.
    at = ticket_slots_of(book)[ticket] if 0 <= ticket < book.tickets and slot < QUESTION else 0
    if slot < 0 or (ticket >= 0 and at <= 0 and slot < QUESTION):
        return
    first = tickets_of(book)[at].groups if at else issues_of(book)[slot].groups if slot < QUESTION else slot - QUESTION
    here = find(book, first, place)
    if not here:
        if kind != _JOINED and kind != _STARTED:
            return
        category = issues_of(book)[slot].category if slot < QUESTION else categories_of(book)[stream_of(book)[number]]
        first = here = put_in_front(book, first, place, category)
        _begin_with(book, slot, number, at, first)
    group, pool = groups_of(book)[here], pools_of(book)[place]
    issue = issues_of(book)[slot if slot < QUESTION else 0]     # a question has none: nobody reads what stands in the first
    if slot < QUESTION and (issue.services == 0 or _STARTED <= kind <= _ENDED):
        share_out(book, issue, slot, now)
    if kind == _JOINED:
        group.purpose = value
        push_wait(book, group, now, 1)
        issue.word += unit_of(pool.kind)
        if not at:
            issue.present += 1
    elif kind == _STARTED:
        _starts(book, issue, slot < QUESTION, group, pool, now, value, member, at)
    else:
        if kind == _ENDED or kind == _SUSPENDED:
            _stops(book, issue, slot < QUESTION, group, pool, now)
        if kind == _SUSPENDED:
            push_wait(book, group, now, 0)
            issue.word += unit_of(pool.kind)
            return
        if kind == _ENDED:
            _is_done(book, issue, group, pool, now, at)
        elif group.waits:
            stops_waiting(book, group, pool, now, ABANDONED if kind == _HUNG_UP else WITHDRAWN)
            issue.word -= unit_of(pool.kind)
        if is_empty(group):
            first = without(book, first, here)
            _begin_with(book, slot, number, at, first)
        if kind == _HANDED_OVER:        # it goes on elsewhere
            if not at and slot < QUESTION:
                issue.present -= 1
            return
        _perhaps_the_last(book, slot, kind, now, at, first)


@melted_part
def _begin_with(book, slot, number, at, first):
    """The chain of jobs of a ticket, an issue or a question begins anew."""
    if at:
        tickets_of(book)[at].groups = first
    elif slot < QUESTION:
        issues_of(book)[slot].groups = first
    else:
        slots_of(book)[number] = QUESTION + first


@melted_part
def _starts(book, issue, is_issue, group, pool, now, travel, member, at):
    """A member starts on a job, or resumes it."""
    if group.waits:
        begin, new = group.wait_begin, group.wait_first
        if 0 <= stops_waiting(book, group, pool, now, STARTED) < now:
            waits_of(book)[book.waits] = group.number << 32 | now - begin
            book.waits += 1
        if new:
            push_stay(book, group, begin)
        issue.word -= unit_of(pool.kind)
    slot = take(works_of(book))
    work = works_of(book)[slot]
    work.number = 0 if pool.unlimited else members_of(book)[pool.first_member + member]
    begins(book, work, pool, group.purpose, at and tickets_of(book)[at].rework, travel)
    push_work(book, group, slot)
    if is_issue:
        work.next_of_issue = issue.works
        issue.works = slot
        issue.services += 1


@melted_part
def _stops(book, issue, is_issue, group, pool, now):
    """A stretch of work is over."""
    if group.works:
        slot = pop_work(book, group)
        stretch_is_over(book, pool, group.number, works_of(book)[slot], now)
        if is_issue:
            leaves_issue(book, issue, slot)
        give(works_of(book), slot)


@melted_part
def _is_done(book, issue, group, pool, now, at):
    """A job has ended."""
    if group.stays:
        begin = group.stay_begin
        pop_stay(book, group)
        stay_is_over(book, pool, group.number, group.category, begin, now)
    if group.alive > 0:
        group.alive -= 1
        if group.alive == 0:
            nobody_waits(book, group, issue, pool, tickets_of(book)[at].closed)


@melted_part
def _perhaps_the_last(book, slot, kind, now, at, first):
    """A job is off its queue for good: what was waiting for that may be counted."""
    if at:
        if not first and 0 <= tickets_of(book)[at].closed < now:
            ticket_over(book, at)
    elif slot < QUESTION:
        issues_of(book)[slot].present -= 1
        if kind == _HUNG_UP and not book.city:
            book.lost, book.lost_at = slot, now
        else:
            perhaps_over(book, slot)
