"""Which of several is best, with a stated chance of being right: ranking and selection 排序与选优.

The fully sequential procedure of Kim and Nelson (KN): all systems are run on the same replications; after each replication those
that are clearly worse are dropped, until one is left.  Its guarantee: *if the best system is better than every other by at least
the indifference zone, it is chosen with a chance of at least the level; what is chosen is otherwise, with that chance, worse than
the best by less than the zone.*  It rests on replications that are independent of each other and (near) normal; the systems need
not be independent, and are not: common random numbers shrink the variance of the differences, on which alone it works.

References
----------
Kim, S.-H. and Nelson, B. L. (2001). A fully sequential procedure for indifference-zone selection in simulation. ACM
Transactions on Modeling and Computer Simulation 11, 251-273.
Boesel, J., Nelson, B. L. and Kim, S.-H. (2003). Using ranking and selection to "clean up" after simulation optimization.
Operations Research 51, 814-825.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

__all__ = ["Selection", "reach", "select", "spread_level"]

Sample = Callable[[Sequence[int], int], np.ndarray]
"""From systems (numbers from 0) and a number of replications to their values, shape (systems, replications)."""


class Selection(NamedTuple):
    """What was chosen (选择结果).

    Attributes
    ----------
    best : int
        Number of the chosen system.
    left : tuple of int
        Those not dropped when it ended; only `best` where the guarantee holds.
    decided : bool
        Whether it ended before the most replications allowed; only then the guarantee holds.
    used : tuple of int
        Replications that each system was given before it was dropped.
    zone, level : float
        Indifference zone and level of the guarantee.
    """

    best: int
    left: tuple[int, ...]
    decided: bool
    used: tuple[int, ...]
    zone: float
    level: float


def reach(first: int, systems: int, level: float = 0.95) -> float:
    """The constant h² of the procedure with c = 1: the larger, the longer a system is kept.

    Parameters
    ----------
    first : int, ≥ 2
        Replications before anything is dropped.
    systems : int, ≥ 2
    level : float, in (1 / systems, 1)

    Examples
    --------
    >>> round(reach(10, 2), 3), round(reach(10, 5), 3)
    (6.013, 11.429)
    """
    eta = ((2 * (1 - level) / (systems - 1)) ** (-2 / (first - 1)) - 1) / 2
    return 2 * eta * (first - 1)


def select(sample: Sample, systems: int, zone: float, *, level: float = 0.95, first: int = 10, most: int = 10_000,
           batch: int = 10) -> Selection:
    """Choose the system with the largest mean by the procedure of Kim and Nelson (选优).

    Parameters
    ----------
    sample : callable
        `sample(which, n)`: the values of replications 0 to n - 1 of the systems `which`, shape (len(which), n); the same
        replication has common random numbers.  It is asked for growing n and fewer systems; what it gave once may not change.
    systems : int, ≥ 1
    zone : float, > 0
        Indifference zone: a difference that would not matter, in the unit of the values.
    level : float, in (1 / systems, 1)
        Chance of a correct selection.
    first : int, ≥ 2
        Replications of every system before anything is dropped.
    most : int, ≥ first
        Replications of a system at most; if it ends there, the best so far is named and `decided` is False.
    batch : int, ≥ 1
        Replications asked for at a time; they are judged one by one, so it does not change what is chosen.

    Returns
    -------
    Selection

    Raises
    ------
    ValueError
        An argument out of its bounds, or a value that is not finite.

    Examples
    --------
    >>> luck = np.random.default_rng(1).normal(size=1000)
    >>> values = np.array([[1.0], [1.5], [1.2]]) + luck + 0.1 * np.random.default_rng(2).normal(size=(3, 1000))
    >>> found = select(lambda which, n: values[list(which), :n], 3, zone=0.2)
    >>> found.best, found.decided, max(found.used)
    (1, True, 10)
    """
    if zone <= 0 or first < 2 or most < first or systems < 1 or not 1 / max(systems, 2) < level < 1:
        raise ValueError(f"zone {zone}, first {first}, most {most}, systems {systems} or level {level} is out of bounds")
    used = [0] * systems
    if systems == 1:
        return Selection(0, (0,), True, tuple(used), zone, level)
    left, decided = _race(sample, used, zone, level, (first, most, batch))
    return Selection(left[0], tuple(sorted(left)) if not decided else (left[0],), decided, tuple(used), zone, level)


def _race(sample: Sample, used: list[int], zone: float, level: float, numbers: tuple[int, int, int]) -> tuple[list[int], bool]:
    """Those left, the best first, and whether it was decided; counts in `used` what each was given."""
    first, most, batch = numbers
    systems = len(used)
    left, n = list(range(systems)), first
    values = _checked(sample(left, n), left, n)
    bound = reach(first, systems, level) * _difference_variances(values) / zone**2
    at = first
    while True:
        for system in left:
            used[system] = at
        left = _kept(left, values, at, bound, zone)
        ties = at > max(bound[i, j] for i in left for j in left)        # whoever is left then is within the zone
        if len(left) == 1 or ties or at >= most:
            return sorted(left, key=lambda system: (-values[system, :at].sum(), system)), len(left) == 1 or bool(ties)
        if at == n:
            n = min(most, n + batch)
            longer = np.full((systems, n), np.nan)
            longer[left] = _checked(sample(left, n), left, n)
            values = longer
        at += 1


def _kept(left: list[int], values: np.ndarray, at: int, bound: np.ndarray, zone: float) -> list[int]:
    """Systems that no other one has left behind after `at` replications."""
    total = {system: float(values[system, :at].sum()) for system in left}
    return [i for i in left if all(total[i] >= total[j] - max(0.0, zone / 2 * (bound[i, j] - at)) for j in left if j != i)]


def _difference_variances(values: np.ndarray) -> np.ndarray:
    """Variance of the difference of each two systems over the replications, shape (systems, systems)."""
    apart = values[:, None, :] - values[None, :, :]
    found: np.ndarray = apart.var(axis=-1, ddof=1)
    return found


def _checked(values: np.ndarray, left: Sequence[int], n: int) -> np.ndarray:
    found = np.asarray(values, float)
    if found.shape != (len(left), n) or not np.isfinite(found).all():
        raise ValueError(f"{len(left)} systems with {n} finite values each are needed, not {found.shape}")
    return found


def spread_level(error: float, looks: int) -> list[float]:
    """An error divided among several looks at growing data, most of it to the last (误差分配).

    Whoever looks again and again, and stops at the first success, errs more often than each look says.  If the errors of all
    looks add up to `error`, the whole errs no more often than that, whatever the data.

    Parameters
    ----------
    error : float, in (0, 1)
        Chance of an error of all looks together.
    looks : int, ≥ 1

    Examples
    --------
    >>> [round(share, 4) for share in spread_level(0.05, 3)]
    [0.0071, 0.0143, 0.0286]
    """
    return [error * 2**look / (2**looks - 1) for look in range(looks)]
