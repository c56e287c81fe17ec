"""Are the shares known as precisely as was asked for?  The rule of `sim.precision`, for shares (归因精度)."""

from __future__ import annotations

import importlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim import statistics
from sim.i18n import _, joined
from sim.precision import Target, needed

if TYPE_CHECKING:
    from sim.explain.answer import Explanation

__all__ = ["Judgement", "half_widths", "judged"]

RELIED_ON = 10
"""Replications before which their spread is not relied on to say how many it will take."""


@dataclass(frozen=True)
class Judgement:
    """Whether shares are narrow enough (归因精度判断).

    Attributes
    ----------
    n : int
        Replications that were judged; the result holds these, once it is `done`.
    needed : int or None
        Replications that suffice, where the precision is reached.
    done : bool
        No more are wanted.
    ask : int
        Replications to have before it is judged again.
    table : DataFrame
        `target, measure, part, share, half_width, limit, met, expected`: a row a share; `expected` replications it would take.
    """

    n: int
    needed: int | None
    done: bool
    ask: int
    table: pd.DataFrame

    @property
    def reached(self) -> bool:
        """Whether every share is narrow enough."""
        return self.needed is not None

    @property
    def worst(self) -> str:
        """The share that is farthest from what was asked for, as a text for people; empty where there is none."""
        rows = self.table[np.isfinite(self.table["half_width"]) & self.table["limit"].gt(0)]
        if not len(rows):
            return ""
        row = rows.loc[(rows["half_width"] / rows["limit"]).idxmax()]
        return _("{what}: ±{now}, wanted ±{wanted}").format(what=f"{row['title']}, {row['part_title']}", now=f"{row['half_width']:.3g}",
                                                            wanted=f"{row['limit']:.3g}")

    def sentences(self) -> str:
        """The answer in words."""
        if self.needed is not None and self.needed == self.n:
            return _("The precision is reached with {n} replications.").format(n=self.n)
        if self.needed is not None:
            return _("The precision is reached with {needed} replications; {more} more confirmed it.").format(
                needed=self.needed, more=self.n - self.needed)
        said = [_("The precision is not reached with {n} replications, the most that were allowed.").format(n=self.n)]
        if self.worst:
            said.append(_("{said}.").format(said=self.worst))
        expected = self.table["expected"].max()
        if math.isfinite(expected) and expected > self.n:
            said.append(_("It would take about {n} replications.").format(n=f"{expected:,.0f}"))
        return joined(said)


def half_widths(values: np.ndarray, families: np.ndarray) -> np.ndarray:
    """Half-widths of the intervals of several shares after each replication, as wide as they are shown (Holm).

    Parameters
    ----------
    values : ndarray of float, shape (shares, replications)
    families : ndarray, shape (shares,)
        Equal for those that are judged together.

    Examples
    --------
    >>> half_widths(np.array([[1.0, 2.0, 3.0]]), np.array([0])).round(2).tolist()
    [[nan, 6.35, 2.48]]
    """
    from scipy.special import stdtr, stdtrit

    mean, error, n = statistics.running(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        p = np.where(error > 0, 2 * stdtr(np.maximum(n - 1, 1), -np.abs(mean) / error), np.where(mean == 0, 1.0, 0.0))
    p = np.where(np.isnan(error), np.nan, p)
    levels = np.empty_like(p)
    for one in np.unique(families):
        levels[families == one] = statistics.holm_levels(p[families == one].T).T
    return np.asarray(stdtrit(np.maximum(n - 1, 1), 0.5 + levels / 2) * error)


def judged(found: Explanation, targets: Sequence[Target], least: int, most: int) -> Judgement:
    """Judge the replications that are there, in their order.

    Parameters
    ----------
    found : Explanation
        Of all of them.
    targets : sequence of Target
        All must hold together.
    least, most : int
        The first number that is judged, and the one at which it is given up.
    """
    number = min(found.facts.replications, most)
    met = np.ones(number, bool)
    rows: list[tuple[Target, np.ndarray, np.ndarray]] = []
    for target in targets:
        half = half_widths(found.of(target.measure)[:, :number], found.families)
        whole, _error, _n = statistics.running(found.differences(target.measure)[None, :number])
        limit = np.broadcast_to(np.asarray(target.limit(whole), float), half.shape) + 0 * half
        with np.errstate(invalid="ignore"):
            met &= (half <= limit).all(axis=0)
        rows.append((target, half, limit))
    # Fewer than `needed` can begin with are never judged precise by chance.
    rule = needed(met, max(least, 2))
    if rule.stop is not None:
        return Judgement(rule.stop, rule.needed, True, rule.stop, _table(found, rows, rule.stop))
    if number >= most:
        unmet = np.flatnonzero(~met)
        since = None if not met[-1] else max(least, int(unmet[-1]) + 2 if len(unmet) else 1)
        return Judgement(number, since, True, number, _table(found, rows, number))
    table = _table(found, rows, number)
    likely = number
    expected = table["expected"].max()
    if number >= RELIED_ON and math.isfinite(expected) and expected > number:
        likely = number + int((expected - number) // 2)
    return Judgement(number, None, False, min(most, max(rule.surely, likely, number + 1)), table)


def _table(found: Explanation, rows: Sequence[tuple[Target, np.ndarray, np.ndarray]], n: int) -> pd.DataFrame:
    known = importlib.import_module("sim.measures").MEASURES
    made: list[dict[str, Any]] = []
    for target, half, limit in rows:
        shares = found.of(target.measure)[:, :n]
        for place, part in enumerate(found.plan.game.parts):
            wide, aim = float(half[place, n - 1]), float(limit[place, n - 1])
            over = wide / aim if aim > 0 else math.nan
            made.append({"target": str(target), "measure": target.measure, "title": known[target.measure].title, "part": part.key,
                         "part_title": part.title, "share": float(statistics.mean_interval(shares[place]).mean), "half_width": wide,
                         "limit": aim, "met": bool(wide <= aim),
                         "expected": float(math.ceil(n * over**2)) if over > 1 else float(n) if over == over else math.nan})
    return pd.DataFrame(made)
