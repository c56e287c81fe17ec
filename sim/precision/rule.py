"""The rule itself: after how many replications every interval is narrow enough, and stays so (重复仿真次数)."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from sim import statistics
from sim.i18n import _, joined
from sim.measures import MEASURES
from sim.precision.targets import Target

__all__ = ["LEAST", "LOOK_AHEAD", "MOST", "Judge", "Judgement", "Needed", "look_ahead_of", "needed"]

LEAST = 3
"""Replications before the first is judged."""
LOOK_AHEAD = 5
"""Replications for which all must stay narrow enough, where they became so within the first hundred."""
MOST = 1000
"""Replications at which it is given up."""
HOPELESS = 10
"""Replications after which a measure that was never defined is given up, and before which no spread is relied on."""


class Needed(NamedTuple):
    """What the rule says after some replications.

    Attributes
    ----------
    needed : int or None
        The answer: replications that suffice; None while it cannot be told.
    stop : int or None
        Replications after which the answer was known: the look-ahead included.
    surely : int
        Replications without which the answer cannot be known, whatever they bring.
    """

    needed: int | None
    stop: int | None
    surely: int


def look_ahead_of(n: int, look_ahead: int = LOOK_AHEAD) -> int:
    """Replications to look ahead from the n-th: so many up to 100, and above that in proportion.

    Examples
    --------
    >>> look_ahead_of(7), look_ahead_of(100), look_ahead_of(250)
    (5, 5, 12)
    """
    return look_ahead * max(n, 100) // 100


def needed(met: ArrayLike, least: int = LEAST, look_ahead: int = LOOK_AHEAD) -> Needed:
    """The number of replications, from whether all intervals are narrow enough after the first, the second, ... (所需次数).

    Parameters
    ----------
    met : array_like of bool, shape (n,)
        In the order of the replications.
    least : int, ≥ 2
        The first number that is judged.
    look_ahead : int, ≥ 0
        Replications after the answer for which it must hold on.

    Examples
    --------
    >>> no, yes = [False], [True]
    >>> needed(no * 5 + yes * 6)                        # narrow from the 6th on, and still so 5 later
    Needed(needed=6, stop=11, surely=11)
    >>> needed(no * 5 + yes * 3 + no + yes * 6)         # the 9th spoils it
    Needed(needed=10, stop=15, surely=15)
    >>> needed(no * 5 + yes * 3)                        # three more have to be seen
    Needed(needed=None, stop=None, surely=11)
    """
    flags = np.asarray(met, bool)
    since: int | None = None
    for n in range(least, len(flags) + 1):
        since = (since or n) if flags[n - 1] else None
        if since is not None and n >= since + look_ahead_of(since, look_ahead):
            return Needed(since, n, n)
    first = since or max(least, len(flags) + 1)
    return Needed(None, None, first + look_ahead_of(first, look_ahead))


class _Row(NamedTuple):
    """One interval under one target, after each replication; arrays of shape (n,)."""

    target: Target
    side: int
    mean: np.ndarray
    half: np.ndarray
    n: np.ndarray
    limit: np.ndarray
    hopeless: int       # replications after which it cannot be reached any more; 0 for never


@dataclass(frozen=True)
class Judgement:
    """What can be said after some replications (精度判断).

    Attributes
    ----------
    n : int
        Replications that were judged: those that a result is to hold, once it is `done`.
    needed : int or None
        Replications that suffice, where the precision is reached.
    done : bool
        No more are wanted: reached, out of reach, or as many as were allowed.
    ask : int
        Replications to have in all before it is judged again; no more than are needed for sure or are very likely needed.
    most : int
        As many were allowed.
    rows : tuple
        The intervals, for `table`.
    sides : tuple of str
        Names of the scenarios.
    bases : tuple of int
        For each the one that it is compared with; itself where it is a base.
    """

    n: int
    needed: int | None
    done: bool
    ask: int
    most: int
    rows: tuple[_Row, ...]
    sides: tuple[str, ...]
    bases: tuple[int, ...] = ()

    @property
    def reached(self) -> bool:
        """Whether every interval is narrow enough."""
        return self.needed is not None

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row an interval (精度表).

        Columns: `target` as it is written, `scenario`, `measure`, `group`, `difference` (whether it is a paired one), `mean`,
        `half_width` and `limit` in the measure's unit, `n` replications that count, `met`, and `expected`: replications that it
        would take by these figures (NaN where that cannot be said).
        """
        rows = []
        for row in self.rows:
            columns = (row.mean, row.half, row.limit, row.n)
            mean, half, limit, n = (column[self.n - 1] if self.n else math.nan for column in columns)
            rows.append({"target": str(row.target), "scenario": self.sides[row.side], "measure": row.target.measure,
                         "group": row.target.group, "difference": row.target.difference, "mean": mean, "half_width": half,
                         "limit": limit, "n": n, "met": bool(half <= limit), "expected": _expected(half, limit, self.n)})
        return pd.DataFrame(rows)

    @property
    def worst(self) -> str:
        """The interval that is farthest from what was asked for, as a text for people (当前最差精度).

        Empty before there is any.
        """
        rows = [row for row in self.rows if self.n and np.isfinite(row.half[self.n - 1])]
        if not rows:
            return ""
        at = self.n - 1
        row = max(rows, key=lambda row: _over(row.half[at], row.limit[at]))
        return _("{what}: ±{now}, wanted ±{wanted}").format(what=self._what(row), now=_width(row, row.half[at], at),
                                                            wanted=_width(row, row.limit[at], at))

    def as_dict(self) -> dict[str, Any]:
        """All of it as JSON can say it: reached, needed, sentences, and the table as a list of rows."""
        return {"reached": self.reached, "needed": self.needed, "sentences": self.sentences(),
                "targets": json.loads(self.table.to_json(orient="records"))}

    def sentences(self) -> str:
        """The answer in words."""
        if self.reached and self.needed == self.n:
            return _("The precision is reached with {n} replications.").format(n=self.n)
        if self.reached:
            return _("The precision is reached with {needed} replications; {more} more confirmed it.").format(
                needed=self.needed, more=self.n - (self.needed or 0))
        hopeless = [row for row in self.rows if 0 < row.hopeless <= self.n]
        if hopeless:
            return joined([_hopeless(self._what(row), row, self.n) for row in hopeless])
        said = [_("After {n} replications the precision is not reached yet.").format(n=self.n) if not self.done else
                _("The precision is not reached with {n} replications, the most that were allowed.").format(n=self.n),
                _("{said}.").format(said=self.worst) if self.worst else ""]
        expected = self.table["expected"].max() if len(self.rows) and self.n else math.nan
        if math.isfinite(expected) and expected > self.n:
            said.append(_("It would take about {n} replications.").format(n=f"{_round_up(expected):,}"))
        return joined([part for part in said if part])

    def _what(self, row: _Row) -> str:
        title = MEASURES[row.target.measure].title
        name = title if row.target.group == "all" else f"{title} ({row.target.group})"
        side = self.sides[row.side]
        if row.target.difference:
            return _("{measure}, {scenario} minus {base}").format(measure=name, scenario=side, base=self.sides[self.bases[row.side]])
        return _("{measure}, {scenario}").format(measure=name, scenario=side) if len(self.sides) > 1 else name


def _hopeless(what: str, row: _Row, n: int) -> str:
    if row.n[n - 1] == 0:
        return _("The precision cannot be reached: {what} is not defined in any of {n} replications.").format(what=what, n=n)
    return _("The precision cannot be reached: {what} has no bound in some replication (that share was never reached), so its mean "
             "has no interval.").format(what=what)


def _width(row: _Row, width: float, at: int) -> str:
    if row.target.relative:
        mean = abs(row.mean[at])
        return f"{100 * width / mean:.3g}%" if mean else f"{width:.3g}"
    return f"{width:.3g}"


def _over(half: float, limit: float) -> float:
    return half / limit if limit > 0 else math.inf if half > 0 else 0.0


def _expected(half: float, limit: float, n: int) -> float:
    """Replications that it would take if the spread stays as it is: half-widths shrink as the square root."""
    over = _over(half, limit)
    return math.nan if not math.isfinite(over) else float(math.ceil(n * over**2)) if over > 1 else float(n)


def _round_up(number: float) -> int:
    """Two digits are as much as can be said."""
    unit = 10 ** max(0, int(math.log10(number)) - 1)
    return math.ceil(number / unit) * unit


class Judge:
    """Judges replications in their order (精度判断).

    Parameters
    ----------
    targets : sequence of Target
        All must hold together.
    sides : sequence of str
        Names of the scenarios, the base first.
    least : int, ≥ 2
        The first number that is judged; two replications have an interval, but by chance often a narrow one.
    look_ahead : int, ≥ 0
        Replications for which it must hold on.
    most : int, ≥ `least`
        Replications at which it is given up.
    level : float, in (0, 1)
        Confidence level.  Differences of several scenarios are widened by Holm's rule, as they are shown.
    bases : sequence of int, optional
        For each scenario the place of the one that it is compared with, its own where with none; by default the first for all.

    Examples
    --------
    >>> judge = Judge([Target("harm", 1.0)], ["town"])
    >>> judge.judge({("harm", "all"): [[7.0, 7.5, 6.5, 7.0]]}).ask          # narrow after the 4th, and 5 more have to be seen
    9
    >>> found = judge.judge({("harm", "all"): [[7.0, 7.5, 6.5, 7.0, 7.2, 6.9, 7.1, 7.0, 6.8]]})
    >>> print(found.sentences())
    The precision is reached with 4 replications; 5 more confirmed it.
    """

    def __init__(self, targets: Sequence[Target], sides: Sequence[str], *, least: int = LEAST, look_ahead: int = LOOK_AHEAD,
                 most: int = MOST, level: float = statistics.LEVEL, bases: Sequence[int] = ()) -> None:
        if not targets or least < 2 or look_ahead < 0 or most < least:
            raise ValueError(f"a target is needed, 2 <= least <= most and look_ahead >= 0, not {len(targets)} targets, "
                             f"least {least}, most {most}, look_ahead {look_ahead}")
        self.targets, self.sides = tuple(targets), tuple(sides)
        self.least, self.look_ahead, self.most, self.level = least, look_ahead, most, level
        self.bases = tuple(bases) or (0,) * len(self.sides)

    @property
    def wanted(self) -> tuple[tuple[str, str], ...]:
        """Measures and groups whose values it needs."""
        return tuple(dict.fromkeys((target.measure, target.group) for target in self.targets))

    @property
    def first(self) -> int:
        """Replications to begin with: without them nothing can be said."""
        return min(self.most, self.least + look_ahead_of(self.least, self.look_ahead))

    def judge(self, values: Mapping[tuple[str, str], ArrayLike]) -> Judgement:
        """Judge the replications from the first on, as far as there are any.

        Parameters
        ----------
        values : mapping of (measure, group) to array_like of float, shape (sides, n)
            For each of `wanted`.  Those beyond the answer change nothing.
        """
        rows = [row for target in self.targets
                for row in self._rows(target, np.asarray(values[target.measure, target.group], float))]
        number = min(min(len(row.mean) for row in rows), self.most)
        met = np.logical_and.reduce([(row.half <= row.limit)[:number] for row in rows])
        found = needed(met, self.least, self.look_ahead)
        ends = [max(row.hopeless, self.least) for row in rows if row.hopeless]
        if ends and (found.stop is None or min(ends) <= found.stop):
            stop: int | None = min(ends) if number >= min(ends) else None
            answer, surely = None, min(ends)
        else:
            stop, answer, surely = found.stop, found.needed, found.surely
            if stop is None and number >= self.most:
                stop, answer = self.most, _since(met, self.least)
        n = number if stop is None else stop
        ask = n if stop is not None else min(self.most, max(surely, self._likely(rows, n)))
        return Judgement(n, answer, stop is not None, ask, self.most, tuple(rows), self.sides, self.bases)

    def _likely(self, rows: Sequence[_Row], n: int) -> int:
        """Half of the way that is still to go, by the spread so far; few say too little about that."""
        if n < max(HOPELESS, self.least):
            return n
        expected = max((_expected(row.half[n - 1], row.limit[n - 1], n) for row in rows), key=lambda far: -1 if far != far else far)
        return n + int((expected - n) // 2) if math.isfinite(expected) else n

    def _rows(self, target: Target, values: np.ndarray) -> list[_Row]:
        places = [place for place, side in enumerate(self.sides) if target.side in (None, side)]
        if not target.difference:
            shown, levels = values, np.full(values.shape, self.level)
        else:
            compared = [place for place, base in enumerate(self.bases) if place != base]
            places = [place for place in places if place in compared]
            shown, levels = np.full(values.shape, np.nan), np.full(values.shape, self.level)
            shown[compared] = _apart(values[[self.bases[place] for place in compared]], values[compared])
            levels[compared] = self._levels(shown[compared])
        mean, error, n = statistics.running(shown)
        half = _t(n, levels) * error
        rows = []
        for place in places:
            unbounded = np.isinf(shown[place])
            hopeless = int(unbounded.argmax()) + 1 if unbounded.any() else 0
            many = max(HOPELESS, self.least)
            if shown.shape[1] >= many and n[place, many - 1] == 0 and not 0 < hopeless <= many:
                hopeless = many
            rows.append(_Row(target, place, mean[place], half[place], n[place], target.limit(mean[place]) + 0 * mean[place],
                             hopeless))
        return rows

    def _levels(self, apart: np.ndarray) -> np.ndarray:
        """Levels of several differences from one base, by Holm's rule, after each replication."""
        from scipy.special import stdtr

        mean, error, n = statistics.running(apart)
        with np.errstate(invalid="ignore", divide="ignore"):
            p = np.where(error > 0, 2 * stdtr(np.maximum(n - 1, 1), -np.abs(mean) / error), np.where(mean == 0, 1.0, 0.0))
        return statistics.holm_levels(np.where(np.isnan(error), np.nan, p).T, self.level).T


def _apart(base: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Paired differences, row from row; without bound where either side is, so that only what comes after is spoilt."""
    unbounded = np.isinf(base) | np.isinf(other)
    plain = statistics.differences(np.where(unbounded, np.nan, base), np.where(unbounded, np.nan, other))
    return np.where(unbounded, np.inf, plain)


def _t(n: np.ndarray, levels: np.ndarray) -> np.ndarray:
    from scipy.special import stdtrit

    found: np.ndarray = stdtrit(np.maximum(n - 1, 1), 0.5 + levels / 2)
    return found


def _since(met: np.ndarray, least: int) -> int | None:
    """From where on it holds up to the end; None if it does not at the end."""
    if not met[-1]:
        return None
    broken = np.flatnonzero(~met)
    return max(least, int(broken[-1]) + 2 if len(broken) else 1)
