"""Three-way triage 三事分流: whoever deliberates on a matter, and the community's meeting."""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

from sim.compiling import part
from sim.draws.random import Block
from sim.engine_numba.acts import ENDS_BY_ITSELF, MEETS, MORE, NOTICES, SORTS
from sim.engine_numba.clock import rank, record, schedule
from sim.engine_numba.layout import category_at, int_at, issue_at, rules_of, ticket_at
from sim.engine_numba.luck import fix_luck, luck_of, next_reporter, turn
from sim.engine_numba.tickets import close, give, later
from sim.order import detail_of_notice
from sim.residents import chosen
from sim.screening import next_round
from sim.staff import touch_seconds
from sim.three_ways import BIG, PRIVATE, SMALL, comes_back, deliberates, deliberation_seconds, guided_seconds, way_of
from sim.timeline import Close, Event, Phase, Purpose

__all__ = ["deliberated", "meets", "sorts"]

_ARRIVAL, _PATIENCE, _SORTED, _CLOSED_GUIDED = int(Phase.ARRIVAL), int(Phase.PATIENCE), int(Event.SORTED), int(Close.GUIDED)
_NATURE, _GUIDED, _CONSULT = int(Block.NATURE), int(Block.GUIDED), int(Purpose.CONSULT)


@part
def deliberated(w, t):
    """审议: what comes in is deliberated on before anything is done about it; False where it goes on at once."""
    ticket, rules = ticket_at(w, t), rules_of(w)
    if not deliberates(rules.three_ways, ticket.sorted_out, issue_at(w, ticket.issue).severity):
        return False
    ticket.sorted_out = 1
    later(w, deliberation_seconds(rules.deliberation, turn(w, _NATURE, 1, luck_of(w, ticket.issue, _NATURE, 0)[1])), t, SORTS)
    return True


@part
def sorts(w, t):
    """Private, small or big: each its own way; gives whether it goes on from the desk now."""
    ticket, rules = ticket_at(w, t), rules_of(w)
    if not rules.three_ways:        # given up in a reform
        return True
    i = ticket.issue
    issue = issue_at(w, i)
    nature = chosen(category_at(w, issue.category).nature, luck_of(w, i, _NATURE, 0)[0])
    way = way_of(nature, issue.closed_before, issue.able)
    record(w, _SORTED, issue.number, ticket.number, ticket.desk, -1, way)
    if way == PRIVATE:
        _guides(w, t)
        return False
    if way == SMALL:
        later(w, next_round(w.now, rules.meeting_every) - w.now, t, MEETS)
        return False
    if way == BIG:
        ticket.ahead = ticket.ruled = 1
    return True


@part
def _guides(w, t):
    """私事自办: the ticket closes; some come back for help, the others settle it in their own time."""
    i, rules = ticket_at(w, t).issue, rules_of(w)
    issue = issue_at(w, i)
    number, over = issue.number, issue.ended
    back, drawn = luck_of(w, i, _NATURE, 0)[3], luck_of(w, i, _GUIDED, 0)
    close(w, t, _CLOSED_GUIDED)
    if over:
        return
    if comes_back(back, rules.help_case):
        reporter = next_reporter(w, i)
        order = rank(_ARRIVAL, number, detail_of_notice(reporter))
        schedule(w, w.now + guided_seconds(rules.help_after, turn(w, _GUIDED, 1, drawn[1])), order, NOTICES + (reporter << MORE), i, number)
    else:
        after = guided_seconds(rules.settles_after, turn(w, _GUIDED, 0, drawn[0]))
        schedule(w, w.now + after, rank(_PATIENCE, number, 0), ENDS_BY_ITSELF, i, number)


@part
def meets(w, t):
    """小事共办: it is on the table at the community's meeting, one matter after another."""
    i = ticket_at(w, t).issue
    factor, _, fix = fix_luck(w, i)
    staff = int_at(w, "staff", int_at(w, "grid_community", issue_at(w, i).grid))
    give(w, staff, t, _CONSULT, touch_seconds(rules_of(w).meeting, factor, 1.0, 1.0), 0, fix)
