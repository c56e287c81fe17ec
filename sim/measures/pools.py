"""Measures over pools: waits, numbers, telephones, utilisation, pay."""

from __future__ import annotations

from typing import Any

from sim.i18n import N_
from sim.measures.base import View, measure, quantile, ratio, register
from sim.outcome import WAIT_EDGES

YEAR = 365 * 86400
_BOTH = ("city", "bare")


@measure(N_("Wait, mean"), "等待均值", group=N_("pools"), unit="s", direction=-1, of="pools", kinds=_BOTH)
def wait_mean(view: View) -> Any:
    """Joined to started, mean over the jobs that started.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> wait_mean(tiny(pools={"started": 4, "wait_seconds": 600}))
    150.0
    """
    return ratio(view.pools("wait_seconds"), view.pools("started"))


def _wait_percentile(percent: int) -> Any:
    def wait_percentile(view: View) -> Any:
        """Wait that so many percent of the started jobs do not exceed: exact for a pool, straight within bins for several.

        Examples
        --------
        >>> from sim.measures.base import MEASURES, tiny
        >>> MEASURES["wait_p50"].function(tiny(waits={"60": 4}))
        64.5
        """
        outcome = view.outcome
        alone = view.axis is None and len(outcome.axes["pool"]) == 1
        if "pool_wait_at" in outcome.arrays and (view.axis == "pool" or alone):
            exact = outcome.arrays["pool_wait_at"][:, outcome.axes["wait_quantile"].index(f"p{percent}")].astype(float)
            exact[exact < 0] = float("nan")
            return exact if view.axis == "pool" else float(exact[0])
        waits = view.waits()
        return quantile(ratio(waits.cumsum(axis=-1), waits.sum(axis=-1, keepdims=True)), percent / 100, WAIT_EDGES)
    return wait_percentile


for _percent in (50, 90):
    register(_wait_percentile(_percent), f"wait_p{_percent}", N_("Wait, {percent}"), "等待 {percent}",
             group="pools", unit="s", direction=-1, of="pools", kinds=_BOTH, percent=f"P{_percent}")


@measure(N_("Share that waits not at all"), "无等待率", group=N_("pools"), unit="share", direction=1, of="pools", kinds=_BOTH)
def no_wait_share(view: View) -> Any:
    """Jobs started in the second in which they joined / jobs started.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> no_wait_share(tiny(pools={"started": 4, "no_wait": 3}))
    0.75
    """
    return ratio(view.pools("no_wait"), view.pools("started"))


@measure(N_("Number waiting"), "平均排队数", group=N_("pools"), unit=N_("jobs"), direction=-1, of="pools", kinds=_BOTH)
def number_waiting(view: View) -> Any:
    """Jobs waiting, time average over the measured interval.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> number_waiting(tiny(pools={"waiting_area": 2000}, facts={"horizon": 1000}))
    2.0
    """
    return ratio(view.pools("waiting_area"), view.outcome.facts["horizon"])


@measure(N_("Number in service"), "平均在办数", group=N_("pools"), unit=N_("jobs"), direction=0, of="pools", kinds=_BOTH)
def number_in_service(view: View) -> Any:
    """Jobs in service (its member travels, works or is off duty with it), time average over the measured interval.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> number_in_service(tiny(pools={"service_area": 500}, facts={"horizon": 1000}))
    0.5
    """
    return ratio(view.pools("service_area"), view.outcome.facts["horizon"])


@measure(N_("Stay, mean"), "逗留均值", group=N_("pools"), unit="s", direction=-1, of="pools", kinds=_BOTH)
def stay_mean(view: View) -> Any:
    """Joined to ended, mean over the jobs that ended.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> stay_mean(tiny(pools={"ended": 4, "stay_seconds": 4000}))
    1000.0
    """
    return ratio(view.pools("stay_seconds"), view.pools("ended"))


@measure(N_("Abandoned"), "放弃率", group=N_("pools"), unit="share", direction=-1, of="pools", kinds=_BOTH)
def abandonment_share(view: View) -> Any:
    """Jobs whose patience ended before they started / jobs that joined.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> abandonment_share(tiny(pools={"joined": 10, "abandoned": 1}))
    0.1
    """
    return ratio(view.pools("abandoned"), view.pools("joined"))


@measure(N_("Blocked"), "占线率", group=N_("pools"), unit="share", direction=-1, of="pools", kinds=_BOTH)
def blocked_share(view: View) -> Any:
    """Jobs not let in, all lines or places being taken / jobs that came.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> blocked_share(tiny(pools={"joined": 9, "blocked": 1}))
    0.1
    """
    return ratio(view.pools("blocked"), view.pools("joined") + view.pools("blocked"))


@measure(N_("Connection rate"), "接通率", group=N_("residents"), unit="share", direction=1, of="pools")
def connection_rate(view: View) -> Any:
    """Telephone calls answered / telephone calls, each try of a caller being one.

    Not answered are calls that met a busy line and calls whose callers hung up.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> connection_rate(tiny(pools={"calls": 10, "blocked": 1, "abandoned": 1}))
    0.8
    """
    calls = view.of_kind("calls", "desk")
    return ratio(calls - view.of_kind("blocked", "desk") - view.of_kind("abandoned", "desk"), calls)


# --- staff 队伍 ----------------------------------------------------------------------------------------------------------------

@measure(N_("Utilisation"), "人员利用率", group=N_("staff"), unit="share", direction=0, of="pools", kinds=_BOTH)
def utilisation(view: View) -> Any:
    """Busy member time on the calendar (travel included) / rostered member time; of paid staff, where many pools count together.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> utilisation(tiny(pools={"busy_seconds": 800, "rostered_seconds": 1000}))
    0.8
    """
    return ratio(view.staff("busy_seconds"), view.staff("rostered_seconds"))


@measure(N_("Overtime"), "加班占比", group=N_("staff"), unit="share", direction=-1, of="pools", kinds=_BOTH)
def overtime_share(view: View) -> Any:
    """Work outside the calendar / all work.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> overtime_share(tiny(pools={"busy_seconds": 900, "overtime_seconds": 100}))
    0.1
    """
    return ratio(view.staff("overtime_seconds"), view.staff("busy_seconds") + view.staff("overtime_seconds"))


@measure(N_("Time lost to forms"), "填表报送占用工时", group=N_("staff"), unit="share", direction=-1, of="pools")
def forms_share(view: View) -> Any:
    """Member time lost to forms and parallel platforms / rostered and lost time together.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> forms_share(tiny(pools={"rostered_seconds": 900, "forms_seconds": 100}))
    0.1
    """
    return ratio(view.staff("forms_seconds"), view.staff("rostered_seconds") + view.staff("forms_seconds"))


@measure(N_("Absent"), "缺勤率", group=N_("staff"), unit="share", direction=-1, of="pools")
def absence_share(view: View) -> Any:
    """Member time of leave, sickness, vacancies and learning / rostered and absent time together.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> absence_share(tiny(pools={"rostered_seconds": 900, "absent_seconds": 100}))
    0.1
    """
    return ratio(view.staff("absent_seconds"), view.staff("rostered_seconds") + view.staff("absent_seconds"))


@measure(N_("Share of patrol time"), "巡查时间占比", group=N_("staff"), unit="share", direction=1, of="pools")
def patrol_share(view: View) -> Any:
    """Rostered time of grid workers without a task, which they patrol / their rostered time.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> view = tiny(pools={"busy_seconds": 250, "rostered_seconds": 1000})
    >>> view.outcome.axes["pool_kind"][0] = "grid_team"
    >>> patrol_share(view)
    0.75
    """
    rostered = view.of_kind("rostered_seconds", "grid_team")
    return ratio(rostered - view.of_kind("busy_seconds", "grid_team"), rostered)


# --- cost 成本 -----------------------------------------------------------------------------------------------------------------

@measure(N_("Pay a year"), "年人力成本", group=N_("cost"), unit=N_("CNY a year"), direction=-1, of="pools")
def pay_per_year(view: View) -> Any:
    """Wages x rostered time, scaled from the measured interval to 365 days.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> pay_per_year(tiny(cost={"pay": 1000}, facts={"horizon": 86400 * 73}))
    5000.0
    """
    return ratio(view.pay() * YEAR, view.outcome.facts["horizon"])


@measure(N_("Pay per issue truly resolved"), "每件实际解决成本", group=N_("cost"), unit=N_("CNY"), direction=-1, of="whole")
def pay_per_resolved_issue(view: View) -> Any:
    """Pay of the measured interval / issues that occurred in it and were truly resolved.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> pay_per_resolved_issue(tiny(cost={"pay": 1000}, issues={"resolved": 8}))
    125.0
    """
    return ratio(view.pay(), view.issues("resolved"))
