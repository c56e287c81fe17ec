"""Luck of a city: which issues and consultations arise, and what surely happens once to each of them.

An arrival's identity is its stream, grid, day and number within them.  How many there are in a grid on a day is the quantile of a
Poisson law at one uniform number, so that more demand adds numbers and less demand takes the last ones away; nobody moves.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

from sim.base import Fault, ScenarioError
from sim.draws.days import month_of, rates, surge_heights
from sim.draws.elementary import exp, exps, log, logs
from sim.draws.luck import (
    EXPONENTIAL,
    LOGNORMAL,
    NEVER_SEEN,
    SHARE,
    WHOLE,
    WIDTH,
    First,
    LuckNumbers,
    block_luck,
    estate_luck,
    notice_luck,
    participation_luck,
    patrol_luck,
    sensor_luck,
    work_luck,
)
from sim.draws.random import Block, again, codes, exponential, factors, spread, uniforms
from sim.i18n import _
from sim.tables import once
from sim.timeline import NEVER

if TYPE_CHECKING:
    from sim.tables import CityTables, Tables

__all__ = ["BLOCKS", "DAY", "CityLuck", "check_identities", "day_factors", "hours_of", "issues_of", "poisson_quantile", "seconds_of_day"]

DAY = 86_400
# An identity is, from the top: 20 bits for the stream's name, 17 for the grid, 13 for the day, 14 for the number.
_STREAM, _GRID, _DAY = np.uint64(44), np.uint64(27), np.uint64(14)
_GRIDS, _DAYS = np.uint64((1 << 17) - 1), np.uint64((1 << 13) - 1)
_DAYS_AT_ONCE = 64
_MOST = (1 << 14) - 1
_MOST_REPORTERS = 4
_LUCK_KEPT = 256        # replications whose luck of the days is kept: some ten megabytes for a simulated year
BLOCKS = 1 + max(block for block in Block if block != Block.ARRIVAL)
"""Rows of the tables by block: all blocks of a city."""

# How the lanes of a block become luck: U stays uniform, E exponential with mean 1, a number lognormal with mean 1 and this cv.
_U, _E = "u", "e"
_LANES: dict[Block, tuple[str | float, ...]] = {
    Block.ASK: (_U, 0.5, _U, _U),
    Block.DISPATCH: (_U, _U, 1.0, _U),
    Block.HOP: (_U, 1.0, _U, _U),
    Block.CHECK: (_U, _U, 0.5, _U),
    Block.HOLD: (1.0, _U, _U, _U),
    Block.TRANSFER: (0.5, _U, _U, _U),
    Block.SCREEN: (_U, 0.5, _U, _U),
    Block.NATURE: (_U, 1.0, _U, _U),
    Block.GUIDED: (_E, _E, _U, _U),
    Block.PETITION: (_U, _E, _U, _E),
}
_FIRST = {Block.CONTACT: First.CONTACT, Block.ASK: First.ASK, Block.DISPATCH: First.DISPATCH, Block.HOP: First.HOP,
          Block.CHECK: First.CHECK, Block.AFTER: First.AFTER, Block.DESK: First.DESK}


def issues_of(tables: Tables, key: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """All issues and consultations until the run's end: time (s), stream, grid and identity, by time and identity."""
    assert tables.city is not None
    demand, days = tables.city.demand, -(-(tables.end + 1) // DAY)
    check_identities(tables, days)
    parts: list[tuple[np.ndarray, ...]] = []
    for stream, name in enumerate(codes(demand.stream, 20)):
        factor = day_factors(tables, key, stream, name, days)
        hours = hours_of(demand.hour[stream])
        for low in range(0, days, _DAYS_AT_ONCE):
            part = factor[low:low + _DAYS_AT_ONCE]
            subject = _cells(key, name, rates(tables.city, stream, low, len(part)), part, low)
            day = ((subject >> _DAY) & _DAYS).astype(np.int64)
            time = day * DAY + seconds_of_day(uniforms(key, subject, Block.ARISE)[0], *hours)
            grid = ((subject >> _GRID) & _GRIDS).astype(np.int32)
            kept = time <= tables.end
            parts.append((time[kept].astype(np.int32), np.full(int(kept.sum()), stream, np.int16), grid[kept], subject[kept]))
    time, streams, grids, subjects = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((subjects, time))
    return time[order], streams[order], grids[order], subjects[order]


def check_identities(tables: Tables, days: int) -> None:
    """Refuse more grids or days than an identity has room for."""
    assert tables.city is not None
    if len(tables.city.grid) > _GRIDS or days > _DAYS:
        raise ScenarioError([Fault("", 0, "city.grids", len(tables.city.grid), _(
            "at most {grids:,} grids and {days:,} days can be told apart").format(grids=int(_GRIDS), days=int(_DAYS)))])


def hours_of(shares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Share of the day's events before each full hour (25 of them), and seconds for each share within each hour.

    Examples
    --------
    >>> reached, slope = hours_of(np.array([0.0] * 12 + [1.0] * 12))
    >>> float(reached[12]), round(float(reached[18]), 12), round(float(slope[18]))
    (0.0, 0.5, 43200)
    """
    reached = np.append(0.0, np.cumsum(shares))
    reached = reached / reached[-1]
    width = np.diff(reached)
    return reached, 3600.0 / np.where(width > 0.0, width, 1.0)


def seconds_of_day(u: np.ndarray, reached: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """The second of the day at which so large a share of its events has come.

    Examples
    --------
    >>> seconds_of_day(np.array([0.25, 0.5]), *hours_of(np.ones(24))).tolist()
    [21600, 43200]
    """
    hour = np.searchsorted(reached, u, "right") - 1
    return np.minimum((slope[hour] * (u - reached[hour]) + hour * 3600.0 + 0.5).astype(np.int64), DAY - 1)


def day_factors(tables: Tables, key: tuple[int, int], stream: int, name: int, days: int) -> np.ndarray:
    """Rate of each day against the average day: weekday, month, the luck of the day (Gamma with mean 1), and surges."""
    assert tables.city is not None
    demand, day = tables.city.demand, np.arange(days)
    factor = demand.weekday[stream][(tables.start_weekday + day) % 7] * demand.month[stream][month_of(tables.start_ordinal, days)]
    cv = float(demand.daily_cv[stream])
    if cv > 0:
        factor = factor * _luck_of_days(key, tuple(codes(demand.stream, 20)), tuple(demand.daily_cv.tolist()), days)[name] / (1 / cv**2)
    for surge in range(len(demand.surge_first)):
        height = surge_heights(int(demand.surge_first[surge]), int(demand.surge_days[surge]), float(demand.surge_half_life[surge]), days)
        factor = factor * (1.0 + (demand.surge_factor[surge, stream] - 1.0) * height)
    return factor


@lru_cache(maxsize=_LUCK_KEPT)
def _luck_of_days(key: tuple[int, int], names: tuple[int, ...], cvs: tuple[float, ...], days: int) -> dict[int, np.ndarray]:
    """Gamma numbers with shape 1 / cv² for every stream; kept, as all scenarios on the same luck ask for the same ones."""
    quads = -(-days // 4)
    lanes = uniforms(key, ((np.array(names, np.uint64) << _STREAM)[:, None] | np.arange(quads, dtype=np.uint64)).ravel(), Block.DAY)
    shares = np.stack(lanes, axis=1).reshape(len(names), 4 * quads)[:, :days]
    return {name: special.gammaincinv(1 / cv**2, share) for name, cv, share in zip(names, cvs, shares, strict=True) if cv > 0}


def _cells(key: tuple[int, int], name: int, rate: np.ndarray, factor: np.ndarray, first: int) -> np.ndarray:
    """Identities of all arrivals of a stream on some following days, `first` being a multiple of four; `rate` by grid, and day if it changes."""
    grids, quads = len(rate), -(-len(factor) // 4)
    cell = (np.uint64(name) << _STREAM) | (np.arange(grids, dtype=np.uint64)[:, None] << _GRID) | (
        np.uint64(first // 4) + np.arange(quads, dtype=np.uint64)[None, :])
    lanes = uniforms(key, cell.ravel(), Block.CELL)
    luck = np.stack(lanes, axis=1).reshape(grids, quads * 4)[:, :len(factor)]
    counts = poisson_quantile(luck, rate * factor[None, :])
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
    # exp(-m) is above 1 - m, a little room left for rounding: most cells have nothing, and need no exponential to know it.
    left = np.nonzero(~large & (u > 1.0 - mean - 1e-12))
    expected, luck = mean[left], u[left]
    chance = exps(-expected)
    reached, count = chance.copy(), 0
    found = np.zeros(len(luck), np.int64)
    index = np.flatnonzero(luck > reached)
    chance, reached, expected, luck = chance[index], reached[index], expected[index], luck[index]
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
    grain : int
        All times are rounded up to whole grains (s) and all factors to whole numbers; 1 rounds nothing.  For tests of what falls on
        the same second.
    """

    def __init__(self, city: CityTables, key: tuple[int, int], grain: int = 1) -> None:
        self.city, self.key, self.grain = city, key, grain
        numbers = _numbers_of(city) if grain == 1 else _with_grain(city, grain)
        self._numbers = numbers._replace(k0=key[0], k1=key[1])

    @cached_property
    def _plain(self) -> LuckNumbers:
        """The rules run faster on lists where they are not compiled."""
        return self._numbers._replace(**{
            name: part.tolist() for name, part in self._numbers._asdict().items() if isinstance(part, np.ndarray)})

    def numbers(self) -> LuckNumbers:
        """What the rules of `sim.draws.luck` need to draw the same luck."""
        return self._numbers

    def written(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray] | None:
        """Luck that somebody has written out, in place of what would be drawn; None in all but tests.

        Returns
        -------
        first, keys, lanes, usual : ndarray
            `first` has a row for each arrival in order (`First`; of consultations CONTACT, and NOTICE but for the delay).  `keys` are
            sorted, (arrival << 20) + (block << 12) + attempt, and `lanes` (len(keys), 4) their luck; any other attempt but the first
            has that of `usual` (blocks, 4).
        """
        return None

    def of_issues(self, subject: np.ndarray, category: np.ndarray, grid: np.ndarray) -> np.ndarray:
        """The luck of issues, attempt 0: a row for each, with the columns of `First` (float64)."""
        n, table = self._numbers, np.empty((len(subject), WIDTH))
        arise, needs = self._draw(subject, Block.ARISE), self._draw(subject, Block.NEEDS)
        course, patrol = self._draw(subject, Block.COURSE), self._draw(subject, Block.PATROL)
        table[:, First.SEVERITY] = _picks(n.severity[category], arise[1])
        table[:, First.ABLE] = _picks(n.authority[self.city.grid_class[grid], category], arise[2])
        table[:, First.DELEGATION] = arise[3]
        table[:, First.DEPARTMENT:First.DEPARTMENT + 3] = self._departments(category, needs)
        lasts = n.lasts_mean[category] * factors(n.lasts_sigma[category], n.lasts_half[category], course[1])
        table[:, First.LASTS] = np.where(course[0] < n.lasts_share[category], self._up(_seconds(lasts)), NEVER)
        worsens = n.worsens_after[category] * exponential(course[3])
        table[:, First.WORSENS] = np.where(course[2] < n.worsens[category], self._up(_seconds(worsens)), NEVER)
        table[:, First.PHASE] = patrol[0] if self.grain == 1 else 0.5
        table[:, First.MISSES] = self._misses(category, patrol[1])
        table[:, First.REPORTERS] = _picks(n.reporters[category], patrol[2])
        notice = self._draw(subject, Block.NOTICE)
        delay = n.notice_mean[category] * factors(n.notice_sigma[category], n.notice_half[category], notice[0])
        table[:, First.NOTICE] = self._up(_seconds(delay))
        table[:, First.NOTICE + 1] = _picks(n.channel[category], notice[1])
        table[:, First.NOTICE + 2], table[:, First.NOTICE + 3] = notice[2:]
        work = self._draw(subject, Block.WORK)
        table[:, First.WORK] = self._whole(factors(n.touch_sigma[category], n.touch_half[category], work[0]))
        table[:, First.WORK + 1] = self._whole(factors(n.travel_sigma[category], n.travel_half[category], work[1]))
        table[:, First.WORK + 2] = work[2]
        for block, column in _FIRST.items():
            self._turned(table[:, column:column + 4], block, self._draw(subject, block))
        self._turned(table[:, First.HOP_AGAIN:First.HOP_AGAIN + 4], Block.HOP, uniforms(self.key, subject, Block.HOP, 1))
        table[:, First.MISSES_AGAIN] = self._misses(category, uniforms(self.key, subject, Block.PATROL, 1)[1])
        return table

    def of_consultations(self, subject: np.ndarray) -> list[tuple[int, tuple[float, ...]]]:
        """Channel and luck of the first contact of consultations."""
        shares = np.tile(self._numbers.consultation_channel, (len(subject), 1))
        channel, contact = _picks(shares, self._draw(subject, Block.ARISE)[1]), np.empty((len(subject), 4))
        self._turned(contact, Block.CONTACT, self._draw(subject, Block.CONTACT))
        return list(zip(channel.tolist(), map(tuple, contact.tolist()), strict=True))

    def wrong_centre_of_consultation(self, subject: int) -> tuple[float, float]:
        """Two shares: whether, and which."""
        lanes = again(self.key, subject, Block.NOTICE, 0)
        return lanes[2], lanes[3]

    def again(self, subject: int, category: int, block: Block, attempt: int) -> tuple[Any, ...]:
        """The same luck for one issue and any attempt."""
        if block == Block.WORK:
            return work_luck(self._plain, subject, category, attempt)
        if block == Block.NOTICE:
            return notice_luck(self._plain, subject, category, attempt)
        if block == Block.PATROL:
            return patrol_luck(self._plain, subject, category, attempt)
        if block == Block.SENSOR:
            return sensor_luck(self._plain, subject)
        if block == Block.ESTATE:
            return estate_luck(self._plain, subject)
        if block == Block.PARTICIPATION:
            return participation_luck(self._plain, subject)
        return block_luck(self._plain, subject, block, attempt)

    def _draw(self, subject: np.ndarray, block: Block) -> tuple[np.ndarray, ...]:
        return uniforms(self.key, subject, block)

    def _up(self, seconds: np.ndarray) -> np.ndarray:
        return seconds if self.grain == 1 else np.where(seconds >= NEVER, NEVER, -(-seconds // self.grain) * self.grain)

    def _whole(self, values: np.ndarray) -> np.ndarray:
        return values if self.grain == 1 else np.ceil(values)

    def _misses(self, category: np.ndarray, lane: np.ndarray) -> np.ndarray:
        blind = self._numbers.blind[category]
        with np.errstate(divide="ignore"):
            return np.minimum(np.where(blind < 0, logs(lane) / blind, NEVER_SEEN), NEVER_SEEN).astype(np.int64)

    def _turned(self, into: np.ndarray, block: Block, lanes: tuple[np.ndarray, ...]) -> None:
        """The lanes of a block, turned into what they are."""
        n = self._numbers
        for at, (how, lane) in enumerate(zip(n.how[block].tolist(), lanes, strict=True)):
            if how == SHARE:
                into[:, at] = lane
            else:
                values = exponential(lane) if how % 2 == EXPONENTIAL else factors(n.sigma[block, at], n.half[block, at], lane)
                into[:, at] = self._whole(values)

    def _departments(self, category: np.ndarray, lanes: tuple[np.ndarray, ...]) -> np.ndarray:
        """The department in charge and those that it needs besides, of those that its category names; each once."""
        share = np.diff(self._numbers.department, prepend=0.0, axis=1)[category]
        rows, found = np.arange(len(category)), np.full((len(category), 3), -1)
        wanted = _picks(self._numbers.more[category], lanes[1])
        for number, lane in enumerate((lanes[0], lanes[2], lanes[3])):
            # Only those that need so many, in the same order of summation as the rule for one issue.
            rows = rows[wanted[rows] >= number]
            reached = np.cumsum(share[rows], axis=1)
            left = reached[:, -1]
            one = _picks(reached / np.where(left > 0, left, 1.0)[:, None], lane[rows])
            found[rows, number] = np.where(left > 1e-12, one, -1)
            share[rows, one] = 0.0
        return found


@once
def _numbers_of(city: CityTables) -> LuckNumbers:
    """The numbers of a city as the rules want them, without the key of a replication."""
    return _with_grain(city, 1)


def _with_grain(city: CityTables, grain: int) -> LuckNumbers:
    demand, residents = city.demand, city.residents

    def floats(values: Any) -> np.ndarray:
        return np.ascontiguousarray(values, np.float64)

    def spreads(cv: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        sigma, half = zip(*(spread(value) for value in cv.tolist()), strict=True)
        return floats(sigma), floats(half)

    cv = float(city.rules.handling_cv)
    lanes = {**_LANES, Block.CONTACT: (cv, _E, _U, _E), Block.DESK: (cv,) * 4}
    how, sigma, half = np.zeros((BLOCKS, 4), np.int64), np.zeros((BLOCKS, 4)), np.zeros((BLOCKS, 4))
    for block, four in lanes.items():
        for at, one in enumerate(four):
            if one != _U:
                how[block, at] = (EXPONENTIAL if one == _E else LOGNORMAL) + (WHOLE if grain > 1 else 0)
            if not isinstance(one, str):
                sigma[block, at], half[block, at] = spread(one)
    (touch_sigma, touch_half), (travel_sigma, travel_half) = spreads(demand.touch_cv), spreads(demand.travel_cv)
    (notice_sigma, notice_half), (lasts_sigma, lasts_half) = spreads(residents.notice_cv), spreads(demand.lasts_cv)
    return LuckNumbers(
        0, 0, grain, how, sigma, half, touch_sigma, touch_half, travel_sigma, travel_half, floats(residents.notice_mean),
        notice_sigma, notice_half, floats(residents.channel), floats(residents.consultation_channel), floats(demand.severity),
        floats(demand.authority), floats(demand.department), floats(demand.more_departments), floats(demand.lasts_share),
        floats(demand.lasts_mean), lasts_sigma, lasts_half, floats(demand.worsens), floats(demand.worsens_after),
        floats([log(1.0 - chance) if chance < 1.0 else -inf for chance in demand.visible.tolist()]),
        floats([_poisson_shares(mean) for mean in residents.reporters.tolist()]))


def _poisson_shares(mean: float) -> list[float]:
    """Cumulative chances of none, one, ... reporters; the last stands for all that are more."""
    chance = reached = exp(-mean)
    shares = [reached]
    for count in range(1, _MOST_REPORTERS):
        chance = chance * mean / count
        reached += chance
        shares.append(reached)
    return [*shares, 1.0]
