"""Supervision 督办: whoever watches the clock on every ticket."""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

from sim.compiling import part
from sim.engine_numba.clock import record
from sim.engine_numba.desks import takes_up, unit_of
from sim.engine_numba.layout import issue_at, job_at, pool_at, rules_of, ticket_at
from sim.engine_numba.pools import leave
from sim.engine_numba.tickets import due, put_down, rerank
from sim.engine_numba.units import takes
from sim.escalation import lifted_to, may_be_lifted
from sim.supervision import LIFT, RED, YELLOW, review_share
from sim.timeline import Event, Purpose

__all__ = ["reviews"]

_LAMP, _ORDERED, _LIFTED = int(Event.LAMP), int(Event.ORDERED), int(Event.LIFTED)
_WORK = int(Purpose.WORK)


@part
def reviews(w, t):
    """督查员: the lamp turns yellow; at another share of the limit red with an order; later the ticket goes up a tier."""
    ticket, rules = ticket_at(w, t), rules_of(w)
    if review_share(rules.supervision, ticket.review + 1, rules.lamp_yellow, rules.lamp_red, rules.lift) <= 0:      # given up in a reform
        return
    ticket.review += 1
    if ticket.review == YELLOW:
        _lights(w, t, YELLOW)
        due(w, t, RED)
    elif ticket.review == RED:
        _lights(w, t, RED)
        _orders(w, t)
        due(w, t, LIFT)
    else:
        _lifts(w, t)


@part
def _lights(w, t, lamp):
    """亮灯: what waits with it takes its new place at once."""
    ticket = ticket_at(w, t)
    ticket.lamp = lamp
    record(w, _LAMP, issue_at(w, ticket.issue).number, ticket.number, ticket.place, -1, lamp)
    rerank(w, ticket.issue)


@part
def _orders(w, t):
    """督办单: more effort, and what lies somewhere is sent on."""
    ticket = ticket_at(w, t)
    ticket.ordered = 1
    record(w, _ORDERED, issue_at(w, ticket.issue).number, ticket.number, ticket.desk, -1, 0)
    if ticket.lying:
        takes_up(w, t)


@part
def _lifts(w, t):
    """Too late by far: work that still waits below the district goes to the next tier's unit."""
    ticket = ticket_at(w, t)
    issue = issue_at(w, ticket.issue)
    j, last = ticket.jobs, ticket.last_job
    while j >= 0:
        job = job_at(w, j)
        following = job.next if j != last else -1
        tier, place = pool_at(w, job.pool).tier, job.pool
        if may_be_lifted(job.purpose == _WORK, tier) and job.started < 0 and leave(w, j):
            put_down(w, j)
            issue.able = lifted_to(issue.able, tier)
            ticket.hops = 0
            unit = unit_of(w, ticket.issue, ticket.part)
            record(w, _LIFTED, issue.number, ticket.number, place, -1, unit)
            takes(w, t, unit, ticket.part, _WORK)
        j = following
