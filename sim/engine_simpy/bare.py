"""A bare service system on SimPy: customers, servers, queues; no city.

The same clock, pools and record as the city, so that what theory and other simulators confirm here holds there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.bare import is_full
from sim.draws.bare import BareLuck, has_loops
from sim.engine_simpy.clock import Clock, Turn, rank
from sim.engine_simpy.pools import Job, Member, Pool, make_pools
from sim.timeline import Event, Phase, Purpose

if TYPE_CHECKING:
    from sim.draws import Draws
    from sim.engine_simpy.clock import Story
    from sim.tables import Tables

__all__ = ["play"]

_AT_ONCE = 4096
_SERVICE = int(Purpose.SERVICE)
_OCCURRED, _LEFT, _BLOCKED, _HUNG_UP = int(Event.OCCURRED), int(Event.LEFT), int(Event.BLOCKED), int(Event.HUNG_UP)


class Customer(Job):
    """A customer: a job that goes from pool to pool."""

    __slots__ = ("kind", "subject", "visits", "visits_ahead")

    def __init__(self, number: int, kind: int, priority: int, now: int, subject: int, luck: tuple[int, ...]) -> None:
        # What `Job` sets, written out: half a million customers come through here in a benchmark's run.
        self.issue, self.ticket, self.purpose, self.urgency, self.since = number, -1, _SERVICE, priority, now
        self.left = self.travel_left = self.tail = 0
        self.interrupts, self.entry, self.member, self.started = True, None, None, -1
        self.kind, self.subject, self.visits_ahead = kind, subject, luck
        self.visits: dict[int, int] | None = None


class System:
    """The pools, and who goes where."""

    def __init__(self, tables: Tables, draws: Draws) -> None:
        assert isinstance(draws.luck, BareLuck)
        assert tables.bare is not None
        self.luck, self.draws = draws.luck, draws
        self.clock = Clock(tables.end)
        self.pools = make_pools(self.clock, tables)
        self.priority = tables.bare.priority.tolist()
        self.capacity, self.overflow = tables.pools.capacity.tolist(), tables.pools.overflow.tolist()
        self.bounded = max(self.capacity) >= 0
        self.loops = has_loops(tables)
        for pool in self.pools:
            pool.employ, pool.at_once = self._server, True
            for member in pool.members:
                self.clock.begin(self._server(member))

    def _server(self, me: Member) -> Story:
        """A server: waits to be called, serves, sends the customer on."""
        index = me.pool.index
        while True:
            yield me.serves()
            customer = me.job
            if isinstance(customer, Customer):      # else called away
                me.done(customer)
                self.goes_on(customer, index)

    def customers(self) -> Story:
        """Customers arrive, each at its second."""
        clock, draws, priority, record = self.clock, self.draws, self.priority, self.clock.cells.extend
        times, kinds, subjects = draws.time, draws.stream, draws.subject
        turn, first = Turn(), rank(Phase.ARRIVAL, 0)
        for low in range(0, len(times), _AT_ONCE):
            clock.put_away()
            part = slice(low, low + _AT_ONCE)
            luck = self.luck.first_visits(subjects[part], kinds[part])
            for number, (time, kind, subject, (entry, visits)) in enumerate(
                    zip(times[part].tolist(), kinds[part].tolist(), subjects[part].tolist(), luck, strict=True), low):
                turn.callbacks = []
                yield clock.at(time, first + (number << 12), turn)
                record((time, _OCCURRED, number, -1, -1, -1, 0))
                self.enters(Customer(number, kind, priority[kind], time, subject, visits), entry)

    def enters(self, customer: Customer, index: int) -> None:
        """A customer comes to a pool: joins its queue, flows over to another, or is lost."""
        pool = self.pools[index]
        full: list[int] = []
        while self.bounded and is_full(self.capacity[index], pool.length + pool.busy):
            self.clock.record(_BLOCKED, customer.issue, place=index)
            full.append(index)
            index = self.overflow[index]
            if index < 0 or index in full:
                return
            pool = self.pools[index]
        luck, at = customer.visits_ahead, 3 * index
        if self.loops:
            visits = customer.visits = customer.visits or {}
            attempt = visits[index] = visits.get(index, -1) + 1
            if attempt:
                luck, at = self.luck.next_visit(customer.subject, customer.kind, index, attempt), 0
        customer.left, customer.matter, patience = luck[at], luck[at + 1], luck[at + 2]
        customer.started = -1
        pool.join(customer)
        if patience >= 0:
            clock = self.clock
            clock.then(clock._now + patience, rank(Phase.PATIENCE, customer.issue), self._loses_patience,
                       (customer, pool, customer.entry))

    def goes_on(self, customer: Customer, index: int) -> None:
        """Served: to the next pool, or out."""
        following = customer.matter
        if following < 0:
            self.clock.record(_LEFT, customer.issue, place=index)
        else:
            self.enters(customer, following)

    def _loses_patience(self, what: tuple[Customer, Pool, tuple]) -> None:
        customer, pool, entry = what
        if customer.entry is entry and customer.started < 0 and pool.leave(customer):
            self.clock.record(_HUNG_UP, customer.issue, place=pool.index)


def play(tables: Tables, draws: Draws) -> Clock:
    """Run a bare system to its end; the record is in the clock."""
    system = System(tables, draws)
    system.clock.begin(system.customers())
    system.clock.play()
    return system.clock
