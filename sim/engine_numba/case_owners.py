"""Case ownership 领导包案: the street's leaders, and the cases they own."""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

from sim.case_owners import has_room
from sim.compiling import part
from sim.engine_numba.acts import OWNS
from sim.engine_numba.clock import record, schedule
from sim.engine_numba.desks import takes_up
from sim.engine_numba.layout import int_at, issue_at, long_at, put_long, rules_of, ticket_at
from sim.engine_numba.tickets import rank_of_review, rerank
from sim.order import OWNERS
from sim.timeline import Event

__all__ = ["owns"]

_OWNED = int(Event.OWNED)


@part
def owns(w, t):
    """包案: whoever has room owns it from now on; else it is asked again later."""
    ticket, rules = ticket_at(w, t), rules_of(w)
    issue = issue_at(w, ticket.issue)
    if rules.owned_at_most <= 0:        # given up in a reform
        return
    street = int_at(w, "grid_street", issue.grid)
    owned = long_at(w, "owned", street)
    if not has_room(owned, rules.owned_at_most):
        schedule(w, w.now + int(rules.own_again + 0.5), rank_of_review(w, t, OWNERS), OWNS, t, ticket.number)
        return
    put_long(w, "owned", street, owned + 1)
    ticket.owned = ticket.ahead = ticket.ruled = 1
    record(w, _OWNED, issue.number, ticket.number, ticket.place, -1, owned + 1)
    if ticket.lying:
        takes_up(w, t)
    rerank(w, ticket.issue)
