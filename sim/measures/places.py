"""Measures of tiers, backlog and equity; and of bare systems as a whole."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.i18n import N_
from sim.measures.base import View, cumulative_incidence, measure, quantile, ratio, register
from sim.outcome import ENDED_AT

# --- tiers 层级 ---------------------------------------------------------------------------------------------------------------


def _solved(view: View, *tiers: str) -> Any:
    ended = view.flow().sum(axis=(-3, -2))
    return ratio(sum(ended[..., ENDED_AT.index(tier)] for tier in tiers), ended[..., :4].sum(axis=-1))


@measure(N_("Solved at the grass roots"), "基层化解率", group=N_("tiers"), unit="share", direction=0, of="flow")
def solved_at_grass_roots(view: View) -> Any:
    """Issues truly resolved by a unit of grid or community / issues truly resolved.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> solved_at_grass_roots(tiny(ended={"grid": 2, "community": 4, "street": 1, "district": 1}))
    0.75
    """
    return _solved(view, "grid", "community")


@measure(N_("Solved at the street"), "街道化解率", group=N_("tiers"), unit="share", direction=0, of="flow")
def solved_at_street(view: View) -> Any:
    """Issues truly resolved by a unit of the street / issues truly resolved.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> solved_at_street(tiny(ended={"grid": 6, "street": 1, "district": 1}))
    0.125
    """
    return _solved(view, "street")


@measure(N_("Solved at the district"), "区级化解率", group=N_("tiers"), unit="share", direction=0, of="flow")
def solved_at_district(view: View) -> Any:
    """Issues truly resolved by a unit of the district / issues truly resolved.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> solved_at_district(tiny(ended={"grid": 6, "district": 2}))
    0.25
    """
    return _solved(view, "district")


# --- backlog 积压 --------------------------------------------------------------------------------------------------------------

@measure(N_("Backlog"), "积压", group=N_("backlog"), unit=N_("issues"), direction=-1, of="whole")
def backlog(view: View) -> Any:
    """Issues known and neither resolved nor gone at a day's last second, mean over the days of the measured interval.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> backlog(tiny(daily={"known": 7}))
    7.0
    """
    return float(view.daily("known").mean())


@measure(N_("Backlog, peak"), "积压峰值", group=N_("backlog"), unit=N_("issues"), direction=-1, of="whole")
def backlog_peak(view: View) -> Any:
    """Issues known and neither resolved nor gone at a day's last second, largest over the days of the measured interval.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> backlog_peak(tiny(daily={"known": 7}))
    7.0
    """
    return float(view.daily("known").max())


@measure(N_("Open tickets"), "未结工单", group=N_("backlog"), unit=N_("tickets"), direction=-1, of="whole")
def open_tickets(view: View) -> Any:
    """Tickets open at a day's last second, mean over the days of the measured interval.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> open_tickets(tiny(daily={"open_tickets": 3}))
    3.0
    """
    return float(view.daily("open_tickets").mean())


@measure(N_("Tickets over 60 days"), "积存", group=N_("backlog"), unit=N_("tickets"), direction=-1, of="whole")
def leftover_tickets(view: View) -> Any:
    """Tickets open for more than 60 days at the last second of the measured interval's last day.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> leftover_tickets(tiny(daily={"old_tickets": 2}))
    2.0
    """
    return float(view.daily("old_tickets")[-1])


def _state_mean(place: int) -> Any:
    def state_mean(view: View) -> Any:
        """Number in this state at a day's last second, mean over the days of the measured interval.

        Examples
        --------
        >>> from sim.measures.base import MEASURES, tiny
        >>> MEASURES["backlog_waiting"].function(tiny())
        0.0
        """
        return float(view.days("backlog")[:, place].sum(axis=-1).mean())
    return state_mean


for _place, (_key, _name, _chinese, _unit) in enumerate((
        ("backlog_latent", N_("Latent issues"), "潜在问题数", N_("issues")),
        ("backlog_waiting", N_("Jobs waiting"), "排队任务数", N_("jobs")),
        ("backlog_in_work", N_("Jobs in work"), "在办任务数", N_("jobs")))):
    register(_state_mean(_place), _key, _name, _chinese, group="backlog", unit=_unit, direction=0 if _place == 2 else -1,
             of="whole")


# --- equity 公平 ----------------------------------------------------------------------------------------------------------

@measure(N_("Time to resolution, P90 over P10 of communities"), "社区解决用时 P90/P10", group=N_("equity"), unit=N_("times"),
         direction=-1, of="whole")
def resolution_time_ratio(view: View) -> Any:
    """Ratio of the 90th to the 10th percentile, over communities, of the mean time from occurrence to true resolution.

    Communities where nothing was resolved are left out; percentiles go straight between neighbours.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> view = tiny()
    >>> view.outcome.arrays["issues_by_community"] = np.zeros((2, len(view.outcome.axes["issue_count"])), int)
    >>> for column, numbers in (("resolved", (1, 1)), ("resolution_seconds", (100, 200))):
    ...     view.outcome.arrays["issues_by_community"][:, view.outcome.axes["issue_count"].index(column)] = numbers
    >>> round(resolution_time_ratio(view), 3)
    1.727
    """
    if "issues_by_community" not in view.outcome.arrays:
        return float("nan")
    by = View(view.outcome, "community")
    means = ratio(by.issues("resolution_seconds"), by.issues("resolved"))
    means = means[~np.isnan(means)]
    return ratio(*np.percentile(means, [90, 10])) if len(means) else float("nan")


def gini(values: np.ndarray) -> float:
    """Gini coefficient of non-negative values: 0 all equal, towards 1 all in one hand; nan where all are 0.

    Examples
    --------
    >>> gini(np.array([1.0, 1.0])), gini(np.array([0.0, 4.0])), gini(np.zeros(3))
    (0.0, 0.5, nan)
    """
    ordered = np.sort(np.asarray(values, float))
    number, total = len(ordered), ordered.sum()
    if not total > 0:
        return float("nan")
    return float((2 * np.arange(1, number + 1) - number - 1) @ ordered / (number * total))


@measure(N_("Gini of harm over communities"), "社区危害基尼系数", group=N_("equity"), unit="1", direction=-1, of="whole")
def harm_gini(view: View) -> Any:
    """Gini coefficient over communities of harm per resident.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> import math
    >>> math.isnan(harm_gini(tiny()))
    True
    """
    if "issues_by_community" not in view.outcome.arrays:
        return float("nan")
    by = View(view.outcome, "community")
    each = ratio(by.issues("harm_seconds"), by.residents())
    return gini(each[~np.isnan(each)])


# --- bare systems 服务系统 -------------------------------------------------------------------------------------------------

@measure(N_("Time in the system, mean"), "系统逗留均值", group=N_("customers"), unit="s", direction=-1, of="issues",
         kinds=("bare",))
def sojourn_mean(view: View) -> Any:
    """Arrival to departure, mean over the customers served to the end.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> sojourn_mean(tiny("bare", issues={"resolved": 4, "resolution_seconds": 4000}))
    1000.0
    """
    return ratio(view.issues("resolution_seconds"), view.issues("resolved"))


def _sojourn_percentile(percent: int) -> Any:
    def sojourn_percentile(view: View) -> Any:
        """Time in the system that so many percent of the customers served do not exceed (straight within bins).

        Examples
        --------
        >>> from sim.measures.base import MEASURES, tiny
        >>> MEASURES["sojourn_p50"].function(tiny("bare", times={"resolved": {60: 4}}))
        64.5
        """
        return quantile(cumulative_incidence(view.times("resolved")), percent / 100)
    return sojourn_percentile


for _percent in (50, 90):
    register(_sojourn_percentile(_percent), f"sojourn_p{_percent}",
             N_("Time in the system, {percent}"), "系统逗留 {percent}", group="customers", unit="s", direction=-1, of="times",
             kinds=("bare",), percent=f"P{_percent}")


@measure(N_("Customers lost"), "顾客流失率", group=N_("customers"), unit="share", direction=-1, of="issues", kinds=("bare",))
def lost_share(view: View) -> Any:
    """Customers blocked or out of patience / customers who came.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> lost_share(tiny("bare", issues={"occurred": 10, "gone": 1}))
    0.1
    """
    return ratio(view.issues("gone"), view.issues("occurred"))


@measure(N_("Throughput"), "服务量", group=N_("customers"), unit=N_("per hour"), direction=1, of="issues", kinds=("bare",))
def throughput(view: View) -> Any:
    """Customers who came in the measured interval and were served to the end, per hour of it.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> throughput(tiny("bare", issues={"resolved": 20}, facts={"horizon": 7200}))
    10.0
    """
    return ratio(3600 * view.issues("resolved"), view.outcome.facts["horizon"])
