"""Luck of a bare service system: arrivals of every class, and service, next pool and patience of every visit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.draws.random import Block, again, codes, exponential, quantile, service_block, uniforms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.tables import BareTables, Tables

__all__ = ["BareLuck", "class_arrivals", "customers_of", "thinned_time"]

_CLASS, _BATCH = np.uint64(48), np.uint64(17)     # a batch has at most 100,000


def customers_of(tables: Tables, key: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Arrivals of all classes until the run's end: time (s), class, 0 and identity, by time and identity.

    The identity is the class and the number within it (for batches the batch and the place in it), so that another class or a
    longer horizon moves nobody.
    """
    assert tables.bare is not None
    times, classes, subjects = [], [], []
    for index, name in enumerate(codes(tables.bare.class_name, 16)):
        time, subject = class_arrivals(tables, key, index, name)
        times.append(time)
        classes.append(np.full(len(time), index, np.int16))
        subjects.append(subject)
    time, stream, subject = np.concatenate(times), np.concatenate(classes), np.concatenate(subjects)
    order = np.lexsort((subject, time))
    order = order[time[order] <= tables.end]
    return time[order], stream[order], np.zeros(len(order), np.int32), subject[order]


def class_arrivals(tables: Tables, key: tuple[int, int], index: int, name: int) -> tuple[np.ndarray, np.ndarray]:
    """Time (s) and identity of the customers of a class whose `codes` number is `name`; those given in a trace in its order."""
    bare = tables.bare
    assert bare is not None
    if bare.arrivals[index]["kind"] == "given":
        assert bare.trace is not None
        rows = np.flatnonzero(bare.trace[:, 1] == index)
        time, number = bare.trace[rows, 0], rows.astype(np.uint64)
    else:
        time, number = _arrivals(bare.arrivals[index], key, name, tables.end)
    return np.floor(time + 0.5).astype(np.int64), number | (np.uint64(name) << _CLASS)


def _arrivals(arrivals: dict, key: tuple[int, int], name: int, end: int) -> tuple[np.ndarray, np.ndarray]:
    kind = arrivals["kind"]
    if kind == "deterministic":
        time = np.arange(arrivals["first"], end + 1, arrivals["every"], dtype=float)
        return time, np.arange(len(time), dtype=np.uint64)
    if kind == "renewal":
        time, number = _gaps(key, name, end, lambda u: quantile(arrivals["gap"], u))
    elif kind in ("poisson", "batches"):
        time, number = _gaps(key, name, end, lambda u: exponential(u) / arrivals["rate"])
    else:
        clock, load = thinned_time(arrivals, end)
        time, number = _gaps(key, name, load[-1], exponential)
        time = np.interp(time, load, clock)
    if kind == "batches":
        size = quantile(arrivals["size"], uniforms(key, number | (np.uint64(name) << _CLASS), Block.ARRIVAL)[3]).astype(np.int64)
        place = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
        return np.repeat(time, size), (np.repeat(number, size) << _BATCH) | place.astype(np.uint64)
    return time, number


def _gaps(key: tuple[int, int], name: int, end: float, gap: Any) -> tuple[np.ndarray, np.ndarray]:
    """Times up to `end` whose gaps are `gap(u)`, and their numbers; the n-th gap belongs to the n-th arrival."""
    parts, reached, first, size = [], 0.0, 0, 4096
    while reached <= end:
        number = np.arange(first, first + size, dtype=np.uint64)
        gaps = gap(uniforms(key, number | (np.uint64(name) << _CLASS), Block.ARRIVAL)[0])
        # One running sum from the start, so that the size of a part cannot show in the last digit.
        gaps[0] += reached
        part = np.cumsum(gaps)
        parts.append(part)
        reached, first, size = float(part[-1]), first + size, min(size * 2, 1 << 18)
    time = np.concatenate(parts)
    time = time[time <= end]
    return time, np.arange(len(time), dtype=np.uint64)


def thinned_time(arrivals: dict, end: int) -> tuple[np.ndarray, np.ndarray]:
    """Clock times and the expected number of arrivals until each of them, for a rate that varies.

    Arrivals of a unit-rate Poisson process, read off this curve, are arrivals at the varying rate (Cinlar's inversion).

    Examples
    --------
    >>> clock, load = thinned_time({"kind": "piecewise", "starts": [0.0, 100.0], "rates": [1.0, 3.0], "period": 0.0}, 200)
    >>> float(np.interp(200, clock, load))
    400.0
    """
    if arrivals["kind"] == "piecewise":
        starts, rates, period = np.asarray(arrivals["starts"], float), np.asarray(arrivals["rates"], float), arrivals["period"]
        rounds = np.arange(int(end // period) + 1) * period if period else np.zeros(1)
        clock = (rounds[:, None] + starts[None, :]).ravel()
        rate = np.tile(rates, len(rounds))
        clock = np.append(clock, max(end + 1.0, clock[-1] + 1.0))
        return clock, np.append(0.0, np.cumsum(rate * np.diff(clock)))
    period, turn = arrivals["period"], 2 * np.pi / arrivals["period"]
    clock = np.arange(0.0, end + period / 2000, period / 4000)
    angle = arrivals.get("phase", 0.0) * turn
    wave = (np.cos(angle) - np.cos(turn * clock + angle)) / turn
    return clock, arrivals["rate"] * (clock + arrivals["amplitude"] * wave)


class BareLuck:
    """Service time, next pool and patience of every visit.

    A visit is `(service, next pool, patience)` in seconds; next pool -1 leaves the system, patience -1 waits for ever.  With a `grain`
    above 1 all times are rounded up to whole grains (s).
    """

    def __init__(self, tables: Tables, key: tuple[int, int], grain: int = 1) -> None:
        assert tables.bare is not None
        self.bare: BareTables = tables.bare
        self.key, self.grain = key, grain
        self.pools = len(tables.pools.key)
        self.block = [service_block(pool) for pool in tables.pools.key]
        self._distributions = [
            [(service, patience) for service, patience in zip(services, patiences, strict=True)]
            for services, patiences in zip(self.bare.service, self.bare.patience, strict=True)]

    def first_visits(self, subject: np.ndarray, stream: np.ndarray) -> Iterator[tuple[int, tuple[int, ...]]]:
        """For each customer the pool entered, and what the first visit to every pool would be, three numbers a pool."""
        columns = np.full((3 * self.pools, len(subject)), -1, np.int64)
        entry = np.zeros(len(subject), np.int64)
        for index in np.unique(stream):
            who = np.flatnonzero(stream == index)
            names = subject[who]
            lane = uniforms(self.key, names, Block.ARRIVAL)[2]
            entry[who] = np.searchsorted(self.bare.entry[index], lane)
            for pool in self._reachable(int(index)):
                for row, values in enumerate(self.visits(int(index), pool, names, uniforms(self.key, names, self.block[pool]))):
                    columns[3 * pool + row, who] = values
        return zip(entry.tolist(), zip(*columns.tolist(), strict=True), strict=True)

    def next_visit(self, subject: int, index: int, pool: int, attempt: int) -> tuple[int, int, int]:
        """The same for one later visit to a pool."""
        lanes = tuple(np.full(1, u) for u in again(self.key, subject, self.block[pool], attempt))
        service, following, patience = self.visits(index, pool, np.full(1, subject, np.uint64), lanes)
        return int(service[0]), int(following[0]), int(patience[0])

    def _reachable(self, index: int) -> list[int]:
        steps = np.diff(self.bare.routing[index], prepend=0.0, axis=1)[:, :-1] > 0
        reached = np.diff(self.bare.entry[index], prepend=0.0) > 0
        for pool in range(self.pools):      # overflow leads on to other pools
            del pool
            reached = reached | (steps[reached].any(axis=0) if reached.any() else False)
        return [pool for pool in range(self.pools) if self.bare.service[index][pool] is not None or reached[pool]]

    def visits(self, index: int, pool: int, names: np.ndarray, lanes: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Service time, next pool and patience of some customers of a class at a pool, from three of their four `lanes`."""
        service, patience = self._distributions[index][pool]
        following = np.searchsorted(self.bare.routing[index, pool], lanes[1])
        following = np.where(following >= self.pools, -1, following)
        return self.seconds(service, names, 2 + pool, lanes[0]), following, self.seconds(
            patience, names, 2 + self.pools + pool, lanes[2])

    def seconds(self, distribution: dict | None, names: np.ndarray, column: int, lane: np.ndarray) -> np.ndarray:
        """Seconds of a distribution for some customers; `column` of the trace has those that are given, `lane` is not needed then."""
        if distribution is None:
            return np.full(len(names), -1, np.int64)
        if distribution["kind"] == "given":
            assert self.bare.trace is not None
            rows = (names & np.uint64((1 << 48) - 1)).astype(np.int64)
            seconds = np.floor(self.bare.trace[rows, column] + 0.5).astype(np.int64)
        else:
            seconds = np.floor(quantile(distribution, lane) + 0.5).astype(np.int64)
        return np.where(seconds > 0, -(-seconds // self.grain) * self.grain, seconds) if self.grain > 1 else seconds


def has_loops(tables: Tables) -> bool:
    """Whether a customer may meet a pool twice; only then visits need counting."""
    assert tables.bare is not None
    steps = np.diff(tables.bare.routing, prepend=0.0, axis=2)[:, :, :-1].max(axis=0) > 0
    over = np.flatnonzero(tables.pools.overflow >= 0)
    steps[over, tables.pools.overflow[over]] = True
    walks = steps
    for _ in range(len(steps)):
        walks = walks | ((walks.astype(int) @ steps.astype(int)) > 0)
    return bool(walks.diagonal().any())
