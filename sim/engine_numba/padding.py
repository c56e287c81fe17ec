"""Reports that grid workers make up 虚报 while they are behind their quota."""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

from sim.compiling import part
from sim.engine_numba.clock import record
from sim.engine_numba.layout import int_at, issue_at, pool_at, rules_of
from sim.engine_numba.luck import arising_luck
from sim.engine_numba.residents import reports_by_terminal
from sim.engine_numba.tickets import new_issue
from sim.padding import is_made_up
from sim.tables import Tier
from sim.timeline import Event

__all__ = ["occasion", "reported"]

_FABRICATED, _ORDINARY, _GRID = int(Event.FABRICATED), 0, int(Tier.GRID)


@part
def reported(w, p):
    """A team has filed a report, made up or not."""
    if rules_of(w).padding:
        pool = pool_at(w, p)
        pool.reports = _so_far(w, p) + 1
        pool.reports_period = w.now // rules_of(w).padding_period


@part
def _so_far(w, p):
    """Reports of a team in this period."""
    pool = pool_at(w, p)
    return pool.reports if pool.reports_period == w.now // rules_of(w).padding_period else 0


@part
def occasion(w, number, subject, category, grid):
    """虚报: whoever is behind the quota makes up something ordinary that a grid worker can see to, and keys it in."""
    team, rules = int_at(w, "team", grid * w.categories_n + category), rules_of(w)
    if not is_made_up(_so_far(w, team), pool_at(w, team).members, rules.quota, rules.padding_period, w.now):
        return
    i = new_issue(w)
    nothing = issue_at(w, i)
    _, _, _, first, _, _, _, _, _, _, _ = arising_luck(w, number, subject, category, int_at(w, "grid_class", grid))
    nothing.number, nothing.subject, nothing.category, nothing.grid = number, subject, category, grid
    nothing.severity, nothing.able = _ORDINARY, _GRID
    nothing.departments[0], nothing.departments[1], nothing.departments[2] = first, -1, -1
    nothing.parts = nothing.phantom = nothing.ended = nothing.found = 1
    reported(w, team)
    record(w, _FABRICATED, number, -1, team, -1, 0)
    reports_by_terminal(w, i, int_at(w, "community_desk", int_at(w, "grid_community", grid)))
