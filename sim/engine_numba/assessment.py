"""Assessment 考评: whoever scores departments and streets, and what they make of it."""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

from sim.assessment import NO_SCORE, effort_of, is_listed, pressure, refusal_of, said_of_score, score_of
from sim.assessment import checks_of as share_checked
from sim.assessment import scored_as as number_of_unit
from sim.compiling import part
from sim.engine_numba.acts import ASSESSES
from sim.engine_numba.clock import rank, record, schedule
from sim.engine_numba.layout import assessed_at, int_at, issue_at, pool_at, rules_of
from sim.order import ASSESSMENT, WHOLE_DISTRICT
from sim.screening import next_round
from sim.timeline import Event, Phase

__all__ = ["assesses", "checks_of", "expect_assessment", "scored_as"]

_ASSESSED, _LISTED, _REVIEW = int(Event.ASSESSED), int(Event.LISTED), int(Phase.REVIEW)


@part
def expect_assessment(w):
    """The next assessment, if there are any: it begins with the first department."""
    schedule(w, next_round(w.now, rules_of(w).assess_every), rank(_REVIEW, WHOLE_DISTRICT, ASSESSMENT), ASSESSES, 0, w.district)


@part
def assesses(w, number):
    """考评: a department tries harder and refuses less the more it lacks; a street under the bar is listed, tries harder and is checked more.

    Then it is the next unit's turn, in the same second.
    """
    unit, rules = assessed_at(w, number), rules_of(w)
    score = score_of(unit.done, unit.in_time, unit.rework, unit.returns, rules.self_share, rules.self_bias)
    unit.done = unit.in_time = unit.rework = unit.returns = 0
    if score != NO_SCORE:
        record(w, _ASSESSED, -1, -1, -1, -1, said_of_score(number, score))
    if number < w.departments_n:
        felt = pressure(score, rules.bar)
        unit.effort, unit.refusal = effort_of(felt, rules.assess_effort), refusal_of(felt, rules.refusal_cut)
    elif is_listed(score, rules.bar):
        unit.effort, unit.checks = rules.listed_effort, rules.listed_checks
        record(w, _LISTED, -1, -1, -1, -1, number - w.departments_n)
    else:
        unit.effort, unit.checks = 1.0, 0.0
    if number + 1 < w.assessed_n:
        schedule(w, w.now, rank(_REVIEW, WHOLE_DISTRICT, ASSESSMENT + number + 1), ASSESSES, number + 1, w.district)
    else:
        expect_assessment(w)


@part
def scored_as(w, p, i):
    """Who gets the points for what a pool does about an issue."""
    return number_of_unit(pool_at(w, p).department, int_at(w, "grid_street", issue_at(w, i).grid), w.departments_n)


@part
def checks_of(w, i):
    """Share of the work that is checked where the issue lies."""
    street = int_at(w, "grid_street", issue_at(w, i).grid)
    return share_checked(rules_of(w).verify_share, assessed_at(w, w.departments_n + street).checks)
