"""Units that do the work: community staff, street enforcement teams, department crews, grid teams; alone, in turn, or together."""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

from sim.compiling import melted_part, part
from sim.departments import GONE, NEXT_DEPARTMENT, OTHERS_ARE_AT_IT, asked_of, what_follows_work
from sim.draws.random import Block
from sim.engine_numba.assessment import checks_of, scored_as
from sim.engine_numba.clock import record
from sim.engine_numba.desks import arrives, asks_to_send_again, calls_back, is_back, unit_of
from sim.engine_numba.layout import assessed_at, category_at, float_at, int_at, issue_at, job_at, pool_at, rules_of, ticket_at
from sim.engine_numba.luck import fix_luck, luck, luck_of, turn
from sim.engine_numba.participation import have_worked, is_helper
from sim.engine_numba.regimes import in_charge
from sim.engine_numba.tickets import close, give, only_looks, put_down, resolve, truly_fixed
from sim.escalation import outgrown
from sim.feedback import (
    BY_TELEPHONE,
    NO_CHECK,
    NOTHING_LEFT,
    ONLY_A_LOOK,
    check_passes,
    check_seconds,
    checked_how,
    what_to_do_there,
)
from sim.staff import touch_seconds, travel_seconds
from sim.three_ways import agreed
from sim.timeline import Close, Event, Purpose

__all__ = ["accepts", "convenes", "is_checked", "is_talked_over", "is_worked", "sets_out", "takes"]

_ACCEPTED, _DISPATCHED, _RETURNED, _WORKED = int(Event.ACCEPTED), int(Event.DISPATCHED), int(Event.RETURNED), int(Event.WORKED)
_VERIFIED, _REWORK = int(Event.VERIFIED), int(Event.REWORK)
_WORK, _ON_THE_SPOT, _VERIFY = int(Purpose.WORK), int(Purpose.ON_THE_SPOT), int(Purpose.VERIFY)
_CONSULTED, _NATURE = int(Event.CONSULTED), int(Block.NATURE)
_CLOSED_WORKED, _CLOSED_GONE, _CHECK = int(Close.WORKED), int(Close.GONE), int(Block.CHECK)


@melted_part
def accepts(w, t, unit):
    """签收: the job joins the unit's queue; what has grown beyond its authority meanwhile goes back."""
    ticket = ticket_at(w, t)
    if w.reforms:
        unit = in_charge(w, unit, issue_at(w, ticket.issue).category, issue_at(w, ticket.issue).grid)
    if outgrown(issue_at(w, ticket.issue).able, pool_at(w, unit).tier):
        is_back(w, t, unit, _RETURNED)
    else:
        takes(w, t, unit, ticket.part, _WORK)


@part
def takes(w, t, unit, which, purpose):
    """A unit has a part of a ticket to do."""
    ticket = ticket_at(w, t)
    issue = issue_at(w, ticket.issue)
    record(w, _ACCEPTED, issue.number, ticket.number, unit, -1, issue.departments[asked_of(which, issue.parts)])
    ticket.unit = unit
    _works(w, t, unit, purpose)


@part
def _works(w, t, unit, purpose):
    """Travel and touch time are drawn for every visit."""
    i = ticket_at(w, t).issue
    issue = issue_at(w, i)
    if w.reforms:
        unit = in_charge(w, unit, issue.category, issue.grid)
    tier = pool_at(w, unit).tier
    touch, travel, fix = fix_luck(w, i)
    category = category_at(w, issue.category)
    speed = float_at(w, "speed", unit * w.categories_n + issue.category) * w.slower
    seconds = touch_seconds(category.touch_mean[tier], touch, issue.touch, speed)
    way = travel_seconds(category.travel_mean[tier], travel, purpose == _ON_THE_SPOT)
    give(w, unit, t, purpose, seconds, way, fix)


@part
def convenes(w, t):
    """拉群: every department has its part at once; nobody waits for another."""
    ticket = ticket_at(w, t)
    number = issue_at(w, ticket.issue).number
    for which in range(ticket.part, ticket.part + ticket.left):
        unit = unit_of(w, ticket.issue, which)
        record(w, _DISPATCHED, number, ticket.number, unit, -1, ticket.dispatches)
        takes(w, t, unit, which, _WORK)
    ticket.dispatches += 1


@melted_part
def sets_out(w, j):
    """On the way nobody knows whether it is still there; whoever finds nothing has spent the way and a look."""
    job = job_at(w, j)
    task = what_to_do_there(job.ticket_at < 0, issue_at(w, job.issue_at).ended)
    if task == NOTHING_LEFT:        # called away from it, and meanwhile others have closed the ticket
        job.left = job.travel_left = 0
    elif task == ONLY_A_LOOK:
        only_looks(w, j)
    else:
        issue_at(w, job.issue_at).started = 1


@melted_part
def is_worked(w, j, unit):
    """处置: a part is done; after the last one the ticket is checked or closed."""
    purpose, fix = job_at(w, j).purpose, job_at(w, j).luck
    t = put_down(w, j)
    if t < 0:
        return
    ticket = ticket_at(w, t)
    issue = issue_at(w, ticket.issue)
    ticket.unit = unit
    follows = what_follows_work(issue.ended and not ticket.fixed, ticket.convened, ticket.left, purpose == _ON_THE_SPOT, issue.able,
                                ticket.part, issue.parts)
    if follows == GONE:
        close(w, t, _CLOSED_GONE)
        return
    if purpose != _ON_THE_SPOT and not is_helper(w, unit):
        points = assessed_at(w, scored_as(w, unit, ticket.issue))
        points.done += 1
        points.in_time += w.now <= ticket.due
    if follows == OTHERS_ARE_AT_IT:
        ticket.left -= 1
        return
    if follows == NEXT_DEPARTMENT:
        ticket.part += 1
        asks_to_send_again(w, t)
        return
    if is_helper(w, unit):
        fixed = have_worked(w, t, unit, fix)
        if not fixed:
            ticket.left = 1
            asks_to_send_again(w, t)
            return
    else:
        fixed = truly_fixed(w, t, fix)
    _is_finished(w, t, unit, fixed, purpose == _ON_THE_SPOT)


@part
def _is_finished(w, t, unit, fixed, on_the_spot):
    """The last part is done: truly fixed or not, checked or closed."""
    ticket = ticket_at(w, t)
    issue = issue_at(w, ticket.issue)
    ticket.left = 1     # of rework, too
    ticket.fixed = fixed
    record(w, _WORKED, issue.number, ticket.number, unit, -1, ticket.fixed)
    if ticket.fixed:
        resolve(w, t, unit)
    if on_the_spot:
        close(w, t, _CLOSED_WORKED)
    else:
        _asks_for_a_check(w, t)


@part
def is_talked_over(w, j, staff):
    """At the community's meeting: those concerned agree, and what they agreed on is done; or it goes the usual way."""
    fix = job_at(w, j).luck
    t = put_down(w, j)
    if t < 0:
        return
    ticket = ticket_at(w, t)
    issue = issue_at(w, ticket.issue)
    if issue.ended:
        ticket.unit = staff
        close(w, t, _CLOSED_GONE)
        return
    agree = agreed(luck_of(w, ticket.issue, _NATURE, 0)[2], rules_of(w).agree)
    record(w, _CONSULTED, issue.number, ticket.number, staff, -1, int(agree))
    if agree:
        ticket.unit = staff
        _is_finished(w, t, staff, truly_fixed(w, t, fix), False)
    else:
        arrives(w, t)


@part
def _asks_for_a_check(w, t):
    """核查: a share of what was worked is checked, on the spot or by telephone; departments close the rest themselves."""
    ticket, rules = ticket_at(w, t), rules_of(w)
    issue = issue_at(w, ticket.issue)
    sampled, by_call, seconds, ticket.detects = luck(w, ticket.issue, _CHECK, _CHECK)
    team = int_at(w, "team", issue.grid * w.categories_n + issue.category)
    how = checked_how(sampled, checks_of(w, ticket.issue), by_call, rules.verify_by_call, team)
    if how == NO_CHECK:
        close(w, t, _CLOSED_WORKED)
    elif how == BY_TELEPHONE:
        calls_back(w, t)
    else:
        give(w, team, t, _VERIFY, check_seconds(rules.verify_mean, turn(w, _CHECK, 2, seconds)), 0, 0.0)


@part
def is_checked(w, t, place):
    """Passed: closed.  Failed: rework 返工 by the same unit."""
    ticket = ticket_at(w, t)
    issue = issue_at(w, ticket.issue)
    passed = check_passes(issue.ended, ticket.detects, rules_of(w).verify_detects)
    record(w, _VERIFIED, issue.number, ticket.number, place, -1, int(passed))
    if passed:
        close(w, t, _CLOSED_WORKED)
        return
    ticket.reworks += 1
    assessed_at(w, scored_as(w, ticket.unit, ticket.issue)).rework += 1
    record(w, _REWORK, issue.number, ticket.number, ticket.unit, -1, ticket.reworks)
    _works(w, t, ticket.unit, _WORK)
