"""Days of a run: their months, and how a wave of demand stands and ebbs."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from sim.draws.elementary import exps, log

if TYPE_CHECKING:
    from sim.tables import CityTables

__all__ = ["month_of", "rates", "surge_heights"]

DAY = 86_400


def surge_heights(first: int, full: int, half_life: float, days: int) -> np.ndarray:
    """How much of a surge there is on each day of a run: 0 before it, 1 on its first days, then less by its half-life.

    Parameters
    ----------
    first, full : int
        The first day, and how many days it stands at full height.
    half_life : float
        Time in which it falls to half after these days (s).
    days : int
        Days of the run.

    Returns
    -------
    ndarray of float, shape (days,)

    Examples
    --------
    >>> surge_heights(1, 2, 86400.0, 6).tolist()
    [0.0, 1.0, 1.0, 0.5, 0.25, 0.125]
    """
    since = np.arange(days) - first
    halvings = np.maximum(since - (full - 1), 0) * (DAY / half_life)
    whole = np.minimum(np.floor(halvings), 1000.0)
    fading = np.where(whole < 1000.0, np.ldexp(exps((whole - halvings).clip(-1.0, 0.0) * log(2.0)), -whole.astype(np.int64)), 0.0)
    return np.where(since < 0, 0.0, fading)


@lru_cache(maxsize=16)
def month_of(start_ordinal: int, days: int) -> np.ndarray:
    """Month of each day, 0 January.

    Examples
    --------
    >>> import datetime
    >>> month_of(datetime.date(2025, 1, 30).toordinal(), 4).tolist()
    [0, 0, 1, 1]
    """
    date = np.datetime64("0001-01-01") + (start_ordinal - 1 + np.arange(days)).astype("timedelta64[D]")
    month: np.ndarray = date.astype("datetime64[M]").astype(np.int64) % 12
    return month


def rates(city: CityTables, stream: int, first: int, days: int) -> np.ndarray:
    """Rate of a stream in each grid, by day from `first` on where a reform changes it."""
    rate, reform = city.demand.cell_rate[stream], city.reform
    if reform is None or np.array_equal(rate, reform.cell_rate[stream]):
        return rate[:, None]
    changes = reform.street_time[city.community_street[city.grid_community]] // DAY
    return np.where(np.arange(first, first + days) >= changes[:, None], reform.cell_rate[stream][:, None], rate[:, None])
