"""A grid team's beat and its patrol clock: it runs, in working time, at the number of members who are patrolling.

What waits to be found stands in a heap by the reading of the clock at which it will be.  Only the next find lies ahead as a step; when
members leave the patrol it comes too early and is put off, when they come back it is looked up again.
"""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

from sim.compiling import part
from sim.engine_numba.acts import LOOKS
from sim.engine_numba.clock import rank, schedule
from sim.engine_numba.heaps import drop_find, put_find
from sim.engine_numba.layout import find_at, issue_at, long_at, pool_at, shift_at
from sim.engine_numba.shifts import worked_until
from sim.order import FOUND
from sim.timeline import NEVER, Phase

__all__ = ["advance", "changes", "expect", "hide"]

_ARRIVAL = int(Phase.ARRIVAL)


@part
def hide(w, p, i, amount):
    """An issue will be found after so much more patrol clock (member-seconds)."""
    advance(w, p)
    pool, issue = pool_at(w, p), issue_at(w, i)
    if put_find(w, p, pool.reading + amount, issue.number, i):
        expect(w, p)


@part
def changes(w, p, s, difference):
    """A member leaves the patrol for a task, or comes back."""
    advance(w, p)
    shift = shift_at(w, s)
    shift.patrolling += difference
    if difference > 0 and shift.patrolling > shift.counted_on:
        expect(w, p)


@part
def advance(w, p):
    """Bring the clock up to now."""
    pool = pool_at(w, p)
    for s in range(pool.first_shift, pool.first_shift + pool.shifts):
        shift = shift_at(w, s)
        worked = worked_until(w, shift, w.now)
        pool.reading += shift.patrolling * (worked - shift.worked)
        shift.worked = worked


@part
def expect(w, p):
    """When the next find will be if nobody leaves the patrol."""
    pool = pool_at(w, p)
    pool.beat_turn += 1
    while pool.hidden_n:
        find = find_at(w, pool.hidden)
        if issue_at(w, find.issue).number == find.number and not issue_at(w, find.issue).ended:
            break
        drop_find(w, p)
    if pool.hidden_n == 0:
        return
    for s in range(pool.first_shift, pool.first_shift + pool.shifts):
        shift_at(w, s).counted_on = shift_at(w, s).patrolling
    find = find_at(w, pool.hidden)
    time = _reaches(w, pool, max(0, find.key - pool.reading))
    schedule(w, time, rank(_ARRIVAL, find.number, FOUND), LOOKS, p, pool.beat_turn)


@part
def _reaches(w, pool, amount):
    """The second at which the clock will have gone on by `amount` if nobody leaves (s; NEVER if not within the run)."""
    if not amount:
        return w.now
    for s in range(pool.first_shift, pool.first_shift + pool.shifts):
        shift_at(w, s).scan = shift_at(w, s).position
    time = w.now
    while time <= w.end:
        rate, until, someone = 0, NEVER, False
        for s in range(pool.first_shift, pool.first_shift + pool.shifts):
            shift = shift_at(w, s)
            if not shift.patrolling:
                continue
            while shift.scan <= shift.last and long_at(w, "cal_end", shift.scan) <= time:
                shift.scan += 1
            if shift.scan > shift.last:
                continue
            someone = True
            if long_at(w, "cal_start", shift.scan) <= time:
                rate += shift.patrolling
                until = min(until, long_at(w, "cal_end", shift.scan))
            else:
                until = min(until, long_at(w, "cal_start", shift.scan))
        if not someone:
            return NEVER
        if rate * (until - time) >= amount:
            return time + -(-amount // rate)
        amount -= rate * (until - time)
        time = until
    return NEVER
