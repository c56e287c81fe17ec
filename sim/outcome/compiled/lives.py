"""How issues, tickets and stretches of work begin and end in the count."""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

from sim.compiling import melted_part, part
from sim.outcome.compiled.ends import GONE, OPEN, issue_is_over, ticket_is_over
from sim.outcome.compiled.jobs import give, pop_stay, pop_wait, take
from sim.outcome.compiled.memory import (
    calendars_of,
    grid_of,
    groups_of,
    issues_of,
    slots_of,
    stages_of,
    ticket_slots_of,
    tickets_of,
    works_of,
)
from sim.outcome.compiled.spells import LATENT, share_out, unit_of, wait_is_over, worked_until
from sim.outcome.issues import SEVERITY_WEIGHT
from sim.outcome.margins import FOUND_AT, STAGES
from sim.outcome.spells import PENDING, WITHDRAWN
from sim.timeline import Purpose

__all__ = ["QUESTION", "appears", "begins", "ends", "has_severity", "is_lost", "leaves_issue", "next_second", "nobody_waits", "perhaps_over",
           "registers", "stops_waiting", "ticket_over"]

_TRAVELLING, _HANDLING, _WORKING, _REWORKING = (STAGES.index(name) for name in ("travelling", "handling", "working", "rework"))
_STAGES, _NOBODY, _VERIFY, _SCREEN = len(STAGES), FOUND_AT.index("nobody"), int(Purpose.VERIFY), int(Purpose.SCREEN)
_OVER = -1
QUESTION = 1 << 30
"""In the maps from numbers to records: 0 not yet, -1 no more; a question has the first of its jobs there, from `QUESTION` on."""


@melted_part
def appears(book, number, stream, occurred):
    """A record for an issue; for a question only the mark that it is one."""
    if stream >= book.categories:
        slots_of(book)[number] = QUESTION
        return QUESTION
    slot = take(issues_of(book))
    slots_of(book)[number] = slot
    issue = issues_of(book)[slot]
    issue.number, issue.occurred, issue.since, issue.category = number, occurred, occurred, stream
    issue.grid = grid_of(book)[number]
    issue.ended, issue.how = -1, OPEN
    issue.discovered = -1 if book.city else occurred
    issue.word = LATENT if book.city else 0
    issue.works = issue.services = issue.groups = issue.present = issue.tickets = issue.reports = issue.registered = 0
    issue.by_staff = issue.by_sensor = issue.settled = issue.worsened = issue.claimed = issue.screened = issue.petitions = 0
    issue.found_tier, issue.resolved_tier, issue.sent_tier = _NOBODY, -1, -1
    issue.counted = book.low <= occurred < book.high
    has_severity(issue, 0)
    for stage in range(_STAGES):
        stages_of(book)[slot * _STAGES + stage] = 0
    return slot


@melted_part
def has_severity(issue, severity):
    """What it was like when it occurred."""
    issue.severity = issue.severity_now = severity
    issue.weight = SEVERITY_WEIGHT[severity]
    issue.base = SEVERITY_WEIGHT[severity] * issue.occurred


@melted_part
def ends(book, issue, slot, now, how):
    """An issue ends now."""
    share_out(book, issue, slot, now)
    issue.how, issue.ended = how, now


@part
def perhaps_over(book, slot):
    """An issue that has ended is counted once no ticket of it is open and nobody waits or works for it."""
    issue = issues_of(book)[slot]
    if issue.how == OPEN or issue.tickets or issue.present:
        return
    at, groups = issue.groups, groups_of(book)
    while at:       # where jobs alike went in and out by turns, one may be left that nobody will ask about
        while groups[at].stays:
            pop_stay(book, groups[at])
        after = groups[at].next
        give(groups, at)
        at = after
    issue_is_over(book, issue, slot)
    slots_of(book)[issue.number] = _OVER
    give(issues_of(book), slot)


@melted_part
def registers(book, number, slot, issue, tier, why, due):
    """A record for a ticket."""
    at = take(tickets_of(book))
    ticket = tickets_of(book)[at]
    ticket.number, ticket.issue, ticket.registered, ticket.due = number, slot, book.now, due
    ticket.worked = ticket.closed = ticket.dispatched = ticket.signed = ticket.first = ticket.last = ticket.before = -1
    ticket.groups = ticket.score = ticket.dispatches = ticket.returns = ticket.refused = ticket.hops = ticket.ordered = 0
    ticket.lifted = ticket.yellow = ticket.red = ticket.moving = ticket.lost = ticket.checked = ticket.rework = ticket.ping_pong = 0
    ticket.released = ticket.consulted = ticket.agreed = ticket.guided = ticket.fast_way = ticket.owned = 0
    ticket.severity, ticket.tier, ticket.reason, ticket.how, ticket.scored = issue.severity_now, tier, why, -1, -1
    issue.tickets += 1
    ticket_slots_of(book)[number] = at
    return at


@part
def ticket_over(book, at):
    """A closed ticket on which nobody works any more is counted."""
    ticket = tickets_of(book)[at]
    slot = ticket.issue
    ticket_is_over(book, ticket, issues_of(book)[slot])
    ticket_slots_of(book)[ticket.number] = _OVER
    give(tickets_of(book), at)
    issues_of(book)[slot].tickets -= 1
    perhaps_over(book, slot)


@part
def next_second(book):
    """What closed in the last second can only now be counted: its issue may have been resolved in the same second, a row later."""
    at = book.closed
    book.closed = 0
    while at:
        after = tickets_of(book)[at].next
        if not tickets_of(book)[at].groups:
            ticket_over(book, at)
        at = after


@part
def is_lost(book):
    """Bare: who was refused or hung up and did not turn up anywhere in the same breath is gone."""
    slot, book.lost = book.lost, 0
    ends(book, issues_of(book)[slot], slot, book.lost_at, GONE)
    perhaps_over(book, slot)


# --- jobs -----------------------------------------------------------------------------------------------------------------------


@melted_part
def stops_waiting(book, group, pool, end, came_out):
    """Who waited longest at a pool does so no more; gives when it began if that is a wait to be written down, else -1."""
    begin, first = group.wait_begin, group.wait_first
    pop_wait(book, group)
    wait_is_over(book, pool, group.number, group.category, begin, first, end, came_out)
    return begin if first and book.low <= begin < book.high else -1


@melted_part
def begins(book, work, pool, purpose, again, travel):
    """A stretch of work begins now."""
    calendar = calendars_of(book)[work.number]
    work.begin, work.travel, work.overtime = book.now, travel, pool.overtime
    work.done = worked_until(book, calendar, book.now)
    work.span = max(calendar.at, calendar.first)
    if pool.desk or purpose == _VERIFY or purpose == _SCREEN:     # noqa: SIM109 - as in its neighbours
        work.way, work.field = _TRAVELLING, _HANDLING
    elif again:
        work.way, work.field = _REWORKING, _REWORKING
    else:
        work.way, work.field = _TRAVELLING, _WORKING


@melted_part
def leaves_issue(book, issue, gone):
    """A stretch of work that has ended is taken from its issue's chain."""
    works = works_of(book)
    issue.services -= 1
    if issue.works == gone:
        issue.works = works[gone].next_of_issue
        return
    at = issue.works
    while works[at].next_of_issue != gone:
        at = works[at].next_of_issue
    works[at].next_of_issue = works[gone].next_of_issue


@part
def nobody_waits(book, group, issue, pool, closed):
    """A ticket has closed, or the run has stopped: whoever waits does so no more, and what is left of these jobs is forgotten."""
    until, came_out = (closed, WITHDRAWN) if 0 <= closed < book.end else (book.end, PENDING)
    while group.waits:
        stops_waiting(book, group, pool, until, came_out)
        issue.word -= unit_of(pool.kind)
    while group.stays:
        pop_stay(book, group)
