"""A bare service system: customers, servers, queues; no city."""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

from sim.bare import is_full
from sim.compiling import compiled, melted_part, part
from sim.draws.elementary import log
from sim.draws.random import Block, factor, lanes
from sim.engine_numba.acts import LOSES_PATIENCE
from sim.engine_numba.clock import rank, record, schedule
from sim.engine_numba.layout import float_at, int_at, job_at, long_at, member_at, pool_at, put_int
from sim.engine_numba.pools import done, forget_job, is_free, join, leave, new_job
from sim.timeline import Event, Phase, Purpose

__all__ = ["DETERMINISTIC", "EMPIRICAL", "EXPONENTIAL", "IN_BULK", "LOGNORMAL", "NONE", "UNIFORM", "customer_arrives",
           "draw_ahead", "is_served", "loses_patience"]

NONE, EXPONENTIAL, DETERMINISTIC, LOGNORMAL, UNIFORM, EMPIRICAL, IN_BULK = range(7)
"""Kinds of distributions (`service_kind`); what needs scipy, and what is given, is drawn in bulk before."""
_OCCURRED, _BLOCKED, _HUNG_UP, _LEFT = int(Event.OCCURRED), int(Event.BLOCKED), int(Event.HUNG_UP), int(Event.LEFT)
_SERVICE, _PATIENCE, _ARRIVAL_LUCK = int(Purpose.SERVICE), int(Phase.PATIENCE), int(Block.ARRIVAL)


@compiled
def draw_ahead(k0, k1, subject, block, lane, mean, seconds):
    """Exponential times (s) for customers' first visit to a pool, from lane 0 or 2: a loop that does nothing else draws eight at once."""
    if lane == 0:
        for number in range(len(subject)):
            seconds[number] = int(-mean * log(lanes(k0, k1, subject[number], block, 0)[0]) + 0.5)
    else:
        for number in range(len(subject)):
            seconds[number] = int(-mean * log(lanes(k0, k1, subject[number], block, 0)[2]) + 0.5)


@melted_part
def customer_arrives(w, number, kind, subject):
    """A customer arrives and enters the first pool."""
    record(w, _OCCURRED, number, -1, -1, -1, 0)
    j = new_job(w)
    job = job_at(w, j)
    job.issue, job.kind, job.purpose, job.urgency, job.since = number, kind, _SERVICE, long_at(w, "priority", kind), w.now
    job.interrupts = 1
    if w.loops:
        for p in range(w.pools_n):
            put_int(w, "visits", j * w.pools_n + p, -1)
    u = 0.5 if long_at(w, "sure_entry", kind) else lanes(w.k0, w.k1, subject, _ARRIVAL_LUCK, 0)[2]
    p = 0
    while p < w.pools_n - 1 and float_at(w, "entry", kind * w.pools_n + p) < u:
        p += 1
    _enters(w, j, p)


@melted_part
def _first_way(w, first, n, u):
    """The first of n cumulative shares of ways on that reaches u; n where none does."""
    place = 0
    while place < n and float_at(w, "routing", first + place) < u:
        place += 1
    return place


@part
def _enters(w, j, p):
    """A customer comes to a pool: joins its queue, flows over to another, or is lost."""
    job, n = job_at(w, j), w.pools_n
    if w.bounded:
        w.mark += 1
        while is_full(pool_at(w, p).capacity, pool_at(w, p).length + pool_at(w, p).busy):
            record(w, _BLOCKED, job.issue, -1, p, -1, 0)
            pool_at(w, p).mark = w.mark
            p = pool_at(w, p).overflow
            if p < 0 or pool_at(w, p).mark == w.mark:
                forget_job(w, j)
                return
    attempt = 0
    if w.loops:
        attempt = int_at(w, "visits", j * n + p) + 1
        put_int(w, "visits", j * n + p, attempt)
        w.attempts_seen = max(w.attempts_seen, attempt)
    kind = job.kind
    luck = (0.5, 0.5, 0.5, 0.5)
    if not long_at(w, "sure", kind * n + p):
        luck = lanes(w.k0, w.k1, long_at(w, "subject", job.issue), long_at(w, "pool_block", p), attempt)
    job.left = _seconds(w, kind, p, 0, luck[0], job.issue, attempt)
    job.travel_left = 0
    following = _first_way(w, (kind * n + p) * (n + 1), n + 1, luck[1])
    job.matter = -1 if following >= n else following
    patience = _seconds(w, kind, p, 1, luck[2], job.issue, attempt)
    job.started = -1
    join(w, p, j)
    if patience >= 0:
        schedule(w, w.now + patience, rank(_PATIENCE, job.issue, 0), LOSES_PATIENCE, j, job.entry)


@part
def _seconds(w, kind, p, what, u, number, attempt):
    """Service time (`what` 0) or patience (1) of a visit in whole seconds, -1 where there is none."""
    place = (kind * w.pools_n + p) * 2 + what
    law, a, b = long_at(w, "service_kind", place), float_at(w, "service_a", place), float_at(w, "service_b", place)
    if law == NONE:
        return -1
    if law == IN_BULK:
        return int(int_at(w, "bulk", ((attempt * w.pools_n + p) * 2 + what) * w.arrivals + number))
    if law == EXPONENTIAL:
        value = -a * log(u)
    elif law == DETERMINISTIC:
        value = a
    elif law == LOGNORMAL:
        value = a * factor(b, float_at(w, "service_c", place), u)
    elif law == UNIFORM:
        value = a + (b - a) * u
    else:
        first, n = int(a), int(b)
        value = float_at(w, "values", first + min(int(u * n), n - 1))
    seconds = int(value + 0.5)
    return -(-seconds // w.grain) * w.grain if w.grain > 1 and seconds > 0 else seconds


@part
def is_served(w, m):
    """A server is done: the customer goes on to the next pool, or out; then the server is free."""
    p = member_at(w, m).pool
    j = done(w, m)
    job = job_at(w, j)
    if job.matter < 0:
        record(w, _LEFT, job.issue, -1, p, -1, 0)
        forget_job(w, j)
    else:
        _enters(w, j, job.matter)
    is_free(w, m)


@part
def loses_patience(w, j, entry):
    """A waiting customer leaves unserved."""
    job = job_at(w, j)
    if job.entry and job.entry == entry and job.started < 0:
        p, number = job.pool, job.issue
        leave(w, j)
        record(w, _HUNG_UP, number, -1, p, -1, 0)
        forget_job(w, j)
