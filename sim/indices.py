"""Screening and variance-based sensitivity: where to look, and what the answers say (敏感性指标).

Factors lie in the unit cube.  `trajectories` and `saltelli` say at which points a function is to be known; `effects`, `screening`
and `sobol` make indices of its values there.  Only numpy; nothing here knows of scenarios.

References
----------
Morris, M. D. (1991). Factorial sampling plans for preliminary computational experiments. Technometrics 33, 161-174.
Campolongo, F., Cariboni, J. and Saltelli, A. (2007). An effective screening design for sensitivity analysis of large models.
Environmental Modelling & Software 22, 1509-1518.
Saltelli, A. et al. (2010). Variance based sensitivity analysis of model output. Computer Physics Communications 181, 259-270.
Jansen, M. J. W. (1999). Analysis of variance designs for model output. Computer Physics Communications 117, 35-43.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from sim.design import fill

__all__ = ["Screening", "Sobol", "effects", "saltelli", "screening", "sobol", "trajectories"]

BOOTSTRAPS = 1000
"""Resamples behind every interval."""


class Screening(NamedTuple):
    """Morris's measures, one value a factor (Morris 筛选).

    Attributes
    ----------
    mu : ndarray of float
        Mean elementary effect: the change over the whole range, if the function were straight.
    mu_star : ndarray of float
        Mean of its absolute value: how much the factor matters.
    low, high : ndarray of float
        95% interval of `mu_star`, by resampling trajectories.
    sigma : ndarray of float
        Standard deviation of the effect: how much it depends on where the other factors are, or bends.
    """

    mu: np.ndarray
    mu_star: np.ndarray
    low: np.ndarray
    high: np.ndarray
    sigma: np.ndarray


class Sobol(NamedTuple):
    """Sobol indices, one value a factor (Sobol 指数).

    Attributes
    ----------
    first, first_low, first_high : ndarray of float
        Share of the variance that the factor explains by itself, and its 95% interval.
    total, total_low, total_high : ndarray of float
        Share that goes with it, together with what it does through others.
    """

    first: np.ndarray
    first_low: np.ndarray
    first_high: np.ndarray
    total: np.ndarray
    total_low: np.ndarray
    total_high: np.ndarray


def trajectories(factors: int, number: int, *, levels: int = 4, seed: int = 1) -> np.ndarray:
    """Morris's paths through the unit cube, on which each step moves one factor over a half of its range or a little more.

    Parameters
    ----------
    factors, number : int, ≥ 1
        Factors, and paths.
    levels : int, even, ≥ 2
        Places that a factor may take; a step is levels / (2 (levels - 1)).
    seed : int, ≥ 0

    Returns
    -------
    ndarray of float, shape (number, factors + 1, factors)

    Examples
    --------
    >>> path = trajectories(3, 1, seed=2)[0]
    >>> (np.abs(np.diff(path, axis=0)).sum(axis=1)).round(3).tolist()
    [0.667, 0.667, 0.667]
    """
    if levels < 2 or levels % 2:
        raise ValueError(f"levels is {levels}, and must be even and at least 2")
    luck = np.random.default_rng(seed)
    start = luck.integers(0, levels, (number, factors))
    order = luck.permuted(np.tile(np.arange(factors), (number, 1)), axis=1)
    when = np.argsort(order, axis=1)                        # the step in which each factor moves
    moved = np.where(start < levels // 2, start + levels // 2, start - levels // 2)
    steps = np.arange(factors + 1)[None, :, None]
    return np.where(steps > when[:, None, :], moved[:, None, :], start[:, None, :]) / (levels - 1)


def effects(paths: np.ndarray, values: ArrayLike) -> np.ndarray:
    """Elementary effects: change of the value over change of the factor, shape (paths, factors).

    Parameters
    ----------
    paths : ndarray, shape (paths, factors + 1, factors)
    values : array_like, shape (paths, factors + 1)
        NaN makes the two effects beside it NaN.

    Examples
    --------
    >>> paths = trajectories(2, 4)
    >>> effects(paths, 3 * paths[..., 0] - paths[..., 1]).mean(axis=0).round(9).tolist()
    [3.0, -1.0]
    """
    step = np.diff(paths, axis=1)
    which = np.abs(step).argmax(axis=2)
    size = np.take_along_axis(step, which[..., None], 2)[..., 0]
    found = np.empty(step.shape[:2])
    np.put_along_axis(found, which, np.diff(np.asarray(values, float), axis=1) / size, 1)
    return found


def screening(found: np.ndarray, seed: int = 1) -> Screening:
    """Morris's measures from elementary effects; those that are NaN are left out.

    Examples
    --------
    >>> screening(np.array([[1.0, -2.0], [1.0, 2.0]])).mu_star.tolist()
    [1.0, 2.0]
    """
    number = len(found)
    with np.errstate(invalid="ignore"):
        size = np.abs(found)
        star = _mean(size)
        luck = np.random.default_rng(seed).integers(0, number, (BOOTSTRAPS, number))
        again = np.stack([_mean(size[rows]) for rows in luck]) if number > 1 else np.full((2, found.shape[1]), np.nan)
        low, high = np.quantile(again, [0.025, 0.975], axis=0) if number > 1 else again
        counted = np.isfinite(found).sum(axis=0)
        spread = np.where(np.isfinite(found), found - _mean(found), 0.0)
        sigma = np.sqrt((spread**2).sum(axis=0) / np.maximum(counted - 1, 1))
    return Screening(_mean(found), star, low, high, np.where(counted > 1, sigma, np.nan))


def _mean(values: np.ndarray) -> np.ndarray:
    known = np.isfinite(values)
    number = known.sum(axis=0)
    return np.asarray(np.where(number > 0, np.where(known, values, 0.0).sum(axis=0) / np.maximum(number, 1), np.nan))


def saltelli(factors: int, samples: int, seed: int = 1) -> np.ndarray:
    """Points from which first and total indices can be told: A, B, and for each factor A with its column from B.

    Parameters
    ----------
    factors, samples : int, ≥ 1
        A power of 2 is best for `samples`.
    seed : int, ≥ 0

    Returns
    -------
    ndarray of float, shape (samples, factors + 2, factors)
        In [0, 1): a scrambled Sobol sequence.

    Examples
    --------
    >>> saltelli(3, 8).shape
    (8, 5, 3)
    """
    both = fill("sobol", 2 * factors, samples, seed)
    a, b = both[:, None, :factors], both[:, None, factors:]
    mixed = np.where(np.eye(factors, dtype=bool)[None], b, a)
    return np.concatenate([a, b, mixed], axis=1)


def sobol(values: ArrayLike, seed: int = 1) -> Sobol:
    """First and total indices by Jansen's estimators, with intervals from resampling.

    Parameters
    ----------
    values : array_like of float, shape (samples, factors + 2)
        Of the points of `saltelli`; a sample with a value that is not finite is left out.

    Returns
    -------
    Sobol
        NaN where nothing varies.

    Examples
    --------
    >>> points = saltelli(2, 512)
    >>> found = sobol(points[..., 0] + 2 * points[..., 1])
    >>> found.first.round(2).tolist(), found.total.round(2).tolist()
    ([0.2, 0.8], [0.2, 0.8])
    """
    known = np.asarray(values, float)
    known = known[np.isfinite(known).all(axis=1)]
    number = len(known)
    none = np.full(np.shape(values)[1] - 2, np.nan)
    if number < 2:
        return Sobol(*[none] * 6)
    first, total = _jansen(known)
    luck = np.random.default_rng(seed).integers(0, number, (BOOTSTRAPS, number))
    again = np.array([_jansen(known[rows]) for rows in luck])
    with np.errstate(invalid="ignore"):
        low, high = np.quantile(again, [0.025, 0.975], axis=0)
    return Sobol(first, low[0], high[0], total, low[1], high[1])


def _jansen(known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    a, b, mixed = known[:, :1], known[:, 1:2], known[:, 2:]
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = np.var(known[:, :2])
        variance = variance if variance > 1e-24 * np.mean(known[:, :2] ** 2) else np.nan     # rounding alone
        return 1 - ((b - mixed) ** 2).mean(axis=0) / (2 * variance), ((a - mixed) ** 2).mean(axis=0) / (2 * variance)
