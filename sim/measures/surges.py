"""Measures of surges: how high the wave of open issues rises, and how long it takes until it is gone."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sim.i18n import N_
from sim.measures.base import View, measure

__all__ = ["BEFORE", "recovery_day", "waves"]

DAY = 86400
BEFORE = 28
"""Days before a surge that say what is usual."""
WEEK = 7


def recovery_day(known: np.ndarray, first: int) -> float:
    """Days from the first day of a surge until open issues are back within their band before it.

    The band reaches up to the mean and two standard deviations of the four weeks before.  They are back once a whole week from that
    day on has a mean within the band, so that a Sunday does not count for it; 0 where no day after the surge is above the band.

    Parameters
    ----------
    known : ndarray
        Open issues at the end of each day of the run.
    first : int
        First day of the surge.

    Returns
    -------
    float
        Days; inf where they are not back by the end of the run, nan where there is no day before.

    Examples
    --------
    >>> calm, wave = [10] * 28, [30, 50, 20, 12, 10, 10, 10, 10, 10, 10, 10, 10, 10]
    >>> recovery_day(np.array(calm + wave), 28), recovery_day(np.array(calm + calm), 28), recovery_day(np.array(calm + wave[:5]), 28)
    (4.0, 0.0, inf)
    """
    before, after = known[max(0, first - BEFORE):first], known[first:]
    if not len(before) or not len(after):
        return math.nan
    top = float(before.mean() + 2.0 * before.std())
    above = np.flatnonzero(after > top)
    if not len(above):
        return 0.0
    weeks = np.convolve(after, np.ones(WEEK), "valid") / WEEK if len(after) >= WEEK else np.zeros(0)
    back = np.flatnonzero(weeks[above[0]:] <= top)
    return float(above[0] + back[0]) if len(back) else math.inf


def waves(view: View) -> list[tuple[int, np.ndarray]]:
    """First day of each surge, and open issues at the end of each day of the run."""
    outcome = view.outcome
    known = outcome.arrays["daily"][:, outcome.axes["daily_count"].index("known")]
    return [(first, known) for first in outcome.facts.get("surge_days", ()) if first < len(known)]


@measure(N_("Recovery from a surge"), "高峰恢复用时", group=N_("backlog"), unit="s", direction=-1, of="whole")
def surge_recovery(view: View) -> Any:
    """From a surge's first day until open issues are back, for a week's mean, within their band before it (mean and two standard
    deviations of four weeks).

    Of several surges the longest; 0 without a surge; inf where they are not back by the end of the run.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> view = tiny(facts={"surge_days": [28]})
    >>> view.outcome.arrays["daily"] = np.zeros((60, len(view.outcome.axes["daily_count"])), int)
    >>> view.outcome.arrays["daily"][28:31, view.outcome.axes["daily_count"].index("known")] = 9
    >>> surge_recovery(view) / 86400
    3.0
    """
    return DAY * max((recovery_day(known, first) for first, known in waves(view)), default=0.0)


@measure(N_("Height of a surge"), "高峰积压增量", group=N_("backlog"), unit=N_("issues"), direction=-1, of="whole")
def surge_height(view: View) -> Any:
    """Largest number of open issues at a day's end from a surge's first day until it is over, less their mean in the four weeks
    before.

    Of several surges the highest; 0 without a surge.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> view = tiny(facts={"surge_days": [28]})
    >>> view.outcome.arrays["daily"] = np.zeros((60, len(view.outcome.axes["daily_count"])), int)
    >>> view.outcome.arrays["daily"][28:31, view.outcome.axes["daily_count"].index("known")] = 9
    >>> surge_height(view)
    9.0
    """
    found = [0.0]
    for first, known in waves(view):
        lasts = recovery_day(known, first)
        if not math.isnan(lasts):
            over = len(known) if math.isinf(lasts) else first + int(lasts) + 1
            found.append(float(known[first:over].max() - known[max(0, first - BEFORE):first].mean()))
    return max(found)
