"""Rows of issues and tickets: what each event adds to their records.  The twin of `outcome.issues` and `outcome.tickets`."""

# mypy: disable-error-code="no-untyped-def"
# ruff: noqa: SIM109
from __future__ import annotations

from sim.compiling import melted_part, part
from sim.outcome.compiled.ends import GONE, OPEN, PREVENTED, RESOLVED
from sim.outcome.compiled.jobs import without
from sim.outcome.compiled.lives import ends, has_severity, nobody_waits, perhaps_over, registers
from sim.outcome.compiled.memory import calendars_of, groups_of, limits_of, pools_of, spans_of, ticket_slots_of
from sim.outcome.compiled.spells import HAND_OFF, LATENT, share_out, worked_until
from sim.outcome.issues import SEVERITY_WEIGHT
from sim.outcome.margins import SCORES, SEVERITIES
from sim.supervision import due_time
from sim.three_ways import BIG, PRIVATE
from sim.timeline import Close, Event, Found

__all__ = ["issue_row", "ticket_row"]

(_OCCURRED, _DISCOVERED, _REGISTERED, _MERGED, _SENT, _LOST, _RECOVERED, _DISPATCHED, _ACCEPTED, _RETURNED, _REFUSED, _WORKED, _VERIFIED,
 _REWORK, _CLOSED, _RESOLVED, _GONE, _WORSENED, _LAMP, _ORDERED, _LIFTED, _EVALUATED, _LEFT, _RELEASED, _PREVENTED,
 _SORTED, _CONSULTED, _OWNED, _PETITIONED) = (int(kind) for kind in (
     Event.OCCURRED, Event.DISCOVERED, Event.REGISTERED, Event.MERGED, Event.SENT, Event.LOST, Event.RECOVERED, Event.DISPATCHED,
     Event.ACCEPTED, Event.RETURNED, Event.REFUSED, Event.WORKED, Event.VERIFIED, Event.REWORK, Event.CLOSED, Event.RESOLVED, Event.GONE,
     Event.WORSENED, Event.LAMP, Event.ORDERED, Event.LIFTED, Event.EVALUATED, Event.LEFT,
     Event.RELEASED, Event.PREVENTED, Event.SORTED, Event.CONSULTED, Event.OWNED, Event.PETITIONED))
_PATROL, _SCREENING, _SENSOR, _DONE = int(Found.PATROL), int(Found.SCREENING), int(Found.SENSOR), int(Close.WORKED)
_SEVERITIES, _SCORES = len(SEVERITIES), len(SCORES)
_SETTLED = int(Event.SETTLED)


@melted_part
def issue_row(book, issue, slot, now, kind, ticket, place, value):
    """What one row says of its issue."""
    pool = pools_of(book)[max(place, 0)]
    if kind == _OCCURRED:
        has_severity(issue, value if book.city else 0)
    elif kind == _REGISTERED:
        issue.registered += 1
        issue.reports += pool.team
        if ticket_slots_of(book)[ticket] == 0:
            registers(book, ticket, slot, issue, pool.tier, value, _due(book, issue, now))
    elif kind == _DISPATCHED or kind == _WORKED:
        issue.sent_tier = max(issue.sent_tier, pool.tier)
    elif kind == _CLOSED:
        issue.claimed |= value == _DONE
    elif kind == _DISCOVERED:
        if book.city and issue.how == OPEN and issue.discovered < 0:
            if issue.services == 0:
                share_out(book, issue, slot, now)
            issue.discovered, issue.found_tier, issue.screened = now, pool.tier, value == _SCREENING
            issue.by_staff = value == _PATROL or value == _SCREENING
            issue.by_sensor = value == _SENSOR
            issue.word -= LATENT
    elif kind == _RESOLVED or kind == _LEFT:
        if issue.how == OPEN and book.city == (kind == _RESOLVED):
            ends(book, issue, slot, now, RESOLVED)
            issue.resolved_tier = pool.tier
            perhaps_over(book, slot)
    elif kind == _SETTLED:
        issue.settled = 1
    elif kind == _MERGED:
        issue.reports += pool.team
    elif kind == _GONE:
        if issue.how == OPEN and book.city:
            ends(book, issue, slot, now, GONE)
            perhaps_over(book, slot)
    elif kind == _PETITIONED:
        issue.petitions += 1
    elif kind == _PREVENTED:
        ends(book, issue, slot, now, PREVENTED)
        perhaps_over(book, slot)
    elif kind == _WORSENED:
        issue.severity_now = value
        if issue.how == OPEN or now <= issue.ended:
            issue.worsened = 1
            issue.base += (SEVERITY_WEIGHT[value] - issue.weight) * now
            issue.weight = SEVERITY_WEIGHT[value]


@part
def _due(book, issue, now):
    """When a ticket that opens now falls due."""
    if not book.city:
        return now
    limit, calendars, spans = limits_of(book)[issue.category * _SEVERITIES + issue.severity_now], calendars_of(book), spans_of(book)
    return due_time(calendars["first"], spans["start"], spans["end"], spans["done"], book.office, limit.working, now, limit.seconds)


@melted_part
def ticket_row(book, ticket, at, issue, slot, now, kind, place, value):
    """What one row says of its ticket."""
    pool = pools_of(book)[max(place, 0)]
    if kind == _DISPATCHED:
        _is_dispatched(book, ticket, now, place)
        ticket.tier = pool.tier
    elif kind == _ACCEPTED:
        if ticket.signed < 0:
            ticket.signed, ticket.signed_office = now, worked_until(book, calendars_of(book)[book.office], now)
        ticket.tier = pool.tier
    elif kind == _REGISTERED or kind == _RECOVERED:
        if not ticket.moving and ticket.closed < 0:
            _moves(book, ticket, issue, slot, now, 1)
    elif kind == _SENT:
        ticket.hops += pools_of(book)[value].tier > pool.tier
    elif kind == _CLOSED:
        _moves(book, ticket, issue, slot, now, 0)
        if ticket.closed < 0:
            ticket.closed, ticket.how, ticket.tier = now, value, pool.tier
            ticket.next, book.closed = book.closed, at
            _sends_home(book, ticket, issue)
    elif kind == _WORKED:
        ticket.worked, ticket.tier = now, pool.tier
    elif kind == _EVALUATED:
        ticket.score, ticket.scored = value, 0
        while ticket.scored < _SCORES - 1 and SCORES[ticket.scored] != value:
            ticket.scored += 1
    elif kind == _RETURNED:
        ticket.returns += 1
    elif kind == _REFUSED:
        ticket.refused += 1
    elif kind == _LOST:
        _moves(book, ticket, issue, slot, now, 0)
        ticket.lost = 1
    elif kind == _VERIFIED:
        ticket.checked = 1
    elif kind == _REWORK:
        ticket.rework = 1
    elif kind == _LAMP:
        ticket.yellow += value == 1
        ticket.red += value == 2
    elif kind == _ORDERED:
        ticket.ordered += 1
    elif kind == _LIFTED:
        ticket.lifted += 1
    elif kind == _RELEASED:
        ticket.released += 1
    elif kind == _SORTED:
        ticket.guided += value == PRIVATE
        ticket.fast_way += value == BIG
    elif kind == _CONSULTED:
        ticket.consulted += 1
        ticket.agreed += value
    elif kind == _OWNED:
        ticket.owned = 1


@melted_part
def _moves(book, ticket, issue, slot, now, moving):
    """A ticket moves from here on, or lies."""
    if issue.services == 0:
        share_out(book, issue, slot, now)
    issue.word += HAND_OFF * (moving - ticket.moving)
    ticket.moving = moving


@melted_part
def _is_dispatched(book, ticket, now, place):
    """To a unit: the first time, or back and forth."""
    if ticket.dispatched < 0:
        ticket.dispatched, ticket.first = now, place
        ticket.dispatched_office = worked_until(book, calendars_of(book)[book.office], now)
    elif ticket.dispatches >= 2 and place == ticket.before and place != ticket.last:
        ticket.ping_pong = 1
    ticket.before, ticket.last = ticket.last, place
    ticket.dispatches += 1


@part
def _sends_home(book, ticket, issue):
    """A ticket has closed: nobody waits for it any more; whoever is at work on it goes on."""
    groups, here = groups_of(book), ticket.groups
    while here:
        after = groups[here].next
        if groups[here].works:
            groups[here].alive = groups[here].works
        else:
            nobody_waits(book, groups[here], issue, pools_of(book)[groups[here].number], ticket.closed)
            ticket.groups = without(book, ticket.groups, here)
        here = after
