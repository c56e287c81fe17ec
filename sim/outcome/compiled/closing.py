"""The end of the run: what is still there is counted as open."""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

from sim.compiling import compiled, part
from sim.outcome.compiled.ends import issue_is_over, ticket_is_over
from sim.outcome.compiled.jobs import give, pop_work
from sim.outcome.compiled.lives import QUESTION, appears, is_lost, next_second, nobody_waits
from sim.outcome.compiled.memory import (
    groups_of,
    issues_of,
    pools_of,
    slots_of,
    stream_of,
    ticket_slots_of,
    tickets_of,
    time_of,
    works_of,
)
from sim.outcome.compiled.spells import share_out, stretch_is_over

__all__ = ["close_all"]


@part
def _drop_jobs(book, first, issue, closed):
    """Who waits and who works does so until the run stops; `first` begins a chain of jobs."""
    groups, works = groups_of(book), works_of(book)
    while first:
        group = groups[first]
        pool = pools_of(book)[group.number]
        while group.works:
            done = pop_work(book, group)
            stretch_is_over(book, pool, group.number, works[done], book.end)
            give(works, done)
        nobody_waits(book, group, issue, pool, closed)
        after = group.next
        give(groups, first)
        first = after


@compiled
def close_all(books):
    """The run has stopped."""
    book = books[0]
    issues, slots = issues_of(book), slots_of(book)
    book.now = book.end
    if book.closed:
        next_second(book)
    if book.lost:
        is_lost(book)
    for number in range(book.issues):
        slot = slots[number]
        if slot == 0 and stream_of(book)[number] < book.categories:     # of which no row ever told
            slot = appears(book, number, stream_of(book)[number], time_of(book)[number])
            share_out(book, issues[slot], slot, book.end)
            issue_is_over(book, issues[slot], slot)
            slots[number] = 0
            give(issues, slot)
        elif 0 < slot < QUESTION:
            share_out(book, issues[slot], slot, book.end)
        elif slot > QUESTION:
            _drop_jobs(book, slot - QUESTION, issues[0], -1)
    for number in range(book.tickets):
        at = ticket_slots_of(book)[number]
        if at > 0:
            ticket = tickets_of(book)[at]
            issue = issues[ticket.issue]
            _drop_jobs(book, ticket.groups, issue, ticket.closed)
            ticket_is_over(book, ticket, issue)
    for number in range(book.issues):
        slot = slots[number]
        if 0 < slot < QUESTION:
            _drop_jobs(book, issues[slot].groups, issues[slot], -1)
            issue_is_over(book, issues[slot], slot)
