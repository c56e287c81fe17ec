"""Trust 信任: what a community's residents make of their experiences."""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

from sim.compiling import part
from sim.draws.random import Block
from sim.engine_numba.acts import SURVEYS
from sim.engine_numba.clock import rank, record, schedule
from sim.engine_numba.layout import FIRST_COUNTER, category_at, int_at, issue_at, rules_of, ticket_at, trust_at
from sim.engine_numba.luck import luck_of
from sim.order import WHOLE_DISTRICT
from sim.supervision import closed_in_time
from sim.timeline import Close, Event, Phase
from sim.trust import after_experience, is_experienced, one_more, said_of_trust, speaks_up

__all__ = ["brings_one_more", "expect_survey", "keeps_silent", "learns", "surveys"]

_ARRIVAL, _TRUSTED, _WORKED, _TRUST = int(Phase.ARRIVAL), int(Event.TRUSTED), int(Close.WORKED), int(Block.TRUST)
_CONTACT = int(Block.CONTACT) - FIRST_COUNTER


@part
def expect_survey(w, community):
    """At the end of the run every community is asked, one after another."""
    if rules_of(w).trust_gain > 0.0 or rules_of(w).trust_loss > 0.0:
        schedule(w, w.end, rank(_ARRIVAL, WHOLE_DISTRICT, 0), SURVEYS, community, 0)


@part
def surveys(w, community):
    """A community is asked, and then the next."""
    record(w, _TRUSTED, -1, -1, -1, -1, said_of_trust(community, trust_at(w, community).level))
    if community + 1 < w.communities_n:
        expect_survey(w, community + 1)


@part
def learns(w, t, how):
    """A ticket is closed: whoever reported it has had a good experience, or a bad one."""
    ticket, rules = ticket_at(w, t), rules_of(w)
    issue = issue_at(w, ticket.issue)
    if is_experienced(how == _WORKED, issue.attempts[_CONTACT] >= 0):
        trust = trust_at(w, int_at(w, "grid_community", issue.grid))
        good = issue.resolved == 1 and closed_in_time(w.now, ticket.due)
        trust.level = after_experience(trust.level, good, rules.trust_gain, rules.trust_loss, rules.trust_low, rules.trust_high)


@part
def keeps_silent(w, i, reporter):
    """Whether somebody who has noticed it says nothing."""
    level = trust_at(w, int_at(w, "grid_community", issue_at(w, i).grid)).level
    return level < 1.0 and not speaks_up(luck_of(w, i, _TRUST, 1 + reporter)[0], level)


@part
def brings_one_more(w, i, reporters):
    """Whether one more will report an issue that arises now."""
    issue = issue_at(w, i)
    level = trust_at(w, int_at(w, "grid_community", issue.grid)).level
    return level > 1.0 and one_more(luck_of(w, i, _TRUST, 0)[0], level, category_at(w, issue.category).reporters, reporters)
