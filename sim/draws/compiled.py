"""Arrivals as `issues_of` and `customers_of` draw them, to the last bit, by compiled code: five to ten times as fast.

Imported only where Numba is there and asked for.  What needs a law that is not written out here (a mean of more than thirty a cell, gaps
that are not exponential) is left to the arrays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.compiling import compiled
from sim.draws import bare, city
from sim.draws.elementary import exp, log
from sim.draws.random import Block, codes, lanes
from sim.tables import once

if TYPE_CHECKING:
    from sim.tables import Tables

__all__ = ["customers_of", "issues_of"]

_DAY = city.DAY
_CELL, _ARISE, _ARRIVAL = int(Block.CELL), int(Block.ARISE), int(Block.ARRIVAL)
_STREAM_SHIFT, _GRID_SHIFT, _DAY_SHIFT, _CLASS_SHIFT = 44, 27, 14, 48
_HALF = 9               # half of the bits of a second of the day
_LARGE = 30.0           # from this mean on counts come from SciPy
_GAPS_AT_ONCE, _AT_ONCE = 1 << 20, 1 << 10
_NO_TIME = np.iinfo(np.int64).max


# --- a city ---------------------------------------------------------------------------------------------------------------


def issues_of(tables: Tables, key: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """`sim.draws.city.issues_of`: time (s), stream, grid and identity of all issues and consultations, by time and identity."""
    assert tables.city is not None
    days = -(-(tables.end + 1) // _DAY)
    names, order, rate, reached, slope = _lasting(tables)
    city.check_identities(tables, days)
    factor = np.array([city.day_factors(tables, key, stream, name, days) for stream, name in enumerate(names.tolist())])
    reform = tables.city.reform
    changes = reform is not None and not np.array_equal(reform.cell_rate, tables.city.demand.cell_rate)
    if changes or rate.size == 0 or np.max(rate.max(axis=1) * factor.max(axis=1)) > _LARGE:
        return city.issues_of(tables, key)
    expected = float(rate.sum(axis=1) @ factor.sum(axis=1))
    room = int(expected + 6 * expected**0.5) + 1000
    while True:
        time, stream, grid = np.empty(room, np.int32), np.empty(room, np.int16), np.empty(room, np.int32)
        subject = np.empty(room, np.int64)
        found = _issues(key[0], key[1], names[order], order, rate, factor, reached, slope, tables.end,
                        time, stream, grid, subject)
        if found >= 0:
            return time[:found], stream[:found], grid[:found], subject[:found].view(np.uint64)
        room *= 2


@once
def _lasting(tables: Tables) -> tuple[np.ndarray, ...]:
    """What is the same in all replications: names of the streams and their order, rates, shares and seconds of the hours."""
    assert tables.city is not None
    demand = tables.city.demand
    names = codes(demand.stream, 20)
    hours = [city.hours_of(hour) for hour in demand.hour]
    return (np.array(names, np.int64), np.array(sorted(range(len(names)), key=names.__getitem__), np.int64),
            np.ascontiguousarray(demand.cell_rate, np.float64), np.array([one[0] for one in hours]), np.array([one[1] for one in hours]))


def _issues_of_days(k0: int, k1: int, names: np.ndarray, order: np.ndarray, rate: np.ndarray, factor: np.ndarray, reached: np.ndarray,
                    slope: np.ndarray, end: int, time: np.ndarray, stream: np.ndarray, grid: np.ndarray, subject: np.ndarray) -> int:
    """Fill the columns day by day; returns the number of arrivals, or -1 where there is no room for them.

    Streams stand in the order of their names, so that arrivals of a day are found in the order of their identities, and a sort by the
    second that keeps it is all that is needed.
    """
    days, grids, room = factor.shape[1], rate.shape[1], len(time)
    cells, counts, found = np.empty((4, len(order) * grids), np.int32), np.empty((4, len(order) * grids), np.int16), np.zeros(4, np.int64)
    size = 1024
    seconds, whose, where, luck = np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size)
    ranked, half_ranked, place = np.empty(size, np.int32), np.empty(size, np.int32), np.empty(1 << _HALF, np.int64)
    total = 0
    for day in range(days):
        if day % 4 == 0:
            _count_cells(k0, k1, names, order, rate, factor, day, cells, counts, found)
        number = 0
        for k in range(found[day % 4]):
            at, g = cells[day % 4, k] // grids, cells[day % 4, k] % grids
            more = counts[day % 4, k]
            while number + more > size:
                whose, where = np.append(whose, np.empty(size, np.int64)), np.append(where, np.empty(size, np.int64))
                size *= 2
                seconds, luck, ranked, half_ranked = np.empty(size, np.int64), np.empty(size), np.empty(size, np.int32), np.empty(size, np.int32)
            for n in range(more):
                whose[number] = (names[at] << _STREAM_SHIFT) | (g << _GRID_SHIFT) | (day << _DAY_SHIFT) | n
                where[number] = (order[at] << 32) | g
                number += 1
        if total + number > room:
            return -1
        for i in range(number):         # by itself, so that several are drawn at once
            luck[i] = lanes(k0, k1, whose[i], _ARISE, 0)[0]
        for i in range(number):
            s = where[i] >> 32
            seconds[i] = _second_of_day(luck[i], reached[s], slope[s])
            half_ranked[i] = i
        _sort_by(seconds, 0, half_ranked, ranked, place, number)
        _sort_by(seconds, _HALF, ranked, half_ranked, place, number)
        for i in range(number):
            which = half_ranked[i]
            when = day * _DAY + seconds[which]
            if when > end:
                break
            time[total], stream[total], grid[total] = when, where[which] >> 32, where[which] & 0xFFFFFFFF
            subject[total] = whose[which]
            total += 1
    return total


def _sorted_by_half(seconds: np.ndarray, shift: int, order: np.ndarray, into: np.ndarray, place: np.ndarray, number: int) -> None:
    """Sort by half of the bits of a second of the day; what is alike there stays in its order."""
    place[:] = 0
    for i in range(number):
        place[(seconds[order[i]] >> shift) & (len(place) - 1)] += 1
    before = 0
    for value in range(len(place)):
        here = place[value]
        place[value] = before
        before += here
    for i in range(number):
        value = (seconds[order[i]] >> shift) & (len(place) - 1)
        into[place[value]] = order[i]
        place[value] += 1


def _counts_of_cells(k0: int, k1: int, names: np.ndarray, order: np.ndarray, rate: np.ndarray, factor: np.ndarray, day: int,
                     cells: np.ndarray, counts: np.ndarray, found: np.ndarray) -> None:
    """Where some arise on four following days, from every stream, and how many; most cells have none."""
    days, grids = min(4, factor.shape[1] - day), rate.shape[1]
    luck, perhaps = np.empty((4, grids)), np.empty(grids + 1, np.int32)
    found[:] = 0
    for at in range(len(order)):
        s, name = order[at], (names[at] << _STREAM_SHIFT) | (day // 4)
        for g in range(grids):          # by itself, so that several are drawn at once
            u = lanes(k0, k1, name | (g << _GRID_SHIFT), _CELL, 0)
            luck[0, g], luck[1, g], luck[2, g], luck[3, g] = u[0], u[1], u[2], u[3]
        for i in range(days):
            some = 0
            for g in range(grids):      # without a branch, as nobody can foresee it
                perhaps[some] = g
                some += luck[i, g] > 1.0 - rate[s, g] * factor[s, day + i] - 1e-12
            for k in range(some):
                g = perhaps[k]
                count = _poisson_quantile(luck[i, g], rate[s, g] * factor[s, day + i])
                cells[i, found[i]], counts[i, found[i]] = at * grids + g, count
                found[i] += count > 0


def _one_poisson_quantile(u: float, mean: float) -> int:
    """`sim.draws.city.poisson_quantile` for a mean of 30 at most."""
    if u <= 1.0 - mean - 1e-12:
        return 0
    chance = exp(-mean)
    reached, count = chance, 0
    while u > reached and count < 300:
        count += 1
        chance = chance * mean / count
        reached = reached + chance
    return count


def _one_second_of_day(u: float, reached: np.ndarray, slope: np.ndarray) -> int:
    """`sim.draws.city.seconds_of_day` for one number."""
    low, high = 0, len(reached)
    while low < high:
        middle = (low + high) // 2
        if reached[middle] <= u:
            low = middle + 1
        else:
            high = middle
    hour = low - 1
    second = int(slope[hour] * (u - reached[hour]) + hour * 3600.0 + 0.5)
    return second if second < _DAY else _DAY - 1


# --- a bare system --------------------------------------------------------------------------------------------------------


def customers_of(tables: Tables, key: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """`sim.draws.bare.customers_of`: time (s), class, 0 and identity of all customers, by time and identity."""
    assert tables.bare is not None
    names = codes(tables.bare.class_name, 16)
    times, subjects = [], []
    for index, (arrivals, name) in enumerate(zip(tables.bare.arrivals, names, strict=True)):
        mean, rate = _exponential_gap(arrivals)
        if mean > 0.0:
            time = _all_gaps(key, name, tables.end, mean, rate)
            subject = np.arange(len(time)) | np.int64(name - (1 << 16) if name >> 15 else name) << _CLASS_SHIFT
        else:
            time, found = bare.class_arrivals(tables, key, index, name)
            subject = found.view(np.int64)
            if np.any(np.diff(time) < 0):
                order = np.lexsort((found, time))
                time, subject = time[order], subject[order]
        times.append(time)
        subjects.append(subject)
    # In one second the smaller name goes first, and of one class the smaller number: each class stands in its order already.
    order = np.array(sorted(range(len(names)), key=names.__getitem__), np.int64)
    first = np.append(0, np.cumsum([len(times[index]) for index in order]))
    time, subject = np.concatenate([times[index] for index in order]), np.concatenate([subjects[index] for index in order])
    into, stream, whose = np.empty(len(time), np.int64), np.empty(len(time), np.int16), np.empty(len(time), np.int64)
    before_end = _merge(time, subject, first, order, tables.end, into, stream, whose)
    return into[:before_end], stream[:before_end], np.zeros(before_end, np.int32), whose[:before_end].view(np.uint64)


def _exponential_gap(arrivals: dict) -> tuple[float, float]:
    """Mean and rate (one of them 1) where gaps are exponential, else 0 and 0."""
    if arrivals["kind"] == "poisson":
        return 1.0, float(arrivals["rate"])
    if arrivals["kind"] == "renewal" and arrivals["gap"]["kind"] == "exponential":
        return float(arrivals["gap"]["mean"]), 1.0
    return 0.0, 0.0


def _all_gaps(key: tuple[int, int], name: int, end: int, mean: float, rate: float) -> np.ndarray:
    """Times up to the end, in whole seconds."""
    parts, reached, number = [], 0.0, 0
    while reached <= end:
        part = np.empty(min(_GAPS_AT_ONCE, int(1.1 * (end - reached) * rate / mean) + 1000), np.int64)
        found, reached = _gaps(key[0], key[1], name, number, reached, end, mean, rate, part)
        parts.append(part[:found])
        number += found
    return np.concatenate(parts)


def _following_gaps(k0: int, k1: int, name: int, number: int, reached: float, end: int, mean: float, rate: float,
                    time: np.ndarray) -> tuple[int, float]:
    """Fill `time` with what comes next after `reached`: how many fitted in before the end, and the time of the last."""
    gaps = np.empty(_AT_ONCE)
    for first in range(0, len(time), _AT_ONCE):
        some = min(_AT_ONCE, len(time) - first)
        for at in range(some):      # by itself, so that several are drawn at once
            gaps[at] = mean * -log(lanes(k0, k1, (name << _CLASS_SHIFT) | (number + first + at), _ARRIVAL, 0)[0]) / rate
        for at in range(some):
            reached += gaps[at]
            if reached > end:
                return first + at, reached
            time[first + at] = int(reached + 0.5)
    return len(time), reached


def _merged(time: np.ndarray, subject: np.ndarray, first: np.ndarray, order: np.ndarray, end: int, into: np.ndarray, stream: np.ndarray,
            whose: np.ndarray) -> int:
    """Several classes, one after another in `time`, into one row; returns how many come before the end."""
    at = first[:-1].copy()
    total = 0
    while True:
        best, soonest = -1, _NO_TIME
        for c in range(len(order)):
            if at[c] < first[c + 1] and time[at[c]] < soonest:
                best, soonest = c, time[at[c]]
        if best < 0 or soonest > end:
            return total
        into[total], stream[total], whose[total] = soonest, order[best], subject[at[best]]
        at[best] += 1
        total += 1


_poisson_quantile, _second_of_day, _merge = compiled(_one_poisson_quantile), compiled(_one_second_of_day), compiled(_merged)
_count_cells, _gaps, _sort_by = compiled(_counts_of_cells), compiled(_following_gaps), compiled(_sorted_by_half)
_issues = compiled(_issues_of_days)
