"""Measures of emergencies: how often they are declared, and how much work the seconded take over."""

from __future__ import annotations

from typing import Any

from sim.i18n import N_
from sim.measures.base import View, measure


@measure(N_("Emergencies declared"), "应急启动次数", group=N_("tiers"), unit=N_("per day"), direction=0, of="whole")
def emergencies(view: View) -> Any:
    """Emergencies that were declared, mean over the days of the measured interval.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> emergencies(tiny(daily={"emergencies": 2}))
    2.0
    """
    return float(view.daily("emergencies").mean())


@measure(N_("Work of the seconded"), "抽调处置数", group=N_("tiers"), unit=N_("per day"), direction=0, of="whole")
def seconded(view: View) -> Any:
    """Urgent jobs to which grid workers were seconded from patrol, mean over the days of the measured interval.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> seconded(tiny(daily={"seconded": 3}))
    3.0
    """
    return float(view.daily("seconded").mean())
