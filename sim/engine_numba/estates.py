"""Estates and residents who deal with an issue themselves, before anybody else has set out."""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

from sim.compiling import part
from sim.engine_numba.acts import MORE, SETTLES
from sim.engine_numba.clock import rank, record, schedule
from sim.engine_numba.layout import float_at, int_at, issue_at
from sim.engine_numba.luck import estate_luck
from sim.engine_numba.tickets import alive, forget_issue
from sim.estates import is_taken_on, taken_after
from sim.feedback import may_end
from sim.order import SETTLED
from sim.timeline import Event, Phase, Settled

__all__ = ["may_take_on", "settles", "will_settle"]

_SETTLED, _RESOLVED, _ARRIVAL = int(Event.SETTLED), int(Event.RESOLVED), int(Phase.ARRIVAL)
_MANAGER = int(Settled.MANAGER)


@part
def may_take_on(w, i):
    """An issue has arisen: the estate may deal with it by itself after a while."""
    issue = issue_at(w, i)
    estate = int_at(w, "grid_class", issue.grid)
    chance = float_at(w, "estate_solves", estate * w.categories_n + issue.category)
    if chance > 0:
        takes_on, after, _, _ = estate_luck(w, issue.number, issue.subject)
        if is_taken_on(takes_on, chance):
            will_settle(w, i, taken_after(float_at(w, "estate_after", estate), after), _MANAGER)


@part
def will_settle(w, i, seconds, who):
    """Whoever deals with it will have done so by then."""
    number = issue_at(w, i).number
    schedule(w, w.now + seconds, rank(_ARRIVAL, number, SETTLED + who), SETTLES + (who << MORE), i, number)


@part
def settles(w, i, number, who):
    """自行解决: truly resolved, without a ticket of its own; whoever comes for another will find nothing."""
    issue = issue_at(w, i)
    if not may_end(not alive(w, i, number), issue.started):
        return
    issue.ended = issue.resolved = 1
    record(w, _SETTLED, number, -1, issue.grid, -1, who)
    record(w, _RESOLVED, number, -1, int_at(w, "staff", int_at(w, "grid_community", issue.grid)), -1, 0)
    if issue.tickets < 0:
        forget_issue(w, i)
