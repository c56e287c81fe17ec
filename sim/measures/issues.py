"""Measures over issues: discovery, time to resolution, truth, where time goes."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.i18n import N_
from sim.measures.base import View, cumulative_incidence, measure, once_a_view, quantile, ratio, register, restricted_mean
from sim.outcome import STAGES, TIME_EDGES

DAY = 86400
_BOTH = ("city", "bare")


def _arose(view: View) -> Any:
    """Issues that really came about."""
    return view.issues("occurred") - view.issues("prevented")


def _prevented_times(view: View, like: np.ndarray) -> np.ndarray:
    """Histogram of the times of prevented issues: all of them end as they begin."""
    times = np.zeros_like(like)
    times[..., 0] = view.issues("prevented")
    return times


# --- discovery 发现 ----------------------------------------

@measure(N_("Proactive discovery rate"), "主动发现率", group=N_("discovery"), unit="share", direction=1, of="issues")
def proactive_discovery_rate(view: View) -> Any:
    """Issues first found by staff or sensors / issues found.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> proactive_discovery_rate(tiny(issues={"found": 8, "found_by_staff": 6}))
    0.75
    """
    return ratio(view.issues("found_by_staff") + view.issues("found_by_sensor"), view.issues("found"))


@measure(N_("Found by screening"), "排查发现率", group=N_("discovery"), unit="share", direction=0, of="issues")
def screening_discovery_rate(view: View) -> Any:
    """Issues first found by a sweep 月排查 / issues found; neither better nor worse by itself, as others may find them sooner.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> screening_discovery_rate(tiny(issues={"found": 8, "screened": 2}))
    0.25
    """
    return ratio(view.issues("screened"), view.issues("found"))


@measure(N_("Latent share"), "漏报率", group=N_("discovery"), unit="share", direction=-1, of="issues")
def latent_share(view: View) -> Any:
    """Issues neither found while they lasted nor settled by those who live there / issues occurred and not prevented.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> latent_share(tiny(issues={"occurred": 10, "unfound": 1}))
    0.1
    """
    return ratio(view.issues("unfound"), _arose(view))


@measure(N_("Time to discovery, mean"), "发现用时均值", group=N_("discovery"), unit="s", direction=-1, of="issues")
def time_to_discovery_mean(view: View) -> Any:
    """Occurred to discovered, mean over the issues found.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> time_to_discovery_mean(tiny(issues={"found": 4, "discovery_seconds": 7200}))
    1800.0
    """
    return ratio(view.issues("discovery_seconds"), view.issues("found"))


# --- time to resolution 解决用时 ----------------------------------------

@measure(N_("Time to resolution, mean"), "解决用时均值", group=N_("work"), unit="s", direction=-1, of="issues")
def time_to_resolution_mean(view: View) -> Any:
    """Occurred to truly resolved, mean over the issues truly resolved.

    Those that are not resolved do not enter; `lifetime_mean` counts them all.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> time_to_resolution_mean(tiny(issues={"resolved": 2, "resolution_seconds": 86400}))
    43200.0
    """
    return ratio(view.issues("resolution_seconds"), view.issues("resolved"))


@measure(N_("Discovery to resolution, mean"), "发现至解决用时均值", group=N_("work"), unit="s", direction=-1, of="issues")
def discovery_to_resolution_mean(view: View) -> Any:
    """Discovered to truly resolved, mean over the issues truly resolved.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> discovery_to_resolution_mean(tiny(issues={"resolved": 2, "handling_seconds": 7200}))
    3600.0
    """
    return ratio(view.issues("handling_seconds"), view.issues("resolved"))


@once_a_view
def incidence(view: View, end: str) -> np.ndarray:
    """Cumulative share of issues or tickets by time, other ends (being prevented too) competing, those still open censored.

    Parameters
    ----------
    view : View
    end : str
        "discovered", "resolved", "gone", "prevented", "found_resolved" or "closed".

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> view = tiny(times={"resolved": {60: 2}, "gone": {0: 1}, "open": {900: 1}})
    >>> incidence(view, "resolved")[[0, -1]].tolist()
    [0.0, 0.5]
    """
    prevented = _prevented_times(view, view.times("resolved"))
    if end == "prevented":
        return cumulative_incidence(prevented, view.times("resolved") + view.times("gone"), view.times("open"))
    competing, censored = {"discovered": ("unfound", None), "resolved": ("gone", "open"), "gone": ("resolved", "open"),
                           "found_resolved": ("found_gone", "found_open"), "closed": (None, "unclosed")}[end]
    others = view.times(competing) if competing else np.zeros_like(prevented)
    return cumulative_incidence(view.times(end), others if end in ("found_resolved", "closed") else others + prevented,
                                view.times(censored) if censored else np.zeros(1, np.int64))


def _percentile(end: str, percent: int) -> Any:
    def percentile(view: View) -> Any:
        """Time by which that share of all has ended this way (Aalen-Johansen, straight within bins); inf where it is not reached.

        Examples
        --------
        >>> from sim.measures.base import MEASURES, tiny
        >>> MEASURES["time_to_resolution_p50"].function(tiny(times={"resolved": {60: 3}, "gone": {3600: 1}}))
        66.0
        """
        return quantile(incidence(view, end), percent / 100)
    return percentile


for _end, _key, _name, _chinese, _group, _percents in (
        ("discovered", "time_to_discovery", N_("Time to discovery, {percent}"), "发现用时 {percent}", "discovery", (50, 90)),
        ("resolved", "time_to_resolution", N_("Time to resolution, {percent}"), "解决用时 {percent}", "work", (50, 90, 95)),
        ("found_resolved", "discovery_to_resolution", N_("Discovery to resolution, {percent}"), "发现至解决用时 {percent}",
         "work", (50, 90, 95)),
        ("closed", "time_to_closing", N_("Time to closing, {percent}"), "结案用时 {percent}", "work", (50, 90, 95))):
    for _percent in _percents:
        register(_percentile(_end, _percent), f"{_key}_p{_percent}", _name, _chinese, group=_group, unit="s", direction=-1,
                 of="times", percent=f"P{_percent}")


def _resolved_within(days: int) -> Any:
    def within(view: View) -> Any:
        """Share of issues truly resolved within so many days of their occurrence (Aalen-Johansen).

        Examples
        --------
        >>> from sim.measures.base import MEASURES, tiny
        >>> MEASURES["resolved_within_7_days"].function(tiny(times={"resolved": {60: 3, 604800: 1}}))
        0.75
        """
        return _float(incidence(view, "resolved")[..., int(np.searchsorted(TIME_EDGES, days * DAY)) - 1])
    return within


def _float(value: Any) -> Any:
    return float(value) if np.ndim(value) == 0 else value


for _days in (1, 7, 30, 90):
    register(_resolved_within(_days), f"resolved_within_{_days}_days", N_("Resolved within {days} d"),
             "{days}日内解决率", group="work", unit="share", direction=1, of="times", days=_days)


@measure(N_("Life of an issue, mean (at most 180 days)"), "问题存续时间均值（限180日）", group=N_("work"), unit="s", direction=-1,
         of="times")
def lifetime_mean(view: View) -> Any:
    """Mean time that an issue exists, until it is truly resolved, gone or prevented, counted at most as 180 days (Aalen-Johansen).

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> lifetime_mean(tiny(times={"resolved": {0: 1}, "open": {16000000: 1}})) / 86400 - 90 < 0.001
    True
    """
    return restricted_mean(incidence(view, "resolved") + incidence(view, "gone") + incidence(view, "prevented"), 180 * DAY)


# --- truth 真实 ----------------------------------------

@measure(N_("True resolution rate"), "解决率", group=N_("truth"), unit="share", direction=1, of="issues")
def true_resolution_rate(view: View) -> Any:
    """Issues truly resolved / issues occurred and not prevented.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> true_resolution_rate(tiny(issues={"occurred": 10, "resolved": 7}))
    0.7
    """
    return ratio(view.issues("resolved"), _arose(view))


@measure(N_("Prevented share"), "预防率", group=N_("truth"), unit="share", direction=1, of="issues")
def prevented_share(view: View) -> Any:
    """Issues that did not arise since the cause of their kind was worked on / issues occurred, these included.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> prevented_share(tiny(issues={"occurred": 10, "prevented": 1}))
    0.1
    """
    return ratio(view.issues("prevented"), view.issues("occurred"))


@measure(N_("Settled by those who live there"), "自行化解率", group=N_("truth"), unit="share", direction=0, of="issues")
def settled_rate(view: View) -> Any:
    """Issues that a property manager or residents dealt with themselves, without a ticket / issues occurred.

    They count as truly resolved, in the community.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> settled_rate(tiny(issues={"occurred": 10, "settled": 2}))
    0.2
    """
    return ratio(view.issues("settled"), view.issues("occurred"))


@measure(N_("Reporting gap"), "上报与实际之差", group=N_("truth"), unit="share", direction=-1, of="tickets")
def reporting_gap(view: View) -> Any:
    """Closing rate of tickets - true resolution rate of issues: what the books say beyond what is so.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> round(reporting_gap(tiny(tickets={"due": 10, "closed": 9}, issues={"occurred": 10, "resolved": 7})), 3)
    0.2
    """
    return ratio(view.tickets("closed"), view.tickets("due")) - ratio(view.issues("resolved"), _arose(view))


@measure(N_("Worsened"), "恶化率", group=N_("truth"), unit="share", direction=-1, of="issues")
def worsened(view: View) -> Any:
    """Issues whose severity rose while they lasted (小事拖大) / issues occurred.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> worsened(tiny(issues={"occurred": 10, "worsened": 2}))
    0.2
    """
    return ratio(view.issues("worsened"), view.issues("occurred"))


@measure(N_("Harm"), "危害", group=N_("truth"), unit=N_("days per 1,000 residents"), direction=-1, of="issues")
def harm(view: View) -> Any:
    """Days that issues existed, weighted 1, 3, 10 by severity while it lasted / residents x 1,000.

    For the whole district, a street or a community per its own residents; for a category or severity per those of the district.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> harm(tiny(issues={"harm_seconds": 86400 * 50}, facts={"residents": 2000}))
    25.0
    """
    return ratio(view.issues("harm_seconds") / DAY * 1000, view.residents())


@measure(N_("Petitions upward"), "信访量", group=N_("residents"), unit=N_("per 10,000 residents"), direction=-1, of="issues")
def petitions(view: View) -> Any:
    """Petitions upward about issues of the measured interval / residents x 10,000.

    For the whole district, a street or a community per its own residents; for a category or severity per those of the district.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> petitions(tiny(issues={"petitions": 3}, facts={"residents": 20000}))
    1.5
    """
    return ratio(10_000 * view.issues("petitions"), view.residents())


@measure(N_("Trust"), "信任度", group=N_("residents"), unit="1", direction=1, of="trust")
def trust(view: View) -> Any:
    """Trust at the end of the run, mean over communities; 1, as at the start, where nothing moves it.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> trust(tiny(trust={"asked": 2, "trust": 1800})), trust(tiny())
    (0.9, 1.0)
    """
    asked = np.asarray(view.trust("asked"))
    found = np.where(asked > 0, view.trust("trust") / np.maximum(asked, 1) / 1000, 1.0)
    return float(found) if found.ndim == 0 else found


# --- where time goes 时间去向 ----------------------------------------

_STAGE_NAMES = {
    "latent": (N_("Time per issue: latent"), "每件用时：未发现"),
    "lying": (N_("Time per issue: lying, no ticket moves"), "每件用时：搁置"),
    "hand_off": (N_("Time per issue: in hand-offs"), "每件用时：流转"),
    "waiting_grid_team": (N_("Time per issue: waiting for grid workers"), "每件用时：等待网格员"),
    "waiting_desk": (N_("Time per issue: waiting at desks"), "每件用时：等待坐席"),
    "waiting_community_staff": (N_("Time per issue: waiting for community staff"), "每件用时：等待社区"),
    "waiting_street_team": (N_("Time per issue: waiting for street teams"), "每件用时：等待街道队伍"),
    "waiting_crew": (N_("Time per issue: waiting for department crews"), "每件用时：等待部门队伍"),
    "waiting_servers": (N_("Time per customer: waiting"), "每位顾客：等待"),
    "resting": (N_("Time per issue: its worker is off duty"), "每件用时：歇班"),
    "travelling": (N_("Time per issue: travelling"), "每件用时：路途"),
    "handling": (N_("Time per issue: handled at desks and checked"), "每件用时：受理核查"),
    "working": (N_("Time per issue: worked on"), "每件用时：处置"),
    "rework": (N_("Time per issue: rework"), "每件用时：返工"),
}


def _stage_mean(stage: str) -> Any:
    def stage_mean(view: View) -> Any:
        """Seconds in this stage / issues occurred; over all stages they add up to the mean life of an issue.

        Examples
        --------
        >>> from sim.measures.base import MEASURES, tiny
        >>> MEASURES["time_latent"].function(tiny(stages={"latent": 7200}, issues={"occurred": 2}))
        3600.0
        """
        return ratio(view.stages(stage), view.issues("occurred"))
    return stage_mean


for _stage in STAGES:
    _kinds = ("bare",) if _stage == "waiting_servers" else _BOTH if _stage in ("resting", "travelling", "working") else ("city",)
    register(_stage_mean(_stage), f"time_{_stage}", *_STAGE_NAMES[_stage], group=N_("time"), unit="s",
             direction=0 if _stage in ("working", "handling") else -1, of="stages", kinds=_kinds)
