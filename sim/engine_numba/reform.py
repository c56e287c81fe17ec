"""Reform 改革: whoever carries it through, step by step within a second, so that there is room for whatever it sets going."""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

from sim.case_owners import first_look
from sim.compiling import melted_part, part
from sim.draws.random import Block
from sim.engine_numba.acts import MORE, OWNS, REFORMS, SWEEPS_BY
from sim.engine_numba.assessment import expect_assessment
from sim.engine_numba.beats import advance, changes, hide
from sim.engine_numba.clock import rank, record, schedule, touch
from sim.engine_numba.desks import will_be_seen
from sim.engine_numba.heaps import drop_find, pop
from sim.engine_numba.layout import (
    FIRST_COUNTER,
    assessed_at,
    category_at,
    cause_at,
    find_at,
    float_at,
    int_at,
    issue_at,
    job_at,
    long_at,
    member_at,
    node_at,
    pool_at,
    put_long,
    rules_of,
    shift_at,
    ticket_at,
)
from sim.engine_numba.luck import patrol_luck_of
from sim.engine_numba.pools import hands_over, is_free, join, leave
from sim.engine_numba.regimes import AFTER, BEFORE, BETWEEN, follow, in_charge, under
from sim.engine_numba.root_causes import expect_analysis
from sim.engine_numba.screening import expect_dispatching
from sim.engine_numba.tickets import due, rank_of_review
from sim.grid_workers import clock_until_found, is_looked_for
from sim.order import OWNERS, SWEPT, WHOLE_DISTRICT
from sim.reform import asked_so_far, clock_left
from sim.screening import next_round
from sim.supervision import YELLOW
from sim.tables import PoolKind
from sim.timeline import Event, Phase

__all__ = ["expect_reform", "is_handed", "reforms"]

STREETS, POOLS, JOBS, TICKETS, BEATS, ISSUES, LEAVERS, COMERS = range(8)
_SHIFT, _ARRIVAL, _REFORMED, _GRID_TEAM = int(Phase.SHIFT), int(Phase.ARRIVAL), int(Event.REFORMED), int(PoolKind.GRID_TEAM)
_PATROL = int(Block.PATROL) - FIRST_COUNTER


@part
def expect_reform(w, k):
    """The next day of the reform, if there is one."""
    if k < w.reforms:
        schedule(w, long_at(w, "moments", k), rank(_SHIFT, WHOLE_DISTRICT, 0), REFORMS, 0, k)


@part
def _goes_on(w, stage, at, k):
    schedule(w, w.now, rank(_SHIFT, WHOLE_DISTRICT, 0), REFORMS + (stage << MORE), at, k)


@melted_part
def reforms(w, stage, at, k):
    """The next step of a day of the reform: rules, desks and teams, what waits there, tickets, what is not known yet, who works where."""
    number, again = w.members_used, False
    if stage == STREETS:
        number = w.streets_n
    elif stage == TICKETS:
        number = w.tickets_size
    elif stage == ISSUES:
        number = w.issues_size
    elif stage == POOLS or stage == JOBS or stage == BEATS:     # noqa: SIM109 - as in its neighbours
        number = w.pools_n
    if at >= number:
        if stage == COMERS:
            expect_reform(w, k + 1)
            return
        if stage == STREETS and k == 0:
            _district_changes(w)
        _goes_on(w, stage + 1, 0, k)
        return
    if stage == STREETS:
        _street_changes(w, at, k)
    elif stage == POOLS:
        _pool_changes(w, at)
    elif stage == JOBS:
        again = _job_goes_on(w, at)
    elif stage == TICKETS:
        if ticket_at(w, at).number >= 0:
            _ticket_changes(w, at)
    elif stage == BEATS:
        again = _find_goes_on(w, at)
    elif stage == ISSUES:
        if issue_at(w, at).number >= 0 and not issue_at(w, at).ended:
            _is_looked_for_now(w, at)
    elif stage == LEAVERS:
        _leaves(w, at)
    else:
        _comes(w, at)
    _goes_on(w, stage, at if again else at + 1, k)


@part
def _street_changes(w, street, k):
    if long_at(w, "street_time", street) == w.now:
        put_long(w, "street_regime", street, AFTER)
        put_long(w, "street_since", street, w.now)
        record(w, _REFORMED, -1, -1, -1, -1, street)
    elif k == 0:
        put_long(w, "street_regime", street, BETWEEN)


@part
def _district_changes(w):
    """Reviews of the whole district begin their rounds anew; what is not continued is forgotten."""
    w.district = AFTER
    follow(w, AFTER, 0)
    if not w.stays_analysed:
        for cluster in range(w.clusters_n):
            cause_at(w, cluster).tickets = 0
    if not w.stays_assessed:
        for number in range(w.assessed_n):
            unit = assessed_at(w, number)
            unit.done = unit.in_time = unit.rework = unit.returns = 0
            unit.effort = unit.refusal = 1.0
            unit.checks = 0.0
    expect_analysis(w)
    expect_assessment(w)


@part
def _pool_changes(w, p):
    """Who may be interrupted, and which team begins in the middle of a quota's period; a pool may be no more."""
    if long_at(w, "pool_time", p) != w.now:
        return
    pool = pool_at(w, p)
    pool.interrupting = pool.preemptive = int_at(w, "pool_preemptive", p)
    pool.success = float_at(w, "pool_success", p)
    if pool.preemptive:
        touch(w, p)
    follow(w, BEFORE, 0)
    padded = rules_of(w).padding
    follow(w, AFTER, 0)
    rules = rules_of(w)
    if rules.padding and pool.kind == _GRID_TEAM and (not padded or long_at(w, "pool_born", p)):
        pool.reports = asked_so_far(pool.members, rules.quota, rules.padding_period, w.now)
        pool.reports_period = w.now // rules.padding_period
    if long_at(w, "pool_until", p) == w.now:
        pool.gone = 1


# -- what waits -------------------------------------------------------------------------------------------------------------------

@part
def _job_goes_on(w, p):
    """移交: the next of those who wait at a pool that is no more; whether there was one."""
    pool = pool_at(w, p)
    if long_at(w, "pool_until", p) != w.now:
        return False
    while pool.waiting >= 0 and job_at(w, node_at(w, pool.waiting).a).entry != node_at(w, pool.waiting).b:
        pool.waiting = pop(w, pool.waiting)
    if pool.waiting < 0:
        return False
    j = node_at(w, pool.waiting).a
    pool.waiting = pop(w, pool.waiting)
    leave(w, j)
    hands_over(w, p, j)
    return True


@part
def is_handed(w, j, p):
    """What was handed over is there, unless its ticket has closed on the way."""
    t = job_at(w, j).ticket_at
    if t >= 0:
        ticket_at(w, t).place = p
        join(w, p, j)


@part
def _ticket_changes(w, t):
    """An open ticket: whose it is now, and what the new rules begin to do with it."""
    ticket = ticket_at(w, t)
    issue = issue_at(w, ticket.issue)
    street = int_at(w, "grid_street", issue.grid)
    changes_now = long_at(w, "street_time", street) == w.now
    follow(w, BEFORE, 0)
    old = rules_of(w)
    shared, watched, looked_at, owned = old.shared_ledger, old.supervision, old.dispatch_every > 0, old.owned_at_most > 0
    under(w, street)
    ticket.desk = in_charge(w, ticket.desk, issue.category, issue.grid)
    if ticket.unit >= 0:
        ticket.unit = in_charge(w, ticket.unit, issue.category, issue.grid)
    for place in range(ticket.knowing):
        ticket.known[place] = in_charge(w, ticket.known[place], issue.category, issue.grid)
    if not changes_now:
        return
    rules = rules_of(w)
    if ticket.lying and w.take_up_lost and rules.shared_ledger and not shared:
        will_be_seen(w, t)
    if not watched:
        due(w, t, YELLOW)
    if not looked_at:
        expect_dispatching(w, t)
    if not owned and rules.owned_at_most > 0:
        look = max(w.now, first_look(ticket.registered, rules.owned_after, False, 0))
        schedule(w, look, rank_of_review(w, t, OWNERS), OWNS, t, ticket.number)


# -- what is not known yet ----------------------------------------------------------------------------------------------------------

@part
def _find_goes_on(w, p):
    """What a team that is no more would have found next, the team that looks for it now finds after the same part of its round."""
    pool = pool_at(w, p)
    if long_at(w, "pool_until", p) != w.now or not pool.beat:
        return False
    advance(w, p)
    if pool.hidden_n == 0:
        pool.beat_turn += 1
        return False
    find = find_at(w, pool.hidden)
    i, number, left = find.issue, find.number, max(0, find.key - pool.reading)
    drop_find(w, p)
    issue = issue_at(w, i)
    if issue.number == number and not issue.ended:
        under(w, int_at(w, "grid_street", issue.grid))
        team = int_at(w, "team", issue.grid * w.categories_n + issue.category)
        if team >= 0 and pool_at(w, team).beat:
            hide(w, team, i, clock_left(left, pool.round_time, pool_at(w, team).round_time))
    return True


@part
def _is_looked_for_now(w, i):
    """Something that nobody looked for, and now somebody does: a team on its rounds, or the staff in their sweeps."""
    issue = issue_at(w, i)
    street, cell = int_at(w, "grid_street", issue.grid), issue.grid * w.categories_n + issue.category
    if long_at(w, "street_time", street) != w.now:
        return
    follow(w, BEFORE, 0)
    before, swept = int_at(w, "team", cell), category_at(w, issue.category).screened > 0
    under(w, street)
    team = int_at(w, "team", cell)
    if before < 0 <= team and pool_at(w, team).beat:
        issue.attempts[_PATROL] = 0
        phase, misses = patrol_luck_of(w, i)
        if is_looked_for(misses):
            hide(w, team, i, clock_until_found(phase, misses, pool_at(w, team).round_time))
    if not issue.found and not swept and category_at(w, issue.category).screened > 0:
        schedule(w, next_round(w.now, rules_of(w).sweep_every), rank(_ARRIVAL, issue.number, SWEPT), SWEEPS_BY, i, issue.number)


# -- who works where ----------------------------------------------------------------------------------------------------------------

@part
def _leaves(w, m):
    """Whoever has nothing in hand is off at once; others when it is done."""
    member = member_at(w, m)
    if long_at(w, "member_until", m) != w.now:
        return
    member.gone = 1
    if member.job >= 0:
        return
    pool, shift = pool_at(w, member.pool), shift_at(w, member.shift)
    if member.before < 0:
        shift.free = member.next
    else:
        member_at(w, member.before).next = member.next
    if member.next < 0:
        shift.last_free = member.before
    else:
        member_at(w, member.next).before = member.before
    pool.free -= 1
    if pool.beat:
        changes(w, member.pool, member.shift, -1)


@part
def _comes(w, m):
    """Whoever begins here, unless there is still something in hand at the old place."""
    if not long_at(w, "member_comes", m) or long_at(w, "member_from", m) != w.now:
        return
    place = long_at(w, "coming_from", m)
    if place < 0 or member_at(w, place).job < 0:
        is_free(w, m)
