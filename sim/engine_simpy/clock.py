"""The clock: SimPy's environment in whole seconds, with the model's order within a second.

SimPy keeps its events in a heap of `(time, priority, number, event)`.  Here the priority is `sim.order.rank`: phase, subject and
detail, so that the heap itself is the rule of docs/model.md ("Within one second") and the running number never decides.  What the
model puts after all else in a second, who is served next, is no event: pools that changed are *touched*, and are looked through
once the second has nothing else left, again and again until nothing changes.
"""

from __future__ import annotations

from array import array
from heapq import heapify, heappop, heappush
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from simpy import Environment

from sim.order import rank
from sim.timeline import COLUMNS, NOBODY, narrowed

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from sim.engine_simpy.pools import Pool

    Story = Generator["Turn", Any, None]
    """A process: what an actor does, with a `yield` for each thing waited for."""

__all__ = ["Clock", "Step", "Turn", "rank"]

_Due = TypeVar("_Due", "Turn", "Step")

_index = attrgetter("index")
_ROWS_AT_ONCE = 1 << 15
_SPAN = 12      # bits of a span: 4,096 s, over an hour


class Turn:
    """Something a process waits for whose moment the clock knows from the start (SimPy's `Timeout` with a rank).

    To SimPy an event is what has `callbacks`, a value and an outcome; this one has nothing else, for each of thousands of members has
    two of them in use all the time, and those that lie together in a processor's cache are found at once.
    """

    __slots__ = ("_value", "callbacks")
    _ok = True

    def __init__(self, value: Any = None) -> None:
        self.callbacks: list[Callable[[Any], None]] = []
        self._value = value

    def now(self) -> None:
        """Let whoever waits for it go on at once; its place in the heap, if it has one, is void from here on."""
        callbacks, self.callbacks = self.callbacks, None  # type: ignore[assignment]
        for go_on in callbacks:
            go_on(self)

    def cancel(self) -> None:
        """It will not happen."""
        self.callbacks = None  # type: ignore[assignment]


class Step:
    """Something that will be done at a known moment and that no process waits for; lighter than an event, as there are millions."""

    __slots__ = ("act", "callbacks", "value")

    def __init__(self, act: Callable[[Any], None], value: Any) -> None:
        self.act, self.value = act, value
        self.callbacks: tuple[()] | None = ()   # None once it is called off, as in an event

    def cancel(self) -> None:
        """It will not be done."""
        self.callbacks = None
        self.value = None


class Clock(Environment):
    """SimPy environment of one run, with the record of what happened.

    Parameters
    ----------
    end : int
        The second at which the run stops; what falls on it still happens.
    """

    _now: int       # SimPy allows fractions; here time is whole seconds

    def __init__(self, end: int) -> None:
        super().__init__(0)
        self.end = end
        # SimPy's heap holds what happens before `near`; the rest waits, unsorted, in the span it falls into.  Most of what may happen to an
        # issue lies weeks ahead and never comes: a heap of all of it would be slow to sift, and a tuple with its boxed numbers for each of
        # them would not fit into a processor's cache.  So a span has its turns in a list, and their times and ranks in an array.
        self.near = 1 << _SPAN
        self.later: dict[int, tuple[list[Turn | Step], array[int]]] = {}
        self.cells = array("i")
        self.chunks: list[tuple[np.ndarray, ...]] = []
        self.touched: list[Pool] = []
        self.lenders: list[Pool] = []       # pools of which somebody may be seconded once all others have been looked through
        self.lend: Callable[[Pool], None] | None = None
        self.before: Callable[[int], None] | None = None    # told the rank of what happens next

    def record(self, kind: int, issue: int, ticket: int = NOBODY, place: int = NOBODY, member: int = NOBODY,
               value: int = 0) -> None:
        """One row of the timeline, now."""
        self.cells.extend((self._now, kind, issue, ticket, place, member, value))

    def put_away(self, least: int = _ROWS_AT_ONCE) -> None:
        """Pack what was recorded, if that is at least so many rows; called now and then, as a row takes a quarter less room then."""
        if len(self.cells) >= least * len(COLUMNS):
            rows = np.array(self.cells, np.int32)    # a copy: a profiler that looks on may hold it, and so would hold the cells
            self.chunks.append(narrowed(rows.reshape(-1, len(COLUMNS))))
            del self.cells[:]

    def at(self, time: int, priority: int, turn: _Due) -> _Due:
        """Let `turn` happen at `time`, in the order of `rank`; never where that is after the end."""
        if time < self.near:
            if time <= self.end:
                heappush(self._queue, (time, priority, next(self._eid), turn))  # type: ignore[misc]
        elif time <= self.end:
            span = self.later.get(time >> _SPAN)
            if span is None:
                span = self.later[time >> _SPAN] = [], array("q")
            span[0].append(turn)
            span[1].extend((time, priority))
        return turn

    def then(self, time: int, priority: int, act: Callable[[Any], None], value: Any = None) -> Step:
        """Call `act(value)` at `time`: for steps that nobody waits for."""
        step = Step(act, value)
        self.at(time, priority, step)
        return step

    def begin(self, story: Story) -> None:
        """Start a process at once, in the middle of whatever happens (SimPy would wait for the next event)."""
        start: Any = self.process(story).target  # type: ignore[arg-type]
        callbacks, start.callbacks = start.callbacks, None
        for go_on in callbacks:
            go_on(start)

    def play(self) -> None:
        """Run to the end."""
        queue: list[Any] = self._queue
        touched = self.touched
        lenders = self.lenders
        while True:
            if touched and (not queue or queue[0][0] > self._now):
                self._who_is_served_next()
                continue
            if lenders and (not queue or queue[0][0] > self._now):
                assert self.lend is not None
                pool = min(lenders, key=_index)
                lenders.remove(pool)
                self.lend(pool)
                continue
            if not queue:
                if not self.later:
                    return
                self._next_span(queue)
                continue
            time, order, _, turn = heappop(queue)
            callbacks = turn.callbacks
            if callbacks is None:
                continue
            self._now = time
            if self.before is not None:
                self.before(order)
            if type(turn) is Step:
                turn.callbacks = None
                turn.act(turn.value)
                continue
            turn.callbacks = None
            for go_on in callbacks:
                go_on(turn)
            if not turn._ok:
                raise turn._value

    def _next_span(self, queue: list[Any]) -> None:
        """Into the heap with what falls into the next span and has not been called off meanwhile."""
        span = min(self.later)
        self.near = (span + 1) << _SPAN
        turns, ranks = self.later.pop(span)
        queue.extend(entry for entry in zip(ranks[::2], ranks[1::2], self._eid, turns, strict=False) if entry[3].callbacks is not None)
        heapify(queue)

    def _who_is_served_next(self) -> None:
        touched = self.touched
        if len(touched) == 1:
            pool = touched.pop()
            pool.touched = False
            pool.serve()
            self._may_lend(pool)
            return
        pools = sorted(touched, key=_index)
        touched.clear()
        for pool in pools:
            pool.touched = False
            pool.serve()
            self._may_lend(pool)

    def _may_lend(self, pool: Pool) -> None:
        """What still waits once all others have been looked through may call for its members."""
        if pool.lends and pool not in self.lenders:
            self.lenders.append(pool)
