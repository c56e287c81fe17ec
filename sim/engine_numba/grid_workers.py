"""Grid workers 网格员: what their patrols find, and what they do about it."""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

from sim.centres import why_registered
from sim.compiling import part
from sim.engine_numba.beats import advance, expect, hide
from sim.engine_numba.clock import record
from sim.engine_numba.desks import takes_up, visible
from sim.engine_numba.heaps import drop_find
from sim.engine_numba.layout import find_at, int_at, issue_at, pool_at, ticket_at
from sim.engine_numba.luck import misses_again
from sim.engine_numba.padding import reported
from sim.engine_numba.residents import reports_by_terminal
from sim.engine_numba.tickets import alive, register
from sim.engine_numba.units import takes
from sim.grid_workers import NOTHING, SEEN_AGAIN, SOLVED_THERE, clock_until_seen_again, what_follows_find
from sim.timeline import Event, Found, Purpose

__all__ = ["looks"]

_DISCOVERED, _SEEN_AGAIN, _DISPATCHED = int(Event.DISCOVERED), int(Event.SEEN_AGAIN), int(Event.DISPATCHED)
_PATROL, _ON_THE_SPOT = int(Found.PATROL), int(Purpose.ON_THE_SPOT)


@part
def looks(w, p):
    """The patrol clock may have reached the next find."""
    pool = pool_at(w, p)
    advance(w, p)
    if pool.hidden_n and find_at(w, pool.hidden).key <= pool.reading:
        i, number = find_at(w, pool.hidden).issue, find_at(w, pool.hidden).number
        drop_find(w, p)
        _finds(w, p, i, number)
    expect(w, p)


@part
def _finds(w, p, i, number):
    """发现: what a worker may do on the spot is done on the spot, the rest is reported by terminal."""
    if not alive(w, i, number):
        return
    issue = issue_at(w, i)
    hide(w, p, i, clock_until_seen_again(misses_again(w, i), pool_at(w, p).round_time))
    desk = int_at(w, "community_desk", int_at(w, "grid_community", issue.grid))
    known = visible(w, i, desk)
    if known < 0:
        known = visible(w, i, p)        # the team knows its own tickets too
    follows = what_follows_find(issue.reported, issue.found, known >= 0, issue.able)
    if follows == NOTHING:
        return
    if not issue.found:
        issue.found = 1
        record(w, _DISCOVERED, number, -1, p, -1, _PATROL)
    if follows == SEEN_AGAIN:
        record(w, _SEEN_AGAIN, number, ticket_at(w, known).number, p, -1, 0)
        if ticket_at(w, known).lying:
            takes_up(w, known)
    elif follows == SOLVED_THERE:
        reported(w, p)
        t = register(w, i, p, why_registered(issue.tickets >= 0, issue.closed_before))
        record(w, _DISPATCHED, number, ticket_at(w, t).number, p, -1, 0)
        ticket_at(w, t).dispatches = 1
        takes(w, t, p, 0, _ON_THE_SPOT)
    else:
        reported(w, p)
        reports_by_terminal(w, i, desk)
