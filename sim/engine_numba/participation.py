"""Residents who take part 群众参与: one more who reports, those who help themselves, volunteers and mediators."""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

from sim.compiling import part
from sim.engine_numba.clock import record
from sim.engine_numba.estates import will_settle
from sim.engine_numba.layout import float_at, int_at, issue_at, pool_at, rules_of, ticket_at
from sim.engine_numba.luck import participation_luck
from sim.estates import taken_after
from sim.order import FIRST_REPORTERS
from sim.participation import are_asked, helps_itself, interest, reports_too, succeeds
from sim.timeline import Event, Settled

__all__ = ["have_worked", "helpers_for", "is_helper", "joins_in"]

_HELPED, _REFERRED, _RESIDENTS = int(Event.HELPED), int(Event.REFERRED), int(Settled.RESIDENTS)


@part
def joins_in(w, i, reporters):
    """An issue has arisen: how many will report it, and whether residents deal with it themselves."""
    rules = rules_of(w)
    if not rules.participation:
        return reporters
    issue = issue_at(w, i)
    too, helps, after, _ = participation_luck(w, issue.number, issue.subject)
    now = interest(w.now - w.asked_since, rules.rewarded, rules.interest_half_life, rules.visits_every)
    if helps_itself(helps, rules.self_help, now, issue.able):
        will_settle(w, i, taken_after(rules.self_help_after, after), _RESIDENTS)
    return min(reporters + reports_too(too, rules.reports, now), FIRST_REPORTERS)


@part
def helpers_for(w, t):
    """Volunteers or mediators who are asked before the unit that is paid for it: their pool, or -1."""
    ticket = ticket_at(w, t)
    issue = issue_at(w, ticket.issue)
    share = float_at(w, "helper_share", issue.category)
    if share <= 0:
        return -1
    _, _, _, asked = participation_luck(w, issue.number, issue.subject)
    if not are_asked(asked, share, issue.able, ticket.helped):
        return -1
    helpers = int_at(w, "helper_of", issue.category)
    return int_at(w, "helper_pool", helpers * w.communities_n + int_at(w, "grid_community", issue.grid))


@part
def is_helper(w, unit):
    """Whether a unit are helpers."""
    return pool_at(w, unit).success >= 0


@part
def have_worked(w, t, unit, luck):
    """Whether helpers have solved it; otherwise it goes back to the desk."""
    ticket = ticket_at(w, t)
    solved = succeeds(luck, pool_at(w, unit).success)
    record(w, _HELPED if solved else _REFERRED, issue_at(w, ticket.issue).number, ticket.number, unit, -1, 0)
    return solved
