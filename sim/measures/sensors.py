"""Measures of sensors: what they find first, how often they are wrong, what that costs."""

from __future__ import annotations

from typing import Any

from sim.i18n import N_
from sim.measures.base import View, measure, ratio


@measure(N_("Found by sensors"), "智能感知发现率", group=N_("discovery"), unit="share", direction=0, of="issues")
def sensor_discovery_rate(view: View) -> Any:
    """Issues first found by a sensor / issues found.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> sensor_discovery_rate(tiny(issues={"found": 8, "found_by_sensor": 2}))
    0.25
    """
    return ratio(view.issues("found_by_sensor"), view.issues("found"))


@measure(N_("Alarms of sensors"), "感知告警数", group=N_("discovery"), unit=N_("per day"), direction=0, of="whole")
def alarms(view: View) -> Any:
    """Alarms of sensors that reach a desk, true and false, mean over the days of the measured interval.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> alarms(tiny(daily={"alarms": 6, "false_alarms": 1}))
    7.0
    """
    return float((view.daily("alarms") + view.daily("false_alarms")).mean())


@measure(N_("False alarms"), "误报数", group=N_("discovery"), unit=N_("per day"), direction=-1, of="whole")
def false_alarms(view: View) -> Any:
    """Alarms of sensors on nothing that reach a desk, mean over the days of the measured interval.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> false_alarms(tiny(daily={"false_alarms": 3}))
    3.0
    """
    return float(view.daily("false_alarms").mean())


@measure(N_("Tickets on nothing"), "虚件率", group=N_("intake"), unit="share", direction=-1, of="whole")
def tickets_on_nothing(view: View) -> Any:
    """Tickets opened on what is no issue / all tickets opened, over the days of the measured interval.

    All other rates of tickets know only tickets on issues.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> tickets_on_nothing(tiny(daily={"registered": 9, "on_nothing": 1}))
    0.1
    """
    nothing = view.daily("on_nothing").sum()
    return ratio(nothing, view.daily("registered").sum() + nothing)
