"""Measures of helpers: what volunteers and mediators solve, and what they pass on."""

from __future__ import annotations

from typing import Any

from sim.i18n import N_
from sim.measures.base import View, measure


@measure(N_("Solved by volunteers and mediators"), "群众力量化解数", group=N_("tiers"), unit=N_("per day"), direction=0, of="whole")
def helped(view: View) -> Any:
    """Tickets that volunteers or mediators solved, mean over the days of the measured interval.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> helped(tiny(daily={"helped": 4}))
    4.0
    """
    return float(view.daily("helped").mean())


@measure(N_("Passed on by volunteers and mediators"), "群众力量转办数", group=N_("tiers"), unit=N_("per day"), direction=0, of="whole")
def referred(view: View) -> Any:
    """Tickets that volunteers or mediators could not solve and passed on, mean over the days of the measured interval.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> referred(tiny(daily={"referred": 1}))
    1.0
    """
    return float(view.daily("referred").mean())
