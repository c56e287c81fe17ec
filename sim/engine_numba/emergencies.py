"""Emergencies 应急处置: when they are declared, and who is seconded from patrol to urgent work."""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

from sim.compiling import melted_part, part
from sim.emergencies import is_declared, is_over, may_be_seconded, seconded_seconds, team_is_called
from sim.engine_numba.clock import record, touch
from sim.engine_numba.heaps import pop
from sim.engine_numba.layout import int_at, issue_at, job_at, member_at, node_at, pool_at, put_int, rules_of, ticket_at
from sim.engine_numba.pools import first_of, free_member, hand, leave, wake_at_next_shift
from sim.tables import PoolKind
from sim.timeline import Event
from sim.triage import interrupts

__all__ = ["calls_a_team", "counts", "first_lender", "is_seconded", "notes_lender", "works_for"]

_DECLARED, _STOOD_DOWN, _SECONDED, _JOINED = int(Event.DECLARED), int(Event.STOOD_DOWN), int(Event.SECONDED), int(Event.JOINED)
_GRID_TEAM = int(PoolKind.GRID_TEAM)


# -- when -------------------------------------------------------------------------------------------------------------------------

@part
def counts(w, i, tickets):
    """So many more tickets of an issue are open, or fewer; or it has become urgent while they are."""
    if not rules_of(w).emergencies or tickets == 0 or not interrupts(issue_at(w, i).severity):
        return
    w.urgent += tickets
    if not w.emergency and is_declared(w.urgent, rules_of(w).emergency_bar):
        record(w, _DECLARED, -1, -1, -1, -1, w.urgent)
        w.emergency, w.emergency_since = 1, w.now
        _everybody_knows(w)
    elif w.emergency and is_over(w.urgent, rules_of(w).emergency_bar, rules_of(w).emergency_over):
        record(w, _STOOD_DOWN, -1, -1, -1, -1, w.now - w.emergency_since)
        w.emergency = 0
        _everybody_knows(w)


@melted_part
def _everybody_knows(w):
    """From now on urgent work interrupts, and members may be seconded; or no more."""
    for p in range(w.pools_n):
        pool = pool_at(w, p)
        if pool.preemptive == 2:
            pool.interrupting = w.emergency
            touch(w, p)
        if pool.kind == _GRID_TEAM and rules_of(w).seconded > 0:
            pool.lends = w.emergency
            touch(w, p)


# -- a cross-department team ----------------------------------------------------------------------------------------------------------

@part
def calls_a_team(w, i):
    """Whether work of several departments goes to a team now."""
    return team_is_called(rules_of(w).emergency_team, w.emergency == 1, issue_at(w, i).severity)


# -- secondment -------------------------------------------------------------------------------------------------------------------

@part
def notes_lender(w, p):
    """Members of this team may be seconded once all others have been looked through."""
    pool = pool_at(w, p)
    if not pool.lending:
        pool.lending = 1
        put_int(w, "lenders", w.lenders_n, p)
        w.lenders_n += 1


@melted_part
def first_lender(w):
    """The place, among the teams of which somebody may be seconded, of the first."""
    first = 0
    for place in range(1, w.lenders_n):
        if int_at(w, "lenders", place) < int_at(w, "lenders", first):
            first = place
    return first


@melted_part
def is_seconded(w, p):
    """Somebody of a grid team is seconded to the most urgent of what still waits: the member, or -1 when there is no pair left."""
    pool, rules = pool_at(w, p), rules_of(w)
    pool.calls = first_of(w, pool.calls)
    if not pool.lends or pool.calls < 0 or _seconded(w, p) >= may_be_seconded(pool.members, rules.seconded):
        return -1
    m = free_member(w, p) if pool.free else -1
    if m < 0:
        if pool.free:
            wake_at_next_shift(w, p, False)
        return -1
    j = node_at(w, pool.calls).a
    pool.calls = pop(w, pool.calls)
    job, home = job_at(w, j), job_at(w, j).pool
    leave(w, j)
    record(w, _SECONDED, job.issue, job.ticket, home, -1, p)
    job.left = seconded_seconds(job.left, job.travel_left, rules.seconded_slower)
    job.pool, job.matter, ticket_at(w, job.ticket_at).place = p, home, p
    record(w, _JOINED, job.issue, job.ticket, p, -1, job.purpose)
    hand(w, p, m, j)
    return m


@part
def _seconded(w, p):
    """How many of a grid team work for others now."""
    pool, many = pool_at(w, p), 0
    for m in range(pool.first, pool.first + pool.members):
        j = member_at(w, m).job
        if j >= 0 and job_at(w, j).matter >= 0:
            many += 1
    return many


@part
def works_for(w, p, matter):
    """The unit in whose name a member has worked: their own, or the one that somebody of a grid team was seconded to."""
    return matter if matter >= 0 and pool_at(w, p).kind == _GRID_TEAM else p
