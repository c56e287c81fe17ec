"""Petitions upward 信访: whoever has been put off turns to the district."""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

from sim.compiling import part
from sim.draws.random import Block
from sim.engine_numba.acts import MORE, PETITIONS
from sim.engine_numba.clock import rank, schedule
from sim.engine_numba.layout import issue_at, rules_of, ticket_at
from sim.engine_numba.luck import luck_of, next_reporter, turn
from sim.order import detail_of_notice
from sim.petitions import OF_FALSE_CLOSING, OF_LATENESS, petition_seconds, petitions
from sim.timeline import Close, Phase

__all__ = ["closed_false", "is_late"]

_ARRIVAL, _WORKED, _PETITION = int(Phase.ARRIVAL), int(Close.WORKED), int(Block.PETITION)


@part
def is_late(w, t):
    """It is overdue."""
    ticket = ticket_at(w, t)
    drawn = luck_of(w, ticket.issue, _PETITION, ticket.ordinal)
    _may_petition(w, ticket.issue, OF_LATENESS, drawn[2], rules_of(w).petition_overdue,
                  turn(w, _PETITION, 3, drawn[3]))


@part
def closed_false(w, i, ordinal, how):
    """It is closed as worked, and the issue is still there."""
    if how == _WORKED and rules_of(w).petition_false > 0:
        drawn = luck_of(w, i, _PETITION, ordinal)
        _may_petition(w, i, OF_FALSE_CLOSING, drawn[0], rules_of(w).petition_false, turn(w, _PETITION, 1, drawn[1]))


@part
def _may_petition(w, i, why, u, chance, drawn):
    if petitions(u, chance):
        number, reporter = issue_at(w, i).number, next_reporter(w, i)
        order = rank(_ARRIVAL, number, detail_of_notice(reporter))
        schedule(w, w.now + petition_seconds(rules_of(w).petition_after, drawn), order, PETITIONS + (2 * reporter + why << MORE), i, number)
