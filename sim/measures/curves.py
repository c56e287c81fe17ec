"""Ratios, and shares that are reached over time: what measures are worked out with (指标算法)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sim.outcome import TIME_EDGES

__all__ = ["cumulative_incidence", "quantile", "ratio", "restricted_mean"]


def ratio(part: Any, whole: Any) -> Any:
    """Part of a whole; nan where there is nothing to divide by.

    Examples
    --------
    >>> ratio(3, 4), ratio(np.array([1, 0]), np.array([2, 0])).tolist()
    (0.75, [0.5, nan])
    """
    if np.ndim(part) == np.ndim(whole) == 0:        # by far the most often
        return float(part) / float(whole) if whole > 0 else math.nan
    part, whole = np.asarray(part, float), np.asarray(whole, float)
    shape = np.broadcast_shapes(part.shape, whole.shape)
    return np.divide(part, whole, out=np.full(shape, np.nan), where=np.broadcast_to(whole > 0, shape))


def cumulative_incidence(ended: np.ndarray, competing: np.ndarray | int = 0, censored: np.ndarray | int = 0) -> np.ndarray:
    """Share that has ended this way by the end of each bin, other ends competing (Aalen and Johansen 1978).

    Parameters
    ----------
    ended, competing, censored : ndarray of int, shape (..., bins)
        Histograms of the times of this end, of other ends, and of those still going when the run stopped.

    Returns
    -------
    ndarray of float, shape (..., bins)
        Share by the right edge of each bin, between 0 and 1; nan where nobody was at risk from the start.

    Notes
    -----
    Within a bin ends go before censorings.  Without censoring it is the plain share.

    Examples
    --------
    >>> cumulative_incidence(np.array([2, 1, 0]), np.array([0, 1, 0])).tolist()
    [0.5, 0.75, 0.75]
    >>> cumulative_incidence(np.array([1, 1]), 0, np.array([1, 0])).round(3).tolist()       # the censored one leaves the risk set
    [0.333, 1.0]
    """
    ended = np.asarray(ended, np.int64)
    other, lost = (np.broadcast_to(np.asarray(values, np.int64), ended.shape) for values in (competing, censored))
    left = ended + other + lost
    at_risk = np.cumsum(left[..., ::-1], axis=-1)[..., ::-1]
    safe = np.maximum(at_risk, 1)
    survives = np.cumprod(1 - (ended + other) / safe, axis=-1)
    before = np.concatenate([np.ones((*ended.shape[:-1], 1)), survives[..., :-1]], axis=-1)
    share = np.minimum(np.cumsum(before * ended / safe, axis=-1), 1.0)
    return np.where(at_risk[..., :1] > 0, share, np.nan)


def quantile(share: np.ndarray, level: float, edges: np.ndarray = TIME_EDGES) -> Any:
    """Time by which a share of all is reached (s); inf where it is not reached, nan where nobody is.

    Straight within a bin, from its first second to its last, so that a bin of one second is exact.

    Parameters
    ----------
    share : ndarray of float, shape (..., bins)
        Cumulative share by the right edge of each bin.
    level : float
        0 to 1.

    Examples
    --------
    >>> edges = np.array([0, 10, 20])
    >>> quantile(np.array([0.4, 0.8, 0.8]), 0.5, edges), quantile(np.array([0.4, 0.8, 0.8]), 0.9, edges)
    (12.25, inf)
    """
    share = np.asarray(share, float)
    reached = share >= level - 1e-12
    bin_ = reached.argmax(axis=-1)
    low = np.where(bin_ > 0, np.take_along_axis(share, np.maximum(bin_ - 1, 0)[..., None], -1)[..., 0], 0.0)
    high = np.take_along_axis(share, bin_[..., None], -1)[..., 0]
    right = np.append(edges[1:], np.iinfo(np.int64).max).astype(float)
    width = right[bin_] - edges[bin_] - 1
    with np.errstate(invalid="ignore", divide="ignore"):
        time = edges[bin_] + width * (level - low) / (high - low)
    time = np.where(reached.any(axis=-1) & (bin_ < len(edges) - 1), time, np.inf)
    time = np.where(np.isnan(share[..., -1]), np.nan, time)
    return float(time) if time.ndim == 0 else time


def restricted_mean(share: np.ndarray, limit: int, edges: np.ndarray = TIME_EDGES) -> Any:
    """Mean time until it is reached, counted at most as `limit` (s): the area above the curve, straight within bins.

    Examples
    --------
    >>> restricted_mean(np.array([0.0, 1.0, 1.0]), 20, np.array([0, 10, 20]))
    15.0
    """
    share = np.asarray(share, float)
    last = int(np.searchsorted(edges, limit))
    before = np.concatenate([np.zeros((*share.shape[:-1], 1)), share[..., :last - 1]], axis=-1)
    mean = ((1 - (before + share[..., :last]) / 2) * np.diff(edges[:last + 1])).sum(axis=-1)
    return float(mean) if np.ndim(mean) == 0 else mean
