"""Luck of a city: which issues and consultations arise, and what surely happens once to each of them.

An arrival's identity is its stream, grid, day and number within them.  How many there are in a grid on a day is the quantile of a
Poisson law at one uniform number, so that more demand adds numbers and less demand takes the last ones away; nobody moves.
"""

from __future__ import annotations

from math import inf, log
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy import special

from sim.base import Fault, ScenarioError
from sim.draws.random import Block, again, codes, exponential, lognormal, once_lognormal, uniforms
from sim.i18n import _
from sim.residents import chosen
from sim.timeline import NEVER

if TYPE_CHECKING:
    from sim.tables import CityTables, Tables

__all__ = ["CityLuck", "Lucky", "issues_of"]

DAY = 86_400
# An identity is, from the top: 20 bits for the stream's name, 17 for the grid, 13 for the day, 14 for the number.
_STREAM, _GRID, _DAY = np.uint64(44), np.uint64(27), np.uint64(14)
_GRIDS, _DAYS = np.uint64((1 << 17) - 1), np.uint64((1 << 13) - 1)
_DAYS_AT_ONCE = 64
_MOST = (1 << 14) - 1
_MOST_REPORTERS = 4

# How the lanes of a block become luck: U stays uniform, E exponential with mean 1, a number lognormal with mean 1 and this cv.
_U, _E = "u", "e"
_LANES: dict[Block, tuple[str | float, ...]] = {
    Block.ASK: (_U, 0.5, _U, _U),
    Block.DISPATCH: (_U, _U, 1.0, _U),
    Block.HOP: (_U, 1.0, _U, _U),
    Block.CHECK: (_U, _U, 0.5, _U),
    Block.AFTER: (_U, _U, _U, _U),
    Block.HOLD: (1.0, _U, _U, _U),
    Block.TRANSFER: (0.5, _U, _U, _U),
}


class Lucky(NamedTuple):
    """What surely happens once to one issue (attempt 0).

    Times are in seconds, shares uniform in (0, 1), factors have mean 1.  `work` is touch factor, travel factor and luck of the fix;
    `notice` delay, channel and two shares about the wrong centre; the other tuples are the lanes of their `Block`.
    """

    severity: int
    able: int
    delegation: float
    departments: tuple[int, ...]
    lasts: int
    worsens: int
    phase: float
    misses: int
    reporters: int
    work: tuple[float, float, float]
    notice: tuple[int, int, float, float]
    contact: tuple[float, float, float, float]
    ask: tuple[float, float, float, float]
    dispatch: tuple[float, float, float, float]
    hop: tuple[float, float, float, float]
    check: tuple[float, float, float, float]
    after: tuple[float, float, float, float]
    desk: tuple[float, float, float, float]
    hop_again: tuple[float, ...] = ()       # the second hop and the second find happen to many, and are drawn in bulk as well
    misses_again: int = -1


def issues_of(tables: Tables, key: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """All issues and consultations until the run's end: time (s), stream, grid and identity, by time and identity."""
    assert tables.city is not None
    demand, days = tables.city.demand, -(-(tables.end + 1) // DAY)
    if len(tables.city.grid) > _GRIDS or days > _DAYS:
        raise ScenarioError([Fault("", 0, "city.grids", len(tables.city.grid), _(
            "at most {grids:,} grids and {days:,} days can be told apart").format(grids=int(_GRIDS), days=int(_DAYS)))])
    parts: list[tuple[np.ndarray, ...]] = []
    for stream, name in enumerate(codes(demand.stream, 20)):
        factor = _day_factors(tables, key, stream, name, days)
        # A uniform profile of the day needs no table; otherwise its inverse is read off the cumulative hours.
        hours = np.append(0.0, np.cumsum(demand.hour[stream]))
        for low in range(0, days, _DAYS_AT_ONCE):
            subject = _cells(key, name, demand.cell_rate[stream], factor[low:low + _DAYS_AT_ONCE], low)
            day = ((subject >> _DAY) & _DAYS).astype(np.int64)
            within = np.interp(uniforms(key, subject, Block.ARISE)[0], hours / hours[-1], np.arange(25) * 3600.0)
            time = day * DAY + np.minimum(np.floor(within + 0.5).astype(np.int64), DAY - 1)
            grid = ((subject >> _GRID) & _GRIDS).astype(np.int32)
            kept = time <= tables.end
            parts.append((time[kept].astype(np.int32), np.full(int(kept.sum()), stream, np.int16), grid[kept], subject[kept]))
    time, streams, grids, subjects = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((subjects, time))
    return time[order], streams[order], grids[order], subjects[order]


def _day_factors(tables: Tables, key: tuple[int, int], stream: int, name: int, days: int) -> np.ndarray:
    """Rate of each day against the average day: weekday, month, and the luck of the day (Gamma with mean 1)."""
    assert tables.city is not None
    demand, day = tables.city.demand, np.arange(days)
    date = np.datetime64("0001-01-01") + (tables.start_ordinal - 1 + day).astype("timedelta64[D]")
    month = date.astype("datetime64[M]").astype(np.int64) % 12
    factor = demand.weekday[stream][(tables.start_weekday + day) % 7] * demand.month[stream][month]
    cv = float(demand.daily_cv[stream])
    if cv > 0:
        lanes = uniforms(key, (np.uint64(name) << _STREAM) | np.arange(-(-days // 4), dtype=np.uint64), Block.DAY)
        shape = 1 / cv**2
        factor = factor * special.gammaincinv(shape, np.stack(lanes, axis=1).ravel()[:days]) / shape
    return factor


def _cells(key: tuple[int, int], name: int, rate: np.ndarray, factor: np.ndarray, first: int) -> np.ndarray:
    """Identities of all arrivals of a stream on some following days, `first` being a multiple of four."""
    grids, quads = len(rate), -(-len(factor) // 4)
    cell = (np.uint64(name) << _STREAM) | (np.arange(grids, dtype=np.uint64)[:, None] << _GRID) | (
        np.uint64(first // 4) + np.arange(quads, dtype=np.uint64)[None, :])
    lanes = uniforms(key, cell.ravel(), Block.CELL)
    luck = np.stack(lanes, axis=1).reshape(grids, quads * 4)[:, :len(factor)]
    counts = poisson_quantile(luck, rate[:, None] * factor[None, :])
    grid, day = np.nonzero(counts)
    many = counts[grid, day]
    if len(many) and many.max() >= _MOST:
        raise ScenarioError([Fault("", 0, "issues.scale", None, _(
            "fewer than {most:,} events of a kind in a grid and day can be told apart: use more grids or a lower rate").format(most=_MOST))])
    number = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
    return (np.uint64(name) << _STREAM) | (np.repeat(grid, many).astype(np.uint64) << _GRID) | (
        np.repeat(day + first, many).astype(np.uint64) << _DAY) | number.astype(np.uint64)


def poisson_quantile(u: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """The smallest count whose cumulative Poisson probability reaches `u`; grows with `mean` at every `u`.

    Examples
    --------
    >>> poisson_quantile(np.array([0.3, 0.9, 0.9]), np.array([1.0, 1.0, 100.0])).tolist()
    [0, 2, 113]
    """
    u, mean = np.broadcast_arrays(u, mean)
    counts = np.zeros(u.shape, np.int64)
    large = mean > 30
    if large.any():
        counts[large] = np.clip(np.ceil(special.pdtrik(u[large], mean[large])), 0, _MOST).astype(np.int64)
    left = np.nonzero(~large & (u > np.exp(-mean)))
    chance, expected, luck = np.exp(-mean[left]), mean[left], u[left]
    reached, count = chance.copy(), 0
    index = np.arange(len(luck))
    found = np.zeros(len(luck), np.int64)
    while len(index):
        count += 1
        chance = chance * expected / count
        reached = reached + chance
        found[index] = count
        more = (luck > reached) & (count < 300)
        index, chance, reached, expected, luck = index[more], chance[more], reached[more], expected[more], luck[more]
    counts[left] = found
    return counts


def _picks(cumulative: np.ndarray, u: np.ndarray) -> np.ndarray:
    """For each row the first column whose cumulative share reaches `u`."""
    return np.minimum((u[:, None] > cumulative).sum(axis=1), cumulative.shape[1] - 1)


def _seconds(values: np.ndarray) -> np.ndarray:
    return np.minimum(np.floor(values + 0.5), NEVER).astype(np.int64)


class CityLuck:
    """Everybody's luck in one replication.

    Parameters
    ----------
    city : CityTables
    key : tuple of two int
        From `key_of(seed, replication)`.
    """

    def __init__(self, city: CityTables, key: tuple[int, int]) -> None:
        self.city, self.key = city, key
        demand, residents = city.demand, city.residents
        self.categories = len(city.category)
        count = np.arange(_MOST_REPORTERS)
        mean = residents.reporters[:, None]
        self._reporters = np.cumsum(np.exp(-mean) * mean**count / special.factorial(count), axis=1)
        self._lanes: dict[Block, tuple[str | float, ...]] = {
            **_LANES, Block.CONTACT: (float(city.rules.handling_cv), _E, _U, _E), Block.DESK: (float(city.rules.handling_cv),) * 4}
        with np.errstate(divide="ignore"):
            self._blind = np.log1p(-demand.visible).tolist()
        self._cv = {"touch": demand.touch_cv, "travel": demand.travel_cv, "notice": residents.notice_cv}

    def of_issues(self, subject: np.ndarray, category: np.ndarray, grid: np.ndarray) -> list[Lucky]:
        """The luck of issues, attempt 0."""
        city, demand = self.city, self.city.demand
        arise, needs = self._draw(subject, Block.ARISE), self._draw(subject, Block.NEEDS)
        course, patrol = self._draw(subject, Block.COURSE), self._draw(subject, Block.PATROL)
        severity = _picks(demand.severity[category], arise[1])
        able = _picks(demand.authority[city.grid_class[grid], category], arise[2])
        ends = course[0] < demand.lasts_share[category]
        lasts = demand.lasts_mean[category] * lognormal(course[1], demand.lasts_cv[category])
        worsens = demand.worsens_after[category] * exponential(course[3])
        columns = [
            severity.tolist(), able.tolist(), arise[3].tolist(), self._departments(category, needs),
            np.where(ends, _seconds(lasts), NEVER).tolist(),
            np.where(course[2] < demand.worsens[category], _seconds(worsens), NEVER).tolist(),
            patrol[0].tolist(), self._misses(category, patrol[1]).tolist(), _picks(np.c_[
                self._reporters, np.ones(self.categories)][category], patrol[2]).tolist(),
            _rows(self._work(category, self._draw(subject, Block.WORK))),
            _rows(self._notice(category, self._draw(subject, Block.NOTICE))),
        ]
        for block in (Block.CONTACT, Block.ASK, Block.DISPATCH, Block.HOP, Block.CHECK, Block.AFTER, Block.DESK):
            columns.append(_rows(self._turned(block, self._draw(subject, block))))
        columns.append(_rows(self._turned(Block.HOP, uniforms(self.key, subject, Block.HOP, 1))))
        columns.append(self._misses(category, uniforms(self.key, subject, Block.PATROL, 1)[1]).tolist())
        return [Lucky(*row) for row in zip(*columns, strict=True)]

    def of_consultations(self, subject: np.ndarray) -> list[tuple[int, tuple[float, ...]]]:
        """Channel and luck of the first contact of consultations."""
        shares = np.tile(self.city.residents.consultation_channel, (len(subject), 1))
        channel = _picks(shares, self._draw(subject, Block.ARISE)[1])
        return list(zip(channel.tolist(), _rows(self._turned(Block.CONTACT, self._draw(subject, Block.CONTACT))), strict=True))

    def wrong_centre_of_consultation(self, subject: int) -> tuple[float, float]:
        """Two shares: whether, and which."""
        lanes = again(self.key, subject, Block.NOTICE, 0)
        return lanes[2], lanes[3]

    def again(self, subject: int, category: int, block: Block, attempt: int) -> tuple[Any, ...]:
        """The same luck for a further attempt, one issue at a time; lanes as in `Lucky`."""
        lanes = again(self.key, subject, block, attempt)
        if block == Block.WORK:
            return (once_lognormal(lanes[0], self._cv["touch"][category]), once_lognormal(lanes[1], self._cv["travel"][category]),
                    lanes[2])
        if block == Block.NOTICE:
            delay = self.city.residents.notice_mean[category] * once_lognormal(lanes[0], self._cv["notice"][category])
            return int(delay + 0.5), chosen(self.city.residents.channel[category], lanes[1]), lanes[2], lanes[3]
        if block == Block.PATROL:
            return lanes[0], self.misses(category, lanes[1])
        return tuple(lane if how == _U else -log(lane) if how == _E else once_lognormal(lane, float(how))
                     for how, lane in zip(self._lanes[block], lanes, strict=True))

    def misses(self, category: int, u: float) -> int:
        """Patrol passes that miss an issue of the category before one detects it."""
        blind = self._blind[category]
        return 0 if blind == -inf else int(min(log(u) / blind, 1e6)) if blind < 0 else 1_000_000

    def _misses(self, category: np.ndarray, lane: np.ndarray) -> np.ndarray:
        visible, blind = self.city.demand.visible[category], np.array(self._blind)[category]
        with np.errstate(divide="ignore"):
            return np.minimum(np.where(visible < 1, np.log(lane) / blind, 0), 1e6).astype(np.int64)

    def _draw(self, subject: np.ndarray, block: Block) -> tuple[np.ndarray, ...]:
        return uniforms(self.key, subject, block)

    def _turned(self, block: Block, lanes: tuple[np.ndarray, ...]) -> tuple[np.ndarray, ...]:
        return tuple(lane if how == _U else exponential(lane) if how == _E else lognormal(lane, how)
                     for how, lane in zip(self._lanes[block], lanes, strict=True))

    def _work(self, category: np.ndarray, lanes: tuple[np.ndarray, ...]) -> tuple[np.ndarray, ...]:
        return (lognormal(lanes[0], self._cv["touch"][category]), lognormal(lanes[1], self._cv["travel"][category]), lanes[2])

    def _notice(self, category: np.ndarray, lanes: tuple[np.ndarray, ...]) -> tuple[np.ndarray, ...]:
        delay = self.city.residents.notice_mean[category] * lognormal(lanes[0], self._cv["notice"][category])
        channel = _picks(self.city.residents.channel[category], lanes[1])
        return _seconds(delay), channel, lanes[2], lanes[3]

    def _departments(self, category: np.ndarray, lanes: tuple[np.ndarray, ...]) -> list[tuple[int, ...]]:
        """The department in charge and those that it needs besides, of those that its category names; each once."""
        demand = self.city.demand
        share = np.diff(demand.department, prepend=0.0, axis=1)[category]
        rows, chosen_ones = np.arange(len(category)), []
        for lane in (lanes[0], lanes[2], lanes[3]):
            left = share.sum(axis=1)
            one = _picks(np.cumsum(share, axis=1) / np.where(left > 0, left, 1.0)[:, None], lane)
            chosen_ones.append(np.where(left > 1e-12, one, -1).tolist())
            share[rows, one] = 0.0
        more = _picks(demand.more_departments[category], lanes[1]).tolist()
        return [tuple(one for one in row[:1 + count] if one >= 0)
                for row, count in zip(zip(*chosen_ones, strict=True), more, strict=True)]


def _rows(lanes: tuple[np.ndarray, ...]) -> list[tuple]:
    return list(zip(*(lane.tolist() for lane in lanes), strict=True))
