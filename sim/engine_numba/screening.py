"""Screening 月排查, 旬调度: sweeps that look for what is hidden, and reviews that set going what is stuck."""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

from sim.compiling import part
from sim.draws.random import Block
from sim.engine_numba.acts import DISPATCHES, SWEEPS_BY
from sim.engine_numba.clock import rank, record, schedule
from sim.engine_numba.desks import takes_up
from sim.engine_numba.layout import category_at, int_at, issue_at, job_at, rules_of, ticket_at
from sim.engine_numba.luck import SWEEPS, luck, turn
from sim.engine_numba.pools import forget_job, join, new_job
from sim.engine_numba.residents import reports_by_terminal
from sim.engine_numba.tickets import alive, rank_of_review, rerank
from sim.order import DISPATCHING, SWEEP_TAIL, SWEPT
from sim.screening import LIES, NOT_STUCK, found_in_sweep, how_stuck, next_round, sweep_seconds
from sim.timeline import Event, Found, Phase, Purpose
from sim.triage import urgency

__all__ = ["dispatching", "expect_dispatching", "has_found", "sweeps"]

_ARRIVAL, _SCREEN = int(Phase.ARRIVAL), int(Block.SCREEN)
_DISCOVERED, _RELEASED, _SCREENING, _TO_SCREEN = int(Event.DISCOVERED), int(Event.RELEASED), int(Found.SCREENING), int(Purpose.SCREEN)


# -- sweeps -----------------------------------------------------------------------------------------------------------------------

@part
def sweeps(w, i, number):
    """排查: the community's staff are at the doors; what nobody knows of yet they find with a chance, and it takes them their time."""
    issue, rules = issue_at(w, i), rules_of(w)
    if not alive(w, i, number) or issue.found or category_at(w, issue.category).screened <= 0:
        return
    drawn = luck(w, i, _SCREEN, SWEEPS)
    if not found_in_sweep(drawn[0], category_at(w, issue.category).screened):
        schedule(w, next_round(w.now, rules.sweep_every), rank(_ARRIVAL, number, SWEPT), SWEEPS_BY, i, number)
        return
    j = new_job(w)
    job = job_at(w, j)
    job.issue, job.issue_at, job.purpose, job.urgency, job.since = number, i, _TO_SCREEN, urgency(0, 0), w.now
    job.left, job.tail = sweep_seconds(rules.sweep_mean, turn(w, _SCREEN, 1, drawn[1])), SWEEP_TAIL
    join(w, int_at(w, "staff", int_at(w, "grid_community", issue.grid)), j)


@part
def has_found(w, j, p):
    """The staff have been there: unless it is over, or others knew of it first, they report it to the community's desk."""
    i, number = job_at(w, j).issue_at, job_at(w, j).issue
    forget_job(w, j)
    issue = issue_at(w, i)
    if not alive(w, i, number) or issue.found:
        return
    issue.found = 1
    record(w, _DISCOVERED, number, -1, p, -1, _SCREENING)
    reports_by_terminal(w, i, int_at(w, "community_desk", int_at(w, "grid_community", issue.grid)))


# -- dispatching --------------------------------------------------------------------------------------------------------------------

@part
def dispatching(w, t):
    """旬调度: what lies at a hop is sent on; what has waited for too long goes ahead of all else from now on."""
    ticket, rules = ticket_at(w, t), rules_of(w)
    if rules.dispatch_every <= 0:       # given up in a reform
        return
    at_work, j = False, ticket.jobs
    while j >= 0:
        at_work = at_work or job_at(w, j).member >= 0
        j = job_at(w, j).next
    stuck = how_stuck(ticket.lying, ticket.ahead, at_work, w.now - ticket.registered, rules.stuck_after)
    if stuck != NOT_STUCK:
        number = issue_at(w, ticket.issue).number
        record(w, _RELEASED, number, ticket.number, ticket.desk if stuck == LIES else ticket.place, -1, stuck)
        if stuck == LIES:
            takes_up(w, t)
        else:
            ticket.ahead = 1
            rerank(w, ticket.issue)
    expect_dispatching(w, t)


@part
def expect_dispatching(w, t):
    """The next dispatching review of a ticket, where there are any."""
    schedule(w, next_round(w.now, rules_of(w).dispatch_every), rank_of_review(w, t, DISPATCHING), DISPATCHES, t, ticket_at(w, t).number)
