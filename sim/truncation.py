"""Where a series stops showing how it began: MSER-5, and Welch's moving average (初始瞬态截断).

References
----------
White, K. P. (1997). An effective truncation heuristic for bias reduction in simulation output. Simulation 69, 323-334.
White, K. P., Cobb, M. J. and Spratt, S. C. (2000). A comparison of five steady-state truncation heuristics for simulation.
Proceedings of the 2000 Winter Simulation Conference, 755-760.
Welch, P. D. (1983). The statistical analysis of simulation results. In: The Computer Performance Modeling Handbook, 268-328.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["BATCH", "LAST", "Truncation", "mser", "welch", "without_weekdays"]

BATCH = 5
"""Days in a batch; the 5 of MSER-5."""
LAST = 5
"""Batches at the end among which no cut is looked for."""


class Truncation(NamedTuple):
    """Where MSER-5 cuts a series (截断点).

    Attributes
    ----------
    cut : int
        Values to leave out at the front: whole batches.
    settled : bool
        Whether that is no more than half of the values; if not, the cut says nothing.
    statistic : ndarray of float, shape (batches,)
        Squared standard error of what is left after each number of batches; NaN among the last.
    """

    cut: int
    settled: bool
    statistic: np.ndarray


def mser(values: ArrayLike, batch: int = BATCH, last: int = LAST) -> Truncation:
    """Cut off the front so that the mean of the rest has the smallest marginal standard error (MSER-5 截断法).

    After d of k batches the statistic is the sum of squared deviations of the other batch means from their own mean, divided by
    (k - d)².  The smallest is taken; of equal ones that which cuts least.

    Parameters
    ----------
    values : array_like of float, shape (n,)
        In the order of time, finite.  What does not fill a batch at the end is left out.
    batch : int, ≥ 1
        Values in a batch.
    last : int, ≥ 1
        So many batches are always left.

    Raises
    ------
    ValueError
        There are not more batches than `last`.

    Examples
    --------
    >>> found = mser([0, 0, 0, 0, 0] + [9, 10, 11, 10, 10] * 9)
    >>> found.cut, found.settled, found.statistic[:3].round(6).tolist()
    (5, True, [0.9, 0.0, 0.0])
    >>> mser(range(60)).settled                                     # it grows to the end
    False
    """
    found = np.asarray(values, float)
    batches = len(found) // batch
    if batches <= last:
        raise ValueError(f"{len(found)} values make {batches} batches of {batch}, and more than {last} are needed")
    means = found[:batches * batch].reshape(batches, batch).mean(axis=1)
    away = (means - means[-1])[::-1]                # exactly 0 where it does not move any more
    left = np.arange(1, batches + 1)
    total, squares = away.cumsum(), (away**2).cumsum()
    statistic = (np.maximum(squares - total**2 / left, 0.0) / left**2)[::-1].copy()
    statistic[batches - last + 1:] = np.nan
    cut = int(np.nanargmin(statistic))
    return Truncation(cut * batch, 2 * cut <= batches, statistic)


def welch(values: ArrayLike, window: int) -> np.ndarray:
    """Welch's moving average (Welch 移动平均).

    The mean of a value and of `window` on each side of it; nearer to the front, of as many on each side as there are before it.

    Parameters
    ----------
    values : array_like of float, shape (n,)
    window : int, ≥ 0

    Returns
    -------
    ndarray of float, shape (n - window,)
        Those that have `window` values after them.

    Examples
    --------
    >>> welch([3.0, 6.0, 0.0, 3.0, 6.0, 9.0], 2).tolist()
    [3.0, 3.0, 3.6, 4.8]
    """
    found = np.asarray(values, float)
    sums = np.concatenate([[0.0], found.cumsum()])
    at = np.arange(max(0, len(found) - window))
    reach = np.minimum(at, window)
    return (sums[at + reach + 1] - sums[at - reach]) / (2 * reach + 1)


def without_weekdays(values: np.ndarray, week: int = 7) -> np.ndarray:
    """Days without what the day of the week usually adds, as the second half of the series has it; less than eight weeks as they are.

    Examples
    --------
    >>> without_weekdays(np.tile([5.0, 5, 5, 5, 5, 0, 0], 8))[:7].round(3).tolist() == [3.571] * 7
    True
    """
    half = len(values) // 2
    if half < 4 * week:
        return values
    late, weekday = values[half:], np.arange(half, len(values)) % week
    usual = np.array([late[weekday == day].mean() for day in range(week)])
    return values - (usual - usual.mean())[np.arange(len(values)) % week]
