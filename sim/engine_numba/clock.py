"""What lies ahead, the rows of what happened, and pools to look through once a second has nothing else left.

What happens within the next two hours stands in a bucket for each second, a heap in the order of the model; what lies further ahead
waits in a chain for each such span.  No step costs more when more lies ahead.
"""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

from sim import order
from sim.compiling import melted_part, part
from sim.engine_numba.acts import ISSUES, MORE, TICKETS
from sim.engine_numba.heaps import new_node, pop, push
from sim.engine_numba.layout import (
    chunk_at,
    int_at,
    issue_soon,
    job_at,
    long_at,
    lowest_bit,
    node_at,
    node_soon,
    pool_at,
    put_int,
    put_long,
    record_soon,
    row_at,
    ticket_soon,
)

__all__ = ["BLOCK", "CALLERS", "MOST_CALLERS", "NOTHING", "SPAN", "next_second", "next_span", "rank", "record", "schedule",
           "schedule_unless_served", "schedule_who_waits", "take", "touch"]

SPAN = 13           # bits of a span: 8,192 s, a little over two hours
BLOCK = 6           # bits of a block of buckets: in its word of `blocks` a bit is set for each that is not empty
NOTHING = 1 << 40
MOST_CALLERS = 64   # so many of one second are noted before they lie ahead
_OF_CALLER = 5
CALLERS = MOST_CALLERS * _OF_CALLER
rank = part(order.rank)
_SECONDS = (1 << SPAN) - 1
_IN_BLOCK = (1 << BLOCK) - 1
_IN_CHUNK, _ACT = 14, (1 << MORE) - 1


@part
def record(w, kind, issue, ticket, place, member, value):
    """One row of the timeline, now."""
    row = row_at(w, w.rows_used)
    row.time, row.kind, row.issue, row.ticket = w.now, kind, issue, ticket
    row.place, row.member, row.value = place, member, value
    w.rows_used += 1


@part
def schedule(w, time, order, act, a, b):
    """Let `act` happen to `a` (whose name is `b`, should another have taken its place by then) at `time`; never after the end."""
    if time > w.end:
        return
    w.seq += 1
    place = new_node(w, order, act, w.seq, a, b)
    if time >> SPAN == w.span:
        _into_bucket(w, place, time & _SECONDS)
    else:
        node_at(w, place).child = time
        _for_later(w, time >> SPAN, place)


@part
def schedule_unless_served(w, seconds, order, act, j):
    """Let `act` happen to a job that waits after some seconds, unless it is served within this second already: most are."""
    if not seconds or w.callers_n == MOST_CALLERS:
        schedule(w, w.now + seconds, order, act, j, job_at(w, j).entry)
        return
    at = _OF_CALLER * w.callers_n
    put_long(w, "callers", at, order)
    put_long(w, "callers", at + 1, w.now + seconds)
    put_long(w, "callers", at + 2, act)
    put_long(w, "callers", at + 3, j)
    put_long(w, "callers", at + 4, job_at(w, j).entry)
    w.callers_n += 1


@part
def schedule_who_waits(w):
    """The second is over: what was to happen to those who were not served lies ahead now."""
    for k in range(w.callers_n):
        at = _OF_CALLER * k
        j, entry = long_at(w, "callers", at + 3), long_at(w, "callers", at + 4)
        if job_at(w, j).entry == entry:
            schedule(w, long_at(w, "callers", at + 1), long_at(w, "callers", at), long_at(w, "callers", at + 2), j, entry)
    w.callers_n = 0


@part
def _for_later(w, span, place):
    last = int_at(w, "later", span)
    if last < 0 or chunk_at(w, last).number == _IN_CHUNK:
        new = w.chunks_free
        w.chunks_free = chunk_at(w, new).next
        w.chunks_left -= 1
        chunk_at(w, new).number, chunk_at(w, new).next = 0, last
        put_int(w, "later", span, new)
        last = new
    chunk = chunk_at(w, last)
    chunk.nodes[chunk.number] = place
    chunk.number += 1


@part
def _into_bucket(w, place, second):
    root = int_at(w, "buckets", second)
    if root < 0:
        put_long(w, "blocks", second >> BLOCK, long_at(w, "blocks", second >> BLOCK) | 1 << (second & _IN_BLOCK))
    put_int(w, "buckets", second, push(w, root, place))
    w.scan = min(w.scan, second)


@part
def next_second(w):
    """The next second of this span in which something happens; NOTHING when there is none."""
    block = w.scan >> BLOCK
    while block <= _SECONDS >> BLOCK:
        bits = long_at(w, "blocks", block)
        if bits:
            w.scan = (block << BLOCK) + lowest_bit(bits)
            return (w.span << SPAN) + w.scan
        block += 1
    w.scan = block << BLOCK
    return NOTHING


@part
def next_span(w):
    """Go on to the next span, and put what lies in it into its buckets."""
    w.span += 1
    w.scan = 0
    c = int_at(w, "later", w.span)
    put_int(w, "later", w.span, -1)
    while c >= 0:
        chunk = chunk_at(w, c)
        for k in range(chunk.number):
            node_soon(w, chunk.nodes[k])
        for k in range(chunk.number):
            node = node_at(w, chunk.nodes[k])
            time, node.child = node.child, -1
            act = node.order & _ACT
            if act <= ISSUES:
                issue_soon(w, node.a)
            elif act >= TICKETS:
                ticket_soon(w, node.a)
            _into_bucket(w, chunk.nodes[k], time & _SECONDS)
        following = chunk.next
        chunk.next = w.chunks_free
        w.chunks_free = c
        w.chunks_left += 1
        c = following


@melted_part
def take(w, second):
    """Take the first thing out of a second's bucket: (act, a, b)."""
    at = second & _SECONDS
    root = int_at(w, "buckets", at)
    node = node_at(w, root)
    act, a, b = node.order, node.a, node.b
    root = pop(w, root)
    put_int(w, "buckets", at, root)
    if root < 0:
        bits = long_at(w, "blocks", at >> BLOCK) & ~(1 << (at & _IN_BLOCK))
        put_long(w, "blocks", at >> BLOCK, bits)
        if bits and w.categories_n:
            _asks_for(w, at >> BLOCK << BLOCK, bits)
    return act, a, b


@melted_part
def _asks_for(w, block, bits):
    """Ask for what the next step will be about, and for the step after it: they were last touched long ago."""
    node = node_at(w, int_at(w, "buckets", block + lowest_bit(bits)))
    kind = 2 * (node.order & _ACT)
    record_soon(long_at(w, "asked", kind) + node.a * long_at(w, "asked", kind + 1))
    bits &= bits - 1
    if bits:
        node_soon(w, int_at(w, "buckets", block + lowest_bit(bits)))


@part
def touch(w, pool):
    """Look through this pool once the second has nothing else left."""
    if not pool_at(w, pool).touched:
        pool_at(w, pool).touched = 1
        put_int(w, "touched", w.touched_n, pool)
        w.touched_n += 1


