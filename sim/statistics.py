"""From replications to a verdict: intervals, paired differences, Holm's adjustment, and what pairing saves.

Replications are independent runs of the same scenario, so their mean has a Student t interval.  Two organisations run on the same
cities are paired: replication by replication they share every issue and every piece of luck, and the interval belongs to the mean
of the differences, which is far narrower than the difference of two means.  With more than two organisations the intervals
against the first are widened by Holm's step-down rule, so that the chance of any wrong verdict about one measure stays within 5%.

Every function works along the last axis of its arrays, so that one call does a whole table of measures.

What cannot be told apart is said so: a difference whose interval holds 0 is *not distinguishable* (无显著差异), never "better".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from sim.i18n import N_

__all__ = ["BETTER", "HIGHER", "LEVEL", "LOWER", "NOT_DISTINGUISHABLE", "ONE_REPLICATION", "VERDICTS", "WORSE", "Interval",
           "Pairing", "differences", "holm", "holm_levels", "mean_interval", "paired", "pairing", "running", "simultaneous",
           "verdict"]

LEVEL = 0.95
"""Confidence level of every interval that is shown."""

BETTER = N_("better")
WORSE = N_("worse")
HIGHER = N_("higher")
LOWER = N_("lower")
NOT_DISTINGUISHABLE = N_("not distinguishable")
ONE_REPLICATION = N_("not distinguishable, one replication")

VERDICTS = (BETTER, WORSE, HIGHER, LOWER, NOT_DISTINGUISHABLE, ONE_REPLICATION)
"""Every word `verdict` can say (结论), in English; `sim.i18n._` says it in the user's language."""

NOISE = 1e-9
"""Differences below this share of the larger side are rounding, not an effect."""


class Interval(NamedTuple):
    """A mean with its confidence interval (均值与置信区间).

    Attributes
    ----------
    mean, low, high : float or ndarray of float
        In the unit of what was averaged.  `low` and `high` are NaN where fewer than two replications count.
    n : int or ndarray of int
        Replications that count: those in which the measure is defined.
    p : float or ndarray of float
        Two-sided probability of so large a mean if the true one were 0; NaN where there is no interval.
    """

    mean: Any
    low: Any
    high: Any
    n: Any
    p: Any


def mean_interval(values: ArrayLike, level: ArrayLike = LEVEL) -> Interval:
    """Mean and Student t interval over replications (重复仿真的均值与 t 置信区间).

    Parameters
    ----------
    values : array_like of float, shape (..., n)
        One value a replication along the last axis.  NaN (the measure was not defined there, say 0 of 0 tickets) is left out and
        lowers `n`; a value without bound makes the mean so, without an interval.
    level : float or array_like of float, shape (...), in (0, 1)
        Confidence level.

    Returns
    -------
    Interval
        All NaN without any value; no interval from one value; an interval without width where all values are equal.

    Examples
    --------
    >>> found = mean_interval([1.0, 2.0, 3.0, 4.0])
    >>> found.n, round(found.mean, 3), round(found.low, 3), round(found.high, 3)
    (4, 2.5, 0.446, 4.554)
    >>> mean_interval([7.0])
    Interval(mean=7.0, low=nan, high=nan, n=1, p=nan)
    >>> mean_interval([[1.0, 3.0], [5.0, float("nan")]]).mean.tolist()
    [2.0, 5.0]
    """
    from scipy.special import stdtr, stdtrit  # scipy.stats would cost half a second at every start

    level = np.asarray(level, float)
    if not np.all((level > 0) & (level < 1)):
        raise ValueError(f"level is {level}, and must lie between 0 and 1")
    values = np.asarray(values, float)
    counted = ~np.isnan(values)
    n = counted.sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        first = np.take_along_axis(values, counted.argmax(axis=-1)[..., None], -1)[..., 0] if values.shape[-1] else np.nan * n
        away = np.where(counted, values - first[..., None], 0.0)        # 0 where all are equal, whatever they are
        mean = first + away.sum(axis=-1) / n
        spread = np.where(counted, away - (mean - first)[..., None], 0.0)
        error = np.sqrt((spread**2).sum(axis=-1) / (n - 1) / n)
        error = np.where((n > 1) & np.isfinite(mean), error, np.nan)
        half = stdtrit(np.maximum(n - 1, 1), 0.5 + level / 2) * error
        p = np.where(error > 0, 2 * stdtr(np.maximum(n - 1, 1), -np.abs(mean) / error), np.where(mean == 0, 1.0, 0.0))
    unbounded = np.isinf(values).any(axis=-1)
    mean = np.where(unbounded, np.where(counted, values, 0.0).sum(axis=-1), mean)
    p = np.where(np.isnan(error), np.nan, p)
    if values.ndim == 1:
        return Interval(float(mean), float(mean - half), float(mean + half), int(n), float(p))
    return Interval(mean, mean - half, mean + half, n, p)


def paired(base: ArrayLike, other: ArrayLike, level: ArrayLike = LEVEL) -> Interval:
    """Mean of `other - base`, replication by replication, with its interval (配对差异).

    Parameters
    ----------
    base, other : array_like of float, shape (..., n)
        The same measure on the same replications of two scenarios.  A pair in which either side is NaN is left out.  A difference
        below `NOISE` times the larger side counts as 0.  Where a value has no bound (a percentile that was not reached) there is
        no difference: to leave that pair out would flatter the side that did not reach it.
    level : float or array_like of float, in (0, 1)
        Confidence level.

    Examples
    --------
    >>> found = paired([10.0, 20.0, 30.0], [11.0, 21.5, 30.5])
    >>> round(found.mean, 3), found.low < 0 < found.high
    (1.0, True)
    """
    return mean_interval(differences(base, other), level)


def differences(base: ArrayLike, other: ArrayLike) -> np.ndarray:
    """`other - base`, replication by replication (逐次差异).

    Parameters
    ----------
    base, other : array_like of float, shape (..., n)
        The same measure on the same replications of two scenarios.

    Returns
    -------
    ndarray of float, shape (..., n)
        NaN where a side is NaN; 0 where both are equal but for rounding; NaN throughout where any value has no bound.

    Raises
    ------
    ValueError
        The sides have different shapes.

    Examples
    --------
    >>> differences([1.0, 0.3, 5.0], [3.0, 0.1 + 0.2, float("nan")]).tolist()
    [2.0, 0.0, nan]
    """
    left, right = np.asarray(base, float), np.asarray(other, float)
    if left.shape != right.shape:
        raise ValueError(f"paired differences need equally many values on both sides, not {left.shape} and {right.shape}")
    with np.errstate(invalid="ignore"):
        difference = right - left
        difference = np.where(np.abs(difference) <= NOISE * np.maximum(np.abs(left), np.abs(right)), 0.0, difference)
    unbounded = (np.isinf(left) | np.isinf(right)).any(axis=-1, keepdims=True)
    return np.where(unbounded, np.nan, difference)


def holm(probabilities: ArrayLike) -> np.ndarray:
    """Adjusted probabilities by Holm's step-down rule (Holm 校正).

    The smallest of m probabilities is multiplied by m, the next by m - 1 and so on; none may fall below the one before it, nor
    exceed 1.  Those up to 0.05 may be called effects together, with at most a 5% chance of any false one.

    Parameters
    ----------
    probabilities : array_like of float, shape (..., m), in [0, 1]
        NaN stays NaN and does not count.

    References
    ----------
    Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 6, 65-70.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03, 0.005]).round(3).tolist()
    [0.03, 0.06, 0.06, 0.02]
    """
    found = np.asarray(probabilities, float)
    order = np.argsort(found, axis=-1, kind="stable")       # NaN last
    ranked = np.take_along_axis(found, order, -1)
    stepped = np.maximum.accumulate(ranked * _left(found), axis=-1)
    adjusted = np.empty_like(found)
    np.put_along_axis(adjusted, order, np.where(np.isnan(ranked), np.nan, np.minimum(stepped, 1.0)), -1)
    return adjusted


def simultaneous(base: ArrayLike, others: Sequence[ArrayLike], level: float = LEVEL) -> list[Interval]:
    """Paired intervals of several scenarios against the first, by Holm's step-down rule (多方案同时区间).

    The most clearly different scenario gets the level 1 - α/m, the next 1 - α/(m - 1) and so on; from the first that cannot be
    told from the base on, all keep its level.  So an interval leaves out 0 exactly where Holm's rule finds a difference, and the
    chance of any false verdict about one measure is at most α.  `p` is Holm's adjusted probability.  One other scenario gives
    the ordinary paired interval.

    Parameters
    ----------
    base : array_like of float, shape (..., n)
        The first scenario, one value a replication.
    others : sequence of array_like, each of that shape
        The other scenarios on the same replications.
    level : float, in (0, 1)
        1 - α.

    Examples
    --------
    >>> base = [1.0, 2.0, 3.0]
    >>> clear, unclear = simultaneous(base, [[2.0, 3.1, 3.9], [1.0, 2.3, 2.9]])
    >>> clear.low > 0, unclear.low < 0 < unclear.high
    (True, True)
    """
    apart = [differences(base, other) for other in others]
    p = np.stack([np.asarray(mean_interval(difference).p) for difference in apart], axis=-1)
    levels, adjusted = holm_levels(p, level), holm(p)
    found = []
    for index, difference in enumerate(apart):
        corrected = adjusted[..., index] if p.ndim > 1 else float(adjusted[index])
        found.append(mean_interval(difference, levels[..., index])._replace(p=corrected))
    return found


def holm_levels(probabilities: ArrayLike, level: float = LEVEL) -> np.ndarray:
    """Level of each interval so that it leaves out 0 exactly where Holm's rule finds an effect (Holm 校正的置信水平).

    Parameters
    ----------
    probabilities : array_like of float, shape (..., m), in [0, 1]
        Of each effect on its own; NaN does not count.
    level : float, in (0, 1)
        Of all of them together.

    Examples
    --------
    >>> (1 - holm_levels([0.04, 0.0001, 0.03])).round(4).tolist()       # 0.05 / 3 for the clearest; the next fails at 0.05 / 2
    [0.025, 0.0167, 0.025]
    """
    p = np.asarray(probabilities, float)
    order = np.argsort(p, axis=-1, kind="stable")
    ranked = np.take_along_axis(p, order, -1)
    alphas = (1 - level) / _left(p)
    stopped = np.logical_or.accumulate(~(ranked <= alphas), axis=-1)
    stuck = np.take_along_axis(alphas, np.where(stopped.any(axis=-1), stopped.argmax(axis=-1), -1)[..., None], -1)
    levels = np.empty_like(p)
    np.put_along_axis(levels, order, 1 - np.where(stopped, stuck, alphas), -1)
    return levels


class Pairing(NamedTuple):
    """What the same luck on both sides saves (配对的方差缩减).

    Attributes
    ----------
    n : int or ndarray of int
        Pairs that count.
    correlation : float or ndarray of float, in [-1, 1]
        Between the two sides over replications; NaN where one of them never moves.
    apart : float or ndarray of float
        Variance that a difference would have with luck of its own on each side: the sum of the two variances, in the measure's
        unit squared.
    paired : float or ndarray of float
        Variance of the paired difference.
    factor : float or ndarray of float
        `apart / paired`: as many times more replications would be needed without pairing.  Below 1 pairing does harm; without
        bound where the difference never moves; NaN where neither side does, or fewer than two pairs count.
    """

    n: Any
    correlation: Any
    apart: Any
    paired: Any
    factor: Any


def pairing(base: ArrayLike, other: ArrayLike) -> Pairing:
    """How much smaller the variance of a difference is because both sides have the same luck (公共随机数的方差缩减).

    Parameters
    ----------
    base, other : array_like of float, shape (..., n)
        The same measure on the same replications of two scenarios; pairs count as in `paired`.

    References
    ----------
    Law, A. M. (2015). Simulation Modeling and Analysis, 5th edition, section 11.2 (common random numbers).

    Examples
    --------
    >>> found = pairing([1.0, 2.0, 3.0, 4.0], [2.0, 3.5, 3.5, 5.0])
    >>> found.n, round(found.correlation, 3), round(found.apart, 3), round(found.paired, 3), round(found.factor, 1)
    (4, 0.949, 3.167, 0.167, 19.0)
    """
    differ = differences(base, other)
    counted = ~np.isnan(differ)
    n = counted.sum(axis=-1)
    left, right, moved = (_spread(values, counted) for values in (base, other, differ))
    with np.errstate(invalid="ignore", divide="ignore"):
        of_left, of_right, paired_ = ((side**2).sum(axis=-1) / (n - 1) for side in (left, right, moved))
        correlation = np.clip((left * right).sum(axis=-1) / (n - 1) / np.sqrt(of_left * of_right), -1.0, 1.0)
        apart = np.where(n > 1, of_left + of_right, np.nan)
        paired_ = np.where(n > 1, paired_, np.nan)
        factor = apart / paired_
    found = Pairing(n, np.where(of_left * of_right > 0, correlation, np.nan), apart, paired_, factor)
    if np.ndim(n) == 0:
        return Pairing(int(n), *(float(value) for value in found[1:]))
    return found


def running(values: ArrayLike) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean, its standard error and the number that count, after each replication in their order (逐次累计).

    Parameters
    ----------
    values : array_like of float, shape (..., n)
        One value a replication along the last axis; NaN is left out.

    Returns
    -------
    mean, error : ndarray of float, shape (..., n)
        NaN before the first value, and the error before the second; NaN too from a value without bound on.
    n : ndarray of int, shape (..., n)
        Values that count so far.

    Examples
    --------
    >>> mean, error, n = running([2.0, 4.0, 6.0])
    >>> mean.tolist(), error.round(3).tolist(), n.tolist()
    ([2.0, 3.0, 4.0], [nan, 1.0, 1.155], [1, 2, 3])
    """
    values = np.asarray(values, float)
    counted = ~np.isnan(values)
    n = counted.cumsum(axis=-1)
    first = np.take_along_axis(values, counted.argmax(axis=-1)[..., None], -1) if values.shape[-1] else values
    with np.errstate(invalid="ignore", divide="ignore"):
        away = np.where(counted, values - first, 0.0)
        away = np.where(np.isinf(values) & counted, np.nan, away)
        total = away.cumsum(axis=-1)
        squares = np.maximum((away**2).cumsum(axis=-1) - total**2 / n, 0.0)
        mean = np.where(n > 0, first + total / n, np.nan)
        error = np.where(n > 1, np.sqrt(squares / (n - 1) / n), np.nan)
    return mean, error, n


def verdict(difference: Interval, direction: int) -> str:
    """What a difference means, in words (结论).

    Parameters
    ----------
    difference : Interval
        Paired difference, other minus base.
    direction : int
        1: more is better; -1: less is better; 0: neither, so only higher or lower can be said.

    Examples
    --------
    >>> verdict(Interval(-2.0, -3.0, -1.0, 5, 0.01), direction=-1)
    'better'
    >>> verdict(Interval(-2.0, -5.0, 1.0, 5, 0.2), direction=-1)
    'not distinguishable'
    """
    if difference.n == 1:
        return ONE_REPLICATION
    if not (difference.low > 0 or difference.high < 0):
        return NOT_DISTINGUISHABLE
    more = difference.mean > 0
    if direction == 0:
        return HIGHER if more else LOWER
    return BETTER if more == (direction > 0) else WORSE


def _left(probabilities: np.ndarray) -> np.ndarray:
    """Hypotheses not yet passed at each step: m, m - 1, ..., 1, where m leaves NaN out."""
    m = (~np.isnan(probabilities)).sum(axis=-1, keepdims=True)
    return np.maximum(m - np.arange(probabilities.shape[-1]), 1)


def _spread(values: ArrayLike, counted: np.ndarray) -> np.ndarray:
    """Deviations of what counts from its mean, 0 elsewhere; exactly 0 where all are equal."""
    values = np.asarray(values, float)
    if not values.shape[-1]:
        return values
    first = np.take_along_axis(values, counted.argmax(axis=-1)[..., None], -1)
    with np.errstate(invalid="ignore", divide="ignore"):
        away = np.where(counted, values - first, 0.0)
        mean = away.sum(axis=-1, keepdims=True) / counted.sum(axis=-1, keepdims=True)
    return np.where(counted, away - mean, 0.0)
